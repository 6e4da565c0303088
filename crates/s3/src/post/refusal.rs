//! The reasons to refuse a form, as S3's codes.

use super::policy::{NotAdmitted, PolicyFault, Sizes};
use super::reader::{FormError, LIMIT};
use crate::{Code, S3Error};

impl From<FormError> for S3Error {
    fn from(error: FormError) -> Self {
        let said = error.to_string();
        match error {
            FormError::Malformed => Self::new(Code::MalformedPost),
            FormError::TooLarge => Self::new(Code::MaxPostPreDataLengthExceeded)
                .with("MaxPostPreDataLengthBytes", LIMIT.to_string()),
            FormError::NoFile => {
                Self::new(Code::InvalidArgument).with("ArgumentName", "file").with("ArgumentValue", "0")
            }
            FormError::Repeated(name) => Self::new(Code::InvalidArgument).with("ArgumentName", name),
        }
        .say(said)
    }
}

impl From<PolicyFault> for S3Error {
    fn from(fault: PolicyFault) -> Self {
        Self::new(Code::InvalidPolicyDocument).say(fault.to_string()).because("the form's policy is none")
    }
}

impl From<NotAdmitted> for S3Error {
    fn from(why: NotAdmitted) -> Self {
        let error = Self::new(Code::AccessDenied).say(why.to_string());
        // A condition's value may be a session's token: the client has it, the log must not.
        match why {
            NotAdmitted::Expired => error,
            NotAdmitted::Condition { field, .. } => {
                error.because(format!("the form's policy asks for another {field}"))
            }
            NotAdmitted::Extra(name) => {
                error.because(format!("no condition of the form's policy names its field {name}"))
            }
        }
    }
}

impl Sizes {
    /// Checks the size of a file.
    pub(super) fn admit(self, size: u64) -> Result<(), S3Error> {
        let proposed = |code, message: &'static str| {
            S3Error::new(code).say(message).with("ProposedSize", size.to_string())
        };
        if size > self.max {
            return Err(proposed(
                Code::EntityTooLarge,
                "Your proposed upload exceeds the maximum allowed size",
            )
            .with("MaxSizeAllowed", self.max.to_string()));
        }
        if size < self.min {
            return Err(proposed(
                Code::EntityTooSmall,
                "Your proposed upload is smaller than the minimum allowed size",
            )
            .with("MinSizeAllowed", self.min.to_string()));
        }
        Ok(())
    }
}
