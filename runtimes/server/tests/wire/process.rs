//! The binary as a process: what it prints, and how it ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use brigade_sigv4::ContentSha256;

use crate::support::client::signed_by;

fn brigade(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brigade"));
    command.args(arguments).current_dir(home).env_remove("BRIGADE_LOG").stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub(crate) fn run(home: &Path, arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = brigade(home, arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// A running `brigade serve` on a port of the system's choice.
struct Serving {
    child: Child,
    banner: String,
    address: SocketAddr,
}

impl Serving {
    fn start(home: &Path) -> Self {
        Self::of(brigade(home, &["serve", "--listen", "127.0.0.1:0", "--log", "text"]).spawn().unwrap())
    }

    fn of(mut child: Child) -> Self {
        let mut banner = String::new();
        let mut out = BufReader::new(child.stdout.as_mut().unwrap());
        while !banner.contains("/demo/README.md\n") {
            assert!(out.read_line(&mut banner).unwrap() > 0, "ended after {banner:?}");
        }
        let address = banner.split_once("http://").unwrap().1.split_once(',').unwrap().0.parse().unwrap();
        Self { child, banner, address }
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    fn end(mut self) -> Option<i32> {
        self.signal("-TERM");
        self.child.wait().unwrap().code()
    }

    fn get(&self, path: &str) -> String {
        let mut tcp = TcpStream::connect(self.address).unwrap();
        write!(tcp, "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
        let mut all = String::new();
        tcp.read_to_string(&mut all).unwrap();
        all
    }
}

#[test]
fn the_first_run_prints_lines_to_paste_and_keeps_its_key() {
    let home = tempfile::tempdir().unwrap();
    let first = Serving::start(home.path());
    for part in [
        "export AWS_ACCESS_KEY_ID=BRIGADE",
        "AWS_REGION=us-east-1",
        &format!("AWS_ENDPOINT_URL=http://{}\n", first.address),
        "aws s3 cp README.md s3://demo/\n",
        "aws s3 ls s3://demo/\n",
        &format!("curl http://{}/demo/README.md\n", first.address),
    ] {
        assert!(first.banner.contains(part), "{part:?} in {}", first.banner);
    }
    assert!(first.get("/demo?list-type=2").contains("<Name>demo</Name>"));
    let key = |banner: &str| {
        banner
            .lines()
            .find(|line| line.contains("export"))
            .unwrap()
            .split(" AWS_REGION")
            .next()
            .unwrap()
            .to_owned()
    };
    let before = key(&first.banner);
    assert_eq!(first.end(), Some(0), "R-REL-09: SIGTERM exits 0");
    let second = Serving::start(home.path());
    assert_eq!(key(&second.banner), before);
    assert_eq!(second.end(), Some(0));
}

#[test]
fn r_rel_09_sigterm_finishes_a_request_in_flight_and_exits_0() {
    let home = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(home.path());
    let mut tcp = TcpStream::connect(serving.address).unwrap();
    write!(tcp, "GET /demo?list-type=2 HTTP/1.1\r\nHost: a\r\n").unwrap();
    // Answered on another connection: the first bytes of that one have been read too, or will be before it is closed.
    assert!(serving.get("/.brigade/ready").contains("ready"));
    serving.signal("-TERM");
    write!(tcp, "\r\n").unwrap();
    let mut all = String::new();
    tcp.read_to_string(&mut all).unwrap();
    assert!(all.starts_with("HTTP/1.1 200"), "{all}");
    assert_eq!(serving.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_port_that_is_taken_is_an_error_that_names_the_fix() {
    let home = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, _, told) = run(home.path(), &["serve", "--listen", &address]);
    assert_eq!(code, 1);
    assert!(told.contains(&address) && told.contains("--listen"), "{told}");
}

#[test]
fn a_directory_that_cannot_be_written_is_an_error_that_names_the_fix() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("file"), "").unwrap();
    let (code, _, told) = run(home.path(), &["serve", "--listen", "127.0.0.1:0", "--data", "file/data"]);
    assert_eq!(code, 1);
    assert!(told.contains("file/data") && told.contains("--data"), "{told}");
}

#[test]
fn a_directory_in_use_is_an_error_that_says_so() {
    let home = tempfile::tempdir().unwrap();
    let first = Serving::start(home.path());
    let (code, _, told) = run(home.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(code, 1);
    assert!(told.contains("in use"), "{told}");
    assert_eq!(first.end(), Some(0));
}

#[test]
fn check_finds_every_mistake_and_says_ok_when_there_is_none() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("brigade.toml");
    std::fs::write(
        &file,
        "[backends.b]\ntype = \"embedded\"\npath = \":memory:\"\n[buckets.demo]\nbackend = \"b\"\n",
    )
    .unwrap();
    let (code, out, told) = run(home.path(), &["check", "--config", "brigade.toml"]);
    assert_eq!(code, 0, "{told}");
    assert!(out.contains("brigade.toml: ok"), "{out}");
    std::fs::write(&file, "[buckets.demo]\nbackend = \"x\"\n[keys.A]\nsecret = \"${env:NOWHERE_SET}\"\ngrants = [{ bucket = \"none\", actions = [\"read\"] }]\n").unwrap();
    let (code, _, told) = run(home.path(), &["check", "--config", "brigade.toml"]);
    assert_eq!(code, 1);
    for mistake in ["brigade.toml:2", "NOWHERE_SET", "none"] {
        assert!(told.contains(mistake), "{mistake} in {told}");
    }
    let (code, _, told) = run(home.path(), &["check", "--config", "missing.toml"]);
    assert_eq!(code, 1);
    assert!(told.contains("missing.toml"), "{told}");
}

#[test]
fn check_says_what_of_a_configuration_cannot_work_in_a_worker() {
    let home = tempfile::tempdir().unwrap();
    let check = |text: &str| {
        std::fs::write(home.path().join("brigade.toml"), text).unwrap();
        run(home.path(), &["check", "--workers", "--config", "brigade.toml"])
    };
    let (code, _, told) = check("[backends.b]\ntype = \"embedded\"\npath = \":memory:\"\n");
    assert_eq!(code, 1);
    assert!(told.contains("brigade.toml:2") && told.contains("brigade serve"), "{told}");
    let (code, _, told) = check("[backends.b]\ntype = \"nothing\"\n");
    assert_eq!(code, 1, "{told}");
    let (code, out, told) = check(
        "[server]\nlisten = \"127.0.0.1:9000\"\n[backends.b]\ntype = \"s3\"\nendpoint = \"https://s3.example.org\"\nauth = { access_key_id = \"A\", secret_access_key = \"${env:PATH}\" }\n",
    );
    assert_eq!(code, 0, "{told}");
    for note in ["ok for a Worker", "server.listen: not looked at", "npx wrangler secret put PATH"] {
        assert!(out.contains(note), "{note} in {out}");
    }
}

#[test]
fn r_ops_01_a_world_readable_file_with_secrets_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("brigade.toml");
    let text = "[backends.b]\ntype = \"embedded\"\npath = \":memory:\"\n[buckets.demo]\nbackend = \"b\"\n[keys.AKIDEXAMPLE]\nsecret = \"a-literal-secret-of-some-length\"\ngrants = [{ bucket = \"demo\", actions = [\"read\"] }]\n";
    std::fs::write(&file, text).unwrap();
    for (mode, expect) in [(0o644, 1), (0o600, 0)] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let (code, _, told) = run(home.path(), &["check", "--config", "brigade.toml"]);
        assert_eq!(code, expect, "{mode:o}: {told}");
        assert_eq!(told.contains("chmod 600"), expect == 1, "{told}");
    }
}

#[test]
fn r_log_01_no_level_of_messages_shows_a_signature() {
    let home = tempfile::tempdir().unwrap();
    let mut command = brigade(home.path(), &["serve", "--listen", "127.0.0.1:0", "--log", "text"]);
    let mut child = command.env("BRIGADE_LOG", "trace").spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut banner = String::new();
    while !banner.contains("/demo/README.md\n") {
        assert!(out.read_line(&mut banner).unwrap() > 0, "ended after {banner:?}");
    }
    let address: SocketAddr =
        banner.split_once("http://").unwrap().1.split_once(',').unwrap().0.parse().unwrap();
    let mut tcp = TcpStream::connect(address).unwrap();
    let headers = "Authorization: AWS4-HMAC-SHA256 Credential=canary/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=canary\r\nx-amz-security-token: canary\r\n";
    write!(
        tcp,
        "GET /demo/k?X-Amz-Signature=canary HTTP/1.1\r\nHost: a\r\n{headers}Connection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    tcp.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    let mut lines = String::new();
    out.read_to_string(&mut lines).unwrap();
    let Output { status, stderr, .. } = child.wait_with_output().unwrap();
    assert!(status.success());
    let all = lines + &String::from_utf8(stderr).unwrap();
    assert!(!all.contains("canary"), "{all}");
}

#[test]
fn keygen_and_schema_print_what_they_should() {
    let home = tempfile::tempdir().unwrap();
    let (code, key, _) = run(home.path(), &["keygen"]);
    assert_eq!((code, key.trim().len()), (0, 44), "32 bytes in base64");
    assert_ne!(key, run(home.path(), &["keygen"]).1);
    let (code, schema, _) = run(home.path(), &["schema"]);
    assert_eq!(code, 0);
    assert!(serde_json::from_str::<serde_json::Value>(&schema).unwrap()["properties"]["buckets"].is_object());
}

#[test]
fn readiness_ends_before_the_work_does() {
    let home = tempfile::tempdir().unwrap();
    let admin = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--admin", &admin.to_string(), "--log", "text"];
    let child = brigade(home.path(), &arguments).spawn().unwrap();
    let mut serving = Serving::of(child);
    let ready = || {
        let mut tcp = TcpStream::connect(admin).unwrap();
        write!(tcp, "GET /.brigade/ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
        let mut all = String::new();
        tcp.read_to_string(&mut all).unwrap();
        all
    };
    assert!(ready().starts_with("HTTP/1.1 200"));
    // A request that is in progress for as long as we like.
    let mut tcp = TcpStream::connect(serving.address).unwrap();
    write!(tcp, "GET /demo?list-type=2 HTTP/1.1\r\nHost: a\r\n").unwrap();
    assert!(serving.get("/.brigade/health").contains("ok"));
    serving.signal("-TERM");
    while !ready().starts_with("HTTP/1.1 503") {}
    write!(tcp, "\r\n").unwrap();
    let mut all = String::new();
    tcp.read_to_string(&mut all).unwrap();
    assert!(all.starts_with("HTTP/1.1 200"), "{all}");
    assert_eq!(serving.child.wait().unwrap().code(), Some(0));
}

#[test]
fn r_dos_04_memory_does_not_grow_with_what_is_uploaded() {
    const EACH: usize = 16 << 20;
    let home = tempfile::tempdir().unwrap();
    let serving = Serving::start(home.path());
    let after = |name: &str| {
        let value = serving.banner.split_once(&format!("{name}=")).unwrap().1;
        value.split_whitespace().next().unwrap()
    };
    let key = (after("AWS_ACCESS_KEY_ID"), after("AWS_SECRET_ACCESS_KEY"));
    let address = serving.address;
    let length = format!("content-length: {EACH}");
    std::thread::scope(|scope| {
        for number in 0..16 {
            let line = format!("PUT /demo/{number}");
            let head =
                signed_by(key, address, &line, &[&length, "connection: close"], ContentSha256::Unsigned);
            scope.spawn(move || {
                let mut tcp = TcpStream::connect(address).unwrap();
                tcp.write_all(head.as_bytes()).unwrap();
                tcp.write_all(&vec![b'x'; EACH]).unwrap();
                let mut all = String::new();
                tcp.read_to_string(&mut all).unwrap();
                assert!(all.starts_with("HTTP/1.1 200"), "{all}");
            });
        }
    });
    let status = std::fs::read_to_string(format!("/proc/{}/status", serving.child.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: usize = peak.trim().strip_suffix(" kB").unwrap().parse().unwrap();
    assert!(peak < 250 << 10, "{peak} kB at most for sixteen uploads of 16 MiB");
    assert_eq!(serving.end(), Some(0));
}
