//! The `Content-Disposition` of a part: the name of its field, and of its file.

/// What a part's headers say that matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Disposition {
    pub(super) name: String,
    /// As it was sent, without the folder it came from; `None` where the part is no file's.
    pub(super) filename: Option<String>,
}

impl Disposition {
    /// Reads the header lines of a part; `None` when they are not those of a form's field.
    pub(super) fn of_part(lines: &[u8]) -> Option<Self> {
        let mut found = None;
        for line in str::from_utf8(lines).ok()?.split("\r\n") {
            let (name, value) = line.split_once(':')?;
            if name.is_empty() || name.bytes().any(|b| b.is_ascii_whitespace() || b.is_ascii_control()) {
                return None;
            }
            if name.eq_ignore_ascii_case("content-disposition") && found.replace(value).is_some() {
                return None;
            }
        }
        Self::parse(found?)
    }

    /// Reads `form-data; name="…"; filename="…"`. RFC 7578 forbids `filename*`, which is not looked at.
    fn parse(value: &str) -> Option<Self> {
        let (kind, mut rest) = value.split_once(';')?;
        if !kind.trim().eq_ignore_ascii_case("form-data") {
            return None;
        }
        let (mut name, mut filename) = (None, None);
        loop {
            let (parameter, after) = rest.split_once('=')?;
            let (text, after) = value_of(after)?;
            let slot = match parameter.trim() {
                it if it.eq_ignore_ascii_case("name") => Some(&mut name),
                it if it.eq_ignore_ascii_case("filename") => Some(&mut filename),
                _ => None,
            };
            if slot.is_some_and(|slot| slot.replace(text).is_some()) {
                return None;
            }
            match after.trim_start().strip_prefix(';') {
                Some(next) if !next.trim().is_empty() => rest = next,
                Some(_) => break,
                None if after.trim().is_empty() => break,
                None => return None,
            }
        }
        let filename = filename.map(|path| path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned());
        Some(Self { name: name.filter(|name| !name.is_empty())?, filename })
    }
}

/// A parameter's value, quoted or not, and what comes behind it.
fn value_of(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.trim_start().strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        let (value, rest) = text.split_at_checked(end)?;
        let value = value.trim();
        let plain = !value.is_empty() && !value.contains(['"', ' ', '\t']);
        return plain.then(|| (value.to_owned(), rest));
    };
    let mut value = String::new();
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return Some((value, chars.as_str())),
            // Old browsers send whole paths: a backslash escapes a quote and itself, and is otherwise one.
            '\\' if chars.as_str().starts_with(['"', '\\']) => value.extend(chars.next()),
            _ => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_file_names() {
        let some = |name: &str, filename: Option<&str>| {
            Some(Disposition { name: name.into(), filename: filename.map(Into::into) })
        };
        for (value, expect) in [
            (r#"form-data; name="key""#, some("key", None)),
            (r#"Form-Data;NAME=key"#, some("key", None)),
            (r#"form-data; name="file"; filename="a b.txt""#, some("file", Some("a b.txt"))),
            (r#"form-data; name="file"; filename="""#, some("file", Some(""))),
            (r#"form-data; filename="a;name=b"; name="file""#, some("file", Some("a;name=b"))),
            (r#"form-data; name="file"; filename="C:\Program Files\dir\f.txt""#, some("file", Some("f.txt"))),
            (r#"form-data; name="file"; filename="../../etc/passwd""#, some("file", Some("passwd"))),
            (r#"form-data; name="file"; filename="a\"b%22.txt""#, some("file", Some("a\"b%22.txt"))),
            (r#"form-data; name="file"; filename="é—😀.txt""#, some("file", Some("é—😀.txt"))),
            (r#"form-data; name="file"; filename="x"; filename*=UTF-8''y"#, some("file", Some("x"))),
            (r#"form-data; name="file"; filename=x;"#, some("file", Some("x"))),
            (r#"form-data"#, None),
            (r#"form-data; filename="x""#, None),
            (r#"form-data; name="""#, None),
            (r#"form-data; name=a b"#, None),
            (r#"form-data; name="a" filename="b""#, None),
            (r#"form-data; name="a"; name="b""#, None),
            (r#"form-data; name="a"#, None),
            // S3 takes this for a field, and the file then for too long a value.
            (r#"file; name="file"; filename="x""#, None),
            (r#"attachment; name="file""#, None),
        ] {
            assert_eq!(Disposition::parse(value), expect, "{value}");
        }
    }

    #[test]
    fn only_one_disposition_counts_and_other_headers_do_not() {
        let disposition = "Content-Disposition: form-data; name=\"a\"";
        for (lines, is_read) in [
            (disposition.to_owned(), true),
            (format!("Content-Type: text/plain\r\n{disposition}\r\nContent-Transfer-Encoding: binary"), true),
            (format!("{disposition}\r\n{disposition}"), false),
            ("Content-Type: text/plain".to_owned(), false),
            (format!("{disposition}\r\n folded"), false),
            (format!("{disposition}\r\nno colon"), false),
            (format!("{disposition}\r\n: no name"), false),
            (String::new(), false),
        ] {
            assert_eq!(Disposition::of_part(lines.as_bytes()).is_some(), is_read, "{lines:?}");
        }
        assert!(Disposition::of_part(b"Content-Disposition: form-data; name=\"\xff\"").is_none());
    }
}
