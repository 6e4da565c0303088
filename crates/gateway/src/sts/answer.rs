//! What STS answers, in AWS's exact XML
//! ([Actions](https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html)).

use brigade_identity::{Issued, Session};
use brigade_s3::{RequestId, xml::Document};
use bytes::Bytes;
use http::{HeaderValue, Response, header};

/// The namespace of every answer of STS.
pub(super) const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// Brigade's account: it has one, and ARNs must name one.
pub(crate) const ACCOUNT: &str = "000000000000";

/// An answer, but for the request's id.
#[derive(Debug)]
pub(crate) enum Answer {
    /// To AssumeRoleWithWebIdentity.
    WebIdentity { assumed: Assumed, subject: String, audience: String, provider: String },
    /// To AssumeRole.
    Role(Assumed),
    /// To GetSessionToken.
    Token(Credentials),
    /// To GetCallerIdentity.
    Identity(Identity),
}

/// A role, as one session has it.
#[derive(Debug)]
pub(crate) struct Assumed {
    pub(crate) role: String,
    pub(crate) name: String,
    pub(crate) credentials: Credentials,
    /// How full, in percent, what can be carried of a session's policy and claims is; absent without a policy.
    pub(crate) packed: Option<usize>,
}

/// Temporary credentials, for their holder alone.
pub(crate) struct Credentials {
    pub(crate) issued: Issued,
    pub(crate) expires: String,
}

/// Who somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) arn: String,
    pub(crate) user_id: String,
}

impl Identity {
    /// The holder of a long-lived key.
    pub(crate) fn key(key_id: &str) -> Self {
        Self { arn: account_arn("iam", &format!("user/{key_id}")), user_id: key_id.to_owned() }
    }

    /// A session of a role.
    pub(crate) fn role(role: &str, name: &str) -> Self {
        Self {
            arn: account_arn("sts", &format!("assumed-role/{role}/{name}")),
            user_id: format!("{}:{name}", role_id(role)),
        }
    }
}

/// The ARN of something in Brigade's account.
pub(crate) fn account_arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}::{ACCOUNT}:{resource}")
}

/// The unique id of a role, which AWS has beside its name: `AROA` and 17 letters and digits, made from the name.
pub(crate) fn role_id(role: &str) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    use sha2::{Digest as _, Sha256};
    let hash = Sha256::digest(["brigade role ", role].concat());
    let letters = hash.iter().take(17).filter_map(|byte| ALPHABET.get(usize::from(byte % 32)));
    letters.fold(String::from("AROA"), |mut id, letter| {
        id.push(char::from(*letter));
        id
    })
}

impl Credentials {
    pub(crate) fn of(session: &Session, issued: Issued) -> Self {
        let expires = session.expires.iso8601().replace(".000Z", "Z");
        Self { issued, expires }
    }

    fn write(&self, document: &mut Document) {
        document.element("Credentials", |credentials| {
            credentials.text("AccessKeyId", &self.issued.key_id);
            credentials.text("SecretAccessKey", &String::from_utf8_lossy(self.issued.secret.expose()));
            credentials.text("SessionToken", &self.issued.token);
            credentials.text("Expiration", &self.expires);
        });
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("key_id", &self.issued.key_id).finish_non_exhaustive()
    }
}

impl Assumed {
    fn write(&self, document: &mut Document) {
        let Identity { arn, user_id } = Identity::role(&self.role, &self.name);
        document.element("AssumedRoleUser", |user| {
            user.text("AssumedRoleId", &user_id);
            user.text("Arn", &arn);
        });
        self.credentials.write(document);
        if let Some(percent) = self.packed {
            document.text("PackedPolicySize", &percent.to_string());
        }
    }
}

impl Answer {
    pub(crate) fn into_response(self, id: RequestId) -> Response<Bytes> {
        let (response, result) = match self {
            Self::WebIdentity { .. } => {
                ("AssumeRoleWithWebIdentityResponse", "AssumeRoleWithWebIdentityResult")
            }
            Self::Role(_) => ("AssumeRoleResponse", "AssumeRoleResult"),
            Self::Token(_) => ("GetSessionTokenResponse", "GetSessionTokenResult"),
            Self::Identity(_) => ("GetCallerIdentityResponse", "GetCallerIdentityResult"),
        };
        let xml = Document::of(NAMESPACE, response, |root| {
            root.element(result, |result| self.fill(result));
            root.element("ResponseMetadata", |metadata| {
                metadata.text("RequestId", &id.to_string());
            });
        });
        let mut response = Response::new(Bytes::from(xml));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    fn fill(self, result: &mut Document) {
        match self {
            Self::WebIdentity { assumed, subject, audience, provider } => {
                result.text("SubjectFromWebIdentityToken", &subject);
                result.text("Audience", &audience);
                assumed.write(result);
                result.text("Provider", &provider);
            }
            Self::Role(assumed) => assumed.write(result),
            Self::Token(credentials) => credentials.write(result),
            Self::Identity(Identity { arn, user_id }) => {
                result.text("Arn", &arn);
                result.text("UserId", &user_id);
                result.text("Account", ACCOUNT);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_an_id_of_its_own() {
        let id = role_id("github");
        assert_eq!((id.len(), id.starts_with("AROA")), (21, true));
        assert_ne!(id, role_id("gitlab"));
        assert_eq!(id, role_id("github"));
    }

    #[test]
    fn who_somebody_is() {
        let response = Answer::Identity(Identity::role("github", "a&b")).into_response(RequestId::default());
        let text = std::str::from_utf8(response.body()).unwrap();
        let id = role_id("github");
        assert_eq!(
            text,
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<GetCallerIdentityResponse xmlns=\"{NAMESPACE}\">\
                 <GetCallerIdentityResult><Arn>arn:aws:sts::000000000000:assumed-role/github/a&amp;b</Arn>\
                 <UserId>{id}:a&amp;b</UserId><Account>000000000000</Account></GetCallerIdentityResult>\
                 <ResponseMetadata><RequestId>0000000000000000</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
            )
        );
    }
}
