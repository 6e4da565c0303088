//! Where things are: the checkout, the build's directory, the cache of tools.

use std::path::{Path, PathBuf};

/// The root of the checkout.
pub(crate) fn root() -> PathBuf {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let manifest = manifest.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    manifest.parent().map(Path::to_path_buf).unwrap_or(manifest)
}

/// The directory cargo builds into, as an absolute path.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// Tools that outlive a `cargo clean`: `$XDG_CACHE_HOME/brigade`, or `~/.cache/brigade`.
pub(crate) fn cache() -> Result<PathBuf, String> {
    let cache = std::env::var_os("XDG_CACHE_HOME").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    let home = std::env::var_os("HOME").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    match cache.or_else(|| home.map(|home| home.join(".cache"))) {
        Some(cache) => Ok(cache.join("brigade")),
        None => Err("neither HOME nor XDG_CACHE_HOME is set: set one, tools are kept under it".to_owned()),
    }
}
