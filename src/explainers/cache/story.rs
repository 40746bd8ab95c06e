//! What the house says of itself: names, how things stand, what the picture shows.

use super::params::{self, Params};
use super::tell::{many, ms};
use super::types::*;
use super::world::{Due, World};
use super::{DB, client, key as key_subject, node, request};
use crate::draw::scene::Subject;
use crate::explainers::{Tone, grouped};
use crate::sim::{MS, Micros, decimal};

pub(super) fn entries(n: u64) -> String {
    if n == 1 { "1 entry".into() } else { format!("{} entries", grouped(n as i64)) }
}

fn kb(bytes: u64) -> String {
    decimal::fixed(bytes as f64 / 1_000.0, 1)
}

fn option(options: &[(&str, &'static str)], value: i64) -> &'static str {
    usize::try_from(value).ok().and_then(|i| options.get(i)).map_or("", |option| option.1)
}

impl Params {
    pub fn caveats(&self) -> Vec<(&'static str, String)> {
        let mut out = Vec::new();
        if self.rate > 0 && self.lasts() < self.span.max(1) as Micros * MS {
            let most = grouped(params::MOST);
            out.push((
                "span",
                format!("The workload ends after {} ms: no run has more than {most} requests", ms(self.lasts())),
            ));
        }
        if self.cached() && self.flight == params::LEASE && matches!(self.write, params::AROUND) {
            let why = "Nothing tells the cache of a write (write-around), so no lease is ever taken back";
            out.push(("flight", why.to_string()));
        }
        if self.cached() && self.ttl == 0 && self.read == params::AHEAD {
            out.push(("read", "Without a time to live nothing has to be refreshed: this is read-through".into()));
        }
        out
    }

    fn words(&self) -> String {
        if !self.cached() {
            return "There is no cache: every read and write goes to the database.".into();
        }
        let read = match self.read {
            params::ASIDE => "Clients look in the cache first and load what it does not have (cache-aside)",
            params::THROUGH => "Clients ask the cache, which loads what it does not have (read-through)",
            _ => "Clients ask the cache, which loads what it does not have, and what will soon expire (refresh-ahead)",
        };
        let write = match self.write {
            params::AROUND => "writes go to the database and leave the cache as it is",
            params::DELETE => "writes go to the database, then the entry is deleted",
            params::SET => "writes go to the database, then the entry is set",
            params::LOG => "writes go to the database, whose change log has the entry deleted",
            params::WRITE_THROUGH => "writes go through the cache to the database (write-through)",
            _ => "writes go to the cache, which writes them to the database later (write-back)",
        };
        format!("{read}; {write}.")
    }
}

impl World {
    /// The first words: what is there before anything happens.
    pub(super) fn open(&mut self) {
        let p = self.params();
        let rule = option(params::RULES, p.rule);
        let room = match (self.nodes.len(), p.unit == params::BYTES) {
            (0, _) => String::new(),
            (1, false) => format!(" The cache has room for {} ({rule}).", entries(self.room)),
            (1, true) => format!(" The cache has room for {} kB ({rule}).", kb(self.room)),
            (n, false) => format!(" Each of {n} cache nodes has room for {} ({rule}).", entries(self.room)),
            (n, true) => format!(" Each of {n} cache nodes has room for {} kB ({rule}).", kb(self.room)),
        };
        let now = match (p.rate, p.every) {
            (0, 0) => " Nothing is asked for yet: what happens is up to you.".to_string(),
            (0, _) => String::new(),
            (rate, _) => format!(
                " {} ask for {} keys, {rate} times a second in all.",
                many(p.clients.max(1) as u64, "client"),
                grouped(i64::from(self.setup.keys))
            ),
        };
        let text = format!("{}{room}{now}", p.words());
        let head = match self.nodes.is_empty() {
            true => format!("{} and a database", many(self.clients.len() as u64, "client")),
            false => format!("{}, a cache and a database", many(self.clients.len() as u64, "client")),
        };
        self.say(0, head, text, Tone::Plain, None);
    }

    pub fn followable(&self) -> Vec<Subject> {
        let mut all: Vec<Subject> = (0..self.clients.len() as ClientId).map(client).collect();
        all.extend((0..self.nodes.len() as NodeId).map(node));
        all.push(DB);
        all.extend(self.followed_keys().into_iter().map(key_subject));
        let latest = self.requests.len().saturating_sub(3);
        all.extend(self.own.filter(|id| (*id as usize) < latest).map(request));
        all.extend(self.requests.from(latest).map(|it| request(it.id)));
        all
    }

    pub fn name(&self, subject: Subject) -> Option<String> {
        let index = subject.id.checked_sub(1)?;
        match subject.kind {
            "client" => ((index as usize) < self.clients.len()).then(|| format!("client C{}", subject.id)),
            "cache" => ((index as usize) < self.nodes.len()).then(|| self.node_name(index as NodeId)),
            "db" => (index == 0).then(|| "the database".into()),
            "key" => (index < self.all_keys()).then(|| match self.absent(index) {
                true => format!("absent key k{}", subject.id),
                false => format!("key k{}", subject.id),
            }),
            // One that is still to come has a name, too: a link may follow it from the start.
            "request" => (subject.id <= 10_000_000).then(|| match self.request(index) {
                Some(it) => {
                    let verb = if it.kind == OpKind::Read { "reads" } else { "writes" };
                    format!("request {}: C{} {verb} k{}", subject.id, it.client + 1, it.key + 1)
                }
                None => format!("request {}", subject.id),
            }),
            "message" => (subject.id <= 100_000_000).then(|| match self.message(index) {
                Some(it) => self.message_name(it),
                None => format!("message {}", subject.id),
            }),
            _ => None,
        }
    }

    fn place_name(&self, place: Place) -> String {
        match place {
            Place::Client(id) => format!("C{}", id + 1),
            Place::Node(id) => self.node_name(id),
            Place::Db => "the database".into(),
        }
    }

    /// What a message says, from whom to whom.
    pub fn message_name(&self, message: &Message) -> String {
        let what = self.message_words(message);
        format!("{what}: {} to {}", self.place_name(message.from), self.place_name(message.to))
    }

    /// What a message says, in a word or two.
    pub fn message_words(&self, message: &Message) -> String {
        use MessageKind as Kind;
        let key = format!("k{}", message.key + 1);
        let value = || format!("{key} = {}", self.version_name(message.key, message.version));
        match message.kind {
            Kind::Get => format!("get {key}"),
            Kind::Value | Kind::Row => value(),
            Kind::Miss if message.token != 0 => format!("no {key}, and a lease"),
            Kind::Miss => format!("no {key}"),
            Kind::Wait => format!("wait for {key}"),
            Kind::Set => format!("set {}", value()),
            Kind::Stored => format!("{key} stored"),
            Kind::Delete => format!("delete {key}"),
            Kind::Deleted => format!("{key} deleted"),
            Kind::Put | Kind::Write => format!("write {key}"),
            Kind::Accepted => format!("{} taken", value()),
            Kind::Query => format!("read {key}"),
            Kind::Committed => format!("{} committed", value()),
            Kind::Flush => format!("flush {}", many(message.batch.as_ref().map_or(0, |it| it.len() as u64), "value")),
            Kind::Flushed => "flushed".into(),
            Kind::Invalidate => format!("drop {key}"),
            Kind::Refused => "refused".into(),
            Kind::Down => "down".into(),
            Kind::Overloaded => "overloaded".into(),
        }
    }

    pub fn state(&self, subject: Subject) -> Option<String> {
        let index = subject.id.checked_sub(1)?;
        match subject.kind {
            "client" => {
                let it = self.clients.get(index as usize)?;
                let waits = match it.open {
                    0 => "waits for nothing".to_string(),
                    n => format!("waits for {}", many(n.into(), "answer")),
                };
                Some(match it.paused {
                    Some((_, until)) => format!("paused until {} ms, {} held up", ms(until), it.waits()),
                    None => waits,
                })
            }
            "cache" => self.node_state(self.node(index as NodeId)?),
            "db" => {
                let db = &self.db;
                let slow = if db.slow > 1 { format!(", {} times as slow", db.slow) } else { String::new() };
                Some(match db.up {
                    false => "down".into(),
                    true => {
                        format!(
                            "{} of {} busy, {} wait{slow}",
                            db.serving.len(),
                            many(db.slots as u64, "slot"),
                            db.waiting.len()
                        )
                    }
                })
            }
            "key" => self.key_state(index),
            "request" => Some(self.request_state(self.request(index)?)),
            "message" => {
                let it = self.message(index)?;
                Some(format!("sent at {} ms, arrives at {} ms", ms(it.sent), ms(it.arrives)))
            }
            _ => None,
        }
    }

    fn node_state(&self, node: &Node) -> Option<String> {
        if !node.up {
            return Some("down".into());
        }
        let holds = match self.params().unit {
            params::BYTES => {
                format!("holds {} of {} kB in {}", kb(node.used), kb(self.room), entries(node.held.into()))
            }
            _ => format!("holds {} of {}", grouped(node.held.into()), entries(self.room)),
        };
        let stale = node.entries.iter().flatten().filter(|entry| entry.stale.is_some()).count();
        let stale = if stale > 0 { format!(", {stale} stale") } else { String::new() };
        let dirty = if node.dirty.is_empty() { String::new() } else { format!(", {} dirty", node.dirty.len()) };
        let loads = if node.loads.is_empty() { String::new() } else { format!(", loads {}", node.loads.len()) };
        let leases = if node.leases.is_empty() {
            String::new()
        } else {
            format!(", {} out", many(node.leases.len() as u64, "lease"))
        };
        Some([holds, stale, dirty, loads, leases].concat())
    }

    fn key_state(&self, key: KeyId) -> Option<String> {
        let db = match self.absent(key) {
            true if key < self.all_keys() => "the database has no such key".to_string(),
            true => return None,
            false => format!("v{} in the database", self.row(key).version),
        };
        let Some(home) = self.home(key) else { return Some(db) };
        let node = self.node(home)?;
        let held = match node.entry(key) {
            None => match node.dirty(key) {
                Some(dirty) => format!("v{} in the flush buffer", dirty.version),
                None => "not in the cache".to_string(),
            },
            Some(entry) => {
                let stale = if entry.stale.is_some() { ", stale" } else { "" };
                let dirty = if node.is_dirty(key) { ", dirty" } else { "" };
                format!("{} in {}{stale}{dirty}", self.version_name(key, entry.version), self.node_name(home))
            }
        };
        Some(format!("{held}; {db}"))
    }

    /// Its answer has come, and its client, which is paused, takes no notice yet.
    pub fn waits_unread(&self, it: &Request) -> bool {
        let client = self.clients.get(usize::from(it.client)).filter(|client| client.paused.is_some());
        client.is_some_and(|client| {
            client.inbox.iter().any(|due| matches!(due, Due::Land(message) if message.request == Some(it.id)))
        })
    }

    /// The cache asks the database, and this read waits for that.
    pub fn loads_for(&self, it: &Request) -> bool {
        let Some(node) = self.home(it.key).and_then(|home| self.node(home)) else { return false };
        let mine = |load: &Load| load.leader == Some(it.id) || load.waiting.contains(&it.id);
        it.kind == OpKind::Read && node.loads.iter().any(mine)
    }

    fn request_state(&self, it: &Request) -> String {
        match it.phase {
            _ if self.waits_unread(it) => "its answer waits: its client is paused".into(),
            Phase::Held => "held up: its client is paused".into(),
            Phase::Cache if self.loads_for(it) => "the cache loads it".into(),
            Phase::Cache => "with the cache".into(),
            Phase::Waiting => "waits for a load that another has begun".into(),
            Phase::Database => "with the database".into(),
            Phase::Mending => "committed; mends the cache".into(),
            Phase::Done => {
                let took = ms(it.latency().unwrap_or(0));
                let what = self.version_name(it.key, it.version);
                match it.outcome {
                    Some(Outcome::Failed) => "failed".into(),
                    _ if it.stale => format!("read {what}, stale, in {took} ms"),
                    Some(Outcome::Written) => format!("wrote {what} in {took} ms"),
                    Some(Outcome::Hit) => format!("a hit: {what} in {took} ms"),
                    Some(Outcome::Miss) => format!("a miss: {what} in {took} ms"),
                    _ => format!("read {what} in {took} ms"),
                }
            }
        }
    }

    /// The picture in words.
    pub fn describe(&self, at: Micros) -> String {
        let mut out = format!("At {} ms. ", ms(at));
        for id in 0..self.clients.len() as ClientId {
            out += &format!("C{} {}. ", id + 1, self.state(client(id)).unwrap_or_default());
        }
        for id in 0..self.nodes.len() as NodeId {
            let name = if self.nodes.len() < 2 { "The cache".to_string() } else { format!("Cache {}", id + 1) };
            out += &format!("{name}: {}. ", self.state(node(id)).unwrap_or_default());
            let lists = self.node(id).map(|node| node.cache.lists()).unwrap_or_default();
            for shelf in lists.iter().filter(|shelf| !shelf.ghost && !shelf.entries.is_empty()) {
                let keys: Vec<String> = shelf.entries.iter().take(12).map(|it| format!("k{}", it.key + 1)).collect();
                let more = shelf.entries.len().saturating_sub(12);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                out += &format!("{}: {}{more}. ", shelf.name, keys.join(", "));
            }
        }
        out += &format!("The database: {}. ", self.state(DB).unwrap_or_default());
        let flying = self.flying(at).count() as u64;
        if flying > 0 {
            out += &format!("{} on the way.", many(flying, "message"));
        }
        out.trim_end().to_string()
    }
}
