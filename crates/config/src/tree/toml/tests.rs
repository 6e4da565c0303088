//! The same of every text as the `toml` crate makes of it, which has tables of its own.

use proptest::prelude::*;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::read;
use crate::Problem;
use crate::found::Found;
use crate::tree::{Entry, Node, Written};

fn theirs(text: &str) -> (Written, Vec<(usize, Option<String>)>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let errors = errors.iter().map(|error| {
        let why = error.message().trim_end().replace('\n', ", ");
        (error.span().unwrap_or(0..0).start, (why != "duplicate key").then_some(why))
    });
    (entries(table.get_ref()), errors.collect())
}

fn node(value: &Spanned<DeValue<'_>>) -> Node {
    let written = match value.get_ref() {
        DeValue::String(text) => Written::Text(text.to_string()),
        DeValue::Boolean(value) => Written::Boolean(*value),
        DeValue::Integer(value) => i64::from_str_radix(&value.as_str().replace('_', ""), value.radix())
            .map_or(Written::Float(f64::INFINITY), Written::Integer),
        DeValue::Float(value) => {
            let value: f64 = value.as_str().replace('_', "").parse().unwrap_or(f64::NAN);
            Written::Float(if value.is_finite() { value } else { f64::NAN })
        }
        DeValue::Datetime(date) => Written::Date(date.to_string()),
        DeValue::Array(items) => Written::List(items.iter().map(node).collect()),
        DeValue::Table(table) => entries(table),
    };
    Node { at: value.span().start, written }
}

fn entries(table: &DeTable<'_>) -> Written {
    let entry = |(key, value): (&Spanned<DeString<'_>>, _)| Entry {
        key: key.get_ref().to_string(),
        at: key.span().start,
        node: node(value),
    };
    Written::Table(table.iter().map(entry).collect())
}

#[track_caller]
fn check(text: &str) {
    let mut found = Vec::new();
    let ours = read(text, &mut found);
    let (tree, errors) = theirs(text);
    let fatal = errors.iter().any(|(_, why)| why.is_some());
    assert_eq!(ours.is_none(), fatal, "{text:?}: {found:?}, {errors:?}");
    if let Some(ours) = ours {
        assert_eq!(format!("{:?}", ours.written), format!("{tree:?}"), "{text:?}");
    }
    let found = found.iter().map(|Found { at, problem, .. }| {
        let why = if let Problem::Syntax { why } = problem { Some(why.clone()) } else { None };
        (at.unwrap(), why)
    });
    // Of what is no document, what comes after the first fault is anybody's guess.
    let told = if fatal { 1 } else { errors.len() };
    let found: Vec<_> = found.collect();
    assert_eq!(found.get(..told), errors.get(..told), "{text:?}: {found:?}");
    assert!(fatal || found.len() == told, "{text:?}: {found:?}");
}

#[test]
fn documents_are_what_the_toml_crate_makes_of_them() {
    for text in [
        "",
        "a = 1\nb.c = 'x'\n[t]\nk = [1, [2.5, {z = true}], \"\"\"\n y\"\"\"]\n[[l]]\nn = 1\n[[l]]\n[l.m]\no = 0x_f",
        "[a.b]\nc = 1\n[a]\nd = 2\n[a.b.e]\n",
        "a = 99999999999999999999\nb = -1_000\nc = 0b11\nd = +1e5\ne = inf\nf = nan\ng = 0o17",
        "a = 2027-01-01T00:00:00Z\nb = 2027-01-01\nc = 07:32:00.5\nd = 2027-01-01 01:02:03+01:00",
        "\u{feff}a = 1",
        "\"quoted.key\" = 1\n'lit' . \"two\" = 2",
        "a = [\n 1, # one\n 2,\n]\nb = {\n c = 1,\n}",
        "[a]\n[a]",
        "[a]\nb = 1\n[a]\nb = 2\nc = 3",
        "a = 1\na = 2",
        "a.b = 1\na.b.c = 2",
        "a.b = 1\n[a]\nc = 1",
        "[a]\nb.c = 1\n[a.b]\nd = 1",
        "a = {b = 1}\na.c = 2",
        "a = {b = 1}\n[a.c]",
        "a = {b = 1}\n[a]\nc = 1",
        "a = {b.c = 1, b.d = 2, b.c = 3}",
        "a = {b = {c = 1}, b.d = 2}",
        "a = {b = 1, b.c = 2}",
        "a = {b = [], b.c = 2}",
        "a = []\n[[a]]",
        "a = [1]\n[a.b]",
        "[[a]]\n[a]",
        "[a]\n[[a]]",
        "[[a]]\n[[a.b]]\n[a.b.c]\n[[a]]\n[[a.b]]",
        "a = 1\n[a.b]\nc = 1",
        "a = 'x'\n[a]\nc = 1",
        "[x]\ny = 2020-01-01\ny.z = 1",
        "a.b.c = 1\n[a.b]\nd = 1\n[a]",
        "[a.b]\n[a]\nb.c = 1",
        "a = {}\n[[a]]\n[[a.b]]",
        "a = ",
        "a = [1, 2",
        "a = {b = 1",
        "a = {b}",
        "= 1",
        "[a",
        "[]",
        "[[a]",
        "a = 2027-13-01",
        "a = 1 b = 2",
        "a = \"\\q\"",
        "a = tru",
        "a.b",
        "a = 1__0",
        "a\rb = 1",
        "a = 'x\ny'",
    ] {
        check(text);
    }
    for depth in [79, 80, 81, 82] {
        check(&format!("a = {}{}", "[".repeat(depth), "]".repeat(depth)));
        check(&format!("a = {}{}", "{a = ".repeat(depth), "}".repeat(depth)));
        check(&format!("{} = 1", ["a"].repeat(depth).join(".")));
        check(&format!("[{}]", ["a"].repeat(depth).join(".")));
    }
}

proptest! {
    #[test]
    fn documents_of_few_keys_are_what_the_toml_crate_makes_of_them(lines in prop::collection::vec(line(), 0..8)) {
        check(&lines.join("\n"));
    }
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec("[abc]", 1..4).prop_map(|parts| parts.join("."))
}

fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        path().prop_map(|path| format!("[{path}]")),
        path().prop_map(|path| format!("[[{path}]]")),
        (path(), "1|'x'|true|1\\.5|2027-01-01|\\[\\]|\\[1, 2\\]|\\{\\}|\\[\\{a=1\\}\\]")
            .prop_map(|(path, value)| format!("{path} = {value}")),
        (path(), path(), path())
            .prop_map(|(path, one, two)| format!("{path} = {{{one} = 1, {two} = {{a = 2}}}}")),
        "[a-c=\\[\\]{}'\", .#1-]{0,12}",
    ]
}
