//! A wait that has an end.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use worker::Delay;

use crate::session::Millis;

/// Runs `work` for as long as the limit allows; `None` if that was not long enough. What is dropped then aborts
/// nothing elsewhere: an answer may still come, and whoever asks must reckon with it.
pub(super) async fn within<T>(limit: Millis, work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), pin!(Delay::from(Duration::from_millis(limit.get())))).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(((), _)) => None,
    }
}
