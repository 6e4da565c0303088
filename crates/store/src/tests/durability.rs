//! What survives: closing and opening again, an interrupted write, readers of what is replaced, races.

use super::uploads::{begin, list, part};
use super::{Bench, NOW, noise, request, time};
use crate::index::audit::audit;
use crate::{OpenError, Place, Store};
use bytes::Bytes;
use http_body::Frame;
use http_body_util::{BodyExt as _, Full};
use std::future::Future as _;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// One piece, and then never anything again.
struct Stalled(Option<Bytes>);

impl http_body::Body for Stalled {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.0.take().map_or(Poll::Pending, |bytes| Poll::Ready(Some(Ok(Frame::data(bytes)))))
    }
}

#[tokio::test]
async fn everything_is_there_after_opening_again() {
    let bench = Bench::directory();
    let body = noise(300_000, 1);
    bench.ask("PUT /bucket/large", &[("x-amz-meta-a", "b")], body.clone()).await;
    bench.check("PUT /bucket/small", &[], "small", 200, "").await;
    let id = begin(&bench, "key", &[]).await;
    let etag = part(&bench, "key", &id, 1, noise(100_000, 2)).await;

    let bench = bench.reopen();
    let got = bench.ask("GET /bucket/large", &[], "").await;
    assert_eq!((got.header("x-amz-meta-a"), &got.body), ("b", &body));
    assert_eq!(bench.ask("GET /bucket/small", &[], "").await.text(), "small");
    bench.check(&format!("POST /bucket/key?uploadId={id}"), &[], &list(&[(1, &etag)]), 200, "").await;

    let bench = bench.reopen();
    assert_eq!(bench.ask("GET /bucket/key", &[], "").await.body, noise(100_000, 2));
    assert_eq!(bench.files(), 2);
}

#[test]
fn r_rel_09_a_crash_leaves_the_old_object_and_no_file_after_opening_again() {
    let directory = tempfile::tempdir().unwrap();
    let copy = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let bench = Bench {
        store: Store::open(Place::Directory(directory.path().to_owned())).unwrap(),
        directory: Some(directory),
    };
    bench.store.create_bucket("bucket").unwrap();
    runtime.block_on(async {
        bench.ask("PUT /bucket/key", &[], noise(50_000, 1)).await;
        bench.ask("PUT /bucket/gone", &[], noise(50_000, 2)).await;
        let body = Stalled(Some(noise(1_000_000, 3)));
        let stalled = bench.store.handle(request("PUT /bucket/key", &[]).body(body).unwrap(), time(NOW));
        let mut stalled = pin!(stalled);
        // Polled until its file is there: three files, the third under way.
        while bench.files() < 3 {
            assert!(stalled.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            tokio::task::yield_now().await;
        }
        // A crash is what a copy of the directory sees: nobody tidied up.
        copy_tree(bench.directory.as_ref().unwrap().path(), copy.path());
    });
    let bench = Bench {
        store: Store::open(Place::Directory(copy.path().to_owned())).unwrap(),
        directory: Some(copy),
    };
    assert_eq!(bench.files(), 2, "the orphan is swept");
    runtime.block_on(async {
        assert_eq!(bench.ask("GET /bucket/key", &[], "").await.body, noise(50_000, 1));
        bench.check("PUT /bucket/key", &[], "new", 200, "").await;
        assert_eq!(bench.ask("GET /bucket/gone", &[], "").await.body, noise(50_000, 2));
    });
    assert_eq!(bench.files(), 1);
}

fn copy_tree(from: &std::path::Path, to: &std::path::Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&place).unwrap();
            copy_tree(&entry.path(), &place);
        } else {
            std::fs::copy(entry.path(), &place).unwrap();
        }
    }
}

#[tokio::test]
async fn a_reader_has_the_whole_old_object_while_it_is_replaced() {
    for bench in Bench::both() {
        let old = noise(3_000_000, 1);
        bench.ask("PUT /bucket/key", &[], old.clone()).await;
        let mut first = read_begun(&bench).await;
        bench.check("PUT /bucket/key", &[], "new", 200, "").await;
        assert_eq!(rest(&mut first).await, old);

        let id = begin(&bench, "key", &[]).await;
        let mut etags = Vec::new();
        for number in 1..=3 {
            etags.push(part(&bench, "key", &id, number, noise(5 * 1024 * 1024, number as u64)).await);
        }
        let listed: Vec<_> = etags.iter().enumerate().map(|(at, etag)| (at + 1, etag.as_str())).collect();
        bench.check(&format!("POST /bucket/key?uploadId={id}"), &[], &list(&listed), 200, "").await;
        let mut second = read_begun(&bench).await;
        bench.check("DELETE /bucket/key", &[], "", 204, "").await;
        let whole = [1, 2, 3].map(|number| noise(5 * 1024 * 1024, number)).concat();
        assert_eq!(rest(&mut second).await, whole, "parts not yet opened are kept for the reader");
        drop(second);
        if bench.directory.is_some() {
            assert_eq!(bench.files(), 0, "and go when it is done");
        }
    }
}

async fn read_begun(bench: &Bench) -> crate::StoreBody {
    let asked = request("GET /bucket/key", &[]).body(Full::<Bytes>::default()).unwrap();
    bench.store.handle(asked, time(NOW)).await.into_body()
}

async fn rest(body: &mut crate::StoreBody) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        bytes.extend_from_slice(&frame.unwrap().into_data().unwrap());
    }
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn versitygw_13b3dc52_concurrent_put_complete_and_delete_leave_one_whole_object_or_none() {
    for bench in Bench::both() {
        let bench = std::sync::Arc::new(bench);
        let whole = [noise(20_000, 1), noise(30_000, 2)];
        for _ in 0..12 {
            let id = begin(&bench, "key", &[]).await;
            let etag = part(&bench, "key", &id, 1, whole[0].clone()).await;
            let document = list(&[(1, &etag)]);
            let mut tasks = tokio::task::JoinSet::new();
            for line in [format!("POST /bucket/key?uploadId={id}"), format!("POST /bucket/key?uploadId={id}")]
            {
                let (bench, document) = (bench.clone(), document.clone());
                tasks.spawn(async move { bench.ask(&line, &[], document).await });
            }
            let (writer, body) = (bench.clone(), whole[1].clone());
            tasks.spawn(async move { writer.ask("PUT /bucket/key", &[], body).await });
            let lines = [
                "DELETE /bucket/key".to_owned(),
                format!("DELETE /bucket/key?uploadId={id}"),
                "GET /bucket/key".to_owned(),
            ];
            for line in lines {
                let bench = bench.clone();
                tasks.spawn(async move { bench.ask(&line, &[], "").await });
            }
            while let Some(answer) = tasks.join_next().await {
                let answer = answer.unwrap();
                assert!(!answer.status.is_server_error(), "{answer:?}");
            }
            let got = bench.ask("GET /bucket/key", &[], "").await;
            assert!(got.status == 404 || whole.contains(&got.body), "{got:?}");
            bench.check("DELETE /bucket/key", &[], "", 204, "").await;
        }
        assert_eq!(audit(&bench.store.shared().index.read().unwrap()), [0_u64; 0]);
        if bench.directory.is_some() {
            assert_eq!(bench.files(), 0);
        }
    }
}

#[test]
fn opening_says_what_is_in_the_way() {
    let directory = tempfile::tempdir().unwrap();
    let open = |path: std::path::PathBuf| Store::open(Place::Directory(path));
    let first = open(directory.path().to_owned()).unwrap();
    assert!(matches!(open(directory.path().to_owned()), Err(OpenError::InUse { .. })));
    drop(first);
    drop(open(directory.path().to_owned()).unwrap());

    let file = directory.path().join("file");
    std::fs::write(&file, "x").unwrap();
    assert!(matches!(open(file.join("below")), Err(OpenError::Unwritable { .. })));

    let damaged = directory.path().join("damaged");
    std::fs::create_dir_all(damaged.join("bodies")).unwrap();
    std::fs::write(damaged.join("index.redb"), "no database at all").unwrap();
    assert!(matches!(open(damaged), Err(OpenError::Damaged { .. })));

    let headless = directory.path().join("headless");
    std::fs::create_dir_all(headless.join("bodies/0")).unwrap();
    assert!(matches!(open(headless), Err(OpenError::Damaged { .. })));

    let newer = directory.path().join("newer");
    let store = open(newer.clone()).unwrap();
    store.shared().index.write_now(|writing| writing.set_number("format", 99)).unwrap();
    drop(store);
    assert!(matches!(open(newer), Err(OpenError::Newer { found: 99, .. })));
}

#[test]
fn the_memory_store_refuses_more_than_it_holds() {
    use crate::bodies::{Bodies, Grant};
    let bodies = Bodies::in_memory(100, Grant::starting_at(0));
    let mut kept = bodies.draft(bodies.take_id().unwrap()).unwrap();
    kept.write(&[1; 60]).unwrap();
    let mut refused = bodies.draft(bodies.take_id().unwrap()).unwrap();
    assert_eq!(refused.write(&[1; 60]).unwrap_err().kind(), io::ErrorKind::StorageFull);
    drop(kept);
    refused.write(&[1; 100]).unwrap();
    refused.finish().unwrap();
    let id = refused.id();
    refused.keep();
    bodies.retire(vec![id]);
    bodies.draft(bodies.take_id().unwrap()).unwrap().write(&[1; 100]).unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_what_is_stored() {
    use std::os::unix::fs::PermissionsExt;

    fn check(path: &std::path::Path) {
        let mode = std::fs::metadata(path).unwrap().permissions().mode() & 0o077;
        assert_eq!(mode, 0, "{}", path.display());
        if path.is_dir() {
            std::fs::read_dir(path).unwrap().for_each(|entry| check(&entry.unwrap().path()));
        }
    }
    let root = tempfile::tempdir().unwrap();
    let place = root.path().join("deep/data");
    let store = Store::open(Place::Directory(place)).unwrap();
    store.create_bucket("demo").unwrap();
    check(&root.path().join("deep"));
}
