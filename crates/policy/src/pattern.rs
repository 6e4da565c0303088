//! Texts of a policy that may hold wildcards and variables.

use crate::ask::Ask;
use crate::document::Mistake;
use crate::glob::{Glob, Token};
use crate::key::Key;
use crate::lowercase::lowercase;
use crate::truth::Truth;

/// A text to compare with: ready, or with variables that each decision fills in.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    Ready(Glob),
    Open(Open),
}

/// A text with variables.
#[derive(Clone, Debug)]
pub(crate) struct Open {
    pieces: Box<[Piece]>,
    /// Whether upper and lower case are one; the pieces are in lower case then.
    fold: bool,
}

#[derive(Clone, Debug)]
enum Piece {
    Token(Token),
    Variable(Variable),
}

#[derive(Clone, Debug)]
struct Variable {
    key: Key,
    /// What stands in for a key that is not known.
    default: Option<Box<str>>,
}

/// How a text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Whether `*` stands for any run of characters.
    pub(crate) star: bool,
    /// Whether `?` stands for any character.
    pub(crate) question: bool,
    /// Whether upper and lower case are one.
    pub(crate) fold: bool,
}

impl Reading {
    /// Nothing is special but variables.
    pub(crate) const LITERAL: Self = Self { star: false, question: false, fold: false };
    /// `*` is special.
    pub(crate) const STARS: Self = Self { star: true, question: false, fold: false };
    /// `*` and `?` are special.
    pub(crate) const WILDCARDS: Self = Self { star: true, question: true, fold: false };
    /// Nothing is special, and case is nothing.
    pub(crate) const FOLDED: Self = Self { star: false, question: false, fold: true };
}

/// What a variable's value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Values {
    /// Anything but nothing.
    Any,
    /// One name, or several where the claim is a path: nothing that could lead elsewhere (R-AUTHZ-11).
    Names,
}

impl Pattern {
    /// Reads a text. `${*}`, `${?}` and `${$}` are the characters themselves; `${KEY}` and `${KEY, 'DEFAULT'}` are
    /// variables.
    pub(crate) fn parse(text: &str, reading: Reading) -> Result<Self, Mistake> {
        let pieces = pieces(text, reading)?;
        let ready: Option<Vec<_>> = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Token(token) => Some(*token),
                Piece::Variable(_) => None,
            })
            .collect();
        Ok(match ready {
            Some(tokens) => Self::Ready(Glob::from_tokens(tokens)),
            None => Self::Open(Open { pieces: pieces.into(), fold: reading.fold }),
        })
    }

    /// What begins with a text in which only variables are special.
    pub(crate) fn beginning(text: &str) -> Result<Self, Mistake> {
        Ok(match Self::parse(text, Reading::LITERAL)? {
            Self::Ready(glob) => Self::Ready(glob.and_more()),
            Self::Open(Open { pieces, fold }) => {
                let more = Piece::Token(Token::Many);
                Self::Open(Open { pieces: pieces.into_iter().chain([more]).collect(), fold })
            }
        })
    }

    /// The pattern that matches this text alone.
    pub(crate) fn literal(text: &str) -> Self {
        Self::Ready(Glob::literal(text))
    }

    /// Whether it matches a whole text.
    pub(crate) fn matches(&self, text: &str, ask: &Ask<'_>, values: Values) -> Truth {
        match self {
            Self::Ready(glob) => Truth::of(glob.matches(text)),
            Self::Open(open) if !text.starts_with(&open.head()) => Truth::No,
            Self::Open(open) => {
                open.filled(ask, values).map_or(Truth::Unknown, |glob| Truth::of(glob.matches(text)))
            }
        }
    }

    /// Whether every variable has a good value.
    pub(crate) fn is_known(&self, ask: &Ask<'_>, values: Values) -> bool {
        match self {
            Self::Ready(_) => true,
            Self::Open(open) => open.filled(ask, values).is_some(),
        }
    }

    /// What every text begins with that it matches.
    pub(crate) fn head(&self) -> String {
        match self {
            Self::Ready(glob) => glob.head(),
            Self::Open(open) => open.head(),
        }
    }

    /// What the pattern may match of requests by this caller, whatever else is known of them; `None` when nothing.
    pub(crate) fn reach(&self, ask: &Ask<'_>, values: Values) -> Option<Glob> {
        match self {
            Self::Ready(glob) => Some(glob.clone()),
            Self::Open(open) => open.reach(ask, values),
        }
    }

    /// The pattern, if it has no variables.
    pub(crate) fn ready(&self) -> Option<&Glob> {
        match self {
            Self::Ready(glob) => Some(glob),
            Self::Open(_) => None,
        }
    }

    /// The keys of its variables.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Key> {
        let pieces = match self {
            Self::Ready(_) => &[][..],
            Self::Open(open) => &open.pieces,
        };
        pieces.iter().filter_map(|piece| match piece {
            Piece::Token(_) => None,
            Piece::Variable(variable) => Some(&variable.key),
        })
    }
}

impl Open {
    fn head(&self) -> String {
        let literal = |piece: &Piece| match piece {
            Piece::Token(Token::Char(c)) => Some(*c),
            Piece::Token(Token::One | Token::Many) | Piece::Variable(_) => None,
        };
        self.pieces.iter().map_while(literal).collect()
    }

    /// The pattern with the values of its variables, no character of which is special; `None` when one has no good value.
    fn filled(&self, ask: &Ask<'_>, values: Values) -> Option<Glob> {
        self.with(|variable| Some(self.tokens(variable.value(ask, values)?)))
    }

    /// The same, with any run of characters for what is not known of the caller but of each request.
    fn reach(&self, ask: &Ask<'_>, values: Values) -> Option<Glob> {
        self.with(|variable| {
            if variable.key.is_of_caller() {
                Some(self.tokens(variable.value(ask, values)?))
            } else {
                Some(vec![Token::Many])
            }
        })
    }

    fn with(&self, value: impl Fn(&Variable) -> Option<Vec<Token>>) -> Option<Glob> {
        let mut tokens = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Token(token) => tokens.push(*token),
                Piece::Variable(variable) => tokens.extend(value(variable)?),
            }
        }
        Some(Glob::from_tokens(tokens))
    }

    fn tokens(&self, value: &str) -> Vec<Token> {
        if self.fold {
            value.chars().flat_map(lowercase).map(Token::Char).collect()
        } else {
            value.chars().map(Token::Char).collect()
        }
    }
}

impl Variable {
    /// The value, if there is exactly one and it is good.
    fn value<'a>(&'a self, ask: &Ask<'a>, values: Values) -> Option<&'a str> {
        match (self.key.values(ask), &self.default) {
            (None, _) if self.key.is_concealed(ask) => None,
            (None, default) => default.as_deref(),
            (Some([value]), _) => is_good(value, values, self.key.is_path()).then_some(&**value),
            (Some(_), _) => None,
        }
    }
}

/// Whether a value can be put in the place of a variable (R-AUTHZ-11): empty, it would widen what is granted; with a
/// slash or as a path's own step, it would lead elsewhere.
fn is_good(value: &str, values: Values, path: bool) -> bool {
    let plain = || {
        !value.chars().any(|c| matches!(c, '*' | '?' | '\\') || c.is_control())
            && (path || !value.contains('/'))
            && value.split('/').all(|segment| !matches!(segment, "" | "." | ".."))
    };
    match values {
        Values::Any => !value.is_empty(),
        Values::Names => plain(),
    }
}

fn pieces(mut text: &str, reading: Reading) -> Result<Vec<Piece>, Mistake> {
    let mut pieces = Vec::new();
    loop {
        if let Some(inner) = text.strip_prefix("${") {
            let (piece, after) =
                variable(inner).ok_or_else(|| Mistake::Variable { written: text.to_owned() })??;
            pieces.push(piece);
            text = after;
            continue;
        }
        let mut chars = text.chars();
        let Some(c) = chars.next() else { return Ok(pieces) };
        match c {
            '*' if reading.star => pieces.push(Piece::Token(Token::Many)),
            '?' if reading.question => pieces.push(Piece::Token(Token::One)),
            c if reading.fold => {
                pieces.extend(lowercase(c).map(|c| Piece::Token(Token::Char(c))));
            }
            c => pieces.push(Piece::Token(Token::Char(c))),
        }
        text = chars.as_str();
    }
}

/// Reads what follows `${`: the variable, and what follows it. `None` when it does not end, or is none.
fn variable(inner: &str) -> Option<Result<(Piece, &str), Mistake>> {
    for (name, c) in [("*}", '*'), ("?}", '?'), ("$}", '$')] {
        if let Some(after) = inner.strip_prefix(name) {
            return Some(Ok((Piece::Token(Token::Char(c)), after)));
        }
    }
    let end = inner.find([',', '}'])?;
    let (name, rest) = inner.split_at_checked(end)?;
    let (default, after) = match rest.strip_prefix(',') {
        None => (None, rest.strip_prefix('}')?),
        Some(rest) => {
            let (default, rest) = rest.trim_start().strip_prefix('\'')?.split_once('\'')?;
            (Some(default.into()), rest.trim_start().strip_prefix('}')?)
        }
    };
    let read = || {
        let key = Key::parse(name.trim())?;
        if !key.can_be_variable() {
            return Err(Mistake::NotVariable { written: name.trim().to_owned() });
        }
        Ok((Piece::Variable(Variable { key, default }), after))
    };
    Some(read())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Action, Facts, Target};

    fn facts(pairs: &[(&str, &[&str])]) -> Facts {
        let mut facts = Facts::default();
        for (key, values) in pairs {
            facts.add(key, values.iter().copied()).unwrap();
        }
        facts
    }

    #[track_caller]
    fn check(pattern: &str, known: &[(&str, &[&str])], values: Values, text: &str, expect: Truth) {
        let facts = facts(known);
        let ask = Ask::new(Action::GetObject, Target::Bucket("b")).by(&facts);
        let pattern = Pattern::parse(pattern, Reading::WILDCARDS).unwrap();
        assert_eq!(pattern.matches(text, &ask, values), expect, "{pattern:?} {known:?} {text}");
    }

    #[test]
    fn r_authz_11_a_value_that_is_no_name_makes_a_pattern_unknown() {
        for value in
            ["", "a/b", "*", "a*", "?", "a\\b", "a\0b", "a\nb", ".", "..", "/", "../x", "a/..", "\u{85}"]
        {
            check("b/${jwt:sub}/x", &[("jwt:sub", &[value])], Values::Names, "b/a/x", Truth::Unknown);
            check(
                "b/${jwt:sub}",
                &[("jwt:sub", &[value])],
                Values::Names,
                &format!("b/{value}"),
                Truth::Unknown,
            );
        }
        for value in ["", "/a", "a/", "a//b", "a/./b", "a/../b", "..", "a/*", "a\\b"] {
            let known = [("jwt:repository", &[value][..])];
            check("b/${jwt:repository}/*", &known, Values::Names, "b/a/b/x", Truth::Unknown);
        }
        check("b/${jwt:sub}", &[], Values::Names, "b/a", Truth::Unknown);
        check("b/${jwt:sub}", &[("jwt:sub", &["a", "b"])], Values::Names, "b/a", Truth::Unknown);
        check("b/${jwt:sub}", &[("jwt:sub", &[])], Values::Names, "b/a", Truth::Unknown);
        check("b/${jwt:sub}", &[("jwt:sub", &["a.b"])], Values::Names, "b/a.b", Truth::Yes);
        let repository = [("jwt:repository", &["org/name"][..])];
        check("b/${jwt:repository}/*", &repository, Values::Names, "b/org/name/x", Truth::Yes);
        check("b/${jwt:repository}/*", &repository, Values::Names, "b/org/other/x", Truth::No);
    }

    #[test]
    fn values_are_literal_and_never_expanded_again() {
        for value in ["${aws:userid}", "${*}", "*", "??"] {
            let known = [("jwt:sub", &[value][..]), ("aws:userid", &["x"])];
            check("${jwt:sub}", &known, Values::Any, value, Truth::Yes);
            for other in ["x", "", "anything", "ab"] {
                check("${jwt:sub}", &known, Values::Any, other, Truth::No);
            }
        }
    }

    #[test]
    fn a_default_stands_in_for_what_is_not_known_and_for_nothing_else() {
        let pattern = "home/${aws:username, 'no body'}/*";
        check(pattern, &[], Values::Names, "home/no body/x", Truth::Yes);
        check(pattern, &[("aws:username", &["a"])], Values::Names, "home/a/x", Truth::Yes);
        check(pattern, &[("aws:username", &["a"])], Values::Names, "home/no body/x", Truth::No);
        check(pattern, &[("aws:username", &[".."])], Values::Names, "home/no body/x", Truth::Unknown);
        check(pattern, &[("aws:username", &[""])], Values::Names, "home/no body/x", Truth::Unknown);
        check("${jwt:a,'*'}", &[], Values::Any, "x", Truth::No);
    }

    #[test]
    fn of_a_claim_that_is_not_carried_no_default_is_taken() {
        let mut facts = facts(&[("jwt:known", &["a"]), ("jwt:missing", &[])]);
        facts.conceal("jwt:");
        let ask = Ask::new(Action::GetObject, Target::Bucket("b")).by(&facts);
        for (text, expect) in [
            ("${jwt:known, 'x'}", Truth::No),
            ("${jwt:missing, 'x'}", Truth::Yes),
            ("${jwt:other, 'x'}", Truth::Unknown),
        ] {
            let pattern = Pattern::parse(text, Reading::LITERAL).unwrap();
            assert_eq!(pattern.matches("x", &ask, Values::Names), expect, "{text}");
        }
    }

    #[test]
    fn what_no_value_could_make_match_does_not() {
        check("b/home/${jwt:sub}", &[], Values::Names, "c/home/a", Truth::No);
        check("b/home/${jwt:sub}", &[], Values::Names, "b/home/a", Truth::Unknown);
    }

    #[test]
    fn what_is_no_variable_is_a_mistake() {
        for text in [
            "${",
            "${}",
            "${jwt:sub",
            "${jwt:sub,}",
            "${jwt:sub, x}",
            "${jwt:sub, 'x}",
            "${sub}",
            "${jwt:}",
            "${s3:prefix}",
            "${aws:UserAgent}",
            "${aws:Referer}",
            "${nothing:at all}",
            "${${jwt:sub}}",
        ] {
            assert!(Pattern::parse(text, Reading::LITERAL).is_err(), "{text}");
        }
    }
}
