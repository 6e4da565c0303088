//! The document's shape. What these types say, and the comments on them, is the JSON Schema.

mod action_name;
mod federation;
mod identity;
mod policy_document;
mod read;

use std::collections::BTreeMap;

use schemars::JsonSchema;

pub(crate) use action_name::{ActionName, PublicActionName};
pub(crate) use federation::{AuthRole, Federation, SessionPolicy};
pub(crate) use identity::{Claim, Issuer, Role, Sessions, Trust};
pub(crate) use policy_document::{BucketPolicyDocument, PolicyDocument};

use crate::plain::Named;

const ACTIONS: [&str; 2] = ["read", "list"];
const ORIGINS: [&str; 1] = ["https://*.example.org"];
const METHODS: [&str; 3] = ["GET", "HEAD", "PUT"];
const ANY: [&str; 1] = ["*"];
const EXPOSED: [&str; 2] = ["ETag", "x-amz-meta-*"];
const DOMAINS: [&str; 1] = ["s3.localhost"];

/// The configuration of Brigade, an S3 gateway. Any string may hold ${env:NAME} and ${file:PATH}, which are read
/// when the configuration is loaded; one that is missing or empty is an error.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(title = "Brigade")]
pub(crate) struct Document {
    /// The schema of this document, for editors; Brigade does not read it.
    #[schemars(rename = "$schema", default)]
    #[expect(dead_code, reason = "there for editors alone")]
    schema: Option<String>,
    /// How the server listens, and its limits.
    #[schemars(default)]
    pub(crate) server: Server,
    /// The stores behind Brigade, by names of your own.
    #[schemars(default)]
    #[schemars(with = "BTreeMap<String, Backend>")]
    pub(crate) backends: Named<Backend>,
    /// The buckets that clients see, by the names they use. "{bucket}" or "{org}-data" takes every such name; what a variable
    /// stands for can be written in bucket and prefix. "{account}/{product}" takes the bucket and what its keys begin with. Exact names win over patterns, then the more literal pattern.
    #[schemars(default)]
    #[schemars(with = "BTreeMap<String, Bucket>")]
    pub(crate) buckets: Named<Bucket>,
    /// The keys that clients sign with, by access key id.
    #[schemars(default)]
    #[schemars(with = "BTreeMap<String, Key>")]
    pub(crate) keys: Named<Key>,
    /// What identities can become, by names that clients ask for: arn:aws:iam::000000000000:role/NAME, or NAME.
    #[schemars(default)]
    #[schemars(with = "BTreeMap<String, Role>")]
    pub(crate) roles: Named<Role>,
    /// What temporary credentials are made with.
    #[schemars(default)]
    pub(crate) sessions: Sessions,
    /// How the keys of issuers are had that roles trust, by their names in iss; only where their discovery documents do not do.
    #[schemars(default)]
    #[schemars(with = "BTreeMap<String, Issuer>")]
    pub(crate) issuers: Named<Issuer>,
    /// Who Brigade is to clouds that trust it.
    #[schemars(default)]
    pub(crate) federation: Option<Federation>,
}

/// How the server listens, and its limits.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, default)]
pub(crate) struct Server {
    /// The IP address and port to listen on.
    #[schemars(example = &"0.0.0.0:9000")]
    pub(crate) listen: String,
    /// The IP address and port of /metrics and /.brigade/*; they are not served if it is absent.
    #[schemars(example = &"127.0.0.1:9001")]
    pub(crate) admin: Option<String>,
    /// Domains under which buckets are host names: with "s3.example.org", bucket.s3.example.org.
    #[schemars(example = DOMAINS)]
    pub(crate) domains: Vec<String>,
    /// The region that clients sign for.
    #[schemars(example = &"us-east-1")]
    pub(crate) region: String,
    /// Serve HTTPS instead of HTTP.
    pub(crate) tls: Option<Tls>,
    /// How many threads serve; if it is absent, as many as the process may have processors.
    #[schemars(range(min = 1, max = 1024), example = 4)]
    pub(crate) threads: Option<u32>,
    /// How many connections may be open at once; others wait.
    #[schemars(range(min = 1, max = 1_000_000), example = 4096)]
    pub(crate) max_connections: u32,
    /// How long a client may take to send a request's head, and a connection stay open unused.
    #[schemars(regex(pattern = r"^[0-9]+(ms|s|m|h)$"), example = &"60s")]
    pub(crate) header_timeout: String,
    /// How long a body, either way, may stand still.
    #[schemars(regex(pattern = r"^[0-9]+(ms|s|m|h)$"), example = &"60s")]
    pub(crate) idle_timeout: String,
    /// How long requests in progress may go on after the signal to stop.
    #[schemars(regex(pattern = r"^[0-9]+(ms|s|m|h)$"), example = &"30s")]
    pub(crate) drain_timeout: String,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:9000".to_owned(),
            admin: None,
            domains: Vec::new(),
            region: "us-east-1".to_owned(),
            tls: None,
            threads: None,
            max_connections: 4096,
            header_timeout: "60s".to_owned(),
            idle_timeout: "60s".to_owned(),
            drain_timeout: "30s".to_owned(),
        }
    }
}

/// A certificate and its key.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct Tls {
    /// The file of the certificate chain, in PEM, the server's own first.
    #[schemars(example = &"/etc/brigade/cert.pem")]
    pub(crate) cert: String,
    /// The file of the private key, in PEM.
    #[schemars(example = &"/etc/brigade/key.pem")]
    pub(crate) key: String,
}

/// A store behind Brigade.
#[derive(JsonSchema)]
#[schemars(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum Backend {
    /// Any store that speaks S3.
    S3(Box<S3Backend>),
    /// The store inside Brigade: an index in an embedded database, bodies in files.
    Embedded(EmbeddedBackend),
}

/// Any store that speaks S3.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct S3Backend {
    /// Where the store listens: http or https, a host, and a port if it is not the scheme's.
    #[schemars(example = &"https://s3.us-west-2.amazonaws.com")]
    pub(crate) endpoint: String,
    /// The region that requests to the store are signed for.
    #[schemars(default = "S3Backend::region")]
    #[schemars(example = &"us-west-2")]
    pub(crate) region: String,
    /// Who Brigade is to the store.
    pub(crate) auth: Auth,
    /// Whether Brigade itself compares an upload with the SHA-256 its client signed, because this store does not.
    #[schemars(default)]
    pub(crate) verify_payload: bool,
    /// Whether the store keeps every key byte for byte. To a store that does not, keys that it might resolve as
    /// paths are refused: "a/../b" could leave a prefix that was granted. If absent: true for hosts under
    /// amazonaws.com, false for others.
    #[schemars(default)]
    pub(crate) exact_keys: Option<bool>,
}

impl S3Backend {
    fn region() -> String {
        "us-east-1".to_owned()
    }
}

/// The store inside Brigade.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct EmbeddedBackend {
    /// The directory the store keeps its data in, or ":memory:" to keep it nowhere.
    #[schemars(example = &"./brigade-data")]
    pub(crate) path: String,
}

/// Who Brigade is to a store.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[schemars(example = &"environment")]
pub(crate) enum Auth {
    /// In a word.
    Word(AuthWord),
    /// The holder of a key.
    Keys(AuthKeys),
    /// Whoever a role lets be it.
    Role(AuthRole),
}

/// Who Brigade is to a store, in a word.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(crate) enum AuthWord {
    /// Nobody: the store's buckets are public.
    Anonymous,
    /// Whoever the process is by AWS's own chain: environment variables, profile, web identity (IRSA), ECS task role or EKS pod
    /// identity, EC2 instance profile. Looked for when the first request needs it, and renewed ahead of its end.
    Environment,
}

/// A key for a store.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct AuthKeys {
    /// The access key id.
    #[schemars(example = &"${env:UP_KEY}")]
    pub(crate) access_key_id: String,
    /// The secret access key.
    #[schemars(example = &"${env:UP_SECRET}")]
    pub(crate) secret_access_key: String,
    /// The session token of temporary credentials.
    #[schemars(default)]
    #[schemars(example = &"${env:UP_TOKEN}")]
    pub(crate) session_token: Option<String>,
}

/// A bucket that clients see.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct Bucket {
    /// The name of the backend that keeps it, from the section backends.
    #[schemars(example = &"aws")]
    pub(crate) backend: String,
    /// Its name at the backend, with the name's variables; the same name if absent.
    #[schemars(default)]
    #[schemars(example = &"usgs-landsat")]
    pub(crate) bucket: Option<String>,
    /// What is put before every key at the backend, with the name's variables.
    #[schemars(default)]
    #[schemars(example = &"collection02/")]
    pub(crate) prefix: String,
    /// What everybody may do, without a key: "read" is exactly s3:GetObject and "list" exactly s3:ListBucket.
    #[schemars(default)]
    #[schemars(example = ACTIONS)]
    pub(crate) public: Vec<PublicActionName>,
    /// The bucket's own policy: an IAM policy document that says who may do what to the bucket, besides what keys and roles
    /// say of themselves. Not of a name with variables.
    #[schemars(default)]
    pub(crate) policy: Option<BucketPolicyDocument>,
    /// Whether clients may create this bucket at the backend, and delete it there, if their policy allows
    /// s3:CreateBucket and s3:DeleteBucket. Not with a prefix: such a bucket is but a part of the backend's.
    #[schemars(default)]
    pub(crate) create: bool,
    /// What pages of other origins may do, as browsers are told. The first rule that fits counts. If absent, any page may
    /// read a bucket in which something is public; [] lets none.
    #[schemars(default)]
    pub(crate) cors: Option<Vec<CorsRule>>,
}

/// What pages of some origins may do.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct CorsRule {
    /// The pages' origins, as browsers write them; one * in each stands for any run of characters. "*" alone is any page, whose
    /// user's credentials browsers then hold back.
    #[schemars(length(min = 1), example = ORIGINS)]
    pub(crate) origins: Vec<String>,
    /// What pages may do.
    #[schemars(length(min = 1), example = METHODS)]
    pub(crate) methods: Vec<CorsMethod>,
    /// The headers that requests may have, in any case of letters; one * in each stands for any run of characters. Uploads that
    /// are signed need "*".
    #[schemars(default)]
    #[schemars(example = ANY)]
    pub(crate) headers: Vec<String>,
    /// The headers of answers that pages may read, besides those they always may. If absent: ETag, Content-Range and the other
    /// headers that S3 says something of an object in.
    #[schemars(default)]
    #[schemars(example = EXPOSED)]
    pub(crate) expose: Option<Vec<String>>,
    /// How long a browser may remember what a page may do; if absent, a few seconds.
    #[schemars(default)]
    #[schemars(regex(pattern = r"^[0-9]+(ms|s|m|h)$"), example = &"1h")]
    pub(crate) max_age: Option<String>,
}

/// A method that a page may use.
#[derive(Clone, Copy, JsonSchema)]
#[schemars(rename_all = "UPPERCASE")]
pub(crate) enum CorsMethod {
    /// Read an object, or a listing.
    Get,
    /// Read what is said of an object.
    Head,
    /// Write an object.
    Put,
    /// Upload by a form or in parts, or delete many objects.
    Post,
    /// Delete an object.
    Delete,
}

/// A key that clients sign with.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct Key {
    /// The secret access key.
    #[schemars(example = &"${env:DEPLOY_SECRET}")]
    pub(crate) secret: String,
    /// What its holder may do.
    #[schemars(default)]
    pub(crate) grants: Option<Vec<Grant>>,
    /// What its holder may do, as an IAM policy document, instead of grants.
    #[schemars(default)]
    pub(crate) policy: Option<PolicyDocument>,
    /// When the key ends.
    #[schemars(default)]
    #[schemars(extend("format" = "date-time"), example = &"2027-01-01T00:00:00Z")]
    pub(crate) expires: Option<String>,
    /// Whether the key is switched off.
    #[schemars(default)]
    pub(crate) disabled: bool,
}

/// Leave to do some actions to what begins with a prefix.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct Grant {
    /// The bucket's name, from the section buckets; * stands for any run of characters, and policy variables such as
    /// ${aws:username} for what is known of the caller.
    #[schemars(example = &"landsat", extend("x-brigade-checked" = true))]
    pub(crate) bucket: String,
    /// What the keys begin with, byte for byte: "team/" never covers "team2/x". All of the bucket if absent. It may hold
    /// policy variables such as ${aws:username} or, in roles, ${jwt:sub}.
    #[schemars(default)]
    #[schemars(example = &"team/", extend("x-brigade-checked" = true))]
    pub(crate) prefix: String,
    /// What may be done.
    #[schemars(example = ACTIONS)]
    pub(crate) actions: Vec<ActionName>,
}
