//! From an identity provider's token to an object: `AssumeRoleWithWebIdentity` and bearer tokens, and what attackers make of
//! them. Signatures, keys and the store are real; the provider is on a small web.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on must fail"
)]

use std::sync::Arc;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use brigade_gateway::{Role, Sessions};
use brigade_identity::{
    Algorithm, Condition, Issuer, IssuerUrl, Pattern, RevocationList, Revocations, SealingKeys, Trust,
};
use brigade_policy::{Grant, Policy};
use brigade_sigv4::Timestamp;
use brigade_testkit::{Answer, Ask, InProcess, Ledger, NOW, Signer, TokenKey, Web, World, arrival_at};
use serde_json::{Value, json};

/// 32 bytes in base64: the numbers from 1.
const KEY: &str = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";
const ISSUER: &str = "https://idp.example";
const OTHER: &str = "https://other.example";
const EVIL: &str = "https://evil.example";

fn trust(issuer: &str, team: &str) -> Trust {
    Trust {
        issuer: Issuer::new(IssuerUrl::parse(issuer).unwrap()),
        audiences: ["sts.example".into()].into(),
        subjects: [Pattern::new("user:*")].into(),
        conditions: [Condition { claim: "team".into(), any: [Pattern::new(team)].into() }].into(),
    }
}

fn role(name: &str, trust: Vec<Trust>, prefix: &str, bearer: bool) -> Role {
    let grant = Grant {
        bucket: "private".into(),
        prefix: prefix.into(),
        actions: ["read", "list"].iter().map(|action| action.parse().unwrap()).collect(),
    };
    let policy = Arc::new(Policy::from_grants([grant]));
    Role {
        name: name.into(),
        trust,
        callers: Vec::new(),
        policy,
        claims: Arc::new([]),
        max_session: 7200,
        bearer,
    }
}

/// Roles for people of a team, by the claim; of another issuer; and for nobody.
async fn world(web: &Web) -> World<InProcess> {
    of(web, ledger(), None).await
}

fn ledger() -> Ledger {
    Ledger::standard(Ledger::embedded())
        .role(role("people", vec![trust(ISSUER, "team*")], "${jwt:team}/", true))
        .role(role("admins", vec![trust(OTHER, "admins")], "", true))
        .role(role("closed", Vec::new(), "", true))
}

async fn of(web: &Web, ledger: Ledger, revocations: Option<RevocationList>) -> World<InProcess> {
    let mut stores = World::stores().await;
    stores.web = web.clone();
    World::issuing(stores, ledger, Sessions { keys: SealingKeys::new("here", [KEY]).unwrap(), revocations })
}

/// A provider's key, its web, and a gateway that trusts it.
async fn provider() -> (TokenKey, Web, World<InProcess>) {
    let key = TokenKey::new("k1", Algorithm::Es256);
    let web = Web::default();
    web.issuer(ISSUER, &[&key]);
    let world = world(&web).await;
    (key, web, world)
}

fn claims() -> Value {
    json!({ "iss": ISSUER, "sub": "user:7", "aud": "sts.example", "team": "team", "iat": NOW - 1, "exp": NOW + 300 })
}

fn changed(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().insert(name.into(), value);
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

fn call(role: &str, token: &str) -> Ask {
    Ask::new("POST", "/").header("content-type", "application/x-www-form-urlencoded").body(format!(
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=me&RoleArn={role}&WebIdentityToken={token}"
    ))
}

fn carry(token: &str, target: &str) -> Ask {
    Ask::new("GET", target).header("authorization", &format!("Bearer {token}"))
}

fn text(answer: &Answer, name: &str) -> String {
    let body = String::from_utf8(answer.body.to_vec()).unwrap();
    let (_, rest) = body.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("no {name} in {body}"));
    rest.split_once('<').unwrap().0.to_owned()
}

/// The status, and the code of an error.
fn brief(answer: &Answer) -> String {
    match answer.status {
        200 => "200".to_owned(),
        status => format!("{status} {}", text(answer, "Code")),
    }
}

fn credentials(answer: &Answer) -> Signer {
    assert_eq!(answer.status, 200, "{}", answer.everything());
    Signer {
        token: Some(text(answer, "SessionToken")),
        ..Signer::new(&text(answer, "AccessKeyId"), &text(answer, "SecretAccessKey"))
    }
}

/// Neither the answer nor the record holds any of the token that tells something.
fn keeps(answer: &Answer, token: &str) {
    let all = format!("{} {:?}", answer.everything(), answer.record);
    for part in token.split('.').filter(|part| part.len() > 8) {
        assert!(!all.contains(part), "{all}");
    }
}

fn header(algorithm: &str, id: &str) -> String {
    json!({ "alg": algorithm, "kid": id }).to_string()
}

fn encode(text: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(text)
}

/// What a token of attackers' making is, and what STS answers to it.
fn attacks(key: &TokenKey) -> Vec<(&'static str, String, &'static str)> {
    const INVALID: &str = "400 InvalidIdentityToken";
    let stranger = TokenKey::new("k1", Algorithm::Es256);
    let injected = TokenKey::new("../../k1", Algorithm::Es256);
    let good = key.token(&claims());
    let [head, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!() };
    let tampered = encode(&changed("team", json!("team2")).to_string());
    let none = encode(r#"{"alg":"none"}"#);
    let crit = json!({ "alg": "ES256", "kid": "k1", "crit": ["exp"] }).to_string();
    let twice = claims().to_string().replace(r#""team":"#, r#""team":"team2","team":"#);
    vec![
        ("tampered", format!("{head}.{tampered}.{signature}"), INVALID),
        ("cut", good[..good.len() - 2].into(), INVALID),
        ("alg none", format!("{none}.{payload}."), INVALID),
        ("alg none with a signature", format!("{none}.{payload}.{signature}"), INVALID),
        ("alg HS256", format!("{}.{payload}.{signature}", encode(&header("HS256", "k1"))), INVALID),
        ("alg RS256", format!("{}.{payload}.{signature}", encode(&header("RS256", "k1"))), INVALID),
        ("another's key", stranger.token(&claims()), INVALID),
        ("an injected kid", injected.token(&claims()), INVALID),
        ("crit", key.token_as(&crit, &claims().to_string(), Algorithm::Es256), INVALID),
        ("a claim twice", key.token_as(&header("ES256", "k1"), &twice, Algorithm::Es256), INVALID),
        ("expired", key.token(&changed("exp", json!(NOW))), "400 ExpiredTokenException"),
        ("no exp", key.token(&without("exp")), INVALID),
        ("exp a string", key.token(&changed("exp", json!("9999999999"))), INVALID),
        ("not yet", key.token(&changed("nbf", json!(NOW + 61))), INVALID),
        ("another audience", key.token(&changed("aud", json!("sts.other"))), INVALID),
        ("no audience", key.token(&without("aud")), INVALID),
        ("another issuer", key.token(&changed("iss", json!(EVIL))), INVALID),
        ("metadata for an issuer", key.token(&changed("iss", json!("http://169.254.169.254/"))), INVALID),
        ("no subject", key.token(&without("sub")), INVALID),
        ("another subject", key.token(&changed("sub", json!("xuser:7"))), "403 AccessDenied"),
        ("no team", key.token(&without("team")), "403 AccessDenied"),
        ("another team", key.token(&changed("team", json!("red"))), "403 AccessDenied"),
        ("garbage", "a.b.c".into(), INVALID),
        ("nested", key.token(&changed("x", nest(200))), INVALID),
    ]
}

fn nest(depth: usize) -> Value {
    (0..depth).fold(json!(1), |inner, _| json!([inner]))
}

#[tokio::test]
async fn a_token_becomes_credentials_that_reach_what_its_claims_say() {
    let (key, web, world) = provider().await;
    let answer = world.send(call("arn:aws:iam::000000000000:role/people", &key.token(&claims()))).await;
    let signer = credentials(&answer);
    for (name, expect) in
        [("SubjectFromWebIdentityToken", "user:7"), ("Audience", "sts.example"), ("Provider", ISSUER)]
    {
        assert_eq!(text(&answer, name), expect);
    }
    let check = async |signer: &Signer, key: &str, expect: &str| {
        let answer = world.send(Ask::new("GET", &format!("/private/{key}")).sign(signer)).await;
        assert_eq!(brief(&answer), expect, "{key}");
    };
    check(&signer, "team/a", "200").await;
    check(&signer, "team2/x", "403 AccessDenied").await;
    check(&signer, "secret", "403 AccessDenied").await;
    // Somebody of another team, with the same role and from the same provider.
    let other = world.send(call("people", &key.token(&changed("team", json!("team2"))))).await;
    let other = credentials(&other);
    check(&other, "team2/x", "200").await;
    check(&other, "team/a", "403 AccessDenied").await;
    // A claim that would leave the place its grant has for it grants nothing.
    for team in ["team/../secret", "team/", "team*", "team2/x"] {
        let session =
            credentials(&world.send(call("people", &key.token(&changed("team", json!(team))))).await);
        for key in ["team/a", "team2/x", "secret"] {
            check(&session, key, "403 AccessDenied").await;
        }
    }
    let asked = web.asked();
    assert_eq!(asked.len(), 2, "its documents are fetched once: {asked:?}");
}

#[tokio::test]
async fn r_oidc_01_to_06_tokens_of_attackers_making_get_no_credentials_and_ask_no_stranger() {
    let (key, web, world) = provider().await;
    for (what, token, expect) in attacks(&key) {
        let answer = world.send(call("people", &token)).await;
        assert_eq!(brief(&answer), expect, "{what}: {}", answer.everything());
        assert!(!answer.everything().contains("SecretAccessKey"), "{what}");
        keeps(&answer, &token);
    }
    let strangers: Vec<_> = web.asked().into_iter().filter(|url| !url.starts_with(ISSUER)).collect();
    assert_eq!(strangers, [""; 0]);
    assert_eq!(world.upstream.sent(), [""; 0]);
    let answer = world.send(call("people", &key.token(&claims()))).await;
    keeps(&answer, &key.token(&claims()));
    credentials(&answer);
}

#[tokio::test]
async fn r_oidc_05_a_role_asks_its_own_issuers_alone() {
    let (key, web, world) = provider().await;
    let other = TokenKey::new("k1", Algorithm::Es256);
    web.issuer(OTHER, &[&other]);
    let good = key.token(&claims());
    // True, and of an issuer that another role trusts.
    for role in ["admins", "closed", "nosuch"] {
        let answer = world.send(call(role, &good)).await;
        assert_ne!(answer.status, 200, "{role}");
        keeps(&answer, &good);
    }
    assert_eq!(web.asked(), [""; 0]);
    // An issuer that signs in another's name, for the other's role.
    let stolen = other.token(&claims());
    assert_eq!(brief(&world.send(call("people", &stolen)).await), "400 InvalidIdentityToken");
    assert!(web.asked().iter().all(|url| url.starts_with(ISSUER)));
}

#[tokio::test]
async fn r_oidc_07_a_provider_rotates_its_keys_and_goes_away_and_sessions_are_still_made() {
    let (old, web, world) = provider().await;
    let at = async |key: &TokenKey, now: u64| {
        let token = key.token(&changed("exp", json!(now + 60)));
        brief(&world.send_at(call("people", &token).request(), arrival_at(now)).await)
    };
    assert_eq!(at(&old, NOW).await, "200");
    let new = TokenKey::new("k2", Algorithm::Rs256);
    web.issuer(ISSUER, &[&old, &new]);
    assert_eq!(at(&new, NOW + 61).await, "200");
    assert_eq!(at(&old, NOW + 61).await, "200");
    web.down();
    assert_eq!(at(&new, NOW + 7200).await, "200");
    let never = TokenKey::new("k3", Algorithm::Es256);
    assert_eq!(at(&never, NOW + 7300).await, "400 IDPCommunicationError");
    web.issuer(ISSUER, &[&new]);
    assert_eq!(at(&new, NOW + 7400).await, "200");
    assert_eq!(at(&old, NOW + 7400).await, "400 InvalidIdentityToken");
}

#[tokio::test]
async fn a_request_that_carries_a_token_is_served_under_the_role_that_trusts_it() {
    let (key, _, world) = provider().await;
    let token = key.token(&claims());
    for (target, expect) in [
        ("/private/team/a", "200"),
        ("/private/team2/x", "403 AccessDenied"),
        ("/private/secret", "403 AccessDenied"),
    ] {
        let answer = world.send(carry(&token, target)).await;
        assert_eq!(brief(&answer), expect, "{target}");
        keeps(&answer, &token);
    }
    assert_eq!(world.upstream.sent(), ["GET /store-private/team/a"]);
}

#[tokio::test]
async fn r_oidc_01_to_06_tokens_of_attackers_making_are_carried_in_vain() {
    let (key, web, world) = provider().await;
    for (what, token, sts) in attacks(&key) {
        let expect = match sts {
            "400 InvalidIdentityToken" => "400 InvalidToken",
            "400 ExpiredTokenException" => "400 ExpiredToken",
            other => other,
        };
        // On a bucket that is open to everybody too: whoever presents a token that does not hold is not anonymous.
        for target in ["/private/team/a", "/public/public.txt"] {
            let answer = world.send(carry(&token, target)).await;
            assert_eq!(brief(&answer), expect, "{what}: {}", answer.everything());
            keeps(&answer, &token);
        }
    }
    let strangers: Vec<_> = web.asked().into_iter().filter(|url| !url.starts_with(ISSUER)).collect();
    assert_eq!(strangers, [""; 0]);
    assert_eq!(world.upstream.sent(), [""; 0]);
}

/// A gateway whose bucket `private` has a policy that speaks of claims which no role's policy does. `carried`: whether
/// sessions were told to carry them.
async fn world_with_a_bucket_policy(web: &Web, carried: bool) -> World<InProcess> {
    let document = json!({ "Version": "2012-10-17", "Statement": [
        {
            "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::private/*",
            "Condition": { "StringEquals": { "jwt:suspended": "true" } },
        },
        {
            "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::000000000000:role/people" }, "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::private/secret", "Condition": { "ForAnyValue:StringEquals": { "jwt:groups": "keepers" } },
        },
    ]});
    let policy = Policy::of_bucket("private", &document).unwrap();
    let people = role("people", vec![trust(ISSUER, "team*")], "${jwt:team}/", true);
    let asked = ["suspended", "groups"].map(Box::from);
    let claims = if carried { Arc::from(asked) } else { people.claims.clone() };
    let ledger = Ledger::standard(Ledger::embedded())
        .role(Role { claims, ..people })
        .where_bucket("private", |bucket| bucket.public = Arc::new(policy));
    let mut stores = World::stores().await;
    stores.web = web.clone();
    let keys = SealingKeys::new("here", [KEY]).unwrap();
    World::issuing(stores, ledger, Sessions { keys, revocations: None })
}

#[tokio::test]
async fn a_claim_that_a_bucket_asks_for_is_carried_and_one_that_is_not_carried_is_not_missing() {
    let key = TokenKey::new("k1", Algorithm::Es256);
    let web = Web::default();
    web.issuer(ISSUER, &[&key]);
    for (carried, name, value, own, given) in [
        (true, "other", json!(1), "200", "403 AccessDenied"),
        (true, "suspended", json!(true), "403 AccessDenied", "403 AccessDenied"),
        (true, "suspended", json!("false"), "200", "403 AccessDenied"),
        // What cannot be read is not taken for what is not there.
        (true, "suspended", json!({ "since": 1 }), "403 AccessDenied", "403 AccessDenied"),
        (true, "groups", json!(["readers", "keepers"]), "200", "200"),
        (true, "groups", json!(["readers"]), "200", "403 AccessDenied"),
        (false, "other", json!(1), "403 AccessDenied", "403 AccessDenied"),
        (false, "groups", json!(["keepers"]), "403 AccessDenied", "403 AccessDenied"),
    ] {
        let world = world_with_a_bucket_policy(&web, carried).await;
        let token = key.token(&changed(name, value.clone()));
        let signer = credentials(&world.send(call("people", &token)).await);
        for (target, expect) in [("/private/team/a", own), ("/private/secret", given)] {
            let signed = world.send(Ask::new("GET", target).sign(&signer)).await;
            assert_eq!(brief(&signed), expect, "{carried} {name} {value} {target}");
            let carrying = world.send(carry(&token, target)).await;
            assert_eq!(brief(&carrying), expect, "{carried} {name} {value} {target}, bearer");
        }
    }
}

#[tokio::test]
async fn a_carried_token_that_does_not_say_when_it_was_issued_outlives_no_revocation() {
    let (key, web, _) = provider().await;
    let at = Timestamp::from_unix;
    let before = at(NOW - 100);
    let subject = (ISSUER.into(), "user:7".into());
    for list in [
        Revocations { roles: [("people".into(), before)].into(), ..Revocations::default() },
        Revocations { subjects: [(subject, before)].into(), ..Revocations::default() },
        Revocations { all: Some(before), ..Revocations::default() },
    ] {
        let revocations = RevocationList::new(60);
        revocations.replace(list, at(NOW));
        let world = of(&web, ledger(), Some(revocations)).await;
        for (claims, expect) in [
            (claims(), "200"),
            (changed("iat", json!(NOW - 101)), "400 InvalidToken"),
            (without("iat"), "400 InvalidToken"),
        ] {
            let answer = world.send(carry(&key.token(&claims), "/private/team/a")).await;
            assert_eq!(brief(&answer), expect, "{claims}");
        }
    }
}
