//! What a form is answered with once its file is stored.

use brigade_sigv4::percent_encode;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, Uri, header, response};

use super::fields::PostForm;
use crate::xml::Document;
use crate::{BucketName, ObjectKey};

/// How a form wants to hear of its success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Success {
    /// By a redirect to this address.
    Redirect(String),
    /// By a status alone: 200 or 204.
    Status(StatusCode),
    /// By a document: 201.
    Document,
}

impl Success {
    /// Reads `success_action_redirect`, `redirect` and `success_action_status`. What cannot be understood is as if it were
    /// not there.
    pub(super) fn of(form: &PostForm) -> Self {
        let address = form.value("success_action_redirect").or_else(|| form.value("redirect"));
        if let Some(address) = address.filter(|address| is_address(address)) {
            return Self::Redirect(address.to_owned());
        }
        match form.value("success_action_status").map(str::trim) {
            Some("200") => Self::Status(StatusCode::OK),
            Some("201") => Self::Document,
            _ => Self::Status(StatusCode::NO_CONTENT),
        }
    }
}

/// Whether a browser may be sent there: an absolute address of the web.
fn is_address(text: &str) -> bool {
    let plain = text.bytes().all(|b| b.is_ascii_graphic());
    let uri = text.parse::<Uri>().ok().filter(|_| plain);
    uri.is_some_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some())
}

/// What is stored, in the client's names.
#[derive(Debug)]
pub(super) struct Stored<'a> {
    pub(super) bucket: &'a BucketName,
    pub(super) key: &'a ObjectKey,
    /// The bucket's own address, with a slash behind it.
    pub(super) base: &'a str,
}

impl Stored<'_> {
    /// The answer, given the head of the store's own, which is sifted already.
    pub(super) fn answer(&self, success: &Success, mut store: response::Parts) -> Response<Bytes> {
        store.headers.remove(header::CONTENT_LENGTH);
        store.headers.remove(header::CONTENT_TYPE);
        let etag = store.headers.get(header::ETAG).and_then(|etag| etag.to_str().ok());
        let etag = etag.unwrap_or_default().to_owned();
        // S3 encodes the slashes too.
        let own = format!("{}{}", self.base, percent_encode(self.key.as_str().as_bytes()));
        let (status, location, body) = match success {
            Success::Redirect(address) => (StatusCode::SEE_OTHER, self.redirect(address, &etag), Vec::new()),
            Success::Status(status) => (*status, own, Vec::new()),
            Success::Document => {
                let document = Document::plain("PostResponse", |response| {
                    response.text("Location", &own);
                    response.text("Bucket", self.bucket.as_str());
                    response.text("Key", self.key.as_str());
                    response.text("ETag", &etag);
                });
                store.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
                (StatusCode::CREATED, own, document)
            }
        };
        if let Ok(location) = HeaderValue::from_str(&location) {
            store.headers.insert(header::LOCATION, location);
        }
        store.status = status;
        Response::from_parts(store, Bytes::from(body))
    }

    /// The address with `bucket`, `key` and `etag` in its query, form-encoded; a fragment stays behind them.
    fn redirect(&self, address: &str, etag: &str) -> String {
        let (address, fragment) = match address.split_once('#') {
            Some((address, fragment)) => (address, format!("#{fragment}")),
            None => (address, String::new()),
        };
        let encode = |text: &str| percent_encode(text.as_bytes()).replace("%20", "+");
        let (bucket, key, etag) = (encode(self.bucket.as_str()), encode(self.key.as_str()), encode(etag));
        let joint = if address.contains('?') { '&' } else { '?' };
        format!("{address}{joint}bucket={bucket}&key={key}&etag={etag}{fragment}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::fields::Field;
    use super::*;

    fn answered(fields: &[(&str, &str)], key: &str) -> Response<Bytes> {
        let fields = fields.iter().map(|(n, v)| Field { name: (*n).into(), value: (*v).into() });
        let form = PostForm::new(fields.collect(), None, 0).unwrap();
        let (mut store, ()) = Response::new(()).into_parts();
        for (name, value) in [("etag", "\"e1\""), ("content-length", "0"), ("x-amz-version-id", "v")] {
            store.headers.insert(name, value.parse().unwrap());
        }
        let bucket = BucketName::parse("demo").unwrap();
        let key = ObjectKey::new(key.into()).unwrap();
        let stored = Stored { bucket: &bucket, key: &key, base: "http://h/demo/" };
        stored.answer(&Success::of(&form), store)
    }

    #[test]
    fn a_form_is_answered_as_it_asks() {
        let here = "http://h/demo/a%2Fb%20%C3%A9%26.txt";
        let query = "bucket=demo&key=a%2Fb+%C3%A9%26.txt&etag=%22e1%22";
        for (fields, status, location) in [
            (vec![], 204, here.to_owned()),
            (vec![("success_action_status", "200")], 200, here.to_owned()),
            (vec![("Success_Action_Status", "201")], 201, here.to_owned()),
            (vec![("success_action_status", "204")], 204, here.to_owned()),
            (vec![("success_action_status", "404")], 204, here.to_owned()),
            (
                vec![("success_action_redirect", "https://a.example/ok")],
                303,
                format!("https://a.example/ok?{query}"),
            ),
            (vec![("redirect", "http://a.example/")], 303, format!("http://a.example/?{query}")),
            (
                vec![
                    ("redirect", "http://b.example/"),
                    ("success_action_redirect", "http://a.example/x?y=1#z"),
                ],
                303,
                format!("http://a.example/x?y=1&{query}#z"),
            ),
            (vec![("success_action_redirect", "/wrong/relative")], 204, here.to_owned()),
            (vec![("success_action_redirect", "javascript:alert(1)")], 204, here.to_owned()),
            (vec![("success_action_redirect", "ftp://a.example/")], 204, here.to_owned()),
            (vec![("success_action_redirect", "http://a.example/\r\nset-cookie: a=b")], 204, here.to_owned()),
            (vec![("success_action_redirect", "no"), ("success_action_status", "200")], 200, here.to_owned()),
        ] {
            let answer = answered(&fields, "a/b é&.txt");
            assert_eq!(answer.status(), status, "{fields:?}");
            assert_eq!(answer.headers()["location"], location, "{fields:?}");
            assert_eq!(answer.headers()["etag"], "\"e1\"");
            assert_eq!(answer.headers()["x-amz-version-id"], "v");
            assert!(!answer.headers().contains_key("content-length"));
            assert_eq!(answer.body().is_empty(), status != 201, "{fields:?}");
        }
    }

    #[test]
    fn r_err_03_a_key_in_the_answer_never_becomes_markup() {
        let answer = answered(&[("success_action_status", "201")], "<a>&\"b\".txt");
        let text = str::from_utf8(answer.body()).unwrap();
        assert_eq!(
            text.split_once('\n').unwrap().1,
            "<PostResponse><Location>http://h/demo/%3Ca%3E%26%22b%22.txt</Location><Bucket>demo</Bucket>\
             <Key>&lt;a&gt;&amp;&quot;b&quot;.txt</Key><ETag>&quot;e1&quot;</ETag></PostResponse>"
        );
        assert_eq!(answer.headers()["content-type"], "application/xml");
    }
}
