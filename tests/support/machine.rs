//! A driver for one session's state machine and its clock.

use serde_json::Value;
use tidewatch::session::{
    Action, Actions, BrowserId, Dimensions, Failure, FailureCode, Input, NewSession, Options, Session, SessionError,
    SessionId, State, Status, Timestamp,
};

use super::OPTIONS_LIMITS;

/// The time at which each test begins.
pub const START: Timestamp = Timestamp::from_millis(1_795_369_703_000);
/// The id of a machine's browser, unless a test sets another.
pub const BROWSER: &str = "browser-1";
/// The actual size of a window.
pub const WINDOW: Dimensions = Dimensions { width: 1280, height: 720 };

/// A browser's id.
pub fn browser(name: &str) -> BrowserId {
    BrowserId::parse(name).expect("a plain name")
}

/// A provider's failure to start a browser.
pub fn failure(text: &str) -> Failure {
    Failure::new(FailureCode::ProviderError, text)
}

/// Drives one session, and owns its time.
#[derive(Clone, Debug)]
pub struct Machine {
    /// The session as it would be stored now.
    pub session: Session,
    now: Timestamp,
}

impl Machine {
    /// A starting session, and its actions.
    pub fn starting(body: &Value) -> (Self, Vec<Action>) {
        let options = Options::parse(body, OPTIONS_LIMITS).expect("a body that can be used");
        let id = SessionId::new(START, [7; 10]);
        let new = NewSession { id, options: &options, last_epoch: 0, is_anonymous: false };
        let (session, actions) = Session::create(&new, START);
        (Self { session, now: START }, actions.into_iter().collect())
    }

    /// A session whose window is being prepared.
    pub fn preparing(body: &Value) -> Self {
        let (mut machine, _) = Self::starting(body);
        machine.hand(Input::BrowserAcquired { epoch: machine.session.epoch(), browser: browser(BROWSER) });
        machine
    }

    /// A session that became live at [`START`].
    pub fn live(body: &Value) -> Self {
        let mut machine = Self::preparing(body);
        machine.hand(Input::WindowReady { epoch: machine.session.epoch(), dimensions: WINDOW });
        assert_eq!(machine.session.status(), Status::Live);
        machine
    }

    /// A released session whose browser is being closed.
    pub fn released(body: &Value) -> Self {
        let mut machine = Self::live(body);
        machine.hand(Input::Release);
        machine
    }

    /// The clock's time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Moves the clock to `millis` after [`START`], or before it if negative.
    pub fn at(&mut self, millis: i64) -> &mut Self {
        self.now = Timestamp::from_millis(START.as_millis() + millis);
        self
    }

    /// Moves the clock forward.
    pub fn wait(&mut self, millis: i64) -> &mut Self {
        self.now = Timestamp::from_millis(self.now.as_millis() + millis);
        self
    }

    /// Hands in an input that fits the state.
    pub fn hand(&mut self, input: Input) -> Vec<Action> {
        self.offer(input).expect("an input that fits the state")
    }

    /// Hands in an input that may not fit the state.
    ///
    /// # Errors
    /// The machine's own.
    pub fn offer(&mut self, input: Input) -> Result<Vec<Action>, SessionError> {
        let actions = self.session.handle(input, self.now).map(Actions::into_iter);
        self.session = stored_and_read(&self.session);
        actions.map(Iterator::collect)
    }

    /// Runs the alarm, even if it is not due.
    pub fn ring(&mut self) -> Vec<Action> {
        self.hand(Input::DeadlineReached)
    }

    /// The next deadline, in milliseconds after [`START`]. The announcement of an end is left out and has its own
    /// tests.
    pub fn due(&self) -> Option<i64> {
        announced(&self.session).next_deadline().map(|time| time.as_millis() - START.as_millis())
    }

    /// Why it ended.
    pub fn reason(&self) -> Option<tidewatch::session::Reason> {
        match self.session.state() {
            State::Ended { reason, .. } => Some(*reason),
            State::Waiting { .. } | State::Starting { .. } | State::Live { .. } => None,
        }
    }

    /// The cause of its failure.
    pub fn cause(&self) -> Option<Failure> {
        match self.session.state() {
            State::Ended { failure, .. } => failure.clone(),
            State::Waiting { .. } | State::Starting { .. } | State::Live { .. } => None,
        }
    }

    /// The browsers that are being closed.
    pub fn closing(&self) -> Vec<&str> {
        self.session.closing().iter().map(|closing| closing.browser.as_str()).collect()
    }
}

/// The session with another value in one stored field.
pub fn with_stored(session: &Session, field: &str, value: Value) -> Session {
    let mut stored = serde_json::to_value(session).expect("a session can be stored");
    stored[field] = value;
    serde_json::from_value(stored).expect("a value that fits the field")
}

/// The session after the announcement of its timeout.
pub fn announced(session: &Session) -> Session {
    with_stored(session, "announced", session.expires_at().as_millis().into())
}

/// The session as the next turn reads it.
fn stored_and_read(session: &Session) -> Session {
    let text = serde_json::to_string(session).expect("a session can be stored");
    let read: Session = serde_json::from_str(&text).expect("a stored session can be read");
    assert_eq!(&read, session, "a session survives being stored");
    read
}
