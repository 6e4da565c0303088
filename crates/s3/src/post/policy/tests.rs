use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::super::fields::Field;
use super::*;

/// 2015-12-29T00:00:00Z.
const NOW: Timestamp = Timestamp::from_unix(1_451_347_200);
const UNTIL: &str = "2015-12-30T12:00:00.000Z";

fn form(fields: &[(&str, &str)]) -> PostForm {
    let fields = fields.iter().map(|(n, v)| Field { name: (*n).into(), value: (*v).into() });
    PostForm::new(fields.collect(), None, 0).unwrap()
}

fn policy(conditions: &str) -> String {
    format!("{{\"expiration\": \"{UNTIL}\", \"conditions\": [{conditions}]}}")
}

/// What becomes of a form with these fields, posted to `demo`, under a policy with these conditions besides bucket and key.
fn admitted(conditions: &str, fields: &[(&str, &str)]) -> Result<Sizes, String> {
    let more = if conditions.is_empty() { String::new() } else { format!(", {conditions}") };
    let text = policy(&format!("{{\"bucket\": \"demo\"}}, [\"starts-with\", \"$key\", \"user/\"]{more}"));
    let policy = PostPolicy::parse(text.as_bytes()).map_err(|fault| fault.to_string())?;
    let fields: Vec<_> = [("key", "user/a")].into_iter().chain(fields.iter().copied()).collect();
    policy.admit(&form(&fields), "demo", NOW).map_err(|why| why.to_string())
}

fn failed(condition: &str) -> Result<Sizes, String> {
    Err(format!("Invalid according to Policy: Policy Condition failed: {condition}"))
}

fn extra(name: &str) -> Result<Sizes, String> {
    Err(format!("Invalid according to Policy: Extra input fields: {name}"))
}

#[test]
fn every_condition_must_hold() {
    let any = || Ok(Sizes::ANY);
    type Fields<'a> = &'a [(&'a str, &'a str)];
    let table: Vec<(&str, Fields<'_>, Result<Sizes, String>)> = vec![
        ("", &[], any()),
        // Exact matches, in both spellings.
        (r#"{"acl": "public-read"}"#, &[("acl", "public-read")], any()),
        (r#"["eq", "$acl", "public-read"]"#, &[("acl", "public-read")], any()),
        (r#"{"acl": "public-read"}"#, &[("acl", "Public-Read")], failed(r#"["eq", "$acl", "public-read"]"#)),
        (r#"{"acl": "public-read"}"#, &[], failed(r#"["eq", "$acl", "public-read"]"#)),
        (r#"["eq", "$acl", ""]"#, &[("acl", "private")], failed(r#"["eq", "$acl", ""]"#)),
        // A condition without its dollar names nothing.
        (r#"["eq", "acl", "private"]"#, &[("acl", "private")], failed(r#"["eq", "acl", "private"]"#)),
        // Prefixes.
        (r#"["starts-with", "$x-amz-meta-a", "b"]"#, &[("x-amz-meta-a", "bc")], any()),
        (
            r#"["starts-with", "$x-amz-meta-a", "b"]"#,
            &[("x-amz-meta-a", "cb")],
            failed(r#"["starts-with", "$x-amz-meta-a", "b"]"#),
        ),
        (
            r#"["starts-with", "$x-amz-meta-a", "b"]"#,
            &[("x-amz-meta-a", "B")],
            failed(r#"["starts-with", "$x-amz-meta-a", "b"]"#),
        ),
        // Any value, but a value; and the field that is free is this one alone.
        (
            r#"["starts-with", "$success_action_redirect", ""]"#,
            &[("success_action_redirect", "http://x")],
            any(),
        ),
        (r#"["starts-with", "$x-amz-meta-a", ""]"#, &[("x-amz-meta-a", "")], any()),
        (r#"["starts-with", "$Content-Type", ""]"#, &[], failed(r#"["starts-with", "$Content-Type", ""]"#)),
        (
            r#"["starts-with", "$x-amz-meta-a", ""]"#,
            &[("x-amz-meta-a", "1"), ("x-amz-meta-b", "1")],
            extra("x-amz-meta-b"),
        ),
        // A Content-Type with commas is a list.
        (
            r#"["starts-with", "$Content-Type", "image/"]"#,
            &[("Content-Type", "image/jpg,image/png, image/gif")],
            any(),
        ),
        (
            r#"["starts-with", "$Content-Type", "image/"]"#,
            &[("Content-Type", "image/jpg,text/html")],
            failed(r#"["starts-with", "$Content-Type", "image/"]"#),
        ),
        (r#"["starts-with", "$x-amz-meta-a", "b"]"#, &[("x-amz-meta-a", "b,c")], any()),
        // Names in any case, of fields, of conditions and of operators.
        (
            r#"["StArTs-WiTh", "$CoNtEnT-TyPe", "text/"], ["EQ", "$AcL", "private"]"#,
            &[("content-type", "text/plain"), ("ACL", "private")],
            any(),
        ),
        // Several conditions on one field.
        (
            r#"["starts-with", "$key", "user/a"], {"key": "user/b"}"#,
            &[],
            failed(r#"["eq", "$key", "user/b"]"#),
        ),
        // Every field must be named, with four exceptions.
        ("", &[("acl", "private")], extra("acl")),
        ("", &[("StorageClass", "x")], extra("StorageClass")),
        ("", &[("x-amz-security-token", "t")], extra("x-amz-security-token")),
        ("", &[("X-Ignore-a", "1"), ("Policy", "x"), ("X-Amz-Signature", "y")], any()),
        (
            r#"["content-length-range", 0, 1]"#,
            &[("content-length-range", "1")],
            extra("content-length-range"),
        ),
        // The bucket is the one that is addressed, whatever a field says.
        ("", &[("bucket", "demo")], any()),
        ("", &[("bucket", "other")], failed(r#"["eq", "$bucket", "demo"]"#)),
        // Quotes in a failed condition.
        (
            r#"{"Content-Disposition": "filename=\"a\""}"#,
            &[("Content-Disposition", "x")],
            failed(r#"["eq", "$Content-Disposition", "filename=\"a\""]"#),
        ),
        // Sizes: numbers, or numbers in strings; all of them hold.
        (r#"["content-length-range", 5, 10]"#, &[], Ok(Sizes { min: 5, max: 10 })),
        (r#"["Content-Length-Range", "5", "10"]"#, &[], Ok(Sizes { min: 5, max: 10 })),
        (
            r#"["content-length-range", 5, 10], ["content-length-range", 0, 7]"#,
            &[],
            Ok(Sizes { min: 5, max: 7 }),
        ),
        (
            r#"["content-length-range", "test", "10"]"#,
            &[],
            failed(r#"["content-length-range", "test", "10"]"#),
        ),
        (r#"["content-length-range", -1, 10]"#, &[], failed(r#"["content-length-range", "-1", "10"]"#)),
        (
            r#"["content-length-range", 0, 99999999999999999999]"#,
            &[],
            Err("Invalid Policy: Invalid JSON.".into()),
        ),
        // The escapes that JSON does not know.
        (r#"{"x-amz-meta-a": "\$1\v"}"#, &[("x-amz-meta-a", "$1\u{b}")], any()),
        (r#"{"x-amz-meta-a": "\\$1"}"#, &[("x-amz-meta-a", "\\$1")], any()),
    ];
    for (conditions, fields, expect) in table {
        assert_eq!(admitted(conditions, fields), expect, "{conditions} {fields:?}");
    }
}

#[test]
fn what_is_no_policy() {
    let missing = |what| Err(PolicyFault::Missing(what));
    for (text, expect) in [
        (policy(r#"{"bucket": "b"}"#), Ok(())),
        ("".into(), Err(PolicyFault::Json)),
        ("[]".into(), Err(PolicyFault::Json)),
        ("{\"expiration\": ".into(), Err(PolicyFault::Json)),
        (policy(r#"{"bucket": "b"},"#), Err(PolicyFault::Json)),
        (policy(r#"["content-length-range", 0, 512.0]"#), Err(PolicyFault::Json)),
        (policy(r#"{"success_action_redirect": null}"#), Err(PolicyFault::Json)),
        ("{}".into(), missing("expiration")),
        (format!("{{\"expiration\": \"{UNTIL}\"}}"), missing("conditions")),
        ("{\"conditions\": []}".into(), missing("expiration")),
        (policy("").replace("expiration", "EXPIRATION"), Err(PolicyFault::Unexpected("EXPIRATION".into()))),
        (policy("").replace("conditions", "Conditions"), Err(PolicyFault::Unexpected("Conditions".into()))),
        (
            policy("").replace("{\"exp", "{\"Version\": 1, \"exp"),
            Err(PolicyFault::Unexpected("Version".into())),
        ),
        (
            policy("").replace("{\"exp", "{\"expiration\": \"2100-01-01T00:00:00Z\", \"exp"),
            Err(PolicyFault::Repeated("expiration")),
        ),
        (
            policy("").replace("{\"exp", "{\"conditions\": [], \"exp"),
            Err(PolicyFault::Repeated("conditions")),
        ),
        (
            policy("").replace(UNTIL, "2015-12-30 12:00:00"),
            Err(PolicyFault::Expiration("2015-12-30 12:00:00".into())),
        ),
        (
            policy("").replace(UNTIL, "2015-12-30T12:00:00+02:00"),
            Err(PolicyFault::Expiration("2015-12-30T12:00:00+02:00".into())),
        ),
        (
            policy("").replace(&format!("\"{UNTIL}\""), "1451347200"),
            Err(PolicyFault::Expiration(String::new())),
        ),
        (policy("").replace("[]", "{}"), Err(PolicyFault::Conditions)),
        (policy("\"bucket\""), Err(PolicyFault::Kind)),
        (policy("{}"), Err(PolicyFault::SimpleProperties)),
        (policy(r#"{"bucket": "b", "acl": "private"}"#), Err(PolicyFault::SimpleProperties)),
        (policy(r#"{"acl": "public-read", "acl": "private"}"#), Err(PolicyFault::SimpleProperties)),
        (policy(r#"{"Content-Length": 6199034}"#), Err(PolicyFault::SimpleValue)),
        (policy("[]"), Err(PolicyFault::NoOperation)),
        (policy("[1, 2, 3]"), Err(PolicyFault::NoOperation)),
        (policy(r#"["ends-with", "$key", "a"]"#), Err(PolicyFault::Operation("ends-with".into()))),
        (policy(r#"["eq", "$key"]"#), Err(PolicyFault::Arguments("eq"))),
        (policy(r#"["starts-with", "$key", "a", "b"]"#), Err(PolicyFault::Arguments("starts-with"))),
        (policy(r#"["content-length-range", 1]"#), Err(PolicyFault::Arguments("content-length-range"))),
        (policy(r#"["eq", "$key", 1]"#), Err(PolicyFault::ArgumentKind("eq"))),
        (
            policy(r#"["content-length-range", [], 1]"#),
            Err(PolicyFault::ArgumentKind("content-length-range")),
        ),
    ] {
        assert_eq!(PostPolicy::parse(text.as_bytes()).map(|_| ()), expect, "{text}");
    }
}

#[test]
fn base64_is_read_with_or_without_its_padding_and_line_breaks() {
    let encoded = BASE64_STANDARD.encode(policy("[\"eq\", \"$a\", \"1\"]"));
    let unpadded = encoded.trim_end_matches('=');
    let wrapped = encoded.replacen('J', "\r\nJ", 3) + "\n";
    for text in [encoded.as_str(), unpadded, &wrapped] {
        assert!(PostPolicy::read(text).is_ok(), "{text}");
    }
    for text in ["%%%", "e30", &encoded.replace('J', "-")] {
        assert!(PostPolicy::read(text).is_err(), "{text}");
    }
}

#[test]
fn a_policy_ends_when_it_says() {
    let text = policy(r#"{"bucket": "demo"}, {"key": "a"}"#);
    let policy = PostPolicy::parse(text.as_bytes()).unwrap();
    let until = Timestamp::parse_iso8601(UNTIL).unwrap();
    let at = |offset: u64| Timestamp::from_unix(until.as_unix() - 1 + offset);
    for (now, expect) in
        [(at(0), Ok(Sizes::ANY)), (at(1), Ok(Sizes::ANY)), (at(2), Err(NotAdmitted::Expired))]
    {
        assert_eq!(policy.admit(&form(&[("key", "a")]), "demo", now), expect);
    }
}

#[test]
fn a_policy_for_another_bucket_or_for_none_admits_nothing() {
    for (conditions, expect) in [
        (r#"{"bucket": "other"}, {"key": "a"}"#, r#"Policy Condition failed: ["eq", "$bucket", "other"]"#),
        (
            r#"["starts-with", "$bucket", "o"], {"key": "a"}"#,
            r#"Policy Condition failed: ["starts-with", "$bucket", "o"]"#,
        ),
        (r#"{"key": "a"}"#, "Extra input fields: bucket"),
        (r#"{"bucket": "demo"}"#, "Extra input fields: key"),
    ] {
        let policy = PostPolicy::parse(policy(conditions).as_bytes()).unwrap();
        let why = policy.admit(&form(&[("key", "a")]), "demo", NOW).unwrap_err();
        assert_eq!(why.to_string(), format!("Invalid according to Policy: {expect}"));
    }
}

/// The policy and the form of "Example: Browser-Based Upload using HTTP POST" of the S3 API reference.
#[test]
fn the_example_of_the_api_reference_is_admitted_and_each_change_of_it_is_not() {
    let conditions = r#"
        {"bucket": "sigv4examplebucket"},
        ["starts-with", "$key", "user/user1/"],
        {"acl": "public-read"},
        {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},
        ["starts-with", "$Content-Type", "image/"],
        {"x-amz-meta-uuid": "14365123651274"},
        {"x-amz-server-side-encryption": "AES256"},
        ["starts-with", "$x-amz-meta-tag", ""],
        {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},
        {"x-amz-algorithm": "AWS4-HMAC-SHA256"},
        {"x-amz-date": "20151229T000000Z" }"#;
    let policy = PostPolicy::parse(policy(conditions).as_bytes()).unwrap();
    let fields = [
        ("key", "user/user1/MyPhoto.jpg"),
        ("acl", "public-read"),
        ("success_action_redirect", "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"),
        ("Content-Type", "image/jpeg"),
        ("x-amz-meta-uuid", "14365123651274"),
        ("x-amz-server-side-encryption", "AES256"),
        ("X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"),
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        ("X-Amz-Date", "20151229T000000Z"),
        ("x-amz-meta-tag", ""),
        ("Policy", "…"),
        ("X-Amz-Signature", "…"),
    ];
    let admits = |fields: &[(&str, &str)], bucket| policy.admit(&form(fields), bucket, NOW).is_ok();
    assert!(admits(&fields, "sigv4examplebucket"));
    assert!(!admits(&fields, "other"));
    for at in 0..fields.len() {
        let (name, value) = fields[at];
        let free = matches!(name, "Policy" | "X-Amz-Signature");
        let mut without = fields.to_vec();
        without.remove(at);
        assert_eq!(admits(&without, "sigv4examplebucket"), free, "without {name}");
        let mut changed = fields.to_vec();
        let other = format!("x{value}");
        changed[at] = (name, &other);
        assert_eq!(
            admits(&changed, "sigv4examplebucket"),
            free || name == "x-amz-meta-tag",
            "changed {name}"
        );
        let mut more = fields.to_vec();
        more.push(("x-amz-meta-more", "1"));
        assert!(!admits(&more, "sigv4examplebucket"));
    }
}
