//! serde's `Deserializer` over a JSON document, stricter than `serde_json`'s: a structure is an object, never an array of its
//! members in order. What does not fit is told apart: a shape that no client could have meant, and content that is wrong.

use std::fmt::Display;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, Expected, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Value;

/// Why a document does not fit the request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JsonError {
    /// Text where a number belongs, a list where a structure belongs.
    #[error("{0}")]
    Shape(String),
    /// A member that is missing, unknown or has a value that is not one of its own.
    #[error("{0}")]
    Content(String),
}

impl de::Error for JsonError {
    fn custom<T: Display>(reason: T) -> Self {
        Self::Content(reason.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::Shape(format!("invalid type: {found}, expected {expected}"))
    }
}

/// Reads a typed request from a document.
pub(crate) fn read<T: DeserializeOwned>(
    document: Value,
) -> Result<T, serde_path_to_error::Error<JsonError>> {
    serde_path_to_error::deserialize(JsonDeserializer(document))
}

struct JsonDeserializer(Value);

impl IntoDeserializer<'_, JsonError> for JsonDeserializer {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> de::Deserializer<'de> for JsonDeserializer {
    type Error = JsonError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::String(text) => visitor.visit_string(text),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), _, _) => visitor.visit_u64(number),
                (_, Some(number), _) => visitor.visit_i64(number),
                (_, _, Some(number)) => visitor.visit_f64(number),
                _ => Err(de::Error::custom(format!("{number} is out of range"))),
            },
            Value::Array(items) => {
                let mut items = SeqDeserializer::new(items.into_iter().map(Self));
                let value = visitor.visit_seq(&mut items)?;
                items.end()?;
                Ok(value)
            }
            Value::Object(members) => {
                let members = members.into_iter().map(|(name, value)| (name, Self(value)));
                let mut members = MapDeserializer::new(members);
                let value = visitor.visit_map(&mut members)?;
                members.end()?;
                Ok(value)
            }
        }
    }

    /// What JSON has no numbers for is written as text.
    /// <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#shape-serialization>
    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        match self.0.as_str() {
            Some("NaN") => visitor.visit_f64(f64::NAN),
            Some("Infinity") => visitor.visit_f64(f64::INFINITY),
            Some("-Infinity") => visitor.visit_f64(f64::NEG_INFINITY),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        match self.0 {
            Value::Array(_) => Err(de::Error::invalid_type(Unexpected::Seq, &visitor)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        match self.0 {
            Value::String(text) => {
                visitor.visit_enum(IntoDeserializer::<JsonError>::into_deserializer(text))
            }
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        name: String,
        size: Option<f64>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        inner: Vec<Inner>,
        counts: BTreeMap<String, i32>,
    }

    fn error(document: Value) -> (String, JsonError) {
        let error = read::<Outer>(document).unwrap_err();
        (error.path().to_string(), error.into_inner())
    }

    #[test]
    fn structures_are_objects_at_every_depth() {
        let outer: Outer = read(json!({
            "inner": [{"name": "a", "size": 2}, {"name": "b", "size": null}], "counts": {"x": -1}
        }))
        .unwrap();
        assert_eq!(
            (outer.inner[0].size, outer.inner[1].size),
            (Some(2.0), None)
        );
        assert_eq!(outer.counts["x"], -1);
        for (document, path) in [
            (json!([[], {}]), "."),
            (json!({"inner": [["a", 2]], "counts": {}}), "inner[0]"),
            (json!({"inner": {"name": "a"}, "counts": {}}), "inner"),
            (
                json!({"inner": [{"name": 1}], "counts": {}}),
                "inner[0].name",
            ),
        ] {
            let (found, error) = error(document);
            assert_eq!(found, path);
            assert!(matches!(error, JsonError::Shape(_)), "{error:?}");
        }
        for document in [
            json!({"inner": []}),
            json!({"inner": [{"name": "a", "nose": 1}], "counts": {}}),
        ] {
            assert!(matches!(error(document).1, JsonError::Content(_)));
        }
    }

    #[test]
    fn what_is_no_number_is_text() {
        let inner: Inner = read(json!({"name": "a", "size": "-Infinity"})).unwrap();
        assert_eq!(inner.size, Some(f64::NEG_INFINITY));
        assert!(read::<Inner>(json!({"name": "a", "size": "1"})).is_err());
    }
}
