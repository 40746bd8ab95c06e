//! What must hold, watched as it happens: each promise, and what broke it first.

use super::types::*;
use super::world::World;
use crate::explainers::{Check, Verdict};
use crate::models::kafka::assign::Assignor;
use crate::sim::Micros;

const CLAIMS: &[(&str, &str)] = &[
    ("one-owner", "No partition has two owners in one generation or epoch"),
    ("processed", "Every record is processed at least once"),
    ("acked", "No acknowledged record is lost"),
    ("order", "The records of a key are processed, and tried again, in the order in which a producer made them"),
    ("commits", "A committed offset never goes back"),
    ("least-moves", "A sticky assignor moves no more partitions than it must"),
];

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Watch {
    /// What broke, when, and how.
    broken: Vec<(&'static str, Micros, String)>,
    /// By partition: up to here every record has been seen to be processed, or its loss has been told.
    passed: Vec<u64>,
    /// By topic, producer and key: the record that was processed last among first processings.
    latest: Vec<Option<RecordId>>,
}

impl Watch {
    fn break_it(&mut self, key: &'static str, at: Micros, why: impl FnOnce() -> String) {
        if !self.broken.iter().any(|(known, ..)| *known == key) {
            self.broken.push((key, at, why()));
        }
    }
}

impl World {
    /// A consumer begins to read a partition at an offset.
    pub(super) fn watch_start(&mut self, at: Micros, who: ConsumerId, part: PartId, start: u64) {
        self.watch_owner(at, who, part);
        let Some(partition) = self.part(part) else { return };
        let from = self.watch.passed.get(usize::from(part)).copied().unwrap_or(0).max(partition.base);
        let undone = |offset: &u64| {
            let fate = self.record(part, *offset).and_then(|record| self.fates.get(record.id as usize));
            fate.is_some_and(|fate| fate.processed == 0 && !fate.set_aside && !fate.poison)
        };
        // What another live consumer still has in its hands may yet be done.
        let missing: Vec<u64> =
            (from..start).filter(undone).filter(|offset| !self.in_hands(who, part, *offset)).collect();
        if let Some(first) = missing.first() {
            let name = self.part_name(part);
            let n = missing.len();
            let some = if n == 1 { format!("record {first}") } else { format!("{n} records from {first} on") };
            self.watch.break_it("processed", at, || {
                format!(
                    "{some} of {name}: a commit said they were done, nobody had processed them, and C{} begins at {start}",
                    who + 1
                )
            });
            self.stats.skipped += n as u64;
            self.tell_skipped(at, who, part, *first, n);
        }
        let passed = &mut self.watch.passed;
        if passed.len() <= usize::from(part) {
            passed.resize(usize::from(part) + 1, 0);
        }
        if let Some(passed) = passed.get_mut(usize::from(part)) {
            *passed = (*passed).max(start);
        }
    }

    fn in_hands(&self, but: ConsumerId, part: PartId, offset: u64) -> bool {
        let hold = InHand { part, offset };
        self.consumers.iter().any(|consumer| consumer.id != but && consumer.up() && consumer.hands.contains(&hold))
    }

    fn watch_owner(&mut self, at: Micros, who: ConsumerId, part: PartId) {
        let Some(me) = self.consumer(who) else { return };
        let (epoch, modern) = (me.epoch, self.params().modern());
        let other = self.consumers.iter().find(|it| {
            it.id != who
                && it.up()
                && it.claim(part).is_some_and(|claim| claim.ready)
                && (if modern { self.is_member(it) } else { it.epoch == epoch })
        });
        if let Some(other) = other.map(|it| it.id + 1) {
            let name = self.part_name(part);
            self.watch.break_it("one-owner", at, || format!("{name}: C{other} and C{} at once", who + 1));
        }
    }

    fn is_member(&self, consumer: &Consumer) -> bool {
        let view = self.group_view();
        view.members.iter().any(|it| it.who == Some(consumer.id) && it.epoch == consumer.epoch)
    }

    /// A record was processed for the first time, or tried another time.
    pub(super) fn watch_order(&mut self, at: Micros, who: ConsumerId, next: InHand, record: Record) {
        if record.key == 0 || record.id == RecordId::MAX {
            return;
        }
        let Some(fate) = self.fates.get(record.id as usize) else { return };
        let producers = self.producers.len().max(1);
        let keys = self.params().keys.max(0) as usize + 1;
        let of = usize::from(fate.topic) * producers + usize::from(fate.producer);
        let (by, key) = (fate.producer + 1, of * keys + record.key as usize);
        if self.watch.latest.len() <= key {
            self.watch.latest.resize(key + 1, None);
        }
        let latest = self.watch.latest.get(key).copied().flatten();
        if let Some(latest) = latest.filter(|latest| *latest > record.id) {
            let name = self.part_name(next.part);
            self.watch.break_it("order", at, || {
                let does = if record.failed > 0 { "tries again" } else { "processes" };
                format!(
                    "key k{} of P{by}: C{} {does} record #{} ({name}, offset {}) after #{}, which was made later",
                    record.key,
                    who + 1,
                    record.id + 1,
                    next.offset,
                    latest + 1
                )
            });
            return;
        }
        if let Some(slot) = self.watch.latest.get_mut(key) {
            *slot = Some(record.id);
        }
    }

    pub(super) fn watch_commit(&mut self, at: Micros, who: ConsumerId, part: PartId, before: u64, now: u64) {
        let name = self.part_name(part);
        self.watch.break_it("commits", at, || format!("{name}: C{} commits {now} after {before}", who + 1));
    }

    /// Acknowledged records are in no log any more.
    pub(super) fn watch_lost(&mut self, at: Micros, part: PartId, lost: u64) {
        let name = self.part_name(part);
        self.watch.break_it("acked", at, || {
            let some = if lost == 1 { "1 record".to_string() } else { format!("{lost} records") };
            format!("{some} of {name} that a producer had been told of: the new leader never had them")
        });
    }

    pub(super) fn watch_moves(&mut self, at: Micros, moved: u32, least: u32) {
        if self.sticks() && moved > least {
            self.watch.break_it("least-moves", at, || format!("{moved} partitions moved, and {least} would have done"));
        }
    }

    /// Whether the assignor tries to leave partitions where they are.
    pub(super) fn sticks(&self) -> bool {
        let assignor = Assignor::ALL.into_iter().nth(self.params().assignor.max(0) as usize);
        matches!(assignor, Some(Assignor::Sticky | Assignor::CooperativeSticky | Assignor::Uniform))
    }

    pub fn checks(&self) -> Vec<Check> {
        let mut checks = Vec::new();
        for (key, claim) in CLAIMS {
            if *key == "least-moves" && !self.sticks() {
                continue;
            }
            let broken = self.watch.broken.iter().find(|(known, ..)| known == key);
            let verdict = broken.map_or(Verdict::Holds, |(_, at, why)| Verdict::Broken(*at, why.clone()));
            checks.push(Check { key, claim, verdict });
        }
        checks
    }
}
