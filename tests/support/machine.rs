//! One session's machine, and its clock.

use serde_json::Value;
use tidewatch::session::{
    Action, Actions, BrowserId, Dimensions, Failure, FailureCode, Input, NewSession, Options, Session, SessionError,
    SessionId, State, Status, Timestamp,
};

use super::OPTIONS_LIMITS;

/// When each test begins.
pub const START: Timestamp = Timestamp::from_millis(1_795_369_703_000);
/// The browser that a machine gets unless a test says otherwise.
pub const BROWSER: &str = "browser-1";
/// The size that a window turns out to have.
pub const WINDOW: Dimensions = Dimensions { width: 1280, height: 720 };

/// A provider's name for a browser.
pub fn browser(name: &str) -> BrowserId {
    BrowserId::parse(name).expect("a plain name")
}

/// Why a provider gave no browser.
pub fn failure(text: &str) -> Failure {
    Failure::new(FailureCode::ProviderError, text)
}

/// Drives one session, and owns its time.
#[derive(Clone, Debug)]
pub struct Machine {
    /// As it would be stored now.
    pub session: Session,
    now: Timestamp,
}

impl Machine {
    /// A session that is starting, and what is to be done for it.
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

    /// A session that is live since [`START`].
    pub fn live(body: &Value) -> Self {
        let mut machine = Self::preparing(body);
        machine.hand(Input::WindowReady { epoch: machine.session.epoch(), dimensions: WINDOW });
        assert_eq!(machine.session.status(), Status::Live);
        machine
    }

    /// A session that was live and is released; its browser is being closed.
    pub fn released(body: &Value) -> Self {
        let mut machine = Self::live(body);
        machine.hand(Input::Release);
        machine
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Moves the clock to `millis` after [`START`]; before it if that is negative.
    pub fn at(&mut self, millis: i64) -> &mut Self {
        self.now = Timestamp::from_millis(START.as_millis() + millis);
        self
    }

    /// Moves the clock on.
    pub fn wait(&mut self, millis: i64) -> &mut Self {
        self.now = Timestamp::from_millis(self.now.as_millis() + millis);
        self
    }

    /// Hands in a input that fits.
    pub fn hand(&mut self, input: Input) -> Vec<Action> {
        self.offer(input).expect("a input that fits the state")
    }

    /// Hands in a input that may not fit.
    ///
    /// # Errors
    /// The machine's own.
    pub fn offer(&mut self, input: Input) -> Result<Vec<Action>, SessionError> {
        let actions = self.session.handle(input, self.now).map(Actions::into_iter);
        self.session = stored_and_read(&self.session);
        actions.map(Iterator::collect)
    }

    /// The time of the alarm has come, or is said to have come.
    pub fn ring(&mut self) -> Vec<Action> {
        self.hand(Input::DeadlineReached)
    }

    /// The next deadline, in milliseconds after [`START`]. Not the announcement of an end, which has tests of its own.
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

/// The same session with another value in one field of what is stored.
pub fn with_stored(session: &Session, field: &str, value: Value) -> Session {
    let mut stored = serde_json::to_value(session).expect("a session can be stored");
    stored[field] = value;
    serde_json::from_value(stored).expect("a value that fits the field")
}

/// The same session after the end of its timeout was announced.
pub fn announced(session: &Session) -> Session {
    with_stored(session, "announced", session.expires_at().as_millis().into())
}

/// What the next turn finds.
fn stored_and_read(session: &Session) -> Session {
    let text = serde_json::to_string(session).expect("a session can be stored");
    let read: Session = serde_json::from_str(&text).expect("a stored session can be read");
    assert_eq!(&read, session, "a session survives being stored");
    read
}
