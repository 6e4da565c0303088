use super::super::profile::Shown;
use super::*;

const ISSUER: &str = "https://id.example";

fn provider(more: &str) -> Provider {
    let body = format!("{{\"issuer\":\"{ISSUER}\",\"authorization_endpoint\":\"{ISSUER}/auth\"{more}}}");
    Provider::read(ISSUER, body.as_bytes()).unwrap()
}

fn client() -> Client {
    Client {
        issuer: ISSUER.to_owned(),
        id: "cli".to_owned(),
        secret: None,
        scope: Some("openid offline_access".to_owned()),
        resource: Some("urn:s3".to_owned()),
        audience: None,
        prompt: None,
        redirect: None,
        shown: Shown::Id,
    }
}

fn attempt() -> Attempt {
    Attempt {
        state: "STATE".to_owned(),
        nonce: "NONCE".to_owned(),
        // RFC 7636, appendix B.
        verifier: Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        redirect: "http://127.0.0.1:49152/callback".to_owned(),
    }
}

#[test]
fn the_url_carries_the_challenge_and_never_the_verifier() {
    let url = attempt().url(&provider(""), &client()).unwrap();
    let (endpoint, query) = url.split_once('?').unwrap();
    assert_eq!(endpoint, "https://id.example/auth");
    let fields = pairs(query).unwrap();
    let expect = [
        ("response_type", "code"),
        ("client_id", "cli"),
        ("redirect_uri", "http://127.0.0.1:49152/callback"),
        ("scope", "openid offline_access"),
        ("state", "STATE"),
        ("nonce", "NONCE"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
        ("prompt", "consent"),
        ("resource", "urn:s3"),
    ];
    assert_eq!(fields, expect.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let quiet = Client { prompt: Some(String::new()), ..client() };
    assert!(!attempt().url(&provider(""), &quiet).unwrap().contains("prompt"));
}

#[test]
fn every_attempt_has_a_state_nonce_and_verifier_of_its_own() {
    let (one, other) = (Attempt::new(String::new()).unwrap(), Attempt::new(String::new()).unwrap());
    assert_ne!(one.state, other.state);
    assert_ne!(one.nonce, other.nonce);
    assert_ne!(one.verifier.expose(), other.verifier.expose());
    assert_eq!(one.verifier.expose().len(), 43, "RFC 7636, section 4.1");
}

#[test]
fn only_the_answer_of_this_login_from_this_provider_gives_a_code() {
    let silent = provider("");
    let named = provider(r#","authorization_response_iss_parameter_supported":true"#);
    for (provider, query, expect) in [
        (&silent, "code=C&state=STATE", "C"),
        (&silent, "code=a%2Bb+c&state=STATE&session_state=x", "a+b c"),
        (&silent, "code=C&state=STATE&iss=https%3A%2F%2Fid.example", "C"),
        (&named, "code=C&state=STATE&iss=https%3A%2F%2Fid.example", "C"),
        (&named, "code=C&state=STATE", "from another provider"),
        (&silent, "code=C&state=STATE&iss=https%3A%2F%2Fevil.example", "from another provider"),
        (&silent, "error=access_denied&state=STATE", "access_denied"),
        (&silent, "error=access_denied&error_description=not%20you&state=STATE", "access_denied: not you"),
        (&silent, "state=STATE", "without a code"),
        (&silent, "code=C&state=OTHER", "stray"),
        (&silent, "code=C", "stray"),
        (&silent, "error=access_denied", "stray"),
        (&silent, "code=C&code=D&state=STATE", "stray"),
        (&silent, "code=C&state=STATE&state=OTHER", "stray"),
        (&silent, "code=%ff&state=STATE", "stray"),
        (&silent, "", "stray"),
    ] {
        let said = match attempt().answer(query, provider) {
            Answer::Ours(Ok(code)) => code.expose().to_owned(),
            Answer::Ours(Err(trouble)) => trouble.to_string(),
            Answer::Stray => "stray".to_owned(),
        };
        assert!(said.contains(expect), "{query}: {said}");
    }
}
