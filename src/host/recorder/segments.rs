//! Segments on their way into the bucket.

use std::rc::Rc;

use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::future::select;

use super::run::{RETRY_FIRST, RETRY_MAX, Run};
use crate::host::platform::{Bucket as _, Platform};
use crate::host::timeout::timeout;
use crate::recording::{Segment, SegmentKey};
use crate::session::Millis;

/// How often it is looked whether a segment is to be stored.
const LOOK_EVERY: Millis = Millis::new(500);
/// A store that has not answered by then has not stored.
const STORE_LIMIT: Millis = Millis::from_secs(10);

impl<P: Platform> Run<P> {
    /// Stores segments as they fill, and the rest in the end.
    pub(super) async fn store_segments(self: &Rc<Self>) {
        let (sender, mut over) = oneshot::channel();
        *self.storing.borrow_mut() = Some(sender);
        loop {
            let is_over = self.ends_at.get().is_some();
            match self.next_segment(is_over) {
                Some(segment) => self.store(&segment).await,
                None if is_over => break,
                None => drop(select(self.platform.sleep(LOOK_EVERY).boxed_local(), &mut over).await),
            }
        }
    }

    fn next_segment(&self, is_over: bool) -> Option<Segment> {
        let mut recorder = self.recorder.borrow_mut();
        let log = recorder.log();
        if is_over || log.is_due(self.platform.now()) { log.take() } else { None }
    }

    /// Stores a segment, however often that must be tried; what comes meanwhile waits in the log, as far as it has
    /// room.
    async fn store(&self, segment: &Segment) {
        let key = SegmentKey { run: self.start.borrow().run, first: segment.first, count: segment.count };
        let key = self.place.key(&key);
        let mut wait = RETRY_FIRST;
        loop {
            match timeout(&*self.platform, STORE_LIMIT, self.bucket.put(&key, &segment.text)).await {
                Some(Ok(())) => {
                    self.stored.set(self.stored.get() + u64::from(segment.count));
                    break;
                }
                Some(Err(error)) => self.note("storing a segment", &error),
                None => self.note("storing a segment", &"the bucket does not answer"),
            }
            if self.ends_at.get().is_some_and(|at| at <= self.platform.now()) {
                self.is_lossy.set(true);
                break;
            }
            self.platform.sleep(wait).await;
            wait = wait.twice().min(RETRY_MAX);
        }
        self.recorder.borrow_mut().log().settled(segment);
    }
}
