//! What must hold, watched as it happens: each promise, and what broke it first.

use super::tell::ms;
use super::types::*;
use super::world::World;
use crate::explainers::{Check, Tone, Verdict, grouped};
use crate::sim::Micros;

const CLAIMS: &[(&str, &str)] = &[
    ("bounded", "No entry stays stale for longer than the bound"),
    ("durable", "No acknowledged write is lost"),
    ("capacity", "No cache holds more than its capacity"),
    ("single", "No key is loaded more than once at a time"),
    ("ryw", "A client reads what it wrote, or something newer (read your writes)"),
];

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Watch {
    /// What broke, when, and how.
    broken: Vec<(&'static str, Micros, String)>,
}

impl Watch {
    fn break_it(&mut self, key: &'static str, at: Micros, why: impl FnOnce() -> String) {
        if !self.is_broken(key) {
            self.broken.push((key, at, why()));
        }
    }

    pub fn is_broken(&self, key: &str) -> bool {
        self.broken.iter().any(|(known, ..)| *known == key)
    }
}

/// A request as a counterexample names it.
fn linked(id: RequestId) -> String {
    format!("[request {n}](request-{n})", n = id + 1)
}

fn linked_key(key: KeyId) -> String {
    format!("[k{n}](key-{n})", n = key + 1)
}

fn linked_client(client: ClientId) -> String {
    format!("[C{n}](client-{n})", n = client + 1)
}

impl World {
    fn linked_node(&self, id: NodeId) -> String {
        format!("[{}](cache-{})", self.node_name(id), id + 1)
    }

    /// A client has got an answer to a read.
    pub(super) fn watch_read(&mut self, at: Micros, request: &Request) {
        if request.stale {
            self.stats.stale += 1;
            self.stats.oldest = self.stats.oldest.max(at.saturating_sub(request.newest_at));
        }
        let Some(mine) = request.mine.filter(|mine| *mine > request.version) else { return };
        self.watch.break_it("ryw", at, || {
            format!(
                "{} had written v{mine} of {}, and its {} returned v{}",
                linked_client(request.client),
                linked_key(request.key),
                linked(request.id),
                request.version
            )
        });
    }

    /// An entry that turned stale at `since` has had the bound's time to go.
    pub(super) fn watch_bound(&mut self, at: Micros, id: NodeId, key: KeyId, since: Micros) {
        let Some(entry) = self.node(id).and_then(|node| node.entry(key)).filter(|it| it.stale == Some(since)) else {
            return;
        };
        let (version, row, bound) = (entry.version, self.row(key), self.params().bound);
        let home = self.linked_node(id);
        self.watch.break_it("bounded", at, || {
            format!(
                "{home} has held v{version} of {} for more than {bound} ms since {} ms, when it was stale already: v{} is the newest",
                linked_key(key),
                ms(since),
                row.newest
            )
        });
    }

    pub(super) fn watch_capacity(&mut self, at: Micros, id: NodeId) {
        let room = self.room;
        let Some(used) = self.node(id).map(|node| node.used).filter(|used| *used > room) else { return };
        let home = self.linked_node(id);
        self.watch.break_it("capacity", at, || {
            format!("{home} holds {}, and has room for {}", grouped(used as i64), grouped(room as i64))
        });
    }

    /// A load has begun while others of the same key are under way.
    pub(super) fn watch_loads(&mut self, at: Micros, key: KeyId, loads: u16, request: Option<RequestId>) {
        let by = request.map_or("the cache, in the background,".to_string(), linked);
        self.watch.break_it("single", at, || {
            let others = if loads == 2 { "a load".to_string() } else { format!("{} loads", loads - 1) };
            format!("{by} asks the database for {} while {others} of it is under way", linked_key(key))
        });
    }

    /// Acknowledged writes are nowhere any more: with the cache that crashed, or as their flush came to nothing.
    pub(super) fn watch_lost(&mut self, at: Micros, node: Option<NodeId>, lost: u64) {
        if lost == 0 {
            return;
        }
        self.stats.lost += lost;
        let writes = if lost == 1 { "1 acknowledged write".to_string() } else { format!("{lost} acknowledged writes") };
        let head = format!("{writes} {} lost", if lost == 1 { "is" } else { "are" });
        let text = "The cache had confirmed them, and the database never got them.".to_string();
        self.say(at, head, text, Tone::Bad, node.map(super::node));
        let who = node.map(|id| self.linked_node(id));
        self.watch.break_it("durable", at, || match who {
            Some(who) => format!("{writes} went with {who}: not flushed to [the database](db-1) when it crashed"),
            None => {
                format!("{writes}: the flush was under way when the cache crashed, and [the database](db-1) failed it")
            }
        });
    }

    pub fn checks(&self) -> Vec<Check> {
        let verdict = |key: &str| match self.watch.broken.iter().find(|(known, ..)| *known == key) {
            None => Verdict::Holds,
            Some((_, at, why)) => Verdict::Broken(*at, why.clone()),
        };
        CLAIMS.iter().map(|(key, claim)| Check { key, claim, verdict: verdict(key) }).collect()
    }
}
