//! Closes browsers. The provider is asked again, with growing pauses, until it says that they are gone.

use super::input::{Action, Actions};
use super::machine::Session;
use super::{BrowserId, Closing, Millis, Timestamp};

/// An attempt without an outcome for this long was lost when the service stopped, and is repeated. While the service
/// runs it knows the attempts that are under way, and repeats none of them.
const CLOSE_ATTEMPT_LEASE: Millis = Millis::from_secs(15);
/// A provider that answers "closing" is asked again after this long.
const CLOSE_CHECK: Millis = Millis::from_secs(1);

impl Session {
    /// Begins to close a browser, unless that has begun already.
    pub(super) fn close(&mut self, browser: BrowserId, now: Timestamp) -> Actions {
        if self.closing.iter().any(|closing| closing.browser == browser) {
            return Actions::none();
        }
        let next_try = now.plus(CLOSE_ATTEMPT_LEASE);
        self.closing.push(Closing { browser: browser.clone(), failures: 0, next_try });
        Actions(vec![Action::CloseBrowser { browser }])
    }

    fn retry_close(
        &mut self,
        browser: &BrowserId,
        wait: impl FnOnce(&mut Closing) -> Millis,
        now: Timestamp,
    ) -> Actions {
        if let Some(closing) = self.closing.iter_mut().find(|closing| closing.browser == *browser) {
            closing.next_try = now.plus(wait(closing));
        }
        Actions::none()
    }

    /// The provider is closing the browser.
    pub(super) fn close_acknowledged(&mut self, browser: &BrowserId, now: Timestamp) -> Actions {
        self.retry_close(browser, |_| CLOSE_CHECK, now)
    }

    /// The provider refused the close, or did not answer.
    pub(super) fn close_failed(&mut self, browser: &BrowserId, now: Timestamp) -> Actions {
        self.retry_close(browser, Closing::backoff, now)
    }

    /// Repeats the closes that are due.
    pub(super) fn reach_closing(&mut self, now: Timestamp) -> Actions {
        let due = self.closing.iter_mut().filter(|closing| closing.next_try <= now);
        Actions(
            due.map(|closing| {
                closing.next_try = now.plus(CLOSE_ATTEMPT_LEASE);
                Action::CloseBrowser { browser: closing.browser.clone() }
            })
            .collect(),
        )
    }
}
