//! Exchanges over real sockets: an STS that is slow, breaks off, or keeps connections that it has closed.

use std::time::Duration;

use brigade_server::Limits;
use tokio::time::timeout;

use crate::support::client::ask;
use crate::support::faulty::{Act, Faulty, ok};
use crate::support::{Brigade, HUNG};

const OPEN: &str = "GET /open/k HTTP/1.1\r\nHost: a\r\n\r\n";

/// A new key, as `brigade keygen --federation` prints one.
fn key() -> String {
    let made = std::process::Command::new(env!("CARGO_BIN_EXE_brigade"));
    let made = { made }.args(["keygen", "--federation", "es256"]).output().unwrap();
    String::from_utf8(made.stdout).unwrap()
}

async fn brigade(store: &Faulty, sts: &Faulty, limits: Limits) -> Brigade {
    let text = format!(
        r#"
        [federation]
        issuer = "https://s3.example.org"
        keys = ['''{}''']
        [backends.far]
        type = "s3"
        endpoint = "http://{}"
        auth = {{ role = "arn:aws:iam::123456789012:role/data", sts_endpoint = "http://{}/sts" }}
        [buckets.open]
        backend = "far"
        public = ["read", "list"]
        "#,
        key(),
        store.address,
        sts.address
    );
    Brigade::configured(&text, limits, None).await
}

fn granted() -> Vec<u8> {
    let document = "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAGIVEN</AccessKeyId>\
         <SecretAccessKey>s3cr3t</SecretAccessKey><SessionToken>token-of-it</SessionToken>\
         <Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>";
    ok(document)
}

#[tokio::test]
async fn a_store_is_asked_with_what_its_sts_gave() {
    let (mut store, mut sts) =
        (Faulty::start(&[Act::Answer(ok("kept"))]).await, Faulty::start(&[Act::Answer(granted())]).await);
    let brigade = brigade(&store, &sts, Limits::default()).await;
    for _ in 0..3 {
        let answer = ask(brigade.address, OPEN).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, "kept"), "{answer:?}");
        let head = store.next().await.head;
        assert!(
            head.contains("Credential=ASIAGIVEN/") && head.contains("x-amz-security-token: token-of-it"),
            "{head}"
        );
    }
    let asked = sts.next().await;
    assert!(asked.head.starts_with("POST /sts/ HTTP/1.1\r\n"), "{}", asked.head);
    assert!(asked.head.contains(&format!("host: {}\r\n", sts.address)), "{}", asked.head);
    let body = String::from_utf8(asked.body).unwrap();
    assert!(body.contains("&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fdata&"), "{body}");
    assert_eq!(sts.waiting(), 0, "one exchange for three requests");
    // What the clouds read is served beside.
    let document = ask(brigade.address, "GET /.well-known/jwks.json HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!((document.status, document.header("content-type")), (200, Some("application/json")));
    let head = "HEAD /.well-known/jwks.json HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let mut raw = crate::support::client::Raw::to(brigade.address).await;
    raw.send(head).await;
    let answer = raw.answer_to("HEAD").await.unwrap();
    assert_eq!(answer.header("content-length"), Some(document.body.len().to_string().as_str()));
}

/// In production an STS that stalled held requests until the platform killed them with a page that no SDK reads (D#172).
#[tokio::test]
async fn d172_an_sts_that_stalls_ends_in_a_503_within_its_own_bound() {
    let store = Faulty::start(&[Act::Answer(ok("kept"))]).await;
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n<AssumeRole".to_vec();
    for act in [Act::Stall(Vec::new()), Act::Stall(half), Act::Ignore(Vec::new())] {
        let sts = Faulty::start(&[act]).await;
        let limits = Limits { exchange: Duration::from_millis(300), ..Limits::default() };
        let brigade = brigade(&store, &sts, limits).await;
        // The store's own bound is a hundred seconds.
        let answer = timeout(HUNG, ask(brigade.address, OPEN)).await.expect("it ends");
        assert_eq!((answer.status, answer.code().as_str()), (503, "ServiceUnavailable"));
        assert!(answer.text().contains("AssumeRoleWithWebIdentity is unavailable: NoAnswer"), "{answer:?}");
        assert!(answer.header("retry-after").is_some());
    }
    assert_eq!(store.waiting(), 0);
}

/// Many threads, one lease: nobody hangs, and what is asked for is bounded.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_burst_of_requests_with_nothing_held_is_answered() {
    let (store, sts) =
        (Faulty::start(&[Act::Answer(ok("kept"))]).await, Faulty::start(&[Act::Answer(granted())]).await);
    let brigade = brigade(&store, &sts, Limits::default()).await;
    let address = brigade.address;
    let burst: Vec<_> =
        (0..100).map(|_| tokio::spawn(async move { ask(address, OPEN).await.status })).collect();
    let mut kept = 0;
    for one in burst {
        match timeout(HUNG, one).await.expect("nobody hangs").unwrap() {
            200 => kept += 1,
            status => assert_eq!(status, 503),
        }
    }
    assert!(kept >= 32, "{kept}");
    assert!((1..=32).contains(&sts.waiting()), "{}", sts.waiting());
    assert_eq!(ask(address, OPEN).await.status, 200);
}

#[tokio::test]
async fn an_exchange_whose_connection_dies_is_asked_for_once_more() {
    let store = Faulty::start(&[Act::Answer(ok("kept"))]).await;
    for death in [
        Act::Close(Vec::new()),
        Act::Reset(Vec::new()),
        Act::Close(b"HTTP/1.1 200 OK\r\ncontent-le".to_vec()),
    ] {
        let sts = Faulty::start(&[death, Act::Answer(granted())]).await;
        let brigade = brigade(&store, &sts, Limits::default()).await;
        assert_eq!(ask(brigade.address, OPEN).await.status, 200);
    }
    let sts = Faulty::start(&[Act::Close(Vec::new())]).await;
    let brigade = brigade(&store, &sts, Limits::default()).await;
    assert_eq!(ask(brigade.address, OPEN).await.status, 503);
    assert_eq!(sts.waiting(), 2, "twice, and no more");
}

#[tokio::test]
async fn a_refusal_of_the_sts_is_in_the_log_with_its_words_and_with_its_code_alone_to_the_client() {
    let store = Faulty::start(&[Act::Answer(ok("kept"))]).await;
    let document = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not authorized to perform it on arn:aws:iam::123456789012:role/data\
                    </Message></Error></ErrorResponse>";
    let refusal = format!("HTTP/1.1 403 Forbidden\r\ncontent-length: {}\r\n\r\n{document}", document.len());
    let sts = Faulty::start(&[Act::Answer(refusal.into_bytes())]).await;
    let mut brigade = brigade(&store, &sts, Limits::default()).await;
    let answer = ask(brigade.address, OPEN).await;
    assert_eq!((answer.status, answer.code().as_str()), (502, "BackendAuthenticationFailed"));
    assert!(answer.text().contains("AssumeRoleWithWebIdentity was refused: AccessDenied"), "{answer:?}");
    assert!(!answer.text().contains("arn:"), "{answer:?}");
    let line = brigade.line().await.to_string();
    assert!(line.contains("Not authorized to perform it"), "{line}");
    assert!(!line.contains("eyJ"), "no token is in the log: {line}");
}

/// Runs `brigade check` on a configuration with this key of the issuer's.
fn checked(pem: &str) -> (bool, String) {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("federation.pem"), pem).unwrap();
    let config = "[federation]\nissuer = \"https://s3.example.org\"\nkeys = [\"${file:federation.pem}\"]\n";
    std::fs::write(home.path().join("brigade.toml"), config).unwrap();
    let brigade = std::process::Command::new(env!("CARGO_BIN_EXE_brigade"));
    let done =
        { brigade }.args(["check", "--config", "brigade.toml"]).current_dir(home.path()).output().unwrap();
    (done.status.success(), String::from_utf8([done.stdout, done.stderr].concat()).unwrap())
}

#[test]
fn a_key_that_does_not_sign_what_it_publishes_is_found_before_anybody_trusts_it() {
    assert!(checked(&key()).0);
    let [one, other] = [key(), key()].map(|pem| {
        let lines: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        base64::Engine::decode(&base64::engine::general_purpose::STANDARD, lines).unwrap()
    });
    // The private half of one, the public half of the other: the last 64 bytes of the document.
    let at = one.len() - 64;
    let mixed = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        [&one[..at], &other[at..]].concat(),
    );
    let (good, said) = checked(&format!("-----BEGIN PRIVATE KEY-----\n{mixed}\n-----END PRIVATE KEY-----\n"));
    assert!(!good && said.starts_with("brigade.toml: federation.keys[0]: "), "{said}");
    assert!(!said.contains(&mixed[..40]), "{said}");
}
