//! An exchange: an assertion goes in, credentials come out. Requests and answers only; a runtime sends.

use brigade_sigv4::Timestamp;
use bytes::Bytes;
use http::{Request, Response};
use zeroize::Zeroizing;

use super::Assertion;

/// One cloud's way of giving credentials for an assertion.
pub trait Exchange {
    /// What it gives.
    type Granted;

    /// Whom the assertion is about and for.
    fn party(&self) -> Party<'_>;

    /// What the first step is called by who documents it; clients are told so.
    fn name(&self) -> &'static str;

    /// The first request.
    fn ask(&self, assertion: &Assertion) -> Request<Bytes>;

    /// Reads the answer to a step's request.
    ///
    /// # Errors
    /// [`ExchangeError`]: what the cloud said, or that it made no sense.
    fn hear(
        &self,
        step: Step,
        answer: &Response<Bytes>,
        now: Timestamp,
    ) -> Result<Heard<Self::Granted>, ExchangeError>;
}

/// Whom an assertion is about, and for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Party<'a> {
    /// What stands in `sub`.
    pub subject: &'a str,
    /// What stands in `aud`.
    pub audience: &'a str,
}

/// Which request of an exchange was answered; none has more than two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The one that carries the assertion.
    First,
    /// The one that the first answer asked for.
    Second,
}

/// What an answer means.
#[allow(missing_debug_implementations, reason = "it holds secrets")]
pub enum Heard<G> {
    /// Another request must be sent.
    Ask(Box<Request<Bytes>>),
    /// Credentials.
    Granted(Grant<G>),
}

/// Credentials, and until when.
#[derive(Clone)]
#[allow(missing_debug_implementations, reason = "it holds secrets")]
pub struct Grant<G> {
    /// The credentials.
    pub granted: G,
    /// When they end.
    pub expires: Timestamp,
}

/// A token that opens a store to whoever has it.
#[derive(Clone)]
#[allow(missing_debug_implementations, reason = "a secret has no Debug")]
pub struct BearerToken(Zeroizing<String>);

impl BearerToken {
    /// Takes the token over; `None` when it cannot stand in a header.
    #[must_use]
    pub fn new(token: String) -> Option<Self> {
        let token = Zeroizing::new(token);
        (!token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic())).then(|| Self(token))
    }

    /// The token, for the store it is for. Do not log it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Why an exchange gave nothing.
///
/// `exchange` and `code` may be told to clients; everything else is for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// It said no, and would say so again.
    #[error("{exchange} was refused: {code}: {words}")]
    Refused {
        /// What was asked.
        exchange: &'static str,
        /// The cloud's code: letters, digits, `-`, `_`, `.`, at most 64 of them.
        code: Box<str>,
        /// What it said besides.
        words: Box<str>,
    },
    /// It could not be asked, or cannot say now.
    #[error("{exchange} is unavailable: {code}: {words}")]
    Unavailable {
        /// What was asked.
        exchange: &'static str,
        /// The cloud's code, or a word of ours.
        code: Box<str>,
        /// What it said besides.
        words: Box<str>,
    },
    /// Its answer is none that it is documented to give.
    #[error("{exchange} gave an answer that cannot be read: {why}")]
    Unreadable {
        /// What was asked.
        exchange: &'static str,
        /// What is wrong with the answer.
        why: &'static str,
    },
    /// Nothing could be asked: the gateway itself lacks something.
    #[error("{exchange} cannot be asked: {why}")]
    Unable {
        /// What was to be asked.
        exchange: &'static str,
        /// What is missing.
        why: Box<str>,
    },
}

/// How much of a cloud's words the log keeps, in characters.
const WORDS: usize = 512;

impl ExchangeError {
    /// What a cloud said in an answer of this status: whether it may be asked again follows from it.
    pub(super) fn said(exchange: &'static str, status: u16, code: &str, words: &str) -> Self {
        let again = matches!(status, 408 | 425 | 429 | 500..)
            || matches!(
                code,
                "Throttling" | "ThrottlingException" | "RequestLimitExceeded" | "TooManyRequests"
                    // The cloud could not read our keys: it will, once they can be reached.
                    | "IDPCommunicationError" | "temporarily_unavailable" | "RESOURCE_EXHAUSTED" | "UNAVAILABLE"
            );
        let code = tellable(code);
        let words = loggable(words);
        if again {
            Self::Unavailable { exchange, code, words }
        } else {
            Self::Refused { exchange, code, words }
        }
    }

    /// The cloud was not reached, or did not answer.
    #[must_use]
    pub fn unreachable(exchange: &'static str, why: &str) -> Self {
        Self::Unavailable { exchange, code: "NoAnswer".into(), words: why.into() }
    }
}

/// A cloud's words as the log may have them: some quote what they were sent, and an assertion begins like any JWT.
fn loggable(words: &str) -> Box<str> {
    let words: Vec<_> =
        words.split_whitespace().map(|word| if word.contains("eyJ") { "(a token)" } else { word }).collect();
    words.join(" ").chars().filter(|c| !c.is_control()).take(WORDS).collect::<String>().into()
}

/// A code as clients may see it: nothing of a cloud's prose.
fn tellable(code: &str) -> Box<str> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if (1..=64).contains(&code.len()) && code.bytes().all(plain) { code.into() } else { "unnamed".into() }
}
