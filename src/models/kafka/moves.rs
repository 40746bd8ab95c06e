//! What a change of assignment costs: how many partitions go from one member to another, and how few would have to.

use super::assign::{Member, Numbers, Topic};
use super::{Tp, assign};

/// No member.
const NONE: u32 = u32::MAX;

/// What became of the partitions of a group in one rebalance. Who of the present members had a partition is who claims
/// it from the highest generation; of several the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moves {
    /// The same member reads it.
    pub kept: u32,
    /// Another member reads it.
    pub moved: u32,
    /// Nobody present had it, now somebody reads it.
    pub placed: u32,
    /// Somebody had it, now nobody reads it: withheld until a second rebalance, or not subscribed to any more.
    pub withheld: u32,
}

/// Compares what members had (`owned`) with what they are to read now, in the same order.
pub fn moves(topics: &[Topic], members: &[Member], assigned: &[Vec<Tp>]) -> Moves {
    let numbers = Numbers::new(topics);
    let before = owners(&numbers, members);
    let mut after = vec![NONE; before.len()];
    for (list, member) in assigned.iter().zip(0..) {
        for number in list.iter().filter_map(|&tp| numbers.of(tp)) {
            after.get_mut(number).into_iter().for_each(|owner| *owner = member);
        }
    }
    let mut moves = Moves::default();
    for (before, after) in before.into_iter().zip(after) {
        match (before, after) {
            (NONE, NONE) => {}
            (NONE, _) => moves.placed += 1,
            (_, NONE) => moves.withheld += 1,
            (before, after) if before == after => moves.kept += 1,
            _ => moves.moved += 1,
        }
    }
    moves
}

/// Who has each partition.
fn owners(numbers: &Numbers, members: &[Member]) -> Vec<u32> {
    let mut owners = vec![(NONE, i32::MIN); numbers.len()];
    for (member, place) in members.iter().zip(0..) {
        for number in member.owned.iter().filter_map(|&tp| numbers.of(tp)) {
            if let Some(owner) = owners.get_mut(number)
                && (owner.0 == NONE || member.generation > owner.1)
            {
                *owner = (place, member.generation);
            }
        }
    }
    owners.into_iter().map(|owner| owner.0).collect()
}

/// What [`least`] says about the least number of moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sure {
    /// No assignment in which loads differ by at most one needs fewer, and one needs no more: all subscriptions are
    /// equal.
    Balanced,
    /// The same of the most even assignments that the subscriptions allow: those with the lowest sum of squared loads.
    /// Kafka's assignors may stop at a less even one, and so move fewer.
    MostEven,
    /// At least that many, as those members do not subscribe any more: the group is too large to say more.
    AtLeast,
}

/// Up to so many steps the search for the most even assignment is tried: 500 partitions and 30 members, say. That takes
/// some hundredths of a second.
const STEPS: u64 = 10_000_000;

/// How few partitions have to go from one present member to another for a balanced assignment.
pub fn least(topics: &[Topic], members: &[Member]) -> (u32, Sure) {
    let numbers = Numbers::new(topics);
    let owners = owners(&numbers, members);
    let alike = assign::alike(members);
    let mut subscribers: Vec<Vec<u32>> = vec![Vec::new(); topics.len()];
    for (member, place) in members.iter().zip(0..) {
        for &topic in &member.topics {
            if let Some(members) = subscribers.get_mut(usize::from(topic))
                && members.last() != Some(&place)
            {
                members.push(place);
            }
        }
    }
    let mut search = Search { loads: vec![0; members.len()], units: Vec::new() };
    // Partitions that are read, with who had them, by topic; and those that must leave who had them.
    let mut forced = 0;
    let mut held = vec![0u32; members.len()];
    for (topic, at) in topics.iter().zip(0u16..) {
        let Some(subscribers) = subscribers.get(usize::from(at)).filter(|members| !members.is_empty()) else {
            continue;
        };
        for index in 0..topic.partitions {
            let number = numbers.of(Tp { topic: at, index });
            let owner = number.and_then(|number| owners.get(number).copied()).unwrap_or(NONE);
            if owner != NONE && !subscribers.contains(&owner) {
                forced += 1;
            }
            held.get_mut(owner as usize).into_iter().for_each(|held| *held += 1);
            search.units.push(Unit { topic: at, owner, member: NONE });
        }
    }
    if alike {
        let (all, count) = (search.units.len() as u32, members.len().max(1) as u32);
        let (each, mut extra) = (all / count, all % count);
        let mut moves = 0;
        for held in held {
            let over = held.saturating_sub(each);
            let one = over.min(1).min(extra);
            extra -= one;
            moves += over - one;
        }
        return (moves, Sure::Balanced);
    }
    let (units, members) = (search.units.len() as u64, members.len() as u64);
    if units * members * (units + members) > STEPS {
        return (forced, Sure::AtLeast);
    }
    for unit in 0..search.units.len() {
        search.place(unit, &subscribers);
    }
    let moved = |unit: &&Unit| unit.owner != NONE && unit.owner != unit.member;
    (search.units.iter().filter(moved).count() as u32, Sure::MostEven)
}

/// One partition: who had it, and who has it in the assignment that grows.
struct Unit {
    topic: u16,
    owner: u32,
    member: u32,
}

impl Unit {
    /// What it costs that this member has it.
    fn cost(&self, member: u32) -> i64 {
        i64::from(self.owner != NONE && self.owner != member)
    }
}

/// An assignment of least cost to which partitions are added one at a time, each along a cheapest chain: it goes to a
/// member, which passes another one on, and so on (successive shortest paths).
struct Search {
    loads: Vec<u32>,
    units: Vec<Unit>,
}

impl Search {
    fn place(&mut self, unit: usize, subscribers: &[Vec<u32>]) {
        let of = |topic: u16| subscribers.get(usize::from(topic)).map_or(&[][..], |members| members);
        let count = self.loads.len();
        // More than all moves can cost: loads come first.
        let weight = self.units.len() as i64 + 1;
        // The cheapest way to pass a partition from one member to another, and which one.
        let mut edges = vec![(i64::MAX, usize::MAX); count * count];
        for (place, unit) in self.units.iter().enumerate().filter(|(_, unit)| unit.member != NONE) {
            for &to in of(unit.topic).iter().filter(|&&to| to != unit.member) {
                let cost = unit.cost(to) - unit.cost(unit.member);
                if let Some(edge) = edges.get_mut(unit.member as usize * count + to as usize)
                    && cost < edge.0
                {
                    *edge = (cost, place);
                }
            }
        }
        let Some(new) = self.units.get(unit) else { return };
        // How cheaply each member can get one more, from whom, and which partition.
        let mut reach = vec![(i64::MAX, usize::MAX, usize::MAX); count];
        for &member in of(new.topic) {
            reach.get_mut(member as usize).into_iter().for_each(|slot| *slot = (new.cost(member), usize::MAX, unit));
        }
        let mut changed = true;
        while changed {
            changed = false;
            for from in 0..count {
                let Some(&(cost, ..)) = reach.get(from).filter(|slot| slot.0 < i64::MAX) else { continue };
                for (to, &(step, place)) in edges.iter().skip(from * count).take(count).enumerate() {
                    if step < i64::MAX
                        && let Some(slot) = reach.get_mut(to)
                        && cost + step < slot.0
                    {
                        *slot = (cost + step, from, place);
                        changed = true;
                    }
                }
            }
        }
        let total = |at: &usize| {
            let cost = reach.get(*at).map_or(i64::MAX, |slot| slot.0);
            let load = self.loads.get(*at).copied().unwrap_or(0);
            if cost == i64::MAX { cost } else { cost + weight * (2 * i64::from(load) + 1) }
        };
        let Some(mut at) = (0..count).min_by_key(total) else { return };
        self.loads.get_mut(at).into_iter().for_each(|load| *load += 1);
        while let Some(&(_, from, place)) = reach.get(at) {
            self.units.get_mut(place).into_iter().for_each(|unit| unit.member = at as u32);
            at = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::kafka::Assignor;
    use proptest::prelude::*;

    fn topics(partitions: &[u32]) -> Vec<Topic> {
        let topic = |(place, &partitions): (usize, &u32)| Topic { name: format!("t{place}"), partitions, id: None };
        partitions.iter().enumerate().map(topic).collect()
    }

    fn member(place: usize, topics: &[u16], owned: &[Tp]) -> Member {
        let (topics, owned) = (topics.to_vec(), owned.to_vec());
        Member { id: format!("m{place:03}"), instance: None, topics, owned, generation: 1 }
    }

    #[test]
    fn a_newcomer_takes_its_share_and_no_more() {
        let topics = topics(&[9]);
        let tp = |index| Tp { topic: 0, index };
        let owned: Vec<Tp> = (0..9).map(tp).collect();
        let members = [member(0, &[0], &owned[..5]), member(1, &[0], &owned[5..]), member(2, &[0], &[])];
        assert_eq!(least(&topics, &members), (3, Sure::Balanced));
        let range = crate::models::kafka::assign(Assignor::Range, &topics, &members);
        assert_eq!(moves(&topics, &members, &range), Moves { kept: 4, moved: 5, placed: 0, withheld: 0 });
        let sticky = crate::models::kafka::assign(Assignor::Sticky, &topics, &members);
        assert_eq!(moves(&topics, &members, &sticky), Moves { kept: 6, moved: 3, placed: 0, withheld: 0 });
        let cooperative = crate::models::kafka::assign(Assignor::CooperativeSticky, &topics, &members);
        assert_eq!(moves(&topics, &members, &cooperative), Moves { kept: 6, moved: 0, placed: 0, withheld: 3 });
    }

    #[test]
    fn what_is_not_subscribed_to_any_more_has_to_go() {
        let topics = topics(&[2, 2]);
        let all: Vec<Tp> = (0..2).flat_map(|topic| (0..2).map(move |index| Tp { topic, index })).collect();
        let members = [member(0, &[1], &all), member(1, &[0, 1], &[])];
        assert_eq!(least(&topics, &members), (2, Sure::MostEven));
        let many: Vec<Member> = (0..400).map(|i| member(i, if i == 0 { &[1] } else { &[0, 1] }, &[])).collect();
        let mut many = many;
        many[0].owned = all;
        assert_eq!(least(&super::tests::topics(&[200, 200]), &many), (2, Sure::AtLeast));
    }

    /// All assignments there are: the least moves among those with the lowest sum of squared loads.
    fn by_trying(topics: &[Topic], members: &[Member]) -> u32 {
        let numbers = Numbers::new(topics);
        let before = owners(&numbers, members);
        let places = topics.iter().zip(0..).flat_map(|(topic, at)| vec![at; topic.partitions as usize]);
        let choices: Vec<Vec<u32>> = places
            .map(|topic| (0..members.len() as u32).filter(|&m| members[m as usize].topics.contains(&topic)).collect())
            .collect();
        let mut best = (u32::MAX, u32::MAX);
        let mut digits = vec![0; choices.len()];
        loop {
            let (mut loads, mut moved) = (vec![0u32; members.len()], 0);
            for ((choice, &digit), &owner) in choices.iter().zip(&digits).zip(&before) {
                if let Some(&to) = choice.get(digit) {
                    loads[to as usize] += 1;
                    moved += u32::from(owner != NONE && owner != to);
                }
            }
            best = best.min((loads.iter().map(|load| load * load).sum(), moved));
            let Some(place) = (0..digits.len()).find(|&place| digits[place] + 1 < choices[place].len()) else { break };
            digits[..place].fill(0);
            digits[place] += 1;
        }
        best.1
    }

    proptest! {
        #[test]
        fn no_assignment_moves_fewer(partitions in proptest::collection::vec(0u32..4, 1..4),
                                     subscribed in proptest::collection::vec(0u8..8, 1..4),
                                     owners in proptest::collection::vec(0usize..4, 9)) {
            let topics = topics(&partitions);
            let mut members: Vec<Member> = subscribed.iter().enumerate().map(|(place, bits)| {
                let topics: Vec<u16> = (0..topics.len() as u16).filter(|topic| bits >> topic & 1 == 1).collect();
                member(place, &topics, &[])
            }).collect();
            let all = topics.iter().zip(0..).flat_map(|(topic, at)| {
                (0..topic.partitions).map(move |index| Tp { topic: at, index })
            });
            for (tp, owner) in all.zip(owners) {
                if let Some(member) = members.get_mut(owner) {
                    member.owned.push(tp);
                }
            }
            prop_assert_eq!(least(&topics, &members).0, by_trying(&topics, &members));
        }
    }
}
