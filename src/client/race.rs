//! Runs two futures until the first is ready.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

/// The output of the future that was ready first.
pub enum First<A, B> {
    /// That of `one`.
    One(A),
    /// That of `other`.
    Other(B),
}

/// Runs both futures until one is ready, and drops the other. If both are ready, `one` wins.
pub async fn race<A, B>(one: impl Future<Output = A>, other: impl Future<Output = B>) -> First<A, B> {
    let (mut one, mut other) = (pin!(one), pin!(other));
    poll_fn(|context| {
        if let Poll::Ready(done) = one.as_mut().poll(context) {
            return Poll::Ready(First::One(done));
        }
        other.as_mut().poll(context).map(First::Other)
    })
    .await
}
