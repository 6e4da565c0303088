//! A template: a store's name with the variables of a pattern in it.

use super::pattern::could_be_of_value;
use crate::NamePattern;

/// A text in which `{name}` stands for what a pattern's variable stood for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pub(super) parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text(Box<str>),
    /// The variable of this segment of the pattern.
    Variable(usize),
}

/// Why a text is not a template for a pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// `{` without `}`, or the other way round.
    #[error("has a brace without its other half; a variable is written {{name}}")]
    Brace,
    /// A variable that the pattern does not have.
    #[error("{{{written}}} is no variable of the name; {}", list(known))]
    Unknown {
        /// What was written.
        written: String,
        /// The pattern's variables.
        known: Vec<String>,
    },
    /// A variable whose end could be anywhere: two names would become one at the store.
    #[error(
        "nothing marks where {{{0}}} ends, so two names could become one at the store; put a '/' behind it, or another \
         character that no name has, such as '_'"
    )]
    RunsOn(String),
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "it has none".to_owned();
    }
    let names: Vec<_> = names.iter().map(|name| format!("{{{name}}}")).collect();
    format!("it has {}", names.join(", "))
}

impl Template {
    /// Reads the template of a bucket's name at the store: nothing follows it.
    ///
    /// # Errors
    /// [`TemplateError`].
    pub fn name(text: &str, pattern: &NamePattern) -> Result<Self, TemplateError> {
        Self::read(text, pattern, true)
    }

    /// Reads the template of what is put before keys: any key may follow.
    ///
    /// # Errors
    /// [`TemplateError`].
    pub fn prefix(text: &str, pattern: &NamePattern) -> Result<Self, TemplateError> {
        Self::read(text, pattern, false)
    }

    fn read(text: &str, pattern: &NamePattern, ends: bool) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            let (name, after) = behind.split_once('}').ok_or(TemplateError::Brace)?;
            push_text(&mut parts, before)?;
            let place = pattern.place(name).ok_or_else(|| TemplateError::Unknown {
                written: name.to_owned(),
                known: pattern.variables().map(str::to_owned).collect(),
            })?;
            parts.push(Part::Variable(place));
            rest = after;
            // A value never holds the mark, so what stands before it can be told from what follows.
            let run = after.split('{').next().unwrap_or_default();
            let marked = run.bytes().any(|byte| !could_be_of_value(byte));
            if !marked && (!ends || after.contains('{')) {
                return Err(TemplateError::RunsOn(name.to_owned()));
            }
        }
        push_text(&mut parts, rest)?;
        Ok(Self { parts })
    }

    /// Whether it has the variable of this segment.
    pub(super) fn uses(&self, place: usize) -> bool {
        self.parts.contains(&Part::Variable(place))
    }

    /// The text without variables, if it has none.
    #[must_use]
    pub fn fixed(&self) -> Option<String> {
        let text = |part: &Part| match part {
            Part::Text(text) => Some(text.to_string()),
            Part::Variable(_) => None,
        };
        self.parts.iter().map(text).collect()
    }

    /// The text for these values, one for each segment of the pattern; as far as they go.
    ///
    /// The second is where the first missing value would be, and what follows.
    pub(super) fn expand(&self, values: &[&str]) -> (String, &[Part]) {
        let mut out = String::new();
        for (at, part) in self.parts.iter().enumerate() {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Variable(place) => match values.get(*place) {
                    Some(value) => out.push_str(value),
                    None => return (out, self.parts.get(at..).unwrap_or_default()),
                },
            }
        }
        (out, &[])
    }

    /// What the first segment's variable stands for where this text is what the template became; `None` when it is not, or
    /// when other variables are in it too, or none.
    pub(super) fn invert<'t>(&self, text: &'t str) -> Option<&'t str> {
        match &*self.parts {
            [Part::Variable(0)] => Some(text),
            [Part::Text(before), Part::Variable(0)] => text.strip_prefix(&**before),
            [Part::Variable(0), Part::Text(after)] => text.strip_suffix(&**after),
            [Part::Text(before), Part::Variable(0), Part::Text(after)] => {
                text.strip_prefix(&**before)?.strip_suffix(&**after)
            }
            _ => None,
        }
    }
}

fn push_text(parts: &mut Vec<Part>, text: &str) -> Result<(), TemplateError> {
    if text.contains('}') {
        return Err(TemplateError::Brace);
    }
    if !text.is_empty() {
        parts.push(Part::Text(text.into()));
    }
    Ok(())
}
