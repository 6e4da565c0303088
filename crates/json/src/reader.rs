//! The reader.

use std::fmt;

use serde_json::Value;

use crate::number;
use crate::tree::{Member, Shape, Tree};

/// How deep lists and objects may lie in each other.
const DEPTH: usize = 127;

/// Why a text is not JSON, and where it stops being it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub why: &'static str,
    /// The byte at which it is.
    pub at: usize,
    line: usize,
    column: usize,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {} column {}", self.why, self.line, self.column)
    }
}

impl std::error::Error for Fault {}

/// Reads a text that is one value and nothing behind it.
///
/// # Errors
/// What is no JSON, is no UTF-8, lies deeper than 127 lists and objects in each other, or has a number that is too large.
pub fn parse(text: &[u8]) -> Result<Tree, Fault> {
    let mut reader = match std::str::from_utf8(text) {
        Ok(whole) => Reader { whole, at: 0, left: DEPTH },
        Err(error) => return Err(fault(text, error.valid_up_to(), "invalid unicode code point")),
    };
    let read = reader.value().and_then(|tree| match reader.next() {
        None => Ok(tree),
        Some(_) => Err("trailing characters"),
    });
    read.map_err(|why| fault(text, reader.at, why))
}

/// The value of a text, if it is JSON.
#[must_use]
pub fn read(text: &[u8]) -> Option<Value> {
    parse(text).ok().map(Tree::value)
}

#[cold]
fn fault(text: &[u8], at: usize, why: &'static str) -> Fault {
    let before = text.get(..at).unwrap_or_default();
    let lines = before.iter().filter(|byte| **byte == b'\n').count();
    let begins = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    Fault { why, at, line: lines + 1, column: at - begins + 1 }
}

struct Reader<'t> {
    whole: &'t str,
    at: usize,
    left: usize,
}

type Read<T> = Result<T, &'static str>;

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<u8> {
        self.whole.as_bytes().get(self.at).copied()
    }

    /// The next byte that is no space, which is not passed.
    fn next(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
        self.peek()
    }

    /// Passes a byte if it is the next one.
    fn takes(&mut self, byte: u8) -> bool {
        let takes = self.peek() == Some(byte);
        self.at += usize::from(takes);
        takes
    }

    fn value(&mut self) -> Read<Tree> {
        let first = self.next();
        let at = self.at;
        let shape = match first {
            Some(b'{') => Shape::Object(self.nested(Self::members)?),
            Some(b'[') => Shape::List(self.nested(Self::items)?),
            Some(b'"') => Shape::Text(self.text()?),
            Some(b'-' | b'0'..=b'9') => {
                let text = self.number()?;
                Shape::Number(number::read(text).ok_or("number out of range")?)
            }
            Some(b'n') => self.word("null", Shape::Null)?,
            Some(b't') => self.word("true", Shape::Truth(true))?,
            Some(b'f') => self.word("false", Shape::Truth(false))?,
            Some(_) => return Err("expected value"),
            None => return Err("EOF while parsing a value"),
        };
        Ok(Tree { at, shape })
    }

    fn word(&mut self, word: &str, shape: Shape) -> Read<Shape> {
        for byte in word.bytes() {
            if !self.takes(byte) {
                return Err(if self.peek().is_none() {
                    "EOF while parsing a value"
                } else {
                    "expected ident"
                });
            }
        }
        Ok(shape)
    }

    fn nested<T>(&mut self, read: fn(&mut Self) -> Read<T>) -> Read<T> {
        self.left = self.left.checked_sub(1).ok_or("recursion limit exceeded")?;
        self.at += 1;
        let read = read(self)?;
        self.left += 1;
        Ok(read)
    }

    fn items(&mut self) -> Read<Vec<Tree>> {
        let mut items = Vec::new();
        if self.next() == Some(b']') {
            self.at += 1;
            return Ok(items);
        }
        loop {
            if self.next() == Some(b']') {
                return Err("trailing comma");
            }
            items.push(self.value()?);
            match self.next() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(items);
                }
                Some(_) => return Err("expected `,` or `]`"),
                None => return Err("EOF while parsing a list"),
            }
        }
    }

    fn members(&mut self) -> Read<Vec<Member>> {
        let mut members = Vec::new();
        if self.next() == Some(b'}') {
            self.at += 1;
            return Ok(members);
        }
        loop {
            let at = match self.next() {
                Some(b'"') => self.at,
                Some(b'}') => return Err("trailing comma"),
                Some(_) => return Err("key must be a string"),
                None => return Err("EOF while parsing an object"),
            };
            let name = self.text()?;
            match self.next() {
                Some(b':') => self.at += 1,
                Some(_) => return Err("expected `:`"),
                None => return Err("EOF while parsing an object"),
            }
            members.push(Member { at, name, value: self.value()? });
            match self.next() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(members);
                }
                Some(_) => return Err("expected `,` or `}`"),
                None => return Err("EOF while parsing an object"),
            }
        }
    }

    fn text(&mut self) -> Read<String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let begins = self.at;
            while self.peek().is_some_and(|byte| byte >= b' ' && !matches!(byte, b'"' | b'\\')) {
                self.at += 1;
            }
            text.push_str(self.whole.get(begins..self.at).unwrap_or_default());
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => {
                    self.at += 1;
                    text.push(self.escape()?);
                }
                Some(_) => return Err("control character (\\u0000-\\u001F) found while parsing a string"),
                None => return Err("EOF while parsing a string"),
            }
        }
    }

    fn escape(&mut self) -> Read<char> {
        let byte = self.peek().ok_or("EOF while parsing a string")?;
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => {
                self.at -= 1;
                return Err("invalid escape");
            }
        })
    }

    /// A character of four digits, or of two times four: a surrogate pair.
    fn unicode(&mut self) -> Read<char> {
        const LONE: &str = "lone leading surrogate in hex escape";
        let first = self.hexadecimal()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first).ok_or(LONE);
        }
        if !(self.takes(b'\\') && self.takes(b'u')) {
            return Err(LONE);
        }
        match self.hexadecimal()? {
            second @ 0xdc00..0xe000 => {
                char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)).ok_or(LONE)
            }
            _ => Err(LONE),
        }
    }

    fn hexadecimal(&mut self) -> Read<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let byte = self.peek().ok_or("EOF while parsing a string")?;
            code = code * 16 + char::from(byte).to_digit(16).ok_or("invalid escape")?;
            self.at += 1;
        }
        Ok(code)
    }

    fn number(&mut self) -> Read<&'t str> {
        let begins = self.at;
        self.takes(b'-');
        if self.takes(b'0') {
            if self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
                return Err("invalid number");
            }
        } else {
            self.digits()?;
        }
        if self.takes(b'.') {
            self.digits()?;
        }
        if self.takes(b'e') || self.takes(b'E') {
            let _ = self.takes(b'+') || self.takes(b'-');
            self.digits()?;
        }
        Ok(self.whole.get(begins..self.at).unwrap_or_default())
    }

    fn digits(&mut self) -> Read<()> {
        let begins = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        match self.peek() {
            _ if self.at > begins => Ok(()),
            Some(_) => Err("invalid number"),
            None => Err("EOF while parsing a value"),
        }
    }
}

#[cfg(test)]
mod tests;
