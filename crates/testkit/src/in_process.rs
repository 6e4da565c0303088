//! An upstream around the embedded store.

use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use brigade_gateway::{BodyError, SendError, Upstream};
use brigade_identity::Issuer;
use brigade_store::{Place, Store};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt as _;

use crate::{Body, NOW, Web};

/// The real store, in memory, behind the scheme `embedded`; clones share it.
#[derive(Clone, Debug)]
pub struct InProcess {
    store: Store,
    sent: Arc<Mutex<Vec<String>>>,
    /// Where identity providers are.
    pub web: Web,
}

impl InProcess {
    /// A new store with these buckets.
    ///
    /// # Panics
    /// When it cannot be opened.
    #[must_use]
    pub fn with_buckets(buckets: &[&str]) -> Self {
        let store = Store::open(Place::Memory).unwrap();
        for bucket in buckets {
            store.create_bucket(bucket).unwrap();
        }
        Self { store, sent: Arc::default(), web: Web::default() }
    }

    /// What it was asked through the gateway since this was last called: methods and targets.
    #[must_use]
    pub fn sent(&self) -> Vec<String> {
        std::mem::take(&mut self.sent.lock().unwrap())
    }

    /// Asks the store behind the gateway's back; the answer's body is whole.
    pub async fn ask(&self, request: Request<Body>) -> Response<Bytes> {
        let (head, body) =
            Box::pin(self.store.handle(request, UNIX_EPOCH + Duration::from_secs(NOW))).await.into_parts();
        Response::from_parts(head, body.collect().await.unwrap().to_bytes())
    }
}

impl Upstream for InProcess {
    type Body = Body;

    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, SendError> {
        if request.uri().scheme_str() != Some("embedded") {
            return Err(SendError::Connect(format!("{} is not embedded", request.uri())));
        }
        let target = request.uri().path_and_query().map_or("", |target| target.as_str());
        self.sent.lock().unwrap().push(format!("{} {target}", request.method()));
        let (head, mut body) =
            Box::pin(self.store.handle(request, UNIX_EPOCH + Duration::from_secs(NOW))).await.into_parts();
        let mut frames = Vec::new();
        let mut failure = None;
        while let Some(frame) = body.frame().await {
            match frame.map(http_body::Frame::into_data) {
                Ok(Ok(bytes)) => frames.push(bytes),
                Ok(Err(_)) => {}
                Err(_) => failure = Some(BodyError::Cut),
            }
        }
        let body = Body::frames(frames);
        let body = match failure {
            Some(why) => body.failing(why),
            None => body,
        };
        Ok(Response::from_parts(head, body))
    }

    async fn fetch(&self, request: Request<Body>, _: &Issuer) -> Result<Response<Body>, SendError> {
        self.web.send(request).await
    }
}
