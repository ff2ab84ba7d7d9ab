//! The sum of many runs' results.

use super::fault::{Fault, Struck};
use super::invariant::Broken;
use super::ledger::Lives;
use super::world::Ran;

/// The sum of the results.
#[derive(Clone, Debug, Default)]
pub struct Total {
    /// The number of runs in which every invariant held.
    pub held: u64,
    /// The broken invariants, by seed.
    pub broken: Vec<(u64, Broken)>,
    /// Counts of sessions by how they ended, and of creates that made none.
    pub lives: Lives,
    /// Polls of tasks.
    pub steps: u64,
    /// Milliseconds of simulated time.
    pub elapsed: u64,
    /// Started browsers.
    pub browsers: u64,
    /// Killed instances of objects.
    pub deaths: u64,
    /// How often each kind of fault happened.
    pub struck: Struck,
}

impl Total {
    /// Adds the result of a run.
    pub fn add(&mut self, seed: u64, ran: Ran) {
        match ran.broken {
            Some(broken) => self.broken.push((seed, broken)),
            None => self.held += 1,
        }
        for (name, many) in ran.lives {
            *self.lives.entry(name).or_default() += many;
        }
        self.steps += ran.steps;
        self.elapsed += ran.elapsed;
        self.browsers += ran.browsers;
        self.deaths += ran.deaths;
        for fault in Fault::ALL {
            self.struck[*fault as usize] += ran.struck[*fault as usize];
        }
    }

    /// The number of runs so far.
    pub fn runs(&self) -> u64 {
        self.held + self.broken.len() as u64
    }

    /// The number of sessions that began and ended.
    pub fn sessions(&self) -> u64 {
        self.lives.iter().filter(|(name, _)| !name.starts_with("create: ")).map(|(_, many)| many).sum()
    }
}
