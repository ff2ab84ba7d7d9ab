//! From JSON to our own types: what our objects say to each other, and what they have stored.
//!
//! In place of `serde_json`'s own reader of types, for the size of the Worker: that one reads every struct from an object and
//! from an array, straight from the text, and words each mistake for people. Here a struct is an object.

use std::fmt;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, Expected, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value, map};

/// A text that is not the JSON of the type that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// A field that is missing, where that is what is wrong.
    missing: Option<&'static str>,
}

const OF_ANOTHER_KIND: Unreadable = Unreadable { missing: None };

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.missing {
            Some(field) => {
                f.write_str("JSON without the field ")?;
                f.write_str(field)
            }
            None => f.write_str("JSON of another kind"),
        }
    }
}

impl std::error::Error for Unreadable {}

impl Error for Unreadable {
    fn custom<T: fmt::Display>(_: T) -> Self {
        OF_ANOTHER_KIND
    }

    fn missing_field(field: &'static str) -> Self {
        Self { missing: Some(field) }
    }

    fn duplicate_field(_: &'static str) -> Self {
        OF_ANOTHER_KIND
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        OF_ANOTHER_KIND
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        OF_ANOTHER_KIND
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        OF_ANOTHER_KIND
    }

    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        OF_ANOTHER_KIND
    }

    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        OF_ANOTHER_KIND
    }
}

/// Reads a text. Fields that the type does not have are ignored.
///
/// # Errors
/// [`Unreadable`] if it is not JSON, or that of another type.
pub fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Unreadable> {
    T::deserialize(Part(&parse(text)?))
}

/// Reads JSON that has been parsed.
///
/// # Errors
/// [`Unreadable`] if it is that of another type.
pub fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T, Unreadable> {
    T::deserialize(Part(value))
}

fn parse(text: &str) -> Result<Value, Unreadable> {
    serde_json::from_str(text).map_err(|_| OF_ANOTHER_KIND)
}

/// A value somewhere in the JSON.
struct Part<'a>(&'a Value);

impl<'de> Deserializer<'de> for Part<'de> {
    type Error = Unreadable;

    /// Only for what is JSON itself: every other type says what it expects.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(value), ..) => visitor.visit_u64(value),
                (None, Some(value), _) => visitor.visit_i64(value),
                (None, None, Some(value)) => visitor.visit_f64(value),
                (None, None, None) => Err(OF_ANOTHER_KIND),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(items) => visitor.visit_seq(Items(items.iter())),
            Value::Object(fields) => visitor.visit_map(Fields::of(fields)),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_bool(self.0.as_bool().ok_or(OF_ANOTHER_KIND)?)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_u64(self.0.as_u64().ok_or(OF_ANOTHER_KIND)?)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_i64(self.0.as_i64().ok_or(OF_ANOTHER_KIND)?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_borrowed_str(self.0.as_str().ok_or(OF_ANOTHER_KIND)?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_seq(Items(self.0.as_array().ok_or(OF_ANOTHER_KIND)?.iter()))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Unreadable> {
        let items = self.0.as_array().filter(|items| items.len() == len);
        visitor.visit_seq(Items(items.ok_or(OF_ANOTHER_KIND)?.iter()))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_map(Fields::of(self.0.as_object().ok_or(OF_ANOTHER_KIND)?))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        visitor.visit_enum(Variant::of(self.0).ok_or(OF_ANOTHER_KIND)?)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u16 u128 f32 f64 char bytes byte_buf unit unit_struct tuple_struct identifier
    }
}

struct Items<'a>(std::slice::Iter<'a, Value>);

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Unreadable;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Unreadable> {
        self.0.next().map(|item| seed.deserialize(Part(item))).transpose()
    }
}

struct Fields<'a> {
    rest: map::Iter<'a>,
    value: &'a Value,
}

impl<'a> Fields<'a> {
    fn of(fields: &'a Map<String, Value>) -> Self {
        Self { rest: fields.iter(), value: &Value::Null }
    }

    fn next(&mut self) -> Option<&'a str> {
        let (name, value) = self.rest.next()?;
        self.value = value;
        Some(name)
    }
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unreadable> {
        self.next().map(|name| seed.deserialize(BorrowedStrDeserializer::new(name))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unreadable> {
        seed.deserialize(Part(self.value))
    }
}

/// `"name"`, or `{"name": content}`.
struct Variant<'a> {
    name: &'a str,
    content: &'a Value,
}

impl<'a> Variant<'a> {
    fn of(value: &'a Value) -> Option<Self> {
        match value {
            Value::String(name) => Some(Self { name, content: &Value::Null }),
            Value::Object(fields) if fields.len() == 1 => {
                fields.iter().next().map(|(name, content)| Self { name, content })
            }
            _ => None,
        }
    }
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Unreadable;
    type Variant = Part<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Part<'de>), Unreadable> {
        Ok((seed.deserialize(BorrowedStrDeserializer::new(self.name))?, Part(self.content)))
    }
}

impl<'de> VariantAccess<'de> for Part<'de> {
    type Error = Unreadable;

    fn unit_variant(self) -> Result<(), Unreadable> {
        if self.0.is_null() { Ok(()) } else { Err(OF_ANOTHER_KIND) }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Unreadable> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_tuple(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_map(visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Serialize};
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Stored {
        small: u32,
        large: i64,
        #[serde(default)]
        is_on: bool,
        labels: BTreeMap<String, String>,
        kinds: Vec<Kind>,
        any: Value,
        #[serde(default)]
        perhaps: Option<Box<Stored>>,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        PlainName,
        Holding(String),
        Both(u32, u32),
        Fields { at: u64 },
    }

    fn stored() -> Stored {
        let any = json!([null, true, 1, -1, 1.5, "x", {"a": [{}]}]);
        let labels = BTreeMap::from([("run".to_owned(), "7".to_owned())]);
        let kinds =
            vec![Kind::PlainName, Kind::Holding("é\n".to_owned()), Kind::Both(1, 2), Kind::Fields { at: u64::MAX }];
        Stored { small: u32::MAX, large: i64::MIN, is_on: true, labels, kinds, any, perhaps: None }
    }

    #[test]
    fn what_is_written_is_read() {
        let whole = Stored { perhaps: Some(Box::new(stored())), ..stored() };
        assert_eq!(from_json::<Stored>(&serde_json::to_string(&whole).unwrap()), Ok(whole));
    }

    #[test]
    fn fields_may_be_more_than_are_known_and_less_where_they_have_a_default() {
        let text = r#"{"small":1,"later":{"a":[1]},"large":2,"labels":{},"kinds":[],"any":null}"#;
        let read: Stored = from_json(text).unwrap();
        assert_eq!((read.small, read.is_on, read.perhaps), (1, false, None));
        assert_eq!(from_json::<Stored>("{}").unwrap_err().to_string(), "JSON without the field small");
    }

    #[test]
    fn what_is_of_another_kind_is_refused() {
        for text in ["", "{", "null", "1", "[1]", "{} {}"] {
            assert!(from_json::<Stored>(text).is_err(), "{text}");
        }
        for text in ["-1", "4294967296", "1.5", "\"1\"", "null"] {
            assert!(from_json::<u32>(text).is_err(), "{text}");
        }
        for text in [
            r#""plain""#,
            r#""fields""#,
            r#"{"fields":{}}"#,
            r#"{"fields":[1]}"#,
            r#"{"holding":1}"#,
            r#"{"both":[1]}"#,
            r#"{"both":[1,2,3]}"#,
            r#"{"plain_name":1}"#,
            r#"{"holding":"a","fields":{"at":1}}"#,
        ] {
            assert!(from_json::<Kind>(text).is_err(), "{text}");
        }
    }
}
