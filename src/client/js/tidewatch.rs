//! `new Tidewatch({ baseUrl, apiKey })`.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::arguments::Arguments;
use super::calls::Calls;
use super::sessions::{Sessions, release_on_exit};
use super::snippets::{PlaywrightConnector, PuppeteerConnector};
use super::thrown::unsupported_environment;
use crate::client::Client;
use crate::client::fetch_transport::FetchTransport;

/// A client of one project on one service.
#[wasm_bindgen(skip_typescript)]
pub struct Tidewatch {
    calls: Calls,
    sessions: Sessions,
    puppeteer: PuppeteerConnector,
    playwright: PlaywrightConnector,
}

#[wasm_bindgen]
impl Tidewatch {
    /// Makes a client. Sends nothing.
    ///
    /// # Errors
    /// `invalid_options`, before any request.
    #[wasm_bindgen(constructor, skip_typescript)]
    pub fn new(options: &JsValue) -> Result<Self, JsValue> {
        let mut arguments = Arguments::default();
        let read = arguments.client(options);
        let (settings, fetch) = arguments.finish(read)?;
        let transport = fetch.map_or_else(FetchTransport::new, FetchTransport::with_fetch);
        let calls = Calls::new(Client::new(settings, transport));
        Ok(Self {
            sessions: Sessions::new(calls.clone()),
            calls,
            puppeteer: PuppeteerConnector::new(),
            playwright: PlaywrightConnector::new(),
        })
    }

    /// The calls about sessions.
    #[must_use]
    #[wasm_bindgen(getter, skip_typescript)]
    pub fn sessions(&self) -> Sessions {
        self.sessions.clone()
    }

    /// The project's events, as an async iterator.
    ///
    /// # Errors
    /// `invalid_options`, before any request.
    #[wasm_bindgen(skip_typescript)]
    pub fn events(&self, options: &JsValue) -> Result<JsValue, JsValue> {
        self.calls.events(options)
    }

    /// The project's usage.
    ///
    /// # Errors
    /// `invalid_options`, before any request.
    #[wasm_bindgen(skip_typescript)]
    pub fn usage(&self, options: &JsValue, call: &JsValue) -> Promise {
        self.calls.usage(options, call).unwrap_or_else(|error| Promise::reject(&error))
    }

    /// Drives a session with puppeteer.
    #[must_use]
    #[wasm_bindgen(getter, skip_typescript)]
    pub fn puppeteer(&self) -> PuppeteerConnector {
        self.puppeteer.clone()
    }

    /// Drives a session with playwright.
    #[must_use]
    #[wasm_bindgen(getter, skip_typescript)]
    pub fn playwright(&self) -> PlaywrightConnector {
        self.playwright.clone()
    }

    /// Releases this client's sessions at the end of the program. Returns a function that cancels this.
    ///
    /// # Errors
    /// `unsupported_environment` if the platform has no event for the end of the program.
    #[wasm_bindgen(js_name = releaseOnExit, skip_typescript)]
    pub fn release_on_exit(&self) -> Result<JsValue, JsValue> {
        let cancel = release_on_exit(&self.sessions);
        if cancel.is_undefined() { Err(unsupported_environment()) } else { Ok(cancel) }
    }
}
