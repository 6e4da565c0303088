//! JSON, read into a tree.

use brigade_json::{Shape, Tree};

use super::{Entry, Node, Written};
use crate::found::Found;
use crate::{KeyPath, Problem};

pub(super) fn read(text: &str, found: &mut Vec<Found>) -> Option<Node> {
    let text_or_bom = text.trim_start_matches('\u{feff}');
    let before = text.len() - text_or_bom.len();
    match brigade_json::parse(text_or_bom.as_bytes()) {
        Ok(tree) => Some(Reader { before, found }.node(tree)),
        Err(fault) => {
            let problem = Problem::Syntax { why: fault.why.to_owned() };
            found.push(Found { path: KeyPath::default(), at: Some(before + fault.at), problem });
            None
        }
    }
}

struct Reader<'f> {
    /// How many bytes stand before what was read.
    before: usize,
    found: &'f mut Vec<Found>,
}

impl Reader<'_> {
    fn node(&mut self, tree: Tree) -> Node {
        let written = match tree.shape {
            Shape::Null => Written::Null,
            Shape::Truth(truth) => Written::Boolean(truth),
            Shape::Number(number) => match number.as_i64() {
                Some(integer) => Written::Integer(integer),
                None => Written::Float(number.as_f64().unwrap_or_default()),
            },
            Shape::Text(text) => Written::Text(text),
            Shape::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    list.push(self.node(item));
                }
                Written::List(list)
            }
            Shape::Object(members) => {
                let mut entries: Vec<Entry> = Vec::with_capacity(members.len());
                for member in members {
                    let at = self.before + member.at;
                    let (key, node) = (member.name, self.node(member.value));
                    if entries.iter().any(|entry| entry.key == key) {
                        let problem = Problem::Repeated { key };
                        self.found.push(Found { path: KeyPath::default(), at: Some(at), problem });
                    } else {
                        entries.push(Entry { key, at, node });
                    }
                }
                Written::Table(entries)
            }
        };
        Node { at: self.before + tree.at, written }
    }
}
