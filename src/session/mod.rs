//! One session: one browser, from the create to the end.
//!
//! [`Session`] is a state machine that decides and never acts: an [`Input`] and the time go in,
//! [`Actions`] come out, and the outcome of an action comes back as another input.

mod accessors;
mod announcement;
mod claim;
mod close;
mod closing;
mod event;
mod fields;
mod id;
mod input;
mod keep_alive;
mod machine;
mod options;
mod parse;
mod queue;
mod reason;
mod recorder;
mod recording;
mod state;
mod time;
mod watch;

pub use claim::CLAIM_LIMIT;
pub use closing::Closing;
pub use event::Event;
pub use id::{BrowserId, InvalidId, ProjectName, SessionId};
pub use input::{Action, Actions, Change, Input, SessionError};
pub use keep_alive::KeepAlive;
pub use machine::{NewSession, STARTUP_LIMIT, Session};
pub use options::{
    Adapter, DISCONNECT_GRACE_DEFAULT, DebugConfig, Dimensions, Invalid, METADATA_PAIRS_MAX, Options, OptionsLimits,
    TIMEOUT_DEFAULT, TIMEOUT_MIN, WAIT_MAX,
};
pub use reason::{BrowserExit, Failure, FailureCode, Reason};
pub use recording::{RecorderReport, Recording, RecordingOptions, RecordingStatus};
pub use state::{State, Status};
pub use time::{Millis, Timestamp};
pub use watch::{FIRST_CONNECT_LIMIT, LEASE, LEASE_RENEWAL, PresenceReport, ReportSequence, Watch};
