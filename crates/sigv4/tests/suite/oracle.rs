//! The `aws-sigv4` crate as an independent signer, both ways.

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials as AwsCredentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode,
};
use aws_sigv4::sign::v4;
use brigade_sigv4::{
    ContentSha256, Credentials, Presented, Refusal, SecretKey, SigningKeys, Timestamp, Verified, Wire,
    percent_encode, percent_encode_path, sign,
};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request};
use proptest::prelude::*;

#[derive(Clone, Debug)]
struct Case {
    method: &'static str,
    key: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    secret: String,
    token: Option<String>,
    at: u64,
    host: &'static str,
}

fn case() -> impl Strategy<Value = Case> {
    (
        prop::sample::select(vec!["GET", "PUT", "HEAD", "DELETE", "POST"]),
        "(/|[a-zA-Z0-9]|[ -~]|\\PC){0,24}",
        prop::collection::vec(("[a-z-]{1,8}", "([ -~]|\\PC){0,12}"), 0..5),
        prop::collection::btree_map(
            "x-amz-meta-[a-z]{1,4}|content-type|range|if-match",
            "([ -~]){0,24}",
            0..5,
        ),
        "[ -~]{1,60}",
        prop::option::of("[a-zA-Z0-9+/=]{1,80}"),
        1_000_000_000_u64..4_000_000_000,
        prop::sample::select(vec!["127.0.0.1:9000", "bucket.s3.localhost", "[::1]:8080", "s3.amazonaws.com"]),
    )
        .prop_map(|(method, key, query, headers, secret, token, at, host)| Case {
            method,
            key,
            query,
            headers: headers.into_iter().collect(),
            secret,
            token,
            at,
            host,
        })
}

impl Case {
    fn uri(&self) -> String {
        let query: Vec<String> = self
            .query
            .iter()
            .map(|(n, v)| format!("{}={}", percent_encode(n.as_bytes()), percent_encode(v.as_bytes())))
            .collect();
        let path = percent_encode_path(self.key.as_bytes());
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        format!("http://{}/{path}{query}", self.host)
    }

    fn request(&self) -> Request<()> {
        let mut request = Request::builder().method(self.method).uri(self.uri()).body(()).unwrap();
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
        }
        request
    }

    fn theirs(&self, location: SignatureLocation, payload: ContentSha256) -> Parts {
        let mut request = self.request();
        let credentials =
            AwsCredentials::new("AKIDEXAMPLE", &self.secret, self.token.clone(), None, "test").into();
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        if location == SignatureLocation::QueryParams {
            settings.expires_in = Some(Duration::from_secs(3_600));
            settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
        }
        settings.signature_location = location;
        let params = v4::SigningParams::builder()
            .identity(&credentials)
            .region("eu-north-1")
            .name("s3")
            .time(UNIX_EPOCH + Duration::from_secs(self.at))
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let headers: Vec<(String, String)> = self.headers.clone();
        let signable = SignableRequest::new(
            self.method,
            self.uri(),
            headers.iter().map(|(n, v)| (n.as_str(), v.as_str())),
            SignableBody::Precomputed(payload.header_value()),
        )
        .unwrap();
        let (instructions, _) = aws_sigv4::http_request::sign(signable, &params).unwrap().into_parts();
        instructions.apply_to_request_http1x(&mut request);
        let mut parts = request.into_parts().0;
        parts.headers.entry("host").or_insert(HeaderValue::from_static(self.host));
        parts
    }

    fn ours(&self, payload: ContentSha256, keys: &SigningKeys) -> Parts {
        let mut parts = self.request().into_parts().0;
        let who = Credentials {
            key_id: "AKIDEXAMPLE".into(),
            secret: SecretKey::new(self.secret.as_str()),
            session_token: self.token.as_deref().map(Box::from),
        };
        sign(&mut parts, payload, &who, "eu-north-1", "s3", Timestamp::from_unix(self.at), keys).unwrap();
        parts
    }

    fn verify(&self, parts: &Parts) -> Result<Verified, Refusal> {
        let wire = Wire::from(parts);
        let presented = Presented::read(&wire)?.expect("anonymous");
        presented.verify(
            &wire,
            &SecretKey::new(self.secret.as_str()),
            "eu-north-1",
            Timestamp::from_unix(self.at),
            &SigningKeys::default(),
        )
    }
}

fn payload() -> impl Strategy<Value = ContentSha256> {
    prop_oneof![
        Just(ContentSha256::Unsigned),
        Just(ContentSha256::StreamingUnsignedTrailer),
        Just(ContentSha256::StreamingSignedTrailer),
        any::<[u8; 32]>().prop_map(ContentSha256::Hash),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_aws_sigv4_signs_in_headers_verifies(case in case(), payload in payload()) {
        let parts = case.theirs(SignatureLocation::Headers, payload);
        let verified = case.verify(&parts);
        prop_assert_eq!(verified.map(|it| it.content_sha256()), Ok(payload), "{:?}", parts);
    }

    #[test]
    fn what_aws_sigv4_presigns_verifies(case in case()) {
        let parts = case.theirs(SignatureLocation::QueryParams, ContentSha256::Unsigned);
        prop_assert!(case.verify(&parts).is_ok_and(|it| it.is_presigned()), "{:?}", parts);
    }

    #[test]
    fn our_signature_is_that_of_aws_sigv4_byte_for_byte(case in case(), payload in payload()) {
        let theirs = case.theirs(SignatureLocation::Headers, payload);
        let ours = case.ours(payload, &SigningKeys::default());
        let authorization = |parts: &Parts| parts.headers["authorization"].to_str().unwrap().to_owned();
        prop_assert_eq!(authorization(&ours), authorization(&theirs));
        for (name, value) in &theirs.headers {
            prop_assert_eq!(ours.headers.get(name), Some(value), "{}", name);
        }
    }

    #[test]
    fn r_sig_03_flipping_one_byte_of_what_is_signed_is_refused(
        case in case(),
        presign in any::<bool>(),
        at in any::<prop::sample::Index>(),
        flip in 1_u8..=255,
    ) {
        let place = if presign { SignatureLocation::QueryParams } else { SignatureLocation::Headers };
        let parts = case.theirs(place, ContentSha256::Unsigned);
        let Some(bent) = bend(&parts, at, flip) else { return Ok(()) };
        let wire = Wire::from(&bent);
        // A flip may hide the signature's own parameter or header: then nothing is presented, which is no proof.
        // Nor does a header signature cover the key id: another id is another secret, or none.
        if let Ok(Some(presented)) = Presented::read(&wire)
            && presented.key_id() == "AKIDEXAMPLE"
        {
            let secret = SecretKey::new(case.secret.as_str());
            let now = Timestamp::from_unix(case.at);
            let verdict = presented.verify(&wire, &secret, "eu-north-1", now, &SigningKeys::default());
            prop_assert!(verdict.is_err(), "{:?}\n{:?}", parts, bent);
        }
    }
}

/// Flips one byte of the target or of a header value; `None` when that makes no other request.
fn bend(parts: &Parts, at: prop::sample::Index, flip: u8) -> Option<Parts> {
    let target = parts.uri.path_and_query().unwrap().as_str().to_owned();
    let values: usize = parts.headers.values().map(HeaderValue::len).sum();
    let mut at = at.index(target.len() + values);
    let mut bent = parts.clone();
    if at < target.len() {
        let mut bytes = target.clone().into_bytes();
        bytes[at] ^= flip;
        let text = String::from_utf8(bytes).ok()?;
        let (before, after) = (reading(&target)?, reading(&text));
        bent.uri = text.parse().ok()?;
        return (after.as_ref() != Some(&before)).then_some(bent);
    }
    at -= target.len();
    for (name, value) in &parts.headers {
        if at < value.len() {
            let mut bytes = value.as_bytes().to_vec();
            bytes[at] ^= flip;
            let words = |bytes: &[u8]| {
                bytes.split(|b| *b == b' ').filter(|w| !w.is_empty()).collect::<Vec<_>>().concat()
            };
            let same = words(&bytes) == words(value.as_bytes());
            bent.headers.insert(name, HeaderValue::from_bytes(&bytes).ok()?);
            return (!same).then_some(bent);
        }
        at -= value.len();
    }
    None
}

type Pair = (Vec<u8>, Vec<u8>);

/// What a target means: its decoded path and its decoded pairs in name order.
fn reading(target: &str) -> Option<(Vec<u8>, Vec<Pair>)> {
    let target = target.split('#').next().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut pairs = Vec::new();
    for piece in query.split('&').filter(|piece| !piece.is_empty()) {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        pairs.push((brigade_sigv4::decode_query(name)?, brigade_sigv4::decode_query(value)?));
    }
    pairs.sort();
    Some((brigade_sigv4::percent_decode(path)?, pairs))
}

/// What a gateway's own outbound request looks like: nothing left of what stood there, and it verifies.
#[test]
fn signing_replaces_what_stood_there() {
    let case = Case {
        method: "PUT",
        key: "bucket/a b".to_owned(),
        query: vec![("partNumber".to_owned(), "1".to_owned())],
        headers: vec![
            ("authorization".to_owned(), "stale".to_owned()),
            ("x-amz-date".to_owned(), "stale".to_owned()),
            ("x-amz-security-token".to_owned(), "stale".to_owned()),
            ("x-amz-content-sha256".to_owned(), "stale".to_owned()),
            ("host".to_owned(), "stale".to_owned()),
            ("content-type".to_owned(), "text/plain".to_owned()),
            ("content-length".to_owned(), "3".to_owned()),
            ("user-agent".to_owned(), "client".to_owned()),
            ("accept-encoding".to_owned(), "gzip".to_owned()),
        ],
        secret: "secret".to_owned(),
        token: None,
        at: 1_440_938_160,
        host: "s3.example:80",
    };
    let keys = SigningKeys::default();
    let parts = case.ours(ContentSha256::Unsigned, &keys);
    assert_eq!(parts.headers["host"], "s3.example");
    assert_eq!(parts.headers["x-amz-date"], "20150830T123600Z");
    assert!(!parts.headers.contains_key("x-amz-security-token"));
    let authorization = parts.headers["authorization"].to_str().unwrap();
    assert!(
        authorization.contains("SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date,"),
        "{authorization}"
    );
    assert!(case.verify(&parts).is_ok());
    assert_eq!(
        parts.headers["authorization"],
        case.ours(ContentSha256::Unsigned, &keys).headers["authorization"]
    );
}

#[test]
fn a_request_that_cannot_be_signed_is_an_error() {
    let who = |key_id: &str, token: Option<&str>| Credentials {
        key_id: key_id.into(),
        secret: SecretKey::new("secret"),
        session_token: token.map(Box::from),
    };
    let table = [
        ("/relative", who("key", None)),
        ("http://host/%zz", who("key", None)),
        ("http://host/", who("key\n", None)),
        ("http://host/", who("key", Some("token\r\nx: y"))),
    ];
    for (uri, who) in table {
        let mut parts = Request::get(uri).body(()).unwrap().into_parts().0;
        let now = Timestamp::from_unix(0);
        let keys = SigningKeys::default();
        assert!(
            sign(&mut parts, ContentSha256::EMPTY, &who, "us-east-1", "s3", now, &keys).is_err(),
            "{uri}"
        );
    }
}
