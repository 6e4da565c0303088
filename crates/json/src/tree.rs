//! A document as it is written: with the place of each value, members in order, and those that come twice.

use serde_json::{Map, Number, Value};

/// A value and the byte of the text at which it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// Where it begins.
    pub at: usize,
    /// What it is.
    pub shape: Shape,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// `null`.
    Null,
    /// `true` or `false`.
    Truth(bool),
    /// A number: whole if it is written without a fraction and an exponent, and has 64 bits.
    Number(Number),
    /// A string, its escapes read.
    Text(String),
    /// A list.
    List(Vec<Tree>),
    /// An object.
    Object(Vec<Member>),
}

/// A member of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Where its name begins.
    pub at: usize,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Tree,
}

impl Tree {
    /// A name that an object has twice, at any depth. One reader takes the first of them, another the last: what was checked is
    /// not what is used then (RFC 8259, section 4).
    ///
    /// ```
    /// let repeated = |text: &[u8]| brigade_json::parse(text).unwrap().repeated().map(str::to_owned);
    /// assert_eq!(repeated(br#"[{"a": {"b": 1, "\u0062": 2}}]"#).as_deref(), Some("b"));
    /// assert_eq!(repeated(br#"[{"a": {"b": 1}, "b": 2}, {"a": 3}]"#), None);
    /// ```
    #[must_use]
    pub fn repeated(&self) -> Option<&str> {
        match &self.shape {
            Shape::Null | Shape::Truth(_) | Shape::Number(_) | Shape::Text(_) => None,
            Shape::List(items) => items.iter().find_map(Self::repeated),
            Shape::Object(members) => {
                let mut names: Vec<&str> = members.iter().map(|member| &*member.name).collect();
                names.sort_unstable();
                let twice = names.windows(2).find(|pair| pair.first() == pair.last());
                let twice = twice.and_then(|pair| pair.first().copied());
                twice.or_else(|| members.iter().find_map(|member| member.value.repeated()))
            }
        }
    }

    /// The value. Of members with the same name, the last one counts.
    #[must_use]
    pub fn value(self) -> Value {
        match self.shape {
            Shape::Null => Value::Null,
            Shape::Truth(truth) => Value::Bool(truth),
            Shape::Number(number) => Value::Number(number),
            Shape::Text(text) => Value::String(text),
            Shape::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    list.push(item.value());
                }
                Value::Array(list)
            }
            Shape::Object(members) => {
                let mut object = Map::new();
                for member in members {
                    object.insert(member.name, member.value.value());
                }
                Value::Object(object)
            }
        }
    }
}
