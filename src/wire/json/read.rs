//! From JSON to our own types: calls between objects, and stored rows.

use std::any::type_name;
use std::fmt;

use serde::de::DeserializeOwned;

/// A text that is not the JSON of the expected type. Its message names the type, what is wrong, and the line and
/// column.
///
/// For the log: the message may repeat a value from the text.
#[derive(Debug)]
pub struct UnexpectedJson {
    expected: &'static str,
    source: serde_json::Error,
}

impl fmt::Display for UnexpectedJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JSON of {}: {}", self.expected, self.source)
    }
}

impl std::error::Error for UnexpectedJson {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// Reads a text as `T`. Fields that `T` does not have are ignored, unless `T` refuses them.
///
/// # Errors
/// [`UnexpectedJson`] if the text is not JSON, or the JSON of another type.
pub fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, UnexpectedJson> {
    serde_json::from_str(text).map_err(|source| UnexpectedJson { expected: short_name::<T>(), source })
}

/// `Session` for `tidewatch::session::machine::Session`, and as it is for a type with parameters.
fn short_name<T>() -> &'static str {
    let name = type_name::<T>();
    if name.contains('<') { name } else { name.rsplit("::").next().unwrap_or(name) }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Stored {
        small: u32,
        #[serde(default)]
        is_on: bool,
    }

    #[test]
    fn unknown_fields_are_ignored_and_missing_ones_have_their_default() {
        let read: Stored = from_json(r#"{"small":1,"later":{"a":[1]}}"#).unwrap();
        assert_eq!(read, Stored { small: 1, is_on: false });
    }

    #[test]
    fn an_error_says_what_was_read_and_what_is_wrong_with_it() {
        for (text, message) in [
            ("{}", "JSON of Stored: missing field `small` at line 1 column 2"),
            (r#"{"small":-1}"#, "JSON of Stored: invalid value: integer `-1`, expected u32 at line 1 column 11"),
            ("", "JSON of Stored: EOF while parsing a value at line 1 column 0"),
            ("{} {}", "JSON of Stored: missing field `small` at line 1 column 2"),
        ] {
            assert_eq!(from_json::<Stored>(text).unwrap_err().to_string(), message, "{text}");
        }
        let message = from_json::<Vec<u32>>("[true]").unwrap_err().to_string();
        assert!(message.starts_with("JSON of alloc::vec::Vec<u32>: invalid type: boolean `true`"), "{message}");
    }
}
