//! `GET /v1/health`: whether the service is up and configured.

use worker::Env;

use super::response::{self, Answered};
use crate::edge::platform::{rpc, settings};
use crate::session::Timestamp;
use crate::wire::LastSweep;

/// Answers without a key.
pub(super) async fn answer(env: &Env, request_id: &str) -> Answered {
    let configured = settings::secret(env).is_some() && settings::for_requests(env).is_ok();
    let swept = if configured { rpc::directory(env, LastSweep {}).await.ok() } else { None };
    let body = serde_json::json!({
        "status": if configured && swept.is_none() { "degraded" } else { "ok" },
        "version": env!("CARGO_PKG_VERSION"),
        "configured": configured,
        "closing": swept.map(|swept| swept.closing),
        "sweptAt": swept.and_then(|swept| swept.at).map(Timestamp::to_iso),
    });
    response::json(200, &body, request_id)
}
