//! The words that `actions` and `public` take.

use std::borrow::Cow;

use brigade_policy::{Action, GrantAction};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::schema::CHECKED;

/// An element of `actions`.
pub(crate) struct ActionName(pub(crate) String);

/// An element of `public`.
pub(crate) struct PublicActionName(pub(crate) String);

const GROUPS: [GrantAction; 4] =
    [GrantAction::Read, GrantAction::List, GrantAction::Write, GrantAction::Delete];

fn words(groups: &[GrantAction], takes: impl Fn(Action) -> bool) -> Vec<String> {
    let actions = Action::ALL.iter().copied().filter(|action| takes(*action)).map(GrantAction::Exact);
    groups.iter().copied().chain(actions).map(|action| action.to_string()).collect()
}

impl JsonSchema for ActionName {
    fn schema_name() -> Cow<'static, str> {
        "Action".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let description = "A group of actions, or one by its exact name. \
            read: objects, their attributes and tags. list: keys, versions and uploads. \
            write: objects and their tags. delete: objects, versions and tags.";
        json_schema!({
            "type": "string",
            "description": description,
            "enum": words(&GROUPS, |_| true),
            CHECKED: true,
        })
    }
}

impl JsonSchema for PublicActionName {
    fn schema_name() -> Cow<'static, str> {
        "PublicAction".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let description = "What everybody may do. read: s3:GetObject. list: s3:ListBucket. \
            Nothing that changes something can be public.";
        json_schema!({
            "type": "string",
            "description": description,
            "enum": words(&[GrantAction::Read, GrantAction::List], |action| !action.changes()),
            CHECKED: true,
        })
    }
}
