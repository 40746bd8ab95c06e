//! A described group in a link: `name,assignor,coordinator,state,epoch!members!topics`. Members and topics are set apart
//! by `~`, their fields by commas. What a reader could guess is not written: a member id is its client id and a UUID, a
//! leader is the first replica.

use super::described::*;
use super::merge::before_uuid;
use super::topics::sound;
use crate::explainers::kafka::world::{CONSUMERS, PARTS};
use crate::explainers::lines::count;
use crate::link::{encode_value, shorten};

pub const KEY: &str = "own-group";
/// A group this long travels in the link, in bytes.
const IN_LINK: usize = 1_500;

/// What a name must not have in it here, for the other signs to mean what they do.
const SIGNS: &[u8] = b"!~,*%";

fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match u8::try_from(c) {
            Ok(byte) if SIGNS.contains(&byte) => out += &format!("%{byte:02X}"),
            _ => out.push(c),
        }
    }
    out
}

/// The other way; `None`: nothing that `escape` writes.
fn unescape(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut out = parts.next()?.to_string();
    for part in parts {
        let sign = u8::from_str_radix(part.get(..2)?, 16).ok().filter(|byte| SIGNS.contains(byte))?;
        out.push(char::from(sign));
        out += part.get(2..)?;
    }
    (out.len() <= LONGEST).then_some(out)
}

fn number(value: Option<i32>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn numbers<T: ToString>(list: &[T]) -> String {
    list.iter().map(T::to_string).collect::<Vec<_>>().join(".")
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A UUID in 22 signs; `None`: not one as Java writes them.
fn packed(uuid: &str) -> Option<String> {
    let hex: String = uuid.split('-').collect();
    let mut bits = u128::from_str_radix(&hex, 16).ok()?;
    if unpacked(bits) != uuid {
        return None;
    }
    let mut out = String::new();
    for _ in 0..22 {
        out.push(char::from(*DIGITS.get((bits & 63) as usize)?));
        bits >>= 6;
    }
    Some(out)
}

fn unpacked(bits: u128) -> String {
    let hex = format!("{bits:032x}");
    [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)].map(|(from, to)| hex.get(from..to).unwrap_or_default()).join("-")
}

fn bits(packed: &str) -> Option<u128> {
    let mut bits = 0u128;
    for (i, byte) in packed.bytes().enumerate() {
        let digit = DIGITS.iter().position(|digit| *digit == byte)? as u128;
        // 22 signs have room for four bits more than there are.
        if i >= 22 || i == 21 && digit > 3 {
            return None;
        }
        bits |= digit << (6 * i);
    }
    (packed.len() == 22).then_some(bits)
}

/// A member after the one before it.
fn member(member: &DescribedMember, before: &DescribedMember) -> String {
    let named = member.instance.as_deref().unwrap_or(&member.client);
    let uuid = before_uuid(&member.id).filter(|name| *name == named);
    let uuid = uuid.and_then(|name| packed(member.id.get(name.len() + 1..)?));
    let same = |text: &str, before: &str| if text == before && !text.is_empty() { "*".into() } else { escape(text) };
    let topics = match member.topics == before.topics {
        true => String::new(),
        false if member.topics.is_empty() => "-".into(),
        false => numbers(&member.topics),
    };
    let fields = [
        uuid.map_or_else(|| escape(&member.id), |uuid| format!("*{uuid}")),
        same(&member.client, &before.client),
        // Nobody who gets the link needs to know hosts. Older links have them.
        String::new(),
        member.instance.as_ref().map_or_else(String::new, |name| format!(":{}", escape(name))),
        number(member.epoch),
        topics,
    ];
    fields.join(",").trim_end_matches(',').to_string()
}

fn part(part: &DescribedPartition) -> String {
    let end = part.end.map_or_else(String::new, |end| end.to_string());
    let committed = match (part.committed, part.end) {
        (None, _) => String::new(),
        (Some(at), Some(end)) if at <= end => (end - at).to_string(),
        (Some(at), _) => format!("@{at}"),
    };
    let owner = part.owner.map_or_else(String::new, |owner| owner.to_string());
    let mut out = format!("{end}.{committed}.{owner}").trim_end_matches('.').to_string();
    let isr = part.isr != part.replicas;
    let leader = part.leader != part.replicas.first().copied();
    if !part.replicas.is_empty() || isr || leader {
        out += &format!("/{}", numbers(&part.replicas));
    }
    if isr || leader {
        out += &format!("/{}", numbers(&part.isr));
    }
    if leader {
        out += &format!("/{}", number(part.leader));
    }
    out
}

pub fn text(group: &Described) -> String {
    let head = [
        escape(&group.group),
        group.strategy.as_ref().map_or_else(String::new, |name| format!(":{}", escape(name))),
        number(group.coordinator),
        group.state.map_or("", GroupState::name).to_string(),
        number(group.epoch),
    ];
    let mut out = head.join(",").trim_end_matches(',').to_string();
    out.push('!');
    let mut before = &DescribedMember::default();
    for (i, one) in group.members.iter().enumerate() {
        out += if i > 0 { "~" } else { "" };
        out += &member(one, before);
        before = one;
    }
    out.push('!');
    for (i, topic) in group.topics.iter().enumerate() {
        out += if i > 0 { "~" } else { "" };
        out += &escape(&topic.name);
        for run in topic.partitions.chunk_by(|a, b| a == b) {
            out.push(',');
            out += &run.first().map_or_else(String::new, part);
            if run.len() > 1 {
                out += &format!("*{}", run.len());
            }
        }
    }
    out
}

/// What of the data a link carries, and in words what it cannot.
pub fn parts(data: &Data) -> (Vec<(&'static str, String)>, Option<String>) {
    let Some(group) = &data.group else { return (Vec::new(), None) };
    let text = text(group);
    if encode_value(&text).len() <= IN_LINK {
        return (vec![(KEY, text)], None);
    }
    let (members, partitions) = (count(group.members.len(), "member"), count(group.parts(), "partition"));
    (Vec::new(), Some(format!("your group ({members}, {partitions})")))
}

fn optional<T: std::str::FromStr>(text: &str) -> Option<Option<T>> {
    if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) }
}

/// An id or an epoch: not below 0.
fn natural(text: &str) -> Option<Option<i32>> {
    optional::<i32>(text).filter(|value| value.is_none_or(|value| value >= 0))
}

fn list<T: std::str::FromStr>(text: &str) -> Option<Vec<T>> {
    if text.is_empty() { Some(Vec::new()) } else { text.split('.').map(|part| part.parse().ok()).collect() }
}

/// A name that may be missing; a colon before it says that it is not.
fn named(text: &str) -> Option<Option<String>> {
    match text.strip_prefix(':') {
        Some(name) => Some(Some(unescape(name)?)),
        None => text.is_empty().then_some(None),
    }
}

fn read_member(text: &str, before: &DescribedMember) -> Option<DescribedMember> {
    let mut fields = text.split(',');
    let mut next = || fields.next().unwrap_or_default();
    let (id, client, host) = (next(), next(), next());
    let (instance, epoch, topics) = (named(next())?, natural(next())?, next());
    let same = |text: &str, before: &str| if text == "*" { Some(before.to_string()) } else { unescape(text) };
    let client = same(client, &before.client)?;
    let id = match id.strip_prefix('*') {
        None => unescape(id)?,
        Some(uuid) => format!("{}-{}", instance.as_ref().unwrap_or(&client), unpacked(bits(uuid)?)),
    };
    let topics = match topics {
        "" => before.topics.clone(),
        "-" => Vec::new(),
        topics => list(topics)?,
    };
    let ascending = topics.windows(2).all(|pair| pair[0] < pair[1]);
    let host = same(host, &before.host)?;
    (fields.next().is_none() && ascending && !id.is_empty()).then_some(DescribedMember {
        id,
        instance,
        client,
        host,
        epoch,
        topics,
    })
}

fn read_part(text: &str) -> Option<DescribedPartition> {
    let mut halves = text.split('/');
    let mut fields = halves.next()?.split('.');
    let mut next = || fields.next().unwrap_or_default();
    let (end, committed, owner) = (optional::<u64>(next())?, next(), optional(next())?);
    let committed = match (committed.strip_prefix('@'), end) {
        (Some(at), _) => Some(at.parse().ok()?),
        (None, Some(end)) => match optional::<u64>(committed)? {
            Some(lag) => Some(end.checked_sub(lag)?),
            None => None,
        },
        (None, None) => committed.is_empty().then_some(None)?,
    };
    let replicas = list(halves.next().unwrap_or_default())?;
    let isr = halves.next().map_or_else(|| Some(replicas.clone()), list)?;
    let leader = halves.next().map_or_else(|| Some(replicas.first().copied()), natural)?;
    let once =
        |list: &[i32]| list.iter().enumerate().all(|(i, id)| *id >= 0 && !list.iter().skip(i + 1).any(|b| b == id));
    let small = |offset: Option<u64>| offset.is_none_or(|offset| i64::try_from(offset).is_ok());
    let fits = fields.next().is_none()
        && small(end)
        && small(committed)
        && halves.next().is_none()
        && sound(leader, &replicas, &isr);
    (fits && once(&replicas) && once(&isr)).then_some(DescribedPartition {
        committed,
        end,
        owner,
        leader,
        replicas,
        isr,
    })
}

fn read_topic(text: &str, room: usize) -> Option<DescribedTopic> {
    let mut fields = text.split(',');
    let name = unescape(fields.next()?).filter(|name| !name.is_empty())?;
    let mut partitions = Vec::new();
    for field in fields {
        let (one, times) = field.split_once('*').unwrap_or((field, "1"));
        let times = times.parse::<usize>().ok().filter(|times| *times > 0 && *times <= room - partitions.len())?;
        let one = read_part(one)?;
        partitions.extend(std::iter::repeat_n(one, times));
    }
    (!partitions.is_empty()).then_some(DescribedTopic { name, partitions })
}

fn read(text: &str) -> Option<Described> {
    let mut parts = text.split('!');
    let mut head = parts.next()?.split(',');
    let mut next = || head.next().unwrap_or_default();
    let (name, strategy, coordinator) = (unescape(next())?, named(next())?, natural(next())?);
    let (state, epoch) = (next(), natural(next())?);
    let state = if state.is_empty() { None } else { Some(GroupState::of(state)?) };
    let mut group = Described { group: name, strategy, coordinator, state, epoch, ..Described::default() };
    for text in parts.next()?.split('~').filter(|text| !text.is_empty()) {
        let nobody = DescribedMember::default();
        let one = read_member(text, group.members.last().unwrap_or(&nobody))?;
        if group.members.len() >= CONSUMERS || group.members.iter().any(|other| other.id == one.id) {
            return None;
        }
        group.members.push(one);
    }
    let mut room = PARTS;
    for text in parts.next()?.split('~').filter(|text| !text.is_empty()) {
        let one = read_topic(text, room)?;
        room -= one.partitions.len();
        if group.topics.iter().any(|other| other.name == one.name) {
            return None;
        }
        group.topics.push(one);
    }
    let (members, topics) = (group.members.len(), group.topics.len());
    let mut owners = group.topics.iter().flat_map(|topic| &topic.partitions).filter_map(|part| part.owner);
    let owned = owners.all(|owner| owner < members);
    let known = group.members.iter().flat_map(|member| &member.topics).all(|topic| usize::from(*topic) < topics);
    let whole = parts.next().is_none() && topics > 0 && owned && known && group.brokers().len() <= BROKERS;
    whole.then_some(group)
}

pub fn from_link(data: &mut Data, key: &str, value: &str) -> Option<Result<(), String>> {
    if key != KEY {
        return None;
    }
    let expected = || {
        format!(
            "name,assignor,coordinator,state!members!topics, as links have a group, was expected, not “{}”",
            shorten(value)
        )
    };
    Some(read(value).map(|group| data.group = Some(group.into())).ok_or_else(expected))
}
