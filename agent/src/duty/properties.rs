//! What must hold for every observation, however unlikely.

use super::*;
use proptest::prelude::*;

fn job() -> impl Strategy<Value = Job> {
    prop_oneof![
        Just(Job::NotBegun),
        Just(Job::Running),
        Just(Job::Done),
        (any::<bool>(), 1..6u32, any::<bool>()).prop_map(|(transient, attempts, rested)| {
            Job::Failed {
                transient,
                attempts,
                rested,
            }
        }),
    ]
}

fn server() -> impl Strategy<Value = Server> {
    prop_oneof![
        Just(Server::Absent),
        Just(Server::Starting),
        Just(Server::Healthy),
        Just(Server::Stopping),
        Just(Server::Stopped),
        (0..5u32, any::<bool>()).prop_map(|(quick_deaths, rested)| Server::Died {
            quick_deaths,
            rested
        }),
    ]
}

fn hook() -> impl Strategy<Value = Hook> {
    prop_oneof![
        any::<bool>().prop_map(|due| Hook::Open { due }),
        Just(Hook::Closed)
    ]
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        Just(Target::Unknown),
        Just(Target::InService),
        Just(Target::Terminated),
        Just(Target::Elsewhere)
    ]
}

fn announced() -> impl Strategy<Value = Option<Phase>> {
    prop_oneof![
        Just(None),
        Just(Some(Phase::Resolving)),
        Just(Some(Phase::Fetching)),
        Just(Some(Phase::Starting)),
        Just(Some(Phase::Serving)),
        Just(Some(Phase::Draining)),
        Just(Some(Phase::Left)),
        Just(Some(Phase::Failed)),
    ]
}

prop_compose! {
    fn seen()(
        (shutdown, target, resolve, install) in (any::<bool>(), target(), job(), job()),
        (server, linked, launch, termination) in (server(), any::<bool>(), hook(), hook()),
        (announced, reported, heartbeat_due) in (announced(), any::<bool>(), any::<bool>()),
    ) -> Seen {
        Seen {
            shutdown, target, resolve, install, server, linked, launch, termination, announced, reported, heartbeat_due,
        }
    }
}

/// The duty once the reporter has heard of the phase, which is what the agent then acts on.
fn action(mut seen: Seen) -> Duty {
    if let Duty::Announce(phase) = duty(&seen) {
        seen.announced = Some(phase);
    }
    duty(&seen)
}

proptest! {
    #[test]
    fn an_instance_goes_into_service_only_with_a_healthy_server(seen in seen()) {
        if action(seen.clone()) == Duty::CompleteLaunch(Verdict::Continue) {
            prop_assert_eq!(seen.server, Server::Healthy);
            prop_assert_eq!(seen.install, Job::Done);
            prop_assert_ne!(seen.target, Target::Terminated);
            prop_assert!(!seen.shutdown);
        }
    }

    #[test]
    fn an_instance_is_given_up_only_after_its_failure_was_reported(seen in seen()) {
        if duty(&seen) == Duty::CompleteLaunch(Verdict::Abandon) {
            prop_assert_eq!(seen.announced, Some(Phase::Failed));
            prop_assert!(seen.reported);
        }
    }

    #[test]
    fn a_terminating_instance_leaves_only_when_nothing_runs(seen in seen()) {
        if action(seen.clone()) == Duty::CompleteTermination {
            prop_assert_eq!(seen.target, Target::Terminated);
            prop_assert!(seen.reported);
            prop_assert!(matches!(seen.server, Server::Absent | Server::Stopped));
        }
    }

    #[test]
    fn the_agent_ends_only_when_asked_and_never_over_a_running_server(seen in seen()) {
        if action(seen.clone()) == Duty::Exit {
            prop_assert!(seen.shutdown);
            prop_assert!(matches!(seen.server, Server::Absent | Server::Stopped));
        }
    }

    #[test]
    fn nothing_is_begun_or_started_on_the_way_out(seen in seen()) {
        if seen.shutdown || seen.target == Target::Terminated {
            let begun = matches!(action(seen), Duty::Resolve | Duty::Install | Duty::StartServer | Duty::Link);
            prop_assert!(!begun);
        }
    }

    #[test]
    fn only_what_stands_still_is_begun(seen in seen()) {
        match action(seen.clone()) {
            Duty::Resolve => prop_assert_ne!(seen.resolve, Job::Running),
            Duty::Install => {
                prop_assert_eq!(seen.resolve, Job::Done);
                prop_assert_ne!(seen.install, Job::Running);
            }
            Duty::StartServer => {
                prop_assert_eq!(seen.install, Job::Done);
                let down = matches!(seen.server, Server::Absent | Server::Died { .. });
                prop_assert!(down);
            }
            _ => {}
        }
    }

    #[test]
    fn a_phase_is_announced_once_and_a_failure_is_never_taken_back(seen in seen()) {
        let failed = seen.announced == Some(Phase::Failed);
        match duty(&seen) {
            Duty::Announce(phase) => {
                prop_assert!(!failed);
                prop_assert_ne!(phase, Phase::Unknown);
                let next = Seen { announced: Some(phase), ..seen };
                prop_assert!(!matches!(duty(&next), Duty::Announce(_)));
            }
            _ => prop_assert!(seen.announced.is_some()),
        }
    }
}
