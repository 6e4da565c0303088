//! One rule: which pages it is for, what they may send, and what they are shown.

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use super::Visit;
use crate::xml::Document;

/// One rule of a bucket, as in S3's `CORSRule`.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorsRule {
    /// The pages it is for.
    pub origins: Vec<OriginPattern>,
    /// Of [`CORS_METHODS`](crate::CORS_METHODS).
    pub methods: Vec<Method>,
    /// The headers that requests may have besides those every page may send.
    pub headers: Vec<HeaderPattern>,
    /// The headers of answers that pages may read besides those every page may. A name stands in every answer; of the others,
    /// what an answer has.
    pub expose: Vec<HeaderPattern>,
    /// For how many seconds a browser may remember a preflight; without it, as long as it likes.
    pub max_age: Option<u32>,
}

/// An origin, with at most one `*` for any run of characters: `https://*.example.org`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginPattern(Glob);

/// Why a text is no origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginPatternError {
    /// More than one `*`.
    #[error("holds more than one \"*\"; write one origin for each")]
    Stars,
    /// Not a scheme and a host.
    #[error(
        "is not an origin; write \"*\", or a scheme and a host such as \"https://app.example.org\" or \"https://*.example.org\""
    )]
    Shape,
    /// Something after the host.
    #[error(
        "goes on after the host; an origin is a scheme, a host and a port, such as \"https://app.example.org\""
    )]
    Path,
    /// A capital letter.
    #[error("holds a capital letter, which browsers never send; write it in lower case")]
    Case,
    /// The port that the scheme has anyway.
    #[error("names the port that its scheme has anyway, which browsers leave out; leave it out too")]
    Port,
}

/// The name of a header, with at most one `*` for any run of characters: `x-amz-meta-*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderPattern {
    written: Box<str>,
    lower: Glob,
}

/// Why a text is no header's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderPatternError {
    /// More than one `*`.
    #[error("holds more than one \"*\"; write one name for each")]
    Stars,
    /// What no header's name holds.
    #[error("is not a header's name; write one such as \"Content-Type\", \"x-amz-*\" or \"*\"")]
    Name,
}

/// A text with at most one `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Glob {
    head: Box<str>,
    /// What follows the `*`, if there is one.
    tail: Option<Box<str>>,
}

impl Glob {
    fn parse(text: &str) -> Option<Self> {
        match text.split_once('*') {
            None => Some(Self { head: text.into(), tail: None }),
            Some((head, tail)) => {
                (!tail.contains('*')).then(|| Self { head: head.into(), tail: Some(tail.into()) })
            }
        }
    }

    fn matches(&self, text: &[u8]) -> bool {
        let head = self.head.as_bytes();
        match &self.tail {
            None => text == head,
            Some(tail) => text.strip_prefix(head).is_some_and(|rest| rest.ends_with(tail.as_bytes())),
        }
    }

    fn is_any(&self) -> bool {
        self.head.is_empty() && self.tail.as_deref() == Some("")
    }

    fn written(&self) -> String {
        match &self.tail {
            None => self.head.to_string(),
            Some(tail) => format!("{}*{tail}", self.head),
        }
    }
}

impl OriginPattern {
    /// Reads an origin, or a pattern of origins.
    ///
    /// ```
    /// use brigade_s3::OriginPattern;
    /// let pattern = OriginPattern::parse("https://*.example.org")?;
    /// assert!(pattern.matches(b"https://app.example.org"));
    /// assert!(!pattern.matches(b"https://example.org"));
    /// # Ok::<(), brigade_s3::OriginPatternError>(())
    /// ```
    ///
    /// # Errors
    /// [`OriginPatternError`]: what no browser could ever send.
    pub fn parse(text: &str) -> Result<Self, OriginPatternError> {
        use OriginPatternError::{Case, Path, Port, Shape, Stars};
        let glob = Glob::parse(text).ok_or(Stars)?;
        if glob.is_any() {
            return Ok(Self(glob));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Shape);
        }
        let (scheme, host) = match text.split_once("://") {
            Some(parts) => parts,
            // `*.example.org` is of any scheme.
            None if text.starts_with('*') => ("*", text),
            None => return Err(Shape),
        };
        if scheme.is_empty() || host.is_empty() {
            return Err(Shape);
        }
        if host.contains(['/', '?', '#']) {
            return Err(Path);
        }
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(Case);
        }
        if (scheme == "https" && host.ends_with(":443")) || (scheme == "http" && host.ends_with(":80")) {
            return Err(Port);
        }
        Ok(Self(glob))
    }

    /// Every origin.
    #[must_use]
    pub fn any() -> Self {
        Self(Glob { head: "".into(), tail: Some("".into()) })
    }

    /// Whether it is an origin's.
    #[must_use]
    pub fn matches(&self, origin: &[u8]) -> bool {
        self.0.matches(origin)
    }

    /// Whether only a site that is named could be behind it: `https://app.example.org`, `https://*.example.org` or
    /// `http://localhost:*`, but neither `https://*` nor `https://example.*`.
    fn names_a_site(&self) -> bool {
        let Some(tail) = &self.0.tail else { return true };
        let domain = tail.strip_prefix('.').and_then(|domain| domain.split_once('.'));
        let port = self.0.head.split_once("://").and_then(|(_, host)| host.strip_suffix(':'));
        domain.is_some_and(|(name, rest)| !name.is_empty() && !rest.is_empty())
            || port.is_some_and(|host| !host.is_empty())
    }
}

impl HeaderPattern {
    /// Reads a name, or a pattern of names.
    ///
    /// # Errors
    /// [`HeaderPatternError`].
    pub fn parse(text: &str) -> Result<Self, HeaderPatternError> {
        let lower = Glob::parse(&text.to_ascii_lowercase()).ok_or(HeaderPatternError::Stars)?;
        // `*` may stand in a name as it is.
        HeaderName::from_bytes(text.as_bytes()).map_err(|_| HeaderPatternError::Name)?;
        Ok(Self { written: text.into(), lower })
    }

    /// Every header.
    #[must_use]
    pub fn any() -> Self {
        Self { written: "*".into(), lower: Glob { head: "".into(), tail: Some("".into()) } }
    }

    fn matches(&self, name: &HeaderName) -> bool {
        self.lower.matches(name.as_str().as_bytes())
    }
}

impl CorsRule {
    /// What pages are shown where a rule does not say: what reading in parts takes, and all that S3 says of an object.
    #[must_use]
    pub fn exposed_by_default() -> Vec<HeaderPattern> {
        let names = [
            "Accept-Ranges",
            "Content-Disposition",
            "Content-Encoding",
            "Content-Range",
            "ETag",
            "x-amz-*",
            "*",
        ];
        names.iter().filter_map(|name| HeaderPattern::parse(name).ok()).collect()
    }

    pub(super) fn fits(&self, visit: &Visit<'_>) -> bool {
        self.origins.iter().any(|origin| origin.matches(visit.origin.as_bytes()))
            && self.methods.iter().any(|method| method.as_str().as_bytes() == visit.method)
            && visit.headers.iter().all(|name| self.headers.iter().any(|header| header.matches(name)))
    }

    /// Writes what a visit that fits is told.
    pub(super) fn write(&self, visit: &Visit<'_>, status: StatusCode, answer: &mut HeaderMap) {
        let anybody = self.origins.iter().any(|origin| origin.0.is_any());
        if anybody {
            answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        } else {
            answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, visit.origin.clone());
            let matching = |origin: &&OriginPattern| origin.matches(visit.origin.as_bytes());
            if self.origins.iter().filter(matching).any(OriginPattern::names_a_site) {
                answer.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
            }
        }
        list(answer, header::ACCESS_CONTROL_ALLOW_METHODS, self.methods.iter().map(Method::as_str));
        list(answer, header::ACCESS_CONTROL_ALLOW_HEADERS, visit.headers.iter().map(HeaderName::as_str));
        if let Some(seconds) = self.max_age {
            answer.insert(header::ACCESS_CONTROL_MAX_AGE, seconds.into());
        }
        self.expose(anybody, status, answer);
    }

    fn expose(&self, anybody: bool, status: StatusCode, answer: &mut HeaderMap) {
        // Browsers take `*` at its word only where nobody says who the user is.
        let as_written =
            |header: &HeaderPattern| header.lower.tail.is_none() || (anybody && header.lower.is_any());
        let has_patterns = self.expose.iter().any(|header| !as_written(header));
        let has_any = self.expose.iter().any(|header| anybody && header.lower.is_any());
        // A 304's headers replace those of the answer that a browser kept, which may have had more of a pattern.
        if status == StatusCode::NOT_MODIFIED && has_patterns && !has_any {
            return;
        }
        let mut names: Vec<&str> = Vec::new();
        for header in &self.expose {
            if as_written(header) {
                names.push(&header.written);
            } else {
                let present = answer.keys().filter(|name| header.matches(name)).map(HeaderName::as_str);
                names.extend(present.filter(|name| !name.starts_with("access-control-")));
            }
        }
        let mut seen: Vec<&str> = Vec::new();
        for name in names {
            if !seen.iter().any(|earlier| earlier.eq_ignore_ascii_case(name)) {
                seen.push(name);
            }
        }
        let exposed = seen.join(", ");
        list(answer, header::ACCESS_CONTROL_EXPOSE_HEADERS, [exposed.as_str()]);
    }

    /// Writes the rule as S3 does.
    pub(super) fn describe(&self, document: &mut Document) {
        for method in &self.methods {
            document.text("AllowedMethod", method.as_str());
        }
        for origin in &self.origins {
            document.text("AllowedOrigin", &origin.0.written());
        }
        for header in &self.headers {
            document.text("AllowedHeader", &header.written);
        }
        if let Some(seconds) = self.max_age {
            document.text("MaxAgeSeconds", &seconds.to_string());
        }
        for header in &self.expose {
            document.text("ExposeHeader", &header.written);
        }
    }
}

/// Writes a list, unless it is empty.
fn list<'a>(answer: &mut HeaderMap, name: HeaderName, items: impl IntoIterator<Item = &'a str>) {
    let text = items.into_iter().collect::<Vec<_>>().join(", ");
    if let Ok(value) = HeaderValue::from_str(&text)
        && !text.is_empty()
    {
        answer.insert(name, value);
    }
}
