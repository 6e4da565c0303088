//! A request under construction: what a client says, in the order it says it.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, header};

use crate::{Body, Chunked, Signer, encode};

/// A request. Whatever is said after [`Ask::sign`] is not signed: that is how one tampers.
#[derive(Clone, Debug)]
pub struct Ask {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    frames: Vec<Bytes>,
    cut: bool,
}

impl Ask {
    /// A request of this method for this raw target, such as `/bucket/key?versionId=1`, to `gateway.test`.
    #[must_use]
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.into(),
            target: target.into(),
            headers: vec![("host".into(), "gateway.test".into())],
            frames: Vec::new(),
            cut: false,
        }
    }

    /// A request from text: `METHOD target`, header lines, and behind an empty line the body.
    ///
    /// # Panics
    /// When the text is not that.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let (method, target) = lines.next().unwrap().split_once(' ').unwrap();
        let ask = lines.fold(Self::new(method, target), |ask, line| {
            let (name, value) = line.split_once(':').unwrap();
            if name.eq_ignore_ascii_case("host") {
                ask.set("host", value.trim())
            } else {
                ask.header(name, value.trim())
            }
        });
        if body.is_empty() { ask } else { ask.body(body.to_owned()) }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.into()));
        self
    }

    /// Puts a header in place of those of its name.
    #[must_use]
    pub fn set(self, name: &str, value: &str) -> Self {
        self.without(name).header(name, value)
    }

    /// Takes headers out.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(n, _)| n != name);
        self
    }

    /// Changes the first header of this name.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn change(mut self, name: &str, how: impl FnOnce(&str) -> String) -> Self {
        let header = self.headers.iter_mut().find(|(n, _)| n == name);
        let (_, value) = header.unwrap_or_else(|| panic!("there is no {name}"));
        *value = how(value);
        self
    }

    /// Adds a query parameter, encoded.
    #[must_use]
    pub fn parameter(mut self, name: &str, value: &str) -> Self {
        self.target.push(if self.target.contains('?') { '&' } else { '?' });
        self.target.push_str(&format!("{}={}", encode(name), encode(value)));
        self
    }

    /// Changes the raw target.
    #[must_use]
    pub fn retarget(mut self, how: impl FnOnce(&str) -> String) -> Self {
        self.target = how(&self.target);
        self
    }

    /// Changes the method.
    #[must_use]
    pub fn remethod(self, method: &str) -> Self {
        Self { method: method.into(), ..self }
    }

    /// Puts a body in place of the one there is.
    #[must_use]
    pub fn body(self, body: impl Into<Bytes>) -> Self {
        Self { frames: vec![body.into()], ..self }
    }

    /// Puts a body of these frames in place of the one there is.
    #[must_use]
    pub fn frames<B: Into<Bytes>>(self, frames: impl IntoIterator<Item = B>) -> Self {
        Self { frames: frames.into_iter().map(Into::into).collect(), ..self }
    }

    /// Makes the client disappear behind the frames it has sent; it announced no length that would tell.
    #[must_use]
    pub fn cut(self) -> Self {
        Self { cut: true, ..self }
    }

    /// Signs in the `Authorization` header.
    #[must_use]
    pub fn sign(self, signer: &Signer) -> Self {
        signer.sign(self)
    }

    /// Signs in the query.
    #[must_use]
    pub fn presign(self, signer: &Signer, seconds: u64) -> Self {
        signer.presign(self, seconds)
    }

    /// Puts the `aws-chunked` framing of `chunked` in place of the body, with its headers, and signs it all.
    #[must_use]
    pub fn stream(self, signer: &Signer, chunked: &Chunked) -> Self {
        let (ask, pieces) = chunked.frame(self, signer);
        ask.frames(pieces)
    }

    /// As [`Ask::stream`], with the pieces (the chunks, and last the end) as `how` leaves them.
    #[must_use]
    pub fn stream_with(
        self,
        signer: &Signer,
        chunked: &Chunked,
        how: impl FnOnce(&mut Vec<Vec<u8>>),
    ) -> Self {
        let (ask, mut pieces) = chunked.frame(self, signer);
        how(&mut pieces);
        ask.frames(pieces)
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The raw target.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The headers, names in lower case.
    #[must_use]
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// The value of a header, or nothing.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// The `Host` header.
    #[must_use]
    pub fn host(&self) -> &str {
        self.value("host")
    }

    /// The body's bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.frames.concat()
    }

    /// The request, with a `Content-Length` of what was given, unless one was written or the method has no body.
    ///
    /// # Panics
    /// When the HTTP types cannot hold it.
    #[must_use]
    pub fn request(self) -> Request<Body> {
        let length: usize = self.frames.iter().map(Bytes::len).sum();
        let mut request = Request::new(Body::default());
        *request.method_mut() = self.method.parse().unwrap();
        *request.uri_mut() = self.target.parse().unwrap_or_else(|why| panic!("{}: {why}", self.target));
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            request.headers_mut().append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let has_body = length > 0 || matches!(self.method.as_str(), "PUT" | "POST");
        if has_body && !request.headers().contains_key(header::TRANSFER_ENCODING) {
            request.headers_mut().entry(header::CONTENT_LENGTH).or_insert_with(|| length.into());
        }
        let body = Body::frames(self.frames);
        *request.body_mut() = if self.cut { body.failing(brigade_gateway::BodyError::Cut) } else { body };
        request
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_reads_as_it_is_written() {
        let ask = Ask::parse("PUT /b/k?x=1\nHost: h\nX-Amz-Meta-A: 1\n\nbody");
        assert_eq!((ask.method(), ask.target(), ask.host()), ("PUT", "/b/k?x=1", "h"));
        assert_eq!((ask.value("x-amz-meta-a"), ask.bytes()), ("1", b"body".to_vec()));
        assert_eq!(ask.request().headers()["content-length"], "4");
    }
}
