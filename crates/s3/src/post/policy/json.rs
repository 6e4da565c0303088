//! JSON as a policy is written in it: as much of it as tells a policy from what is none.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

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
        serde_json::from_slice(&plain(text)).ok()
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

struct Reading;

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reading)
    }
}

impl<'de> Visitor<'de> for Reading {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without fractions")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Number(number.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Number(number.to_string()))
    }

    /// The words for what is not expected here would bring in how the standard library writes fractions.
    fn visit_f64<E: Error>(self, _: f64) -> Result<Json, E> {
        Err(E::custom("a fraction"))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = access.next_element()? {
            list.push(value);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = access.next_entry()? {
            members.push(member);
        }
        Ok(Json::Object(members))
    }
}
