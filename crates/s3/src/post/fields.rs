//! The fields of a form.

use brigade_sigv4::{Presented, Refusal, SignedForm};

use super::reader::{FormError, LIMIT};
use crate::S3Error;

/// The fields that come before a form's file, and the name of the file. No name comes twice, whatever its case.
///
/// `${filename}` is replaced everywhere but in what authenticates the form, before anything is judged. There is no `Debug`:
/// among the fields are a signature and a policy.
#[allow(missing_debug_implementations, reason = "it holds a signature and a policy")]
pub struct PostForm {
    fields: Vec<Field>,
    before: u64,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) value: String,
}

/// The fields that authenticate a form, and say nothing of the object.
const AUTHENTICATION: [&str; 6] = [
    "policy",
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-security-token",
    "x-amz-signature",
];

const FILENAME: &str = "${filename}";

impl PostForm {
    /// Puts the file's name where the fields ask for it. A file without a name leaves the text as it is, as S3 does.
    pub(super) fn new(
        mut fields: Vec<Field>,
        filename: Option<&str>,
        before: u64,
    ) -> Result<Self, FormError> {
        let mut length: usize = fields.iter().map(|field| field.value.len()).sum();
        let Some(filename) = filename else { return Ok(Self { fields, before }) };
        for field in &mut fields {
            let times = field.value.matches(FILENAME).count();
            if times > 0 && !authenticates(&field.name) {
                // Before the memory is asked for: a form of 20 KiB could otherwise name megabytes.
                length += times * filename.len();
                if length > LIMIT {
                    return Err(FormError::TooLarge);
                }
                field.value = field.value.replace(FILENAME, filename);
            }
        }
        Ok(Self { fields, before })
    }

    /// The value of a field.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name));
        field.map(|field| field.value.as_str())
    }

    /// Names, as they were sent, and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|field| (field.name.as_str(), field.value.as_str()))
    }

    /// How many bytes of the body come before the file's content.
    #[must_use]
    pub fn before(&self) -> u64 {
        self.before
    }

    /// Who signed it, unverified. `None`: nobody, and then its policy, if it has one, says nothing.
    ///
    /// # Errors
    /// What malformed credentials deserve; 400 `InvalidRequest` for Signature Version 2.
    pub fn presented(&self) -> Result<Option<Presented>, S3Error> {
        if self.value("AWSAccessKeyId").is_some() || self.value("signature").is_some() {
            return Err(Refusal::SignatureV2.into());
        }
        Ok(Presented::of_form(&SignedForm {
            algorithm: self.value("x-amz-algorithm"),
            credential: self.value("x-amz-credential"),
            date: self.value("x-amz-date"),
            signature: self.value("x-amz-signature"),
            token: self.value("x-amz-security-token"),
            policy: self.value("policy"),
        })?)
    }
}

/// Whether a field is one that authenticates the form.
pub(super) fn authenticates(name: &str) -> bool {
    AUTHENTICATION.iter().any(|it| it.eq_ignore_ascii_case(name))
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Field").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(name: &str, value: &str, filename: Option<&str>) -> Result<String, FormError> {
        let fields = vec![Field { name: name.into(), value: value.into() }];
        PostForm::new(fields, filename, 0).map(|form| form.value(name).unwrap().to_owned())
    }

    #[test]
    fn the_files_name_is_put_where_it_is_asked_for() {
        for (name, value, filename, expect) in [
            ("key", "user/${filename}", Some("a.txt"), Ok("user/a.txt")),
            ("key", "user/${filename}", Some(""), Ok("user/")),
            ("key", "user/${filename}", None, Ok("user/${filename}")),
            ("key", "${filename}${filename}", Some("${filename}"), Ok("${filename}${filename}")),
            ("x-amz-meta-name", "<${filename}>", Some("a"), Ok("<a>")),
            ("key", "${Filename}", Some("a"), Ok("${Filename}")),
            ("Policy", "${filename}", Some("a"), Ok("${filename}")),
            ("X-Amz-Signature", "${filename}", Some("a"), Ok("${filename}")),
        ] {
            assert_eq!(expanded(name, value, filename), expect.map(str::to_owned), "{name}: {value}");
        }
        let many = FILENAME.repeat(500);
        assert_eq!(expanded("key", &many, Some(&"x".repeat(10_000))), Err(FormError::TooLarge));
    }
}
