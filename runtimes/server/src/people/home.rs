//! Where logins and credentials are kept: `$XDG_CONFIG_HOME/brigade`, or `~/.config/brigade`.

use std::path::PathBuf;

use super::private;
use super::trouble::Trouble;
use crate::clock;

/// The profile if nobody says.
pub(super) const DEFAULT: &str = "default";

/// The folder.
///
/// ```text
/// profiles/NAME.json, NAME.lock          who is logged in
/// credentials/NAME/HASH.json, HASH.lock  what the gateway gave; `.token` for tokens that are not a profile's
/// ```
#[derive(Clone, Debug)]
pub(super) struct Home(PathBuf);

impl Home {
    pub(super) fn new() -> Result<Self, Trouble> {
        let named = |name| clock::environment(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let config = named("XDG_CONFIG_HOME").or_else(|| named("HOME").map(|home| home.join(".config")));
        let config =
            config.ok_or("neither HOME nor XDG_CONFIG_HOME is set: set one, logins are kept under it")?;
        Ok(Self(config.join("brigade")))
    }

    /// Of a profile: its file or its lock.
    pub(super) fn profile(&self, name: &str, ending: &str) -> Result<PathBuf, Trouble> {
        Ok(self.made("profiles")?.join(format!("{name}.{ending}")))
    }

    /// The folder of the credentials of a profile, or of `None`.
    pub(super) fn credentials(&self, profile: Option<&str>) -> Result<PathBuf, Trouble> {
        let folder = self.made("credentials")?.join(profile.unwrap_or(".token"));
        private::folder(&folder)?;
        Ok(folder)
    }

    fn made(&self, folder: &str) -> Result<PathBuf, Trouble> {
        let folder = self.0.join(folder);
        private::folder(&folder)?;
        Ok(folder)
    }
}

/// The profile that is meant: by its option, by `BRIGADE_PROFILE`, or `default`.
pub(super) fn chosen(option: Option<&str>) -> Result<String, Trouble> {
    let name = option.map(str::to_owned).or_else(|| clock::environment("BRIGADE_PROFILE"));
    let name = name.unwrap_or_else(|| DEFAULT.to_owned());
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() || name.len() > 64 || name.starts_with('.') || !name.chars().all(plain) {
        return Err(
            "a profile is named by 1 to 64 letters, digits, `.`, `_` and `-`, and not by a `.` first".into(),
        );
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_names_a_file_in_its_folder() {
        for (name, good) in [
            ("work", true),
            ("a.b-c_1", true),
            ("../x", false),
            (".x", false),
            ("", false),
            ("a/b", false),
            ("é", false),
        ] {
            assert_eq!(chosen(Some(name)).is_ok(), good, "{name}");
        }
    }
}
