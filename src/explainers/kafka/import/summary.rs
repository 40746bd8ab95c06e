//! What was read of a group, in words: what was found, what was left out, and what was not told and so assumed.

use super::described::*;
use super::merge::{Aside, assignor};
use super::read::Reading;
use crate::explainers::grouped;
use crate::explainers::kafka::world::{CONSUMERS, PARTS};
use crate::explainers::lines::count;
use crate::link::shorten;

/// “group “orders-app” with 3 members, 2 topics and 12 partitions”.
pub fn what(group: &Described) -> String {
    let name = match group.group.as_str() {
        "" => "a group".to_string(),
        name => format!("group “{}”", shorten(name)),
    };
    let members = match (group.members.len(), group.state) {
        (0, Some(GroupState::Empty)) => "no members".to_string(),
        (0, Some(state)) if state != GroupState::Stable => "members that a rebalance hid".to_string(),
        (0, _) => "members that were not told".to_string(),
        (n, _) => count(n, "member"),
    };
    format!("{name} with {members}, {} and {}", count(group.topics.len(), "topic"), count(group.parts(), "partition"))
}

pub fn of(group: &Described, read: &Reading, aside: &Aside) -> String {
    let mut out = what(group);
    if read.offsets {
        out += &format!("; {} behind", count(usize::try_from(group.lag()).unwrap_or(usize::MAX), "record"));
    }
    if let Some(state) = group.state {
        out += &format!("; {}", state.name());
    }
    if let Some(strategy) = &group.strategy {
        out += &format!("; assignor {}", shorten(strategy));
    }
    for note in notes(group, read, aside) {
        out += "; ";
        out += &note;
    }
    out += ". Not in the paste, and so assumed: ";
    out += &assumed(group, read, aside).join("; ");
    out += ". A link to it holds the names of the group, its topics and its clients, and no hosts";
    out
}

fn partitions(n: usize, have: &str) -> String {
    format!("{} {} {have}", count(n, "partition"), if n == 1 { "has" } else { "have" })
}

/// What is odd about it, and what was there and is not used.
fn notes(group: &Described, read: &Reading, aside: &Aside) -> Vec<String> {
    let mut notes = Vec::new();
    let mut left = |n: usize, what: &str, why: &str| {
        if n > 0 {
            notes.push(format!("{} left out{why}", count(n, what)));
        }
    };
    left(read.others.count(), "other group", ": the first in the paste counts");
    left(aside.strangers.count(), "topic", ": the group does not read them");
    left(read.repeated, "line", ": an earlier one describes the same partition");
    left(read.over_parts, "partition", &format!(": there is room for {}", grouped(PARTS as i64)));
    left(read.over_members.count(), "member", &format!(" with what they own: there is room for {CONSUMERS}"));
    if aside.many_brokers > BROKERS {
        let brokers = grouped(aside.many_brokers as i64);
        notes.push(format!("{brokers} brokers are more than can be shown, so leaders are made up"));
    }
    if aside.differing > 0 {
        notes.push(partitions(aside.differing, "another owner in the listing of members: the one with offsets counts"));
    }
    if aside.nameless && !read.offsets {
        notes.push("the listing of members says no topics (Kafka 3.7 to 3.9 forget them)".into());
    }
    if read.moving.has(&group.group) {
        let when = "it was rebalancing when this was printed, and Kafka lists who has what only in part then: print it again when it is stable";
        notes.push(when.into());
    }
    let idle = read.size.unwrap_or(0).saturating_sub(group.members.len());
    if idle > 0 && read.over_members.count() == 0 {
        notes.push(format!("{} not listed: --members lists those without partitions too", count(idle, "member")));
    }
    if aside.inferred {
        notes.push("instance ids are read off the member ids".into());
    }
    let parts = || group.topics.iter().flat_map(|topic| &topic.partitions);
    let bare = parts().filter(|part| part.committed.is_none()).count();
    if read.offsets && bare > 0 {
        notes.push(partitions(bare, "no committed offset"));
    }
    let beyond = parts().filter(|part| part.end.is_some_and(|end| part.committed.is_some_and(|at| at > end))).count();
    if beyond > 0 {
        notes.push(partitions(beyond, "a committed offset beyond the end"));
    }
    notes
}

fn assumed(group: &Described, read: &Reading, aside: &Aside) -> Vec<String> {
    let mut all = Vec::new();
    match (&group.strategy, assignor(group, aside.modern)) {
        (Some(strategy), Some((taken, false))) => {
            all.push(format!("an assignor ({taken}, as there is no “{}” here)", shorten(strategy)));
        }
        (None, Some((taken, _))) => all.push(format!("the assignor ({taken}, the servers’ default)")),
        (_, None) => all.push("the assignor (as set here)".into()),
        _ => {}
    }
    let parts = || group.topics.iter().flat_map(|topic| &topic.partitions);
    if !read.offsets {
        all.push("offsets (nobody is behind)".into());
    }
    if group.members.is_empty() && group.state != Some(GroupState::Empty) {
        all.push("consumers (as many as set here)".into());
    } else if !group.members.is_empty() {
        if parts().all(|part| part.owner.is_none()) {
            all.push("who has which partition (what the assignor says)".into());
        }
        if !read.membership && !aside.inferred {
            all.push("instance ids (none)".into());
        }
        if !read.membership && read.size.is_none() {
            all.push("members without partitions (none)".into());
        }
        if group.topics.len() > 1 {
            let to = if aside.parted { "the topics that it reads" } else { "every topic that anybody reads" };
            all.push(format!("subscriptions (each member to {to})"));
        }
    }
    if !matches!(group.state, None | Some(GroupState::Stable | GroupState::Empty)) {
        all.push("the end of the rebalance (what they have is theirs)".into());
    }
    let alone = parts().filter(|part| part.replicas.is_empty()).count();
    if alone > 0 {
        let of = if alone == group.parts() { String::new() } else { format!(" of {}", count(alone, "partition")) };
        all.push(format!("leaders and replicas{of} (dealt to brokers in turn)"));
    }
    all.push("records per second, their keys, processing times and timeouts (as set here)".into());
    all
}
