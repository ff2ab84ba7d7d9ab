//! The check against the provider's list: which live sessions have lost their browser.

use std::collections::HashSet;

use super::Fleet;
use super::memory::{CHECK_TRIED_AT, CHECKED_AT, Occupancy};
use super::store::{Store, StoreError};
use crate::session::{BrowserId, Millis, SessionId, Timestamp};
use crate::wire::ListedBrowsers;

/// While anything is live, its browsers are looked for this often (docs/limits.md): a browser that died unwatched is
/// noticed within 10 s, two rounds and a slow provider included.
pub const CHECK_EVERY: Millis = Millis::from_secs(4);

/// The first check is due at once.
const BEGINNING: Timestamp = Timestamp::from_millis(0);

impl<S: Store> Fleet<S> {
    /// Records that a check begins. A check that never ends does not delay the next one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn begin_check(&self, now: Timestamp) -> Result<(), StoreError> {
        self.set_number(CHECK_TRIED_AT, now.as_millis())
    }

    /// Live sessions whose browser is missing from a list, and was there before the list was asked for. Each is
    /// *suspect*: it is lost only if the provider, asked for that one browser, does not know it either.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn suspects(&self, listed: &ListedBrowsers) -> Result<Vec<(SessionId, BrowserId)>, StoreError> {
        let known: HashSet<&str> = listed.browsers.iter().map(BrowserId::as_str).collect();
        let sql = "SELECT id, browser FROM sessions WHERE status = 'live' AND created_at < ?";
        let mut suspects = Vec::new();
        for row in self.read(sql, &[listed.asked_at.as_millis().into()])? {
            let (id, browser) = (row.text(0)?, row.text(1)?);
            if known.contains(browser) {
                continue;
            }
            if let (Ok(id), Ok(browser)) = (SessionId::parse(id), BrowserId::parse(browser)) {
                suspects.push((id, browser));
            }
        }
        Ok(suspects)
    }

    /// Notes that every session that was live at `asked_at` has been accounted for.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn end_check(&self, asked_at: Timestamp) -> Result<(), StoreError> {
        self.set_number(CHECKED_AT, asked_at.as_millis())
    }

    /// When the fleet last saw all its live browsers; `None` if it never did.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn checked_at(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.occupancy()?.checked_at())
    }

    /// When the next check is due; `None` while nothing is live.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn next_check(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.occupancy()?.next_check())
    }
}

impl Occupancy {
    /// When the next check is due; `None` while nothing is live.
    pub(super) fn next_check(&self) -> Option<Timestamp> {
        (self.live > 0).then(|| self.check_tried_at().unwrap_or(BEGINNING).plus(CHECK_EVERY))
    }
}
