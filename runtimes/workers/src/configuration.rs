//! The configuration, and the gateway that it becomes: once per isolate, and again when KV has another.
//!
//! Every request that finds nothing, or something old, reads for itself; none waits for what another began. What is kept
//! are values.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use brigade_config::{Config, ConfigRegistry, REVOCATIONS_LIMIT, Sources};
use brigade_gateway::{Gateway, Sessions, Settings};
use brigade_s3::{Code, S3Error};
use brigade_sigv4::Timestamp;
use wasm_bindgen::JsValue;

use crate::host;
use crate::signatures::Subtle;
use crate::upstream::Stores;

/// The key of the configuration in the namespace `BRIGADE`.
const KEY: &str = "brigade.toml";
/// How old what was read from KV may be, in milliseconds, before a request reads again. KV itself keeps a text for 30 s.
const FRESH: f64 = 20_000.0;
/// The same of the list of revocations, which may ask for less.
const REVOCATIONS_FRESH: f64 = 10_000.0;
/// How long a configuration that is wrong is not looked at again.
const WRONG: f64 = 5_000.0;

/// A gateway, and which configuration it is of.
pub(crate) struct Served {
    pub(crate) gateway: Gateway<Stores, ConfigRegistry, Subtle>,
    /// The beginning of the SHA-256 of its text.
    pub(crate) version: Box<str>,
    sessions: Arc<Sessions>,
    /// The key in KV of the list of revocations.
    revocations: Option<Box<str>>,
}

#[derive(Default)]
struct State {
    served: Option<Rc<Served>>,
    /// Whether it comes from KV, and so may change.
    changes: bool,
    /// When it was looked at last.
    looked: f64,
    /// The version of the newest that is wrong, if that is newer than what is served.
    wrong: Option<Box<str>>,
    /// Whether it could not be had the last time.
    failed: bool,
    /// When revocations were looked at last.
    revoked: f64,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

/// What `${env:…}` reads: vars and secrets.
struct Bindings<'a>(&'a JsValue);

impl Sources for Bindings<'_> {
    fn env(&self, name: &str) -> Option<String> {
        host::variable(self.0, name)
    }

    fn file(&self, _: &Path) -> std::io::Result<String> {
        Err(std::io::Error::other("a Worker has no files; keep it in a secret and write ${env:NAME}"))
    }
}

/// Which configuration is served, for `/.brigade/health`: its version, and whether a newer one is wrong.
pub(crate) fn version() -> Option<(Box<str>, bool)> {
    STATE.with_borrow(|state| {
        let served = state.served.as_ref()?;
        Some((served.version.clone(), state.wrong.is_some()))
    })
}

/// The gateway as configured, read anew when it may have changed.
///
/// # Errors
/// 503 when there is no configuration that could be served.
pub(crate) async fn current(env: &JsValue, now: f64) -> Result<Rc<Served>, S3Error> {
    match STATE.with_borrow_mut(|state| state.turn(now)) {
        Turn::Use(served) => return Ok(served),
        Turn::Wait => return Err(none()),
        Turn::Read => {}
    }
    let (text, changes) = match host::configured(env) {
        Some(text) => (Ok(Some(text)), false),
        None if host::has_kept(env) => (read(env, KEY).await, true),
        None => (Ok(host::bundled()), false),
    };
    let read = text.and_then(|text| {
        text.ok_or_else(|| {
            "there is none: set the variable BRIGADE_CONFIG, or bind a KV namespace as BRIGADE with the key brigade.toml"
                .to_owned()
        })
    });
    let outcome = read.and_then(|text| take(&text, env, changes));
    match outcome {
        Ok(served) => {
            STATE.with_borrow_mut(|state| state.failed = false);
            Ok(served)
        }
        Err(why) => {
            host::complain(&format!("the configuration: {why}"));
            STATE.with_borrow_mut(|state| {
                state.failed = true;
                state.served.clone().ok_or_else(none)
            })
        }
    }
}

fn none() -> S3Error {
    S3Error::new(Code::ServiceUnavailable)
        .say("The gateway has no configuration that it could serve. Its operator finds in the log what is wrong.")
        .because("no valid configuration")
}

/// What a request does about the configuration.
enum Turn {
    Use(Rc<Served>),
    /// It was wrong a moment ago.
    Wait,
    Read,
}

impl State {
    /// Whoever is to read is alone for a while: the others go on with what there is.
    fn turn(&mut self, now: f64) -> Turn {
        let turn = match &self.served {
            Some(served) if !self.changes || now - self.looked < FRESH => Turn::Use(Rc::clone(served)),
            None if self.failed && now - self.looked < WRONG => Turn::Wait,
            Some(_) | None => Turn::Read,
        };
        if let Turn::Read = turn {
            self.looked = now;
        }
        turn
    }
}

/// Takes over a text, unless it is what is served already.
fn take(text: &str, env: &JsValue, changes: bool) -> Result<Rc<Served>, String> {
    let version = brigade_config::version(text);
    let same = STATE.with_borrow(|state| state.served.clone().filter(|served| served.version == version));
    if let Some(same) = same {
        return Ok(same);
    }
    let config = Config::load(text, KEY, &Bindings(env)).map_err(|wrong| {
        STATE.with_borrow_mut(|state| state.wrong = Some(version.clone()));
        wrong.to_string()
    })?;
    let served = Rc::new(serve(config, version));
    STATE.with_borrow_mut(|state| {
        state.served = Some(Rc::clone(&served));
        state.changes = changes;
        state.wrong = None;
        state.revoked = 0.0;
    });
    Ok(served)
}

fn serve(config: Config, version: Box<str>) -> Served {
    let settings = Settings {
        addressing: config.server.addressing.clone(),
        region: Arc::from(&*config.server.region),
        sessions: Arc::clone(&config.sessions),
    };
    let sessions = Arc::clone(&config.sessions);
    let revocations = config.revocations.as_deref().map(brigade_config::kept_as);
    let federation = config.federation.clone();
    let gateway = Gateway::new(Stores, config.into_registry(), settings).with_signatures(Subtle);
    let gateway = match federation {
        Some(federation) => gateway.with_federation(federation),
        None => gateway,
    };
    Served { gateway, version, sessions, revocations }
}

/// Reads what was revoked, if that is a while ago. What cannot be read leaves the list before, until that is too old; then
/// every request reads for itself, as it could not go on without.
pub(crate) async fn revocations(served: &Served, env: &JsValue, now: f64) {
    let (Some(key), Some(list)) = (&served.revocations, &served.sessions.revocations) else { return };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds since 1970")]
    let at = Timestamp::from_unix((now / 1000.0) as u64);
    #[allow(clippy::cast_precision_loss, reason = "of a time nobody waits for")]
    let fresh = REVOCATIONS_FRESH.min(list.max_age() as f64 * 1000.0 / 3.0);
    let due = STATE.with_borrow_mut(|state| {
        let due = now - state.revoked >= fresh || !list.is_current(at);
        if due {
            state.revoked = now;
        }
        due
    });
    if !due {
        return;
    }
    let text = match read(env, key).await {
        Ok(Some(text)) if text.len() <= REVOCATIONS_LIMIT => brigade_config::revocations(&text),
        Ok(Some(_)) => Err("it is too long".to_owned()),
        Ok(None) => Err("the namespace bound as BRIGADE has no such key".to_owned()),
        Err(why) => Err(why),
    };
    match text {
        Ok(read) => list.replace(read, at),
        Err(why) => {
            STATE.with_borrow_mut(|state| state.revoked = 0.0);
            host::complain(&format!("{key}: {why}; sessions go on by the list before, until it is too old"));
        }
    }
}

/// A text in KV.
async fn read(env: &JsValue, key: &str) -> Result<Option<String>, String> {
    let text = host::settle(&host::kept(env, key)).await.map_err(|why| host::words(&why))?;
    Ok(text.as_string())
}
