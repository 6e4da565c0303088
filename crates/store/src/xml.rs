//! S3's XML: written with care for what XML cannot hold, read with bounds.

mod read;
mod write;

pub(crate) use read::{Element, parse};
pub(crate) use write::Xml;
