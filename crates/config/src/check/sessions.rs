//! The section `sessions`.

use std::path::PathBuf;
use std::time::Duration;

use brigade_gateway::Sessions;
use brigade_identity::{RevocationList, SealingKeys};

use super::Check;
use crate::{KeyPath, Problem, document};

/// How old the list of revocations may be, unless the document says.
const MAX_AGE: Duration = Duration::from_secs(60);

impl Check<'_> {
    /// What sessions are made with, and the file that says what was revoked.
    pub(super) fn sessions(&mut self, section: document::Sessions) -> (Sessions, Option<PathBuf>) {
        let path = KeyPath::of(["sessions"]);
        let deployment = section.issuer.unwrap_or_else(|| "brigade".to_owned());
        self.solid(&path.key("issuer"), &deployment);
        let keys = SealingKeys::new(deployment, &section.keys).unwrap_or_else(|(place, why)| {
            self.problem(&path.key("keys").index(place), Problem::SealingKey(why));
            SealingKeys::none()
        });
        let age_path = path.key("revocations_max_age");
        let max_age = section.revocations_max_age.map_or(MAX_AGE, |age| self.duration(&age_path, &age));
        if max_age < Duration::from_secs(5) && !max_age.is_zero() {
            self.problem(&age_path, Problem::RevocationAge);
        }
        let file = section.revocations.filter(|file| self.solid(&path.key("revocations"), file));
        let revocations = file.is_some().then(|| RevocationList::new(max_age.as_secs()));
        (Sessions { keys, revocations }, file.map(PathBuf::from))
    }
}
