//! An IAM policy document inside the configuration.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use crate::schema::CHECKED;

/// A policy document, not read yet; `brigade_policy` does that, and says what is wrong with it.
pub(crate) struct PolicyDocument(pub(crate) Value);

/// The policy of a bucket, likewise.
pub(crate) struct BucketPolicyDocument(pub(crate) Value);

impl JsonSchema for PolicyDocument {
    fn schema_name() -> Cow<'static, str> {
        "Policy".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        document("An IAM policy document, without principals.", None)
    }
}

impl JsonSchema for BucketPolicyDocument {
    fn schema_name() -> Cow<'static, str> {
        "BucketPolicy".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let name = json!({
            "type": "string",
            "examples": ["*", "KEYID", "arn:aws:iam::000000000000:user/KEYID", "arn:aws:iam::000000000000:role/ROLE"],
        });
        let named = json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["AWS"],
            "properties": {
                "AWS": {
                    "description": "Keys by their ids, or keys and roles by their ARNs.",
                    "anyOf": [name, { "type": "array", "minItems": 1, "items": name }],
                },
            },
        });
        let principal = json!({
            "description": "Of whom it speaks: \"*\" is everybody, anonymous callers too.",
            "anyOf": [{ "type": "string", "const": "*" }, named],
        });
        document(
            "A bucket's policy: an IAM policy document whose statements say of whom they speak.",
            Some(principal),
        )
    }
}

fn document(description: &str, principal: Option<Value>) -> Schema {
    let one_or_list = |description: &str, text: Value| {
        let list = json!({ "type": "array", "minItems": 1, "items": text });
        json!({ "description": description, "anyOf": [text, list] })
    };
    let action =
        json!({ "type": "string", "pattern": r"^(\*|[sS]3:.*)$", "examples": ["s3:GetObject", "s3:List*"] });
    let resource = json!({
        "type": "string",
        "pattern": r"^(\*|arn:aws:s3:::.+)$",
        "examples": ["arn:aws:s3:::BUCKET", "arn:aws:s3:::BUCKET/*"],
    });
    let value = json!({ "anyOf": [{ "type": "string" }, { "type": "number" }, { "type": "boolean" }] });
    let mut statement = json!({
        "type": "object",
        "description": "What it allows, or denies whatever else allows it.",
        "additionalProperties": false,
        "required": ["Effect"],
        "properties": {
            "Sid": { "type": "string", "description": "A name for the statement, which logs use." },
            "Effect": { "type": "string", "enum": ["Allow", "Deny"], "description": "A deny wins over every allow." },
            "Action": one_or_list("Actions; * and ? stand for any run and any one character.", action.clone()),
            "NotAction": one_or_list("All actions but these, instead of Action.", action),
            "Resource": one_or_list("ARNs of buckets and objects; * and ? stand for any run and any one character.", resource.clone()),
            "NotResource": one_or_list("Everything but these, instead of Resource.", resource),
            "Condition": {
                "type": "object",
                "description": "What must hold besides: by operator, condition keys and the values they are compared with.",
                "examples": [{ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } }],
                "additionalProperties": {
                    "type": "object",
                    "additionalProperties": { "anyOf": [value, { "type": "array", "minItems": 1, "items": value }] },
                },
            },
        },
    });
    if let (Some(principal), Some(statement)) = (principal, statement.as_object_mut()) {
        statement.insert("required".to_owned(), json!(["Effect", "Principal"]));
        if let Some(Value::Object(properties)) = statement.get_mut("properties") {
            properties.insert("Principal".to_owned(), principal);
        }
    }
    json_schema!({
        "type": "object",
        "description": description,
        "additionalProperties": false,
        "required": ["Version", "Statement"],
        "properties": {
            "Version": { "type": "string", "const": "2012-10-17", "description": "The version of the language." },
            "Id": { "type": "string", "description": "A name for the document." },
            "Statement": { "description": "One statement, or a list of them.", "anyOf": [statement, { "type": "array", "items": statement }] },
        },
        CHECKED: true,
    })
}
