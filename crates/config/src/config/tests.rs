//! Documents, and exactly what is said of them.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use crate::{Config, Sources};

mod any;
mod bad;
mod good;

/// The shape of a key of P-256, and no more: its point lies on no curve.
const P256: &str = "\
-----BEGIN PRIVATE KEY-----\n\
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgCQkJCQkJCQkJCQkJ\n\
CQkJCQkJCQkJCQkJCQkJCQkJCQmhRANCAAQAAQIDBAUGBwgJCgsMDQ4PEBESExQV\n\
FhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/\n\
-----END PRIVATE KEY-----\n";

/// An environment and files for a test.
#[derive(Default)]
pub(crate) struct World(HashMap<&'static str, &'static str>);

impl Sources for World {
    fn env(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|value| (*value).to_owned())
    }

    fn file(&self, path: &Path) -> io::Result<String> {
        let text = self.0.get(path.to_str().unwrap());
        text.map(|text| (*text).to_owned())
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such file"))
    }
}

pub(crate) fn world() -> World {
    World(HashMap::from([
        ("SECRET", "Zx7-the-secret"),
        ("EMPTY", ""),
        ("HOST", "store.example"),
        // what the examples refer to
        ("UP_KEY", "AKUP"),
        ("UP_SECRET", "Zx7-up"),
        ("DEPLOY_SECRET", "Zx7-deploy"),
        ("/run/secret", "Zx7-from-a-file\n"),
        ("/run/empty", "\n"),
        ("/run/p256.pem", P256),
        ("federation.pem", P256),
    ]))
}

fn load(text: &str) -> Result<Config, String> {
    Config::load(text, "brigade.toml", &world()).map_err(|wrong| wrong.to_string())
}
