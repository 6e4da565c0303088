//! R-STR: uploads in `aws-chunked` framing.

use brigade_testkit::{Ask, Chunked, Signer, Trailer, World, keys};

use super::check::{case, failed, failed_by, refused, served_by, stored};

const ALGORITHMS: [&str; 5] = [
    "x-amz-checksum-crc32",
    "x-amz-checksum-crc32c",
    "x-amz-checksum-crc64nvme",
    "x-amz-checksum-sha1",
    "x-amz-checksum-sha256",
];
const BROKEN: &str = "403 SignatureDoesNotMatch | 400 IncompleteBody";

fn put() -> Ask {
    Ask::new("PUT", "/private/secret")
}

/// 40 bytes in chunks of 16, signed.
fn signed() -> Chunked {
    Chunked::signed("0123456789abcdefghijklmnopqrstuvwxyzABCD", 16)
}

fn unsigned() -> Chunked {
    Chunked::unsigned(signed().data, 16, "x-amz-checksum-crc32")
}

fn every_mode() -> [Chunked; 3] {
    [signed(), signed().trailing("x-amz-checksum-crc32"), unsigned()]
}

fn edit(chunked: &Chunked, how: impl FnOnce(&mut Vec<Vec<u8>>)) -> Ask {
    put().stream_with(&keys::full(), chunked, how)
}

#[tokio::test]
async fn every_mode_and_checksum_lands_byte_exact() {
    let world = World::embedded().await;
    let mut number = 0;
    for data in [Vec::new(), b"x".to_vec(), signed().data, vec![b'z'; 200_000]] {
        for size in [1 << 16, 16] {
            let data = if size == 16 && data.len() > 1000 { data[..1000].to_vec() } else { data.clone() };
            let mut modes = vec![Chunked::signed(data.clone(), size)];
            for algorithm in ALGORITHMS {
                modes.push(Chunked::signed(data.clone(), size).trailing(algorithm));
                modes.push(Chunked::unsigned(data.clone(), size, algorithm));
            }
            for mode in modes {
                number += 1;
                let target = format!("/private/stream-{number}");
                let ask = Ask::new("PUT", &target).stream(&keys::full(), &mode);
                let what = format!("{} {:?} {} bytes", mode.marker(), mode.trailer, mode.data.len());
                served_by(&world, [case(&what, "200", ask)]).await;
                let found = stored(&world, &format!("/store-private/stream-{number}")).await;
                assert!(found.as_deref() == Some(&mode.data), "{what}: {found:?}");
                let get =
                    Ask::new("HEAD", &target).header("x-amz-checksum-mode", "ENABLED").sign(&keys::full());
                let head = world.send(get).await;
                assert_eq!(
                    head.header("content-encoding"),
                    "",
                    "{what}: aws-chunked is no encoding of the object"
                );
                if let Some(trailer) = &mode.trailer {
                    let sum = brigade_testkit::checksum(&trailer.declared, &mode.data);
                    assert_eq!(head.header(&trailer.declared), sum, "{what}: the store keeps it");
                }
            }
        }
    }
}

#[tokio::test]
async fn r_str_01_the_request_signature_of_a_streaming_upload_is_verified() {
    let other = Signer { secret: "other".into(), ..keys::full() };
    let mut cases = Vec::new();
    for mode in every_mode() {
        for target in ["/private/secret", "/private/secret?partNumber=1&uploadId=u"] {
            let variants = [
                Ask::new("PUT", target),
                Ask::new("PUT", target).header("x-amz-tagging", "a=b"),
                Ask::new("PUT", target).header("x-amz-meta-a", "1").header("content-type", "text/plain"),
            ];
            for ask in variants {
                let what = format!("{} {target}", mode.marker());
                cases.push(case(&what, "403 SignatureDoesNotMatch", ask.clone().stream(&other, &mode)));
                cases.push(case(
                    &what,
                    "403 InvalidAccessKeyId",
                    ask.clone().stream(&keys::unknown(), &mode),
                ));
                let anonymous = ask.clone().stream(&keys::full(), &mode).without("authorization");
                cases.push(case(&what, "403 AccessDenied", anonymous));
                let elsewhere = ask.stream(&keys::full(), &mode).retarget(|t| t.replace("secret", "team"));
                cases.push(case(&what, "403 SignatureDoesNotMatch", elsewhere));
            }
        }
    }
    refused(cases).await;
}

#[tokio::test]
async fn r_str_02_streaming_modes_are_for_uploads_alone() {
    let mut cases = Vec::new();
    for (name, ask) in super::check::operations("private", "team/a") {
        if ["PutObject", "UploadPart"].contains(&name) {
            continue;
        }
        for mode in every_mode() {
            let what = format!("{name} {}", mode.marker());
            cases.push(case(&what, "400 | 403", ask.clone().sign(&keys::full().mark(mode.marker()))));
            cases.push(case(&what, "400 | 403", ask.clone().stream(&keys::full(), &mode)));
        }
    }
    refused(cases).await;
}

#[tokio::test]
async fn r_str_03_damaged_dropped_swapped_repeated_inserted_or_unsigned_chunks_fail_the_upload() {
    let mut cases = Vec::new();
    for mode in [signed(), signed().trailing("x-amz-checksum-crc32")] {
        let marker = mode.marker();
        let mut push = |what: &str, ask: Ask| cases.push(case(format!("{marker} {what}"), BROKEN, ask));
        for chunk in 0..4 {
            let what = format!("chunk {chunk}");
            push(&format!("{what} dropped"), edit(&mode, |pieces| drop(pieces.remove(chunk))));
            push(
                &format!("{what} damaged in its signature"),
                edit(&mode, |pieces| {
                    let at = pieces[chunk].iter().position(|b| *b == b'=').unwrap() + 1;
                    pieces[chunk][at] = if pieces[chunk][at] == b'0' { b'1' } else { b'0' };
                }),
            );
            push(
                &format!("{what} repeated"),
                edit(&mode, |pieces| {
                    let again = pieces[chunk].clone();
                    pieces.insert(chunk, again);
                }),
            );
            push(
                &format!("{what} unsigned"),
                edit(&mode, |pieces| {
                    let piece = String::from_utf8(pieces[chunk].clone()).unwrap();
                    let (line, rest) = piece.split_once("\r\n").unwrap();
                    pieces[chunk] = format!("{}\r\n{rest}", line.split(';').next().unwrap()).into_bytes();
                }),
            );
        }
        for chunk in 0..3 {
            push(
                &format!("chunk {chunk} damaged in its data"),
                edit(&mode, |pieces| {
                    let at = pieces[chunk].len() - 3;
                    pieces[chunk][at] ^= 1;
                }),
            );
        }
        push("swapped", edit(&mode, |pieces| pieces.swap(0, 1)));
        push("without the last", edit(&mode, |pieces| drop(pieces.remove(2))));
        push("of another upload", {
            let other = Chunked { data: mode.data.to_ascii_uppercase(), ..mode.clone() };
            let (_, foreign) = other.frame(Ask::new("PUT", "/private/other"), &keys::full());
            edit(&mode, |pieces| pieces[1].clone_from(&foreign[1]))
        });
        push("of an earlier request", {
            let (_, foreign) = mode.frame(put(), &keys::full().at(brigade_testkit::NOW - 60));
            edit(&mode, |pieces| *pieces = foreign)
        });
        push(
            "inserted, empty",
            edit(&mode, |pieces| {
                pieces.insert(1, b"0;chunk-signature=0000\r\n\r\n".to_vec());
            }),
        );
        push("none at all", edit(&mode, Vec::clear));
    }
    failed(cases).await;
}

#[tokio::test]
async fn r_str_04_only_the_zero_chunk_ends_a_body() {
    let mut cases = Vec::new();
    for mode in every_mode() {
        let marker = mode.marker();
        let mut push = |what: String, how: &dyn Fn(&mut Vec<Vec<u8>>)| {
            cases.push(case(
                format!("{marker} {what}"),
                "400 IncompleteBody",
                edit(&mode, |pieces| how(pieces)),
            ));
        };
        push("no zero chunk".into(), &|pieces| drop(pieces.pop()));
        push("cut at the last byte".into(), &|pieces| {
            pieces.last_mut().unwrap().pop();
        });
        push("cut at the last line".into(), &|pieces| {
            let end = pieces.last_mut().unwrap();
            end.truncate(end.len() - 2);
        });
        push("cut in the data".into(), &|pieces| {
            pieces.truncate(2);
            pieces[1].truncate(20);
        });
        push("cut in a size".into(), &|pieces| {
            pieces.truncate(1);
            pieces.push(b"1".to_vec());
        });
        push("bytes behind the end".into(), &|pieces| pieces.push(b"extra".to_vec()));
        push("a second body".into(), &|pieces| {
            let all = pieces.clone();
            pieces.extend(all);
        });
        push("no line end behind the data".into(), &|pieces| {
            let end = pieces[0].len() - 2;
            pieces[0].truncate(end);
        });
        push("nothing".into(), &Vec::clear);
        push("plain bytes".into(), &|pieces| *pieces = vec![b"0123456789".to_vec()]);
        for size in
            ["-10", "+10", "0x10", " 10", "10 ", "", "g", "10000000000000000", "ffffffffffffffff", "１０"]
        {
            push(format!("a size of {size:?}"), &|pieces| {
                let piece = String::from_utf8(pieces[0].clone()).unwrap();
                pieces[0] = piece.replacen("10", size, 1).into_bytes();
            });
        }
        push("a bare LF".into(), &|pieces| {
            pieces[0] = String::from_utf8(pieces[0].clone()).unwrap().replacen("\r\n", "\n", 1).into_bytes();
        });
    }
    failed(cases).await;
}

#[tokio::test]
async fn r_str_05_the_decoded_length_is_required_and_must_be_true() {
    let claim = |mode: Chunked, claimed: &str| Chunked { claimed: Some(claimed.into()), ..mode };
    let mut without = Vec::new();
    let mut false_ones = Vec::new();
    for mode in every_mode() {
        let marker = mode.marker();
        let ask = put().stream(&keys::full(), &claim(mode.clone(), ""));
        without.push(case(marker, "411 MissingContentLength", ask));
        for odd in ["-40", "+40", "0x28", "40.0", "4e1", "forty", "99999999999999999999999"] {
            let ask = put().stream(&keys::full(), &claim(mode.clone(), odd));
            without.push(case(format!("{marker} {odd}"), "400", ask));
        }
        for wrong in ["39", "41", "0", "4000000"] {
            let ask = put().stream(&keys::full(), &claim(mode.clone(), wrong));
            false_ones.push(case(format!("{marker} {wrong}"), "400 IncompleteBody", ask));
        }
    }
    refused(without).await;
    failed(false_ones).await;
}

#[tokio::test]
async fn r_str_06_trailing_checksums_are_verified() {
    let mut cases = Vec::new();
    for algorithm in ALGORITHMS {
        for mode in [signed().trailing(algorithm), Chunked::unsigned(signed().data, 16, algorithm)] {
            let wrong = Chunked { trailer: Some(Trailer::of(algorithm, b"other")), ..mode.clone() };
            let what = format!("{} {algorithm}", mode.marker());
            cases.push(case(&what, "400 BadDigest", put().stream(&keys::full(), &wrong)));
        }
    }
    // Where nothing but the checksum vouches for the bytes, a changed byte is caught by it.
    cases.push(case("a changed byte", "400 BadDigest", edit(&unsigned(), |pieces| pieces[0][5] ^= 1)));
    failed(cases).await;
}

#[tokio::test]
async fn r_str_06_declared_and_received_trailers_must_agree() {
    let crc32 = "x-amz-checksum-crc32";
    let right = |mode: &Chunked| Trailer::of(crc32, &mode.data).lines[0].clone();
    let mut cases = Vec::new();
    for mode in [signed().trailing(crc32), unsigned()] {
        let line = right(&mode);
        let sha1 = Trailer::of("x-amz-checksum-sha1", &mode.data).lines[0].clone();
        for (what, lines) in [
            ("none", vec![]),
            ("another", vec![sha1.clone()]),
            ("two", vec![line.clone(), sha1]),
            ("twice", vec![line.clone(), line.clone()]),
            ("metadata", vec![line.clone(), "x-amz-meta-evil: 1".into()]),
            ("an ACL", vec!["x-amz-acl:public-read".into(), line.clone()]),
            ("a content type", vec![line.clone(), "content-type:text/html".into()]),
            ("an empty value", vec![format!("{crc32}:")]),
            ("no colon", vec![crc32.into()]),
            ("not base64", vec![format!("{crc32}:!!!!!!==")]),
            ("of another length", vec![format!("{crc32}:AAAA")]),
        ] {
            let trailer = Some(Trailer { declared: crc32.into(), lines });
            let ask = put().stream(&keys::full(), &Chunked { trailer, ..mode.clone() });
            let what = format!("{} {what}", mode.marker());
            // A value that is none is a checksum that does not match, or a malformed trailer.
            cases.push(case(what, "400 MalformedTrailerError", ask));
        }
    }
    failed(cases).await;
    let mut undeclared = Vec::new();
    for mode in [signed().trailing(crc32), unsigned()] {
        for declared in
            ["x-amz-meta-a", "content-type", "x-amz-checksum-md5", "x-amz-checksum-crc32, x-amz-acl"]
        {
            let trailer = Some(Trailer { declared: declared.into(), lines: vec![right(&mode)] });
            let ask = put().stream(&keys::full(), &Chunked { trailer, ..mode.clone() });
            undeclared.push(case(declared, "400 MalformedTrailerError", ask));
        }
    }
    refused(undeclared).await;
}

#[tokio::test]
async fn r_str_06_trailer_signatures_are_verified() {
    let mode = signed().trailing("x-amz-checksum-crc32");
    let end = |how: &dyn Fn(String) -> String| {
        edit(&mode, |pieces| {
            let end = String::from_utf8(pieces.pop().unwrap()).unwrap();
            pieces.push(how(end).into_bytes());
        })
    };
    let forged = "x-amz-trailer-signature:".to_owned() + &"0".repeat(64);
    let at = |end: &str| end.find("x-amz-trailer-signature:").unwrap();
    let expect = "403 SignatureDoesNotMatch";
    failed([
        case("forged", expect, end(&|end| format!("{}{forged}\r\n\r\n", &end[..at(&end)]))),
        case("short", expect, end(&|end| format!("{}x-amz-trailer-signature:00\r\n\r\n", &end[..at(&end)]))),
        case(
            "missing",
            "403 SignatureDoesNotMatch | 400 MalformedTrailerError",
            end(&|end| format!("{}\r\n", &end[..at(&end)])),
        ),
    ])
    .await;
}

#[tokio::test]
async fn r_str_07_floods_of_trailers_lines_and_tiny_chunks_are_bounded() {
    let world = World::embedded().await;
    let mut cases = Vec::new();
    let crc32 = "x-amz-checksum-crc32";
    for mode in [signed().trailing(crc32), unsigned()] {
        let lines = vec![Trailer::of(crc32, &mode.data).lines[0].clone(); 10_000];
        let flood = Chunked { trailer: Some(Trailer { declared: crc32.into(), lines }), ..mode.clone() };
        cases.push(case("trailers", "400", put().stream(&keys::full(), &flood)));
        let long = vec![format!("{crc32}:{}", "A".repeat(1 << 20))];
        let flood =
            Chunked { trailer: Some(Trailer { declared: crc32.into(), lines: long }), ..mode.clone() };
        cases.push(case("a long trailer", "400", put().stream(&keys::full(), &flood)));
        let line = edit(&mode, |pieces| pieces[0] = [b"0".repeat(1 << 20), pieces[0].clone()].concat());
        cases.push(case("a long size line", "400 IncompleteBody", line));
    }
    failed_by(&world, cases).await;
    for mode in [Chunked::signed(vec![b'.'; 5000], 1), Chunked::unsigned(vec![b'.'; 50_000], 1, crc32)] {
        served_by(
            &world,
            [case("tiny chunks", "200", Ask::new("PUT", "/private/tiny").stream(&keys::full(), &mode))],
        )
        .await;
        assert_eq!(stored(&world, "/store-private/tiny").await, Some(mode.data));
    }
}
