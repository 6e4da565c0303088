//! DeleteObjects: which of its objects the store is asked to delete.

use brigade_policy::{Action, Ask, Target};
use http::{HeaderValue, header};

use super::Draft;
use crate::inbound::{BatchDelete, Task};
use crate::xml::{self, DeleteObject};
use crate::{Bucket, Code, ObjectKey, S3Error, Upload, body_digest};

impl Draft {
    /// Sorts a batch delete into what may be deleted and what not; whether anything is left to ask the store for.
    pub(super) fn delete(
        &mut self,
        bucket: &Bucket,
        control: &[u8],
        may: impl Fn(&Ask<'_>) -> bool,
    ) -> Result<bool, S3Error> {
        let request = xml::parse_delete(control)
            .map_err(|why| S3Error::new(Code::MalformedXml).because(why.to_string()))?;
        let name = bucket.name.as_str();
        let allowed = |object: &DeleteObject| {
            let action = match object.version_id {
                None => Action::DeleteObject,
                Some(_) => Action::DeleteObjectVersion,
            };
            may(&Ask { action, target: Target::Object { bucket: name, key: &object.key } })
        };
        let (asked, refused): (Vec<_>, Vec<_>) = request.objects.into_iter().partition(allowed);
        for object in &asked {
            ObjectKey::new(object.key.clone().into_bytes())?;
            bucket.stored_key(&object.key)?;
        }
        let some = !asked.is_empty();
        let body = xml::write_delete(&asked, &bucket.prefix);
        for algorithm in brigade_sigv4::ChecksumAlgorithm::ALL {
            self.headers.remove(algorithm.header());
        }
        self.headers.remove("x-amz-sdk-checksum-algorithm");
        if let Ok(md5) = HeaderValue::from_str(&body_digest::content_md5(&body)) {
            self.headers.insert("content-md5", md5);
        }
        self.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        self.length(body.len() as u64);
        self.payload = body_digest::sha256(&body);
        self.upload = Upload::Replace(body.into());
        self.task = Task::Delete(BatchDelete { asked, refused, quiet: request.quiet });
        Ok(some)
    }
}
