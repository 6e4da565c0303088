use bytes::BytesMut;

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
