//! Reads answers as far as the deployer needs them: the members of a list, and single elements.

use anyhow::Context;
use quick_xml::Reader;
use quick_xml::events::Event;

/// The texts of the elements `names`, in that order, for each member of the first list `list`; an element that a member lacks
/// is empty, and of several the last counts.
pub(crate) fn members<'a, const N: usize>(
    xml: &'a str,
    list: &str,
    names: [&str; N],
) -> anyhow::Result<Vec<[&'a str; N]>> {
    let mut reader = Reader::from_str(xml);
    let mut found = Vec::new();
    if !goes_to(&mut reader, list)? {
        return Ok(found);
    }
    let (mut depth, mut member, mut begun) = (0, [""; N], 0);
    loop {
        match reader.read_event()? {
            Event::Start(_) => {
                depth += 1;
                begun = position(&reader)?;
            }
            Event::End(end) => {
                let name = end.name().into_inner();
                if depth == 0 {
                    return Ok(found);
                }
                if let Some(at) = names.iter().position(|wanted| wanted.as_bytes() == name) {
                    member[at] = text_at(xml, begun);
                }
                depth -= 1;
                if depth == 0 {
                    found.push(std::mem::replace(&mut member, [""; N]));
                }
            }
            Event::Eof => anyhow::bail!("the list {list} has no end"),
            _ => {}
        }
    }
}

/// The text of the first element of that name; empty if there is none.
pub(crate) fn first<'a>(xml: &'a str, name: &str) -> &'a str {
    let opening = format!("<{name}>");
    xml.find(&opening)
        .map_or("", |at| text_at(xml, at + opening.len()))
}

fn goes_to(reader: &mut Reader<&[u8]>, list: &str) -> anyhow::Result<bool> {
    loop {
        match reader.read_event()? {
            Event::Start(start) if start.name().into_inner() == list.as_bytes() => return Ok(true),
            Event::Eof => return Ok(false),
            _ => {}
        }
    }
}

fn position(reader: &Reader<&[u8]>) -> anyhow::Result<usize> {
    usize::try_from(reader.buffer_position()).context("an answer beyond all bounds")
}

/// Up to the next tag. What the deployer compares never holds an escaped character.
fn text_at(xml: &str, at: usize) -> &str {
    let rest = &xml[at..];
    rest.split_once('<').map_or(rest, |(text, _)| text)
}
