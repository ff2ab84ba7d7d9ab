//! Checks of one session's transition in one turn.

use tidewatch::session::{BrowserId, Reason, STARTUP_LIMIT, Session, State};

use super::browser_run::Owner;
use super::invariant::Invariant;
use super::world::World;

/// Without faults, a session ends at most this long after its deadline.
const LATE_MAX_MS: u64 = 50;
/// Without faults, the death of a browser is noticed within this time (docs/ARCHITECTURE.md: 10 s).
const NOTICED_MS: u64 = 10_000;

/// Without faults, a session ends at most this long after its last client's grace is over.
const LEFT_LATE_MS: u64 = 2_000;

/// Checks the first state of a new session.
pub fn creation(world: &World, session: &Session) {
    let is_new = matches!(session.state(), State::Waiting { .. } | State::Starting { browser: None, .. });
    world.holds(Invariant::One, is_new && session.closing().is_empty(), || format!("a session begins as {session:?}"));
}

/// Checks the transition that a turn made from `before` to `after`.
pub fn step(world: &World, owner: Owner, before: &Session, after: &Session, may_change: bool) {
    let describe = || format!("{} was {before:?} and is {after:?}", world.ledger.name(owner));
    if let (false, State::Ended { reason, .. }) = (before.status().is_ended(), after.state()) {
        has_reason(world, before, after, *reason);
        if !may_change {
            is_in_time(world, before, *reason);
        }
    }
    world.holds(Invariant::Ends, ends_once(before, after), describe);
    world.holds(Invariant::One, has_one_browser(before, after), describe);
    world.holds(Invariant::Closed, forgets_no_browser(world, before, after), describe);
    let is_owned = after.browser().is_some_and(|own| after.closing().iter().any(|closing| closing.browser == *own));
    world.holds(Invariant::Closed, !is_owned, describe);
    let is_kept = may_change || (before.timeout() == after.timeout() && before.metadata() == after.metadata());
    world.holds(Invariant::Told, is_kept, describe);
}

/// Checks that, without faults, a session ends soon after its last client's grace is over. `left_at` is when a client
/// last left.
pub fn end_after_disconnect(world: &World, left_at: Option<u64>, before: &Session, after: &Session) {
    let (false, State::Ended { reason: Reason::ClientDisconnected, .. }) = (before.status().is_ended(), after.state())
    else {
        return;
    };
    let (Some(left_at), Some(grace)) = (left_at, before.watch().and_then(|watch| watch.grace)) else { return };
    let late = world.elapsed().saturating_sub(left_at + grace.get());
    world.holds(Invariant::Ends, !world.was_calm_at(left_at) || late <= LEFT_LATE_MS, || {
        format!("its last client left {late} ms more than its grace ago: {before:?}")
    });
}

/// Ended is final. An end raises the epoch. A live session never starts again.
fn ends_once(before: &Session, after: &Session) -> bool {
    match (before.state(), after.state()) {
        (State::Ended { .. }, state) => state == before.state() && before.epoch() == after.epoch(),
        (State::Live { since, .. }, State::Live { since: still, .. }) => since == still,
        // A rate limited start goes back into the queue if it has no browser yet.
        (State::Starting { browser: Some(_), .. }, State::Waiting { .. })
        | (State::Waiting { .. }, State::Live { .. })
        | (State::Live { .. }, State::Waiting { .. } | State::Starting { .. }) => false,
        (_, State::Ended { .. }) | (State::Waiting { .. }, State::Starting { .. }) => after.epoch() > before.epoch(),
        (State::Waiting { .. } | State::Starting { .. }, _) => after.epoch() >= before.epoch(),
    }
}

/// The browser that a session uses or is starting.
pub fn own_browser(session: &Session) -> Option<&BrowserId> {
    match session.state() {
        State::Starting { browser, .. } => browser.as_ref(),
        State::Live { browser, .. } => Some(browser),
        State::Waiting { .. } | State::Ended { .. } => None,
    }
}

fn has_one_browser(before: &Session, after: &Session) -> bool {
    match (own_browser(before), own_browser(after)) {
        (Some(before), Some(after)) => before == after,
        (None, _) | (_, None) => true,
    }
}

/// Every browser that the session had is still its own, is being closed, or is gone.
fn forgets_no_browser(world: &World, before: &Session, after: &Session) -> bool {
    let had = own_browser(before).into_iter().chain(before.closing().iter().map(|closing| &closing.browser));
    had.into_iter().all(|browser| {
        own_browser(after) == Some(browser)
            || after.closing().iter().any(|closing| closing.browser == *browser)
            || !world.provider.is_running(browser)
    })
}

/// The cause of an end agrees with its reason.
fn has_reason(world: &World, before: &Session, after: &Session, reason: Reason) {
    match reason {
        Reason::Timeout => {
            let is_due = after.expires_at() <= world.now();
            world.holds(Invariant::Ends, is_due, || format!("a timeout before its deadline: {before:?}"));
        }
        Reason::BrowserClosed | Reason::BrowserLost | Reason::BrowserCrashed | Reason::ProviderError => {
            is_lost(world, before);
        }
        Reason::UserRequested | Reason::InactivityTimeout | Reason::ClientDisconnected | Reason::StartupFailed => {}
    }
}

/// Without faults, a deadline is handled at once.
fn is_in_time(world: &World, before: &Session, reason: Reason) {
    let due = match (before.state(), reason) {
        (State::Live { .. }, Reason::Timeout) => before.expires_at(),
        (State::Starting { since, .. }, Reason::StartupFailed) => since.plus(STARTUP_LIMIT),
        (State::Waiting { since }, Reason::StartupFailed) => before.wait_until().unwrap_or(*since),
        (State::Waiting { .. } | State::Starting { .. } | State::Live { .. } | State::Ended { .. }, _) => return,
    };
    let late = world.now().since(due).get();
    // A deadline that fell while something was wrong may be late.
    let is_excused = !world.was_calm_at(world.elapsed().saturating_sub(late));
    world.holds(Invariant::Ends, is_excused || late <= LATE_MAX_MS, || {
        format!("{late} ms late in a world without faults: {before:?}")
    });
}

fn is_lost(world: &World, session: &Session) {
    let Some(browser) = own_browser(session) else { return };
    let Some(gone) = world.provider.gone_since(browser) else {
        return world.breaks(Invariant::Lost, || format!("its browser runs: {session:?}"));
    };
    let is_excused = !world.was_calm_at(gone);
    world.holds(Invariant::Lost, is_excused || world.elapsed() - gone <= NOTICED_MS, || {
        format!("its browser was gone for {} ms: {session:?}", world.elapsed() - gone)
    });
}
