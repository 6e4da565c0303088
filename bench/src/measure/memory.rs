//! What waiting costs in memory: the resident memory of all of a peer's processes, of one that was just started.

use std::thread;
use std::time::Duration;

use super::Bench;
use crate::load::{Client, Failure, Slow, idle};
use crate::peers::{Kind, Running, connections};
use crate::request::Ask;

/// What each slow reader reads in a second.
const RATE: usize = 64 << 10;

impl Bench {
    fn fresh(&self, kind: Kind) -> Result<Running, Failure> {
        let running = self.stage.start(kind, self.store)?.ok_or("nothing to be started")?;
        let shots = Ask::Get(1024).shots(&running.address.to_string(), &self.pattern, 1);
        let mut client = Client::connect(running.address, &self.pattern)?;
        shots.iter().try_for_each(|shot| client.fire(shot).map(drop))?;
        Ok(running)
    }

    pub(super) fn slow_readers(&self, kind: Kind, readers: usize) -> Result<f64, Failure> {
        let running = self.fresh(kind)?;
        running.family().forget_peak();
        let time = self.time(8.0);
        let slow = Slow::start(running.address, &self.pattern, readers, RATE)?;
        thread::sleep(time);
        let peak = running.family().peak();
        let (read, due) = (slow.end(), readers as f64 * RATE as f64 * time.as_secs_f64());
        // A little less is a busy machine; much less is a proxy that stands still.
        if (read as f64) < due * 0.2 {
            return Err(format!("{}: slow readers got {read} bytes of {due:.0}", kind.name()));
        }
        Ok(peak)
    }

    pub(super) fn idle(&self, kind: Kind, wished: usize) -> Result<f64, Failure> {
        let running = self.fresh(kind)?;
        let possible = connections();
        if possible < wished {
            eprintln!("{possible} idle connections, not {wished}: `ulimit -n` allows no more");
        }
        let held = idle(running.address, &self.pattern, wished.min(possible))?;
        thread::sleep(Duration::from_millis(300));
        let resident = running.family().resident();
        drop(held);
        Ok(resident)
    }
}
