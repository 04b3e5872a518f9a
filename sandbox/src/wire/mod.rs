//! AWS's protocols as generic codecs: form bodies in, XML and JSON out, envelopes, errors. Knows nothing of the world,
//! of HTTP connections or of any operation.

pub mod error;
mod form;
pub mod protocol;
pub mod query;
mod query_de;
pub mod xml;
mod xml_ser;
