//! What is to happen in a run, as data: who comes when and does what, and what goes wrong. A seed makes one; a test can
//! write one down by hand; whoever shrinks a run takes parts of it away.

use serde_json::Value;
use tidewatch::fleet::FleetLimits;

use super::fault::Rates;

/// One run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where all chance of the run comes from.
    pub seed: u64,
    /// The projects of the deployment.
    pub projects: Vec<FleetLimits>,
    /// The deployment's account at the provider.
    pub account: Account,
    /// Who comes.
    pub clients: Vec<Client>,
    /// Who subscribes to events.
    pub subscriptions: Vec<Subscription>,
    /// What happens at a time.
    pub incidents: Vec<Incident>,
    /// What happens by chance.
    pub rates: Rates,
    /// From then on nothing goes wrong any more, in milliseconds after the beginning.
    pub heals_at: u64,
    /// All tables are looked at after each so many steps.
    pub audit_every: u64,
}

impl Plan {
    /// Whether nothing goes wrong in it.
    pub fn is_quiet(&self) -> bool {
        self.incidents.is_empty() && self.rates.present().next().is_none()
    }
}

/// An account at the provider.
#[derive(Clone, Debug)]
pub struct Account {
    /// Whether the deployment says that every browser of the account is its own.
    pub is_ours_alone: bool,
    /// Whether the provider is the local emulation: its list is not to be asked for.
    pub is_emulated: bool,
    /// Browsers of others, from when to when, in milliseconds after the beginning.
    pub foreign: Vec<(u64, u64)>,
    /// Browsers that run at once.
    pub browsers_max: usize,
    /// Milliseconds between two starts; zero if there is no rate.
    pub start_every: u64,
}

/// Somebody who asks for a session, and what becomes of it then.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its name in traces.
    pub number: usize,
    /// Which project it belongs to.
    pub project: usize,
    /// When it comes, in milliseconds after the beginning.
    pub arrives: u64,
    /// The body of its create.
    pub body: Value,
    /// Its `Idempotency-Key`.
    pub key: Option<String>,
    /// Whether a viewer looks at its session.
    pub is_viewed: bool,
    /// How often it asks, if nobody answers or all is taken.
    pub tries: u32,
    /// It hangs up if it has no answer after so many milliseconds.
    pub patience: Option<u64>,
    /// What it does once it has a session, one after the other. Then it is gone, and forgets.
    pub acts: Vec<Act>,
}

/// A subscriber to a project's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Whose events.
    pub project: usize,
    /// When it comes, in milliseconds after the beginning.
    pub arrives: u64,
}

/// Something that a client does with its session. Lengths are milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Nothing, for so long.
    Wait(u64),
    /// Reads the session.
    Look,
    /// Lists the project's sessions.
    List,
    /// Connects, stays for so long, and parts.
    Connect { hold: u64, parting: Parting },
    /// The same, while it goes on with the next act.
    ConnectBeside { hold: u64, parting: Parting },
    /// Changes the timeout.
    Change { timeout: u64 },
    /// Releases the session.
    Release,
    /// Releases the sessions of this session's owner, or of all; or asks which would be.
    ReleaseAll { of_owner: bool, dry_run: bool },
}

/// How a connection ends, if nothing else ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parting {
    /// The client closes its socket.
    Leave,
    /// The client closes the browser, and sees its socket close.
    CloseBrowser,
}

/// Something that goes wrong at a time.
#[derive(Clone, Copy, Debug)]
pub struct Incident {
    /// When, in milliseconds after the beginning.
    pub at: u64,
    /// How many steps of the run later: between which two of those that happen at one time.
    pub steps_later: u32,
    /// What.
    pub what: Mishap,
}

/// What goes wrong. Lengths are milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// The whole service is killed, and is there again after so long.
    ServiceDies { down: u64 },
    /// A project's object is reset.
    FleetDies { project: usize },
    /// The directory is reset.
    DirectoryDies,
    /// Every relay is reset.
    RelaysDie,
    /// The clock on the wall jumps, back if negative.
    ClockSteps { by: i64 },
    /// The provider answers every call with 503 for so long.
    ProviderIsDown { down: u64 },
    /// The provider has a new release: it takes away this share of its browsers, in a thousand.
    BrowsersAreEvicted { per_mille: u16 },
}
