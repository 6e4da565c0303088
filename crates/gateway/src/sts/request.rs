//! What is asked of STS: the parameters of a query or a form, each at most once, none ignored.

use brigade_sigv4::decode_query;

use super::error::{StsCode, StsError};

/// A call of STS, checked.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// `AssumeRoleWithWebIdentity`
    WebIdentity { assume: Assume, token: Token },
    /// `AssumeRole`
    Role(Assume),
    /// `GetSessionToken`
    Token { seconds: Option<u64> },
    /// `GetCallerIdentity`
    Identity,
}

/// Which role is to be assumed, and how.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Assume {
    /// The role's name.
    pub(super) role: String,
    /// What the caller calls the session.
    pub(super) name: String,
    pub(super) seconds: Option<u64>,
    /// A policy that narrows the session, as it was written.
    pub(super) policy: Option<String>,
}

/// A web identity token; it is not printed.
#[derive(PartialEq, Eq)]
pub(super) struct Token(pub(super) String);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

/// What STS lets a token be, in characters.
const TOKEN_LIMIT: usize = 20_000;
/// What STS lets a session policy be, in characters.
const POLICY_LIMIT: usize = 2048;
/// Parameters of one call.
const MOST: usize = 64;
/// The version of STS's API.
const VERSION: &str = "2011-06-15";

impl Call {
    /// Reads a query or a form, percent-encoded as sent. What a presigned query is signed with is no parameter.
    pub(super) fn parse(query: &str, form: &str) -> Result<Self, StsError> {
        let mut given = Parameters::read(query, form)?;
        let action = given.take("Action").ok_or_else(|| {
            StsError::new(
                StsCode::MissingAction,
                "Action is missing: say which of STS's actions is asked for.",
            )
        })?;
        if given.take("Version").is_some_and(|version| version != VERSION) {
            return Err(invalid(format!("Version must be {VERSION}.")));
        }
        let call = match action.as_str() {
            "AssumeRoleWithWebIdentity" => {
                let token = given.required("WebIdentityToken")?;
                if token.len() > TOKEN_LIMIT || token.len() < 4 {
                    return Err(invalid(format!(
                        "WebIdentityToken must have 4 to {TOKEN_LIMIT} characters."
                    )));
                }
                if given.take("ProviderId").is_some() {
                    return Err(invalid(
                        "ProviderId is for OAuth 2.0 access tokens of two providers; send an OpenID Connect token without it.",
                    ));
                }
                Self::WebIdentity { assume: given.assume()?, token: Token(token) }
            }
            "AssumeRole" => Self::Role(given.assume()?),
            "GetSessionToken" => Self::Token { seconds: given.seconds()? },
            "GetCallerIdentity" => Self::Identity,
            _ => {
                return Err(StsError::new(
                    StsCode::InvalidAction,
                    "This gateway has AssumeRoleWithWebIdentity, AssumeRole, GetSessionToken and GetCallerIdentity.",
                ));
            }
        };
        given.nothing_left(&action)?;
        Ok(call)
    }
}

/// The parameters that have not been read yet.
struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn read(query: &str, form: &str) -> Result<Self, StsError> {
        let mut given: Vec<(String, String)> = Vec::new();
        let pairs = query.split('&').chain(form.split('&')).filter(|pair| !pair.is_empty());
        for (count, pair) in pairs.enumerate() {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name)?;
            if name.starts_with("X-Amz-") {
                continue;
            }
            if given.iter().any(|(other, _)| *other == name) {
                return Err(invalid(format!("{} may be given only once.", shown(&name))));
            }
            given.push((name, decode(value)?));
            if count >= MOST {
                return Err(invalid("There are too many parameters."));
            }
        }
        Ok(Self(given))
    }

    fn take(&mut self, name: &str) -> Option<String> {
        let place = self.0.iter().position(|(other, _)| other == name)?;
        Some(self.0.swap_remove(place).1)
    }

    fn required(&mut self, name: &str) -> Result<String, StsError> {
        self.take(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| invalid(format!("{name} is missing.")))
    }

    fn assume(&mut self) -> Result<Assume, StsError> {
        let role = role_name(&self.required("RoleArn")?)?;
        let name = self.required("RoleSessionName")?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
        if !(2..=64).contains(&name.len()) || !name.bytes().all(plain) {
            return Err(invalid("RoleSessionName must be 2 to 64 of letters, digits and _+=,.@-"));
        }
        let policy = self.take("Policy").filter(|policy| !policy.is_empty());
        if policy.as_ref().is_some_and(|policy| policy.chars().count() > POLICY_LIMIT) {
            return Err(StsError::new(
                StsCode::PackedPolicyTooLarge,
                format!("Policy must have at most {POLICY_LIMIT} characters."),
            ));
        }
        Ok(Assume { role, name, seconds: self.seconds()?, policy })
    }

    fn seconds(&mut self) -> Result<Option<u64>, StsError> {
        let Some(text) = self.take("DurationSeconds") else { return Ok(None) };
        let digits = (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        let seconds = digits.then(|| text.parse().ok()).flatten();
        seconds.map(Some).ok_or_else(|| invalid("DurationSeconds must be a number of seconds."))
    }

    /// What nobody has read would be ignored, and a limit might be among it.
    fn nothing_left(self, action: &str) -> Result<(), StsError> {
        let Some(name) = self.0.into_iter().map(|(name, _)| name).min() else { return Ok(()) };
        let shown = shown(&name);
        Err(invalid(match shown.split('.').next() {
            Some("PolicyArns") => "PolicyArns is not supported here: send the policy itself in Policy.".to_owned(),
            Some("Tags" | "TransitiveTagKeys") => {
                "Session tags are not supported here; in aws-actions/configure-aws-credentials set role-skip-session-tagging: true."
                    .to_owned()
            }
            _ => format!("{shown} is not supported by {action} here."),
        }))
    }
}

/// The name of a role, written plainly or as an ARN: SDKs refuse names that are shorter than 20 characters.
fn role_name(written: &str) -> Result<String, StsError> {
    let name = match written.strip_prefix("arn:") {
        None => Some(written),
        Some(rest) => {
            let mut parts = rest.splitn(5, ':');
            let (_, service, _, _) = (parts.next(), parts.next(), parts.next(), parts.next());
            let resource = parts.next().filter(|_| service == Some("iam"));
            resource.and_then(|resource| resource.strip_prefix("role/"))
        }
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-/".contains(&byte);
    name.filter(|name| (1..=512).contains(&name.len()) && name.bytes().all(plain))
        .map(str::to_owned)
        .ok_or_else(|| {
            invalid(
                "RoleArn must be the name of a role of this gateway, or arn:aws:iam::000000000000:role/NAME.",
            )
        })
}

fn decode(raw: &str) -> Result<String, StsError> {
    decode_query(raw).and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| {
        StsError::new(StsCode::MalformedQueryString, "The parameters are UTF-8, percent-encoded once.")
    })
}

/// A parameter's name, as far as it is told back and logged.
fn shown(name: &str) -> String {
    name.chars().take(64).collect()
}

fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> StsError {
    StsError::new(StsCode::ValidationError, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(form: &str, expect: &str) {
        let found = match Call::parse("", form) {
            Ok(call) => format!("{call:?}"),
            Err(error) => format!("{}: {}", error.code.name(), error.message),
        };
        assert!(found.starts_with(expect), "{form}: {found}");
    }

    #[test]
    fn calls() {
        let role = "RoleArn=github&RoleSessionName=build-7";
        let assume = "Assume { role: \"github\", name: \"build-7\", seconds: None, policy: None }";
        for (form, expect) in [
            ("Action=GetCallerIdentity&Version=2011-06-15", "Identity"),
            ("Action=GetSessionToken&DurationSeconds=900", "Token { seconds: Some(900) }"),
            (&*format!("Action=AssumeRole&{role}"), &*format!("Role({assume})")),
            (
                "Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Fgithub&RoleSessionName=a%40b",
                "Role(Assume { role: \"github\", name: \"a@b\"",
            ),
            (
                "Action=AssumeRole&RoleArn=arn:aws:iam::123456789012:role/path/to/github&RoleSessionName=ab",
                "Role(Assume { role: \"path/to/github\"",
            ),
            (
                &format!("Action=AssumeRoleWithWebIdentity&{role}&WebIdentityToken=a.b.c"),
                &format!("WebIdentity {{ assume: {assume}, token: Token }}"),
            ),
            (&format!("Action=AssumeRole&{role}&Policy=%7B%22a%22%3A+1%7D"), "Role(Assume"),
        ] {
            check(form, expect);
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_and_never_ignored() {
        let role = "Action=AssumeRole&RoleArn=github&RoleSessionName=build-7";
        for (more, expect) in [
            ("&PolicyArns.member.1.arn=arn:aws:iam::aws:policy/ReadOnly", "ValidationError: PolicyArns"),
            ("&Tags.member.1.Key=a", "ValidationError: Session tags"),
            ("&ExternalId=1", "ValidationError: ExternalId is not supported by AssumeRole"),
            ("&Policy=a&Policy=b", "ValidationError: Policy may be given only once"),
            ("&RoleArn=other", "ValidationError: RoleArn may be given only once"),
            ("&Action=GetCallerIdentity", "ValidationError: Action may be given only once"),
            ("&Polic%79=a&Policy=b", "ValidationError: Policy may be given only once"),
            ("&DurationSeconds=-1", "ValidationError: DurationSeconds"),
            ("&DurationSeconds=1e3", "ValidationError: DurationSeconds"),
            ("&DurationSeconds=", "ValidationError: DurationSeconds"),
            ("&DurationSeconds=99999999999999999999", "ValidationError: DurationSeconds"),
            ("&Version=2010-01-01", "ValidationError: Version"),
            ("&Policy=%zz", "MalformedQueryString"),
            ("&Policy=%FF", "MalformedQueryString"),
        ] {
            check(&format!("{role}{more}"), expect);
        }
        let long = "n".repeat(30_000);
        for form in [format!("{long}&{long}"), format!("Action=GetCallerIdentity&{long}")] {
            let said = Call::parse("", &form).unwrap_err().message;
            assert!(said.contains("nnnn") && said.len() < 200, "{} bytes are told back", said.len());
        }
        check(&format!("{role}&Policy={}", "x".repeat(2049)), "PackedPolicyTooLarge");
        check(
            &(0..100).map(|n| format!("p{n}=1&")).collect::<String>(),
            "ValidationError: There are too many",
        );
        for (form, expect) in [
            ("", "MissingAction"),
            ("Version=2011-06-15", "MissingAction"),
            ("Action=AssumeRoleWithSAML", "InvalidAction"),
            ("Action=assumerole", "InvalidAction"),
            ("Action=AssumeRole&RoleSessionName=ab", "ValidationError: RoleArn is missing"),
            ("Action=AssumeRole&RoleArn=&RoleSessionName=ab", "ValidationError: RoleArn is missing"),
            ("Action=AssumeRole&RoleArn=a*&RoleSessionName=ab", "ValidationError: RoleArn must be"),
            (
                "Action=AssumeRole&RoleArn=arn:aws:s3:::role/a&RoleSessionName=ab",
                "ValidationError: RoleArn must be",
            ),
            (
                "Action=AssumeRole&RoleArn=arn:aws:iam::1:user/a&RoleSessionName=ab",
                "ValidationError: RoleArn must be",
            ),
            ("Action=AssumeRole&RoleArn=a", "ValidationError: RoleSessionName is missing"),
            ("Action=AssumeRole&RoleArn=a&RoleSessionName=a%20b", "ValidationError: RoleSessionName must"),
            ("Action=AssumeRole&RoleArn=a&RoleSessionName=a", "ValidationError: RoleSessionName must"),
            (
                "Action=AssumeRoleWithWebIdentity&RoleArn=a&RoleSessionName=ab",
                "ValidationError: WebIdentityToken is missing",
            ),
        ] {
            check(form, expect);
        }
    }

    #[test]
    fn a_parameter_in_the_query_and_in_the_form_is_given_twice() {
        let twice = Call::parse("Action=GetCallerIdentity", "Action=GetSessionToken").unwrap_err();
        assert_eq!(twice.code, StsCode::ValidationError);
        assert_eq!(
            Call::parse("Action=GetCallerIdentity&X-Amz-Signature=a&X-Amz-Date=b", "").unwrap(),
            Call::Identity
        );
    }
}
