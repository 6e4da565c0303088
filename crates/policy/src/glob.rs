//! Patterns with `*` and `?`, matched without ever trying a text twice over.

/// A pattern: literal characters, `?` for any one character, `*` for any run of characters, `/` included.
///
/// The pattern is kept as the pieces between its stars. The first piece is anchored at the start of the text,
/// the last at its end, and each piece between is looked for from the left and never looked for again, so a
/// match takes at most as many steps as the pattern has characters for each character of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glob {
    first: Piece,
    /// What follows each star; empty when the pattern has none.
    rest: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(Box<str>),
    /// `None` stands for any one character.
    Holes(Vec<Option<char>>),
}

/// One character of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    Char(char),
    One,
    Many,
}

impl Glob {
    /// A pattern in which `*` and `?` are special.
    pub(crate) fn wildcards(pattern: &str) -> Self {
        Self::from_tokens(pattern.chars().map(|c| match c {
            '*' => Token::Many,
            '?' => Token::One,
            c => Token::Char(c),
        }))
    }

    /// A pattern that matches this text alone.
    pub(crate) fn literal(text: &str) -> Self {
        Self { first: Piece::Literal(text.into()), rest: Vec::new() }
    }

    pub(crate) fn from_tokens(tokens: impl IntoIterator<Item = Token>) -> Self {
        let mut pieces = Vec::new();
        let mut piece = Vec::new();
        for token in tokens {
            match token {
                Token::Char(c) => piece.push(Some(c)),
                Token::One => piece.push(None),
                Token::Many => pieces.push(Piece::new(std::mem::take(&mut piece))),
            }
        }
        pieces.push(Piece::new(piece));
        let mut pieces = pieces.into_iter();
        let first = pieces.next().unwrap_or_else(|| Piece::Literal("".into()));
        Self { first, rest: pieces.collect() }
    }

    /// What begins with what the pattern matches.
    pub(crate) fn and_more(mut self) -> Self {
        self.rest.push(Piece::Literal("".into()));
        self
    }

    /// Whether it matches one text alone.
    pub(crate) fn is_literal(&self) -> bool {
        self.rest.is_empty() && matches!(self.first, Piece::Literal(_))
    }

    /// What every text begins with that the pattern matches.
    pub(crate) fn head(&self) -> String {
        match &self.first {
            Piece::Literal(text) => text.to_string(),
            Piece::Holes(holes) => holes.iter().map_while(|hole| *hole).collect(),
        }
    }

    /// What every text ends with that the pattern matches.
    pub(crate) fn tail(&self) -> &str {
        match self.rest.last().unwrap_or(&self.first) {
            Piece::Literal(text) => text,
            Piece::Holes(_) => "",
        }
    }

    /// Whether the pattern matches the whole text.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let Some((last, middle)) = self.rest.split_last() else {
            return self.first.strip_from(text) == Some("");
        };
        let Some(mut text) = self.first.strip_from(text) else { return false };
        for piece in middle {
            let Some(after) = piece.find_in(text) else { return false };
            text = after;
        }
        last.ends(text)
    }

    /// Whether the pattern matches some text that begins with `start`.
    pub(crate) fn matches_some_under(&self, start: &str) -> bool {
        match self.first.strip_from(start) {
            Some("") => true,
            Some(_) => !self.rest.is_empty(),
            None => self.first.begins_with(start),
        }
    }

    /// Whether the pattern matches every text that begins with `start`.
    pub(crate) fn matches_all_under(&self, start: &str) -> bool {
        self.rest.last().is_some_and(Piece::is_empty) && self.matches(start)
    }
}

impl Piece {
    fn new(chars: Vec<Option<char>>) -> Self {
        match chars.iter().copied().collect::<Option<String>>() {
            Some(text) => Self::Literal(text.into()),
            None => Self::Holes(chars),
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Literal(text) => text.is_empty(),
            Self::Holes(chars) => chars.is_empty(),
        }
    }

    /// What follows the piece in a text that begins with it.
    fn strip_from<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Literal(literal) => text.strip_prefix(&**literal),
            Self::Holes(holes) => {
                let mut chars = text.chars();
                holes.iter().all(|hole| fits(*hole, chars.next())).then_some(chars.as_str())
            }
        }
    }

    /// What follows the piece where it first occurs in a text.
    fn find_in<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Literal(literal) => text.split_once(&**literal).map(|(_, after)| after),
            Self::Holes(_) => {
                let mut chars = text.chars();
                loop {
                    if let Some(after) = self.strip_from(chars.as_str()) {
                        return Some(after);
                    }
                    chars.next()?;
                }
            }
        }
    }

    /// Whether a text ends with the piece.
    fn ends(&self, text: &str) -> bool {
        match self {
            Self::Literal(literal) => text.ends_with(&**literal),
            Self::Holes(holes) => {
                let mut chars = text.chars().rev();
                holes.iter().rev().all(|hole| fits(*hole, chars.next()))
            }
        }
    }

    /// Whether the piece itself begins with a text.
    fn begins_with(&self, text: &str) -> bool {
        match self {
            Self::Literal(literal) => literal.starts_with(text),
            Self::Holes(holes) => {
                let mut holes = holes.iter();
                text.chars().all(|c| holes.next().is_some_and(|hole| fits(*hole, Some(c))))
            }
        }
    }
}

fn fits(hole: Option<char>, found: Option<char>) -> bool {
    match (hole, found) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(expected), Some(found)) => expected == found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_texts() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("**", "a", true),
            ("a*b", "ab", true),
            ("a*b", "aXbXb", true),
            ("a*b", "aXbX", false),
            ("a*a", "a", false),
            ("*ab*ab", "ab", false),
            ("*ab*ab", "abab", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("?*?", "a", false),
            ("?*?", "ab", true),
            ("*?b*", "ab", true),
            ("*?b*", "b", false),
        ] {
            assert_eq!(Glob::wildcards(pattern).matches(text), expected, "{pattern:?} {text:?}");
        }
        assert!(!Glob::literal("a*").matches("ab"));
    }

    #[test]
    fn what_a_pattern_can_match_under_a_start() {
        for (pattern, start, some, all) in [
            ("*", "b/", true, true),
            ("b/*", "b/", true, true),
            ("b/x*", "b/", true, false),
            ("b/*x", "b/", true, false),
            ("b", "b/", false, false),
            ("b*", "b/", true, true),
            ("?/*", "b/", true, true),
            ("c/*", "b/", false, false),
            ("b/", "b/", true, false),
            ("*c*", "b/", true, false),
        ] {
            let glob = Glob::wildcards(pattern);
            assert_eq!(glob.matches_some_under(start), some, "{pattern:?} some under {start:?}");
            assert_eq!(glob.matches_all_under(start), all, "{pattern:?} all under {start:?}");
        }
    }

    #[test]
    fn a_pattern_of_many_stars_over_a_long_key_is_no_work() {
        let text = "a".repeat(1024);
        assert!(
            !Glob::wildcards(&"a*".repeat(512).replace("a*a*a*a*", "a*?*a*a*")).matches(&format!("b{text}"))
        );
        assert!(!Glob::wildcards(&format!("{}b", "*a?".repeat(300))).matches(&text));
        assert!(Glob::wildcards(&"*a?".repeat(300)).matches(&text));
    }
}
