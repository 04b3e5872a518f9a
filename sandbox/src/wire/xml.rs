//! Encodes typed responses as the XML of the query protocols: what a response holds is said by its struct, not here.
//! Root elements and envelopes are put on by `envelope`; serde's side lives in `xml_ser`.

use std::fmt::Display;

use serde::Serialize;

use super::xml_ser::ElementSerializer;

/// What the elements of a list are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Items {
    /// awsQuery: `<member>`.
    Member,
    /// ec2Query: `<item>`.
    Item,
}

impl Items {
    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Item => "item",
        }
    }
}

/// Why a value has no XML: a defect of the response type.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// A field or map key that is no element name.
    #[error("{name:?} is not the name of an XML element")]
    Name {
        /// The name.
        name: String,
    },
    /// A type that these protocols cannot express, such as a bare number at the top or an enum with data.
    #[error("cannot write {what} as XML")]
    Unsupported {
        /// The type.
        what: String,
    },
    /// A `Serialize` implementation reported this.
    #[error("{0}")]
    Custom(String),
}

impl EncodeError {
    pub(super) fn unsupported(what: &str) -> Self {
        Self::Unsupported { what: what.into() }
    }
}

impl serde::ser::Error for EncodeError {
    fn custom<T: Display>(reason: T) -> Self {
        Self::Custom(reason.to_string())
    }
}

/// Encodes the members of a struct, without a root element. Field names are element names, `None` is left out, a `Vec` is
/// `<Name><member>..</member></Name>` (an empty one is the empty element), a unit variant is its name, bytes are base64.
/// Characters that XML 1.0 cannot write, not even escaped, are replaced: requests with them are refused, and should one get in
/// by another way, a whole listing must not fail for it.
///
/// ```
/// #[derive(serde::Serialize)]
/// #[serde(rename_all = "PascalCase")]
/// struct Group { name: String, zones: Vec<&'static str>, status: Option<String> }
///
/// use sandbox::wire::xml::{encode, Items};
/// let group = Group { name: "a&b".into(), zones: vec!["z1"], status: None };
/// assert_eq!(
///     encode(&group, Items::Member)?,
///     "<Name>a&amp;b</Name><Zones><member>z1</member></Zones>",
/// );
/// # Ok::<(), sandbox::wire::xml::EncodeError>(())
/// ```
pub fn encode<T: Serialize>(value: &T, items: Items) -> Result<String, EncodeError> {
    let mut output = Output::new(items);
    value.serialize(ElementSerializer::top(&mut output))?;
    Ok(output.finish())
}

/// The document being written. Every name and text goes through here, so nothing unescaped can get out.
pub(super) struct Output {
    document: String,
    pub(super) items: Items,
}

impl Output {
    pub(super) fn new(items: Items) -> Self {
        let document = String::new();
        Self { document, items }
    }

    pub(super) fn finish(self) -> String {
        self.document
    }

    pub(super) fn open(&mut self, name: &str) -> Result<(), EncodeError> {
        check_name(name)?;
        self.tag("<", name);
        Ok(())
    }

    /// Only ever what was opened.
    pub(super) fn close(&mut self, name: &str) {
        self.tag("</", name);
    }

    pub(super) fn leaf(&mut self, name: &str, text: &str) -> Result<(), EncodeError> {
        self.open(name)?;
        if text.bytes().all(is_plain) {
            self.document.push_str(text);
        } else {
            self.escape(text);
        }
        self.close(name);
        Ok(())
    }

    fn tag(&mut self, opening: &str, name: &str) {
        self.document.push_str(opening);
        self.document.push_str(name);
        self.document.push('>');
    }

    /// A carriage return is escaped because XML readers turn a bare one into a line feed.
    fn escape(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.document.push_str("&amp;"),
                '<' => self.document.push_str("&lt;"),
                '>' => self.document.push_str("&gt;"),
                '\r' => self.document.push_str("&#13;"),
                _ if is_forbidden(character) => self.document.push(REPLACEMENT),
                _ => self.document.push(character),
            }
        }
    }
}

/// Nearly every text of an answer consists of these alone, and is copied as it is.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'&' | b'<' | b'>')
}

/// `text` with what XML cannot carry replaced, for messages that quote what a client sent.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if is_forbidden(c) { REPLACEMENT } else { c })
        .collect()
}

/// The first character of `text` that XML cannot carry.
pub(crate) fn forbidden(text: &str) -> Option<char> {
    text.chars().find(|character| is_forbidden(*character))
}

/// Unicode's own sign for what could not be told.
const REPLACEMENT: char = '\u{fffd}';

fn is_forbidden(character: char) -> bool {
    let control = character < ' ' && !matches!(character, '\t' | '\n' | '\r');
    control || matches!(character, '\u{fffe}' | '\u{ffff}')
}

fn check_name(name: &str) -> Result<(), EncodeError> {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let plain = name
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    if starts && plain {
        return Ok(());
    }
    Err(EncodeError::Name { name: name.into() })
}
