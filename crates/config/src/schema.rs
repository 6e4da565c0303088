//! The JSON Schema of the document: what editors complete from, and what the file's structure is checked by.
//!
//! It is the file `schema.json`, made of the types in `document` by a test, for making it takes more code than anything
//! else in a Worker; and `structure.json` is what of it a file's structure is checked by, without the words for people.

use serde_json::Value;
#[cfg(test)]
use {
    crate::document::Document,
    schemars::{SchemaGenerator, generate::SchemaSettings},
};

/// A keyword of our own, which others ignore: only the kind of this value is checked by the schema, and the rest by
/// code that has better words for what is wrong.
pub(crate) const CHECKED: &str = "x-brigade-checked";

/// The JSON Schema (draft 2020-12) of the configuration: what `brigade schema` prints.
///
/// ```
/// assert_eq!(brigade_config::schema()["properties"]["buckets"]["type"], "object");
/// ```
#[must_use]
pub fn schema() -> Value {
    brigade_json::read(include_bytes!("schema.json")).unwrap_or_default()
}

/// The schema without what the structure of a document is not checked by.
pub(crate) fn structure() -> Value {
    brigade_json::read(include_bytes!("structure.json")).unwrap_or_default()
}

/// The schema as the types say it.
#[cfg(test)]
fn made() -> Value {
    let mut schema =
        SchemaGenerator::new(SchemaSettings::draft2020_12()).into_root_schema_for::<Document>().to_value();
    tidy(&mut schema);
    schema
}

/// Takes null out, for an option is a key that may be absent and TOML has no null; and line ends out of descriptions.
#[cfg(test)]
fn tidy(schema: &mut Value) {
    match schema {
        Value::Array(schemas) => schemas.iter_mut().for_each(tidy),
        Value::Object(object) => {
            if object.get("default").is_some_and(Value::is_null) {
                object.remove("default");
            }
            if let Some(Value::String(description)) = object.get_mut("description") {
                *description = description.replace('\n', " ");
            }
            if let Some(Value::Array(kinds)) = object.get_mut("type") {
                kinds.retain(|kind| kind != "null");
                if let [kind] = kinds.as_slice() {
                    let kind = kind.clone();
                    object.insert("type".to_owned(), kind);
                }
            }
            if let Some(Value::Array(branches)) = object.get_mut("anyOf") {
                branches.retain(|branch| branch.get("type").is_none_or(|kind| kind != "null"));
                if let [Value::Object(branch)] = branches.as_slice() {
                    let branch = branch.clone();
                    object.remove("anyOf");
                    object.extend(branch);
                }
            }
            object.values_mut().for_each(tidy);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Takes out of a schema what [`crate::structure`] does not ask for.
#[cfg(test)]
fn bare(schema: &Value) -> Value {
    let Value::Object(object) = schema else { return schema.clone() };
    let checked = object.contains_key(CHECKED);
    let each = |of: &Value| {
        of.as_object().into_iter().flatten().map(|(name, of)| (name.clone(), bare(of))).collect()
    };
    let kept = object.iter().filter_map(|(keyword, value)| {
        let value = match keyword.as_str() {
            "type" | "examples" | CHECKED => value.clone(),
            _ if checked => return None,
            "properties" | "$defs" => each(value),
            "items" | "additionalProperties" => bare(value),
            "anyOf" | "oneOf" => value.as_array()?.iter().map(bare).collect(),
            "$ref" | "const" | "enum" | "format" | "maximum" | "minimum" | "required" => value.clone(),
            _ => return None,
        };
        Some((keyword.clone(), value))
    });
    kept.collect()
}

#[cfg(test)]
mod tests;
