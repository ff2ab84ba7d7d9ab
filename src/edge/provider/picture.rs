//! A picture of what a browser shows: the first frame of a screencast. A screencast neither resizes the page nor stops
//! its agent.

use serde_json::json;

use super::browser_run::BrowserRun;
use super::conversation::{Conversation, ConversationError, converse};
use crate::cdp::{self, Frame};
use crate::session::{BrowserId, Failure};

/// Tabs that are tried for one that is visible.
const TABS_MAX: usize = 20;
/// Enough to recognize a page.
const QUALITY: u32 = 70;
/// The height follows from the width, up to this.
const HEIGHT_MAX: u32 = 8192;

/// A JPEG of the tab in front; `None` if no tab is visible.
pub(super) async fn take(provider: &BrowserRun, browser: &BrowserId, width: u32) -> Result<Option<Vec<u8>>, Failure> {
    converse(provider, browser, "picture", async |conversation| {
        let targets = conversation.call("Target.getTargets", json!({})).await?;
        for target in cdp::pages_in(&targets).take(TABS_MAX) {
            // A tab that has just closed is skipped, as is a hidden one.
            if let Ok(Some(jpeg)) = of_tab(conversation, target, width).await {
                return Ok(Some(jpeg));
            }
        }
        Ok(None)
    })
    .await
}

async fn of_tab(
    conversation: &mut Conversation<'_>,
    target: &str,
    width: u32,
) -> Result<Option<Vec<u8>>, ConversationError> {
    let attached = conversation.call("Target.attachToTarget", json!({ "targetId": target, "flatten": true })).await?;
    let session = attached["sessionId"].as_str().ok_or(ConversationError::Lacks("a session"))?;
    let options = json!({ "format": "jpeg", "quality": QUALITY, "maxWidth": width, "maxHeight": HEIGHT_MAX });
    let id = conversation.send("Page.startScreencast", &options, Some(session))?;
    let frame = loop {
        let message = conversation.next_message().await?;
        if let Some(frame) = cdp::frame_in(&message, session) {
            break frame;
        }
        if let Some(answer) = cdp::answer_to(id, &message) {
            answer?;
        }
    };
    // The end of the socket ends the screencast too, but other tabs may follow first.
    conversation.send("Target.detachFromTarget", &json!({ "sessionId": session }), None)?;
    Ok(match frame {
        Frame::Jpeg(jpeg) => Some(jpeg),
        Frame::Hidden => None,
    })
}
