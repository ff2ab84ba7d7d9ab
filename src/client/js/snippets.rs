//! What Rust imports from the `.js` files of this folder. Files that only other `.js` files import are named here too:
//! wasm-bindgen puts only named files into the bundle.

use js_sys::Object;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/client/js/error.js")]
extern "C" {
    #[wasm_bindgen(extends = js_sys::Error, extends = Object)]
    pub type TidewatchError;
    #[wasm_bindgen(constructor)]
    pub fn new(message: &str, details: &Object) -> TidewatchError;

    // Exports the class. wasm-bindgen can skip the type only of a function; the class's type is in `types.ts`.
    #[wasm_bindgen(js_name = TidewatchError, reexport, skip_typescript)]
    fn class();
}

#[wasm_bindgen(module = "/src/client/js/events.js")]
extern "C" {
    pub fn events(plan: &Object, options: &JsValue) -> JsValue;
}

#[wasm_bindgen(module = "/src/client/js/listening.js")]
extern "C" {
    #[wasm_bindgen(js_name = Connection)]
    fn imported_by_events();
}

#[wasm_bindgen(module = "/src/client/js/connect.js")]
extern "C" {
    #[derive(Clone)]
    pub type PuppeteerConnector;
    #[wasm_bindgen(constructor)]
    pub fn new() -> PuppeteerConnector;

    #[derive(Clone)]
    pub type PlaywrightConnector;
    #[wasm_bindgen(constructor)]
    pub fn new() -> PlaywrightConnector;
}

#[wasm_bindgen(module = "/src/client/js/shape.js")]
extern "C" {
    #[wasm_bindgen(js_name = isPlain)]
    pub fn is_plain(value: &JsValue) -> bool;
    #[wasm_bindgen(js_name = isSession)]
    pub fn is_session(value: &JsValue) -> bool;
    #[wasm_bindgen(js_name = isPage)]
    pub fn is_page(value: &JsValue) -> bool;
    #[wasm_bindgen(js_name = isReleased)]
    pub fn is_released(value: &JsValue) -> bool;
    #[wasm_bindgen(js_name = isReleasedAll)]
    pub fn is_released_all(value: &JsValue) -> bool;
    #[wasm_bindgen(js_name = isPicture)]
    pub fn is_picture(value: &JsValue) -> bool;
    #[wasm_bindgen(js_name = isArchive)]
    pub fn is_archive(value: &JsValue) -> bool;
    #[wasm_bindgen(js_name = isLiveDetails)]
    pub fn is_live_details(value: &JsValue) -> bool;
    #[wasm_bindgen(js_name = isUsage)]
    pub fn is_usage(value: &JsValue) -> bool;
}
