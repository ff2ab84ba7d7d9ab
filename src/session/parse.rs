//! Reads [`Options`] and [`Change`] from JSON: all parts are valid, or all errors are reported together.

use serde_json::Value;

use super::fields::{
    Reader, adapter, debug_config, dimensions, lambdatest_options, metadata, owner, session_id, timeout, wait,
};
use super::{Change, Invalid, Options, OptionsLimits, TIMEOUT_DEFAULT};

impl Options {
    /// Reads the body of a create.
    ///
    /// # Errors
    /// All errors, each with its JSON pointer.
    pub fn parse(body: &Value, limits: OptionsLimits) -> Result<Self, Vec<Invalid>> {
        let mut reader = Reader::new(body)?;
        let options = Self {
            timeout: reader.read("timeout", |v| timeout(v, limits)).unwrap_or(TIMEOUT_DEFAULT),
            session_id: reader.read("sessionId", session_id),
            adapter: reader.read("adapter", adapter).unwrap_or_default(),
            owner: reader.read("owner", owner),
            metadata: reader.read_each("metadata", metadata).unwrap_or_default(),
            dimensions: reader.read_each("dimensions", dimensions),
            inactivity_timeout: reader.read_inactivity(limits),
            disconnect_grace: reader.read_on_disconnect(limits),
            recording: reader.read_recording(limits),
            // Zero is the default: the create does not wait.
            wait: reader.read("wait", wait).filter(|wait| wait.get() > 0),
            debug_config: reader.read_each("debugConfig", debug_config).unwrap_or_default(),
            lambdatest_options: reader.read("lambdatestOptions", lambdatest_options),
        };
        // Every browser here is headless: `true` changes nothing, and `false` counts as absent.
        let _: Option<()> = reader.read("headless", |v| v.as_bool().map(drop).ok_or("must be true or false".into()));
        reader.finish(options)
    }
}

impl Change {
    /// Reads the body of a change (`PATCH`). An absent field stays as it is.
    ///
    /// # Errors
    /// All errors, each with its JSON pointer.
    pub fn parse(body: &Value, limits: OptionsLimits) -> Result<Self, Vec<Invalid>> {
        let mut reader = Reader::new(body)?;
        let change = Self {
            timeout: reader.read("timeout", |v| timeout(v, limits)),
            inactivity_timeout: reader.read("inactivityTimeout", |v| timeout(v, limits)),
            // `{}` is a value here: it deletes all pairs.
            metadata: reader.read_each("metadata", metadata),
        };
        reader.finish(change)
    }
}
