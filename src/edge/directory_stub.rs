//! The way to the deployment's directory.

use serde::de::DeserializeOwned;
use worker::{Env, Response};

use super::{names, object_call};
use crate::session::{Failure, FailureCode, ProjectName};
use crate::wire::{DirectoryCall, ListedBrowsers, ProjectPage, Swept};

/// The deployment's directory, from outside.
pub(super) struct DirectoryStub<'a> {
    env: &'a Env,
}

impl<'a> DirectoryStub<'a> {
    pub(super) const fn of(env: &'a Env) -> Self {
        Self { env }
    }

    /// Answers once the project's place is stored.
    pub(super) async fn register(&self, project: &ProjectName, version: i64) -> Result<(), Failure> {
        self.call(DirectoryCall::Register(project.clone(), version)).await.map(drop)
    }

    /// Answers once the project's place is given up, unless it was taken again since.
    pub(super) async fn unregister(&self, project: &ProjectName, version: i64) -> Result<(), Failure> {
        self.call(DirectoryCall::Unregister(project.clone(), version)).await.map(drop)
    }

    /// Some projects, in the order of their names.
    pub(super) async fn projects(&self, after: Option<ProjectName>) -> Result<ProjectPage, Failure> {
        self.read(DirectoryCall::Projects(after)).await
    }

    /// The provider's browsers, as they were at most a moment ago.
    pub(super) async fn browsers(&self) -> Result<ListedBrowsers, Failure> {
        self.read(DirectoryCall::Browsers).await
    }

    /// Answers once browsers that belong to no project are closed, if that is allowed.
    pub(super) async fn close_unclaimed(&self) -> Result<(), Failure> {
        self.call(DirectoryCall::CloseUnclaimed).await.map(drop)
    }

    /// Answers once it is stored what a round of sweeps has found.
    pub(super) async fn note_sweep(&self, swept: Swept) -> Result<(), Failure> {
        self.call(DirectoryCall::Swept(swept)).await.map(drop)
    }

    /// What the last round of sweeps has found.
    pub(super) async fn last_sweep(&self) -> Result<Swept, Failure> {
        self.read(DirectoryCall::LastSweep).await
    }

    async fn read<T: DeserializeOwned>(&self, call: DirectoryCall) -> Result<T, Failure> {
        let mut response = self.call(call).await?;
        object_call::read(&mut response).await.map_err(|error| failure(&error))
    }

    async fn call(&self, call: DirectoryCall) -> Result<Response, Failure> {
        let sent = object_call::send(self.env, names::DIRECTORY, names::DIRECTORY_NAME, &call).await;
        let response = sent.map_err(|error| failure(&error))?;
        match response.status_code() {
            200..=299 => Ok(response),
            status => Err(Failure::new(FailureCode::ProviderError, format!("the directory answered {status}"))),
        }
    }
}

fn failure(error: &worker::Error) -> Failure {
    Failure::new(FailureCode::ProviderError, format!("the directory can't be reached: {error}"))
}
