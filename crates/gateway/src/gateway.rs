//! The straight line: one request in, one reply out.

use std::sync::Arc;

use brigade_identity::federation::Federation;
use brigade_s3::{
    Addressing, Arrival, BucketRequest, BucketsQuery, Caller, Code, Cors, Delivery, Forward, Heard, Inbound,
    Inquiry, Operation, Outbound, Permit, Plan, Question, Reading, S3Error, S3Request, Scout, Upload,
    authorize, refuses_credentials,
};
use brigade_sigv4::{Decoder, Refusal, SigningKeys, Verdict};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, header, request};

use crate::credentials::Leases;
use crate::{
    Body, BodyError, Buckets, NoSignatures, Record, Registry, RegistryError, Reply, SendError, Sessions,
    Signatures, Upstream, WebIdentities, sts,
};

/// What a gateway is told once.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How buckets are found in requests.
    pub addressing: Addressing,
    /// The region clients sign for.
    pub region: Arc<str>,
    /// What sessions are made with.
    pub sessions: Arc<Sessions>,
}

/// Brigade without a runtime. One per process or thread; it is shared by reference and holds no request's state.
#[derive(Debug)]
pub struct Gateway<U, R, S = NoSignatures> {
    pub(crate) upstream: U,
    pub(crate) registry: R,
    pub(crate) signatures: S,
    pub(crate) web_identities: WebIdentities,
    pub(crate) federation: Option<Arc<Federation>>,
    pub(crate) leases: Leases,
    pub(crate) settings: Settings,
    pub(crate) keys: SigningKeys,
}

/// How far a request has come without a store.
#[allow(clippy::large_enum_variant, reason = "one per request, moved once: cheaper than a box")]
enum Planned<B> {
    /// To its answer.
    Answered(Response<B>),
    /// To what is to be done next, with what is left of its body.
    Next(Plan, B),
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");

impl<U: Upstream, R: Registry> Gateway<U, R> {
    /// A gateway to the stores that `upstream` reaches, for the keys and buckets of `registry`.
    #[must_use]
    pub fn new(upstream: U, registry: R, settings: Settings) -> Self {
        Self {
            upstream,
            registry,
            signatures: NoSignatures,
            web_identities: WebIdentities::default(),
            federation: None,
            leases: Leases::default(),
            settings,
            keys: SigningKeys::default(),
        }
    }
}

impl<U: Upstream, R: Registry, S: Signatures> Gateway<U, R, S> {
    /// The same gateway with a runtime's signatures.
    #[must_use]
    pub fn with_signatures<T: Signatures>(self, signatures: T) -> Gateway<U, R, T> {
        let Self { upstream, registry, web_identities, federation, leases, settings, keys, signatures: _ } =
            self;
        Gateway { upstream, registry, signatures, web_identities, federation, leases, settings, keys }
    }

    /// The same gateway as an issuer of assertions, for the stores that it is known to by a role.
    #[must_use]
    pub fn with_federation(mut self, federation: Federation) -> Self {
        self.federation = Some(Arc::new(federation));
        self
    }

    /// Serves one request. This never fails: what goes wrong is an S3 error in the reply.
    pub async fn handle(&self, request: Request<U::Body>, arrival: Arrival) -> Reply<U::Body> {
        let mut record = Record::default();
        let response = self.handle_noting(request, arrival, &mut record).await;
        Reply { response, record }
    }

    /// The same, with a record that its caller holds: of a request whose future is dropped, as when its client leaves or the
    /// server stops, it says what was known by then.
    pub async fn handle_noting(
        &self,
        request: Request<U::Body>,
        arrival: Arrival,
        record: &mut Record,
    ) -> Response<U::Body> {
        let id = arrival.request_id();
        *record = Record { request_id: id, ..Record::default() };
        let (client, body) = request.into_parts();
        if sts::is_addressed(&client, &self.settings.addressing) {
            // Boxed: it is rare, and would make every other request's future larger.
            let response = Box::pin(self.sts(&client, body, arrival, record)).await;
            record.status = Some(response.status());
            return response;
        }
        let rules = self.cors(&client).await;
        let answered = if let Some(document) = self.well_known(&client) {
            document.map(|document| document.map(U::Body::from))
        } else if client.method == Method::OPTIONS {
            self.preflight(&client, &rules, record)
        } else {
            self.serve(&client, body, arrival, record).await
        };
        let mut response = match answered {
            Ok(response) => response,
            Err(error) => {
                record.refused = Some(error.reason());
                let answer = error.into_response(id);
                if client.method == Method::HEAD { without_body(answer) } else { answer.map(U::Body::from) }
            }
        };
        response.headers_mut().insert(REQUEST_ID, id.header());
        if let Ok(rules) = rules {
            rules.mark(&client, response.status(), response.headers_mut());
        }
        record.status = Some(response.status());
        response
    }

    /// The cross-origin rules of what a request goes to.
    async fn cors(&self, client: &request::Parts) -> Result<Arc<Cors>, RegistryError> {
        match self.settings.addressing.destination(client) {
            Some(to) => self.registry.cors(&to).await,
            None => Ok(Arc::default()),
        }
    }

    /// Answers a browser that asks before it sends. What signs the request to come says nothing here, so nobody is asking.
    fn preflight(
        &self,
        client: &request::Parts,
        rules: &Result<Arc<Cors>, RegistryError>,
        record: &mut Record,
    ) -> Result<Response<U::Body>, S3Error> {
        let to = self.settings.addressing.destination(client);
        record.caller = Some(Caller::Anonymous.name().into());
        record.bucket = to.as_ref().map(|to| to.bucket.clone());
        let rules = rules.as_ref().map_err(|why| unavailable(why.clone()))?;
        rules.preflight(client, to.as_ref()).map(|answer| answer.map(U::Body::from))
    }

    async fn serve(
        &self,
        client: &request::Parts,
        body: U::Body,
        arrival: Arrival,
        record: &mut Record,
    ) -> Result<Response<U::Body>, S3Error> {
        // What has led to the plan is let go of before the store is asked, which is what takes time: a request's future
        // is as large as what it holds then. What is rare is boxed, so that it makes no other request's future larger.
        let (plan, body) = match self.planned(client, body, arrival, record).await? {
            Planned::Answered(answer) => return Ok(answer),
            Planned::Next(plan, body) => (plan, body),
        };
        match plan {
            Plan::Answer(answer) => Ok(answer.map(U::Body::from)),
            Plan::Forward(forward) => self.forward(forward, body, None, arrival).await,
            Plan::Relay(relay) => Box::pin(self.relay(*relay, arrival)).await,
            Plan::Scouted(scout, forward) => Box::pin(self.scouted(*scout, forward, arrival)).await,
            Plan::Inquire(inquiry) => Box::pin(self.inquire(*inquiry, arrival)).await,
        }
    }

    /// Finds out who asks for what, and what is to be done for them.
    async fn planned(
        &self,
        client: &request::Parts,
        body: U::Body,
        arrival: Arrival,
        record: &mut Record,
    ) -> Result<Planned<U::Body>, S3Error> {
        let bearer = self.carried(client).await?;
        let client = bearer.as_ref().map_or(client, |bearer| &bearer.head);
        let S3Request { operation, presented } = S3Request::parse(client, &self.settings.addressing)?;
        if let Ok(operation) = &operation {
            record.of(operation);
        }
        let operation = match operation {
            // Its sender is named in the body.
            Ok(Operation::Post(request)) if bearer.is_none() => {
                let posted = Box::pin(self.post(request, client, body, arrival, record));
                return posted.await.map(Planned::Answered);
            }
            operation => operation,
        };
        let (caller, proof) = match bearer.as_ref().zip(presented.is_none().then_some(())) {
            Some((bearer, ())) => (Box::pin(self.bearer(bearer, arrival)).await?, None),
            None if bearer.is_some() => return Err(Refusal::HeaderAndQuery.into()),
            None => self.authenticate(presented, client, arrival).await?,
        };
        record.caller = Some(caller.shared_name());
        self.admit(&caller, arrival).await?;
        let request = match operation? {
            Operation::ListBuckets(query) => {
                let listed = Box::pin(self.list_buckets(&caller, query, arrival));
                return listed.await.map(Planned::Answered);
            }
            Operation::Post(_) => {
                return Err(S3Error::new(Code::InvalidRequest)
                    .say("A form says in its own fields who sends it: send it without Authorization."));
            }
            Operation::Bucket(request) => request,
        };
        let permit = self.permit(&caller, request, client, arrival).await?;
        let (control, body) = match permit.reading() {
            Reading::Leave => (Bytes::new(), body),
            Reading::Buffer { limit } => {
                (body.collect(limit).await.map_err(client_body)?, Bytes::new().into())
            }
        };
        let plan = permit.plan(client, proof.as_ref(), &control, &self.settings.region)?;
        Ok(Planned::Next(plan, body))
    }

    /// Asks the runtime whether the caller sends too much.
    pub(crate) async fn admit(&self, caller: &Caller, arrival: Arrival) -> Result<(), S3Error> {
        self.upstream.admits(caller, &arrival).await.map_err(|seconds| {
            S3Error::new(Code::SlowDown).because("the runtime's limit of requests").with_headers(
                HeaderMap::from_iter([(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)))]),
            )
        })
    }

    pub(crate) async fn permit(
        &self,
        caller: &Caller,
        request: BucketRequest,
        client: &request::Parts,
        arrival: Arrival,
    ) -> Result<Permit, S3Error> {
        let bucket = self.registry.bucket(&request.named(), caller).await.map_err(unavailable)?;
        let source = match request.copy_source() {
            Some(source) => self.registry.bucket(&source.named(), caller).await.map_err(unavailable)?,
            None => None,
        };
        authorize(caller, request, bucket, source, client, &arrival)
    }

    /// Asks the store what must be known before it writes, and then to write. The request's body, if any, was read before.
    async fn scouted(
        &self,
        scout: Scout,
        forward: Box<Forward>,
        arrival: Arrival,
    ) -> Result<Response<U::Body>, S3Error> {
        let (question, listens) = scout.ask();
        match listens.hear(self.ask(question, arrival).await)? {
            Some(answer) => Ok(answer.map(U::Body::from)),
            None => self.forward(forward, Bytes::new().into(), None, arrival).await,
        }
    }

    /// Asks the store. `verdict` is that of a decoder which the body runs through already.
    pub(crate) async fn forward(
        &self,
        forward: Box<Forward>,
        body: U::Body,
        verdict: Option<Verdict>,
        arrival: Arrival,
    ) -> Result<Response<U::Body>, S3Error> {
        let loan = self.lend(forward.auth(), arrival).await?;
        let (Outbound { head, upload }, inbound) = forward.sign(&loan.lent, arrival.at, &self.keys)?;
        let (body, verdict) = match upload {
            Upload::AsIs => (body, verdict),
            Upload::Decode(decoder) => Box::pin(decoded(body, *decoder)).await?,
            Upload::Replace(bytes) => (bytes.into(), None),
        };
        let answer = self.upstream.send(Request::from_parts(head, body)).await;
        // Whatever the store made of it, a body that proved false is answered as such and never as a success.
        if let Some(error) = verdict.as_ref().and_then(Verdict::error) {
            return Err(error.into());
        }
        let answer = self.deliver(inbound, answer.map_err(not_sent)?).await;
        loan.back(answer, arrival.at)
    }

    pub(crate) async fn deliver(
        &self,
        inbound: Inbound,
        answer: Response<U::Body>,
    ) -> Result<Response<U::Body>, S3Error> {
        let (head, body) = answer.into_parts();
        match inbound.receive(head) {
            Delivery::Stream(head) => Ok(Response::from_parts(head, body)),
            Delivery::Rewrite { limit, rewrite } => {
                let whole = match body.collect(limit).await {
                    Ok(whole) => whole,
                    // The status of an error answer says enough without its document.
                    Err(_) if rewrite.is_error() => Bytes::new(),
                    Err(why) => return Err(bad_answer(why)),
                };
                Ok(rewrite.apply(whole)?.map(U::Body::from))
            }
        }
    }

    async fn list_buckets(
        &self,
        caller: &Caller,
        query: BucketsQuery,
        arrival: Arrival,
    ) -> Result<Response<U::Body>, S3Error> {
        let Buckets { named, open } = self.registry.buckets(caller).await.map_err(unavailable)?;
        let region = &self.settings.region;
        self.inquire(Inquiry::buckets(caller.clone(), query, named, open, region), arrival).await
    }

    /// Asks stores until an answer is complete.
    async fn inquire(&self, mut inquiry: Inquiry, arrival: Arrival) -> Result<Response<U::Body>, S3Error> {
        while let Some(question) = inquiry.question()? {
            let heard = self.ask(question, arrival).await;
            inquiry.take(heard)?;
        }
        inquiry.finish().map(|answer| answer.map(U::Body::from))
    }

    pub(crate) async fn ask(&self, question: Question, arrival: Arrival) -> Heard {
        let loan = self.lend(question.auth(), arrival).await?;
        let request = question.sign(&loan.lent, arrival.at, &self.keys)?;
        let answer = self.upstream.send(request.map(U::Body::from)).await.map_err(not_sent)?;
        let (head, body) = answer.into_parts();
        let body = body.collect(Question::LIMIT).await;
        // The status of an error answer says enough without its document.
        let body =
            if head.status.is_success() { body.map_err(bad_answer)? } else { body.unwrap_or_default() };
        if refuses_credentials(head.status, &body) {
            loan.refused(arrival.at);
        }
        Ok((head, body))
    }
}

/// A client's body in chunks, as what they hold.
async fn decoded<B: Body>(body: B, decoder: Decoder) -> Result<(B, Option<Verdict>), S3Error> {
    let verdict = decoder.verdict();
    let nothing = decoder.output_length() == Some(0);
    let mut body = body.decode(decoder);
    if nothing {
        // Nobody asks a body of no bytes for its end, where a decoder has its last word.
        let end = body.collect(0).await.map_err(client_body);
        body = verdict.error().map_or(end, |error| Err(error.into()))?.into();
    }
    Ok((body, Some(verdict)))
}

/// An error answer to HEAD: its head, and the length its document would have had left out.
fn without_body<B: From<Bytes>>(answer: Response<Bytes>) -> Response<B> {
    let mut answer = answer.map(|_| B::from(Bytes::new()));
    answer.headers_mut().remove(header::CONTENT_LENGTH);
    answer
}

pub(crate) fn unavailable(why: RegistryError) -> S3Error {
    S3Error::new(Code::ServiceUnavailable)
        .say("The gateway cannot look up this request now. Please try again.")
        .because(why.to_string())
}

/// What a failing body of the client's is answered with: never an error that invites a retry of the same.
pub(crate) fn client_body(why: BodyError) -> S3Error {
    S3Error::new(match why {
        BodyError::TooLarge => Code::MaxMessageLengthExceeded,
        BodyError::Cut => Code::IncompleteBody,
        BodyError::Stalled => Code::RequestTimeout,
    })
}

fn bad_answer(why: BodyError) -> S3Error {
    S3Error::new(Code::BackendError).because(format!("the store's answer: {why}"))
}

pub(crate) fn not_sent(why: SendError) -> S3Error {
    match why {
        SendError::Body(why) => client_body(why),
        SendError::Unsendable(why) => S3Error::new(Code::InvalidArgument).say(why),
        why @ (SendError::Connect(_) | SendError::Reset(_) | SendError::TimedOut) => {
            S3Error::new(Code::ServiceUnavailable).because(why.to_string())
        }
    }
}
