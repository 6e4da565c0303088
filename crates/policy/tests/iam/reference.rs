//! A slow evaluator of policy documents, written from AWS's words alone, over the JSON itself: nothing is compiled, texts
//! become lists of characters, and what cannot be said is `None`.
//!
//! Sources: reference_policies_evaluation-logic, reference_policies_elements_condition_operators,
//! reference_policies_condition-logic-multiple-context-keys-or-values, reference_policies_variables of the IAM User Guide.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What is known: keys in lower case, with their values.
pub(crate) type Context = BTreeMap<String, Vec<String>>;

pub(crate) struct Question<'a> {
    pub(crate) action: &'a str,
    /// The ARN.
    pub(crate) resource: &'a str,
    pub(crate) context: &'a Context,
}

/// A character of a pattern.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    This(char),
    One,
    Run,
}

pub(crate) fn is_allowed(document: &Value, question: &Question<'_>) -> bool {
    let applying = |effect: &str| {
        list(&document["Statement"])
            .into_iter()
            .filter(|statement| statement["Effect"] == effect)
            .map(|statement| applies(statement, question))
            .collect::<Vec<_>>()
    };
    let denied = applying("Deny").into_iter().any(|applies| applies != Some(false));
    let allowed = applying("Allow").contains(&Some(true));
    allowed && !denied
}

fn applies(statement: &Value, question: &Question<'_>) -> Option<bool> {
    let lower = |value: &Value| value.as_str().unwrap().to_lowercase();
    let action = |value: &Value| {
        Some(glob(&marks(&lower(value), true, |_| None).unwrap(), &question.action.to_lowercase()))
    };
    let resource = |value: &Value| {
        let text = value.as_str().unwrap();
        let pattern = if text == "*" { "arn:aws:s3:::*" } else { text };
        // Whatever a variable stands for, what comes before it is there.
        let before = pattern.find("${").map_or("", |end| &pattern[..end]);
        if before.find(['*', '?']).is_none() && !question.resource.starts_with(before) {
            return Some(false);
        }
        let marks = marks(pattern, true, |variable| resolve(variable, question.context, true))?;
        let anchored = glob(&marks, question.resource);
        Some(anchored)
    };
    let element = |name: &str, test: &dyn Fn(&Value) -> Option<bool>| match statement.get(name) {
        Some(values) => any(list(values).into_iter().map(test)),
        None => any(list(&statement[format!("Not{name}")]).into_iter().map(test)).map(|found| !found),
    };
    let conditions = statement.get("Condition").and_then(Value::as_object);
    let conditions = conditions.into_iter().flatten().flat_map(|(operator, keys)| {
        let keys = keys.as_object().unwrap().iter();
        keys.map(move |(key, values)| condition(operator, key, &list(values), question.context))
    });
    let parts = [element("Action", &action), element("Resource", &resource)];
    any(parts.into_iter().chain(conditions).map(|part| part.map(|holds| !holds))).map(|none| !none)
}

fn condition(operator: &str, key: &str, values: &[&Value], context: &Context) -> Option<bool> {
    let (set, operator) = operator.split_once(':').unwrap_or(("", operator));
    let (operator, lenient) = match operator.strip_suffix("IfExists") {
        Some(operator) => (operator, true),
        None => (operator, false),
    };
    let key = if key.to_lowercase().starts_with("jwt:") { key.to_owned() } else { key.to_lowercase() };
    let found = context.get(&key).filter(|found| !found.is_empty());
    let texts: Vec<_> =
        values.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect();
    if operator == "Null" {
        return Some(texts.iter().any(|text| (text.to_lowercase() == "true") == found.is_none()));
    }
    let positive = operator.replacen("Not", "", 1);
    let negated = positive != operator;
    let Some(found) = found else {
        return Some(match set {
            "ForAllValues" => true,
            "ForAnyValue" => false,
            _ => lenient || negated,
        });
    };
    let names = matches!(&*key, "s3:prefix" | "s3:x-amz-copy-source");
    let equal = |value: &String| any(texts.iter().map(|text| same(&positive, value, text, context, names)));
    let holds = |value: &String| equal(value).map(|equal| equal != negated);
    match set {
        "ForAllValues" => any(found.iter().map(|value| holds(value).map(|holds| !holds))).map(|none| !none),
        "ForAnyValue" => any(found.iter().map(holds)),
        _ => any(found.iter().map(equal)).map(|equal| equal != negated),
    }
}

/// Whether a value of the context compares with one of the policy.
fn same(operator: &str, value: &str, text: &str, context: &Context, names: bool) -> Option<bool> {
    let pattern = |text: &str, wild: bool| {
        let before = text.find("${").map_or("", |end| &text[..end]);
        let fixed = !wild || before.find(['*', '?']).is_none();
        // A value that could never be led to match does not match, known or not.
        let possible = !fixed || text.find("${").is_none() || value.starts_with(before);
        (possible, marks(text, wild, |variable| resolve(variable, context, names)))
    };
    match operator {
        "StringEquals" => match pattern(text, false) {
            (false, _) => Some(false),
            (true, marks) => Some(glob(&marks?, value)),
        },
        "StringLike" => match pattern(text, true) {
            (false, _) => Some(false),
            (true, marks) => Some(glob(&marks?, value)),
        },
        "StringEqualsIgnoreCase" => {
            let marks = marks(text, false, |variable| resolve(variable, context, names));
            let before = text.find("${").map_or("", |end| &text[..end]).to_lowercase();
            if text.contains("${") && !value.to_lowercase().starts_with(&before) {
                return Some(false);
            }
            let literal: String = marks?
                .into_iter()
                .map(|mark| match mark {
                    Mark::This(c) => c,
                    Mark::One | Mark::Run => unreachable!(),
                })
                .collect();
            Some(literal.to_lowercase() == value.to_lowercase())
        }
        "ArnEquals" | "ArnLike" => {
            let parts = |arn: &str| arn.splitn(6, ':').map(str::to_owned).collect::<Vec<_>>();
            let (expected, value) = (parts(text), parts(value));
            if value.len() != 6 || value[0] != "arn" {
                return None;
            }
            Some(expected.iter().zip(&value).all(|(e, v)| glob(&marks(e, true, |_| None).unwrap(), v)))
        }
        "Bool" => match value.to_lowercase().as_str() {
            "true" | "false" => Some(value.eq_ignore_ascii_case(text)),
            _ => None,
        },
        "IpAddress" => {
            let bits = |text: &str| match text.parse::<IpAddr>().ok()? {
                IpAddr::V4(address) => Some(format!("4{:032b}", address.to_bits())),
                IpAddr::V6(address) => Some(format!("6{:0128b}", address.to_bits())),
            };
            let (range, length) = text.split_once('/').unwrap_or((text, "128"));
            let range = bits(range).unwrap();
            let length: usize = length.parse().unwrap();
            Some(bits(value)?.starts_with(&range[..range.len().min(length + 1)]))
        }
        _ => {
            let (ours, theirs) = if operator.starts_with("Date") {
                let moment = |text: &str| {
                    let date = OffsetDateTime::parse(text, &Rfc3339).ok();
                    date.map(|date| date.unix_timestamp() as f64).or_else(|| text.parse().ok())
                };
                (moment(value)?, moment(text).unwrap())
            } else {
                (value.parse::<f64>().ok()?, text.parse::<f64>().unwrap())
            };
            Some(match operator.trim_start_matches("Date").trim_start_matches("Numeric") {
                "Equals" => ours == theirs,
                "LessThan" => ours < theirs,
                "LessThanEquals" => ours <= theirs,
                "GreaterThan" => ours > theirs,
                "GreaterThanEquals" => ours >= theirs,
                other => unreachable!("{other}"),
            })
        }
    }
}

/// The value for a variable, where exactly one good one is known.
fn resolve(variable: &str, context: &Context, names: bool) -> Option<String> {
    let (key, default) = match variable.split_once(", '") {
        Some((key, default)) => (key, Some(default.trim_end_matches('\'').to_owned())),
        None => (variable, None),
    };
    let key = if key.starts_with("jwt:") { key.to_owned() } else { key.to_lowercase() };
    let Some(found) = context.get(&key).filter(|found| !found.is_empty()) else { return default };
    let [value] = &found[..] else { return None };
    let steps: Vec<_> = value.split('/').collect();
    let slashes = steps.len() == 1 || key == "jwt:repository";
    let named = slashes
        && !value.contains(['*', '?', '\\'])
        && !value.contains(char::is_control)
        && !steps.iter().any(|step| ["", ".", ".."].contains(step));
    (if names { named } else { !value.is_empty() }).then(|| value.clone())
}

/// The characters of a pattern; nothing when a variable has no value.
fn marks(pattern: &str, wild: bool, resolve: impl Fn(&str) -> Option<String>) -> Option<Vec<Mark>> {
    let mut marks = Vec::new();
    let mut rest = pattern;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix("${") {
            let (variable, after) = inner.split_once('}').unwrap();
            let value = match variable {
                "*" | "?" | "$" => variable.to_owned(),
                variable => resolve(variable)?,
            };
            marks.extend(value.chars().map(Mark::This));
            rest = after;
        } else {
            let c = rest.chars().next().unwrap();
            marks.push(match c {
                '*' if wild => Mark::Run,
                '?' if wild => Mark::One,
                c => Mark::This(c),
            });
            rest = &rest[c.len_utf8()..];
        }
    }
    Some(marks)
}

/// Whether a pattern matches a text, by trying every way of it.
fn glob(pattern: &[Mark], text: &str) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((Mark::Run, rest)) => {
            text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| glob(rest, &text[at..]))
        }
        Some((Mark::One, rest)) => text.chars().next().is_some_and(|c| glob(rest, &text[c.len_utf8()..])),
        Some((Mark::This(c), rest)) => text.strip_prefix(*c).is_some_and(|text| glob(rest, text)),
    }
}

/// Whether any holds; of what cannot be said, nothing can be said unless another one does.
fn any(each: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let each: Vec<_> = each.into_iter().collect();
    if each.contains(&Some(true)) {
        Some(true)
    } else if each.contains(&None) {
        None
    } else {
        Some(false)
    }
}

fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |values| values.iter().collect())
}
