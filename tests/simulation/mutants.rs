//! Ways to break the service on purpose, from outside. They show that each invariant can fail.

use std::any::Any;

use tidewatch::wire::{Claims, Code, Connectable, Created, Problem, SessionView};

use super::browser_run::Owner;
use super::world::World;

/// One way to break the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// A close is reported as done without a request to the provider.
    ForgetsCloses,
    /// An alarm does not handle its deadlines.
    SleepsThroughDeadlines,
    /// The limit on live sessions is one too high.
    IgnoresLimit,
    /// The queue admits its last session first.
    ServesTheLastFirst,
    /// Idempotency keys are not stored.
    LosesKeys,
    /// A connect to an ended session is authorized.
    RemembersConnects,
    /// An answer differs from the stored session.
    TellsTooEarly,
    /// The alarm is set too late.
    SetsAlarmLate,
    /// A browser that is missing from a list counts as lost without a second check.
    TrustsLists,
    /// Every browser that no live session owns is closed as unclaimed.
    ClosesHastily,
    /// A start that a restart interrupted is not abandoned.
    KeepsStarting,
    /// A call is never answered.
    NeverAnswers,
    /// Counters are changed behind the fleet's back.
    MiscountsRows,
    /// An event is lost on its way to the subscribers.
    LosesEvents,
    /// Segments of a recording are reported as stored without being stored.
    LosesSegments,
    /// A turn panics.
    Panics,
}

impl Mutant {
    /// All mutants, with their `--break` names.
    pub const ALL: &[(&str, Self)] = &[
        ("forgets-closes", Self::ForgetsCloses),
        ("sleeps-through-deadlines", Self::SleepsThroughDeadlines),
        ("ignores-limit", Self::IgnoresLimit),
        ("serves-the-last-first", Self::ServesTheLastFirst),
        ("loses-keys", Self::LosesKeys),
        ("remembers-connects", Self::RemembersConnects),
        ("tells-too-early", Self::TellsTooEarly),
        ("sets-alarm-late", Self::SetsAlarmLate),
        ("trusts-lists", Self::TrustsLists),
        ("closes-hastily", Self::ClosesHastily),
        ("keeps-starting", Self::KeepsStarting),
        ("never-answers", Self::NeverAnswers),
        ("miscounts-rows", Self::MiscountsRows),
        ("loses-events", Self::LosesEvents),
        ("loses-segments", Self::LosesSegments),
        ("panics", Self::Panics),
    ];
}

/// Changes a fleet's answer if the run's mutant does so. `owner` is the session of the call.
pub fn change_answer(world: &World, owner: Option<Owner>, answer: &mut dyn Any) {
    match world.mutant {
        Some(Mutant::TellsTooEarly) => {
            if let Some(Ok(view)) = answer.downcast_mut::<Result<SessionView, Problem>>() {
                view.timeout += 1;
            }
            if let Some(Ok(created)) = answer.downcast_mut::<Result<Created, Problem>>() {
                created.session.timeout += 1;
            }
        }
        Some(Mutant::ClosesHastily) => {
            if let Some(Ok(claims)) = answer.downcast_mut::<Result<Claims, Problem>>() {
                claims.starting_since = None;
            }
        }
        Some(Mutant::RemembersConnects) => {
            let Some(answer) = answer.downcast_mut::<Result<Connectable, Problem>>() else { return };
            let is_gone = answer.as_ref().is_err_and(|problem| problem.code == Code::SessionGone);
            if let Some((browser, tokens)) =
                owner.filter(|_| is_gone).and_then(|owner| world.ledger.last_browser(owner))
            {
                *answer = Ok(Connectable { browser, tokens, watched: false });
            }
        }
        _ => {}
    }
}
