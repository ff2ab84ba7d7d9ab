//! Raw JSON becomes [`Options`] or a [`Change`] that can't be wrong, or a list of what is wrong with it.

use serde_json::Value;

use super::fields::{
    Reader, adapter, debug_config, dimensions, lambdatest_options, metadata, owner, session_id, timeout, wait,
};
use super::{Change, Invalid, Options, OptionsLimits, TIMEOUT_DEFAULT};

impl Options {
    /// Reads the body of a create.
    ///
    /// # Errors
    /// All that is wrong with it, each named by its place.
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
            // No time to wait is what a create without this option has.
            wait: reader.read("wait", wait).filter(|wait| wait.get() > 0),
            debug_config: reader.read_each("debugConfig", debug_config).unwrap_or_default(),
            lambdatest_options: reader.read("lambdatestOptions", lambdatest_options),
        };
        // A browser of ours has no window on a screen: `true` is what it is, and `false` counts as absent.
        let _: Option<()> = reader.read("headless", |v| v.as_bool().map(drop).ok_or("must be true or false".into()));
        reader.finish(options)
    }
}

impl Change {
    /// Reads the body of a change (`PATCH`). An absent field stays as it is.
    ///
    /// # Errors
    /// All that is wrong with it, each named by its place.
    pub fn parse(body: &Value, limits: OptionsLimits) -> Result<Self, Vec<Invalid>> {
        let mut reader = Reader::new(body)?;
        let change = Self {
            timeout: reader.read("timeout", |v| timeout(v, limits)),
            inactivity_timeout: reader.read("inactivityTimeout", |v| timeout(v, limits)),
            // `{}` is a value here: it removes all pairs.
            metadata: reader.read_each("metadata", metadata),
        };
        reader.finish(change)
    }
}
