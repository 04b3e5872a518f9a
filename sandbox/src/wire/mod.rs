//! AWS's protocols as generic codecs: form bodies in, XML and JSON out, envelopes, errors. Knows nothing of the world
//! or of any operation. `http` holds what little of HTTP the AWS port and IMDS share.

mod compatible;
pub mod document;
pub mod envelope;
pub mod error;
pub(crate) mod form;
pub(crate) mod http;
pub(crate) mod json_de;
pub mod protocol;
pub mod query;
mod query_de;
pub(crate) mod scope;
pub mod xml;
mod xml_ser;
