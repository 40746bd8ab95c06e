//! What the cluster says of itself: names, readouts, how things stand, what the picture shows.

use super::params::OWN;
use super::tell::{kind_word, ms, what};
use super::types::*;
use super::world::World;
use super::{Data, import};
use crate::draw::scene::Subject;
use crate::explainers::{Readout, Tone, grouped, percent};
use crate::models::quorum::level;
use crate::models::quorum::version::Version;
use crate::sim::chronicle::Chronicle;
use crate::sim::{MS, Micros, decimal, quantile};

/// Latencies are told of so many operations, the latest.
const WINDOW: usize = 10_000;

/// x, y, z, k4 …
pub fn key_name(key: KeyId) -> String {
    match key {
        0 => "x".into(),
        1 => "y".into(),
        2 => "z".into(),
        more => format!("k{}", more + 1),
    }
}

/// The key of a name, or of its number from 1.
pub fn key_of(text: &str) -> Option<KeyId> {
    match text {
        "x" => Some(0),
        "y" => Some(1),
        "z" => Some(2),
        other => other.strip_prefix('k').unwrap_or(other).parse::<KeyId>().ok()?.checked_sub(1),
    }
}

/// “A and B”, “A, B and C”.
pub fn names(set: NodeSet) -> String {
    let all: Vec<String> = members(set).map(|node| letter(node).to_string()).collect();
    match all.split_last() {
        None => "nobody".into(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// “v3”, “v3 | v4” for siblings, “nothing”.
/// A sentence in which every “operation 4” can be followed.
pub fn linked(text: &str) -> String {
    let mut parts = text.split("operation ");
    let mut out = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        match digits.is_empty() {
            true => out += "operation ",
            false => out += &format!("[operation {digits}](op-{digits})"),
        }
        out += part.get(digits.len()..).unwrap_or_default();
    }
    out
}

pub fn versions_text(versions: &[Version]) -> String {
    if versions.is_empty() {
        return "nothing".into();
    }
    versions.iter().map(|version| format!("v{}", version.value)).collect::<Vec<_>>().join(" | ")
}

impl World {
    /// The first words: what is there before anything happens.
    pub(super) fn open(&mut self, data: &Data) {
        let p = self.setup.params.clone();
        let (n, nodes) = (p.copies(), self.nodes.len());
        let head = format!("{nodes} nodes keep {n} cop{} of each key.", if n == 1 { "y" } else { "ies" });
        let now = match (p.load > 0, p.lasts() < p.span) {
            (false, _) => "Nothing has been written yet.".to_string(),
            (true, short) => {
                let ends =
                    format!(" They end after {} ms, when there are {}.", p.lasts(), grouped(super::params::MOST));
                let ends = if short { ends.as_str() } else { "" };
                format!(
                    "{} client{} issue {} operations/s each at random; only what is notable is told.{ends}",
                    p.clients,
                    if p.clients == 1 { "" } else { "s" },
                    p.load
                )
            }
        };
        let text = format!("{} {now}", self.promise());
        if p.delay != OWN {
            return self.say(0, head, text, Tone::Plain, None);
        }
        match import::words(data) {
            Some(own) => self.say(0, head, format!("{text} {own}"), Tone::Plain, None),
            None => {
                self.say(0, head, text, Tone::Plain, None);
                let text = "This run draws plain delays, 1 to 20 ms, instead: bring your own under “Your data”.".into();
                self.say(0, "There are no delays of yours here.".into(), text, Tone::Warn, None);
            }
        }
    }

    /// Answers a write and a read wait for, as client 1's coordinator counts them for the first key.
    pub fn needs(&self) -> (u8, u8) {
        let spread = self.setup.spread.first().copied().unwrap_or_default();
        let local = self.clients.first().map_or(0, |client| self.dc(client.home));
        (self.setup.write_level.needed(&spread, local), self.setup.read_level.needed(&spread, local))
    }

    /// Whether every read's replicas and every write's have one in common, whoever coordinates.
    pub fn overlaps(&self) -> bool {
        let dcs: &[usize] = if self.setup.params.dcs > 1 { &[0, 1] } else { &[0] };
        self.setup.spread.iter().all(|spread| {
            let pairs = dcs.iter().flat_map(|a| dcs.iter().map(move |b| (*a, *b)));
            pairs
                .into_iter()
                .all(|(a, b)| level::overlap((self.setup.write_level, a), (self.setup.read_level, b), spread))
        })
    }

    fn promise(&self) -> String {
        let (w, r) = self.needs();
        let n = self.setup.params.copies();
        let sum = i64::from(w) + i64::from(r);
        let how = match (self.overlaps(), self.promises()) {
            (true, true) => "so every read meets every write that was acknowledged before it",
            (true, false) => "but stand-ins count, too, so a read may miss what was acknowledged before it",
            _ => "so a read may miss what was acknowledged before it",
        };
        let sign = if sum > n { ">" } else { "≤" };
        format!("A write waits for {w}, a read for {r}: {w} + {r} {sign} {n}, {how}.")
    }

    /// Whether theory promises that no read is stale, as long as no disk is lost and clocks are right.
    pub fn promises(&self) -> bool {
        self.overlaps() && (self.setup.params.sloppy == 0 || self.setup.params.suspect == 0)
    }

    /// The latest operation of the reader's own of a kind that is over.
    pub fn latest(&self, kind: OpKind) -> Option<&Op> {
        self.ops.iter().rev().map(|op| &**op).find(|op| op.own && op.kind == kind && op.completed.is_some())
    }

    /// Disks with the newest acknowledged write of a key, or a later one; hints are not counted.
    pub fn copies_of_newest(&self, key: KeyId) -> u32 {
        let newest = self.watch.newest(key);
        let holds = |node: &&Node| {
            node.store.get(usize::from(key)).is_some_and(|held| held.iter().any(|version| version.value >= newest))
        };
        if newest == 0 { 0 } else { self.nodes.iter().filter(holds).count() as u32 }
    }

    pub(super) fn readouts(&self) -> Vec<Readout> {
        let mut out = Vec::new();
        let mut add = |key, value: Option<f64>, text: String, unit, label: String| {
            let text = if value.is_some() { text } else { "–".into() };
            out.push(Readout { key, value, text, unit, label });
        };
        let s = &self.stats;
        let (w, r) = self.needs();
        let n = self.setup.params.copies();
        let sum = format!("R + W = {} {} N = {n}", w + r, if i64::from(w + r) > n { ">" } else { "≤" });
        let theory = if self.promises() { "theory says none" } else { "theory promises nothing" };
        let rate = s.stale_rate();
        let label = format!("of {} successful reads were stale; {sum}, {theory}", grouped(s.ok_reads as i64));
        add("stale", rate.map(|rate| rate * 100.0), percent(rate.unwrap_or(0.0)), "%", label);
        let rate = s.availability();
        let label = format!("of {} finished operations succeeded", grouped(s.finished() as i64));
        add("available", rate.map(|rate| rate * 100.0), percent(rate.unwrap_or(0.0)), "%", label);
        for (list, needed, keys) in [
            (&s.read_latency, r, [("read-median", 0.5), ("read-p99", 0.99), ("read-p999", 0.999)]),
            (&s.write_latency, w, [("write-median", 0.5), ("write-p99", 0.99), ("write-p999", 0.999)]),
        ] {
            if list.is_empty() {
                continue;
            }
            let kind = if keys[0].0 == "read-median" { "read" } else { "write" };
            let latencies = sorted(list);
            let at = |p: f64| quantile::of_sorted(&latencies, p).unwrap_or(0);
            let of = if list.len() > WINDOW { ", of the latest 10,000" } else { "" };
            for (i, (key, p)) in keys.into_iter().enumerate() {
                let (p99, p999) = (ms(at(0.99)), ms(at(0.999)));
                let tile = format!("median {kind}, waiting for {needed}; 99%: {p99} ms, 99.9%: {p999} ms{of}");
                let label = if i == 0 { tile } else { String::new() };
                add(key, Some(at(p) as f64 / MS as f64), ms(at(p)), "ms", label);
            }
        }
        let finished = s.finished();
        // Operations under way have their messages, too.
        let begun = finished + self.ops.iter().filter(|op| op.completed.is_none()).count() as u64;
        let per = |sum: u64| (begun > 0).then(|| sum as f64 / begun as f64);
        let bytes = grouped(libm::round(per(s.bytes).unwrap_or(0.0)) as i64);
        let label =
            format!("messages between nodes per operation, {bytes} bytes (values of 1 KiB, digests 16, 64 around)");
        add("messages", per(s.messages), decimal::fixed(per(s.messages).unwrap_or(0.0), 1), "", label);
        if let Some(read) = self.latest(OpKind::Read) {
            let value = read.versions.iter().map(|version| version.value).max().unwrap_or(0);
            let ok = (read.outcome == Some(Outcome::Ok)).then_some(f64::from(value));
            let took = ms(read.latency().unwrap_or(0));
            let label = format!("what your last read of {} returned, after {took} ms", key_name(read.key));
            add("answer", ok, versions_text(&read.versions), "", label);
            let count = ok.map(|_| read.versions.len() as f64);
            add("siblings", count, read.versions.len().to_string(), "", String::new());
            let took = read.latency().map(|took| took as f64 / MS as f64);
            add("read-took", took, ms(read.latency().unwrap_or(0)), "ms", String::new());
        }
        if let Some(write) = self.latest(OpKind::Write) {
            let took = write.latency().map(|took| took as f64 / MS as f64);
            add("write-took", took, ms(write.latency().unwrap_or(0)), "ms", String::new());
        }
        let key = self.ops.iter().rev().find(|op| op.own).map_or(0, |op| op.key);
        if self.watch.newest(key) > 0 {
            let copies = self.copies_of_newest(key);
            let label = format!("of {} replicas hold v{} of {} or newer", n, self.watch.newest(key), key_name(key));
            add("copies", Some(f64::from(copies)), copies.to_string(), "", label);
        }
        let count = |n: u64| (Some(n as f64), grouped(n as i64));
        if self.watch.lost > 0 {
            let (value, text) = count(self.watch.lost);
            add("lost", value, text, "", "acknowledged writes that no disk answers for any more".into());
        }
        if self.watch.dropped > 0 {
            let (value, text) = count(self.watch.dropped);
            let label = "acknowledged writes replaced by a concurrent one, neither knowing of the other".into();
            add("dropped", value, text, "", label);
        }
        if let Some(hashes) = self.stats.hashes {
            let (value, text) = count(hashes);
            add("hashes", value, text, "", "hashes looked at to find where two nodes differ, of 31 in a tree".into());
        }
        if self.setup.params.hints == 1 || self.setup.params.sloppy == 1 {
            let (value, text) = count(self.nodes.iter().map(|node| node.hints.len() as u64).sum());
            add("hints", value, text, "", "hints that wait for their replica".into());
        }
        out
    }

    pub(super) fn name(&self, subject: Subject) -> Option<String> {
        let index = subject.id.checked_sub(1)?;
        match subject.kind {
            "node" => ((index as usize) < self.nodes.len()).then(|| format!("node {}", letter(index as NodeId))),
            "client" => ((index as usize) < self.clients.len()).then(|| format!("client {}", subject.id)),
            "key" => ((index as usize) < self.setup.replicas.len()).then(|| key_name(index as KeyId)),
            // One that is still to come has a name, too: a link may follow it from the start.
            "op" => (subject.id <= 10_000_000).then(|| match self.op(index) {
                Some(op) => format!("operation {}: {}", subject.id, what(op)),
                None => format!("operation {}", subject.id),
            }),
            _ => None,
        }
    }

    pub(super) fn state(&self, subject: Subject) -> Option<String> {
        let index = subject.id.checked_sub(1)?;
        match subject.kind {
            "node" => {
                let node = self.nodes.get(index as usize)?;
                let held = self.holding(node);
                let hints = match node.hints.len() {
                    0 => String::new(),
                    1 => ", keeps a hint".into(),
                    n => format!(", keeps {n} hints"),
                };
                let slow = if node.slow > 1 { format!(", {} times as slow", node.slow) } else { String::new() };
                let dead =
                    if node.dead == 0 { String::new() } else { format!(", takes {} for dead", names(node.dead)) };
                Some(format!("{}{held}{hints}{slow}{dead}", if node.up { "" } else { "down; " }))
            }
            "client" => {
                let client = self.clients.get(index as usize)?;
                Some(match client.busy.len() {
                    0 => format!("beside {}, waits for nothing", letter(client.home)),
                    1 => "waits for an answer".into(),
                    n => format!("waits for {n} answers"),
                })
            }
            "key" => {
                let key = index as KeyId;
                let hold = self.replicas(key).iter().map(|node| {
                    let held = self.node(*node).and_then(|node| node.store.get(usize::from(key)));
                    format!("{} {}", letter(*node), held.map_or("nothing".into(), |held| versions_text(held)))
                });
                Some(hold.collect::<Vec<_>>().join(", "))
            }
            "op" => {
                let op = self.op(index)?;
                let by = letter(op.coordinator);
                Some(match (op.phase, op.outcome) {
                    (Phase::Asking, _) => format!("on its way to {by}"),
                    (Phase::Gathering, _) => format!("{by} has {} of {}", op.got(), op.needed),
                    (Phase::Comparing, _) => format!("{by} compares versions"),
                    (Phase::Repairing, _) => format!("{by} repairs {}", names(op.repairing)),
                    (Phase::Answering, _) => "the answer is on its way".into(),
                    (Phase::Orphaned, _) => format!("{by} has forgotten it"),
                    (Phase::Done, Some(Outcome::Ok)) if op.kind == OpKind::Write => "acknowledged".into(),
                    (Phase::Done, Some(Outcome::Ok)) => format!("returned {}", versions_text(&op.versions)),
                    (Phase::Done, Some(Outcome::Timeout)) => "timed out".into(),
                    (Phase::Done, Some(Outcome::Unavailable)) => "refused".into(),
                    (Phase::Done, _) => "failed".into(),
                })
            }
            _ => None,
        }
    }

    fn holding(&self, node: &Node) -> String {
        let stored = node.store.iter().zip(0..).filter(|(held, _)| !held.is_empty());
        let all: Vec<String> = stored.map(|(held, key)| format!("{} {}", key_name(key), versions_text(held))).collect();
        if all.is_empty() { "holds nothing".into() } else { format!("holds {}", all.join(", ")) }
    }

    /// The picture in words.
    pub(super) fn describe(&self, at: Micros) -> String {
        let mut out = format!(
            "{} nodes, {} copies of each key. {} ",
            self.nodes.len(),
            self.setup.params.copies(),
            self.promise()
        );
        for (node, id) in self.nodes.iter().zip(0..) {
            let state = if node.up { "" } else { "is down, " };
            let slow = if node.slow > 1 { format!(", is {} times as slow", node.slow) } else { String::new() };
            let ahead =
                if node.skew > 0 { format!(", its clock is {} ms ahead", ms(node.skew)) } else { String::new() };
            out += &format!("{} {state}{}{slow}{ahead}. ", letter(id), self.holding(node));
        }
        if let Some(side) = self.partition.side {
            out += &format!("The network is cut: {} on one side. ", names(side));
        }
        let (flying, mut first) = (self.flying(at).count(), self.ops.iter().filter(|op| op.completed.is_none()));
        if flying > 0 {
            let place = |place: Place| match place {
                Place::Client(id) => format!("client {}", id + 1),
                Place::Node(id) => letter(id).to_string(),
            };
            let way = |it: &Message| {
                let op = it.op.and_then(|id| self.op(id)).map(|op| &**op);
                format!("{} to {}: {}", place(it.from), place(it.to), super::scene::words_of(op, it, it.key))
            };
            // As many as one would say.
            let ways: Vec<String> = self.flying(at).take(6).map(way).collect();
            let more = if flying > ways.len() { format!(" and {} more", flying - ways.len()) } else { String::new() };
            out += &format!("On the way: {}{more}. ", ways.join("; "));
        }
        if let Some(op) = first.next() {
            out += &format!(
                "Client {}’s {} of {} waits for {} of {}. ",
                op.client + 1,
                kind_word(op.kind),
                key_name(op.key),
                op.needed.saturating_sub(op.got() as u8),
                op.needed
            );
        }
        out.trim_end().to_string()
    }
}

/// The latest of them, which is enough for a 99.9th percentile and does not take the frame's time.
fn sorted(list: &Chronicle<u32>) -> Vec<Micros> {
    quantile::sorted(&list.from(list.len().saturating_sub(WINDOW)).map(|v| Micros::from(*v)).collect::<Vec<_>>())
}
