//! The resources of a document: `*`, and the ARNs of buckets and objects.

use super::Mistake;
use crate::Level;
use crate::pattern::{Pattern, Reading};

/// A `Resource`, as a pattern of `bucket` or `bucket/key`.
#[derive(Clone, Debug)]
pub(super) struct Arn {
    pub(super) pattern: Pattern,
    levels: Levels,
}

/// What a pattern can match, by the shape of what stands before its first `/`.
#[derive(Clone, Copy, Debug)]
enum Levels {
    Buckets,
    Objects,
    Both,
}

impl Arn {
    pub(super) fn parse(written: &str) -> Result<Self, Mistake> {
        if written == "*" {
            let pattern = Pattern::parse(written, Reading::WILDCARDS)?;
            return Ok(Self { pattern, levels: Levels::Both });
        }
        let Some(name) = written.strip_prefix("arn:aws:s3:::") else {
            return Err(Mistake::Resource { written: written.to_owned() });
        };
        if name.is_empty()
            || name.starts_with('/')
            || name.strip_suffix('/').is_some_and(|b| !b.contains('/'))
        {
            return Err(Mistake::NamesNothing { written: written.to_owned() });
        }
        let pattern = Pattern::parse(name, Reading::WILDCARDS)?;
        let head = pattern.head();
        let levels = if head.contains('/') {
            Levels::Objects
        } else if pattern.ready().is_some_and(|glob| glob.is_literal()) {
            Levels::Buckets
        } else {
            Levels::Both
        };
        Ok(Self { pattern, levels })
    }

    /// Whether it can only be a bucket of this name, or something in it.
    pub(super) fn is_of(&self, bucket: &str) -> bool {
        let head = self.pattern.head();
        let named = head.split_once('/').map_or(head.as_str(), |(bucket, _)| bucket);
        named == bucket
            && match self.levels {
                Levels::Buckets | Levels::Objects => true,
                Levels::Both => false,
            }
    }

    /// Whether some action of this level may be done to what the pattern matches.
    pub(super) fn can_hold(&self, level: Level) -> bool {
        match (self.levels, level) {
            (_, Level::Service) | (Levels::Both, _) => true,
            (Levels::Buckets, level) => level == Level::Bucket,
            (Levels::Objects, level) => level == Level::Object,
        }
    }
}
