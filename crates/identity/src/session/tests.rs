//! What opens, what does not, and how long tokens are.

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use brigade_sigv4::Timestamp;
use proptest::prelude::*;

use super::*;

pub(crate) fn key(seed: u8) -> String {
    BASE64_STANDARD
        .encode(std::array::from_fn::<u8, 32, _>(|place| seed.wrapping_add(u8::try_from(place).unwrap())))
}

fn keys(seeds: &[u8]) -> SealingKeys {
    SealingKeys::new("here", seeds.iter().map(|seed| key(*seed))).unwrap()
}

pub(crate) fn session() -> Session {
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
        issued: Timestamp::from_unix(1_000_000),
        expires: Timestamp::from_unix(1_003_600),
        claims: vec![("repository".to_owned(), vec!["org/app".to_owned()])],
        policy: None,
        through: Vec::new(),
    }
}

#[test]
fn every_kind_of_session_comes_back_as_it_was() {
    let origins = [
        Origin::WebIdentity { issuer: "https://i".into(), subject: "s".into() },
        Origin::Key { key_id: "AKID".into() },
    ];
    let mut holders = vec![
        session().holder,
        Holder::Key { key_id: "AKIDEXAMPLE".into() },
        Holder::Role { role: "r".into(), name: "n".into(), by: Source::Key { key_id: "AKID".into() } },
    ];
    holders.extend(origins.map(|origin| Holder::Role {
        role: "r".into(),
        name: "n".into(),
        by: Source::Role { role: "q".into(), name: "m".into(), origin: Box::new(origin) },
    }));
    for holder in holders {
        let through = [None, Some("q".into())].map(|role| Through { id: SessionId::new([7; 10]), role });
        let policy = Some("{\"é\":\"\u{1}\"}".into());
        let session = Session { holder, policy, through: through.into(), ..session() };
        let issued = keys(&[1]).seal(&session, [7; 12]).unwrap().unwrap();
        let (opened, secret) = keys(&[1]).open(&issued.token, &issued.key_id).unwrap();
        assert_eq!(opened, session);
        assert_eq!(secret.expose(), issued.secret.expose());
        assert_eq!(secret.expose().len(), 40);
    }
}

#[test]
fn r_cry_03_keys_rotate_with_overlap_and_a_token_is_bound_to_its_deployment() {
    let old = keys(&[1]).seal(&session(), [7; 12]).unwrap().unwrap();
    let both = keys(&[2, 1]);
    let (_, secret) = both.open(&old.token, &old.key_id).unwrap();
    assert_eq!(secret.expose(), old.secret.expose(), "nobody is logged out by a new key");
    let new = both.seal(&session(), [7; 12]).unwrap().unwrap();
    assert_eq!(keys(&[1]).open(&new.token, &new.key_id).map(drop).unwrap_err(), SessionError::UnknownKey);
    assert_eq!(keys(&[2]).open(&old.token, &old.key_id).map(drop).unwrap_err(), SessionError::UnknownKey);
    let there = SealingKeys::new("there", [key(1)]).unwrap();
    assert_eq!(there.open(&old.token, &old.key_id).map(drop).unwrap_err(), SessionError::Forged);
    assert_ne!(there.seal(&session(), [7; 12]).unwrap().unwrap().secret.expose(), old.secret.expose());
    assert!(keys(&[]).seal(&session(), [7; 12]).unwrap().is_none());
}

#[test]
fn r_tok_02_a_token_opens_only_with_its_own_key_id() {
    let keys = keys(&[1]);
    let one = keys.seal(&session(), [7; 12]).unwrap().unwrap();
    let two = Session { id: SessionId::new(*b"9876543210"), ..session() };
    let two = keys.seal(&two, [8; 12]).unwrap().unwrap();
    assert_eq!(keys.open(&one.token, &two.key_id).map(drop).unwrap_err(), SessionError::OtherKeyId);
    assert_ne!(one.secret.expose(), two.secret.expose());
}

#[test]
fn texts_that_are_no_tokens() {
    let keys = keys(&[1]);
    let good = keys.seal(&session(), [7; 12]).unwrap().unwrap();
    for token in ["", "a", "AQ", "====", "FwoGZXIvYXdzE", &"A".repeat(100), &"A".repeat(10_000)] {
        assert!(keys.open(token, &good.key_id).is_err(), "{token}");
    }
    for change in [format!("{}A", good.token), format!(" {}", good.token), format!("{}=", good.token)] {
        assert!(keys.open(&change, &good.key_id).is_err());
    }
}

#[test]
fn keys_that_are_none() {
    for (texts, expect) in [
        (vec!["".to_owned()], (0, SealingKeyError::Malformed)),
        (vec![key(1), "AAAA".to_owned()], (1, SealingKeyError::Malformed)),
        (vec![BASE64_STANDARD.encode([0; 32])], (0, SealingKeyError::Weak)),
        (vec![key(1), key(2), key(1)], (2, SealingKeyError::Repeated)),
    ] {
        assert_eq!(SealingKeys::new("here", texts).unwrap_err(), expect);
    }
}

#[test]
fn a_session_is_small_and_one_that_is_not_is_refused() {
    let issued = keys(&[1]).seal(&session(), [7; 12]).unwrap().unwrap();
    assert!(issued.token.len() < 400, "{}", issued.token.len());
    let large = Session { policy: Some("x".repeat(5000).into()), ..session() };
    assert!(keys(&[1]).seal(&large, [7; 12]).is_err());
    let policy = Session { policy: Some("x".repeat(2048).into()), ..session() };
    let issued = keys(&[1]).seal(&policy, [7; 12]).unwrap().unwrap();
    assert!(keys(&[1]).open(&issued.token, &issued.key_id).is_ok());
}

#[test]
fn nothing_of_a_token_can_be_read_or_printed() {
    let keys = keys(&[1]);
    let issued = keys.seal(&session(), [7; 12]).unwrap().unwrap();
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(&issued.token).unwrap();
    for word in ["github", "org/app", "build-7"] {
        assert!(!bytes.windows(word.len()).any(|part| part == word.as_bytes()), "{word}");
    }
    assert!(!format!("{keys:?}").contains(&key(1)));
}

proptest! {
    /// Whatever bit of a token is changed, wherever it is cut: it does not open (R-TOK-01).
    #[test]
    fn r_tok_01_no_changed_token_opens(place in 0_usize..10_000, bit in 0_u8..8, cut in any::<bool>()) {
        let keys = keys(&[1, 2]);
        let issued = keys.seal(&session(), [7; 12]).unwrap().unwrap();
        let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(&issued.token).unwrap();
        let place = place % bytes.len();
        if cut { bytes.truncate(place) } else { bytes[place] ^= 1 << bit }
        prop_assert!(keys.open(&BASE64_URL_SAFE_NO_PAD.encode(bytes), &issued.key_id).is_err());
    }

    /// Two sealings under different nonces have nothing in common to tell a session by (R-TOK-04).
    #[test]
    fn r_tok_04_another_nonce_is_another_token(one in any::<[u8; 12]>(), two in any::<[u8; 12]>()) {
        prop_assume!(one != two);
        let keys = keys(&[1]);
        let seal = |nonce| keys.seal(&session(), nonce).unwrap().unwrap().token;
        let decode = |token: String| BASE64_URL_SAFE_NO_PAD.decode(token).unwrap()[17..].to_vec();
        prop_assert_ne!(decode(seal(one)), decode(seal(two)));
    }
}
