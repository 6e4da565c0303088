//! What a verified token says of its bearer.

use std::borrow::Cow;
use std::fmt;

use serde_json::{Map, Value};

use crate::TokenError;

/// How far the clocks of an issuer may be ahead.
const LEEWAY: u64 = 60;

/// The longest `sub`.
const SUBJECT: usize = 2048;

/// The last second of the year 9999: no time lies behind it.
const LAST: u64 = 253_402_300_799;

/// The claims of a token that was found true and in time: only [`Jwt::vouched_for`](crate::Jwt::vouched_for) makes them.
///
/// `iss`, `sub`, `aud` and `exp` are there and of their types (RFC 7519 section 4.1); who bears it is [`Self::issuer`] and
/// [`Self::subject`] together. They do not print: claims are personal.
#[derive(Clone)]
pub struct Claims {
    issuer: Box<str>,
    subject: Box<str>,
    audiences: Box<[Box<str>]>,
    expires: u64,
    all: Map<String, Value>,
}

impl Claims {
    pub(crate) fn read(all: Map<String, Value>, now: u64) -> Result<Self, TokenError> {
        let issuer = string(&all, "iss")?.ok_or(TokenError::Claim("iss"))?.into();
        let subject = match string(&all, "sub")? {
            // A control character cannot be said in XML, which is what STS answers in.
            Some(subject)
                if (1..=SUBJECT).contains(&subject.len()) && !subject.contains(char::is_control) =>
            {
                subject.into()
            }
            Some(_) | None => return Err(TokenError::Claim("sub")),
        };
        let audiences = audiences(all.get("aud")).ok_or(TokenError::Claim("aud"))?;
        string(&all, "azp")?;
        let expires = date(&all, "exp")?.ok_or(TokenError::Claim("exp"))?;
        // No leeway: what is made of a token outlives it, and a bearer can always have a new one.
        if expires <= now {
            return Err(TokenError::Expired);
        }
        for name in ["nbf", "iat"] {
            if date(&all, name)?.is_some_and(|from| from > now.saturating_add(LEEWAY)) {
                return Err(TokenError::NotYet);
            }
        }
        Ok(Self { issuer, subject, audiences, expires, all })
    }

    /// Who issued the token, as the issuer spells itself.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Whom the issuer means. Another issuer may use the same name for someone else.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Whom the token is for: at least one.
    pub fn audiences(&self) -> impl Iterator<Item = &str> {
        self.audiences.iter().map(|audience| &**audience)
    }

    /// When it ends, in seconds since 1970.
    #[must_use]
    pub fn expires(&self) -> u64 {
        self.expires
    }

    /// When it was issued, in seconds since 1970, if it says.
    #[must_use]
    pub fn issued(&self) -> Option<u64> {
        date(&self.all, "iat").ok().flatten()
    }

    /// The names of all claims.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.all.keys().map(String::as_str)
    }

    /// The text of a claim; `None` if it is not there or is no string.
    ///
    /// A name that begins with `/` is a path into objects, as in `/realm_access/roles` (a JSON Pointer without its escapes);
    /// any other is that of a claim, as it stands.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.find(name)?.as_str()
    }

    /// The texts of a claim: one of a string, a whole number or a boolean, and those of a list's elements.
    ///
    /// `None` if it is not there or has anything else in it: who cannot read all of a list knows nothing of what it lacks.
    /// Numbers that are no 64-bit integers have no text, because their readers differ about it.
    #[must_use]
    pub fn texts(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        claim_texts(&self.all, name)
    }

    /// Whether a claim is there, whatever it holds.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    fn find(&self, name: &str) -> Option<&Value> {
        find(&self.all, name)
    }
}

/// The texts of a claim among claims that nobody vouches for: what [`Claims::texts`] would say of them.
#[must_use]
pub fn claim_texts<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<Vec<Cow<'a, str>>> {
    match find(claims, name)? {
        Value::Array(list) => list.iter().map(scalar).collect(),
        one @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
            Some(vec![scalar(one)?])
        }
    }
}

fn find<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let Some(path) = name.strip_prefix('/') else { return claims.get(name) };
    let (first, rest) = path.split_once('/').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let start = claims.get(first)?;
    rest.into_iter().flat_map(|rest| rest.split('/')).try_fold(start, |at, step| at.as_object()?.get(step))
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

fn scalar(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(text.into()),
        Value::Bool(value) => Some(if *value { "true" } else { "false" }.into()),
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string().into()),
        Value::Number(_) | Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A claim that must be a string if it is there.
fn string<'a>(all: &'a Map<String, Value>, name: &'static str) -> Result<Option<&'a str>, TokenError> {
    match all.get(name) {
        None => Ok(None),
        Some(value) => value.as_str().map(Some).ok_or(TokenError::Claim(name)),
    }
}

fn audiences(claim: Option<&Value>) -> Option<Box<[Box<str>]>> {
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(Box::from);
    let claim = claim?;
    let list = claim.as_array().map_or(std::slice::from_ref(claim), Vec::as_slice);
    let found: Box<[_]> = list.iter().map(text).collect::<Option<_>>()?;
    (!found.is_empty()).then_some(found)
}

/// A NumericDate: seconds since 1970, perhaps with a fraction (RFC 7519 section 2), which is cut off.
fn date(all: &Map<String, Value>, name: &'static str) -> Result<Option<u64>, TokenError> {
    let Some(claim) = all.get(name) else { return Ok(None) };
    let seconds = match claim {
        Value::Number(number) => number.as_u64().or_else(|| whole(number.as_f64()?)),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    };
    seconds.filter(|seconds| *seconds <= LAST).map(Some).ok_or(TokenError::Claim(name))
}

/// The whole seconds of a fraction, for a time that there is.
fn whole(seconds: f64) -> Option<u64> {
    let there_is = (0.0..=LAST as f64).contains(&seconds);
    there_is.then_some(seconds as u64)
}

#[cfg(test)]
mod tests;
