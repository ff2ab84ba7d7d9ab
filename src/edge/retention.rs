//! Recordings whose time is over are removed, a page at a time.

use worker::{Env, console_error};

use super::bucket::Bucket;
use super::clock::now;
use super::settings::Settings;
use crate::recording::{is_past, root};

/// Objects of one page: as many as one call removes.
const PAGE: u32 = 1000;
/// Pages of one round: the next minute has another one.
const PAGES_MAX: usize = 10;

/// Removes recordings that are past, as many as one round can. Safe to repeat, and safe to be cut off.
pub(super) async fn purge(env: &Env) {
    let (Some(bucket), Ok(settings)) = (Bucket::of(env), Settings::read(env)) else { return };
    for _ in 0..PAGES_MAX {
        let purged = async {
            // The oldest stand first.
            let keys = bucket.list(root(), None, PAGE).await?;
            let past: Vec<String> =
                keys.keys.into_iter().take_while(|key| is_past(key, settings.recordings_kept, now())).collect();
            if !past.is_empty() {
                bucket.delete(&past).await?;
            }
            Ok::<bool, String>(past.len() == PAGE as usize)
        };
        match purged.await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => return console_error!("cron: recordings: {error}"),
        }
    }
}
