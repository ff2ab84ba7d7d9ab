//! DevTools' own HTTP endpoints, and the live details that are made from them.

use serde_json::Value;

use super::caller::Caller;
use super::response::{self, Answered};
use crate::cdp;
use crate::edge::provider::{JsonCall, Provider, targets, unreadable};
use crate::session::{Failure, FailureCode, SessionId};
use crate::wire::{Code, Connect, Connectable, LiveDetails, Problem, SessionUrls};

/// The real tabs of a live session, asked of its browser now.
///
/// # Errors
/// `session_ended`, `session_not_found`, and what the provider refuses.
pub(super) async fn live_details(caller: &Caller<'_>, id: SessionId) -> Answered {
    caller.expect_no_query()?;
    let session = caller.ask_fleet(Connect { session: id }).await.map_err(|problem| match problem.code {
        // 410 is for sockets; a call about an ended session is a conflict.
        Code::SessionGone => Problem::new(Code::SessionEnded, "the session has ended: it has no tabs"),
        _ => problem,
    })?;
    let targets = targets(caller.env(), &session.browser).await.map_err(|failure| Problem::from_failure(&failure))?;
    let urls = SessionUrls::new(caller.base_url(), id, &session.tokens);
    let pages = cdp::pages(&targets, &urls).ok_or_else(|| Problem::from_failure(&unreadable()))?;
    caller.json(&LiveDetails {
        pages,
        ws_url: urls.connect(),
        websocket_url: urls.connect(),
        session_viewer_url: urls.viewer(),
        session_viewer_fullscreen_url: urls.viewer_fullscreen(),
        session_watch_url: urls.watch(),
        browser_state: "live".to_owned(),
    })
}

/// One of DevTools' own HTTP endpoints, its addresses rewritten to lead through this service.
///
/// # Errors
/// `session_gone`, `session_not_found`, `target_not_found`, and what the provider refuses.
pub(super) async fn json(caller: &Caller<'_>, id: SessionId, call: JsonCall<'_>) -> Answered {
    let Connectable { browser, tokens, .. } = caller.ask_fleet(Connect { session: id }).await?;
    let provider = Provider::of(caller.env()).map_err(|failure| Problem::from_failure(&failure))?;
    let (status, body) = provider.json(&browser, call).await.map_err(|failure| Problem::from_failure(&failure))?;
    match (status, call) {
        // Chrome's own text: providers answer with texts of their own.
        (200, JsonCall::Activate(_)) => response::text("Target activated", caller.request_id()),
        (200, JsonCall::Close(_)) => response::text("Target is closing", caller.request_id()),
        (200, _) => {
            let mut answer: Value = serde_json::from_str(&body).map_err(|_| Problem::from_failure(&unreadable()))?;
            cdp::rewrite_addresses(&mut answer, caller.base_url(), id, &tokens.for_right(caller.right()));
            caller.json(&answer)
        }
        (404, JsonCall::Activate(_) | JsonCall::Close(_)) => {
            Err(Problem::new(Code::TargetNotFound, "this session's browser has no such tab"))
        }
        (status, _) => {
            let text = format!("the browser answered {status}");
            Err(Problem::from_failure(&Failure::new(FailureCode::ProviderError, text)))
        }
    }
}

/// Opens a tab at an address, and answers what Chrome's `json/new` does.
///
/// # Errors
/// `session_gone`, `session_not_found`, and what the provider refuses.
pub(super) async fn new_tab(caller: &Caller<'_>, id: SessionId) -> Answered {
    let url = cdp::new_tab_url(caller.query());
    let Connectable { browser, tokens, .. } = caller.ask_fleet(Connect { session: id }).await?;
    let opened = async {
        let target = Provider::of(caller.env())?.open_tab(&browser, &url).await?;
        cdp::target(targets(caller.env(), &browser).await?, &target).ok_or_else(unreadable)
    };
    let mut tab = opened.await.map_err(|failure| Problem::from_failure(&failure))?;
    cdp::rewrite_addresses(&mut tab, caller.base_url(), id, &tokens.for_right(caller.right()));
    caller.json(&tab)
}
