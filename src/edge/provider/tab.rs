//! A new tab.
//!
//! Over CDP, and not by `json/new`: providers differ in how they hand its address on, and Chrome opens a blank tab
//! without a word where it can't read one.

use serde_json::json;

use super::browser_run::BrowserRun;
use super::conversation::converse;
use crate::session::{BrowserId, Failure};

/// Opens a tab and sends it on its way; answers its id.
pub(super) async fn open(provider: &BrowserRun, browser: &BrowserId, url: &str) -> Result<String, Failure> {
    converse(provider, browser, "new tab", async |conversation| {
        let answer = conversation.ask("Target.createTarget", json!({ "url": url })).await?;
        answer["targetId"].as_str().map(str::to_owned).ok_or_else(|| "it has no id".to_owned())
    })
    .await
}
