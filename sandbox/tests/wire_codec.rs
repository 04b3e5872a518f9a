//! The codecs as the services see them: forms to structs, structs to XML.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking"
)]

use std::collections::BTreeMap;
use std::fmt::Write;

use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;
use sandbox::wire::error::ApiError;
use sandbox::wire::query::{Lists, action, decode};
use sandbox::wire::xml::{Items, encode};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Group {
    name: String,
    max_size: Option<u32>,
    weight: Option<f64>,
    enabled: Option<bool>,
    kind: Option<Kind>,
    created: Option<Timestamp>,
    zones: Option<Vec<String>>,
    tags: Option<Vec<Tag>>,
    preferences: Option<Preferences>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    OnDemand,
    Spot,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Tag {
    key: String,
    value: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Preferences {
    percentages: Option<Vec<i64>>,
}

fn group(form: &str) -> Result<Group, String> {
    decode(form.as_bytes(), Lists::Members).map_err(|error| error.to_string())
}

#[test]
fn every_kind_of_member_is_read_from_its_text() {
    let form = "Action=Create&Version=2011-01-01&Name=a%20b%2Bc+d&MaxSize=7&Weight=0.5&Enabled=true&Kind=on-demand\
                &Created=2026-11-20T21%3A00%3A00Z&Zones.member.1=z1&Tags.member.1.Key=k&Tags.member.1.Value=\
                &Preferences.Percentages.member.1=-1";
    let tag = Tag {
        key: "k".into(),
        value: Some(String::new()),
    };
    let expected = Group {
        name: "a b+c d".into(),
        max_size: Some(7),
        weight: Some(0.5),
        enabled: Some(true),
        kind: Some(Kind::OnDemand),
        created: Some("2026-11-20T21:00:00Z".parse().unwrap()),
        zones: Some(vec!["z1".into()]),
        tags: Some(vec![tag]),
        preferences: Some(Preferences {
            percentages: Some(vec![-1]),
        }),
    };
    assert_eq!(group(form), Ok(expected));
    assert_eq!(action(form.as_bytes()).as_deref(), Some("Create"));
}

#[test]
fn lists_go_by_their_indices_not_by_their_places() {
    let zones = |form: &str| group(&format!("Name=a&{form}")).map(|group| group.zones.unwrap());
    let read = |zones: &[&str]| Ok(zones.iter().map(|&zone| zone.to_owned()).collect());
    assert_eq!(
        zones("Zones.member.10=c&Zones.member.2=b&Zones.member.1=a"),
        read(&["a", "b", "c"])
    );
    assert_eq!(
        zones("Zones.member.4000000000=b&Zones.member.7=a"),
        read(&["a", "b"])
    );
    assert_eq!(zones("Zones="), read(&[]));
    assert_eq!(zones("Zones"), read(&[]));
    assert_eq!(zones("Zones.member="), read(&[]));
}

#[test]
fn flat_lists_have_no_member_level() {
    let form = b"Name=a&Tags.2.Key=y&Tags.1.Key=x&Zones=";
    let group: Group = decode(form, Lists::Flat).unwrap();
    let keys: Vec<String> = group.tags.unwrap().into_iter().map(|tag| tag.key).collect();
    assert_eq!(keys, ["x", "y"]);
    assert_eq!(group.zones, Some(vec![]));
    assert!(decode::<Group>(b"Name=a&Zones.member.1=x", Lists::Flat).is_err());
}

#[test]
fn errors_name_the_parameter_from_the_top() {
    for (form, message) in [
        ("", "missing required parameter Name"),
        (
            "Name=a&Colour=red",
            "unknown or unmodelled parameter Colour",
        ),
        (
            "Name=a&Tags.member.3.Kye=x",
            "unknown or unmodelled parameter Tags.member.3.Kye",
        ),
        (
            "Name=a&Tags.member.3.Value=x",
            "missing required parameter Tags.member.3.Key",
        ),
        (
            "Name=a&MaxSize=-1",
            "invalid parameter MaxSize: '-1' is not a whole number",
        ),
        (
            "Name=a&MaxSize=",
            "invalid parameter MaxSize: '' is not a whole number",
        ),
        (
            "Name=a&Enabled=yes",
            "invalid parameter Enabled: 'yes' is not true or false",
        ),
        (
            "Name=a&Preferences.Percentages.member.2=x",
            "invalid parameter Preferences.Percentages.member.2: 'x' is not a whole number",
        ),
        (
            "Name=a&Kind=free",
            "invalid parameter Kind: unknown variant `free`, expected `on-demand` or `spot`",
        ),
        (
            "Name=a&Zones=z",
            "invalid parameter Zones: expected a list, found a value",
        ),
        (
            "Name=a&Zones.1=z",
            "invalid parameter Zones.1: not part of a list; expected member",
        ),
        (
            "Name=a&Zones.member.x=z",
            "invalid parameter Zones.member.x: not an index of a list",
        ),
        (
            "Name=a&Zones.member.0=z",
            "invalid parameter Zones.member.0: not an index of a list",
        ),
        (
            "Name=a&Zones.member.01=z",
            "invalid parameter Zones.member.01: not an index of a list",
        ),
        (
            "Name=a&Tags.member.1=z",
            "invalid parameter Tags.member.1: expected a structure, found a value",
        ),
        (
            "Name.x=a",
            "invalid parameter Name: expected a value, found a structure",
        ),
    ] {
        assert_eq!(group(form), Err(message.to_owned()), "{form}");
    }
}

#[test]
fn forms_that_contradict_themselves_or_go_beyond_the_bounds_are_refused() {
    let deep = format!("Name=a&{}=1", "A.".repeat(40) + "A");
    let many = "Name=a&".to_owned() + &"Zones.member.1=a&".repeat(10_001);
    for (form, message) in [
        ("Name=a&Name=b", "invalid parameter Name: is given twice"),
        (
            "Name=a&Name.b=c",
            "invalid parameter Name.b: lies below a plain value",
        ),
        (
            "Name.b=c&Name=a",
            "invalid parameter Name: is both a value and a structure",
        ),
        (
            "Name=a&Zones..1=c",
            "invalid parameter Zones..1: the name has an empty part",
        ),
        (
            "Name=a%",
            "malformed request: the body has a broken percent escape",
        ),
        (
            "Name=%zz",
            "malformed request: the body has a broken percent escape",
        ),
        ("Name=%ff", "malformed request: the body is not UTF-8"),
        (
            &deep,
            "malformed request: a parameter's name is more than 32 levels deep",
        ),
        (&many, "invalid parameter Zones.member.1: is given twice"),
    ] {
        assert_eq!(
            group(form),
            Err(message.to_owned()),
            "{}",
            &form[..form.len().min(60)]
        );
    }
    let many: String = (1..=10_001).fold(String::new(), |mut form, index| {
        write!(form, "Zones.member.{index}=a&").unwrap();
        form
    });
    assert_eq!(
        group(&many),
        Err("malformed request: more than 10000 parameters".into())
    );
}

#[test]
fn a_decode_error_reaches_the_client_as_a_validation_error() {
    let error = decode::<Group>(b"Colour=red&Name=a", Lists::Members).unwrap_err();
    assert_eq!(error.path(), Some("Colour"));
    let error = ApiError::from(error);
    assert_eq!(
        (error.status, error.code.as_str()),
        (400, "ValidationError")
    );
}

#[test]
fn xml_has_the_shape_that_each_protocol_wants() {
    let group = Group {
        name: "<a> & \"b\"\r\n".into(),
        kind: Some(Kind::Spot),
        zones: Some(vec!["z1".into(), "z2".into()]),
        tags: Some(vec![]),
        preferences: Some(Preferences {
            percentages: Some(vec![50]),
        }),
        ..Group::default()
    };
    let expected = "<Name>&lt;a&gt; &amp; \"b\"&#13;\n</Name><Kind>spot</Kind>\
        <Zones><member>z1</member><member>z2</member></Zones><Tags></Tags>\
        <Preferences><Percentages><member>50</member></Percentages></Preferences>";
    assert_eq!(encode(&group, Items::Member).unwrap(), expected);
    let items = expected.replace("member>", "item>");
    assert_eq!(encode(&group, Items::Item).unwrap(), items);
}

#[test]
fn what_xml_cannot_carry_is_replaced_and_bad_names_are_refused() {
    let named = |name: &str| Group {
        name: name.into(),
        ..Group::default()
    };
    for hostile in ["\0", "\u{1b}[31m", "\u{b}", "\u{ffff}"] {
        let xml = encode(&named(hostile), Items::Member).unwrap();
        let rest = hostile.get(hostile.len().min(1)..).unwrap_or_default();
        assert_eq!(xml, format!("<Name>\u{fffd}{rest}</Name>"));
    }
    for hostile in ["%00", "a%01b", "%1B%5B31m", "%0B", "%EF%BF%BF"] {
        for lists in [Lists::Members, Lists::Flat] {
            let body = format!("Name={hostile}");
            let error = decode::<Group>(body.as_bytes(), lists).unwrap_err();
            assert_eq!(error.path(), Some("Name"), "{hostile}");
        }
    }
    let fine: Group = decode(b"Name=%09%0D%0A%C3%A9", Lists::Members).unwrap();
    assert_eq!(fine.name, "\t\r\n\u{e9}");
    let map = |name: &str| BTreeMap::from([(name.to_owned(), 1)]);
    for hostile in ["", "a b", "1a", "a><b", "\u{e9}"] {
        assert!(encode(&map(hostile), Items::Member).is_err(), "{hostile:?}");
    }
    assert_eq!(encode(&map("A-b"), Items::Member).unwrap(), "<A-b>1</A-b>");
    assert!(encode(&5, Items::Member).is_err());
    assert!(encode(&vec![5], Items::Member).is_err());
    assert_eq!(encode(&(), Items::Member).unwrap(), "");
}

/// The inverse of the decoder, written from AWS's description of the protocol and not from the code.
fn form_of(value: &serde_json::Value, path: &str, lists: Lists, form: &mut Vec<String>) {
    let below = |name: &str| {
        if path.is_empty() {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        }
    };
    match value {
        serde_json::Value::Null => {}
        serde_json::Value::Object(members) => {
            for (name, member) in members {
                form_of(member, &below(name), lists, form);
            }
        }
        serde_json::Value::Array(elements) if elements.is_empty() => form.push(format!("{path}=")),
        serde_json::Value::Array(elements) => {
            let member = if lists == Lists::Members {
                "member."
            } else {
                ""
            };
            for (index, element) in (1..).zip(elements) {
                form_of(element, &below(&format!("{member}{index}")), lists, form);
            }
        }
        leaf => {
            let text = leaf.as_str().map_or(leaf.to_string(), str::to_owned);
            form.push(format!(
                "{path}={}",
                utf8_percent_encode(&text, NON_ALPHANUMERIC)
            ));
        }
    }
}

/// Any text that XML can carry; the rest is refused, see above.
const TEXT: &str = r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]*";

fn groups() -> impl Strategy<Value = Group> {
    let tag = (TEXT, prop::option::of(TEXT)).prop_map(|(key, value)| Tag { key, value });
    let kind = prop_oneof![Just(Kind::OnDemand), Just(Kind::Spot)];
    let created = (0i64..4_000_000_000).prop_map(|second| Timestamp::from_second(second).unwrap());
    let percentages = prop::option::of(prop::collection::vec(any::<i64>(), 0..4));
    let preferences = percentages.prop_map(|percentages| {
        percentages.map(|percentages| Preferences {
            percentages: Some(percentages),
        })
    });
    (
        (
            TEXT,
            any::<Option<u32>>(),
            prop::option::of(-1e9..1e9),
            any::<Option<bool>>(),
        ),
        (prop::option::of(kind), prop::option::of(created)),
        prop::option::of(prop::collection::vec(TEXT, 0..12)),
        prop::option::of(prop::collection::vec(tag, 0..4)),
        preferences,
    )
        .prop_map(
            |((name, max_size, weight, enabled), (kind, created), zones, tags, preferences)| {
                Group {
                    name,
                    max_size,
                    weight,
                    enabled,
                    kind,
                    created,
                    zones,
                    tags,
                    preferences,
                }
            },
        )
}

/// The texts of all leaves, in order, as any XML reader sees them.
fn leaves(xml: &str) -> Vec<String> {
    let mut reader = Reader::from_str(xml);
    let (mut texts, mut text, mut leaf) = (Vec::new(), String::new(), false);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(_) => (text, leaf) = (String::new(), true),
            Event::Text(piece) => text += &piece.decode().unwrap(),
            Event::GeneralRef(reference) => {
                let name = reference.decode().unwrap();
                let named = quick_xml::escape::resolve_predefined_entity(&name);
                let numbered = reference.resolve_char_ref().unwrap();
                text += &numbered.map_or_else(|| named.unwrap().to_owned(), String::from);
            }
            Event::End(_) if leaf => {
                texts.push(std::mem::take(&mut text));
                leaf = false;
            }
            Event::Eof => return texts,
            _ => {}
        }
    }
}

proptest! {
    #[test]
    fn whatever_is_sent_is_what_is_read(group in groups(), flat: bool, rotation in 0usize..100) {
        let lists = if flat { Lists::Flat } else { Lists::Members };
        let mut form = Vec::new();
        form_of(&serde_json::to_value(&group).unwrap(), "", lists, &mut form);
        let middle = rotation % form.len();
        form.rotate_left(middle);
        prop_assert_eq!(decode::<Group>(form.join("&").as_bytes(), lists), Ok(group));
    }

    #[test]
    fn text_survives_xml(zones in prop::collection::vec("[\\PC\t\n\r<>&'\"]*", 0..6)) {
        let group = Group { name: "n".into(), zones: Some(zones.clone()), ..Group::default() };
        let xml = encode(&group, Items::Member).unwrap();
        let mut expected = vec!["n".to_owned()];
        expected.extend(zones);
        if expected.len() == 1 {
            expected.push(String::new());
        }
        prop_assert_eq!(leaves(&xml), expected);
    }

    #[test]
    fn random_bytes_never_panic(body in prop::collection::vec(any::<u8>(), 0..300), flat: bool) {
        let lists = if flat { Lists::Flat } else { Lists::Members };
        let _any_answer = decode::<Group>(&body, lists);
        let _any_answer = action(&body);
    }

    #[test]
    fn forms_that_are_nearly_right_never_panic(
        form in "((Name|Tags|Zones|member|Key|Created|[0-9]{1,12}|%2E|%)[.=&]){0,40}",
        flat: bool,
    ) {
        let lists = if flat { Lists::Flat } else { Lists::Members };
        let _any_answer = decode::<Group>(form.as_bytes(), lists);
    }
}
