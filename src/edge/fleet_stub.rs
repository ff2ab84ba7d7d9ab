//! The way from the Worker to a project's fleet.

use worker::{Env, Response};

use super::hang_up::HangUp;
use super::{answer, names, object_call};
use crate::session::ProjectName;
use crate::wire::{EndedAs, FleetCall, FleetEnvelope, Problem, from_json};

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

/// Asks the project's fleet on behalf of one of its sessions' objects, and answers the body of what it says.
///
/// # Errors
/// The fleet's own problem; `internal` if it does not answer.
pub(super) async fn ask(
    env: &Env,
    project: ProjectName,
    request_id: String,
    asked: FleetCall,
) -> Result<String, Problem> {
    let envelope = FleetEnvelope { project, base_url: String::new(), request_id, call: asked };
    let broken = |cause: &dyn std::fmt::Display| answer::internal("fleet", cause, &envelope.request_id);
    let mut response = call(env, &envelope).await.map_err(|error| broken(&error))?;
    let body = response.text().await.map_err(|error| broken(&error))?;
    if response.status_code() == 200 {
        return Ok(body);
    }
    Err(Problem::from_json(&body).unwrap_or_else(|| broken(&"an answer that can't be read")))
}

/// Reads the answer to [`FleetCall::SocketLost`]; one that can't be read says nothing.
pub(super) fn read_why(body: &str) -> EndedAs {
    from_json(body).unwrap_or_default()
}
