//! Documents in which nothing is wrong, and what becomes of them.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use brigade_gateway::Registry;
use brigade_policy::{Action, Ask, Target};
use brigade_s3::{
    BackendAuth, Bucket, BucketName, Caller, Cors, CorsRule, Destination, Found, HeaderPattern, Inside,
    Named, OriginPattern,
};
use brigade_sigv4::Timestamp;

use super::load;
use crate::{ConfigRegistry, Place};

/// The registry's futures are ready at once.
fn ready<T, E: std::fmt::Debug>(future: impl Future<Output = Result<T, E>>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result.unwrap(),
        Poll::Pending => panic!("a registry in memory waits for nothing"),
    }
}

const TOML: &str = r#"
[server]
listen  = "127.0.0.1:9000"
admin   = "[::1]:9001"
domains = ["s3.localhost"]
region  = "eu-west-1"
tls     = { cert = "c.pem", key = "k.pem" }
drain_timeout = "5m"

[backends.aws]
type     = "s3"
endpoint = "https://s3.us-west-2.amazonaws.com"
region   = "us-west-2"
auth     = { access_key_id = "AKUP", secret_access_key = "${file:/run/secret}", session_token = "Zx7-token" }

[backends.minio]
type = "s3"
endpoint = "http://${env:HOST}:9000/base"
auth = "environment"
verify_payload = true

[backends.open]
type = "s3"
endpoint = "https://s3.example"
auth = "anonymous"
exact_keys = true

[backends.local]
type = "embedded"
path = "./brigade-data"

[backends.scratch]
type = "embedded"
path = ":memory:"

[buckets.landsat]
backend = "aws"
bucket  = "usgs-landsat"
prefix  = "collection02/"
public  = ["read", "list"]

[buckets.demo]
backend = "local"

[buckets.demo-sub]
backend = "local"
bucket = "demo"
prefix = "sub/"

[keys.AKIDEXAMPLE]
secret = "${env:SECRET}"
grants = [ { bucket = "landsat", prefix = "team/", actions = ["read", "list", "write", "delete"] } ]
expires = 2027-01-01T00:00:00Z

[keys.AKPOLICY]
secret = "Zx7-plain"
disabled = true
[keys.AKPOLICY.policy]
Version = "2012-10-17"
Statement = [ { Effect = "Allow", Action = "s3:*", Resource = "arn:aws:s3:::demo/${*}/*" } ]
"#;

#[test]
fn a_document_becomes_what_it_says() {
    let config = load(TOML).unwrap();
    assert_eq!(config.server.listen, SocketAddr::from(([127, 0, 0, 1], 9000)));
    assert_eq!(config.server.admin.unwrap().port(), 9001);
    assert_eq!(&*config.server.region, "eu-west-1");
    assert_eq!(config.server.limits.drain_timeout, Duration::from_secs(300));
    assert_eq!(config.server.limits.header_timeout, Duration::from_secs(60));
    assert_eq!(config.server.tls.as_ref().unwrap().key.to_str(), Some("k.pem"));
    let stores: Vec<_> =
        config.embedded.iter().map(|store| (&*store.name, store.place.clone(), &*store.buckets)).collect();
    let local = Place::Directory("./brigade-data".into());
    assert_eq!(stores, [("local", local, &["demo".into()][..]), ("scratch", Place::Memory, &[])]);
}

/// The bucket that has a key `x` in a bucket, or a key `BUCKET/KEY`.
fn find(registry: &ConfigRegistry, name: &str) -> Option<Arc<Bucket>> {
    let (bucket, key) = name.split_once('/').unwrap_or((name, "x"));
    let bucket = BucketName::parse(bucket).unwrap();
    let named = Named { bucket: &bucket, inside: Inside::Key(key) };
    match ready(registry.bucket(&named, &Caller::Anonymous)) {
        Some(Found::Bucket(bucket)) => Some(bucket),
        Some(Found::Above(_)) | None => None,
    }
}

#[test]
fn the_registry_reports_the_documents_facts() {
    let registry = load(TOML).unwrap().into_registry();
    let bucket = |name| find(&registry, name);
    let landsat = bucket("landsat").unwrap();
    assert_eq!((&*landsat.stored_as, &*landsat.prefix), ("usgs-landsat", "collection02/"));
    assert!(landsat.backend.exact_keys);
    assert_eq!(landsat.backend.endpoint.to_string(), "https://s3.us-west-2.amazonaws.com");
    assert!(matches!(&landsat.backend.auth, BackendAuth::Keys(keys)
        if &*keys.key_id == "AKUP" && keys.secret.expose() == b"Zx7-from-a-file" && keys.session_token.is_some()));
    let demo = bucket("demo").unwrap();
    assert_eq!((&*demo.stored_as, &*demo.prefix), ("demo", ""));
    assert_eq!(demo.backend.endpoint.to_string(), "embedded://local");
    assert!(demo.same_store(&bucket("demo-sub").unwrap()));
    assert!(!demo.same_store(&landsat));
    assert!(bucket("usgs-landsat").is_none());
    let entries = ready(registry.buckets(&Caller::Anonymous));
    let names: Vec<_> = entries.named.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["demo", "demo-sub", "landsat"]);

    let get = |bucket, key| Ask::new(Action::GetObject, Target::Object { bucket, key });
    assert!(landsat.public.decide(&get("landsat", "x")).is_allowed());
    assert!(!demo.public.decide(&get("demo", "x")).is_allowed());

    let key = ready(registry.key("AKIDEXAMPLE")).unwrap();
    assert_eq!(key.secret.expose(), b"Zx7-the-secret");
    assert!(key.policy.decide(&get("landsat", "team/x")).is_allowed());
    assert!(!key.policy.decide(&get("landsat", "team2/x")).is_allowed());
    let policy = ready(registry.key("AKPOLICY")).unwrap().policy;
    assert!(policy.decide(&get("demo", "*/x")).is_allowed());
    assert!(!policy.decide(&get("demo", "a/x")).is_allowed());
    assert!(ready(registry.key("akidexample")).is_none());
    assert!(ready(registry.key("")).is_none());
}

#[test]
fn a_pattern_takes_the_names_that_nothing_more_literal_has() {
    let text = r#"
[backends.local]
type = "embedded"
path = ":memory:"
[buckets.landsat]
backend = "local"
bucket = "usgs"
[buckets."{bucket}"]
backend = "local"
[buckets."{org}-data"]
backend = "local"
bucket = "shared"
prefix = "{org}/"
public = ["read"]
[keys.AKIDEXAMPLE]
secret = "s"
grants = [{ bucket = "anything", actions = ["read"] }, { bucket = "acme-data", prefix = "x/", actions = ["read"] }]
"#;
    let config = load(text).unwrap();
    // What a pattern gives a name of its own is not made: which names there are is not known.
    assert_eq!(config.embedded[0].buckets, ["shared".into(), "usgs".into()]);
    let registry = config.into_registry();
    let bucket = |name| find(&registry, name).unwrap();
    for (name, stored, prefix) in [
        ("landsat", "usgs", ""),
        ("other", "other", ""),
        ("acme-data", "shared", "acme/"),
        ("usgs", "usgs", ""),
    ] {
        let found = bucket(name);
        assert_eq!((&*found.stored_as, &*found.prefix), (stored, prefix), "{name}");
        let get = Ask::new(Action::GetObject, Target::Object { bucket: name, key: "x" });
        assert_eq!(found.public.decide(&get).is_allowed(), name == "acme-data", "{name}");
    }
    let buckets = ready(registry.buckets(&Caller::Anonymous));
    assert_eq!((buckets.named.len(), buckets.open.len()), (1, 1));
}

#[test]
fn cross_origin_rules_are_as_written_or_go_without_saying_where_something_is_public() {
    let text = r#"
[backends.local]
type = "embedded"
path = ":memory:"
[buckets.closed]
backend = "local"
[buckets.open]
backend = "local"
public = ["read"]
[buckets.quiet]
backend = "local"
public = ["read"]
cors = []
[buckets.own]
backend = "local"
[[buckets.own.cors]]
origins = ["https://*.example.org"]
methods = ["GET", "HEAD", "PUT"]
headers = ["*"]
max_age = "1h"
[[buckets.own.cors]]
origins = ["*"]
methods = ["GET"]
expose = []
[buckets."{name}-pub"]
backend = "local"
bucket = "{name}"
public = ["list"]
[buckets."{name}-own"]
backend = "local"
bucket = "o-{name}"
[[buckets."{name}-own".cors]]
origins = ["https://a.example"]
methods = ["DELETE"]
"#;
    let registry = load(text).unwrap().into_registry();
    let rules = |name: &str| {
        let bucket = BucketName::parse(name).unwrap();
        let rules = ready(registry.cors(&Destination { bucket, object: true, inside: "k".into() }));
        let found = find(&registry, name).map(|bucket| Arc::clone(&bucket.cors)).unwrap_or_default();
        assert_eq!(rules, found, "{name}");
        rules
    };
    let any =
        |names: &[&str]| names.iter().map(|name| HeaderPattern::parse(name).unwrap()).collect::<Vec<_>>();
    let own = CorsRule {
        origins: vec![OriginPattern::parse("https://*.example.org").unwrap()],
        methods: ["GET", "HEAD", "PUT"].map(|method| method.parse().unwrap()).to_vec(),
        headers: any(&["*"]),
        expose: CorsRule::exposed_by_default(),
        max_age: Some(3600),
    };
    let rest = CorsRule {
        origins: vec![OriginPattern::any()],
        methods: vec!["GET".parse().unwrap()],
        headers: Vec::new(),
        expose: Vec::new(),
        max_age: None,
    };
    let pattern = CorsRule {
        origins: vec![OriginPattern::parse("https://a.example").unwrap()],
        methods: vec!["DELETE".parse().unwrap()],
        expose: CorsRule::exposed_by_default(),
        ..rest.clone()
    };
    for (name, expect) in [
        ("closed", Cors::default()),
        ("not-there", Cors::default()),
        ("open", Cors::open()),
        ("quiet", Cors::default()),
        ("own", Cors::new(vec![own, rest])),
        ("any-pub", Cors::open()),
        ("any-own", Cors::new(vec![pattern])),
    ] {
        assert_eq!(*rules(name), expect, "{name}");
    }
}

#[test]
fn names_of_several_segments() {
    let text = r#"
[backends.aws]
type = "s3"
endpoint = "https://s3.amazonaws.com"
auth = "anonymous"
[buckets."{account}/{product}"]
backend = "aws"
bucket = "opendata"
prefix = "{account}/{product}/"
public = ["read", "list"]
[buckets."sentinel/{product}"]
backend = "aws"
bucket = "sentinel-{product}"
[buckets."acme/special"]
backend = "aws"
bucket = "acme-special"
[buckets.landsat]
backend = "aws"
bucket = "usgs-landsat"
[keys.AKIDEXAMPLE]
secret = "s"
grants = [{ bucket = "acme", prefix = "roads/", actions = ["read"] }, { bucket = "sentinel", actions = ["list"] }]
"#;
    let registry = load(text).unwrap().into_registry();
    for (name, stored, prefix, within) in [
        ("acme/roads/x", "opendata", "acme/roads/", "roads/"),
        ("acme/special/x", "acme-special", "", "special/"),
        ("sentinel/s2/x", "sentinel-s2", "", "s2/"),
        ("landsat/c2/x", "usgs-landsat", "", ""),
    ] {
        let found = find(&registry, name).unwrap();
        assert_eq!((&*found.stored_as, &*found.prefix, &*found.within), (stored, prefix, within), "{name}");
    }
    assert!(find(&registry, "acme/roads").is_none());
    let buckets = ready(registry.buckets(&Caller::Anonymous));
    let names: Vec<_> = buckets.named.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!((names, buckets.open.len()), (vec!["acme", "landsat", "sentinel"], 0));
}

#[test]
fn r_sig_12_disabled_and_expired_keys_do_not_stand() {
    let registry = load(TOML).unwrap().into_registry();
    let (before, end) = (Timestamp::from_unix(1_798_761_599), Timestamp::from_unix(1_798_761_600));
    for (id, now, stands) in
        [("AKIDEXAMPLE", before, true), ("AKIDEXAMPLE", end, false), ("AKPOLICY", before, false)]
    {
        assert_eq!(ready(registry.key(id)).unwrap().stands_at(now), stands, "{id} {now:?}");
    }
}

#[test]
fn stores_are_known_by_their_hosts_to_keep_keys() {
    for (endpoint, exact) in [
        ("https://s3.amazonaws.com", true),
        ("https://S3.EU-west-1.AMAZONAWS.com:443", true),
        ("https://s3.cn-north-1.amazonaws.com.cn", true),
        ("https://amazonaws.com.evil.example", false),
        ("https://evilamazonaws.com", false),
        ("http://127.0.0.1:9000", false),
    ] {
        let backend = format!("[backends.b]\ntype = \"s3\"\nauth = \"anonymous\"\nendpoint = {endpoint:?}\n");
        let registry = load(&format!("{backend}[buckets.demo]\nbackend = \"b\"")).unwrap().into_registry();
        let demo = find(&registry, "demo").unwrap();
        assert_eq!(demo.backend.exact_keys, exact, "{endpoint}");
    }
}

#[test]
fn good_documents_are_taken() {
    for text in [
        "",
        "# nothing\n",
        "{}",
        "\u{feff}{ \"$schema\": \"brigade.schema.json\" }",
        "[server]\nlisten = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"",
        "[keys.AKID]\nsecret = \"s\"\ngrants = []",
        "[keys.AKID]\nsecret = \"s\"\ngrants = [{ bucket = \"new-*\", actions = [\"read\"] }]",
        "[keys.AKID]\nsecret = \"$ { not a reference } $\"\ngrants = []",
        "[keys.AKID]\nsecret = \"s\"\npolicy = { Version = \"2012-10-17\", Statement = [{ Effect = \"Deny\", \
         Action = \"*\", Resource = [\"arn:aws:s3:::new-*\", \"arn:aws:s3:::n?w/x\", \"arn:aws:s3:::*\"] }] }",
        r#"{ "keys": { "AKID": { "secret": "\\\"{", "expires": "2027-01-01T00:00:00Z",
             "policy": { "Version": "2012-10-17",
                         "Statement": { "Effect": "Deny", "Action": "*", "Resource": "*" } } } } }"#,
    ] {
        if let Err(found) = load(text) {
            panic!("{found}\n{text}");
        }
    }
}

#[test]
fn a_secret_that_is_written_out_is_known_to_be() {
    let s3 = |auth| format!("[backends.x]\ntype = \"s3\"\nendpoint = \"http://h\"\nauth = {auth}");
    let auth = |secret, token| {
        s3(format!(
            "{{ access_key_id = \"a\", secret_access_key = \"{secret}\", session_token = \"{token}\" }}"
        ))
    };
    for (text, holds) in [
        (String::new(), false),
        (TOML.to_owned(), true),
        ("[keys.AKID]\nsecret = \"s\"\ngrants = []".to_owned(), true),
        ("[keys.AKID]\nsecret = \"${env:SECRET}\"\ngrants = []".to_owned(), false),
        ("[sessions]\nkeys = [\"AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=\"]".to_owned(), true),
        (s3("\"environment\"".to_owned()), false),
        (auth("${env:SECRET}", "${env:SECRET}"), false),
        (auth("s", "${env:SECRET}"), true),
        (auth("${env:SECRET}", "t"), true),
    ] {
        assert_eq!(load(&text).unwrap().holds_secrets, holds, "{text}");
    }
}

#[test]
fn r_cry_02_nothing_prints_a_secret() {
    let config = load(TOML).unwrap();
    let printed = format!("{config:?} {config:#?}");
    assert!(printed.contains("AKIDEXAMPLE") && !printed.contains("Zx7"), "{printed}");
    let registry = config.into_registry();
    let key = ready(registry.key("AKPOLICY"));
    let printed = format!("{registry:?} {key:?} {:?}", ready(registry.buckets(&Caller::Anonymous)));
    assert!(printed.contains("AKIDEXAMPLE") && !printed.contains("Zx7"), "{printed}");
}

#[test]
fn a_bucket_that_clients_create_is_not_there_before_they_do() {
    let config = load(
        r#"
[backends.local]
type = "embedded"
path = ":memory:"
[buckets.there]
backend = "local"
[buckets.later]
backend = "local"
bucket = "theirs"
create = true
[buckets."{name}-later"]
backend = "local"
create = true
"#,
    )
    .unwrap();
    assert_eq!(*config.embedded[0].buckets, ["there".into()]);
    let registry = config.into_registry();
    for (name, create) in [("there", false), ("later", true), ("much-later", true)] {
        let bucket = find(&registry, name).unwrap();
        assert_eq!(bucket.create, create, "{name}");
    }
}

const FEDERATED: &str = r#"
[federation]
issuer = "https://s3.example.org/"
keys = ["${file:/run/p256.pem}"]

[backends.plain]
type = "s3"
endpoint = "https://s3.eu-central-1.amazonaws.com"
region = "eu-central-1"
auth = { role = "arn:aws:iam::123456789012:role/data" }

[backends.exact]
type = "s3"
endpoint = "http://ceph.internal:8000"
auth = { role = "arn:aws:iam:::role/data", subject = "landsat", audience = "ceph", session_name = "gateway", duration = "15m", sts_endpoint = "http://ceph.internal:8000", policy = { Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*", Condition = { StringEquals = { "aws:PrincipalTag/x" = "${aws:userid}" } } }] } }

[buckets.plain]
backend = "plain"
[buckets.exact]
backend = "exact"
"#;

#[test]
fn a_role_and_an_issuer() {
    let config = load(FEDERATED).unwrap();
    let federation = config.federation.clone().unwrap();
    assert_eq!(federation.issuer(), "https://s3.example.org");
    assert_eq!(federation.keys().count(), 1);
    assert!(!config.holds_secrets);
    let registry = config.into_registry();
    let role = |name| match &find(&registry, name).unwrap().backend.auth {
        BackendAuth::Role(role) => (**role).clone(),
        other @ (BackendAuth::Anonymous
        | BackendAuth::InProcess
        | BackendAuth::Keys(_)
        | BackendAuth::Environment) => panic!("{other:?}"),
    };
    let plain = role("plain");
    assert_eq!(plain.endpoint, "https://sts.eu-central-1.amazonaws.com/");
    assert_eq!((&*plain.subject, &*plain.audience), ("brigade", "sts.amazonaws.com"));
    assert_eq!((plain.session_name.as_str(), plain.duration, plain.policy), ("brigade", 3600, None));
    let exact = role("exact");
    assert_eq!(exact.endpoint, "http://ceph.internal:8000/");
    assert_eq!((&*exact.subject, &*exact.audience, exact.duration), ("landsat", "ceph", 900));
    // A policy goes to the other side as it is, its own variables included.
    assert!(exact.policy.unwrap().contains("\"aws:PrincipalTag/x\":\"${aws:userid}\""));
}

#[test]
fn a_key_of_the_issuers_that_is_written_out_is_known_to_be_secret() {
    let pem = super::P256.replace('\n', "\\n");
    let text = format!("[federation]\nissuer = \"https://s3.example.org\"\nkeys = [\"{pem}\"]\n");
    let config = load(&text).unwrap();
    assert!(config.holds_secrets);
    assert!(!format!("{config:?}").contains("PRIVATE"));
}
