//! What the group says of itself: names, readouts, how things stand, what the picture shows.

use super::producer::partition_of_key;
use super::tell::{many, secs};
use super::types::*;
use super::world::World;
use crate::draw::scene::Subject;
use crate::explainers::{Readout, Tone, grouped, percent};
use crate::sim::{Micros, SECOND, decimal, quantile};
use std::rc::Rc;

/// Delays are told of so many records, the latest.
const WINDOW: usize = 10_000;

/// A partition's readers, as `reading`, in words.
fn reader_words(holder: Holder) -> String {
    match holder {
        Holder::Nobody => "nobody reads it".into(),
        Holder::Reads(who) => format!("C{} reads it", who + 1),
        Holder::Silent(who) => format!("C{} owns it and does not read", who + 1),
    }
}

pub fn phase_words(phase: Phase) -> &'static str {
    match phase {
        Phase::Down => "down",
        Phase::Finding => "looks for the coordinator",
        Phase::Joining => "joining",
        Phase::Syncing => "waits for its share",
        Phase::Steady => "steady",
        Phase::Revoking => "giving up",
        Phase::Hung => "hung",
    }
}

impl World {
    /// The first words.
    pub(super) fn open(&mut self) {
        let (parts, consumers) = (self.sources(), self.consumers.len());
        let word = super::params::ASSIGNORS.get(self.params().assignor.max(0) as usize).map_or("", |it| it.1);
        let head = format!("{} and {}", many(parts, "partition"), many(consumers, "consumer"));
        let now = if self.params().begin == super::params::RUNNING {
            let each = self.shares();
            let (least, most) = (each.iter().min().copied().unwrap_or(0), each.iter().max().copied().unwrap_or(0));
            let share = if least == most { format!("{most} each") } else { format!("{least} to {most} each") };
            format!("The group is stable: {share}, by the assignor {word}.")
        } else {
            format!("Nobody is in the group yet. The assignor is {word}.")
        };
        self.say(0, head, now, Tone::Plain, None);
    }

    /// Partitions that producers write to.
    pub fn sources(&self) -> usize {
        self.topics.iter().filter(|topic| topic.role == Role::Source).map(|topic| topic.parts.len()).sum()
    }

    /// How many partitions each running consumer owns.
    pub fn shares(&self) -> Vec<usize> {
        self.consumers.iter().filter(|it| it.up()).map(|it| it.claims.len()).collect()
    }

    /// Records that the group has not committed.
    pub fn lag(&self) -> u64 {
        self.read_rows().filter_map(|part| self.part(part)).map(Partition::lag).fold(0, u64::saturating_add)
    }

    /// Whether the group is to read it: it leaves dead letters to somebody else.
    pub fn is_read(&self, part: &Partition) -> bool {
        self.topics.get(usize::from(part.tp.topic)).is_some_and(|topic| topic.role != Role::DeadLetter)
    }

    /// The partitions that the group is to read, in the order in which they are shown.
    pub fn read_rows(&self) -> impl Iterator<Item = PartId> {
        let read = self.topics.iter().filter(|topic| topic.role != Role::DeadLetter);
        read.flat_map(|topic| topic.parts.iter().copied())
    }

    /// Partition-time without a leader since the run began, in µs.
    pub fn headless(&self, at: Micros) -> Micros {
        let spans = self.partitions.iter().flat_map(|part| part.headless.iter());
        spans.map(|(from, until)| (*until).min(at).saturating_sub(*from)).sum()
    }

    /// Partition-time without a reader since the run began, in µs; and the longest gap of one partition.
    pub fn unread(&self, at: Micros) -> (Micros, Micros) {
        let mut all = (0, 0);
        for part in self.partitions.iter().filter(|part| self.is_read(part)) {
            let mut holds = part.holds.iter().peekable();
            let mut gap = 0;
            while let Some(hold) = holds.next() {
                let end = holds.peek().map_or(at, |next| next.from);
                match hold.holder {
                    Holder::Reads(_) => gap = 0,
                    _ => {
                        gap += end.saturating_sub(hold.from);
                        all.0 += end.saturating_sub(hold.from);
                    }
                }
                all.1 = all.1.max(gap);
            }
        }
        all
    }

    pub(super) fn readouts(&self, at: Micros) -> Vec<Readout> {
        let mut out = Vec::new();
        let mut add = |key, value: Option<f64>, text: String, unit, label: String| {
            let text = if value.is_some() { text } else { "–".into() };
            out.push(Readout { key, value, text, unit, label });
        };
        let count = |n: u64| (Some(n as f64), grouped(n as i64));
        let seconds = |at: Micros| (Some(at as f64 / SECOND as f64), decimal::fixed(at as f64 / SECOND as f64, 1));
        let s = &self.stats;
        let (unread, longest) = self.unread(at);
        let (value, text) = seconds(unread);
        let label = format!("of partition-time without a reader; the longest gap {}", secs(longest));
        add("unread", value, text, "s", label);
        let (value, text) = seconds(longest);
        add("longest", value, text, "s", String::new());
        let headless = self.headless(at);
        let (value, text) = seconds(headless);
        let label = if headless > 0 { "of partition-time without a leader: nobody can write or read" } else { "" };
        add("leaderless", value, text, "s", label.into());
        let (value, text) = count(self.lag());
        let worst = self.read_rows().filter_map(|id| Some((self.part(id)?.lag(), id))).max_by_key(|it| it.0);
        let worst = worst
            .filter(|it| it.0 > 0)
            .map_or(String::new(), |(lag, id)| format!("; {} has {} of them", self.part_name(id), grouped(lag as i64)));
        add("lag", value, text, "", format!("records of lag: readable and not committed{worst}"));
        let last = self.rebalances.iter().rev().find(|it| it.ended.is_some());
        let moved = last.map(|it| f64::from(it.moved));
        let least = last.map_or(0, |it| it.least);
        let text = last.map_or(String::new(), |it| it.moved.to_string());
        let had = if last.is_some() { format!("; {least} had to") } else { String::new() };
        let parts = if last.is_some_and(|it| it.moved == 1) { "partition" } else { "partitions" };
        add("moved", moved, text, "", format!("{parts} moved in the last rebalance{had}"));
        add("least", last.map(|it| f64::from(it.least)), least.to_string(), "", String::new());
        let took = last.and_then(|it| Some(it.ended?.saturating_sub(it.began)));
        let (value, text) = seconds(took.unwrap_or(0));
        let n = self.rebalances.iter().filter(|it| it.ended.is_some()).count();
        add("took", took.and(value), text, "s", format!("for the last rebalance; {} so far", many(n, "rebalance")));
        add("rebalances", Some(n as f64), n.to_string(), "", String::new());
        let (value, text) = seconds(last.map_or(0, |it| it.unread));
        add("unread-last", last.and(value), text, "s", String::new());
        let (value, text) = count(u64::from(last.map_or(0, |it| it.stopped)));
        let label = last.filter(|it| it.stopped > 0).map_or(String::new(), |it| {
            let all = many(self.read_rows().count(), "partition");
            format!("of {all} stopped in the last rebalance, for {} at most", secs(it.longest))
        });
        add("stopped", last.and(value), text, "", label);
        let (value, text) = count(s.again);
        let label = format!("records processed again, of {} processed", grouped(s.processed as i64));
        add("again", value, text, "", label);
        let shares = self.shares();
        let steady = |it: &&Rc<Consumer>| it.phase == Phase::Steady && it.claims.is_empty();
        let idle = self.consumers.iter().filter(steady).count() as u64;
        let (value, text) = count(idle);
        let label = if idle > 0 || shares.len() > self.sources() {
            format!(
                "consumers with nothing to read: {} for {}",
                many(shares.len(), "consumer"),
                many(self.sources(), "partition")
            )
        } else {
            String::new()
        };
        add("idle", value, text, "", label);
        let most = shares.iter().max().copied().unwrap_or(0);
        add("most", Some(most as f64), most.to_string(), "", String::new());
        let delays: Vec<Micros> =
            s.delays.from(s.delays.len().saturating_sub(WINDOW)).map(|ms| Micros::from(*ms)).collect();
        let delays = quantile::sorted(&delays);
        let at_p = |p: f64| quantile::of_sorted(&delays, p);
        let ms = |v: Option<Micros>| (v.map(|v| v as f64), v.map_or(String::new(), |v| grouped(v as i64)));
        let (value, text) = ms(at_p(0.5));
        let label = format!("from append to processed, median; 99%: {} ms", ms(at_p(0.99)).1);
        add("delay", value, text, "ms", label);
        let (value, text) = ms(at_p(0.99));
        add("delay-p99", value, text, "ms", String::new());
        for (key, n, label) in [
            ("skipped", s.skipped, "records that were committed and never processed"),
            ("lost", s.lost, "acknowledged records that no log has any more"),
            ("copies", s.copies, "copies of records that retries left in logs"),
            ("retries", s.retries, ""),
            ("set-aside", s.set_aside, "records that could not be processed: skipped, or dead letters"),
            ("refused", s.commits_refused, if s.commits_refused == 1 { "commit refused" } else { "commits refused" }),
            ("messages", s.group_messages, ""),
        ] {
            let (value, text) = count(n);
            let label = if n > 0 { label.to_string() } else { String::new() };
            add(key, value, text, "", label);
        }
        let (used, busiest) = self.spread_of_records();
        let (value, text) = count(used);
        add("used", value, text, "", String::new());
        add("busiest", busiest.map(|it| it * 100.0), percent(busiest.unwrap_or(0.0)), "%", String::new());
        let (value, text) = count(self.rekeyed());
        add("rekeyed", value, text, "", String::new());
        let (_, epoch) = self.group.state();
        add("generation", Some(f64::from(epoch)), epoch.to_string(), "", String::new());
        let members = self.group_view().members.len() as u64;
        let (value, text) = count(members);
        add("members", value, text, "", String::new());
        let held = self.latest_owner();
        add("owner", held.map(f64::from), held.map_or(String::new(), |who| who.to_string()), "", String::new());
        for (key, n) in [("produced", s.produced), ("acked", s.acked), ("processed", s.processed)] {
            let (value, text) = count(n);
            add(key, value, text, "", String::new());
        }
        out
    }

    /// How many partitions have records of this run, and the share of the one that has most of them.
    fn spread_of_records(&self) -> (u64, Option<f64>) {
        let sizes = || self.partitions.iter().map(|part| part.log.len() as u64);
        let (all, most) = (sizes().sum::<u64>(), sizes().max().unwrap_or(0));
        (sizes().filter(|n| *n > 0).count() as u64, (all > 0).then(|| most as f64 / all as f64))
    }

    /// Keys that belong to another partition of the first topic than at the start.
    fn rekeyed(&self) -> u64 {
        let now = self.topics.first().map_or(1, |topic| topic.parts.len() as u32);
        let before = (self.params().partitions.max(1) as u32).min(now);
        let moved = |key: &u32| partition_of_key(*key, before) != partition_of_key(*key, now);
        (1..=self.params().keys.max(0) as u32).filter(moved).count() as u64
    }

    /// The consumer, by its number, that reads the first partition.
    fn latest_owner(&self) -> Option<u32> {
        match self.part(self.rows().next()?)?.holder() {
            Holder::Reads(who) => Some(u32::from(who) + 1),
            _ => None,
        }
    }

    pub(super) fn name(&self, subject: Subject) -> Option<String> {
        let index = subject.id.checked_sub(1)? as usize;
        match subject.kind {
            "consumer" => (index < self.consumers.len()).then(|| match self.consumers.get(index) {
                Some(it) if !it.name.starts_with('C') => format!("C{} ({})", subject.id, it.name),
                _ => format!("consumer C{}", subject.id),
            }),
            "broker" => (index < self.brokers.len()).then(|| format!("broker B{}", subject.id)),
            "producer" => (index < self.producers.len()).then(|| format!("producer P{}", subject.id)),
            "partition" => (index < self.partitions.len()).then(|| self.part_name(index as PartId)),
            "topic" => self.topics.get(index).map(|topic| format!("topic {}", topic.name)),
            "key" => (i64::from(subject.id) <= self.params().keys).then(|| format!("key k{}", subject.id)),
            "record" => (subject.id <= 10_000_000).then(|| format!("record #{}", subject.id)),
            _ => None,
        }
    }

    pub(super) fn state(&self, subject: Subject) -> Option<String> {
        let index = subject.id.checked_sub(1)? as usize;
        match subject.kind {
            "consumer" => {
                let it = self.consumers.get(index)?;
                let owns = match it.claims.len() {
                    _ if it.is_out() => "still at records that it has lost".to_string(),
                    0 => "owns nothing".to_string(),
                    n if n > 4 => format!("owns {n} partitions"),
                    _ => {
                        let names: Vec<String> = it.claims.iter().map(|claim| self.part_name(claim.part)).collect();
                        format!("owns {}", names.join(", "))
                    }
                };
                let hands = match it.hands.len() {
                    0 => String::new(),
                    n => format!(", {} in its hands", many(n, "record")),
                };
                let word = if it.is_out() { "no member" } else { phase_words(it.phase) };
                Some(format!("{word}, {owns}{hands}"))
            }
            "partition" => {
                let it = self.partitions.get(index)?;
                let leader = it.leader.map_or("no leader".into(), |leader| format!("led by B{}", leader + 1));
                let committed = it.committed.map_or("nothing committed".into(), |offset| format!("committed {offset}"));
                Some(format!("{}, {committed} of {}, {leader}", reader_words(it.holder()), it.high_watermark))
            }
            "broker" => {
                let it = self.brokers.get(index)?;
                let leads = self.partitions.iter().filter(|part| part.leader == Some(index as BrokerId)).count();
                let hosts = if self.coordinator == Some(index as BrokerId) { ", coordinates the group" } else { "" };
                let up = if it.up { "" } else { "down, " };
                Some(format!("{up}leads {}{hosts}", many(leads, "partition")))
            }
            "topic" => {
                let topic = self.topics.get(index)?;
                Some(many(topic.parts.len(), "partition"))
            }
            "record" => {
                let fate = self.fates.get(index)?;
                let key = if fate.key > 0 { format!("key k{}, ", fate.key) } else { String::new() };
                let done = match fate.processed {
                    0 if fate.set_aside => "set aside".to_string(),
                    0 => "not processed yet".to_string(),
                    1 => "processed".to_string(),
                    n => format!("processed {n} times"),
                };
                let acked = if fate.acked { "acknowledged, " } else { "" };
                Some(format!("{key}{acked}{done}"))
            }
            _ => None,
        }
    }

    /// The picture in words.
    pub(super) fn describe(&self, at: Micros) -> String {
        let view = self.group_view();
        let mut out = format!(
            "{} and {}. The group is {}, {} {}, with {}. ",
            many(self.sources(), "partition"),
            many(self.consumers.iter().filter(|it| it.up()).count(), "running consumer"),
            view.state,
            if self.params().modern() { "epoch" } else { "generation" },
            view.epoch,
            many(view.members.len(), "member")
        );
        for it in self.consumers.iter().take(12) {
            let state = self.state(super::consumer(it.id)).unwrap_or_default();
            out += &format!("C{} is {state}. ", it.id + 1);
        }
        let unread = self.partitions.iter().filter(|it| self.is_read(it) && !matches!(it.holder(), Holder::Reads(_)));
        let unread = unread.count();
        if unread > 0 {
            out += &format!("Nobody reads {}. ", many(unread, "partition"));
        }
        out += &format!("{} of lag at {}.", many(self.lag() as usize, "record"), secs(at));
        out
    }
}
