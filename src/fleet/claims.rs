//! Who owns a browser: each project's answer, and the browsers that no project owns.

use std::collections::HashSet;

use super::Fleet;
use super::record::Record;
use super::store::{Store, StoreError};
use crate::session::{BrowserId, Millis, State, Timestamp};
use crate::wire::{Claims, RunningBrowser};

/// A start may bring a browser that seems this much older: clocks differ, and the provider's list lags.
const START_MARGIN: Millis = Millis::from_secs(60);

impl<S: Store> Fleet<S> {
    /// Which of these browsers are this project's: a session's own, or one that is being closed.
    ///
    /// # Errors
    /// [`StoreError`], also for a row that can't be read: it may own any browser.
    pub fn claims(&self, browsers: &[BrowserId]) -> Result<Claims, StoreError> {
        let mut held: HashSet<String> = HashSet::new();
        for row in self.read("SELECT browser FROM sessions WHERE status = 'live'", &[])? {
            held.insert(row.text(0)?.to_owned());
        }
        // Only the document has a browser that is being prepared or closed.
        let sql = "SELECT doc FROM sessions
                   WHERE due IS NOT NULL AND (status <> 'live' OR instr(doc, '\"closing\":') > 0)";
        for row in self.read(sql, &[])? {
            let session = Record::read(&row, 0)?.session;
            if let State::Starting { browser: Some(browser), .. } = session.state() {
                held.insert(browser.as_str().to_owned());
            }
            held.extend(session.closing().iter().map(|closing| closing.browser.as_str().to_owned()));
        }
        let rows = self.read("SELECT MIN(created_at) FROM sessions WHERE status = 'starting'", &[])?;
        let starting_since = rows.first().map(|row| row.integer(0)).transpose()?.flatten();
        Ok(Claims {
            mine: browsers.iter().filter(|browser| held.contains(browser.as_str())).cloned().collect(),
            starting_since: starting_since.map(Timestamp::from_millis),
        })
    }
}

/// The browsers that no project owns. `claims` are the answers of all projects, asked after the list was made. A
/// browser that a start under way may have brought counts as owned; so does a browser of unknown age.
#[must_use]
pub fn unclaimed(running: &[RunningBrowser], claims: &[Claims]) -> Vec<BrowserId> {
    let claimed: HashSet<&BrowserId> = claims.iter().flat_map(|claims| &claims.mine).collect();
    let starting_since = claims.iter().filter_map(|claims| claims.starting_since).min();
    let is_nobodys = |browser: &&RunningBrowser| {
        let Some(started_at) = browser.started_at else { return false };
        let may_come_yet = starting_since.is_some_and(|since| since <= started_at.plus(START_MARGIN));
        !claimed.contains(&browser.browser) && !may_come_yet
    };
    running.iter().filter(is_nobodys).map(|browser| browser.browser.clone()).collect()
}
