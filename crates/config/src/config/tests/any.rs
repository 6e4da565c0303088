//! Documents that nobody would write.

use proptest::prelude::*;

use super::{load, world};
use crate::{Config, Problem};

/// Lines, good and bad, of which a document is put together.
const LINES: &[&str] = &[
    "[server]",
    "listen = V",
    "admin = V",
    "domains = V",
    "threads = V",
    "max_connections = V",
    "idle_timeout = V",
    "tls = V",
    "[backends.aws]",
    "[backends.aws.auth]",
    "[backends]",
    "type = V",
    "type = \"s3\"",
    "type = \"embedded\"",
    "endpoint = V",
    "endpoint = \"http://h\"",
    "auth = V",
    "auth = \"anonymous\"",
    "path = V",
    "verify_payload = V",
    "[buckets.demo]",
    "[buckets.\"{a}\"]",
    "backend = V",
    "backend = \"aws\"",
    "prefix = V",
    "public = V",
    "bucket = V",
    "cors = V",
    "[[buckets.demo.cors]]",
    "origins = V",
    "methods = V",
    "headers = V",
    "expose = V",
    "max_age = V",
    "[keys.AKID]",
    "secret = V",
    "grants = V",
    "[[keys.AKID.grants]]",
    "actions = V",
    "expires = V",
    "disabled = V",
    "[keys.AKID.policy]",
    "[[keys.AKID.policy.Statement]]",
    "Version = V",
    "Effect = V",
    "Action = V",
    "Resource = V",
    "role = V",
    "[roles.x]",
    "nonsense",
    "\"$schema\" = V",
];

const VALUES: &[&str] = &[
    "\"\"",
    "\"x\"",
    "\"read\"",
    "\"${env:SECRET}\"",
    "\"${env:NOPE}\"",
    "\"${\"",
    "1",
    "-1",
    "9223372036854775808",
    "1.5",
    "nan",
    "true",
    "2027-01-01",
    "2027-01-01T00:00:00Z",
    "07:32:00",
    "[]",
    "{}",
    "[\"read\", 1]",
    "[{}]",
    "[[]]",
    "{ cert = 1 }",
    "{ role = \"x\" }",
    "[{ bucket = \"demo\", actions = [\"read\"] }]",
    "\"arn:aws:s3:::dem/*\"",
    "\"127.0.0.1:0\"",
    "\"30s\"",
    "{ access_key_id = \"a\", secret_access_key = \"b\" }",
    "'\u{0}'",
    "\"2012-10-17\"",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// A text is a configuration, or something is said of it that has its place; and what the structure takes can
    /// always be put together.
    #[test]
    fn any_document_is_a_configuration_or_has_diagnostics(
        lines in prop::collection::vec((prop::sample::select(LINES), prop::sample::select(VALUES)), 0..24),
    ) {
        let lines = lines.into_iter().map(|(line, value)| line.replace('V', value));
        let text: String = lines.map(|line| line + "\n").collect();
        if let Err(found) = Config::load(&text, "any", &world()) {
            prop_assert!(!found.0.is_empty());
            for diagnostic in found.0 {
                prop_assert_ne!(&diagnostic.problem, &Problem::Unread, "{}", text);
                let line = diagnostic.line.unwrap();
                prop_assert!((1..=text.matches('\n').count() + 1).contains(&line), "{}", diagnostic);
                prop_assert!(!diagnostic.to_string().contains("Zx7"), "{}", diagnostic);
            }
        }
    }

    #[test]
    fn any_text_is_read_without_harm(text in "\\PC*", json in "[{}\\[\\]\",:a1\\\\ntrue\u{e9} ]{0,40}") {
        let _ = load(&text).is_ok();
        let _ = load(&format!("{{{json}")).is_ok();
    }
}

#[test]
fn deep_documents_are_refused() {
    for text in [
        format!("a = {}", "[".repeat(100_000)),
        format!("a = {}", "{ a = ".repeat(100_000)),
        "[".repeat(100_000),
        "{\"a\":".repeat(100_000),
        format!("{{\"a\":{}", "[".repeat(100_000)),
        format!("{}a = 1", "a.".repeat(50_000)),
    ] {
        assert!(load(&text).is_err());
    }
}
