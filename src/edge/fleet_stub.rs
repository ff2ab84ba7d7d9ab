//! The way from the Worker to a project's fleet.

use worker::{Env, Response};

use super::{names, object_call};
use crate::wire::FleetEnvelope;

/// Sends a call to the project's fleet. The answer is a whole HTTP response.
///
/// # Errors
/// If the object can't be reached.
pub(super) async fn call(env: &Env, envelope: &FleetEnvelope) -> worker::Result<Response> {
    object_call::send(env, names::FLEET, &names::fleet(&envelope.project), envelope).await
}
