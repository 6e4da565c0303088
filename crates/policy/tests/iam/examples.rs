//! AWS's own examples, with the decisions that their text describes.
//!
//! From the IAM User Guide (`docs.aws.amazon.com/IAM/latest/UserGuide/…`) and the Amazon S3 User Guide
//! (`docs.aws.amazon.com/AmazonS3/latest/userguide/…`); the page stands above each. Accounts are 000000000000, which is
//! that of every key and role here, and users are keys.

use brigade_policy::{Action, Ask, Facts, Policy, Scopes, Target};
use serde_json::{Value, json};

const BUCKET: &str = "amzn-s3-demo-bucket";

/// A question: an action, `bucket/key` or a bucket, what is known, and whether the answer is yes.
type Row<'a> = (Action, &'a str, &'a [&'a str], bool);

fn facts(known: &[&str]) -> (Facts, Facts) {
    let (mut request, mut caller) = (Facts::default(), Facts::default());
    for known in known {
        let (key, values) = known.split_once('=').unwrap();
        let facts = if Facts::are_of_caller(key).unwrap() { &mut caller } else { &mut request };
        facts.add(key, values.split('|')).unwrap();
    }
    (request, caller)
}

fn asked(scopes: Scopes<'_>, rows: &[Row<'_>]) {
    for (action, what, known, expect) in rows {
        let (request, caller) = facts(known);
        let target = match what.split_once('/') {
            Some((bucket, key)) => Target::Object { bucket, key },
            None => Target::Bucket(what),
        };
        let decision = scopes.decide(&Ask::new(*action, target).with(&request).by(&caller));
        assert_eq!(decision.is_allowed(), *expect, "{action} {what} {known:?}: {decision:?}");
    }
}

/// Asks a policy of a user or role.
#[track_caller]
fn identity(statements: Value, rows: &[Row<'_>]) {
    let policy = Policy::from_document(&json!({ "Version": "2012-10-17", "Statement": statements })).unwrap();
    asked(Scopes { own: Some(&policy), limits: &[], bucket: None }, rows);
}

/// Asks the policy of the bucket; `own` is what the caller has besides.
#[track_caller]
fn bucket(statements: Value, own: Option<&Policy>, rows: &[Row<'_>]) {
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    let policy = Policy::of_bucket(BUCKET, &document).unwrap();
    asked(Scopes { own, limits: &[], bucket: Some(&policy) }, rows);
}

fn everything() -> Policy {
    let all = json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*" });
    Policy::from_document(&json!({ "Version": "2012-10-17", "Statement": all })).unwrap()
}

const DAVE: &str = "aws:PrincipalArn=arn:aws:iam::000000000000:user/Dave";
const JANE: &str = "aws:PrincipalArn=arn:aws:iam::000000000000:user/Jane";
const OBJECT: &str = "amzn-s3-demo-bucket/exampleobject";

/// `reference_policies_examples_s3_home-directory-console`, `reference_policies_variables`
#[test]
fn home_directories_by_user_name() {
    identity(
        json!([
            { "Effect": "Allow", "Action": ["s3:ListAllMyBuckets", "s3:GetBucketLocation"], "Resource": "*" },
            {
                "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::amzn-s3-demo-bucket",
                "Condition": { "StringLike": { "s3:prefix": ["", "home/", "home/${aws:username}/*"] } },
            },
            {
                "Effect": "Allow", "Action": "s3:*",
                "Resource": [
                    "arn:aws:s3:::amzn-s3-demo-bucket/home/${aws:username}",
                    "arn:aws:s3:::amzn-s3-demo-bucket/home/${aws:username}/*",
                ],
            },
        ]),
        &[
            (Action::GetBucketLocation, BUCKET, &[], true),
            (Action::ListBucket, BUCKET, &["aws:username=David", "s3:prefix="], true),
            (Action::ListBucket, BUCKET, &["aws:username=David", "s3:prefix=home/David/a"], true),
            (Action::ListBucket, BUCKET, &["aws:username=David", "s3:prefix=home/Jane/"], false),
            (Action::ListBucket, BUCKET, &["aws:username=David"], false),
            (Action::PutObject, "amzn-s3-demo-bucket/home/David/x", &["aws:username=David"], true),
            (Action::PutObject, "amzn-s3-demo-bucket/home/Jane/x", &["aws:username=David"], false),
            (Action::PutObject, "amzn-s3-demo-bucket/home//x", &["aws:username="], false),
            (Action::PutObject, "amzn-s3-demo-bucket/home/x", &[], false),
        ],
    );
}

/// `reference_policies_examples_s3_deny-except-bucket`
#[test]
fn one_bucket_and_no_other() {
    identity(
        json!([
            { "Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::amzn-s3-demo-bucket", "arn:aws:s3:::amzn-s3-demo-bucket/*"] },
            { "Effect": "Deny", "NotAction": "s3:*", "NotResource": ["arn:aws:s3:::amzn-s3-demo-bucket", "arn:aws:s3:::amzn-s3-demo-bucket/*"] },
        ]),
        &[
            (Action::GetObject, OBJECT, &[], true),
            (Action::ListBucket, BUCKET, &[], true),
            (Action::GetObject, "other/exampleobject", &[], false),
        ],
    );
}

/// `reference_policies_examples_aws-dates`
#[test]
fn between_two_dates() {
    identity(
        json!({
            "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*",
            "Condition": {
                "DateGreaterThan": { "aws:CurrentTime": "2020-04-01T00:00:00Z" },
                "DateLessThan": { "aws:CurrentTime": "2020-06-30T23:59:59Z" },
            },
        }),
        &[
            (Action::GetObject, OBJECT, &["aws:CurrentTime=2020-05-01T00:00:00Z"], true),
            (Action::GetObject, OBJECT, &["aws:CurrentTime=2020-03-31T23:59:59Z"], false),
            (Action::GetObject, OBJECT, &["aws:CurrentTime=2020-06-30T23:59:59Z"], false),
            (Action::GetObject, OBJECT, &[], false),
        ],
    );
}

/// `reference_policies_elements_notresource`, `reference_policies_elements_notaction`
#[test]
fn all_but() {
    identity(
        json!([
            { "Effect": "Allow", "NotAction": "s3:DeleteBucket", "Resource": "arn:aws:s3:::*" },
            {
                "Effect": "Deny", "Action": "s3:*",
                "NotResource": ["arn:aws:s3:::HRBucket/Payroll", "arn:aws:s3:::HRBucket/Payroll/*"],
            },
        ]),
        &[
            (Action::PutObject, "HRBucket/Payroll/2026", &[], true),
            (Action::PutObject, "HRBucket/Payroll", &[], true),
            (Action::PutObject, "HRBucket/Other", &[], false),
            (Action::ListBucket, "HRBucket", &[], false),
        ],
    );
    identity(
        json!({ "Effect": "Allow", "NotAction": "s3:DeleteBucket", "Resource": "arn:aws:s3:::*" }),
        &[
            (Action::DeleteBucket, BUCKET, &[], false),
            (Action::ListBucket, BUCKET, &[], true),
            (Action::DeleteObject, OBJECT, &[], true),
        ],
    );
}

/// `reference_policies_variables`: default values
#[test]
fn a_default_for_who_has_no_team() {
    identity(
        json!({
            "Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetObject"],
            "Resource": [
                "arn:aws:s3:::amzn-s3-demo-bucket-${aws:PrincipalTag/team, 'company-wide'}",
                "arn:aws:s3:::amzn-s3-demo-bucket-${aws:PrincipalTag/team, 'company-wide'}/*",
            ],
        }),
        &[
            (Action::ListBucket, "amzn-s3-demo-bucket-yellow", &["aws:PrincipalTag/team=yellow"], true),
            (Action::GetObject, "amzn-s3-demo-bucket-yellow/x", &["aws:PrincipalTag/Team=yellow"], true),
            (
                Action::ListBucket,
                "amzn-s3-demo-bucket-company-wide",
                &["aws:PrincipalTag/team=yellow"],
                false,
            ),
            (Action::ListBucket, "amzn-s3-demo-bucket-company-wide", &[], true),
        ],
    );
}

/// `reference_policies_condition-logic-multiple-context-keys-or-values`
#[test]
fn several_operators_keys_and_values() {
    let statement = json!({
        "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": ["arn:aws:s3:::amzn-s3-demo-bucket", "arn:aws:s3:::amzn-s3-demo-bucket/*"],
        "Condition": {
            "StringEquals": {
                "aws:PrincipalTag/department": ["finance", "hr", "legal"],
                "aws:PrincipalTag/role": ["audit", "security"],
            },
            "ArnLike": { "aws:PrincipalArn": [DAVE.trim_start_matches("aws:PrincipalArn="), JANE.trim_start_matches("aws:PrincipalArn=")] },
        },
    });
    let tags = |department: &'static str, role: &'static str| [department, role, DAVE];
    let own = everything();
    for (known, allowed) in [
        (&tags("aws:PrincipalTag/department=hr", "aws:PrincipalTag/role=audit")[..], false),
        (&tags("aws:PrincipalTag/department=it", "aws:PrincipalTag/role=audit"), true),
        (&tags("aws:PrincipalTag/department=hr", "aws:PrincipalTag/role=lead"), true),
        (&["aws:PrincipalTag/department=hr", DAVE], true),
        (
            &[
                "aws:PrincipalTag/department=hr",
                "aws:PrincipalTag/role=audit",
                "aws:PrincipalArn=arn:aws:iam::000000000000:user/Mary",
            ],
            true,
        ),
    ] {
        bucket(statement.clone(), Some(&own), &[(Action::GetObject, OBJECT, known, allowed)]);
    }
}

/// `example-bucket-policies`: IP addresses, IPv4 and IPv6 together
#[test]
fn addresses() {
    let own = everything();
    bucket(
        json!({
            "Sid": "SourceIP", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": ["arn:aws:s3:::amzn-s3-demo-bucket", "arn:aws:s3:::amzn-s3-demo-bucket/*"],
            "Condition": { "NotIpAddress": { "aws:SourceIp": "192.0.2.0/24" } },
        }),
        Some(&own),
        &[
            (Action::GetObject, OBJECT, &["aws:SourceIp=192.0.2.200"], true),
            (Action::GetObject, OBJECT, &["aws:SourceIp=198.51.100.1"], false),
            (Action::GetObject, OBJECT, &[], false),
        ],
    );
    bucket(
        json!({
            "Sid": "AllowIPmix", "Effect": "Allow", "Principal": { "AWS": "Dave" }, "Action": "s3:*",
            "Resource": ["arn:aws:s3:::amzn-s3-demo-bucket", "arn:aws:s3:::amzn-s3-demo-bucket/*"],
            "Condition": {
                "IpAddress": { "aws:SourceIp": ["192.0.2.0/24", "2001:DB8:1234:5678::/64"] },
                "NotIpAddress": { "aws:SourceIp": ["203.0.113.0/24", "2001:DB8:1234:5678:ABCD::/80"] },
            },
        }),
        None,
        &[
            (Action::GetObject, OBJECT, &[DAVE, "aws:SourceIp=192.0.2.1"], true),
            (Action::GetObject, OBJECT, &[DAVE, "aws:SourceIp=2001:db8:1234:5678::1"], true),
            (Action::GetObject, OBJECT, &[DAVE, "aws:SourceIp=203.0.113.1"], false),
            (Action::GetObject, OBJECT, &[DAVE, "aws:SourceIp=2001:db8:1234:5678:abcd::1"], false),
            (Action::GetObject, OBJECT, &[JANE, "aws:SourceIp=192.0.2.1"], false),
        ],
    );
}

/// `example-bucket-policies`: HTTPS only; requests from a page
#[test]
fn transport_and_referer() {
    let own = everything();
    bucket(
        json!({
            "Sid": "RestrictToTLSRequestsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": ["arn:aws:s3:::amzn-s3-demo-bucket", "arn:aws:s3:::amzn-s3-demo-bucket/*"],
            "Condition": { "Bool": { "aws:SecureTransport": "false" } },
        }),
        Some(&own),
        &[
            (Action::GetObject, OBJECT, &["aws:SecureTransport=true"], true),
            (Action::GetObject, OBJECT, &["aws:SecureTransport=false"], false),
        ],
    );
    bucket(
        json!({
            "Sid": "Allow only GET requests originating from www.example.com and example.com.",
            "Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:GetObjectVersion"],
            "Resource": "arn:aws:s3:::amzn-s3-demo-bucket/*",
            "Condition": { "StringLike": { "aws:Referer": ["http://www.example.com/*", "http://example.com/*"] } },
        }),
        None,
        &[
            (Action::GetObject, OBJECT, &["aws:Referer=http://www.example.com/page"], true),
            (Action::GetObject, OBJECT, &["aws:Referer=http://evil.example/"], false),
            (Action::GetObject, OBJECT, &[], false),
        ],
    );
}

/// `amazon-s3-policy-keys`: object operations
#[test]
fn uploads_under_conditions() {
    bucket(
        json!([
            { "Effect": "Allow", "Principal": { "AWS": "Dave" }, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::amzn-s3-demo-bucket/*" },
            {
                "Effect": "Deny", "Principal": { "AWS": "Dave" }, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::amzn-s3-demo-bucket/*",
                "Condition": { "StringNotLike": { "s3:x-amz-copy-source": "amzn-s3-demo-bucket/public/*" } },
            },
        ]),
        None,
        &[
            (Action::PutObject, OBJECT, &[DAVE, "s3:x-amz-copy-source=amzn-s3-demo-bucket/public/a"], true),
            (Action::PutObject, OBJECT, &[DAVE, "s3:x-amz-copy-source=amzn-s3-demo-bucket/private/a"], false),
            (Action::PutObject, OBJECT, &[DAVE], false),
        ],
    );
    bucket(
        json!({
            "Effect": "Allow", "Principal": { "AWS": "Dave" }, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::amzn-s3-demo-bucket/*",
            "Condition": { "StringEquals": { "s3:x-amz-acl": "bucket-owner-full-control" } },
        }),
        None,
        &[
            (Action::PutObject, OBJECT, &[DAVE, "s3:x-amz-acl=bucket-owner-full-control"], true),
            (Action::PutObject, OBJECT, &["s3:x-amz-acl=bucket-owner-full-control"], false),
            (Action::PutObject, OBJECT, &[DAVE, "s3:x-amz-acl=public-read"], false),
            (Action::PutObject, OBJECT, &[DAVE], false),
        ],
    );
    bucket(
        json!({
            "Effect": "Allow", "Principal": { "AWS": "Dave" }, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::amzn-s3-demo-bucket/*",
            "Condition": { "StringEquals": { "s3:x-amz-storage-class": ["STANDARD_IA"] } },
        }),
        None,
        &[
            (Action::PutObject, OBJECT, &[DAVE, "s3:x-amz-storage-class=STANDARD_IA"], true),
            (Action::PutObject, OBJECT, &[DAVE, "s3:x-amz-storage-class=STANDARD"], false),
        ],
    );
    let own = everything();
    bucket(
        json!({
            "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::amzn-s3-demo-bucket/*",
            "Condition": { "StringNotEquals": { "s3:x-amz-server-side-encryption": "aws:kms" } },
        }),
        Some(&own),
        &[
            (Action::PutObject, OBJECT, &["s3:x-amz-server-side-encryption=aws:kms"], true),
            (Action::PutObject, OBJECT, &["s3:x-amz-server-side-encryption=AES256"], false),
            (Action::PutObject, OBJECT, &[], false),
        ],
    );
}

/// `amazon-s3-policy-keys`: bucket operations; a version
#[test]
fn listings_and_versions() {
    bucket(
        json!([
            {
                "Effect": "Allow", "Principal": { "AWS": "Dave" }, "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::amzn-s3-demo-bucket",
                "Condition": { "StringEquals": { "s3:prefix": "projects" } },
            },
            {
                "Effect": "Deny", "Principal": { "AWS": "Dave" }, "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::amzn-s3-demo-bucket",
                "Condition": { "StringNotEquals": { "s3:prefix": "projects" } },
            },
        ]),
        None,
        &[
            (Action::ListBucket, BUCKET, &[DAVE, "s3:prefix=projects"], true),
            (Action::ListBucket, BUCKET, &[DAVE, "s3:prefix=projects/a"], false),
            (Action::ListBucket, BUCKET, &[DAVE], false),
        ],
    );
    bucket(
        json!({
            "Effect": "Allow", "Principal": { "AWS": "Dave" }, "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::amzn-s3-demo-bucket",
            "Condition": { "NumericLessThanEquals": { "s3:max-keys": "10" } },
        }),
        None,
        &[
            (Action::ListBucket, BUCKET, &[DAVE, "s3:max-keys=10"], true),
            (Action::ListBucket, BUCKET, &[DAVE, "s3:max-keys=11"], false),
            (Action::ListBucket, BUCKET, &[DAVE], false),
        ],
    );
    bucket(
        json!({
            "Effect": "Allow", "Principal": { "AWS": "Dave" }, "Action": "s3:GetObjectVersion",
            "Resource": "arn:aws:s3:::amzn-s3-demo-bucket/HappyFace.jpg",
            "Condition": { "StringEquals": { "s3:VersionId": "AaaHbAQitwiL_h47_44lRO2DDfLlBO5e" } },
        }),
        None,
        &[
            (
                Action::GetObjectVersion,
                "amzn-s3-demo-bucket/HappyFace.jpg",
                &[DAVE, "s3:VersionId=AaaHbAQitwiL_h47_44lRO2DDfLlBO5e"],
                true,
            ),
            (
                Action::GetObjectVersion,
                "amzn-s3-demo-bucket/HappyFace.jpg",
                &[DAVE, "s3:VersionId=other"],
                false,
            ),
            (Action::GetObject, "amzn-s3-demo-bucket/HappyFace.jpg", &[DAVE], false),
        ],
    );
}

/// `bucket-policy-s3-sigv4-conditions` (API reference)
#[test]
fn signatures() {
    let own = everything();
    let deny = |condition: Value| {
        json!({
            "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::amzn-s3-demo-bucket/*",
            "Condition": condition,
        })
    };
    for (condition, yes, no) in [
        (
            json!({ "NumericGreaterThan": { "s3:signatureAge": 600_000 } }),
            "s3:signatureAge=600000",
            "s3:signatureAge=600001",
        ),
        (
            json!({ "StringNotEquals": { "s3:authType": "REST-HEADER" } }),
            "s3:authType=REST-HEADER",
            "s3:authType=POST",
        ),
        (
            json!({ "StringEquals": { "s3:x-amz-content-sha256": "UNSIGNED-PAYLOAD" } }),
            "s3:x-amz-content-sha256=e3b0c4",
            "s3:x-amz-content-sha256=UNSIGNED-PAYLOAD",
        ),
        (
            json!({ "StringEquals": { "s3:signatureversion": "AWS" } }),
            "s3:signatureversion=AWS4-HMAC-SHA256",
            "s3:signatureversion=AWS",
        ),
    ] {
        let rows = [(Action::GetObject, OBJECT, &[yes][..], true), (Action::GetObject, OBJECT, &[no], false)];
        bucket(deny(condition), Some(&own), &rows);
    }
}

/// `tagging-and-policies`; `reference_policies_condition-keys-wizard` for what ForAllValues says of nothing
#[test]
fn tags_of_requests() {
    let tagging = |condition: Value| {
        json!({
            "Effect": "Allow", "Principal": { "AWS": "Dave" }, "Action": "s3:PutObjectTagging",
            "Resource": "arn:aws:s3:::amzn-s3-demo-bucket/*", "Condition": condition,
        })
    };
    let keys = json!({ "s3:RequestObjectTagKeys": ["Owner", "CreationDate"] });
    let put = Action::PutObjectTagging;
    bucket(
        tagging(json!({ "ForAllValues:StringLike": keys })),
        None,
        &[
            (put, OBJECT, &[DAVE, "s3:RequestObjectTagKeys=Owner|CreationDate"], true),
            (put, OBJECT, &[DAVE, "s3:RequestObjectTagKeys=Owner"], true),
            (put, OBJECT, &[DAVE, "s3:RequestObjectTagKeys=Owner|Other"], false),
            (put, OBJECT, &[DAVE], true),
        ],
    );
    bucket(
        tagging(json!({ "ForAnyValue:StringLike": keys })),
        None,
        &[
            (put, OBJECT, &[DAVE, "s3:RequestObjectTagKeys=Owner|Other"], true),
            (put, OBJECT, &[DAVE, "s3:RequestObjectTagKeys=Other"], false),
            (put, OBJECT, &[DAVE], false),
        ],
    );
    bucket(
        tagging(json!({ "StringEquals": { "s3:RequestObjectTag/Project": "X" } })),
        None,
        &[
            (put, OBJECT, &[DAVE, "s3:RequestObjectTag/Project=X"], true),
            (put, OBJECT, &[DAVE, "s3:RequestObjectTag/Project=Y"], false),
        ],
    );
}

/// `reference_policies_elements_condition_operators`: Null, and the names of operators
#[test]
fn temporary_credentials_only() {
    identity(
        json!([
            { "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": { "Null": { "aws:TokenIssueTime": "false" } } },
            { "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": { "DateLessThan": { "aws:TokenIssueTime": "2026-01-01T00:00:00Z" } } },
        ]),
        &[
            (Action::GetObject, OBJECT, &["aws:TokenIssueTime=2026-11-21T00:00:00Z"], true),
            (Action::GetObject, OBJECT, &["aws:TokenIssueTime=2025-11-21T00:00:00Z"], false),
            (Action::GetObject, OBJECT, &[], false),
        ],
    );
}

/// What AWS shows and cannot be known here is refused, and says so.
#[test]
fn examples_that_ask_for_what_is_not_known() {
    for (operator, key) in [
        ("Null", "aws:MultiFactorAuthAge"),
        ("StringEquals", "s3:ExistingObjectTag/environment"),
        ("StringEquals", "aws:PrincipalOrgID"),
        ("StringNotEquals", "aws:SourceVpce"),
        ("Bool", "aws:ViaAWSService"),
        ("StringEquals", "aws:SourceAccount"),
        ("NumericLessThan", "s3:TlsVersion"),
    ] {
        let statement = json!({ "Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": { operator: { key: "true" } } });
        let mistakes =
            Policy::from_document(&json!({ "Version": "2012-10-17", "Statement": statement })).unwrap_err();
        assert!(mistakes[0].to_string().contains("cannot be known here: "), "{mistakes:?}");
    }
}
