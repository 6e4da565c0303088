use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::FirstRun;

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_key_is_kept_for_its_owner_alone_and_across_starts() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let first = FirstRun::prepare(&data).unwrap();
    let file = data.join("key.toml");
    assert_eq!((mode(&data), mode(&file)), (0o700, 0o600));

    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let second = FirstRun::prepare(&data).unwrap();
    assert_eq!(first.key.access_key_id, second.key.access_key_id);
    assert_eq!(first.key.secret_access_key, second.key.secret_access_key);
    assert_eq!(mode(&file), 0o600);

    // A file of before there were sessions gets its key once.
    let old = fs::read_to_string(&file).unwrap();
    let old: Vec<_> = old.lines().filter(|line| !line.starts_with("session_key")).collect();
    fs::write(&file, old.join("\n")).unwrap();
    let third = FirstRun::prepare(&data).unwrap();
    assert_eq!(first.key.secret_access_key, third.key.secret_access_key);
    assert!(third.key.session_key.is_some() && third.key.session_key != first.key.session_key);
    assert_eq!(third.key.session_key, FirstRun::prepare(&data).unwrap().key.session_key);

    let other = FirstRun::prepare(&home.path().join("other")).unwrap();
    assert_ne!(first.key.secret_access_key, other.key.secret_access_key);
}

#[test]
fn the_document_is_a_good_configuration() {
    let home = tempfile::tempdir().unwrap();
    let run = FirstRun::prepare(&home.path().join("a ${odd} \"name\"")).unwrap();
    let config = run.config().unwrap();
    assert_eq!(config.embedded.len(), 1);
    let banner = run.banner(config.server.listen);
    assert!(banner.contains("AWS_ENDPOINT_URL=http://127.0.0.1:9000\n"), "{banner}");
    assert!(banner.contains(&format!("AWS_SECRET_ACCESS_KEY={}", run.key.secret_access_key)));
}

#[test]
fn a_damaged_key_file_says_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    for text in ["", "access_key_id = 3", "access_key_id = \"a.b\"\nsecret_access_key = \"x\"", "\u{0}"] {
        fs::write(home.path().join("key.toml"), text).unwrap();
        let error = FirstRun::prepare(home.path()).err().unwrap();
        assert!(error.contains("delete it for a new key"), "{error}");
    }
}
