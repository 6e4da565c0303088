use brigade_gateway::{Body as Whole, BodyError};
use brigade_sigv4::Decoder;
use bytes::Bytes;
use http_body::Body as _;
use http_body_util::BodyExt;

use super::Body;

const FRAMED: &[u8] = b"5\r\nhello\r\n0\r\n\r\n";

#[tokio::test]
async fn bodies_are_collected_up_to_their_limit() {
    for (length, limit, expect) in [
        (0, 0, Ok(0)),
        (5, 5, Ok(5)),
        (5, 4, Err(BodyError::TooLarge)),
        (5, 100, Ok(5)),
        (1, 0, Err(BodyError::TooLarge)),
    ] {
        let body = Body::from(Bytes::from(vec![b'x'; length]));
        assert_eq!(
            Whole::collect(body, limit).await.map(|bytes| bytes.len()),
            expect,
            "{length} bytes, limit {limit}"
        );
    }
}

#[tokio::test]
async fn decoded_bodies_announce_their_length() {
    let body = Body::from(Bytes::from_static(FRAMED)).decode(Decoder::unsigned_trailer(5, None));
    assert_eq!(body.size_hint().exact(), Some(5));
    assert_eq!(Whole::collect(body, 5).await.unwrap(), "hello");
}

#[tokio::test]
async fn r_str_04_a_body_with_broken_framing_never_ends_well() {
    for framed in [&FRAMED[..10], b"5\r\nhelloX\r\n0\r\n\r\n", b"4\r\nhell\r\n0\r\n\r\n", b"", b"zz\r\n"] {
        let body = Body::from(Bytes::copy_from_slice(framed));
        let mut body = body.decode(Decoder::unsigned_trailer(5, None));
        let mut given = 0;
        let error = loop {
            match body.frame().await.expect("the body ended well") {
                Ok(frame) => given += frame.into_data().unwrap().len(),
                Err(error) => break error,
            }
        };
        assert_eq!(error, BodyError::Cut);
        assert!(given < 5, "{given} bytes of {framed:?} were let through");
        assert!(!body.is_end_stream());
        assert_eq!(body.frame().await.unwrap().unwrap_err(), BodyError::Cut, "it fails for ever");
    }
}

#[tokio::test]
async fn a_body_goes_on_behind_what_was_taken_from_it() {
    let whole = || Body::from(Bytes::from_static(b"fields|file"));
    let mut body = whole();
    let taken = Whole::next(&mut body).await.unwrap().unwrap();
    assert!(Whole::next(&mut body).await.unwrap().is_none());
    for (rest, first) in [(Body::empty(), taken.slice(7..)), (body.behind("e".into()), "fil".into())] {
        let body = rest.behind(first);
        assert_eq!(body.size_hint().exact(), Some(4));
        assert!(!body.is_end_stream());
        assert_eq!(Whole::collect(body, 4).await.unwrap(), "file");
    }
    let body = whole().behind("more than fits|".into());
    assert_eq!(Whole::collect(body, 25).await, Err(BodyError::TooLarge));
    let framed = Body::from(Bytes::from_static(&FRAMED[3..])).behind(Bytes::from_static(&FRAMED[..3]));
    assert_eq!(Whole::collect(framed.decode(Decoder::unsigned_trailer(5, None)), 5).await.unwrap(), "hello");
}
