//! The cron trigger's net: every project in the directory is swept, a page at a time; then the provider's browsers are
//! looked through for such as belong to none.

use futures::StreamExt as _;
use futures::stream;
use worker::{Env, console_error};

use super::clock::{new_id, now};
use super::directory_stub::DirectoryStub;
use super::{fleet_stub, object_call, retention};
use crate::session::{Failure, FailureCode, ProjectName};
use crate::wire::{FleetCall, FleetEnvelope, SweepReport, Swept};

/// Fleets that are swept at once.
const AT_ONCE: usize = 4;

/// Sweeps every project that has something to watch, and removes recordings whose time is over. Whatever fails is logged, and holds up nothing else.
pub(super) async fn sweep_all(env: &Env) {
    let directory = DirectoryStub::of(env);
    if let Err(failure) = sweep_projects(env, &directory).await {
        console_error!("cron: {}", failure.message);
    }
    if let Err(failure) = directory.close_unclaimed().await {
        console_error!("cron: {}", failure.message);
    }
    retention::purge(env).await;
}

async fn sweep_projects(env: &Env, directory: &DirectoryStub<'_>) -> Result<(), Failure> {
    let mut closing = 0_u32;
    let mut after = None;
    loop {
        let page = directory.projects(after.take()).await?.projects;
        let Some(last) = page.last().cloned() else { break };
        let sweeps = stream::iter(page).map(|project| sweep(env, project)).buffer_unordered(AT_ONCE);
        closing = sweeps.fold(closing, async |sum, report| sum.saturating_add(report.closing)).await;
        after = Some(last);
    }
    directory.note_sweep(Swept { at: Some(now()), closing }).await
}

async fn sweep(env: &Env, project: ProjectName) -> SweepReport {
    let name = project.as_str().to_owned();
    let report = async {
        let request_id = new_id().to_string();
        let envelope = FleetEnvelope { project, base_url: String::new(), request_id, call: FleetCall::Sweep };
        let mut response = fleet_stub::call(env, &envelope).await.map_err(|error| unswept(&error))?;
        match response.status_code() {
            200 => object_call::read(&mut response).await.map_err(|error| unswept(&error)),
            status => Err(unswept(&format!("it answered {status}"))),
        }
    };
    report.await.unwrap_or_else(|failure: Failure| {
        console_error!("cron: {name}: {}", failure.message);
        SweepReport::default()
    })
}

fn unswept(cause: &dyn std::fmt::Display) -> Failure {
    Failure::new(FailureCode::ProviderError, cause.to_string())
}
