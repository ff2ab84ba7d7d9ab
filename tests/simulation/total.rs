//! What many runs come to.

use super::fault::{Fault, Struck};
use super::invariant::Broken;
use super::ledger::Lives;
use super::world::Ran;

/// The sum of runs.
#[derive(Clone, Debug, Default)]
pub struct Total {
    /// Runs in which everything held.
    pub held: u64,
    /// Those in which something did not, with their seeds.
    pub broken: Vec<(u64, Broken)>,
    /// Sessions by how they ended, and creates that led to none.
    pub lives: Lives,
    /// Polls of tasks.
    pub steps: u64,
    /// Milliseconds of simulated time.
    pub elapsed: u64,
    /// Browsers that were started.
    pub browsers: u64,
    /// Instances of objects that were killed.
    pub deaths: u64,
    /// How often each kind of fault happened.
    pub struck: Struck,
}

impl Total {
    /// Adds a run.
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

    /// Runs so far.
    pub fn runs(&self) -> u64 {
        self.held + self.broken.len() as u64
    }

    /// Sessions that came to be and came to an end.
    pub fn sessions(&self) -> u64 {
        self.lives.iter().filter(|(name, _)| !name.starts_with("create: ")).map(|(_, many)| many).sum()
    }
}
