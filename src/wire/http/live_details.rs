//! The tabs of a live session.

use serde::{Deserialize, Serialize};

/// The answer to `live-details`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveDetails {
    /// The tabs, as the browser lists them now.
    pub pages: Vec<PageView>,
    /// The browser's CDP endpoint.
    pub ws_url: String,
    /// The same URL under its other name.
    pub websocket_url: String,
    /// The session's live view: shows its browser and, unless the create forbade it, lets a person use it.
    pub session_viewer_url: String,
    /// The live view without the frame around it.
    pub session_viewer_fullscreen_url: String,
    /// The live view with a token that only shows the browser.
    pub session_watch_url: String,
    /// Always `live`: for an ended session the answer is a problem.
    pub browser_state: String,
}

/// A tab of a live session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PageView {
    /// The target's id.
    pub id: String,
    /// Its address.
    pub url: String,
    /// Its title.
    pub title: String,
    /// The address of its icon, if it has one.
    pub favicon: Option<String>,
    /// The live view of this tab.
    pub session_viewer_url: String,
    /// The live view of this tab without the frame around it.
    pub session_viewer_fullscreen_url: String,
}
