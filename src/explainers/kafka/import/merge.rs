//! From what was read to one group: the listings are put together, what they did not tell is said.

use super::described::*;
use super::read::{Distinct, Reading};
use super::summary;
use super::topics::Told;
use crate::explainers::lines::Parsed;
use crate::link::shorten;
use std::rc::Rc;

/// Kafka’s own topics, such as `__consumer_offsets`.
fn internal(topic: &str) -> bool {
    topic.starts_with("__")
}

/// What comes before the random part of a member id of the classic protocol: a client id, or an instance id.
pub fn before_uuid(id: &str) -> Option<&str> {
    let (name, uuid) = id.split_at_checked(id.len().checked_sub(36)?)?;
    let hyphens = [8, 13, 18, 23];
    let fits = |(i, byte): (usize, u8)| if hyphens.contains(&i) { byte == b'-' } else { byte.is_ascii_hexdigit() };
    uuid.bytes().enumerate().all(fits).then(|| name.strip_suffix('-')).flatten()
}

/// A member id as clients of KIP-848 make it: Kafka’s short form of a UUID, and nothing else.
fn bare(id: &str) -> bool {
    id.len() == 22 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// What the paste said besides the group itself.
#[derive(Default)]
pub struct Aside {
    /// Topics of `kafka-topics.sh` that the group does not read.
    pub strangers: Distinct,
    /// Partitions with another owner in the listing of members than in that with offsets.
    pub differing: usize,
    /// Which topics the members’ partitions are of was not printed.
    pub nameless: bool,
    /// Instance ids were read off the member ids.
    pub inferred: bool,
    pub many_brokers: usize,
    /// It uses the protocol of KIP-848.
    pub modern: bool,
    /// Members are taken to subscribe to different topics.
    pub parted: bool,
}

/// Topics of the other tool: which count, and how many partitions they have.
fn with_told(read: &mut Reading, aside: &mut Aside) {
    let of_group = !read.topics.is_empty();
    let counts = std::mem::take(&mut read.counts);
    let told = std::mem::take(&mut read.told);
    let sizes = counts.iter().map(|(name, count)| (name, *count));
    for (name, want) in sizes.chain(told.iter().map(|part| (&part.topic, part.index.saturating_add(1)))) {
        let known = read.topics.iter().find(|(topic, _)| topic == name).map(|(_, parts)| parts.len());
        if known.is_none() && (of_group || internal(name)) {
            if !internal(name) {
                aside.strangers.add(name);
            }
            continue;
        }
        for index in known.unwrap_or(0)..want as usize {
            if !matches!(read.part(name, index as u32), Ok(Some(_))) {
                // That one is counted already.
                read.over_parts += want as usize - index - 1;
                break;
            }
        }
    }
    read.told = told;
}

/// Partitions without a topic can only be of the one there is.
fn with_nameless(read: &mut Reading, aside: &mut Aside) {
    aside.nameless = read.members.iter().any(|member| !member.nameless.is_empty());
    if read.topics.len() != 1 {
        return;
    }
    let Some(name) = read.topics.first().map(|(name, _)| name.clone()) else { return };
    aside.nameless = false;
    for place in 0..read.members.len() {
        let list = read.members.get_mut(place).map(|member| std::mem::take(&mut member.nameless));
        for number in list.unwrap_or_default() {
            if let Ok(Some(part)) = read.part(&name, number) {
                part.assigned = part.assigned.or(Some(place));
            }
        }
    }
}

fn topics(read: &Reading, aside: &mut Aside) -> Vec<DescribedTopic> {
    let mut all = Vec::new();
    for (name, found) in &read.topics {
        let mut partitions = Vec::new();
        for found in found {
            let owner = if found.listed { found.owner } else { found.assigned };
            aside.differing += usize::from(found.listed && found.assigned.is_some() && found.assigned != owner);
            let (committed, end) = (found.committed, found.end);
            partitions.push(DescribedPartition { committed, end, owner, ..DescribedPartition::default() });
        }
        all.push(DescribedTopic { name: name.clone(), partitions });
    }
    for Told { topic, index, leader, replicas, isr } in &read.told {
        let topic = all.iter_mut().find(|one| one.name == *topic);
        // What came first counts.
        if let Some(part) = topic.and_then(|topic| topic.partitions.get_mut(*index as usize))
            && part.replicas.is_empty()
        {
            (part.leader, part.replicas, part.isr) = (*leader, replicas.clone(), isr.clone());
        }
    }
    all
}

/// Which topics each member is taken to subscribe to: all that anybody reads. Unless members who share no topic have
/// numbers of partitions which no assignor would give them then: they subscribe to what they read.
fn subscribe(group: &mut Described) -> bool {
    let (members, count) = (group.members.len(), group.topics.len());
    let mut reads: Vec<Vec<u16>> = vec![Vec::new(); members];
    let mut has = vec![0usize; members];
    for (topic, parts) in group.topics.iter().enumerate() {
        for owner in parts.partitions.iter().filter_map(|part| part.owner) {
            if let (Some(reads), Some(has)) = (reads.get_mut(owner), has.get_mut(owner)) {
                *has += 1;
                if reads.last() != Some(&(topic as u16)) {
                    reads.push(topic as u16);
                }
            }
        }
    }
    // Topics with a reader in common are of one part of the group; each goes by the first topic of its part.
    let mut part_of: Vec<usize> = (0..count).collect();
    for topics in &reads {
        for pair in topics.windows(2) {
            let of = |topic: u16| part_of.get(usize::from(topic)).copied().unwrap_or(0);
            let (a, b) = (of(pair[0]), of(pair[1]));
            part_of.iter_mut().filter(|part| **part == a.max(b)).for_each(|part| *part = a.min(b));
        }
    }
    let anybody = reads.iter().any(|topics| !topics.is_empty());
    let read = |topic: usize| !anybody || reads.iter().any(|topics| topics.contains(&(topic as u16)));
    let all: Vec<u16> = (0..count).filter(|topic| read(*topic)).map(|topic| topic as u16).collect();
    let part = |topic: u16| part_of.get(usize::from(topic)).copied();
    let parted = all.windows(2).any(|pair| part(pair[0]) != part(pair[1]));
    let busy = || has.iter().filter(|has| **has > 0);
    let uneven = busy().max().unwrap_or(&0) - busy().min().unwrap_or(&0) > 1;
    for (member, reads) in group.members.iter_mut().zip(&reads) {
        member.topics = match reads.first() {
            Some(first) if parted && uneven => {
                all.iter().copied().filter(|topic| part(*topic) == part(*first)).collect()
            }
            _ => all.clone(),
        };
    }
    parted && uneven
}

fn assemble(mut read: Reading, aside: &mut Aside) -> (Described, Reading) {
    with_told(&mut read, aside);
    with_nameless(&mut read, aside);
    let mut group = Described {
        group: read.group.clone().unwrap_or_default(),
        topics: topics(&read, aside),
        members: read.members.iter().map(|member| member.is.clone()).collect(),
        strategy: read.strategy.clone(),
        coordinator: read.coordinator,
        state: read.state,
        epoch: read.epoch,
    };
    if !read.membership {
        for member in group.members.iter_mut().filter(|member| member.instance.is_none()) {
            let name = before_uuid(&member.id).filter(|name| *name != member.client && !name.is_empty());
            if let Some(name) = name.filter(|_| !member.client.is_empty()) {
                member.instance = Some(name.to_string());
                aside.inferred = true;
            }
        }
    }
    let epochs = group.members.iter().any(|member| member.epoch.is_some());
    let named = group.strategy.as_deref() == Some("uniform");
    aside.modern = group.epoch.is_some() || epochs || named || group.members.iter().any(|member| bare(&member.id));
    if group.state.is_none() {
        let moving = read.moving.has(&group.group);
        group.state = if read.idle.has(&group.group) {
            Some(GroupState::Empty)
        } else if moving {
            Some(if aside.modern { GroupState::Reconciling } else { GroupState::PreparingRebalance })
        } else if read.offsets && group.members.is_empty() && !read.membership {
            Some(GroupState::Empty)
        } else {
            None
        };
    }
    aside.many_brokers = group.brokers().len();
    if aside.many_brokers > BROKERS {
        group.coordinator = None;
        for part in group.topics.iter_mut().flat_map(|topic| &mut topic.partitions) {
            (part.leader, part.replicas, part.isr) = (None, Vec::new(), Vec::new());
        }
    }
    aside.parted = subscribe(&mut group);
    (group, read)
}

pub fn done(read: Reading) -> Parsed {
    let mut aside = Aside::default();
    let (group, read) = assemble(read, &mut aside);
    if group.topics.is_empty() {
        let mut summary = match &read.group {
            Some(name) => {
                format!("group “{}”, but no partitions of it: paste what --describe prints too", shorten(name))
            }
            None => "no consumer group".to_string(),
        };
        if read.idle.count() > 0 && read.group.is_none() {
            summary += "; one without members and without offsets is nothing to look at";
        } else if read.headed && read.group.is_none() {
            summary = "the header of a table and no row below it: paste its rows, too".into();
        }
        return (summary, None, Vec::new());
    }
    let mut set = Vec::new();
    if let Some(assignor) = assignor(&group, aside.modern) {
        set.push(("assignor", assignor.0.to_string()));
    }
    let fixed = group.members.iter().any(|member| member.instance.is_some());
    set.push(("static", if fixed { "on" } else { "off" }.to_string()));
    let summary = summary::of(&group, &read, &aside);
    (summary, Some(Box::new(Rc::new(group))), set)
}

/// The setting that stands for the group’s assignor, and whether it is that one; `None`: nothing was told of it.
pub fn assignor(group: &Described, modern: bool) -> Option<(&'static str, bool)> {
    Some(match (group.strategy.as_deref(), modern) {
        (Some("range"), true) => ("server-range", true),
        (Some("uniform"), _) => ("uniform", true),
        (Some("range"), _) => ("range", true),
        (Some("roundrobin"), _) => ("roundrobin", true),
        (Some("sticky"), _) => ("sticky", true),
        (Some("cooperative-sticky"), _) => ("cooperative-sticky", true),
        // Of Kafka Streams: it rebalances cooperatively.
        (Some("stream"), _) => ("cooperative-sticky", false),
        (Some(_), true) => ("uniform", false),
        (Some(_), false) => ("range", false),
        // The first of the server's own.
        (None, true) => ("uniform", false),
        (None, false) => return None,
    })
}
