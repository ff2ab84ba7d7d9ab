//! A session's recorder at work: a CDP socket to the browser, segments into the bucket, reports to the fleet.
//!
//! No session waits for it: whatever fails here is a gap in the recording and nothing else.

mod reports;
mod run;
mod segments;

use std::cell::RefCell;
use std::rc::Rc;

use super::platform::Platform;
use crate::wire::{Problem, RecorderService, StartRecorder};

use run::Run;

/// The recorder of one session, in its object.
pub struct RecorderHost<P: Platform> {
    platform: Rc<P>,
    run: RefCell<Option<Rc<Run<P>>>>,
}

impl<P: Platform> RecorderHost<P> {
    /// A recorder that does not record yet.
    pub fn new(platform: Rc<P>) -> Rc<Self> {
        Rc::new(Self { platform, run: RefCell::new(None) })
    }

    /// Whether it records, or still stores what it has recorded.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.run.borrow().is_some()
    }

    /// Starts it. One that runs already goes on under the new start: its reports had been lost.
    fn start_run(self: &Rc<Self>, start: StartRecorder) {
        if let Some(run) = self.run.borrow().as_ref() {
            return run.restart(start);
        }
        // Without a bucket there is nothing to do, and nothing that a retry could mend.
        let Some(run) = Run::new(Rc::clone(&self.platform), start) else { return };
        *self.run.borrow_mut() = Some(Rc::clone(&run));
        let host = Rc::clone(self);
        self.platform.spawn(async move {
            run.record().await;
            *host.run.borrow_mut() = None;
        });
    }
}

impl<P: Platform> RecorderService for Rc<RecorderHost<P>> {
    async fn start(&self, call: StartRecorder) -> Result<(), Problem> {
        self.start_run(call);
        Ok(())
    }
}
