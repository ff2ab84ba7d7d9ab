//! The names that a deserializable type declares: its fields, or its variants.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeOwned, Deserializer, Error, Visitor};
use serde::forward_to_deserialize_any;

/// The names of a struct's fields in JSON, optional ones included.
pub fn fields_of<T: DeserializeOwned>() -> BTreeSet<&'static str> {
    names_of::<T>()
}

/// The names of an enum's variants in JSON.
pub fn variants_of<T: DeserializeOwned>() -> BTreeSet<&'static str> {
    names_of::<T>()
}

fn names_of<T: DeserializeOwned>() -> BTreeSet<&'static str> {
    match T::deserialize(NameCollector) {
        Err(Names(Some(names))) => names.iter().copied().collect(),
        Err(Names(None)) | Ok(_) => panic!("{} has no names", std::any::type_name::<T>()),
    }
}

/// A deserializer that always fails. Its error holds the names that the type asks for.
struct NameCollector;

#[derive(Debug)]
struct Names(Option<&'static [&'static str]>);

impl<'de> Deserializer<'de> for NameCollector {
    type Error = Names;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Names> {
        Err(Names(Some(fields)))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Names> {
        Err(Names(Some(variants)))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Names> {
        Err(Names(None))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct
        seq tuple tuple_struct map identifier ignored_any
    }
}

impl Error for Names {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Self(None)
    }
}

impl std::error::Error for Names {}

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the names that a type declares")
    }
}
