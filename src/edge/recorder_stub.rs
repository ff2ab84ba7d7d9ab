//! The way to a session's recorder.

use worker::Env;

use super::{names, object_call};
use crate::wire::RecorderStart;

/// Starts a session's recorder, or tells the one that is there of its new run. It is answered at once.
///
/// # Errors
/// If the object can't be reached.
pub(super) async fn start(env: &Env, start: &RecorderStart) -> worker::Result<()> {
    let name = names::recorder(&start.project, start.session);
    object_call::send(env, names::RECORDER, &name, start).await.map(drop)
}
