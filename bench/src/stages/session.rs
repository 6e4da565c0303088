//! Sessions: opening a token, and verifying a request that is signed with what it gives.

use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use brigade_identity::{Holder, SealingKeys, Session, SessionId, Source};
use brigade_sigv4::{ContentSha256, Credentials, Presented, SigningKeys, Timestamp, Wire, sign};

use crate::stage::Stage;

const NOW: u64 = 1_795_176_000;

fn session() -> Session {
    Session {
        id: SessionId::new(*b"0123456789"),
        holder: Holder::Role {
            role: "github".into(),
            name: "build-7".into(),
            by: Source::WebIdentity {
                issuer: "https://token.actions.githubusercontent.com".into(),
                subject: "repo:org/app:ref:refs/heads/main".into(),
            },
        },
        issued: Timestamp::from_unix(NOW),
        expires: Timestamp::from_unix(NOW + 3600),
        claims: vec![("repository".to_owned(), vec!["org/app".to_owned()])],
        policy: None,
        through: Vec::new(),
    }
}

pub(crate) fn stages() -> Vec<Stage> {
    let key = BASE64_STANDARD.encode(std::array::from_fn::<u8, 32, _>(|place| u8::try_from(place).unwrap()));
    let keys = Arc::new(SealingKeys::new("bench", [key]).unwrap());
    let issued = keys.seal(&session(), [7; 12]).unwrap().unwrap();
    let credentials = Credentials {
        key_id: issued.key_id.as_str().into(),
        secret: issued.secret,
        session_token: Some(issued.token.as_str().into()),
    };
    let now = Timestamp::from_unix(NOW);
    let signing = Arc::new(SigningKeys::default());
    let (mut head, ()) = http::Request::get("http://s3.example.org/artifacts/org/app/build.zip")
        .body(())
        .unwrap()
        .into_parts();
    sign(&mut head, ContentSha256::EMPTY, &credentials, "us-east-1", "s3", now, &signing).unwrap();
    let head = Arc::new(head);

    let open = {
        let (keys, token, key_id) = (Arc::clone(&keys), issued.token, issued.key_id);
        move || keys.open(&token, &key_id).map(|(session, _)| session).unwrap()
    };
    let whole = {
        let (keys, signing, head) = (Arc::clone(&keys), Arc::clone(&signing), Arc::clone(&head));
        move || {
            let wire = Wire::from(&*head);
            let presented = Presented::read(&wire).unwrap().unwrap();
            let token = presented.session_token().unwrap();
            let (session, secret) = keys.open(token, presented.key_id()).unwrap();
            let proof = presented.verify(&wire, &secret, "us-east-1", now, &signing).unwrap();
            (session, proof)
        }
    };
    let plain = {
        let (signing, head, secret) = (signing, head, credentials.secret);
        move || {
            let wire = Wire::from(&*head);
            let presented = Presented::read(&wire).unwrap().unwrap();
            presented.verify(&wire, &secret, "us-east-1", now, &signing).unwrap()
        }
    };
    let seal = move || keys.seal(&session(), [7; 12]).unwrap().map(|issued| issued.token);
    vec![
        Stage::new("session: seal a token", seal),
        Stage::new("session: open a token", open),
        Stage::new("request: read and verify, secret at hand", plain),
        Stage::new("request: read, open its session and verify", whole),
    ]
}
