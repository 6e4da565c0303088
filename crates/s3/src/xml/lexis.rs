//! What names, attributes, references and declarations may look like, where the event reader is lenient.

use super::error::XmlError;
use quick_xml::events::BytesDecl;
use quick_xml::events::attributes::Attribute;

/// Whether `text` is XML whitespace only.
pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

/// Whether `name` is a name, of an element or an attribute. XML has more of them; none is in any document of S3's.
pub(super) fn is_name(name: &str) -> bool {
    let starts = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    starts && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':'))
}

/// Whether the attributes of a tag have white space between them, which the event reader does not ask for.
pub(super) fn are_apart(tag: &str) -> bool {
    let (mut quote, mut closed) = (None, false);
    for byte in tag.bytes() {
        match quote {
            Some(open) if byte == open => (quote, closed) = (None, true),
            Some(_) => {}
            None if closed && !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'>') => return false,
            None => {
                closed = false;
                quote = Some(byte).filter(|byte| matches!(byte, b'"' | b'\''));
            }
        }
    }
    true
}

/// Whether parsers agree on an attribute. The event reader takes any value up to its quote, so a quote that was never closed
/// would swallow the elements after it.
pub(super) fn is_sane(attribute: &Attribute<'_>) -> bool {
    let mut references = attribute.value.split('&').skip(1);
    is_name(attribute.key.as_ref())
        && !attribute.value.contains('<')
        && references.all(|rest| rest.split_once(';').is_some_and(|(name, _)| resolve(name).is_ok()))
}

/// A reference's character. S3 writes control characters as references although XML 1.0 forbids them, so any but NUL will do.
pub(super) fn resolve(reference: &str) -> Result<char, XmlError> {
    let number = |digits: &str, radix| {
        let clean = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
        let code = if clean { u32::from_str_radix(digits, radix).ok() } else { None };
        code.filter(|code| *code != 0).and_then(char::from_u32).ok_or(XmlError::Malformed)
    };
    match reference {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => match (reference.strip_prefix("#x"), reference.strip_prefix('#')) {
            (Some(hex), _) => number(hex, 16),
            (None, Some(decimal)) => number(decimal, 10),
            (None, None) => Err(XmlError::Malformed),
        },
    }
}

/// Whether a declaration leaves the document what we read it as: bytes in another encoding would be other keys to the client.
pub(super) fn is_utf8(declaration: &BytesDecl<'_>) -> bool {
    match declaration.encoding() {
        None => true,
        Some(Ok(name)) => name.eq_ignore_ascii_case("utf-8") || name.eq_ignore_ascii_case("us-ascii"),
        Some(Err(_)) => false,
    }
}
