//! `brigade explain` as a process.

use crate::process::run;

const CONFIG: &str = r#"
[backends.store]
type = "embedded"
path = ":memory:"

[buckets.landsat]
backend = "store"
public = ["read"]

[buckets.landsat.policy]
Version = "2012-10-17"
[[buckets.landsat.policy.Statement]]
Sid = "Closed"
Effect = "Deny"
Principal = "*"
Action = "s3:GetObject"
Resource = "arn:aws:s3:::landsat/closed/*"
[[buckets.landsat.policy.Statement]]
Effect = "Allow"
Principal = { AWS = "arn:aws:iam::000000000000:role/ci" }
Action = "s3:DeleteObject"
Resource = "arn:aws:s3:::landsat/ci/*"

[buckets."{org}-data"]
backend = "store"
create = true

[keys.AKIDEXAMPLE]
secret = "${env:HOME}"
grants = [
    { bucket = "landsat", prefix = "other/", actions = ["read"] },
    { bucket = "landsat", prefix = "home/${aws:username}/", actions = ["read", "list", "write"] },
]

[keys.OFFICE]
secret = "${env:HOME}"
[keys.OFFICE.policy]
Version = "2012-10-17"
[[keys.OFFICE.policy.Statement]]
Effect = "Allow"
Action = "s3:PutObject"
Resource = "*"
[[keys.OFFICE.policy.Statement]]
Sid = "Outside"
Effect = "Deny"
Action = "*"
Resource = "*"
Condition = { NotIpAddress = { "aws:SourceIp" = "203.0.113.0/24" } }

[roles.ci]
trust = [ { issuer = "https://token.actions.githubusercontent.com", audience = ["brigade"], subject = ["repo:acme/*"] } ]
grants = [ { bucket = "landsat", prefix = "ci/${jwt:repository}/", actions = ["write"] } ]
"#;

/// Checks the exit code and every line that is printed.
#[track_caller]
fn check(arguments: &[&str], code: i32, lines: &[&str]) {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("brigade.toml"), CONFIG).unwrap();
    let all: Vec<_> = ["explain", "--config", "brigade.toml"].iter().chain(arguments).copied().collect();
    let (found, out, err) = run(home.path(), &all);
    let printed: Vec<_> = out.lines().chain(err.lines()).map(str::trim).collect();
    assert_eq!((found, printed), (code, lines.to_vec()), "{arguments:?}");
}

#[test]
fn what_a_key_may_do_is_said_with_the_statement() {
    check(
        &["--key", "AKIDEXAMPLE", "s3:PutObject", "s3://landsat/home/AKIDEXAMPLE/a.tif"],
        0,
        &[
            "allowed: s3:PutObject on landsat/home/AKIDEXAMPLE/a.tif, for the key AKIDEXAMPLE",
            "the key's policy: allowed by statement 1",
            "the bucket: no statement speaks of it",
        ],
    );
    check(
        &["--key", "AKIDEXAMPLE", "s3:PutObject", "s3://landsat/home/OTHER/a.tif"],
        1,
        &[
            "refused: s3:PutObject on landsat/home/OTHER/a.tif, for the key AKIDEXAMPLE",
            "the key's policy: no statement speaks of it",
            "the bucket: no statement speaks of it",
            "missing: a statement or grant that allows s3:PutObject on landsat/home/OTHER/a.tif",
        ],
    );
    check(
        &["--key", "AKIDEXAMPLE", "s3:ListBucket", "s3://landsat/home/AKIDEXAMPLE/2026/"],
        0,
        &[
            "allowed: s3:ListBucket on landsat with the prefix \"home/AKIDEXAMPLE/2026/\", for the key AKIDEXAMPLE",
            "the key's policy: allowed by statement 1",
            "the bucket: no statement speaks of it",
        ],
    );
}

#[test]
fn a_deny_and_what_is_public_are_named() {
    check(
        &["--anonymous", "s3:GetObject", "s3://landsat/a"],
        0,
        &[
            "allowed: s3:GetObject on landsat/a, for an anonymous caller",
            "the bucket: allowed by what is public",
        ],
    );
    check(
        &["--key", "AKIDEXAMPLE", "s3:GetObject", "s3://landsat/closed/a"],
        1,
        &[
            "refused: s3:GetObject on landsat/closed/a, for the key AKIDEXAMPLE",
            "the key's policy: no statement speaks of it",
            "the bucket: denied by statement 0 (Closed) of the bucket's policy",
        ],
    );
}

#[test]
fn conditions_are_told_what_the_command_line_says() {
    let ask = ["--key", "OFFICE", "s3:PutObject", "s3://acme-data/a"];
    check(
        &[&ask[..], &["--fact", "aws:SourceIp=203.0.113.7"]].concat(),
        0,
        &[
            "allowed: s3:PutObject on acme-data/a, for the key OFFICE",
            "the key's policy: allowed by statement 0",
            "the bucket: no statement speaks of it",
        ],
    );
    check(
        &ask,
        1,
        &[
            "refused: s3:PutObject on acme-data/a, for the key OFFICE",
            "the key's policy: denied by statement 1 (Outside)",
            "the bucket: no statement speaks of it",
            "not told, and asked for: aws:sourceip; tell it with --fact NAME=VALUE",
        ],
    );
}

#[test]
fn a_role_has_the_claims_it_is_given() {
    let ask = ["--role", "ci", "s3:PutObject", "s3://landsat/ci/acme/app/x"];
    check(
        &[&ask[..], &["--claims", r#"{"sub": "repo:acme/app", "repository": "acme/app"}"#]].concat(),
        0,
        &[
            "allowed: s3:PutObject on landsat/ci/acme/app/x, for a session of the role ci",
            "the role's policy: allowed by statement 0",
            "the bucket: no statement speaks of it",
        ],
    );
    check(
        &ask,
        1,
        &[
            "refused: s3:PutObject on landsat/ci/acme/app/x, for a session of the role ci",
            "the role's policy: no statement speaks of it",
            "the bucket: no statement speaks of it",
            "missing: a statement or grant that allows s3:PutObject on landsat/ci/acme/app/x",
            "not told, and asked for: jwt:repository; tell it with --fact NAME=VALUE",
        ],
    );
    check(
        &["--role", "ci", "s3:DeleteObject", "s3://landsat/ci/x", "--fact", "jwt:repository=acme/app"],
        0,
        &[
            "allowed: s3:DeleteObject on landsat/ci/x, for a session of the role ci",
            "the role's policy: no statement speaks of it",
            "the bucket: allowed by statement 1 of the bucket's policy",
        ],
    );
}

#[test]
fn what_cannot_be_answered_is_neither_yes_nor_no() {
    for (arguments, line) in [
        (&["--key", "NOBODY", "s3:GetObject", "s3://landsat/a"][..], "no key is called \"NOBODY\""),
        (&["--role", "nobody", "s3:GetObject", "s3://landsat/a"], "no role is called \"nobody\""),
        (
            &["--anonymous", "s3:HeadObject", "s3://landsat/a"],
            "no action is called \"s3:HeadObject\"; did you mean s3:GetObject?",
        ),
        (
            &["--anonymous", "s3:GetObject", "landsat/a"],
            "\"landsat/a\" is not s3://BUCKET or s3://BUCKET/KEY",
        ),
        (
            &["--anonymous", "s3:GetObject", "s3://landsat"],
            "s3:GetObject is done to an object; write s3://landsat/KEY",
        ),
        (
            &["--anonymous", "s3:GetBucketPolicy", "s3://landsat/a"],
            "s3:GetBucketPolicy is done to a bucket; write s3://landsat",
        ),
        (
            &["--anonymous", "s3:GetObject", "s3://landsat/a", "--fact", "aws:Source=1"],
            "\"aws:Source\" is not a condition key",
        ),
        (
            &["--anonymous", "s3:GetObject", "s3://landsat/a", "--fact", "aws:SourceIp"],
            "\"aws:SourceIp\" is not NAME=VALUE",
        ),
    ] {
        check(arguments, 2, &[line]);
    }
    check(
        &["--key", "OFFICE", "s3:PutObject", "s3://absent/a", "--fact", "aws:SourceIp=203.0.113.1"],
        1,
        &[
            "refused: s3:PutObject on absent/a, for the key OFFICE",
            "the key's policy: allowed by statement 0",
            "there is no such bucket in the configuration",
        ],
    );
}
