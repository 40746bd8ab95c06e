//! A group after its coordinator has moved to another broker, and one for which time begins anew.

use super::Modern;
use crate::explainers::kafka::group::timers::Timers;
use crate::explainers::kafka::group::types::*;
use crate::sim::Micros;

impl Modern {
    pub fn rebase(&mut self, by: Micros) {
        self.timers.rebase(by);
        self.assigned_at = self.assigned_at.map(|at| at.saturating_sub(by));
    }

    /// Read from the log by another broker: the session of every member begins anew, and the time of those that are to
    /// give partitions up.
    pub fn load(&mut self, now: Micros) {
        self.timers = Timers::default();
        self.refresh = true;
        for member in &self.members {
            let id = member.id.clone();
            self.timers.schedule(now + self.config.consumer_session_timeout, Timer::Session(id.clone()), 0);
            if member.state == MemberState::UnrevokedPartitions {
                self.timers.schedule(now + member.rebalance_timeout, Timer::Rebalance(id), member.epoch);
            }
        }
    }
}
