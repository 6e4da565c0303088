use bytes::BytesMut;
use proptest::prelude::*;

use super::{Chunks, Framing, Malformed, Step};

/// What a body gives of `input`, however it comes, and what it leaves.
#[track_caller]
fn check(framing: Framing, input: &[u8], expect: Result<(&str, &str), Malformed>) {
    for piece in (1..=16).chain([input.len().max(17)]) {
        let mut framing = framing;
        let mut bytes = BytesMut::new();
        let mut body = Vec::new();
        let mut pieces = input.chunks(piece);
        let got = loop {
            match framing.step(&mut bytes) {
                Ok(Step::Data(data)) => body.extend_from_slice(&data),
                Ok(Step::More) => match pieces.next() {
                    Some(piece) => bytes.extend_from_slice(piece),
                    None => break Ok(false),
                },
                Ok(Step::Over) => break Ok(true),
                Err(malformed) => break Err(malformed),
            }
        };
        let over = framing.is_over();
        let rest: Vec<u8> = bytes.iter().chain(pieces.flatten()).copied().collect();
        match (got, expect) {
            (Ok(whole), Ok((data, left))) => {
                assert!(whole && over, "{input:?} in pieces of {piece}");
                assert_eq!((&body[..], &rest[..]), (data.as_bytes(), left.as_bytes()), "pieces of {piece}");
            }
            (Ok(whole), Err(_)) => assert!(!whole && !over, "{input:?} in pieces of {piece}"),
            (Err(_), expect) => assert_eq!(expect, Err(Malformed), "{input:?} in pieces of {piece}"),
        }
    }
}

const CHUNKED: Framing = Framing::Chunked(Chunks::Head);

#[test]
fn bodies_end_where_their_framing_says() {
    check(Framing::Length(0), b"GET", Ok(("", "GET")));
    check(Framing::Length(5), b"helloGET", Ok(("hello", "GET")));
    for (input, body) in [
        ("0\r\n\r\n", ""),
        ("5\r\nhello\r\n0\r\n\r\n", "hello"),
        ("3\r\nhel\r\n02\r\nlo\r\n000\r\n\r\n", "hello"),
        ("A;name=value;x=\"y\"\r\n0123456789\r\n0;last\r\n\r\n", "0123456789"),
        ("1\r\nx\r\n0\r\nx-trailer: y\r\nother: z\r\n\r\n", "x"),
    ] {
        check(CHUNKED, format!("{input}GET").as_bytes(), Ok((body, "GET")));
    }
}

#[test]
fn r_http_01_chunks_that_are_none_never_end_well() {
    let long = format!("1;{}\r\nx\r\n0\r\n\r\n", "y".repeat(2000));
    let trailers = format!("0\r\n{}\r\n", "x: y\r\n".repeat(5000));
    for input in [
        "",
        "5",
        "5\r\nhell",
        "5\r\nhello",
        "5\r\nhello\r\n",
        "5\r\nhello\r\n0\r\n",
        "zz\r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        " 5\r\nhello\r\n0\r\n\r\n",
        "5 \r\nhello\r\n0\r\n\r\n",
        "5 6\r\nhello\r\n0\r\n\r\n",
        "\r\n5\r\nhello\r\n0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "5;\n\r\nhello\r\n0\r\n\r\n",
        "5;a\rb\r\nhello\r\n0\r\n\r\n",
        "5\r\nhelloX\r\n0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello\r\n0\r\n\n",
        "10000000000000005\r\nhello\r\n0\r\n\r\n",
        &long,
        &trailers,
    ] {
        check(CHUNKED, input.as_bytes(), Err(Malformed));
    }
    check(Framing::Length(5), b"hell", Err(Malformed));
}

/// A chunked body and what lies behind it, as httparse's sizes have it.
fn as_others_read(mut input: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut body = Vec::new();
    loop {
        let Ok(httparse::Status::Complete((head, size))) = httparse::parse_chunk_size(input) else {
            return None;
        };
        input = input.get(head..)?;
        let size = usize::try_from(size).ok()?;
        if size == 0 {
            break;
        }
        body.extend_from_slice(input.get(..size)?);
        input = input.get(size..)?.strip_prefix(b"\r\n")?;
    }
    // The lines behind the last chunk, up to the first empty one.
    loop {
        let end = input.windows(2).position(|end| end == b"\r\n")?;
        input = input.get(end + 2..)?;
        if end == 0 {
            return Some((body, input));
        }
    }
}

/// Mostly chunks, and what could be taken for parts of them.
fn chunks() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::sample::select(vec![
        "5\r\nhello\r\n",
        "3;name=\"v\"\r\nabc\r\n",
        "0a\r\n0123456789\r\n",
        "1 ;x\r\n0\r\n",
        "2\r\n\r\n\r\n",
        "0\r\n",
        "0;x\r\n",
        "x-trailer: y\r\n",
        "\r\n",
        "\n",
        "\r",
        "0",
        "5",
        "f",
        ";",
        " ",
        "\t",
        "GET / HTTP/1.1\r\n",
        "\u{7f}",
        "é",
    ]);
    prop::collection::vec(words, 0..8).prop_map(|words| (words.concat() + "0\r\n\r\n").into_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn r_http_01_chunks_that_are_accepted_are_what_others_read(input in chunks(), piece in 1..40_usize) {
        let mut framing = CHUNKED;
        let mut bytes = BytesMut::new();
        let mut body = Vec::new();
        let mut pieces = input.chunks(piece);
        while !framing.is_over() {
            match framing.step(&mut bytes) {
                Ok(Step::Data(data)) => body.extend_from_slice(&data),
                Ok(Step::More) => match pieces.next() {
                    Some(piece) => bytes.extend_from_slice(piece),
                    None => return Ok(()),
                },
                Ok(Step::Over) => {}
                Err(Malformed) => return Ok(()),
            }
        }
        let rest: Vec<u8> = bytes.iter().chain(pieces.flatten()).copied().collect();
        let Some((others, left)) = as_others_read(&input) else { panic!("others refuse it") };
        prop_assert_eq!((body, &rest[..]), (others, left));
    }
}
