//! Building responses.

use crate::body::StoreBody;
use crate::error::Fault;
use crate::failure::{Code, Failure};
use crate::xml::Xml;
use http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

/// What every operation answers with.
pub(crate) type Reply = Response<StoreBody>;

/// A response without a body.
pub(crate) fn empty(status: StatusCode) -> Reply {
    let mut reply = Response::new(StoreBody::empty());
    *reply.status_mut() = status;
    if status != StatusCode::NO_CONTENT && status != StatusCode::NOT_MODIFIED {
        reply.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(0));
    }
    reply
}

/// A response with an XML document.
pub(crate) fn xml(status: StatusCode, document: String) -> Reply {
    let length = document.len();
    let mut reply = Response::new(StoreBody::from(document));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    reply.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    reply
}

/// The answer to a refused request; HEAD gets no body.
pub(crate) fn failure(failure: &Failure, resource: &str, head: bool) -> Reply {
    let mut reply = if head {
        empty(failure.status())
    } else {
        let document = Xml::error(|doc| {
            doc.text("Code", failure.name());
            doc.text("Message", failure.text());
            for (name, text) in &failure.details {
                doc.text(name, text);
            }
            doc.text("Resource", resource);
        });
        xml(failure.status(), document)
    };
    if let Some(fault) = &failure.fault {
        reply.extensions_mut().insert(Fault(fault.clone()));
    }
    if failure.code == Code::MethodNotAllowed {
        reply.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, PUT, POST, DELETE"));
    }
    reply
}

/// Adds a header whose value came from a client; refused where it cannot be a header (it was one when it came).
pub(crate) fn add(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), Failure> {
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(Failure::internal)?;
    let value = HeaderValue::from_bytes(value.as_bytes()).map_err(Failure::internal)?;
    headers.insert(name, value);
    Ok(())
}

/// An ETag in its quotes.
pub(crate) fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}
