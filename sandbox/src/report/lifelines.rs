//! From changes to spans: what state each instance was in, and from when to when.

use std::collections::BTreeSet;

use super::facts::{Change, Member, Track};
use super::model::{Lifeline, Span};

/// One lifeline per member, those of the new version last, within `0..ended`.
pub(super) fn lifelines(
    members: &[Member],
    changes: &[Change],
    new_version: &str,
    ended: f64,
) -> Vec<Lifeline> {
    let mut lines: Vec<Lifeline> = members
        .iter()
        .map(|member| Lifeline {
            instance: member.id.clone(),
            version: member.version.clone(),
            zone: member.zone.clone(),
            new: member.version == new_version,
            spans: spans(changes, &member.id, ended),
        })
        .filter(|line| !line.spans.is_empty())
        .collect();
    // Stable: within a version the order of launch stays.
    lines.sort_by_key(|line| line.new);
    lines
}

fn spans(changes: &[Change], instance: &str, ended: f64) -> Vec<Span> {
    let mut own: Vec<&Change> = changes
        .iter()
        .filter(|change| change.instance == instance)
        .collect();
    own.sort_by(|a, b| a.at.total_cmp(&b.at));
    let tracks: BTreeSet<Track> = own.iter().map(|change| change.track).collect();
    tracks
        .into_iter()
        .flat_map(|track| {
            let of_track: Vec<&Change> = own
                .iter()
                .copied()
                .filter(|change| change.track == track)
                .collect();
            track_spans(&of_track, ended)
        })
        .collect()
}

/// Each state lasts until the next one; the last one until the end, unless it is the end.
fn track_spans(changes: &[&Change], ended: f64) -> Vec<Span> {
    let ends = changes.iter().skip(1).map(|next| next.at).chain([ended]);
    changes
        .iter()
        .zip(ends)
        .filter(|(change, _)| !is_over(&change.state))
        .map(|(change, end)| Span {
            track: change.track,
            state: change.state.clone(),
            from: change.at.max(0.0),
            to: end.min(ended),
        })
        .filter(|span| span.to > span.from)
        .collect()
}

fn is_over(state: &str) -> bool {
    matches!(state, "Terminated" | "unused")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(id: &str, version: &str) -> Member {
        Member {
            id: id.to_owned(),
            version: version.to_owned(),
            zone: "us-east-1a".to_owned(),
        }
    }

    fn change(at: f64, instance: &str, track: Track, state: &str) -> Change {
        Change {
            at,
            instance: instance.to_owned(),
            track,
            state: state.to_owned(),
        }
    }

    fn told(line: &Lifeline) -> Vec<String> {
        line.spans
            .iter()
            .map(|span| format!("{:?} {} {}..{}", span.track, span.state, span.from, span.to))
            .collect()
    }

    #[test]
    fn a_state_lasts_until_the_next_one_on_its_track() {
        let changes = [
            change(5.0, "i-1", Track::Target, "draining"),
            change(-9.0, "i-1", Track::Lifecycle, "Pending"),
            change(-3.0, "i-1", Track::Lifecycle, "InService"),
            change(-3.5, "i-1", Track::Target, "healthy"),
            change(5.0, "i-1", Track::Lifecycle, "Terminating:Wait"),
            change(7.0, "i-1", Track::Target, "unused"),
            change(8.0, "i-1", Track::Lifecycle, "Terminated"),
            change(1.0, "i-2", Track::Lifecycle, "Pending"),
        ];
        let lines = lifelines(&[member("i-1", "1.0.0")], &changes, "1.1.0", 10.0);
        let expected = [
            "Lifecycle InService 0..5",
            "Lifecycle Terminating:Wait 5..8",
            "Target healthy 0..5",
            "Target draining 5..7",
        ];
        assert_eq!(told(&lines[0]), expected);
    }

    #[test]
    fn the_new_come_last_and_the_never_seen_not_at_all() {
        let members = [
            member("i-new", "2"),
            member("i-old", "1"),
            member("i-gone", "1"),
        ];
        let changes = [
            change(1.0, "i-new", Track::Lifecycle, "Pending"),
            change(0.0, "i-old", Track::Lifecycle, "InService"),
            change(-5.0, "i-gone", Track::Lifecycle, "Terminated"),
        ];
        let lines = lifelines(&members, &changes, "2", 10.0);
        let ids: Vec<&str> = lines.iter().map(|line| line.instance.as_str()).collect();
        assert_eq!(ids, ["i-old", "i-new"]);
        assert!(lines[1].new && !lines[0].new);
    }
}
