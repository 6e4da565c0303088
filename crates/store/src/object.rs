//! Operations on one object.

pub(crate) mod attributes;
pub(crate) mod copy;
pub(crate) mod delete;
pub(crate) mod description;
pub(crate) mod read;
pub(crate) mod tags;
pub(crate) mod write;
