//! What makes the sticky assignor cooperative (`CooperativeStickyAssignor`): a partition that goes from one member to
//! another is withheld from both, so the old owner gives it up now and the new one gets it in a second rebalance.

use super::{Claims, NONE, Outcome};

pub(super) fn withhold(claims: &Claims, outcome: &mut Outcome) {
    let transfers = match outcome.transfers.take() {
        Some(transfers) => transfers,
        None => transfers(claims, &outcome.lists),
    };
    for (number, member) in transfers {
        if let Some(list) = outcome.lists.get_mut(member as usize)
            && let Some(place) = list.iter().position(|&held| held == number)
        {
            list.remove(place);
        }
    }
}

/// Partitions that someone who claims them does not get, with who gets them without having claimed them.
fn transfers(claims: &Claims, lists: &[Vec<u32>]) -> Vec<(u32, u32)> {
    let mut added = vec![NONE; claims.partitions.len()];
    let mut revoked = vec![false; claims.partitions.len()];
    // Who claims, and who gets, each partition just now.
    let (mut claims_it, mut gets_it) = (added.clone(), added.clone());
    for &member in &claims.members {
        let claimed = claims.claimed.get(member as usize).map_or(&[][..], |claimed| claimed);
        let assigned = lists.get(member as usize).map_or(&[][..], |list| list);
        let mark = |marks: &mut [u32], numbers: &[u32]| {
            for &number in numbers {
                marks.get_mut(number as usize).into_iter().for_each(|mark| *mark = member);
            }
        };
        mark(&mut claims_it, claimed);
        mark(&mut gets_it, assigned);
        for &number in assigned.iter().filter(|&&number| super::of(&claims_it, number, NONE) != member) {
            added.get_mut(number as usize).into_iter().for_each(|added| *added = member);
        }
        for &number in claimed.iter().filter(|&&number| super::of(&gets_it, number, NONE) != member) {
            revoked.get_mut(number as usize).into_iter().for_each(|revoked| *revoked = true);
        }
    }
    let both = added.into_iter().zip(revoked).zip(0..);
    both.filter(|((member, revoked), _)| *member != NONE && *revoked)
        .map(|((member, _), number)| (number, member))
        .collect()
}
