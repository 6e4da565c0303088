//! Credentials are renewed ahead of their end, by one, and dropped when the store no longer knows them.

use std::sync::Arc;

use brigade_identity::federation::ExchangeError;
use brigade_s3::BackendAuth;
use brigade_testkit::{Ask, NOW, Said, keys};

use crate::site::{Site, p256, role, rsa};

const STS: &str = "sts.eu-test-1.amazonaws.com";

#[tokio::test]
async fn credentials_are_renewed_ahead_of_their_end() {
    let site = Site::new(p256()).await;
    for (at, key) in [(0, 1), (3299, 1), (3300, 2), (3301, 2), (6599, 2), (6600, 3), (20_000, 4)] {
        assert_eq!(site.read(NOW + at).await.status, 200);
        assert_eq!(site.clouds.signed_with(), [format!("ASIAGIVEN{key:04}")], "after {at} s");
    }
    assert_eq!(site.clouds.asked(), [STS; 4]);
}

#[tokio::test]
async fn one_renews_while_the_others_use_what_they_hold() {
    let site = Site::new(p256()).await;
    site.read(NOW).await;
    site.clouds.signed_with();
    site.clouds.asked();
    site.clouds.slow(50);
    let at = NOW + 3400;
    let first = site.read(at);
    let others = async {
        tokio::task::yield_now().await;
        for _ in 0..20 {
            assert_eq!(site.read(at).await.status, 200);
        }
        assert_eq!(site.clouds.signed_with(), ["ASIAGIVEN0001"; 20], "nobody waits for the one that renews");
    };
    let (first, ()) = tokio::join!(first, others);
    assert_eq!(first.status, 200);
    assert_eq!(site.clouds.signed_with(), ["ASIAGIVEN0002"]);
    assert_eq!(site.clouds.asked(), [STS], "one exchange");
}

#[tokio::test]
async fn a_renewal_that_fails_is_noticed_by_nobody_while_something_is_held() {
    let site = Site::new(p256()).await;
    site.read(NOW).await;
    site.clouds.signed_with();
    for at in [3300, 3310, 3320] {
        site.clouds.say(503, "");
        assert_eq!(site.read(NOW + at).await.status, 200);
    }
    assert_eq!(site.clouds.signed_with(), ["ASIAGIVEN0001"; 3]);
    site.read(NOW + 3340).await;
    assert_eq!(site.clouds.signed_with(), ["ASIAGIVEN0002"]);
}

/// A rival's requests waited for the one that renewed; the platform cancelled them all (multistore #133).
#[tokio::test]
async fn m133_a_caller_that_goes_away_in_the_midst_of_an_exchange_holds_up_nobody() {
    let site = Site::new(p256()).await;
    site.clouds.slow(1_000_000);
    {
        let mut gone: Vec<_> = (0..40).map(|_| Box::pin(site.read(NOW))).collect();
        for one in &mut gone {
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            let _ = one.as_mut().poll(&mut context);
        }
    }
    site.clouds.slow(0);
    assert_eq!(site.read(NOW).await.status, 200);
    assert_eq!(site.clouds.signed_with(), ["ASIAGIVEN0001"]);
}

#[tokio::test]
async fn who_finds_nothing_asks_for_itself_up_to_a_bound() {
    let site = Site::new(p256()).await;
    site.clouds.slow(5);
    let all: Vec<_> = (0..50).map(|_| Box::pin(site.read(NOW))).collect();
    let mut statuses = Vec::new();
    let mut all: Vec<_> = all.into_iter().map(Some).collect();
    std::future::poll_fn(|context| {
        for slot in &mut all {
            if let Some(one) = slot
                && let std::task::Poll::Ready(answer) = one.as_mut().poll(context)
            {
                statuses.push((answer.status, answer.header("retry-after").to_owned()));
                *slot = None;
            }
        }
        if all.iter().all(Option::is_none) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    let good = statuses.iter().filter(|(status, _)| *status == 200).count();
    let later = statuses.iter().filter(|told| **told == (503, "1".to_owned())).count();
    assert_eq!((good, later), (32, 18));
    assert_eq!(site.clouds.asked().len(), 32);
}

#[tokio::test]
async fn failures_are_backed_off_and_told_at_once_meanwhile() {
    let site = Site::untrusted(p256(), Vec::new(), BackendAuth::Role(Arc::new(role())));
    for (at, asked) in [(0, 1), (0, 0), (1, 1), (2, 0), (3, 1), (6, 0), (7, 1)] {
        let answer = site.read(NOW + at).await;
        assert_eq!(answer.verdict(), "502 BackendAuthenticationFailed", "after {at} s");
        assert!(answer.element("Message").contains("InvalidIdentityToken"));
        assert_eq!(site.clouds.asked().len(), asked, "after {at} s");
    }
}

#[tokio::test]
async fn what_the_store_no_longer_knows_is_let_go_and_a_write_is_not_sent_twice() {
    for code in ["ExpiredToken", "InvalidAccessKeyId", "InvalidToken"] {
        let site = Site::new(p256()).await;
        site.read(NOW).await;
        site.clouds.signed_with();
        site.clouds.asked();
        let refusal = Said::error(if code == "ExpiredToken" { 400 } else { 403 }, code);
        site.clouds.store.say(refusal);
        let put = Ask::new("PUT", "/private/team/k").body("bytes");
        let answer = site.send(put.sign(&keys::full().at(NOW + 100)), NOW + 100).await;
        assert_eq!(answer.verdict(), "502 BackendAuthenticationFailed", "{code}");
        assert_eq!(site.clouds.signed_with(), ["ASIAGIVEN0001"], "{code}: sent once");
        assert_eq!(site.clouds.asked(), [""; 0]);
        assert_eq!(site.read(NOW + 101).await.status, 200);
        assert_eq!(site.clouds.signed_with(), ["ASIAGIVEN0002"], "{code}: the next request has new ones");
    }
}

/// Wherever a store is asked: for an answer, a question on the way, the source of a copy.
#[tokio::test]
async fn what_the_store_no_longer_knows_is_noticed_on_every_way_to_it() {
    let copy = |to: &str| Ask::new("PUT", to).header("x-amz-copy-source", "/elsewhere/a");
    for ask in [
        Ask::new("GET", "/private?list-type=2"),
        Ask::new("DELETE", "/private/team/k"),
        copy("/private/team/new"),
        copy("/private/team/new?partNumber=1&uploadId=u"),
    ] {
        let site = Site::new(p256()).await;
        site.read(NOW).await;
        site.clouds.signed_with();
        site.clouds.store.say(Said::error(403, "InvalidAccessKeyId"));
        let at = NOW + 100;
        let answer = site.send(ask.clone().sign(&keys::full().at(at)), at).await;
        assert_eq!(answer.verdict(), "502 BackendAuthenticationFailed", "{ask:?}");
        assert_eq!(site.clouds.signed_with(), ["ASIAGIVEN0001"], "{ask:?}: nothing is asked again");
        assert_eq!(site.read(at + 1).await.status, 200);
        assert_eq!(site.clouds.signed_with(), ["ASIAGIVEN0002"], "{ask:?}");
    }
}

#[tokio::test]
async fn a_store_that_knows_no_credentials_at_all_does_not_have_every_request_exchanged() {
    let site = Site::new(p256()).await;
    for at in 0..60 {
        site.clouds.store.say(Said::error(403, "InvalidAccessKeyId"));
        assert_eq!(site.read(NOW + at).await.status, 502);
    }
    assert_eq!(site.clouds.asked().len(), 2);
}

#[tokio::test]
async fn a_refusal_of_the_clients_request_lets_nothing_go() {
    let site = Site::new(p256()).await;
    site.read(NOW).await;
    site.clouds.asked();
    for (status, code) in [(403, "AccessDenied"), (404, "NoSuchKey"), (503, "SlowDown")] {
        site.clouds.store.say(Said::error(status, code));
        site.read(NOW + 100).await;
    }
    site.read(NOW + 101).await;
    assert_eq!(site.clouds.asked(), [""; 0]);
}

/// New keys are published before they sign, and old ones after they have: at no time is an exchange refused.
#[tokio::test]
async fn keys_follow_one_another_without_a_refused_exchange() {
    let (old, new) = (rsa(), p256());
    let first = Site::new(old.clone()).await;
    assert_eq!(first.read(NOW).await.status, 200);
    let both = first.succeeded(old.clone(), vec![new.clone()]);
    both.publish().await;
    assert_eq!(both.read(NOW + 10).await.status, 200);
    let turned = both.succeeded(new.clone(), vec![old]);
    assert_eq!(turned.read(NOW + 20).await.status, 200, "the cloud has read the new key already");
    let last = turned.succeeded(new, Vec::new());
    last.publish().await;
    assert_eq!(last.read(NOW + 30).await.status, 200);
    assert_eq!(last.clouds.asked(), [STS; 4]);
    // Without that, it would be.
    let hasty = last.succeeded(rsa(), Vec::new());
    assert_eq!(hasty.read(NOW + 40).await.status, 502);
}

#[tokio::test]
async fn the_environments_credentials_are_leased_alike() {
    let site = Site::plain(BackendAuth::Environment);
    site.clouds.environment_gives(Ok(("ASIAENVONE", 900)));
    site.clouds.environment_gives(Ok(("ASIAENVTWO", 900)));
    for (at, key) in [(0, "ASIAENVONE"), (599, "ASIAENVONE"), (600, "ASIAENVTWO")] {
        assert_eq!(site.read(NOW + at).await.status, 200);
        assert_eq!(site.clouds.signed_with(), [key]);
    }
    let refused = |code: &str| ExchangeError::Refused {
        exchange: brigade_gateway::ENVIRONMENT,
        code: code.into(),
        words: "no credentials at http://169.254.169.254".into(),
    };
    let bare = Site::plain(BackendAuth::Environment);
    bare.clouds.environment_gives(Err(refused("NotFound")));
    let answer = bare.read(NOW).await;
    assert_eq!(answer.verdict(), "502 BackendAuthenticationFailed");
    assert!(answer.element("Message").contains("EnvironmentCredentials was refused: NotFound"));
    assert!(!answer.everything().contains("169.254"));
}
