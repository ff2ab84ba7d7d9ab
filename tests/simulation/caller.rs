//! A caller that waits for its answer, or hangs up.

use std::cell::RefCell;
use std::future::pending;

use futures::channel::oneshot;
use tidewatch::host::Caller;

/// A caller, as the object sees it. By default one that never hangs up, as far as can be seen.
#[derive(Default)]
pub struct SimCaller(RefCell<Option<oneshot::Receiver<()>>>);

impl SimCaller {
    /// One that has hung up once this is sent.
    pub fn new(hung_up: oneshot::Receiver<()>) -> Self {
        Self(RefCell::new(Some(hung_up)))
    }
}

impl Caller for SimCaller {
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
