//! What happens, in words. What the reader does is told in detail; of the workload only as much as can be read.

use super::params;
use super::types::*;
use super::world::World;
use super::{DB, client, key as key_subject, node as node_subject, request as request_subject};
use crate::draw::scene::Subject;
use crate::explainers::{Tone, grouped};
use crate::models::caching::Why;
use crate::sim::{MS, Micros, decimal};

/// So many events about the workload are told; then the log is left to the reader.
const MOST: u32 = 1_200;
/// With more requests per second, only what is notable is told of the workload.
const CHATTY: i64 = 500;
/// Of more than this many, names are not listed.
const NAMED: usize = 6;

/// A time in ms with one decimal.
pub fn ms(at: Micros) -> String {
    decimal::fixed(at as f64 / MS as f64, 1)
}

/// So many of something, with a plural s.
pub(super) fn many(n: u64, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{} {what}s", grouped(n as i64)) }
}

fn k(key: KeyId) -> String {
    format!("k{}", key + 1)
}

fn c(client: ClientId) -> String {
    format!("C{}", client + 1)
}

impl World {
    /// “the cache”, or “cache 2” where there are several.
    pub fn node_name(&self, id: NodeId) -> String {
        if self.nodes.len() < 2 { "the cache".into() } else { format!("cache {}", id + 1) }
    }

    /// The same at the beginning of a sentence.
    fn node_head(&self, id: NodeId) -> String {
        if self.nodes.len() < 2 { "The cache".into() } else { format!("Cache {}", id + 1) }
    }

    /// What a version is called: the value of a key that does not exist is that it does not.
    pub fn version_name(&self, key: KeyId, version: Version) -> String {
        if self.absent(key) { "“no such key”".into() } else { format!("v{version}") }
    }

    /// What the reader did not ask for; so much of it and no more.
    fn remark(&mut self, at: Micros, head: String, text: String, tone: Tone, subject: Option<Subject>) {
        self.told = self.told.saturating_add(1);
        match self.told.cmp(&MOST) {
            std::cmp::Ordering::Less => self.say(at, head, text, tone, subject),
            std::cmp::Ordering::Equal => {
                let text = format!("{} lines about the workload are enough; the figures go on counting.", MOST);
                self.say(at, "No more of this is told".into(), text, Tone::Plain, None);
            }
            std::cmp::Ordering::Greater => {}
        }
    }

    fn chatty(&self) -> bool {
        self.params().rate <= CHATTY && self.told < MOST
    }

    /// The reader's own, or one of few.
    fn worth(&self, id: Option<RequestId>) -> bool {
        self.chatty() || id.and_then(|id| self.request(id)).is_some_and(|request| request.own)
    }

    fn tell(&mut self, at: Micros, id: Option<RequestId>, head: String, text: String, tone: Tone) {
        self.tell_of(at, id, head, text, tone, id.map(request_subject));
    }

    fn tell_of(
        &mut self,
        at: Micros,
        id: Option<RequestId>,
        head: String,
        text: String,
        tone: Tone,
        subject: Option<Subject>,
    ) {
        match id.and_then(|id| self.request(id)).is_some_and(|request| request.own) {
            true => self.say(at, head, text, tone, subject),
            false => self.remark(at, head, text, tone, subject),
        }
    }

    pub(super) fn tell_begun(&mut self, at: Micros, id: RequestId) {
        if !self.worth(Some(id)) {
            return;
        }
        let Some(request) = self.request(id) else { return };
        let (who, key, kind) = (c(request.client), request.key, request.kind);
        let home = self.home(key).map_or(String::new(), |home| self.node_name(home));
        let text = match (kind, self.params().writing()) {
            (OpKind::Read, _) if self.nodes.is_empty() => "There is no cache: it asks the database.".to_string(),
            (OpKind::Read, _) if self.params().bloom > 0 => format!("It asks the Bloom filter, and then {home}."),
            (OpKind::Read, _) => format!("It asks {home}."),
            (_, params::DELETE) => format!("To the database first; then it will delete the entry in {home}."),
            (_, params::SET) => format!("To the database first; then it will set the entry in {home}."),
            (_, params::LOG) => "To the database only, whose change log will tell the cache.".to_string(),
            (_, params::WRITE_THROUGH) => {
                format!("To {home}, which writes to the database before it acknowledges the write.")
            }
            (_, params::BACK) => format!("To {home}, which acknowledges it at once and writes to the database later."),
            _ => "To the database only.".to_string(),
        };
        let verb = if kind == OpKind::Read { "reads" } else { "writes" };
        self.tell(at, Some(id), format!("{who} {verb} {}", k(key)), text, Tone::Plain);
    }

    pub(super) fn tell_missed(&mut self, at: Micros, id: RequestId) {
        if !self.worth(Some(id)) {
            return;
        }
        let Some(request) = self.request(id) else { return };
        let (who, key) = (c(request.client), request.key);
        let home = self.home(key).map_or(String::new(), |home| self.node_head(home));
        let asks = if self.params().loads() { home.clone() } else { who.clone() };
        let (head, text) = match (request.outcome, request.tries) {
            (Some(Outcome::Early), _) => (
                format!("{} is loaded anew, early", k(key)),
                format!("The lot fell to {who}: {asks} asks the database before the entry expires."),
            ),
            (_, super::clients::TRIES) => (
                format!("{who} waits no longer for the lease of {}", k(key)),
                "It asks the database, and will not set what it gets.".to_string(),
            ),
            _ => {
                let lease = if request.token != 0 { ", and has the lease for it" } else { "" };
                (
                    format!("{who} misses {}", k(key)),
                    format!("{home} does not have it. {asks} asks the database{lease}."),
                )
            }
        };
        self.tell(at, Some(id), head, text, Tone::Plain);
    }

    pub(super) fn tell_shared(&mut self, at: Micros, id: RequestId, leader: Option<RequestId>) {
        if !self.worth(Some(id)) {
            return;
        }
        let Some(request) = self.request(id) else { return };
        let head = format!("{} waits for {}", c(request.client), k(request.key));
        let text = match leader {
            Some(leader) => format!("A load of it is under way already, for request {}: one is enough.", leader + 1),
            None if self.params().loads() => "A load of it is under way already, in the background.".to_string(),
            None => "Another client has the lease and loads it. This one asks again in a while.".to_string(),
        };
        self.tell(at, Some(id), head, text, Tone::Plain);
    }

    pub(super) fn tell_void(&mut self, at: Micros, id: NodeId, key: KeyId, request: Option<RequestId>) {
        let (home, own) = (self.node_head(id), request.and_then(|id| self.request(id)).map(|it| c(it.client)));
        let (head, text) = match (self.params().loads(), own) {
            (false, Some(who)) => (
                format!("{home} refuses {who}’s set of {}", k(key)),
                "The key was written meanwhile, or the lease ran out: what the client holds may be stale.",
            ),
            _ => (
                format!("{home} does not keep what it has loaded of {}", k(key)),
                "The key was written while the load was under way: what it brought may be stale.",
            ),
        };
        self.tell(at, request, head, text.into(), Tone::Plain);
    }

    /// A value has come to the cache: worth a word if it is stale already.
    pub(super) fn tell_stored(&mut self, at: Micros, id: NodeId, key: KeyId, version: Version, by: Option<RequestId>) {
        let newest = self.row(key).newest;
        let name = k(key);
        let who = by.and_then(|by| self.request(by)).map(|it| c(it.client)).filter(|_| !self.params().loads());
        if version < newest {
            let head = match who {
                Some(who) => format!("{who} sets {name} to v{version}, and v{newest} is the newest"),
                None => format!("{} keeps v{version} of {name}, and v{newest} is the newest", self.node_head(id)),
            };
            let text = "Whoever reads it from now on gets something stale, until the entry goes.".to_string();
            return self.tell_of(at, by, head, text, Tone::Warn, Some(key_subject(key)));
        }
        if by.and_then(|by| self.request(by)).is_some_and(|request| request.own) {
            let head = format!("{} has {} of {name}", self.node_head(id), self.version_name(key, version));
            let text = match self.node(id).and_then(|node| node.entry(key)).and_then(|entry| entry.expires) {
                Some(expires) => format!("The entry expires in {} ms.", ms(expires.saturating_sub(at))),
                None => "The next read of it is a hit.".to_string(),
            };
            self.tell_of(at, by, head, text, Tone::Plain, Some(key_subject(key)));
        }
    }

    pub(super) fn tell_bypassed(&mut self, at: Micros, id: NodeId, key: KeyId, why: Why) {
        if self.chatty() {
            let head = format!("{} does not let {} in", self.node_head(id), k(key));
            self.remark(at, head, sentence(&why.words()), Tone::Plain, Some(key_subject(key)));
        }
    }

    pub(super) fn tell_evicted(&mut self, at: Micros, id: NodeId, victim: &Victim) {
        if !self.chatty() {
            return;
        }
        let from = if self.nodes.len() > 1 { format!(" from cache {}", id + 1) } else { String::new() };
        let head = format!("{} is evicted{from}", k(victim.key));
        let used = match victim.used {
            0 => String::new(),
            used => format!(" It was used last {} ms ago.", ms(at.saturating_sub(used))),
        };
        let dirty = if victim.dirty { " It is dirty, and waits in the flush buffer." } else { "" };
        let text = format!("{}{used}{dirty}", sentence(&victim.why.words()));
        self.remark(at, head, text, Tone::Plain, Some(key_subject(victim.key)));
    }

    pub(super) fn tell_expired(&mut self, at: Micros, key: KeyId) {
        if self.chatty() {
            let text = "Its time to live is over: the next read of it is a miss.".into();
            self.remark(at, format!("{} expires", k(key)), text, Tone::Plain, Some(key_subject(key)));
        }
    }

    pub(super) fn tell_refresh(&mut self, at: Micros, id: NodeId, key: KeyId) {
        if self.chatty() {
            let head = format!("{} refreshes {}", self.node_head(id), k(key));
            let text = format!(
                "Less than {}% of its time to live is left. The read has its answer; the load goes on in the background.",
                self.params().ahead
            );
            self.remark(at, head, text, Tone::Plain, Some(key_subject(key)));
        }
    }

    pub(super) fn tell_deleted(&mut self, at: Micros, id: NodeId, key: KeyId, gone: bool) {
        if !self.chatty() || !gone {
            return;
        }
        let head = format!("{} drops {}", self.node_head(id), k(key));
        let text = match self.params().writing() {
            params::LOG => "The change log has come to the write.",
            _ => "It has been written; the next read of it is a miss.",
        };
        self.remark(at, head, text.into(), Tone::Plain, Some(key_subject(key)));
    }

    pub(super) fn tell_mending(&mut self, at: Micros, id: RequestId, kind: MessageKind) {
        if !self.worth(Some(id)) {
            return;
        }
        let Some(request) = self.request(id) else { return };
        let (who, key, version) = (c(request.client), k(request.key), request.version);
        let (head, text) = match kind {
            MessageKind::Delete => (
                format!("{who} deletes {key} from the cache"),
                format!("v{version} is in the database; what the cache may have of it is older."),
            ),
            _ => (
                format!("{who} sets {key} to v{version} in the cache"),
                format!("v{version} is in the database; now the cache gets it, too."),
            ),
        };
        self.tell(at, Some(id), head, text, Tone::Plain);
    }

    pub(super) fn tell_committed(&mut self, at: Micros, message: &Message, version: Version) {
        if !self.worth(message.request) {
            return;
        }
        let key = message.key;
        let entry = self.entry(key).filter(|entry| entry.version < version).map(|entry| entry.version);
        let text = match entry {
            Some(old) => format!("The cache has v{old}: stale from now on."),
            None if self.nodes.is_empty() => "Reads see it from now on.".into(),
            None => "The cache has no entry of it.".to_string(),
        };
        let head = format!("The database commits v{version} of {}", k(key));
        self.tell(at, message.request, head, text, Tone::Plain);
    }

    pub(super) fn tell_accepted(&mut self, at: Micros, id: NodeId, request: RequestId) {
        if !self.worth(Some(request)) {
            return;
        }
        let Some(it) = self.request(request) else { return };
        let head = format!("{} takes v{} of {}", self.node_head(id), it.version, k(it.key));
        let dirty = match self.node(id).map_or(0, |node| node.dirty.len()) {
            1 => "1 dirty value waits".to_string(),
            n => format!("{n} dirty values wait"),
        };
        let text = format!(
            "{} is told that it is done. The database does not know of it yet: {dirty} for the next flush.",
            c(it.client)
        );
        self.tell(at, Some(request), head, text, Tone::Plain);
    }

    pub(super) fn tell_flush(&mut self, at: Micros, id: NodeId, batch: &[(KeyId, Version)]) {
        if !self.chatty() {
            return;
        }
        let names: Vec<String> = batch.iter().take(NAMED).map(|(key, v)| format!("v{v} of {}", k(*key))).collect();
        let more = batch.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let head = format!("{} flushes {}", self.node_head(id), many(batch.len() as u64, "value"));
        let text = format!("In one operation of the database: {}{more}.", names.join(", "));
        self.remark(at, head, text, Tone::Plain, Some(node_subject(id)));
    }

    pub(super) fn tell_flushed(&mut self, at: Micros, message: &Message) {
        if self.chatty() {
            let n = message.batch.as_ref().map_or(0, |batch| batch.len());
            let head = format!("The database has {}", many(n as u64, "flushed value"));
            let they = if n == 1 { "It survives" } else { "They survive" };
            self.remark(at, head, format!("{they} a crash of the cache from now on."), Tone::Plain, Some(DB));
        }
    }

    pub(super) fn tell_flush_failed(&mut self, at: Micros, id: NodeId, message: &Message) {
        let n = message.batch.as_ref().map_or(0, |batch| batch.len()) as u64;
        let head = format!("{} cannot flush {}", self.node_head(id), many(n, "value"));
        let text = "The database has turned the batch away. The values stay dirty; the cache will try again.".into();
        self.remark(at, head, text, Tone::Warn, Some(node_subject(id)));
    }

    pub(super) fn tell_finished(&mut self, at: Micros, request: &Request) {
        let (who, key) = (c(request.client), k(request.key));
        let took = ms(at.saturating_sub(request.began));
        if request.stale {
            let age = ms(at.saturating_sub(request.newest_at));
            let head = format!("{who} gets v{} of {key}, which is stale", request.version);
            let text = format!("v{} had been acknowledged before this read began, {age} ms ago.", request.newest);
            return self.tell(at, Some(request.id), head, text, Tone::Warn);
        }
        if !self.worth(Some(request.id)) {
            return;
        }
        let how = match request.outcome {
            Some(Outcome::Hit) => "A hit",
            Some(Outcome::Miss) => "A miss",
            Some(Outcome::Shared) => "From a load that another had begun",
            Some(Outcome::Early) => "A hit that was loaded anew",
            Some(Outcome::Filtered) => "The Bloom filter knows that there is no such key",
            Some(Outcome::Direct) => "Straight from the database",
            _ => "",
        };
        let (head, text) = match request.kind {
            OpKind::Write => {
                (format!("{who}’s write of v{} of {key} is acknowledged", request.version), format!("After {took} ms."))
            }
            OpKind::Read => {
                let what = self.version_name(request.key, request.version);
                (format!("{who} gets {what} of {key}"), format!("{how}: {took} ms."))
            }
        };
        self.tell(at, Some(request.id), head, text, Tone::Plain);
    }

    pub(super) fn tell_failed(&mut self, at: Micros, request: &Request, why: MessageKind) {
        if !self.worth(Some(request.id)) {
            return;
        }
        let what = if request.kind == OpKind::Read { "read" } else { "write" };
        let head = format!("{}’s {what} of {} fails", c(request.client), k(request.key));
        let text = match why {
            MessageKind::Down => "The database is down.",
            MessageKind::Refused => "The cache crashed with it in its hands: whether it was done, nobody knows.",
            _ if request.began == at => "The client has 1,000 requests open: no more fit.",
            _ => "The database is overloaded: its queue is full, or the wait in it was too long.",
        };
        self.tell(at, Some(request.id), head, text.into(), Tone::Bad);
    }

    pub(super) fn tell_refused(&mut self, at: Micros, message: &Message) {
        if !self.worth(message.request) {
            return;
        }
        let (Place::Client(who), Place::Node(id)) = (message.from, message.to) else { return };
        let head = format!("{} refuses {}", self.node_head(id), c(who));
        let text = match message.kind {
            MessageKind::Get | MessageKind::Put => format!("It is down. {} turns to the database.", c(who)),
            _ => "It is down, and has no entry that could be stale.".to_string(),
        };
        self.tell(at, message.request, head, text, Tone::Warn);
    }

    pub(super) fn tell_turned_away(&mut self, at: Micros, message: &Message, kind: MessageKind) {
        if kind != MessageKind::Overloaded || !self.worth(message.request) || message.batch.is_some() {
            return;
        }
        let text = match self.db.waiting.len() {
            1 => "One operation waits for a slot already, and there is room for no more.".to_string(),
            n => format!("{n} operations wait for a slot, or this one has waited for too long."),
        };
        let head = format!("The database turns a request for {} away", k(message.key));
        self.tell_of(at, message.request, head, text, Tone::Bad, Some(DB));
    }

    pub(super) fn tell_crash(&mut self, at: Micros, id: NodeId) {
        let Some(node) = self.node(id) else { return };
        let (held, dirty) = (u64::from(node.held), node.dirty.len() as u64);
        let dirty = match dirty {
            0 => String::new(),
            n => format!(", {} the database does not have among them", many(n, "value")),
        };
        let text = format!(
            "{} gone{dirty}. Until it is back, every read that would have asked it asks the database.",
            match held {
                0 => "Nothing is".to_string(),
                1 => "1 entry is".to_string(),
                n => format!("{} entries are", grouped(n as i64)),
            }
        );
        self.say(at, format!("{} crashes", self.node_head(id)), text, Tone::Bad, Some(node_subject(id)));
    }

    pub(super) fn tell_restart(&mut self, at: Micros, id: NodeId) {
        let text = "It is empty: every key’s next read is a miss.".into();
        self.say(at, format!("{} is back", self.node_head(id)), text, Tone::Warn, Some(node_subject(id)));
    }

    pub(super) fn tell_down(&mut self, at: Micros) {
        let under_way = match self.db.serving.len() + self.db.waiting.len() {
            0 => "Nothing was under way".to_string(),
            1 => "One operation fails".to_string(),
            n => format!("{n} operations fail"),
        };
        let hits = if self.nodes.is_empty() { "" } else { " Hits go on." };
        let text = format!("{under_way}; what asks it now is refused.{hits}");
        self.say(at, "The database goes down".into(), text, Tone::Bad, Some(DB));
    }

    pub(super) fn tell_up(&mut self, at: Micros) {
        let text = "What it had committed, it still has.".into();
        self.say(at, "The database is back".into(), text, Tone::Plain, Some(DB));
    }

    pub(super) fn tell_wake(&mut self, at: Micros, who: ClientId, waited: usize) {
        let text = match waited {
            0 => "Nothing had arrived meanwhile.".to_string(),
            1 => "One message or request had waited for it; it goes on as if no time had passed.".to_string(),
            n => format!("{n} messages and requests had waited for it; it goes on as if no time had passed."),
        };
        self.say(at, format!("{} goes on", c(who)), text, Tone::Plain, Some(client(who)));
    }

    pub(super) fn tell_burst(&mut self, at: Micros, n: u32, key: KeyId, own: bool) {
        let head = format!("{} of {} at once", many(u64::from(n), "read"), k(key));
        let text = match self.entry(key) {
            Some(_) => "The cache has it.",
            None if self.nodes.is_empty() => "There is no cache: all of them ask the database.",
            None => "The cache does not have it.",
        };
        match own {
            true => self.say(at, head, text.into(), Tone::Plain, Some(key_subject(key))),
            false => self.remark(at, head, text.into(), Tone::Plain, Some(key_subject(key))),
        }
    }

    pub(super) fn tell_shift(&mut self, at: Micros) {
        let (first, last) = self.hot_spot();
        let text = format!("80% of the requests go to {} to {} from now on.", k(first), k(last));
        self.say(at, "The hot spot shifts".into(), text, Tone::Plain, Some(key_subject(first)));
    }
}

/// A part of a sentence as one of its own.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        None => String::new(),
    }
}
