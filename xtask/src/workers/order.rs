//! The order of a module's functions: what they have in common within what gzip remembers.
//!
//! gzip looks back 32 KiB. One function after another is taken: the one that has, for its length, most in common with those that
//! were taken last. wasm-opt then lays them so, for it sorts by names, and the names given here are their places.

use std::collections::{HashMap, VecDeque};

/// How many bytes make a piece that two functions have in common.
const PIECE: usize = 6;

/// A piece that is in more functions than these says nothing of any.
const COMMON: usize = 60;

/// How far back gzip is taken to look, in bytes: it looks a little further.
const WINDOW: usize = 30_000;

/// What is added to each length: of a short function, all is soon in common with something.
const SHORT: usize = 100;

/// The module, its functions named by their places. `None` for what is no module.
pub(super) fn named(wasm: &[u8]) -> Option<Vec<u8>> {
    let mut imported = 0;
    let mut bodies = Vec::new();
    let mut rest = wasm.get(8..)?;
    while let Some((&id, after)) = rest.split_first() {
        rest = after;
        let length = number(&mut rest)?;
        let (section, after) = rest.split_at_checked(length)?;
        rest = after;
        match id {
            2 => imported = imports(section)?,
            10 => bodies = functions(section)?,
            _ => {}
        }
    }
    let mut names = Vec::new();
    put(&mut names, bodies.len());
    let mut places: Vec<(usize, usize)> =
        order(&bodies).into_iter().enumerate().map(|(place, function)| (function, place)).collect();
    places.sort_unstable();
    for (function, place) in places {
        let name = format!("{place:06}");
        put(&mut names, imported + function);
        put(&mut names, name.len());
        names.extend_from_slice(name.as_bytes());
    }
    // A custom section called "name", in which part 1 has the names of functions.
    let mut section = b"\x04name\x01".to_vec();
    put(&mut section, names.len());
    section.extend(names);
    let mut module = wasm.to_vec();
    module.push(0);
    put(&mut module, section.len());
    module.extend(section);
    Some(module)
}

/// The functions in the order in which they shall be.
fn order(bodies: &[&[u8]]) -> Vec<usize> {
    let mut left: Vec<Candidate> = Vec::new();
    let mut holders: HashMap<&[u8], Piece> = HashMap::new();
    for (at, body) in bodies.iter().enumerate() {
        left.push(Candidate { length: body.len(), in_common: 0, taken: false });
        for piece in body.windows(PIECE) {
            let piece = holders.entry(piece).or_default();
            if piece.functions.last() != Some(&at) && piece.functions.len() <= COMMON {
                piece.functions.push(at);
            }
        }
    }
    holders.retain(|_, piece| (2..=COMMON).contains(&piece.functions.len()));

    let mut order = Vec::with_capacity(bodies.len());
    let mut window: VecDeque<&[u8]> = VecDeque::new();
    let mut remembered = 0;
    let mut next = left.iter().enumerate().max_by_key(|(_, it)| it.length).map(|(at, _)| at);
    while let Some((at, body)) = next.and_then(|at| Some((at, *bodies.get(at)?))) {
        order.push(at);
        if let Some(taken) = left.get_mut(at) {
            taken.taken = true;
        }
        window.push_back(body);
        remembered += body.len();
        for piece in body.windows(PIECE) {
            let Some(piece) = holders.get_mut(piece) else { continue };
            piece.remembered += 1;
            if piece.remembered == 1 {
                piece.holders(&mut left, |it, weight| it.in_common += weight);
            }
        }
        while remembered > WINDOW && window.len() > 1 {
            let Some(gone) = window.pop_front() else { break };
            remembered -= gone.len();
            for piece in gone.windows(PIECE) {
                let Some(piece) = holders.get_mut(piece) else { continue };
                piece.remembered -= 1;
                if piece.remembered == 0 {
                    piece.holders(&mut left, |it, weight| it.in_common -= weight);
                }
            }
        }
        let waiting = left.iter().enumerate().filter(|(_, it)| !it.taken);
        next = waiting.max_by_key(|(at, it)| (it.worth(), std::cmp::Reverse(*at))).map(|(at, _)| at);
    }
    order
}

/// A function that may come next.
struct Candidate {
    length: usize,
    /// What its pieces that are in the window weigh.
    in_common: usize,
    taken: bool,
}

impl Candidate {
    fn worth(&self) -> usize {
        self.in_common * 10_000 / (self.length + SHORT)
    }
}

/// Some bytes, and where they are.
#[derive(Default)]
struct Piece {
    functions: Vec<usize>,
    /// How often the window has it.
    remembered: usize,
}

impl Piece {
    /// Tells each function that has it what it weighs: the less, the more have it.
    fn holders(&self, all: &mut [Candidate], tell: impl Fn(&mut Candidate, usize)) {
        let weight = 100_000 / (self.functions.len() * 10_000).isqrt();
        for at in &self.functions {
            all.get_mut(*at).into_iter().for_each(|it| tell(it, weight));
        }
    }
}

/// How many of the imports are functions.
fn imports(mut section: &[u8]) -> Option<usize> {
    let mut functions = 0;
    for _ in 0..number(&mut section)? {
        for _ in 0..2 {
            let length = number(&mut section)?;
            section = section.get(length..)?;
        }
        match byte(&mut section)? {
            0 => {
                functions += 1;
                number(&mut section)?;
            }
            1 => {
                byte(&mut section)?;
                limits(&mut section)?;
            }
            2 => limits(&mut section)?,
            3 => {
                byte(&mut section)?;
                byte(&mut section)?;
            }
            _ => return None,
        }
    }
    Some(functions)
}

fn limits(section: &mut &[u8]) -> Option<()> {
    let has_most = byte(section)? & 1 == 1;
    number(section)?;
    if has_most {
        number(section)?;
    }
    Some(())
}

fn functions(mut section: &[u8]) -> Option<Vec<&[u8]>> {
    let mut bodies = Vec::new();
    for _ in 0..number(&mut section)? {
        let length = number(&mut section)?;
        let (body, after) = section.split_at_checked(length)?;
        bodies.push(body);
        section = after;
    }
    Some(bodies)
}

fn byte(bytes: &mut &[u8]) -> Option<u8> {
    let (first, after) = bytes.split_first()?;
    *bytes = after;
    Some(*first)
}

/// A number in LEB128, as all of a module's are.
fn number(bytes: &mut &[u8]) -> Option<usize> {
    let mut number = 0;
    for shift in (0..32).step_by(7) {
        let byte = byte(bytes)?;
        number |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

fn put(out: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_alike_lies_together() {
        let bodies: [&[u8]; 5] =
            [b"abcdefghij", b"ABCDEFGHIJKL", b"012345678901", b"__abcdefghij__", b"ABCDEFGHI"];
        assert_eq!(order(&bodies), [3, 0, 1, 4, 2]);
    }

    #[test]
    fn functions_are_named_by_their_places_behind_what_is_imported() {
        // One type; a function, a table, a memory and a global imported; two functions, the longer one last.
        let module = [
            b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0".as_slice(),
            b"\x02\x1e\x04\x01a\x01b\0\0\x01a\x01c\x01\x70\x01\x01\x02\x01a\x01d\x02\0\x01\x01a\x01e\x03\x7f\0",
            b"\x03\x03\x02\0\0\x0a\x08\x02\x02\0\x0b\x03\0\x01\x0b",
        ]
        .concat();
        let named = named(&module).unwrap();
        let (before, section) = named.split_at(module.len());
        assert_eq!(before, module);
        assert_eq!(section, b"\0\x18\x04name\x01\x11\x02\x01\x06000001\x02\x06000000");
        assert_eq!(super::named(b"\0asm\x01\0\0\0\x0a\x05\x01"), None);
    }
}
