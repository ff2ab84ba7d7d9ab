//! What the Worker and the fleets say to the deployment's one `DirectoryObject`.

use serde::{Deserialize, Serialize};

use crate::session::{BrowserId, ProjectName, Timestamp};

/// What is asked of the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DirectoryCall {
    /// This project has, or is about to have, something to watch. Answers nothing, once it is stored.
    ///
    /// The version grows with each registration, so that an older word can't undo a newer one.
    Register(ProjectName, i64),
    /// A sweep of this project saw nothing to watch at this version: the registration that it takes back. Answers nothing.
    Unregister(ProjectName, i64),
    /// The projects in the directory behind this one, in the order of their names. Answers a [`ProjectPage`].
    Projects(Option<ProjectName>),
    /// The provider's browsers. Answers [`ListedBrowsers`].
    Browsers,
    /// Closes browsers of the account that belong to no project, if the deployment says that all of them are its own.
    /// Answers nothing.
    CloseUnclaimed,
    /// What a round of sweeps has found. Answers nothing.
    Swept(Swept),
    /// What was found last. Answers [`Swept`], with zeros if there was no round yet.
    LastSweep,
}

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

/// All browsers of the provider's account, whoever they belong to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedBrowsers {
    /// When the list was asked for: it says nothing about browsers that came after.
    pub asked_at: Timestamp,
    /// Their names.
    pub browsers: Vec<BrowserId>,
}
