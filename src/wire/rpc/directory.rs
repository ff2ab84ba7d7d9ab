//! What is asked of the deployment's one directory.

use serde::{Deserialize, Serialize};

use super::service::service;
use crate::session::{BrowserId, ProjectName, Timestamp};

service! {
    /// One call to the directory.
    call DirectoryCall;
    /// What the directory does.
    service DirectoryService;
    /// A request to the directory.
    method DirectoryMethod;

    /// Takes a project in. Answers once it is stored.
    register(Register) -> ();
    /// Takes a project off, unless it has registered anew. Answers once it is stored.
    unregister(Unregister) -> ();
    /// Some projects, in the order of their names.
    list_projects(ListProjects) -> ProjectPage;
    /// The provider's browsers.
    list_browsers(ListBrowsers) -> ListedBrowsers;
    /// Closes browsers that belong to no project, if the deployment says that the account is its alone.
    close_unclaimed(CloseUnclaimed) -> ();
    /// Keeps what a round of sweeps has found.
    record_sweep(RecordSweep) -> ();
    /// What the last round of sweeps has found; zeros if there was none.
    last_sweep(LastSweep) -> Swept;
}

/// A project has, or is about to have, something to watch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register {
    /// Its name.
    pub project: ProjectName,
    /// Grows with each registration, so that an older call can't undo a newer one.
    pub version: i64,
}

/// A sweep of a project saw nothing to watch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unregister {
    /// Its name.
    pub project: ProjectName,
    /// The registration that is taken back.
    pub version: i64,
}

/// Asks for some projects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListProjects {
    /// The last one of the page before; `None` for the first page.
    #[serde(default)]
    pub after: Option<ProjectName>,
}

/// Asks for the provider's browsers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListBrowsers {}

/// Asks to close browsers that no project owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloseUnclaimed {}

/// Reports a round of sweeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordSweep {
    /// What it found.
    pub swept: Swept,
}

/// Asks for the last round of sweeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastSweep {}

/// What a round of sweeps over all projects has found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swept {
    /// When it ended; `None` before the first one.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// Browsers whose close the provider has not confirmed.
    #[serde(default)]
    pub closing: u32,
}

/// A browser that the provider says is running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningBrowser {
    /// Its name.
    pub browser: BrowserId,
    /// Since when; `None` if the provider does not say.
    pub started_at: Option<Timestamp>,
}

/// Some projects of the directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectPage {
    /// In the order of their names; empty behind the last.
    pub projects: Vec<ProjectName>,
}

/// All browsers of the provider's account, those of others too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedBrowsers {
    /// When the list was asked for: it says nothing about browsers that came after.
    pub asked_at: Timestamp,
    /// Their names.
    pub browsers: Vec<BrowserId>,
}
