//! Calls that the project's fleet answers.

use super::caller::Caller;
use super::response::{self, Answered};
use crate::session::{self, SessionId};
use crate::wire::{Change, Create, CreateRequest, Get, GetUsage, List, Problem, Release, ReleaseAll};

/// `POST /v1/sessions`
///
/// # Errors
/// What is wrong with the request, and what keeps the session from being live.
pub(super) async fn create(caller: &mut Caller<'_>) -> Answered {
    caller.expect_no_query()?;
    let body = caller.json_body().await?;
    let key = caller.header("idempotency-key");
    let request = CreateRequest::parse(&body, key.as_deref(), caller.limits()).map_err(Problem::invalid)?;
    let created = caller.ask_fleet_while_waiting(Create { request: Box::new(request) }).await?;
    if created.is_new {
        response::created(&created.session, caller.request_id())
    } else {
        caller.json(&created.session)
    }
}

/// `GET /v1/sessions`
///
/// # Errors
/// `invalid_request`.
pub(super) async fn list(caller: &Caller<'_>) -> Answered {
    caller.forward_to_fleet(List { query: caller.query().to_owned() }).await
}

/// `GET /v1/sessions/{id}`
///
/// # Errors
/// `session_not_found`.
pub(super) async fn get(caller: &Caller<'_>, id: SessionId) -> Answered {
    caller.expect_no_query()?;
    caller.forward_to_fleet(Get { session: id }).await
}

/// `PATCH /v1/sessions/{id}`
///
/// # Errors
/// What is wrong with the request; `session_not_found`, `session_ended`, `not_watched`.
pub(super) async fn change(caller: &mut Caller<'_>, id: SessionId) -> Answered {
    caller.expect_no_query()?;
    let body = caller.json_body().await?;
    let change = session::Change::parse(&body, caller.limits()).map_err(Problem::invalid)?;
    caller.forward_to_fleet(Change { session: id, change }).await
}

/// `POST /v1/sessions/{id}/release`
///
/// # Errors
/// What is wrong with the request; `session_not_found`.
pub(super) async fn release(caller: &mut Caller<'_>, id: SessionId) -> Answered {
    caller.expect_no_query()?;
    caller.expect_no_body().await?;
    caller.forward_to_fleet(Release { session: id }).await
}

/// `POST /v1/sessions/release`
///
/// # Errors
/// What is wrong with the request.
pub(super) async fn release_all(caller: &mut Caller<'_>) -> Answered {
    caller.expect_no_body().await?;
    caller.forward_to_fleet(ReleaseAll { query: caller.query().to_owned() }).await
}

/// `GET /v1/usage`
///
/// # Errors
/// `invalid_request`.
pub(super) async fn usage(caller: &Caller<'_>) -> Answered {
    caller.forward_to_fleet(GetUsage { query: caller.query().to_owned() }).await
}
