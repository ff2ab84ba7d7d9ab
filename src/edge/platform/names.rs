//! The Durable Objects' bindings and names, made in one place.

use crate::session::{ProjectName, SessionId};

/// One Durable Object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::edge) struct ObjectName {
    /// The binding of its class.
    pub binding: &'static str,
    /// Its name.
    pub name: String,
}

/// A project's fleet: `project:shard`, so that a project that outgrows one object can be split.
pub(in crate::edge) fn fleet(project: &ProjectName) -> ObjectName {
    ObjectName { binding: "FLEET", name: format!("{}:0", project.as_str()) }
}

/// The deployment's one directory.
pub(in crate::edge) fn directory() -> ObjectName {
    ObjectName { binding: "DIRECTORY", name: "directory".to_owned() }
}

/// A session's relay.
pub(in crate::edge) fn relay(project: &ProjectName, session: SessionId) -> ObjectName {
    ObjectName { binding: "RELAY", name: format!("{}/{session}", project.as_str()) }
}

/// A session's recorder.
pub(in crate::edge) fn recorder(project: &ProjectName, session: SessionId) -> ObjectName {
    ObjectName { binding: "RECORDER", name: format!("{}/{session}", project.as_str()) }
}
