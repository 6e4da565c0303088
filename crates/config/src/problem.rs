//! What can be wrong, and what to write instead.

use brigade_identity::federation::{FederationKeyError, RoleArnError};
use brigade_identity::{SealingKeyError, UrlError};
use brigade_policy::{GrantAction, GrantActionError, Mistake};
use brigade_s3::{
    EndpointError, HeaderPatternError, NameError, OriginPatternError, PatternError, TemplateError,
};
use thiserror::Error;

/// One thing that is wrong. `Display` says what, and what to write instead; it never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Problem {
    /// The text is neither TOML nor JSON.
    #[error("{why}")]
    Syntax {
        /// What the parser says.
        why: String,
    },
    /// A key or table that is there twice.
    #[error("{key:?} is written twice; keep one of them")]
    Repeated {
        /// The key.
        key: String,
    },
    /// A key that no configuration has.
    #[error("there is no such key; {}", match meant {
        Some(meant) => format!("did you mean {meant:?}?"),
        None => format!("here can be: {}", known.join(", ")),
    })]
    UnknownKey {
        /// The key that was probably meant.
        meant: Option<String>,
        /// Every key that can be in this place.
        known: Vec<String>,
    },
    /// Something that is otherwise in a Worker.
    #[error("{0}")]
    OnWorkers(&'static str),
    /// Something that a later version will bring.
    #[error("is not in this version yet")]
    NotYet,
    /// A key that must be there.
    #[error("is missing{}", example.as_ref().map_or_else(String::new, |example| format!("; write for example {example}")))]
    Missing {
        /// What could be written, as TOML.
        example: Option<String>,
    },
    /// A value of another kind than this place takes.
    #[error("expected {expected}, found {found}")]
    Kind {
        /// What this place takes.
        expected: String,
        /// What was found.
        found: &'static str,
    },
    /// A word that is not one of a few.
    #[error("{written:?} is not one of {}{}", known.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", "), did_you_mean(meant.as_deref()))]
    Word {
        /// What was written.
        written: String,
        /// The words this place takes.
        known: Vec<String>,
        /// The word that was probably meant.
        meant: Option<String>,
    },
    /// A number below the least.
    #[error("must be at least {least}")]
    TooSmall {
        /// The least.
        least: i64,
    },
    /// A number above the greatest.
    #[error("must be at most {most}")]
    TooLarge {
        /// The greatest.
        most: i64,
    },
    /// An environment variable that is not set.
    #[error("the environment variable {name} is not set")]
    NoVariable {
        /// The variable's name.
        name: String,
    },
    /// An environment variable that is set to nothing.
    #[error("the environment variable {name} is empty")]
    EmptyVariable {
        /// The variable's name.
        name: String,
    },
    /// A file that cannot be read.
    #[error("cannot read the file {path}: {why}")]
    NoFile {
        /// The file.
        path: String,
        /// The system's reason.
        why: String,
    },
    /// A file that holds nothing.
    #[error("the file {path} is empty")]
    EmptyFile {
        /// The file.
        path: String,
    },
    /// `${…}` that is neither `env:` nor `file:`.
    #[error("\"${{{inner}}}\" is not a reference; write ${{env:NAME}} or ${{file:PATH}}")]
    UnknownReference {
        /// What stands between the braces.
        inner: String,
    },
    /// `${` without `}`.
    #[error("\"${{\" has no \"}}\"; write ${{env:NAME}} or ${{file:PATH}}")]
    UnfinishedReference,
    /// A value that may not be empty.
    #[error("is empty")]
    Empty,
    /// A value with a space or a line's end around it, or a control character in it.
    #[error("begins or ends with a space, or holds a control character; remove it")]
    Blank,
    /// An address that is not `IP:port`.
    #[error(
        "{written:?} is not an address; write an IP address and a port, such as \"127.0.0.1:9000\" or \"0.0.0.0:9000\""
    )]
    Address {
        /// What was written.
        written: String,
    },
    /// `admin` on the address of `listen`.
    #[error("is the address of server.listen; give it another port")]
    SameAddress,
    /// A domain that is none.
    #[error(
        "{written:?} is not a domain; write a host name without scheme, port or leading dot, such as \"s3.example.org\""
    )]
    Domain {
        /// What was written.
        written: String,
    },
    /// A region that is none.
    #[error("{written:?} is not a region; write one such as \"us-east-1\" or \"auto\"")]
    Region {
        /// What was written.
        written: String,
    },
    /// A length of time that is none.
    #[error(
        "{written:?} is not a length of time; write one such as \"500ms\", \"30s\" or \"5m\", from 1ms to a day"
    )]
    Duration {
        /// What was written.
        written: String,
    },
    /// A moment that is none.
    #[error("{written:?} is not a moment; write one with its offset, such as 2027-01-01T00:00:00Z")]
    Moment {
        /// What was written.
        written: String,
    },
    /// An endpoint that is none.
    #[error("not an endpoint: {0}")]
    Endpoint(EndpointError),
    /// An issuer that is none.
    #[error("not an address to be known by: {0}")]
    FederationIssuer(UrlError),
    /// An issuer without keys.
    #[error(
        "is empty; make a key with `brigade keygen --federation rs256 > federation.pem` and write keys = [\"${{file:federation.pem}}\"]"
    )]
    NoFederationKeys,
    /// More keys than anybody needs.
    #[error("has more than {most} keys; keep the one that signs, the next and the last")]
    ManyFederationKeys {
        /// How many there may be.
        most: usize,
    },
    /// A key that is there already.
    #[error("is the same key as another; remove one of them")]
    SameFederationKey,
    /// A text that is no key of an issuer.
    #[error("{0}")]
    FederationKey(FederationKeyError),
    /// A role without an issuer that it could trust.
    #[error(
        "needs the section [federation], by which the cloud knows Brigade; write it with issuer and keys, or another auth \
         (docs/federation.md)"
    )]
    NoFederation,
    /// The name of a role that is none.
    #[error("{0}")]
    RoleArn(RoleArnError),
    /// The name of a session that is none.
    #[error("a session's name has 2 to 64 of a-z, A-Z, 0-9 and _+=,.@-")]
    SessionName,
    /// How long credentials cannot last.
    #[error("{written:?} is not how long a session can be; write 15m to 12h, such as \"1h\"")]
    RoleDuration {
        /// What was written.
        written: String,
    },
    /// A session policy that STS does not take.
    #[error("has {length} characters without spaces; a session policy has at most 2048")]
    SessionPolicy {
        /// How many it has.
        length: usize,
    },
    /// A role at a store that is not Amazon's, whose STS cannot be guessed.
    #[error(
        "is missing: this store is not Amazon's; write where its STS is, for example sts_endpoint = \"http://127.0.0.1:8000\""
    )]
    NoStsEndpoint,
    /// The name of a backend that no endpoint can hold.
    #[error("a backend's name has 1 to 63 of a-z, A-Z, 0-9, '-' and '_'")]
    BackendName,
    /// Two embedded stores in one directory.
    #[error("is the directory of backends.{other} already; an embedded store needs its own")]
    SamePath {
        /// The other store.
        other: String,
    },
    /// A backend that is not there.
    #[error("no backend is called {written:?}{}", did_you_mean(meant.as_deref()))]
    NoBackend {
        /// What was written.
        written: String,
        /// The backend that was probably meant.
        meant: Option<String>,
    },
    /// The name of a bucket that clients could not use.
    #[error("{0}")]
    BucketName(NameError),
    /// A name with variables that is not one.
    #[error("{0}")]
    Pattern(PatternError),
    /// A name or prefix at the store whose variables are not right.
    #[error("{0}")]
    Template(TemplateError),
    /// A variable of the name that is neither in `bucket` nor in `prefix`.
    #[error(
        "{{{name}}} is neither in bucket nor in prefix, so two names would be one at the store; write it in one of them"
    )]
    UnusedVariable {
        /// The variable.
        name: String,
    },
    /// Two patterns of which neither is the more literal.
    #[error(
        "takes names that {other:?} takes too, and neither is the more literal; make one of them more literal, or give \
         both as many segments"
    )]
    Ambiguous {
        /// The other pattern.
        other: String,
    },
    /// A name of several segments in a bucket that an exact name has already.
    #[error(
        "lies in the bucket {other:?}, which has an entry of its own that takes all of it; remove one of the two, or write that \
         entry as {other}/NAME too"
    )]
    Shadowed {
        /// The bucket.
        other: String,
    },
    /// A grant on a name of several segments.
    #[error("a grant names what clients call the bucket; write bucket = {bucket:?}, prefix = {prefix:?}")]
    GrantPath {
        /// The first segment.
        bucket: String,
        /// The others.
        prefix: String,
    },
    /// A grant on a pattern.
    #[error(
        "a grant names no pattern of buckets; write the bucket clients name, with * for any run of characters, and a prefix"
    )]
    GrantPattern,
    /// A policy of buckets whose names only requests say.
    #[error("a name with variables has no policy; give the bucket that has one an entry of its own")]
    PolicyOfPattern,
    /// A principal that is not there.
    #[error("no key or role is called {written:?}{}", did_you_mean(meant.as_deref()))]
    NoPrincipal {
        /// What was written.
        written: String,
        /// The key or role that was probably meant.
        meant: Option<String>,
    },
    /// A claim in the policy of a key.
    #[error(
        "a key has no claims; only roles do, whose sessions come from tokens. For the key's own id write ${{aws:username}}"
    )]
    NoClaims,
    /// A bucket's name at its backend that no store could have.
    #[error(
        "{written:?} is not the name of a bucket at a store; write 3 to 255 of a-z, A-Z, 0-9, '.', '-' and '_'"
    )]
    StoredName {
        /// What was written.
        written: String,
    },
    /// `create` for a bucket with a prefix.
    #[error(
        "cannot be true for a bucket with a prefix, which is but a part of the backend's; leave out one of the two"
    )]
    CreatePrefix,
    /// A prefix too long for a key to follow it.
    #[error("is {length} bytes long; a key has at most 1024 bytes, its prefix counted")]
    PrefixLength {
        /// Its length in bytes.
        length: usize,
    },
    /// A character no key can hold.
    #[error("holds a NUL character, which no key can hold")]
    PrefixNul,
    /// An action that is none.
    #[error("{0}")]
    Action(GrantActionError),
    /// An action that cannot be public.
    #[error("{:?} cannot be public: anybody on the network could change what is stored; grant it to a key", .0.to_string())]
    Public(GrantAction),
    /// What is no origin of a page.
    #[error("{written:?} {why}")]
    Origin {
        /// What was written.
        written: String,
        /// Why not.
        why: OriginPatternError,
    },
    /// What is no name of a header.
    #[error("{written:?} {why}")]
    HeaderName {
        /// What was written.
        written: String,
        /// Why not.
        why: HeaderPatternError,
    },
    /// More cross-origin rules than S3 has.
    #[error("has {count} rules; a bucket has at most 100")]
    ManyRules {
        /// How many.
        count: usize,
    },
    /// The id of a key that no client could send.
    #[error("a key's id has 3 to 128 of a-z, A-Z, 0-9, '-', '_' and '.'")]
    KeyId,
    /// A role's name that no client could ask for.
    #[error("a role's name has 1 to 64 of a-z, A-Z, 0-9, '_', '+', '=', ',', '.', '@' and '-'")]
    RoleName,
    /// A role that nobody can assume.
    #[error(
        "has neither trust nor callers, so nobody can assume it; write for example trust = [{{ issuer = \"https://token.actions.githubusercontent.com\", audience = [\"sts.example.org\"], subject = [\"repo:org/*\"] }}]"
    )]
    RoleOfNobody,
    /// A role for bearer tokens that trusts none.
    #[error("needs trust: without it no token is for this role")]
    BearerOfNobody,
    /// A session's length that STS does not have.
    #[error("must be from 15m to 12h")]
    SessionLength,
    /// A list that lets nobody in because it is empty.
    #[error("is empty, so nobody would be let in; name whom you trust")]
    EmptyList,
    /// A caller of a role that is none.
    #[error("{written:?} is not a caller; write \"key/ID\" for a key of this file, or \"role/NAME\"")]
    Assumer {
        /// What was written.
        written: String,
    },
    /// A caller of a role that is not there.
    #[error("there is no such key or role in this file{}", did_you_mean(meant.as_deref()))]
    NoAssumer {
        /// What was written.
        written: String,
        /// The name that was probably meant.
        meant: Option<String>,
    },
    /// An issuer's address, or that of its keys, that is none.
    #[error("{written:?}: {why}")]
    WebUrl {
        /// What was written.
        written: String,
        /// What is wrong with it.
        why: UrlError,
    },
    /// Keys of a public issuer on this machine.
    #[error("the keys of an issuer that is not on this machine must be fetched over https")]
    LocalKeys,
    /// A sealing key that is none.
    #[error("{0}")]
    SealingKey(SealingKeyError),
    /// An age that no list could keep below.
    #[error("must be at least 5s: the list is read every second or two")]
    RevocationAge,
    /// A key that has both `grants` and `policy`.
    #[error("has both grants and policy; keep one of them")]
    GrantsAndPolicy,
    /// A key that has neither `grants` nor `policy`.
    #[error(
        "has neither grants nor policy, so it may do nothing; write for example grants = [{{ bucket = \"BUCKET\", actions = [\"read\", \"list\"] }}]"
    )]
    NoGrants,
    /// A grant of no action.
    #[error("is empty, so the grant gives nothing; write for example [\"read\", \"list\"]")]
    NoActions,
    /// A grant on a bucket that is not there.
    #[error("no bucket is called {written:?}{}", did_you_mean(meant.as_deref()))]
    NoBucket {
        /// What was written.
        written: String,
        /// The bucket that was probably meant.
        meant: Option<String>,
    },
    /// An action on the bucket itself, in a grant with a prefix.
    #[error("{:?} is done to the bucket as a whole; give it in a grant without a prefix", .0.to_string())]
    WholeBucket(GrantAction),
    /// A mistake in an IAM policy document.
    #[error("{0}")]
    Policy(Mistake),
    /// A configuration that others on the machine may read.
    #[error("others on this machine may read it, and the secrets in it; run: chmod 600 {path}")]
    WorldReadable {
        /// The file.
        path: String,
    },
    /// Each part could be read and the whole could not: a fault of Brigade's.
    #[error("could not be put together although each part is good; please report this")]
    Unread,
}

fn did_you_mean(meant: Option<&str>) -> String {
    meant.map_or_else(String::new, |meant| format!("; did you mean {meant:?}?"))
}
