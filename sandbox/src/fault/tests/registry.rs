//! Whom faults strike, and when.

use crate::fault::{Caller, Fault, Faults, Kind, Stroke, Subject, Who};
use crate::world::InstanceId;
use jiff::Timestamp;
use std::time::Duration;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + seconds).unwrap()
}

fn fault(text: &str) -> Fault {
    text.parse().unwrap()
}

fn faults(text: &str) -> Faults {
    let faults = Faults::new(7);
    faults.inject(at(0), fault(text));
    faults
}

fn who(number: u32, launched: i64) -> Who {
    Who {
        launched_at: at(launched),
        id: InstanceId::new(format!("i-{number:017x}")),
        zone: format!("us-east-1{}", ['a', 'b', 'c'][number as usize % 3]),
        version: Some("1.0.0".to_owned()),
        in_service: true,
    }
}

fn call<'a>(service: &'a str, op: &'a str) -> Subject<'a> {
    Subject {
        service: Some(service),
        op: Some(op),
        from: Some(Caller::Deploy),
        ..Subject::default()
    }
}

fn ids(strokes: &[Stroke]) -> Vec<String> {
    let ids = strokes.iter().map(|stroke| stroke.who.id.to_string());
    ids.collect()
}

#[test]
fn a_fault_strikes_within_its_window_and_not_outside() {
    let faults = faults("throttle:after=10s,for=5s");
    let strikes = |seconds| {
        let subject = call("ec2", "DescribeInstances");
        faults
            .strikes(Kind::Throttle, at(seconds), &subject)
            .is_some()
    };
    assert_eq!([9, 10, 14, 15].map(strikes), [false, true, true, false]);
    assert!(faults.list(at(15))[0].done);
    assert_eq!(faults.list(at(15))[0].hits, 2);
}

#[test]
fn planned_faults_count_from_the_arming() {
    let faults = Faults::planned(1, [fault("throttle:after=1s")]);
    let subject = call("ec2", "X");
    assert_eq!(faults.list(at(0))[0].since, None);
    assert!(faults.strikes(Kind::Throttle, at(5), &subject).is_none());
    faults.arm(at(5));
    faults.arm(at(100));
    assert_eq!(faults.list(at(5))[0].since, Some(at(6)));
    assert_eq!(faults.next_event(at(5)), Some(at(6)));
    assert!(faults.strikes(Kind::Throttle, at(6), &subject).is_some());
}

#[test]
fn a_fault_strikes_only_what_it_is_confined_to() {
    let faults = faults("throttle:service=ec2,op=CreateTags,from=deploy");
    let strikes = |subject| faults.strikes(Kind::Throttle, at(1), &subject).is_some();
    assert!(strikes(call("ec2", "CreateTags")));
    assert!(!strikes(call("ec2", "DescribeTags")));
    assert!(!strikes(call("ssm", "CreateTags")));
    let by_an_agent = Subject {
        from: Some(Caller::Instances),
        ..call("ec2", "CreateTags")
    };
    assert!(!strikes(by_an_agent));
    assert!(
        faults
            .strikes(Kind::ServerError, at(1), &call("ec2", "CreateTags"))
            .is_none()
    );
}

#[test]
fn a_fault_is_spent_after_its_times_and_gone_when_cleared() {
    let faults = faults("server-error:times=2");
    let subject = call("ec2", "X");
    let strikes = || faults.strikes(Kind::ServerError, at(1), &subject).is_some();
    assert_eq!([strikes(), strikes(), strikes()], [true, true, false]);
    assert!(faults.list(at(1))[0].done);
    let id = faults.inject(at(1), fault("server-error"));
    assert!(strikes());
    assert!(faults.clear(id));
    assert!(!faults.clear(id));
    assert!(!strikes());
}

#[test]
fn the_same_seed_and_the_same_questions_give_the_same_story() {
    let story = |seed: u64, others: bool| -> Vec<bool> {
        let faults = Faults::new(seed);
        faults.inject(at(0), fault("throttle:chance=0.5"));
        faults.inject(at(0), fault("server-error:chance=0.5"));
        let subject = call("ec2", "X");
        let ask = |n| {
            if others {
                // What another kind is asked changes nothing, nor does the time.
                let _ = faults.strikes(Kind::ServerError, at(n), &subject);
            }
            let now = if others { at(2 * n) } else { at(n) };
            faults.strikes(Kind::Throttle, now, &subject).is_some()
        };
        (0..64).map(ask).collect()
    };
    assert_eq!(story(1, false), story(1, true));
    assert_ne!(story(1, false), story(2, false));
    let hits = story(1, false).iter().filter(|hit| **hit).count();
    assert!((16..48).contains(&hits), "{hits} of 64 with chance 0.5");
}

#[test]
fn members_are_picked_by_launch_or_by_the_seed() {
    let members = [who(3, -10), who(1, -30), who(2, -20)];
    let picked = |text: &str| ids(&faults(text).choose(Kind::KillInstance, at(1), &members));
    let id = |number| who(number, 0).id.to_string();
    assert_eq!(picked("kill-instance:member=oldest"), [id(1)]);
    assert_eq!(picked("kill-instance:member=newest"), [id(3)]);
    assert_eq!(picked("kill-instance:member=2"), [id(2)]);
    assert_eq!(picked("kill-instance:member=9"), [""; 0]);
    assert_eq!(
        picked("kill-instance:member=oldest,times=2"),
        [id(1), id(2)]
    );
    assert_eq!(picked("kill-instance:zone=us-east-1c"), [id(2)]);
    assert_eq!(picked("kill-instance"), picked("kill-instance"));
    assert_eq!(picked("kill-instance:times=9").len(), 3);
}

#[test]
fn a_member_is_struck_once_and_whoever_does_not_serve_is_no_member_yet() {
    let faults = faults("kill-agent");
    let coming = Who {
        in_service: false,
        ..who(1, 5)
    };
    assert!(faults.choose(Kind::KillAgent, at(6), &[coming]).is_empty());
    assert_eq!(faults.choose(Kind::KillAgent, at(7), &[who(1, 5)]).len(), 1);
    assert!(
        faults
            .choose(Kind::KillAgent, at(8), &[who(1, 5), who(2, 6)])
            .is_empty()
    );
}

#[test]
fn new_means_launched_after_the_fault_began() {
    let faults = faults("slow-boot:after=10s,version=1.0.0,times=2");
    let afflicted = |number, launched: i64| {
        faults
            .afflicts(Kind::SlowBoot, at(launched.max(10)), &who(number, launched))
            .is_some()
    };
    assert!(!afflicted(1, 9));
    assert!(afflicted(2, 10));
    assert!(afflicted(2, 10), "an instance keeps its fault");
    assert!(afflicted(3, 11));
    assert!(!afflicted(4, 12), "twice is twice");
    assert_eq!(faults.list(at(12))[0].hits, 2);
}

#[test]
fn a_release_can_be_meant_and_not_what_it_is_rolled_back_to() {
    let faults = faults("crash-at-start:version=1.1.0");
    let old = who(1, 1);
    let new = Who {
        version: Some("1.1.0".to_owned()),
        ..who(2, 1)
    };
    assert!(faults.afflicts(Kind::CrashAtStart, at(2), &old).is_none());
    assert!(faults.afflicts(Kind::CrashAtStart, at(2), &new).is_some());
}

#[test]
fn a_chosen_member_keeps_its_fault_while_that_lasts() {
    let faults = faults("flap-health:for=10s");
    let chosen = faults.choose(Kind::FlapHealth, at(1), &[who(1, -1)]);
    let id = &chosen[0].who.id;
    assert_eq!(faults.list(at(2))[0].hits, 0, "chosen is not yet struck");
    let mut odd = Vec::new();
    while odd.len() < 7 {
        let turn = faults.turn(Kind::FlapHealth, at(9), id).unwrap();
        odd.push(turn.is_in_odd_round());
        faults.acted(turn.id);
    }
    assert_eq!(odd, [true, true, true, false, false, false, true]);
    assert_eq!(faults.list(at(9))[0].hits, 7);
    assert!(!faults.list(at(9))[0].done);
    assert!(faults.turn(Kind::FlapHealth, at(10), id).is_none());
    assert!(faults.list(at(10))[0].done);
    assert_eq!(chosen[0].fault.after(), Duration::ZERO);
}

#[test]
fn how_often_something_else_is_called_changes_no_answer() {
    let story = |polls: usize| -> Vec<bool> {
        let faults = faults("throttle:chance=0.5");
        let strikes = |op| {
            faults
                .strikes(Kind::Throttle, at(1), &call("ec2", op))
                .is_some()
        };
        let ask = |_| {
            for _ in 0..polls {
                let _ = strikes("DescribeInstances");
            }
            strikes("CreateTags")
        };
        (0..32).map(ask).collect()
    };
    assert_eq!(story(0), story(1));
    assert_eq!(story(0), story(7));
    let hits = story(0).iter().filter(|hit| **hit).count();
    assert!((6..26).contains(&hits), "{hits} of 32 with chance 0.5");
}

#[test]
fn a_stroke_counts_when_it_lands() {
    for text in [
        "kill-instance:delay=4s",
        "crash-after:member=1",
        "hang-agent",
    ] {
        let faults = faults(text);
        let kind = fault(text).kind;
        let strokes = faults.choose(kind, at(1), &[who(1, -1)]);
        let told = |seconds| {
            let told = &faults.list(at(seconds))[0];
            (told.hits, told.done)
        };
        assert_eq!(told(1), (0, false), "{text}: chosen is not yet struck");
        faults.acted(strokes[0].id);
        assert_eq!(told(5), (1, true), "{text}");
    }
    let faults = faults("kill-instance:delay=4s");
    let strokes = faults.choose(Kind::KillInstance, at(1), &[who(1, -1)]);
    faults.missed(strokes[0].id);
    let told = &faults.list(at(5))[0];
    assert_eq!((told.hits, told.done), (0, true), "gone before");
    assert!(!faults.is_cleared(strokes[0].id));
    assert!(faults.clear(strokes[0].id));
    assert!(faults.is_cleared(strokes[0].id));
}

/// What is told of alarms at this second: each one's name and whether it is on.
fn alarms(faults: &Faults, seconds: i64) -> Vec<(String, bool)> {
    let told = faults.alarms(at(seconds)).into_iter();
    told.map(|raised| (raised.alarm, raised.on)).collect()
}

#[test]
fn an_alarm_ends_once_when_its_fault_is_cleared() {
    let faults = Faults::new(7);
    let id = faults.inject(at(0), fault("raise-alarm:name=a"));
    assert_eq!(alarms(&faults, 1), [("a".to_owned(), true)]);
    assert!(faults.clear(id));
    assert!(faults.list(at(1)).is_empty(), "nobody sees it any more");
    assert!(!faults.clear(id));
    assert_eq!(alarms(&faults, 2), [("a".to_owned(), false)]);
    assert_eq!(alarms(&faults, 3), []);
    // What was never raised need not end.
    let id = faults.inject(at(3), fault("raise-alarm:name=a,after=10s"));
    assert_eq!(alarms(&faults, 4), []);
    assert!(faults.clear(id));
    assert_eq!(alarms(&faults, 20), []);
}

#[test]
fn an_alarm_ends_when_the_last_of_its_faults_does() {
    for clears_the_first in [true, false] {
        let faults = Faults::new(7);
        let (on, off) = ([("a".to_owned(), true)], [("a".to_owned(), false)]);
        let long = fault("raise-alarm:name=a,for=9s");
        let first = faults.inject(at(0), long);
        assert_eq!(alarms(&faults, 1), on);
        faults.inject(at(2), fault("raise-alarm:name=a,for=2s"));
        assert_eq!(alarms(&faults, 3), on);
        if clears_the_first {
            assert!(faults.clear(first));
            assert_eq!(alarms(&faults, 3), on, "the other one still raises it");
            assert_eq!(alarms(&faults, 4), off);
        } else {
            assert_eq!(alarms(&faults, 4), on);
            assert_eq!(alarms(&faults, 9), off);
        }
        assert_eq!(alarms(&faults, 20), []);
    }
}
