//! The calls that `sessions.js` makes. They take JavaScript values and return what `JSON.parse` made of the answer.

use std::rc::Rc;

use js_sys::{Array, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use super::arguments::{Arguments, CallOptions};
use super::signal::until_aborted;
use super::snippets::{
    events, is_archive, is_live_details, is_page, is_picture, is_released, is_released_all, is_session, is_usage,
};
use super::thrown::set;
use crate::client::fetch_transport::FetchTransport;
use crate::client::{Call, Client, Error, ReleaseAllFilter, UnexpectedBody};
use crate::session::{Millis, SessionId};

/// The calls of one client. Copies share the client. Invalid arguments throw synchronously; `sessions.js` turns that
/// into a rejection, so the bundle needs only one future type.
#[derive(Clone)]
#[wasm_bindgen(skip_typescript)]
pub struct Calls {
    client: Rc<Client<FetchTransport>>,
}

impl Calls {
    pub(super) fn new(client: Client<FetchTransport>) -> Self {
        Self { client: Rc::new(client) }
    }

    fn owner(&self) -> Option<&str> {
        self.client.settings().owner.as_deref()
    }

    fn make(&self, call: Call, options: CallOptions, is_expected: fn(&JsValue) -> bool) -> Promise {
        let client = Rc::clone(&self.client);
        let made = async move {
            let answer = client.call(&call, options.limit).await?;
            match &answer.body {
                Some(body) if is_expected(&body.0) => Ok(with_cursor(&body.0, answer.next_cursor.as_deref())),
                _ => Err(Error::invalid_response(&answer, &UnexpectedBody::Shape("another shape".to_owned())).into()),
            }
        };
        future_to_promise(until_aborted(options.signal, made))
    }

    pub(super) fn usage(&self, options: &JsValue, call: &JsValue) -> Result<Promise, JsValue> {
        let mut arguments = Arguments::default();
        let filter = arguments.usage(options);
        let call = arguments.call(call);
        let filter = arguments.finish(Some(filter))?;
        Ok(self.make(Call::usage(&filter), call, is_usage))
    }

    /// Subscribes to the project's events.
    pub(super) fn events(&self, options: &JsValue) -> Result<JsValue, JsValue> {
        let mut arguments = Arguments::default();
        arguments.events(options);
        arguments.finish(Some(()))?;
        let settings = self.client.settings();
        let plan = Object::new();
        set(&plan, "url", &format!("{}/v1/events", settings.base_url.as_str()).into());
        set(&plan, "key", &settings.api_key.expose().into());
        if let Some(fetch) = self.client.transport().stand_in() {
            set(&plan, "fetch", fetch);
        }
        set(&plan, "baseDelayMs", &millis(settings.retry.base_delay));
        set(&plan, "maxDelayMs", &millis(settings.retry.max_delay));
        Ok(events(&plan, options))
    }

    /// Makes a call whose only argument is a session's id.
    fn about(
        &self,
        (id, options): (&JsValue, &JsValue),
        call: fn(SessionId) -> Call,
        is_expected: fn(&JsValue) -> bool,
    ) -> Result<Promise, JsValue> {
        let mut arguments = Arguments::default();
        let id = arguments.id(id);
        let options = arguments.call(options);
        Ok(self.make(call(arguments.finish(id)?), options, is_expected))
    }
}

#[wasm_bindgen]
impl Calls {
    /// An idempotency key for a new create.
    #[must_use]
    #[wasm_bindgen(js_name = freshKey, skip_typescript)]
    pub fn fresh_key(&self) -> String {
        self.client.fresh_key()
    }

    #[wasm_bindgen(skip_typescript)]
    pub fn create(&self, options: &JsValue, call: &JsValue, key: String) -> Result<Promise, JsValue> {
        let mut arguments = Arguments::default();
        let body = arguments.create(options, self.owner());
        let call = arguments.call(call);
        let body = arguments.finish(Some(body))?;
        Ok(self.make(Call::create(body, key), call, is_session))
    }

    #[wasm_bindgen(skip_typescript)]
    pub fn retrieve(&self, id: &JsValue, call: &JsValue) -> Result<Promise, JsValue> {
        self.about((id, call), Call::retrieve, is_session)
    }

    #[wasm_bindgen(skip_typescript)]
    pub fn list(&self, options: &JsValue, call: &JsValue) -> Result<Promise, JsValue> {
        let mut arguments = Arguments::default();
        let filter = arguments.list(options);
        let call = arguments.call(call);
        let filter = arguments.finish(Some(filter))?;
        Ok(self.make(Call::list(&filter), call, is_page))
    }

    #[wasm_bindgen(skip_typescript)]
    pub fn update(&self, id: &JsValue, changes: &JsValue, call: &JsValue) -> Result<Promise, JsValue> {
        let mut arguments = Arguments::default();
        let id = arguments.id(id);
        let body = arguments.update(changes);
        let call = arguments.call(call);
        let id = arguments.finish(id)?;
        Ok(self.make(Call::update(id, body), call, is_session))
    }

    #[wasm_bindgen(skip_typescript)]
    pub fn release(&self, id: &JsValue, call: &JsValue) -> Result<Promise, JsValue> {
        self.about((id, call), Call::release, is_released)
    }

    #[wasm_bindgen(js_name = releaseAll, skip_typescript)]
    pub fn release_all(&self, filter: &JsValue, call: &JsValue) -> Result<Promise, JsValue> {
        let mut arguments = Arguments::default();
        let filter = arguments.release_all(filter, self.owner());
        let call = arguments.call(call);
        let filter = arguments.finish(Some(filter))?;
        Ok(self.make(Call::release_all(&filter), call, is_released_all))
    }

    #[wasm_bindgen(js_name = liveDetails, skip_typescript)]
    pub fn live_details(&self, id: &JsValue, call: &JsValue) -> Result<Promise, JsValue> {
        self.about((id, call), Call::live_details, is_live_details)
    }

    #[wasm_bindgen(skip_typescript)]
    pub fn picture(&self, id: &JsValue, options: &JsValue) -> Result<Promise, JsValue> {
        let mut arguments = Arguments::default();
        let id = arguments.id(id);
        let (width, call) = arguments.picture(options);
        Ok(self.make(Call::picture(arguments.finish(id)?, width), call, is_picture))
    }

    /// A part of a recording, or of its archive, with the cursor of the next part as `nextCursor`.
    #[wasm_bindgen(skip_typescript)]
    pub fn recorded(&self, id: &JsValue, options: &JsValue, call: &JsValue, as_har: bool) -> Result<Promise, JsValue> {
        let mut arguments = Arguments::default();
        let id = arguments.id(id);
        let filter = arguments.recorded(options);
        let options = arguments.call(call);
        let id = arguments.finish(id)?;
        let call = if as_har { Call::har(id, &filter) } else { Call::events(id, &filter) };
        Ok(self.make(call, options, if as_har { is_archive } else { Array::is_array }))
    }

    /// Checks the argument of `extend`.
    #[allow(clippy::unused_self, reason = "a method in JavaScript, like the others")]
    #[wasm_bindgen(js_name = checkLength, skip_typescript)]
    pub fn check_length(&self, ms: &JsValue) -> Result<(), JsValue> {
        let mut arguments = Arguments::default();
        arguments.length(ms);
        arguments.finish(Some(()))
    }

    /// Releases every session created with this idempotency-key prefix: one create's key, or all of this client if
    /// `None`.
    #[wasm_bindgen(js_name = releaseCreated, skip_typescript)]
    pub fn release_created(&self, key: Option<String>, call: &JsValue) -> Result<Promise, JsValue> {
        let mut arguments = Arguments::default();
        let call = arguments.call(call);
        let created = self.client.created_here();
        let filter = ReleaseAllFilter { key_prefix: key.or(created.key_prefix), ..ReleaseAllFilter::default() };
        let filter = arguments.finish(Some(filter))?;
        Ok(self.make(Call::release_all(&filter), call, is_released_all))
    }

    /// Releases every session of this client, in a request that is sent at once and outlives the page.
    #[wasm_bindgen(js_name = sendReleaseCreated, skip_typescript)]
    pub fn send_release_created(&self) -> Result<Promise, JsValue> {
        let request = Call::release_all(&self.client.created_here()).request(self.client.settings());
        self.client.transport().send_keepalive(&request)
    }
}

/// Adds the cursor from the answer's header to the body. The service's JSON has no field of that name.
fn with_cursor(body: &JsValue, next_cursor: Option<&str>) -> JsValue {
    if let Some(next_cursor) = next_cursor {
        // An object from `JSON.parse` is not frozen.
        let _ = Reflect::set(body, &"nextCursor".into(), &next_cursor.into());
    }
    body.clone()
}

#[allow(clippy::cast_precision_loss, reason = "a wait that was a number in JavaScript")]
fn millis(millis: Millis) -> JsValue {
    (millis.get() as f64).into()
}
