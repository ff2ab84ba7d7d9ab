//! Each invariant can fail, and seeds that once broke stay fixed.

use super::invariant::Invariant;
use super::mutants::Mutant;
use super::plan::Plan;
use super::selection::Selection;
use super::shrink::shrink;
use super::trace::Trace;
use super::world;

/// One of this many seeds has to find a mutant.
const SEEDS: u64 = 60;

/// The first seed in which the mutant breaks the invariant.
fn first_broken(mutant: Mutant, invariant: Invariant) -> Option<u64> {
    (0..SEEDS).find(|seed| {
        let broken = world::run(Plan::of(*seed), Some(mutant), Trace::off()).broken;
        broken.is_some_and(|broken| broken.invariant == invariant)
    })
}

fn is_found(mutant: Mutant, invariant: Invariant) {
    assert!(first_broken(mutant, invariant).is_some(), "{mutant:?} is not found by `{}`", invariant.name());
}

/// Each mutant, and the invariant that finds it.
mod a_check_finds {
    use super::*;

    #[test]
    fn a_close_without_a_request() {
        is_found(Mutant::ForgetsCloses, Invariant::Closed);
    }

    #[test]
    fn an_alarm_that_handles_no_deadline() {
        is_found(Mutant::SleepsThroughDeadlines, Invariant::Ends);
    }

    #[test]
    fn an_interrupted_start_that_is_not_abandoned() {
        is_found(Mutant::KeepsStarting, Invariant::Ends);
    }

    #[test]
    fn a_session_above_the_limit() {
        is_found(Mutant::IgnoresLimit, Invariant::Limit);
    }

    #[test]
    fn a_queue_that_admits_its_last_session_first() {
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
    fn an_answer_that_differs_from_the_store() {
        is_found(Mutant::TellsTooEarly, Invariant::Told);
    }

    #[test]
    fn an_alarm_that_is_set_too_late() {
        is_found(Mutant::SetsAlarmLate, Invariant::Deadline);
    }

    #[test]
    fn a_running_session_that_ends_as_lost() {
        is_found(Mutant::TrustsLists, Invariant::Lost);
    }

    #[test]
    fn an_owned_browser_that_is_closed_as_unclaimed() {
        is_found(Mutant::ClosesHastily, Invariant::Unclaimed);
    }

    #[test]
    fn a_call_without_an_answer() {
        is_found(Mutant::NeverAnswers, Invariant::Settled);
    }

    #[test]
    fn an_event_that_no_subscriber_receives() {
        is_found(Mutant::LosesEvents, Invariant::Events);
    }

    #[test]
    fn a_reported_segment_that_is_not_stored() {
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

/// Seeds that once broke, each with its cause.
mod seeds_that_broke {
    use super::*;

    fn holds(seed: u64) {
        assert_eq!(world::run(Plan::of(seed), None, Trace::off()).broken, None, "seed {seed}");
    }

    /// The ledger attributed a removed session's browser to the next session with the same id.
    #[test]
    fn a_reused_id_owns_no_browser_of_the_earlier_session() {
        for seed in [7_770_157, 50_003_029, 50_016_041] {
            holds(seed);
        }
    }

    /// A release waited for a close that hung. Meanwhile its row was deleted and its id came again: the answer showed
    /// the new session.
    #[test]
    fn a_release_answers_with_the_session_that_it_ended() {
        for seed in [128_358_990_256_468, 128_358_990_256_480] {
            holds(seed);
        }
    }

    /// An incident waited for its steps until long after the faults had stopped.
    #[test]
    fn an_incident_happens_before_the_faults_stop() {
        holds(50_013_017);
    }
}

#[test]
fn a_seed_gives_the_same_run_each_time() {
    for seed in [3, 4] {
        let run = || {
            let trace = Trace::kept();
            let ran = world::run(Plan::of(seed), None, trace.clone());
            (trace.lines(), ran.steps, ran.lives, ran.struck)
        };
        let once = run();
        assert!(once.0.len() > 100, "the run has events");
        assert_eq!(once, run());
    }
}

#[test]
fn a_broken_run_is_shrunk_to_the_parts_that_break_it() {
    let seed = first_broken(Mutant::ForgetsCloses, Invariant::Closed).expect("a close is forgotten");
    let least = shrink(seed, &Selection::default(), Some(Mutant::ForgetsCloses), Invariant::Closed);
    assert_eq!(least.clients.as_ref().map(Vec::len), Some(1), "one client's browser is enough: {least}");
    assert_eq!((least.faults.clone(), least.incidents.clone()), (Some(vec![]), Some(vec![])), "{least}");
    let again = world::run(least.plan(seed), Some(Mutant::ForgetsCloses), Trace::off());
    assert_eq!(again.broken.map(|broken| broken.invariant), Some(Invariant::Closed));
    assert_eq!(world::run(least.plan(seed), None, Trace::off()).broken, None);
}
