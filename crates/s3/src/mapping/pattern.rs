//! The pattern of a name: `{account}/{product}`, `sentinel/{product}`, `{org}-data`.

use std::fmt;

use crate::BucketName;

/// The names that a mapping takes: a bucket, or a bucket and the first segments of its keys.
///
/// * At least one segment; a segment is literal, or holds one variable with literal text around it.
/// * No variable is there twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePattern {
    segments: Vec<Segment>,
}

/// What stands between two slashes of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) before: Box<str>,
    /// `None`: the segment is `before`, and `after` is empty.
    pub(super) variable: Option<Box<str>>,
    pub(super) after: Box<str>,
}

/// Why a text is not a pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Nothing between two slashes, or at an end.
    #[error(
        "has an empty segment; write segments between single slashes, such as \"{{account}}/{{product}}\""
    )]
    Empty,
    /// `{` without `}`, or the other way round.
    #[error("has a brace without its other half; a variable is written {{name}}")]
    Brace,
    /// The name of a variable is none.
    #[error("{{{0}}} is no variable; its name has a-z, 0-9 and '_', and begins with a letter")]
    Variable(String),
    /// Two variables in one segment: it would be open where one ends.
    #[error("has two variables in one segment; keep one, or put a slash between them")]
    Crowded,
    /// A variable that is there twice.
    #[error("has the variable {{{0}}} twice; give each its own name")]
    Twice(String),
    /// A character that no name can have in this place.
    #[error(
        "{0:?} can be in no name; the first segment is a bucket's name (a-z, 0-9, '.', '-'), the others also take A-Z and '_'"
    )]
    Literal(String),
}

impl NamePattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`PatternError`].
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let mut segments: Vec<Segment> = Vec::new();
        for (at, text) in text.split('/').enumerate() {
            let segment = Segment::parse(text)?;
            segment.check(text, at == 0)?;
            if let Some(name) = &segment.variable
                && segments.iter().any(|other| other.variable.as_ref() == Some(name))
            {
                return Err(PatternError::Twice(name.to_string()));
            }
            segments.push(segment);
        }
        Ok(Self { segments })
    }

    /// Whether names of this pattern may be in a bucket of this name.
    #[must_use]
    pub fn admits(&self, bucket: &str) -> bool {
        self.first().is_some_and(|first| first.value(bucket).is_some())
    }

    /// The bucket that every name of this pattern is in; `None` when the first segment has a variable.
    #[must_use]
    pub fn bucket(&self) -> Option<&str> {
        self.first().filter(|first| first.variable.is_none()).map(|first| &*first.before)
    }

    /// The names of its variables, in their order.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| segment.variable.as_deref())
    }

    /// How many segments a name has: one is a bucket, more are a bucket and what its keys begin with.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.segments.len()
    }

    /// Whether some name could be taken by either pattern with neither more literal than the other, or whether the two
    /// disagree on how many segments make a name of one bucket.
    #[must_use]
    pub fn is_ambiguous_with(&self, other: &Self) -> bool {
        let equal = |(a, b): (&Segment, &Segment)| a.literal() == b.literal() && a.overlaps(b);
        if self.depth() == other.depth() {
            self.segments.iter().zip(&other.segments).all(equal)
        } else {
            self.first().zip(other.first()).is_some_and(equal)
        }
    }

    pub(super) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    pub(super) fn first(&self) -> Option<&Segment> {
        self.segments.first()
    }

    /// Where in the pattern a variable is.
    pub(super) fn place(&self, variable: &str) -> Option<usize> {
        self.segments.iter().position(|segment| segment.variable.as_deref() == Some(variable))
    }

    /// What decides between patterns that take the same name: the most literal first.
    pub(super) fn rank(&self) -> Vec<std::cmp::Reverse<usize>> {
        self.segments.iter().map(|segment| std::cmp::Reverse(segment.literal())).collect()
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.segments.iter().enumerate() {
            if at > 0 {
                f.write_str("/")?;
            }
            f.write_str(&segment.before)?;
            if let Some(name) = &segment.variable {
                write!(f, "{{{name}}}")?;
            }
            f.write_str(&segment.after)?;
        }
        Ok(())
    }
}

impl Segment {
    fn parse(text: &str) -> Result<Self, PatternError> {
        if text.is_empty() {
            return Err(PatternError::Empty);
        }
        let Some((before, rest)) = text.split_once('{') else {
            let literal = |before: &str| Self { before: before.into(), variable: None, after: "".into() };
            return if text.contains('}') { Err(PatternError::Brace) } else { Ok(literal(text)) };
        };
        let (name, after) = rest.split_once('}').ok_or(PatternError::Brace)?;
        if after.contains('{') {
            return Err(PatternError::Crowded);
        }
        if before.contains('}') || after.contains('}') {
            return Err(PatternError::Brace);
        }
        if !is_variable(name) {
            return Err(PatternError::Variable(name.to_owned()));
        }
        Ok(Self { before: before.into(), variable: Some(name.into()), after: after.into() })
    }

    fn check(&self, text: &str, first: bool) -> Result<(), PatternError> {
        let plain = |text: &str| {
            text.bytes().all(|b| {
                matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-')
                    || !first && matches!(b, b'A'..=b'Z' | b'_')
            })
        };
        let named = match &self.variable {
            None if first => BucketName::parse(text).is_ok(),
            None => plain(text) && !matches!(text, "." | ".."),
            Some(_) => plain(&self.before) && plain(&self.after),
        };
        if named { Ok(()) } else { Err(PatternError::Literal(text.to_owned())) }
    }

    /// What the variable stands for in this text; the empty text where there is none. `None`: it is no such segment.
    pub(super) fn value<'t>(&self, text: &'t str) -> Option<&'t str> {
        match &self.variable {
            None => (text == &*self.before).then_some(""),
            Some(_) => {
                let value = text.strip_prefix(&*self.before)?.strip_suffix(&*self.after)?;
                is_value(value).then_some(value)
            }
        }
    }

    /// The segment that this value of its variable makes.
    pub(super) fn with(&self, value: &str) -> String {
        format!("{}{value}{}", self.before, self.after)
    }

    /// Whether a text that begins so could be a segment of this kind.
    pub(super) fn could_begin(&self, partial: &str) -> bool {
        let known = &*self.before;
        match &self.variable {
            None => known.starts_with(partial),
            Some(_) => known.starts_with(partial) || partial.starts_with(known),
        }
    }

    /// Whether what follows the literal beginning could begin a value: not so `..` or a backslash, which a store that resolves
    /// paths must not be asked for.
    pub(super) fn could_value_begin(&self, partial: &str) -> bool {
        let value = partial.strip_prefix(&*self.before).unwrap_or_default();
        value.is_empty() || is_edge(value.as_bytes().first())
    }

    fn literal(&self) -> usize {
        if self.variable.is_some() { self.before.len() + self.after.len() } else { usize::MAX }
    }

    fn overlaps(&self, other: &Self) -> bool {
        match (&self.variable, &other.variable) {
            (None, _) => other.value(&self.before).is_some(),
            (_, None) => self.value(&other.before).is_some(),
            (Some(_), Some(_)) => {
                let (a, b) = (&*self.before, &*other.before);
                let (c, d) = (&*self.after, &*other.after);
                (a.starts_with(b) || b.starts_with(a)) && (c.ends_with(d) || d.ends_with(c))
            }
        }
    }
}

fn is_variable(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_lowercase())
        && bytes.all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
        && name.len() <= 63
}

/// Whether a variable may stand for this: 1 to 63 of `a-z 0-9 . -` as in a bucket's name, so never `.`, `..`, a slash or
/// anything that must be encoded.
pub(super) fn is_value(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() <= 63
        && is_edge(bytes.first())
        && is_edge(bytes.last())
        && bytes.iter().copied().all(could_be_of_value)
        && !text.contains("..")
}

fn is_edge(byte: Option<&u8>) -> bool {
    byte.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// Whether a byte may be in what a variable stands for.
pub(super) const fn could_be_of_value(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-')
}
