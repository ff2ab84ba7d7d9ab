//! Ways to break the service on purpose, from outside: each invariant must be able to fail.

use std::any::Any;

use tidewatch::wire::{Claims, Code, Connectable, Created, Problem, SessionView};

use super::browser_run::Owner;
use super::world::World;

/// One way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// Closes are taken for done without being made.
    ForgetsCloses,
    /// Deadlines are not carried out.
    SleepsThroughDeadlines,
    /// One session more than the limit may live.
    IgnoresLimit,
    /// The last one in the queue is served first.
    ServesTheLastFirst,
    /// Keys of creates are not stored.
    LosesKeys,
    /// A connect is authorized by what was true once.
    RemembersConnects,
    /// A client hears what is not stored.
    TellsTooEarly,
    /// The alarm is set too late.
    SetsAlarmLate,
    /// A browser that is missing from a list is lost, without a second question.
    TrustsLists,
    /// Every browser that no live session owns is closed as unclaimed.
    ClosesHastily,
    /// What was starting when the service died is left as it was.
    KeepsStarting,
    /// A caller never hears of its call.
    NeverAnswers,
    /// Counters are changed behind the fleet's back.
    MiscountsRows,
    /// An event is lost on its way to the subscribers.
    LosesEvents,
    /// Segments of a recording are taken for stored.
    LosesSegments,
    /// A turn panics.
    Panics,
}

impl Mutant {
    /// All ways, with their names in arguments.
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

/// Changes a fleet's answer on its way, where the run has a mutant that does. `owner` is the session that was asked about.
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
            if let Some((browser, tokens)) = owner.filter(|_| is_gone).and_then(|owner| world.ledger.had_browser(owner))
            {
                *answer = Ok(Connectable { browser, tokens, watched: false });
            }
        }
        _ => {}
    }
}
