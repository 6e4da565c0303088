//! `brigade env`: the variables that AWS's SDKs read, for a shell to evaluate.

use brigade_sigv4::Timestamp;

use super::address::Address;
use super::args::Format;
use super::cache::Given;

/// One line per variable, or an object.
pub(super) fn lines(format: Format, given: &Given, endpoint: &Address) -> String {
    let (endpoint, expires) = (endpoint.base(), Timestamp::from_unix(given.expires).iso8601());
    let variables = [
        ("AWS_ACCESS_KEY_ID", given.key_id.as_str()),
        ("AWS_SECRET_ACCESS_KEY", given.secret.expose()),
        ("AWS_SESSION_TOKEN", given.session.expose()),
        ("AWS_CREDENTIAL_EXPIRATION", &expires),
        ("AWS_ENDPOINT_URL", &endpoint),
    ];
    let line = |(name, value): (&str, &str)| match format {
        Format::Posix => format!("export {name}='{}'", value.replace('\'', r"'\''")),
        Format::Fish => format!("set -gx {name} '{}'", value.replace('\\', r"\\").replace('\'', r"\'")),
        Format::Powershell => format!("$env:{name} = '{}'", value.replace('\'', "''")),
        Format::Json => format!("  {}: {}", serde_json::Value::from(name), serde_json::Value::from(value)),
    };
    let lines: Vec<_> = variables.into_iter().map(line).collect();
    match format {
        Format::Posix | Format::Fish | Format::Powershell => lines.join("\n"),
        Format::Json => format!("{{\n{}\n}}", lines.join(",\n")),
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::super::secret::Secret;
    use super::*;

    const SECRET: &str = "it's $(id) `id` \\ \"x\" $HOME !";

    fn written(format: Format) -> String {
        let given = Given {
            key_id: "BRGID".to_owned(),
            secret: Secret::new(SECRET),
            session: Secret::new("TOKEN/+="),
            expires: 1_414_191_623,
        };
        lines(format, &given, &Address::parse("http://127.0.0.1:9000/", false).unwrap())
    }

    #[test]
    fn a_shell_reads_back_what_was_meant() {
        let script = format!("{}\nprintf %s \"$AWS_SECRET_ACCESS_KEY\"", written(Format::Posix));
        let done = Command::new("sh").args(["-c", &script]).output().unwrap();
        assert_eq!(String::from_utf8(done.stdout).unwrap(), SECRET);
    }

    #[test]
    fn every_format_quotes_in_its_own_way() {
        for (format, expect) in [
            (Format::Posix, r#"export AWS_SECRET_ACCESS_KEY='it'\''s $(id) `id` \ "x" $HOME !'"#),
            (Format::Fish, r#"set -gx AWS_SECRET_ACCESS_KEY 'it\'s $(id) `id` \\ "x" $HOME !'"#),
            (Format::Powershell, r#"$env:AWS_SECRET_ACCESS_KEY = 'it''s $(id) `id` \ "x" $HOME !'"#),
            (Format::Json, r#"  "AWS_SECRET_ACCESS_KEY": "it's $(id) `id` \\ \"x\" $HOME !","#),
        ] {
            let text = written(format);
            assert!(text.lines().any(|line| line == expect), "{text}");
        }
        let object: serde_json::Value = serde_json::from_str(&written(Format::Json)).unwrap();
        assert_eq!(object["AWS_CREDENTIAL_EXPIRATION"], "2014-10-24T23:00:23.000Z");
        assert_eq!(object["AWS_ENDPOINT_URL"], "http://127.0.0.1:9000");
    }
}
