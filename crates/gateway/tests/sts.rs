//! STS for callers who have a key: sessions are issued, honoured, narrowed, ended and revoked.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on must fail"
)]

use brigade_gateway::{Assumer, Role, Sessions};
use brigade_identity::{RevocationList, Revocations, SealingKeys, SessionId};
use brigade_policy::{Grant, Policy};
use brigade_s3::{Arrival, xml};
use brigade_sigv4::Timestamp;
use brigade_testkit::{Answer, Ask, InProcess, Ledger, NOW, Signer, World, arrival_at, keys};
use std::sync::Arc;

/// 32 bytes in base64: the numbers from 1, and from 33.
const KEY: &str = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";
const NEW_KEY: &str = "ISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0A=";

fn sessions(keys: &[&str]) -> Sessions {
    Sessions { keys: SealingKeys::new("here", keys).unwrap(), revocations: None }
}

fn grants(grants: &[(&str, &str, &str)]) -> Arc<Policy> {
    Arc::new(Policy::from_grants(grants.iter().map(|(bucket, prefix, actions)| Grant {
        bucket: (*bucket).into(),
        prefix: (*prefix).into(),
        actions: actions.split(' ').map(|action| action.parse().unwrap()).collect(),
    })))
}

fn role(name: &str, callers: &[Assumer], policy: Arc<Policy>) -> Role {
    Role {
        name: name.into(),
        trust: Vec::new(),
        callers: callers.to_vec(),
        policy,
        claims: Arc::new([]),
        max_session: 7200,
        bearer: false,
    }
}

fn ledger() -> Ledger {
    let key = |signer: Signer| Assumer::Key(signer.key_id.into());
    Ledger::standard(Ledger::embedded())
        .role(role("team", &[key(keys::nobody())], grants(&[("private", "team/", "read list write")])))
        .role(role("chained", &[Assumer::Role("team".into())], grants(&[("private", "secret", "read")])))
        .role(role("closed", &[key(keys::full())], grants(&[("private", "", "read")])))
}

async fn world(sessions: Sessions) -> World<InProcess> {
    World::issuing(World::stores().await, ledger(), sessions)
}

/// A call of STS, signed as SDKs do: for `sts`, with no header about the body.
fn call(signer: &Signer, parameters: &str) -> Ask {
    let signer = Signer { service: "sts".into(), declares: false, ..signer.clone() };
    form(parameters).sign(&signer)
}

fn form(parameters: &str) -> Ask {
    Ask::new("POST", "/")
        .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
        .body(parameters.to_owned())
}

const ASSUME: &str = "Action=AssumeRole&Version=2011-06-15&RoleSessionName=test&RoleArn=";

/// The text of the first element of this name.
fn text(answer: &Answer, name: &str) -> String {
    let body = String::from_utf8(answer.body.to_vec()).unwrap();
    let (_, rest) = body.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("no {name} in {body}"));
    rest.split_once('<').unwrap().0.to_owned()
}

/// Whoever an answer makes of its caller.
fn credentials(answer: &Answer) -> Signer {
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store");
    Signer {
        token: Some(text(answer, "SessionToken")),
        ..Signer::new(&text(answer, "AccessKeyId"), &text(answer, "SecretAccessKey"))
    }
}

async fn assumed(world: &World<InProcess>, by: &Signer, role: &str) -> Signer {
    credentials(&world.send(call(by, &format!("{ASSUME}{role}"))).await)
}

async fn get(world: &World<InProcess>, signer: &Signer, key: &str) -> String {
    let answer = world.send(Ask::new("GET", &format!("/private/{key}")).sign(signer)).await;
    brief(&answer)
}

/// The status, and the code of an error.
fn brief(answer: &Answer) -> String {
    match answer.status {
        200 => "200".to_owned(),
        status => format!("{status} {}", text(answer, "Code")),
    }
}

#[tokio::test]
async fn a_key_assumes_a_role_and_may_do_what_the_role_may() {
    let world = world(sessions(&[KEY])).await;
    let signer = assumed(&world, &keys::nobody(), "arn:aws:iam::000000000000:role/team").await;
    assert_eq!(get(&world, &signer, "team/a").await, "200");
    assert_eq!(get(&world, &signer, "secret").await, "403 AccessDenied");
    assert_eq!(get(&world, &keys::nobody(), "team/a").await, "403 AccessDenied");
    let answer = world.send(Ask::new("GET", "/private/team/a").sign(&signer)).await;
    assert_eq!(answer.record.caller.as_deref(), Some("role/team/test"));
    let presigned = Ask::new("GET", "/private/team/a").presign(&signer, 60);
    assert_eq!(brief(&world.send(presigned).await), "200");
}

#[tokio::test]
async fn who_one_is() {
    let world = world(sessions(&[KEY])).await;
    let session = assumed(&world, &keys::nobody(), "team").await;
    for (signer, arn) in [
        (keys::nobody(), format!("arn:aws:iam::000000000000:user/{}", keys::nobody().key_id)),
        (session, "arn:aws:sts::000000000000:assumed-role/team/test".to_owned()),
    ] {
        for path in ["/", "/.sts", "/.sts/"] {
            let signer = Signer { service: "sts".into(), declares: false, ..signer.clone() };
            let ask =
                form("Action=GetCallerIdentity&Version=2011-06-15").retarget(|_| path.into()).sign(&signer);
            let answer = world.send(ask).await;
            assert_eq!(text(&answer, "Arn"), arn);
            assert_eq!(text(&answer, "Account"), "000000000000");
            let ask =
                Ask::new("GET", &format!("{path}?Action=GetCallerIdentity&Version=2011-06-15")).sign(&signer);
            assert_eq!(text(&world.send(ask).await, "Arn"), arn);
        }
    }
}

#[tokio::test]
async fn roles_chain_and_a_chained_session_is_short() {
    let world = world(sessions(&[KEY])).await;
    let team = assumed(&world, &keys::nobody(), "team").await;
    let chained = assumed(&world, &team, "chained").await;
    assert_eq!(get(&world, &chained, "secret").await, "200");
    assert_eq!(get(&world, &chained, "team/a").await, "403 AccessDenied");
    let long = world.send(call(&team, &format!("{ASSUME}chained&DurationSeconds=3601"))).await;
    assert_eq!(brief(&long), "400 ValidationError");
    let other = world.send(call(&keys::nobody(), &format!("{ASSUME}chained"))).await;
    assert_eq!(brief(&other), "403 AccessDenied");
}

#[tokio::test]
async fn a_key_takes_temporary_credentials_of_itself() {
    let world = world(sessions(&[KEY])).await;
    let token = world.send(call(&keys::team(), "Action=GetSessionToken")).await;
    assert_eq!(
        text(&token, "Expiration"),
        Timestamp::from_unix(NOW + 43_200).iso8601().replace(".000Z", "Z")
    );
    let session = credentials(&token);
    assert_eq!(get(&world, &session, "team/a").await, get(&world, &keys::team(), "team/a").await);
    assert_eq!(get(&world, &session, "secret").await, "403 AccessDenied");
    let again = world.send(call(&session, "Action=GetSessionToken")).await;
    assert_eq!(brief(&again), "403 AccessDenied");
}

#[tokio::test]
async fn r_sts_01_only_an_exact_role_that_names_its_caller_yields_credentials() {
    let world = world(sessions(&[KEY])).await;
    for name in ["tea", "team2", "TEAM", "closed", "nosuch", "arn:aws:iam::000000000000:role/x/team"] {
        let answer = world.send(call(&keys::nobody(), &format!("{ASSUME}{name}"))).await;
        assert_eq!(brief(&answer), "403 AccessDenied", "{name}");
    }
    let twice = world.send(call(&keys::nobody(), &format!("{ASSUME}closed&RoleArn=team"))).await;
    assert_eq!(brief(&twice), "400 ValidationError");
}

#[tokio::test]
async fn r_sts_02_a_session_lasts_no_longer_than_its_role_lets_it() {
    let world = world(sessions(&[KEY])).await;
    for (seconds, expect) in [
        ("900", Ok(900)),
        ("7200", Ok(7200)),
        ("", Ok(3600)),
        ("899", Err("400 ValidationError")),
        ("7201", Err("400 ValidationError")),
        ("0", Err("400 ValidationError")),
        ("-900", Err("400 ValidationError")),
        ("18446744073709551615", Err("400 ValidationError")),
    ] {
        let parameter =
            if seconds.is_empty() { String::new() } else { format!("&DurationSeconds={seconds}") };
        let answer = world.send(call(&keys::nobody(), &format!("{ASSUME}team{parameter}"))).await;
        match expect {
            Ok(lasts) => {
                let end = Timestamp::from_unix(NOW + lasts).iso8601().replace(".000Z", "Z");
                assert_eq!(text(&answer, "Expiration"), end);
            }
            Err(code) => assert_eq!(brief(&answer), code, "{seconds}"),
        }
    }
}

#[tokio::test]
async fn r_sts_03_a_session_policy_narrows_and_what_cannot_be_enforced_is_refused() {
    let world = world(sessions(&[KEY])).await;
    let policy = |resource: &str, action: &str| {
        format!(
            "&Policy=%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C\
             %22Action%22%3A%22{action}%22%2C%22Resource%22%3A%22{resource}%22%7D%7D"
        )
    };
    for (resource, team_a, team_b, secret) in [
        ("arn%3Aaws%3As3%3A%3A%3Aprivate%2Fteam%2Fa", "200", "403 AccessDenied", "403 AccessDenied"),
        // More than the role may is no more than the role may.
        ("*", "200", "200", "403 AccessDenied"),
        ("arn%3Aaws%3As3%3A%3A%3Aother%2F*", "403 AccessDenied", "403 AccessDenied", "403 AccessDenied"),
    ] {
        let answer =
            world.send(call(&keys::nobody(), &format!("{ASSUME}team{}", policy(resource, "s3%3A*")))).await;
        let session = credentials(&answer);
        for (key, expect) in [("team/a", team_a), ("team/b", team_b), ("secret", secret)] {
            assert_eq!(get(&world, &session, key).await, expect, "{resource} {key}");
        }
        assert!(text(&answer, "PackedPolicySize").parse::<u8>().unwrap() <= 100);
    }
    for (parameter, expect) in [
        ("&Policy=nothing", "400 MalformedPolicyDocument"),
        ("&Policy=%7B%7D", "400 MalformedPolicyDocument"),
        (&policy("*", "s3%3AFly"), "400 MalformedPolicyDocument"),
        (&policy("*", "ec2%3A*"), "400 MalformedPolicyDocument"),
        // `Action` twice: what one reader takes for a limit, another overlooks.
        (&policy("*", "s3%3AGetObject%22%2C%22Action%22%3A%22s3%3A*"), "400 MalformedPolicyDocument"),
        (
            "&PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FAmazonS3ReadOnlyAccess",
            "400 ValidationError",
        ),
        (&format!("&Policy={}", "x".repeat(3000)), "400 PackedPolicyTooLarge"),
    ] {
        let answer = world.send(call(&keys::nobody(), &format!("{ASSUME}team{parameter}"))).await;
        assert_eq!(brief(&answer), expect, "{parameter}");
    }
}

#[tokio::test]
async fn r_sts_03_a_narrowed_session_does_not_widen_itself_by_a_role() {
    let world = world(sessions(&[KEY])).await;
    let narrow = "&Policy=%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C\
                  %22Action%22%3A%22s3%3AGetObject%22%2C%22Resource%22%3A%22arn%3Aaws%3As3%3A%3A%3Aprivate%2Fteam%2Fa%22%7D%7D";
    let narrowed = credentials(&world.send(call(&keys::nobody(), &format!("{ASSUME}team{narrow}"))).await);
    assert_eq!(get(&world, &narrowed, "team/a").await, "200");
    for more in ["", narrow] {
        let chained = world.send(call(&narrowed, &format!("{ASSUME}chained{more}"))).await;
        assert_eq!(brief(&chained), "403 AccessDenied");
    }
    assert_eq!(brief(&world.send(call(&narrowed, "Action=GetCallerIdentity")).await), "200");
}

#[tokio::test]
async fn r_sts_04_without_a_signature_nothing_but_web_identity_and_no_s3_path_is_shadowed() {
    let world = world(sessions(&[KEY])).await;
    for action in ["AssumeRole&RoleArn=team&RoleSessionName=ab", "GetSessionToken", "GetCallerIdentity"] {
        let answer = world.send(form(&format!("Action={action}"))).await;
        assert_eq!(brief(&answer), "403 MissingAuthenticationToken", "{action}");
    }
    let call = || form("Action=GetCallerIdentity");
    let in_host = |ask: Ask| ask.set("host", "private.gateway.test");
    for (ask, expect) in [
        (form(""), "400 MissingAction"),
        (form("Action=AssumeRoleWithSAML"), "400 InvalidAction"),
        (Ask::new("DELETE", "/.sts"), "400 InvalidAction"),
        // These are S3's.
        (call().remethod("PUT"), "501 NotImplemented"),
        (call().retarget(|_| "/private".into()), "412 PreconditionFailed"),
        (Ask::new("GET", "/.stsx"), "400 InvalidBucketName"),
        // A bucket in the host makes the whole path the key.
        (in_host(Ask::new("GET", "/.sts")), "403 AccessDenied"),
        (in_host(Ask::new("GET", "/?Action=GetCallerIdentity")), "501 NotImplemented"),
        (in_host(call()), "412 PreconditionFailed"),
    ] {
        let answer = world.send(ask).await;
        assert_eq!(brief(&answer), expect, "{answer:?}");
    }
    let listed = world.send(Ask::new("GET", "/").sign(&keys::full())).await;
    assert!(listed.everything().contains("ListAllMyBucketsResult"), "{listed:?}");
    assert_eq!(world.upstream.sent(), [""; 0]);
}

#[tokio::test]
async fn signatures_for_sts_hold_for_sts_alone_and_the_body_is_signed() {
    let world = world(sessions(&[KEY])).await;
    let good = call(&keys::nobody(), &format!("{ASSUME}team"));
    for (ask, expect) in [
        (good.clone().body(format!("{ASSUME}closed")), "403 SignatureDoesNotMatch"),
        (form(&format!("{ASSUME}team")).sign(&keys::nobody()), "400 IncompleteSignature"),
        (
            call(&Signer { secret: "other".into(), ..keys::nobody() }, &format!("{ASSUME}team")),
            "403 SignatureDoesNotMatch",
        ),
        (call(&Signer::new("AKIDNOSUCH", "s"), &format!("{ASSUME}team")), "403 InvalidClientTokenId"),
        (call(&keys::disabled(), &format!("{ASSUME}team")), "403 InvalidClientTokenId"),
        (
            call(&Signer { region: "eu-west-1".into(), ..keys::nobody() }, &format!("{ASSUME}team")),
            "400 IncompleteSignature",
        ),
        (call(&keys::nobody().at(NOW - 16 * 60), &format!("{ASSUME}team")), "403 SignatureDoesNotMatch"),
        (
            Ask::new("GET", "/private/team/a").sign(&Signer { service: "sts".into(), ..keys::full() }),
            "400 AuthorizationHeaderMalformed",
        ),
    ] {
        assert_eq!(brief(&world.send(ask.clone()).await), expect, "{ask:?}");
    }
    assert_eq!(brief(&world.send(good).await), "200");
}

#[tokio::test]
async fn r_tok_02_key_id_secret_and_token_work_only_together() {
    let world = world(sessions(&[KEY])).await;
    let one = assumed(&world, &keys::nobody(), "team").await;
    let other = Arrival { seed: [8; 32], ..arrival_at(NOW) };
    let token = call(&keys::team(), "Action=GetSessionToken");
    let two = credentials(&world.send_at(token.request(), other).await);
    for (what, signer, expect) in [
        ("no token", Signer { token: None, ..one.clone() }, "403 InvalidAccessKeyId"),
        ("another's token", Signer { token: two.token.clone(), ..one.clone() }, "400 InvalidToken"),
        (
            "another's secret",
            Signer { secret: two.secret.clone(), ..one.clone() },
            "403 SignatureDoesNotMatch",
        ),
        ("another's key id", Signer { key_id: two.key_id.clone(), ..one.clone() }, "400 InvalidToken"),
        ("a key's id", Signer { key_id: keys::full().key_id, ..one.clone() }, "400 InvalidToken"),
        ("a token with a key", Signer { token: one.token.clone(), ..keys::full() }, "400 InvalidToken"),
    ] {
        assert_eq!(get(&world, &signer, "team/a").await, expect, "{what}");
    }
    let unsigned = Ask::new("GET", "/private/team/a").sign(&one).without("x-amz-security-token");
    let unsigned = unsigned.header("x-amz-security-token", one.token.as_deref().unwrap());
    assert_eq!(brief(&world.send(unsigned).await), "200", "the same header in another place");
    let leaving = Signer { leave_out: vec!["x-amz-security-token"], ..one.clone() };
    assert_eq!(get(&world, &leaving, "team/a").await, "403 AccessDenied");
    let twice = Ask::new("GET", "/private/team/a").sign(&one).header("x-amz-security-token", "a");
    assert_eq!(brief(&world.send(twice).await), "400 InvalidArgument");
}

#[tokio::test]
async fn r_tok_01_a_changed_token_is_refused() {
    let world = world(sessions(&[KEY])).await;
    let session = assumed(&world, &keys::nobody(), "team").await;
    let token = session.token.clone().unwrap();
    for place in (0..token.len()).step_by(7) {
        let mut changed = token.clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let signer = Signer { token: Some(String::from_utf8(changed).unwrap()), ..session.clone() };
        assert_eq!(get(&world, &signer, "team/a").await, "400 InvalidToken", "at {place}");
    }
    for token in [&token[..token.len() - 1], "", "FwoGZXIvYXdzEXAMPLE", &"A".repeat(5000)] {
        let signer = Signer { token: Some(token.into()), ..session.clone() };
        let found = get(&world, &signer, "team/a").await;
        assert!(found.starts_with("400 ") || found.starts_with("403 "), "{token}: {found}");
    }
}

#[tokio::test]
async fn r_tok_03_what_a_role_no_longer_grants_its_sessions_no_longer_have() {
    let stores = World::stores().await;
    let before = World::issuing(stores.clone(), ledger(), sessions(&[KEY]));
    let session = assumed(&before, &keys::nobody(), "team").await;
    let of_key = credentials(&before.send(call(&keys::full(), "Action=GetSessionToken")).await);
    assert_eq!(get(&before, &of_key, "secret").await, "200");
    let narrower = ledger()
        .role(role("team", &[], grants(&[("private", "team/b", "read")])))
        .but(&keys::full(), |key| key.disabled = true);
    let after = World::issuing(stores.clone(), narrower, sessions(&[KEY]));
    assert_eq!(get(&after, &session, "team/a").await, "403 AccessDenied");
    assert_eq!(get(&after, &session, "team/b").await, "200");
    assert_eq!(get(&after, &of_key, "secret").await, "400 InvalidToken");
    let gone = World::issuing(stores, Ledger::standard(Ledger::embedded()), sessions(&[KEY]));
    assert_eq!(get(&gone, &session, "team/b").await, "400 InvalidToken");
}

#[tokio::test]
async fn r_tok_03_what_a_session_stands_for_must_stand_before_sts_too() {
    let stores = World::stores().await;
    let before = World::issuing(stores.clone(), ledger(), sessions(&[KEY]));
    let of_key = credentials(&before.send(call(&keys::full(), "Action=GetSessionToken")).await);
    let of_role = assumed(&before, &keys::nobody(), "team").await;
    let check = async |world: &World<InProcess>, session: &Signer, role: &str, expect: &str| {
        for parameters in [&format!("{ASSUME}{role}"), "Action=GetCallerIdentity"] {
            let answer = world.send(call(session, parameters)).await;
            assert_eq!(brief(&answer), expect, "{parameters}");
        }
    };
    check(&before, &of_key, "closed", "200").await;
    check(&before, &of_role, "chained", "200").await;
    let off = ledger().but(&keys::full(), |key| key.disabled = true);
    check(
        &World::issuing(stores.clone(), off, sessions(&[KEY])),
        &of_key,
        "closed",
        "403 InvalidClientTokenId",
    )
    .await;
    let ended = ledger().but(&keys::full(), |key| key.expires = Some(Timestamp::from_unix(NOW)));
    check(
        &World::issuing(stores.clone(), ended, sessions(&[KEY])),
        &of_key,
        "closed",
        "403 InvalidClientTokenId",
    )
    .await;
    let gone = Ledger::standard(Ledger::embedded()).role(role(
        "chained",
        &[Assumer::Role("team".into())],
        grants(&[("private", "secret", "read")]),
    ));
    check(&World::issuing(stores, gone, sessions(&[KEY])), &of_role, "chained", "403 InvalidClientTokenId")
        .await;
}

#[tokio::test]
async fn r_tok_05_an_expired_session_is_refused_and_not_a_second_before() {
    let world = world(sessions(&[KEY])).await;
    let answer = world.send(call(&keys::nobody(), &format!("{ASSUME}team&DurationSeconds=900"))).await;
    let session = credentials(&answer);
    for (at, expect) in
        [(NOW + 899, "200"), (NOW + 900, "400 ExpiredToken"), (NOW + 100_000, "400 ExpiredToken")]
    {
        let ask = Ask::new("GET", "/private/team/a").sign(&session.clone().at(at));
        assert_eq!(brief(&world.send_at(ask.request(), arrival_at(at)).await), expect, "{at}");
    }
    let signer = Signer { service: "sts".into(), declares: false, ..session.at(NOW + 900) };
    let ask = form("Action=GetCallerIdentity").sign(&signer);
    assert_eq!(brief(&world.send_at(ask.request(), arrival_at(NOW + 900)).await), "403 ExpiredToken");
}

#[tokio::test]
async fn sealing_keys_rotate_and_nobody_is_logged_out() {
    let stores = World::stores().await;
    let with = |keys: &[&str]| World::issuing(stores.clone(), ledger(), sessions(keys));
    let old = assumed(&with(&[KEY]), &keys::nobody(), "team").await;
    let both = with(&[NEW_KEY, KEY]);
    assert_eq!(get(&both, &old, "team/a").await, "200");
    let new = assumed(&both, &keys::nobody(), "team").await;
    let after = with(&[NEW_KEY]);
    assert_eq!(get(&after, &new, "team/a").await, "200");
    assert_eq!(get(&after, &old, "team/a").await, "400 InvalidToken");
    // No key, no sessions: neither old ones nor new.
    let none = with(&[]);
    assert_eq!(get(&none, &new, "team/a").await, "400 InvalidToken");
    let answer = none.send(call(&keys::nobody(), &format!("{ASSUME}team"))).await;
    assert_eq!(brief(&answer), "403 AccessDenied");
    assert!(text(&answer, "Message").contains("[sessions]"));
}

#[tokio::test]
async fn revoked_sessions_are_refused_and_all_of_them_when_the_list_is_too_old() {
    let at = Timestamp::from_unix;
    let stores = World::stores().await;
    let listed = |list: Revocations| {
        let revocations = RevocationList::new(60);
        revocations.replace(list, at(NOW));
        let sessions = Sessions { revocations: Some(revocations), ..sessions(&[KEY]) };
        World::issuing(stores.clone(), ledger(), sessions)
    };
    let open = listed(Revocations::default());
    let session = assumed(&open, &keys::nobody(), "team").await;
    assert_eq!(get(&open, &session, "team/a").await, "200");
    let id = SessionId::of_key_id(&session.key_id).unwrap();
    let nobody = keys::nobody().key_id;
    for list in [
        Revocations { sessions: [id].into(), ..Revocations::default() },
        Revocations { roles: [("team".into(), at(NOW + 1))].into(), ..Revocations::default() },
        Revocations { keys: [(nobody.into(), at(NOW + 1))].into(), ..Revocations::default() },
        Revocations { all: Some(at(NOW + 1)), ..Revocations::default() },
    ] {
        let world = listed(list);
        assert_eq!(get(&world, &session, "team/a").await, "400 InvalidToken");
        let chained = world.send(call(&session, &format!("{ASSUME}chained"))).await;
        assert_eq!(brief(&chained), "403 InvalidClientTokenId");
        assert_eq!(get(&world, &keys::full(), "secret").await, "200");
    }
    let late = Ask::new("GET", "/private/team/a").sign(&session.clone().at(NOW + 61));
    let answer = open.send_at(late.request(), arrival_at(NOW + 61)).await;
    assert_eq!(brief(&answer), "503 ServiceUnavailable");
}

#[tokio::test]
async fn what_came_of_a_session_that_is_revoked_is_revoked_with_it() {
    let at = Timestamp::from_unix;
    let stores = World::stores().await;
    let listed = |list: Revocations| {
        let revocations = RevocationList::new(60);
        revocations.replace(list, at(NOW));
        let sessions = Sessions { revocations: Some(revocations), ..sessions(&[KEY]) };
        let key = Assumer::Key(keys::full().key_id.into());
        let third = grants(&[("private", "", "read")]);
        let third =
            role("third", &[Assumer::Role("chained".into()), Assumer::Role("third".into()), key], third);
        World::issuing(stores.clone(), ledger().role(third), sessions)
    };
    let open = listed(Revocations::default());
    let ask = async |by: &Signer, parameters: &str, seed: u8| {
        let arrival = Arrival { seed: [seed; 32], ..arrival_at(NOW) };
        open.send_at(call(by, parameters).request(), arrival).await
    };
    let assume = async |by: &Signer, role: &str, seed: u8| {
        credentials(&ask(by, &format!("{ASSUME}{role}"), seed).await)
    };
    let team = assume(&keys::nobody(), "team", 1).await;
    let chained = assume(&team, "chained", 2).await;
    let third = assume(&chained, "third", 3).await;
    let of_key = credentials(&ask(&keys::full(), "Action=GetSessionToken", 4).await);
    let other = assume(&of_key, "third", 5).await;
    for session in [&third, &other] {
        assert_eq!(get(&open, session, "secret").await, "200");
    }
    let id = |signer: &Signer| SessionId::of_key_id(&signer.key_id).unwrap();
    let one = |signer: &Signer| Revocations { sessions: [id(signer)].into(), ..Revocations::default() };
    let whole =
        |role: &str| Revocations { roles: [(role.into(), at(NOW + 1))].into(), ..Revocations::default() };
    for (list, ends) in [
        (one(&team), &third),
        (one(&chained), &third),
        (one(&of_key), &other),
        (whole("team"), &third),
        (whole("chained"), &third),
    ] {
        let world = listed(list.clone());
        for session in [&third, &other] {
            let expect = if session.key_id == ends.key_id { "400 InvalidToken" } else { "200" };
            assert_eq!(get(&world, session, "secret").await, expect, "{list:?}");
        }
    }
    // A chain has an end, lest a token outgrow the header that carries it.
    let mut last = third;
    for seed in 10..15 {
        last = assume(&last, "third", seed).await;
    }
    assert_eq!(brief(&ask(&last, &format!("{ASSUME}third"), 20).await), "403 AccessDenied");
}

#[tokio::test]
async fn a_page_may_ask_sts() {
    let world = world(sessions(&[KEY])).await;
    let preflight = Ask::new("OPTIONS", "/")
        .header("origin", "https://a.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,x-amz-date");
    let answer = world.send(preflight).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, "*"));
    assert_eq!(answer.header("access-control-allow-headers"), "authorization,x-amz-date");
    let answer = world.send(form("Action=GetCallerIdentity").header("origin", "https://a.example")).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (403, "*"));
    assert_eq!(answer.header("access-control-allow-credentials"), "");
}

#[tokio::test]
async fn answers_are_whole_documents() {
    let world = world(sessions(&[KEY])).await;
    for parameters in
        [&format!("{ASSUME}team"), "Action=GetSessionToken", "Action=GetCallerIdentity", "Action=x"]
    {
        let answer = world.send(call(&keys::nobody(), parameters)).await;
        assert!(xml::holds(&answer.body, "RequestId").unwrap(), "{answer:?}");
        assert_eq!(answer.header("content-type"), "text/xml");
    }
    let large = world.send(form(&"a".repeat(70_000))).await;
    assert_eq!(brief(&large), "413 RequestEntityTooLarge");
}
