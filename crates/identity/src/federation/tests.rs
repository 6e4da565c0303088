use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use brigade_sigv4::{Credentials, Timestamp, query_pairs};
use bytes::Bytes;
use http::{Request, Response, Uri};
use serde_json::{Value, json};

use super::*;
use crate::{Algorithm, PublicKey};

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut der = vec![tag];
    match length {
        0..0x80 => der.push(length as u8),
        0x80..0x100 => der.extend([0x81, length as u8]),
        _ => der.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    der.extend_from_slice(content);
    der
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    element(0x30, &parts.concat())
}

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];

/// A PKCS #8 document of an RSA key with a modulus of so many bytes, whose private numbers are none.
fn rsa(bytes: usize) -> Vec<u8> {
    let n: Vec<u8> = std::iter::once(0).chain((0..bytes).map(|i| 0x80 | i as u8)).collect();
    let key = sequence(&[element(2, &[0]), element(2, &n), element(2, &[1, 0, 1]), element(2, &[5])]);
    let algorithm = sequence(&[element(6, RSA), element(5, &[])]);
    sequence(&[element(2, &[0]), algorithm, element(4, &key)])
}

fn ec(curve: &[u8], public: Option<&[u8]>) -> Vec<u8> {
    let mut parts = vec![element(2, &[1]), element(4, &[9; 32])];
    parts.extend(public.map(|point| element(0xa1, &element(3, &[&[0, 4], point].concat()))));
    let algorithm = sequence(&[element(6, EC), element(6, curve)]);
    sequence(&[element(2, &[0]), algorithm, element(4, &sequence(&parts))])
}

fn point() -> Vec<u8> {
    (0..64).collect()
}

fn federation() -> Federation {
    let first = FederationKey::from_pkcs8(rsa(256)).unwrap();
    let next = FederationKey::from_pkcs8(ec(P256, Some(&point()))).unwrap();
    Federation::new("https://s3.example.org/", first, vec![next])
}

fn pem(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let lines: Vec<_> = body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

#[test]
fn the_public_half_of_a_key_is_read() {
    let key = FederationKey::from_pem(&pem("PRIVATE KEY", &rsa(256))).unwrap();
    assert_eq!(key.signing().algorithm, Algorithm::Rs256);
    let PublicKey::Rsa { n, e } = key.public() else { panic!() };
    assert_eq!((n.len(), n[0], &**e), (256, 0x80, &[1, 0, 1][..]));
    let key = FederationKey::from_pem(&pem("PRIVATE KEY", &ec(P256, Some(&point())))).unwrap();
    assert_eq!(key.signing().algorithm, Algorithm::Es256);
    let PublicKey::Ec { x, y, .. } = key.public() else { panic!() };
    assert_eq!((x[31], y[0]), (31, 32));
}

#[test]
fn what_is_no_key_is_told_what_to_do() {
    use FederationKeyError as E;
    let good = rsa(256);
    let mut longer = good.clone();
    longer.push(0);
    for (text, expect) in [
        (String::new(), E::NotPem),
        ("AKIA…".to_owned(), E::NotPem),
        (pem("PUBLIC KEY", &good), E::NotPem),
        (pem("CERTIFICATE", &good), E::NotPem),
        (pem("RSA PRIVATE KEY", &good), E::OtherForm),
        (pem("EC PRIVATE KEY", &good), E::OtherForm),
        (pem("ENCRYPTED PRIVATE KEY", &good), E::Encrypted),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n".to_owned(), E::Malformed),
        ("-----BEGIN PRIVATE KEY-----\n*\n-----END PRIVATE KEY-----".to_owned(), E::Malformed),
        (pem("PRIVATE KEY", &good[..40]), E::Malformed),
        (pem("PRIVATE KEY", &longer), E::Malformed),
        (pem("PRIVATE KEY", &rsa(128)), E::Size(1024)),
        (pem("PRIVATE KEY", &rsa(1025)), E::Size(8200)),
        (pem("PRIVATE KEY", &ec(P384, Some(&point()))), E::Unsupported),
        (pem("PRIVATE KEY", &ec(P256, None)), E::NoPublic),
        (pem("PRIVATE KEY", &ec(P256, Some(&[1; 63]))), E::NoPublic),
    ] {
        assert_eq!(FederationKey::from_pem(&text).unwrap_err(), expect, "{text}");
    }
}

#[test]
fn no_bytes_make_the_reader_of_keys_panic() {
    let whole = rsa(256);
    for end in 0..whole.len() {
        assert!(FederationKey::from_pkcs8(whole[..end].to_vec()).is_err());
    }
    for index in 0..40 {
        for value in [0, 1, 0x7f, 0x80, 0x81, 0x82, 0xff] {
            let mut bytes = whole.clone();
            bytes[index] = value;
            let _ = FederationKey::from_pkcs8(bytes);
        }
    }
}

/// RFC 7638 section 3.1.
#[test]
fn a_keys_id_is_its_thumbprint() {
    let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    let n = URL_SAFE_NO_PAD.decode(n).unwrap();
    let key = sequence(&[element(2, &[0]), element(2, &[&[0], &*n].concat()), element(2, &[1, 0, 1])]);
    let algorithm = sequence(&[element(6, RSA), element(5, &[])]);
    let der = sequence(&[element(2, &[0]), algorithm, element(4, &key)]);
    let key = FederationKey::from_pkcs8(der).unwrap();
    assert_eq!(&*key.signing().id, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

#[test]
fn the_documents_name_the_issuer_and_every_key() {
    let federation = federation();
    let discovery: Value = serde_json::from_slice(&federation.discovery()).unwrap();
    assert_eq!(discovery["issuer"], "https://s3.example.org");
    assert_eq!(discovery["jwks_uri"], "https://s3.example.org/.well-known/jwks.json");
    assert_eq!(discovery["id_token_signing_alg_values_supported"], json!(["ES256", "RS256"]));
    assert_eq!(discovery["response_types_supported"], json!(["id_token"]));
    assert_eq!(discovery["subject_types_supported"], json!(["public"]));
    let keys: Value = serde_json::from_slice(&federation.jwks()).unwrap();
    let [first, second] = keys["keys"].as_array().unwrap().as_slice() else { panic!() };
    let names =
        |key: &Value| key.as_object().unwrap().keys().cloned().collect::<std::collections::BTreeSet<_>>();
    let set = |text: &str| text.split(' ').map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
    // Nothing of the private half: no d, p, q.
    assert_eq!(names(first), set("alg e kid kty n use"));
    assert_eq!(names(second), set("alg crv kid kty use x y"));
    assert_eq!((&first["alg"], &first["use"], &first["e"]), (&json!("RS256"), &json!("sig"), &json!("AQAB")));
    assert_eq!((&second["crv"], &second["alg"]), (&json!("P-256"), &json!("ES256")));
}

#[test]
fn an_assertion_is_short_lived_and_never_the_same_twice() {
    let federation = federation();
    let to = Party { subject: "landsat", audience: "sts.amazonaws.com" };
    let read = |seed: u8, to: &Party<'_>| {
        let draft = federation.assertion(to, NOW, &[seed; 32]);
        assert_eq!(draft.key().id, federation.key().signing().id);
        let input = std::str::from_utf8(draft.input()).unwrap().to_owned();
        let token = draft.signed(b"signature");
        assert_eq!(token.expose(), format!("{input}.{}", URL_SAFE_NO_PAD.encode("signature")));
        let parts: Vec<Value> = input
            .split('.')
            .map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
            .collect();
        (parts[0].clone(), parts[1].clone())
    };
    let (head, claims) = read(7, &to);
    assert_eq!(head, json!({ "alg": "RS256", "typ": "JWT", "kid": federation.key().signing().id }));
    let id = claims["jti"].as_str().unwrap().to_owned();
    let expect = json!({
        "iss": "https://s3.example.org", "sub": "landsat", "aud": "sts.amazonaws.com",
        "iat": 1_799_999_970, "nbf": 1_799_999_970, "exp": 1_800_000_300, "jti": id,
    });
    assert_eq!(claims, expect);
    assert!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap() <= 600);
    let (_, again) = read(8, &to);
    assert_ne!(again["jti"], expect["jti"]);
    let (_, other) = read(7, &Party { subject: "other", ..to });
    assert_ne!(other["jti"], expect["jti"]);
    assert!(!id.contains(&URL_SAFE_NO_PAD.encode([7; 8])), "the seed does not show");
}

fn assertion() -> Assertion {
    let to = Party { subject: "s", audience: "a" };
    federation().assertion(&to, NOW, &[7; 32]).signed(b"s")
}

/// The fields of a form, in order; each once.
fn fields(request: &Request<Bytes>) -> Vec<(String, String)> {
    assert_eq!(request.method(), "POST");
    assert_eq!(request.headers()["content-type"], "application/x-www-form-urlencoded");
    assert!(!request.headers().contains_key("authorization"));
    let body = std::str::from_utf8(request.body()).unwrap();
    let pairs = query_pairs(body).map(|pair| pair.unwrap());
    pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

fn expect(request: &Request<Bytes>, uri: &str, expect: &[(&str, &str)]) {
    assert_eq!(request.uri(), uri);
    let expect: Vec<_> =
        expect.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    assert_eq!(fields(request), expect);
}

fn answer(status: u16, body: impl Into<Bytes>) -> Response<Bytes> {
    Response::builder().status(status).body(body.into()).unwrap()
}

fn uri(text: &str) -> Uri {
    text.parse().unwrap()
}

fn role() -> AwsRole {
    let arn = RoleArn::parse("arn:aws:iam::123456789012:role/data/landsat").unwrap();
    AwsRole {
        endpoint: arn.regional_endpoint("eu-central-1").unwrap(),
        arn,
        subject: "landsat".into(),
        audience: "sts.amazonaws.com".into(),
        session_name: SessionName::parse("brigade").unwrap(),
        duration: 3600,
        policy: None,
    }
}

#[test]
fn aws_is_asked_as_its_reference_says() {
    let token = assertion();
    let plain = [
        ("Action", "AssumeRoleWithWebIdentity"),
        ("Version", "2011-06-15"),
        ("RoleArn", "arn:aws:iam::123456789012:role/data/landsat"),
        ("RoleSessionName", "brigade"),
        ("DurationSeconds", "3600"),
        ("WebIdentityToken", token.expose()),
    ];
    expect(&role().ask(&token), "https://sts.eu-central-1.amazonaws.com/", &plain);
    let policy = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let narrow = AwsRole { policy: Some(policy.into()), ..role() };
    let with: Vec<_> = plain.into_iter().chain([("Policy", policy)]).collect();
    expect(&narrow.ask(&token), "https://sts.eu-central-1.amazonaws.com/", &with);
}

#[test]
fn roles_and_their_regions() {
    for (arn, endpoint) in [
        ("arn:aws:iam::123456789012:role/a", Some("https://sts.us-west-2.amazonaws.com/")),
        ("arn:aws-us-gov:iam::123456789012:role/a", Some("https://sts.us-west-2.amazonaws.com/")),
        ("arn:aws-cn:iam::123456789012:role/a/b", Some("https://sts.us-west-2.amazonaws.com.cn/")),
        ("arn:aws:iam:::role/S3Access", Some("https://sts.us-west-2.amazonaws.com/")),
        ("arn:aws:iam::123456789012:user/abcdefgh", None),
        ("arn:aws:iam::123456789012:role/", None),
        ("arn:aws:sts::123456789012:assumed-role/a/b", None),
        ("arn:aws:iam:us-east-1:123456789012:role/a", None),
        ("arn:aws:iam::123456789012:role/a b", None),
        ("role/aaaaaaaaaaaaaaaaaaaaa", None),
        ("", None),
    ] {
        let found = RoleArn::parse(arn).ok().and_then(|arn| arn.regional_endpoint("us-west-2"));
        assert_eq!(found, endpoint.map(uri), "{arn}");
    }
    assert!(RoleArn::parse(&format!("arn:aws:iam::123456789012:role/{}", "a".repeat(2048))).is_err());
    for (name, good) in [("brigade", true), ("a", false), ("a@b.c=d,e+f_-", true), ("a b", false)] {
        assert_eq!(SessionName::parse(name).is_some(), good, "{name}");
    }
}

/// The sample answer of the API reference, with its values shortened.
const AWS_ANSWER: &str = r#"<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <SubjectFromWebIdentityToken>landsat</SubjectFromWebIdentityToken>
    <Audience>sts.amazonaws.com</Audience>
    <AssumedRoleUser>
      <Arn>arn:aws:sts::123456789012:assumed-role/landsat/brigade</Arn>
      <AssumedRoleId>AROACLKWSDQRAOEXAMPLE:brigade</AssumedRoleId>
    </AssumedRoleUser>
    <Credentials>
      <SessionToken>AQoDYXdzEE0a8ANXXXXXXXXNO1ewxE5TijQyp+IEXAMPLE==</SessionToken>
      <SecretAccessKey>wJalrXUtnFEMI/K7MDENG&amp;bPxRfiCYzEXAMPLEKEY&#x2B;</SecretAccessKey>
      <Expiration>2027-01-15T09:00:00Z</Expiration>
      <AccessKeyId>ASgeIAIOSFODNN7EXAMPLE</AccessKeyId>
    </Credentials>
    <Provider>https://s3.example.org</Provider>
  </AssumeRoleWithWebIdentityResult>
  <ResponseMetadata><RequestId>ad4156e9-bce1-11e2-82e6-6b6efEXAMPLE</RequestId></ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>"#;

fn granted<G>(heard: Result<Heard<G>, ExchangeError>) -> Grant<G> {
    match heard {
        Ok(Heard::Granted(grant)) => grant,
        Ok(Heard::Ask(_)) => panic!("another request"),
        Err(error) => panic!("{error}"),
    }
}

fn error<G>(heard: Result<Heard<G>, ExchangeError>) -> ExchangeError {
    match heard {
        Ok(_) => panic!("no error"),
        Err(error) => error,
    }
}

#[test]
fn aws_answers_with_credentials() {
    let Grant { granted: Credentials { key_id, secret, session_token }, expires } =
        granted(role().hear(Step::First, &answer(200, AWS_ANSWER), NOW));
    assert_eq!(&*key_id, "ASgeIAIOSFODNN7EXAMPLE");
    assert_eq!(secret.expose(), b"wJalrXUtnFEMI/K7MDENG&bPxRfiCYzEXAMPLEKEY+");
    assert_eq!(session_token.as_deref(), Some("AQoDYXdzEE0a8ANXXXXXXXXNO1ewxE5TijQyp+IEXAMPLE=="));
    assert_eq!(expires, Timestamp::parse_iso8601("2027-01-15T09:00:00Z").unwrap());
}

/// Whether the error is final and its code, or why it is unreadable.
fn verdict(error: &ExchangeError) -> String {
    match error {
        ExchangeError::Refused { code, .. } => format!("refused {code}"),
        ExchangeError::Unavailable { code, .. } => format!("unavailable {code}"),
        ExchangeError::Unreadable { why, .. } => format!("unreadable: {why}"),
        ExchangeError::Unable { why, .. } => format!("unable: {why}"),
    }
}

#[test]
fn aws_refuses_with_its_code() {
    let document = |code: &str| {
        format!(
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>{code}</Code>\
             <Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error><RequestId>1</RequestId></ErrorResponse>"
        )
    };
    for (status, code, expect) in [
        (403, "AccessDenied", "refused AccessDenied"),
        (400, "InvalidIdentityToken", "refused InvalidIdentityToken"),
        (400, "ExpiredTokenException", "refused ExpiredTokenException"),
        (403, "RegionDisabledException", "refused RegionDisabledException"),
        (400, "IDPCommunicationError", "unavailable IDPCommunicationError"),
        (400, "Throttling", "unavailable Throttling"),
        (503, "ServiceUnavailable", "unavailable ServiceUnavailable"),
        (500, "InternalFailure", "unavailable InternalFailure"),
        (403, "&lt;script&gt;", "refused unnamed"),
    ] {
        let heard = role().hear(Step::First, &answer(status, document(code)), NOW);
        assert_eq!(verdict(&error(heard)), expect, "{status} {code}");
    }
    let told = error(role().hear(Step::First, &answer(403, document("AccessDenied")), NOW)).to_string();
    assert_eq!(
        told,
        "AssumeRoleWithWebIdentity was refused: AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity"
    );
}

#[test]
fn answers_of_aws_that_make_no_sense() {
    let cut = AWS_ANSWER.split("<Expiration>").next().unwrap();
    let past = AWS_ANSWER.replace("2027-01-15", "2020-01-15");
    let when = AWS_ANSWER.replace("2027-01-15T09:00:00Z", "soon");
    let line = AWS_ANSWER.replace("AIOSFODNN7", "AIO SFODNN7");
    for (status, body, expect) in [
        (200, "", "unreadable: a success without credentials"),
        (200, "{}", "unreadable: a success without credentials"),
        (200, "<html>Welcome</html>", "unreadable: a success without credentials"),
        (200, cut, "unreadable: a success without credentials"),
        (200, &line, "unreadable: a success without credentials"),
        (200, &when, "unreadable: no Expiration that can be read"),
        (200, &past, "unreadable: credentials that have ended already; are the clocks right?"),
        (302, "", "unreadable: a redirect, which is not followed"),
        (403, "no", "refused HTTP-403"),
        (404, "<html/>", "refused HTTP-404"),
        (429, "", "unavailable HTTP-429"),
        (502, "<html>Bad Gateway</html>", "unavailable HTTP-502"),
    ] {
        let heard = role().hear(Step::First, &answer(status, body.to_owned()), NOW);
        assert_eq!(verdict(&error(heard)), expect, "{status} {body}");
    }
}

#[test]
fn a_document_type_of_an_answer_is_not_read() {
    let bomb = AWS_ANSWER.replacen("<Assume", "<!DOCTYPE x [<!ENTITY a \"b\">]><Assume", 1);
    let heard = role().hear(Step::First, &answer(200, bomb), NOW);
    assert_eq!(verdict(&error(heard)), "unreadable: a success without credentials");
    let deep = "<a>".repeat(100_000);
    error(role().hear(Step::First, &answer(200, deep), NOW));
}

fn application() -> AzureApplication {
    AzureApplication {
        client_id: "11112222-bbbb-3333-cccc-4444dddd5555".into(),
        subject: "landsat".into(),
        audience: AzureApplication::AUDIENCE.into(),
        scope: AzureApplication::STORAGE.into(),
        endpoint: AzureApplication::endpoint("aaaabbbb-0000-cccc-1111-dddd2222eeee").unwrap(),
    }
}

#[test]
fn azure_is_asked_as_its_reference_says() {
    let token = assertion();
    expect(
        &application().ask(&token),
        "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/oauth2/v2.0/token",
        &[
            ("client_id", "11112222-bbbb-3333-cccc-4444dddd5555"),
            ("scope", "https://storage.azure.com/.default"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", token.expose()),
            ("grant_type", "client_credentials"),
        ],
    );
    assert_eq!(application().party(), Party { subject: "landsat", audience: "api://AzureADTokenExchange" });
    for tenant in ["", "a/b", "..", "a b", "a@b"] {
        assert_eq!(AzureApplication::endpoint(tenant), None, "{tenant}");
    }
}

#[test]
fn azure_answers_with_a_token_or_its_code() {
    let hear = |status, body: Value| application().hear(Step::First, &answer(status, body.to_string()), NOW);
    let good = json!({ "token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": "eyJ0eXAi" });
    let grant = granted(hear(200, good.clone()));
    assert_eq!(
        (grant.granted.expose(), grant.expires),
        ("eyJ0eXAi", Timestamp::from_unix(NOW.as_unix() + 3599))
    );
    let refused = json!({
        "error": "invalid_client",
        "error_description": "AADSTS700213: No matching federated identity record found for presented assertion subject 'x'.",
        "error_codes": [700_213], "timestamp": "2026-01-01 00:00:00Z", "trace_id": "t", "correlation_id": "c",
    });
    let without = |name: &str| {
        let mut value = good.clone();
        value.as_object_mut().unwrap().remove(name);
        value
    };
    for (status, body, expect) in [
        (401, refused, "refused invalid_client.AADSTS700213"),
        (400, json!({ "error": "invalid_scope" }), "refused invalid_scope"),
        (
            400,
            json!({ "error": "temporarily_unavailable", "error_codes": [90_033] }),
            "unavailable temporarily_unavailable",
        ),
        (429, json!({ "error": "too_many" }), "unavailable too_many"),
        (500, json!({}), "unavailable unnamed"),
        (503, json!([]), "unavailable HTTP-503"),
        (200, json!({}), "unreadable: a success without a bearer token"),
        (200, without("token_type"), "unreadable: a success without a bearer token"),
        (200, without("expires_in"), "unreadable: no expires_in that can be read"),
    ] {
        assert_eq!(verdict(&error(hear(status, body.clone()))), expect, "{body}");
    }
}

const PROVIDER: &str =
    "//iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/pool/providers/brigade";

fn pool() -> GooglePool {
    GooglePool {
        provider: PROVIDER.into(),
        subject: "landsat".into(),
        audience: GooglePool::audience(PROVIDER).into(),
        scope: GooglePool::STORAGE.into(),
        endpoint: uri(GooglePool::ENDPOINT),
        service_account: None,
    }
}

fn acting() -> GooglePool {
    let endpoint = ServiceAccount::endpoint("data@project.iam.gserviceaccount.com").unwrap();
    GooglePool { service_account: Some(ServiceAccount { endpoint, lifetime: 3600 }), ..pool() }
}

#[test]
fn google_is_asked_as_its_reference_says() {
    let token = assertion();
    let fields = |scope| {
        [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("audience", PROVIDER),
            ("scope", scope),
            ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            ("subject_token", token.expose()),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
        ]
    };
    let storage = fields("https://www.googleapis.com/auth/devstorage.read_write");
    expect(&pool().ask(&token), "https://sts.googleapis.com/v1/token", &storage);
    let platform = fields("https://www.googleapis.com/auth/cloud-platform");
    expect(&acting().ask(&token), "https://sts.googleapis.com/v1/token", &platform);
    assert_eq!(pool().party().audience, format!("https:{PROVIDER}"));
}

#[test]
fn google_gives_a_federated_token_or_that_of_a_service_account() {
    let first = json!({
        "access_token": "federated", "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "token_type": "Bearer", "expires_in": 3600,
    });
    let grant = granted(pool().hear(Step::First, &answer(200, first.to_string()), NOW));
    assert_eq!((grant.granted.expose(), grant.expires.as_unix()), ("federated", NOW.as_unix() + 3600));

    let Ok(Heard::Ask(second)) = acting().hear(Step::First, &answer(200, first.to_string()), NOW) else {
        panic!()
    };
    assert_eq!(second.method(), "POST");
    assert_eq!(
        second.uri(),
        "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/data@project.iam.gserviceaccount.com:generateAccessToken"
    );
    assert_eq!(second.headers()["authorization"], "Bearer federated");
    assert!(second.headers()["authorization"].is_sensitive());
    assert_eq!(second.headers()["content-type"], "application/json");
    let body: Value = serde_json::from_slice(second.body()).unwrap();
    assert_eq!(
        body,
        json!({ "scope": ["https://www.googleapis.com/auth/devstorage.read_write"], "lifetime": "3600s" })
    );

    let last = json!({ "accessToken": "ya29.c", "expireTime": "2027-01-15T09:00:00.045123456Z" });
    let grant = granted(acting().hear(Step::Second, &answer(200, last.to_string()), NOW));
    assert_eq!(grant.granted.expose(), "ya29.c");
    assert_eq!(grant.expires, Timestamp::parse_iso8601("2027-01-15T09:00:00Z").unwrap());
    for email in ["", "data", "a@b", "a b@c.d", "a/../x@c.d", "@c.d"] {
        assert_eq!(ServiceAccount::endpoint(email), None, "{email}");
    }
}

#[test]
fn google_refuses_with_its_code() {
    let hear = |step, status, body: Value| acting().hear(step, &answer(status, body.to_string()), NOW);
    let denied = json!({ "error": { "code": 403, "message": "Permission 'iam.serviceAccounts.getAccessToken' denied", "status": "PERMISSION_DENIED" } });
    for (step, status, body, expect) in [
        (
            Step::First,
            400,
            json!({ "error": "invalid_grant", "error_description": "…" }),
            "refused invalid_grant",
        ),
        (Step::First, 400, json!({ "error": "invalid_target" }), "refused invalid_target"),
        (
            Step::First,
            200,
            json!({ "access_token": "a\nb", "token_type": "Bearer", "expires_in": 1 }),
            "unreadable: a success without a bearer token",
        ),
        (
            Step::First,
            200,
            json!({ "access_token": "a", "token_type": "Bearer", "expires_in": 0 }),
            "unreadable: no expires_in that can be read",
        ),
        (Step::Second, 403, denied, "refused PERMISSION_DENIED"),
        (
            Step::Second,
            429,
            json!({ "error": { "status": "RESOURCE_EXHAUSTED" } }),
            "unavailable RESOURCE_EXHAUSTED",
        ),
        (
            Step::Second,
            200,
            json!({ "accessToken": "a" }),
            "unreadable: no expireTime that can be read and is to come",
        ),
        (
            Step::Second,
            200,
            json!({ "accessToken": "a", "expireTime": "2020-01-01T00:00:00Z" }),
            "unreadable: no expireTime that can be read and is to come",
        ),
        (Step::Second, 502, json!("x"), "unavailable HTTP-502"),
    ] {
        assert_eq!(verdict(&error(hear(step, status, body.clone()))), expect, "{body}");
    }
}

#[test]
fn a_refusal_that_quotes_the_assertion_does_not_bring_it_into_the_log() {
    let token = assertion();
    let words = format!("the token \"{}\" is\nnot \u{1b}[31mvalid {}", token.expose(), "x".repeat(2000));
    let document = json!({ "error": "invalid_grant", "error_description": words });
    let told = error(pool().hear(Step::First, &answer(400, document.to_string()), NOW)).to_string();
    assert!(told.contains("the token (a token) is not [31mvalid"), "{told}");
    assert!(!told.contains("eyJ") && !told.contains('\u{1b}') && told.len() < 700, "{told}");
}

#[test]
fn nothing_secret_is_printed() {
    let key = FederationKey::from_pkcs8(rsa(256)).unwrap();
    let printed = format!("{:?} {:?}", federation(), key);
    assert!(!printed.contains("pkcs8") && printed.len() < 600, "{printed}");
}
