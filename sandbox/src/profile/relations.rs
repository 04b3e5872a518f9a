//! What the numbers must be to each other, whatever they are.

use super::{App, Profile, text};
use std::time::Duration;

fn check(relation: impl Fn(&Profile) -> (Duration, Duration), why: &str) {
    for profile in [Profile::fast(), Profile::aws()] {
        let (longer, shorter) = relation(&profile);
        assert!(
            longer > shorter,
            "{:?}: {why}: {longer:?} > {shorter:?}",
            profile.pace
        );
    }
}

#[test]
fn the_server_is_never_the_first_to_close_an_idle_connection() {
    check(
        |p| (p.app.keep_alive, p.balancer.idle_timeout),
        "keep-alive, idle timeout",
    );
    check(
        |p| {
            (
                p.app.unready + p.app.lame,
                p.balancer.propagation + p.balancer.idle_timeout,
            )
        },
        "a leaving server outwaits the balancer's pool",
    );
}

#[test]
fn a_leaving_server_accepts_until_the_balancer_knows() {
    check(
        |p| (p.app.unready, p.balancer.propagation),
        "unready, propagation",
    );
}

#[test]
fn an_instance_hears_of_its_end_while_requests_still_reach_it() {
    check(
        |p| (p.balancer.propagation, 2 * p.agent.poll),
        "propagation, poll",
    );
}

#[test]
fn each_limit_leaves_room_for_the_one_inside_it() {
    check(
        |p| (p.app.drain_total, p.app.unready + p.app.lame),
        "total, its phases",
    );
    check(
        |p| (p.agent.stop_timeout, p.app.drain_total),
        "agent's stop, server's total",
    );
    check(
        |p| (p.group.hook_heartbeat, p.agent.start_timeout),
        "hook, one start",
    );
    check(
        |p| (p.group.hook_heartbeat, p.agent.stop_timeout),
        "hook, one stop",
    );
    check(
        |p| (p.target_group.interval, p.target_group.timeout),
        "interval, one probe",
    );
    check(
        |p| {
            (
                p.deploy.deadline,
                4 * (p.target_group.deregistration_delay + p.agent.stop_timeout),
            )
        },
        "deploy, four members in a row",
    );
}

#[test]
fn a_busy_machine_does_not_cost_deploy_its_lease() {
    let fast = Profile::fast();
    let after_renewal_is_due = fast.deploy.lease * 2 / 3;
    assert!(
        after_renewal_is_due >= 2 * fast.balancer.idle_timeout,
        "twice what a busy server is given to answer: {after_renewal_is_due:?}"
    );
}

#[test]
fn the_naive_application_breaks_the_rules_that_the_real_one_keeps() {
    let naive = App::naive();
    assert!(naive.keep_alive < Profile::fast().balancer.idle_timeout);
    assert!(naive.unready < Profile::fast().balancer.propagation);
    assert_eq!(
        naive.args().join(" "),
        "--keep-alive 400ms --unready 0s --lame 0s --drain-total 0s"
    );
}

#[test]
fn durations_are_written_as_they_are_read() {
    for profile in [Profile::fast(), Profile::aws()] {
        for pair in profile.app.args().chunks(2) {
            assert!(humantime::parse_duration(&pair[1]).is_ok(), "{pair:?}");
        }
    }
    assert_eq!(text(Duration::from_millis(2500)), "2s 500ms");
}
