//! What is measured: Brigade, and what does less.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Resource, getrlimit};

use crate::certificate::Certificate;
use crate::load::Failure;
use crate::procfs::Family;

/// A kind of process that stands between the load and the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Nginx,
    Haproxy,
    HaproxySplice,
    /// Bare hyper, a runtime for each core.
    Hyper,
    Brigade,
    /// The floor of a store behind TLS.
    Tls,
    /// Nothing: the load goes to the store.
    Direct,
}

impl Kind {
    pub(crate) const ALL: [Self; 7] = [
        Self::Nginx,
        Self::Brigade,
        Self::HaproxySplice,
        Self::Haproxy,
        Self::Hyper,
        Self::Tls,
        Self::Direct,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Haproxy => "haproxy",
            Self::HaproxySplice => "haproxy-splice",
            Self::Hyper => "hyper-core",
            Self::Brigade => "brigade",
            Self::Tls => "tls-floor",
            Self::Direct => "direct",
        }
    }

    /// The program that must be installed for it.
    fn program(self) -> Option<&'static str> {
        match self {
            Self::Nginx => Some("nginx"),
            Self::Haproxy | Self::HaproxySplice => Some("haproxy"),
            Self::Hyper | Self::Brigade | Self::Tls | Self::Direct => None,
        }
    }

    /// Whether it can be started here; otherwise its program's name.
    pub(crate) fn missing(self) -> Option<&'static str> {
        let program = self.program()?;
        let found = Command::new(program).arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status();
        found.is_err().then_some(program)
    }
}

/// A process, ended when this is dropped.
pub(crate) struct Running {
    child: Child,
    pub(crate) address: SocketAddr,
    /// Brigade's, for its metrics.
    pub(crate) admin: Option<SocketAddr>,
}

impl Running {
    pub(crate) fn family(&self) -> Family {
        Family::of(self.child.id())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let family = self.family();
        let members = family.members();
        family.ask_to_end();
        for _ in 0..50 {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        // Workers that outlive their master.
        Family::end(&members);
    }
}

/// The two addresses of the store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Store {
    pub(crate) plain: SocketAddr,
    pub(crate) secure: SocketAddr,
}

/// Starts things in a folder of its own.
pub(crate) struct Stage {
    pub(crate) folder: PathBuf,
    pub(crate) brigade: PathBuf,
}

const PATIENCE: Duration = Duration::from_secs(20);

impl Stage {
    pub(crate) fn store(&self) -> Result<(Running, Store), Failure> {
        let (plain, secure) = (port(), port());
        Certificate::of(&self.folder).make();
        let child =
            ourselves().arg("store").args([plain.to_string(), secure.to_string()]).arg(&self.folder).spawn();
        let running =
            Running { child: child.map_err(|error| error.to_string())?, address: plain, admin: None };
        accepts(plain)?;
        accepts(secure)?;
        Ok((running, Store { plain, secure }))
    }

    /// Starts one and waits until it accepts connections; for [`Kind::Direct`] there is nothing to be started.
    pub(crate) fn start(&self, kind: Kind, store: Store) -> Result<Option<Running>, Failure> {
        let running = self.spawn(kind, store)?;
        if let Some(running) = &running {
            accepts(running.address).map_err(|why| format!("{}: {why}", kind.name()))?;
        }
        Ok(running)
    }

    /// The same, without waiting.
    pub(crate) fn spawn(&self, kind: Kind, store: Store) -> Result<Option<Running>, Failure> {
        let (address, admin) = (port(), port());
        let folder = self.folder.join(format!("{}-{}", kind.name(), address.port()));
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let write = |name: &str, text: &str| {
            let file = folder.join(name);
            let text = text.replace("{listen}", &address.to_string()).replace("{admin}", &admin.to_string());
            let text = text
                .replace("{connections}", &connections().to_string())
                .replace("{store}", &store.plain.to_string())
                .replace("{tls_port}", &store.secure.port().to_string());
            fs::write(&file, text.replace("{folder}", &folder.display().to_string()))?;
            // Brigade reads secrets from no file that others may read.
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
            Ok::<_, std::io::Error>(file)
        };
        let haproxy =
            |splice: &str| write("haproxy.cfg", &template("haproxy.cfg")?.replace("{splice}", splice));
        let listen = address.to_string();
        let command = match kind {
            Kind::Direct => return Ok(None),
            Kind::Nginx => template("nginx.conf").and_then(|text| write("nginx.conf", &text)).map(|file| {
                let mut command = Command::new("nginx");
                command.arg("-p").arg(&folder).arg("-c").arg(file);
                command
            }),
            Kind::Haproxy | Kind::HaproxySplice => {
                let splice = "    option splice-auto\n    option splice-request\n    option splice-response";
                haproxy(if kind == Kind::Haproxy { "" } else { splice }).map(|file| {
                    let mut command = Command::new("haproxy");
                    command.arg("-db").arg("-q").arg("-f").arg(file);
                    command
                })
            }
            Kind::Hyper => Ok({
                let mut command = ourselves();
                command.args(["hyper", &listen, &store.plain.to_string()]);
                command
            }),
            Kind::Tls => Ok({
                let mut command = ourselves();
                command.args(["tls", &listen, &store.secure.to_string()]).arg(&self.folder);
                command
            }),
            Kind::Brigade => {
                template("brigade.toml").and_then(|text| write("brigade.toml", &text)).map(|file| {
                    let mut command = Command::new(&self.brigade);
                    command.arg("serve").arg("--config").arg(file).env("BRIGADE_LOG", "off");
                    command.env("SSL_CERT_FILE", Certificate::of(&self.folder).cert);
                    command
                })
            }
        };
        let mut command = command.map_err(|error| format!("{}: {error}", folder.display()))?;
        let said = fs::File::create(folder.join("stderr")).map_err(|error| error.to_string())?;
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said).spawn();
        let child = child.map_err(|error| format!("{} did not start: {error}", kind.name()))?;
        Ok(Some(Running { child, address, admin: (kind == Kind::Brigade).then_some(admin) }))
    }
}

/// A peer's configuration, with names in braces for what is of this run.
fn template(name: &str) -> std::io::Result<String> {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(name))
}

/// How many clients a proxy may have: each may need another connection to the store.
pub(crate) fn connections() -> usize {
    let most = getrlimit(Resource::Nofile).current.unwrap_or(65_536);
    usize::try_from(most).unwrap_or(65_536).saturating_sub(1600) / 2
}

fn ourselves() -> Command {
    Command::new(std::env::current_exe().unwrap())
}

fn accepts(address: SocketAddr) -> Result<(), Failure> {
    let began = Instant::now();
    while TcpStream::connect(address).is_err() {
        if began.elapsed() > PATIENCE {
            return Err(format!("nothing listens on {address} after {} s", PATIENCE.as_secs()));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// A port below those that the system gives to connections.
fn port() -> SocketAddr {
    use std::sync::atomic::{AtomicU16, Ordering};
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 8000).unwrap_or(0) + 21_000;
    loop {
        let address = SocketAddr::from(([127, 0, 0, 1], first + NEXT.fetch_add(1, Ordering::Relaxed)));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

/// What a program weighs without its symbols, in MB; `None` where there is no `strip`.
pub(crate) fn stripped(program: &Path, folder: &Path) -> Option<f64> {
    let out = folder.join("stripped");
    let done = Command::new("strip").arg("-o").arg(&out).arg(program).status().ok()?;
    let length = fs::metadata(&out).ok()?.len();
    done.success().then_some(length as f64 / 1e6)
}
