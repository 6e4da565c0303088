//! DeleteObjects: which of its objects the store is asked to delete.

use brigade_policy::{Action, Ask, Target};

use super::Draft;
use crate::inbound::{BatchDelete, Task};
use crate::known::Known;
use crate::xml::{self, DeleteObject};
use crate::{Bucket, Code, ObjectKey, S3Error};

impl Draft {
    /// Sorts a batch delete into what may be deleted and what not; whether anything is left to ask the store for.
    pub(super) fn delete(
        &mut self,
        bucket: &Bucket,
        control: &[u8],
        known: &Known,
        may: impl Fn(&Ask<'_>) -> bool,
    ) -> Result<bool, S3Error> {
        let request = xml::parse_delete(control)
            .map_err(|why| S3Error::new(Code::MalformedXml).because(why.to_string()))?;
        let name = bucket.name.as_str();
        let stands = |object: &DeleteObject| {
            let action = match object.version_id {
                None => Action::DeleteObject,
                Some(_) => Action::DeleteObjectVersion,
            };
            let known = known.object(object.version_id.as_deref());
            let target = Target::Object { bucket: name, key: &object.key };
            if !may(&Ask::new(action, target).with(&known)) {
                return Err(S3Error::new(Code::AccessDenied));
            }
            ObjectKey::new(object.key.clone().into_bytes())?;
            bucket.stored_key(&object.key)?;
            bucket.admits_version(object.version_id.as_deref())
        };
        // One object that cannot be is refused by itself: the others are none of its business.
        let (mut asked, mut refused) = (Vec::new(), Vec::new());
        for object in request.objects {
            match stands(&object) {
                Ok(()) => asked.push(object),
                Err(why) => refused.push((object, why)),
            }
        }
        let some = !asked.is_empty();
        self.batch(&asked, bucket);
        self.task = Task::Delete(BatchDelete { asked, refused, quiet: request.quiet });
        Ok(some)
    }

    /// The request for the store to delete these.
    pub(super) fn batch(&mut self, asked: &[DeleteObject], bucket: &Bucket) {
        self.rewritten(xml::write_delete(asked, &bucket.names()));
    }
}
