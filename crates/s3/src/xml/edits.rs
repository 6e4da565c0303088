//! Changes to a document: noted while it is read, and made where it lies once all of it has proved good.
//!
//! ```text
//! document   <Key>collection02/a/b.tif</Key>…      edits: cut 5..18
//! moved up   <Key>a/b.tif</Key>…
//! ```
//!
//! What no edit names stays as it is. A document that gets longer is written anew.

use std::ops::Range;

use bytes::{Buf, Bytes, BytesMut};

use super::error::XmlError;
use super::walk::Walk;

/// A store's answer with the edits that `read` finds for it, which is given it as text: without what may stand before a document
/// on the wire, but which parsers refuse in one.
pub(super) fn edited<T>(
    mut body: Bytes,
    read: impl FnOnce(&str, Edits) -> Result<(Edits, T), XmlError>,
) -> Result<(Bytes, T), XmlError> {
    let text = Walk::text(&body)?.trim_start_matches([' ', '\t', '\r', '\n']);
    let (edits, found) = read(text, Edits::of(text.len()))?;
    if edits.room.is_none() {
        return Err(XmlError::Malformed);
    }
    let before = body.len() - text.len();
    body.advance(before);
    Ok((edits.apply(body), found))
}

/// By how much the edits of a document may put in more than its length. What clients write into one, such as their prefix before
/// each of 1,000 keys, is less; but a store could repeat in millions the short elements that a long text takes the place of.
const MORE: usize = 2 << 20;

/// Edits of one document, in its order, none of them over another.
#[derive(Debug)]
pub(super) struct Edits {
    edits: Vec<Edit>,
    /// What the edits put in, one after the other.
    texts: String,
    /// How much more they may put in; `None` once it was too much.
    room: Option<usize>,
}

/// What is taken out, and where in [`Edits::texts`] is what comes in its place.
#[derive(Debug)]
struct Edit {
    cut: Range<usize>,
    text: Range<usize>,
}

impl Edits {
    /// None yet, of a document as long as this.
    fn of(length: usize) -> Self {
        Self { edits: Vec::new(), texts: String::new(), room: Some(length.saturating_add(MORE)) }
    }

    /// Takes something out.
    pub(super) fn cut(&mut self, cut: Range<usize>) {
        self.replace(cut, "");
    }

    /// Puts `text` in its place; returns the edit's number.
    pub(super) fn replace(&mut self, cut: Range<usize>, text: &str) -> usize {
        let text = self.put(text);
        self.edits.push(Edit { cut, text });
        self.edits.len() - 1
    }

    /// Changes what an edit puts in.
    pub(super) fn put_instead(&mut self, number: usize, text: &str) {
        let text = self.put(text);
        if let Some(edit) = self.edits.get_mut(number) {
            edit.text = text;
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.edits.len()
    }

    /// Takes out something that has been edited from edit number `first` on.
    pub(super) fn cut_instead(&mut self, first: usize, cut: Range<usize>) {
        self.edits.truncate(first);
        self.cut(cut);
    }

    fn put(&mut self, text: &str) -> Range<usize> {
        let begin = self.texts.len();
        self.room = self.room.and_then(|room| room.checked_sub(text.len()));
        if self.room.is_some() {
            self.texts.push_str(text);
        }
        begin..self.texts.len()
    }

    /// Edits the document that they are of.
    fn apply(&self, document: Bytes) -> Bytes {
        if self.edits.is_empty() {
            return document;
        }
        match (document.try_into_mut(), self.parted()) {
            (Ok(document), Some((apart, rest))) => self.in_place(document, apart, rest),
            (Ok(document), None) => self.anew(&document),
            (Err(document), _) => self.anew(&document),
        }
    }

    /// The first edits, behind which all that is left can be moved up where it lies: nothing is put where something stands that is
    /// still to be moved. A bucket's name may be longer here than at the store, and the first key makes room for it.
    fn parted(&self) -> Option<(&[Edit], &[Edit])> {
        let (mut cut, mut put, mut apart) = (0, 0, 0);
        for (number, edit) in self.edits.iter().enumerate() {
            cut += edit.cut.len();
            put += edit.text.len();
            if put > cut {
                apart = number + 2;
            }
        }
        self.edits.split_at_checked(apart)
    }

    fn in_place(&self, mut document: BytesMut, apart: &[Edit], rest: &[Edit]) -> Bytes {
        let mut begin = Vec::new();
        let mut read = self.write(&document, apart, &mut begin);
        let mut written = put(&mut document, &begin, 0);
        for edit in rest {
            written = move_up(&mut document, read..edit.cut.start, written);
            written = put(&mut document, self.text(edit), written);
            read = edit.cut.end;
        }
        let kept = read..document.len();
        let length = move_up(&mut document, kept, written);
        document.truncate(length);
        document.freeze()
    }

    fn anew(&self, document: &[u8]) -> Bytes {
        let mut out = Vec::with_capacity(document.len() + self.texts.len());
        let read = self.write(document, &self.edits, &mut out);
        out.extend_from_slice(document.get(read..).unwrap_or_default());
        out.into()
    }

    /// Writes the document up to the last of these edits; returns how much of it that is.
    fn write(&self, document: &[u8], edits: &[Edit], out: &mut Vec<u8>) -> usize {
        let mut read = 0;
        for edit in edits {
            out.extend_from_slice(document.get(read..edit.cut.start).unwrap_or_default());
            out.extend_from_slice(self.text(edit));
            read = edit.cut.end;
        }
        read
    }

    fn text(&self, edit: &Edit) -> &[u8] {
        self.texts.as_bytes().get(edit.text.clone()).unwrap_or_default()
    }
}

/// Moves what is kept to a place before it; returns where it ends there.
fn move_up(document: &mut [u8], kept: Range<usize>, place: usize) -> usize {
    let end = place + kept.len();
    if place < kept.start {
        document.copy_within(kept, place);
    }
    end
}

/// Writes a text at a place; returns where it ends.
fn put(document: &mut [u8], text: &[u8], place: usize) -> usize {
    let end = place + text.len();
    if let Some(place) = document.get_mut(place..end) {
        place.copy_from_slice(text);
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_document_is_edited_alike_where_it_lies_and_anew(
            pieces in prop::collection::vec(("[a-z]{0,9}", "[A-Z]{0,6}", "[0-9]{0,6}"), 0..9),
        ) {
            let (mut document, mut expect, mut edits) = (String::new(), String::new(), Edits::of(0));
            for (kept, cut, put) in &pieces {
                document += kept;
                expect += kept;
                let begin = document.len();
                document += cut;
                expect += put;
                edits.replace(begin..document.len(), put);
            }
            document.push('.');
            expect.push('.');
            let own = Bytes::from(document.into_bytes());
            prop_assert_eq!(&edits.anew(&own), &expect);
            // Another one holds it: it must stay as it is.
            let (shared, before) = (own.clone(), own.to_vec());
            prop_assert_eq!(&edits.apply(shared), &expect);
            prop_assert_eq!(&own, &before);
            prop_assert_eq!(&edits.apply(own), &expect);
        }
    }

    #[test]
    fn what_gets_no_longer_stays_where_it_is() {
        for (edit, put, stays) in
            [(2..4, "", true), (2..4, "xy", true), (2..4, "xyz", false), (5..5, "x", false)]
        {
            let document = Bytes::from(b"abcdefgh".to_vec());
            let place = document.as_ptr();
            let mut edits = Edits::of(0);
            edits.replace(edit, put);
            assert_eq!(edits.apply(document).as_ptr() == place, stays, "{put}");
        }
    }

    #[test]
    fn an_edit_may_be_thought_better_of() {
        let mut edits = Edits::of(0);
        let count = edits.replace(1..2, "2");
        let first = edits.len();
        edits.cut(3..4);
        edits.replace(5..6, "x");
        edits.cut_instead(first, 2..7);
        edits.put_instead(count, "1");
        assert_eq!(edits.apply(Bytes::from_static(b"a2bcdefg")), "a1g");
    }
}
