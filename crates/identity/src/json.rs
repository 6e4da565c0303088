//! JSON as tokens and key sets may have it: nothing twice, nothing deep.
//!
//! A member given twice is where two readers part: one takes the first, the other the last, and what was verified is not what
//! is used. So it is an error here at any depth (RFC 8259 section 4, RFC 7519 section 4).

use brigade_json::{Shape, Tree};
use serde_json::{Map, Value};

/// How deep lists and objects may lie in each other.
const DEPTH: usize = 16;

/// Reads one object and nothing behind it.
///
/// `None` for what is no JSON object, has a member twice anywhere, is deeper than 16, or is no UTF-8.
pub(crate) fn object(text: &[u8]) -> Option<Map<String, Value>> {
    let tree = brigade_json::parse(text).ok()?;
    if !is_shallow(&tree, DEPTH) || tree.repeated().is_some() {
        return None;
    }
    let Value::Object(members) = tree.value() else { return None };
    Some(members)
}

/// Whether nothing lies deeper than so much.
fn is_shallow(tree: &Tree, left: usize) -> bool {
    match &tree.shape {
        Shape::Null | Shape::Truth(_) | Shape::Number(_) | Shape::Text(_) => true,
        Shape::List(items) => left > 0 && items.iter().all(|item| is_shallow(item, left - 1)),
        Shape::Object(members) => {
            left > 0 && members.iter().all(|member| is_shallow(&member.value, left - 1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DEPTH, object};

    #[test]
    fn nothing_stands_twice_at_any_depth() {
        for good in [r"{}", r#"{"a":1,"A":2}"#, r#" {"a":{"b":[{"c":null},{"c":1.5}]}} "#] {
            assert!(object(good.as_bytes()).is_some(), "{good}");
        }
        let bad = [
            "",
            "[]",
            "1",
            "null",
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":{"a":1,"a":2}}"#,
            r#"{"x":[{"a":1,"a":2}]}"#,
            r#"{"a":1}{}"#,
            r#"{"a":1},"#,
            r#"{"a":1e999}"#,
            r#"{"a":NaN}"#,
            r#"{"a":"\ud800"}"#,
            r#"{'a':1}"#,
            r#"{"a":1,}"#,
            "\u{feff}{}",
        ];
        for bad in bad {
            assert!(object(bad.as_bytes()).is_none(), "{bad}");
        }
        assert!(object(b"{\"a\":\"\xff\"}").is_none());
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| {
            let inner = depth - 1;
            format!(r#"{{"a":{}{}}}"#, "[".repeat(inner), "]".repeat(inner))
        };
        assert!(object(nested(DEPTH).as_bytes()).is_some());
        assert!(object(nested(DEPTH + 1).as_bytes()).is_none());
        assert!(object(nested(100_000).as_bytes()).is_none());
    }
}
