//! What clients do: the read and the write strategies as far as they are the application's.

use super::params;
use super::types::*;
use super::world::{Due, World};
use crate::sim::{MS, Micros};
use std::rc::Rc;

/// Requests that a client has open, at most.
pub const OPEN: u32 = 1_000;
/// After so many times a client no longer asks the cache for a lease.
pub const TRIES: u8 = 20;

impl World {
    pub(super) fn message_of(kind: MessageKind, from: Place, to: Place, key: KeyId) -> Message {
        Message {
            id: 0,
            kind,
            from,
            to,
            sent: 0,
            arrives: 0,
            key,
            version: 0,
            request: None,
            token: 0,
            took: 0,
            batch: None,
        }
    }

    /// A client's message about one of its requests.
    fn ask(&mut self, at: Micros, id: RequestId, kind: MessageKind, to: Place) {
        let Some(request) = self.request(id) else { return };
        let (client, key, version, token) = (request.client, request.key, request.version, request.token);
        let took = request.asked.map_or(0, |asked| at.saturating_sub(asked)).min(Micros::from(u32::MAX)) as u32;
        let token = if kind == MessageKind::Set { token } else { 0 };
        let message = World::message_of(kind, Place::Client(client), to, key);
        self.send(at, Message { version, request: Some(id), token, took, ..message });
    }

    fn pass(&mut self, id: RequestId, phase: Phase) {
        if let Some(request) = self.request_mut(id) {
            request.phase = phase;
        }
    }

    /// A new request of a client.
    pub(super) fn invoke(&mut self, at: Micros, client: ClientId, kind: OpKind, key: KeyId, own: bool) {
        let row = self.row(key);
        let id = self.requests.len() as RequestId;
        let Some(it) = self.clients.get_mut(usize::from(client)) else { return };
        let mine = it.wrote.binary_search_by_key(&key, |wrote| wrote.0).ok();
        let mine = mine.and_then(|place| it.wrote.get(place)).map(|wrote| wrote.1);
        let full = it.open >= OPEN;
        it.open += 1;
        let paused = it.paused.is_some();
        if paused && !full {
            it.inbox.push_back(Due::Begin(id));
        }
        self.requests.push(Request {
            id,
            client,
            kind,
            key,
            own,
            scan: !own && self.work.scans,
            began: at,
            ended: None,
            phase: Phase::Held,
            outcome: None,
            version: 0,
            newest: row.acked,
            newest_at: row.acked_at,
            mine,
            stale: false,
            tries: 0,
            token: 0,
            void: false,
            asked: None,
        });
        if own {
            self.own = Some(id);
        }
        match (full, paused) {
            (true, _) => self.fail(at, id, MessageKind::Overloaded),
            (_, false) => self.begin(at, id),
            _ => {}
        }
    }

    pub(super) fn begin(&mut self, at: Micros, id: RequestId) {
        let Some(request) = self.request(id) else { return };
        let (kind, key) = (request.kind, request.key);
        self.tell_begun(at, id);
        match (kind, self.home(key)) {
            (OpKind::Read, _) if self.filtered(key) => {
                self.decide(id, Outcome::Filtered);
                self.finish(at, id, 0);
            }
            (OpKind::Read, Some(home)) => {
                self.pass(id, Phase::Cache);
                self.ask(at, id, MessageKind::Get, Place::Node(home));
            }
            (OpKind::Read, None) => self.read_directly(at, id),
            (OpKind::Write, Some(home)) if matches!(self.params().writing(), params::WRITE_THROUGH | params::BACK) => {
                self.pass(id, Phase::Cache);
                self.ask(at, id, MessageKind::Put, Place::Node(home));
            }
            (OpKind::Write, _) => self.write_directly(at, id),
        }
    }

    fn read_directly(&mut self, at: Micros, id: RequestId) {
        self.decide(id, Outcome::Direct);
        self.query(at, id);
    }

    fn write_directly(&mut self, at: Micros, id: RequestId) {
        self.pass(id, Phase::Database);
        self.ask(at, id, MessageKind::Write, Place::Db);
    }

    fn query(&mut self, at: Micros, id: RequestId) {
        if let Some(request) = self.request_mut(id) {
            request.phase = Phase::Database;
            request.asked = Some(at);
        }
        self.ask(at, id, MessageKind::Query, Place::Db);
    }

    pub(super) fn decide(&mut self, id: RequestId, outcome: Outcome) {
        if let Some(request) = self.request_mut(id) {
            request.outcome = Some(outcome);
        }
    }

    /// After a wait for somebody else's lease.
    pub(super) fn retry(&mut self, at: Micros, id: RequestId) {
        let Some(home) = self.request(id).and_then(|request| self.home(request.key)) else { return };
        self.pass(id, Phase::Cache);
        self.ask(at, id, MessageKind::Get, Place::Node(home));
    }

    pub(super) fn client_gets(&mut self, at: Micros, client: ClientId, message: &Rc<Message>) {
        use MessageKind as Kind;
        let Some(id) = message.request else { return };
        let Some(request) = self.request(id).filter(|request| request.open()).cloned() else { return };
        match (message.kind, request.kind) {
            (Kind::Value, _) => self.finish(at, id, message.version),
            (Kind::Miss, _) => {
                if let Some(request) = self.request_mut(id) {
                    request.token = message.token;
                }
                self.load(at, client, id);
            }
            (Kind::Wait, _) => self.wait(at, id),
            (Kind::Row, _) => self.loaded(at, &request, Ok(message.version)),
            (Kind::Refused, OpKind::Read) => self.read_directly(at, id),
            (Kind::Refused, OpKind::Write) => match (request.phase, message.token) {
                // Committed already; there is no entry to mend.
                (Phase::Mending, _) => self.finish(at, id, request.version),
                (_, 0) => self.write_directly(at, id),
                // It crashed with the write in its hands: what became of it, nobody knows.
                _ => self.fail(at, id, Kind::Refused),
            },
            (Kind::Down | Kind::Overloaded, OpKind::Read) if request.asked.is_some() => {
                self.loaded(at, &request, Err(message.kind));
            }
            (Kind::Down | Kind::Overloaded, _) => self.fail(at, id, message.kind),
            (Kind::Committed, _) => self.committed(at, id, message.version),
            (Kind::Stored | Kind::Deleted, _) => self.finish(at, id, request.version),
            (Kind::Accepted, _) => self.finish(at, id, message.version),
            _ => {}
        }
    }

    /// Cache-aside: the cache has nothing, so the client loads, unless one of its own is at it.
    fn load(&mut self, at: Micros, client: ClientId, id: RequestId) {
        let Some(key) = self.request(id).map(|request| request.key) else { return };
        if self.params().flight == params::SINGLE
            && let Some(it) = self.clients.get_mut(usize::from(client))
        {
            match it.flights.iter_mut().find(|flight| flight.key == key) {
                Some(flight) => {
                    flight.waiting.push(id);
                    let leader = flight.leader;
                    self.pass(id, Phase::Waiting);
                    self.decide(id, Outcome::Shared);
                    self.tell_shared(at, id, Some(leader));
                    return;
                }
                None => it.flights.push(Flight { key, leader: id, waiting: Vec::new() }),
            }
        }
        self.tell_missed(at, id);
        let void = self.request(id).is_some_and(|request| request.void);
        self.query(at, id);
        if !void {
            self.count_load(at, key, Some(id));
        }
    }

    /// Somebody else has the lease.
    fn wait(&mut self, at: Micros, id: RequestId) {
        let pause = (self.params().db.max(0) as Micros * MS / 4).max(self.params().to_cache() * 2);
        let Some(request) = self.request_mut(id) else { return };
        request.tries += 1;
        let (tries, client) = (request.tries, request.client);
        if tries >= TRIES {
            self.decide(id, Outcome::Miss);
            return self.load(at, client, id);
        }
        self.pass(id, Phase::Waiting);
        if tries == 1 {
            self.tell_shared(at, id, None);
        }
        self.queue.schedule(at + pause, Due::Retry(id));
    }

    /// The database has answered a client's read, or has refused to.
    fn loaded(&mut self, at: Micros, request: &Request, answer: Result<Version, MessageKind>) {
        let (id, key) = (request.id, request.key);
        let direct = request.outcome == Some(Outcome::Direct);
        if !direct && !request.void {
            self.uncount_load(key);
        }
        let mut all = vec![id];
        if let Some(it) = self.clients.get_mut(usize::from(request.client))
            && let Some(place) = it.flights.iter().position(|flight| flight.leader == id)
        {
            all.extend(it.flights.remove(place).waiting);
        }
        for id in all {
            match answer {
                Ok(version) => self.finish(at, id, version),
                Err(why) => self.fail(at, id, why),
            }
        }
        let leased = self.params().flight != params::LEASE || request.token != 0;
        let kept = !self.absent(key) || self.params().negative == 1;
        if let (Ok(_), Some(home)) = (answer, self.home(key).filter(|_| !direct && leased && kept)) {
            self.ask(at, id, MessageKind::Set, Place::Node(home));
        }
    }

    /// The database has committed a client's write.
    fn committed(&mut self, at: Micros, id: RequestId, version: Version) {
        let Some(request) = self.request_mut(id) else { return };
        request.version = version;
        let kind = match self.params().writing() {
            params::DELETE => MessageKind::Delete,
            params::SET => MessageKind::Set,
            _ => return self.finish(at, id, version),
        };
        let Some(home) = self.request(id).and_then(|request| self.home(request.key)) else { return };
        self.pass(id, Phase::Mending);
        self.tell_mending(at, id, kind);
        self.ask(at, id, kind, Place::Node(home));
    }

    /// The client has its answer.
    pub(super) fn finish(&mut self, at: Micros, id: RequestId, version: Version) {
        let Some(request) = self.request_mut(id).filter(|request| request.open()) else { return };
        request.ended = Some(at);
        request.phase = Phase::Done;
        request.version = version;
        if request.kind == OpKind::Write {
            request.outcome = Some(Outcome::Written);
        }
        request.stale = request.kind == OpKind::Read && version < request.newest;
        let request = request.clone();
        if let Some(it) = self.clients.get_mut(usize::from(request.client)) {
            it.open = it.open.saturating_sub(1);
        }
        self.account(at, &request);
        match request.kind {
            OpKind::Read => self.watch_read(at, &request),
            OpKind::Write => self.acknowledge(at, &request),
        }
        self.tell_finished(at, &request);
    }

    /// A write has been acknowledged to its client.
    fn acknowledge(&mut self, at: Micros, request: &Request) {
        let (key, version) = (request.key, request.version);
        // Word of a write that is lost meanwhile may come late.
        if let Some(row) = self.row_mut(key).filter(|row| version > row.acked && version <= row.newest) {
            (row.acked, row.acked_at) = (version, at);
        }
        let Some(it) = self.clients.get_mut(usize::from(request.client)) else { return };
        match it.wrote.binary_search_by_key(&key, |wrote| wrote.0) {
            Ok(place) => {
                if let Some(wrote) = it.wrote.get_mut(place) {
                    wrote.1 = wrote.1.max(version);
                }
            }
            Err(place) => it.wrote.insert(place, (key, version)),
        }
    }

    /// It ends in an error.
    pub(super) fn fail(&mut self, at: Micros, id: RequestId, why: MessageKind) {
        let Some(request) = self.request_mut(id).filter(|request| request.open()) else { return };
        request.ended = Some(at);
        request.phase = Phase::Done;
        request.outcome = Some(Outcome::Failed);
        let request = request.clone();
        if let Some(it) = self.clients.get_mut(usize::from(request.client)) {
            it.open = it.open.saturating_sub(1);
        }
        self.account(at, &request);
        self.tell_failed(at, &request, why);
    }

    /// What came of a request, in figures.
    fn account(&mut self, at: Micros, request: &Request) {
        let took = at.saturating_sub(request.began);
        let (s, sample) = (&mut self.stats, &mut self.work.sample);
        let failed = request.outcome == Some(Outcome::Failed);
        match request.kind {
            OpKind::Write => {
                s.writes += 1;
                s.failed_writes += u64::from(failed);
                s.write_time += if failed { 0 } else { took };
            }
            OpKind::Read => {
                s.reads += 1;
                let count = match request.outcome {
                    Some(Outcome::Hit) => &mut s.hits,
                    Some(Outcome::Shared) => &mut s.shared,
                    Some(Outcome::Early) => &mut s.early,
                    Some(Outcome::Filtered) => &mut s.filtered,
                    Some(Outcome::Direct) => &mut s.direct,
                    Some(Outcome::Failed) => &mut s.failed_reads,
                    _ => &mut s.misses,
                };
                *count += 1;
                let asked =
                    matches!(request.outcome, Some(Outcome::Hit | Outcome::Miss | Outcome::Shared | Outcome::Early));
                if request.scan && asked {
                    s.scan_reads += 1;
                    s.scan_hits += u64::from(request.outcome == Some(Outcome::Hit));
                }
                match request.outcome {
                    Some(Outcome::Hit) => s.hit_time += took,
                    Some(Outcome::Miss) => s.miss_time += took,
                    _ => {}
                }
                if !failed {
                    sample.reads += 1;
                    s.read_time += took;
                    let short = took.min(Micros::from(u32::MAX)) as u32;
                    s.read_latency.push(short);
                    match request.outcome {
                        Some(Outcome::Hit) => s.hit_latency.push(short),
                        _ => s.miss_latency.push(short),
                    };
                    sample.hits += u32::from(request.outcome == Some(Outcome::Hit));
                    sample.time += took;
                    sample.stale += u32::from(request.stale);
                    self.work.times.push(took);
                }
            }
        }
    }

    pub(super) fn count_load(&mut self, at: Micros, key: KeyId, request: Option<RequestId>) {
        let Some(row) = self.row_mut(key) else { return };
        row.loads = row.loads.saturating_add(1);
        let loads = row.loads;
        self.stats.loads = self.stats.loads.max(u32::from(loads));
        if loads > 1 {
            self.watch_loads(at, key, loads, request);
        }
    }

    pub(super) fn uncount_load(&mut self, key: KeyId) {
        if let Some(row) = self.row_mut(key) {
            row.loads = row.loads.saturating_sub(1);
        }
    }

    /// A client stops for a while; more of it adds to what is left.
    pub(super) fn pause(&mut self, at: Micros, client: ClientId, lasts: Micros) {
        let Some(it) = self.clients.get_mut(usize::from(client)) else { return };
        let (since, until) = it.paused.unwrap_or((at, at));
        let until = until.max(at) + lasts;
        it.paused = Some((since, until));
        self.queue.schedule(until, Due::Wake(client));
    }

    pub(super) fn wake(&mut self, at: Micros, client: ClientId) {
        let Some(it) = self.clients.get_mut(usize::from(client)) else { return };
        if it.paused.is_none_or(|(_, until)| until > at) {
            return;
        }
        it.paused = None;
        let waited = std::mem::take(&mut it.inbox);
        self.tell_wake(at, client, waited.len());
        for due in waited {
            self.queue.schedule(at, due);
        }
    }
}
