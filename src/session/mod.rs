//! One session: a browser, from the request that asks for it to its end.
//!
//! [`Session`] is a state machine that decides and never acts: a [`Command`] and the time go in, [`Effects`] come
//! out, and the outcome of an effect comes back as another command.

mod command;
mod id;
mod keep_alive;
mod machine;
mod options;
mod reason;
mod time;
mod watch;

pub use command::{Change, Command, Effect, Effects, SessionError};
pub use id::{BrowserId, InvalidId, ProjectName, SessionId};
pub use keep_alive::KeepAlive;
pub use machine::{Closing, STARTUP_LIMIT, Session, State, Status};
pub use options::{
    Adapter, DISCONNECT_GRACE_DEFAULT, Dimensions, Invalid, METADATA_PAIRS_MAX, Options, OptionsLimits,
    TIMEOUT_DEFAULT, TIMEOUT_MIN,
};
pub use reason::{Failure, FailureCode, Gone, Reason};
pub use time::{Millis, Timestamp};
pub use watch::{FIRST_CONNECT_LIMIT, LEASE, LEASE_RENEWAL, Report, Watch, Word};
