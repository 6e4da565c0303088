//! The structure of a document, checked against its schema, with every mistake at its place.
//!
//! What is mistaken is reported, and left out or, where something must stand, replaced with the schema's example, so
//! that everything else can still be checked. Nothing that was replaced outlives the report.

use brigade_policy::Step;
use serde_json::{Map, Value};

use crate::found::Found;
use crate::interpolation::{Others, Sources, interpolate};
use crate::nearest::nearest;
use crate::schema::CHECKED;
use crate::tree::{self, Entry, Node, Written};
use crate::{KeyPath, Problem};

/// What is good of a document, as its schema has it, with references replaced.
pub(crate) fn read(
    node: &Node,
    schema: &Value,
    sources: &dyn Sources,
    found: &mut Vec<Found>,
) -> Option<Value> {
    Walk { root: schema, sources, found, path: Vec::new() }.value(node, schema)
}

struct Walk<'a> {
    root: &'a Value,
    sources: &'a dyn Sources,
    found: &'a mut Vec<Found>,
    path: Vec<Step>,
}

impl<'a> Walk<'a> {
    fn value(&mut self, node: &Node, schema: &'a Value) -> Option<Value> {
        let branches = self.branches(schema);
        let fitting: Vec<_> = branches.iter().copied().filter(|branch| takes(branch, node)).collect();
        match fitting.as_slice() {
            [] => {
                let expected = expectation(&branches);
                self.problem(Problem::Kind { expected, found: node.kind() });
                None
            }
            [schema] if schema.get(CHECKED).is_some() => self.unchecked(node),
            [first, more @ ..] => match &node.written {
                Written::Text(text) | Written::Date(text) => self.text(text, &fitting),
                Written::List(items) => Some(self.list(items, first)),
                Written::Table(entries) if more.is_empty() => self.table(entries, first),
                Written::Table(entries) => {
                    let branch = self.tagged(node, &fitting)?;
                    self.table(entries, branch)
                }
                Written::Integer(value) => self.integer(*value, first),
                other @ (Written::Null | Written::Boolean(_) | Written::Float(_)) => tree::plain(other),
            },
        }
    }

    /// The alternatives of a schema, each without `$ref`; a schema without alternatives is its only one.
    fn branches(&self, schema: &'a Value) -> Vec<&'a Value> {
        let schema = self.resolve(schema);
        let alternatives = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array);
        match alternatives {
            None => vec![schema],
            Some(alternatives) => {
                alternatives.iter().flat_map(|alternative| self.branches(alternative)).collect()
            }
        }
    }

    fn resolve(&self, mut schema: &'a Value) -> &'a Value {
        while let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let Some(target) = reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer))
            else {
                return schema;
            };
            schema = target;
        }
        schema
    }

    fn text(&mut self, written: &str, branches: &[&Value]) -> Option<Value> {
        let known: Option<Vec<&str>> =
            branches.iter().map(|branch| words(branch)).collect::<Option<Vec<_>>>().map(|w| w.concat());
        let text = self.interpolated(written, Others::Refuse)?;
        match known {
            Some(known) if !known.contains(&text.as_str()) => {
                let problem =
                    if later_word(&self.path, written) { Problem::NotYet } else { word(written, &known) };
                self.problem(problem);
                None
            }
            _ => Some(Value::String(text)),
        }
    }

    fn interpolated(&mut self, written: &str, others: Others) -> Option<String> {
        interpolate(written, others, self.sources).map_err(|problem| self.problem(problem)).ok()
    }

    fn integer(&mut self, value: i64, schema: &Value) -> Option<Value> {
        let bound = |keyword| schema.get(keyword).and_then(Value::as_i64);
        match (bound("minimum"), bound("maximum")) {
            (Some(least), _) if value < least => self.problem(Problem::TooSmall { least }),
            (_, Some(most)) if value > most => self.problem(Problem::TooLarge { most }),
            (_, _) => return Some(Value::from(value)),
        }
        None
    }

    fn list(&mut self, items: &[Node], schema: &'a Value) -> Value {
        let of = schema.get("items").unwrap_or(&Value::Bool(true));
        let items = items.iter().enumerate();
        items
            .map(|(index, item)| {
                let good = self.at(Step::Index(index), |walk| walk.value(item, of));
                good.unwrap_or_else(|| self.stand_in(of))
            })
            .collect()
    }

    fn table(&mut self, entries: &[Entry], schema: &'a Value) -> Option<Value> {
        let properties = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties").filter(|others| others.is_object());
        let mut table = Map::new();
        for entry in entries {
            let of = properties.and_then(|properties| properties.get(&entry.key)).or(others);
            let step = Step::Key(entry.key.clone());
            let value = self.at(step, |walk| match of {
                Some(of) => walk.value(&entry.node, of),
                None => walk.unknown(entry, properties),
            });
            table.extend(value.map(|value| (entry.key.clone(), value)));
        }
        // What a later version brings is instead of these.
        let later = entries.iter().any(|entry| later_key(&KeyPath(self.path.clone()).key(&entry.key).0));
        for key in required(schema).filter(|key| !later && !entries.iter().any(|entry| entry.key == *key)) {
            let schema = properties.and_then(|properties| properties.get(key));
            let example = schema.and_then(|schema| self.example(key, schema));
            self.at(Step::Key(key.to_owned()), |walk| walk.problem(Problem::Missing { example }));
        }
        self.fill(&mut table, schema);
        Some(Value::Object(table))
    }

    /// Puts something in the place of every key that a table must have and has not.
    fn fill(&self, table: &mut Map<String, Value>, schema: &'a Value) {
        let properties = schema.get("properties").and_then(Value::as_object);
        for key in required(schema) {
            if let Some(of) = properties.and_then(|properties| properties.get(key)) {
                table.entry(key).or_insert_with(|| self.stand_in(of));
            }
        }
    }

    /// A value that a schema takes, in the place of one that it does not.
    fn stand_in(&self, schema: &'a Value) -> Value {
        if let Some(example) = self.first_example(schema) {
            return example.clone();
        }
        let branches = self.branches(schema);
        let Some(schema) = branches.first() else { return Value::Null };
        match schema.get("type").and_then(Value::as_str) {
            Some("object") => {
                let mut table = Map::new();
                self.fill(&mut table, schema);
                Value::Object(table)
            }
            Some("array") => Value::Array(Vec::new()),
            Some("integer") => Value::from(schema.get("minimum").and_then(Value::as_i64).unwrap_or(0)),
            Some("boolean") => Value::Bool(false),
            _ => Value::from(words(schema).and_then(|words| words.first().copied()).unwrap_or_default()),
        }
    }

    fn unknown(&mut self, entry: &Entry, known: Option<&'a Map<String, Value>>) -> Option<Value> {
        let problem = if later_key(&self.path) {
            Problem::NotYet
        } else {
            let known: Vec<_> =
                known.into_iter().flat_map(Map::keys).filter(|key| *key != "$schema").cloned().collect();
            let meant = nearest(&entry.key, known.iter().map(String::as_str)).map(str::to_owned);
            Problem::UnknownKey { meant, known }
        };
        self.found.push(Found { path: KeyPath(self.path.clone()), at: Some(entry.at), problem });
        None
    }

    /// The alternative that a table says it is, by the key that has another constant in each.
    fn tagged(&mut self, node: &Node, branches: &[&'a Value]) -> Option<&'a Value> {
        let tags: Vec<(&str, &str, &'a Value)> = branches.iter().filter_map(|branch| tag(branch)).collect();
        let Some((key, ..)) = tags.first().copied() else { return likely(node, branches) };
        let known: Vec<&str> = tags.iter().map(|(_, word, _)| *word).collect();
        let entry = node.entry(key);
        let written = entry.and_then(|entry| entry.node.text());
        let found = tags.iter().find(|(_, word, _)| Some(*word) == written).map(|(_, _, branch)| *branch);
        if found.is_none() {
            self.at(Step::Key(key.to_owned()), |walk| {
                let example = known.first().map(|word| format!("{key} = {word:?}"));
                let problem = match (entry, written) {
                    (None, _) => Problem::Missing { example },
                    (Some(_), Some(written)) if later_word(&walk.path, written) => Problem::NotYet,
                    (Some(_), Some(written)) => word(written, &known),
                    (Some(entry), None) => {
                        Problem::Kind { expected: "a string".to_owned(), found: entry.node.kind() }
                    }
                };
                walk.problem(problem);
            });
        }
        found
    }

    /// A value of which only the kind was checked. Policy variables in it are its reader's to refuse.
    fn unchecked(&mut self, node: &Node) -> Option<Value> {
        match &node.written {
            Written::Text(text) | Written::Date(text) => {
                self.interpolated(text, Others::Keep).map(Value::String)
            }
            Written::List(items) => {
                // A list keeps its length, so that its reader counts as the text does.
                let item = |(index, item)| self.at(Step::Index(index), |walk| walk.unchecked(item));
                items.iter().enumerate().map(item).collect()
            }
            Written::Table(entries) => {
                let mut table = Map::new();
                for entry in entries {
                    let value = self.at(Step::Key(entry.key.clone()), |walk| walk.unchecked(&entry.node))?;
                    table.insert(entry.key.clone(), value);
                }
                Some(Value::Object(table))
            }
            other @ (Written::Null | Written::Boolean(_) | Written::Integer(_) | Written::Float(_)) => {
                tree::plain(other)
            }
        }
    }

    /// What could be written for a key, as TOML.
    fn example(&self, key: &str, schema: &'a Value) -> Option<String> {
        let example = self.first_example(schema)?;
        Some(format!("{key} = {}", brigade_json::write(example).replace("\",\"", "\", \"")))
    }

    fn first_example(&self, schema: &'a Value) -> Option<&'a Value> {
        let first = |schema: &'a Value| schema.get("examples").and_then(|examples| examples.get(0));
        first(schema).or_else(|| first(self.resolve(schema)))
    }

    fn at<T>(&mut self, step: Step, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step);
        let result = read(self);
        self.path.pop();
        result
    }

    fn problem(&mut self, problem: Problem) {
        self.found.push(Found { path: KeyPath(self.path.clone()), at: None, problem });
    }
}

/// Whether a schema without alternatives takes values of the kind of this one.
fn takes(schema: &Value, node: &Node) -> bool {
    let Some(kind) = schema.get("type").and_then(Value::as_str) else { return true };
    match &node.written {
        Written::Null => kind == "null",
        Written::Boolean(_) => kind == "boolean",
        Written::Integer(_) => kind == "integer" || kind == "number",
        Written::Float(_) => kind == "number",
        Written::Text(_) => kind == "string",
        Written::Date(_) => {
            kind == "string" && schema.get("format").is_some_and(|format| format == "date-time")
        }
        Written::List(_) => kind == "array",
        Written::Table(_) => kind == "object",
    }
}

/// The keys that a table must have.
fn required(schema: &Value) -> impl Iterator<Item = &str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// What the alternatives of a schema take, for a message.
fn expectation(branches: &[&Value]) -> String {
    let mut kinds: Vec<String> = Vec::new();
    for branch in branches {
        let kind = match (words(branch), branch.get("type").and_then(Value::as_str)) {
            (Some(words), _) => words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", "),
            (None, Some("string")) if branch.get("format").is_some_and(|format| format == "date-time") => {
                "a moment such as 2027-01-01T00:00:00Z".to_owned()
            }
            (None, Some("string")) => "a string".to_owned(),
            (None, Some("boolean")) => "true or false".to_owned(),
            (None, Some("integer")) => "a whole number".to_owned(),
            (None, Some("array")) => "a list".to_owned(),
            (None, _) => "a table".to_owned(),
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    match kinds.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => kinds.concat(),
    }
}

/// The words that a schema of a string takes, if it takes only some.
fn words(schema: &Value) -> Option<Vec<&str>> {
    if schema.get(CHECKED).is_some() {
        return None;
    }
    if let Some(word) = schema.get("const").and_then(Value::as_str) {
        return Some(vec![word]);
    }
    Some(schema.get("enum")?.as_array()?.iter().filter_map(Value::as_str).collect())
}

fn word(written: &str, known: &[&str]) -> Problem {
    Problem::Word {
        written: written.to_owned(),
        known: known.iter().map(|word| (*word).to_owned()).collect(),
        meant: nearest(written, known.iter().copied()).map(str::to_owned),
    }
}

/// The alternative that knows most of a table's keys; of two, the first.
fn likely<'a>(node: &Node, branches: &[&'a Value]) -> Option<&'a Value> {
    let known = |branch: &Value| {
        let properties = branch.get("properties").and_then(Value::as_object);
        let knows = |entry: &&Entry| properties.is_some_and(|of| of.contains_key(&entry.key));
        node.entries().iter().filter(knows).count()
    };
    branches.iter().rev().copied().max_by_key(|branch| known(branch))
}

/// The key of a schema that has a constant, the constant, and the schema.
fn tag(schema: &Value) -> Option<(&str, &str, &Value)> {
    let properties = schema.get("properties")?.as_object()?;
    properties.iter().find_map(|(key, of)| Some((key.as_str(), of.get("const")?.as_str()?, schema)))
}

/// Whether a key that the schema does not know is one that a later version will bring.
fn later_key(path: &[Step]) -> bool {
    match path {
        [Step::Key(backends), Step::Key(_), Step::Key(auth), Step::Key(key)] => {
            backends == "backends" && auth == "auth" && (key == "google" || key == "azure")
        }
        _ => false,
    }
}

/// Whether a word that the schema does not know is one that a later version will bring.
fn later_word(path: &[Step], word: &str) -> bool {
    matches!(path, [Step::Key(backends), Step::Key(_), Step::Key(key)] if backends == "backends" && key == "type")
        && ["gcs", "azure", "http", "directory"].contains(&word)
}
