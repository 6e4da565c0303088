//! The sections `roles` and `issuers`.

use std::collections::HashMap;
use std::sync::Arc;

use brigade_gateway::{Assumer, Role};
use brigade_identity::{Condition, Issuer, IssuerUrl, Pattern, Trust, WebUrl};

use super::Check;
use super::policies::Holder;
use crate::plain::Named;
use crate::{KeyPath, Problem, document};

/// The least and the most that `max_session` can be, in seconds: STS's.
const SESSION: (u64, u64) = (900, 43_200);

impl Check<'_> {
    pub(super) fn roles(
        &mut self,
        section: Named<document::Role>,
        issuers: Named<document::Issuer>,
        claims: &Arc<[Box<str>]>,
    ) -> HashMap<Box<str>, Arc<Role>> {
        let issuers = self.issuers(issuers);
        let roles = section.into_iter();
        roles
            .map(|(name, role)| (name.as_str().into(), Arc::new(self.role(&name, role, &issuers, claims))))
            .collect()
    }

    fn role(
        &mut self,
        name: &str,
        role: document::Role,
        issuers: &[Issuer],
        claims: &Arc<[Box<str>]>,
    ) -> Role {
        let path = KeyPath::of(["roles", name]);
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
        if !(1..=64).contains(&name.len()) || !name.bytes().all(plain) {
            self.problem(&path, Problem::RoleName);
        }
        let trust = role.trust.into_iter().enumerate();
        let trust: Vec<_> = trust
            .filter_map(|(index, trust)| self.trust(&path.key("trust").index(index), trust, issuers))
            .collect();
        let callers = role.callers.iter().enumerate();
        let callers: Vec<_> = callers
            .filter_map(|(index, caller)| self.caller(&path.key("callers").index(index), caller))
            .collect();
        let nobody = role.callers.is_empty() && self.tree.find(&path.key("trust")).is_none();
        if nobody {
            self.problem(&path, Problem::RoleOfNobody);
        }
        if role.bearer && self.tree.find(&path.key("trust")).is_none() {
            self.problem(&path.key("bearer"), Problem::BearerOfNobody);
        }
        let max_path = path.key("max_session");
        let max_session = self.duration(&max_path, &role.max_session).as_secs();
        let (least, most) = SESSION;
        if max_session != 0 && !(least..=most).contains(&max_session) {
            self.problem(&max_path, Problem::SessionLength);
        }
        let policy = self.given(&path, role.grants, role.policy, Holder::Role);
        Role {
            name: name.into(),
            trust,
            callers,
            policy: Arc::new(policy),
            claims: Arc::clone(claims),
            max_session,
            bearer: role.bearer,
        }
    }

    fn trust(&mut self, path: &KeyPath, trust: document::Trust, issuers: &[Issuer]) -> Option<Trust> {
        let issuer = self.issuer_url(&path.key("issuer"), &trust.issuer);
        self.some(&path.key("audience"), &trust.audience);
        self.some(&path.key("subject"), &trust.subject);
        let conditions = trust.claims.into_iter().map(|(claim, value)| {
            let place = path.key("claims").key(&claim);
            let any = match value {
                document::Claim::One(text) => vec![text],
                document::Claim::Many(texts) => {
                    self.some(&place, &texts);
                    texts
                }
                document::Claim::Truth(truth) => vec![truth.to_string()],
                document::Claim::Number(number) => vec![number.to_string()],
            };
            Condition { claim: claim.into(), any: any.into_iter().map(Pattern::new).collect() }
        });
        let conditions = conditions.collect();
        let issuer = issuer?;
        let known = issuers.iter().find(|known| known.url.as_str() == issuer.as_str());
        Some(Trust {
            issuer: known.cloned().unwrap_or_else(|| Issuer::new(issuer)),
            audiences: trust.audience.into_iter().map(Into::into).collect(),
            subjects: trust.subject.into_iter().map(Pattern::new).collect(),
            conditions,
        })
    }

    /// A list that must hold something, nothing of it empty: what is empty would let in nobody, which nobody means.
    fn some(&mut self, path: &KeyPath, texts: &[String]) {
        if texts.is_empty() {
            self.problem(path, Problem::EmptyList);
        }
        for (index, text) in texts.iter().enumerate() {
            self.solid(&path.index(index), text);
        }
    }

    fn caller(&mut self, path: &KeyPath, caller: &str) -> Option<Assumer> {
        let (section, name, assumer) = match caller.split_once('/') {
            Some(("key", name)) => ("keys", name, Assumer::Key(name.into())),
            Some(("role", name)) => ("roles", name, Assumer::Role(name.into())),
            _ => {
                let written = self.written(path);
                self.problem(path, Problem::Assumer { written });
                return None;
            }
        };
        if self.names(section).contains(&name) {
            return Some(assumer);
        }
        let meant = self.meant(section, name);
        let written = self.written(path);
        self.problem(path, Problem::NoAssumer { written, meant });
        None
    }

    fn issuers(&mut self, section: Named<document::Issuer>) -> Vec<Issuer> {
        let mut issuers = Vec::new();
        for (name, issuer) in section {
            let path = KeyPath::of(["issuers", &name]);
            let url = self.issuer_url(&path, &name);
            let place = path.key("jwks_uri");
            let jwks_uri = issuer.jwks_uri.and_then(|text| {
                let written = self.written(&place);
                self.good(&place, WebUrl::parse(&text).map_err(|why| Problem::WebUrl { written, why }))
            });
            let Some(url) = url else { continue };
            if jwks_uri.as_ref().is_some_and(|uri| uri.is_local() && !url.is_local()) {
                self.problem(&place, Problem::LocalKeys);
            }
            issuers.push(Issuer { url, jwks_uri, private: issuer.private });
        }
        issuers
    }

    fn issuer_url(&mut self, path: &KeyPath, text: &str) -> Option<IssuerUrl> {
        let written = self.written(path);
        let written = if written.is_empty() { text.to_owned() } else { written };
        self.good(path, IssuerUrl::parse(text).map_err(|why| Problem::WebUrl { written, why }))
    }
}
