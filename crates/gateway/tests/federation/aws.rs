//! AWS: a role's credentials for an assertion, and every way in which there are none.

use std::sync::Arc;

use brigade_gateway::{BodyError, SendError};
use brigade_identity::federation::{AwsRole, RoleArn};
use brigade_s3::BackendAuth;
use brigade_testkit::{Answer, Ask, NOW, keys};

use crate::site::{Site, p256, role, rsa};

const STS: &str = "sts.eu-test-1.amazonaws.com";

#[tokio::test]
async fn a_store_is_asked_with_the_credentials_of_a_role() {
    for key in [rsa(), p256()] {
        let site = Site::new(key).await;
        let answer = site.read(NOW).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(site.clouds.asked(), [STS]);
        assert_eq!(site.clouds.signed_with(), ["ASIAGIVEN0001"]);
        let put = Ask::new("PUT", "/private/team/k").body("bytes").sign(&keys::full());
        assert_eq!(site.send(put, NOW + 60).await.status, 200);
        assert_eq!(site.clouds.asked(), [""; 0], "what is held is used");
        assert_eq!(site.clouds.signed_with(), ["ASIAGIVEN0001"]);
    }
}

#[tokio::test]
async fn a_session_policy_and_a_duration_go_with_the_request() {
    let policy =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
    let narrow = AwsRole { policy: Some(policy.into()), duration: 900, ..role() };
    let site = Site::with(rsa(), Vec::new(), BackendAuth::Role(Arc::new(narrow))).await;
    assert_eq!(site.read(NOW).await.status, 200);
    assert_eq!(site.clouds.signed_with(), ["ASIAGIVEN0001"]);
}

/// What a client sees of a failed exchange: nothing of roles, hosts, tokens, or a cloud's prose.
fn check(answer: &Answer, verdict: &str, words: &str) {
    assert_eq!(answer.verdict(), verdict, "{answer:?}");
    let message = answer.element("Message");
    assert!(message.contains(words), "{message}");
    let all = answer.everything();
    for hidden in ["arn:", "amazonaws", "123456789012", "landsat", "eyJ", "Not authorized", "example.org"] {
        assert!(!all.contains(hidden), "{hidden}: {all}");
    }
    assert!(answer.record.refused.is_some());
}

#[tokio::test]
async fn a_refused_exchange_is_a_502_that_names_it_and_its_code() {
    let wrong = |how: fn(&mut AwsRole)| {
        let mut role = role();
        how(&mut role);
        BackendAuth::Role(Arc::new(role))
    };
    let denied = "AssumeRoleWithWebIdentity was refused: AccessDenied";
    let invalid = "AssumeRoleWithWebIdentity was refused: InvalidIdentityToken";
    for (auth, words) in [
        (wrong(|role| role.subject = "another".into()), denied),
        (wrong(|role| role.arn = RoleArn::parse("arn:aws:iam::123456789012:role/other").unwrap()), denied),
        (wrong(|role| role.audience = "sts.example".into()), invalid),
    ] {
        let site = Site::with(rsa(), Vec::new(), auth).await;
        check(&site.read(NOW).await, "502 BackendAuthenticationFailed", words);
        assert!(site.clouds.store.sent().is_empty(), "the store is not asked");
        let head = site.send(Ask::new("HEAD", "/private/team/k").sign(&keys::full()), NOW).await;
        assert_eq!((head.status, head.body.len()), (502, 0));
    }
    let site = Site::untrusted(rsa(), Vec::new(), BackendAuth::Role(Arc::new(role())));
    check(&site.read(NOW).await, "502 BackendAuthenticationFailed", invalid);
    let logged = site.read(NOW).await.record.refused.unwrap();
    assert!(logged.contains("Couldn't retrieve verification key"), "the log says why: {logged}");
}

#[tokio::test]
async fn an_exchange_that_cannot_be_had_now_is_a_503_to_be_tried_again() {
    let throttled = "<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>";
    for (said, code) in [
        (Ok((400, throttled)), "Throttling"),
        (Ok((429, "")), "HTTP-429"),
        (Ok((500, "<html>amazonaws</html>")), "HTTP-500"),
        (Ok((503, "")), "HTTP-503"),
        (Err(SendError::Connect("arn: no route to amazonaws".into())), "NoAnswer"),
        (Err(SendError::Reset("amazonaws".into())), "NoAnswer"),
        (Err(SendError::TimedOut), "NoAnswer"),
        (Err(SendError::Body(BodyError::Cut)), "NoAnswer"),
    ] {
        let site = Site::new(p256()).await;
        match said {
            Ok((status, body)) => site.clouds.say(status, body),
            Err(why) => site.clouds.fail(why),
        }
        let answer = site.read(NOW).await;
        check(
            &answer,
            "503 ServiceUnavailable",
            &format!("AssumeRoleWithWebIdentity is unavailable: {code}."),
        );
        assert_eq!(answer.header("retry-after"), "1");
        assert!(site.clouds.store.sent().is_empty());
        assert_eq!(site.read(NOW + 2).await.status, 200, "and then it goes on");
    }
}

#[tokio::test]
async fn garbage_is_a_502_and_never_a_signature() {
    let huge = "x".repeat(70 << 10);
    for (status, body) in [(200, "<html>Welcome</html>"), (200, ""), (200, "{}"), (302, ""), (204, "")] {
        let site = Site::new(p256()).await;
        site.clouds.say(status, body);
        let answer = site.read(NOW).await;
        check(
            &answer,
            "502 BackendAuthenticationFailed",
            "AssumeRoleWithWebIdentity gave an answer that makes no sense",
        );
        assert!(site.clouds.store.sent().is_empty());
    }
    let site = Site::new(p256()).await;
    site.clouds.say(200, &huge);
    check(
        &site.read(NOW).await,
        "503 ServiceUnavailable",
        "AssumeRoleWithWebIdentity is unavailable: NoAnswer",
    );
}

#[tokio::test]
async fn a_role_without_an_issuer_is_said_so() {
    let site = Site::plain(BackendAuth::Role(Arc::new(role())));
    check(
        &site.read(NOW).await,
        "502 BackendAuthenticationFailed",
        "AssumeRoleWithWebIdentity cannot be asked",
    );
    assert_eq!(site.clouds.asked(), [""; 0]);
}

/// Every request to a store is signed with what its backend lends: questions and copies as well.
#[tokio::test]
async fn listings_and_copies_between_stores_are_signed_so_as_well() {
    let site = Site::new(p256()).await;
    site.send(Ask::new("GET", "/private?list-type=2").sign(&keys::full()), NOW).await;
    let copy = Ask::new("PUT", "/private/team/new").header("x-amz-copy-source", "/elsewhere/a");
    site.send(copy.sign(&keys::full()), NOW).await;
    let signed = site.clouds.signed_with();
    assert!(signed.len() >= 3, "{signed:?}");
    assert!(signed.iter().all(|id| id == "ASIAGIVEN0001"), "{signed:?}");
    assert_eq!(site.clouds.asked(), [STS], "one exchange for all of it");
}
