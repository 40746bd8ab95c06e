//! Who may lead a partition, and what becomes of the logs when another does (KRaft with KIP-966, on since Kafka 4.1).

use super::types::*;

impl Partition {
    /// A replica that has caught up. `least`: how many `min.insync.replicas` asks for.
    pub(super) fn join_isr(&mut self, broker: BrokerId, least: usize) {
        self.isr.push(broker);
        self.elr.retain(|it| *it != broker);
        self.settle_elr(least);
    }

    /// A replica is out of sync. Below `least` it stays eligible, since the high watermark stands still from then on.
    pub(super) fn leave_isr(&mut self, broker: BrokerId, least: usize) {
        if let Some(known) = self.replica(broker).and_then(|place| self.followers.get_mut(place)) {
            known.caught_up = false;
        }
        if !self.isr.contains(&broker) {
            return;
        }
        let before = std::mem::take(&mut self.isr);
        self.isr = before.iter().copied().filter(|it| *it != broker).collect();
        let more = before.into_iter().filter(|it| !self.isr.contains(it) && !self.elr.contains(it));
        let more: Vec<BrokerId> = more.collect();
        self.elr.extend(more);
        if self.isr.is_empty() {
            self.last_leader = self.leader;
        }
        self.settle_elr(least);
    }

    fn settle_elr(&mut self, least: usize) {
        if self.isr.len() >= least {
            self.elr.clear();
            self.last_leader = None;
        }
    }

    /// Whom the controller makes the leader: the first replica that is in sync and alive; when none is in sync, an
    /// eligible one; when none is eligible, who led last; and if `unclean`, anybody alive.
    pub(super) fn choose(&self, alive: &dyn Fn(BrokerId) -> bool, unclean: bool) -> Option<BrokerId> {
        let first = |may: &dyn Fn(BrokerId) -> bool| self.replicas.iter().copied().find(|it| may(*it) && alive(*it));
        let none = self.isr.is_empty();
        let last = self.last_leader.filter(|it| none && self.elr.is_empty() && alive(*it));
        first(&|it| self.isr.contains(&it) || (none && self.elr.contains(&it))).or(last).or_else(|| first(&|_| unclean))
    }

    /// Another replica leads: its log is the log now. Returns what the log had and has no more, and what it has anew.
    pub(super) fn lead(&mut self, leader: BrokerId) -> (Vec<Record>, Vec<Record>) {
        let Some(me) = self.replica(leader) else { return Default::default() };
        if !self.isr.contains(&leader) {
            let eligible = self.elr.contains(&leader);
            self.isr = vec![leader];
            self.elr.retain(|it| eligible && *it != leader);
            self.last_leader = None;
        }
        let cut = self.ends.get(me).copied().unwrap_or(self.base);
        let kept = cut.saturating_sub(self.base) as usize;
        let gone: Vec<Record> = self.log.from(kept).copied().collect();
        let own = self.followers.get_mut(me).map(|it| std::mem::take(&mut it.stray)).unwrap_or_default();
        for (place, (follower, end)) in self.followers.iter_mut().zip(&mut self.ends).enumerate() {
            // What was on its way between it and the old leader does not matter any more.
            (follower.told, follower.caught_up, follower.wanted) = (0, false, false);
            if place == me || *end < cut {
                continue;
            }
            // What it has from `cut` on: a part of the old log, and its own.
            let mut has: Vec<Record> = gone.iter().copied().take((*end - cut) as usize).collect();
            has.append(&mut follower.stray);
            let common = has.iter().zip(&own).take_while(|(a, b)| a == b).count();
            *end = cut + common as u64;
            follower.stray = has.split_off(common);
        }
        self.log.truncate(kept);
        for record in &own {
            self.log.push(*record);
        }
        let end = self.end();
        if let Some(mine) = self.ends.get_mut(me) {
            *mine = end;
        }
        self.high_watermark = self.high_watermark.min(end);
        self.leader = Some(leader);
        self.leader_epoch += 1;
        self.epoch_start = end;
        (gone, own)
    }
}
