//! Each check can fail; and what was found once stays found.

use super::invariant::Invariant;
use super::mutants::Mutant;
use super::narrowed::Narrowed;
use super::plan::Plan;
use super::shrink::shrink;
use super::trace::Trace;
use super::world;

/// Seeds in one of which a mutant is found.
const SEEDS: u64 = 60;

/// The first seed in which an invariant breaks.
fn first_broken(mutant: Mutant, invariant: Invariant) -> Option<u64> {
    (0..SEEDS).find(|seed| {
        let broken = world::run(Plan::of(*seed), Some(mutant), Trace::off()).broken;
        broken.is_some_and(|broken| broken.invariant == invariant)
    })
}

fn is_found(mutant: Mutant, invariant: Invariant) {
    assert!(first_broken(mutant, invariant).is_some(), "{mutant:?} is not found by `{}`", invariant.name());
}

/// Each way to break the service, and what finds it.
mod each_check_can_fail {
    use super::*;

    #[test]
    fn a_close_that_is_not_made() {
        is_found(Mutant::ForgetsCloses, Invariant::Closed);
    }

    #[test]
    fn a_deadline_that_nobody_carries_out() {
        is_found(Mutant::SleepsThroughDeadlines, Invariant::Ends);
    }

    #[test]
    fn a_start_that_a_restart_has_forgotten() {
        is_found(Mutant::KeepsStarting, Invariant::Ends);
    }

    #[test]
    fn one_session_more_than_the_limit() {
        is_found(Mutant::IgnoresLimit, Invariant::Limit);
    }

    #[test]
    fn a_line_that_is_served_from_its_end() {
        is_found(Mutant::ServesTheLastFirst, Invariant::Order);
    }

    #[test]
    fn two_sessions_for_one_key() {
        is_found(Mutant::LosesKeys, Invariant::One);
    }

    #[test]
    fn a_connect_after_the_end() {
        is_found(Mutant::RemembersConnects, Invariant::Authorized);
    }

    #[test]
    fn an_answer_that_is_not_stored() {
        is_found(Mutant::TellsTooEarly, Invariant::Told);
    }

    #[test]
    fn an_alarm_that_is_set_too_late() {
        is_found(Mutant::SetsAlarmLate, Invariant::Deadline);
    }

    #[test]
    fn a_session_that_is_taken_for_lost() {
        is_found(Mutant::TrustsLists, Invariant::Lost);
    }

    #[test]
    fn a_browser_that_is_taken_for_nobodys() {
        is_found(Mutant::ClosesHastily, Invariant::Unclaimed);
    }

    #[test]
    fn a_caller_that_is_never_answered() {
        is_found(Mutant::NeverAnswers, Invariant::Settled);
    }

    #[test]
    fn an_event_that_no_subscriber_gets() {
        is_found(Mutant::LosesEvents, Invariant::Events);
    }

    #[test]
    fn a_segment_that_is_not_stored() {
        is_found(Mutant::LosesSegments, Invariant::Recorded);
    }

    #[test]
    fn tables_that_disagree() {
        is_found(Mutant::MiscountsRows, Invariant::Tables);
    }

    #[test]
    fn a_panic() {
        is_found(Mutant::Panics, Invariant::Panic);
    }
}

/// Seeds that once broke, and what was wrong then.
mod seeds_that_broke {
    use super::*;

    fn holds(seed: u64) {
        assert_eq!(world::run(Plan::of(seed), None, Trace::off()).broken, None, "seed {seed}");
    }

    /// The ledger took a browser of a session whose row is gone for one of the next session with the same id.
    #[test]
    fn a_chosen_id_that_comes_again_owns_no_browser_of_the_session_before() {
        for seed in [7_770_157, 50_003_029, 50_016_041] {
            holds(seed);
        }
    }

    /// An incident waited for its steps until long after nothing was to go wrong any more.
    #[test]
    fn an_incident_comes_before_nothing_goes_wrong_any_more() {
        holds(50_013_017);
    }
}

#[test]
fn a_seed_is_the_same_run_each_time() {
    for seed in [3, 4] {
        let told = || {
            let trace = Trace::kept();
            let ran = world::run(Plan::of(seed), None, trace.clone());
            (trace.lines(), ran.steps, ran.lives, ran.struck)
        };
        let once = told();
        assert!(once.0.len() > 100, "something happens");
        assert_eq!(once, told());
    }
}

#[test]
fn a_broken_run_is_shrunk_to_what_breaks_it() {
    let seed = first_broken(Mutant::ForgetsCloses, Invariant::Closed).expect("a close is forgotten");
    let least = shrink(seed, &Narrowed::default(), Some(Mutant::ForgetsCloses), Invariant::Closed);
    assert_eq!(least.clients.as_ref().map(Vec::len), Some(1), "one client's browser is enough: {least}");
    assert_eq!((least.faults.clone(), least.incidents.clone()), (Some(vec![]), Some(vec![])), "{least}");
    let again = world::run(least.plan(seed), Some(Mutant::ForgetsCloses), Trace::off());
    assert_eq!(again.broken.map(|broken| broken.invariant), Some(Invariant::Closed));
    assert_eq!(world::run(least.plan(seed), None, Trace::off()).broken, None);
}
