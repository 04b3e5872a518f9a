//! Whole lives of an instance: events go in, the transcript of duties comes out.

mod script;

use crate::cloud::Answer;
use crate::seen::Target;
use script::{Event, story};

/// From boot to a healthy server.
const LAUNCH: [Event; 3] = [Event::Resolved, Event::Installed, Event::Healthy];

fn after_launch(events: &[Event]) -> Vec<Event> {
    LAUNCH.iter().chain(events).copied().collect()
}

/// What `LAUNCH` leads to, up to the launch hook.
fn launched(rest: &str) -> String {
    format!(
        "Announce(Resolving)
        Resolve
        waits for Job: Resolved
        Announce(Fetching)
        Install
        waits for Job: Installed
        Announce(Starting)
        StartServer
        waits for Readiness: Healthy
        Announce(Serving)
        Link
        CompleteLaunch(Continue)
        {}",
        rest.trim()
    )
}

#[test]
fn a_good_release_goes_into_service_whatever_becomes_of_the_report() {
    story(&LAUNCH, &[], &launched("waits for Change"));
}

#[test]
fn heartbeats_are_sent_while_a_launch_takes_its_time() {
    let events = [
        Event::HeartbeatDue,
        Event::Resolved,
        Event::HeartbeatDue,
        Event::Installed,
        Event::HeartbeatDue,
    ];
    story(
        &events,
        &[],
        "Announce(Resolving)
        Resolve
        waits for Job: HeartbeatDue
        Heartbeat(Launching)
        waits for Job: Resolved
        Announce(Fetching)
        Install
        waits for Job: HeartbeatDue
        Heartbeat(Launching)
        waits for Job: Installed
        Announce(Starting)
        StartServer
        waits for Readiness: HeartbeatDue
        Heartbeat(Launching)
        waits for Readiness",
    );
}

#[test]
fn a_release_that_cannot_be_trusted_is_reported_before_the_instance_is_given_up() {
    let events = [
        Event::ResolveFails { transient: false },
        Event::HeartbeatDue,
        Event::Reported,
    ];
    story(
        &events,
        &[],
        "Announce(Resolving)
        Resolve
        waits for Job: ResolveFails { transient: false }
        Announce(Failed)
        waits for Report: HeartbeatDue
        Heartbeat(Launching)
        waits for Report: Reported
        CompleteLaunch(Abandon)
        waits for End",
    );
}

#[test]
fn one_bad_moment_of_the_store_costs_nothing() {
    let events = [
        Event::Resolved,
        Event::InstallFails { transient: true },
        Event::Rested,
        Event::Installed,
    ];
    story(
        &events,
        &[],
        "Announce(Resolving)
        Resolve
        waits for Job: Resolved
        Announce(Fetching)
        Install
        waits for Job: InstallFails { transient: true }
        waits for Rest: Rested
        Install
        waits for Job: Installed
        Announce(Starting)
        StartServer
        waits for Readiness",
    );
}

#[test]
fn a_store_that_stays_down_is_a_failure() {
    let fails = Event::ResolveFails { transient: true };
    let rests = Event::Rested;
    let events = [
        fails,
        rests,
        fails,
        rests,
        fails,
        rests,
        fails,
        Event::Reported,
    ];
    let attempt = "Resolve
        waits for Job: ResolveFails { transient: true }
        waits for Rest: Rested\n";
    story(
        &events,
        &[],
        &format!(
            "Announce(Resolving)
            {attempt}{attempt}{attempt}Resolve
            waits for Job: ResolveFails {{ transient: true }}
            Announce(Failed)
            waits for Report: Reported
            CompleteLaunch(Abandon)
            waits for End"
        ),
    );
}

#[test]
fn a_server_that_dies_before_it_is_healthy_is_a_failure_and_stays_one_on_the_way_out() {
    let events = [
        Event::Resolved,
        Event::Installed,
        Event::Dies,
        Event::Reported,
        Event::Target(Target::Terminated),
        Event::Sigterm,
    ];
    story(
        &events,
        &[],
        "Announce(Resolving)
        Resolve
        waits for Job: Resolved
        Announce(Fetching)
        Install
        waits for Job: Installed
        Announce(Starting)
        StartServer
        waits for Readiness: Dies
        Announce(Failed)
        StopServer
        waits for Report: Reported
        CompleteLaunch(Abandon)
        waits for End: Target(Terminated)
        CompleteTermination
        waits for End: Sigterm
        ends",
    );
}

#[test]
fn an_instance_terminated_while_it_installs_stops_installing_and_lets_go() {
    let events = [
        Event::Resolved,
        Event::Target(Target::Terminated),
        Event::Reported,
    ];
    story(
        &events,
        &[],
        "Announce(Resolving)
        Resolve
        waits for Job: Resolved
        Announce(Fetching)
        Install
        waits for Job: Target(Terminated)
        Announce(Draining)
        CancelJobs
        Announce(Left)
        waits for Report: Reported
        CompleteTermination
        waits for End",
    );
}

#[test]
fn an_instance_terminated_while_its_server_starts_never_serves() {
    let events = [
        Event::Resolved,
        Event::Installed,
        Event::Target(Target::Terminated),
        Event::Stopped,
        Event::Reported,
    ];
    story(
        &events,
        &[],
        "Announce(Resolving)
        Resolve
        waits for Job: Resolved
        Announce(Fetching)
        Install
        waits for Job: Installed
        Announce(Starting)
        StartServer
        waits for Readiness: Target(Terminated)
        Announce(Draining)
        StopServer
        waits for Drain: Stopped
        Announce(Left)
        waits for Report: Reported
        CompleteTermination
        waits for End",
    );
}

#[test]
fn a_hook_that_does_not_wait_yet_is_tried_again() {
    story(
        &after_launch(&[Event::Rested]),
        &[Answer::NotWaiting, Answer::Accepted],
        &launched(
            "waits for Hook: Rested
            CompleteLaunch(Continue)
            waits for Change",
        ),
    );
}

#[test]
fn an_agent_that_restarts_in_service_finds_no_hook_and_keeps_serving() {
    story(
        &after_launch(&[Event::Rested, Event::PatienceEnds]),
        &[Answer::NotWaiting, Answer::NotWaiting],
        &launched(
            "waits for Hook: Rested
            CompleteLaunch(Continue)
            waits for Hook: PatienceEnds
            waits for Change",
        ),
    );
}

#[test]
fn a_terminated_instance_drains_and_waits_for_its_hook_to_wait() {
    let events = [
        Event::Target(Target::InService),
        Event::Target(Target::Terminated),
        Event::HeartbeatDue,
        Event::Stopped,
        Event::Reported,
        Event::Rested,
        Event::Sigterm,
    ];
    story(
        &after_launch(&events),
        &[Answer::Accepted, Answer::NotWaiting, Answer::Accepted],
        &launched(
            "waits for Change: Target(InService)
            waits for Change: Target(Terminated)
            Announce(Draining)
            StopServer
            waits for Drain: HeartbeatDue
            Heartbeat(Terminating)
            waits for Drain: Stopped
            Announce(Left)
            waits for Report: Reported
            CompleteTermination
            waits for Hook: Rested
            CompleteTermination
            waits for End: Sigterm
            ends",
        ),
    );
}

#[test]
fn a_serving_server_that_dies_is_started_again_until_it_dies_too_often() {
    let dies = [Event::Dies, Event::Rested, Event::Healthy];
    let mut events = dies.repeat(2);
    events.extend([Event::Dies, Event::Reported]);
    let again = "waits for Change: Dies
        Announce(Starting)
        waits for Rest: Rested
        StartServer
        waits for Readiness: Healthy
        Announce(Serving)\n";
    story(
        &after_launch(&events),
        &[],
        &launched(&format!(
            "{again}{again}waits for Change: Dies
            Announce(Failed)
            StopServer
            waits for End: Reported
            waits for End"
        )),
    );
}

#[test]
fn a_shutdown_drains_the_server_and_ends() {
    story(
        &after_launch(&[Event::Sigterm, Event::Stopped]),
        &[],
        &launched(
            "waits for Change: Sigterm
            Announce(Draining)
            StopServer
            waits for Drain: Stopped
            ends",
        ),
    );
}

#[test]
fn standby_leaves_the_server_alone() {
    story(
        &after_launch(&[Event::Target(Target::Elsewhere)]),
        &[],
        &launched(
            "waits for Change: Target(Elsewhere)
            waits for Change",
        ),
    );
}
