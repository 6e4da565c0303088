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
            "Statement[0].Principal: a policy here speaks of the key it stands under; remove it",
        ),
        (
            statement(&json!({ "Condition": {} })),
            "Statement[0].Condition: is not supported yet, and is not ignored; remove it, or the statement",
        ),
        (
            statement(&json!({ "NotAction": "s3:*" })),
            "Statement[0].NotAction: is not supported yet, and is not ignored; list the actions in \"Action\"",
        ),
        (
            statement(&json!({ "NotResource": "*" })),
            "Statement[0].NotResource: is not supported yet, and is not ignored; list the resources in \"Resource\"",
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
            statement(&json!({ "Resource": "arn:aws:s3:::b/${aws:username}/*" })),
            "Statement[0].Resource: the policy variable \"${aws:username}\" is not supported yet, and is not ignored",
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
            { "Effect": "Perhaps", "Action": ["s3:HeadObject", 1], "Resource": "b", "Condition": {} },
            { "Effect": "Allow", "Resource": ["*", "arn:aws:s3:::"] },
        ] }),
        &[
            "Version: \"2008-10-17\" is not supported; write \"2012-10-17\"",
            "Statement[0].Condition: is not supported yet, and is not ignored; remove it, or the statement",
            "Statement[0].Effect: \"Perhaps\" is not an effect; write \"Allow\" or \"Deny\"",
            "Statement[0].Action[0]: no action matches \"s3:HeadObject\"; did you mean \"s3:GetObject\"?",
            "Statement[0].Action[1]: expected a string, found a number",
            "Statement[0].Resource: \"b\" is not a bucket's or an object's ARN; write \"*\", \
             \"arn:aws:s3:::BUCKET\" or \"arn:aws:s3:::BUCKET/KEY*\"",
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
    ] {
        check(&document, &[]);
    }
}
