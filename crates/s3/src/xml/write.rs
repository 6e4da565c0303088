//! Writing XML: the one escaping function, and a document builder that cannot leave an element open.

/// The namespace of S3's documents, as AWS writes it on every root but `Error`.
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";
/// The namespace of `xsi:type`.
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// Appends `text` to `out` as XML character data that is also safe inside a quoted attribute.
///
/// The five markup characters become entities. Control characters, and the line ends that an XML parser would normalize
/// (CR, LF, tab, U+0085, U+2028), become character references `&#xN;` as S3 itself writes them, so that every key a store
/// holds comes back equal from a parser that accepts them.
///
/// ```
/// let mut out = String::new();
/// brigade_s3::xml::escape("a&b\u{1}<é>", &mut out);
/// assert_eq!(out, "a&amp;b&#x1;&lt;é&gt;");
/// ```
pub fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{fffe}' | '\u{ffff}' => {
                out.push_str(&format!("&#x{:X};", u32::from(c)));
            }
            _ => out.push(c),
        }
    }
}

/// An XML document being written; elements are closed by the shape of the calls.
///
/// Names must be XML names: they are the caller's literals, never request text.
///
/// ```
/// use brigade_s3::xml::Document;
/// let body = Document::plain("Error", |error| {
///     error.text("Code", "NoSuchKey");
/// });
/// assert!(body.ends_with(b"<Error><Code>NoSuchKey</Code></Error>"));
/// ```
#[derive(Debug)]
pub struct Document {
    out: String,
}

impl Document {
    /// The bytes of a document with `root` in another namespace, as those of STS.
    pub fn of(namespace: &'static str, root: &'static str, fill: impl FnOnce(&mut Self)) -> Vec<u8> {
        Self::rooted(root, &format!("<{root} xmlns=\"{namespace}\">"), fill)
    }

    /// The bytes of a document with `root` in S3's namespace, as in all answers but errors.
    pub fn in_namespace(root: &'static str, fill: impl FnOnce(&mut Self)) -> Vec<u8> {
        Self::rooted(root, &format!("<{root} xmlns=\"{NAMESPACE}\">"), fill)
    }

    /// The bytes of a document whose `root` has no namespace, as S3's `Error`.
    pub fn plain(root: &'static str, fill: impl FnOnce(&mut Self)) -> Vec<u8> {
        Self::rooted(root, &format!("<{root}>"), fill)
    }

    /// Adds the element `name` with the escaped `text` as its whole content.
    pub fn text(&mut self, name: &'static str, text: &str) -> &mut Self {
        self.element(name, |inside| escape(text, &mut inside.out))
    }

    /// Adds the element `name` holding what `fill` writes.
    pub fn element(&mut self, name: &'static str, fill: impl FnOnce(&mut Self)) -> &mut Self {
        self.out.push('<');
        self.out.push_str(name);
        self.out.push('>');
        fill(self);
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
        self
    }

    /// Adds the element `name` marked as a canonical user, as grantees of an ACL are.
    pub fn canonical_user(&mut self, name: &'static str, fill: impl FnOnce(&mut Self)) -> &mut Self {
        self.out.push_str(&format!("<{name} xmlns:xsi=\"{INSTANCE}\" xsi:type=\"CanonicalUser\">"));
        fill(self);
        self.out.push_str(&format!("</{name}>"));
        self
    }

    /// Adds escaped text where the document stands.
    pub fn content(&mut self, text: &str) -> &mut Self {
        escape(text, &mut self.out);
        self
    }

    /// Adds bytes of another document that were already read as well-formed content.
    pub(super) fn verbatim(&mut self, raw: &str) -> &mut Self {
        self.out.push_str(raw);
        self
    }

    fn rooted(root: &str, open: &str, fill: impl FnOnce(&mut Self)) -> Vec<u8> {
        let mut document = Self { out: String::from(DECLARATION) };
        document.out.push_str(open);
        fill(&mut document);
        document.out.push_str("</");
        document.out.push_str(root);
        document.out.push('>');
        document.out.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_err_03_text_never_becomes_markup() {
        let cases = [
            ("", ""),
            ("plain é😀/+%", "plain é😀/+%"),
            ("<script>'\"&", "&lt;script&gt;&#39;&quot;&amp;"),
            ("]]>", "]]&gt;"),
            ("\u{0}\t\r\n\u{1f} ", "&#x0;&#x9;&#xD;&#xA;&#x1F; "),
            ("\u{7f}\u{85}\u{2028}\u{ffff}", "&#x7F;&#x85;&#x2028;&#xFFFF;"),
        ];
        for (text, expect) in cases {
            let mut out = String::new();
            escape(text, &mut out);
            assert_eq!(out, expect, "{text:?}");
        }
    }

    #[test]
    fn a_document_closes_what_it_opens() {
        let body = Document::in_namespace("A", |a| {
            a.text("B", "1 < 2").element("C", |c| {
                c.text("D", "");
            });
        });
        assert_eq!(
            String::from_utf8(body).unwrap(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <A xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><B>1 &lt; 2</B><C><D></D></C></A>"
        );
    }
}
