//! Writing S3's XML documents.

use std::fmt::Write as _;

const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// A document being written.
#[derive(Debug)]
pub(crate) struct Xml(String);

impl Xml {
    /// A document whose root is in S3's namespace.
    pub(crate) fn document(root: &str, content: impl FnOnce(&mut Self)) -> String {
        let mut xml =
            Self(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{NAMESPACE}\">"));
        content(&mut xml);
        xml.close(root);
        xml.0
    }

    /// An error document: it has no namespace.
    pub(crate) fn error(content: impl FnOnce(&mut Self)) -> String {
        let mut xml = Self("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned());
        xml.element("Error", content);
        xml.0
    }

    /// An element with elements in it.
    pub(crate) fn element(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        let _ = write!(self.0, "<{name}>");
        content(self);
        self.close(name);
    }

    /// An element with text in it.
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.element(name, |xml| xml.escape(text));
    }

    /// An element with a number or other plain value in it.
    pub(crate) fn value(&mut self, name: &str, value: impl std::fmt::Display) {
        let _ = write!(self.0, "<{name}>{value}</{name}>");
    }

    fn close(&mut self, name: &str) {
        let _ = write!(self.0, "</{name}>");
    }

    /// Control characters become references, as S3 writes them; so do line ends, which a parser would normalize.
    fn escape(&mut self, text: &str) {
        for char in text.chars() {
            match char {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{fffe}' | '\u{ffff}' => {
                    let _ = write!(self.0, "&#x{:X};", u32::from(char));
                }
                other => self.0.push(other),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_xml_04_markup_and_control_characters_are_escaped() {
        for (text, written) in [
            ("a&<>\"'b", "a&amp;&lt;&gt;&quot;'b"),
            ("\u{1}\t\r\n\u{7f}", "&#x1;&#x9;&#xD;&#xA;&#x7F;"),
            ("é😀", "é😀"),
        ] {
            let document = Xml::document("R", |xml| xml.text("K", text));
            assert!(document.ends_with(&format!("<K>{written}</K></R>")), "{document}");
        }
    }
}
