//! `${env:NAME}` and `${file:PATH}` in the strings of the document.

use std::io;
use std::path::Path;

use crate::Problem;

/// Where the document's `${env:NAME}` and `${file:PATH}` come from.
///
/// On Workers, `env` reads vars and secrets and `file` finds nothing.
pub trait Sources {
    /// The value of an environment variable, if it is set.
    fn env(&self, name: &str) -> Option<String>;

    /// The text of a file.
    ///
    /// # Errors
    /// Why it cannot be read; the text of the error is shown to the operator.
    fn file(&self, path: &Path) -> io::Result<String>;
}

/// What to do with `${…}` that is neither `env:` nor `file:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Others {
    /// It is a mistake.
    Refuse,
    /// It means something elsewhere: a policy variable.
    Keep,
}

/// The text with every `${…}` in it replaced; what is put in is not looked at again.
pub(crate) fn interpolate(text: &str, others: Others, sources: &dyn Sources) -> Result<String, Problem> {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        result.push_str(before);
        let Some((inner, after)) = after.split_once('}') else {
            return if others == Others::Keep {
                Ok(result + "${" + after)
            } else {
                Err(Problem::UnfinishedReference)
            };
        };
        rest = after;
        match (inner.split_once(':'), others) {
            (Some(("env", name)), _) => result.push_str(&variable(name, sources)?),
            (Some(("file", path)), _) => result.push_str(&file(path, sources)?),
            (_, Others::Refuse) => return Err(Problem::UnknownReference { inner: inner.to_owned() }),
            (_, Others::Keep) => {
                result.push_str("${");
                result.push_str(inner);
                result.push('}');
            }
        }
    }
    result.push_str(rest);
    Ok(result)
}

/// The value of a variable that must be set to something.
pub(crate) fn variable(name: &str, sources: &dyn Sources) -> Result<String, Problem> {
    match sources.env(name) {
        None => Err(Problem::NoVariable { name: name.to_owned() }),
        Some(value) if value.is_empty() => Err(Problem::EmptyVariable { name: name.to_owned() }),
        Some(value) => Ok(value),
    }
}

/// The text of a file without its last line's end, which editors and `echo` put there.
fn file(path: &str, sources: &dyn Sources) -> Result<String, Problem> {
    let text = sources
        .file(Path::new(path))
        .map_err(|error| Problem::NoFile { path: path.to_owned(), why: error.to_string() })?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() { Err(Problem::EmptyFile { path: path.to_owned() }) } else { Ok(line.to_owned()) }
}
