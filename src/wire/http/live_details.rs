//! A live session's tabs, as a client sees them.

use serde::{Deserialize, Serialize};

/// The answer to `live-details`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveDetails {
    /// The real tabs, asked of the browser now.
    pub pages: Vec<PageView>,
    /// The browser's CDP endpoint.
    pub ws_url: String,
    /// The same, under its other name.
    pub websocket_url: String,
    /// A page to look at the session and, unless it was created otherwise, to use its browser.
    pub session_viewer_url: String,
    /// The same without the frame around.
    pub session_viewer_fullscreen_url: String,
    /// The same page with a token that only looks.
    pub session_watch_url: String,
    /// Always `live`: an ended session is a problem.
    pub browser_state: String,
}

/// A tab of a live session, as `live-details` tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PageView {
    /// The target's id.
    pub id: String,
    /// Where it is.
    pub url: String,
    /// What it is called.
    pub title: String,
    /// The address of its icon, if it has one.
    pub favicon: Option<String>,
    /// A page to look at it.
    pub session_viewer_url: String,
    /// The same without the frame around.
    pub session_viewer_fullscreen_url: String,
}
