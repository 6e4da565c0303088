//! The store through its front door: S3 requests in, S3 answers out, in both places.

mod buckets;
mod conditions;
mod copies;
mod durability;
mod integrity;
mod listing;
mod model;
mod objects;
mod uploads;

use crate::index::record::{Description, Layout, Object};
use crate::{Place, Store, StoreBody};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

/// 2026-11-20T12:00:00Z.
pub(crate) const NOW: u64 = 1_795_176_000;

/// A store with the bucket `bucket`, and the directory it is in.
pub(crate) struct Bench {
    pub(crate) store: Store,
    pub(crate) directory: Option<TempDir>,
}

/// An answer, its body read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

pub(crate) type Headers<'a> = &'a [(&'a str, &'a str)];

impl Bench {
    pub(crate) fn memory() -> Self {
        let store = Store::open(Place::Memory).unwrap();
        store.create_bucket("bucket").unwrap();
        Self { store, directory: None }
    }

    pub(crate) fn directory() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(Place::Directory(directory.path().to_owned())).unwrap();
        store.create_bucket("bucket").unwrap();
        Self { store, directory: Some(directory) }
    }

    pub(crate) fn both() -> [Self; 2] {
        [Self::memory(), Self::directory()]
    }

    /// Closes the store and opens its directory again.
    pub(crate) fn reopen(self) -> Self {
        let Self { store, directory } = self;
        drop(store);
        let directory = directory.unwrap();
        let store = Store::open(Place::Directory(directory.path().to_owned())).unwrap();
        Self { store, directory: Some(directory) }
    }

    pub(crate) async fn ask(&self, line: &str, headers: Headers<'_>, body: impl Into<Bytes>) -> Answer {
        self.ask_at(NOW, line, headers, body).await
    }

    pub(crate) async fn ask_at(
        &self,
        now: u64,
        line: &str,
        headers: Headers<'_>,
        body: impl Into<Bytes>,
    ) -> Answer {
        let body = body.into();
        let mut request = request(line, headers);
        request = request.header("content-length", body.len());
        read(self.store.handle(request.body(Full::new(body)).unwrap(), time(now)).await).await
    }

    /// Asks, and expects this status, and this code of an error.
    pub(crate) async fn check(
        &self,
        line: &str,
        headers: Headers<'_>,
        body: &str,
        status: u16,
        code: &str,
    ) -> Answer {
        let answer = self.ask(line, headers, body.to_owned()).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (status, code.to_owned()),
            "{line} {headers:?} {answer:?}"
        );
        answer
    }

    pub(crate) fn files(&self) -> usize {
        let bodies = self.directory.as_ref().unwrap().path().join("bodies");
        let folders = std::fs::read_dir(bodies).unwrap();
        folders.map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap().count()).sum()
    }
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The code of an error, or nothing.
    pub(crate) fn code(&self) -> String {
        if self.status.is_success() { String::new() } else { self.element("Code").unwrap_or_default() }
    }

    /// The text of the first element of this name.
    pub(crate) fn element(&self, name: &str) -> Option<String> {
        self.elements(name).into_iter().next()
    }

    /// The texts of all elements of this name.
    pub(crate) fn elements(&self, name: &str) -> Vec<String> {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let parts = self.text().split(&open).skip(1);
        parts.map(|part| part.split(&close).next().unwrap().replace("&quot;", "\"")).collect()
    }
}

pub(crate) fn time(now: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(now)
}

pub(crate) fn request(line: &str, headers: Headers<'_>) -> http::request::Builder {
    let (method, target) = line.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request
}

/// Reads an answer; its body has the length it announced.
pub(crate) async fn read(response: Response<StoreBody>) -> Answer {
    let (head, body) = response.into_parts();
    let announced = http_body::Body::size_hint(&body).exact().unwrap();
    let body = body.collect().await.unwrap().to_bytes();
    assert_eq!(announced, body.len() as u64);
    Answer { status: head.status, headers: head.headers, body }
}

/// An object of no bytes.
pub(crate) fn empty_object() -> Object {
    Object {
        etag: "d41d8cd98f00b204e9800998ecf8427e".to_owned(),
        size: 0,
        modified: NOW,
        layout: Layout::Empty,
        description: Description::default(),
        tags: Vec::new(),
        sum: None,
        upload: None,
    }
}

/// Bytes that differ from place to place.
pub(crate) fn noise(length: usize, seed: u64) -> Bytes {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = vec![0; length];
    for word in bytes.chunks_mut(8) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        word.copy_from_slice(&state.to_le_bytes()[..word.len()]);
    }
    bytes.into()
}

#[test]
fn the_future_can_be_sent_when_the_body_can() {
    fn is_send(_: &impl Send) {}
    let store = Store::open(Place::Memory).unwrap();
    is_send(&store.handle(Request::new(Full::<Bytes>::default()), UNIX_EPOCH));
}
