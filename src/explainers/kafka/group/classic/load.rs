//! A group after its coordinator has moved to another broker, and one for which time begins anew.

use super::Classic;
use crate::explainers::kafka::group::timers::Timers;
use crate::explainers::kafka::group::types::*;
use crate::sim::Micros;
use std::rc::Rc;

impl Classic {
    pub fn rebase(&mut self, by: Micros) {
        self.timers.rebase(by);
    }

    /// Read from the log by another broker: no request waits any more, whoever was only just joining is unknown, and
    /// the session of every member begins anew.
    pub fn load(&mut self, now: Micros) {
        self.timers = Timers::default();
        self.pending.clear();
        self.syncing.clear();
        self.joined_meanwhile = false;
        self.delay = None;
        let fresh: Vec<Id> =
            self.members.iter().filter(|member| member.is_new).map(|member| member.id.clone()).collect();
        fresh.iter().for_each(|id| self.remove(id));
        for member in &mut self.members {
            let member = Rc::make_mut(member);
            (member.awaiting_join, member.awaiting_sync) = (None, None);
            self.timers.schedule(now + member.session_timeout, Timer::Heartbeat(member.id.clone()), 0);
        }
        self.state = if self.members.is_empty() { ClassicState::Empty } else { ClassicState::Stable };
    }
}
