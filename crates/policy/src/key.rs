//! The condition keys that a policy may speak of.

use crate::Facts;
use crate::ask::Ask;
use crate::document::Mistake;
use crate::facts::normal;

/// A condition key that is known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// Normalized.
    pub(crate) name: Box<str>,
    pub(crate) kind: Kind,
    origin: Origin,
}

/// What the values of a key are, and so which operators can be used with it; those of strings always can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Arn,
    Number,
    Date,
    /// Seconds since 1970: a date and a number.
    Epoch,
    Bool,
    Address,
    /// A claim or a tag, which may be anything.
    Any,
}

/// Who says it. What a request says of itself never passes for what is known of its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Request,
    Caller,
}

/// Keys by their whole names.
const KEYS: &[(&str, Kind, Origin)] = {
    use Kind::{Address, Any, Arn, Bool, Date, Epoch, Number, Text};
    use Origin::{Caller, Request};
    &[
        ("aws:CurrentTime", Date, Request),
        ("aws:EpochTime", Epoch, Request),
        ("aws:FederatedProvider", Text, Caller),
        ("aws:PrincipalArn", Arn, Caller),
        ("aws:PrincipalType", Text, Caller),
        ("aws:Referer", Text, Request),
        ("aws:SecureTransport", Bool, Request),
        ("aws:SourceIp", Address, Request),
        ("aws:TokenIssueTime", Date, Caller),
        ("aws:UserAgent", Text, Request),
        ("aws:userid", Text, Caller),
        ("aws:username", Text, Caller),
        ("s3:RequestObjectTagKeys", Text, Request),
        ("s3:VersionId", Text, Request),
        ("s3:authType", Text, Request),
        ("s3:delimiter", Text, Request),
        ("s3:if-match", Text, Request),
        ("s3:if-none-match", Text, Request),
        ("s3:max-keys", Number, Request),
        ("s3:object-lock-legal-hold", Text, Request),
        ("s3:object-lock-mode", Text, Request),
        ("s3:object-lock-retain-until-date", Date, Request),
        ("s3:prefix", Text, Request),
        ("s3:signatureAge", Number, Request),
        ("s3:signatureversion", Text, Request),
        ("s3:x-amz-acl", Text, Request),
        ("s3:x-amz-content-sha256", Text, Request),
        ("s3:x-amz-copy-source", Text, Request),
        ("s3:x-amz-grant-full-control", Text, Request),
        ("s3:x-amz-grant-read", Text, Request),
        ("s3:x-amz-grant-read-acp", Text, Request),
        ("s3:x-amz-grant-write", Text, Request),
        ("s3:x-amz-grant-write-acp", Text, Request),
        ("s3:x-amz-metadata-directive", Text, Request),
        ("s3:x-amz-object-ownership", Text, Request),
        ("s3:x-amz-server-side-encryption", Text, Request),
        ("s3:x-amz-server-side-encryption-aws-kms-key-id", Any, Request),
        ("s3:x-amz-server-side-encryption-customer-algorithm", Text, Request),
        ("s3:x-amz-storage-class", Text, Request),
        ("s3:x-amz-website-redirect-location", Text, Request),
        ("sts:RoleSessionName", Text, Caller),
    ]
};

/// Keys that are made of a family and a name.
const FAMILIES: &[(&str, Origin)] = &[
    ("aws:PrincipalTag/", Origin::Caller),
    ("jwt:", Origin::Caller),
    ("s3:RequestObjectTag/", Origin::Request),
];

/// Keys that AWS has and that cannot be known here, by what they begin with.
const UNKNOWABLE: &[(&str, &str)] = &[
    (
        "s3:ExistingObjectTag/",
        "an object's tags are its store's, which is not asked before a request is allowed",
    ),
    (
        "s3:object-lock-remaining-retention-days",
        "use s3:object-lock-retain-until-date, which the request itself says",
    ),
    ("s3:LocationConstraint", "the region of a bucket is in the request's body, and its store's business"),
    ("s3:ResourceAccount", "there are no accounts behind Brigade"),
    ("s3:TlsVersion", "use aws:SecureTransport"),
    ("s3:DataAccessPoint", "access points are not served"),
    ("s3:AccessGrantsInstanceArn", "access grants are not served"),
    ("aws:MultiFactorAuth", "use a claim of the identity provider's, such as jwt:amr"),
    ("aws:PrincipalAccount", "there are no accounts behind Brigade"),
    ("aws:PrincipalOrg", "there are no accounts behind Brigade"),
    ("aws:ResourceAccount", "there are no accounts behind Brigade"),
    ("aws:ResourceOrg", "there are no accounts behind Brigade"),
    ("aws:ResourceTag/", "buckets have no tags of their own here"),
    ("aws:RequestTag/", "for the tags of objects, use s3:RequestObjectTag/"),
    ("aws:TagKeys", "for the tags of objects, use s3:RequestObjectTagKeys"),
    ("aws:RequestedRegion", "there is one region"),
    ("aws:SourceVpc", "use aws:SourceIp"),
    ("aws:VpcSourceIp", "use aws:SourceIp"),
    ("aws:SourceAccount", "no service of AWS's calls here"),
    ("aws:SourceArn", "no service of AWS's calls here"),
    ("aws:CalledVia", "no service of AWS's calls here"),
    ("aws:ViaAWSService", "no service of AWS's calls here"),
    ("aws:PrincipalIsAWSService", "no service of AWS's calls here"),
    ("aws:PrincipalServiceName", "no service of AWS's calls here"),
];

/// Claims that are paths by their issuer's own documentation: GitHub's `OWNER/REPOSITORY`, GitLab's `GROUP/…/PROJECT`.
///
/// Sources: <https://docs.github.com/en/actions/reference/security/oidc>,
/// <https://docs.gitlab.com/ci/secrets/id_token_authentication/>.
const PATHS: [&str; 3] = ["jwt:repository", "jwt:project_path", "jwt:namespace_path"];

impl Key {
    /// The key of this name, in any case.
    pub(crate) fn parse(written: &str) -> Result<Self, Mistake> {
        let same = |name: &&(&str, Kind, Origin)| name.0.eq_ignore_ascii_case(written);
        if let Some((_, kind, origin)) = KEYS.iter().find(same) {
            return Ok(Self { name: normal(written), kind: *kind, origin: *origin });
        }
        let begins = |family: &str| {
            written.split_at_checked(family.len()).is_some_and(|(head, _)| head.eq_ignore_ascii_case(family))
        };
        if let Some((family, origin)) = FAMILIES.iter().find(|(family, _)| begins(family)) {
            if written.len() == family.len() {
                return Err(Mistake::KeyWithoutName { written: written.to_owned() });
            }
            return Ok(Self { name: normal(written), kind: Kind::Any, origin: *origin });
        }
        let written = written.to_owned();
        if let Some((_, why)) = UNKNOWABLE.iter().find(|(key, _)| begins(key)) {
            return Err(Mistake::UnknowableKey { written, why });
        }
        let meant = KEYS.iter().map(|(key, ..)| *key).find(|key| {
            let bare = |key: &str| key.split_once(':').map_or(key, |(_, name)| name).replace(['-', '_'], "");
            bare(key).eq_ignore_ascii_case(&bare(&written))
        });
        Err(Mistake::NoSuchKey { written, meant })
    }

    /// What is known under the key; nothing if it is there without a value.
    pub(crate) fn values<'a>(&self, ask: &Ask<'a>) -> Option<&'a [Box<str>]> {
        self.facts(ask).normalized(&self.name).filter(|values| !values.is_empty())
    }

    /// Whether nothing can be said of it, not even that it is missing.
    pub(crate) fn is_concealed(&self, ask: &Ask<'_>) -> bool {
        self.facts(ask).conceals(&self.name)
    }

    fn facts<'a>(&self, ask: &Ask<'a>) -> &'a Facts {
        match self.origin {
            Origin::Request => ask.request,
            Origin::Caller => ask.caller,
        }
    }

    /// Whether its values are paths, so that a slash in them is what it says.
    pub(crate) fn is_path(&self) -> bool {
        PATHS.contains(&&*self.name)
    }

    /// Whether it is a key whose values are names of objects.
    pub(crate) fn names_objects(&self) -> bool {
        matches!(&*self.name, "s3:prefix" | "s3:x-amz-copy-source")
    }

    /// Whether it is the same for every request of a caller.
    pub(crate) fn is_of_caller(&self) -> bool {
        self.origin == Origin::Caller
    }

    /// Whether it can stand in a variable: what is known of the caller, and of a request what it cannot write as it likes.
    pub(crate) fn can_be_variable(&self) -> bool {
        match self.origin {
            // Who assumes a role names the session as they like: it would open any other's folder.
            Origin::Caller => &*self.name != "sts:rolesessionname",
            Origin::Request => matches!(
                &*self.name,
                "aws:currenttime" | "aws:epochtime" | "aws:securetransport" | "aws:sourceip"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_in_any_case_and_others_are_refused_with_what_to_write() {
        for (written, expect) in [
            ("aws:SourceIp", "aws:sourceip"),
            ("AWS:principaltag/Team", "aws:principaltag/team"),
            ("jwt:Sub", "jwt:Sub"),
            ("s3:RequestObjectTag/A", "s3:requestobjecttag/A"),
            ("aws:source-ip", "\"aws:source-ip\" is not a condition key; did you mean \"aws:SourceIp\"?"),
            ("s3:max_keys", "\"s3:max_keys\" is not a condition key; did you mean \"s3:max-keys\"?"),
            ("x:y", "\"x:y\" is not a condition key"),
            ("jwt:", "\"jwt:\" names nothing; write a name behind it"),
            (
                "s3:existingobjecttag/a",
                "\"s3:existingobjecttag/a\" cannot be known here: an object's tags are its store's, which is not asked before a request is allowed",
            ),
        ] {
            let found = Key::parse(written).map_or_else(|mistake| mistake.to_string(), |key| key.name.into());
            assert_eq!(found, expect);
        }
    }

    #[test]
    fn a_name_that_its_bearer_chose_opens_no_folder() {
        for (key, expect) in [("sts:RoleSessionName", false), ("aws:UserAgent", false), ("jwt:sub", true)] {
            assert_eq!(Key::parse(key).unwrap().can_be_variable(), expect, "{key}");
        }
    }

    #[test]
    fn what_a_request_says_does_not_pass_for_its_sender() {
        let mut facts = Facts::default();
        facts.add("aws:userid", ["admin"]).unwrap();
        facts.add("aws:sourceip", ["192.0.2.1"]).unwrap();
        let target = crate::Target::Bucket("b");
        let ask = Ask::new(crate::Action::ListBucket, target);
        for (key, of_request, of_caller) in [("aws:userid", false, true), ("aws:SourceIp", true, false)] {
            let key = Key::parse(key).unwrap();
            assert_eq!(key.values(&ask.with(&facts)).is_some(), of_request);
            assert_eq!(key.values(&ask.by(&facts)).is_some(), of_caller);
        }
    }
}
