use super::*;

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
    }
    map
}

#[test]
fn r_hdr_01_acl_and_grant_headers_need_a_permission_of_their_own() {
    for (name, value, expect) in [
        ("x-amz-acl", "public-read", vec![Action::PutObjectAcl]),
        ("x-amz-acl", "private", vec![]),
        ("x-amz-grant-read", "uri=all", vec![Action::PutObjectAcl]),
        ("x-amz-tagging", "a=b", vec![Action::PutObjectTagging]),
        ("x-amz-object-lock-mode", "GOVERNANCE", vec![Action::PutObjectRetention]),
        ("x-amz-meta-acl", "x", vec![]),
        ("cookie", "x", vec![]),
    ] {
        assert_eq!(needs(&headers(&[(name, value)])).unwrap(), expect, "{name}: {value}");
    }
}

#[test]
fn r_hdr_02_an_unknown_amz_header_is_refused_and_a_vendors_ends_here() {
    for name in ["x-amz-mfa", "x-amz-write-offset-bytes", "x-amz-unheard-of", "x-amz-fwd-status"] {
        assert_eq!(needs(&headers(&[(name, "1")])).unwrap_err().code(), Code::NotImplemented, "{name}");
    }
    let mut out = HeaderMap::new();
    forwarded(
        &headers(&[
            ("x-minio-internal", "1"),
            ("x-goog-acl", "public-read"),
            ("x-ms-meta-a", "1"),
            ("cookie", "a=b"),
            ("authorization", "x"),
            ("x-forwarded-for", "10.0.0.1"),
            ("x-amz-meta-kept", "1"),
        ]),
        &mut out,
    );
    assert_eq!(out.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["x-amz-meta-kept"]);
}

#[test]
fn r_copy_02_a_single_valued_header_given_twice_is_refused() {
    for name in ["x-amz-copy-source", "x-amz-tagging", "range", "x-amz-decoded-content-length"] {
        let error = needs(&headers(&[(name, "a"), (name, "b")])).unwrap_err();
        assert_eq!(error.code(), Code::InvalidRequest, "{name}");
    }
    assert!(needs(&headers(&[("x-amz-meta-a", "1"), ("x-amz-meta-a", "2")])).is_ok());
}

#[test]
fn r_err_02_the_stores_own_headers_stay_behind() {
    let kept = keep_delivered(headers(&[
        ("server", "MinIO"),
        ("x-amz-request-id", "1"),
        ("x-amz-id-2", "2"),
        ("x-amz-bucket-region", "eu"),
        ("set-cookie", "a"),
        ("location", "http://store.internal/bucket"),
        ("etag", "\"e\""),
        ("x-amz-meta-a", "1"),
    ]));
    let kept: std::collections::BTreeSet<_> = kept.keys().map(HeaderName::as_str).collect();
    assert!(kept.into_iter().eq(["etag", "x-amz-meta-a"]));
    // However many there are.
    for count in [0, 1, 7, 8, 9, 16, 17] {
        let mut said = headers(&[("etag", "\"e\""), ("content-type", "text/plain")]);
        for number in 0..count {
            said.append(
                HeaderName::try_from(format!("x-store-{number}")).unwrap(),
                HeaderValue::from_static("1"),
            );
        }
        let names = |kept: HeaderMap| kept.keys().map(|name| name.as_str().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(keep_delivered(said.clone())).len(), 2, "{count}");
        assert!(names(keep_of_error(said)).iter().all(|name| !name.starts_with("x-store")), "{count}");
    }
}
