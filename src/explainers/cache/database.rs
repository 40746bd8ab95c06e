//! The database: slots, a queue before them, and what is committed.

use super::params;
use super::types::*;
use super::world::{Due, World};
use crate::sim::{MS, Micros, SECOND};
use std::rc::Rc;

/// What has waited longer for a slot, or for its turn among the writes of its key, is turned away when that comes.
pub(super) const PATIENCE: Micros = 2 * SECOND;

impl Database {
    /// Slot-time in use until now.
    pub(super) fn count(&mut self, at: Micros) {
        self.busy += at.saturating_sub(self.counted) * self.serving.len() as u64;
        self.counted = self.counted.max(at);
    }

    /// The share of its slots that has been in use, from 0 to 1.
    pub fn utilisation(&self, at: Micros) -> Option<f64> {
        let busy = self.busy + at.saturating_sub(self.counted) * self.serving.len() as u64;
        (at > 0).then(|| busy as f64 / (at as f64 * self.slots.max(1) as f64))
    }
}

impl World {
    fn db_answers(&mut self, at: Micros, to: &Message, kind: MessageKind, version: Version) {
        let message = World::message_of(kind, Place::Db, to.from, to.key);
        let (request, token, batch) = (to.request, to.token, to.batch.clone());
        self.send(at, Message { version, request, token, batch, ..message });
    }

    fn turn_away(&mut self, at: Micros, message: &Message, kind: MessageKind) {
        self.stats.turned_away += 1;
        if let Some(batch) = &message.batch {
            self.lose_batch(at, message.from, batch);
        }
        self.db_answers(at, message, kind, 0);
        self.tell_turned_away(at, message, kind);
    }

    pub(super) fn db_gets(&mut self, at: Micros, message: &Rc<Message>) {
        if !self.db.up {
            return self.turn_away(at, message, MessageKind::Down);
        }
        let most = self.params().queue.clamp(1, 1_000) as usize;
        let db = self.db_mut();
        let job = Job { id: db.next, message: message.clone(), arrived: at, begun: 0, ends: 0 };
        if db.serving.len() < db.slots {
            db.next = db.next.wrapping_add(1);
            self.serve(at, job);
        } else if db.waiting.len() < most {
            db.next = db.next.wrapping_add(1);
            db.waiting.push_back(job);
            let queue = db.waiting.len() as u32;
            self.stats.queue = self.stats.queue.max(queue);
        } else {
            self.turn_away(at, message, MessageKind::Overloaded);
        }
    }

    fn serve(&mut self, at: Micros, mut job: Job) {
        let longest = self.params().db.max(1) as Micros * MS * 10;
        let takes = self.params().service().sample(&mut self.chance.database).min(longest);
        let db = self.db_mut();
        db.count(at);
        (job.begun, job.ends) = (at, at + takes * Micros::from(db.slow));
        let (ends, id) = (job.ends, job.id);
        db.serving.push(job);
        self.queue.schedule(ends, Due::Served(id));
    }

    pub(super) fn served(&mut self, at: Micros, id: u32) {
        let db = self.db_mut();
        // It may have gone down since.
        let Some(place) = db.serving.iter().position(|job| job.id == id) else { return };
        db.count(at);
        let job = db.serving.remove(place);
        let s = &mut self.stats;
        s.queries += 1;
        s.served += at.saturating_sub(job.begun);
        self.work.sample.queries += 1;
        self.done(at, &job.message);
        loop {
            let db = self.db_mut();
            if db.serving.len() >= db.slots {
                return;
            }
            let Some(next) = db.waiting.pop_front() else { return };
            if at.saturating_sub(next.arrived) > PATIENCE {
                self.turn_away(at, &next.message, MessageKind::Overloaded);
            } else {
                self.serve(at, next);
            }
        }
    }

    /// An operation has been done: what it read, or has committed, goes back.
    fn done(&mut self, at: Micros, message: &Message) {
        let key = message.key;
        match message.kind {
            MessageKind::Query => {
                self.stats.db_reads += 1;
                let version = self.read_row(at, key);
                self.db_answers(at, message, MessageKind::Row, version);
            }
            MessageKind::Write => {
                let Some(row) = self.row_mut(key) else { return };
                row.issued += 1;
                let version = row.issued;
                self.commit(at, key, version);
                self.tell_committed(at, message, version);
                self.db_answers(at, message, MessageKind::Committed, version);
                if self.params().writing() == params::LOG {
                    let lag = self.params().log.max(0) as Micros * MS;
                    self.queue.schedule(at + lag, Due::Log(key));
                }
            }
            _ => {
                self.stats.flushes += 1;
                for (key, version) in message.batch.iter().flat_map(|batch| batch.iter().copied()) {
                    self.flush_one(at, key, version, message.from);
                }
                self.db_answers(at, message, MessageKind::Flushed, 0);
                self.tell_flushed(at, message);
            }
        }
    }

    /// What a read of the database sees: its replica, if it has one, as it was so long ago.
    fn read_row(&self, at: Micros, key: KeyId) -> Version {
        let lag = self.params().lag();
        if lag == 0 {
            return self.row(key).version;
        }
        let seen = self.commits_of(key).find(|commit| commit.at + lag <= at);
        seen.map_or(0, |commit| commit.version)
    }

    fn commit(&mut self, at: Micros, key: KeyId, version: Version) {
        let Some(before) = self.row_mut(key).map(|row| row.commits) else { return };
        let place = self.commits.push(Commit { at, key, version, before }) as u32 + 1;
        let Some(row) = self.row_mut(key) else { return };
        (row.version, row.since, row.commits) = (version, at, place);
        if version > row.newest {
            (row.newest, row.newest_at) = (version, at);
        }
        self.turn_stale(at, key);
    }

    /// A value that a cache writes back. It never replaces a newer one.
    fn flush_one(&mut self, at: Micros, key: KeyId, version: Version, from: Place) {
        let mut writes = self.settle_flush(from, key, version, true);
        self.orphans.retain(|orphan| {
            let this = orphan.key == key && orphan.version == version;
            writes += if this { orphan.writes } else { 0 };
            !this
        });
        self.stats.flushed += 1;
        self.stats.flushed_writes += u64::from(writes);
        if version > self.row(key).version {
            self.commit(at, key, version);
        }
    }

    /// The change log has come to a commit.
    pub(super) fn log_due(&mut self, at: Micros, key: KeyId) {
        let Some(home) = self.home(key) else { return };
        let message = World::message_of(MessageKind::Invalidate, Place::Db, Place::Node(home), key);
        self.send(at, message);
    }

    pub(super) fn db_down(&mut self, at: Micros) {
        self.tell_down(at);
        let db = self.db_mut();
        db.count(at);
        (db.up, db.since) = (false, at);
        let serving = std::mem::take(&mut db.serving);
        let waiting = std::mem::take(&mut db.waiting);
        for job in serving.into_iter().chain(waiting) {
            self.turn_away(at, &job.message, MessageKind::Down);
        }
    }

    pub(super) fn db_up(&mut self, at: Micros) {
        let db = self.db_mut();
        (db.up, db.since) = (true, at);
        self.tell_up(at);
    }
}
