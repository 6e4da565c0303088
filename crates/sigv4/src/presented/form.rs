//! The fields of an upload form that say who signed its policy.

use super::{Credential, Manner, Presented};
use crate::content_sha256::ContentSha256;
use crate::hexadecimal;
use crate::refusal::{Fault, Place, Refusal};
use crate::service::Service;
use crate::timestamp::Timestamp;

const PLACE: Place = Place::Form;

/// What an upload form says of its sender, each field as it was sent.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html>.
#[derive(Clone, Copy, Default)]
#[allow(missing_debug_implementations, reason = "it holds a signature, a token and a policy")]
pub struct SignedForm<'a> {
    /// `x-amz-algorithm`
    pub algorithm: Option<&'a str>,
    /// `x-amz-credential`
    pub credential: Option<&'a str>,
    /// `x-amz-date`
    pub date: Option<&'a str>,
    /// `x-amz-signature`
    pub signature: Option<&'a str>,
    /// `x-amz-security-token`
    pub token: Option<&'a str>,
    /// `policy`, in base64: the string to sign
    pub policy: Option<&'a str>,
}

impl Presented {
    /// Reads the fields of a form; `None` when none of them signs anything, whether there is a policy or not.
    ///
    /// # Errors
    /// As [`Presented::read`]: what is incomplete or malformed is a [`Refusal`], never `None`.
    pub fn of_form(form: &SignedForm<'_>) -> Result<Option<Self>, Refusal> {
        let signing = [form.algorithm, form.credential, form.date, form.signature];
        if signing.iter().all(Option::is_none) {
            return if form.token.is_some() { Err(Refusal::TokenWithoutSignature) } else { Ok(None) };
        }
        let missing = |name| Refusal::Malformed { place: PLACE, fault: Fault::Missing(name) };
        let algorithm = form.algorithm.ok_or(missing("X-Amz-Algorithm"))?;
        let credential = form.credential.ok_or(missing("X-Amz-Credential"))?;
        let date = form.date.ok_or(missing("X-Amz-Date"))?;
        let signature = form.signature.ok_or(missing("X-Amz-Signature"))?;
        let policy = form.policy.ok_or(missing("Policy"))?;
        match algorithm {
            "AWS4-HMAC-SHA256" => {}
            "AWS4-ECDSA-P256-SHA256" => return Err(Refusal::SignatureV4a),
            _ => return Err(Refusal::Malformed { place: PLACE, fault: Fault::Algorithm }),
        }
        let credential = Credential::parse(credential, PLACE, Service::S3.name())?;
        let at = Timestamp::parse_amz(date).ok_or(Refusal::Malformed { place: PLACE, fault: Fault::Date })?;
        credential.is_of(at, PLACE)?;
        Ok(Some(Self {
            manner: Manner::Form,
            service: Service::S3.name(),
            key_id: credential.key_id.into(),
            region: credential.region.into(),
            at,
            signed: "".into(),
            signature: hexadecimal::decode(signature.as_bytes()),
            token: form.token.map(Into::into),
            payload: ContentSha256::Unsigned,
            policy: Some(policy.into()),
        }))
    }
}
