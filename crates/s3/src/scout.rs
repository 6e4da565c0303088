//! Whether a store knows a part of a bucket's configuration, asked before it is written there.
//!
//! Stores take a sub-resource that they do not know for none: Ceph RGW and SeaweedFS delete the bucket for
//! `DELETE ?metrics`, and create it for `PUT ?analytics`. One that answers the GET with that very document, or that there is
//! none, knows it.

use http::{HeaderValue, Response, StatusCode};

use bytes::Bytes;

use crate::inquiry::{Heard, Question};
use crate::table::{self, JSON};
use crate::{Bucket, Code, Op, Row, S3Error, store_error, xml};

/// The question that goes before a write, and what its answer means.
#[derive(Debug)]
pub struct Scout {
    question: Question,
    listens: Listens,
}

/// What an answer is held against.
#[derive(Debug)]
pub struct Listens {
    roots: &'static [&'static str],
    op: Op,
    removes: bool,
}

impl Scout {
    /// What to ask before the request of this row; `uri` is its own, whose GET is asked.
    pub(crate) fn before(row: &Row, bucket: &Bucket, uri: http::Uri) -> Result<Self, S3Error> {
        let reads = |other: &&Row| {
            other.method == http::Method::GET
                && other.level() == row.level()
                && other.requires == row.requires
                && !other.answer.is_empty()
        };
        let read = table::rows().find(reads).ok_or_else(|| S3Error::new(Code::NotImplemented))?;
        let removes = row.method == http::Method::DELETE;
        let listens = Listens { roots: read.answer, op: row.op, removes };
        Ok(Self { question: Question::of(&bucket.backend, uri), listens })
    }

    /// The same, for the owner that the client expects.
    pub(crate) fn expecting(mut self, owner: Option<&HeaderValue>) -> Self {
        self.question = self.question.expecting(owner);
        self
    }

    /// The question, and what its answer is to be told to.
    #[must_use]
    pub fn ask(self) -> (Question, Listens) {
        (self.question, self.listens)
    }
}

impl Listens {
    /// The answer to the client, where there is nothing to remove; `None`: write.
    ///
    /// # Errors
    /// 501 when the store does not know what is to be written, and any other error of its.
    pub fn hear(self, heard: Heard) -> Result<Option<Response<Bytes>>, S3Error> {
        let (head, body) = heard?;
        if head.status.is_success() {
            let known = if self.roots == JSON {
                xml::verify_json(&body).is_ok()
            } else {
                xml::verify_document(&body, self.roots).is_ok()
            };
            return if known { Ok(None) } else { Err(self.unknown("it answered something else")) };
        }
        let error = store_error::translate(head.status, &head.headers, &body, true);
        let code = error.code();
        if code.is_absence() {
            let nothing = || {
                let mut answer = Response::new(Bytes::new());
                *answer.status_mut() = StatusCode::NO_CONTENT;
                answer
            };
            return Ok(self.removes.then(nothing));
        }
        let unknown = matches!(code, Code::NotImplemented | Code::MethodNotAllowed);
        Err(if unknown { self.unknown(&error.reason()) } else { error })
    }

    fn unknown(&self, why: &str) -> S3Error {
        S3Error::new(Code::NotImplemented)
            .say(format!("{} is not implemented by the store behind this bucket.", self.op.name()))
            .because(why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_write_of_a_configuration_has_the_read_that_goes_before_it() {
        let writes = table::rows().filter(|row| row.apart == table::Apart::Refused);
        let mut count = 0;
        for row in writes {
            let reads = table::rows().filter(|read| read.requires == row.requires && !read.answer.is_empty());
            assert_eq!(reads.filter(|read| read.level() == row.level()).count(), 1, "{:?}", row.op);
            count += 1;
        }
        assert!(count > 25, "{count}");
    }
}
