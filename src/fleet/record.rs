//! A session as it is stored, and a task for it.

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::store::{Row, StoreError};
use crate::session::{Action, Actions, Session, SessionId};
use crate::wire::{SessionTokens, from_json};

/// A session and the data stored with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The session.
    pub session: Session,
    /// The tokens in its URLs.
    pub tokens: SessionTokens,
    /// The part of `config` that a list shows.
    #[serde(default, rename = "brief", alias = "summary", skip_serializing_if = "Option::is_none")]
    pub summary: Option<Json>,
}

/// Something that the host must do for one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The session that gets the outcome.
    pub session: SessionId,
    /// What the host must do.
    pub action: Action,
}

impl Task {
    pub(super) fn list(session: SessionId, actions: Actions) -> Vec<Self> {
        actions.into_iter().map(|action| Self { session, action }).collect()
    }
}

impl Record {
    /// The part of `config` that a list shows: a TestMu build's labels.
    pub(super) fn summary_of(config: &Json) -> Option<Json> {
        let options = config.get("lambdatestOptions")?;
        let shown: serde_json::Map<String, Json> = ["build", "name"]
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), options.get(name)?.clone())))
            .collect();
        (!shown.is_empty()).then(|| json!({ "lambdatestOptions": shown }))
    }

    pub(super) fn read(row: &Row, column: usize) -> Result<Self, StoreError> {
        from_json(row.text(column)?).map_err(|error| StoreError(format!("a stored session: {error}")))
    }

    pub(super) fn write(&self) -> Result<String, StoreError> {
        serde_json::to_string(self).map_err(|error| StoreError(format!("a session to store: {error}")))
    }
}
