//! What a type that is read by serde declares: its fields, or its variants.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeOwned, Deserializer, Error, Visitor};
use serde::forward_to_deserialize_any;

/// The names of a struct's fields, optional ones too, as they stand in JSON.
pub fn fields_of<T: DeserializeOwned>() -> BTreeSet<&'static str> {
    declared::<T>()
}

/// The names of an enum's variants, as they stand in JSON.
pub fn variants_of<T: DeserializeOwned>() -> BTreeSet<&'static str> {
    declared::<T>()
}

fn declared<T: DeserializeOwned>() -> BTreeSet<&'static str> {
    match T::deserialize(Asked) {
        Err(Told(Some(names))) => names.iter().copied().collect(),
        Err(Told(None)) | Ok(_) => panic!("{} has no names", std::any::type_name::<T>()),
    }
}

/// Gives nothing, and tells as its error which names it was asked for.
struct Asked;

#[derive(Debug)]
struct Told(Option<&'static [&'static str]>);

impl<'de> Deserializer<'de> for Asked {
    type Error = Told;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Told> {
        Err(Told(Some(fields)))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Told> {
        Err(Told(Some(variants)))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Told> {
        Err(Told(None))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct
        seq tuple tuple_struct map identifier ignored_any
    }
}

impl Error for Told {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Self(None)
    }
}

impl std::error::Error for Told {}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("its names are told")
    }
}
