//! The cron trigger's safety net: sweeps every project in the directory, a page at a time, then closes provider
//! browsers that no project owns, then removes recordings whose retention is over.

use futures::StreamExt as _;
use futures::stream;

use super::note::Note;
use super::platform::{Bucket as _, Platform, PlatformError, new_id};
use crate::recording::{is_past, root};
use crate::session::ProjectName;
use crate::wire::{CallContext, CallError, CloseUnclaimed, ListProjects, RecordSweep, Sweep, SweepReport, Swept};

/// Fleets that are swept at once.
const AT_ONCE: usize = 4;
/// Objects of one page of the bucket: as many as one call removes.
const PAGE: u32 = 1000;
/// Pages of one round: the next minute has another one.
const PAGES_MAX: usize = 10;

/// Runs the whole net. A failure is noted, and holds up nothing else.
pub async fn sweep_all(platform: &impl Platform) {
    if let Err(error) = sweep_projects(platform).await {
        platform.note(Note::failed("sweeping projects", &error));
    }
    if let Err(error) = platform.directory(CloseUnclaimed {}).await {
        platform.note(Note::failed("closing unclaimed browsers", &error));
    }
    if let Err(error) = purge_recordings(platform).await {
        platform.note(Note::failed("removing recordings", &error));
    }
}

async fn sweep_projects(platform: &impl Platform) -> Result<(), CallError> {
    let mut closing = 0_u32;
    let mut after = None;
    loop {
        let page = platform.directory(ListProjects { after: after.take() }).await?.projects;
        let Some(last) = page.last().cloned() else { break };
        let sweeps = stream::iter(page).map(|project| sweep(platform, project)).buffer_unordered(AT_ONCE);
        closing = sweeps.fold(closing, async |sum, report| sum.saturating_add(report.closing)).await;
        after = Some(last);
    }
    platform.directory(RecordSweep { swept: Swept { at: Some(platform.now()), closing } }).await
}

async fn sweep(platform: &impl Platform, project: ProjectName) -> SweepReport {
    let request_id = new_id(platform).to_string();
    let context = CallContext { project, base_url: String::new(), request_id };
    platform.fleet(context, Sweep {}).await.unwrap_or_else(|error| {
        platform.note(Note::failed("sweeping a project", &error));
        SweepReport::default()
    })
}

/// Removes recordings whose retention is over, as many as one round can. Safe to repeat, and safe to be cut off.
async fn purge_recordings(platform: &impl Platform) -> Result<(), PlatformError> {
    let (Some(bucket), Some(retention)) = (platform.bucket(), platform.recording_retention()) else { return Ok(()) };
    for _ in 0..PAGES_MAX {
        // The oldest come first.
        let page = bucket.list(root(), None, PAGE).await?;
        let is_over = |key: &String| is_past(key, retention, platform.now());
        let past: Vec<String> = page.keys.into_iter().take_while(is_over).collect();
        if !past.is_empty() {
            bucket.delete(&past).await?;
        }
        if past.len() < PAGE as usize {
            break;
        }
    }
    Ok(())
}
