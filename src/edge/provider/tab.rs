//! A new tab.
//!
//! Over CDP, and not by `json/new`: providers pass its address on in different ways, and Chrome silently opens a blank
//! tab for an address that it can't read.

use serde_json::json;

use super::browser_run::BrowserRun;
use super::conversation::{ConversationError, converse};
use crate::session::{BrowserId, Failure};

/// Opens a tab at an address and returns its id. Does not wait for the page.
pub(super) async fn open(provider: &BrowserRun, browser: &BrowserId, url: &str) -> Result<String, Failure> {
    converse(provider, browser, "new tab", async |conversation| {
        let answer = conversation.call("Target.createTarget", json!({ "url": url })).await?;
        answer["targetId"].as_str().map(str::to_owned).ok_or(ConversationError::Lacks("an id"))
    })
    .await
}
