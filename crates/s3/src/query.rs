//! The query, decoded once, with no name twice.

use brigade_sigv4::query_pairs;

use crate::table::quoted;
use crate::{Code, S3Error};

/// The parameters of a request, decoded, in the order sent. No name occurs twice.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Decodes a raw query once, by the reading that the signature covers: a `+` is a space.
    pub(crate) fn parse(raw: &str) -> Result<Self, S3Error> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for pair in query_pairs(raw) {
            let (name, value) = pair.map_err(|_| S3Error::new(Code::InvalidUri))?;
            // Authorised on the first and executed by the last is how a rival leaked whole buckets: refuse.
            if pairs.iter().any(|(seen, _)| *seen == *name) {
                return Err(S3Error::new(Code::InvalidArgument)
                    .say(format!("The query parameter {} was given twice; give it once.", quoted(&name))));
            }
            if pairs.len() == 64 {
                return Err(
                    S3Error::new(Code::InvalidArgument).say("A request has at most 64 query parameters.")
                );
            }
            pairs.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(pairs))
    }

    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// Takes out the pairs whose name `which` accepts.
    pub(crate) fn extract(&mut self, which: impl Fn(&str) -> bool) -> Vec<(String, String)> {
        self.0.extract_if(.., |(name, _)| which(name)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_list_01_a_repeated_parameter_is_refused_in_any_spelling() {
        for raw in ["prefix=allowed/&prefix=secret/", "prefix=a&pre%66ix=b", "uploads&uploads", "a&a="] {
            assert_eq!(Query::parse(raw).unwrap_err().code(), Code::InvalidArgument, "{raw}");
        }
    }

    #[test]
    fn decodes_once() {
        let query = Query::parse("prefix=a%252Fb+c%2B&&uploads").unwrap();
        assert_eq!(query.value("prefix"), Some("a%2Fb c+"));
        assert_eq!(query.value("uploads"), Some(""));
        assert_eq!(query.value("other"), None);
        assert_eq!(Query::parse("a=%zz").unwrap_err().code(), Code::InvalidUri);
        assert_eq!(Query::parse("a=%ff").unwrap_err().code(), Code::InvalidUri);
    }
}
