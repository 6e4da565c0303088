//! Reading `Condition`: operators, their keys, and the values of those.

use serde_json::Value;

use super::{Mistake, Reader, Step, kind};
use crate::condition::{Condition, Operator};
use crate::key::Key;

impl Reader<'_> {
    /// Every condition of a statement; those that are mistaken are left out, and reported.
    pub(super) fn conditions(&mut self, conditions: &Value) -> Vec<Condition> {
        let Some(operators) = self.object(conditions) else { return Vec::new() };
        let mut all = Vec::new();
        for (written, keys) in operators {
            self.at_key(written, |reader| {
                let operator = Operator::parse(written).map_err(|mistake| reader.mistake(mistake)).ok();
                let Some(keys) = reader.object(keys) else { return };
                if keys.is_empty() {
                    reader.mistake(Mistake::NoKeys);
                }
                let mut seen: Vec<Box<str>> = Vec::new();
                for (key, values) in keys {
                    let condition = reader.at_key(key, |reader| reader.condition(operator, key, values));
                    let Some((name, condition)) = condition else { continue };
                    if seen.contains(&name) {
                        reader.at_key(key, |reader| reader.mistake(Mistake::RepeatedKey));
                    }
                    seen.push(name);
                    all.extend(condition);
                }
            });
        }
        all
    }

    fn condition(
        &mut self,
        operator: Option<Operator>,
        key: &str,
        values: &Value,
    ) -> Option<(Box<str>, Option<Condition>)> {
        let key = Key::parse(key).map_err(|mistake| self.mistake(mistake)).ok();
        let several = values.is_array();
        let values = self.some_of(values, Self::scalar);
        let (operator, key, values) = (operator?, key?, values?);
        if !key.kind.fits(operator.quantity) {
            self.mistake(Mistake::WrongOperator { operator: operator.name, values: key.kind.called() });
            return None;
        }
        let name = key.name.clone();
        let condition = Condition::new(operator, key, &values).map_err(|misfits| {
            for (index, mistake) in misfits {
                if several {
                    self.at(Step::Index(index), |reader| reader.mistake(mistake));
                } else {
                    self.mistake(mistake);
                }
            }
        });
        Some((name, condition.ok()))
    }

    /// A value of a condition: IAM takes numbers and booleans for what they are written as.
    fn scalar(&mut self, value: &Value) -> Option<String> {
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(brigade_json::decimal(number)),
            Value::Bool(boolean) => Some(boolean.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => {
                self.mistake(Mistake::Kind { expected: "a string", found: kind(value) });
                None
            }
        }
    }
}
