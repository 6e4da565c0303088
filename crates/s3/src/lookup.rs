//! Names that are known, found by their length first: few share one, and lengths are compared in no time.

/// A table of names, sorted by length when the program is built.
pub(crate) struct Lookup<T: 'static, const N: usize> {
    entries: [(&'static str, T); N],
    /// Where the names of each length begin.
    begin: [u8; LENGTHS + 1],
}

/// No name in a table is longer.
const LENGTHS: usize = 80;

impl<T: Copy, const N: usize> Lookup<T, N> {
    #[allow(
        clippy::indexing_slicing,
        reason = "what is evaluated when the program is built cannot fail later"
    )]
    pub(crate) const fn new(table: &[(&'static str, T); N]) -> Self {
        let mut entries = *table;
        let mut begin = [0; LENGTHS + 1];
        let (mut done, mut length) = (0, 0);
        while length < LENGTHS {
            begin[length] = done as u8;
            let mut at = done;
            while at < N {
                if entries[at].0.len() == length {
                    let entry = entries[at];
                    entries[at] = entries[done];
                    entries[done] = entry;
                    done += 1;
                }
                at += 1;
            }
            length += 1;
        }
        begin[LENGTHS] = done as u8;
        assert!(done == N && N < 256, "a name is too long for the table, or there are too many");
        Self { entries, begin }
    }

    pub(crate) fn find(&self, name: &str) -> Option<T> {
        let (from, to) = (self.begin.get(name.len())?, self.begin.get(name.len() + 1)?);
        let candidates = self.entries.get(usize::from(*from)..usize::from(*to))?;
        // Most that are as long end otherwise: only what ends alike is compared.
        let ends = |known: &str| known.as_bytes().last() == name.as_bytes().last();
        candidates.iter().find(|(known, _)| ends(known) && *known == name).map(|(_, what)| *what)
    }
}

impl<const N: usize> Lookup<(), N> {
    /// Names that are only known or not.
    #[allow(
        clippy::indexing_slicing,
        reason = "what is evaluated when the program is built cannot fail later"
    )]
    pub(crate) const fn names(names: &[&'static str; N]) -> Self {
        let mut table = [("", ()); N];
        let mut at = 0;
        while at < N {
            table[at] = (names[at], ());
            at += 1;
        }
        Self::new(&table)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_no_other() {
        const TABLE: [(&str, u8); 5] = [("etag", 1), ("range", 2), ("", 3), ("date", 4), ("a", 5)];
        static NAMES: Lookup<u8, 5> = Lookup::new(&TABLE);
        for (name, what) in TABLE {
            assert_eq!(NAMES.find(name), Some(what), "{name:?}");
        }
        for other in ["eta", "ETag", "dat", "rangf", "b", &"x".repeat(79), &"x".repeat(80), &"x".repeat(500)]
        {
            assert_eq!(NAMES.find(other), None, "{other:?}");
        }
    }
}
