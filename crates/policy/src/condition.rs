//! One condition of a statement: a key, an operator, and the values it is compared with.

mod address;
mod date;
mod number;
mod operator;

use std::cmp::Ordering;

use crate::ask::Ask;
use crate::document::Mistake;
use crate::key::{Key, Kind};
use crate::lowercase::lowercase;
use crate::pattern::{Pattern, Reading, Values};
use crate::truth::Truth;

pub(crate) use address::Network;
pub(crate) use date::Date;
pub(crate) use number::Number;
pub(crate) use operator::{Operator, Quantity, Relation, Set, Strings};

/// A condition, ready to be asked. Those of a statement must all hold.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    key: Key,
    set: Set,
    /// Whether it holds of a key that is not there.
    if_exists: bool,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    /// `Null`: whether the key is missing is one of these.
    Missing(Vec<bool>),
    /// Whether a value compares with one of the expected, or with none of them.
    Compare { negated: bool, expected: Expected },
}

#[derive(Clone, Debug)]
enum Expected {
    Texts {
        folded: bool,
        patterns: Vec<Pattern>,
    },
    /// Each part of an ARN is a pattern of its own.
    Arns(Vec<[Pattern; 6]>),
    Numbers(Relation, Vec<Number>),
    Dates(Relation, Vec<Date>),
    Bools(Vec<bool>),
    Networks(Vec<Network>),
}

/// A value that does not fit its operator: which, counted from 0, and what is wrong with it.
pub(crate) type Misfit = (usize, Mistake);

impl Condition {
    /// A condition of an operator, a key and the values as written.
    ///
    /// # Errors
    /// Every value that does not fit; a key whose values could never be compared so.
    pub(crate) fn new(operator: Operator, key: Key, values: &[String]) -> Result<Self, Vec<Misfit>> {
        let Operator { set, quantity, if_exists, .. } = operator;
        let test = match quantity {
            Quantity::Null => Test::Missing(each(values, boolean)?),
            Quantity::Strings { how, negated } => {
                let reading = match how {
                    Strings::Equals => Reading::LITERAL,
                    Strings::IgnoreCase => Reading::FOLDED,
                    Strings::Like => Reading::WILDCARDS,
                };
                let patterns = each(values, |text| Pattern::parse(text, reading))?;
                Test::Compare { negated, expected: Expected::Texts { folded: reading.fold, patterns } }
            }
            Quantity::Arns { negated } => {
                Test::Compare { negated, expected: Expected::Arns(each(values, arn)?) }
            }
            Quantity::Numbers(relation) => {
                let numbers = each(values, |text| Number::parse(text).ok_or_else(|| ill(text, "a number")))?;
                compare(relation, |relation| Expected::Numbers(relation, numbers))
            }
            Quantity::Dates(relation) => {
                let date = |text: &str| {
                    Date::parse(text).ok_or_else(|| {
                        ill(text, "a date, such as \"2026-11-21T00:00:00Z\", or the seconds since 1970")
                    })
                };
                let dates = each(values, date)?;
                compare(relation, |relation| Expected::Dates(relation, dates))
            }
            Quantity::Bool => {
                Test::Compare { negated: false, expected: Expected::Bools(each(values, boolean)?) }
            }
            Quantity::Addresses { negated } => {
                let network = |text: &str| {
                    Network::parse(text)
                        .ok_or_else(|| ill(text, "an address or a range such as \"203.0.113.0/24\""))
                };
                Test::Compare { negated, expected: Expected::Networks(each(values, network)?) }
            }
        };
        Ok(Self { key, set, if_exists, test })
    }

    /// Whether it holds of what is known.
    pub(crate) fn holds(&self, ask: &Ask<'_>) -> Truth {
        if self.key.is_concealed(ask) {
            return Truth::Unknown;
        }
        let found = self.key.values(ask);
        let (negated, expected) = match &self.test {
            Test::Missing(expected) => return Truth::of(expected.contains(&found.is_none())),
            Test::Compare { negated, expected } => (*negated, expected),
        };
        let Some(found) = found else {
            return Truth::of(match self.set {
                Set::All => true,
                Set::Any => false,
                // What is not there is unequal to everything.
                Set::One => self.if_exists || negated,
            });
        };
        let values = found.iter().map(|value| &**value);
        let matches = |value: &str| expected.takes(value, ask, self.values());
        let holds = |value: &str| if negated { matches(value).not() } else { matches(value) };
        match self.set {
            Set::All => Truth::all(values.map(holds)),
            Set::Any => Truth::any(values.map(holds)),
            Set::One if negated => Truth::any(values.map(matches)).not(),
            Set::One => Truth::any(values.map(matches)),
        }
    }

    /// Whether it can hold of some request of a caller, of whom alone something is known.
    pub(crate) fn may_hold(&self, ask: &Ask<'_>) -> bool {
        !self.keys().all(Key::is_of_caller) || self.holds(ask) == Truth::Yes
    }

    /// Every key it speaks of.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Key> {
        let (texts, arns) = match &self.test {
            Test::Compare { expected: Expected::Texts { patterns, .. }, .. } => (&patterns[..], &[][..]),
            Test::Compare { expected: Expected::Arns(arns), .. } => (&[][..], &arns[..]),
            Test::Compare {
                expected:
                    Expected::Numbers(..) | Expected::Dates(..) | Expected::Bools(_) | Expected::Networks(_),
                ..
            }
            | Test::Missing(_) => (&[][..], &[][..]),
        };
        let variables = texts.iter().chain(arns.iter().flatten()).flat_map(Pattern::keys);
        std::iter::once(&self.key).chain(variables)
    }

    /// What the values of variables may be: what names objects is to be led nowhere else.
    fn values(&self) -> Values {
        if self.key.names_objects() { Values::Names } else { Values::Any }
    }
}

impl Expected {
    /// Whether a value compares with one of these. A value that is not of their kind cannot be said to or not.
    fn takes(&self, value: &str, ask: &Ask<'_>, values: Values) -> Truth {
        match self {
            Self::Texts { folded: true, patterns } => {
                let value: String = value.chars().flat_map(lowercase).collect();
                Truth::any(patterns.iter().map(|pattern| pattern.matches(&value, ask, values)))
            }
            Self::Texts { folded: false, patterns } => {
                Truth::any(patterns.iter().map(|pattern| pattern.matches(value, ask, values)))
            }
            Self::Arns(arns) => {
                let Some(parts) = parts(value) else { return Truth::Unknown };
                Truth::any(arns.iter().map(|arn| {
                    let part = |(pattern, part): (&Pattern, &str)| pattern.matches(part, ask, values);
                    Truth::all(arn.iter().zip(parts).map(part))
                }))
            }
            Self::Numbers(relation, numbers) => compares(*relation, Number::parse(value), numbers),
            Self::Dates(relation, dates) => compares(*relation, Date::parse(value), dates),
            Self::Bools(bools) => {
                boolean(value).map_or(Truth::Unknown, |value| Truth::of(bools.contains(&value)))
            }
            Self::Networks(networks) => value.parse().map_or(Truth::Unknown, |address| {
                Truth::of(networks.iter().any(|network| network.holds(address)))
            }),
        }
    }
}

fn compare(relation: Relation, expected: impl FnOnce(Relation) -> Expected) -> Test {
    if relation == Relation::NotEquals {
        Test::Compare { negated: true, expected: expected(Relation::Equals) }
    } else {
        Test::Compare { negated: false, expected: expected(relation) }
    }
}

fn compares<T: Ord>(relation: Relation, value: Option<T>, expected: &[T]) -> Truth {
    let Some(value) = value else { return Truth::Unknown };
    Truth::of(expected.iter().any(|expected| relation.holds(value.cmp(expected))))
}

/// Reads each value.
fn each<T>(values: &[String], read: impl Fn(&str) -> Result<T, Mistake>) -> Result<Vec<T>, Vec<Misfit>> {
    let mut good = Vec::new();
    let mut bad = Vec::new();
    for (index, value) in values.iter().enumerate() {
        match read(value) {
            Ok(value) => good.push(value),
            Err(mistake) => bad.push((index, mistake)),
        }
    }
    if bad.is_empty() { Ok(good) } else { Err(bad) }
}

fn boolean(text: &str) -> Result<bool, Mistake> {
    if text.eq_ignore_ascii_case("true") {
        Ok(true)
    } else if text.eq_ignore_ascii_case("false") {
        Ok(false)
    } else {
        Err(ill(text, "true or false"))
    }
}

fn arn(text: &str) -> Result<[Pattern; 6], Mistake> {
    let parts = parts_of_pattern(text)
        .ok_or_else(|| ill(text, "an ARN of six parts, such as \"arn:aws:iam::000000000000:role/NAME\""))?;
    let [a, b, c, d, e, f] = parts.map(|part| Pattern::parse(part, Reading::WILDCARDS));
    Ok([a?, b?, c?, d?, e?, f?])
}

/// The six parts of an ARN, of which the last may hold colons.
fn parts(arn: &str) -> Option<[&str; 6]> {
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    parts.try_into().ok().filter(|parts: &[&str; 6]| parts.first() == Some(&"arn"))
}

/// The same of a pattern, in whose variables there are colons, too. `*` alone is every ARN.
fn parts_of_pattern(pattern: &str) -> Option<[&str; 6]> {
    if pattern == "*" {
        return Some(["*"; 6]);
    }
    let mut parts = [""; 6];
    let mut rest = pattern;
    let (last, five) = parts.split_last_mut()?;
    for part in five {
        let mut inside = false;
        let end = rest.find(|c| {
            inside = (inside || c == '{') && c != '}';
            c == ':' && !inside
        })?;
        let (before, after) = rest.split_at_checked(end)?;
        *part = before;
        rest = after.strip_prefix(':')?;
    }
    *last = rest;
    Some(parts)
}

fn ill(written: &str, expected: &'static str) -> Mistake {
    Mistake::IllTyped { written: written.to_owned(), expected }
}

impl Kind {
    /// Whether an operator can compare such values.
    pub(crate) fn fits(self, quantity: Quantity) -> bool {
        match quantity {
            Quantity::Null | Quantity::Strings { .. } => true,
            Quantity::Arns { .. } => matches!(self, Self::Arn | Self::Any),
            Quantity::Numbers(_) => matches!(self, Self::Number | Self::Epoch | Self::Any),
            Quantity::Dates(_) => matches!(self, Self::Date | Self::Epoch | Self::Any),
            Quantity::Bool => matches!(self, Self::Bool | Self::Any),
            Quantity::Addresses { .. } => matches!(self, Self::Address | Self::Any),
        }
    }

    /// What such values are, for a message.
    pub(crate) const fn called(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Arn => "an ARN",
            Self::Number => "a number",
            Self::Date => "a date",
            Self::Epoch => "the seconds since 1970",
            Self::Bool => "true or false",
            Self::Address => "an address",
            Self::Any => "anything",
        }
    }
}

impl Relation {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equals => order.is_eq(),
            Self::NotEquals => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEquals => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEquals => order.is_ge(),
        }
    }
}
