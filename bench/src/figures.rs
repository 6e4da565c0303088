//! What was measured: for each line and peer, a figure of each round.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::scenario::Goal;

/// One line of the table.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) unit: &'static str,
    pub(crate) goal: Goal,
    /// By the name of the peer.
    pub(crate) rounds: BTreeMap<&'static str, Vec<f64>>,
}

/// Least, median and most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) least: f64,
    pub(crate) median: f64,
    pub(crate) most: f64,
}

impl Spread {
    pub(crate) fn of(mut all: Vec<f64>) -> Option<Self> {
        all.sort_by(f64::total_cmp);
        let (least, most) = (all.first().copied()?, all.last().copied()?);
        let median = (all.get((all.len() - 1) / 2)? + all.get(all.len() / 2)?) / 2.0;
        Some(Self { least, median, most })
    }
}

impl Line {
    pub(crate) fn spread(&self, peer: &str) -> Option<Spread> {
        Spread::of(self.rounds.get(peer)?.clone())
    }

    /// One peer's figures over another's, round by round.
    pub(crate) fn ratio(&self, peer: &str, to: &str) -> Option<Spread> {
        let pairs = self.rounds.get(peer)?.iter().zip(self.rounds.get(to)?);
        Spread::of(pairs.map(|(one, other)| one / other).collect())
    }
}

/// All lines, in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) lines: Vec<Line>,
    /// CPU seconds for SHA-256 of a GB, on this machine in this run.
    pub(crate) sha256: f64,
}

impl Figures {
    pub(crate) fn note(
        &mut self,
        name: &str,
        unit: &'static str,
        goal: Goal,
        peer: &'static str,
        figure: f64,
    ) {
        let place = self.lines.iter().position(|line| line.name == name).unwrap_or_else(|| {
            self.lines.push(Line { name: name.to_owned(), unit, goal, rounds: BTreeMap::new() });
            self.lines.len() - 1
        });
        self.lines[place].rounds.entry(peer).or_default().push(figure);
    }

    /// As a file; with the lines of an earlier one that were not measured this time.
    pub(crate) fn json(&self, before: Option<&Value>) -> Value {
        let kept = before.and_then(|before| before.get("lines")?.as_object().cloned()).unwrap_or_default();
        let lines = self
            .lines
            .iter()
            .map(|line| (line.name.clone(), json!({ "unit": line.unit, "rounds": line.rounds })));
        json!({ "sha256_seconds_per_gb": self.sha256, "lines": kept.into_iter().chain(lines).collect::<serde_json::Map<_, _>>() })
    }
}

/// The median of a peer's figures in an earlier run's file.
pub(crate) fn earlier(file: &Value, line: &str, peer: &str) -> Option<f64> {
    let rounds = file.get("lines")?.get(line)?.get("rounds")?.get(peer)?.as_array()?;
    Spread::of(rounds.iter().filter_map(Value::as_f64).collect()).map(|spread| spread.median)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_of_figures_of_one_round() {
        let mut figures = Figures::default();
        for (peer, rounds) in [("nginx", [10.0, 20.0, 40.0]), ("brigade", [5.0, 20.0, 60.0])] {
            rounds.into_iter().for_each(|figure| figures.note("get_1k", "µs", Goal::None, peer, figure));
        }
        let spread = figures.lines[0].ratio("brigade", "nginx").unwrap();
        assert_eq!((spread.least, spread.median, spread.most), (0.5, 1.0, 1.5));
        let file =
            figures.json(Some(&json!({ "lines": { "put_1k": { "rounds": { "brigade": [2.0, 1.0] } } } })));
        assert_eq!(earlier(&file, "get_1k", "brigade"), Some(20.0));
        assert_eq!(earlier(&file, "put_1k", "brigade"), Some(1.5));
        assert_eq!(earlier(&file, "put_1k", "nginx"), None);
    }
}
