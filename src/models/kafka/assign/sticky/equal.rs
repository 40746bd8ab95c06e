//! All subscribe to the same topics: who has too much gives up, the rest is handed out in turn
//! (`ConstrainedAssignmentBuilder`).

use super::{Claims, Outcome, Thrown, of};
use crate::sim::order;

pub(super) fn assign(claims: &Claims) -> Result<Outcome, Thrown> {
    let members = claims.members.len();
    let least = claims.count as usize / members;
    let most = (claims.count as usize).div_ceil(members);
    // How many are to have more than the least.
    let over = claims.count as usize % members;
    let mut now_over = 0;

    let mut topic_ranks = vec![0u64; claims.group.topics.len()];
    for (&topic, rank) in claims.topics.iter().zip(0..) {
        topic_ranks.get_mut(usize::from(topic)).into_iter().for_each(|slot| *slot = rank);
    }
    let topic_rank = |topic: u16| of(&topic_ranks, u32::from(topic), 0);

    let mut lists = vec![Vec::new(); members];
    let mut revoked = vec![false; claims.partitions.len()];
    let mut assigned = Vec::new();
    let (mut below, mut at_least) = (Vec::new(), Vec::new());
    for &member in &claims.members {
        // What is kept is kept by index: the first partitions of all topics before the second ones.
        let owned = claims.owned.get(member as usize).map_or(&[][..], |owned| owned);
        let mut owned: Vec<(u64, u32)> = owned
            .iter()
            .filter(|&&number| !of(&claims.doubly, number, false))
            .map(|&number| (u64::from(claims.tp(number).index) << 16 | topic_rank(claims.tp(number).topic), number))
            .collect();
        order::sort(&mut owned);
        let keep = if owned.len() < least {
            below.push(member);
            owned.len()
        } else if owned.len() >= most && now_over < over {
            now_over += 1;
            if now_over == over {
                at_least.clear();
            }
            most
        } else {
            if now_over < over {
                at_least.push(member);
            }
            least
        };
        for (place, &(_, number)) in owned.iter().enumerate() {
            if place < keep {
                assigned.push(number);
                lists.get_mut(member as usize).into_iter().for_each(|list| list.push(number));
            } else {
                revoked.get_mut(number as usize).into_iter().for_each(|revoked| *revoked = true);
            }
        }
    }

    let all: Vec<u32> = (0..claims.count).collect();
    let free = claims.unassigned(&all, &assigned, |tp| topic_rank(tp.topic) << 32 | u64::from(tp.index));
    by_id(claims, &mut below);
    by_id(claims, &mut at_least);

    // In turn to those below the least, then one each to those who may have one more.
    let mut transfers = Vec::new();
    let mut turn = 0;
    let mut at_least = std::collections::VecDeque::from(at_least);
    for number in free {
        if turn >= below.len() {
            turn = 0;
        }
        let next = below.get(turn).copied();
        let member = next.or_else(|| at_least.pop_front()).ok_or(Thrown)?;
        let list = lists.get_mut(member as usize).ok_or(Thrown)?;
        list.push(number);
        if of(&revoked, number, false) || of(&claims.doubly, number, false) {
            transfers.push((number, member));
        }
        let filled = list.len() == least;
        if filled {
            at_least.push_back(member);
        }
        if next.is_some() && filled {
            below.remove(turn);
        } else if next.is_some() {
            turn += 1;
        }
    }
    if below.is_empty() { Ok(Outcome { lists, transfers: Some(transfers) }) } else { Err(Thrown) }
}

fn by_id(claims: &Claims, members: &mut Vec<u32>) {
    let ranks: Vec<u64> = members.iter().map(|&member| u64::from(of(&claims.ranks, member, 0))).collect();
    *members = order::order(&ranks).into_iter().filter_map(|place| members.get(place as usize).copied()).collect();
}
