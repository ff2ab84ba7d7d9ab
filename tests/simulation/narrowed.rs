//! The parts of a seed's plan that are kept: what a broken run is shrunk to, and how it is told.

use std::fmt;

use super::fault::{Fault, Rates};
use super::plan::Plan;

/// Which parts; all of them where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowed {
    /// Clients, by their numbers.
    pub clients: Option<Vec<usize>>,
    /// Incidents, by their places.
    pub incidents: Option<Vec<usize>>,
    /// Kinds of faults.
    pub faults: Option<Vec<Fault>>,
    /// All tables are looked at after each so many steps.
    pub audit_every: Option<u64>,
}

impl Narrowed {
    /// The plan of a seed, with nothing but these parts.
    pub fn plan(&self, seed: u64) -> Plan {
        let mut plan = Plan::of(seed);
        if let Some(kept) = &self.clients {
            plan.clients.retain(|client| kept.contains(&client.number));
        }
        if let Some(kept) = &self.incidents {
            plan.incidents = kept.iter().filter_map(|place| plan.incidents.get(*place).copied()).collect();
        }
        if let Some(kept) = &self.faults {
            let mut rates = Rates::default();
            for fault in kept {
                rates.set(*fault, plan.rates.of(*fault));
            }
            plan.rates = rates;
        }
        plan.audit_every = self.audit_every.unwrap_or(plan.audit_every);
        plan
    }
}

/// As options of the command line.
impl fmt::Display for Narrowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut option = |name: &str, values: Option<Vec<String>>| match values {
            Some(values) if values.is_empty() => write!(f, " --{name} ''"),
            Some(values) => write!(f, " --{name} {}", values.join(",")),
            None => Ok(()),
        };
        let texts = |numbers: &Vec<usize>| numbers.iter().map(ToString::to_string).collect();
        option("clients", self.clients.as_ref().map(texts))?;
        option("incidents", self.incidents.as_ref().map(texts))?;
        option("audit-every", self.audit_every.map(|steps| vec![steps.to_string()]))?;
        option("faults", self.faults.as_ref().map(|kinds| kinds.iter().map(|kind| kind.name().to_owned()).collect()))
    }
}
