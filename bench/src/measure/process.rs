//! The process itself.

use std::time::{Duration, Instant};

use super::Bench;
use crate::load::{Client, Failure};
use crate::peers::{Kind, stripped};
use crate::request::Ask;

impl Bench {
    /// Milliseconds from the start of the program to the first byte of an answer.
    pub(super) fn start(&self, kind: Kind) -> Result<f64, Failure> {
        let began = Instant::now();
        let running = self.stage.spawn(kind, self.store)?.ok_or("nothing to be started")?;
        let shots = Ask::Get(1024).shots(&running.address.to_string(), &self.pattern, 1);
        let mut client = loop {
            match Client::connect(running.address, &self.pattern) {
                Ok(client) => break client,
                Err(why) if began.elapsed() > Duration::from_secs(20) => return Err(why),
                Err(_) => std::thread::sleep(Duration::from_micros(500)),
            }
        };
        shots.iter().try_for_each(|shot| client.begin(shot).map(drop))?;
        Ok(began.elapsed().as_secs_f64() * 1e3)
    }

    pub(super) fn size(&self) -> Option<f64> {
        stripped(&self.stage.brigade, &self.stage.folder)
    }
}
