//! A copy between two stores: the source's bytes become the destination's as they come.

use brigade_s3::{Arrival, Outbound, Refused, Relay, S3Error, Source, Upload};
use bytes::Bytes;
use http::{Request, Response};

use crate::gateway::{Gateway, not_sent};
use crate::{Body as _, BodyError, Registry, SendError, Signatures, Upstream};

impl<U: Upstream, R: Registry, S: Signatures> Gateway<U, R, S> {
    /// Reads, and writes what is read.
    pub(crate) async fn relay(
        &self,
        mut relay: Relay,
        arrival: Arrival,
    ) -> Result<Response<U::Body>, S3Error> {
        if let Some(question) = relay.upload()? {
            relay.take_upload(self.ask(question, arrival).await)?;
        }
        let read = relay.read()?;
        let loan = self.lend(read.auth(), arrival).await?;
        let (Outbound { head, .. }, _) = read.sign(&loan.lent, arrival.at, &self.keys)?;
        let nothing = U::Body::from(Bytes::new());
        let answer = self.upstream.send(Request::from_parts(head, nothing)).await.map_err(not_sent)?;
        let (head, bytes) = answer.into_parts();
        let mut fetched = match relay.heard(head)? {
            Source::Found(fetched) => *fetched,
            Source::Refused(refused) => {
                let words = bytes.collect(Refused::LIMIT).await.unwrap_or_default();
                return loan.back(Err(refused.error(&words)), arrival.at);
            }
        };
        if let Some(question) = fetched.tags()? {
            fetched.take_tags(self.ask(question, arrival).await)?;
        }
        let write = fetched.write(arrival.at)?;
        let loan = self.lend(write.auth(), arrival).await?;
        let (Outbound { head, upload }, inbound) = write.sign(&loan.lent, arrival.at, &self.keys)?;
        let bytes = match upload {
            Upload::AsIs => bytes,
            Upload::Decode(decoder) => bytes.decode(*decoder),
            Upload::Replace(bytes) => bytes.into(),
        };
        let answer = self.upstream.send(Request::from_parts(head, bytes)).await.map_err(|why| match why {
            // The body is the source's, not the client's.
            SendError::Body(BodyError::TooLarge | BodyError::Cut | BodyError::Stalled) => {
                not_sent(SendError::Reset("the source of the copy ended before its end".to_owned()))
            }
            why @ (SendError::Connect(_)
            | SendError::Reset(_)
            | SendError::TimedOut
            | SendError::Unsendable(_)) => not_sent(why),
        })?;
        loan.back(self.deliver(inbound, answer).await, arrival.at)
    }
}
