//! Reading what the tools printed, in any order: rows by the header above them, lines about topics by their keys.

use super::columns::{Column, Header, Listing, Row, missing};
use super::described::{DescribedMember, GroupState, LONGEST};
use super::topics::{self, Told, TopicLine};
use crate::explainers::grouped;
use crate::explainers::kafka::world::{CONSUMERS, PARTS};
use crate::explainers::lines::{Parse, Parsed};
use crate::link::shorten;
use xxhash_rust::xxh64::xxh64;

/// Partitions of `kafka-topics.sh --describe` that are kept until it is known which are the group's.
const MOST_TOLD: usize = 40_000;
/// Of what is counted one by one (other groups, members beyond the limit), so many.
const MOST_COUNTED: usize = 10_000;

/// Different things, counted without being kept.
#[derive(Clone, Debug, Default)]
pub struct Distinct {
    seen: Vec<u64>,
}

impl Distinct {
    pub fn add(&mut self, what: &str) {
        let hash = xxh64(what.as_bytes(), 0);
        if let Err(place) = self.seen.binary_search(&hash)
            && self.seen.len() < MOST_COUNTED
        {
            self.seen.insert(place, hash);
        }
    }
    pub fn count(&self) -> usize {
        self.seen.len()
    }
    pub fn has(&self, what: &str) -> bool {
        self.seen.binary_search(&xxh64(what.as_bytes(), 0)).is_ok()
    }
}

/// A partition as the listings of the group had it.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The listing with offsets had it.
    pub listed: bool,
    pub committed: Option<u64>,
    pub end: Option<u64>,
    /// Whose it is by the listing with offsets, and by that of the members.
    pub owner: Option<usize>,
    pub assigned: Option<usize>,
}

/// A member, and what else was said of it.
#[derive(Clone, Debug, Default)]
pub struct Member {
    pub is: DescribedMember,
    /// How many partitions it has.
    pub count: Option<usize>,
    /// Partitions without a topic: Kafka 3.7 to 3.9 forget its name.
    pub nameless: Vec<u32>,
}

/// Everything that was found so far.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    header: Option<Header>,
    /// There was one.
    pub headed: bool,
    /// The group of the command line that was pasted with what it printed.
    command: Option<String>,
    /// The first group of which there is a line.
    pub group: Option<String>,
    pub others: Distinct,
    pub topics: Vec<(String, Vec<Found>)>,
    pub members: Vec<Member>,
    pub counts: Vec<(String, u32)>,
    pub told: Vec<Told>,
    pub strategy: Option<String>,
    pub coordinator: Option<i32>,
    pub state: Option<GroupState>,
    pub epoch: Option<i32>,
    /// How many members there are, as the listing of the state says.
    pub size: Option<usize>,
    /// There were listings with offsets, of members, of the state.
    pub offsets: bool,
    pub membership: bool,
    pub states: bool,
    /// Groups without members, and such that were rebalancing.
    pub idle: Distinct,
    pub moving: Distinct,
    /// Lines that repeat what an earlier one described.
    pub repeated: usize,
    pub over_parts: usize,
    pub over_members: Distinct,
    pub over_told: usize,
}

/// What stands in single quotes.
fn quoted(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once('\'')?;
    rest.rsplit_once('\'').map(|(name, _)| name)
}

fn named<'a>(text: &'a str, what: &str) -> Result<&'a str, String> {
    match text.len() <= LONGEST {
        true => Ok(text),
        false => Err(format!("{what} of up to {LONGEST} bytes was expected")),
    }
}

/// An offset; −1 is none.
fn offset(text: Option<&str>) -> Result<Option<u64>, String> {
    let Some(text) = text else { return Ok(None) };
    match text.parse::<i64>() {
        Ok(-1) => Ok(None),
        Ok(offset) if offset >= 0 => Ok(Some(offset as u64)),
        _ => Err(format!("an offset from 0 on was expected, not “{}”", shorten(text))),
    }
}

/// An epoch; below 0 is none.
fn epoch(text: Option<&str>) -> Option<i32> {
    text?.parse().ok().filter(|epoch| *epoch >= 0)
}

/// A number of something that is listed.
fn index(text: &str, what: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("{what} was expected, not “{}”", shorten(text)))
}

fn numbers(text: &str) -> Option<Vec<u32>> {
    text.split(',').map(|part| part.trim().parse().ok()).collect()
}

/// `orders(0,1), payments(2)` of Kafka 2 and 3, `(0,1), (2)` of 3.7 to 3.9, `orders:0,1;payments:2` of 4.
fn assignment(text: &str) -> Option<Vec<(&str, Vec<u32>)>> {
    let mut all = Vec::new();
    if !text.contains('(') {
        for part in text.split(';') {
            let (name, list) = part.trim().split_once(':')?;
            all.push((name, numbers(list)?));
        }
        return Some(all);
    }
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('(')?;
        let (list, after) = after.split_once(')')?;
        all.push((name.trim(), numbers(list)?));
        rest = after.trim_start().trim_start_matches(',').trim_start();
    }
    Some(all)
}

impl Reading {
    /// Whether a row is of the group that is read.
    fn mine(&mut self, row: &Row) -> Result<bool, String> {
        let Some(group) = row.get(Column::Group).or(self.command.as_deref()) else { return Ok(true) };
        named(group, "a group’s name")?;
        match &self.group {
            Some(mine) if mine != group => {
                let group = group.to_string();
                self.others.add(&group);
                Ok(false)
            }
            Some(_) => Ok(true),
            None => {
                self.group = Some(group.to_string());
                Ok(true)
            }
        }
    }

    /// The place of a member, which is one more if it is new; `Ok(None)`: there are too many.
    fn member(&mut self, row: &Row) -> Result<Option<usize>, String> {
        let Some(id) = row.get(Column::Member) else { return Ok(None) };
        named(id, "a member id")?;
        let client = named(row.get(Column::Client).unwrap_or_default(), "a client id")?;
        let host = named(row.get(Column::Host).unwrap_or_default(), "a host")?;
        let instance = row.get(Column::Instance).map(|text| named(text, "an instance id")).transpose()?;
        let place = match self.members.iter().position(|member| member.is.id == id) {
            Some(place) => place,
            None if self.members.len() >= CONSUMERS => {
                self.over_members.add(id);
                return match self.over_members.count() {
                    1 => Err(format!("{CONSUMERS} members were read; the rest is left out")),
                    _ => Ok(None),
                };
            }
            None => {
                let is = DescribedMember { id: id.into(), ..DescribedMember::default() };
                self.members.push(Member { is, ..Member::default() });
                self.members.len() - 1
            }
        };
        if let Some(member) = self.members.get_mut(place).map(|member| &mut member.is) {
            if member.client.is_empty() {
                member.client = client.into();
            }
            if member.host.is_empty() {
                member.host = host.into();
            }
            member.instance = member.instance.take().or(instance.map(Into::into));
            member.epoch = member.epoch.or(epoch(row.get(Column::Epoch)));
        }
        Ok(Some(place))
    }

    /// A partition, and those before it; `Ok(None)`: there is no room for it.
    pub fn part(&mut self, topic: &str, index: u32) -> Result<Option<&mut Found>, String> {
        if topic.len() > LONGEST || topic.is_empty() {
            return Err(format!("a topic’s name of up to {LONGEST} bytes was expected"));
        }
        let place = self.topics.iter().position(|(name, _)| name == topic);
        let have = place.and_then(|place| self.topics.get(place)).map_or(0, |(_, parts)| parts.len());
        let all: usize = self.topics.iter().map(|(_, parts)| parts.len()).sum();
        let want = (index as usize).saturating_add(1).max(have);
        if all - have + want > PARTS {
            self.over_parts += 1;
            return match self.over_parts {
                1 => Err(format!("up to {} partitions are read; the rest is left out", grouped(PARTS as i64))),
                _ => Ok(None),
            };
        }
        let place = place.unwrap_or_else(|| {
            self.topics.push((topic.to_string(), Vec::new()));
            self.topics.len() - 1
        });
        let Some((_, parts)) = self.topics.get_mut(place) else { return Ok(None) };
        parts.resize(want, Found::default());
        Ok(parts.get_mut(index as usize))
    }

    fn offsets_row(&mut self, row: &Row) -> Result<(), String> {
        let partition = row.get(Column::Partition).map(|text| index(text, "a partition’s number")).transpose()?;
        let committed = offset(row.get(Column::Committed))?;
        let end = offset(row.get(Column::End))?;
        // The limit of members is said, and the partition is read all the same.
        let member = self.member(row);
        let owner = member.as_ref().ok().copied().flatten();
        // A member without partitions has a row with none.
        let (Some(topic), Some(partition)) = (row.get(Column::Topic), partition) else { return member.map(|_| ()) };
        if let Some(part) = self.part(topic, partition)? {
            let again = std::mem::replace(&mut part.listed, true);
            if !again {
                (part.committed, part.end, part.owner) = (committed, end, owner);
            }
            self.repeated += usize::from(again);
        }
        member.map(|_| ())
    }

    fn members_row(&mut self, row: &Row) -> Result<(), String> {
        let lists = row.get(Column::Assignment).map(|text| {
            let expected =
                || format!("partitions such as orders:0,1;payments:2 were expected, not “{}”", shorten(text));
            assignment(text).ok_or_else(expected)
        });
        let lists = lists.transpose()?.unwrap_or_default();
        let count = row.get(Column::Count).map(|text| index(text, "a number of partitions")).transpose()?;
        let Some(place) = self.member(row)? else { return Ok(()) };
        if let Some(member) = self.members.get_mut(place) {
            member.count = member.count.or(count.map(|count| count as usize));
        }
        for (topic, numbers) in lists {
            for number in numbers {
                if topic.is_empty() {
                    let nameless = self.members.get_mut(place).map(|member| &mut member.nameless);
                    nameless.into_iter().filter(|list| list.len() < PARTS).for_each(|list| list.push(number));
                } else if let Some(part) = self.part(topic, number)? {
                    part.assigned = part.assigned.or(Some(place));
                }
            }
        }
        Ok(())
    }

    fn state_row(&mut self, row: &Row) -> Result<(), String> {
        let text = row.get(Column::State).unwrap_or("Unknown");
        let state = GroupState::of(text);
        if state.is_none() && !matches!(text, "Unknown" | "NotReady") {
            return Err(format!("a group’s state, such as Stable, was expected, not “{}”", shorten(text)));
        }
        let strategy = row.get(Column::Strategy).map(|text| named(text, "an assignor’s name")).transpose()?;
        self.state = self.state.or(state);
        self.strategy = self.strategy.take().or(strategy.map(Into::into));
        self.epoch = self.epoch.or(epoch(row.get(Column::GroupEpoch)));
        self.size = self.size.or(row.get(Column::Members).and_then(|text| text.parse().ok()));
        let id = row.get(Column::Coordinator).and_then(|text| text.rsplit_once('('));
        let id = id.and_then(|(_, id)| id.trim_end_matches(')').parse::<i32>().ok());
        self.coordinator = self.coordinator.or(id.filter(|id| *id >= 0));
        Ok(())
    }

    fn row(&mut self, listing: Listing, row: &Row) -> Result<(), String> {
        if !self.mine(row)? {
            return Ok(());
        }
        match listing {
            Listing::Offsets => {
                self.offsets = true;
                self.offsets_row(row)
            }
            Listing::Members => {
                self.membership = true;
                self.members_row(row)
            }
            _ => {
                self.states = true;
                self.state_row(row)
            }
        }
    }

    /// What stands around tables: commands, prompts, warnings. `None`: nothing of the kind.
    fn aside(&mut self, line: &str) -> Option<Result<(), String>> {
        let mut words = line.split_whitespace();
        let first = words.next()?;
        if let Some(name) = quoted(line)
            && line.contains("onsumer group '")
        {
            if line.contains("does not exist") {
                return Some(Err(format!("a group was expected; Kafka says that “{}” does not exist", shorten(name))));
            }
            let list = if line.contains("no active members") { &mut self.idle } else { &mut self.moving };
            list.add(name);
            return Some(Ok(()));
        }
        if line.contains("kafka-consumer-groups") || line.contains("kafka-topics") || first.starts_with("--") {
            let mut rest = line.split_whitespace().skip_while(|word| *word != "--group");
            if let Some(name) = rest.nth(1).map(|name| name.trim_matches(['\'', '"'])).filter(|name| !missing(name)) {
                self.command = Some(name.to_string());
            }
            return Some(Ok(()));
        }
        if first == "Error:" || line.starts_with("Error while executing") {
            return Some(Err(format!("what describes a group was expected, not “{}”", shorten(line.trim()))));
        }
        let around = [
            "Warning:",
            "WARNING:",
            "warning:",
            "WARN",
            "INFO",
            "Note:",
            "NOTE:",
            "SLF4J:",
            "OpenJDK",
            "Picked",
            "```",
            "at",
            "Caused",
            "Defaulted",
        ];
        let log = first.starts_with("[20") || around.contains(&first);
        let prompt = |word: &str| word.len() < 60 && word.ends_with(['$', '#', '%', '>']);
        (log || line.split_whitespace().take(3).any(prompt)).then_some(Ok(()))
    }
}

impl Parse for Reading {
    fn line(&mut self, line: &[u8]) -> Result<(), String> {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end();
        if line.trim_start().is_empty() {
            return Ok(());
        }
        if let Some(told) = topics::read(line) {
            self.header = None;
            if self.told.len() + self.counts.len() >= MOST_TOLD {
                self.over_told += 1;
                return match self.over_told {
                    1 => {
                        Err(format!("{} lines about topics were read; the rest is left out", grouped(MOST_TOLD as i64)))
                    }
                    _ => Ok(()),
                };
            }
            match told? {
                TopicLine::Topic(name, count) => self.counts.push((name, count)),
                TopicLine::Part(part) => self.told.push(part),
            }
            return Ok(());
        }
        let listing = self.header.as_ref().map(|header| header.listing);
        let row = match &self.header {
            Some(header) if header.listing != Listing::Other => Some(header.row(line)),
            _ => None,
        };
        // A row is a row, whatever its group is called.
        if let (Some(listing), Some(Ok(row))) = (listing, &row) {
            return self.row(listing, row);
        }
        if let Some(header) = Header::read(line) {
            let other = header.listing == Listing::Other;
            self.headed |= !other;
            self.header = Some(header);
            return match other {
                true => Err("a table of “kafka-consumer-groups.sh --describe” was expected, not this one".into()),
                false => Ok(()),
            };
        }
        match (self.aside(line), row) {
            (Some(aside), _) => aside,
            (None, Some(row)) => row.map(|_| ()),
            (None, None) if listing.is_some() => Ok(()),
            (None, None) => Err(format!(
                "a header such as “GROUP TOPIC PARTITION CURRENT-OFFSET …” or “Topic: …” was expected, not “{}”",
                shorten(line.trim())
            )),
        }
    }

    fn done(self: Box<Self>) -> Parsed {
        super::merge::done(*self)
    }
}
