//! A slow signer for the tests, written from the documentation and independent of the crate's: it joins
//! strings where the crate feeds a hash. Every part of a request can be bent before it is signed.

use brigade_sigv4::{Presented, Refusal, SecretKey, SigningKeys, Timestamp, Verified, Wire};
use hmac::{Hmac, KeyInit, Mac};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request};
use sha2::{Digest, Sha256};

pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
pub(crate) const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
/// 2013-05-24T00:00:00Z, the day of AWS's examples.
pub(crate) const NOW: u64 = 1_369_353_600;
pub(crate) const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A request to be signed. The fields say what the signature covers and how it is presented.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    /// Raw query, canonical as it stands.
    pub(crate) query: String,
    /// Lower-case names; joined and trimmed by the signer.
    pub(crate) headers: Vec<(&'static str, Vec<u8>)>,
    /// Names that travel unsigned.
    pub(crate) unsigned: Vec<&'static str>,
    pub(crate) key_id: String,
    pub(crate) secret: String,
    /// The time in the string to sign and in `X-Amz-Date`.
    pub(crate) at: String,
    /// Everything after the key id in the credential.
    pub(crate) scope: String,
    pub(crate) payload: String,
    pub(crate) expires: String,
}

impl Draft {
    /// A GET that is right in every way, without `x-amz-*` headers.
    pub(crate) fn bare(path: &str) -> Self {
        Self {
            method: "GET",
            path: path.to_owned(),
            query: String::new(),
            headers: vec![("host", b"examplebucket.s3.amazonaws.com".to_vec())],
            unsigned: Vec::new(),
            key_id: KEY_ID.to_owned(),
            secret: SECRET.to_owned(),
            at: "20130524T000000Z".to_owned(),
            scope: "20130524/us-east-1/s3/aws4_request".to_owned(),
            payload: "UNSIGNED-PAYLOAD".to_owned(),
            expires: "86400".to_owned(),
        }
    }

    /// The same with the headers of header authentication.
    pub(crate) fn get(path: &str) -> Self {
        let mut draft = Self::bare(path);
        draft.payload = EMPTY.to_owned();
        draft.with("x-amz-content-sha256", EMPTY).with("x-amz-date", "20130524T000000Z")
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.as_bytes().to_vec()));
        self
    }

    pub(crate) fn set(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(it, _)| *it != name);
        self.with(name, value)
    }

    pub(crate) fn without(mut self, name: &'static str) -> Self {
        self.headers.retain(|(it, _)| *it != name);
        self
    }

    /// The `;`-joined names that are signed.
    pub(crate) fn signed(&self) -> String {
        let mut names: Vec<_> =
            self.headers.iter().map(|(name, _)| *name).filter(|it| !self.unsigned.contains(it)).collect();
        names.sort_unstable();
        names.dedup();
        names.join(";")
    }

    /// Signs in the `Authorization` header.
    pub(crate) fn in_header(&self) -> Parts {
        let signature = self.signature(&self.query);
        let value = format!(
            "AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={signature}",
            self.key_id,
            self.scope,
            self.signed()
        );
        self.clone().with("authorization", &value).unsigned_parts(&self.query)
    }

    /// Signs in the query.
    pub(crate) fn in_query(&self) -> Parts {
        let query = self.presigned_query();
        let signature = self.signature(&query);
        self.unsigned_parts(&format!("{query}&X-Amz-Signature={signature}"))
    }

    /// The query that a presigned URL's signature covers.
    pub(crate) fn presigned_query(&self) -> String {
        let mut pairs = vec![
            "X-Amz-Algorithm=AWS4-HMAC-SHA256".to_owned(),
            format!("X-Amz-Credential={}", format!("{}/{}", self.key_id, self.scope).replace('/', "%2F")),
            format!("X-Amz-Date={}", self.at),
            format!("X-Amz-Expires={}", self.expires),
            format!("X-Amz-SignedHeaders={}", self.signed().replace(';', "%3B")),
        ];
        pairs.extend(self.query.split('&').filter(|it| !it.is_empty()).map(str::to_owned));
        pairs.join("&")
    }

    /// The request without any authentication but what stands in `query` and headers.
    pub(crate) fn unsigned_parts(&self, query: &str) -> Parts {
        let target = if query.is_empty() { self.path.clone() } else { format!("{}?{query}", self.path) };
        let (mut parts, ()) =
            Request::builder().method(self.method).uri(target).body(()).unwrap().into_parts();
        for (name, value) in &self.headers {
            parts.headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(value).unwrap());
        }
        parts
    }

    /// The signature over this query, whose pairs are sorted here.
    pub(crate) fn signature(&self, query: &str) -> String {
        let mut pairs: Vec<(String, String)> = query
            .split('&')
            .filter(|it| !it.is_empty())
            .map(|it| it.split_once('=').unwrap_or((it, "")))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        pairs.sort();
        let query: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut canonical = format!("{}\n{}\n{}\n", self.method, self.path, query.join("&")).into_bytes();
        for name in self.signed().split(';').filter(|it| !it.is_empty()) {
            let values: Vec<Vec<u8>> =
                self.headers.iter().filter(|(it, _)| *it == name).map(|(_, value)| squeezed(value)).collect();
            canonical.extend(format!("{name}:").into_bytes());
            canonical.extend(values.join(&b','));
            canonical.push(b'\n');
        }
        canonical.extend(format!("\n{}\n{}", self.signed(), self.payload).into_bytes());
        let text =
            format!("AWS4-HMAC-SHA256\n{}\n{}\n{}", self.at, self.scope, hex(&Sha256::digest(&canonical)));
        hex(&hmac(&self.signing_key(), text.as_bytes()))
    }

    pub(crate) fn signing_key(&self) -> Vec<u8> {
        let secret = format!("AWS4{}", self.secret).into_bytes();
        self.scope.split('/').fold(secret, |key, part| hmac(&key, part.as_bytes()))
    }
}

pub(crate) fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn squeezed(value: &[u8]) -> Vec<u8> {
    let words: Vec<&[u8]> = value.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).collect();
    words.join(&b' ')
}

/// Reads and verifies as a gateway would, with the examples' key, region and time.
pub(crate) fn verify(parts: &Parts) -> Result<Verified, Refusal> {
    verify_at(parts, NOW)
}

pub(crate) fn verify_at(parts: &Parts, now: u64) -> Result<Verified, Refusal> {
    let wire = Wire::from(parts);
    let presented = Presented::read(&wire)?.expect("anonymous");
    presented.verify(
        &wire,
        &SecretKey::new(SECRET),
        "us-east-1",
        Timestamp::from_unix(now),
        &SigningKeys::default(),
    )
}

/// Sets, in place of every value of that name.
pub(crate) fn set(parts: &mut Parts, name: &'static str, value: &str) {
    parts.headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
}

/// Edits the request target as text.
pub(crate) fn retarget(parts: &mut Parts, from: &str, to: &str) {
    let target = parts.uri.to_string();
    assert!(target.contains(from), "{target} lacks {from}");
    parts.uri = target.replacen(from, to, 1).parse().unwrap();
}

/// Edits the `Authorization` header as text.
pub(crate) fn reauthorize(parts: &mut Parts, from: &str, to: &str) {
    let value = parts.headers["authorization"].to_str().unwrap().to_owned();
    assert!(value.contains(from), "{value} lacks {from}");
    set(parts, "authorization", &value.replacen(from, to, 1));
}
