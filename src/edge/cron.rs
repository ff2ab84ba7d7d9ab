//! The cron trigger's net: every project in the directory is swept, a page at a time.

use futures::StreamExt as _;
use futures::stream;
use worker::{Env, console_error};

use super::clock::new_id;
use super::directory_stub::DirectoryStub;
use super::fleet_stub;
use crate::session::ProjectName;
use crate::wire::{FleetCall, FleetEnvelope};

/// Fleets that are swept at once.
const AT_ONCE: usize = 4;

/// Sweeps every project that has something to watch.
pub(super) async fn sweep_all(env: &Env) {
    let directory = DirectoryStub::of(env);
    let mut after = None;
    loop {
        let page = match directory.projects(after.take()).await {
            Ok(page) => page.projects,
            Err(failure) => return console_error!("cron: {}", failure.message),
        };
        let Some(last) = page.last().cloned() else { return };
        stream::iter(page).for_each_concurrent(AT_ONCE, |project| sweep(env, project)).await;
        after = Some(last);
    }
}

async fn sweep(env: &Env, project: ProjectName) {
    let envelope =
        FleetEnvelope { project, base_url: String::new(), request_id: new_id().to_string(), call: FleetCall::Sweep };
    match fleet_stub::call(env, &envelope).await {
        Ok(response) if response.status_code() == 200 => {}
        Ok(response) => console_error!("cron: {} answered {}", envelope.project.as_str(), response.status_code()),
        Err(error) => console_error!("cron: {} can't be reached: {error}", envelope.project.as_str()),
    }
}
