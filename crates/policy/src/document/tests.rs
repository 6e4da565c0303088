//! Every mistake a document can hold, and how it is reported.

use serde_json::{Value, json};

use crate::Policy;

/// A document with one statement, in which `change` is merged; null takes a key away.
fn statement(change: &Value) -> Value {
    let mut statement = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*" });
    let object = statement.as_object_mut().unwrap();
    for (key, value) in change.as_object().unwrap() {
        object.insert(key.clone(), value.clone());
    }
    object.retain(|_, value| !value.is_null());
    json!({ "Version": "2012-10-17", "Statement": [statement] })
}

#[track_caller]
fn check(document: &Value, expected: &[&str]) {
    let found = match Policy::from_document(document) {
        Ok(_) => Vec::new(),
        Err(mistakes) => mistakes.iter().map(ToString::to_string).collect(),
    };
    assert_eq!(found, expected, "{document}");
}

#[test]
fn each_mistake_has_its_place_and_says_what_to_write() {
    for (document, expected) in [
        (json!([]), "expected an object, found a list"),
        (json!({ "Version": "2012-10-17" }), "Statement: is missing"),
        (json!({ "Statement": [] }), "Version: is missing; write \"Version\": \"2012-10-17\""),
        (
            json!({ "Version": "2008-10-17", "Statement": [] }),
            "Version: \"2008-10-17\" is not supported; write \"2012-10-17\"",
        ),
        (json!({ "Version": 2012, "Statement": [] }), "Version: expected a string, found a number"),
        (
            json!({ "Version": "2012-10-17", "Id": 1, "Statement": [] }),
            "Id: expected a string, found a number",
        ),
        (
            json!({ "Version": "2012-10-17", "Statements": [], "Statement": [] }),
            "Statements: there is no such key; did you mean \"Statement\"?",
        ),
        (
            json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Resource": "*" } }),
            "Statement.Action: is missing",
        ),
        (
            json!({ "Version": "2012-10-17", "Statement": [7] }),
            "Statement[0]: expected an object, found a number",
        ),
        (statement(&json!({ "Effect": null })), "Statement[0].Effect: is missing"),
        (statement(&json!({ "Resource": null })), "Statement[0].Resource: is missing"),
        (
            statement(&json!({ "Effect": "allow" })),
            "Statement[0].Effect: \"allow\" is not an effect; write \"Allow\" or \"Deny\"",
        ),
        (
            statement(&json!({ "actions": "s3:*" })),
            "Statement[0].actions: there is no such key; did you mean \"Action\"?",
        ),
        (statement(&json!({ "Colour": 1 })), "Statement[0].Colour: there is no such key"),
        (
            statement(&json!({ "Principal": "*" })),
            "Statement[0].Principal: a policy here speaks of who holds it; remove it",
        ),
        (
            statement(&json!({ "NotAction": "s3:Put*" })),
            "Statement[0].NotAction: a statement has this or \"Action\"; remove one of them",
        ),
        (
            statement(&json!({ "Action": null, "NotAction": "s3:*" })),
            "Statement[0].NotAction: every action is excepted, so the statement would apply to nothing",
        ),
        (
            statement(&json!({ "NotResource": "*" })),
            "Statement[0].NotResource: a statement has this or \"Resource\"; remove one of them",
        ),
        (
            statement(&json!({ "Action": [] })),
            "Statement[0].Action: the list is empty, so the statement would apply to nothing",
        ),
        (
            statement(&json!({ "Resource": [] })),
            "Statement[0].Resource: the list is empty, so the statement would apply to nothing",
        ),
        (
            statement(&json!({ "Action": ["s3:GetObject", "s3:HeadObject"] })),
            "Statement[0].Action[1]: no action matches \"s3:HeadObject\"; did you mean \"s3:GetObject\"?",
        ),
        (statement(&json!({ "Action": "s3:Fly*" })), "Statement[0].Action: no action matches \"s3:Fly*\""),
        (
            statement(&json!({ "Action": "ec2:*" })),
            "Statement[0].Action: \"ec2:*\" is not an action of S3; actions begin with \"s3:\"",
        ),
        (
            statement(&json!({ "Resource": "bucket/*" })),
            "Statement[0].Resource: \"bucket/*\" is not a bucket's or an object's ARN; write \"*\", \
             \"arn:aws:s3:::BUCKET\" or \"arn:aws:s3:::BUCKET/KEY*\"",
        ),
        (
            statement(&json!({ "Resource": "arn:aws:s3:::b/" })),
            "Statement[0].Resource: \"arn:aws:s3:::b/\" names no bucket or no key; write \
             \"arn:aws:s3:::BUCKET\" or \"arn:aws:s3:::BUCKET/*\"",
        ),
        (
            statement(&json!({ "Resource": "arn:aws:s3:::b/${aws:user}/*" })),
            "Statement[0].Resource: \"aws:user\" is not a condition key",
        ),
        (
            statement(&json!({ "Resource": "arn:aws:s3:::b" })),
            "Statement[0].Resource: no action of this statement applies to any of its resources; its actions \
             are done to objects: write \"arn:aws:s3:::BUCKET/*\"",
        ),
        (
            statement(&json!({ "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::b/*" })),
            "Statement[0].Resource: no action of this statement applies to any of its resources; its actions \
             are done to buckets: write \"arn:aws:s3:::BUCKET\"",
        ),
        (
            json!({ "Version": "2012-10-17", "Statement": [
                { "Sid": "a", "Effect": "Deny", "Action": "*", "Resource": "*" },
                { "Sid": "a", "Effect": "Deny", "Action": "*", "Resource": "*" },
            ] }),
            "Statement[1].Sid: another statement is called \"a\" already",
        ),
    ] {
        check(&document, &[expected]);
    }
}

#[test]
fn all_mistakes_are_found_at_once() {
    check(
        &json!({ "Version": "2008-10-17", "Statement": [
            { "Effect": "Perhaps", "Action": ["s3:HeadObject", 1], "Resource": "b", "Condition": { "StringLikes": { "jwt:": [] } } },
            { "Effect": "Allow", "Resource": ["*", "arn:aws:s3:::"] },
        ] }),
        &[
            "Version: \"2008-10-17\" is not supported; write \"2012-10-17\"",
            "Statement[0].Effect: \"Perhaps\" is not an effect; write \"Allow\" or \"Deny\"",
            "Statement[0].Action[0]: no action matches \"s3:HeadObject\"; did you mean \"s3:GetObject\"?",
            "Statement[0].Action[1]: expected a string, found a number",
            "Statement[0].Resource: \"b\" is not a bucket's or an object's ARN; write \"*\", \
             \"arn:aws:s3:::BUCKET\" or \"arn:aws:s3:::BUCKET/KEY*\"",
            "Statement[0].Condition.StringLikes: \"StringLikes\" is not a condition operator",
            "Statement[0].Condition.StringLikes.jwt:: \"jwt:\" names nothing; write a name behind it",
            "Statement[0].Condition.StringLikes.jwt:: the list is empty, so the statement would apply to nothing",
            "Statement[1].Action: is missing",
            "Statement[1].Resource[1]: \"arn:aws:s3:::\" names no bucket or no key; write \
             \"arn:aws:s3:::BUCKET\" or \"arn:aws:s3:::BUCKET/*\"",
        ],
    );
}

#[test]
fn good_documents_are_taken() {
    for document in [
        json!({ "Version": "2012-10-17", "Statement": [] }),
        json!({ "Version": "2012-10-17", "Id": "x", "Statement": { "Effect": "Deny", "Action": "*", "Resource": "*" } }),
        statement(
            &json!({ "Action": ["s3:getobject", "S3:List*"], "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"] }),
        ),
        statement(&json!({ "Action": "s3:ListAllMyBuckets", "Resource": "arn:aws:s3:::*" })),
        statement(&json!({ "Resource": "arn:aws:s3:::b/${*}${$}{x}/?" })),
        statement(&json!({ "Resource": "arn:aws:s3:::b/${jwt:sub}/${aws:username, 'nobody'}/*" })),
        statement(&json!({ "Condition": {} })),
        statement(&json!({ "Action": null, "NotAction": ["s3:Put*", "s3:Delete*"] })),
        statement(&json!({ "Resource": null, "NotResource": "arn:aws:s3:::b/secret/*" })),
        statement(&json!({ "Condition": {
            "Bool": { "aws:SecureTransport": true },
            "NumericLessThanEquals": { "s3:max-keys": 10 },
            "ForAllValues:StringLikeIfExists": { "s3:RequestObjectTagKeys": ["a*", "b"] },
            "DateLessThan": { "aws:CurrentTime": "2027-01-01", "aws:EpochTime": 1_800_000_000 },
            "NotIpAddress": { "AWS:SOURCEIP": ["203.0.113.0/24", "2001:db8::/32"] },
            "ArnLike": { "aws:PrincipalArn": ["*", "arn:aws:iam::*:role/${jwt:team}-*"] },
            "Null": { "jwt:sub": "False" },
        } })),
    ] {
        check(&document, &[]);
    }
}

/// A condition by itself.
fn condition(operator: &str, key: &str, values: &Value) -> Value {
    statement(&json!({ "Condition": { operator: { key: values } } }))
}

#[test]
fn conditions_that_are_not_understood_are_mistakes_with_their_place() {
    for (operator, key, values, expected) in [
        ("StringEqual", "jwt:a", json!("a"), "StringEqual: \"StringEqual\" is not a condition operator"),
        (
            "stringequals",
            "jwt:a",
            json!("a"),
            "stringequals: \"stringequals\" is not a condition operator; did you mean \"StringEquals\"?",
        ),
        ("BinaryEquals", "jwt:a", json!("a"), "BinaryEquals: \"BinaryEquals\" is not a condition operator"),
        (
            "ForSome:Bool",
            "jwt:a",
            json!("true"),
            "ForSome:Bool: \"ForSome:Bool\" is not a condition operator",
        ),
        (
            "NullIfExists",
            "jwt:a",
            json!("true"),
            "NullIfExists: \"NullIfExists\" is not a condition operator; write \"Null\" alone",
        ),
        (
            "ForAnyValue:StringLikeIfExists",
            "jwt:a",
            json!("a"),
            "ForAnyValue:StringLikeIfExists: \"ForAnyValue:StringLikeIfExists\": without the key, ForAnyValue is false and IfExists is true; leave out one of them",
        ),
        (
            "StringEquals",
            "s3:ExistingObjectTag/a",
            json!("a"),
            "StringEquals.s3:ExistingObjectTag/a: \"s3:ExistingObjectTag/a\" cannot be known here: an object's tags are its store's, which is not asked before a request is allowed",
        ),
        (
            "Bool",
            "aws:MultiFactorAuthPresent",
            json!("true"),
            "Bool.aws:MultiFactorAuthPresent: \"aws:MultiFactorAuthPresent\" cannot be known here: use a claim of the identity provider's, such as jwt:amr",
        ),
        (
            "StringEquals",
            "s3:maxkeys",
            json!("a"),
            "StringEquals.s3:maxkeys: \"s3:maxkeys\" is not a condition key; did you mean \"s3:max-keys\"?",
        ),
        (
            "IpAddress",
            "s3:prefix",
            json!("10.0.0.0/8"),
            "IpAddress.s3:prefix: IpAddress cannot be used here: the key's value is a string",
        ),
        (
            "NumericLessThan",
            "aws:CurrentTime",
            json!("1"),
            "NumericLessThan.aws:CurrentTime: NumericLessThan cannot be used here: the key's value is a date",
        ),
        (
            "IpAddress",
            "aws:SourceIp",
            json!(["10.0.0.0/8", "10.0.0.0/33"]),
            "IpAddress.aws:SourceIp[1]: \"10.0.0.0/33\" is not an address or a range such as \"203.0.113.0/24\"",
        ),
        (
            "DateLessThan",
            "aws:CurrentTime",
            json!("tomorrow"),
            "DateLessThan.aws:CurrentTime: \"tomorrow\" is not a date, such as \"2026-11-21T00:00:00Z\", or the seconds since 1970",
        ),
        ("NumericEquals", "s3:max-keys", json!("ten"), "NumericEquals.s3:max-keys: \"ten\" is not a number"),
        (
            "Bool",
            "aws:SecureTransport",
            json!("yes"),
            "Bool.aws:SecureTransport: \"yes\" is not true or false",
        ),
        (
            "ArnEquals",
            "aws:PrincipalArn",
            json!("role/x"),
            "ArnEquals.aws:PrincipalArn: \"role/x\" is not an ARN of six parts, such as \"arn:aws:iam::000000000000:role/NAME\"",
        ),
        ("StringEquals", "jwt:a", json!(null), "StringEquals.jwt:a: expected a string, found null"),
        (
            "StringEquals",
            "jwt:a",
            json!([]),
            "StringEquals.jwt:a: the list is empty, so the statement would apply to nothing",
        ),
        (
            "StringEquals",
            "jwt:a",
            json!("${s3:prefix}"),
            "StringEquals.jwt:a: \"s3:prefix\" cannot be a variable: whoever asks says it as they like; use what is known of the caller, such as aws:username or jwt:sub",
        ),
        ("NumericEquals", "jwt:a", json!("${jwt:b}"), "NumericEquals.jwt:a: \"${jwt:b}\" is not a number"),
    ] {
        check(&condition(operator, key, &values), &[&format!("Statement[0].Condition.{expected}")]);
    }
    check(
        &statement(&json!({ "Condition": { "Null": {} } })),
        &[
            "Statement[0].Condition.Null: has no condition keys, so it would say nothing; write one, such as \"aws:SourceIp\"",
        ],
    );
    check(
        &statement(&json!({ "Condition": { "Null": { "aws:SourceIp": true, "aws:sourceip": false } } })),
        &[
            "Statement[0].Condition.Null.aws:sourceip: is there twice under this operator, for the case of letters is nothing in it; keep one of them",
        ],
    );
}

#[track_caller]
fn check_bucket(change: &Value, expected: &[&str]) {
    let mut document = statement(change);
    let object = document["Statement"][0].as_object_mut().unwrap();
    if object.get("Resource").is_some_and(|resource| resource == "*") {
        object.insert("Resource".to_owned(), json!("arn:aws:s3:::b/*"));
    }
    let found = match Policy::of_bucket("b", &document) {
        Ok(_) => Vec::new(),
        Err(mistakes) => mistakes.iter().map(ToString::to_string).collect(),
    };
    assert_eq!(found, expected, "{document}");
}

#[test]
fn a_buckets_policy_says_of_whom_and_of_nothing_else() {
    let form = "names nobody here; write \"*\", a key's id, \"arn:aws:iam::000000000000:user/KEYID\" or \"arn:aws:iam::000000000000:role/ROLE\"";
    for principal in [
        json!("*"),
        json!({ "AWS": "*" }),
        json!({ "AWS": ["AKIDEXAMPLE", "arn:aws:iam::000000000000:role/ci"] }),
    ] {
        check_bucket(&json!({ "Principal": principal }), &[]);
    }
    for (change, expected) in [
        (json!({}), "Principal: is missing".to_owned()),
        (json!({ "Principal": "AKIDEXAMPLE" }), format!("Principal: \"AKIDEXAMPLE\" {form}")),
        (json!({ "Principal": [] }), "Principal: expected \"*\" or an object, found a list".to_owned()),
        (json!({ "Principal": {} }), "Principal.AWS: is missing".to_owned()),
        (
            json!({ "Principal": { "AWS": [] } }),
            "Principal.AWS: the list is empty, so the statement would apply to nothing".to_owned(),
        ),
        (
            json!({ "Principal": { "AWS": "arn:aws:iam::000000000000:root" } }),
            format!("Principal.AWS: \"arn:aws:iam::000000000000:root\" {form}"),
        ),
        (
            json!({ "Principal": { "AWS": ["AKID", "arn:aws:iam::123456789012:user/AKID"] } }),
            format!("Principal.AWS[1]: \"arn:aws:iam::123456789012:user/AKID\" {form}"),
        ),
        (
            json!({ "Principal": { "AWS": "arn:aws:iam::000000000000:role/c*" } }),
            format!("Principal.AWS: \"arn:aws:iam::000000000000:role/c*\" {form}"),
        ),
        (
            json!({ "NotPrincipal": { "AWS": "AKID" } }),
            "NotPrincipal: is not supported, and AWS advises against it; deny with \"Principal\": \"*\" and a condition such as ArnNotEquals of aws:PrincipalArn".to_owned(),
        ),
        (
            json!({ "Principal": "*", "Resource": "arn:aws:s3:::c/*" }),
            "Resource: \"arn:aws:s3:::c/*\" is not of this bucket; write \"arn:aws:s3:::b\" or \"arn:aws:s3:::b/*\"".to_owned(),
        ),
        (
            json!({ "Principal": "*", "Resource": ["arn:aws:s3:::b/*", "arn:aws:s3:::b*"] }),
            "Resource[1]: \"arn:aws:s3:::b*\" is not of this bucket; write \"arn:aws:s3:::b\" or \"arn:aws:s3:::b/*\"".to_owned(),
        ),
    ] {
        check_bucket(&change, &[&format!("Statement[0].{expected}")]);
    }
    check_bucket(
        &json!({ "Principal": { "Service": "logging.s3.amazonaws.com", "AWS": "*" } }),
        &["Statement[0].Principal.Service: there are no such principals here; write \"AWS\""],
    );
}

#[test]
fn r_ops_01_no_buckets_policy_lets_everybody_change_something() {
    let secure = json!({ "Bool": { "aws:SecureTransport": true } });
    for change in [
        json!({ "Principal": "*", "Action": "s3:PutObject" }),
        json!({ "Principal": { "AWS": ["AKID", "*"] }, "Action": ["s3:GetObject", "s3:PutObject"] }),
        json!({ "Principal": "*", "Action": "s3:*Object" }),
        json!({ "Principal": "*", "Action": null, "NotAction": "s3:GetObject" }),
        json!({ "Principal": "*", "Action": "s3:*", "Condition": secure }),
    ] {
        let mut document = statement(&change);
        document["Statement"][0]["Resource"] = json!("arn:aws:s3:::b/*");
        let found = Policy::of_bucket("b", &document).unwrap_err();
        assert!(
            matches!(&found[..], [error] if matches!(error.mistake, crate::Mistake::PublicWrite { .. })),
            "{found:?}"
        );
        document["Statement"][0]["Effect"] = json!("Deny");
        assert!(Policy::of_bucket("b", &document).is_ok());
        document["Statement"][0]["Effect"] = json!("Allow");
        document["Statement"][0]["Principal"] = json!({ "AWS": "AKID" });
        assert!(Policy::of_bucket("b", &document).is_ok());
    }
}
