//! A caller who hangs up before there is an answer.

use std::future::Future;
use std::pin::pin;

use futures::channel::oneshot;
use futures::future::{Either, select};
use worker::wasm_bindgen::JsCast as _;
use worker::wasm_bindgen::prelude::Closure;
use worker::web_sys;

/// Whoever waits for the answer to a request, as far as the platform lets us see.
pub(super) struct HangUp(web_sys::AbortSignal);

impl HangUp {
    /// The caller of this request.
    pub(super) fn of(request: &web_sys::Request) -> Self {
        Self(request.signal())
    }

    /// The signal itself, to hand on with what is asked for the caller's sake.
    pub(super) const fn signal(&self) -> &web_sys::AbortSignal {
        &self.0
    }

    /// What `work` comes to; `None` if the caller hangs up before.
    pub(super) async fn or<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        if self.0.aborted() {
            return None;
        }
        let (sender, receiver) = oneshot::channel();
        let mut sender = Some(sender);
        let listener = Closure::<dyn FnMut()>::new(move || {
            if let Some(sender) = sender.take() {
                let _gone = sender.send(());
            }
        });
        let function = listener.as_ref().unchecked_ref();
        // Without a listener a hang-up is not seen, and the session is claimed or ends like any other.
        let _unheard = self.0.add_event_listener_with_callback("abort", function);
        let outcome = match select(pin!(work), pin!(receiver)).await {
            Either::Left((done, _)) => Some(done),
            Either::Right(_) => None,
        };
        let _unheard = self.0.remove_event_listener_with_callback("abort", function);
        outcome
    }
}
