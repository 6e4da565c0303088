//! `auth = "environment"`: the binary as a process, with each of the surroundings that AWS's chain knows, all on 127.0.0.1.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::support::HUNG;

/// A store, the metadata of a machine and of a task, and STS, at one address.
struct Cloud {
    address: SocketAddr,
    /// The key id and token of each request that the store was sent.
    signed: Receiver<(String, String)>,
    /// Everything else that was asked: the method and the path.
    asked: Receiver<String>,
}

impl Cloud {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let ((sign, signed), (ask, asked)) = (channel(), channel());
        std::thread::spawn(move || {
            for tcp in listener.incoming() {
                let (sign, ask) = (sign.clone(), ask.clone());
                std::thread::spawn(move || serve(tcp.unwrap(), &sign, &ask));
            }
        });
        Self { address, signed, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.try_iter().collect()
    }
}

fn serve(tcp: TcpStream, sign: &Sender<(String, String)>, ask: &Sender<String>) {
    let mut reader = BufReader::new(tcp.try_clone().unwrap());
    let mut writer = tcp;
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let header = |name: &str| {
            let lines = head.lines().filter_map(|line| line.split_once(':'));
            lines.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim().to_owned()).next()
        };
        let length = header("content-length").map_or(0, |text| text.parse().unwrap());
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let body = String::from_utf8(body).unwrap();
        let line: Vec<_> = head.lines().next().unwrap().split(' ').collect();
        let (status, answer) = if let Some(authorization) =
            header("authorization").filter(|text| text.starts_with("AWS4-"))
        {
            let id = authorization.split_once("Credential=").unwrap().1.split('/').next().unwrap().to_owned();
            let _ = sign.send((id, header("x-amz-security-token").unwrap_or_default()));
            (200, "kept".to_owned())
        } else {
            let _ = ask.send(format!("{} {}", line[0], line[1]));
            surroundings(line[0], line[1], header, &body)
        };
        // A session's token has a time to live; of other answers this says nothing.
        let head = format!("HTTP/1.1 {status} X\r\nx-aws-ec2-metadata-token-ttl-seconds: 21600");
        let answer = format!("{head}\r\ncontent-length: {}\r\n\r\n{answer}", answer.len());
        if writer.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

const MACHINE: &str = "/latest/meta-data/iam/security-credentials/";

/// What a machine's and a task's metadata, and STS, answer, as AWS documents them.
fn surroundings(
    method: &str,
    path: &str,
    header: impl Fn(&str) -> Option<String>,
    body: &str,
) -> (u16, String) {
    let until = "2999-01-01T00:00:00Z";
    let credentials = |id: &str| {
        format!(
            r#"{{"Code":"Success","LastUpdated":"2026-11-20T12:00:00Z","Type":"AWS-HMAC","AccessKeyId":"{id}","SecretAccessKey":"s3cr3t/{id}","Token":"token-of-{id}","Expiration":"{until}"}}"#
        )
    };
    match (method, path) {
        // IMDSv2: a session's token first, and nothing without it.
        ("PUT", "/latest/api/token") => {
            assert!(header("x-aws-ec2-metadata-token-ttl-seconds").is_some());
            (200, "imds-session".to_owned())
        }
        ("GET", path) if path.starts_with("/latest/") => {
            if header("x-aws-ec2-metadata-token").as_deref() != Some("imds-session") {
                return (401, String::new());
            }
            match path.strip_prefix(MACHINE) {
                Some("") => (200, "machine-role".to_owned()),
                Some("machine-role") => (200, credentials("ASIAMACHINE")),
                Some(_) | None => (404, String::new()),
            }
        }
        ("GET", "/v2/credentials/task") => (200, credentials("ASIATASK")),
        ("GET", "/v1/credentials") => match header("authorization").as_deref() {
            Some("pod-token") => (200, credentials("ASIAPOD")),
            Some(_) | None => (403, String::new()),
        },
        ("POST", "/") => {
            for field in
                ["Action=AssumeRoleWithWebIdentity", "WebIdentityToken=service-account", "Version=2011-06-15"]
            {
                assert!(body.contains(field), "{field} in {body}");
            }
            let answer = format!(
                "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleWithWebIdentityResult>\
                 <AssumedRoleUser><Arn>arn:aws:sts::1:assumed-role/a/b</Arn><AssumedRoleId>A:b</AssumedRoleId></AssumedRoleUser>\
                 <Credentials><AccessKeyId>ASIAIRSA</AccessKeyId><SecretAccessKey>s3cr3t</SecretAccessKey>\
                 <SessionToken>token-of-ASIAIRSA</SessionToken><Expiration>{until}</Expiration></Credentials>\
                 </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
            );
            (200, answer)
        }
        (_, _) => (404, String::new()),
    }
}

/// A running Brigade with nothing around it but what it is given.
struct Running {
    child: Child,
    address: SocketAddr,
}

impl Running {
    fn start(home: &Path, cloud: &Cloud, around: &[(&str, String)]) -> Self {
        let config = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\n[backends.far]\ntype = \"s3\"\nendpoint = \"http://{}\"\nauth = \"environment\"\n\
             [buckets.open]\nbackend = \"far\"\npublic = [\"read\", \"list\"]\n",
            cloud.address
        );
        std::fs::write(home.join("brigade.toml"), config).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_brigade"));
        command.args(["serve", "--config", "brigade.toml"]).current_dir(home).stdin(Stdio::null());
        command.env_clear().env("HOME", home).stdout(Stdio::null()).stderr(Stdio::piped());
        // Where there is nothing else, a machine's metadata are asked for at an address of no network's.
        command.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1");
        let mut child = command.envs(around.iter().map(|(name, value)| (name, value))).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("serving S3 on ") {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0, "it ended");
        }
        let address = line.split_once("serving S3 on ").unwrap().1.trim().parse().unwrap();
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Self { child, address }
    }

    fn get(&self) -> String {
        let mut tcp = TcpStream::connect(self.address).unwrap();
        tcp.set_read_timeout(Some(HUNG)).unwrap();
        write!(tcp, "GET /open/k HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
        let mut all = String::new();
        tcp.read_to_string(&mut all).unwrap();
        all
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A request is signed with the credentials of this id, and its token with it, out of these surroundings.
fn check(
    around: impl FnOnce(&Path, &Cloud) -> Vec<(&'static str, String)>,
    id: &str,
    token: &str,
    asked: &[&str],
) {
    let (home, cloud) = (tempfile::tempdir().unwrap(), Cloud::start());
    let around = around(home.path(), &cloud);
    let running = Running::start(home.path(), &cloud, &around);
    for _ in 0..3 {
        let answer = running.get();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("kept"), "{answer}");
        let signed = cloud.signed.recv_timeout(Duration::from_secs(10)).unwrap();
        assert_eq!(signed, (id.to_owned(), token.to_owned()));
    }
    assert_eq!(cloud.asked(), asked, "once for three requests");
}

fn file(home: &Path, name: &str, text: &str) -> String {
    let path = home.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn the_environments_variables() {
    let around = |_: &Path, _: &Cloud| {
        vec![
            ("AWS_ACCESS_KEY_ID", "AKIDENVIRONMENT".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "s3cr3t".to_owned()),
            ("AWS_SESSION_TOKEN", "env-token".to_owned()),
        ]
    };
    check(around, "AKIDENVIRONMENT", "env-token", &[]);
}

#[test]
fn a_profile() {
    let text = "[default]\naws_access_key_id = AKIDDEFAULT\naws_secret_access_key = d\n[data]\naws_access_key_id = AKIDPROFILE\n\
                aws_secret_access_key = p\n";
    let around = |home: &Path, _: &Cloud| {
        vec![
            ("AWS_SHARED_CREDENTIALS_FILE", file(home, "credentials", text)),
            ("AWS_PROFILE", "data".to_owned()),
        ]
    };
    check(around, "AKIDPROFILE", "", &[]);
}

#[test]
fn a_web_identity_as_on_eks() {
    let around = |home: &Path, cloud: &Cloud| {
        vec![
            ("AWS_WEB_IDENTITY_TOKEN_FILE", file(home, "token", "service-account")),
            ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/pod".to_owned()),
            ("AWS_ENDPOINT_URL_STS", format!("http://{}", cloud.address)),
        ]
    };
    check(around, "ASIAIRSA", "token-of-ASIAIRSA", &["POST /"]);
}

#[test]
fn a_tasks_role_as_on_ecs() {
    let around = |_: &Path, cloud: &Cloud| {
        vec![("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("http://{}/v2/credentials/task", cloud.address))]
    };
    check(around, "ASIATASK", "token-of-ASIATASK", &["GET /v2/credentials/task"]);
}

#[test]
fn a_pods_identity_as_on_eks() {
    let around = |home: &Path, cloud: &Cloud| {
        vec![
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("http://{}/v1/credentials", cloud.address)),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file(home, "token", "pod-token")),
        ]
    };
    check(around, "ASIAPOD", "token-of-ASIAPOD", &["GET /v1/credentials"]);
}

#[test]
fn a_machines_role_by_imdsv2() {
    let around = |_: &Path, cloud: &Cloud| {
        vec![("AWS_EC2_METADATA_SERVICE_ENDPOINT", format!("http://{}", cloud.address))]
    };
    let asked = [
        "PUT /latest/api/token",
        "GET /latest/meta-data/iam/security-credentials/",
        "GET /latest/meta-data/iam/security-credentials/machine-role",
    ];
    check(around, "ASIAMACHINE", "token-of-ASIAMACHINE", &asked);
}

#[test]
fn no_surroundings_are_a_502_that_says_so() {
    let (home, cloud) = (tempfile::tempdir().unwrap(), Cloud::start());
    let around = [("AWS_EC2_METADATA_DISABLED", "true".to_owned())];
    let running = Running::start(home.path(), &cloud, &around);
    let answer = running.get();
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
    assert!(answer.contains("<Code>BackendAuthenticationFailed</Code>"), "{answer}");
    assert!(answer.contains("EnvironmentCredentials was refused: NotFound"), "{answer}");
    assert!(cloud.signed.try_recv().is_err());
}
