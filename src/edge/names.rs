//! The names of Durable Objects, made in one place.

use crate::session::ProjectName;

/// The binding of the fleets' class.
pub(super) const FLEET: &str = "FLEET";
/// The binding of the directory's class.
pub(super) const DIRECTORY: &str = "DIRECTORY";
/// The deployment's one directory.
pub(super) const DIRECTORY_NAME: &str = "directory";

/// A project's fleet: `project:shard`, so that one which outgrows an object can be split.
pub(super) fn fleet(project: &ProjectName) -> String {
    format!("{}:0", project.as_str())
}
