//! Files for their owner alone, replaced as a whole, and locks between processes.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use super::trouble::Trouble;

/// Bytes of a file of ours.
const LIMIT: u64 = 1 << 20;

/// How long another process may hold a lock: it asks a provider and a gateway meanwhile, each within its own bound.
const WAIT: Duration = Duration::from_secs(120);

const PAUSE: Duration = Duration::from_millis(20);

/// Makes a folder, and those above it that are missing, for their owner alone.
pub(super) fn folder(path: &Path) -> Result<(), Trouble> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    let closed = made.and_then(|()| fs::set_permissions(path, Permissions::from_mode(0o700)));
    closed.map_err(|error| unwritable(path, &error))
}

/// The file's text; `None` when there is none. One that is open to others is closed first.
pub(super) fn read(path: &Path) -> Result<Option<String>, Trouble> {
    let text = File::open(path).and_then(|file| {
        if file.metadata()?.permissions().mode() & 0o077 != 0 {
            file.set_permissions(Permissions::from_mode(0o600))?;
        }
        let mut text = String::new();
        file.take(LIMIT).read_to_string(&mut text)?;
        Ok(text)
    });
    match text {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{}: cannot be read: {error}", path.display()).into()),
    }
}

/// Puts a file there as a whole or not at all, 0600 from its first byte on.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Trouble> {
    let part = path.with_extension(format!("{}.part", super::chance()?));
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&part, path)
    })();
    written.map_err(|error| {
        let _ = fs::remove_file(&part);
        unwritable(path, &error)
    })
}

/// Removes a file or a folder with all in it, if it is there.
pub(super) fn remove(path: &Path) -> Result<(), Trouble> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unwritable(path, &error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// What one process at a time may hold; gone with it, also when the process ends.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits until no other process holds it.
    pub(super) async fn take(path: &Path) -> Result<Self, Trouble> {
        let open = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
        let file = open.map_err(|error| unwritable(path, &error))?;
        let end = tokio::time::Instant::now() + WAIT;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) if tokio::time::Instant::now() < end => {
                    tokio::time::sleep(PAUSE).await
                }
                Err(TryLockError::WouldBlock) => {
                    let name = path.display();
                    return Err(format!(
                        "another brigade has held {name} for two minutes: end it and try again"
                    )
                    .into());
                }
                Err(TryLockError::Error(error)) => return Err(unwritable(path, &error)),
            }
        }
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Trouble {
    let name = path.display();
    format!(
        "{name}: cannot be written: {error}; change its permissions, or set XDG_CONFIG_HOME to another folder"
    )
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn files_are_for_their_owner_alone_and_replaced_as_a_whole() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("a/b");
        folder(&deep).unwrap();
        assert_eq!((mode(&root.path().join("a")), mode(&deep)), (0o700, 0o700));
        let file = deep.join("x.json");
        assert_eq!(read(&file).unwrap(), None);
        write(&file, "one").unwrap();
        write(&file, "two").unwrap();
        assert_eq!((read(&file).unwrap().as_deref(), mode(&file)), (Some("two"), 0o600));
        assert_eq!(fs::read_dir(&deep).unwrap().count(), 1, "no parts are left");
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        read(&file).unwrap();
        assert_eq!(mode(&file), 0o600, "one that was open to others is closed");
        remove(&file).unwrap();
        remove(&file).unwrap();
        remove(&deep).unwrap();
        assert!(!deep.exists());
    }

    #[tokio::test]
    async fn a_lock_is_held_by_one_at_a_time() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("x.lock");
        let held = Lock::take(&path).await.unwrap();
        let soon = tokio::time::timeout(Duration::from_millis(100), Lock::take(&path)).await;
        assert!(soon.is_err(), "taken twice");
        drop(held);
        Lock::take(&path).await.unwrap();
    }
}
