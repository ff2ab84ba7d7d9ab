//! JSON objects that are written field by field.

use std::fmt::Write as _;

/// An object that is being written.
#[derive(Debug)]
pub(super) struct Object(String);

impl Object {
    pub(super) fn new() -> Self {
        Self("{".to_owned())
    }

    /// A field with a text.
    pub(super) fn text(self, name: &str, value: &str) -> Self {
        self.raw(name, &quoted(value))
    }

    /// A field with a number.
    pub(super) fn number(self, name: &str, value: i64) -> Self {
        self.raw(name, &value.to_string())
    }

    /// A field whose value is JSON already.
    pub(super) fn raw(mut self, name: &str, value: &str) -> Self {
        let comma = if self.0.len() == 1 { "" } else { "," };
        // Writing to a text can't fail.
        let _written = write!(self.0, "{comma}\"{name}\":{value}");
        self
    }

    /// The whole object.
    pub(super) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// A text as JSON.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
