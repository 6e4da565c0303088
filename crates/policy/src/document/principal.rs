//! Reading `Principal`: of whom a statement of a bucket's policy speaks.

use serde_json::Value;

use super::{Mistake, Reader, kind};
use crate::principals::Principals;

/// The account that every key and role is of.
const ACCOUNT: &str = "arn:aws:iam::000000000000:";

impl Reader<'_> {
    pub(super) fn principals(&mut self, principal: &Value) -> Option<Principals> {
        match principal {
            Value::String(star) if star == "*" => Some(Principals::Everybody),
            Value::String(written) => {
                self.mistake(Mistake::PrincipalForm { written: written.clone() });
                None
            }
            Value::Object(kinds) => {
                for other in kinds.keys().filter(|kind| *kind != "AWS") {
                    self.at_key(other, |reader| reader.mistake(Mistake::PrincipalKind));
                }
                let names =
                    self.required(kinds, "AWS", |reader, names| reader.some_of(names, Self::principal));
                let names: Option<Vec<_>> = names.flatten()?.into_iter().collect();
                // One of them is everybody, or none is.
                Some(names.map_or(Principals::Everybody, Principals::Named))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                self.mistake(Mistake::Kind { expected: "\"*\" or an object", found: kind(principal) });
                None
            }
        }
    }

    /// The ARN of one; within, nothing for everybody.
    fn principal(&mut self, principal: &Value) -> Option<Option<Box<str>>> {
        let written = self.string(principal)?;
        if written == "*" {
            return Some(None);
        }
        let plain = |name: &str| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b))
        };
        let arn = written.strip_prefix(ACCOUNT);
        let named = arn.and_then(|arn| arn.strip_prefix("user/").or_else(|| arn.strip_prefix("role/")));
        match named {
            Some(name) if plain(name) => Some(Some(written.into())),
            None if plain(written) => Some(Some(format!("{ACCOUNT}user/{written}").into())),
            Some(_) | None => {
                self.mistake(Mistake::PrincipalForm { written: written.to_owned() });
                None
            }
        }
    }
}
