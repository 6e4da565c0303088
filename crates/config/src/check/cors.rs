//! A bucket's `cors`.

use std::sync::Arc;

use brigade_s3::{Cors, CorsRule, HeaderPattern, OriginPattern};
use http::Method;

use super::Check;
use crate::document::CorsMethod;
use crate::{KeyPath, Problem, document};

impl Check<'_> {
    /// The cross-origin rules that are written, or those that go without saying where something is public.
    pub(super) fn cors(
        &mut self,
        path: &KeyPath,
        written: Option<Vec<document::CorsRule>>,
        public: bool,
    ) -> Arc<Cors> {
        Arc::new(match written {
            None if public => Cors::open(),
            None => Cors::default(),
            Some(rules) => {
                if rules.len() > 100 {
                    self.problem(path, Problem::ManyRules { count: rules.len() });
                }
                let rules = rules.into_iter().enumerate();
                Cors::new(rules.map(|(index, rule)| self.cors_rule(&path.index(index), rule)).collect())
            }
        })
    }

    fn cors_rule(&mut self, path: &KeyPath, rule: document::CorsRule) -> CorsRule {
        for (key, is_empty) in [("origins", rule.origins.is_empty()), ("methods", rule.methods.is_empty())] {
            if is_empty {
                self.problem(&path.key(key), Problem::Empty);
            }
        }
        let origins = self.each(&path.key("origins"), &rule.origins, |text, written| {
            OriginPattern::parse(text).map_err(|why| Problem::Origin { written, why })
        });
        let headers = self.header_names(&path.key("headers"), &rule.headers);
        let expose = match &rule.expose {
            None => CorsRule::exposed_by_default(),
            Some(names) => self.header_names(&path.key("expose"), names),
        };
        let max_age = rule.max_age.and_then(|text| {
            let length = self.duration(&path.key("max_age"), &text);
            u32::try_from(length.as_secs()).ok()
        });
        CorsRule {
            origins,
            methods: rule.methods.iter().map(|m| m.method()).collect(),
            headers,
            expose,
            max_age,
        }
    }

    fn header_names(&mut self, path: &KeyPath, names: &[String]) -> Vec<HeaderPattern> {
        self.each(path, names, |text, written| {
            HeaderPattern::parse(text).map_err(|why| Problem::HeaderName { written, why })
        })
    }

    /// The good ones of a list. `read` gets each as it is, and as the document has it, for a message.
    fn each<T>(
        &mut self,
        path: &KeyPath,
        texts: &[String],
        read: impl Fn(&str, String) -> Result<T, Problem>,
    ) -> Vec<T> {
        let mut good = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            let place = path.index(index);
            let written = self.written(&place);
            good.extend(self.good(&place, read(text, written)));
        }
        good
    }
}

impl CorsMethod {
    fn method(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Head => Method::HEAD,
            Self::Put => Method::PUT,
            Self::Post => Method::POST,
            Self::Delete => Method::DELETE,
        }
    }
}
