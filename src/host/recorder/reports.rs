//! A recorder's reports to the fleet: they renew its lease, and learn from it that the session is over.

use super::run::{RETRY_FIRST, Run};
use crate::host::platform::Platform;
use crate::session::{LEASE_RENEWAL, RecorderReport};
use crate::wire::{CallContext, CallError, Code, FleetMethod, RecorderSeen, SocketLost};

/// How often the last report is tried.
const LAST_TRIES: usize = 3;

impl<P: Platform> Run<P> {
    /// Renews the lease, until it is dropped.
    pub(super) async fn report_for_ever(&self) {
        loop {
            match self.report(false).await {
                Ok(()) => {}
                Err(error) if is_over(&error) => self.end(),
                Err(error) => self.note("reporting", &error),
            }
            self.platform.sleep(LEASE_RENEWAL).await;
        }
    }

    /// Reports that all is stored that will be.
    pub(super) async fn report_last(&self) {
        for _ in 0..LAST_TRIES {
            match self.report(true).await {
                Err(error) if !is_over(&error) => self.platform.sleep(RETRY_FIRST).await,
                _ => return,
            }
        }
    }

    /// The socket has closed: the fleet looks whether the browser is gone.
    pub(super) async fn is_browser_gone(&self) -> bool {
        match self.ask(SocketLost { session: self.id() }).await {
            Ok(ended) => ended.reason.is_some(),
            Err(error) => is_over(&error),
        }
    }

    async fn report(&self, is_over: bool) -> Result<(), CallError> {
        let (stored, has_gaps) = {
            let recorder = self.recorder.borrow();
            (recorder.stored(), recorder.has_gaps())
        };
        let events = stored - self.counted.get();
        let report = RecorderReport { run: self.start.borrow().run, events, has_gaps, is_over };
        self.ask(RecorderSeen { session: self.id(), report }).await
    }

    async fn ask<M: FleetMethod>(&self, call: M) -> Result<M::Answer, CallError> {
        let project = self.start.borrow().project.clone();
        let context = CallContext { project, base_url: String::new(), request_id: format!("recorder-{}", self.id()) };
        self.platform.fleet(context, call).await
    }
}

fn is_over(error: &CallError) -> bool {
    matches!(error, CallError::Refused(problem) if matches!(problem.code, Code::SessionGone | Code::SessionNotFound))
}
