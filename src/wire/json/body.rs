//! Reads a request's body as JSON without repeated fields.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The most bytes of a body (docs/api.md).
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// What is wrong with a body, with line and column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidJson(pub String);

/// Reads a body. An empty body counts as an empty object, because published clients send one with a JSON content type.
///
/// # Errors
/// [`InvalidJson`] if it is not UTF-8, not JSON, nested deeper than 128 levels, or repeats a field. A repeated field is
/// refused because one of its values would be ignored.
pub fn parse_json(body: &[u8]) -> Result<Value, InvalidJson> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Object(Map::new()));
    }
    serde_json::from_slice::<Strict>(body).map(|strict| strict.0).map_err(|error| InvalidJson(error.to_string()))
}

/// A JSON value without repeated fields.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            read.push(item);
        }
        Ok(Value::Array(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while let Some((name, Strict(value))) = fields.next_entry::<String, Strict>()? {
            if read.contains_key(&name) {
                return Err(A::Error::custom(format_args!("the field {name:?} is repeated")));
            }
            read.insert(name, value);
        }
        Ok(Value::Object(read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_read_as_it_is() {
        let text = r#"{"a":[1,-2,1.5,null,true,"x"],"b":{}}"#;
        assert_eq!(parse_json(text.as_bytes()).unwrap().to_string(), text);
        assert_eq!(parse_json(b" \n").unwrap().to_string(), "{}");
    }

    #[test]
    fn what_is_not_json_is_refused() {
        let deep = "[".repeat(200) + &"]".repeat(200);
        for hostile in [&b"{"[..], b"{} {}", b"\xff\xfe", b"nul", br#"{"a":1,"a":2}"#, b"1e999", deep.as_bytes()] {
            assert!(parse_json(hostile).is_err(), "{}", String::from_utf8_lossy(hostile));
        }
    }
}
