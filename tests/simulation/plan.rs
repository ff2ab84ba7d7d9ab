//! The plan of a run, as data: its clients, their actions, and what goes wrong. A seed makes a plan, or a test writes
//! one by hand. Shrinking removes parts of it.

use serde_json::Value;
use tidewatch::fleet::FleetLimits;

use super::fault::Rates;

/// The plan of one run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The seed of all random numbers.
    pub seed: u64,
    /// The projects of the deployment.
    pub projects: Vec<FleetLimits>,
    /// The deployment's account at the provider.
    pub account: Account,
    /// The clients.
    pub clients: Vec<Client>,
    /// The subscribers to events.
    pub subscriptions: Vec<Subscription>,
    /// Faults at fixed times.
    pub incidents: Vec<Incident>,
    /// Rates of random faults.
    pub rates: Rates,
    /// When random faults stop, in milliseconds since the run began.
    pub heals_at: u64,
    /// The number of steps between two audits of all tables.
    pub audit_every: u64,
}

impl Plan {
    /// Whether the plan has no faults.
    pub fn is_quiet(&self) -> bool {
        self.incidents.is_empty() && self.rates.present().next().is_none()
    }
}

/// An account at the provider.
#[derive(Clone, Debug)]
pub struct Account {
    /// Whether the deployment is configured to own every browser of the account.
    pub is_exclusive: bool,
    /// Whether the provider is the local emulation. The service must not request its list.
    pub is_emulated: bool,
    /// Foreign browsers: start and end, in milliseconds since the run began.
    pub foreign: Vec<(u64, u64)>,
    /// The limit on browsers that run at once.
    pub browsers_max: usize,
    /// The minimum of milliseconds between two starts. Zero means no rate limit.
    pub start_every: u64,
}

/// A client that creates a session and uses it.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its name in traces.
    pub number: usize,
    /// Which project it belongs to.
    pub project: usize,
    /// When it arrives, in milliseconds since the run began.
    pub arrives: u64,
    /// The body of its create.
    pub body: Value,
    /// Its `Idempotency-Key`.
    pub key: Option<String>,
    /// Whether a viewer looks at its session.
    pub is_viewed: bool,
    /// The number of tries to create a session.
    pub tries: u32,
    /// How many milliseconds it waits for an answer before it disconnects. `None` waits without a limit.
    pub patience: Option<u64>,
    /// What it does once it has a session, one after the other. Then it is gone, and forgets.
    pub acts: Vec<Act>,
}

/// A subscriber to a project's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// The project of the events.
    pub project: usize,
    /// When it arrives, in milliseconds since the run began.
    pub arrives: u64,
}

/// A client's action on its session. Durations are in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Waits.
    Wait(u64),
    /// Reads the session.
    Look,
    /// Lists the project's sessions.
    List,
    /// Connects, stays connected for a time, and disconnects.
    Connect { hold: u64, parting: Parting },
    /// Connects in the background, and goes on with the next action.
    ConnectInBackground { hold: u64, parting: Parting },
    /// Changes the timeout.
    Change { timeout: u64 },
    /// Releases the session.
    Release,
    /// Releases the sessions of one owner or of all. A dry run only lists them.
    ReleaseAll { of_owner: bool, dry_run: bool },
}

/// How the client ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parting {
    /// The client closes its socket.
    Leave,
    /// The client closes the browser and then sees its socket close.
    CloseBrowser,
}

/// A fault at a fixed time.
#[derive(Clone, Copy, Debug)]
pub struct Incident {
    /// When, in milliseconds since the run began.
    pub at: u64,
    /// The number of steps after that time. It chooses between the steps that happen at one time.
    pub steps_later: u32,
    /// The fault.
    pub what: Mishap,
}

/// What goes wrong. Durations are in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// The whole service is killed and is down for a time.
    ServiceDies { down: u64 },
    /// A project's object is reset.
    FleetDies { project: usize },
    /// The directory is reset.
    DirectoryDies,
    /// Every relay is reset.
    RelaysDie,
    /// The wall clock steps, backward if negative.
    ClockSteps { by: i64 },
    /// The provider answers every call with 503 for a time.
    ProviderIsDown { down: u64 },
    /// The provider evicts this share of its browsers, in thousandths, as it does at a new release.
    BrowsersAreEvicted { per_mille: u16 },
}
