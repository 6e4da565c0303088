//! The schema is a good one, and says what the loader does.

use brigade_policy::GrantAction;
use serde_json::{Value, json};

use crate::Config;
use crate::config::tests::world;

/// The keywords of JSON Schema that the schema may use, all of which [`faults`] knows or needs not.
const KEYWORDS: [&str; 21] = [
    "$defs",
    "$ref",
    "$schema",
    "additionalProperties",
    "anyOf",
    "const",
    "default",
    "description",
    "enum",
    "examples",
    "format",
    "items",
    "maximum",
    "minItems",
    "minimum",
    "oneOf",
    "pattern",
    "properties",
    "required",
    "title",
    "type",
];

/// Why a value is not what a schema says: written from the specification of JSON Schema, apart from the loader.
fn faults(root: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut require = |good: bool, why: &str| {
        if !good {
            found.push(format!("{why}: {value}"));
        }
    };
    if let Some(kind) = schema["type"].as_str() {
        require(
            match kind {
                "object" => value.is_object(),
                "array" => value.is_array(),
                "string" => value.is_string(),
                "boolean" => value.is_boolean(),
                "integer" => value.is_i64() || value.is_u64(),
                _ => false,
            },
            kind,
        );
    }
    require(schema.get("const").is_none_or(|only| only == value), "const");
    require(schema["enum"].as_array().is_none_or(|words| words.contains(value)), "enum");
    require(
        schema["minimum"].as_i64().is_none_or(|least| value.as_i64().is_none_or(|n| n >= least)),
        "minimum",
    );
    require(
        schema["maximum"].as_i64().is_none_or(|most| value.as_i64().is_none_or(|n| n <= most)),
        "maximum",
    );
    let items = value.as_array().map_or(&[][..], Vec::as_slice);
    require(
        schema["minItems"].as_u64().is_none_or(|least| !value.is_array() || items.len() as u64 >= least),
        "minItems",
    );
    let matching = |branches: &Value| {
        branches.as_array().map(|of| of.iter().filter(|of| faults(root, of, value).is_empty()).count())
    };
    require(matching(&schema["anyOf"]).is_none_or(|count| count > 0), "anyOf");
    require(matching(&schema["oneOf"]).is_none_or(|count| count == 1), "oneOf");
    if let Some(object) = value.as_object() {
        for key in schema["required"].as_array().into_iter().flatten() {
            require(object.contains_key(key.as_str().unwrap()), "required");
        }
        let others = json!(true);
        for (key, value) in object {
            let of = schema["properties"].get(key).or(schema.get("additionalProperties")).unwrap_or(&others);
            match of {
                Value::Bool(allowed) => require(*allowed, key),
                Value::Object(_) => require(faults(root, of, value).is_empty(), key),
                Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                    require(false, "schema")
                }
            }
        }
    }
    if let Some(of) = schema.get("items") {
        items.iter().for_each(|item| found.extend(faults(root, of, item)));
    }
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.strip_prefix('#').unwrap()).unwrap();
        found.extend(faults(root, target, value));
    }
    found
}

/// Every schema within a schema.
fn every<'s>(schema: &'s Value, visit: &mut dyn FnMut(&'s Value)) {
    visit(schema);
    for key in ["anyOf", "oneOf"] {
        schema[key].as_array().into_iter().flatten().for_each(|schema| every(schema, visit));
    }
    for key in ["properties", "$defs"] {
        schema[key].as_object().into_iter().flatten().for_each(|(_, schema)| every(schema, visit));
    }
    for key in ["items", "additionalProperties"] {
        schema
            .get(key)
            .filter(|schema| schema.is_object())
            .into_iter()
            .for_each(|schema| every(schema, visit));
    }
}

#[test]
fn the_schema_uses_what_editors_understand_and_explains_every_key() {
    let root = crate::schema();
    assert_eq!(root["$schema"], "https://json-schema.org/draft/2020-12/schema");
    every(&root, &mut |schema| {
        for (keyword, value) in schema.as_object().unwrap() {
            assert!(KEYWORDS.contains(&keyword.as_str()) || keyword.starts_with("x-"), "{keyword}");
            assert!(!value.is_null() && value != "null", "{keyword} {schema}");
        }
        for (key, of) in schema["properties"].as_object().into_iter().flatten() {
            assert!(of.get("description").is_some() || of.get("const").is_some(), "{key} has no description");
        }
        if schema["type"] == "object" {
            assert!(schema.get("additionalProperties").is_some(), "{schema} takes anything");
        }
        if let Some(reference) = schema["$ref"].as_str() {
            assert!(root.pointer(reference.strip_prefix('#').unwrap()).is_some(), "{reference}");
        }
        for example in schema["examples"].as_array().into_iter().flatten().chain(schema.get("default")) {
            assert_eq!(faults(&root, schema, example), Vec::<String>::new(), "{example}");
        }
    });
}

#[test]
fn the_schema_lists_the_actions_that_the_loader_takes() {
    let root = crate::schema();
    let words = |name: &str| root["$defs"][name]["enum"].as_array().unwrap().clone();
    for word in words("Action") {
        assert!(word.as_str().unwrap().parse::<GrantAction>().is_ok(), "{word}");
    }
    for word in words("PublicAction") {
        let action = word.as_str().unwrap().parse().unwrap();
        assert!(brigade_policy::Policy::public("demo", &[action]).is_ok(), "{word}");
    }
}

/// The value of a TOML document, read by the `toml` crate alone.
fn value(text: &str) -> Value {
    fn plain(value: toml::Value) -> Value {
        match value {
            toml::Value::Datetime(date) => Value::from(date.to_string()),
            toml::Value::Array(items) => items.into_iter().map(plain).collect(),
            toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, plain(value))).collect(),
            toml::Value::String(text) => Value::from(text),
            toml::Value::Integer(number) => Value::from(number),
            toml::Value::Float(number) => Value::from(number),
            toml::Value::Boolean(value) => Value::from(value),
        }
    }
    plain(toml::Value::Table(toml::from_str(text).unwrap()))
}

/// Checks a document with the schema alone and with the loader.
#[track_caller]
fn check(text: &str, good: bool) {
    let root = crate::schema();
    let faults = faults(&root, &root, &value(text));
    assert_eq!(faults.is_empty(), good, "{faults:?}\n{text}");
    let loaded = Config::load(text, "example", &world());
    assert_eq!(loaded.is_ok(), good, "{:?}\n{text}", loaded.map_err(|wrong| wrong.to_string()));
}

#[test]
fn what_the_structure_refuses_the_schema_refuses() {
    for (text, good) in [
        ("", true),
        ("colour = 1", false),
        ("[server]\nmax_connections = 0", false),
        ("[server]\nmax_connections = 1", true),
        ("[server]\nmax_connections = 99999999999", false),
        ("[backends.x]\ntype = \"embedded\"\npath = \".\"", true),
        ("[backends.x]\ntype = \"embedded\"\npath = \".\"\nendpoint = \"http://h\"", false),
        ("[backends.x]\ntype = \"s3\"\nendpoint = \"http://h\"\nauth = \"anonymous\"", true),
        ("[backends.x]\ntype = \"s3\"\nendpoint = \"http://h\"\nauth = \"nobody\"", false),
        ("[backends.x]\ntype = \"s3\"\nendpoint = \"http://h\"\nauth = { access_key_id = \"a\" }", false),
        (
            "[keys.AKID]\nsecret = \"s\"\ngrants = [{ bucket = \"*\", actions = [\"s3:GetObjectVersion\"] }]",
            true,
        ),
        ("[keys.AKID]\nsecret = \"s\"\ngrants = [{ bucket = \"*\", actions = [\"s3:getobject\"] }]", false),
        ("[backends.x]\ntype = \"embedded\"\npath = \".\"\n[buckets.demo]\nbackend = \"x\"\ncors = []", true),
        (
            "[backends.x]\ntype = \"embedded\"\npath = \".\"\n[buckets.demo]\nbackend = \"x\"\n[[buckets.demo.cors]]\n\
             origins = [\"https://*.example.org\"]\nmethods = [\"GET\", \"HEAD\", \"PUT\"]\nheaders = [\"*\"]\nexpose = [\"ETag\"]\nmax_age = \"1h\"",
            true,
        ),
        (
            "[backends.x]\ntype = \"embedded\"\npath = \".\"\n[buckets.demo]\nbackend = \"x\"\ncors = [{ origins = [], methods = [\"GET\"] }]",
            false,
        ),
        ("[keys.AKID]\nsecret = \"s\"\ngrants = []\nexpires = 2027-01-01T00:00:00Z", true),
        (
            "[keys.AKID]\nsecret = \"s\"\npolicy = { Version = \"2012-10-17\", Statement = { Effect = \"Allow\", \
             Action = \"s3:*\", Resource = \"*\" } }",
            true,
        ),
        (
            "[keys.AKID]\nsecret = \"s\"\npolicy = { Version = \"2012-10-17\", Statement = { Effect = \"Allow\", \
             Action = \"s3:*\", Resource = \"*\", Condition = { Bool = { \"aws:SecureTransport\" = true } } } }",
            true,
        ),
        (
            "[keys.AKID]\nsecret = \"s\"\npolicy = { Version = \"2012-10-17\", Statement = { Effect = \"Allow\", \
             Action = \"s3:*\", Resource = \"*\", Conditions = {} } }",
            false,
        ),
    ] {
        check(text, good);
    }
}

#[test]
fn the_example_in_the_readme_is_a_good_configuration() {
    let readme = include_str!("../../../../README.md");
    let blocks: Vec<_> =
        readme.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        check(block, true);
    }
}

#[test]
fn the_schema_files_are_what_the_types_say() {
    let made = super::made();
    let whole = serde_json::to_string_pretty(&made).unwrap() + "\n";
    for (name, text) in [("schema.json", whole), ("structure.json", super::bare(&made).to_string())] {
        let file = format!("{}/src/{name}", env!("CARGO_MANIFEST_DIR"));
        if std::fs::read_to_string(&file).unwrap_or_default() != text {
            std::fs::write(&file, text).unwrap();
            panic!(
                "src/{name} was out of date; it has been written anew: commit it, and run the tests again"
            );
        }
    }
}
