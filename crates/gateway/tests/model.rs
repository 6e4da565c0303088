//! A reference model: who may do what, written a second time, plainly, and held against the gateway.
//!
//! [`objections`] names every reason to refuse a request. One without any must reach the store under the right name, and one
//! with some must be refused for one of them, without the store hearing of it. Nothing here is shared with the policy crate or
//! the operation table.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on must fail"
)]

use brigade_testkit::{Ask, NOW, Recorder, Said, Signer, World, encode, encode_path, keys};
use proptest::prelude::*;
use proptest::sample::select;

/// Who asks, and how well they can prove it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    Anonymous,
    Full,
    Reader,
    Team,
    Nobody,
    Unknown,
    Disabled,
    Expired,
    Impostor,
    Late,
}

/// What is asked.
#[derive(Clone, Debug)]
struct Request {
    caller: Caller,
    presigned: bool,
    hosted: bool,
    method: &'static str,
    bucket: Option<&'static str>,
    key: Option<&'static str>,
    query: Vec<(&'static str, &'static str)>,
    source: Option<(&'static str, &'static str, bool)>,
    headers: Vec<(&'static str, &'static str)>,
    batch: Vec<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    ListBuckets,
    HeadBucket,
    Location,
    List,
    ListUploads,
    DeleteMany,
    Read,
    Put,
    Copy,
    Delete,
    CreateUpload,
    PutPart,
    CopyPart,
    CompleteUpload,
    AbortUpload,
    ListParts,
    ListVersions,
    /// An object's tags, which go with the right of this letter; those of a version to write with none.
    Tags(char),
    /// What no caller here is granted: buckets to make and remove, their configuration, ACLs.
    Closed,
}

/// What must happen.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// Refused, for one of these.
    Refused(Vec<&'static str>),
    /// Answered without the store.
    Answered,
    /// The store is asked for this path, with these parts of its request.
    Forwarded { path: String, source: String, keys: Vec<String>, prefix: Option<String> },
    /// One store is read at `source`, and another written at `path`.
    Relayed { path: String, source: String },
}

fn decide(request: &Request) -> Verdict {
    let objections = objections(request);
    if !objections.is_empty() {
        return Verdict::Refused(objections);
    }
    let operation = operation(request).unwrap();
    let Some(bucket) = request.bucket else { return Verdict::Answered };
    let (stored, folder) = mapping(bucket).unwrap();
    let keys: Vec<String> = if operation == Operation::DeleteMany {
        let scope = granted(request.caller, bucket, 'd').unwrap();
        let may = |key: &&&str| key.starts_with(scope) && !asks_more(request, bucket, key);
        request.batch.iter().filter(may).map(|key| format!("{folder}{key}")).collect()
    } else {
        Vec::new()
    };
    if operation == Operation::Location || (operation == Operation::DeleteMany && keys.is_empty()) {
        return Verdict::Answered;
    }
    let path = match request.key {
        Some(key) => format!("/{stored}/{}", encode_path(format!("{folder}{key}"))),
        None => format!("/{stored}"),
    };
    let source = request.source.map_or(String::new(), |(bucket, key, versioned)| {
        let (stored, folder) = mapping(bucket).unwrap();
        let version = if versioned { "?versionId=v" } else { "" };
        format!("/{stored}/{}{version}", encode_path(format!("{folder}{key}")))
    });
    if let Some((from, ..)) = request.source
        && (from == "elsewhere") != (bucket == "elsewhere")
    {
        return Verdict::Relayed { path, source };
    }
    let lists = matches!(operation, Operation::List | Operation::ListUploads | Operation::ListVersions);
    let prefix = lists.then(|| format!("{folder}{}", value(request, "prefix")));
    Verdict::Forwarded { path, source, keys, prefix }
}

/// Whether the tags of a copy's source are looked at first: the caller may read the object, which is public, and not those.
fn looks_at_tags(request: &Request) -> bool {
    let reads = |(bucket, key, _): (&'static str, &'static str, bool)| {
        granted(request.caller, bucket, 'r').is_some_and(|scope| key.starts_with(scope))
    };
    operation(request) == Ok(Operation::Copy) && !request.source.is_some_and(reads)
}

/// Every reason to refuse a request. Who cannot prove who they are hears of nothing else.
fn objections(request: &Request) -> Vec<&'static str> {
    match request.caller {
        Caller::Unknown | Caller::Disabled | Caller::Expired => return vec!["403 InvalidAccessKeyId"],
        Caller::Impostor => return vec!["403 SignatureDoesNotMatch"],
        Caller::Late if request.presigned => return vec!["403 AccessDenied"],
        Caller::Late => return vec!["403 RequestTimeTooSkewed"],
        Caller::Anonymous | Caller::Full | Caller::Reader | Caller::Team | Caller::Nobody => {}
    }
    let mut objections = Vec::new();
    for (at, (name, value)) in request.query.iter().enumerate() {
        if request.query[..at].iter().any(|(seen, _)| seen == name) {
            objections.push("400 InvalidArgument");
        }
        match (*name, *value) {
            ("partNumber", "0" | "10001" | "x") | ("list-type", "3") | ("max-keys", "x") => {
                objections.push("400 InvalidArgument");
            }
            ("uploadId", "") => objections.push("404 NoSuchUpload"),
            (name, _) if name.starts_with("response-") && request.caller == Caller::Anonymous => {
                objections.push("400 InvalidRequest");
            }
            _ => {}
        }
    }
    if request.headers.iter().any(|(name, _)| *name == "x-amz-mfa") {
        objections.push("501 NotImplemented");
    }
    if matches!(request.bucket, Some("Private" | "pri_vate")) {
        objections.push("400 InvalidBucketName");
    }
    match operation(request) {
        Err(objection) => objections.extend(objection),
        Ok(operation) => objections.extend(permissions(request, operation)),
    }
    objections
}

/// The operation of a request, from its method, what it names and its parameters.
fn operation(request: &Request) -> Result<Operation, Vec<&'static str>> {
    use Operation as Op;
    let mut names: Vec<&str> = request.query.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    let only = |needs: &[&str], may: &[&str]| {
        needs.iter().all(|name| names.contains(name))
            && names.iter().all(|name| needs.contains(name) || may.contains(name))
    };
    let reading = ["versionId", "partNumber", "response-content-type"];
    let copies = request.source.is_some();
    let level = match (request.bucket, request.key) {
        (None, _) => "service",
        (Some(_), None) => "bucket",
        (Some(_), Some(_)) => "object",
    };
    let found = match (request.method, level) {
        ("GET", "service") if only(&[], &["prefix"]) => Op::ListBuckets,
        ("HEAD", "bucket") if only(&[], &[]) => Op::HeadBucket,
        ("GET", "bucket") if only(&["location"], &[]) => Op::Location,
        ("GET", "bucket") if only(&[], &["prefix", "marker", "delimiter", "max-keys"]) => Op::List,
        ("GET", "bucket") if only(&["list-type"], &["prefix", "start-after", "delimiter", "max-keys"]) => {
            Op::List
        }
        ("GET", "bucket") if only(&["uploads"], &["prefix", "delimiter"]) => Op::ListUploads,
        ("GET", "bucket") if only(&["versions"], &["prefix", "delimiter", "max-keys"]) => Op::ListVersions,
        ("POST", "bucket") if only(&["delete"], &[]) => Op::DeleteMany,
        ("PUT" | "DELETE", "bucket") if only(&[], &[]) => Op::Closed,
        ("GET" | "PUT" | "DELETE", "bucket") if only(&["policy"], &[]) || only(&["tagging"], &[]) => {
            Op::Closed
        }
        ("GET" | "PUT", "bucket") if only(&["acl"], &[]) => Op::Closed,
        ("GET" | "PUT", "object") if only(&["acl"], &["versionId"]) => Op::Closed,
        ("GET", "object") if only(&["tagging"], &["versionId"]) => Op::Tags('r'),
        ("PUT", "object") if only(&["tagging"], &["versionId"]) => Op::Tags('w'),
        ("DELETE", "object") if only(&["tagging"], &["versionId"]) => Op::Tags('d'),
        ("GET" | "HEAD", "object") if only(&[], &reading) => Op::Read,
        ("GET", "object") if only(&["uploadId"], &[]) => Op::ListParts,
        ("PUT", "object") if only(&[], &[]) && copies => Op::Copy,
        ("PUT", "object") if only(&[], &[]) => Op::Put,
        ("PUT", "object") if only(&["partNumber", "uploadId"], &[]) && copies => Op::CopyPart,
        ("PUT", "object") if only(&["partNumber", "uploadId"], &[]) => Op::PutPart,
        ("DELETE", "object") if only(&[], &["versionId"]) => Op::Delete,
        ("DELETE", "object") if only(&["uploadId"], &[]) => Op::AbortUpload,
        ("POST", "object") if only(&["uploads"], &[]) => Op::CreateUpload,
        ("POST", "object") if only(&["uploadId"], &[]) => Op::CompleteUpload,
        _ => return Err(unserved(request, &names)),
    };
    if copies && !matches!(found, Op::Copy | Op::CopyPart) {
        return Err(unserved(request, &names));
    }
    Ok(found)
}

fn unserved(request: &Request, names: &[&str]) -> Vec<&'static str> {
    if request.method == "PATCH" {
        vec!["405 MethodNotAllowed"]
    } else if request.method == "POST"
        && names.is_empty()
        && request.bucket.is_some()
        && request.key.is_none()
    {
        // An upload form, if it were one.
        vec!["412 PreconditionFailed", "501 NotImplemented"]
    } else if names.contains(&"partNumber") || names.contains(&"uploadId") {
        vec!["501 NotImplemented", "400 InvalidArgument"]
    } else {
        vec!["501 NotImplemented"]
    }
}

fn permissions(request: &Request, operation: Operation) -> Vec<&'static str> {
    use Operation as Op;
    let Some(bucket) = request.bucket else { return Vec::new() };
    let key = request.key.unwrap_or_default();
    let caller = request.caller;
    let within =
        |right: char, name: &str| granted(caller, bucket, right).is_some_and(|scope| name.starts_with(scope));
    let versioned = request.query.iter().any(|(name, _)| *name == "versionId");
    let open = is_public(bucket);
    let prefix = value(request, "prefix");
    let allowed = match operation {
        Op::ListBuckets => true,
        Op::HeadBucket => open || granted(caller, bucket, 'l').is_some(),
        Op::Location => granted(caller, bucket, 'l').is_some(),
        Op::List => open || within('l', prefix),
        Op::ListUploads | Op::ListVersions => within('l', prefix),
        Op::Tags('w') if versioned => false,
        Op::Tags(right) => within(right, key),
        Op::Closed => false,
        Op::DeleteMany => granted(caller, bucket, 'd').is_some(),
        Op::Read => (open && !versioned) || within('r', key),
        Op::Delete => within('d', key),
        Op::Put | Op::CreateUpload | Op::PutPart | Op::CompleteUpload | Op::AbortUpload | Op::ListParts => {
            within('w', key)
        }
        Op::Copy | Op::CopyPart => {
            let (from, name, versioned) = request.source.unwrap();
            let readable = (is_public(from) && !versioned)
                || granted(caller, from, 'r').is_some_and(|scope| name.starts_with(scope));
            within('w', key) && readable
        }
    };
    let mut objections = Vec::new();
    let more = !matches!(operation, Op::DeleteMany | Op::ListBuckets) && asks_more(request, bucket, key);
    if !allowed || more {
        objections.push("403 AccessDenied");
    }
    objections
}

/// The prefix under which a caller has a right in a bucket: `r`ead, `l`ist, `w`rite, `d`elete.
fn granted(caller: Caller, bucket: &str, right: char) -> Option<&'static str> {
    match (caller, bucket) {
        (Caller::Full, "private" | "public" | "mapped" | "open" | "elsewhere") => Some(""),
        (Caller::Reader, "private" | "public" | "mapped" | "open" | "elsewhere") if "rl".contains(right) => {
            Some("")
        }
        (Caller::Team, "private" | "mapped") => Some("team/"),
        _ => None,
    }
}

fn is_public(bucket: &str) -> bool {
    ["public", "open"].contains(&bucket)
}

/// The store's name of a bucket, and what comes before its keys there.
fn mapping(bucket: &str) -> Option<(&'static str, &'static str)> {
    Some(match bucket {
        "private" => ("store-private", ""),
        "public" => ("store-public", ""),
        "mapped" => ("store-shared", "tenants/a/"),
        "open" => ("store-shared", "tenants/b/"),
        "elsewhere" => ("store-elsewhere", ""),
        _ => return None,
    })
}

/// Whether a header asks for more than the caller may: an ACL is nobody's to set here, and a lock neither; tags go with the
/// right to write, and are an object's.
fn asks_more(request: &Request, bucket: &str, key: &str) -> bool {
    request.headers.iter().any(|header| match *header {
        ("x-amz-acl", acl) => acl != "private",
        ("x-amz-object-lock-mode" | "x-amz-bypass-governance-retention", _) => true,
        ("x-amz-tagging", _) => {
            key.is_empty()
                || !granted(request.caller, bucket, 'w').is_some_and(|scope| key.starts_with(scope))
        }
        _ => false,
    })
}

fn value(request: &Request, name: &str) -> &'static str {
    request.query.iter().find(|(n, _)| *n == name).map_or("", |(_, value)| value)
}

/// The request as bytes, signed as its caller signs.
fn written(request: &Request) -> Ask {
    let mut target = match (request.bucket, request.hosted) {
        (Some(bucket), false) => format!("/{bucket}"),
        _ => String::new(),
    };
    target.push_str(&match request.key {
        Some(key) => format!("/{}", encode_path(key)),
        None if target.is_empty() => "/".to_owned(),
        None => String::new(),
    });
    for (at, (name, value)) in request.query.iter().enumerate() {
        target.push(if at == 0 { '?' } else { '&' });
        target.push_str(name);
        if !value.is_empty() {
            target.push_str(&format!("={}", encode(value)));
        }
    }
    let mut ask = Ask::new(request.method, &target);
    if let (Some(bucket), true) = (request.bucket, request.hosted) {
        ask = ask.set("host", &format!("{bucket}.gateway.test"));
    }
    if let Some((bucket, key, versioned)) = request.source {
        let version = if versioned { "?versionId=v" } else { "" };
        ask = ask.header("x-amz-copy-source", &format!("/{bucket}/{}{version}", encode_path(key)));
    }
    for (name, value) in &request.headers {
        ask = ask.header(name, value);
    }
    let names: Vec<_> = request.query.iter().map(|(name, _)| *name).collect();
    ask = match request.method {
        "POST" if names.contains(&"delete") => {
            let objects: String =
                request.batch.iter().map(|key| format!("<Object><Key>{key}</Key></Object>")).collect();
            ask.body(format!("<Delete>{objects}</Delete>"))
        }
        "POST" if names.contains(&"uploadId") => ask.body(
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>",
        ),
        "PUT" if names.contains(&"tagging") || names.contains(&"acl") => ask.body("<Document/>"),
        "PUT" if request.source.is_none() && request.key.is_some() => ask.body("body"),
        _ => ask,
    };
    let sign = |signer: Signer| {
        if request.presigned { ask.clone().presign(&signer, 60) } else { ask.clone().sign(&signer) }
    };
    match request.caller {
        Caller::Anonymous => ask,
        Caller::Full => sign(keys::full()),
        Caller::Reader => sign(keys::reader()),
        Caller::Team => sign(keys::team()),
        Caller::Nobody => sign(keys::nobody()),
        Caller::Unknown => sign(keys::unknown()),
        Caller::Disabled => sign(keys::disabled()),
        Caller::Expired => sign(keys::expired()),
        Caller::Impostor => sign(Signer { secret: "guessed".into(), ..keys::full() }),
        Caller::Late => sign(keys::full().at(NOW - 16 * 60)),
    }
}

fn request() -> impl Strategy<Value = Request> {
    const KEYS: [&str; 11] = [
        "team/a",
        "team/b",
        "team/sub/c",
        "team/",
        "team",
        "team2/x",
        "TEAM/a",
        "secret",
        "/team/a",
        "team/../secret",
        "team/k=v (1)+%",
    ];
    const BUCKETS: [&str; 11] = [
        "private",
        "private",
        "private",
        "mapped",
        "mapped",
        "public",
        "open",
        "forbidden",
        "elsewhere",
        "absent",
        "Private",
    ];
    let caller = select(vec![
        Caller::Anonymous,
        Caller::Anonymous,
        Caller::Anonymous,
        Caller::Anonymous,
        Caller::Full,
        Caller::Full,
        Caller::Full,
        Caller::Full,
        Caller::Full,
        Caller::Full,
        Caller::Reader,
        Caller::Reader,
        Caller::Team,
        Caller::Team,
        Caller::Team,
        Caller::Team,
        Caller::Team,
        Caller::Team,
        Caller::Nobody,
        Caller::Unknown,
        Caller::Disabled,
        Caller::Expired,
        Caller::Impostor,
        Caller::Late,
    ]);
    let parameter = select(vec![
        ("prefix", "team/"),
        ("prefix", "team/sub"),
        ("prefix", "team"),
        ("prefix", ""),
        ("prefix", "secret"),
        ("marker", "z"),
        ("start-after", "a"),
        ("delimiter", "/"),
        ("max-keys", "5"),
        ("max-keys", "x"),
        ("versionId", "v"),
        ("partNumber", "0"),
        ("partNumber", "10001"),
        ("uploadId", ""),
        ("tagging", ""),
        ("acl", ""),
        ("policy", ""),
        ("list-type", "3"),
        ("location", ""),
        ("uploads", ""),
        ("versions", ""),
        ("delete", ""),
        ("response-content-type", "text/x"),
        ("unheard-of", "1"),
    ]);
    // Every operation in its own form, and then some that are none: method, whether it names a key, whether it copies, query.
    let form = select(vec![
        ("GET", true, false, vec![]),
        ("GET", true, false, vec![("versionId", "v")]),
        ("GET", true, false, vec![("partNumber", "1")]),
        ("GET", true, false, vec![("response-content-type", "text/x")]),
        ("HEAD", true, false, vec![]),
        ("PUT", true, false, vec![]),
        ("PUT", true, true, vec![]),
        ("DELETE", true, false, vec![]),
        ("DELETE", true, false, vec![("versionId", "v")]),
        ("POST", true, false, vec![("uploads", "")]),
        ("PUT", true, false, vec![("partNumber", "1"), ("uploadId", "u")]),
        ("PUT", true, true, vec![("partNumber", "1"), ("uploadId", "u")]),
        ("POST", true, false, vec![("uploadId", "u")]),
        ("DELETE", true, false, vec![("uploadId", "u")]),
        ("GET", true, false, vec![("uploadId", "u")]),
        ("HEAD", false, false, vec![]),
        ("GET", false, false, vec![("location", "")]),
        ("GET", false, false, vec![]),
        ("GET", false, false, vec![("prefix", "team/")]),
        ("GET", false, false, vec![("list-type", "2")]),
        ("GET", false, false, vec![("list-type", "2"), ("prefix", "team/")]),
        ("GET", false, false, vec![("list-type", "2"), ("prefix", "team")]),
        ("GET", false, false, vec![("uploads", ""), ("prefix", "team/sub")]),
        ("GET", false, false, vec![("versions", ""), ("prefix", "team/sub")]),
        ("GET", true, false, vec![("tagging", "")]),
        ("PUT", true, false, vec![("tagging", "")]),
        ("PUT", true, false, vec![("tagging", ""), ("versionId", "v")]),
        ("DELETE", true, false, vec![("tagging", "")]),
        ("PUT", true, false, vec![("acl", "")]),
        ("PUT", false, false, vec![]),
        ("PUT", false, false, vec![("policy", "")]),
        ("POST", false, false, vec![("delete", "")]),
        ("POST", false, false, vec![("delete", "")]),
    ]);
    let any_form = (
        select(vec!["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH"]),
        any::<bool>(),
        prop::bool::weighted(0.2),
        prop::collection::vec(parameter.clone(), 0..3),
    );
    let form = prop_oneof![4 => form, 1 => any_form];
    let more = prop_oneof![6 => Just(Vec::new()), 1 => prop::collection::vec(parameter, 1..3)];
    let source = (
        select(vec!["private", "private", "mapped", "public", "forbidden", "elsewhere", "absent"]),
        select(KEYS.to_vec()),
        prop::bool::weighted(0.2),
    );
    let header = select(vec![
        ("x-amz-acl", "public-read"),
        ("x-amz-acl", "private"),
        ("x-amz-tagging", "a=b"),
        ("x-amz-object-lock-mode", "GOVERNANCE"),
        ("x-amz-bypass-governance-retention", "true"),
        ("x-amz-mfa", "1 2"),
        ("x-amz-meta-a", "1"),
        ("cookie", "a=b"),
        ("x-forwarded-host", "private.gateway.test"),
    ]);
    let headers = prop_oneof![4 => Just(Vec::new()), 1 => prop::collection::vec(header, 1)];
    let bucket = prop::option::weighted(0.97, select(BUCKETS.to_vec()));
    let batch = prop::collection::vec(select(KEYS.to_vec()), 1..4);
    let how = (any::<bool>(), prop::bool::weighted(0.2));
    (caller, how, form, more, bucket, select(KEYS.to_vec()), source, headers, batch).prop_map(
        |(caller, (presigned, hosted), form, more, bucket, key, source, headers, mut batch)| {
            let (method, on_object, copies, mut query) = form;
            query.extend(more);
            batch.dedup();
            Request {
                caller,
                presigned,
                // A host is written in lower case, and no bucket's name has capitals.
                hosted: hosted && bucket.is_some_and(|bucket| bucket != "Private"),
                method,
                bucket,
                key: bucket.filter(|_| on_object).map(|_| key),
                query,
                source: copies.then_some(source),
                headers,
                batch,
            }
        },
    )
}

fn check(world: &World<Recorder>, runtime: &tokio::runtime::Runtime, request: &Request) {
    let verdict = decide(request);
    let scouted = matches!(verdict, Verdict::Forwarded { .. }) && looks_at_tags(request);
    if scouted {
        world.upstream.say(Said::new(200, "<Tagging><TagSet/></Tagging>"));
    }
    let answer = runtime.block_on(world.send(written(request)));
    let mut sent = world.upstream.sent();
    match verdict {
        Verdict::Refused(objections) => {
            assert!(sent.is_empty(), "{request:?} reached the store: {sent:?}, in spite of {objections:?}");
            let verdict = answer.verdict();
            let fits = objections.iter().any(|objection| {
                *objection == verdict || request.method == "HEAD" && objection.starts_with(&verdict)
            });
            assert!(fits, "{request:?}: {verdict}, not {objections:?}");
        }
        Verdict::Answered => {
            assert!(sent.is_empty(), "{request:?}: {sent:?}");
            assert_eq!(answer.status, 200, "{request:?}: {answer:?}");
        }
        Verdict::Relayed { path, source } => {
            // A part's upload is looked at first, and of that this store says nothing.
            let part = request.query.iter().any(|(name, _)| *name == "uploadId");
            let expect: &[_] = if part { &[("GET", &path)] } else { &[("GET", &source), ("PUT", &path)] };
            let found: Vec<_> = sent.iter().map(|sent| (sent.method.as_str(), sent.target())).collect();
            let fits = |((method, target), (expected, at)): (&(&str, &str), &(&str, &String))| {
                method == expected && target.split("?uploadId").next() == Some(at.as_str())
            };
            assert_eq!(found.len(), expect.len(), "{request:?}: {found:?}");
            assert!(found.iter().zip(expect).all(fits), "{request:?}: {found:?}, not {expect:?}");
            for sent in &sent {
                assert_eq!(sent.header("x-amz-copy-source"), "", "{request:?}");
                sent.verify(&keys::backend()).unwrap_or_else(|why| panic!("{request:?}: {why}"));
            }
        }
        Verdict::Forwarded { path, source, keys, prefix } => {
            if scouted {
                let first = sent.remove(0);
                let at = source.split('?').next().unwrap();
                assert_eq!((first.method.as_str(), first.uri.path()), ("GET", at), "{request:?}");
                assert!(first.uri.query().is_some_and(|query| query.starts_with("tagging")), "{request:?}");
            }
            assert_eq!(sent.len(), 1, "{request:?}: {answer:?}");
            let sent = &sent[0];
            assert_eq!(
                (sent.method.as_str(), sent.uri.path()),
                (request.method, path.as_str()),
                "{request:?}"
            );
            assert_eq!(sent.header("x-amz-copy-source"), source, "{request:?}");
            let body = String::from_utf8_lossy(&sent.body).into_owned();
            let named: Vec<_> = body
                .split("<Key>")
                .skip(1)
                .map(|rest| rest.split("</Key>").next().unwrap().to_owned())
                .collect();
            assert_eq!(named, keys, "{request:?}");
            if let Some(prefix) = prefix {
                let query = sent.uri.query().unwrap_or_default();
                let found: Vec<_> =
                    query.split('&').filter_map(|pair| pair.strip_prefix("prefix=")).collect();
                let expect = encode(&prefix);
                let fits = found == [expect.as_str()] || (found.is_empty() && prefix.is_empty());
                assert!(fits, "{request:?}: {query}");
            }
            sent.verify(&keys::backend()).unwrap_or_else(|why| panic!("{request:?}: {why}"));
        }
    }
}

#[test]
fn the_gateway_decides_as_the_model_does() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let world = World::remote();
    let mut counts = [0; 3];
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 20_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let counted = std::cell::RefCell::new(&mut counts);
    let outcome = runner.run(&request(), |request| {
        let kind = match decide(&request) {
            Verdict::Refused(_) => 0,
            Verdict::Answered => 1,
            Verdict::Forwarded { .. } | Verdict::Relayed { .. } => 2,
        };
        counted.borrow_mut()[kind] += 1;
        check(&world, &runtime, &request);
        Ok(())
    });
    outcome.unwrap_or_else(|why| panic!("{why}"));
    // A model that is never asked for anything that is allowed proves nothing.
    assert!(counts.iter().all(|count| *count > 100), "refused, answered, forwarded: {counts:?}");
}
