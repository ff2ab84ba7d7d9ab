//! A bound on how much happens at once.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use futures::channel::oneshot;

/// Places that are taken and given back; who finds none waits in order of arrival.
pub(super) struct Slots {
    free: Cell<usize>,
    waiting: RefCell<VecDeque<oneshot::Sender<()>>>,
}

impl Slots {
    pub(super) fn new(places: usize) -> Self {
        Self { free: Cell::new(places), waiting: RefCell::new(VecDeque::new()) }
    }

    /// Waits for a place, and holds it for as long as the answer lives.
    pub(super) async fn take(&self) -> Slot<'_> {
        if self.free.get() > 0 {
            self.free.set(self.free.get() - 1);
            return Slot(self);
        }
        let (sender, receiver) = oneshot::channel();
        self.waiting.borrow_mut().push_back(sender);
        // Whoever gives a place back hands it straight on; the sender lives in the queue until then.
        let _handed_on = receiver.await;
        Slot(self)
    }

    fn give_back(&self) {
        let mut waiting = self.waiting.borrow_mut();
        while let Some(next) = waiting.pop_front() {
            // One that has stopped waiting is passed over.
            if next.send(()).is_ok() {
                return;
            }
        }
        self.free.set(self.free.get() + 1);
    }
}

/// A place that is taken.
pub(super) struct Slot<'a>(&'a Slots);

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.0.give_back();
    }
}
