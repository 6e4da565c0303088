//! IAM policy documents, read strictly: what is not understood is a mistake, and all mistakes are found at once.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::action::ActionSet;
use crate::glob::Glob;
use crate::policy::{Effect, Statement};
use crate::principals::Principals;
use crate::resource::{Resource, Resources};
use crate::{Action, Level, StatementRef, Whose};

mod arn;
mod condition;
mod mistake;
mod principal;

use arn::Arn;
pub use mistake::{DocumentError, DocumentPath, Mistake, Step};

/// What a document is attached to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Owner<'a> {
    /// A key, a role or a session: it speaks of whoever holds it.
    Callers,
    /// The bucket of this name: it says of whom it speaks.
    Bucket(&'a str),
}

/// Reads a whole document. The statements are good only if there is no mistake anywhere.
pub(crate) fn read(document: &Value, owner: Owner<'_>) -> Result<Vec<Statement>, Vec<DocumentError>> {
    let mut reader = Reader { owner, path: Vec::new(), mistakes: Vec::new(), sids: Vec::new() };
    let statements = reader.document(document);
    if reader.mistakes.is_empty() { Ok(statements) } else { Err(reader.mistakes) }
}

/// Walks a document, keeping the way to where it is.
struct Reader<'a> {
    owner: Owner<'a>,
    path: Vec<Step>,
    mistakes: Vec<DocumentError>,
    sids: Vec<Arc<str>>,
}

impl Reader<'_> {
    fn document(&mut self, document: &Value) -> Vec<Statement> {
        let Some(object) = self.object(document) else { return Vec::new() };
        self.keys(object, &["Version", "Id", "Statement"]);
        match object.get("Version") {
            None => self.at_key("Version", |reader| reader.mistake(Mistake::NoVersion)),
            Some(version) => self.at_key("Version", |reader| match reader.string(version) {
                None | Some("2012-10-17") => {}
                Some(other) => reader.mistake(Mistake::Version { written: other.to_owned() }),
            }),
        }
        if let Some(id) = object.get("Id") {
            self.at_key("Id", |reader| reader.string(id).map(drop));
        }
        match object.get("Statement") {
            None => {
                self.at_key("Statement", |reader| reader.mistake(Mistake::Missing));
                Vec::new()
            }
            Some(one_or_list) => self
                .at_key("Statement", |reader| reader.each(one_or_list, Self::statement))
                .into_iter()
                .flatten()
                .collect(),
        }
    }

    fn statement(&mut self, statement: &Value) -> Option<Statement> {
        let object = self.object(statement)?;
        let known =
            ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition", "Principal"];
        let known = match self.owner {
            Owner::Callers => known.get(..7).unwrap_or(&known),
            Owner::Bucket(_) => &known,
        };
        self.keys(object, known);
        let sid = object.get("Sid").and_then(|sid| self.at_key("Sid", |reader| reader.sid(sid)));
        let effect = self.required(object, "Effect", Self::effect).flatten();
        let principals = match self.owner {
            Owner::Callers => Some(Principals::Everybody),
            Owner::Bucket(_) if object.contains_key("NotPrincipal") => None,
            Owner::Bucket(_) => self.required(object, "Principal", Self::principals).flatten(),
        };
        let actions = self.either(object, "Action", "NotAction", Self::actions);
        let resources = self.either(object, "Resource", "NotResource", Self::resources);
        let conditions = object
            .get("Condition")
            .map(|conditions| self.at_key("Condition", |reader| reader.conditions(conditions)));
        let (effect, principals, (excepts, actions)) = (effect?, principals?, actions?);
        // A deny of everything but S3 is AWS's own example, and denies nothing here.
        if excepts && effect == Effect::Allow && actions == ActionSet::default() {
            self.at_key("NotAction", |reader| reader.mistake(Mistake::NoActionLeft));
        }
        if effect == Effect::Allow
            && matches!((self.owner, &principals), (Owner::Bucket(_), Principals::Everybody))
        {
            // R-OPS-01: conditions do not make it somebody.
            if let Some(action) = actions.iter().find(|action| action.changes()) {
                self.at_key("Principal", |reader| reader.mistake(Mistake::PublicWrite { action }));
            }
        }
        let (not, arns) = resources?;
        if !not
            && !excepts
            && !arns.iter().any(|arn| actions.iter().any(|action| arn.can_hold(action.level())))
        {
            self.at_key("Resource", |reader| {
                let objects = actions.iter().all(|action| action.level() == Level::Object);
                reader.mistake(Mistake::NeverApplies { objects });
            });
        }
        let arns = arns.into_iter().map(|arn| Resource::Arn(arn.pattern)).collect();
        let resources = if not { Resources::NotIn(arns) } else { Resources::In(arns) };
        let conditions = conditions.unwrap_or_default();
        let index = match self.path.last() {
            Some(Step::Index(index)) => *index,
            Some(Step::Key(_)) | None => 0,
        };
        let of = match self.owner {
            Owner::Callers => Whose::Caller,
            Owner::Bucket(_) => Whose::Bucket,
        };
        let by = StatementRef { index, sid, of };
        Some(Statement { by, effect, principals, actions, resources, conditions })
    }

    /// Reads the one of two keys that is there, and says whether it is the second.
    fn either<T>(
        &mut self,
        object: &Map<String, Value>,
        key: &'static str,
        not: &'static str,
        read: impl Fn(&mut Self, &Value, bool) -> Option<T>,
    ) -> Option<(bool, T)> {
        if object.contains_key(key) && object.contains_key(not) {
            self.at_key(not, |reader| reader.mistake(Mistake::Both { other: key }));
        }
        match object.get(not) {
            Some(value) => self.at_key(not, |reader| read(reader, value, true)).map(|value| (true, value)),
            None => self
                .required(object, key, |reader, value| read(reader, value, false))
                .flatten()
                .map(|value| (false, value)),
        }
    }

    fn actions(&mut self, actions: &Value, not: bool) -> Option<ActionSet> {
        let sets = self.some_of(actions, Self::action)?;
        let named = sets.into_iter().fold(ActionSet::default(), ActionSet::with);
        if !not {
            return Some(named);
        }
        Some(named.others())
    }

    fn resources(&mut self, resources: &Value, _: bool) -> Option<Vec<Arn>> {
        self.some_of(resources, Self::resource)
    }

    fn sid(&mut self, sid: &Value) -> Option<Arc<str>> {
        let sid: Arc<str> = self.string(sid)?.into();
        if self.sids.contains(&sid) {
            self.mistake(Mistake::RepeatedSid { sid: sid.to_string() });
        }
        self.sids.push(Arc::clone(&sid));
        Some(sid)
    }

    fn effect(&mut self, effect: &Value) -> Option<Effect> {
        match self.string(effect)? {
            "Allow" => Some(Effect::Allow),
            "Deny" => Some(Effect::Deny),
            other => {
                self.mistake(Mistake::Effect { written: other.to_owned() });
                None
            }
        }
    }

    fn action(&mut self, action: &Value) -> Option<ActionSet> {
        let written = self.string(action)?;
        let lower = written.to_ascii_lowercase();
        if lower != "*" && !lower.starts_with("s3:") {
            self.mistake(Mistake::OtherService { written: written.to_owned() });
            return None;
        }
        // Most actions are written out, and a session's policy is read for every request of it.
        if let Some(action) = Action::ALL.iter().find(|action| action.name().eq_ignore_ascii_case(written)) {
            return Some(ActionSet::of(&[*action]));
        }
        if matches!(&*lower, "*" | "s3:*") {
            return Some(ActionSet::of(Action::ALL));
        }
        let glob = Glob::wildcards(&lower);
        let matching = |action: &&Action| glob.matches(&action.name().to_ascii_lowercase());
        let actions: Vec<_> = Action::ALL.iter().filter(matching).copied().collect();
        if actions.is_empty() {
            let meant = Action::meant_by(written);
            self.mistake(Mistake::NoSuchAction { written: written.to_owned(), meant });
            return None;
        }
        Some(ActionSet::of(&actions))
    }

    fn resource(&mut self, resource: &Value) -> Option<Arn> {
        let written = self.string(resource)?;
        let arn = Arn::parse(written).map_err(|mistake| self.mistake(mistake)).ok()?;
        if let Owner::Bucket(bucket) = self.owner
            && !arn.is_of(bucket)
        {
            let (written, bucket) = (written.to_owned(), bucket.to_owned());
            self.mistake(Mistake::OtherBucket { written, bucket });
        }
        Some(arn)
    }

    /// Reports every key that is not one of `known`.
    fn keys(&mut self, object: &Map<String, Value>, known: &[&'static str]) {
        for key in object.keys().filter(|key| !known.contains(&key.as_str())) {
            let owner = self.owner;
            self.at_key(key, |reader| reader.mistake(Mistake::of_key(key, known, owner)));
        }
    }

    fn required<T>(
        &mut self,
        object: &Map<String, Value>,
        key: &str,
        read: impl FnOnce(&mut Self, &Value) -> T,
    ) -> Option<T> {
        self.at_key(key, |reader| match object.get(key) {
            Some(value) => Some(read(reader, value)),
            None => {
                reader.mistake(Mistake::Missing);
                None
            }
        })
    }

    /// Reads one value, or each of a list.
    fn each<T>(&mut self, one_or_list: &Value, read: impl Fn(&mut Self, &Value) -> T) -> Vec<T> {
        match one_or_list.as_array() {
            None => vec![read(self, one_or_list)],
            Some(list) => {
                let items = list.iter().enumerate();
                items
                    .map(|(index, value)| self.at(Step::Index(index), |reader| read(reader, value)))
                    .collect()
            }
        }
    }

    /// Reads one value, or each of a list that may not be empty; nothing if any of them is mistaken.
    fn some_of<T>(
        &mut self,
        one_or_list: &Value,
        read: impl Fn(&mut Self, &Value) -> Option<T>,
    ) -> Option<Vec<T>> {
        if one_or_list.as_array().is_some_and(Vec::is_empty) {
            self.mistake(Mistake::EmptyList);
            return None;
        }
        self.each(one_or_list, read).into_iter().collect()
    }

    fn object<'v>(&mut self, value: &'v Value) -> Option<&'v Map<String, Value>> {
        let object = value.as_object();
        if object.is_none() {
            self.mistake(Mistake::Kind { expected: "an object", found: kind(value) });
        }
        object
    }

    fn string<'v>(&mut self, value: &'v Value) -> Option<&'v str> {
        let string = value.as_str();
        if string.is_none() {
            self.mistake(Mistake::Kind { expected: "a string", found: kind(value) });
        }
        string
    }

    fn at_key<T>(&mut self, key: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.at(Step::Key(key.to_owned()), read)
    }

    fn at<T>(&mut self, step: Step, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step);
        let result = read(self);
        self.path.pop();
        result
    }

    fn mistake(&mut self, mistake: Mistake) {
        self.mistakes.push(DocumentError { path: DocumentPath(self.path.clone()), mistake });
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests;
