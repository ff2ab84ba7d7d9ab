//! A session's recorder at work: a CDP socket to the browser, segments into the bucket, reports to the fleet.
//!
//! No session waits for it: whatever fails here is a gap in the recording and nothing else.

mod reports;
mod run;
mod segments;

use std::cell::RefCell;
use std::cmp::Ordering;
use std::rc::Rc;

use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::future::select;

use super::platform::Platform;
use crate::wire::{Problem, RecorderService, StartRecorder};

use run::Run;

/// The recorder of one session, in its object.
pub struct RecorderHost<P: Platform> {
    platform: Rc<P>,
    current: RefCell<Option<Current<P>>>,
}

/// A run at work.
struct Current<P: Platform> {
    run: Rc<Run<P>>,
    /// Stops the run where it is when it is dropped.
    _stop: oneshot::Sender<()>,
}

impl<P: Platform> RecorderHost<P> {
    /// A recorder that does not record yet.
    pub fn new(platform: Rc<P>) -> Rc<Self> {
        Rc::new(Self { platform, current: RefCell::new(None) })
    }

    /// Whether it records, or still stores what it has recorded.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.current.borrow().is_some()
    }

    /// Starts it. One that runs already goes on under the new start: its reports had been lost.
    ///
    /// A caller may use its session's id again. Then `since` differs, and with it the browser and the folder. The
    /// earlier session's run is stopped: nobody can read its recording any more, and its reports would count for the
    /// new session.
    fn start_run(self: &Rc<Self>, start: StartRecorder) {
        if let Some(Current { run, .. }) = self.current.borrow().as_ref() {
            match start.since.cmp(&run.since()) {
                // The start of an earlier session has come late.
                Ordering::Less => return,
                Ordering::Equal => return run.restart(start),
                Ordering::Greater => {}
            }
        }
        // Without a bucket there is nothing to do, and nothing that a retry could mend.
        let Some(run) = Run::new(Rc::clone(&self.platform), start) else { return };
        let (stop, stopped) = oneshot::channel();
        *self.current.borrow_mut() = Some(Current { run: Rc::clone(&run), _stop: stop });
        let host = Rc::clone(self);
        self.platform.spawn(async move {
            select(run.record().boxed_local(), stopped).await;
            host.current.borrow_mut().take_if(|current| Rc::ptr_eq(&current.run, &run));
        });
    }
}

impl<P: Platform> RecorderService for Rc<RecorderHost<P>> {
    async fn start(&self, call: StartRecorder) -> Result<(), Problem> {
        self.start_run(call);
        Ok(())
    }
}
