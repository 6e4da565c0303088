//! What a store is asked before it is asked to write.
//!
//! Of a part of a bucket's configuration: whether the store knows it.
//! Stores take a sub-resource that they do not know for none: Ceph RGW and SeaweedFS delete the bucket for
//! `DELETE ?metrics`, and create it for `PUT ?analytics`. One that answers the GET with that very document, or that there is
//! none, knows it.
//!
//! Of a copy: whether the source has tags, where the caller may not copy them. The store would, by the gateway's own rights.

use http::{HeaderValue, Response, StatusCode, response};

use bytes::Bytes;

use crate::inquiry::{Heard, Question};
use crate::table::{self, JSON};
use crate::{Bucket, Code, CopySource, Op, Row, S3Error, Version, store_error, xml};

/// The question that goes before a write, and what its answer means.
#[derive(Debug)]
pub struct Scout {
    question: Question,
    listens: Listens,
}

/// What an answer is held against.
#[derive(Debug)]
pub struct Listens(Kind);

#[derive(Debug)]
enum Kind {
    Configuration {
        roots: &'static [&'static str],
        op: Op,
        removes: bool,
    },
    /// Why tags may not be copied.
    Tags(S3Error),
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
        let listens = Listens(Kind::Configuration { roots: read.answer, op: row.op, removes });
        Ok(Self { question: Question::of(&bucket.backend, uri), listens })
    }

    /// What to ask before a copy within a store by a caller who may not copy tags, which is `why`.
    pub(crate) fn of_tags(source: &Bucket, from: &CopySource, why: S3Error) -> Result<Self, S3Error> {
        let mut query = vec![("tagging".to_owned(), String::new())];
        if let Version::Named(id) = &from.version {
            query.push(("versionId".to_owned(), id.to_string()));
        }
        let key = source.stored_key(from.key.as_str())?;
        let question = Question::about(source, &key, &query, &["tagging"])?;
        Ok(Self { question, listens: Listens(Kind::Tags(why)) })
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
    /// 501 when the store does not know what is to be written, 403 when there are tags that may not be copied, and any other
    /// error of the store's.
    pub fn hear(self, heard: Heard) -> Result<Option<Response<Bytes>>, S3Error> {
        let (head, body) = heard?;
        match self.0 {
            Kind::Configuration { roots, op, removes } => of_configuration(&head, &body, roots, op, removes),
            Kind::Tags(why) => of_tags(&head, &body, why).map(|()| None),
        }
    }
}

fn of_configuration(
    head: &response::Parts,
    body: &[u8],
    roots: &[&str],
    op: Op,
    removes: bool,
) -> Result<Option<Response<Bytes>>, S3Error> {
    let unknown = |why: &str| {
        S3Error::new(Code::NotImplemented)
            .say(format!("{} is not implemented by the store behind this bucket.", op.name()))
            .because(why)
    };
    if head.status.is_success() {
        let known = if roots == JSON {
            xml::verify_json(body).is_ok()
        } else {
            xml::verify_document(body, roots).is_ok()
        };
        return if known { Ok(None) } else { Err(unknown("it answered something else")) };
    }
    let error = store_error::translate(head.status, &head.headers, body, true);
    let code = error.code();
    if code.is_absence() {
        let nothing = || {
            let mut answer = Response::new(Bytes::new());
            *answer.status_mut() = StatusCode::NO_CONTENT;
            answer
        };
        return Ok(removes.then(nothing));
    }
    let is_unknown = matches!(code, Code::NotImplemented | Code::MethodNotAllowed);
    Err(if is_unknown { unknown(&error.reason()) } else { error })
}

/// A store that refuses to tell knows none, has none to copy, or must refuse the copy too, which says why.
fn of_tags(head: &response::Parts, body: &[u8], why: S3Error) -> Result<(), S3Error> {
    if head.status.is_success() {
        return match xml::tagging_header(body) {
            Ok(tags) if tags.is_empty() => Ok(()),
            Ok(_) => Err(why),
            Err(unread) => Err(store_error::of_xml(unread)),
        };
    }
    if head.status.is_client_error() || head.status == StatusCode::NOT_IMPLEMENTED {
        return Ok(());
    }
    Err(store_error::translate(head.status, &head.headers, body, false))
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
