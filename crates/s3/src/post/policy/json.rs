//! JSON as a policy is written in it: as much of it as tells a policy from what is none.

use brigade_json::{Member, Shape, Tree};

/// A JSON value. Members keep their order, and a name that comes twice is there twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Json {
    Text(String),
    /// A whole number, in decimal digits, with its sign.
    Number(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
    /// `true`, `false` or `null`.
    Other,
}

impl Json {
    /// Reads a document. Numbers with a fraction are refused, as by S3.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        Self::of(brigade_json::parse(&plain(text)).ok()?)
    }

    fn of(tree: Tree) -> Option<Self> {
        Some(match tree.shape {
            Shape::Text(text) => Self::Text(text),
            Shape::Number(number) if number.is_f64() => return None,
            Shape::Number(number) => Self::Number(brigade_json::decimal(&number)),
            Shape::List(items) => Self::List(items.into_iter().map(Self::of).collect::<Option<_>>()?),
            Shape::Object(members) => {
                let member = |member: Member| Some((member.name, Self::of(member.value)?));
                Self::Object(members.into_iter().map(member).collect::<Option<_>>()?)
            }
            Shape::Truth(_) | Shape::Null => Self::Other,
        })
    }

    /// The digits of a number, or what stands in a string in place of them.
    pub(super) fn number(self) -> Option<String> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            Self::List(_) | Self::Object(_) | Self::Other => None,
        }
    }
}

/// Policies may write two escapes that JSON does not know: `\$` for a dollar that names no field, and `\v`.
fn plain(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => match bytes.next() {
                Some(b'$') => out.push(b'$'),
                Some(b'v') => out.extend_from_slice(b"\\u000b"),
                Some(other) => out.extend([b'\\', other]),
                None => out.push(b'\\'),
            },
            _ => out.push(byte),
        }
    }
    out
}
