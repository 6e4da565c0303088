//! AWS: an assertion for the temporary credentials of a role.

use std::fmt;

use brigade_sigv4::{Credentials, SecretKey, Timestamp};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, Uri, header};
use quick_xml::Reader;
use quick_xml::events::Event;

use super::answer::{FORM, form, plain};
use super::{Assertion, Exchange, ExchangeError, Grant, Heard, Party, Step};

const NAME: &str = "AssumeRoleWithWebIdentity";

/// A role of AWS, or of a store that speaks its STS, and how it is assumed by web identity.
///
/// Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AwsRole {
    /// The role.
    pub arn: RoleArn,
    /// What the assertion says Brigade is (`sub`).
    pub subject: Box<str>,
    /// Whom the assertion is for (`aud`): a client id of the provider at IAM, by default `sts.amazonaws.com`.
    pub audience: Box<str>,
    /// The session's name, which shows in CloudTrail.
    pub session_name: SessionName,
    /// How long the credentials are to last, in seconds: 900 to 43,200, and no longer than the role allows.
    pub duration: u32,
    /// A policy that the session is restricted to further, as compact JSON of at most 2,048 characters.
    pub policy: Option<Box<str>>,
    /// Where STS is, absolute.
    pub endpoint: Uri,
}

/// The name of a role: `arn:PARTITION:iam::ACCOUNT:role/PATH`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RoleArn(Box<str>);

/// Why a text is no role's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the ARN of a role; write it as arn:aws:iam::ACCOUNT:role/NAME")]
pub struct RoleArnError;

impl RoleArn {
    /// Reads an ARN: 20 to 2,048 characters. Ceph's have an empty account, or the name of a tenant.
    ///
    /// # Errors
    /// [`RoleArnError`].
    pub fn parse(text: &str) -> Result<Self, RoleArnError> {
        let plain = |b: u8| b.is_ascii_graphic();
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let [scheme, partition, service, region, _, resource] = parts.as_slice() else {
            return Err(RoleArnError);
        };
        let good = *scheme == "arn"
            && partition.starts_with("aws")
            && *service == "iam"
            && region.is_empty()
            && resource.strip_prefix("role/").is_some_and(|name| !name.is_empty() && !name.contains(':'))
            && (20..=2048).contains(&text.len())
            && text.bytes().all(plain);
        if good { Ok(Self(text.into())) } else { Err(RoleArnError) }
    }

    /// The ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where STS is for this role in a region: the regional endpoint of its partition.
    ///
    /// Source: <https://docs.aws.amazon.com/general/latest/gr/sts.html>.
    #[must_use]
    pub fn regional_endpoint(&self, region: &str) -> Option<Uri> {
        let suffix = match self.0.split(':').nth(1)? {
            "aws-cn" => "amazonaws.com.cn",
            "aws-iso" => "c2s.ic.gov",
            "aws-iso-b" => "sc2s.sgov.gov",
            "aws-eusc" => "amazonaws.eu",
            _ => "amazonaws.com",
        };
        format!("https://sts.{region}.{suffix}/").parse().ok()
    }
}

impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a session: 2 to 64 of `A-Z a-z 0-9 _ + = , . @ -`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SessionName(Box<str>);

impl SessionName {
    /// Reads a name; `None` when it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
        ((2..=64).contains(&text.len()) && text.bytes().all(plain)).then(|| Self(text.into()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Exchange for AwsRole {
    type Granted = Credentials;

    fn party(&self) -> Party<'_> {
        Party { subject: &self.subject, audience: &self.audience }
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn ask(&self, assertion: &Assertion) -> Request<Bytes> {
        let duration = self.duration.to_string();
        let mut fields = vec![
            ("Action", NAME),
            ("Version", "2011-06-15"),
            ("RoleArn", self.arn.as_str()),
            ("RoleSessionName", self.session_name.as_str()),
            ("DurationSeconds", &duration),
            ("WebIdentityToken", assertion.expose()),
        ];
        if let Some(policy) = &self.policy {
            fields.push(("Policy", policy));
        }
        let mut request = Request::new(form(&fields));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.endpoint.clone();
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(FORM));
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/xml"));
        request
    }

    fn hear(
        &self,
        _: Step,
        answer: &Response<Bytes>,
        now: Timestamp,
    ) -> Result<Heard<Credentials>, ExchangeError> {
        let said = Said::read(answer.body());
        if !answer.status().is_success() {
            return Err(match said.code.as_str() {
                "" => plain(NAME, answer.status()),
                code => ExchangeError::said(NAME, answer.status().as_u16(), code, &said.message),
            });
        }
        let unreadable = |why| ExchangeError::Unreadable { exchange: NAME, why };
        let [key_id, secret, token, expiration] = said.credentials;
        let printable = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        if ![&key_id, &secret, &token].into_iter().all(|text| printable(text)) {
            return Err(unreadable("a success without credentials"));
        }
        let expires = Timestamp::parse_iso8601(&expiration);
        let expires = expires.ok_or_else(|| unreadable("no Expiration that can be read"))?;
        if expires <= now {
            return Err(unreadable("credentials that have ended already; are the clocks right?"));
        }
        let granted = Credentials {
            key_id: key_id.into(),
            secret: SecretKey::new(secret),
            session_token: Some(token.into()),
        };
        Ok(Heard::Granted(Grant { granted, expires }))
    }
}

/// The texts of an answer of STS that are of interest: of its `Credentials`, and of its `Error`.
#[derive(Default)]
struct Said {
    code: String,
    message: String,
    credentials: [String; 4],
}

impl Said {
    /// Reads an answer, leniently: whether it is whole is told by whether all is there.
    fn read(body: &[u8]) -> Self {
        let mut said = Self::default();
        let Ok(text) = std::str::from_utf8(body) else { return said };
        let mut reader = Reader::from_str(text);
        let mut path: Vec<String> = Vec::new();
        loop {
            match reader.read_event() {
                Ok(Event::Start(tag)) if path.len() < 8 => {
                    path.push(tag.local_name().as_ref().to_owned());
                }
                Ok(Event::End(_)) => drop(path.pop()),
                Ok(Event::Text(text)) => {
                    if let Some(slot) = said.slot(&path) {
                        slot.push_str(text.trim());
                    }
                }
                Ok(Event::GeneralRef(reference)) => {
                    if let Some(slot) = said.slot(&path) {
                        let character = reference.resolve_char_ref().ok().flatten();
                        slot.extend(character.or_else(|| named(&reference)));
                    }
                }
                Ok(Event::DocType(_) | Event::Start(_) | Event::Eof) | Err(_) => return said,
                Ok(Event::Empty(_) | Event::CData(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_)) => {
                }
            }
        }
    }

    /// Where the text of this element goes.
    fn slot(&mut self, path: &[String]) -> Option<&mut String> {
        let [.., parent, name] = path else { return None };
        let [key_id, secret, token, expiration] = &mut self.credentials;
        match (parent.as_str(), name.as_str()) {
            ("Error", "Code") => Some(&mut self.code),
            ("Error", "Message") => Some(&mut self.message),
            ("Credentials", "AccessKeyId") => Some(key_id),
            ("Credentials", "SecretAccessKey") => Some(secret),
            ("Credentials", "SessionToken") => Some(token),
            ("Credentials", "Expiration") => Some(expiration),
            _ => None,
        }
    }
}

/// The character of one of XML's own entities.
fn named(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}
