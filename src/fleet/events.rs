//! What happened, for whoever listens.

use serde_json::json;

use super::Fleet;
use super::store::{Store, StoreError};
use crate::session::{Event, SessionId, Timestamp};

impl<S: Store> Fleet<S> {
    /// Records an event, as part of the turn that it belongs to.
    pub(super) fn publish(&self, id: SessionId, event: Event, now: Timestamp) -> Result<(), StoreError> {
        let (kind, data) = match event {
            Event::Expiring { expires_at } => ("session.expiring", json!({ "expiresAt": expires_at.to_iso() })),
        };
        let sql = "INSERT INTO events (at, kind, id, data) VALUES (?, ?, ?, ?)";
        let parameters = [now.as_millis().into(), kind.into(), id.to_string().into(), data.to_string().into()];
        self.write_beside(sql, &parameters)
    }
}
