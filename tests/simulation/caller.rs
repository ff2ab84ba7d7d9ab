//! A caller that waits for its answer or disconnects.

use std::cell::RefCell;
use std::future::pending;

use futures::channel::oneshot;
use tidewatch::host::CallerSignal;

/// A caller, as the object sees it. The default never disconnects.
#[derive(Default)]
pub struct SimCaller(RefCell<Option<oneshot::Receiver<()>>>);

impl SimCaller {
    /// A caller that disconnects when the other end sends.
    pub fn new(hung_up: oneshot::Receiver<()>) -> Self {
        Self(RefCell::new(Some(hung_up)))
    }
}

impl CallerSignal for SimCaller {
    async fn hung_up(&self) {
        let hung_up = self.0.borrow_mut().take();
        if let Some(hung_up) = hung_up
            && hung_up.await.is_ok()
        {
            return;
        }
        pending::<()>().await;
    }
}
