//! What is known of a request or of its sender, under the names that policies have for it.

use thiserror::Error;

use crate::document::Mistake;
use crate::key::Key;

/// Condition keys and their values, of a request or of who sends it.
///
/// * The name of a key is the same in any case, as in IAM; what follows `jwt:` and `s3:RequestObjectTag/` is
///   the name of a claim or an object's tag, which differ by case.
/// * A key has one value or several, in order. A key that was added without a value is there, and empty.
/// * There are at most [`Facts::MOST_KEYS`] keys, of at most [`Facts::MOST_BYTES`] bytes with their values.
///
/// Keys: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>.
///
/// ```
/// use brigade_policy::Facts;
///
/// let mut facts = Facts::default();
/// facts.add("aws:SourceIp", ["203.0.113.7"]).unwrap();
/// assert_eq!(facts.one("AWS:sourceip"), Some("203.0.113.7"));
/// assert!(facts.add("aws:sourceip", ["198.51.100.1"]).is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// By normalized name; few, so they are looked through from the front.
    known: Vec<(Box<str>, Values)>,
    bytes: usize,
    /// What the names begin with of which nothing can be said.
    concealed: Vec<Box<str>>,
}

type Values = Box<[Box<str>]>;

/// Nothing at all is known.
static NOTHING: Facts = Facts { known: Vec::new(), bytes: 0, concealed: Vec::new() };

impl Facts {
    /// How many keys there can be.
    pub const MOST_KEYS: usize = 256;
    /// How many bytes keys and values can have together.
    pub const MOST_BYTES: usize = 64 * 1024;

    /// Adds a key with its values.
    ///
    /// # Errors
    /// [`FactError`]: the key is there already, maybe in another case, or there is too much.
    pub fn add<V: Into<Box<str>>>(
        &mut self,
        key: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Result<(), FactError> {
        let name = normal(key);
        if self.known.iter().any(|(known, _)| **known == *name) {
            return Err(FactError::Twice { key: key.to_owned() });
        }
        let values: Values = values.into_iter().map(Into::into).collect();
        let bytes = self.bytes + name.len() + values.iter().map(|value| value.len() + 1).sum::<usize>();
        if self.known.len() == Self::MOST_KEYS || bytes > Self::MOST_BYTES {
            return Err(FactError::TooMuch { key: key.to_owned() });
        }
        self.bytes = bytes;
        self.known.push((name, values));
        Ok(())
    }

    /// Whether a key is one of a caller's facts, rather than of a request's.
    ///
    /// # Errors
    /// A key that no policy could ask for.
    pub fn are_of_caller(key: &str) -> Result<bool, Mistake> {
        Key::parse(key).map(|key| key.is_of_caller())
    }

    /// No facts.
    #[must_use]
    pub fn none() -> &'static Self {
        &NOTHING
    }

    /// Says that of the keys that begin so, other than those that were added, nothing can be said, not even that they are
    /// missing: an allow that asks for one does not apply, and a deny does. A key that was added without values is missing.
    pub fn conceal(&mut self, beginning: &str) {
        self.concealed.push(normal(beginning));
    }

    /// Takes a key away, if it is there.
    pub fn remove(&mut self, key: &str) {
        let name = normal(key);
        self.known.retain(|(known, _)| **known != *name);
        self.bytes = self
            .known
            .iter()
            .map(|(name, values)| name.len() + values.iter().map(|value| value.len() + 1).sum::<usize>())
            .sum();
    }

    /// The values of a key; `None` when nothing is known of it.
    #[must_use]
    pub fn values(&self, key: &str) -> Option<&[Box<str>]> {
        self.normalized(&normal(key))
    }

    /// The value of a key that has exactly one.
    #[must_use]
    pub fn one(&self, key: &str) -> Option<&str> {
        match self.values(key)? {
            [one] => Some(one),
            _ => None,
        }
    }

    /// Every key, normalized, with its values, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[Box<str>])> {
        self.known.iter().map(|(key, values)| (&**key, &**values))
    }

    /// Whether nothing can be said of a key whose name is [`normal`] already.
    pub(crate) fn conceals(&self, name: &str) -> bool {
        self.concealed.iter().any(|beginning| name.starts_with(&**beginning))
            && self.normalized(name).is_none()
    }

    /// The values of a key whose name is [`normal`] already.
    pub(crate) fn normalized(&self, name: &str) -> Option<&[Box<str>]> {
        self.known.iter().find(|(known, _)| **known == *name).map(|(_, values)| &**values)
    }
}

/// The one spelling of a key's name.
pub(crate) fn normal(key: &str) -> Box<str> {
    let exact = ["jwt:", "s3:requestobjecttag/"].into_iter().find_map(|family| {
        let (head, name) = key.split_at_checked(family.len())?;
        head.eq_ignore_ascii_case(family).then(|| [family, name].concat())
    });
    exact.unwrap_or_else(|| key.to_ascii_lowercase()).into_boxed_str()
}

/// Why a fact cannot be added.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FactError {
    /// The key is there already, maybe in another case.
    #[error("{key:?} is said twice")]
    Twice {
        /// The key.
        key: String,
    },
    /// There would be too many keys, or too much in them.
    #[error(
        "with {key:?} there is too much: at most {} keys of {} bytes together",
        Facts::MOST_KEYS,
        Facts::MOST_BYTES
    )]
    TooMuch {
        /// The key.
        key: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_in_any_case_but_for_claims_and_tags() {
        let mut facts = Facts::default();
        for key in ["aws:PrincipalTag/Team", "jwt:sub", "JWT:Sub", "s3:RequestObjectTag/a"] {
            facts.add(key, [key]).unwrap();
        }
        for (key, expect) in [
            ("AWS:principaltag/TEAM", Some("aws:PrincipalTag/Team")),
            ("Jwt:sub", Some("jwt:sub")),
            ("jwt:Sub", Some("JWT:Sub")),
            ("jwt:SUB", None),
            ("S3:RequestObjectTag/a", Some("s3:RequestObjectTag/a")),
            ("s3:RequestObjectTag/A", None),
        ] {
            assert_eq!(facts.one(key), expect, "{key}");
        }
    }

    #[test]
    fn a_key_is_said_once_and_there_is_an_end_to_them() {
        let mut facts = Facts::default();
        facts.add("aws:PrincipalTag/team", ["a"]).unwrap();
        let twice = facts.add("aws:principaltag/Team", ["b"]);
        assert_eq!(twice, Err(FactError::Twice { key: "aws:principaltag/Team".to_owned() }));
        assert!(facts.add("jwt:long", ["x".repeat(Facts::MOST_BYTES)]).is_err());
        for n in 1..Facts::MOST_KEYS {
            facts.add(&format!("jwt:{n}"), [""; 0]).unwrap();
        }
        assert!(facts.add("jwt:more", [""]).is_err());
        facts.remove("AWS:PrincipalTag/TEAM");
        assert_eq!(facts.values("aws:PrincipalTag/team"), None);
        assert_eq!(facts.values("jwt:1").map(<[_]>::len), Some(0));
        facts.add("jwt:more", [""]).unwrap();
    }
}
