//! The options of a create and of an update, for Rust programs.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::session::{Adapter, DebugConfig, Dimensions, Millis, SessionId};

/// The options of a create. For `None` or empty ones the service's defaults hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateOptions {
    /// How long the session may live, counted from when it is live: 1 s to the deployment's maximum; 5 minutes if
    /// `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Millis>,
    /// The session ends after this long without a client, or without a message from one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inactivity_timeout: Option<Millis>,
    /// Whether the session ends when its last client is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_disconnect: Option<OnDisconnect>,
    /// How long the last client may be gone. Needs [`OnDisconnect::Release`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disconnect_grace: Option<Millis>,
    /// The session's id, if the caller chooses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// The library that will drive the browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adapter: Option<Adapter>,
    /// A label of 1 to 256 characters; the client's own owner if `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Up to 50 pairs of texts.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// How long to wait for a slot if none is free: 60 s at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<Millis>,
    /// The window's size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<Dimensions>,
    /// What its viewers may do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub debug_config: Option<DebugConfig>,
    /// Whether and how the session is recorded. If `None`: with inputs masked, if the deployment has a bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording: Option<RecordingChoice>,
    /// TestMu's capabilities.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub lambdatest_options: Map<String, Value>,
}

/// Whether a session is recorded, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum RecordingChoice {
    /// `true`: recorded with inputs masked. `false`: not recorded.
    Recorded(bool),
    /// Recorded, with inputs masked or shown. Passwords are always masked.
    #[serde(rename_all = "camelCase")]
    Inputs {
        /// Whether inputs are masked.
        mask_inputs: bool,
    },
}

/// What happens to a session when its last client is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OnDisconnect {
    /// It stays live.
    Keep,
    /// It ends, after the grace.
    Release,
}

/// The options of an update. `None` leaves a value as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateOptions {
    /// How long the session may live, counted from when it became live.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Millis>,
    /// The new inactivity timeout. Only for a watched session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inactivity_timeout: Option<Millis>,
    /// Replaces all pairs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, String>>,
}
