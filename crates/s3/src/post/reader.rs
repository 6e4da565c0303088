//! A form, read up to where its file begins.

use bytes::Bytes;
use memchr::memmem;

use super::disposition::Disposition;
use super::fields::{Field, PostForm};
use super::request::Boundary;

/// How many bytes of a form may come before its file: S3's own limit.
pub(super) const LIMIT: usize = 20 * 1024;

/// How many fields may come before the file.
const MAX_FIELDS: usize = 128;

/// Reads `multipart/form-data` up to the content of the field `file`: a sync machine, [`push`](Self::push) what arrives,
/// [`finish`](Self::finish) if that ends before the file begins.
///
/// It holds at most 20 KiB, and however the form is cut into pieces, the outcome is the same. Field names are compared without
/// regard to case, and a name that comes twice is refused. What comes behind the file is not read.
///
/// Source: RFC 7578, RFC 2046 section 5.1.
///
/// ```
/// use brigade_s3::{Boundary, FormReader};
/// let boundary = Boundary::of("multipart/form-data; boundary=x").unwrap();
/// let mut reader = FormReader::new(&boundary);
/// let form = "--x\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na\r\n\
///             --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nbytes\r\n--x--\r\n";
/// let (form, rest) = reader.push(form.into())?.ok_or("no file yet")?;
/// assert_eq!(form.value("Key"), Some("a"));
/// assert_eq!(rest, "bytes\r\n--x--\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FormReader {
    boundary: Boundary,
    /// Every byte so far: they are few.
    held: Vec<u8>,
    /// Up to where it is read.
    at: usize,
    /// Up to where it holds nothing that is looked for.
    searched: usize,
    stage: Stage,
    fields: Vec<Field>,
}

/// What comes next.
#[derive(Debug)]
enum Stage {
    /// The first delimiter.
    Start,
    /// The rest of a delimiter's line.
    Line,
    /// The headers of a part.
    Headers,
    /// The value of the field of this name.
    Value(String),
}

/// Why a form is not read to its file. Each names its S3 code, all of status 400.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// It is not `multipart/form-data` of this boundary. `MalformedPOSTRequest`.
    #[error("The body of your POST request is not well-formed multipart/form-data.")]
    Malformed,
    /// It has more than 20 KiB, or more than 128 fields, before its file. `MaxPostPreDataLengthExceeded`.
    #[error("Your POST request fields preceding the upload file were too large.")]
    TooLarge,
    /// It has no field `file`. `InvalidArgument`.
    #[error("POST requires exactly one file upload per request. Send the file in a field named 'file'.")]
    NoFile,
    /// A field of this name comes twice. `InvalidArgument`.
    #[error("The form field {0} was given twice; give it once.")]
    Repeated(String),
}

/// What a step of the reading came to.
enum Step {
    On,
    More,
    File(Disposition),
}

impl FormReader {
    /// A reader of a form whose parts this delimits.
    #[must_use]
    pub fn new(boundary: &Boundary) -> Self {
        Self {
            boundary: boundary.clone(),
            held: Vec::new(),
            at: 0,
            searched: 0,
            stage: Stage::Start,
            fields: Vec::new(),
        }
    }

    /// Takes in the next piece. Once the file begins: the form, and what of the piece belongs to the file already.
    ///
    /// # Errors
    /// [`FormError`]. After an error or the form there is nothing left to push.
    pub fn push(&mut self, piece: Bytes) -> Result<Option<(PostForm, Bytes)>, FormError> {
        let before = self.held.len();
        let fits = piece.len().min(LIMIT - before);
        self.held.extend_from_slice(piece.get(..fits).unwrap_or_default());
        loop {
            match self.step()? {
                Step::On => {}
                Step::More if fits < piece.len() => return Err(FormError::TooLarge),
                Step::More => return Ok(None),
                Step::File(disposition) => {
                    let rest = piece.slice(self.at.saturating_sub(before)..);
                    let fields = std::mem::take(&mut self.fields);
                    let form = PostForm::new(fields, disposition.filename.as_deref(), self.at as u64)?;
                    return Ok(Some((form, rest)));
                }
            }
        }
    }

    /// Why a form that has ended before its file is refused.
    #[must_use]
    pub fn finish(self) -> FormError {
        match self.stage {
            Stage::Start if self.held.is_empty() => FormError::NoFile,
            Stage::Start | Stage::Line | Stage::Headers | Stage::Value(_) => FormError::Malformed,
        }
    }

    fn rest(&self) -> &[u8] {
        self.held.get(self.at..).unwrap_or_default()
    }

    fn step(&mut self) -> Result<Step, FormError> {
        match self.stage {
            Stage::Start => {
                // Some clients begin with an empty line; RFC 2046 lets a delimiter's own line end be the first bytes.
                let rest = self.rest();
                let (delimiter, line_end) = (self.boundary.delimiter(), b"\r\n".as_slice());
                let found = [delimiter, delimiter.get(2..).unwrap_or_default()]
                    .into_iter()
                    .find(|start| rest.starts_with(start));
                match found.map(<[u8]>::len) {
                    Some(length) => self.advance(length, Stage::Line),
                    None if delimiter.starts_with(rest)
                        || delimiter.strip_prefix(line_end).is_some_and(|plain| plain.starts_with(rest)) =>
                    {
                        Ok(Step::More)
                    }
                    None => Err(FormError::Malformed),
                }
            }
            Stage::Line => {
                let rest = self.rest();
                let padding = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
                match rest.get(padding..).unwrap_or_default() {
                    [b'-', b'-', ..] if padding == 0 => Err(FormError::NoFile),
                    [b'\r', b'\n', ..] => self.advance(padding + 2, Stage::Headers),
                    [] | [b'\r'] => Ok(Step::More),
                    [b'-'] if padding == 0 => Ok(Step::More),
                    _ => Err(FormError::Malformed),
                }
            }
            Stage::Headers => {
                let Some(end) = self.find(b"\r\n\r\n") else { return Ok(Step::More) };
                let lines = self.rest().get(..end).unwrap_or_default();
                let disposition = Disposition::of_part(lines).ok_or(FormError::Malformed)?;
                if disposition.name.eq_ignore_ascii_case("file") {
                    self.at += end + 4;
                    return Ok(Step::File(disposition));
                }
                if self.fields.iter().any(|field| field.name.eq_ignore_ascii_case(&disposition.name)) {
                    return Err(FormError::Repeated(disposition.name));
                }
                if self.fields.len() == MAX_FIELDS {
                    return Err(FormError::TooLarge);
                }
                self.advance(end + 4, Stage::Value(disposition.name))
            }
            Stage::Value(ref mut name) => {
                let name = std::mem::take(name);
                let boundary = self.boundary.clone();
                let length = boundary.delimiter().len();
                let Some(end) = self.find(boundary.delimiter()) else {
                    self.stage = Stage::Value(name);
                    return Ok(Step::More);
                };
                let value = self.rest().get(..end).unwrap_or_default();
                let value = str::from_utf8(value).map_err(|_| FormError::Malformed)?.to_owned();
                self.fields.push(Field { name, value });
                self.advance(end + length, Stage::Line)
            }
        }
    }

    fn advance(&mut self, by: usize, stage: Stage) -> Result<Step, FormError> {
        self.at += by;
        self.searched = self.at;
        self.stage = stage;
        Ok(Step::On)
    }

    /// Where in the rest this is. What has been searched once is not searched again.
    fn find(&mut self, needle: &[u8]) -> Option<usize> {
        let found = memmem::find(self.held.get(self.searched..).unwrap_or_default(), needle);
        let found = found.map(|at| self.searched + at - self.at);
        if found.is_none() {
            self.searched = self.at.max((self.held.len() + 1).saturating_sub(needle.len()));
        }
        found
    }
}

#[cfg(test)]
mod tests;
