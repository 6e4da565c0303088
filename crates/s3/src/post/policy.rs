//! A form's policy: what its signer lets the form say.

use base64::alphabet;
use base64::engine::{DecodePaddingMode, Engine as _, GeneralPurpose, GeneralPurposeConfig};
use brigade_sigv4::Timestamp;

use super::fields::PostForm;

mod json;

use json::Json;

/// A POST policy, read. Its signature has been checked before anybody looks into it.
///
/// Every condition must be met by a field that is there, and every field must be named by a condition, whatever it allows. Names
/// of fields and operators are compared without regard to case, values with it.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html>.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct PostPolicy {
    expires: Timestamp,
    conditions: Vec<Condition>,
}

/// One condition, with the name of its field as the policy spells it.
#[derive(Clone, PartialEq, Eq)]
enum Condition {
    /// `{"field": "value"}` and `["eq", "$field", "value"]`; `field` is `None` where the `$` is missing, which nothing meets.
    Equals { field: Option<String>, written: String, value: String },
    /// `["starts-with", "$field", "prefix"]`
    StartsWith { field: Option<String>, written: String, prefix: String },
    /// `["content-length-range", min, max]`; `None` where they are no numbers, which nothing meets.
    Length { sizes: Option<Sizes>, written: [String; 2] },
}

/// How many bytes a file may have, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sizes {
    pub(super) min: u64,
    pub(super) max: u64,
}

/// Why a policy is none, in S3's words where they are known. 400 `InvalidPolicyDocument`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PolicyFault {
    #[error("Invalid Policy: invalid Base64 encoding.")]
    Base64,
    #[error("Invalid Policy: Invalid JSON.")]
    Json,
    #[error("Invalid Policy: Unexpected: '{0}'")]
    Unexpected(String),
    #[error("Invalid Policy: Policy missing {0}.")]
    Missing(&'static str),
    #[error("Invalid Policy: '{0}' is given twice.")]
    Repeated(&'static str),
    #[error("Invalid Policy: Invalid 'expiration' value: '{0}'. Write it as 2026-12-30T12:00:00.000Z.")]
    Expiration(String),
    #[error("Invalid Policy: Invalid 'conditions' value: must be a List.")]
    Conditions,
    #[error("Invalid Policy: Invalid condition: must be a List or Object.")]
    Kind,
    #[error(
        "Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."
    )]
    SimpleProperties,
    #[error("Invalid Policy: Invalid Simple-Condition: value must be a string.")]
    SimpleValue,
    #[error("Invalid Policy: Invalid Condition: missing operation identifier.")]
    NoOperation,
    #[error("Invalid Policy: Invalid Condition: unknown operation '{0}'.")]
    Operation(String),
    #[error("Invalid Policy: Invalid {0}: wrong number of arguments.")]
    Arguments(&'static str),
    #[error("Invalid Policy: Invalid {0}: arguments must be strings.")]
    ArgumentKind(&'static str),
}

/// Why a policy does not admit a form. 403 `AccessDenied`, but for the sizes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotAdmitted {
    #[error("Invalid according to Policy: Policy expired.")]
    Expired,
    #[error("Invalid according to Policy: Policy Condition failed: {condition}")]
    Condition {
        /// The name of the field, which the log may know.
        field: String,
        /// The condition as S3 writes it.
        condition: String,
    },
    #[error("Invalid according to Policy: Extra input fields: {0}")]
    Extra(String),
}

/// The alphabet of base64 with or without its padding: what is signed is the text.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl PostPolicy {
    /// Reads the field `policy`.
    pub(super) fn read(base64: &str) -> Result<Self, PolicyFault> {
        let text: Vec<u8> = base64.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
        let text = BASE64.decode(text).map_err(|_| PolicyFault::Base64)?;
        Self::parse(&text)
    }

    fn parse(text: &[u8]) -> Result<Self, PolicyFault> {
        let Some(Json::Object(members)) = Json::parse(text) else { return Err(PolicyFault::Json) };
        let (mut expires, mut conditions) = (None, None);
        for (name, value) in members {
            match (&*name, value) {
                ("expiration", value) if expires.is_none() => expires = Some(value),
                ("conditions", value) if conditions.is_none() => conditions = Some(value),
                ("expiration", _) => return Err(PolicyFault::Repeated("expiration")),
                ("conditions", _) => return Err(PolicyFault::Repeated("conditions")),
                _ => return Err(PolicyFault::Unexpected(name)),
            }
        }
        let expires = match expires.ok_or(PolicyFault::Missing("expiration"))? {
            Json::Text(text) => Timestamp::parse_iso8601(&text).ok_or(PolicyFault::Expiration(text))?,
            Json::Number(_) | Json::List(_) | Json::Object(_) | Json::Other => {
                return Err(PolicyFault::Expiration(String::new()));
            }
        };
        match conditions.ok_or(PolicyFault::Missing("conditions"))? {
            Json::List(list) => {
                let conditions = list.into_iter().map(Condition::read).collect::<Result<_, _>>()?;
                Ok(Self { expires, conditions })
            }
            Json::Text(_) | Json::Number(_) | Json::Object(_) | Json::Other => Err(PolicyFault::Conditions),
        }
    }

    /// Judges a form that is posted to `bucket` at `now`: what the policy lets its file weigh.
    pub(super) fn admit(&self, form: &PostForm, bucket: &str, now: Timestamp) -> Result<Sizes, NotAdmitted> {
        if now > self.expires {
            return Err(NotAdmitted::Expired);
        }
        let mut sizes = Sizes::ANY;
        for condition in &self.conditions {
            sizes = condition.meet(form, bucket, sizes)?;
        }
        let covered = |name: &str| self.conditions.iter().any(|condition| condition.covers(name));
        let uncovered = form.iter().map(|(name, _)| name).find(|name| needs_cover(name) && !covered(name));
        match uncovered {
            Some(name) => Err(NotAdmitted::Extra(name.to_owned())),
            // The bucket counts as a field: a policy that names none would do for any.
            None if !covered("bucket") => Err(NotAdmitted::Extra("bucket".to_owned())),
            None => Ok(sizes),
        }
    }
}

/// Whether a policy must name a field: all but these four.
fn needs_cover(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    !matches!(&*lower, "policy" | "file" | "x-amz-signature") && !lower.starts_with("x-ignore-")
}

impl Condition {
    fn read(json: Json) -> Result<Self, PolicyFault> {
        match json {
            Json::Object(members) => {
                let mut members = members.into_iter();
                match (members.next(), members.next()) {
                    (Some((name, Json::Text(value))), None) => {
                        Ok(Self::Equals { written: format!("${name}"), field: Some(name), value })
                    }
                    (Some((_, Json::Other)), None) => Err(PolicyFault::Json),
                    (Some((_, Json::Number(_) | Json::List(_) | Json::Object(_))), None) => {
                        Err(PolicyFault::SimpleValue)
                    }
                    (None | Some(_), _) => Err(PolicyFault::SimpleProperties),
                }
            }
            Json::List(list) => Self::of_list(list),
            Json::Text(_) | Json::Number(_) | Json::Other => Err(PolicyFault::Kind),
        }
    }

    fn of_list(list: Vec<Json>) -> Result<Self, PolicyFault> {
        let mut list = list.into_iter();
        let Some(Json::Text(operation)) = list.next() else { return Err(PolicyFault::NoOperation) };
        let operation = match &*operation.to_ascii_lowercase() {
            "eq" => "eq",
            "starts-with" => "starts-with",
            "content-length-range" => "content-length-range",
            _ => return Err(PolicyFault::Operation(operation)),
        };
        let (Some(first), Some(second), None) = (list.next(), list.next(), list.next()) else {
            return Err(PolicyFault::Arguments(operation));
        };
        if operation == "content-length-range" {
            let min = first.number().ok_or(PolicyFault::ArgumentKind(operation))?;
            let max = second.number().ok_or(PolicyFault::ArgumentKind(operation))?;
            let parsed = |text: &str| {
                let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
                digits.then(|| text.parse().ok()).flatten()
            };
            let sizes = parsed(&min).zip(parsed(&max)).map(|(min, max)| Sizes { min, max });
            return Ok(Self::Length { sizes, written: [min, max] });
        }
        let (Json::Text(written), Json::Text(value)) = (first, second) else {
            return Err(PolicyFault::ArgumentKind(operation));
        };
        let field = written.strip_prefix('$').map(str::to_owned);
        Ok(match operation {
            "eq" => Self::Equals { field, written, value },
            _ => Self::StartsWith { field, written, prefix: value },
        })
    }

    /// What the file may weigh, given what it might before, when the form meets the condition.
    fn meet(&self, form: &PostForm, bucket: &str, sizes: Sizes) -> Result<Sizes, NotAdmitted> {
        let met = match self {
            Self::Equals { field, value, .. } => {
                values(field.as_deref(), form, bucket).is_some_and(|mut found| found.all(|it| it == value))
            }
            Self::StartsWith { field, prefix, .. } => {
                let is_list =
                    field.as_deref().is_some_and(|field| field.eq_ignore_ascii_case("content-type"));
                values(field.as_deref(), form, bucket).is_some_and(|mut found| {
                    // A Content-Type with commas is a list, and each of its values must begin so.
                    found.all(|it| match is_list {
                        true => it.split(',').all(|one| one.trim().starts_with(prefix)),
                        false => it.starts_with(prefix),
                    })
                })
            }
            Self::Length { sizes: Some(range), .. } => {
                return Ok(Sizes { min: sizes.min.max(range.min), max: sizes.max.min(range.max) });
            }
            Self::Length { sizes: None, .. } => false,
        };
        if met { Ok(sizes) } else { Err(self.failed()) }
    }

    fn covers(&self, name: &str) -> bool {
        match self {
            Self::Equals { field, .. } | Self::StartsWith { field, .. } => {
                field.as_deref().is_some_and(|field| field.eq_ignore_ascii_case(name))
            }
            Self::Length { .. } => false,
        }
    }

    /// As S3 writes a condition, a simple one too.
    fn failed(&self) -> NotAdmitted {
        let (field, parts) = match self {
            Self::Equals { written, value, .. } => (written.clone(), ["eq", written, value]),
            Self::StartsWith { written, prefix, .. } => (written.clone(), ["starts-with", written, prefix]),
            Self::Length { written: [min, max], .. } => {
                ("content-length-range".to_owned(), ["content-length-range", min, max])
            }
        };
        let quoted = parts.map(|part| brigade_json::write(&part.into()));
        NotAdmitted::Condition { field, condition: format!("[{}]", quoted.join(", ")) }
    }
}

/// The values that a condition on a field is about; `None` where there is no such field. The bucket is the one that is
/// addressed, and a field of its name must not say otherwise.
fn values<'a>(
    field: Option<&str>,
    form: &'a PostForm,
    bucket: &'a str,
) -> Option<impl Iterator<Item = &'a str>> {
    let field = field?;
    let sent = form.value(field);
    let addressed = field.eq_ignore_ascii_case("bucket").then_some(bucket);
    (sent.is_some() || addressed.is_some()).then(|| sent.into_iter().chain(addressed))
}

impl Sizes {
    /// Any file.
    pub(super) const ANY: Self = Self { min: 0, max: u64::MAX };
}

#[cfg(test)]
mod tests;
