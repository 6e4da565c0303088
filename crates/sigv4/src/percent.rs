//! Percent-encoding as S3 canonicalises it, and the one reading of a query that signature and operation share.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::set::{has, set};

/// Encodes a path: `A–Z a–z 0–9 - . _ ~ /` stay, every other byte becomes `%XX` in upper case.
///
/// ```
/// assert_eq!(brigade_sigv4::percent_encode_path("a/b c+é".as_bytes()), "a/b%20c%2B%C3%A9");
/// ```
#[must_use]
pub fn percent_encode_path(bytes: &[u8]) -> String {
    encode(bytes, is_path_plain)
}

/// Encodes a query name or value: like [`percent_encode_path`], but `/` becomes `%2F`.
#[must_use]
pub fn percent_encode(bytes: &[u8]) -> String {
    encode(bytes, is_plain)
}

/// [`percent_encode_path`], behind what stands in `into` already.
pub fn push_percent_encoded_path(into: &mut String, text: &str) {
    push_all(into, text.as_bytes(), is_path_plain);
}

/// [`percent_encode`], behind what stands in `into` already.
pub fn push_percent_encoded(into: &mut String, text: &str) {
    push_all(into, text.as_bytes(), is_plain);
}

/// Decodes every `%XX` once; a `%` without two hexadecimal digits after it is `None`. `+` stays a plus.
#[must_use]
pub fn percent_decode(text: &str) -> Option<Vec<u8>> {
    Bytes::of(text.as_bytes(), false).collect()
}

/// Decodes a query name or value as S3 does: `%XX` once, and `+` is a space.
///
/// Whoever acts on a query must read it with this or [`query_pairs`]: a signature covers this reading.
#[must_use]
pub fn decode_query(text: &str) -> Option<Vec<u8>> {
    Bytes::of(text.as_bytes(), true).collect()
}

/// A path that is badly escaped or not UTF-8 once decoded. Becomes 400 `InvalidURI`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Couldn't parse the specified URI: percent-encode the key as UTF-8, byte by byte.")]
pub struct NotUtf8;

/// Decodes a path once. Dots, slashes and `+` mean nothing special.
///
/// # Errors
/// [`NotUtf8`] when an escape is malformed or the decoded bytes are not UTF-8.
pub fn decode_path(path: &str) -> Result<String, NotUtf8> {
    let bytes = percent_decode(path).ok_or(NotUtf8)?;
    String::from_utf8(bytes).map_err(|_| NotUtf8)
}

/// The decoded name–value pairs of a raw query, in order, repeated ones included.
///
/// Empty pieces (`a&&b`) are skipped; a name without `=` has an empty value. A pair whose escapes are
/// malformed or not UTF-8 is an error in its place.
///
/// ```
/// let pairs: Result<Vec<_>, _> = brigade_sigv4::query_pairs("uploads&prefix=a%2Fb+c").collect();
/// assert_eq!(pairs.unwrap(), [("uploads".into(), "".into()), ("prefix".into(), "a/b c".into())]);
/// ```
pub fn query_pairs(query: &str) -> impl Iterator<Item = Result<(Cow<'_, str>, Cow<'_, str>), NotUtf8>> {
    raw_pairs(query).map(|(name, value)| Ok((decode_query_part(name)?, decode_query_part(value)?)))
}

/// The pairs of a raw query, still encoded.
pub(crate) fn raw_pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query
        .split('&')
        .filter(|piece| !piece.is_empty())
        .map(|piece| piece.split_once('=').unwrap_or((piece, "")))
}

/// One name or value, decoded; borrowed when nothing changes.
pub(crate) fn decode_query_part(raw: &str) -> Result<Cow<'_, str>, NotUtf8> {
    if raw.bytes().any(|b| matches!(b, b'%' | b'+')) {
        let bytes = decode_query(raw).ok_or(NotUtf8)?;
        String::from_utf8(bytes).map(Cow::Owned).map_err(|_| NotUtf8)
    } else {
        Ok(Cow::Borrowed(raw))
    }
}

/// Re-encodes a raw name or value: decoded once, encoded once. Borrows when nothing changes.
pub(crate) fn canonical_query_part(raw: &str) -> Option<Cow<'_, str>> {
    if raw.bytes().all(is_plain) {
        return Some(Cow::Borrowed(raw));
    }
    recode(raw.as_bytes(), true, is_plain).map(Cow::Owned)
}

/// Re-encodes a raw path likewise.
pub(crate) fn canonical_path(raw: &str) -> Option<Cow<'_, str>> {
    if raw.bytes().all(is_path_plain) {
        return Some(Cow::Borrowed(raw));
    }
    recode(raw.as_bytes(), false, is_path_plain).map(Cow::Owned)
}

fn recode(raw: &[u8], plus_is_space: bool, plain: fn(u8) -> bool) -> Option<String> {
    let mut out = String::with_capacity(raw.len() + 16);
    for byte in Bytes::of(raw, plus_is_space) {
        push(&mut out, byte?, plain);
    }
    Some(out)
}

fn encode(bytes: &[u8], plain: fn(u8) -> bool) -> String {
    let mut out = String::with_capacity(bytes.len() + 16);
    push_all(&mut out, bytes, plain);
    out
}

/// Most names are plain from end to end.
fn push_all(out: &mut String, bytes: &[u8], plain: fn(u8) -> bool) {
    match str::from_utf8(bytes) {
        Ok(text) if bytes.iter().all(|byte| plain(*byte)) => out.push_str(text),
        Ok(_) | Err(_) => bytes.iter().for_each(|byte| push(out, *byte, plain)),
    }
}

fn push(out: &mut String, byte: u8, plain: fn(u8) -> bool) {
    if plain(byte) {
        out.push(char::from(byte));
    } else {
        // Writing to a String cannot fail.
        let _ = write!(out, "%{byte:02X}");
    }
}

fn is_plain(byte: u8) -> bool {
    has(&PLAIN, byte)
}

const PLAIN: [bool; 256] = set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");

fn is_path_plain(byte: u8) -> bool {
    is_plain(byte) || byte == b'/'
}

/// The decoded bytes of an encoded text; `None` in place of a malformed escape.
struct Bytes<'a> {
    rest: std::slice::Iter<'a, u8>,
    plus_is_space: bool,
}

impl<'a> Bytes<'a> {
    fn of(raw: &'a [u8], plus_is_space: bool) -> Self {
        Self { rest: raw.iter(), plus_is_space }
    }
}

impl Iterator for Bytes<'_> {
    type Item = Option<u8>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.rest.next()? {
            b'%' => {
                let high = self.rest.next().and_then(|d| hex_value(*d));
                let low = self.rest.next().and_then(|d| hex_value(*d));
                Some(high.zip(low).map(|(high, low)| high << 4 | low))
            }
            b'+' if self.plus_is_space => Some(Some(b' ')),
            byte => Some(Some(*byte)),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.rest.len() / 3, Some(self.rest.len()))
    }
}

fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
