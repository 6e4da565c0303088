//! The operators of conditions, by the names IAM gives them.

use crate::document::Mistake;

/// An operator, as `ForAnyValue:StringLike` and `NumericLessThanIfExists` are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) set: Set,
    pub(crate) quantity: Quantity,
    pub(crate) if_exists: bool,
    /// Its name without the set and the suffix.
    pub(crate) name: &'static str,
}

/// Of several values of a key, which ones must compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Set {
    /// No more is said: one of them, or for a negated operator each of them.
    One,
    /// `ForAllValues:`; of none, all do.
    All,
    /// `ForAnyValue:`; of none, not any does.
    Any,
}

/// What is compared, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantity {
    Strings { how: Strings, negated: bool },
    Numbers(Relation),
    Dates(Relation),
    Bool,
    Addresses { negated: bool },
    Arns { negated: bool },
    Null,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strings {
    Equals,
    IgnoreCase,
    Like,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Equals,
    NotEquals,
    Less,
    LessOrEquals,
    Greater,
    GreaterOrEquals,
}

const OPERATORS: &[(&str, Quantity)] = {
    use Quantity::{Addresses, Arns, Bool, Dates, Null, Numbers};
    use Relation::{Equals, Greater, GreaterOrEquals, Less, LessOrEquals, NotEquals};
    const fn strings(how: Strings, negated: bool) -> Quantity {
        Quantity::Strings { how, negated }
    }
    &[
        ("StringEquals", strings(Strings::Equals, false)),
        ("StringNotEquals", strings(Strings::Equals, true)),
        ("StringEqualsIgnoreCase", strings(Strings::IgnoreCase, false)),
        ("StringNotEqualsIgnoreCase", strings(Strings::IgnoreCase, true)),
        ("StringLike", strings(Strings::Like, false)),
        ("StringNotLike", strings(Strings::Like, true)),
        ("NumericEquals", Numbers(Equals)),
        ("NumericNotEquals", Numbers(NotEquals)),
        ("NumericLessThan", Numbers(Less)),
        ("NumericLessThanEquals", Numbers(LessOrEquals)),
        ("NumericGreaterThan", Numbers(Greater)),
        ("NumericGreaterThanEquals", Numbers(GreaterOrEquals)),
        ("DateEquals", Dates(Equals)),
        ("DateNotEquals", Dates(NotEquals)),
        ("DateLessThan", Dates(Less)),
        ("DateLessThanEquals", Dates(LessOrEquals)),
        ("DateGreaterThan", Dates(Greater)),
        ("DateGreaterThanEquals", Dates(GreaterOrEquals)),
        ("Bool", Bool),
        ("IpAddress", Addresses { negated: false }),
        ("NotIpAddress", Addresses { negated: true }),
        // Both are patterns, part by part.
        ("ArnEquals", Arns { negated: false }),
        ("ArnLike", Arns { negated: false }),
        ("ArnNotEquals", Arns { negated: true }),
        ("ArnNotLike", Arns { negated: true }),
        ("Null", Null),
    ]
};

impl Operator {
    /// The operator of this name.
    ///
    /// # Errors
    /// A name that is none, with the one that was probably meant; a combination that says nothing clear.
    pub(crate) fn parse(written: &str) -> Result<Self, Mistake> {
        let (set, rest) = match written.split_once(':') {
            Some(("ForAllValues", rest)) => (Set::All, rest),
            Some(("ForAnyValue", rest)) => (Set::Any, rest),
            _ => (Set::One, written),
        };
        let (bare, if_exists) = match rest.strip_suffix("IfExists") {
            Some(bare) => (bare, true),
            None => (rest, false),
        };
        let written = || written.to_owned();
        let found = OPERATORS.iter().find(|(name, _)| *name == bare);
        let Some((name, quantity)) = found else {
            let names = || OPERATORS.iter().map(|(name, _)| *name);
            let meant = names().find(|name| name.eq_ignore_ascii_case(bare));
            return Err(Mistake::NoSuchOperator { written: written(), meant });
        };
        if matches!(quantity, Quantity::Null) && (if_exists || set != Set::One) {
            return Err(Mistake::PlainNull { written: written() });
        }
        if if_exists && set == Set::Any {
            return Err(Mistake::AnyIfExists { written: written() });
        }
        Ok(Self { set, quantity: *quantity, if_exists, name })
    }
}
