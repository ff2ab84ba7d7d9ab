//! A bound on how much happens at once.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use futures::channel::oneshot;

/// Permits that are taken and given back. Waiters are served in order of arrival.
#[derive(Debug)]
pub struct Semaphore {
    free: Cell<usize>,
    waiting: RefCell<VecDeque<oneshot::Sender<()>>>,
}

impl Semaphore {
    /// A semaphore with so many permits.
    #[must_use]
    pub fn new(permits: usize) -> Self {
        Self { free: Cell::new(permits), waiting: RefCell::new(VecDeque::new()) }
    }

    /// Waits for a permit, and holds it until it is dropped.
    pub async fn acquire(&self) -> Permit<'_> {
        if self.free.get() > 0 {
            self.free.set(self.free.get() - 1);
            return Permit(self);
        }
        let (sender, receiver) = oneshot::channel();
        self.waiting.borrow_mut().push_back(sender);
        // A permit that is given back goes straight to the next waiter; its sender lives in the queue until then.
        let handed_over = Handover { semaphore: self, receiver };
        handed_over.wait().await;
        Permit(self)
    }

    fn release(&self) {
        let mut waiting = self.waiting.borrow_mut();
        while let Some(next) = waiting.pop_front() {
            // A waiter that has given up is skipped.
            if next.send(()).is_ok() {
                return;
            }
        }
        self.free.set(self.free.get() + 1);
    }
}

/// A wait for a permit. Dropped after the permit was handed over and before it was taken, it gives the permit back.
struct Handover<'a> {
    semaphore: &'a Semaphore,
    receiver: oneshot::Receiver<()>,
}

impl Handover<'_> {
    async fn wait(mut self) {
        let _always_ok = (&mut self.receiver).await;
    }
}

impl Drop for Handover<'_> {
    fn drop(&mut self) {
        if let Ok(Some(())) = self.receiver.try_recv() {
            self.semaphore.release();
        }
    }
}

/// A permit that is held.
#[derive(Debug)]
pub struct Permit<'a>(&'a Semaphore);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.release();
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll};

    use futures::task::noop_waker;

    use super::*;

    fn poll<T>(work: std::pin::Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        work.poll(&mut Context::from_waker(&noop_waker()))
    }

    #[test]
    fn waiters_are_served_in_their_order() {
        let semaphore = Semaphore::new(1);
        let first = match poll(pin!(semaphore.acquire())) {
            Poll::Ready(permit) => permit,
            Poll::Pending => panic!("a permit is free"),
        };
        let (mut second, mut third) = (pin!(semaphore.acquire()), pin!(semaphore.acquire()));
        assert!(poll(second.as_mut()).is_pending() && poll(third.as_mut()).is_pending());
        drop(first);
        assert!(poll(third.as_mut()).is_pending());
        assert!(poll(second.as_mut()).is_ready());
        assert!(poll(third.as_mut()).is_ready());
    }

    #[test]
    fn a_waiter_that_gives_up_loses_no_permit() {
        let semaphore = Semaphore::new(1);
        let Poll::Ready(held) = poll(pin!(semaphore.acquire())) else { panic!("a permit is free") };
        let mut waiter = Box::pin(semaphore.acquire());
        assert!(poll(waiter.as_mut()).is_pending());
        // The permit is handed over, and the waiter is dropped before it takes it.
        drop(held);
        drop(waiter);
        assert!(poll(pin!(semaphore.acquire())).is_ready());
    }
}
