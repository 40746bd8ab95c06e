//! Where all subscribe to the same topics (`UniformHomogeneousAssignmentBuilder`).

use super::{Group, Numbers, Target, Tp};

/// A member that can take more, and how much up to the least that everyone gets.
struct Unfilled {
    member: usize,
    quota: u32,
}

pub(super) fn assign(group: &Group, numbers: &Numbers, mut targets: Vec<Target>, order: &[u16]) -> Vec<Target> {
    let mut assigned = vec![false; numbers.len()];
    for held in targets.iter().flat_map(|target| &target.topics) {
        for &index in held.set.hashes() {
            let number = numbers.of(Tp { topic: held.topic, index });
            number.and_then(|number| assigned.get_mut(number)).into_iter().for_each(|assigned| *assigned = true);
        }
    }
    let mut unassigned = Vec::new();
    let mut total = 0;
    let mut subscribed = vec![false; group.topics.len()];
    for &topic in order {
        subscribed.get_mut(usize::from(topic)).into_iter().for_each(|subscribed| *subscribed = true);
        let all = (0..group.partitions(topic)).map(|index| Tp { topic, index });
        let free = |tp: &Tp| !numbers.of(*tp).and_then(|number| assigned.get(number)).copied().unwrap_or(true);
        unassigned.extend(all.filter(free));
        total += group.partitions(topic);
    }
    let members = group.members.len() as u32;
    let (Some(least), Some(mut extra)) = (total.checked_div(members), total.checked_rem(members)) else {
        return targets;
    };

    let mut unfilled = Vec::new();
    for (member, target) in targets.iter_mut().enumerate() {
        // As long as someone may have one more, this member may: it gives the right on if it cannot use it.
        let mut may_have_extra = extra > 0;
        let mut quota = least + u32::from(may_have_extra);
        for tp in target.walk() {
            if !subscribed.get(usize::from(tp.topic)).copied().unwrap_or(false) {
                target.remove(tp);
            } else if quota > 0 {
                quota -= 1;
            } else {
                target.remove(tp);
                unassigned.push(tp);
            }
        }
        if quota > 0 && may_have_extra {
            quota -= 1;
            may_have_extra = false;
        }
        if quota == 0 && may_have_extra {
            extra -= 1;
        }
        if quota > 0 || extra > 0 && !may_have_extra {
            unfilled.push(Unfilled { member, quota });
        }
    }
    // The extra ones that are left go to the last of those.
    for unfilled in unfilled.iter_mut().rev().take(extra as usize) {
        unfilled.quota += 1;
    }
    let mut unassigned = unassigned.into_iter();
    for Unfilled { member, quota } in unfilled {
        let Some(target) = targets.get_mut(member) else { continue };
        for tp in unassigned.by_ref().take(quota as usize) {
            target.add(group, tp, 16);
        }
    }
    targets
}
