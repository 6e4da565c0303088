//! Runs an exchange: signs an assertion, sends what the exchange asks for, and gives it the answers.

use brigade_identity::federation::{Exchange, ExchangeError, Federation, Grant, Heard, Step};
use brigade_s3::Arrival;
use bytes::Bytes;
use http::{Request, Response};

use crate::{Body as _, SendError, Signatures, Upstream};

/// How much of an answer in an exchange is read, in bytes: session tokens have some kilobytes, and no bound that is documented.
pub const EXCHANGE_LIMIT: usize = 64 << 10;

/// Exchanges an assertion of the federation's for credentials: one request, or two.
///
/// # Errors
/// [`ExchangeError`]: what the other side said, or why it could not be asked.
pub async fn exchange<U: Upstream, S: Signatures, E: Exchange>(
    upstream: &U,
    signatures: &S,
    federation: &Federation,
    exchange: &E,
    arrival: Arrival,
) -> Result<Grant<E::Granted>, ExchangeError> {
    let name = exchange.name();
    let draft = federation.assertion(&exchange.party(), arrival.at, &arrival.seed);
    let signature = signatures.sign(draft.key(), draft.input()).await;
    let signature =
        signature.map_err(|why| ExchangeError::Unable { exchange: name, why: why.to_string().into() })?;
    let mut request = exchange.ask(&draft.signed(&signature));
    for step in [Step::First, Step::Second] {
        let answer = upstream.exchange(request).await;
        let answer = answer.map_err(|why| ExchangeError::unreachable(name, &why.to_string()))?;
        match exchange.hear(step, &answer, arrival.at)? {
            Heard::Ask(next) => request = *next,
            Heard::Granted(grant) => return Ok(grant),
        }
    }
    Err(ExchangeError::Unreadable { exchange: name, why: "it never came to an end" })
}

/// [`Upstream::exchange`] by way of [`Upstream::send`].
///
/// # Errors
/// As those.
pub async fn exchange_by_sending<U: Upstream + ?Sized>(
    upstream: &U,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, SendError> {
    let (head, body) = upstream.send(request.map(U::Body::from)).await?.into_parts();
    let body = body.collect(EXCHANGE_LIMIT).await;
    let body = body.map_err(|why| SendError::Reset(format!("its answer cannot be read: {why}")))?;
    Ok(Response::from_parts(head, body))
}
