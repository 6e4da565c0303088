//! CreateBucket: the store's region in place of ours.

use super::Draft;
use crate::inbound::Task;
use crate::xml::{self, Document};
use crate::{Bucket, Code, S3Error};

impl Draft {
    /// `control` is the client's `CreateBucketConfiguration`, or nothing; `region` the one clients sign for.
    pub(super) fn create(&mut self, bucket: &Bucket, control: &[u8], region: &str) -> Result<(), S3Error> {
        let asked = if control.is_empty() {
            None
        } else {
            xml::parse_create(control).map_err(|why| {
                if let xml::XmlError::Unexpected(element) = &why {
                    return S3Error::new(Code::NotImplemented)
                        .say("CreateBucketConfiguration with more than a LocationConstraint is not implemented.")
                        .because(element);
                }
                S3Error::new(Code::MalformedXml).because(why.to_string())
            })?
        };
        if asked.is_some_and(|asked| asked != region) {
            return Err(S3Error::new(Code::IllegalLocationConstraint).say(format!(
                "The location constraint is not valid here: write {region}, or leave it out."
            )));
        }
        // us-east-1 is the one region that Amazon S3 takes no word for, and stores without regions go by it.
        let there = &*bucket.backend.region;
        let body = if there == "us-east-1" {
            Vec::new()
        } else {
            Document::in_namespace("CreateBucketConfiguration", |create| {
                create.text("LocationConstraint", there);
            })
        };
        self.rewritten(body);
        self.task = Task::Create;
        Ok(())
    }
}
