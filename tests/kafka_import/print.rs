//! Prints a group as the tools of each version of Kafka do: after ConsumerGroupCommand and TopicCommand, in Scala up to
//! 3.6 and in Java from 3.7 on, of the releases named.

use moving_parts::explainers::kafka::import::{Described, DescribedMember, DescribedPartition};
use std::fmt::Write;

/// What differs from release to release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kafka {
    /// 2.0: no groups, no instance ids.
    V2_0,
    /// 2.2: the group comes last.
    V2_2,
    /// 2.4 to 3.6.
    V2_4,
    /// 3.7 to 3.9: topics of assignments are forgotten.
    V3_8,
    /// 4.0 and later.
    V4,
}

pub const ALL: [Kafka; 5] = [Kafka::V2_0, Kafka::V2_2, Kafka::V2_4, Kafka::V3_8, Kafka::V4];

/// Java's `%-Ns`: as wide as N says, or as it is.
fn wide(out: &mut String, text: &str, width: usize) {
    let _ = write!(out, "{text:<width$} ");
}

fn longest<'a>(least: usize, all: impl Iterator<Item = &'a str>) -> usize {
    all.map(|text| text.chars().count()).fold(least, usize::max)
}

fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or("-".into(), |value| value.to_string())
}

/// Every partition of the group with its topic and number.
pub fn all(group: &Described) -> impl Iterator<Item = (&str, usize, &DescribedPartition)> {
    group.topics.iter().flat_map(|topic| topic.partitions.iter().enumerate().map(|(i, part)| (&*topic.name, i, part)))
}

/// One table: a header and rows. Columns are as wide as given, the last as wide as it is.
fn table(out: &mut String, widths: &[usize], rows: &[Vec<String>]) {
    for row in rows {
        for (i, field) in row.iter().enumerate() {
            match widths.get(i) {
                Some(width) => wide(out, field, *width),
                None => out.push_str(field),
            }
        }
        out.push('\n');
    }
}

fn strings(all: &[&str]) -> Vec<String> {
    all.iter().map(|text| text.to_string()).collect()
}

/// `--describe`, and `--verbose` from 4.0 on.
pub fn offsets(group: &Described, kafka: Kafka, verbose: bool) -> String {
    let nobody = DescribedMember { id: "-".into(), host: "-".into(), client: "-".into(), ..DescribedMember::default() };
    let of = |part: &DescribedPartition| part.owner.map_or(&nobody, |owner| &group.members[owner]);
    // Rows with a consumer come first, those of one consumer together.
    let mut parts: Vec<_> =
        all(group).filter(|(_, _, part)| part.committed.is_some() || part.owner.is_some()).collect();
    parts.sort_by_key(|(_, _, part)| part.owner.unwrap_or(usize::MAX));
    let topic = longest(15, parts.iter().map(|part| part.0));
    let id = longest(15, parts.iter().map(|part| &*of(part.2).id));
    let host = longest(15, parts.iter().map(|part| &*of(part.2).host));
    let client = longest(15, parts.iter().map(|part| &*of(part.2).client));
    let verbose = verbose && kafka == Kafka::V4;
    let mut header =
        strings(&["TOPIC", "PARTITION", "CURRENT-OFFSET", "LOG-END-OFFSET", "LAG", "CONSUMER-ID", "HOST", "CLIENT-ID"]);
    let mut widths = vec![topic, 10, 15, 15, 15, id, host];
    if verbose {
        header.insert(2, "LEADER-EPOCH".into());
        widths.insert(2, 15);
    }
    let mut rows = vec![header];
    for (topic, i, part) in parts {
        let lag = part.committed.zip(part.end).map(|(at, end)| end as i64 - at as i64);
        let owner = of(part);
        let mut row = vec![topic.to_string(), i.to_string(), or_dash(part.committed), or_dash(part.end), or_dash(lag)];
        if verbose {
            row.insert(2, "5".into());
        }
        rows.push(row.into_iter().chain([owner.id.clone(), owner.host.clone(), owner.client.clone()]).collect());
    }
    with_group(&mut rows, &mut widths, group, kafka, client);
    let mut out = String::from("\n");
    table(&mut out, &widths, &rows);
    out
}

/// The column of the group, where the version has it: first, or (2.2) last, after one of this width.
fn with_group(rows: &mut [Vec<String>], widths: &mut Vec<usize>, group: &Described, kafka: Kafka, before: usize) {
    match kafka {
        Kafka::V2_0 => return,
        Kafka::V2_2 => widths.push(before),
        _ => widths.insert(0, longest(15, std::iter::once(&*group.group))),
    }
    for (i, row) in rows.iter_mut().enumerate() {
        let place = if kafka == Kafka::V2_2 { row.len() } else { 0 };
        row.insert(place, if i == 0 { "GROUP".into() } else { group.group.clone() });
    }
}

fn assignment(group: &Described, place: usize, kafka: Kafka) -> String {
    let mut by_topic: Vec<String> = Vec::new();
    for topic in &group.topics {
        let owned = topic.partitions.iter().enumerate().filter(|(_, part)| part.owner == Some(place));
        let numbers: Vec<String> = owned.map(|(i, _)| i.to_string()).collect();
        if !numbers.is_empty() {
            let list = numbers.join(",");
            by_topic.push(match kafka {
                Kafka::V4 => format!("{}:{list}", topic.name),
                Kafka::V3_8 => format!("({list})"),
                _ => format!("{}({list})", topic.name),
            });
        }
    }
    by_topic.sort();
    match by_topic.is_empty() {
        true => "-".into(),
        false => by_topic.join(if kafka == Kafka::V4 { ";" } else { ", " }),
    }
}

/// `--describe --members`, and `--verbose`.
pub fn members(group: &Described, kafka: Kafka, verbose: bool) -> String {
    let instances =
        !matches!(kafka, Kafka::V2_0 | Kafka::V2_2) && group.members.iter().any(|one| one.instance.is_some());
    let id = longest(15, group.members.iter().map(|one| &*one.id));
    let host = longest(15, group.members.iter().map(|one| &*one.host));
    let client = longest(15, group.members.iter().map(|one| &*one.client));
    let instance = longest(17, group.members.iter().filter_map(|one| one.instance.as_deref()));
    let name = longest(15, std::iter::once(&*group.group));
    let mut header = strings(&["CONSUMER-ID", "HOST", "CLIENT-ID", "#PARTITIONS"]);
    let mut widths = vec![id, host, client, 15];
    let assignments: Vec<String> = (0..group.members.len()).map(|place| assignment(group, place, kafka)).collect();
    if instances {
        header.insert(1, "GROUP-INSTANCE-ID".into());
        widths.insert(1, instance);
    }
    if verbose && kafka == Kafka::V4 {
        header.extend(strings(&["CURRENT-EPOCH", "CURRENT-ASSIGNMENT", "TARGET-EPOCH", "TARGET-ASSIGNMENT"]));
        let most = longest(20, assignments.iter().map(|text| &**text));
        widths.extend([15, most, 15, most]);
    } else if verbose {
        header.push(if kafka == Kafka::V2_2 { "   ASSIGNMENT" } else { "ASSIGNMENT" }.into());
    }
    let mut rows = vec![header];
    for (place, one) in group.members.iter().enumerate() {
        let has = all(group).filter(|part| part.2.owner == Some(place)).count();
        let mut row = vec![one.id.clone(), one.host.clone(), one.client.clone(), has.to_string()];
        if instances {
            // Blank for a dynamic member.
            row.insert(1, one.instance.clone().unwrap_or_default());
        }
        let list = assignments[place].clone();
        if verbose && kafka == Kafka::V4 {
            row.extend([or_dash(one.epoch), list.clone(), or_dash(one.epoch), list]);
        } else if verbose {
            row.push(if kafka == Kafka::V2_2 { format!("   {list}") } else { list });
        }
        rows.push(row);
    }
    if kafka == Kafka::V2_2 {
        // Its column of the group comes after the number of partitions.
        widths.push(name);
        for (i, row) in rows.iter_mut().enumerate() {
            row.insert(4, if i == 0 { "GROUP".into() } else { group.group.clone() });
        }
    } else {
        with_group(&mut rows, &mut widths, group, kafka, 0);
    }
    let mut out = String::from("\n");
    table(&mut out, &widths, &rows);
    out
}

/// `--describe --state`, and `--verbose` from 4.0 on.
pub fn state(group: &Described, kafka: Kafka, verbose: bool) -> String {
    let gap = if matches!(kafka, Kafka::V3_8 | Kafka::V4) { "  " } else { " " };
    let id = group.coordinator.unwrap_or(-1);
    let coordinator = format!("kafka-{id}.example:9092{gap}({id})");
    let strategy = match (&group.strategy, kafka) {
        (Some(name), _) => name.clone(),
        (None, Kafka::V4) => "-".into(),
        (None, _) => String::new(),
    };
    let state = group.state.map_or("Unknown", |state| state.name());
    let wide = longest(25, std::iter::once(&*coordinator));
    let count = group.members.len().to_string();
    let mut header = strings(&["COORDINATOR (ID)", "ASSIGNMENT-STRATEGY", "STATE", "#MEMBERS"]);
    let mut row = vec![coordinator, strategy, state.to_string(), count];
    let mut widths = match kafka {
        Kafka::V2_0 => vec![wide, 25, 20],
        Kafka::V2_2 => vec![wide, 25, 20, 15],
        // Its first width is that of the coordinator, whatever stands there.
        Kafka::V2_4 | Kafka::V3_8 => vec![wide, 25, 20, 15],
        Kafka::V4 => vec![longest(15, std::iter::once(&*group.group)), wide, 20, 20],
    };
    if verbose && kafka == Kafka::V4 {
        header.splice(3..3, strings(&["GROUP-EPOCH", "TARGET-ASSIGNMENT-EPOCH"]));
        row.splice(3..3, [or_dash(group.epoch), or_dash(group.epoch)]);
        widths.extend([15, 25]);
    }
    match kafka {
        Kafka::V2_0 => {}
        Kafka::V2_2 => {
            header.push("GROUP".into());
            row.push(group.group.clone());
        }
        _ => {
            header.insert(0, "GROUP".into());
            row.insert(0, group.group.clone());
        }
    }
    widths.truncate(header.len() - 1);
    let mut out = String::from("\n");
    table(&mut out, &widths, &[header, row]);
    out
}

/// `kafka-topics.sh --describe`
pub fn topics(group: &Described, kafka: Kafka) -> String {
    let mut out = String::new();
    let ids = |list: &[i32]| list.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    for topic in &group.topics {
        let (name, count) = (&topic.name, topic.partitions.len());
        let copies = topic.partitions[0].replicas.len();
        let _ = match kafka {
            Kafka::V2_0 | Kafka::V2_2 => {
                writeln!(out, "Topic:{name}\tPartitionCount:{count}\tReplicationFactor:{copies}\tConfigs:")
            }
            Kafka::V2_4 => {
                writeln!(out, "Topic: {name}\tPartitionCount: {count}\tReplicationFactor: {copies}\tConfigs: ")
            }
            _ => writeln!(
                out,
                "Topic: {name}\tTopicId: 0Ty_QX5HSyKVIz5mCN3mXQ\tPartitionCount: {count}\tReplicationFactor: {copies}\t\
                 Configs: retention.ms=1,follower.replication.throttled.replicas=0:1,Partition: 7"
            ),
        };
        for (i, part) in topic.partitions.iter().enumerate().filter(|(_, part)| !part.replicas.is_empty()) {
            let leader = part.leader.map_or("none".into(), |id| id.to_string());
            let _ = write!(out, "\tTopic: {name}\tPartition: {i}\tLeader: {leader}");
            let _ = write!(out, "\tReplicas: {}\tIsr: {}", ids(&part.replicas), ids(&part.isr));
            if i % 3 == 1 && !matches!(kafka, Kafka::V2_0 | Kafka::V2_2) {
                out.push_str("\tAdding Replicas: 8\tRemoving Replicas: ");
            }
            match kafka {
                Kafka::V4 if i % 2 == 0 => out.push_str("\tElr: N/A\tLastKnownElr: N/A"),
                Kafka::V4 => out.push_str("\tElr: \tLastKnownElr: "),
                _ => {}
            }
            out.push('\n');
        }
    }
    out
}
