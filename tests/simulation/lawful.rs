//! What one turn may make of a session.

use tidewatch::session::{BrowserId, Reason, STARTUP_LIMIT, Session, State};

use super::browser_run::Owner;
use super::invariant::Invariant;
use super::world::World;

/// In a world without faults an end is at most so many milliseconds later than its deadline …
const LATE_MAX_MS: u64 = 50;
/// … and a browser that has died is noticed within so many (docs/ARCHITECTURE.md: 10 s).
const NOTICED_MS: u64 = 10_000;

/// … and a client that has left is reported, and its grace is over, within so many of its time.
const LEFT_LATE_MS: u64 = 2_000;

/// A session that was not there before.
pub fn begins(world: &World, session: &Session) {
    let is_new = matches!(session.state(), State::Waiting { .. } | State::Starting { browser: None, .. });
    world.holds(Invariant::One, is_new && session.closing().is_empty(), || format!("a session begins as {session:?}"));
}

/// A turn has made `after` of what was `before`.
pub fn steps(world: &World, owner: Owner, before: &Session, after: &Session, may_change: bool) {
    let told = || format!("{} was {before:?} and is {after:?}", world.ledger.name(owner));
    if let (false, State::Ended { reason, .. }) = (before.status().is_ended(), after.state()) {
        has_reason(world, before, after, *reason);
        if !may_change {
            is_in_time(world, before, *reason);
        }
    }
    world.holds(Invariant::Ends, ends_once(before, after), told);
    world.holds(Invariant::One, has_one_browser(before, after), told);
    world.holds(Invariant::Closed, forgets_no_browser(world, before, after), told);
    let is_owned = after.browser().is_some_and(|own| after.closing().iter().any(|closing| closing.browser == *own));
    world.holds(Invariant::Closed, !is_owned, told);
    let is_kept = may_change || (before.timeout() == after.timeout() && before.metadata() == after.metadata());
    world.holds(Invariant::Told, is_kept, told);
}

/// In a world without faults a session ends soon after its last client has left and its grace is over: `left_at` is when a
/// client last left.
pub fn ends_with_its_client(world: &World, left_at: Option<u64>, before: &Session, after: &Session) {
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

/// Ended is final; an end raises the epoch; nothing that is live starts again.
fn ends_once(before: &Session, after: &Session) -> bool {
    match (before.state(), after.state()) {
        (State::Ended { .. }, state) => state == before.state() && before.epoch() == after.epoch(),
        (State::Live { since, .. }, State::Live { since: still, .. }) => since == still,
        // A start that the provider has put off goes back into the line, if there is no browser yet.
        (State::Starting { browser: Some(_), .. }, State::Waiting { .. })
        | (State::Waiting { .. }, State::Live { .. })
        | (State::Live { .. }, State::Waiting { .. } | State::Starting { .. }) => false,
        (_, State::Ended { .. }) | (State::Waiting { .. }, State::Starting { .. }) => after.epoch() > before.epoch(),
        (State::Waiting { .. } | State::Starting { .. }, _) => after.epoch() >= before.epoch(),
    }
}

/// The browser that a session uses, or is about to use.
pub fn own(session: &Session) -> Option<&BrowserId> {
    match session.state() {
        State::Starting { browser, .. } => browser.as_ref(),
        State::Live { browser, .. } => Some(browser),
        State::Waiting { .. } | State::Ended { .. } => None,
    }
}

fn has_one_browser(before: &Session, after: &Session) -> bool {
    match (own(before), own(after)) {
        (Some(before), Some(after)) => before == after,
        (None, _) | (_, None) => true,
    }
}

/// Every browser that the session had is still its own, is to be closed, or is gone.
fn forgets_no_browser(world: &World, before: &Session, after: &Session) -> bool {
    let had = own(before).into_iter().chain(before.closing().iter().map(|closing| &closing.browser));
    had.into_iter().all(|browser| {
        own(after) == Some(browser)
            || after.closing().iter().any(|closing| closing.browser == *browser)
            || !world.provider.is_running(browser)
    })
}

/// An end has the reason that it says.
fn has_reason(world: &World, before: &Session, after: &Session, reason: Reason) {
    match reason {
        Reason::Timeout => {
            let is_due = after.expires_at() <= world.now();
            world.holds(Invariant::Ends, is_due, || format!("a timeout before its time: {before:?}"));
        }
        Reason::BrowserClosed | Reason::BrowserLost | Reason::BrowserCrashed | Reason::ProviderError => {
            is_lost(world, before);
        }
        Reason::UserRequested | Reason::InactivityTimeout | Reason::ClientDisconnected | Reason::StartupFailed => {}
    }
}

/// What becomes due in a world without faults is carried out at once.
fn is_in_time(world: &World, before: &Session, reason: Reason) {
    let due = match (before.state(), reason) {
        (State::Live { .. }, Reason::Timeout) => before.expires_at(),
        (State::Starting { since, .. }, Reason::StartupFailed) => since.plus(STARTUP_LIMIT),
        (State::Waiting { since }, Reason::StartupFailed) => before.wait_until().unwrap_or(*since),
        (State::Waiting { .. } | State::Starting { .. } | State::Live { .. } | State::Ended { .. }, _) => return,
    };
    let late = world.now().since(due).get();
    // What became due while something was wrong may be late.
    let is_excused = !world.was_calm_at(world.elapsed().saturating_sub(late));
    world.holds(Invariant::Ends, is_excused || late <= LATE_MAX_MS, || {
        format!("{late} ms late in a world without faults: {before:?}")
    });
}

fn is_lost(world: &World, session: &Session) {
    let Some(browser) = own(session) else { return };
    let Some(gone) = world.provider.gone_since(browser) else {
        return world.breaks(Invariant::Lost, || format!("its browser runs: {session:?}"));
    };
    let is_excused = !world.was_calm_at(gone);
    world.holds(Invariant::Lost, is_excused || world.elapsed() - gone <= NOTICED_MS, || {
        format!("its browser was gone for {} ms: {session:?}", world.elapsed() - gone)
    });
}
