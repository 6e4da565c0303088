use proptest::prelude::*;

use super::{
    canonical_path, canonical_query_part, decode_path, decode_query, percent_decode, percent_encode,
    percent_encode_path, query_pairs,
};

#[test]
fn a_path_is_decoded_once_and_encoded_once() {
    let table = [
        ("/a/b", "/a/b"),
        ("", ""),
        ("/a b", "/a%20b"),
        ("/a%20b", "/a%20b"),
        ("/a+b", "/a%2Bb"),
        ("/%41%7e%2d", "/A~-"),
        ("/%c3%a9", "/%C3%A9"),
        ("/é", "/%C3%A9"),
        ("/a%2520b", "/a%2520b"),
        ("//a/./../b//", "//a/./../b//"),
        ("/a%2Fb", "/a/b"),
        ("/test$file.text", "/test%24file.text"),
        ("/a=b&c(d)", "/a%3Db%26c%28d%29"),
    ];
    for (raw, canonical) in table {
        assert_eq!(canonical_path(raw).as_deref(), Some(canonical), "{raw}");
    }
    for raw in ["/%", "/%4", "/%zz", "/%+1", "/a%4g", "/%é"] {
        assert_eq!(canonical_path(raw), None, "{raw}");
    }
}

#[test]
fn a_plus_in_a_query_is_a_space_and_in_a_path_a_plus() {
    assert_eq!(canonical_query_part("a+b%2Bc/d").as_deref(), Some("a%20b%2Bc%2Fd"));
    assert_eq!(decode_query("a+b%2Bc").as_deref(), Some(&b"a b+c"[..]));
    assert_eq!(percent_decode("a+b%2Bc").as_deref(), Some(&b"a+b+c"[..]));
}

#[test]
fn a_path_that_is_not_utf_8_is_refused() {
    assert_eq!(decode_path("/%C3%A9").as_deref(), Ok("/é"));
    for raw in ["/%C3", "/%FF", "/%C0%AF", "/%ED%A0%80", "/%G0"] {
        assert!(decode_path(raw).is_err(), "{raw}");
    }
}

#[test]
fn query_pairs_keep_their_order_and_repetitions() {
    let pairs: Vec<_> = query_pairs("b=1&a&&a=&c=%3D=&=x").map(Result::unwrap).collect();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (&**n, &**v)).collect();
    assert_eq!(pairs, [("b", "1"), ("a", ""), ("a", ""), ("c", "=="), ("", "x")]);
    assert!(query_pairs("a=%FF").any(|pair| pair.is_err()));
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded_to_the_same_bytes(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        prop_assert_eq!(percent_decode(&percent_encode_path(&bytes)), Some(bytes.clone()));
        prop_assert_eq!(decode_query(&percent_encode(&bytes)), Some(bytes));
    }

    #[test]
    fn canonical_forms_stay_as_they_are(raw in "[a-z%0-9A-F/+ é&=]{0,40}") {
        if let Some(once) = canonical_path(&raw) {
            prop_assert_eq!(canonical_path(&once), Some(once.clone()));
        }
        if let Some(once) = canonical_query_part(&raw) {
            prop_assert_eq!(canonical_query_part(&once), Some(once.clone()));
        }
    }
}
