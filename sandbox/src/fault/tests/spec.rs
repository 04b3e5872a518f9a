//! Reading and writing.

use crate::fault::{Fault, FaultError, Key, Kind, Pick};
use proptest::prelude::*;
use std::time::Duration;

fn parse(text: &str) -> Result<Fault, FaultError> {
    text.parse()
}

#[test]
fn a_kind_alone_is_a_fault() {
    for kind in Kind::ALL {
        let text = if kind == Kind::RaiseAlarm {
            "raise-alarm:name=errors"
        } else {
            kind.name()
        };
        let fault = parse(text).unwrap();
        assert_eq!(fault.kind, kind);
        assert_eq!(fault.to_string(), text);
    }
}

#[test]
fn keys_follow_the_colon_and_unsaid_ones_have_a_meaning() {
    let fault = parse("kill-instance:member=2,after=1m30s").unwrap();
    assert_eq!(fault.member(), Pick::Nth(2));
    assert_eq!(fault.after(), Duration::from_secs(90));
    assert_eq!(fault.times(), Some(1));
    assert_eq!(fault.to_string(), "kill-instance:after=1m30s,member=2");
    assert_eq!(parse("throttle").unwrap().times(), None);
    assert_eq!(parse("slow-disk:rate=64K").unwrap().rate(), 65536);
}

#[test]
fn whatever_is_no_fault_is_one_sentence_and_a_hint() {
    for (text, sentence, hint) in [
        (
            "kill",
            "there is no fault \"kill\"",
            "one of throttle, server-error",
        ),
        ("", "there is no fault \"\"", "one of throttle"),
        (
            "throttle:ec2",
            "\"ec2\" is not of the form key=value",
            "KIND:key=value",
        ),
        ("throttle:", "", ""),
        (
            "throttle:member=1",
            "throttle does not take \"member\"",
            "throttle takes after, for",
        ),
        (
            "lose-zone:zone=mars",
            "zone cannot be \"mars\"",
            "zone= takes us-east-1a, us-east-1b or us-east-1c",
        ),
        (
            "throttle:times=1,times=2",
            "times is given twice",
            "leave one of them out",
        ),
        (
            "throttle:times=0",
            "times cannot be \"0\"",
            "times= takes a number from 1 on",
        ),
        ("throttle:chance=1.5", "chance cannot be \"1.5\"", "up to 1"),
        (
            "throttle:service=lambda",
            "service cannot be \"lambda\"",
            "ssm",
        ),
        ("slow-disk:rate=0", "rate cannot be \"0\"", "64K"),
        (
            "stuck-boot:member=oldest",
            "stuck-boot only concerns instances",
            "member=new",
        ),
        ("raise-alarm", "raise-alarm needs name", "add name="),
        (
            "stale-reads:service=s3",
            "reads of s3 are never stale",
            "another service",
        ),
        (
            "stale-reads:service=sts",
            "reads of sts are never stale",
            "another service",
        ),
        ("throttle:for=0s", "for cannot be \"0s\"", "above 0"),
        ("throttle:for=8d", "for cannot be \"8d\"", "at most 7d"),
        (
            "kill-agent:after=1000years",
            "after cannot be \"1000years\"",
            "at most 7d",
        ),
    ] {
        match parse(text) {
            Ok(fault) => assert!(sentence.is_empty(), "{text}: {fault}"),
            Err(error) => {
                assert!(error.to_string().starts_with(sentence), "{text}: {error}");
                assert!(error.hint().contains(hint), "{text}: {}", error.hint());
            }
        }
    }
}

#[test]
fn the_table_is_complete() {
    for kind in Kind::ALL {
        assert!(kind.about().len() < 140, "{}", kind.name());
        let mut keys = kind.keys().to_vec();
        keys.dedup();
        assert_eq!(keys.len(), kind.keys().len(), "{}", kind.name());
        assert_eq!(
            Kind::ALL.iter().filter(|k| k.name() == kind.name()).count(),
            1
        );
    }
}

/// A value that a key may have.
fn value(key: Key) -> BoxedStrategy<String> {
    match key {
        Key::After | Key::For | Key::Delay => (0_u64..10_000_000)
            .prop_map(|ms| {
                let text = humantime::format_duration(Duration::from_millis(ms)).to_string();
                text.replace(' ', "")
            })
            .boxed(),
        Key::Times | Key::Requests | Key::Action => {
            (1_u64..=u64::MAX).prop_map(|n| n.to_string()).boxed()
        }
        Key::Chance => (1_u32..=1000)
            .prop_map(|n| (f64::from(n) / 1000.0).to_string())
            .boxed(),
        Key::Member => prop_oneof![
            Just("oldest".to_owned()),
            Just("newest".to_owned()),
            Just("random".to_owned()),
            (1_u64..100).prop_map(|n| n.to_string())
        ]
        .boxed(),
        Key::Service => Just("ec2".to_owned()).boxed(),
        Key::From => Just("instances".to_owned()).boxed(),
        Key::When => Just("before".to_owned()).boxed(),
        Key::Rate | Key::Size => (1_u64..1 << 40)
            .prop_map(|bytes| crate::fault::Bytes(bytes).to_string())
            .boxed(),
        Key::Zone => "us-east-1[abc]".boxed(),
        Key::Version | Key::Op | Key::Name => "[a-zA-Z0-9._-]{1,12}".boxed(),
    }
}

fn fault() -> impl Strategy<Value = String> {
    let kinds = prop::sample::select(Kind::ALL.to_vec());
    kinds.prop_flat_map(|kind| {
        let pairs: Vec<_> = kind
            .keys()
            .iter()
            .copied()
            .filter(|key| !(kind.only_new() && *key == Key::Member))
            .map(|key| {
                let said = (value(key), any::<bool>());
                said.prop_map(move |(value, say)| {
                    (say || key == Key::Name).then(|| format!("{}={value}", key.name()))
                })
            })
            .collect();
        pairs.prop_map(move |pairs| {
            let pairs: Vec<String> = pairs.into_iter().flatten().collect();
            if pairs.is_empty() {
                kind.name().to_owned()
            } else {
                format!("{}:{}", kind.name(), pairs.join(","))
            }
        })
    })
}

proptest! {
    #[test]
    fn reading_and_writing_are_inverse(text in fault()) {
        let read = parse(&text).unwrap();
        prop_assert_eq!(parse(&read.to_string()).unwrap(), read);
    }

    #[test]
    fn nothing_that_is_typed_breaks_the_reader(text in ".{0,60}") {
        let _ = parse(&text);
    }
}
