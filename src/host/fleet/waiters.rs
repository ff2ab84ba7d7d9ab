//! Callers that wait for a session to be live or to have failed.

use std::cell::RefCell;
use std::collections::HashMap;

use futures::channel::oneshot;

use crate::session::SessionId;

/// The waiters of a fleet, by session.
#[derive(Debug, Default)]
pub(super) struct Waiters(RefCell<HashMap<SessionId, Vec<oneshot::Sender<()>>>>);

impl Waiters {
    /// Waits until something has happened to a session.
    pub(super) async fn wait_for(&self, id: SessionId) {
        let (sender, receiver) = oneshot::channel();
        self.0.borrow_mut().entry(id).or_default().push(sender);
        let _woken = receiver.await;
    }

    /// Something has happened to a session: its waiters look again.
    pub(super) fn wake(&self, id: SessionId) {
        let waiting = self.0.borrow_mut().remove(&id).unwrap_or_default();
        for sender in waiting {
            // A waiter that has given up needs no waking.
            let _gone = sender.send(());
        }
    }
}
