//! A browser's window: its size is set over CDP before a client can connect.

use serde_json::json;

use super::browser_run::BrowserRun;
use super::conversation::{Conversation, ConversationError, converse};
use crate::cdp;
use crate::session::{BrowserId, Dimensions, Failure};

/// Sets the window's size if one is requested, and returns the size that the window has.
pub(super) async fn prepare(
    provider: &BrowserRun,
    browser: &BrowserId,
    requested: Option<Dimensions>,
) -> Result<Dimensions, Failure> {
    converse(provider, browser, "window", async |conversation| talk(conversation, requested).await).await
}

async fn talk(
    conversation: &mut Conversation<'_>,
    requested: Option<Dimensions>,
) -> Result<Dimensions, ConversationError> {
    let targets = conversation.call("Target.getTargets", json!({})).await?;
    let target = cdp::pages_in(&targets).next().ok_or(ConversationError::Lacks("a tab"))?;
    let window = conversation.call("Browser.getWindowForTarget", json!({ "targetId": target })).await?;
    let (window, dimensions) = cdp::window_of(&window).ok_or(ConversationError::Lacks("a size"))?;
    let Some(requested) = requested.filter(|requested| *requested != dimensions) else { return Ok(dimensions) };

    let bounds = json!({ "windowId": window, "bounds": { "width": requested.width, "height": requested.height } });
    conversation.call("Browser.setWindowBounds", bounds).await?;
    let bounds = conversation.call("Browser.getWindowBounds", json!({ "windowId": window })).await?;
    let is = cdp::bounds_of(&bounds).ok_or(ConversationError::Lacks("a size"))?;
    if is == requested { Ok(is) } else { Err(ConversationError::OtherSize(requested)) }
}
