//! The poll loop: fetching, processing, committing.

use super::consumer::What;
use super::member::Ask;
use super::params;
use super::types::*;
use super::world::World;
use crate::sim::{MS, Micros, SECOND};
use std::rc::Rc;

/// Between two attempts at a record that cannot be processed, on the spot.
const RETRY: Micros = SECOND;
/// Attempts before a record goes to the dead letters.
const ATTEMPTS: u8 = 3;

impl World {
    /// Whether the thread that polls is busy with something else.
    fn occupied(&self, consumer: &Consumer) -> bool {
        let inline = self.params().work == params::INLINE;
        consumer.inner.releasing || consumer.inner.committing || (inline && consumer.busy.is_some())
    }

    /// Polls at once if it is free to; else it will when it is.
    pub(super) fn poll_soon(&mut self, at: Micros, who: ConsumerId) {
        if self.consumer(who).is_some_and(|consumer| consumer.up() && !self.occupied(consumer)) {
            self.after(at, who, What::Poll);
        }
    }

    pub(super) fn poll(&mut self, at: Micros, who: ConsumerId) {
        let Some(consumer) = self.consumer(who) else { return };
        if self.occupied(consumer) {
            return;
        }
        let (closing, overslept) = (consumer.inner.closing, consumer.inner.overslept);
        if let Some(consumer) = self.consumer_mut(who) {
            consumer.last_poll = at;
        }
        if overslept {
            self.lose_all(at, who);
        }
        if closing {
            return self.say_goodbye(at, who);
        }
        // What it was given, what it is to give up, whether it is to join.
        if self.take_part(at, who) {
            return;
        }
        self.commit_at_times(at, who);
        self.fetch(at, who);
    }

    /// Closing: the last commit, and the group is told unless the member is a static one.
    fn say_goodbye(&mut self, at: Micros, who: ConsumerId) {
        if self.commits_itself() {
            self.commit(at, who, false);
        }
        self.tell_close(at, who);
        self.part_from_group(at, who);
        self.closed(at, who);
    }

    fn fetch(&mut self, at: Micros, who: ConsumerId) {
        let (worker, buffer) = (self.params().work == params::WORKER, self.params().buffer.max(1) as usize);
        let hop = self.params().hop();
        let Some(consumer) = self.consumer_mut(who) else { return };
        let full = worker && consumer.hands.len() >= buffer;
        consumer.claims.iter_mut().for_each(|claim| claim.paused = full);
        let wants = !consumer.fetching && !full && (worker || consumer.hands.is_empty());
        if !wants || !consumer.claims.iter().any(|claim| claim.ready) {
            return;
        }
        consumer.fetching = true;
        consumer.inner.parked = false;
        consumer.inner.fetch += 1;
        let no = consumer.inner.fetch;
        let first = consumer.claims.iter().find(|claim| claim.ready).map(|claim| claim.part);
        let leader = first.and_then(|part| self.part(part)?.leader);
        if let Some(leader) = leader.filter(|_| self.quiet_enough()) {
            self.message(at, MessageKind::Fetch, Place::Consumer(who), Place::Broker(leader));
        }
        self.after(at + hop, who, What::Serve(no));
    }

    /// Whether every fetch and every record can be shown on its own.
    pub(super) fn quiet_enough(&self) -> bool {
        self.params().rate <= 100 && self.consumers.len() <= 12
    }

    /// A fetch is at the brokers: what there is goes back, else it waits there for more.
    pub(super) fn serve(&mut self, at: Micros, who: ConsumerId, no: u32) {
        let Some(consumer) = self.consumer(who).filter(|it| it.inner.fetch == no && it.fetching) else { return };
        let most = self.params().batch.max(1) as usize;
        let n = consumer.claims.len();
        let start = usize::from(consumer.inner.turn) % n.max(1);
        let mut found: Vec<InHand> = Vec::new();
        let mut leader = None;
        for i in 0..n {
            let Some(claim) = consumer.claims.get((start + i) % n).filter(|claim| claim.ready) else { continue };
            let end = self.readable(claim.part).unwrap_or(0);
            let room = (most - found.len()) as u64;
            for offset in claim.position..end.min(claim.position.saturating_add(room)) {
                found.push(InHand { part: claim.part, offset });
            }
            if leader.is_none() && !found.is_empty() {
                leader = self.part(claim.part).and_then(|part| part.leader);
            }
            if found.len() >= most {
                break;
            }
        }
        if found.is_empty() {
            if let Some(consumer) = self.consumer_mut(who) {
                consumer.inner.parked = true;
            }
            return;
        }
        let hop = self.params().hop();
        if let Some(leader) = leader.filter(|_| self.quiet_enough()) {
            let kind = MessageKind::Fetched(found.len() as u16);
            self.message(at, kind, Place::Broker(leader), Place::Consumer(who));
        }
        if let Some(consumer) = self.consumer_mut(who) {
            consumer.inner.parked = false;
            consumer.inner.turn = consumer.inner.turn.wrapping_add(1);
        }
        self.after(at + hop, who, What::Fetched(no, found.into()));
    }

    /// There is more to read in a partition.
    pub(super) fn data_arrived(&mut self, at: Micros, part: PartId) {
        let Some(Holder::Reads(who)) = self.part(part).map(Partition::holder) else { return };
        let Some(consumer) = self.consumer(who).filter(|it| it.fetching && it.inner.parked) else { return };
        let no = consumer.inner.fetch;
        self.serve(at, who, no);
    }

    pub(super) fn fetched(&mut self, at: Micros, who: ConsumerId, no: u32, records: &[InHand]) {
        let before = self.params().commit == params::COMMIT_BEFORE;
        let Some(consumer) = self.consumer_mut(who).filter(|it| it.inner.fetch == no && it.fetching) else { return };
        consumer.fetching = false;
        consumer.last_poll = at;
        for record in records {
            // What it has lost in the meantime is dropped, and so is what does not follow.
            let place = consumer.claims.binary_search_by_key(&record.part, |claim| claim.part);
            let claim = place.ok().and_then(|place| consumer.claims.get_mut(place));
            if let Some(claim) = claim.filter(|claim| claim.ready && claim.position == record.offset) {
                claim.position += 1;
                consumer.hands.push_back(*record);
            }
        }
        if before && !consumer.hands.is_empty() {
            self.commit(at, who, true);
        }
        self.go_on(at, who);
    }

    /// Begins the next record in its hands, or polls.
    pub(super) fn go_on(&mut self, at: Micros, who: ConsumerId) {
        let inline = self.params().work == params::INLINE;
        let Some(consumer) = self.consumer(who) else { return };
        let waits = consumer.inner.releasing || (inline && consumer.inner.committing);
        if consumer.busy.is_none() && !waits {
            if let Some(next) = consumer.hands.front().copied() {
                self.begin(at, who, next);
            } else if inline && self.params().commit == params::COMMIT_AFTER && consumer.inner.uncommitted > 0 {
                self.commit(at, who, true);
            }
        }
        self.poll_soon(at, who);
    }

    fn begin(&mut self, at: Micros, who: ConsumerId, next: InHand) {
        let (mean, spread) = (self.params().process.max(1) as u64 * MS, self.params().spread.clamp(0, 100) as u64);
        let width = mean * spread / 100;
        let chance = self.chance.processing.below(1 << 20);
        let mut takes = mean - width + ((2 * width * u64::from(chance)) >> 20);
        let retried = self.record(next.part, next.offset).is_some_and(|record| record.failed > 0);
        let Some(consumer) = self.consumer_mut(who) else { return };
        takes += std::mem::take(&mut consumer.inner.slow);
        if retried {
            takes = takes.max(MS);
        }
        consumer.busy = Some((at, at + takes));
        consumer.inner.work += 1;
        let no = consumer.inner.work;
        self.limit_later(at, who);
        self.after(at + takes, who, What::Done(no));
    }

    pub(super) fn done(&mut self, at: Micros, who: ConsumerId, no: u32) {
        let fails = self.params().fail;
        let Some(consumer) = self.consumer(who).filter(|it| it.inner.work == no && it.busy.is_some()) else { return };
        let Some(next) = consumer.hands.front().copied() else { return };
        let record = self.record(next.part, next.offset);
        let poison = record.is_some_and(|it| self.fates.get(it.id as usize).is_some_and(|fate| fate.poison));
        if poison && fails == params::FAIL_BLOCK {
            // The same again, after a while; nothing behind it is processed.
            let Some(consumer) = self.consumer_mut(who) else { return };
            consumer.inner.work += 1;
            consumer.busy = Some((at, at + RETRY));
            let no = consumer.inner.work;
            self.tell_blocked(at, who, next);
            return self.after(at + RETRY, who, What::Done(no));
        }
        if let Some(consumer) = self.consumer_mut(who) {
            consumer.busy = None;
            consumer.hands.pop_front();
            consumer.inner.uncommitted += 1;
            let place = consumer.claims.binary_search_by_key(&next.part, |claim| claim.part);
            if let Some(claim) = place.ok().and_then(|place| consumer.claims.get_mut(place)) {
                claim.done = claim.done.max(next.offset + 1);
            }
        }
        match record {
            Some(record) if poison => self.failed(at, who, next, record, fails == params::FAIL_TOPICS),
            Some(record) => self.finished(at, who, next, record),
            None => {}
        }
        self.commit_from_worker(at, who);
        self.go_on(at, who);
    }

    /// It could not be processed: put aside, or sent to where it is tried again.
    fn failed(&mut self, at: Micros, who: ConsumerId, next: InHand, record: Record, on: bool) {
        if record.failed > 0 {
            self.watch_order(at, who, next, record);
        }
        let failed = record.failed.saturating_add(1);
        let role = if failed < ATTEMPTS { Role::Retry } else { Role::DeadLetter };
        let topic = self.topics.iter().find(|topic| topic.role == role).filter(|_| on);
        let to = topic.and_then(|topic| {
            let n = topic.parts.len().max(1);
            let tp = self.part(next.part)?.tp;
            topic.parts.get(tp.index as usize % n).copied()
        });
        let last = to.is_none() || role == Role::DeadLetter;
        if last && let Some(fate) = self.fates.get_mut(record.id as usize) {
            fate.set_aside = true;
        }
        if last {
            self.stats.set_aside += 1;
        }
        self.tell_failed(at, who, next, failed, to);
        if let Some(to) = to {
            let hop = self.params().hop();
            self.append_later(at + hop, to, Record { id: record.id, key: record.key, at: at + hop, failed });
        }
    }

    fn finished(&mut self, at: Micros, who: ConsumerId, next: InHand, record: Record) {
        self.stats.processed += 1;
        let mut again = false;
        if let Some(fate) = self.fates.get_mut(record.id as usize) {
            again = fate.processed > 0;
            fate.processed = fate.processed.saturating_add(1);
        }
        if !again {
            self.stats.delays.push((at.saturating_sub(record.at) / MS).min(u64::from(u32::MAX)) as u32);
        }
        self.stats.again += u64::from(again);
        if let Some(consumer) = self.consumer_mut(who) {
            consumer.processed += 1;
            consumer.again += u32::from(again);
        }
        if again {
            self.tell_again(at, who, next);
        } else {
            self.watch_order(at, who, next, record);
        }
    }

    /// A thread of its own commits what is done when a batch of it is, or when there is nothing more in its hands.
    fn commit_from_worker(&mut self, at: Micros, who: ConsumerId) {
        let after = self.params().commit == params::COMMIT_AFTER && self.params().work == params::WORKER;
        let batch = self.params().batch.max(1) as u32;
        let due = |it: &Consumer| it.inner.uncommitted >= batch || (it.hands.is_empty() && it.inner.uncommitted > 0);
        if after && self.consumer(who).is_some_and(due) {
            self.commit(at, who, false);
        }
    }

    fn commit_at_times(&mut self, at: Micros, who: ConsumerId) {
        let every = self.params().every.max(1) as Micros * MS;
        let auto = self.commits_itself();
        let Some(consumer) = self.consumer_mut(who).filter(|_| auto) else { return };
        if consumer.inner.next_commit <= at {
            consumer.inner.next_commit = at + every;
            self.commit(at, who, false);
        }
        self.tick_when_due(who);
    }

    /// The next commit is due even if nothing arrives: a poll that waits for records returns to it.
    pub(super) fn tick_when_due(&mut self, who: ConsumerId) {
        let auto = self.commits_itself();
        let due = |it: &&mut Consumer| it.inner.tick.is_none_or(|tick| tick > it.inner.next_commit);
        let Some(consumer) = self.consumer_mut(who).filter(|_| auto).filter(due) else { return };
        let next = consumer.inner.next_commit;
        consumer.inner.tick = Some(next);
        self.after(next, who, What::Tick);
    }

    pub(super) fn poll_to_commit(&mut self, at: Micros, who: ConsumerId) {
        // After a hang it comes late; and of two the earlier counts.
        let Some(consumer) = self.consumer_mut(who).filter(|it| it.inner.tick.is_some_and(|tick| tick <= at)) else {
            return;
        };
        consumer.inner.tick = None;
        self.poll(at, who);
    }

    /// Sends how far it is in all that it owns, as far as that has changed; `wait`: nothing goes on before the answer.
    pub(super) fn commit(&mut self, at: Micros, who: ConsumerId, wait: bool) {
        // Automatic commits and those before processing take what was fetched for done.
        let fetched = self.params().commit != params::COMMIT_AFTER;
        let Some(consumer) = self.consumer(who) else { return };
        let offset = |claim: &Claim| if fetched { claim.position } else { claim.done };
        let changed = |claim: &&Claim| {
            claim.ready && self.part(claim.part).is_some_and(|part| part.committed.unwrap_or(0) != offset(claim))
        };
        let offsets: Vec<(PartId, u64)> =
            consumer.claims.iter().filter(changed).map(|claim| (claim.part, offset(claim))).collect();
        if offsets.is_empty() || !consumer.inner.found {
            if let Some(consumer) = self.consumer_mut(who).filter(|_| offsets.is_empty()) {
                consumer.inner.uncommitted = 0;
            } else if wait {
                // The coordinator is away: it tries until it is found.
                if let Some(consumer) = self.consumer_mut(who) {
                    consumer.inner.committing = true;
                }
            }
            return;
        }
        if let Some(consumer) = self.consumer_mut(who) {
            consumer.inner.uncommitted = 0;
            consumer.inner.committing = wait;
        }
        self.stats.commits += 1;
        self.ask_to_commit(at, who, offsets);
    }

    /// `fresh`: it was sent in the generation in which the consumer still is.
    pub(super) fn commit_answered(&mut self, at: Micros, who: ConsumerId, error: &'static str, fresh: bool) {
        let refused = !error.is_empty();
        if refused {
            self.stats.commits_refused += 1;
            self.tell_commit_refused(at, who, error);
        }
        let modern = self.params().modern();
        let Some(consumer) = self.consumer_mut(who) else { return };
        let waited = std::mem::replace(&mut consumer.inner.committing, false);
        match error {
            _ if !fresh => {}
            "UNKNOWN_MEMBER_ID" | "ILLEGAL_GENERATION" | "STALE_MEMBER_EPOCH" | "FENCED_MEMBER_EPOCH" => {
                self.outdated(at, who, error);
            }
            "FENCED_INSTANCE_ID" => return self.fenced(at, who),
            "REBALANCE_IN_PROGRESS" => {
                consumer.inner.rejoin = !modern;
            }
            _ => {}
        }
        if waited {
            self.go_on(at, who);
        }
    }

    /// Drops what it holds of partitions that it does not own any more.
    pub(super) fn drop_hands(&mut self, who: ConsumerId) {
        let Some(consumer) = self.consumer_mut(who) else { return };
        let claims = std::mem::take(&mut consumer.claims);
        let mine = |part: PartId| claims.binary_search_by_key(&part, |claim| claim.part).is_ok();
        // What it is processing it finishes, whoever owns it by then.
        let busy = consumer.busy.is_some();
        let mut i = 0;
        consumer.hands.retain(|record| {
            i += 1;
            (busy && i == 1) || mine(record.part)
        });
        consumer.claims = claims;
        if consumer.fetching && consumer.inner.parked {
            // The fetch that waits at the brokers was for other partitions.
            consumer.fetching = false;
            consumer.inner.parked = false;
            consumer.inner.fetch += 1;
        }
    }

    /// The answer to “where did the group get to”: it can begin.
    pub(super) fn offsets_found(&mut self, at: Micros, who: ConsumerId, offsets: &[(PartId, Option<u64>)]) {
        let mut begun: Vec<(PartId, u64)> = Vec::new();
        let starts: Vec<(PartId, u64)> = offsets
            .iter()
            .map(|(part, offset)| {
                // Without a committed offset: auto.offset.reset=earliest.
                (*part, offset.unwrap_or_else(|| self.part(*part).map_or(0, |part| part.base)))
            })
            .collect();
        let Some(consumer) = self.consumer_mut(who) else { return };
        let epoch = consumer.epoch;
        for (part, start) in starts {
            let place = consumer.claims.binary_search_by_key(&part, |claim| claim.part);
            if let Some(claim) = place.ok().and_then(|place| consumer.claims.get_mut(place)).filter(|it| !it.ready) {
                *claim = Claim { part, position: start, done: start, paused: false, ready: true };
                begun.push((part, start));
            }
        }
        for (part, start) in &begun {
            self.hold(at, *part, Holder::Reads(who), epoch);
            self.watch_start(at, who, *part, *start);
        }
        self.tell_begun(at, who, &begun);
        self.check_rebalance(at);
        if let Some(consumer) = self.consumer_mut(who).filter(|it| it.fetching && it.inner.parked) {
            // It asks for what it has now, too.
            consumer.fetching = false;
            consumer.inner.parked = false;
            consumer.inner.fetch += 1;
        }
        self.poll_soon(at, who);
    }

    pub(super) fn fetch_offsets(&mut self, at: Micros, who: ConsumerId) {
        let Some(consumer) = self.consumer(who) else { return };
        let parts: Vec<PartId> = consumer.claims.iter().filter(|claim| !claim.ready).map(|claim| claim.part).collect();
        if !parts.is_empty() && consumer.inner.found {
            self.ask(at, who, Rc::new(Ask::Offsets(parts)));
        }
    }
}
