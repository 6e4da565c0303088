//! The line of an upload form, whose sender and key stand in its body.

use brigade_s3::{Arrival, Code, FormReader, Plan, PostFile, PostForm, PostRequest, S3Error};
use http::{Response, request};

use crate::gateway::client_body;
use crate::{Body, Gateway, Record, Registry, Signatures, Upstream};

impl<U: Upstream, R: Registry, S: Signatures> Gateway<U, R, S> {
    /// Serves a form: its fields are read, at most 20 KiB; whoever signed them is found, and what they may do; and only then is
    /// the file read, and sent on as any upload is.
    pub(crate) async fn post(
        &self,
        request: PostRequest,
        client: &request::Parts,
        body: U::Body,
        arrival: Arrival,
        record: &mut Record,
    ) -> Result<Response<U::Body>, S3Error> {
        let (form, body) = peel(body, request.reader()).await?;
        let (caller, proof) = self.authenticate(form.presented()?, client, arrival).await?;
        record.caller = Some(caller.shared_name());
        self.admit(&caller, arrival).await?;
        let upload = request.upload(&form, proof.as_ref(), client, arrival.at)?;
        record.key = Some(upload.key().clone());
        let permit = self.permit(&caller, upload.request()?, upload.head(), arrival).await?;
        let (payload, body, verdict) = match upload.file() {
            PostFile::Whole { limit } => {
                let rest = body.collect(limit).await.map_err(client_body)?;
                let (payload, file) = upload.whole(&rest)?;
                (payload, file.into(), None)
            }
            PostFile::Streamed(payload, decoder) => {
                let verdict = decoder.verdict();
                (payload, body.decode(decoder), Some(verdict))
            }
        };
        let plan = permit.carrying(payload).plan(upload.head(), None, &[], &self.settings.region)?;
        let Plan::Forward(forward) = plan else { return Err(S3Error::new(Code::InternalError)) };
        let answer = self.forward(forward, body, verdict, arrival).await?;
        if !answer.status().is_success() {
            return Err(S3Error::new(Code::BackendError)
                .because(format!("the store answered an upload with {}", answer.status().as_u16())));
        }
        Ok(upload.answer(answer.into_parts().0).map(U::Body::from))
    }
}

/// Reads a body up to where a form's file begins.
async fn peel<B: Body>(mut body: B, mut reader: FormReader) -> Result<(PostForm, B), S3Error> {
    while let Some(bytes) = body.next().await.map_err(client_body)? {
        if let Some((form, rest)) = reader.push(bytes)? {
            let body = if rest.is_empty() { body } else { body.behind(rest) };
            return Ok((form, body));
        }
    }
    Err(reader.finish().into())
}
