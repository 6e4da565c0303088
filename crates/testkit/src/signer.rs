//! A client's signature, made by the `aws-sigv4` crate.

use std::borrow::Cow;
use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningParams, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;

use crate::{Ask, NOW, decode, encode, encode_path};

/// What signs a request, and how: each knob is one an honest client or an attacker might turn.
#[derive(Clone, Debug)]
pub struct Signer {
    /// The access key id.
    pub key_id: String,
    /// The secret access key.
    pub secret: String,
    /// The session token, if any.
    pub token: Option<String>,
    /// The date, in seconds since 1970.
    pub at: u64,
    /// The region of the scope.
    pub region: String,
    /// The service of the scope.
    pub service: String,
    /// What is signed of the body.
    pub mark: Mark,
    /// Whether the request says in `x-amz-content-sha256` what is signed of its body.
    pub declares: bool,
    /// Headers that are sent and not signed.
    pub leave_out: Vec<&'static str>,
}

/// What `x-amz-content-sha256` says of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Its SHA-256.
    Hash,
    /// This text.
    Text(String),
}

impl Signer {
    /// A signer at [`NOW`], for `us-east-1` and `s3`, who signs the body's hash.
    #[must_use]
    pub fn new(key_id: &str, secret: &str) -> Self {
        Self {
            key_id: key_id.into(),
            secret: secret.into(),
            token: None,
            at: NOW,
            region: "us-east-1".into(),
            service: "s3".into(),
            mark: Mark::Hash,
            declares: true,
            leave_out: Vec::new(),
        }
    }

    /// The same, dated so many seconds since 1970.
    #[must_use]
    pub fn at(self, at: u64) -> Self {
        Self { at, ..self }
    }

    /// The same, signing this text in place of the body's hash.
    #[must_use]
    pub fn mark(self, text: &str) -> Self {
        Self { mark: Mark::Text(text.into()), ..self }
    }

    /// The same, leaving these headers out of the signature.
    #[must_use]
    pub fn leaving_out(self, names: &[&'static str]) -> Self {
        Self { leave_out: names.to_vec(), ..self }
    }

    /// Signs a request in its `Authorization` header, over every header it has now.
    #[must_use]
    pub fn sign(&self, ask: Ask) -> Ask {
        let mark = self.text(&ask);
        let mut settings = self.settings();
        if self.declares {
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let (headers, _) = self.apply(&ask, &mark, settings);
        headers.into_iter().fold(ask, |ask, (name, value)| ask.header(&name, &value))
    }

    /// Signs a request in its query, good for so many seconds.
    ///
    /// The canonical request says `UNSIGNED-PAYLOAD`, whatever `x-amz-content-sha256` header is among the signed ones.
    #[must_use]
    pub fn presign(&self, ask: Ask, seconds: u64) -> Ask {
        let mut settings = self.settings();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(Duration::from_secs(seconds));
        let mark = match &self.mark {
            Mark::Hash => "UNSIGNED-PAYLOAD".to_owned(),
            Mark::Text(text) => text.clone(),
        };
        let (_, parameters) = self.apply(&ask, &mark, settings);
        parameters.into_iter().fold(ask, |ask, (name, value)| ask.parameter(&name, &value))
    }

    fn text(&self, ask: &Ask) -> String {
        match &self.mark {
            Mark::Hash => crate::chunked::sha256(&ask.bytes()),
            Mark::Text(text) => text.clone(),
        }
    }

    fn settings(&self) -> SigningSettings {
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.excluded_headers = Some(self.leave_out.iter().map(|name| Cow::Borrowed(*name)).collect());
        settings
    }

    fn apply(&self, ask: &Ask, mark: &str, settings: SigningSettings) -> (Pairs, Pairs) {
        let credentials =
            Credentials::new(self.key_id.clone(), self.secret.clone(), self.token.clone(), None, "testkit");
        let identity = credentials.into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(&self.service)
            .time(UNIX_EPOCH + Duration::from_secs(self.at))
            .settings(settings)
            .build()
            .unwrap();
        let params = SigningParams::from(params);
        let uri = format!("http://{}{}", ask.host(), canonical(ask.target()));
        let headers: Vec<(String, String)> = ask.headers().to_vec();
        let signable = SignableRequest::new(
            ask.method(),
            &uri,
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())),
            SignableBody::Precomputed(mark.into()),
        )
        .unwrap();
        let (instructions, _) = sign(signable, &params).unwrap().into_parts();
        let (headers, parameters) = instructions.into_parts();
        let headers = headers.iter().map(|header| (header.name().into(), header.value().into())).collect();
        let parameters = parameters.into_iter().map(|(name, value)| (name.into(), value.into_owned()));
        (headers, parameters.collect())
    }
}

type Pairs = Vec<(String, String)>;

/// `yyyyMMdd'T'HHmmss'Z'` of so many seconds since 1970.
#[must_use]
pub fn amz_date(seconds: u64) -> String {
    brigade_sigv4::Timestamp::from_unix(seconds).amz_date()
}

/// The target with its path decoded once and encoded once. The `aws-sigv4` crate does the same to the query.
fn canonical(target: &str) -> String {
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let path = encode_path(decode(path));
    let pairs = |query: &str| -> String {
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let part = |text: &str| encode(decode(&text.replace('+', " ")));
            format!("{}={}", part(name), part(value))
        };
        query.split('&').filter(|pair| !pair.is_empty()).map(pair).collect::<Vec<_>>().join("&")
    };
    match query {
        Some(query) => format!("{path}?{}", pairs(query)),
        None => path,
    }
}
