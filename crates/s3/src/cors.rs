//! Cross-origin resource sharing: what pages of other origins may do in a bucket, as browsers are told.
//!
//! ```text
//! OPTIONS, Origin ─ preflight ─► 200, or 403 in S3's words
//! any answer ─────── mark ─────► Access-Control-*, Vary
//! ```
//!
//! The rules are our own configuration's; a store is never asked, and its own headers stay behind. A request is of the first
//! rule that has its origin, its method and every header that it asks for.
//!
//! Sources: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTCommonResponseHeaders.html>, <https://fetch.spec.whatwg.org/#http-cors-protocol>.

mod rule;
#[cfg(test)]
mod tests;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header, request};

use crate::xml::Document;
use crate::{Code, Destination, S3Error};
pub use rule::{CorsRule, HeaderPattern, HeaderPatternError, OriginPattern, OriginPatternError};

/// The rules of a bucket; none by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cors {
    rules: Box<[CorsRule]>,
}

/// The methods a rule may have.
pub const CORS_METHODS: [Method; 5] = [Method::GET, Method::PUT, Method::POST, Method::DELETE, Method::HEAD];

const VARY: HeaderValue =
    HeaderValue::from_static("Origin, Access-Control-Request-Headers, Access-Control-Request-Method");

/// What a request says of the page that made a browser send it.
struct Visit<'a> {
    origin: &'a HeaderValue,
    /// The method of the request that a preflight is for, or its own.
    method: &'a [u8],
    /// The headers that a preflight asks for.
    headers: Vec<HeaderName>,
}

impl Cors {
    /// These rules, of which the first that fits has a request.
    #[must_use]
    pub fn new(rules: Vec<CorsRule>) -> Self {
        Self { rules: rules.into() }
    }

    /// The rules of a bucket that everybody may read, where none are written: any page may, and none says who its user is.
    #[must_use]
    pub fn open() -> Self {
        Self::new(vec![CorsRule {
            origins: vec![OriginPattern::any()],
            methods: vec![Method::GET, Method::HEAD],
            headers: vec![HeaderPattern::any()],
            expose: CorsRule::exposed_by_default(),
            max_age: Some(3600),
        }])
    }

    /// Whether there are no rules.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Answers a preflight to where it goes; [`Cors::mark`] puts the headers on. Nobody signs a preflight, so a bucket that
    /// does not exist is answered as one without rules.
    ///
    /// # Errors
    /// 400 `BadRequest` for what is no preflight; 403 `AccessForbidden` where no rule allows the request.
    pub fn preflight(
        &self,
        head: &request::Parts,
        to: Option<&Destination<'_>>,
    ) -> Result<Response<bytes::Bytes>, S3Error> {
        let bad = |message: String| S3Error::new(Code::BadRequest).say(message);
        if origin(&head.headers).is_none() {
            return Err(bad("Insufficient information. Origin request header needed.".into()));
        }
        let asked = head.headers.get(header::ACCESS_CONTROL_REQUEST_METHOD);
        let method =
            asked.and_then(|asked| CORS_METHODS.iter().find(|m| m.as_str().as_bytes() == asked.as_bytes()));
        let forbidden = |message: &'static str, resource: &'static str| {
            let method = method.map_or("OPTIONS", Method::as_str);
            S3Error::new(Code::AccessForbidden)
                .say(message)
                .with("Method", method)
                .with("ResourceType", resource)
        };
        if self.rules.is_empty() {
            return Err(forbidden("CORSResponse: CORS is not enabled for this bucket.", "BUCKET"));
        }
        if method.is_none() {
            let asked = asked.map_or("null".into(), |asked| String::from_utf8_lossy(asked.as_bytes()));
            let shown: String = asked.chars().take(32).collect();
            return Err(bad(format!("Invalid Access-Control-Request-Method: {shown}")));
        }
        let visit = Visit::read(head);
        if visit.and_then(|visit| self.rule_of(&visit)).is_none() {
            let resource = if to.is_some_and(|to| to.object) { "OBJECT" } else { "BUCKET" };
            return Err(forbidden(NOT_ALLOWED, resource));
        }
        Ok(Response::new(bytes::Bytes::new()))
    }

    /// Puts on an answer what lets a page read it, if a rule does. An answer of a bucket with rules varies by origin even for
    /// requests without one: kept by a cache, it would be given to pages too.
    pub fn mark(&self, client: &request::Parts, status: StatusCode, answer: &mut HeaderMap) {
        if self.rules.is_empty() {
            return;
        }
        if let Some(visit) = Visit::read(client)
            && let Some(rule) = self.rule_of(&visit)
        {
            rule.write(&visit, status, answer);
        }
        answer.insert(header::VARY, VARY);
    }

    fn rule_of(&self, visit: &Visit<'_>) -> Option<&CorsRule> {
        self.rules.iter().find(|rule| rule.fits(visit))
    }

    /// The answer to `GetBucketCors`: the rules as S3 writes them.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketCors.html>.
    ///
    /// # Errors
    /// 404 `NoSuchCORSConfiguration` where there are none.
    pub(crate) fn document(&self, bucket: &str) -> Result<Vec<u8>, S3Error> {
        if self.rules.is_empty() {
            return Err(S3Error::new(Code::NoSuchCorsConfiguration).with("BucketName", bucket));
        }
        Ok(Document::in_namespace("CORSConfiguration", |configuration| {
            for rule in &self.rules {
                configuration.element("CORSRule", |of| rule.describe(of));
            }
        }))
    }
}

/// S3's own words, misspelling and all: they are what people search for.
const NOT_ALLOWED: &str = "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, \
     request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's \
     CORS spec.";

/// The one origin of a request. Two would be nobody's.
fn origin(headers: &HeaderMap) -> Option<&HeaderValue> {
    let mut all = headers.get_all(header::ORIGIN).iter();
    all.next().filter(|origin| !origin.is_empty() && all.next().is_none())
}

impl<'a> Visit<'a> {
    /// `None` for a request that no page made, or that asks for what are no headers.
    fn read(head: &'a request::Parts) -> Option<Self> {
        let origin = origin(&head.headers)?;
        // As S3 does, of any request: browsers send this with preflights alone.
        let asked = head.headers.get(header::ACCESS_CONTROL_REQUEST_METHOD);
        let method = asked.map_or(head.method.as_str().as_bytes(), HeaderValue::as_bytes);
        let asked = head.headers.get_all(header::ACCESS_CONTROL_REQUEST_HEADERS).iter();
        let names = asked.flat_map(|list| list.as_bytes().split(|byte| *byte == b','));
        let names = names.map(<[u8]>::trim_ascii).filter(|name| !name.is_empty());
        let headers = names.map(HeaderName::from_bytes).collect::<Result<_, _>>().ok()?;
        Some(Self { origin, method, headers })
    }
}
