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
    lists: Vec<Vec<u32>>,
    /// Who has each partition.
    owners: Vec<u32>,
    /// Who claims each partition from the latest generation before the last one, and which that was.
    earlier: Vec<(u32, i32)>,
    /// Members that nothing can be given to or taken from.
    fixed: Vec<bool>,
    movements: Movements,
    /// Whether someone has what does not exist or what it does not subscribe to.
    odd: bool,
    /// How often something has moved, and for each topic its least loaded subscriber as of when.
    version: u32,
    least: Vec<(u32, u32)>,
}

pub(super) fn assign(claims: &Claims) -> Result<Outcome, Thrown> {
    let mut builder = Builder {
        claims,
        subscribers: claims.group.subscribers(&claims.members),
        lists: claims.owned.clone(),
        owners: vec![NONE; claims.partitions.len()],
        earlier: vec![(NONE, 0); claims.partitions.len()],
        fixed: vec![false; claims.group.members.len()],
        movements: Movements::new(claims),
        odd: false,
        version: 1,
        least: vec![(0, NONE); claims.group.topics.len()],
    };
    builder.remember();
    let revoked = builder.keep();
    let initial = builder.lists.iter().all(Vec::is_empty);
    let all = builder.sorted();
    let assigned: Vec<u32> = builder.lists.concat();
    let ranks = builder.topic_ranks();
    let key = |tp: super::Tp| of(&ranks, u32::from(tp.topic), 0) << 32 | u64::from(tp.index);
    let free = claims.unassigned(&all, &assigned, key);
    for &number in &free {
        builder.hand_out(number);
    }
    builder.fix();
    let before = builder.lists.clone();
    let movable = |builder: &Builder, numbers: Vec<u32>| -> Vec<u32> {
        numbers.into_iter().filter(|&number| builder.subscribers(claims.tp(number).topic).len() >= 2).collect()
    };
    if !revoked {
        let free = movable(&builder, free);
        builder.rebalance(&free)?;
    }
    let all = movable(&builder, all);
    let moved = builder.rebalance(&all)?;
    if !initial && moved && builder.score(&builder.lists) >= builder.score(&before) {
        builder.lists = before;
    }
    Ok(Outcome { lists: builder.lists, transfers: None })
}

impl Builder<'_> {
    fn subscribers(&self, topic: u16) -> &[u32] {
        self.subscribers.get(usize::from(topic)).map_or(&[], |members| members)
    }

    fn load(&self, member: u32) -> usize {
        self.lists.get(member as usize).map_or(0, Vec::len)
    }

    fn subscribes(&self, member: u32, topic: u16) -> bool {
        self.claims.group.subscribed(member).contains(&topic)
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
            let subscribed = claims.group.subscribed(member);
            list.retain(|&number| subscribed.contains(&claims.tp(number).topic));
            revoked |= list.len() < before;
            self.odd |= list.iter().any(|&number| number >= claims.count);
        }
        revoked
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

    /// The least loaded subscriber of a topic; of equal ones the first by id.
    fn least(&mut self, topic: u16) -> u32 {
        let (version, member) = self.least.get(usize::from(topic)).copied().unwrap_or((0, NONE));
        if version == self.version {
            return member;
        }
        let key = |&member: &u32| (self.load(member), of(&self.claims.ranks, member, 0));
        let members = self.subscribers(topic).iter().copied().filter(|&member| !of(&self.fixed, member, false));
        let member = members.min_by_key(key).unwrap_or(NONE);
        self.least.get_mut(usize::from(topic)).into_iter().for_each(|least| *least = (self.version, member));
        member
    }

    fn hand_out(&mut self, number: u32) {
        let member = self.least(self.claims.tp(number).topic);
        if let Some(list) = self.lists.get_mut(member as usize) {
            list.push(number);
            self.owners.get_mut(number as usize).into_iter().for_each(|owner| *owner = member);
            self.version += 1;
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
        self.version += 1;
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
    fn rebalance(&mut self, numbers: &[u32]) -> Result<bool, Thrown> {
        let mut any = false;
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
                return Ok(any);
            }
            any = true;
        }
    }

    /// Moves a partition, or another one of its topic in its stead.
    fn pass(&mut self, number: u32, to: u32) {
        let claims = self.claims;
        let number = self.movements.actual(claims, number, of(&self.owners, number, NONE), to);
        let Some(owner) = self.owners.get_mut(number as usize) else { return };
        let from = std::mem::replace(owner, to);
        self.movements.note(claims, number, from, to);
        if let Some(list) = self.lists.get_mut(from as usize)
            && let Some(place) = list.iter().position(|&held| held == number)
        {
            list.remove(place);
        }
        self.lists.get_mut(to as usize).into_iter().for_each(|list| list.push(number));
        self.version += 1;
    }

    /// The sum of the differences in load of all pairs of members, in Java's 32 bits.
    fn score(&self, lists: &[Vec<u32>]) -> i32 {
        let open = lists.iter().zip(&self.fixed).filter(|(_, fixed)| !**fixed);
        let mut loads: Vec<(u64, u32)> = open.map(|(list, _)| (list.len() as u64, 0)).collect();
        order::sort(&mut loads);
        let (mut sum, mut before) = (0i64, 0i64);
        for ((load, _), place) in loads.into_iter().zip(0..) {
            sum += load as i64 * place - before;
            before += load as i64;
        }
        sum as i32
    }
}
