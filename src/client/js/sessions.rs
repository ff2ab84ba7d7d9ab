//! The JavaScript class `Sessions`, and the `.js` files that only `sessions.js` imports. The class takes
//! [`Calls`], which use the other snippets.

use wasm_bindgen::prelude::*;

use super::calls::Calls;

#[wasm_bindgen(module = "/src/client/js/sessions.js")]
extern "C" {
    #[derive(Clone)]
    pub type Sessions;
    #[wasm_bindgen(constructor)]
    pub fn new(calls: Calls) -> Sessions;
    #[wasm_bindgen(js_name = releaseOnExit)]
    pub fn release_on_exit(sessions: &Sessions) -> JsValue;
}

#[wasm_bindgen(module = "/src/client/js/session.js")]
extern "C" {
    #[wasm_bindgen(js_name = prototypeFor)]
    fn imported_by_sessions();
}

#[wasm_bindgen(module = "/src/client/js/created.js")]
extern "C" {
    #[wasm_bindgen(js_name = Created)]
    fn imported_by_sessions_too();
}

#[wasm_bindgen(module = "/src/client/js/exit.js")]
extern "C" {
    #[wasm_bindgen(js_name = onExit)]
    fn imported_by_sessions_as_well();
}
