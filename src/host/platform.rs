//! What the host needs of the world: one trait, and a few small ones for what it hands out.
//!
//! workerd is one implementation (`src/edge/platform/`), the simulation's virtual time another (`tests/simulation/`). A
//! [`Platform`] value belongs to one object: its store, its alarm and its tasks are that object's own.

use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

use super::note::Note;
use crate::fleet::Store;
use crate::session::{BrowserExit, BrowserId, Dimensions, Failure, Millis, ProjectName, SessionId, Timestamp};
use crate::wire::{
    CallContext, CallError, DirectoryMethod, FleetMethod, RecorderMethod, RelayMethod, RunningBrowser, Secret,
};

/// The world, as one object sees it.
pub trait Platform: 'static {
    /// The object's SQLite.
    type Store: Store;
    /// Where browsers come from.
    type Provider: Provider;
    /// Where recordings are kept.
    type Bucket: Bucket;
    /// A socket on which a project's events are sent.
    type Subscriber: Subscriber;

    /// The time.
    fn now(&self) -> Timestamp;

    /// Fills `bytes` from a cryptographic source.
    fn fill_random(&self, bytes: &mut [u8]);

    /// Waits.
    fn sleep(&self, length: Millis) -> impl Future<Output = ()>;

    /// Runs `work` beside what is going on, for as long as the object lives.
    fn spawn(&self, work: impl Future<Output = ()> + 'static);

    /// Sets the object's one alarm; `None` takes it back.
    ///
    /// # Errors
    /// [`PlatformError`]; then no alarm may be set.
    fn set_alarm(&self, at: Option<Timestamp>) -> impl Future<Output = Result<(), PlatformError>>;

    /// The deployment's secret; `None` if it has none that could serve.
    fn secret(&self) -> Option<Secret>;

    /// Whether every browser of the provider's account is this deployment's: then one that no project owns is closed.
    fn owns_account(&self) -> bool;

    /// How long recordings are kept; `None` if that setting can't be read.
    fn recording_retention(&self) -> Option<Millis>;

    /// The deployment's provider.
    ///
    /// # Errors
    /// `provider_unavailable` if it has none.
    fn provider(&self) -> Result<Self::Provider, Failure>;

    /// The bucket of recordings; `None` if the deployment has none.
    fn bucket(&self) -> Option<Self::Bucket>;

    /// The source of the script that records a page.
    fn recorder_script(&self) -> impl Future<Output = Result<Rc<str>, PlatformError>>;

    /// The sockets of the object's subscribers. They outlive the object's memory.
    fn subscribers(&self) -> Vec<Self::Subscriber>;

    /// Calls a project's fleet.
    fn fleet<M: FleetMethod>(
        &self,
        context: CallContext,
        call: M,
    ) -> impl Future<Output = Result<M::Answer, CallError>>;

    /// Calls the directory.
    fn directory<M: DirectoryMethod>(&self, call: M) -> impl Future<Output = Result<M::Answer, CallError>>;

    /// Calls a session's relay.
    fn relay<M: RelayMethod>(
        &self,
        project: &ProjectName,
        session: SessionId,
        call: M,
    ) -> impl Future<Output = Result<M::Answer, CallError>>;

    /// Calls a session's recorder.
    fn recorder<M: RecorderMethod>(
        &self,
        project: &ProjectName,
        session: SessionId,
        call: M,
    ) -> impl Future<Output = Result<M::Answer, CallError>>;

    /// Takes note of something: for the log, and for the checks of a simulation.
    fn note(&self, note: Note<'_>);
}

/// The platform failed: its own words, for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformError(pub String);

impl fmt::Display for PlatformError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PlatformError {}

/// A browser that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrowserRequest {
    /// The session that it is for.
    pub session: SessionId,
    /// The session's epoch.
    pub epoch: u32,
    /// The provider's idle limit to ask for.
    pub keep_alive: Millis,
}

/// A provider's answer to a close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseAnswer {
    /// The browser is gone.
    Gone,
    /// The provider has heard, and has not finished.
    Acknowledged,
    /// The provider did not take the close, or did not answer.
    Failed,
}

/// A provider's answer to whether a browser exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existence {
    /// It exists.
    Exists,
    /// It is gone, or never was.
    Gone,
    /// The provider did not say.
    Unclear,
}

/// Where browsers come from. Each call has a time limit of its own, inside.
pub trait Provider: 'static {
    /// A CDP socket of the service's own.
    type Socket: CdpSocket;

    /// Starts a browser.
    ///
    /// # Errors
    /// The provider's refusal, by code. `provider_timeout` says nothing about whether a browser runs.
    fn acquire(&self, request: BrowserRequest) -> impl Future<Output = Result<BrowserId, Failure>>;

    /// Gives a browser's window a size, if one is requested, and answers the size that it has.
    ///
    /// # Errors
    /// What the provider or the browser says.
    fn prepare_window(
        &self,
        browser: &BrowserId,
        requested: Option<Dimensions>,
    ) -> impl Future<Output = Result<Dimensions, Failure>>;

    /// Gives a browser a sign of life, so that the provider does not take it for idle.
    ///
    /// # Errors
    /// What the provider or the browser says.
    fn touch(&self, browser: &BrowserId) -> impl Future<Output = Result<(), Failure>>;

    /// Asks to close a browser.
    fn close(&self, browser: &BrowserId) -> impl Future<Output = CloseAnswer>;

    /// Asks whether a browser exists.
    fn exists(&self, browser: &BrowserId) -> impl Future<Output = Existence>;

    /// All browsers of the account.
    ///
    /// # Errors
    /// What the provider says.
    fn list(&self) -> impl Future<Output = Result<Vec<RunningBrowser>, Failure>>;

    /// How browsers that are gone ended, as far as the provider says.
    fn history(&self) -> impl Future<Output = HashMap<BrowserId, BrowserExit>>;

    /// Whether this is the local emulation: asking for its list harms browsers that are starting, and all of them start
    /// on one machine.
    ///
    /// # Errors
    /// What the provider says.
    fn is_emulated(&self) -> impl Future<Output = Result<bool, Failure>>;

    /// Opens a CDP socket to a browser.
    ///
    /// # Errors
    /// What the provider says.
    fn connect(&self, browser: &BrowserId) -> impl Future<Output = Result<Self::Socket, Failure>>;
}

/// A CDP socket to a browser. Dropping it closes it.
pub trait CdpSocket: 'static {
    /// Begins to receive: calls `on_message` with each text message.
    ///
    /// # Errors
    /// If the socket can't be used.
    fn receive(&self, on_message: impl Fn(&str) + 'static) -> Result<(), PlatformError>;

    /// Sends a command; one that is closed meanwhile drops it.
    fn send(&self, command: &str);

    /// Waits until the socket has closed.
    fn closed(&self) -> impl Future<Output = ()>;
}

/// A bucket of texts, compressed where they lie.
pub trait Bucket: 'static {
    /// Stores a text under a key.
    ///
    /// # Errors
    /// The bucket's own words.
    fn put(&self, key: &str, text: &str) -> impl Future<Output = Result<(), PlatformError>>;

    /// The first keys with a prefix behind `after`, `limit` at most, and whether there are more.
    ///
    /// # Errors
    /// The bucket's own words.
    fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> impl Future<Output = Result<KeyPage, PlatformError>>;

    /// Removes what is under these keys, 1000 at most. Safe to repeat.
    ///
    /// # Errors
    /// The bucket's own words.
    fn delete(&self, keys: &[String]) -> impl Future<Output = Result<(), PlatformError>>;
}

/// Some keys of a bucket, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyPage {
    /// The keys.
    pub keys: Vec<String>,
    /// Whether there are more.
    pub is_cut: bool,
}

/// A socket on which a project's events are sent. It has a text attached that outlives the object's memory.
pub trait Subscriber {
    /// The attached text, if there is one.
    fn attachment(&self) -> Option<String>;

    /// Attaches a text.
    fn attach(&self, text: &str);

    /// Sends a text; one that is closed meanwhile drops it.
    fn send(&self, text: &str);

    /// Closes the socket.
    fn close(&self, code: u16, reason: &str);
}

/// Whoever waits for the answer to a call.
pub trait CallerSignal {
    /// Waits until the caller hangs up, as far as the platform lets us see it.
    fn hung_up(&self) -> impl Future<Output = ()>;
}

/// Random bytes from the platform.
pub fn random<const N: usize>(platform: &impl Platform) -> [u8; N] {
    let mut bytes = [0; N];
    platform.fill_random(&mut bytes);
    bytes
}

/// A new UUID, for a session or a request.
pub fn new_id(platform: &impl Platform) -> SessionId {
    SessionId::new(platform.now(), random(platform))
}
