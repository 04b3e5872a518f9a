//! serde's `Deserializer` over the tree of a form body. Only `query` uses it.

use std::collections::btree_map;
use std::str::FromStr;

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::form::Node;
use super::query::{DecodeError, Lists};

/// One value: text, a structure or a list, whatever the type that asks makes of it.
#[derive(Clone, Copy)]
pub(super) struct ValueDeserializer<'a> {
    node: &'a Node,
    lists: Lists,
}

impl<'a> ValueDeserializer<'a> {
    pub(super) fn new(node: &'a Node, lists: Lists) -> Self {
        Self { node, lists }
    }

    fn text(self) -> Result<&'a str, DecodeError> {
        match &self.node.value {
            Some(text) => Ok(text),
            None => Err(DecodeError::invalid(
                "",
                "expected a value, found a structure",
            )),
        }
    }

    fn parse<N: FromStr>(self, what: &str) -> Result<N, DecodeError> {
        let text = self.text()?;
        text.parse()
            .map_err(|_| DecodeError::invalid("", format!("'{text}' is not {what}")))
    }

    /// The elements of a list in the order of their indices, which need not be sent in order nor without gaps.
    fn elements(self) -> Result<Vec<Element<'a>>, DecodeError> {
        let (parent, prefix) = match self.lists {
            Lists::Flat => (self.node, ""),
            Lists::Members => match only_child(self.node, "member")? {
                Some(members) => (members, "member."),
                None => (self.node, "member."),
            },
        };
        if parent.value.as_deref().is_some_and(|text| !text.is_empty()) {
            return Err(DecodeError::invalid("", "expected a list, found a value"));
        }
        let mut elements = parent
            .children
            .iter()
            .map(|(key, node)| {
                let path = format!("{prefix}{key}");
                match index(key) {
                    Some(index) => Ok(Element { index, path, node }),
                    None => Err(DecodeError::invalid(path, "not an index of a list")),
                }
            })
            .collect::<Result<Vec<_>, _>>()?;
        elements.sort_by_key(|element| element.index);
        Ok(elements)
    }
}

struct Element<'a> {
    index: u32,
    path: String,
    node: &'a Node,
}

/// Indices count from one and are written plainly, so that two spellings cannot name one element.
fn index(key: &str) -> Option<u32> {
    let plain = key.bytes().all(|byte| byte.is_ascii_digit()) && !key.starts_with('0');
    key.parse().ok().filter(|_| plain)
}

fn only_child<'a>(node: &'a Node, name: &str) -> Result<Option<&'a Node>, DecodeError> {
    match node.children.keys().find(|key| *key != name) {
        Some(other) => {
            let reason = format!("not part of a list; expected {name}");
            Err(DecodeError::invalid(other, reason))
        }
        None => Ok(node.children.get(name)),
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $what:literal)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            visitor.$visit(self.parse($what)?)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for ValueDeserializer<'_> {
    type Error = DecodeError;

    numbers! {
        deserialize_i8 visit_i8 "a whole number" deserialize_u8 visit_u8 "a whole number"
        deserialize_i16 visit_i16 "a whole number" deserialize_u16 visit_u16 "a whole number"
        deserialize_i32 visit_i32 "a whole number" deserialize_u32 visit_u32 "a whole number"
        deserialize_i64 visit_i64 "a whole number" deserialize_u64 visit_u64 "a whole number"
        deserialize_f32 visit_f32 "a number" deserialize_f64 visit_f64 "a number"
        deserialize_bool visit_bool "true or false"
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.node.value {
            Some(text) => visitor.visit_str(text),
            None => self.deserialize_map(visitor),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_seq(List {
            elements: self.elements()?.into_iter(),
            lists: self.lists,
        })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self
            .node
            .value
            .as_deref()
            .is_some_and(|text| !text.is_empty())
        {
            return Err(DecodeError::invalid(
                "",
                "expected a structure, found a value",
            ));
        }
        visitor.visit_map(Members {
            rest: self.node.children.iter(),
            current: None,
            lists: self.lists,
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_enum(IntoDeserializer::<DecodeError>::into_deserializer(
            self.text()?,
        ))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct identifier
    }
}

struct Members<'a> {
    rest: btree_map::Iter<'a, String, Node>,
    current: Option<(&'a str, &'a Node)>,
    lists: Lists,
}

impl<'de> de::MapAccess<'de> for Members<'_> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DecodeError> {
        let Some((name, node)) = self.rest.next() else {
            return Ok(None);
        };
        self.current = Some((name, node));
        seed.deserialize(StrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<S::Value, DecodeError> {
        let (name, node) = self
            .current
            .take()
            .ok_or_else(|| DecodeError::invalid("", "a value was read before its name"))?;
        seed.deserialize(ValueDeserializer::new(node, self.lists))
            .map_err(|error| error.within(name))
    }
}

struct List<'a> {
    elements: std::vec::IntoIter<Element<'a>>,
    lists: Lists,
}

impl<'de> de::SeqAccess<'de> for List<'_> {
    type Error = DecodeError;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, DecodeError> {
        let Some(element) = self.elements.next() else {
            return Ok(None);
        };
        seed.deserialize(ValueDeserializer::new(element.node, self.lists))
            .map(Some)
            .map_err(|error| error.within(&element.path))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.elements.len())
    }
}
