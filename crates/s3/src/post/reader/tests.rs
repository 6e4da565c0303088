use proptest::prelude::*;

use super::*;

fn boundary(text: &str) -> Boundary {
    Boundary::of(&format!("multipart/form-data; boundary=\"{text}\"")).unwrap()
}

/// Fields, where the file begins, and what of the body is the file's.
type Read = (Vec<(String, String)>, u64, Vec<u8>);

fn read<'a>(boundary: &Boundary, pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Read, FormError> {
    let mut reader = FormReader::new(boundary);
    let mut pieces = pieces.into_iter();
    while let Some(piece) = pieces.next() {
        if let Some((form, rest)) = reader.push(Bytes::copy_from_slice(piece))? {
            let fields = form.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
            let mut rest = rest.to_vec();
            rest.extend(pieces.flatten());
            return Ok((fields, form.before(), rest));
        }
        assert!(reader.held.len() <= LIMIT);
    }
    Err(reader.finish())
}

fn field(name: &str, value: &str) -> String {
    format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
}

const FILE: &str =
    "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nbytes\r\n--x--\r\n";

#[test]
fn forms_and_what_is_none() {
    let fields = |pairs: &[(&str, &str)]| {
        Ok(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect::<Vec<_>>())
    };
    let malformed = Err(FormError::Malformed);
    for (body, expect) in [
        (FILE.to_owned(), fields(&[])),
        (field("key", "a") + FILE, fields(&[("key", "a")])),
        (field("key", "") + FILE, fields(&[("key", "")])),
        (format!("\r\n{}{FILE}", field("key", "a")), fields(&[("key", "a")])),
        (field("a", "1\r\n2\r\n--y\r\n--") + FILE, fields(&[("a", "1\r\n2\r\n--y\r\n--")])),
        (field("key", "a").replacen("--x\r\n", "--x \t\r\n", 1) + FILE, fields(&[("key", "a")])),
        // What comes behind the file is not read.
        (format!("{FILE}{}", field("key", "a")), fields(&[])),
        (FILE.replace("\"file\"", "\"FILE\""), fields(&[])),
        (field("key", "a") + &field("Key", "b") + FILE, Err(FormError::Repeated("Key".into()))),
        (String::new(), Err(FormError::NoFile)),
        ("--x--\r\n".into(), Err(FormError::NoFile)),
        (field("key", "a") + "--x--\r\n", Err(FormError::NoFile)),
        ("x".into(), malformed.clone()),
        (FILE.replace("--x", "--y"), malformed.clone()),
        (format!("preamble\r\n{FILE}"), malformed.clone()),
        (field("key", "a") + "--xx\r\n", malformed.clone()),
        (field("key", "a") + "--x\n\r\n", malformed.clone()),
        (field("key", "a"), malformed.clone()),
        ("--x\r\n\r\nno headers\r\n--x--\r\n".into(), malformed.clone()),
        ("--x\r\nContent-Type: a/b\r\n\r\nno name\r\n--x--\r\n".into(), malformed.clone()),
        (FILE.replace("form-data", "file"), malformed.clone()),
        (FILE.replace('\r', ""), malformed),
        (field("a", &"v".repeat(LIMIT)) + FILE, Err(FormError::TooLarge)),
        (
            (0..=MAX_FIELDS).map(|n| field(&n.to_string(), "")).collect::<String>() + FILE,
            Err(FormError::TooLarge),
        ),
    ] {
        let found = read(&boundary("x"), [body.as_bytes()]).map(|(fields, ..)| fields);
        assert_eq!(found, expect, "{}", body.chars().take(300).collect::<String>());
    }
}

#[test]
fn a_value_that_is_not_text_is_no_fields() {
    let mut body = field("key", "?").into_bytes();
    let at = body.iter().position(|byte| *byte == b'?').unwrap();
    body[at] = 0xff;
    body.extend(FILE.as_bytes());
    assert_eq!(read(&boundary("x"), [body.as_slice()]), Err(FormError::Malformed));
}

#[test]
fn twenty_kibibytes_before_the_file_are_taken_and_one_more_is_not() {
    let frame = field("a", "").len() + FILE.find("bytes").unwrap();
    for (value, fits) in [(LIMIT - frame, true), (LIMIT - frame + 1, false)] {
        let body = field("a", &"v".repeat(value)) + FILE;
        for size in [1, 7, 4096, body.len()] {
            let found = read(&boundary("x"), body.as_bytes().chunks(size));
            assert_eq!(found.is_ok(), fits, "{value} in pieces of {size}");
            assert!(fits || found == Err(FormError::TooLarge));
        }
    }
}

/// A form as this test would write one.
fn written(boundary: &str, fields: &[(String, String)], file: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                .bytes(),
        );
    }
    let head =
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n");
    body.extend(head.bytes());
    body.extend(file);
    body.extend(format!("\r\n--{boundary}--\r\n").bytes());
    body
}

proptest! {
    #[test]
    fn however_a_form_is_cut_it_says_the_same(
        boundary_text in "[A-Za-z0-9'()+_,./:=?-]{1,70}",
        values in prop::collection::vec("[ -~é\r\n-]{0,40}", 0..8),
        file in prop::collection::vec(any::<u8>(), 0..200),
        cuts in prop::collection::vec(1..60_usize, 1..40),
    ) {
        let delimiter = format!("\r\n--{boundary_text}");
        prop_assume!(values.iter().all(|value| !format!("\r\n{value}\r\n").contains(&delimiter)));
        let fields: Vec<_> = values.into_iter().enumerate().map(|(n, value)| (format!("f{n}"), value)).collect();
        let body = written(&boundary_text, &fields, &file);
        let boundary = boundary(&boundary_text);
        let before = body.len() - file.len() - delimiter.len() - 4;
        let expect = Ok((fields, before as u64, body[before..].to_vec()));
        prop_assert_eq!(&read(&boundary, [body.as_slice()]), &expect);
        prop_assert_eq!(&read(&boundary, body.chunks(1)), &expect);
        let mut pieces = Vec::new();
        let mut rest = body.as_slice();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() { break; }
            let (piece, more) = rest.split_at((*cut).min(rest.len()));
            pieces.push(piece);
            rest = more;
        }
        prop_assert_eq!(&read(&boundary, pieces), &expect);
    }

    #[test]
    fn whatever_comes_the_cuts_make_no_difference(
        parts in prop::collection::vec(prop::sample::select(vec![
            "--x", "\r\n", "--", "\r", "\n", " ", "Content-Disposition: form-data; name=\"a\"",
            "Content-Disposition: form-data; name=\"file\"", "\r\n\r\n", "\r\n--x", "v", ":", "\"",
        ]), 0..30),
        cut in 1..20_usize,
    ) {
        let body = parts.concat();
        let whole = read(&boundary("x"), [body.as_bytes()]);
        prop_assert_eq!(&whole, &read(&boundary("x"), body.as_bytes().chunks(cut)));
        prop_assert_eq!(&whole, &read(&boundary("x"), body.as_bytes().chunks(1)));
    }
}
