//! The options of a session. [`Options::parse`] reads it from JSON and checks the range of each part.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Millis, RecordingOptions, SessionId};

/// How long a session lives by default.
pub const TIMEOUT_DEFAULT: Millis = Millis::new(300_000);
/// The shortest timeout. No value means "at once" or "without a limit".
pub const TIMEOUT_MIN: Millis = Millis::new(1_000);
/// How long the last client may be gone by default.
pub const DISCONNECT_GRACE_DEFAULT: Millis = Millis::from_secs(10);
/// The longest wait for a slot: published clients give up on a request after a minute.
pub const WAIT_MAX: Millis = Millis::from_secs(60);
/// Pairs of `metadata` at most.
pub const METADATA_PAIRS_MAX: usize = 50;

/// An error in a request's body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invalid {
    /// Where: a JSON pointer (RFC 6901).
    pub pointer: String,
    /// The error, for people.
    pub detail: String,
}

impl Invalid {
    /// An error at `pointer`.
    #[must_use]
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }

    pub(super) fn at(name: &str, detail: impl Into<String>) -> Self {
        Self::new(format!("/{}", escape(name)), detail)
    }
}

/// The library that will drive the browser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Adapter {
    /// puppeteer or puppeteer-core.
    #[default]
    Puppeteer,
    /// playwright or playwright-core, by `connectOverCDP`.
    Playwright,
}

/// The browser window's size in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dimensions {
    /// 100 to 8192.
    pub width: u32,
    /// 100 to 8192.
    pub height: u32,
}

/// What a session's viewers may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DebugConfig {
    /// Whether they may send input.
    pub interactive: bool,
}

impl Default for DebugConfig {
    fn default() -> Self {
        Self { interactive: true }
    }
}

/// What the deployment allows.
#[derive(Clone, Copy, Debug)]
pub struct OptionsLimits {
    /// The longest `timeout`.
    pub timeout_max: Millis,
    /// Whether it has a bucket for recordings.
    pub recordings: bool,
}

/// The options of a create, each in its range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Options {
    /// How long the session may live, counted from when it is live.
    pub timeout: Millis,
    /// The session's id, if the caller chose it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// The library that will drive the browser.
    #[serde(default)]
    pub adapter: Adapter,
    /// A free label: an agent, a run, a process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The caller's own pairs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// The window's size; the provider's own if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<Dimensions>,
    /// The session ends after this long without a client, or without a message from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inactivity_timeout: Option<Millis>,
    /// The session ends this long after its last client is gone: `onDisconnect: "release"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disconnect_grace: Option<Millis>,
    /// How it is recorded; `None` if it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<RecordingOptions>,
    /// How long to wait for a slot if none is free. `None`: the create is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<Millis>,
    /// What its viewers may do.
    #[serde(default)]
    pub debug_config: DebugConfig,
    /// TestMu's capabilities, without their secrets. They are stored, and have no effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lambdatest_options: Option<Value>,
}

impl Options {
    /// Whether the session's connections are watched.
    #[must_use]
    pub const fn is_watched(&self) -> bool {
        self.inactivity_timeout.is_some() || self.disconnect_grace.is_some()
    }
}

/// A name as one step of a JSON pointer.
pub(super) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
