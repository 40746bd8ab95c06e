//! Members subscribe to different topics: the rest goes to the least loaded, then partitions move as long as that makes
//! the loads more equal (`GeneralAssignmentBuilder`).
//!
//! Kafka asks before every step whether all is balanced, going through all members and partitions. Here that is asked
//! only where the answer can stop a move: what is balanced leaves nothing to move, unless someone has what does not
//! exist or what it does not subscribe to.

use super::movements::Movements;
use super::{Claims, NONE, Outcome, Thrown, of};
use crate::sim::order;

struct Builder<'a> {
    claims: &'a Claims<'a>,
    /// Who subscribes to each topic.
    subscribers: Vec<Vec<u32>>,
    /// What each member has, in the order in which it got it; none where something went away.
    lists: Vec<Vec<u32>>,
    /// How many partitions that are.
    loads: Vec<usize>,
    /// Where in its member's list each partition is.
    slots: Vec<u32>,
    /// Who has each partition.
    owners: Vec<u32>,
    /// Who claims each partition from the latest generation before the last one, and which that was.
    earlier: Vec<(u32, i32)>,
    /// Members that nothing can be given to or taken from.
    fixed: Vec<bool>,
    movements: Movements,
    /// Whether someone has what does not exist or what it does not subscribe to.
    odd: bool,
    /// The members that are not fixed, by load and then id.
    order: Vec<(u64, u32)>,
}

pub(super) fn assign(claims: &Claims) -> Result<Outcome, Thrown> {
    let mut builder = Builder {
        claims,
        subscribers: claims.group.subscribers(&claims.members),
        lists: claims.owned.clone(),
        loads: Vec::new(),
        slots: vec![0; claims.partitions.len()],
        owners: vec![NONE; claims.partitions.len()],
        earlier: vec![(NONE, 0); claims.partitions.len()],
        fixed: vec![false; claims.group.members.len()],
        movements: Movements::new(claims),
        odd: false,
        order: Vec::new(),
    };
    builder.remember();
    let revoked = builder.keep();
    let initial = builder.lists.iter().all(Vec::is_empty);
    let all = builder.sorted();
    let assigned: Vec<u32> = builder.lists.concat();
    let ranks = builder.topic_ranks();
    let key = |tp: super::Tp| of(&ranks, u32::from(tp.topic), 0) << 32 | u64::from(tp.index);
    let free = claims.unassigned(&all, &assigned, key);
    builder.line_up();
    for &number in &free {
        builder.hand_out(number);
    }
    builder.fix();
    let before = (builder.lists.clone(), builder.loads.clone());
    let movable = |builder: &Builder, numbers: Vec<u32>| -> Vec<u32> {
        numbers.into_iter().filter(|&number| builder.subscribers(claims.tp(number).topic).len() >= 2).collect()
    };
    if !revoked {
        let free = movable(&builder, free);
        builder.rebalance(&free)?;
    }
    let all = movable(&builder, all);
    let moved = builder.rebalance(&all)?;
    if !initial && moved && builder.score(&builder.loads) >= builder.score(&before.1) {
        builder.lists = before.0;
    }
    for list in &mut builder.lists {
        list.retain(|&number| number != NONE);
    }
    Ok(Outcome { lists: builder.lists, transfers: None })
}

impl Builder<'_> {
    fn subscribers(&self, topic: u16) -> &[u32] {
        self.subscribers.get(usize::from(topic)).map_or(&[], |members| members)
    }

    fn load(&self, member: u32) -> usize {
        of(&self.loads, member, 0)
    }

    fn subscribes(&self, member: u32, topic: u16) -> bool {
        self.claims.group.subscribes(member, topic)
    }

    /// The owners, and who claims what from an earlier generation than the highest.
    fn remember(&mut self) {
        let claims = self.claims;
        for &member in &claims.members {
            for &number in self.lists.get(member as usize).map_or(&[][..], |list| list) {
                self.owners.get_mut(number as usize).into_iter().for_each(|owner| *owner = member);
            }
        }
        let highest = claims.generations.iter().copied().max().unwrap_or(-1).max(-1);
        for &member in &claims.members {
            let generation = of(&claims.generations, member, -1);
            if generation >= highest {
                continue;
            }
            for &number in claims.claimed.get(member as usize).map_or(&[][..], |claimed| claimed) {
                if let Some(earlier) = self.earlier.get_mut(number as usize)
                    && (earlier.0 == NONE || generation > earlier.1)
                {
                    *earlier = (member, generation);
                }
            }
        }
    }

    /// Takes from members what they do not subscribe to any more; whether there was any.
    fn keep(&mut self) -> bool {
        let claims = self.claims;
        let mut revoked = false;
        for (list, member) in self.lists.iter_mut().zip(0..) {
            let before = list.len();
            list.retain(|&number| claims.group.subscribes(member, claims.tp(number).topic));
            revoked |= list.len() < before;
            self.odd |= list.iter().any(|&number| number >= claims.count);
        }
        self.loads = self.lists.iter().map(Vec::len).collect();
        for list in &self.lists {
            for (&number, slot) in list.iter().zip(0..) {
                self.slots.get_mut(number as usize).into_iter().for_each(|place| *place = slot);
            }
        }
        revoked
    }

    fn give(&mut self, number: u32, member: u32) {
        if let (Some(list), Some(load)) = (self.lists.get_mut(member as usize), self.loads.get_mut(member as usize)) {
            self.slots.get_mut(number as usize).into_iter().for_each(|slot| *slot = list.len() as u32);
            list.push(number);
            *load += 1;
        }
    }

    fn take(&mut self, number: u32, member: u32) {
        if let (Some(list), Some(load)) = (self.lists.get_mut(member as usize), self.loads.get_mut(member as usize)) {
            // What is there twice goes from its first place.
            let slot = of(&self.slots, number, 0) as usize;
            let known = !self.odd && list.get(slot) == Some(&number);
            let slot = if known { Some(slot) } else { list.iter().position(|&held| held == number) };
            if let Some(held) = slot.and_then(|slot| list.get_mut(slot)) {
                *held = NONE;
                *load -= 1;
            }
        }
    }

    /// The place of each topic: fewest subscribers first, then by name.
    fn topic_ranks(&self) -> Vec<u64> {
        let counts: Vec<u64> = self.claims.topics.iter().map(|&topic| self.subscribers(topic).len() as u64).collect();
        let mut ranks = vec![0; self.claims.group.topics.len()];
        for (place, rank) in order::order(&counts).into_iter().zip(0..) {
            let topic = usize::from(of(&self.claims.topics, place, 0));
            ranks.get_mut(topic).into_iter().for_each(|slot| *slot = rank);
        }
        ranks
    }

    /// All partitions, by topic in that order.
    fn sorted(&self) -> Vec<u32> {
        let claims = self.claims;
        let counts: Vec<u64> = claims.topics.iter().map(|&topic| self.subscribers(topic).len() as u64).collect();
        let mut all = Vec::with_capacity(claims.count as usize);
        for place in order::order(&counts) {
            let topic = of(&claims.topics, place, 0);
            let start = of(&claims.starts, u32::from(topic), 0);
            all.extend(start..start + claims.group.partitions(topic));
        }
        all
    }

    /// Where a member stands among the others.
    fn key(&self, member: u32) -> u64 {
        (self.load(member) as u64) << 32 | u64::from(of(&self.claims.ranks, member, 0))
    }

    /// Puts the members that are not fixed in order.
    fn line_up(&mut self) {
        let open = self.claims.members.iter().filter(|&&member| !of(&self.fixed, member, false));
        self.order = open.map(|&member| (self.key(member), member)).collect();
        order::sort(&mut self.order);
    }

    /// Puts a member where it belongs after its load changed from that with another key.
    fn reorder(&mut self, member: u32, before: u64) {
        let key = self.key(member);
        let from = self.order.partition_point(|pair| pair.0 < before);
        if self.order.get(from).is_none_or(|pair| pair.1 != member) {
            return;
        }
        self.order.remove(from);
        let to = self.order.partition_point(|pair| pair.0 < key);
        self.order.insert(to, (key, member));
    }

    /// The least loaded subscriber of a topic; of equal ones the first by id.
    fn least(&self, topic: u16) -> u32 {
        let subscribers = self.subscribers(topic);
        if subscribers.len() < self.order.len() / 8 {
            let open = subscribers.iter().copied().filter(|&member| !of(&self.fixed, member, false));
            return open.min_by_key(|&member| self.key(member)).unwrap_or(NONE);
        }
        let mut members = self.order.iter().map(|pair| pair.1);
        members.find(|&member| self.subscribes(member, topic)).unwrap_or(NONE)
    }

    fn hand_out(&mut self, number: u32) {
        let member = self.least(self.claims.tp(number).topic);
        let before = self.key(member);
        if member != NONE {
            self.give(number, member);
            self.owners.get_mut(number as usize).into_iter().for_each(|owner| *owner = member);
            self.reorder(member, before);
        }
    }

    /// How many partitions a member could have at most.
    fn possible(&self, member: u32) -> usize {
        let topics = self.claims.group.subscribed(member).iter();
        topics.map(|&topic| self.claims.group.partitions(topic) as usize).sum()
    }

    /// Finds the members that nothing can be given to or taken from.
    fn fix(&mut self) {
        for &member in &self.claims.members {
            let list = self.lists.get(member as usize).map_or(&[][..], |list| list);
            let shared = |&number: &u32| self.subscribers(self.claims.tp(number).topic).len() >= 2;
            let fixed = list.len() >= self.possible(member) && !list.iter().any(shared);
            self.fixed.get_mut(member as usize).into_iter().for_each(|slot| *slot = fixed);
        }
        self.line_up();
    }

    /// Whether no subscriber could take a partition from someone who has at least two more, asked as Kafka asks it.
    fn is_balanced(&self) -> Result<bool, Thrown> {
        let claims = self.claims;
        let open = claims.members.iter().copied().filter(|&member| !of(&self.fixed, member, false));
        let mut loads: Vec<(u64, u32)> = Vec::new();
        // Who has each partition; of several the last one.
        let mut owners = vec![NONE; claims.partitions.len()];
        for member in open {
            loads.push(((self.load(member) as u64) << 32 | u64::from(of(&claims.ranks, member, 0)), member));
            for &number in self.lists.get(member as usize).map_or(&[][..], |list| list) {
                owners.get_mut(number as usize).into_iter().for_each(|owner| *owner = member);
            }
        }
        order::sort(&mut loads);
        let load = |pair: Option<&(u64, u32)>| pair.map_or(0, |pair| pair.0 >> 32);
        if load(loads.first()) + 1 >= load(loads.last()) {
            return Ok(true);
        }
        for (_, member) in loads {
            if self.load(member) == self.possible(member) {
                continue;
            }
            let list = self.lists.get(member as usize).map_or(&[][..], |list| list);
            for &topic in claims.group.subscribed(member).iter().filter(|topic| claims.knows(**topic)) {
                let start = of(&claims.starts, u32::from(topic), 0);
                for number in start..start + claims.group.partitions(topic) {
                    let owner = of(&owners, number, NONE);
                    if owner == member || self.load(owner) <= self.load(member) + 1 && owner != NONE {
                        continue;
                    }
                    if !list.contains(&number) {
                        return if owner == NONE { Err(Thrown) } else { Ok(false) };
                    }
                }
            }
        }
        Ok(true)
    }

    /// Goes through partitions again and again until none moves; whether any moved.
    ///
    /// That another partition goes in a partition's stead can make loads less equal, and there are groups in which Kafka
    /// goes round in circles for ever (its 4.2.1 was seen to, without any contradictory claim). Here it ends where it
    /// comes to what was before.
    fn rebalance(&mut self, numbers: &[u32]) -> Result<bool, Thrown> {
        // What was is kept from the first, second, fourth … round: a circle of any length is noticed (Brent 1980).
        let (mut round, mut keep_at) = (0u32, 1);
        let mut before = (Vec::new(), Vec::new());
        loop {
            let mut moved = false;
            for &number in numbers {
                if self.odd && self.is_balanced()? {
                    break;
                }
                let topic = self.claims.tp(number).topic;
                let owner = of(&self.owners, number, NONE);
                let load = self.load(owner);
                let (earlier, _) = of(&self.earlier, number, (NONE, 0));
                if earlier != NONE && of(&self.fixed, earlier, false) {
                    if !self.odd && self.is_balanced()? {
                        break;
                    }
                    return Err(Thrown);
                }
                if self.odd && (owner == NONE || of(&self.fixed, owner, false)) {
                    return Err(Thrown);
                }
                // Back to who had it before, whether or not it still subscribes: so does Kafka.
                let back = earlier != NONE && load > self.load(earlier) + 1;
                if back && !self.odd && !self.subscribes(earlier, topic) {
                    if self.is_balanced()? {
                        break;
                    }
                    self.odd = true;
                }
                if !back && self.odd {
                    let mut others = self.subscribers(topic).iter();
                    let first = others.find(|&&other| of(&self.fixed, other, false) || load > self.load(other) + 1);
                    if first.is_some_and(|&other| of(&self.fixed, other, false)) {
                        return Err(Thrown);
                    }
                }
                let to = if back { earlier } else { self.least(topic) };
                if to != NONE && load > self.load(to) + 1 {
                    self.pass(number, to);
                    moved = true;
                }
            }
            if !moved {
                return Ok(round > 0);
            }
            round += 1;
            if before.0 == self.owners && before.1 == self.movements.moved {
                return Ok(true);
            }
            if round == keep_at {
                before = (self.owners.clone(), self.movements.moved.clone());
                keep_at = keep_at.saturating_mul(2);
            }
        }
    }

    /// Moves a partition, or another one of its topic in its stead.
    fn pass(&mut self, number: u32, to: u32) {
        let claims = self.claims;
        let number = self.movements.actual(claims, number, of(&self.owners, number, NONE), to);
        let Some(owner) = self.owners.get_mut(number as usize) else { return };
        let from = std::mem::replace(owner, to);
        self.movements.note(claims, number, from, to);
        let was = (self.key(from), self.key(to));
        self.take(number, from);
        self.give(number, to);
        self.reorder(from, was.0);
        self.reorder(to, was.1);
    }

    /// The sum of the differences in load of all pairs of members, in Java's 32 bits.
    fn score(&self, loads: &[usize]) -> i32 {
        let open = loads.iter().zip(&self.fixed).filter(|(_, fixed)| !**fixed);
        let mut loads: Vec<(u64, u32)> = open.map(|(&load, _)| (load as u64, 0)).collect();
        order::sort(&mut loads);
        let (mut sum, mut before) = (0i64, 0i64);
        for ((load, _), place) in loads.into_iter().zip(0..) {
            sum += load as i64 * place - before;
            before += load as i64;
        }
        sum as i32
    }
}
