//! PutObject.

use super::{description, tags};
use crate::conditions::WriteConditions;
use crate::failure::Failure;
use crate::index::record::{BodyId, Layout, Object, Segment};
use crate::index::{Lookup, Writing};
use crate::payload::{Content, Declared, Received, receive};
use crate::reply::{self, Reply, add, quoted};
use crate::route::Target;
use crate::store::Asked;
use crate::sum::{self, DEFAULT_ALGORITHM};
use bytes::Bytes;
use http::StatusCode;
use std::pin::Pin;

/// PutObject: the body is on disk before the index names it; until then the old object stays.
pub(crate) async fn put<B>(asked: &Asked<'_>, target: Target, body: Pin<&mut B>) -> Result<Reply, Failure>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    asked.shared.admit()?;
    let declared = Declared::read(asked.headers)?;
    let conditions = WriteConditions::read(asked.headers)?;
    let description = description::read(asked.headers)?;
    let tags = tags::from_header(asked.headers)?;
    let algorithm = declared.algorithm().unwrap_or(DEFAULT_ALGORITHM);

    let early = (target.clone(), conditions.clone());
    asked
        .shared
        .read_bucket(target.bucket.clone(), move |lookup, _, bucket| {
            let (target, conditions) = early;
            conditions.check(&target.key, lookup.find_object(bucket, &target.key)?.as_ref())
        })
        .await?;

    let received = receive(asked.shared, body, &declared, algorithm).await?;
    let sum = sum::full(algorithm, received.checksum.clone());
    let mut object = Object {
        etag: received.md5.clone(),
        size: received.length,
        modified: asked.now.as_unix(),
        layout: Layout::Empty,
        description,
        tags,
        sum: Some(sum),
        upload: None,
    };
    let object = asked
        .shared
        .index
        .write(move |writing| {
            let bucket = writing.bucket(&target.bucket)?;
            conditions.check(&target.key, writing.find_object(bucket, &target.key)?.as_ref())?;
            object.layout = keep(writing, received)?.map_or(Layout::Empty, Layout::One);
            writing.put_object(bucket, &target.key, &object)?;
            Ok(object)
        })
        .await?;

    let mut reply = reply::empty(StatusCode::OK);
    add(reply.headers_mut(), "etag", &quoted(&object.etag))?;
    sum::add_headers(reply.headers_mut(), object.sum.as_ref())?;
    Ok(reply)
}

/// Names a received body in the index; nothing for an empty one.
pub(crate) fn keep(writing: &mut Writing, received: Received) -> Result<Option<Segment>, Failure> {
    match received.content {
        Content::Small(bytes) if bytes.is_empty() => Ok(None),
        Content::Small(bytes) => writing.put_inline(&bytes).map(Some),
        Content::Draft(draft) => {
            let segment = Segment { body: BodyId::File(draft.id()), offset: 0, length: received.length };
            writing.hold(&segment)?;
            draft.keep();
            Ok(Some(segment))
        }
    }
}
