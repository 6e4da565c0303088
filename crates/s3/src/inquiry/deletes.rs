//! DeleteObjects whose keys lie in several places: each store is asked for its own, and the answers are made one.

use std::sync::Arc;

use bytes::Bytes;
use http::Response;

use super::{Heard, Inquiry, Kind, LIMIT, Question};
use crate::xml::{self, DeleteObject, Part, Refused};
use crate::{Bucket, Code, S3Error, answer, store_error};

pub(super) struct Deletes {
    places: Vec<Place>,
    refused: Vec<(DeleteObject, S3Error)>,
    quiet: bool,
    /// How much of the stores' answers may still be kept, in bytes: of all together as much as of one.
    room: usize,
}

struct Place {
    question: Question,
    bucket: Arc<Bucket>,
    objects: Vec<DeleteObject>,
    heard: Option<Result<Bytes, Code>>,
}

impl Inquiry {
    /// Asks each store to delete its objects. One that fails fails for its objects alone.
    pub(crate) fn deletes(
        places: Vec<(Question, Arc<Bucket>, Vec<DeleteObject>)>,
        refused: Vec<(DeleteObject, S3Error)>,
        quiet: bool,
    ) -> Self {
        let places = places
            .into_iter()
            .map(|(question, bucket, objects)| Place { question, bucket, objects, heard: None })
            .collect();
        Self(Kind::Deletes(Deletes { places, refused, quiet, room: LIMIT }))
    }
}

impl Deletes {
    pub(super) fn question(&self) -> Option<Question> {
        self.places.iter().find(|place| place.heard.is_none()).map(|place| place.question.clone())
    }

    pub(super) fn take(&mut self, heard: Heard) {
        if let Some(place) = self.places.iter_mut().find(|place| place.heard.is_none()) {
            place.heard = Some(match heard {
                Ok((head, body)) if head.status.is_success() => match self.room.checked_sub(body.len()) {
                    Some(room) => {
                        self.room = room;
                        Ok(body)
                    }
                    None => Err(Code::BackendError),
                },
                Ok((head, body)) => {
                    Err(store_error::translate(head.status, &head.headers, &body, true).code())
                }
                Err(error) => Err(error.code()),
            });
        }
    }

    pub(super) fn finish(self) -> Result<Response<Bytes>, S3Error> {
        let mut parts: Vec<Part<'_>> = Vec::new();
        for place in &self.places {
            let heard = match &place.heard {
                Some(Ok(body)) => Ok(&body[..]),
                Some(Err(code)) => Err(code.name()),
                None => Err(Code::InternalError.name()),
            };
            let mut part = Part { names: place.bucket.names(), asked: &place.objects, heard };
            // An answer that cannot be read tells nothing of its objects, and must not hide what became of the others.
            if let Err(error) = xml::merge_delete_results(&[part], &[], false) {
                part.heard = Err(store_error::of_xml(error).code().name());
            }
            parts.push(part);
        }
        let refused: Vec<_> = self
            .refused
            .iter()
            .map(|(object, why)| Refused {
                key: &object.key,
                version_id: object.version_id.as_deref(),
                code: why.code().name(),
                message: why.message(),
            })
            .collect();
        let document =
            xml::merge_delete_results(&parts, &refused, self.quiet).map_err(store_error::of_xml)?;
        Ok(answer::document(document))
    }
}
