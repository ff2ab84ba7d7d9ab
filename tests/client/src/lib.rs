//! The class that a JavaScript program imports, for scenarios that are written as such a program.

#![cfg(target_arch = "wasm32")]

use js_sys::{Function, Object, Reflect};
use tidewatch::client::js::Tidewatch;
use wasm_bindgen::{JsCast, JsValue};

/// `Tidewatch` itself.
///
/// # Errors
/// What JavaScript throws if there is no such class.
pub fn tidewatch_class() -> Result<Function, JsValue> {
    let options = Object::new();
    Reflect::set(&options, &"baseUrl".into(), &"https://service.test".into())?;
    Reflect::set(&options, &"apiKey".into(), &"key".into())?;
    let client: JsValue = Tidewatch::new(&options)?.into();
    Reflect::get(&client, &"constructor".into())?.dyn_into()
}
