//! An upload form, as a browser sends one, and its policy, as a web site signs one.
//!
//! Sources: RFC 7578; <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html>.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::{Ask, Signer, amz_date};

/// A form. Its fields come in the order they are given, then the file, then what comes behind it.
#[derive(Clone, Debug)]
pub struct UploadForm {
    fields: Vec<(String, String)>,
    filename: Option<String>,
    file: Option<Vec<u8>>,
    behind: Vec<(String, String)>,
    boundary: String,
    close: String,
}

impl UploadForm {
    /// A form for this key, with a file named `f.txt` that holds `file`.
    #[must_use]
    pub fn new(key: &str) -> Self {
        Self {
            fields: vec![("key".into(), key.into())],
            filename: Some("f.txt".into()),
            file: Some(b"file".to_vec()),
            behind: Vec::new(),
            boundary: "----testkitFormBoundary7MA4YWxk".into(),
            close: "--\r\n".into(),
        }
    }

    /// Adds a field.
    #[must_use]
    pub fn field(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    /// Takes fields out.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(n, _)| n != name);
        self
    }

    /// Changes the value of a field.
    ///
    /// # Panics
    /// When there is none of this name.
    #[must_use]
    pub fn change(mut self, name: &str, how: impl FnOnce(&str) -> String) -> Self {
        let (_, value) = self.fields.iter_mut().find(|(n, _)| n == name).unwrap();
        *value = how(value);
        self
    }

    /// Changes the spelling of every field's name.
    #[must_use]
    pub fn spell(mut self, how: impl Fn(&str) -> String) -> Self {
        for (name, _) in &mut self.fields {
            *name = how(name);
        }
        self
    }

    /// The value of a field, or nothing.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        self.fields.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// The file's bytes.
    #[must_use]
    pub fn file(self, bytes: impl Into<Vec<u8>>) -> Self {
        Self { file: Some(bytes.into()), ..self }
    }

    /// The file's name, or that it has none.
    #[must_use]
    pub fn named(self, filename: Option<&str>) -> Self {
        Self { filename: filename.map(Into::into), ..self }
    }

    /// No file at all.
    #[must_use]
    pub fn no_file(self) -> Self {
        Self { file: None, ..self }
    }

    /// Adds a field behind the file.
    #[must_use]
    pub fn behind(mut self, name: &str, value: &str) -> Self {
        self.behind.push((name.into(), value.into()));
        self
    }

    /// What comes behind the last boundary; `--` and CR LF unless it is told otherwise.
    #[must_use]
    pub fn close(self, close: &str) -> Self {
        Self { close: close.into(), ..self }
    }

    /// Signs a policy for an hour, with these conditions, in JSON, besides those on bucket, key and signature.
    #[must_use]
    pub fn sign(self, signer: &Signer, bucket: &str, conditions: &[&str]) -> Self {
        let until = brigade_sigv4::Timestamp::from_unix(signer.at + 3600).iso8601();
        let mut all = vec![
            format!("{{\"bucket\": \"{bucket}\"}}"),
            "[\"starts-with\", \"$key\", \"\"]".to_owned(),
            format!("{{\"x-amz-algorithm\": \"AWS4-HMAC-SHA256\"}}"),
            format!("{{\"x-amz-credential\": \"{}\"}}", credential(signer)),
            format!("{{\"x-amz-date\": \"{}\"}}", amz_date(signer.at)),
        ];
        if let Some(token) = &signer.token {
            all.push(format!("{{\"x-amz-security-token\": \"{token}\"}}"));
        }
        all.extend(conditions.iter().map(|condition| (*condition).to_owned()));
        let policy = format!("{{\"expiration\": \"{until}\", \"conditions\": [{}]}}", all.join(", "));
        self.sign_text(signer, &policy)
    }

    /// Signs this text as the policy.
    #[must_use]
    pub fn sign_text(self, signer: &Signer, policy: &str) -> Self {
        self.sign_field(signer, &BASE64_STANDARD.encode(policy))
    }

    /// Signs this as the field `policy`, whatever it is.
    #[must_use]
    pub fn sign_field(self, signer: &Signer, policy: &str) -> Self {
        let date = amz_date(signer.at);
        let day = date[..8].to_owned();
        let mut key = format!("AWS4{}", signer.secret).into_bytes();
        for part in [&day, &signer.region, &signer.service, "aws4_request"] {
            key = hmac(&key, part.as_bytes());
        }
        let signature = hex::encode(hmac(&key, policy.as_bytes()));
        let form = match &signer.token {
            Some(token) => self.field("x-amz-security-token", token),
            None => self,
        };
        form.field("x-amz-algorithm", "AWS4-HMAC-SHA256")
            .field("x-amz-credential", &credential(signer))
            .field("x-amz-date", &date)
            .field("policy", policy)
            .field("x-amz-signature", &signature)
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> Vec<u8> {
        let mut body = Vec::new();
        let part = |body: &mut Vec<u8>, head: String, value: &[u8]| {
            body.extend(
                format!("--{}\r\nContent-Disposition: form-data; {head}\r\n\r\n", self.boundary).bytes(),
            );
            body.extend(value);
            body.extend(b"\r\n");
        };
        for (name, value) in &self.fields {
            part(&mut body, format!("name=\"{name}\""), value.as_bytes());
        }
        if let Some(file) = &self.file {
            let head = match &self.filename {
                Some(name) => format!("name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/x-own"),
                None => "name=\"file\"".to_owned(),
            };
            part(&mut body, head, file);
        }
        for (name, value) in &self.behind {
            part(&mut body, format!("name=\"{name}\""), value.as_bytes());
        }
        body.extend(format!("--{}{}", self.boundary, self.close).bytes());
        body
    }

    /// The request that posts it to this target.
    #[must_use]
    pub fn ask(&self, target: &str) -> Ask {
        let content_type = format!("multipart/form-data; boundary={}", self.boundary);
        Ask::new("POST", target).header("content-type", &content_type).body(self.body())
    }
}

fn credential(signer: &Signer) -> String {
    let date = amz_date(signer.at);
    format!("{}/{}/{}/{}/aws4_request", signer.key_id, &date[..8], signer.region, signer.service)
}

fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}
