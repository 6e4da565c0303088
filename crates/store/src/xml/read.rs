//! Reading a client's XML into a small tree: no DTD, no entity but XML's own five, bounded in depth and number.

use crate::failure::{Code, Failure};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// How deep elements may nest; S3's documents need four.
const DEPTH: usize = 8;
/// How many elements a document may have: 10,000 parts of up to eight elements.
const ELEMENTS: usize = 100_000;

/// An element: its name without prefix, its text, its children in order.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) children: Vec<Self>,
}

impl Element {
    /// The text of the only child of that name; `MalformedXML` when there are two, or it has children of its own.
    pub(crate) fn child(&self, name: &str) -> Result<Option<&str>, Failure> {
        let mut found = self.children.iter().filter(|child| child.name == name);
        match (found.next(), found.next()) {
            (None, _) => Ok(None),
            (Some(only), None) if only.children.is_empty() => Ok(Some(&only.text)),
            _ => Err(Code::MalformedXML.into()),
        }
    }

    /// Refuses children of other names than these.
    pub(crate) fn only(&self, names: &[&str]) -> Result<(), Failure> {
        let known = self.children.iter().all(|child| names.contains(&child.name.as_str()));
        if known { Ok(()) } else { Err(Code::MalformedXML.into()) }
    }
}

/// Parses a document whose root is `root`; anything else is `MalformedXML`.
pub(crate) fn parse(document: &[u8], root: &str) -> Result<Element, Failure> {
    let element = tree(document).ok_or(Code::MalformedXML)?;
    if element.name == root { Ok(element) } else { Err(Code::MalformedXML.into()) }
}

fn tree(document: &[u8]) -> Option<Element> {
    let text = std::str::from_utf8(document).ok()?;
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    let mut count = 0_usize;
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                count += 1;
                if root.is_some() || open.len() >= DEPTH || count > ELEMENTS {
                    return None;
                }
                open.push(element(&start)?);
            }
            Event::Empty(start) => {
                count += 1;
                if root.is_some() || open.len() >= DEPTH || count > ELEMENTS {
                    return None;
                }
                close(element(&start)?, &mut open, &mut root);
            }
            Event::End(_) => close(open.pop()?, &mut open, &mut root),
            Event::Text(text) => {
                let text = text.xml10_content();
                match open.last_mut() {
                    Some(element) => element.text.push_str(&text),
                    None if text.trim_matches([' ', '\t', '\r', '\n', '\u{feff}']).is_empty() => {}
                    None => return None,
                }
            }
            Event::CData(text) => open.last_mut()?.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let element = open.last_mut()?;
                match reference.resolve_char_ref().ok()? {
                    Some(char) => element.text.push(char),
                    None => element.text.push(named(&reference)?),
                }
            }
            Event::Comment(_) | Event::Decl(_) => {}
            Event::PI(_) | Event::DocType(_) => return None,
            Event::Eof => return root.filter(|_| open.is_empty()),
        }
    }
}

fn element(start: &BytesStart<'_>) -> Option<Element> {
    let name = start.local_name().into_inner().to_owned();
    Some(Element { name, ..Element::default() })
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None => *root = Some(element),
    }
}

/// XML's own entities; no other is known, so none can be made to grow.
fn named(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(document: &str, expect: Option<&str>) {
        let got = parse(document.as_bytes(), "R").and_then(|root| Ok(root.child("K")?.map(str::to_owned)));
        assert_eq!(got.ok().flatten().as_deref(), expect, "{document}");
    }

    #[test]
    fn r_xml_01_only_plain_documents_of_the_right_root_are_read() {
        check("<R><K>a&amp;&#x42;&lt;</K></R>", Some("a&B<"));
        check("<?xml version=\"1.0\"?>\n<x:R xmlns:x=\"u\"><x:K>  a </x:K></x:R>\n", Some("  a "));
        check("<R><K><![CDATA[<&]]></K></R>", Some("<&"));
        check("<R><K>1</K><K>2</K></R>", None);
        check("<S><K>a</K></S>", None);
        check("<R><K>a</K>", None);
        check("<R><K>a</K></R><R/>", None);
        check("", None);
        check("text", None);
        check("<!DOCTYPE R [<!ENTITY e \"x\">]><R><K>&e;</K></R>", None);
        check("<R><K>&e;</K></R>", None);
        check(&format!("<R>{}<K>a</K></R>", "<D>".repeat(20)), None);
    }
}
