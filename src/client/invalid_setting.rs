//! An error of the settings that are read from text.

use std::fmt;

/// Why an address or a key can't be used: a part of a sentence that follows its name. Never holds the key itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidSetting(pub(super) &'static str);

impl fmt::Display for InvalidSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for InvalidSetting {}
