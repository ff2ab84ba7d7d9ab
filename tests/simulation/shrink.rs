//! Takes from a broken run what it does not need to break.

use super::invariant::Invariant;
use super::mutants::Mutant;
use super::narrowed::Narrowed;
use super::trace::Trace;
use super::world;

/// Runs that are spent on one seed at most.
const RUNS_MAX: u32 = 500;

/// Steps between two looks at all tables, where that is what finds it.
const AUDIT_EVERY: u64 = 10;

/// Shrinks a seed's run for as long as the same invariant breaks.
pub fn shrink(seed: u64, from: &Narrowed, mutant: Option<Mutant>, invariant: Invariant) -> Narrowed {
    let mut runs = 0;
    let mut breaks = |narrowed: &Narrowed| {
        runs += 1;
        let ran = world::run(narrowed.plan(seed), mutant, Trace::off());
        runs <= RUNS_MAX && ran.broken.is_some_and(|broken| broken.invariant == invariant)
    };
    let plan = from.plan(seed);
    let mut least = Narrowed {
        clients: Some(plan.clients.iter().map(|client| client.number).collect()),
        incidents: Some(from.incidents.clone().unwrap_or_else(|| (0..plan.incidents.len()).collect())),
        faults: Some(plan.rates.present().collect()),
        // What is seen in the tables alone is to be seen as soon as it is there.
        audit_every: if invariant == Invariant::Tables { Some(AUDIT_EVERY) } else { from.audit_every },
    };
    loop {
        let before = least.clone();
        keep_least(&mut least, |narrowed| narrowed.faults.get_or_insert_default(), &mut breaks);
        keep_least(&mut least, |narrowed| narrowed.incidents.get_or_insert_default(), &mut breaks);
        keep_least(&mut least, |narrowed| narrowed.clients.get_or_insert_default(), &mut breaks);
        if least == before {
            return least;
        }
    }
}

/// Leaves out ever smaller pieces of one part (Zeller's delta debugging, its simple half).
fn keep_least<T: Clone>(
    least: &mut Narrowed,
    part: impl Fn(&mut Narrowed) -> &mut Vec<T>,
    breaks: &mut impl FnMut(&Narrowed) -> bool,
) {
    let mut piece = part(least).len();
    while piece > 0 {
        let mut at = 0;
        while at < part(least).len() {
            let mut without = least.clone();
            let kept = part(&mut without);
            let end = (at + piece).min(kept.len());
            kept.drain(at..end);
            if breaks(&without) {
                *least = without;
            } else {
                at += piece;
            }
        }
        piece /= 2;
    }
}
