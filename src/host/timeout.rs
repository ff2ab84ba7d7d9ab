//! A wait that has an end.

use std::pin::pin;

use futures::future::{Either, select};

use super::platform::Platform;
use crate::session::Millis;

/// Runs `work` for as long as the limit allows; `None` if that was not long enough. Dropping the work aborts nothing
/// elsewhere: an answer may still come, and the caller must reckon with it.
pub async fn timeout<T>(platform: &impl Platform, limit: Millis, work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), pin!(platform.sleep(limit))).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(((), _)) => None,
    }
}
