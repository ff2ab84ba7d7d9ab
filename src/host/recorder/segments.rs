//! Segments on their way into the bucket.

use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::future::{Either, select};

use super::run::{RETRY_FIRST, RETRY_MAX, Run};
use crate::host::platform::{Bucket as _, Platform};
use crate::host::timeout::timeout;
use crate::recording::{RecorderInput, Segment, SegmentKey};
use crate::session::Millis;

/// A store that has not answered by then has not stored.
const STORE_LIMIT: Millis = Millis::from_secs(10);

impl<P: Platform> Run<P> {
    /// Stores one segment after the other, and the rest in the end.
    pub(super) async fn store_segments(&self) {
        loop {
            let segment = self.to_store.take();
            if let Some(segment) = segment {
                let outcome = self.store(&segment).await;
                self.handle(outcome);
            } else if self.recorder.borrow().has_finished() {
                break;
            } else {
                self.wait_for_work().await;
            }
        }
    }

    /// Waits for the recorder's next deadline, or until something has changed.
    async fn wait_for_work(&self) {
        let (sender, woken) = oneshot::channel();
        *self.storing.borrow_mut() = Some(sender);
        let deadline = self.recorder.borrow().next_deadline();
        let Some(at) = deadline else {
            let _woken = woken.await;
            return;
        };
        let wait = self.platform.sleep(at.since(self.platform.now()));
        if let Either::Left(_) = select(wait.boxed_local(), woken).await {
            self.handle(RecorderInput::DeadlineReached);
        }
    }

    /// Stores a segment, however often that must be tried. What comes meanwhile waits in the log, as far as it has
    /// room.
    async fn store(&self, segment: &Segment) -> RecorderInput<'static> {
        let key = SegmentKey { run: self.start.borrow().run, first: segment.first, count: segment.count };
        let key = self.prefix.key(&key);
        let mut wait = RETRY_FIRST;
        loop {
            match timeout(&*self.platform, STORE_LIMIT, self.bucket.put(&key, &segment.text)).await {
                Some(Ok(())) => return RecorderInput::SegmentStored,
                Some(Err(error)) => self.note("storing a segment", &error),
                None => self.note("storing a segment", &"the bucket does not answer"),
            }
            if self.ends_at.get().is_some_and(|at| at <= self.platform.now()) {
                return RecorderInput::SegmentLost;
            }
            self.platform.sleep(wait).await;
            wait = wait.twice().min(RETRY_MAX);
        }
    }
}
