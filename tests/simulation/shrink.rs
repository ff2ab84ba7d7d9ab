//! Shrinks a broken run to the parts that break it.

use super::invariant::Invariant;
use super::mutants::Mutant;
use super::selection::Selection;
use super::trace::Trace;
use super::world;

/// The limit on runs for one seed.
const RUNS_MAX: u32 = 500;

/// Steps between two audits, if an audit found the break.
const AUDIT_EVERY: u64 = 10;

/// Shrinks a seed's run while the same invariant still breaks.
pub fn shrink(seed: u64, from: &Selection, mutant: Option<Mutant>, invariant: Invariant) -> Selection {
    let mut runs = 0;
    let mut breaks = |selection: &Selection| {
        runs += 1;
        let ran = world::run(selection.plan(seed), mutant, Trace::off());
        runs <= RUNS_MAX && ran.broken.is_some_and(|broken| broken.invariant == invariant)
    };
    let plan = from.plan(seed);
    let mut least = Selection {
        clients: Some(plan.clients.iter().map(|client| client.number).collect()),
        incidents: Some(from.incidents.clone().unwrap_or_else(|| (0..plan.incidents.len()).collect())),
        faults: Some(plan.rates.present().collect()),
        // Only an audit sees a break of the tables. Frequent audits find it close to its cause.
        audit_every: if invariant == Invariant::Tables { Some(AUDIT_EVERY) } else { from.audit_every },
    };
    loop {
        let before = least.clone();
        keep_least(&mut least, |selection| selection.faults.get_or_insert_default(), &mut breaks);
        keep_least(&mut least, |selection| selection.incidents.get_or_insert_default(), &mut breaks);
        keep_least(&mut least, |selection| selection.clients.get_or_insert_default(), &mut breaks);
        if least == before {
            return least;
        }
    }
}

/// Removes ever smaller chunks of one part (the removing half of Zeller's delta debugging).
fn keep_least<T: Clone>(
    least: &mut Selection,
    part: impl Fn(&mut Selection) -> &mut Vec<T>,
    breaks: &mut impl FnMut(&Selection) -> bool,
) {
    let mut chunk = part(least).len();
    while chunk > 0 {
        let mut at = 0;
        while at < part(least).len() {
            let mut without = least.clone();
            let kept = part(&mut without);
            let end = (at + chunk).min(kept.len());
            kept.drain(at..end);
            if breaks(&without) {
                *least = without;
            } else {
                at += chunk;
            }
        }
        chunk /= 2;
    }
}
