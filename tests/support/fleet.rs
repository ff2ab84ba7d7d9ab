//! A fleet, and its clock.

use serde_json::Value;
use tidewatch::fleet::{
    CreateError, Created, Due, Fleet, FleetError, FleetLimits, ListError, Record, Released, SessionPage, Store, Task,
    Turn, open,
};
use tidewatch::session::{
    Action, BrowserId, Failure, Input, Millis, OptionsLimits, Session, SessionId, Status, Timestamp,
};
use tidewatch::wire::{CreateRequest, ListQuery, ReleaseAllQuery, SessionTokens};

use super::{START, SqliteStore, WINDOW, audit, audit_told, records};

/// One second in milliseconds.
pub const SECOND: i64 = 1_000;
/// One minute in milliseconds.
pub const MINUTE: i64 = 60 * SECOND;
/// One day in milliseconds.
pub const DAY: i64 = 24 * 60 * MINUTE;
/// What the tests' deployment allows a session.
pub const OPTIONS_LIMITS: OptionsLimits = OptionsLimits { timeout_max: Millis::new(86_400_000), recordings: false };
/// What the tests' deployment allows a project.
pub const LIMITS: FleetLimits = FleetLimits { live_max: 20, retention: Millis::from_secs(7 * 24 * 60 * 60) };

/// A create, parsed.
pub fn request(body: &Value, key: Option<&str>) -> CreateRequest {
    // What a session is not asked to do is no part of a test about something else.
    let limits = OptionsLimits { recordings: body.get("recording").is_some(), ..OPTIONS_LIMITS };
    CreateRequest::parse(body, key, limits).expect("a body that can be used")
}

/// The tokens that a test signs.
pub fn tokens(id: SessionId) -> SessionTokens {
    SessionTokens {
        connect: format!("connect.{id}"),
        interact: Some(format!("interact.{id}")),
        view: format!("view.{id}"),
    }
}

/// The ids of a page, in its order.
pub fn names(page: &SessionPage) -> Vec<SessionId> {
    page.records.iter().map(|record| record.session.id()).collect()
}

/// Drives one fleet, and owns its time. Each turn's tables are audited.
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

    /// The service is stopped and started: memory is lost, the tables stay.
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

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Moves the clock on; back if `millis` is negative.
    pub fn wait(&mut self, millis: i64) {
        self.now = Timestamp::from_millis(self.now.as_millis() + millis);
    }

    /// Moves the clock to a point.
    pub fn wait_until(&mut self, time: Timestamp) {
        self.now = time;
    }

    /// An id that nobody has had.
    pub fn fresh_id(&mut self) -> SessionId {
        self.made += 1;
        let mut random = [0; 10];
        random[2..].copy_from_slice(&self.made.to_be_bytes());
        SessionId::new(self.now, random)
    }

    /// A browser that nobody has had.
    pub fn fresh_browser(&mut self) -> BrowserId {
        self.made += 1;
        super::browser(&format!("b-{}", self.made))
    }

    /// What must hold at any time.
    pub fn audit(&self) {
        if !self.quiet {
            audit(&self.fleet, self.limits);
            if !self.is_older {
                audit_told(&self.fleet);
            }
        }
    }

    /// Makes many turns with one audit after them all: one after each of them looks at every row each time.
    pub fn quietly<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        self.quiet = true;
        let answer = work(self);
        self.quiet = false;
        self.audit();
        answer
    }

    /// A create, as it comes from a caller.
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

    /// A create that finds the session that an earlier one made.
    pub fn find(&mut self, body: &Value, key: Option<&str>) -> Record {
        match self.create(body, key) {
            Ok(Created::Existing(record)) => record,
            other => panic!("the earlier session is found, not: {other:?}"),
        }
    }

    /// A create whose key or id came with another body. Answers which of the two.
    pub fn mismatch(&mut self, body: &Value, key: Option<&str>) -> &'static str {
        match self.create(body, key) {
            Err(CreateError::Mismatch { what }) => what,
            other => panic!("another body is refused, not: {other:?}"),
        }
    }

    /// The browser of a session that is starting is there, and so is its window.
    pub fn becomes_live(&mut self, id: SessionId) -> BrowserId {
        let browser = self.fresh_browser();
        let epoch = self.session(id).epoch();
        let _turn = self.hand(id, Input::BrowserAcquired { epoch, browser: browser.clone() });
        let turn = self.hand(id, Input::WindowReady { epoch, dimensions: WINDOW });
        assert_eq!(turn.record.session.status(), Status::Live);
        browser
    }

    /// A session that is live.
    pub fn live_with_key(&mut self, body: &Value, key: Option<&str>) -> SessionId {
        let id = self.start_with_key(body, key);
        self.becomes_live(id);
        id
    }

    /// A session that is live.
    pub fn live(&mut self, body: &Value) -> SessionId {
        self.live_with_key(body, None)
    }

    /// The provider gives no browser.
    pub fn fails_to_start(&mut self, id: SessionId, failure: Failure) -> Turn {
        let epoch = self.session(id).epoch();
        self.hand(id, Input::BrowserFailed { epoch, failure })
    }

    /// Releases a session; its browser is still to be closed.
    pub fn release(&mut self, id: SessionId) -> Turn {
        self.hand(id, Input::Release)
    }

    /// The provider says that every browser that was to be closed is gone.
    pub fn closes(&mut self, id: SessionId) {
        for closing in self.session(id).closing() {
            let _turn = self.hand(id, Input::BrowserClosed { browser: closing.browser.clone() });
        }
    }

    /// Releases a session, and its browser is closed.
    pub fn end(&mut self, id: SessionId) {
        let _turn = self.release(id);
        self.closes(id);
    }

    /// Hands a input that fits to a session.
    pub fn hand(&mut self, id: SessionId, input: Input) -> Turn {
        self.offer(id, input).expect("a input that fits the state")
    }

    /// Hands a input to a session.
    ///
    /// # Errors
    /// The fleet's own.
    pub fn offer(&mut self, id: SessionId, input: Input) -> Result<Turn, FleetError> {
        let turn = self.fleet.apply(id, input, self.now);
        if let Ok(turn) = &turn {
            assert_eq!(self.record(id), turn.record, "what a client is told has been stored");
        }
        self.audit();
        turn
    }

    /// Carries one page of sessions over their deadlines.
    pub fn ring(&mut self) -> Due {
        let due = self.fleet.reach_deadlines(self.now).expect("the store works");
        self.audit();
        due
    }

    /// Removes a page of what is over.
    pub fn purge(&mut self) {
        self.fleet.purge(self.now).expect("the store works");
        self.audit();
    }

    /// Releases many.
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

    /// A record that is there.
    pub fn record(&self, id: SessionId) -> Record {
        self.find_record(id).expect("a session that is there")
    }

    /// A record, if it is there.
    pub fn find_record(&self, id: SessionId) -> Option<Record> {
        self.fleet.get(id).expect("the store works").map(|(record, _)| record)
    }

    /// A session that is there.
    pub fn session(&self, id: SessionId) -> Session {
        self.record(id).session
    }

    /// The next deadline, in milliseconds after [`START`].
    pub fn due(&self) -> Option<i64> {
        let time = self.fleet.next_deadline().expect("the store works");
        time.map(|time| time.as_millis() - START.as_millis())
    }
}
