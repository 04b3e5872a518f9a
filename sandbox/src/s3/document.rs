//! S3's XML documents. They repeat elements without a list round them, which the query protocols never do. Pure.

use std::collections::BTreeMap;

use http::{HeaderValue, Response, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::algorithm::Checksum;
use super::error::S3Error;
use crate::wire::http::{Body, full};
use crate::wire::xml::{self, Items};

/// Whoever asks owns everything here.
const OWNER: Person = Person {
    id: "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a",
};

/// An owner or initiator.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Person {
    #[serde(rename = "ID")]
    id: &'static str,
}

/// The only one that there is.
pub(super) const fn owner() -> Person {
    OWNER
}

const XMLNS: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// What S3 leaves alone with `encoding-type=url`.
const ENCODED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'/');

/// The inside of a document.
#[derive(Debug, Default)]
pub(super) struct Document(String);

impl Document {
    pub(super) fn new(members: &impl Serialize) -> Result<Self, S3Error> {
        Ok(Self(encode(members)?))
    }

    /// Adds one more element `name`.
    pub(super) fn add(&mut self, name: &str, members: &impl Serialize) -> Result<(), S3Error> {
        self.append(&Self::new(members)?.inside(name));
        Ok(())
    }

    /// Adds one more element `name` without elements in it.
    pub(super) fn add_text(&mut self, name: &str, text: &str) -> Result<(), S3Error> {
        self.append(&Self::new(&BTreeMap::from([(name, text)]))?);
        Ok(())
    }

    /// Adds a checksum's elements, the kind included.
    pub(super) fn add_checksum(&mut self, checksum: &Checksum) -> Result<(), S3Error> {
        self.add_text(checksum.algorithm.element(), &checksum.value)?;
        self.add_text("ChecksumType", checksum.kind.name())
    }

    /// Adds what is in `more`.
    pub(super) fn append(&mut self, more: &Self) {
        self.0 += &more.0;
    }

    /// The same, inside one more element.
    pub(super) fn inside(&self, name: &str) -> Self {
        Self(format!("<{name}>{}</{name}>", self.0))
    }

    /// The response, with the element `root` round it all.
    pub(super) fn respond(self, root: &str) -> Response<Body> {
        respond(&format!("<{root} xmlns=\"{XMLNS}\">{}</{root}>", self.0))
    }
}

/// A response of S3's errors, whose root has no namespace.
pub(super) fn error_document(members: &impl Serialize) -> Result<Response<Body>, S3Error> {
    Ok(respond(&format!("<Error>{}</Error>", encode(members)?)))
}

/// A key or prefix as a listing shows it. Asking for `encoding-type=url` is the way to have a name told whose characters XML
/// cannot carry: without it they are replaced.
pub(super) fn url_encoded(text: &str, wanted: bool) -> String {
    if wanted {
        return utf8_percent_encode(text, &ENCODED).to_string();
    }
    text.to_owned()
}

fn encode(members: &impl Serialize) -> Result<String, S3Error> {
    xml::encode(members, Items::Member)
        .map_err(|defect| S3Error::Internal(std::io::Error::other(defect)))
}

fn respond(document: &str) -> Response<Body> {
    let prolog = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    let mut response = Response::new(full(prolog.to_owned() + document));
    let content_type = HeaderValue::from_static("application/xml");
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    response
}
