//! Every mistake, one by one and all at once.

use super::{load, world};
use crate::{Config, Diagnostic, Problem};

/// What stands under each document of the tables, and is good.
const GOOD: &str = r#"
[backends.good]
type = "s3"
endpoint = "http://127.0.0.1:9100"
auth = "anonymous"
[buckets.landsat]
backend = "good"
"#;

/// Checks exactly what is said of a document, without the file's name.
#[track_caller]
fn check(document: &str, expected: &[&str]) {
    let found = load(document).map(|_| ()).unwrap_err();
    let lines: Vec<_> = found.lines().map(|line| line.strip_prefix("brigade.toml:").unwrap()).collect();
    assert_eq!(lines, expected, "{document}");
}

/// Checks one mistake in a document for each row: what stands above [`GOOD`], and what is said.
#[track_caller]
fn check_each(table: &[(&str, &str)]) {
    for (document, expected) in table {
        check(&format!("{document}\n{GOOD}"), &[expected]);
    }
}

#[test]
fn mistakes_of_the_structure() {
    check_each(&[
        (
            "colour = 1",
            "1: colour: there is no such key; here can be: backends, buckets, federation, issuers, keys, roles, server, sessions",
        ),
        ("[sever]", "1: sever: there is no such key; did you mean \"server\"?"),
        ("server = 1", "1: server: expected a table, found a number"),
        ("[server]\nlisten = 9000", "2: server.listen: expected a string, found a number"),
        ("[server]\nlitsen = \"x\"", "2: server.litsen: there is no such key; did you mean \"listen\"?"),
        ("[server]\nmax_connections = 0", "2: server.max_connections: must be at least 1"),
        ("[server]\nthreads = 0", "2: server.threads: must be at least 1"),
        ("[server]\nthreads = 4096", "2: server.threads: must be at most 1024"),
        (
            "[server]\nmax_connections = 1.5",
            "2: server.max_connections: expected a whole number, found a number",
        ),
        ("[server]\ndomains = \"x\"", "2: server.domains: expected a list, found a string"),
        (
            "[server]\ntls = { cert = \"c.pem\" }",
            "2: server.tls.key: is missing; write for example key = \"/etc/brigade/key.pem\"",
        ),
        (
            "[backends.x]\ntype = \"s4\"",
            "2: backends.x.type: \"s4\" is not one of \"s3\", \"embedded\"; did you mean \"s3\"?",
        ),
        ("[backends.x]\npath = \".\"", "1: backends.x.type: is missing; write for example type = \"s3\""),
        ("[backends.x]\ntype = 3", "2: backends.x.type: expected a string, found a number"),
        (
            "[backends.x]\ntype = \"s3\"\nauth = \"anonymous\"",
            "1: backends.x.endpoint: is missing; write for example endpoint = \"https://s3.us-west-2.amazonaws.com\"",
        ),
        (
            "[backends.x]\ntype = \"s3\"\nendpoint = \"http://h\"",
            "1: backends.x.auth: is missing; write for example auth = \"environment\"",
        ),
        (
            "[backends.x]\ntype = \"s3\"\nendpoint = \"http://h\"\nauth = 7",
            "4: backends.x.auth: expected \"anonymous\", \"environment\" or a table, found a number",
        ),
        (
            "[backends.x]\ntype = \"s3\"\nendpoint = \"http://h\"\nauth = \"anonymus\"",
            "4: backends.x.auth: \"anonymus\" is not one of \"anonymous\", \"environment\"; did you mean \"anonymous\"?",
        ),
        (
            "[backends.x]\ntype = \"s3\"\nendpoint = \"http://h\"\nauth = { access_key_id = \"A\" }",
            "4: backends.x.auth.secret_access_key: is missing; write for example secret_access_key = \
             \"${env:UP_SECRET}\"",
        ),
        (
            "[backends.x]\ntype = \"s3\"\nendpoint = \"http://h\"\nauth = \"anonymous\"\nverify-payload = true",
            "5: backends.x.verify-payload: there is no such key; did you mean \"verify_payload\"?",
        ),
        (
            "[backends.x]\ntype = \"embedded\"",
            "1: backends.x.path: is missing; write for example path = \"./brigade-data\"",
        ),
        (
            "[keys.AKID]\ngrants = []",
            "1: keys.AKID.secret: is missing; write for example secret = \"${env:DEPLOY_SECRET}\"",
        ),
        (
            "[keys.AKID]\nsecret = \"s\"\ngrants = [\n  { bucket = \"landsat\" },\n]",
            "4: keys.AKID.grants[0].actions: is missing; write for example actions = [\"read\", \"list\"]",
        ),
        (
            "[keys.AKID]\nsecret = \"s\"\ngrants = [\"read\"]",
            "3: keys.AKID.grants[0]: expected a table, found a string",
        ),
        (
            "[keys.AKID]\nsecret = 2027-01-01\ngrants = []",
            "2: keys.AKID.secret: expected a string, found a date",
        ),
        (
            "[keys.AKID]\nsecret = \"s\"\ngrants = []\nexpires = 7",
            "4: keys.AKID.expires: expected a moment such as 2027-01-01T00:00:00Z, found a number",
        ),
        (
            "[keys.AKID]\nsecret = \"s\"\ngrants = []\ndisabled = \"no\"",
            "4: keys.AKID.disabled: expected true or false, found a string",
        ),
        ("[keys.AKID]\nsecret = \"s\"\npolicy = []", "3: keys.AKID.policy: expected a table, found a list"),
    ]);
}

#[test]
fn mistakes_of_roles_sessions_and_issuers() {
    let role = |more: &str| format!("[roles.r]\ngrants = []\n{more}");
    let trust = |more: &str| role(&format!("trust = [{{ {more} }}]"));
    let rest = "audience = [\"a\"], subject = [\"s\"]";
    check_each(&[
        (
            "[roles.\"a/b\"]\ngrants = []\ncallers = [\"role/a/b\"]",
            "1: roles.\"a/b\": a role's name has 1 to 64 of a-z, A-Z, 0-9, '_', '+', '=', ',', '.', '@' and '-'",
        ),
        (
            &role(""),
            "1: roles.r: has neither trust nor callers, so nobody can assume it; write for example trust = [{ issuer = \"https://token.actions.githubusercontent.com\", audience = [\"sts.example.org\"], subject = [\"repo:org/*\"] }]",
        ),
        (
            &role("callers = [\"role/r\"]\nbearer = true"),
            "4: roles.r.bearer: needs trust: without it no token is for this role",
        ),
        (
            &role("callers = [\"r\"]"),
            "3: roles.r.callers[0]: \"r\" is not a caller; write \"key/ID\" for a key of this file, or \"role/NAME\"",
        ),
        (
            &role("callers = [\"role/s\"]"),
            "3: roles.r.callers[0]: there is no such key or role in this file; did you mean \"r\"?",
        ),
        (&role("callers = [\"key/r\"]"), "3: roles.r.callers[0]: there is no such key or role in this file"),
        (
            &role("callers = [\"role/r\"]\nmax_session = \"899s\""),
            "4: roles.r.max_session: must be from 15m to 12h",
        ),
        (
            &role("callers = [\"role/r\"]\nmax_session = \"13h\""),
            "4: roles.r.max_session: must be from 15m to 12h",
        ),
        (
            &trust(&format!("issuer = \"http://idp.example\", {rest}")),
            "3: roles.r.trust[0].issuer: \"http://idp.example\": it must begin with https:// (http:// is for localhost, 127.0.0.1 and [::1] only)",
        ),
        (
            &trust("issuer = \"https://i\", audience = [], subject = [\"s\"]"),
            "3: roles.r.trust[0].audience: is empty, so nobody would be let in; name whom you trust",
        ),
        (
            &trust("issuer = \"https://i\", audience = [\"a\"], subject = []"),
            "3: roles.r.trust[0].subject: is empty, so nobody would be let in; name whom you trust",
        ),
        (
            &trust("issuer = \"https://i\", audience = [\"a\"]"),
            "3: roles.r.trust[0].subject: is missing; write for example subject = [\"repo:org/*:ref:refs/heads/main\"]",
        ),
        (
            &trust(&format!("issuer = \"https://i\", {rest}, claims = {{ c = [] }}")),
            "3: roles.r.trust[0].claims.c: is empty, so nobody would be let in; name whom you trust",
        ),
        (
            "[sessions]\nkeys = [\"c2hvcnQ=\"]",
            "2: sessions.keys[0]: a sealing key is 32 bytes in base64; `brigade keygen` makes one",
        ),
        (
            "[sessions]\nrevocations = \"r\"\nrevocations_max_age = \"1s\"",
            "3: sessions.revocations_max_age: must be at least 5s: the list is read every second or two",
        ),
        (
            "[issuers.\"https://i\"]\njwks_uri = \"http://127.0.0.1/k\"",
            "2: issuers.\"https://i\".jwks_uri: the keys of an issuer that is not on this machine must be fetched over https",
        ),
    ]);
}

#[test]
fn what_later_versions_bring_is_refused_as_such() {
    check_each(&[("[backends.x]\ntype = \"gcs\"", "2: backends.x.type: is not in this version yet")]);
    check(
        "[backends.x]\ntype = \"s3\"\nendpoint = \"http://h\"\nauth = { google = { provider = \"p\" } }",
        &["4: backends.x.auth.google: is not in this version yet"],
    );
    check(
        "[backends.x]\ntype = \"s3\"\nendpoint = \"http://h\"\nauth = { azure = {} }",
        &["4: backends.x.auth.azure: is not in this version yet"],
    );
}

#[test]
fn references_that_give_nothing() {
    let secret = |written: &str| format!("[keys.AKID]\nsecret = \"{written}\"\ngrants = []");
    for (written, expected) in [
        ("${env:NOPE}", "the environment variable NOPE is not set"),
        ("a${env:EMPTY}b", "the environment variable EMPTY is empty"),
        ("${file:/run/nope}", "cannot read the file /run/nope: no such file"),
        ("${file:/run/empty}", "the file /run/empty is empty"),
        ("${SECRET}", "\"${SECRET}\" is not a reference; write ${env:NAME} or ${file:PATH}"),
        ("${env:SECRET", "\"${\" has no \"}\"; write ${env:NAME} or ${file:PATH}"),
    ] {
        check_each(&[(&secret(written), &format!("2: keys.AKID.secret: {expected}"))]);
    }
}

#[test]
fn mistakes_of_the_server() {
    check_each(&[
        (
            "[server]\nlisten = \"localhost:9000\"",
            "2: server.listen: \"localhost:9000\" is not an address; write an IP address and a port, such as \
             \"127.0.0.1:9000\" or \"0.0.0.0:9000\"",
        ),
        (
            "[server]\nlisten = \"127.0.0.1:80\"\nadmin = \"127.0.0.1:80\"",
            "3: server.admin: is the address of server.listen; give it another port",
        ),
        (
            "[server]\ndomains = [\"ok.example\", \"https://s3.example\"]",
            "2: server.domains[1]: \"https://s3.example\" is not a domain; write a host name without scheme, port or \
             leading dot, such as \"s3.example.org\"",
        ),
        (
            "[server]\nregion = \"us east\"",
            "2: server.region: \"us east\" is not a region; write one such as \"us-east-1\" or \"auto\"",
        ),
        (
            "[server]\nidle_timeout = \"soon\"",
            "2: server.idle_timeout: \"soon\" is not a length of time; write one such as \"500ms\", \"30s\" or \"5m\", \
             from 1ms to a day",
        ),
        (
            "[server]\ndrain_timeout = \"0s\"",
            "2: server.drain_timeout: \"0s\" is not a length of time; write one such as \"500ms\", \"30s\" or \"5m\", \
             from 1ms to a day",
        ),
    ]);
}

#[test]
fn mistakes_of_backends() {
    check_each(&[
        (
            "[backends.x]\ntype = \"s3\"\nendpoint = \"/store\"\nauth = \"anonymous\"",
            "3: backends.x.endpoint: not an endpoint: write it as http://host:port or https://host",
        ),
        (
            "[backends.x]\ntype = \"s3\"\nendpoint = \"embedded://x\"\nauth = \"anonymous\"",
            "3: backends.x.endpoint: not an endpoint: the scheme must be http or https",
        ),
        (
            "[backends.x]\ntype = \"s3\"\nendpoint = \"http://u:p@h\"\nauth = \"anonymous\"",
            "3: backends.x.endpoint: not an endpoint: credentials do not belong in an endpoint: put them in `auth`",
        ),
        (
            "[backends.x]\ntype = \"s3\"\nendpoint = \"http://h\"\nauth = { access_key_id = \"\", secret_access_key = \"s\" }",
            "4: backends.x.auth.access_key_id: is empty",
        ),
        (
            "[backends.x]\ntype = \"s3\"\nendpoint = \"http://h\"\nauth = { access_key_id = \"a\", secret_access_key = \" s\" }",
            "4: backends.x.auth.secret_access_key: begins or ends with a space, or holds a control character; remove it",
        ),
        (
            "[backends.\"a b\"]\ntype = \"embedded\"\npath = \".\"",
            "1: backends.\"a b\": a backend's name has 1 to 63 of a-z, A-Z, 0-9, '-' and '_'",
        ),
        (
            "[backends.a]\ntype = \"embedded\"\npath = \"d\"\n[backends.b]\ntype = \"embedded\"\npath = \"d\"",
            "6: backends.b.path: is the directory of backends.a already; an embedded store needs its own",
        ),
    ]);
}

#[test]
fn mistakes_of_buckets() {
    check_each(&[
        (
            "[buckets.demo]\nbackend = \"goood\"",
            "2: buckets.demo.backend: no backend is called \"goood\"; did you mean \"good\"?",
        ),
        (
            "[buckets.demo]\nbackend = \"elsewhere\"",
            "2: buckets.demo.backend: no backend is called \"elsewhere\"",
        ),
        ("[buckets.ab]\nbackend = \"good\"", "1: buckets.ab: a bucket name has 3 to 63 characters"),
        (
            "[buckets.Demo]\nbackend = \"good\"",
            "1: buckets.Demo: a bucket name holds a-z, 0-9, '.' and '-', and begins and ends with a letter or digit",
        ),
        (
            "[buckets.demo]\nbackend = \"good\"\nbucket = \"a/b\"",
            "3: buckets.demo.bucket: \"a/b\" is not the name of a bucket at a store; write 3 to 255 of a-z, A-Z, 0-9, \
             '.', '-' and '_'",
        ),
        (
            "[buckets.demo]\nbackend = \"good\"\npublic = [\"read\", \"raed\"]",
            "3: buckets.demo.public[1]: no action is called \"raed\"; write \"read\", \"list\", \"write\", \"delete\" or \
             an exact name such as \"s3:GetObject\"",
        ),
    ]);
    check_each(&[
        (
            "[buckets.\"{a}{b}\"]\nbackend = \"good\"",
            "1: buckets.\"{a}{b}\": has two variables in one segment; keep one, or put a slash between them",
        ),
        (
            "[buckets.\"{a\"]\nbackend = \"good\"",
            "1: buckets.\"{a\": has a brace without its other half; a variable is written {name}",
        ),
        (
            "[buckets.\"{a}\"]\nbackend = \"good\"\nbucket = \"{b}\"",
            "3: buckets.\"{a}\".bucket: {b} is no variable of the name; it has {a}",
        ),
        (
            "[buckets.\"{a}\"]\nbackend = \"good\"\nbucket = \"one\"",
            "1: buckets.\"{a}\": {a} is neither in bucket nor in prefix, so two names would be one at the store; write it in \
             one of them",
        ),
        (
            "[buckets.\"{a}\"]\nbackend = \"good\"\nbucket = \"one\"\nprefix = \"{a}\"",
            "4: buckets.\"{a}\".prefix: nothing marks where {a} ends, so two names could become one at the store; put a '/' \
             behind it, or another character that no name has, such as '_'",
        ),
        (
            "[buckets.\"{a}\"]\nbackend = \"good\"\nbucket = \"x/{a}\"",
            "3: buckets.\"{a}\".bucket: \"x/{a}\" is not the name of a bucket at a store; write 3 to 255 of a-z, A-Z, 0-9, \
             '.', '-' and '_'",
        ),
        (
            "[buckets.\"{a}\"]\nbackend = \"good\"\n[buckets.\"{b}\"]\nbackend = \"good\"",
            "3: buckets.\"{b}\": takes names that \"{a}\" takes too, and neither is the more literal; make one of them more \
             literal, or give both as many segments",
        ),
        (
            "[buckets.\"{a}\"]\nbackend = \"good\"\npublic = [\"write\"]",
            "3: buckets.\"{a}\".public[0]: \"write\" cannot be public: anybody on the network could change what is stored; \
             grant it to a key",
        ),
        (
            "[keys.AKID]\nsecret = \"s\"\ngrants = [{ bucket = \"{a}\", actions = [\"read\"] }]",
            "3: keys.AKID.grants[0].bucket: a grant names no pattern of buckets; write the bucket clients name, with * for any run of \
             characters, and a prefix",
        ),
        (
            "[buckets.\"{a}/{b}\"]\nbackend = \"good\"\nprefix = \"{a}/{b}/\"",
            "1: buckets.\"{a}/{b}\".bucket: is missing; write for example bucket = \"opendata\"",
        ),
        (
            "[buckets.\"{a}/{b}\"]\nbackend = \"good\"\nbucket = \"one\"\nprefix = \"{a}/\"",
            "1: buckets.\"{a}/{b}\": {b} is neither in bucket nor in prefix, so two names would be one at the store; write it in \
             one of them",
        ),
        (
            "[buckets.\"{a}/{b}\"]\nbackend = \"good\"\nbucket = \"one\"\nprefix = \"{a}-{b}/\"",
            "4: buckets.\"{a}/{b}\".prefix: nothing marks where {a} ends, so two names could become one at the store; put a '/' \
             behind it, or another character that no name has, such as '_'",
        ),
        (
            "[buckets.\"{a}/{a}\"]\nbackend = \"good\"\nbucket = \"{a}\"",
            "1: buckets.\"{a}/{a}\": has the variable {a} twice; give each its own name",
        ),
        (
            "[buckets.acme]\nbackend = \"good\"\n[buckets.\"acme/special\"]\nbackend = \"good\"\nbucket = \"one\"",
            "3: buckets.\"acme/special\": lies in the bucket \"acme\", which has an entry of its own that takes all of it; remove one \
             of the two, or write that entry as acme/NAME too",
        ),
        (
            "[buckets.\"{a}\"]\nbackend = \"good\"\n[buckets.\"{a}/{b}\"]\nbackend = \"good\"\nbucket = \"{a}_{b}\"",
            "3: buckets.\"{a}/{b}\": takes names that \"{a}\" takes too, and neither is the more literal; make one of them more \
             literal, or give both as many segments",
        ),
        (
            "[buckets.\"acme/{b}\"]\nbackend = \"good\"\nbucket = \"one-{b}\"\ncreate = true",
            "4: buckets.\"acme/{b}\".create: cannot be true for a bucket with a prefix, which is but a part of the backend's; \
             leave out one of the two",
        ),
        (
            "[buckets.\"acme/{b}\"]\nbackend = \"good\"\nbucket = \"one-{b}\"\n[keys.AKID]\nsecret = \"s\"\n\
             grants = [{ bucket = \"acme/roads\", actions = [\"read\"] }]",
            "6: keys.AKID.grants[0].bucket: a grant names what clients call the bucket; write bucket = \"acme\", prefix = \
             \"roads/\"",
        ),
        (
            "[buckets.\"{a}-data\"]\nbackend = \"good\"\n[keys.AKID]\nsecret = \"s\"\n\
             grants = [{ bucket = \"x-dat\", actions = [\"read\"] }]",
            "5: keys.AKID.grants[0].bucket: no bucket is called \"x-dat\"",
        ),
    ]);
    let cors = |rule: &str| format!("[buckets.demo]\nbackend = \"good\"\n[[buckets.demo.cors]]\n{rule}");
    let good = "origins = [\"*\"]\nmethods = [\"GET\"]\n";
    for (rule, expected) in [
        (
            "origins = [\"*\"]",
            "3: buckets.demo.cors[0].methods: is missing; write for example methods = [\"GET\", \"HEAD\", \"PUT\"]",
        ),
        ("origins = []\nmethods = [\"GET\"]", "4: buckets.demo.cors[0].origins: is empty"),
        ("origins = [\"*\"]\nmethods = []", "5: buckets.demo.cors[0].methods: is empty"),
        (
            "origins = [\"*\", \"https://a.example/\"]\nmethods = [\"GET\"]",
            "4: buckets.demo.cors[0].origins[1]: \"https://a.example/\" goes on after the host; an origin is a scheme, a host and a \
             port, such as \"https://app.example.org\"",
        ),
        (
            "origins = [\"https://*.*.example\"]\nmethods = [\"GET\"]",
            "4: buckets.demo.cors[0].origins[0]: \"https://*.*.example\" holds more than one \"*\"; write one origin for each",
        ),
        (
            "origins = [\"*\"]\nmethods = [\"get\"]",
            "5: buckets.demo.cors[0].methods[0]: \"get\" is not one of \"GET\", \"HEAD\", \"PUT\", \"POST\", \"DELETE\"; did you mean \"GET\"?",
        ),
        (
            &format!("{good}headers = [\"x-*-*\"]"),
            "6: buckets.demo.cors[0].headers[0]: \"x-*-*\" holds more than one \"*\"; write one name for each",
        ),
        (
            &format!("{good}expose = [\"ETag\", \"a b\"]"),
            "6: buckets.demo.cors[0].expose[1]: \"a b\" is not a header's name; write one such as \"Content-Type\", \"x-amz-*\" or \"*\"",
        ),
        (
            &format!("{good}max_age = \"soon\""),
            "6: buckets.demo.cors[0].max_age: \"soon\" is not a length of time; write one such as \"500ms\", \"30s\" or \"5m\", from 1ms to \
             a day",
        ),
        (
            &format!("{good}credentials = true"),
            "6: buckets.demo.cors[0].credentials: there is no such key; here can be: expose, headers, max_age, methods, origins",
        ),
    ] {
        check_each(&[(&cors(rule), expected)]);
    }
    check_each(&[
        (
            "[buckets.demo]\nbackend = \"good\"\ncors = \"off\"",
            "3: buckets.demo.cors: expected a list, found a string",
        ),
        (
            "[buckets.\"{a}\"]\nbackend = \"good\"\n[[buckets.\"{a}\".cors]]\norigins = [\"null\"]\nmethods = [\"GET\"]",
            "4: buckets.\"{a}\".cors[0].origins[0]: \"null\" is not an origin; write \"*\", or a scheme and a host such as \
             \"https://app.example.org\" or \"https://*.example.org\"",
        ),
        (
            &format!(
                "[buckets.demo]\nbackend = \"good\"\ncors = [{}]",
                "{ origins = [\"*\"], methods = [\"GET\"] },".repeat(101)
            ),
            "3: buckets.demo.cors: has 101 rules; a bucket has at most 100",
        ),
    ]);
    let long = format!("[buckets.demo]\nbackend = \"good\"\nprefix = \"{}\"", "x".repeat(1024));
    check_each(&[
        (
            &long,
            "3: buckets.demo.prefix: is 1024 bytes long; a key has at most 1024 bytes, its prefix counted",
        ),
        (
            "[buckets.demo]\nbackend = \"good\"\nprefix = \"a/\"\ncreate = true",
            "4: buckets.demo.create: cannot be true for a bucket with a prefix, which is but a part of the backend's; \
             leave out one of the two",
        ),
        (
            "[buckets.\"{a}-x\"]\nbackend = \"good\"\nbucket = \"one\"\nprefix = \"{a}/\"\ncreate = true",
            "5: buckets.\"{a}-x\".create: cannot be true for a bucket with a prefix, which is but a part of the backend's; \
             leave out one of the two",
        ),
    ]);
}

/// A bucket with a policy of one statement, beside a key that there is.
fn bucket_policy(name: &str, statement: &str) -> String {
    format!(
        "[buckets.\"{name}\"]\nbackend = \"good\"\n[buckets.\"{name}\".policy]\nVersion = \"2012-10-17\"\n\
         [buckets.\"{name}\".policy.Statement]\nEffect = \"Allow\"\n{statement}\n[keys.AKID]\nsecret = \"s\"\ngrants = []\n{GOOD}"
    )
}

#[test]
fn mistakes_of_bucket_policies() {
    let get = "Action = \"s3:GetObject\"\nResource = \"arn:aws:s3:::demo/*\"";
    for (statement, expected) in [
        (get.to_owned(), "5: buckets.demo.policy.Statement.Principal: is missing"),
        (
            format!("{get}\nPrincipal.AWS = \"AKIDD\""),
            "9: buckets.demo.policy.Statement.Principal.AWS: no key or role is called \"AKIDD\"; did you mean \"AKID\"?",
        ),
        (
            format!("{get}\nPrincipal.AWS = [\"AKID\", \"arn:aws:iam::000000000000:role/ci\"]"),
            "9: buckets.demo.policy.Statement.Principal.AWS[1]: no key or role is called \
             \"arn:aws:iam::000000000000:role/ci\"",
        ),
        (
            format!("{get}\nNotPrincipal.AWS = \"AKID\""),
            "9: buckets.demo.policy.Statement.NotPrincipal: is not supported, and AWS advises against it; deny with \
             \"Principal\": \"*\" and a condition such as ArnNotEquals of aws:PrincipalArn",
        ),
        (
            "Action = \"s3:GetObject\"\nResource = \"arn:aws:s3:::landsat/*\"\nPrincipal = \"*\"".to_owned(),
            "8: buckets.demo.policy.Statement.Resource: \"arn:aws:s3:::landsat/*\" is not of this bucket; write \
             \"arn:aws:s3:::demo\" or \"arn:aws:s3:::demo/*\"",
        ),
    ] {
        check(&bucket_policy("demo", &statement), &[expected]);
    }
    let pattern = format!("{get}\nPrincipal = \"*\"");
    check(
        &bucket_policy("{org}-data", &pattern),
        &[
            "3: buckets.\"{org}-data\".policy: a name with variables has no policy; give the bucket that has one an entry of its own",
        ],
    );
}

#[test]
fn r_ops_01_a_bucket_policy_that_lets_anybody_write_is_refused() {
    for action in ["Action = \"s3:PutObject\"", "Action = [\"s3:*\"]", "NotAction = \"s3:GetObject\""] {
        for principal in ["Principal = \"*\"", "Principal.AWS = [\"AKID\", \"*\"]"] {
            let statement = format!(
                "{action}\nResource = \"arn:aws:s3:::demo/*\"\n{principal}\nCondition.Bool.\"aws:SecureTransport\" = true"
            );
            let found = load(&bucket_policy("demo", &statement)).map(|_| ()).unwrap_err();
            assert!(found.contains("everybody on the network could do s3:"), "{found}");
        }
    }
}

#[test]
fn mistakes_of_keys() {
    check_each(&[
        (
            "[keys.\"A/B\"]\nsecret = \"s\"\ngrants = []",
            "1: keys.\"A/B\": a key's id has 3 to 128 of a-z, A-Z, 0-9, '-', '_' and '.'",
        ),
        ("[keys.AKID]\nsecret = \"\"\ngrants = []", "2: keys.AKID.secret: is empty"),
        (
            "[keys.AKID]\nsecret = \"s\"",
            "1: keys.AKID: has neither grants nor policy, so it may do nothing; write for example grants = \
             [{ bucket = \"BUCKET\", actions = [\"read\", \"list\"] }]",
        ),
        (
            "[keys.AKID]\nsecret = \"s\"\ngrants = []\npolicy = { Version = \"2012-10-17\", Statement = [] }",
            "1: keys.AKID: has both grants and policy; keep one of them",
        ),
        (
            "[keys.AKID]\nsecret = \"s\"\ngrants = []\nexpires = \"tomorrow\"",
            "4: keys.AKID.expires: \"tomorrow\" is not a moment; write one with its offset, such as 2027-01-01T00:00:00Z",
        ),
        (
            "[keys.AKID]\nsecret = \"s\"\ngrants = []\nexpires = 2027-01-01",
            "4: keys.AKID.expires: \"2027-01-01\" is not a moment; write one with its offset, such as \
             2027-01-01T00:00:00Z",
        ),
        (
            "[keys.AKID]\nsecret = \"s\"\ngrants = [\n  { bucket = \"landsatt\", actions = [\"read\"] },\n]",
            "4: keys.AKID.grants[0].bucket: no bucket is called \"landsatt\"; did you mean \"landsat\"?",
        ),
        (
            "[keys.AKID]\nsecret = \"s\"\ngrants = [{ bucket = \"landsat\", actions = [] }]",
            "3: keys.AKID.grants[0].actions: is empty, so the grant gives nothing; write for example [\"read\", \"list\"]",
        ),
        (
            "[keys.AKID]\nsecret = \"s\"\ngrants = [{ bucket = \"landsat\", actions = [\"s3:HeadObject\"] }]",
            "3: keys.AKID.grants[0].actions[0]: no action is called \"s3:HeadObject\"; write \"s3:GetObject\"",
        ),
        (
            "[keys.AKID]\nsecret = \"s\"\ngrants = [{ bucket = \"landsat\", prefix = \"x/\", actions = \
             [\"s3:GetBucketPolicy\"] }]",
            "3: keys.AKID.grants[0].actions[0]: \"s3:GetBucketPolicy\" is done to the bucket as a whole; give it in a \
             grant without a prefix",
        ),
        (
            "[keys.AKID]\nsecret = \"s\"\n[keys.AKID.policy]\nVersion = \"2012-10-17\"\n[[keys.AKID.policy.Statement]]\n\
             Effect = \"Allow\"\nAction = [\"s3:GetObject\", \"s3:HeadObject\"]\nResource = \"*\"",
            "7: keys.AKID.policy.Statement[0].Action[1]: no action matches \"s3:HeadObject\"; did you mean \
             \"s3:GetObject\"?",
        ),
        (
            "[keys.AKID]\nsecret = \"s\"\n[keys.AKID.policy]\nVersion = \"2012-10-17\"\n[keys.AKID.policy.Statement]\n\
             Effect = \"Deny\"\nAction = \"*\"\nResource = [\"arn:aws:s3:::landsat\", \"arn:aws:s3:::landsatt/*\"]",
            "8: keys.AKID.policy.Statement.Resource[1]: no bucket is called \"landsatt\"; did you mean \"landsat\"?",
        ),
        (
            "[keys.AKID]\nsecret = \"s\"\npolicy = { Version = \"2008-10-17\", Statement = [] }",
            "3: keys.AKID.policy.Version: \"2008-10-17\" is not supported; write \"2012-10-17\"",
        ),
        (
            "[keys.AKID]\nsecret = \"s\"\ngrants = [{ bucket = \"*\", prefix = \"${jwt:sub}/\", actions = [\"read\"] }]",
            "3: keys.AKID.grants[0].prefix: a key has no claims; only roles do, whose sessions come from tokens. For the key's \
             own id write ${aws:username}",
        ),
        (
            "[keys.AKID]\nsecret = \"s\"\ngrants = [{ bucket = \"*\", prefix = \"${user}/\", actions = [\"read\"] }]",
            "3: keys.AKID.grants[0].prefix: \"user\" is not a condition key",
        ),
        (
            "[keys.AKID]\nsecret = \"s\"\ngrants = [{ bucket = \"x${aws:userid\", actions = [\"read\"] }]",
            "3: keys.AKID.grants[0].bucket: \"${aws:userid\" begins like a policy variable; write ${KEY}, ${KEY, 'DEFAULT'}, \
             or ${$} for the character",
        ),
        (
            "[keys.AKID]\nsecret = \"s\"\n[keys.AKID.policy]\nVersion = \"2012-10-17\"\n[keys.AKID.policy.Statement]\n\
             Effect = \"Allow\"\nAction = \"*\"\nResource = \"*\"\nCondition.StringEquals.\"JWT:sub\" = \"a\"",
            "9: keys.AKID.policy.Statement.Condition.StringEquals.\"JWT:sub\": a key has no claims; only roles do, whose \
             sessions come from tokens. For the key's own id write ${aws:username}",
        ),
        (
            "[keys.AKID]\nsecret = \"s\"\n[keys.AKID.policy]\nVersion = \"2012-10-17\"\n[keys.AKID.policy.Statement]\n\
             Effect = \"Allow\"\nAction = \"*\"\nResource = [\"*\", \"arn:aws:s3:::landsat/${jwt:sub}/*\"]",
            "8: keys.AKID.policy.Statement.Resource[1]: a key has no claims; only roles do, whose sessions come from tokens. For \
             the key's own id write ${aws:username}",
        ),
        (
            "[keys.AKID]\nsecret = \"s\"\n[keys.AKID.policy]\nVersion = \"2012-10-17\"\n[keys.AKID.policy.Statement]\n\
             Effect = \"Allow\"\nAction = \"*\"\nResource = \"*\"\nCondition.IpAddress.\"aws:SourceIp\" = [\"10.0.0.0/8\", \"all\"]",
            "9: keys.AKID.policy.Statement.Condition.IpAddress.\"aws:SourceIp\"[1]: \"all\" is not an address or a range such \
             as \"203.0.113.0/24\"",
        ),
    ]);
}

#[test]
fn r_ops_01_a_bucket_that_anybody_may_change_is_refused() {
    for action in ["write", "delete", "s3:PutObject", "s3:PutBucketPolicy"] {
        let reason =
            "cannot be public: anybody on the network could change what is stored; grant it to a key";
        let document = format!("[buckets.demo]\nbackend = \"good\"\npublic = [\"read\", {action:?}]");
        check_each(&[(&document, &format!("3: buckets.demo.public[1]: {action:?} {reason}"))]);
    }
}

#[test]
fn r_ops_01_a_file_that_others_may_read_has_its_diagnostic() {
    let path = "brigade.toml".to_owned();
    assert_eq!(
        Diagnostic::of_file("brigade.toml", Problem::WorldReadable { path }).to_string(),
        "brigade.toml: others on this machine may read it, and the secrets in it; run: chmod 600 brigade.toml"
    );
}

#[test]
fn all_mistakes_are_found_at_once() {
    let document = r#"
[server]
listen = "9000"
color = "red"

[backends.aws]
type = "s3"
endpoint = "ftp://store"
auth = { access_key_id = "${env:NOPE}" }

[buckets.demo]
backend = "asw"
public = ["write"]

[buckets.demo]
backend = "aws"

[keys.AKID]
grants = [
  7,
  { bucket = "dmo", prefix = "a/", actions = ["read", "reed"] },
]
expires = "never"

[roles.x]
trust = [{ issuer = "http://idp.example", audience = [], subject = [""] }]
callers = ["key/AKIE", "AKID"]
grants = []
max_session = "10m"
"#;
    let expected = r#"
3: server.listen: "9000" is not an address; write an IP address and a port, such as "127.0.0.1:9000" or "0.0.0.0:9000"
4: server.color: there is no such key; here can be: admin, domains, drain_timeout, header_timeout, idle_timeout, listen, max_connections, region, threads, tls
8: backends.aws.endpoint: not an endpoint: the scheme must be http or https
9: backends.aws.auth.secret_access_key: is missing; write for example secret_access_key = "${env:UP_SECRET}"
9: backends.aws.auth.access_key_id: the environment variable NOPE is not set
12: buckets.demo.backend: no backend is called "asw"; did you mean "aws"?
13: buckets.demo.public[0]: "write" cannot be public: anybody on the network could change what is stored; grant it to a key
15: "demo" is written twice; keep one of them
16: "backend" is written twice; keep one of them
18: keys.AKID.secret: is missing; write for example secret = "${env:DEPLOY_SECRET}"
20: keys.AKID.grants[0]: expected a table, found a number
21: keys.AKID.grants[1].bucket: no bucket is called "dmo"; did you mean "demo"?
21: keys.AKID.grants[1].actions[1]: no action is called "reed"; write "read", "list", "write", "delete" or an exact name such as "s3:GetObject"
23: keys.AKID.expires: "never" is not a moment; write one with its offset, such as 2027-01-01T00:00:00Z
26: roles.x.trust[0].issuer: "http://idp.example": it must begin with https:// (http:// is for localhost, 127.0.0.1 and [::1] only)
26: roles.x.trust[0].audience: is empty, so nobody would be let in; name whom you trust
26: roles.x.trust[0].subject[0]: is empty
27: roles.x.callers[0]: there is no such key or role in this file; did you mean "AKID"?
27: roles.x.callers[1]: "AKID" is not a caller; write "key/ID" for a key of this file, or "role/NAME"
29: roles.x.max_session: must be from 15m to 12h
"#;
    check(document, &expected.trim().lines().collect::<Vec<_>>());
}

#[test]
fn json_has_the_same_diagnostics() {
    let document = r#"{
  "backends": { "aws": { "type": "s3", "endpoint": "http://h", "auth": "anonymous" } },
  "buckets": {
    "demo": { "backend": "a\u0077z", "öh": "}" },
    "demo": null
  },
  "keys": { "AKID": { "secret": "s", "grants": [ { "bucket": "d*", "actions": ["a,]\""] } ],
    "expires": "2027-01-01T00:00:00" } }
}"#;
    let expected = r#"
4: buckets.demo.backend: no backend is called "awz"; did you mean "aws"?
4: buckets.demo."öh": there is no such key; here can be: backend, bucket, cors, create, policy, prefix, public
5: "demo" is written twice; keep one of them
7: keys.AKID.grants[0].actions[0]: no action is called "a,]\""; write "read", "list", "write", "delete" or an exact name such as "s3:GetObject"
8: keys.AKID.expires: "2027-01-01T00:00:00" is not a moment; write one with its offset, such as 2027-01-01T00:00:00Z
"#;
    check(document, &expected.trim().lines().collect::<Vec<_>>());
}

#[test]
fn a_fault_of_the_syntax_has_its_line() {
    for (text, expected) in [
        ("a = 1\nb =\n", "brigade.toml:2: "),
        ("[server\n", "brigade.toml:1: "),
        ("{\n \"server\": }", "brigade.toml:2: expected value"),
        ("{ \"server\": {} ", "brigade.toml:1: EOF while parsing an object"),
    ] {
        let found = load(text).map(|_| ()).unwrap_err();
        assert!(found.starts_with(expected), "{found}");
    }
}

#[test]
fn columns_count_characters() {
    let text = "[server]\nregion = \"é\" # ß\ndomains = [\"é.x\", \"/\"]";
    let found = Config::load(text, "f", &world()).unwrap_err();
    let places: Vec<_> = found.0.iter().map(|d| (d.line.unwrap(), d.column.unwrap())).collect();
    assert_eq!(places, [(2, 10), (3, 12), (3, 19)]);
}

/// A value that came from the environment or a file is a secret until shown otherwise.
#[test]
fn r_log_01_no_message_quotes_what_a_reference_gave() {
    let documents = [
        "[server]\nlisten = \"REF\"\nadmin = \"REF\"\ndomains = [\"REF \"]\nregion = \"REF/\"\nidle_timeout = \"REF\"",
        "[backends.x]\ntype = \"s3\"\nendpoint = \"ftp://REF\"\nauth = \"REF\"",
        "[backends.x]\ntype = \"REF\"",
        "[buckets.demo]\nbackend = \"REF\"\nbucket = \"/REF\"\npublic = [\"REF\"]",
        "[keys.AKID]\nsecret = \" REF\"\ngrants = [{ bucket = \"REF\", actions = [\"REF\"] }]\nexpires = \"REF\"",
        "[keys.AKID]\nsecret = \"REF\"\npolicy = { Version = \"REF\", Statement = { Sid = \"a\", Effect = \"REF\", \
         Action = \"REF\", Resource = \"REF\" } }",
    ];
    for document in documents {
        for reference in ["${env:SECRET}", "${file:/run/secret}"] {
            let document = format!("{}\n{GOOD}", document.replace("REF", reference));
            let found = load(&document).map(|_| ()).unwrap_err();
            assert!(!found.contains("Zx7"), "{found}");
        }
    }
}

#[test]
fn an_issuer_that_nobody_could_trust_is_refused() {
    check_each(&[
        (
            "[federation]\nissuer = \"https://s3.example.org\"",
            "1: federation.keys: is missing; write for example keys = [\"${file:federation.pem}\"]",
        ),
        (
            "[federation]\nkeys = [\"${file:/run/p256.pem}\"]",
            "1: federation.issuer: is missing; write for example issuer = \"https://s3.example.org\"",
        ),
        (
            "[federation]\nissuer = \"https://s3.example.org\"\nkeys = []",
            "3: federation.keys: is empty; make a key with `brigade keygen --federation rs256 > federation.pem` and write keys = \
             [\"${file:federation.pem}\"]",
        ),
        (
            "[federation]\nissuer = \"http://s3.example.org\"\nkeys = [\"${file:/run/p256.pem}\"]",
            "2: federation.issuer: not an address to be known by: it must begin with https:// (http:// is for localhost, 127.0.0.1 \
             and [::1] only)",
        ),
        (
            "[federation]\nissuer = \"https://s3.example.org\"\nkeys = [\"${file:/run/secret}\"]",
            "3: federation.keys[0]: is not a private key in PEM; make one with `brigade keygen --federation rs256`",
        ),
        (
            "[federation]\nissuer = \"https://s3.example.org\"\nkeys = [\"${file:/run/p256.pem}\", \"${file:/run/p256.pem}\"]",
            "3: federation.keys[1]: is the same key as another; remove one of them",
        ),
        (
            "[federation]\nissuer = \"https://s3.example.org\"\nkeys = [\"${file:/run/nope.pem}\"]",
            "3: federation.keys[0]: cannot read the file /run/nope.pem: no such file",
        ),
    ]);
}

#[test]
fn a_role_that_could_not_be_assumed_is_refused() {
    let issuer = "[federation]\nissuer = \"https://s3.example.org\"\nkeys = [\"${file:/run/p256.pem}\"]\n";
    let backend = |endpoint: &str, auth: &str| {
        format!("[backends.x]\ntype = \"s3\"\nendpoint = \"{endpoint}\"\nauth = {{ {auth} }}\n")
    };
    let amazon = "https://s3.eu-central-1.amazonaws.com";
    let role = "role = \"arn:aws:iam::123456789012:role/data\"";
    check(
        &backend(amazon, role),
        &[
            "4: backends.x.auth.role: needs the section [federation], by which the cloud knows Brigade; write it with issuer and \
           keys, or another auth (docs/federation.md)",
        ],
    );
    let long = "a".repeat(2100);
    let policy = format!("{role}, policy = {{ Version = \"{long}\" }}");
    for (endpoint, auth, expected) in [
        (
            amazon,
            "role = \"data\"",
            "role: not the ARN of a role; write it as arn:aws:iam::ACCOUNT:role/NAME",
        ),
        (
            amazon,
            "subject = \"s\"",
            "role: is missing; write for example role = \"arn:aws:iam::123456789012:role/data\"",
        ),
        (
            "http://ceph:8000",
            role,
            "sts_endpoint: is missing: this store is not Amazon's; write where its STS is, for example sts_endpoint = \
             \"http://127.0.0.1:8000\"",
        ),
        (amazon, &format!("{role}, subject = \"\""), "subject: is empty"),
        (
            amazon,
            &format!("{role}, audience = \" a\""),
            "audience: begins or ends with a space, or holds a control character; remove it",
        ),
        (
            amazon,
            &format!("{role}, session_name = \"a b\""),
            "session_name: a session's name has 2 to 64 of a-z, A-Z, 0-9 and _+=,.@-",
        ),
        (
            amazon,
            &format!("{role}, duration = \"5m\""),
            "duration: \"5m\" is not how long a session can be; write 15m to 12h, such as \"1h\"",
        ),
        (
            amazon,
            &format!("{role}, duration = \"13h\""),
            "duration: \"13h\" is not how long a session can be; write 15m to 12h, such as \"1h\"",
        ),
        (
            amazon,
            &format!("{role}, sts_endpoint = \"ftp://h\""),
            "sts_endpoint: not an endpoint: the scheme must be http or https",
        ),
        (
            amazon,
            &format!("{role}, audiance = \"a\""),
            "audiance: there is no such key; did you mean \"audience\"?",
        ),
        (amazon, &policy, "policy: has 2114 characters without spaces; a session policy has at most 2048"),
    ] {
        let document = format!("{issuer}{}", backend(endpoint, auth));
        check(&document, &[&format!("7: backends.x.auth.{expected}")]);
    }
}
