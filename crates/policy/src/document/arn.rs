//! The resources of a document: `*`, and the ARNs of buckets and objects.

use super::Mistake;
use crate::Level;
use crate::glob::{Glob, Token};

/// A `Resource`, as a pattern of `bucket` or `bucket/key`.
#[derive(Clone, Debug)]
pub(super) struct Arn {
    pub(super) glob: Glob,
    levels: Levels,
}

/// What a pattern can match, by the shape of what stands before its first `/`.
#[derive(Clone, Copy, Debug)]
enum Levels {
    Buckets,
    Objects,
    Both,
}

impl Arn {
    pub(super) fn parse(written: &str) -> Result<Self, Mistake> {
        if written == "*" {
            return Ok(Self { glob: Glob::wildcards("*"), levels: Levels::Both });
        }
        let Some(name) = written.strip_prefix("arn:aws:s3:::") else {
            return Err(Mistake::Resource { written: written.to_owned() });
        };
        if name.is_empty()
            || name.starts_with('/')
            || name.strip_suffix('/').is_some_and(|b| !b.contains('/'))
        {
            return Err(Mistake::NamesNothing { written: written.to_owned() });
        }
        let tokens = tokens(name)?;
        let mut bucket = tokens.iter().take_while(|token| **token != Token::Char('/'));
        let levels = if bucket.any(|token| matches!(token, Token::One | Token::Many)) {
            Levels::Both
        } else if name.contains('/') {
            Levels::Objects
        } else {
            Levels::Buckets
        };
        Ok(Self { glob: Glob::from_tokens(tokens), levels })
    }

    /// Whether some action of this level may be done to what the pattern matches.
    pub(super) fn can_hold(&self, level: Level) -> bool {
        match (self.levels, level) {
            (_, Level::Service) | (Levels::Both, _) => true,
            (Levels::Buckets, level) => level == Level::Bucket,
            (Levels::Objects, level) => level == Level::Object,
        }
    }
}

/// The characters of a pattern; `${*}`, `${?}` and `${$}` are characters that are not special.
///
/// Other variables are refused: read as text, an allow would be void and so would a deny.
fn tokens(mut pattern: &str) -> Result<Vec<Token>, Mistake> {
    let mut tokens = Vec::new();
    loop {
        if let Some(variable) = pattern.strip_prefix("${") {
            let Some((name, after)) = variable.split_once('}') else {
                return Err(Mistake::Variable { written: pattern.to_owned() });
            };
            match name {
                "*" => tokens.push(Token::Char('*')),
                "?" => tokens.push(Token::Char('?')),
                "$" => tokens.push(Token::Char('$')),
                name => return Err(Mistake::Variable { written: format!("${{{name}}}") }),
            }
            pattern = after;
            continue;
        }
        let mut chars = pattern.chars();
        let Some(c) = chars.next() else { return Ok(tokens) };
        tokens.push(match c {
            '*' => Token::Many,
            '?' => Token::One,
            c => Token::Char(c),
        });
        pattern = chars.as_str();
    }
}
