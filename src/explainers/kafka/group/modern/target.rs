//! A new target: who shall read what, for all members at once.

use super::{Member, Modern};
use crate::explainers::kafka::group::ids;
use crate::models::kafka::{self, Assignor};
use crate::sim::Micros;
use std::rc::Rc;

impl Modern {
    /// Not more often than the assignment interval: those who join in a burst are assigned together.
    pub(super) fn may_assign(&self, now: Micros) -> bool {
        self.assigned_at.is_none_or(|last| now >= last + self.config.assignment_interval)
    }

    /// `member` is one as it is from now on, `place` where it stands, if it does already.
    pub(super) fn assign(&mut self, now: Micros, member: &mut Member, place: Option<usize>) {
        let (places, specs) = self.specs(member, place);
        let targets = kafka::assign(self.preferred(member, place), &self.topics, &specs);
        for (at, mut target) in places.into_iter().zip(targets) {
            target.sort_unstable();
            if at == place {
                member.target = target.into();
            } else if let Some(other) = at.and_then(|at| self.members.get_mut(at)).filter(|m| *m.target != *target) {
                Rc::make_mut(other).target = target.into();
            }
        }
        self.assignment_epoch = self.epoch;
        self.assigned_at = Some(now);
    }

    /// What the assignor is told of each member, in the order of the coordinator's hash maps; first their places.
    fn specs(&self, member: &Member, place: Option<usize>) -> (Vec<Option<usize>>, Vec<kafka::Member>) {
        // They are copied from one map to another; one that is new comes last.
        let mut known: Vec<(Option<usize>, &Member)> = Vec::with_capacity(self.members.len() + 1);
        for at in ids::timeline_order(self.members.iter().map(|member| &member.id), self.table) {
            let at = Some(at as usize);
            let stored = at.and_then(|at| self.members.get(at)).map(|member| &**member);
            known.extend(stored.map(|stored| (at, if at == place { member } else { stored })));
        }
        if place.is_none() {
            known.push((None, member));
        }
        let order = ids::hash_map_order(known.iter().map(|(_, member)| &member.id), 16);
        let ordered = order.into_iter().filter_map(|at| known.get(at as usize));
        let spec = |(at, member): &(Option<usize>, &Member)| {
            let told = kafka::Member {
                id: member.id.to_string(),
                instance: member.instance.as_ref().map(|instance| instance.to_string()),
                topics: member.subscribed.to_vec(),
                owned: member.target.to_vec(),
                generation: -1,
            };
            (*at, told)
        };
        ordered.map(spec).unzip()
    }

    /// The assignor for which most members ask; the broker's first if none does. Of two with as many votes, the one
    /// that comes first in Kafka's hash map of their names, in which one that is new comes last.
    fn preferred(&self, member: &Member, place: Option<usize>) -> Assignor {
        let count = |assignor| self.members.iter().filter(|member| member.assignor == Some(assignor)).count();
        let both = [Assignor::Uniform, Assignor::ServerRange].map(|assignor| (assignor, count(assignor)));
        let mut votes: Vec<(Assignor, usize)> = both.into_iter().filter(|(_, count)| *count > 0).collect();
        let before = place.and_then(|place| self.members.get(place)).and_then(|member| member.assignor);
        if let Some(vote) = votes.iter_mut().find(|(assignor, _)| before == Some(*assignor)) {
            vote.1 -= 1;
        }
        votes.retain(|(_, count)| *count > 0);
        if let Some(assignor) = member.assignor {
            match votes.iter_mut().find(|(other, _)| *other == assignor) {
                Some(vote) => vote.1 += 1,
                None => votes.push((assignor, 1)),
            }
        }
        let most = votes.iter().map(|(_, count)| *count).max();
        let winner = votes.iter().find(|(_, count)| Some(*count) == most).map(|(assignor, _)| *assignor);
        winner.or(self.config.consumer_assignors.first().copied()).unwrap_or(Assignor::Uniform)
    }
}
