//! The command line.

use std::path::PathBuf;

use crate::peers::Kind;
use crate::scenario::{self, Scenario};

pub(crate) const USAGE: &str = "\
usage: cargo xtask bench [--quick] [--only SCENARIO,…] [--peers NAME,…] [--rounds N] [--binary BRIGADE]
                         [--json FILE] [--against FILE] [--markdown]
       cargo xtask bench --soak [--minutes N] [--binary BRIGADE]

  --quick      a sixth of the requests, 2 rounds, fewer peers: under a minute
  --only       these scenarios, or those whose names begin so
  --peers      these beside Brigade: nginx, haproxy, haproxy-splice, hyper-core, tls-floor, direct
  --binary     another Brigade than the one that was built
  --json       where the figures are kept; compared with what is there already, or with --against
  --markdown   only the table
";

/// What is to be done.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) quick: bool,
    pub(crate) markdown: bool,
    pub(crate) scenarios: Vec<Scenario>,
    pub(crate) peers: Vec<Kind>,
    pub(crate) rounds: usize,
    pub(crate) json: Option<PathBuf>,
    pub(crate) against: Option<PathBuf>,
    pub(crate) binary: Option<PathBuf>,
    /// Minutes, for a soak.
    pub(crate) soak: Option<f64>,
}

impl Options {
    pub(crate) fn read(args: &[String]) -> Result<Self, String> {
        let (mut only, mut peers, mut rounds) = (None, None, None);
        let (mut soak, mut minutes) = (false, 10.0);
        let mut options = Self {
            quick: false,
            markdown: false,
            scenarios: Vec::new(),
            peers: Vec::new(),
            rounds: 0,
            json: None,
            against: None,
            binary: None,
            soak: None,
        };
        let mut words = args.iter().map(String::as_str);
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word {
                "--quick" => options.quick = true,
                "--markdown" => options.markdown = true,
                "--soak" => soak = true,
                "--only" => only = Some(value()?),
                "--peers" => peers = Some(value()?),
                "--rounds" => rounds = Some(number(value()?)?),
                "--minutes" => minutes = number(value()?)?,
                "--json" => options.json = Some(value()?.into()),
                "--against" => options.against = Some(value()?.into()),
                "--binary" => options.binary = Some(value()?.into()),
                _ => return Err(format!("not understood: {word}")),
            }
        }
        options.scenarios = scenarios(only, options.quick)?;
        options.peers = kinds(peers, options.quick)?;
        options.rounds =
            rounds.map_or(if options.quick { 2 } else { 5 }, |rounds: f64| rounds.max(1.0) as usize);
        options.soak = soak.then_some(minutes);
        Ok(options)
    }
}

fn number(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| format!("not a number: {text}"))
}

fn scenarios(only: Option<&str>, quick: bool) -> Result<Vec<Scenario>, String> {
    let all = scenario::ALL.iter().copied();
    let Some(only) = only else { return Ok(all.filter(|scenario| scenario.quick || !quick).collect()) };
    let names: Vec<&str> = only.split(',').collect();
    if let Some(name) =
        names.iter().find(|name| !scenario::ALL.iter().any(|scenario| scenario.name.starts_with(**name)))
    {
        let known: Vec<&str> = scenario::ALL.iter().map(|scenario| scenario.name).collect();
        return Err(format!("no scenario is called {name}; there are {}", known.join(", ")));
    }
    // A name of one is no beginning of others.
    let exact = |scenario: &Scenario| names.contains(&scenario.name);
    let begins = |scenario: &Scenario| {
        names.iter().any(|name| {
            !scenario::ALL.iter().any(|other| other.name == *name) && scenario.name.starts_with(name)
        })
    };
    Ok(all.filter(|scenario| exact(scenario) || begins(scenario)).collect())
}

/// Those of a quick run, in their order.
const QUICK: &str = "nginx,haproxy-splice,tls-floor";

fn kinds(peers: Option<&str>, quick: bool) -> Result<Vec<Kind>, String> {
    let Some(peers) = peers.or(quick.then_some(QUICK)) else { return Ok(Kind::ALL.to_vec()) };
    let named = peers.split(',').map(|name| {
        let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name);
        kind.ok_or_else(|| format!("no peer is called {name}"))
    });
    let named = named.collect::<Result<Vec<_>, _>>()?;
    // In their own order, and Brigade among them.
    Ok(Kind::ALL.into_iter().filter(|kind| *kind == Kind::Brigade || named.contains(kind)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(only: &str) -> Result<String, String> {
        let all = scenarios(Some(only), false)?;
        Ok(all.iter().map(|scenario| scenario.name).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn a_scenario_is_chosen_by_its_name_or_its_beginning() {
        assert_eq!(chosen("get_64m").unwrap(), "get_64m");
        assert_eq!(chosen("put_1k,put_s").unwrap(), "put_1k put_signed_chunks");
        assert_eq!(chosen("get_1g").unwrap(), "get_1g");
        assert_eq!(chosen("idl").unwrap(), "idle idle_10000");
        assert!(chosen("get_2k").is_err());
    }
}
