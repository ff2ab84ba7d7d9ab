//! A picture of what a browser shows: the first frame of a screencast, which neither resizes the page nor stops its
//! agent.

use serde_json::{Value, json};

use super::browser_run::BrowserRun;
use super::conversation::{Conversation, converse};
use crate::cdp::{self, Frame};
use crate::session::{BrowserId, Failure};

/// Tabs that are asked whether they show themselves.
const TABS_MAX: usize = 20;
/// Enough to know a page again by.
const QUALITY: u32 = 70;
/// The height follows from the width, up to this.
const HEIGHT_MAX: u32 = 8192;

/// A JPEG of the tab in front; `None` if no tab shows itself.
pub(super) async fn take(provider: &BrowserRun, browser: &BrowserId, width: u32) -> Result<Option<Vec<u8>>, Failure> {
    converse(provider, browser, "picture", async |conversation| {
        let targets = conversation.ask("Target.getTargets", json!({})).await?;
        for target in cdp::pages_in(&targets).take(TABS_MAX) {
            // One that has just been closed is passed over, as is one that is hidden.
            if let Ok(Some(jpeg)) = of_tab(conversation, target, width).await {
                return Ok(Some(jpeg));
            }
        }
        Ok(None)
    })
    .await
}

async fn of_tab(conversation: &mut Conversation<'_>, target: &str, width: u32) -> Result<Option<Vec<u8>>, String> {
    let attached = conversation.ask("Target.attachToTarget", json!({ "targetId": target, "flatten": true })).await?;
    let session = attached["sessionId"].as_str().ok_or("no session")?;
    let wish = json!({ "format": "jpeg", "quality": QUALITY, "maxWidth": width, "maxHeight": HEIGHT_MAX });
    let id = conversation.send("Page.startScreencast", &wish, Some(session))?;
    let frame = loop {
        let message = conversation.hear().await?;
        if let Some(frame) = cdp::frame_in(&message, session) {
            break frame;
        }
        let answer = cdp::answer_to(id, &message).unwrap_or(Ok(Value::Null));
        drop(answer.map_err(|refused| refused.to_string())?);
    };
    // The socket's end ends a screencast, too; until then no tab is to be filmed for nothing.
    conversation.send("Target.detachFromTarget", &json!({ "sessionId": session }), None)?;
    Ok(match frame {
        Frame::Jpeg(jpeg) => Some(jpeg),
        Frame::Hidden => None,
    })
}
