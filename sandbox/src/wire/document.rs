//! One document for a service that speaks several protocols: what a response holds is said once, and written as CBOR, as JSON
//! or as XML. Times are the reason: CBOR tags them, JSON counts seconds, XML writes them out.

use ciborium::Value;
use jiff::Timestamp;
use serde::de::{self, Visitor};
use serde::ser::{Error as _, SerializeMap};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// CBOR's tag for seconds since 1970.
/// <https://www.rfc-editor.org/rfc/rfc8949.html#section-3.4.2>
const EPOCH: u64 = 1;

/// A document that does not read or cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DocumentError(String);

/// A point in time, in whichever way the protocol writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub Timestamp);

impl Serialize for Moment {
    /// Only ever into a [`Value`], see [`document`].
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ciborium::tag::Required::<f64, EPOCH>(seconds(self.0)).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MomentVisitor)
    }
}

struct MomentVisitor;

impl Visitor<'_> for MomentVisitor {
    type Value = Moment;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a time, as ISO 8601 or in seconds since 1970")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Moment, E> {
        let time = text.parse().map_err(|_| {
            let found = de::Unexpected::Str(text);
            E::invalid_value(found, &self)
        })?;
        Ok(Moment(time))
    }

    fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Moment, E> {
        let invalid = || E::invalid_value(de::Unexpected::Float(seconds), &MomentVisitor);
        let since = jiff::SignedDuration::try_from_secs_f64(seconds).map_err(|_| invalid())?;
        let time = Timestamp::from_duration(since).map_err(|_| invalid())?;
        // Seconds in floating point are good for milliseconds, and that is what AWS keeps.
        let time = time.round(jiff::Unit::Millisecond);
        time.map(Moment).map_err(|_| invalid())
    }

    fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Moment, E> {
        Timestamp::from_second(seconds)
            .map(Moment)
            .map_err(|_| E::invalid_value(de::Unexpected::Signed(seconds), &self))
    }

    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Moment, E> {
        let signed = i64::try_from(seconds)
            .map_err(|_| E::invalid_value(de::Unexpected::Unsigned(seconds), &self))?;
        self.visit_i64(signed)
    }
}

fn seconds(time: Timestamp) -> f64 {
    time.as_duration().as_secs_f64()
}

/// A typed response as a document.
pub fn document<T: Serialize>(response: &T) -> Result<Value, DocumentError> {
    Value::serialized(response).map_err(|error| DocumentError(error.to_string()))
}

/// A document as CBOR.
pub fn to_cbor(document: &Value) -> Result<Vec<u8>, DocumentError> {
    let mut bytes = Vec::new();
    ciborium::into_writer(document, &mut bytes).map_err(|e| DocumentError(e.to_string()))?;
    Ok(bytes)
}

/// A document as JSON; what stands for seconds in CBOR does so here.
pub fn to_json(document: &Value) -> Result<serde_json::Value, DocumentError> {
    let not_json = |what: &str| Err(DocumentError(format!("{what} has no place here")));
    Ok(match document {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::Text(text) => text.as_str().into(),
        Value::Integer(number) => match i64::try_from(*number) {
            Ok(number) => number.into(),
            Err(_) => return not_json("so large a number"),
        },
        Value::Float(number) => match serde_json::Number::from_f64(*number) {
            Some(number) => number.into(),
            None => not_finite(*number).into(),
        },
        Value::Tag(EPOCH, seconds) => to_json(seconds)?,
        Value::Array(items) => items
            .iter()
            .map(to_json)
            .collect::<Result<Vec<_>, _>>()?
            .into(),
        Value::Map(members) => serde_json::Value::Object(object(members)?),
        _ => return not_json("a byte string or an unknown tag"),
    })
}

/// As JSON has it, which has no such numbers.
/// <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#shape-serialization>
fn not_finite(number: f64) -> &'static str {
    match number {
        f64::INFINITY => "Infinity",
        f64::NEG_INFINITY => "-Infinity",
        _ => "NaN",
    }
}

fn object(
    members: &[(Value, Value)],
) -> Result<serde_json::Map<String, serde_json::Value>, DocumentError> {
    let mut object = serde_json::Map::new();
    for (key, value) in members {
        let Value::Text(key) = key else {
            return Err(DocumentError("a member has no name".to_owned()));
        };
        if object.insert(key.clone(), to_json(value)?).is_some() {
            return Err(DocumentError(format!("{key} is given twice")));
        }
    }
    Ok(object)
}

/// A request in CBOR, read as the same request in JSON.
pub fn from_cbor(body: &[u8]) -> Result<serde_json::Value, DocumentError> {
    if body.is_empty() {
        return Ok(serde_json::Value::Object(serde_json::Map::new()));
    }
    let mut rest = body;
    let document: Value = ciborium::from_reader(&mut rest)
        .map_err(|error| DocumentError(format!("the body is not CBOR: {error}")))?;
    if !rest.is_empty() {
        let message = "something follows the CBOR document".to_owned();
        return Err(DocumentError(message));
    }
    to_json(&document)
}

/// A document for the XML encoder: times are written out.
pub struct Xml<'a>(pub &'a Value);

impl Serialize for Xml<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_none(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Float(number) => serializer.serialize_f64(*number),
            Value::Integer(number) => {
                let number = i64::try_from(*number).map_err(S::Error::custom)?;
                serializer.serialize_i64(number)
            }
            Value::Tag(EPOCH, seconds) => {
                let moment: Moment = seconds.deserialized().map_err(S::Error::custom)?;
                moment.0.serialize(serializer)
            }
            Value::Array(items) => serializer.collect_seq(items.iter().map(Xml)),
            Value::Map(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (key, value) in members {
                    map.serialize_entry(key.as_text().unwrap_or_default(), &Xml(value))?;
                }
                map.end()
            }
            other => Err(S::Error::custom(format!("{other:?} is not for XML"))),
        }
    }
}
