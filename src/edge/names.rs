//! The names of Durable Objects, made in one place.

use crate::session::{ProjectName, SessionId};

/// The binding of the fleets' class.
pub(super) const FLEET: &str = "FLEET";
/// The binding of the directory's class.
pub(super) const DIRECTORY: &str = "DIRECTORY";
/// The binding of the relays' class.
pub(super) const RELAY: &str = "RELAY";
/// The binding of the recorders' class.
pub(super) const RECORDER: &str = "RECORDER";
/// The deployment's one directory.
pub(super) const DIRECTORY_NAME: &str = "directory";

/// A project's fleet: `project:shard`, so that one which outgrows an object can be split.
pub(super) fn fleet(project: &ProjectName) -> String {
    format!("{}:0", project.as_str())
}

/// A session's relay.
pub(super) fn relay(project: &ProjectName, session: SessionId) -> String {
    format!("{}/{session}", project.as_str())
}

/// A session's recorder.
pub(super) fn recorder(project: &ProjectName, session: SessionId) -> String {
    relay(project, session)
}
