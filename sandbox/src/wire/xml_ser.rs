//! serde's `Serializer` over the XML output. Only `xml` uses it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Serialize;
use serde::ser::{self, Impossible};

use super::xml::{EncodeError, Output};

/// Writes one value as the element `name`. At the top there is no element, and so only the members of a struct can be written.
pub(super) struct ElementSerializer<'a> {
    output: &'a mut Output,
    name: Option<&'a str>,
}

impl<'a> ElementSerializer<'a> {
    pub(super) fn top(output: &'a mut Output) -> Self {
        Self { output, name: None }
    }

    fn leaf(self, text: &str) -> Result<(), EncodeError> {
        match self.name {
            Some(name) => self.output.leaf(name, text),
            None => Err(EncodeError::unsupported("a bare value at the top")),
        }
    }

    fn empty(self) -> Result<(), EncodeError> {
        match self.name {
            Some(name) => self.output.leaf(name, ""),
            None => Ok(()),
        }
    }
}

macro_rules! leaves {
    ($($method:ident $type:ty)*) => {$(
        fn $method(self, value: $type) -> Result<(), EncodeError> {
            self.leaf(&value.to_string())
        }
    )*};
}

impl<'a> ser::Serializer for ElementSerializer<'a> {
    type Ok = ();
    type Error = EncodeError;
    type SerializeSeq = ListSerializer<'a>;
    type SerializeTuple = ListSerializer<'a>;
    type SerializeTupleStruct = ListSerializer<'a>;
    type SerializeTupleVariant = Impossible<(), EncodeError>;
    type SerializeMap = Members<'a>;
    type SerializeStruct = Members<'a>;
    type SerializeStructVariant = Impossible<(), EncodeError>;

    leaves! {
        serialize_bool bool serialize_char char
        serialize_i8 i8 serialize_i16 i16 serialize_i32 i32 serialize_i64 i64
        serialize_u8 u8 serialize_u16 u16 serialize_u32 u32 serialize_u64 u64
        serialize_f32 f32 serialize_f64 f64
    }

    fn serialize_str(self, text: &str) -> Result<(), EncodeError> {
        self.leaf(text)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), EncodeError> {
        self.leaf(&BASE64.encode(value))
    }

    fn serialize_none(self) -> Result<(), EncodeError> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), EncodeError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), EncodeError> {
        self.empty()
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), EncodeError> {
        self.empty()
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), EncodeError> {
        self.leaf(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<(), EncodeError> {
        Err(EncodeError::unsupported(name))
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<ListSerializer<'a>, EncodeError> {
        let Some(name) = self.name else {
            return Err(EncodeError::unsupported("a list at the top"));
        };
        self.output.open(name)?;
        Ok(ListSerializer {
            output: self.output,
            name,
        })
    }

    fn serialize_tuple(self, len: usize) -> Result<ListSerializer<'a>, EncodeError> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        len: usize,
    ) -> Result<ListSerializer<'a>, EncodeError> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        _index: u32,
        _variant: &'static str,
        _len: usize,
    ) -> Result<Self::SerializeTupleVariant, EncodeError> {
        Err(EncodeError::unsupported(name))
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Members<'a>, EncodeError> {
        if let Some(name) = self.name {
            self.output.open(name)?;
        }
        Ok(Members {
            output: self.output,
            close: self.name,
            key: None,
        })
    }

    fn serialize_struct(self, _name: &'static str, len: usize) -> Result<Members<'a>, EncodeError> {
        self.serialize_map(Some(len))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _index: u32,
        _variant: &'static str,
        _len: usize,
    ) -> Result<Self::SerializeStructVariant, EncodeError> {
        Err(EncodeError::unsupported(name))
    }
}

/// The elements of an open list.
pub(super) struct ListSerializer<'a> {
    output: &'a mut Output,
    name: &'a str,
}

impl ListSerializer<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        let name = self.output.items.tag();
        value.serialize(ElementSerializer {
            output: self.output,
            name: Some(name),
        })
    }

    fn finish(self) {
        self.output.close(self.name);
    }
}

macro_rules! list {
    ($($trait:ident $method:ident)*) => {$(
        impl ser::$trait for ListSerializer<'_> {
            type Ok = ();
            type Error = EncodeError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
                self.item(value)
            }

            fn end(self) -> Result<(), EncodeError> {
                self.finish();
                Ok(())
            }
        }
    )*};
}

list! {
    SerializeSeq serialize_element
    SerializeTuple serialize_element
    SerializeTupleStruct serialize_field
}

/// The members of an open structure. Maps come here too: a struct with `#[serde(flatten)]` serializes as one.
pub(super) struct Members<'a> {
    output: &'a mut Output,
    close: Option<&'a str>,
    key: Option<String>,
}

impl Members<'_> {
    fn member<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), EncodeError> {
        value.serialize(ElementSerializer {
            output: self.output,
            name: Some(name),
        })
    }

    fn finish(self) {
        if let Some(name) = self.close {
            self.output.close(name);
        }
    }
}

impl ser::SerializeStruct for Members<'_> {
    type Ok = ();
    type Error = EncodeError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        self.member(name, value)
    }

    fn end(self) -> Result<(), EncodeError> {
        self.finish();
        Ok(())
    }
}

impl ser::SerializeMap for Members<'_> {
    type Ok = ();
    type Error = EncodeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), EncodeError> {
        match serde_json::to_value(key) {
            Ok(serde_json::Value::String(name)) => self.key = Some(name),
            _ => return Err(EncodeError::unsupported("a map whose keys are not text")),
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        match self.key.take() {
            Some(name) => self.member(&name, value),
            None => Err(EncodeError::unsupported("a value before its key")),
        }
    }

    fn end(self) -> Result<(), EncodeError> {
        self.finish();
        Ok(())
    }
}
