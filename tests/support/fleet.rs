//! A driver for a fleet and its clock.

use serde_json::Value;
use tidewatch::fleet::{
    CreateError, Created, Due, Fleet, FleetError, FleetLimits, ListError, Record, Released, SessionPage, Store, Task,
    Turn, open,
};
use tidewatch::session::{
    Action, BrowserId, Failure, Input, Millis, OptionsLimits, Session, SessionId, Status, Timestamp,
};
use tidewatch::wire::{CreateRequest, ListQuery, ReleaseAllQuery, SessionTokens};

use super::{START, SqliteStore, WINDOW, audit, audit_history, records};

/// One second in milliseconds.
pub const SECOND: i64 = 1_000;
/// One minute in milliseconds.
pub const MINUTE: i64 = 60 * SECOND;
/// One day in milliseconds.
pub const DAY: i64 = 24 * 60 * MINUTE;
/// The tests' limits for a session.
pub const OPTIONS_LIMITS: OptionsLimits = OptionsLimits { timeout_max: Millis::new(86_400_000), recordings: false };
/// The tests' limits for a project.
pub const LIMITS: FleetLimits = FleetLimits { live_max: 20, retention: Millis::from_secs(7 * 24 * 60 * 60) };

/// A parsed create.
pub fn request(body: &Value, key: Option<&str>) -> CreateRequest {
    // A test without `recording` in its body is about something else, so its sessions are not recorded.
    let limits = OptionsLimits { recordings: body.get("recording").is_some(), ..OPTIONS_LIMITS };
    CreateRequest::parse(body, key, limits).expect("a body that can be used")
}

/// A session's tokens, in plain text.
pub fn tokens(id: SessionId) -> SessionTokens {
    SessionTokens {
        connect: format!("connect.{id}"),
        interact: Some(format!("interact.{id}")),
        view: format!("view.{id}"),
    }
}

/// The ids of a page, in order.
pub fn names(page: &SessionPage) -> Vec<SessionId> {
    page.records.iter().map(|record| record.session.id()).collect()
}

/// Drives one fleet and owns its clock. The tables are audited after each turn.
#[derive(Debug)]
pub struct FleetDriver<S = SqliteStore> {
    /// The fleet below.
    pub fleet: Fleet<S>,
    limits: FleetLimits,
    now: Timestamp,
    made: u64,
    quiet: bool,
    /// Whether the store had sessions before it was opened.
    is_older: bool,
}

impl FleetDriver {
    /// An empty fleet with the tests' usual limits.
    pub fn new() -> Self {
        Self::with_limits(LIMITS)
    }

    /// An empty fleet.
    pub fn with_limits(limits: FleetLimits) -> Self {
        Self::over(SqliteStore::new(), limits)
    }

    /// Restarts the service: memory is lost, the tables stay.
    pub fn restart(&mut self) {
        let store = self.fleet.store().clone();
        open(&store).expect("the tables are up to date");
        self.fleet = Fleet::new(store, self.limits);
    }
}

impl<S: Store> FleetDriver<S> {
    /// A fleet over a store.
    pub fn over(store: S, limits: FleetLimits) -> Self {
        let known = "SELECT 1 FROM sqlite_schema WHERE name = 'sessions'";
        let is_older = store.query(known, &[]).is_ok_and(|rows| !rows.is_empty()) && !records(&store).is_empty();
        open(&store).expect("tables can be made");
        Self { fleet: Fleet::new(store, limits), limits, now: START, made: 0, quiet: false, is_older }
    }

    /// The clock's time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Moves the clock forward, or back if `millis` is negative.
    pub fn wait(&mut self, millis: i64) {
        self.now = Timestamp::from_millis(self.now.as_millis() + millis);
    }

    /// Moves the clock to a time.
    pub fn wait_until(&mut self, time: Timestamp) {
        self.now = time;
    }

    /// A new session id.
    pub fn fresh_id(&mut self) -> SessionId {
        self.made += 1;
        let mut random = [0; 10];
        random[2..].copy_from_slice(&self.made.to_be_bytes());
        SessionId::new(self.now, random)
    }

    /// A new browser id.
    pub fn fresh_browser(&mut self) -> BrowserId {
        self.made += 1;
        super::browser(&format!("b-{}", self.made))
    }

    /// Checks the invariants of the tables.
    pub fn audit(&self) {
        if !self.quiet {
            audit(&self.fleet, self.limits);
            if !self.is_older {
                audit_history(&self.fleet);
            }
        }
    }

    /// Makes many turns with a single audit at the end. An audit reads every row, so one after each turn would be slow.
    pub fn quietly<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        self.quiet = true;
        let answer = work(self);
        self.quiet = false;
        self.audit();
        answer
    }

    /// A create from a caller.
    ///
    /// # Errors
    /// The fleet's own.
    pub fn create(&mut self, body: &Value, key: Option<&str>) -> Result<Created, CreateError> {
        let fresh = self.fresh_id();
        let created = self.fleet.create(&request(body, key), fresh, tokens, self.now);
        self.audit();
        created
    }

    /// A create that starts a session.
    pub fn start_with_key(&mut self, body: &Value, key: Option<&str>) -> SessionId {
        match self.create(body, key) {
            Ok(Created::Started(turn)) => {
                assert!(matches!(turn.tasks[..], [Task { action: Action::AcquireBrowser { .. }, .. }]));
                turn.record.session.id()
            }
            other => panic!("a session starts, not: {other:?}"),
        }
    }

    /// A create that starts a session.
    pub fn start(&mut self, body: &Value) -> SessionId {
        self.start_with_key(body, None)
    }

    /// A create that finds the session of an earlier one.
    pub fn find(&mut self, body: &Value, key: Option<&str>) -> Record {
        match self.create(body, key) {
            Ok(Created::Existing(record)) => record,
            other => panic!("the earlier session is found, not: {other:?}"),
        }
    }

    /// A create whose key or id came with another body before. Returns which of the two.
    pub fn mismatch(&mut self, body: &Value, key: Option<&str>) -> &'static str {
        match self.create(body, key) {
            Err(CreateError::Mismatch { what }) => what,
            other => panic!("another body is refused, not: {other:?}"),
        }
    }

    /// Starts the browser of a starting session and prepares its window.
    pub fn becomes_live(&mut self, id: SessionId) -> BrowserId {
        let browser = self.fresh_browser();
        let epoch = self.session(id).epoch();
        let _turn = self.hand(id, Input::BrowserAcquired { epoch, browser: browser.clone() });
        let turn = self.hand(id, Input::WindowReady { epoch, dimensions: WINDOW });
        assert_eq!(turn.record.session.status(), Status::Live);
        browser
    }

    /// A live session.
    pub fn live_with_key(&mut self, body: &Value, key: Option<&str>) -> SessionId {
        let id = self.start_with_key(body, key);
        self.becomes_live(id);
        id
    }

    /// A live session.
    pub fn live(&mut self, body: &Value) -> SessionId {
        self.live_with_key(body, None)
    }

    /// The provider gives no browser.
    pub fn fails_to_start(&mut self, id: SessionId, failure: Failure) -> Turn {
        let epoch = self.session(id).epoch();
        self.hand(id, Input::BrowserFailed { epoch, failure })
    }

    /// Releases a session. Its browser is still being closed.
    pub fn release(&mut self, id: SessionId) -> Turn {
        self.hand(id, Input::Release)
    }

    /// Confirms that every closing browser of a session is gone.
    pub fn closes(&mut self, id: SessionId) {
        for closing in self.session(id).closing() {
            let _turn = self.hand(id, Input::BrowserClosed { browser: closing.browser.clone() });
        }
    }

    /// Releases a session and closes its browser.
    pub fn end(&mut self, id: SessionId) {
        let _turn = self.release(id);
        self.closes(id);
    }

    /// Hands a session an input that fits its state.
    pub fn hand(&mut self, id: SessionId, input: Input) -> Turn {
        self.offer(id, input).expect("an input that fits the state")
    }

    /// Hands a session an input that may not fit its state.
    ///
    /// # Errors
    /// The fleet's own.
    pub fn offer(&mut self, id: SessionId, input: Input) -> Result<Turn, FleetError> {
        let turn = self.fleet.apply(id, input, self.now);
        if let Ok(turn) = &turn {
            assert_eq!(self.record(id), turn.record, "a turn's record equals the stored one");
        }
        self.audit();
        turn
    }

    /// Handles one page of due deadlines.
    pub fn ring(&mut self) -> Due {
        let due = self.fleet.reach_deadlines(self.now).expect("the store works");
        self.audit();
        due
    }

    /// Purges one page of rows.
    pub fn purge(&mut self) {
        self.fleet.purge(self.now).expect("the store works");
        self.audit();
    }

    /// Releases many sessions.
    pub fn release_all(&mut self, query: &str) -> Released {
        let query = ReleaseAllQuery::parse(query).expect("a query that can be used");
        let released = self.fleet.release_all(&query, self.now).expect("the store works");
        self.audit();
        released
    }

    /// A page of a list.
    pub fn list(&self, query: &str) -> SessionPage {
        self.try_list(query).expect("a cursor that is known")
    }

    /// A page of a list.
    ///
    /// # Errors
    /// The fleet's own.
    pub fn try_list(&self, query: &str) -> Result<SessionPage, ListError> {
        self.fleet.list(&ListQuery::parse(query).expect("a query that can be used"))
    }

    /// An existing record.
    pub fn record(&self, id: SessionId) -> Record {
        self.find_record(id).expect("an existing session")
    }

    /// A record, if it exists.
    pub fn find_record(&self, id: SessionId) -> Option<Record> {
        self.fleet.get(id).expect("the store works").map(|(record, _)| record)
    }

    /// An existing session.
    pub fn session(&self, id: SessionId) -> Session {
        self.record(id).session
    }

    /// The next deadline, in milliseconds after [`START`].
    pub fn due(&self) -> Option<i64> {
        let time = self.fleet.next_deadline().expect("the store works");
        time.map(|time| time.as_millis() - START.as_millis())
    }
}
