//! The parts of a seed's plan that a run keeps. A broken run is shrunk to a selection and reported as one.

use std::fmt;

use super::fault::{Fault, Rates};
use super::plan::Plan;

/// The parts to keep. `None` keeps all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Clients, by number.
    pub clients: Option<Vec<usize>>,
    /// Incidents, by index.
    pub incidents: Option<Vec<usize>>,
    /// Kinds of faults.
    pub faults: Option<Vec<Fault>>,
    /// The number of steps between two audits of all tables.
    pub audit_every: Option<u64>,
}

impl Selection {
    /// The plan of a seed, with only these parts.
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

/// Formats the selection as command line options.
impl fmt::Display for Selection {
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
