//! What a session may be asked to be, and what can be changed of it, as a Rust program writes it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::session::{Adapter, DebugConfig, Dimensions, Millis, SessionId};

/// What a session may be asked to be. What is `None` or empty is left to the service.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateOptions {
    /// How long it lives from the moment when it is live: 1 s to the deployment's maximum; 5 minutes if `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Millis>,
    /// End it after this long with no client connected or none sending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inactivity_timeout: Option<Millis>,
    /// Whether it ends when its last client is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_disconnect: Option<OnDisconnect>,
    /// How long its last client may be gone; needs [`OnDisconnect::Release`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disconnect_grace: Option<Millis>,
    /// The caller's own id for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// The library that will drive it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adapter: Option<Adapter>,
    /// A label of 1 to 256 characters; the client's if `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Up to 50 pairs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// At a limit, wait this long for a slot: 60 s at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<Millis>,
    /// The window's size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<Dimensions>,
    /// What its viewer may do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub debug_config: Option<DebugConfig>,
    /// TestMu's capabilities.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub lambdatest_options: Map<String, Value>,
}

/// What becomes of a session when its last client is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OnDisconnect {
    /// It stays.
    Keep,
    /// It ends, after the grace.
    Release,
}

/// What can be changed of a live session. What is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateOptions {
    /// How long it lives in all, from the moment when it became live.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Millis>,
    /// Its new inactivity limit. Only for a session that is watched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inactivity_timeout: Option<Millis>,
    /// Replaces all its pairs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, String>>,
}
