//! A browser's window: the size that was asked for, set over CDP before anybody else connects.

use serde_json::json;

use super::browser_run::BrowserRun;
use super::conversation::{Conversation, converse};
use crate::cdp;
use crate::session::{BrowserId, Dimensions, Failure};

/// Gives the window its size, if there is a wish, and answers what the size is.
pub(super) async fn prepare(
    provider: &BrowserRun,
    browser: &BrowserId,
    wish: Option<Dimensions>,
) -> Result<Dimensions, Failure> {
    converse(provider, browser, "window", async |conversation| talk(conversation, wish).await).await
}

async fn talk(conversation: &mut Conversation<'_>, wish: Option<Dimensions>) -> Result<Dimensions, String> {
    let targets = conversation.ask("Target.getTargets", json!({})).await?;
    let target = cdp::pages_in(&targets).next().ok_or("it has no tab")?;
    let window = conversation.ask("Browser.getWindowForTarget", json!({ "targetId": target })).await?;
    let (window, dimensions) = cdp::window_of(&window).ok_or("it has no size")?;
    let Some(wish) = wish.filter(|wish| *wish != dimensions) else { return Ok(dimensions) };

    let bounds = json!({ "windowId": window, "bounds": { "width": wish.width, "height": wish.height } });
    conversation.ask("Browser.setWindowBounds", bounds).await?;
    let bounds = conversation.ask("Browser.getWindowBounds", json!({ "windowId": window })).await?;
    let is = cdp::bounds_of(&bounds).ok_or("it has no size")?;
    if is == wish { Ok(is) } else { Err(format!("it would not be {} by {}", wish.width, wish.height)) }
}
