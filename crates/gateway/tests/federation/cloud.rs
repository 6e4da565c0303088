//! The clouds: STS of AWS, Microsoft Entra ID, Google's STS and IAM credentials; and the store behind.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use brigade_gateway::{Body as _, ENVIRONMENT, SendError, Upstream};
use brigade_identity::federation::{ExchangeError, Grant};
use brigade_sigv4::{Credentials, SecretKey, Timestamp, query_pairs};
use brigade_testkit::{Body, Recorder, Sent, Signer};
use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};

use crate::site::ROLE;

pub(crate) const ISSUER: &str = "https://s3.example.org";
pub(crate) const TENANT: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
pub(crate) const CLIENT: &str = "11112222-bbbb-3333-cccc-4444dddd5555";
pub(crate) const PROVIDER: &str =
    "//iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/pool/providers/brigade";
pub(crate) const ACCOUNT: &str = "data@project.iam.gserviceaccount.com";

/// An upstream that leads to each cloud by its host, and to a store that keeps what it was sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clouds {
    pub(crate) store: Recorder,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    now: u64,
    seeds: u64,
    keys: BTreeMap<String, Value>,
    used: BTreeSet<String>,
    /// What is said next, in place of a considered answer.
    script: VecDeque<Result<(u16, String), SendError>>,
    /// Every exchange asked for: the names of their hosts.
    asked: Vec<String>,
    given: u64,
    /// How often an exchange is put off before it is answered.
    slow: u32,
    environment: VecDeque<Result<(String, u64), ExchangeError>>,
}

impl Clouds {
    pub(crate) fn clock(&self, now: u64) {
        self.inner.lock().unwrap().now = now;
    }

    /// Chance, new for every request.
    pub(crate) fn seed(&self) -> [u8; 32] {
        let mut inner = self.inner.lock().unwrap();
        inner.seeds += 1;
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&inner.seeds.to_be_bytes());
        seed
    }

    /// Reads the keys of the issuer, in place of what was read before.
    pub(crate) fn trust(&self, keys: Value) {
        let keys = keys["keys"].as_array().unwrap();
        let by_id = keys.iter().map(|key| (key["kid"].as_str().unwrap().to_owned(), key.clone())).collect();
        self.inner.lock().unwrap().keys = by_id;
    }

    /// Answers the next exchange so.
    pub(crate) fn say(&self, status: u16, body: &str) {
        self.inner.lock().unwrap().script.push_back(Ok((status, body.to_owned())));
    }

    /// Fails the next exchange so.
    pub(crate) fn fail(&self, why: SendError) {
        self.inner.lock().unwrap().script.push_back(Err(why));
    }

    /// Puts every exchange off so often.
    pub(crate) fn slow(&self, turns: u32) {
        self.inner.lock().unwrap().slow = turns;
    }

    /// What the environment gives next: the key's id, and for how many seconds.
    pub(crate) fn environment_gives(&self, next: Result<(&str, u64), ExchangeError>) {
        let next = next.map(|(key, lasts)| (key.to_owned(), lasts));
        self.inner.lock().unwrap().environment.push_back(next);
    }

    /// The exchanges asked for since this was last called.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.inner.lock().unwrap().asked)
    }

    /// The key ids that the store's requests since then were signed with; each signature is checked, and its token with it.
    pub(crate) fn signed_with(&self) -> Vec<String> {
        self.store.sent().iter().map(signed_by).collect()
    }

    fn answer(&self, host: &str, request: &Request<Bytes>) -> Result<(u16, String), SendError> {
        let mut inner = self.inner.lock().unwrap();
        inner.asked.push(host.to_owned());
        if let Some(said) = inner.script.pop_front() {
            return said;
        }
        Ok(match host {
            "sts.eu-test-1.amazonaws.com" => inner.aws(request),
            "login.microsoftonline.com" => inner.azure(request),
            "sts.googleapis.com" => inner.google(request),
            "iamcredentials.googleapis.com" => inner.impersonated(request),
            other => panic!("nobody is asked at {other}"),
        })
    }
}

/// Whose credentials signed a request, which is right to the last header.
fn signed_by(sent: &Sent) -> String {
    let credential = sent.header("authorization").split_once("Credential=").unwrap().1;
    let id = credential.split('/').next().unwrap().to_owned();
    let signer = Signer { region: "eu-test-1".into(), ..Signer::new(&id, &secret(&id)) };
    let at = Timestamp::parse_amz(sent.header("x-amz-date")).unwrap().as_unix();
    sent.verify(&signer.at(at)).unwrap();
    assert_eq!(sent.header("x-amz-security-token"), token(&id));
    id
}

fn secret(id: &str) -> String {
    format!("wJalr/{id}+K7=")
}

fn token(id: &str) -> String {
    format!("AQoDYXdz/{id}+token==")
}

impl Inner {
    /// AWS: `AssumeRoleWithWebIdentity`, by its API reference.
    fn aws(&mut self, request: &Request<Bytes>) -> (u16, String) {
        let refused = |status: u16, code: &str, words: &str| {
            let document = format!(
                "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  <Error>\n    <Type>Sender</Type>\n    \
                 <Code>{code}</Code>\n    <Message>{words}</Message>\n  </Error>\n  <RequestId>c6104cbe</RequestId>\n</ErrorResponse>\n"
            );
            (status, document)
        };
        let fields = form(request, "/");
        let known = [
            "Action",
            "Version",
            "RoleArn",
            "RoleSessionName",
            "DurationSeconds",
            "WebIdentityToken",
            "Policy",
        ];
        for name in fields.keys() {
            assert!(known.contains(&name.as_str()), "AWS knows no parameter {name}");
        }
        assert_eq!(fields["Action"], "AssumeRoleWithWebIdentity");
        assert_eq!(fields["Version"], "2011-06-15");
        let session = &fields["RoleSessionName"];
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
        assert!((2..=64).contains(&session.len()) && session.bytes().all(plain));
        let lasts: u64 = fields["DurationSeconds"].parse().unwrap();
        assert!((900..=43_200).contains(&lasts));
        assert!((4..=20_000).contains(&fields["WebIdentityToken"].len()));
        if let Some(policy) = fields.get("Policy") {
            assert!((1..=2048).contains(&policy.len()));
            assert!(serde_json::from_str::<Value>(policy).unwrap().is_object());
        }
        let claims = match self.judge(&fields["WebIdentityToken"], &["RS256", "ES256"]) {
            Ok(claims) => claims,
            Err(why) => return refused(400, "InvalidIdentityToken", &why),
        };
        if claims["aud"] != "sts.amazonaws.com" {
            return refused(400, "InvalidIdentityToken", "Incorrect token audience");
        }
        if fields["RoleArn"] != ROLE || claims["sub"] != "landsat" {
            let words = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
            return refused(403, "AccessDenied", words);
        }
        self.given += 1;
        let id = format!("ASIAGIVEN{:04}", self.given);
        let expires = Timestamp::from_unix(self.now + lasts).iso8601().replace(".000Z", "Z");
        let document = format!(
            "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n\
             <AssumeRoleWithWebIdentityResult>\n<SubjectFromWebIdentityToken>landsat</SubjectFromWebIdentityToken>\n\
             <Audience>sts.amazonaws.com</Audience>\n<AssumedRoleUser>\n<Arn>arn:aws:sts::123456789012:assumed-role/data/{session}</Arn>\n\
             <AssumedRoleId>AROACLKWSDQRAOEXAMPLE:{session}</AssumedRoleId>\n</AssumedRoleUser>\n<Credentials>\n\
             <SessionToken>{}</SessionToken>\n<SecretAccessKey>{}</SecretAccessKey>\n<Expiration>{expires}</Expiration>\n\
             <AccessKeyId>{id}</AccessKeyId>\n</Credentials>\n<Provider>{ISSUER}</Provider>\n</AssumeRoleWithWebIdentityResult>\n\
             <ResponseMetadata>\n<RequestId>ad4156e9</RequestId>\n</ResponseMetadata>\n</AssumeRoleWithWebIdentityResponse>\n",
            token(&id),
            secret(&id),
        );
        (200, document)
    }

    /// Microsoft Entra ID: the client credentials grant with a federated credential. It takes RS256 alone.
    fn azure(&mut self, request: &Request<Bytes>) -> (u16, String) {
        let refused = |status: u16, error: &str, number: u32| {
            let words = format!("AADSTS{number}: No.");
            let document = json!({
                "error": error, "error_description": words, "error_codes": [number],
                "timestamp": "2026-11-20 12:00:00Z", "trace_id": "t", "correlation_id": "c",
            });
            (status, document.to_string())
        };
        let fields = form(request, &format!("/{TENANT}/oauth2/v2.0/token"));
        let names: Vec<_> = fields.keys().map(String::as_str).collect();
        assert_eq!(names, ["client_assertion", "client_assertion_type", "client_id", "grant_type", "scope"]);
        assert_eq!(fields["grant_type"], "client_credentials");
        assert_eq!(fields["client_id"], CLIENT);
        assert_eq!(fields["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        assert!(fields["scope"].ends_with("/.default"), "the only scope of this grant");
        let Ok(claims) = self.judge(&fields["client_assertion"], &["RS256"]) else {
            return refused(401, "invalid_client", 700_027);
        };
        if claims["aud"] != "api://AzureADTokenExchange" {
            return refused(401, "invalid_client", 700_212);
        }
        if claims["sub"] != "landsat" {
            return refused(401, "invalid_client", 700_213);
        }
        let token = json!({ "token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": "eyJ0.azure" });
        (200, token.to_string())
    }

    /// Google: the token exchange of a workload identity pool.
    fn google(&mut self, request: &Request<Bytes>) -> (u16, String) {
        let refused = |error: &str, words: &str| {
            (400, json!({ "error": error, "error_description": words }).to_string())
        };
        let fields = form(request, "/v1/token");
        let names: Vec<_> = fields.keys().map(String::as_str).collect();
        let expect = [
            "audience",
            "grant_type",
            "requested_token_type",
            "scope",
            "subject_token",
            "subject_token_type",
        ];
        assert_eq!(names, expect);
        assert_eq!(fields["grant_type"], "urn:ietf:params:oauth:grant-type:token-exchange");
        assert_eq!(fields["requested_token_type"], "urn:ietf:params:oauth:token-type:access_token");
        assert_eq!(fields["subject_token_type"], "urn:ietf:params:oauth:token-type:jwt");
        if fields["audience"] != PROVIDER {
            return refused(
                "invalid_target",
                "The target service indicated by the \"audience\" parameters is invalid.",
            );
        }
        let claims = match self.judge(&fields["subject_token"], &["RS256", "ES256"]) {
            Ok(claims) => claims,
            Err(why) => return refused("invalid_grant", &why),
        };
        if claims["aud"] != format!("https:{PROVIDER}") {
            return refused(
                "invalid_grant",
                "The audience in ID Token does not match the expected audience.",
            );
        }
        assert!(claims["sub"].as_str().unwrap().len() <= 127, "google.subject has a limit");
        let scope = fields["scope"].rsplit('/').next().unwrap();
        let token = json!({
            "access_token": format!("federated.{scope}"), "expires_in": 3600, "token_type": "Bearer",
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
        });
        (200, token.to_string())
    }

    /// Google: `generateAccessToken` of a service account.
    fn impersonated(&self, request: &Request<Bytes>) -> (u16, String) {
        let refused = |code: u16, status: &str| {
            (code, json!({ "error": { "code": code, "message": "No.", "status": status } }).to_string())
        };
        let path = format!("/v1/projects/-/serviceAccounts/{ACCOUNT}:generateAccessToken");
        assert_eq!((request.method().as_str(), request.uri().path()), ("POST", path.as_str()));
        assert_eq!(request.headers()["content-type"], "application/json");
        match request.headers()["authorization"].to_str().unwrap() {
            "Bearer federated.cloud-platform" => {}
            "Bearer federated.devstorage.read_write" => return refused(403, "PERMISSION_DENIED"),
            _ => return refused(401, "UNAUTHENTICATED"),
        }
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        let names: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["lifetime", "scope"]);
        let seconds: u64 = body["lifetime"].as_str().unwrap().strip_suffix('s').unwrap().parse().unwrap();
        assert!((1..=43_200).contains(&seconds));
        assert!(!body["scope"].as_array().unwrap().is_empty());
        let expires = Timestamp::from_unix(self.now + seconds).iso8601().replace(".000Z", ".045123456Z");
        (200, json!({ "accessToken": "ya29.acting", "expireTime": expires }).to_string())
    }

    /// Judges an assertion as every cloud does: its form, its signature by a published key, its times; it is used once.
    fn judge(&mut self, token: &str, algorithms: &[&str]) -> Result<Value, String> {
        let parts: Vec<_> = token.split('.').collect();
        let [head, claims, signature] = parts.as_slice() else { return Err("not a JWS".into()) };
        let [head_bytes, claim_bytes, signature] =
            [head, claims, signature].map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
        let header: Value = serde_json::from_slice(&head_bytes).unwrap();
        assert_eq!(header["typ"], "JWT");
        let algorithm = header["alg"].as_str().unwrap();
        if !algorithms.contains(&algorithm) {
            return Err(format!("the algorithm {algorithm} is not supported"));
        }
        let id = header["kid"].as_str().unwrap();
        let key =
            self.keys.get(id).ok_or("Couldn't retrieve verification key from your identity provider")?;
        assert_eq!((&key["alg"], &key["use"]), (&header["alg"], &json!("sig")));
        let number = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
        let message = format!("{head}.{claims}").into_bytes();
        let good = match key["kty"].as_str().unwrap() {
            "RSA" => RsaPublicKeyComponents { n: number("n"), e: number("e") }.verify(
                &RSA_PKCS1_2048_8192_SHA256,
                &message,
                &signature,
            ),
            "EC" => {
                assert_eq!(key["crv"], "P-256");
                let point = [vec![4], number("x"), number("y")].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(&message, &signature)
            }
            other => panic!("{other}"),
        };
        good.map_err(|_| "the signature does not verify")?;
        let claims: Value = serde_json::from_slice(&claim_bytes).unwrap();
        assert_eq!(claims["iss"], ISSUER);
        let time = |name: &str| claims[name].as_u64().unwrap();
        assert!(time("iat") <= self.now && time("nbf") <= self.now && self.now < time("exp"));
        assert!(time("exp") - time("iat") <= 600, "an assertion is good for ten minutes at most");
        assert!(self.used.insert(claims["jti"].as_str().unwrap().to_owned()), "an assertion is sent once");
        Ok(claims)
    }
}

/// The fields of a form posted to a path; each is there once.
fn form(request: &Request<Bytes>, path: &str) -> BTreeMap<String, String> {
    assert_eq!((request.method().as_str(), request.uri().path()), ("POST", path));
    assert_eq!((request.uri().scheme_str(), request.uri().query()), (Some("https"), None));
    assert_eq!(request.headers()["content-type"], "application/x-www-form-urlencoded");
    assert!(!request.headers().contains_key("authorization"), "the assertion alone says who is asking");
    let mut fields = BTreeMap::new();
    for pair in query_pairs(std::str::from_utf8(request.body()).unwrap()) {
        let (name, value) = pair.unwrap();
        assert!(fields.insert(name.to_string(), value.into_owned()).is_none(), "{name} is there twice");
    }
    fields
}

impl Upstream for Clouds {
    type Body = Body;

    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, SendError> {
        let host = request.uri().host().unwrap().to_owned();
        if host == "store.internal" {
            return self.store.send(request).await;
        }
        let (head, body) = request.into_parts();
        let request = Request::from_parts(head, body.collect(1 << 20).await.unwrap());
        let turns = self.inner.lock().unwrap().slow;
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
        let (status, body) = self.answer(&host, &request)?;
        let mut response = Response::new(Body::from(Bytes::from(body)));
        *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
        Ok(response)
    }

    async fn environment(&self, now: Timestamp) -> Result<Grant<Credentials>, ExchangeError> {
        let mut inner = self.inner.lock().unwrap();
        inner.asked.push(ENVIRONMENT.to_owned());
        let next = inner.environment.pop_front().unwrap_or_else(|| Ok(("ASIADEFAULT".to_owned(), 3600)));
        next.map(|(id, lasts)| Grant {
            granted: Credentials {
                key_id: id.as_str().into(),
                secret: SecretKey::new(secret(&id)),
                session_token: Some(token(&id).into()),
            },
            expires: Timestamp::from_unix(now.as_unix() + lasts),
        })
    }
}
