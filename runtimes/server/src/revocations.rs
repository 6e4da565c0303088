//! The file of revocations, read again within a second of its change.

use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use brigade_config::REVOCATIONS_LIMIT;
use brigade_gateway::Sessions;

use crate::clock;

/// How often the file is looked at.
const EVERY: Duration = Duration::from_secs(1);

/// Keeps a gateway's list as its file has it.
#[derive(Debug)]
pub(crate) struct Watch {
    path: PathBuf,
    sessions: Arc<Sessions>,
    /// What the file was like when it was last read well.
    seen: Seen,
    /// Whether it could not be read the last time; said once.
    failing: bool,
}

/// What tells one state of a file from another: when it was changed, how long it is, which file it is.
type Seen = (i64, i64, u64, u64);

impl Watch {
    /// Reads the file for the first time.
    ///
    /// # Errors
    /// Why it cannot be read: a gateway that knows nothing of what was revoked does not start.
    pub(crate) fn begin(path: PathBuf, sessions: Arc<Sessions>) -> Result<Self, String> {
        let seen = read(&path, &sessions).map_err(|why| format!("{}: {why}", path.display()))?;
        Ok(Self { path, sessions, seen, failing: false })
    }

    /// Reads it whenever it has changed, for ever.
    pub(crate) async fn run(mut self) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self = match tokio::task::spawn_blocking(move || self.looked()).await {
                Ok(watch) => watch,
                // It panicked, or the runtime ends: the list grows too old, and then lets nobody through.
                Err(_) => return,
            };
        }
    }

    fn looked(mut self) -> Self {
        match self.look() {
            Ok(changed) => {
                if changed || self.failing {
                    tracing::info!("read the revocations in {}", self.path.display());
                }
                self.failing = false;
            }
            Err(why) if !self.failing => {
                tracing::error!(
                    "{}: {why}; sessions go on by the list before, until it is too old",
                    self.path.display()
                );
                self.failing = true;
            }
            Err(_) => {}
        }
        self
    }

    /// Whether it has changed.
    fn look(&mut self) -> Result<bool, String> {
        let seen = std::fs::metadata(&self.path).map(|of| state(&of)).map_err(|error| error.to_string())?;
        if seen == self.seen {
            if let Some(list) = &self.sessions.revocations {
                list.unchanged(clock::timestamp(clock::system_time()));
            }
            return Ok(false);
        }
        self.seen = read(&self.path, &self.sessions)?;
        Ok(true)
    }
}

fn state(of: &std::fs::Metadata) -> Seen {
    (of.mtime(), of.mtime_nsec(), of.len(), of.ino())
}

fn read(path: &Path, sessions: &Sessions) -> Result<Seen, String> {
    let text = |error: io::Error| error.to_string();
    let now = clock::timestamp(clock::system_time());
    let file = std::fs::File::open(path).map_err(text)?;
    let seen = state(&file.metadata().map_err(text)?);
    let mut content = String::new();
    let limit = u64::try_from(REVOCATIONS_LIMIT).unwrap_or(u64::MAX).saturating_add(1);
    file.take(limit).read_to_string(&mut content).map_err(text)?;
    let list = brigade_config::revocations(&content)?;
    if let Some(held) = &sessions.revocations {
        held.replace(list, now);
    }
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use brigade_identity::{RevocationList, SealingKeys};

    use super::*;

    #[test]
    fn a_changed_file_is_read_and_a_broken_one_leaves_the_list() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("revoked.toml");
        let sessions =
            Arc::new(Sessions { keys: SealingKeys::none(), revocations: Some(RevocationList::new(60)) });
        assert!(Watch::begin(path.clone(), Arc::clone(&sessions)).is_err(), "it must be there at the start");
        std::fs::write(&path, "").unwrap();
        let mut watch = Watch::begin(path.clone(), sessions).unwrap();
        assert_eq!(watch.look(), Ok(false));
        std::fs::write(&path, "sessions = [\"ASIAMZXW6YTBOJTG633C\"]").unwrap();
        assert_eq!(watch.look(), Ok(true));
        assert_eq!(watch.look(), Ok(false));
        std::fs::write(&path, "sessions = [").unwrap();
        assert!(watch.look().is_err());
        assert!(watch.look().is_err(), "it is looked at until it is good");
        std::fs::write(&path, "").unwrap();
        assert_eq!(watch.look(), Ok(true));
        std::fs::remove_file(&path).unwrap();
        assert!(watch.look().is_err());
    }
}
