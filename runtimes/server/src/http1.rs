//! HTTP/1 as this server speaks it.

#![cfg_attr(not(test), allow(dead_code, reason = "what speaks by it comes next"))]

mod carrier;
#[cfg(target_os = "linux")]
mod pipe;
pub(crate) mod splice;
