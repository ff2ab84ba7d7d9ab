//! A caller who hangs up before there is an answer.

use std::future::pending;

use futures::channel::oneshot;
use worker::wasm_bindgen::JsCast as _;
use worker::wasm_bindgen::prelude::Closure;
use worker::web_sys;

use crate::host::CallerSignal;

/// The caller that waits for the answer to a request, as far as the platform lets us see it.
pub(in crate::edge) struct HangUp(web_sys::AbortSignal);

impl HangUp {
    /// The caller of this request.
    pub(in crate::edge) fn of(request: &web_sys::Request) -> Self {
        Self(request.signal())
    }

    /// The signal itself, for a call that is made for the caller.
    pub(in crate::edge) const fn signal(&self) -> &web_sys::AbortSignal {
        &self.0
    }
}

/// The caller of a request to an object. Its signal is made only where it matters whether the caller is still there,
/// as each signal is an object of its own.
pub(in crate::edge) struct RequestCaller(pub(in crate::edge) web_sys::Request);

impl CallerSignal for RequestCaller {
    async fn hung_up(&self) {
        HangUp::of(&self.0).hung_up().await;
    }
}

impl CallerSignal for HangUp {
    async fn hung_up(&self) {
        if self.0.aborted() {
            return;
        }
        let (sender, receiver) = oneshot::channel();
        let listener = AbortListener::new(&self.0, sender);
        if receiver.await.is_err() {
            // Without a listener a hang-up is not seen, and the session is claimed or ends like any other.
            pending::<()>().await;
        }
        drop(listener);
    }
}

/// A listener of a signal, for as long as it is kept.
struct AbortListener {
    signal: web_sys::AbortSignal,
    closure: Closure<dyn FnMut()>,
}

impl AbortListener {
    fn new(signal: &web_sys::AbortSignal, sender: oneshot::Sender<()>) -> Self {
        let mut sender = Some(sender);
        let closure = Closure::<dyn FnMut()>::new(move || {
            if let Some(sender) = sender.take() {
                let _gone = sender.send(());
            }
        });
        let _unheard = signal.add_event_listener_with_callback("abort", closure.as_ref().unchecked_ref());
        Self { signal: signal.clone(), closure }
    }
}

impl Drop for AbortListener {
    fn drop(&mut self) {
        let function = self.closure.as_ref().unchecked_ref();
        let _unheard = self.signal.remove_event_listener_with_callback("abort", function);
    }
}
