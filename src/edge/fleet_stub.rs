//! The way from the Worker to a project's fleet.

use worker::{Env, Response};

use super::hang_up::HangUp;
use super::{names, object_call};
use crate::wire::FleetEnvelope;

/// Sends a call to the project's fleet. The answer is a whole HTTP response.
///
/// # Errors
/// If the object can't be reached.
pub(super) async fn call(env: &Env, envelope: &FleetEnvelope) -> worker::Result<Response> {
    object_call::send(env, names::FLEET, &names::fleet(&envelope.project), envelope).await
}

/// Asks the project's fleet for a socket.
///
/// # Errors
/// If the object can't be reached.
pub(super) async fn listen(env: &Env, envelope: &FleetEnvelope) -> worker::Result<Response> {
    object_call::connect(env, names::FLEET, &names::fleet(&envelope.project), envelope).await
}

/// The same for the sake of a caller: the fleet learns when that one hangs up.
///
/// # Errors
/// If the object can't be reached, or the caller has hung up.
pub(super) async fn call_for(env: &Env, envelope: &FleetEnvelope, caller: &HangUp) -> worker::Result<Response> {
    object_call::send_for(env, names::FLEET, &names::fleet(&envelope.project), envelope, Some(caller)).await
}
