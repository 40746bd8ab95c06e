//! Where members subscribe to different topics (`UniformHeterogeneousAssignmentBuilder`).

use super::{Group, Held, Numbers, Target, Tp};
use crate::sim::order;

/// How often all topics are gone through at most.
const ROUNDS: u32 = 16;

/// Whom to give to and whom to take from among the subscribers of a topic: two ranges of the members by load that grow
/// towards each other. Within a range all were equally loaded when it was entered.
struct Balancer {
    /// Subscribers by load and then place, with their loads at the start.
    sorted: Vec<(u32, u32)>,
    least_end: usize,
    least_load: i64,
    next_least: usize,
    most_start: usize,
    most_end: usize,
    most_load: i64,
    /// One after the member from which to take next.
    next_most: usize,
}

impl Balancer {
    fn new(subscribers: &[u32], loads: &[u32]) -> Balancer {
        let load = |member: u32| loads.get(member as usize).copied().unwrap_or(0);
        let keys = subscribers.iter().map(|&member| u64::from(load(member)) << 32 | u64::from(member));
        let mut pairs: Vec<(u64, u32)> = keys.map(|key| (key, 0)).collect();
        order::sort(&mut pairs);
        let sorted: Vec<(u32, u32)> = pairs.iter().map(|pair| ((pair.0 >> 32) as u32, pair.0 as u32)).collect();
        let end = sorted.len();
        let of = |pair: Option<&(u32, u32)>| pair.map_or(0, |pair| i64::from(pair.0));
        let (least_load, most_load) = (of(sorted.first()) - 1, of(sorted.last()) + 1);
        Balancer {
            sorted,
            least_end: 0,
            least_load,
            next_least: 0,
            most_start: end,
            most_end: end,
            most_load,
            next_most: end,
        }
    }

    fn load(&self, place: usize, loads: &[u32]) -> i64 {
        let member = self.sorted.get(place).map_or(usize::MAX, |pair| pair.1 as usize);
        loads.get(member).map_or(-1, |&load| i64::from(load))
    }

    /// The member that gets the next partition.
    fn least(&mut self, loads: &[u32]) -> Option<u32> {
        if self.next_least >= self.least_end {
            self.least_load += 1;
            while self.least_end < self.sorted.len() && self.load(self.least_end, loads) == self.least_load {
                self.least_end += 1;
            }
            self.next_least = 0;
        }
        let member = self.sorted.get(self.next_least)?.1;
        self.next_least += 1;
        Some(member)
    }

    /// The member that gives up the next partition, if any can.
    fn most(&mut self, loads: &[u32]) -> Option<u32> {
        if self.next_most <= self.most_start {
            if self.most_end <= self.most_start && self.most_start > 0 {
                // All of the range had nothing to give: on to the next load there is.
                self.most_load = self.load(self.most_start - 1, loads);
            } else {
                self.most_load -= 1;
            }
            while self.most_start > 0 && self.load(self.most_start - 1, loads) == self.most_load {
                self.most_start -= 1;
            }
            self.next_most = self.most_end;
        }
        self.next_most = self.next_most.checked_sub(1)?;
        self.sorted.get(self.next_most).map(|pair| pair.1)
    }

    /// Leaves out the member that [`most`](Balancer::most) just named: it has nothing to give.
    fn exclude(&mut self) {
        self.most_end = self.most_end.saturating_sub(1);
        if self.next_most < self.sorted.len() && self.most_end < self.sorted.len() {
            self.sorted.swap(self.next_most, self.most_end);
        }
    }

    fn is_balanced(&self) -> bool {
        self.most_load - self.least_load <= 1
    }
}

struct Builder<'a> {
    group: &'a Group<'a>,
    numbers: &'a Numbers,
    targets: Vec<Target>,
    /// Subscribers of each topic in the members' order.
    subscribers: Vec<Vec<u32>>,
    /// How many partitions each member has.
    loads: Vec<u32>,
    /// Who has each partition, by its number.
    owners: Vec<Option<u32>>,
}

pub(super) fn assign(group: &Group, numbers: &Numbers, previous: Vec<Target>) -> Vec<Target> {
    let as_given: Vec<u32> = (0..group.members.len() as u32).collect();
    let mut builder = Builder {
        group,
        numbers,
        targets: previous.clone(),
        subscribers: group.subscribers(&as_given),
        loads: vec![0; group.members.len()],
        owners: vec![None; numbers.len()],
    };
    builder.keep();
    let topics = builder.sorted_topics();
    builder.fill(&topics);
    builder.balance(&topics);
    // What went away and came back leaves a target as it was.
    let mut targets = builder.targets;
    for (target, before) in targets.iter_mut().zip(previous) {
        if same(target, &before) {
            *target = before;
        }
    }
    targets
}

/// Whether two targets are the same partitions.
fn same(a: &Target, b: &Target) -> bool {
    let sorted = |target: &Target| {
        let keys = |held: &Held| -> Vec<u64> {
            held.set.hashes().iter().map(|&index| u64::from(held.topic) << 32 | u64::from(index)).collect()
        };
        let all = target.topics.iter().flat_map(keys);
        let mut pairs: Vec<(u64, u32)> = all.map(|key| (key, 0)).collect();
        order::sort(&mut pairs);
        pairs
    };
    a.topics.len() == b.topics.len() && sorted(a) == sorted(b)
}

impl Builder<'_> {
    fn subscribers(&self, topic: u16) -> &[u32] {
        self.subscribers.get(usize::from(topic)).map_or(&[], |members| members)
    }

    /// Keeps of the previous targets what members still subscribe to.
    fn keep(&mut self) {
        for (member, target) in self.targets.iter_mut().enumerate() {
            let stays = |held: &Held| self.group.subscribes(member as u32, held.topic);
            if !target.topics.iter().all(stays) {
                target.copy();
                target.topics.retain(stays);
            }
            for held in &target.topics {
                for &index in held.set.hashes() {
                    let number = self.numbers.of(Tp { topic: held.topic, index });
                    let owner = number.and_then(|number| self.owners.get_mut(number));
                    owner.into_iter().for_each(|owner| *owner = Some(member as u32));
                    self.loads.get_mut(member).into_iter().for_each(|load| *load += 1);
                }
            }
        }
    }

    /// Topics with most partitions for each subscriber first; then with fewest subscribers; then by id.
    fn sorted_topics(&self) -> Vec<u16> {
        let has = |topic: &u16| !self.subscribers(*topic).is_empty() && self.group.partitions(*topic) > 0;
        let mut topics: Vec<u16> = (0..self.group.topics.len() as u16).filter(has).collect();
        let mut sort = |key: &dyn Fn(u16) -> u64| {
            let keys: Vec<u64> = topics.iter().map(|&topic| key(topic)).collect();
            topics = order::order(&keys).into_iter().filter_map(|at| topics.get(at as usize).copied()).collect();
        };
        let id = |topic: u16| self.group.topics.get(usize::from(topic)).and_then(|topic| topic.id);
        // Java compares both halves of an id as signed.
        sort(&|topic| id(topic).map_or(0, |id| id.low ^ 1 << 63));
        sort(&|topic| id(topic).map_or(0, |id| id.high ^ 1 << 63));
        sort(&|topic| self.subscribers(topic).len() as u64);
        sort(&|topic| {
            let each = f64::from(self.group.partitions(topic)) / self.subscribers(topic).len() as f64;
            !order::rank(each)
        });
        topics
    }

    /// Hands out what nobody has to the least loaded subscribers.
    fn fill(&mut self, topics: &[u16]) {
        for &topic in topics {
            let free = |tp: &Tp| self.numbers.of(*tp).is_some_and(|number| self.owners.get(number) == Some(&None));
            let free: Vec<Tp> =
                (0..self.group.partitions(topic)).map(|index| Tp { topic, index }).filter(free).collect();
            if free.is_empty() {
                continue;
            }
            let mut balancer = Balancer::new(self.subscribers(topic), &self.loads);
            for tp in free {
                let Some(member) = balancer.least(&self.loads) else { break };
                self.give(tp, member);
            }
        }
    }

    /// Goes through the topics until a whole turn changed nothing.
    fn balance(&mut self, topics: &[u16]) {
        let shared: Vec<u16> = topics.iter().copied().filter(|&topic| self.subscribers(topic).len() >= 2).collect();
        let mut last = None;
        for _ in 0..ROUNDS {
            for (place, &topic) in shared.iter().enumerate() {
                if last == Some(place) {
                    return;
                }
                if self.balance_topic(topic) || last.is_none() {
                    last = Some(place);
                }
            }
        }
    }

    /// Moves a topic's partitions from the most to the least loaded of its subscribers; whether any moved.
    fn balance_topic(&mut self, topic: u16) -> bool {
        let loads = || self.subscribers(topic).iter().filter_map(|&member| self.loads.get(member as usize));
        let (Some(least), Some(most)) = (loads().min(), loads().max()) else { return false };
        if most - least <= 1 {
            return false;
        }
        // Each owner's partitions, lowest first: it gives up the last one.
        let mut pairs = Vec::new();
        for index in 0..self.group.partitions(topic) {
            let number = self.numbers.of(Tp { topic, index });
            if let Some(owner) = number.and_then(|number| self.owners.get(number).copied()).flatten() {
                pairs.push((u64::from(owner) << 32 | u64::from(index), 0));
            }
        }
        order::sort(&mut pairs);
        let owner = |at: usize| pairs.get(at).map_or(u64::MAX, |pair| pair.0 >> 32);
        // Where each member's partitions end, as far as it still has them.
        let mut ranges: Vec<(usize, usize)> = vec![(0, 0); self.group.members.len()];
        let mut start = 0;
        for at in 0..pairs.len() {
            if owner(at) != owner(at + 1) {
                ranges.get_mut(owner(at) as usize).into_iter().for_each(|range| *range = (start, at + 1));
                start = at + 1;
            }
        }
        let mut moved = false;
        let mut balancer = Balancer::new(self.subscribers(topic), &self.loads);
        while !balancer.is_balanced() {
            let index = loop {
                let Some(member) = balancer.most(&self.loads) else { return moved };
                match ranges.get_mut(member as usize).filter(|range| range.0 < range.1) {
                    Some(range) => {
                        range.1 -= 1;
                        break pairs.get(range.1).map_or(0, |pair| pair.0 as u32);
                    }
                    None => balancer.exclude(),
                }
            };
            let Some(to) = balancer.least(&self.loads) else { return moved };
            if balancer.is_balanced() {
                break;
            }
            self.give(Tp { topic, index }, to);
            moved = true;
        }
        moved
    }

    /// Gives a partition to a member, taking it from who has it.
    fn give(&mut self, tp: Tp, to: u32) {
        let Some(owner) = self.numbers.of(tp).and_then(|number| self.owners.get_mut(number)) else { return };
        if let Some(from) = owner.replace(to) {
            self.targets.get_mut(from as usize).into_iter().for_each(|target| target.remove(tp));
            self.loads.get_mut(from as usize).into_iter().for_each(|load| *load -= 1);
        }
        // A new set is made for the share of partitions that a subscriber can expect.
        let subscribers = self.subscribers(tp.topic).len().max(1) as u32;
        let capacity = self.group.partitions(tp.topic).div_ceil(subscribers) * 4 / 3 + 1;
        self.targets.get_mut(to as usize).into_iter().for_each(|target| target.add(self.group, tp, capacity));
        self.loads.get_mut(to as usize).into_iter().for_each(|load| *load += 1);
    }
}
