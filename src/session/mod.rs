//! One session: a browser, from the request that asks for it to its end.
//!
//! [`Session`] is a state machine that decides and never acts: a [`Command`] and the time go in, [`Effects`] come
//! out, and the outcome of an effect comes back as another command.

mod accessors;
mod announcement;
mod claim;
mod closing;
mod command;
mod event;
mod id;
mod keep_alive;
mod machine;
mod options;
mod queue;
mod reason;
mod recording;
mod state;
mod time;
mod watch;

pub use claim::CLAIM_LIMIT;
pub use closing::Closing;
pub use command::{Change, Command, Effect, Effects, SessionError};
pub use event::Event;
pub use id::{BrowserId, InvalidId, ProjectName, SessionId};
pub use keep_alive::KeepAlive;
pub use machine::{NewSession, STARTUP_LIMIT, Session};
pub use options::{
    Adapter, DISCONNECT_GRACE_DEFAULT, DebugConfig, Dimensions, Invalid, METADATA_PAIRS_MAX, Options, OptionsLimits,
    TIMEOUT_DEFAULT, TIMEOUT_MIN, WAIT_MAX,
};
pub use reason::{Failure, FailureCode, Gone, Reason};
pub use recording::{RecorderReport, Recording, RecordingStatus, RecordingWish};
pub use state::{State, Status};
pub use time::{Millis, Timestamp};
pub use watch::{FIRST_CONNECT_LIMIT, LEASE, LEASE_RENEWAL, Report, Watch, Word};
