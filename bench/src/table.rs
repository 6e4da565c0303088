//! The figures as one table.

use std::fmt::Write as _;

use serde_json::Value;

use crate::figures::{Figures, Line, Spread, earlier};
use crate::scenario::Goal;

const BRIGADE: &str = "brigade";
const NGINX: &str = "nginx";
const TLS: &str = "tls-floor";

/// A figure, and what Brigade's goal is of.
struct Verdict {
    goal: String,
    reached: Option<bool>,
}

fn verdict(line: &Line, sha256: f64) -> Verdict {
    let brigade = line.spread(BRIGADE).map(|spread| spread.median);
    let of = |other: &str, goal: f64| {
        let ratio = line.ratio(BRIGADE, other).map(|spread| spread.median);
        Verdict { goal: format!("≤ {goal:.2} × {other}"), reached: ratio.map(|ratio| ratio <= goal) }
    };
    match line.goal {
        Goal::OfNginx(goal) => of(NGINX, goal),
        Goal::OfTls(goal) => of(TLS, goal),
        Goal::AtMost(goal) => Verdict {
            goal: format!("≤ {goal} {}", line.unit),
            reached: brigade.map(|figure| figure <= goal),
        },
        Goal::Sha256 => {
            let nginx = line.spread(NGINX).map(|spread| spread.median);
            let most = nginx.map(|nginx| nginx + sha256);
            let goal = most
                .map_or("nginx and SHA-256".to_owned(), |most| format!("≤ {most:.3} (nginx and SHA-256)"));
            Verdict { goal, reached: brigade.zip(most).map(|(figure, most)| figure <= most) }
        }
        Goal::None => Verdict { goal: String::new(), reached: None },
    }
}

/// Markdown, which is also easy on the eye: a column for each peer, Brigade's ratio with its spread, the goal.
pub(crate) fn table(figures: &Figures, peers: &[&'static str], before: Option<&Value>) -> String {
    let mut rows = vec![head(peers, before.is_some())];
    for line in &figures.lines {
        let Verdict { goal, reached } = verdict(line, figures.sha256);
        let against = if matches!(line.goal, Goal::OfTls(_)) { TLS } else { NGINX };
        let mut row = vec![line.name.clone(), line.unit.to_owned()];
        row.extend(
            peers.iter().map(|peer| line.spread(peer).map_or("–".into(), |spread| figure(spread.median))),
        );
        row.push(line.ratio(BRIGADE, against).map_or("–".into(), three));
        row.push(goal);
        row.push(reached.map_or("", |reached| if reached { "yes" } else { "**no**" }).into());
        if let Some(before) = before {
            row.push(change(line, before).unwrap_or("–".into()));
        }
        rows.push(row);
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    let mut text = String::new();
    for (n, row) in rows.iter().enumerate() {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
        if n == 0 {
            let dashes: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
            let _ = writeln!(text, "| {} |", dashes.join(" | "));
        }
    }
    text
}

fn head(peers: &[&'static str], compared: bool) -> Vec<String> {
    let mut row = vec!["".to_owned(), "unit".to_owned()];
    row.extend(peers.iter().map(|peer| (*peer).to_owned()));
    row.extend(["brigade ÷ goal's peer: least / median / most", "goal", "reached"].map(str::to_owned));
    if compared {
        row.push("before".to_owned());
    }
    row
}

fn figure(value: f64) -> String {
    match value.abs() {
        at if at >= 100.0 => format!("{value:.0}"),
        at if at >= 10.0 => format!("{value:.1}"),
        at if at >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

fn three(Spread { least, median, most }: Spread) -> String {
    format!("{least:.2} / {median:.2} / {most:.2}")
}

/// Brigade's ratio to nginx in an earlier run, or its figure where there is no nginx.
fn change(line: &Line, before: &Value) -> Option<String> {
    let brigade = earlier(before, &line.name, BRIGADE)?;
    Some(match earlier(before, &line.name, NGINX) {
        Some(nginx) => format!("{:.2}", brigade / nginx),
        None => figure(brigade),
    })
}

/// What of the spread of every peer's ratio to nginx is not in the table: the rest.
pub(crate) fn ratios(figures: &Figures, peers: &[&'static str]) -> String {
    let mut text = String::new();
    let others: Vec<_> = peers.iter().filter(|peer| ![BRIGADE, NGINX].contains(peer)).collect();
    for line in &figures.lines {
        let all =
            others.iter().filter_map(|peer| Some(format!("{peer} {}", three(line.ratio(peer, NGINX)?))));
        let all: Vec<String> = all.collect();
        if !all.is_empty() {
            let _ = writeln!(text, "{}: {}", line.name, all.join(", "));
        }
    }
    text
}
