//! A form body as a tree of dotted names: `Tags.member.1.Key=a` becomes Tags / member / 1 / Key. Knows nothing of lists,
//! types or services; bounded, because the body comes from outside.

use std::collections::BTreeMap;

use percent_encoding::percent_decode;

use super::query::DecodeError;
use super::xml;

/// Parameters in one request. The largest real call, a describe with every filter, stays far below.
const MAX_PARAMETERS: usize = 10_000;

/// Names deep. The deepest of the modelled requests (a launch template's block devices) has nine.
const MAX_DEPTH: usize = 32;

/// One name of the tree: a value, children, or (before it is filled) neither. Never both.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) value: Option<String>,
    pub(super) children: BTreeMap<String, Node>,
}

/// The pairs of a form body, decoded strictly: a browser's leniency would hide a client's mistake.
pub(crate) fn pairs(body: &[u8]) -> impl Iterator<Item = Result<(String, String), DecodeError>> {
    body.split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
                Some(at) => (&pair[..at], &pair[at + 1..]),
                None => (pair, &pair[pair.len()..]),
            };
            Ok((unescape(name)?, unescape(value)?))
        })
}

/// The tree of all parameters but `Action` and `Version`, which belong to the envelope.
pub(super) fn tree(body: &[u8]) -> Result<Node, DecodeError> {
    let mut root = Node::default();
    for (count, pair) in pairs(body).enumerate() {
        if count == MAX_PARAMETERS {
            return Err(DecodeError::malformed(format!(
                "more than {MAX_PARAMETERS} parameters"
            )));
        }
        let (name, value) = pair?;
        check_characters(&name, &value)?;
        if name != "Action" && name != "Version" {
            insert(&mut root, &name, value)?;
        }
    }
    Ok(root)
}

/// What XML has no way to write could be taken in, but never be told again: every listing that it is in would fail. AWS's
/// patterns leave it out, too: `[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*`.
/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html>
fn check_characters(name: &str, value: &str) -> Result<(), DecodeError> {
    match xml::forbidden(name).or_else(|| xml::forbidden(value)) {
        Some(character) => Err(DecodeError::invalid(
            xml::printable(name),
            format!("it has the character {character:?}, which is not allowed"),
        )),
        None => Ok(()),
    }
}

fn insert(root: &mut Node, name: &str, value: String) -> Result<(), DecodeError> {
    let mut node = root;
    for (depth, segment) in name.split('.').enumerate() {
        if depth == MAX_DEPTH {
            return Err(DecodeError::malformed(format!(
                "a parameter's name is more than {MAX_DEPTH} levels deep"
            )));
        }
        if segment.is_empty() {
            return Err(DecodeError::invalid(name, "the name has an empty part"));
        }
        if node.value.is_some() {
            return Err(DecodeError::invalid(name, "lies below a plain value"));
        }
        node = node.children.entry(segment.to_owned()).or_default();
    }
    if node.value.is_some() {
        return Err(DecodeError::invalid(name, "is given twice"));
    }
    if !node.children.is_empty() {
        return Err(DecodeError::invalid(
            name,
            "is both a value and a structure",
        ));
    }
    node.value = Some(value);
    Ok(())
}

fn unescape(text: &[u8]) -> Result<String, DecodeError> {
    check_escapes(text)?;
    let spaced: Vec<u8> = text
        .iter()
        .map(|byte| if *byte == b'+' { b' ' } else { *byte })
        .collect();
    match percent_decode(&spaced).decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(DecodeError::malformed("the body is not UTF-8")),
    }
}

fn check_escapes(text: &[u8]) -> Result<(), DecodeError> {
    let broken = text.iter().enumerate().any(|(at, byte)| {
        *byte == b'%'
            && !text
                .get(at + 1..at + 3)
                .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    if broken {
        return Err(DecodeError::malformed(
            "the body has a broken percent escape",
        ));
    }
    Ok(())
}
