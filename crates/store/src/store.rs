//! The store: opened on a place, asked with HTTP requests.

mod metered;
mod open;

use crate::bodies::{Bodies, Lease};
use crate::body::StoreBody;
use crate::bucket;
use crate::error::{OpenError, StoreError};
use crate::failure::{Code, Failure};
use crate::headers::refuse_unsupported;
use crate::index::record::Bucket;
use crate::index::{Index, Lookup};
use crate::{object, reply, route, upload};
use brigade_sigv4::Timestamp;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::task::spawn_blocking;

/// Where a store keeps its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A directory of the file system, created when absent; one process at a time.
    Directory(PathBuf),
    /// The memory of this process, for tests and demonstrations: at most 1 GiB of bodies and 1 GiB of
    /// index (507 `InsufficientCapacity` beyond), gone at exit.
    Memory,
}

/// An S3 store in this process; clones share it.
///
/// Index work and file work run on Tokio's blocking threads, so [`Store::handle`] needs a Tokio runtime.
/// Buffers do not grow with objects: an upload or a download holds about half a MiB.
///
/// ```
/// use brigade_store::{Place, Store};
/// use http_body_util::{BodyExt as _, Full};
/// use std::time::{Duration, UNIX_EPOCH};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let store = Store::open(Place::Memory)?;
/// store.create_bucket("demo")?;
/// let now = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
///
/// let put = http::Request::put("/demo/a%20key").body(Full::new("hello".into()))?;
/// assert_eq!(store.handle(put, now).await.headers()["etag"], "\"5d41402abc4b2a76b9719d911017c592\"");
///
/// let get = http::Request::get("/demo/a%20key").body(Full::default())?;
/// let body = store.handle(get, now).await.into_body();
/// assert_eq!(body.collect().await?.to_bytes(), "hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

/// What the clones of a store share. The index goes first: its writer ends before the bodies do.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) index: Index,
    pub(crate) bodies: Arc<Bodies>,
    room: Room,
}

/// How far the index may grow. On disk the file system says; in memory this does.
#[derive(Debug)]
pub(crate) enum Room {
    Unbounded,
    Bounded { length: Arc<AtomicU64>, limit: u64 },
}

impl Store {
    /// Opens the store at `place`, creating it when absent, and removes what a crash left unfinished.
    ///
    /// Blocking: it reads and writes the disk.
    ///
    /// # Errors
    /// [`OpenError`] says what is in the way and what to do about it.
    pub fn open(place: Place) -> Result<Self, OpenError> {
        let shared = match place {
            Place::Directory(path) => open::directory(path)?,
            Place::Memory => open::memory()?,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Creates the bucket `name`; nothing happens when it exists. Blocking.
    ///
    /// # Errors
    /// [`StoreError::InvalidBucketName`], or the index failed.
    pub fn create_bucket(&self, name: &str) -> Result<(), StoreError> {
        if !bucket::is_valid_name(name) {
            return Err(StoreError::InvalidBucketName { name: name.to_owned() });
        }
        // A bucket made here was made when the store was set up; there is no clock to ask.
        let created = self.shared.index.write_now(|writing| bucket::create(writing, name, 0));
        created.map(|_| ()).map_err(|failure| StoreError::Index { cause: failure.to_string() })
    }

    /// Whether the bucket `name` exists. Blocking.
    ///
    /// # Errors
    /// The index failed.
    pub fn bucket_exists(&self, name: &str) -> Result<bool, StoreError> {
        let found = self.shared.index.read().and_then(|lookup| bucket::find(&lookup, name));
        found.map(|found| found.is_some()).map_err(|failure| StoreError::Index { cause: failure.to_string() })
    }

    /// Answers one S3 request; a failure is an S3 error response. Where the store itself failed, the response has a
    /// [`Fault`](crate::Fault) among its extensions.
    ///
    /// `now` becomes the date of what is written. The request is path style, its signature headers are not looked at, and
    /// its `x-amz-content-sha256` and checksums are held against the body. Dropped halfway, it has either happened
    /// or not: a write that had begun to be recorded is completed.
    pub async fn handle<B>(&self, request: Request<B>, now: SystemTime) -> Response<StoreBody>
    where
        B: http_body::Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (head, body) = request.into_parts();
        let now = now.duration_since(UNIX_EPOCH).map(|since| since.as_secs()).unwrap_or_default();
        let now = Timestamp::from_unix(now);
        let routed =
            route::route(&head).and_then(|routed| refuse_unsupported(&head.headers).map(|()| routed));
        let answer = match routed {
            Ok((operation, query)) => {
                let asked = Asked { shared: &self.shared, query, headers: &head.headers, now };
                answer(asked, operation, pin!(body)).await
            }
            Err(failure) => Err(failure),
        };
        answer
            .unwrap_or_else(|failure| reply::failure(&failure, head.uri.path(), head.method == Method::HEAD))
    }
}

#[cfg(test)]
impl Store {
    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }
}

/// One request, as the operations see it.
pub(crate) struct Asked<'a> {
    pub(crate) shared: &'a Arc<Shared>,
    pub(crate) query: route::Query,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) now: Timestamp,
}

async fn answer<B>(
    asked: Asked<'_>,
    operation: route::Operation,
    body: std::pin::Pin<&mut B>,
) -> Result<reply::Reply, Failure>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    use route::{BucketOp, ObjectOp, Operation};
    match operation {
        Operation::ListBuckets => bucket::list(&asked).await,
        Operation::Bucket(name, op) => match op {
            BucketOp::Create => bucket::put(&asked, name, body).await,
            BucketOp::Delete => bucket::delete(&asked, name).await,
            BucketOp::Head => bucket::head(&asked, name).await,
            BucketOp::Location => bucket::location(&asked, name).await,
            BucketOp::Versioning => bucket::versioning(&asked, name).await,
            BucketOp::List => bucket::listing::v1(&asked, name).await,
            BucketOp::ListV2 => bucket::listing::v2(&asked, name).await,
            BucketOp::ListUploads => upload::uploads::list(&asked, name).await,
            BucketOp::DeleteObjects => object::delete::many(&asked, name, body).await,
        },
        Operation::Object(target, op) => match op {
            ObjectOp::Get => object::read::get(&asked, target).await,
            ObjectOp::Head => object::read::head(&asked, target).await,
            ObjectOp::Put => object::write::put(&asked, target, body).await,
            ObjectOp::Delete => object::delete::one(&asked, target).await,
            ObjectOp::Attributes => object::attributes::get(&asked, target).await,
            ObjectOp::Copy => object::copy::copy(&asked, target).await,
            ObjectOp::ReadTags => object::tags::get(&asked, target).await,
            ObjectOp::WriteTags => object::tags::put(&asked, target, body).await,
            ObjectOp::RemoveTags => object::tags::delete(&asked, target).await,
            ObjectOp::CreateUpload => upload::create(&asked, target).await,
            ObjectOp::PutPart => upload::part::put(&asked, target, body).await,
            ObjectOp::CopyPart => upload::part::copy(&asked, target).await,
            ObjectOp::ListParts => upload::parts::list(&asked, target).await,
            ObjectOp::Complete => upload::complete::complete(&asked, target, body).await,
            ObjectOp::Abort => upload::abort(&asked, target).await,
        },
    }
}

impl Shared {
    /// Looks into the index on a blocking thread. The lease covers what is found there.
    pub(crate) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        job: impl FnOnce(&dyn Lookup, Lease) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let shared = Arc::clone(self);
        let task = spawn_blocking(move || {
            let lease = shared.bodies.lease();
            let lookup = shared.index.read()?;
            job(&lookup, lease)
        });
        task.await.map_err(Failure::internal)?
    }

    /// Looks into a bucket; `NoSuchBucket` when there is none.
    pub(crate) async fn read_bucket<T: Send + 'static>(
        self: &Arc<Self>,
        name: String,
        job: impl FnOnce(&dyn Lookup, Lease, Bucket) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        self.read(move |lookup, lease| {
            let bucket = lookup.bucket(&name)?;
            job(lookup, lease, bucket)
        })
        .await
    }

    /// Refuses what would add to the index when there is no room for more.
    pub(crate) fn admit(&self) -> Result<(), Failure> {
        match &self.room {
            Room::Bounded { length, limit } if length.load(Ordering::Relaxed) > *limit => {
                Err(Code::InsufficientCapacity.into())
            }
            Room::Bounded { .. } | Room::Unbounded => Ok(()),
        }
    }

    /// A number for a new body.
    pub(crate) async fn body_id(&self) -> Result<u64, Failure> {
        for _ in 0..8 {
            if let Some(id) = self.bodies.take_id() {
                return Ok(id);
            }
            // Any write makes the index grant more.
            self.index.write(|_| Ok(())).await?;
        }
        Err(Code::ServiceUnavailable.into())
    }
}
