//! What holds of Kafka's assignors for every group.

use moving_parts::models::kafka::moves::{Moves, Sure, least, moves};
use moving_parts::models::kafka::{Assignor, Member, Topic, Tp, assign};
use proptest::collection::vec;
use proptest::prelude::*;

fn topic(place: usize, partitions: u32) -> Topic {
    Topic { name: format!("topic-{}", place * 7), partitions, id: None }
}

fn member(place: usize, topics: Vec<u16>) -> Member {
    Member { id: format!("consumer-{place}"), instance: None, topics, owned: Vec::new(), generation: -1 }
}

/// A group: each topic's partitions, and each member's subscriptions as bits, at least the first one; all topics where
/// `alike`.
fn group(partitions: &[u32], bits: &[u8], alike: bool) -> (Vec<Topic>, Vec<Member>) {
    let topics: Vec<Topic> = partitions.iter().enumerate().map(|(place, &count)| topic(place, count)).collect();
    let all = 0..topics.len() as u16;
    let subscribed = |bits: &u8| all.clone().filter(|topic| alike || (bits | 1) >> topic & 1 == 1).collect();
    let members = bits.iter().enumerate().map(|(place, bits)| member(place, subscribed(bits))).collect();
    (topics, members)
}

/// The group a generation later: everyone has what it was assigned, some left, some joined, topics grew.
fn later(
    (topics, members): &mut (Vec<Topic>, Vec<Member>),
    lists: Vec<Vec<Tp>>,
    gone: &[bool],
    joined: usize,
    grow: u32,
    alike: bool,
) {
    for (member, list) in members.iter_mut().zip(lists) {
        (member.owned, member.generation) = (list, member.generation.max(0) + 1);
    }
    let all: Vec<u16> = (0..topics.len() as u16).collect();
    let first = members.len();
    for place in first..first + joined {
        members.push(member(place, if alike { all.clone() } else { all[..1 + place % all.len()].to_vec() }));
    }
    let mut gone = gone.iter();
    members.retain(|_| !gone.next().copied().unwrap_or(false));
    if let Some(topic) = topics.first_mut() {
        topic.partitions += grow;
    }
}

/// Who has each partition of a subscribed topic; nobody may have one twice, or one it does not subscribe to.
fn owners(topics: &[Topic], members: &[Member], lists: &[Vec<Tp>]) -> Result<Vec<(Tp, Option<usize>)>, TestCaseError> {
    let mut all: Vec<(Tp, Option<usize>)> = Vec::new();
    for (topic, at) in topics.iter().zip(0u16..) {
        if members.iter().any(|member| member.topics.contains(&at)) {
            all.extend((0..topic.partitions).map(|index| (Tp { topic: at, index }, None)));
        }
    }
    for (place, list) in lists.iter().enumerate() {
        for tp in list {
            prop_assert!(members[place].topics.contains(&tp.topic), "{tp:?}: {place} does not subscribe");
            let found = all.binary_search_by_key(tp, |pair| pair.0);
            prop_assert!(found.is_ok(), "{tp:?} does not exist");
            let owner = &mut all[found.unwrap_or(0)].1;
            prop_assert_eq!(*owner, None);
            *owner = Some(place);
        }
    }
    Ok(all)
}

fn spread(lists: &[Vec<Tp>]) -> usize {
    let loads = || lists.iter().map(Vec::len);
    loads().max().unwrap_or(0) - loads().min().unwrap_or(0)
}

const STICKY: [Assignor; 2] = [Assignor::Sticky, Assignor::Uniform];

proptest! {
    #[test]
    fn every_partition_once(partitions in vec(0u32..9, 1..5), bits in vec(any::<u8>(), 1..9), alike in any::<bool>(),
                            gone in vec(any::<bool>(), 9), joined in 0usize..4, grow in 0u32..4) {
        for assignor in Assignor::ALL {
            let mut now = group(&partitions, &bits, alike);
            for _ in 0..2 {
                let lists = assign(assignor, &now.0, &now.1);
                let all = owners(&now.0, &now.1, &lists)?;
                for (tp, owner) in all.iter().filter(|(_, owner)| owner.is_none()) {
                    let claimed = now.1.iter().any(|member| member.owned.contains(tp));
                    prop_assert!(assignor == Assignor::CooperativeSticky && claimed, "{tp:?} {owner:?} {assignor:?}");
                }
                later(&mut now, lists, &gone, joined, grow, alike);
                if now.1.is_empty() {
                    break;
                }
            }
        }
    }

    #[test]
    fn equal_subscriptions_are_balanced_with_the_fewest_moves(
        partitions in vec(0u32..12, 1..5), members in 1usize..12, gone in vec(any::<bool>(), 12), joined in 1usize..4,
        grow in 0u32..9,
    ) {
        for assignor in STICKY {
            let mut now = group(&partitions, &vec![0; members], true);
            for _ in 0..3 {
                let lists = assign(assignor, &now.0, &now.1);
                prop_assert!(spread(&lists) <= 1);
                let Moves { moved, withheld, .. } = moves(&now.0, &now.1, &lists);
                prop_assert_eq!((moved, Sure::Balanced), least(&now.0, &now.1));
                prop_assert_eq!(withheld, 0);
                later(&mut now, lists, &gone, joined, grow, true);
            }
        }
        let (topics, members) = group(&partitions, &vec![0; members], true);
        prop_assert!(spread(&assign(Assignor::RoundRobin, &topics, &members)) <= 1);
    }

    /// Whatever the subscriptions: nobody could take a partition from someone who has at least two more.
    #[test]
    fn sticky_leaves_nothing_to_even_out(partitions in vec(0u32..9, 1..6), bits in vec(any::<u8>(), 1..9),
                                         gone in vec(any::<bool>(), 9), joined in 0usize..4, grow in 0u32..4) {
        let mut now = group(&partitions, &bits, false);
        for _ in 0..2 {
            let lists = assign(Assignor::Sticky, &now.0, &now.1);
            for (member, mine) in now.1.iter().zip(&lists) {
                for other in &lists {
                    let could = other.iter().any(|tp| member.topics.contains(&tp.topic));
                    prop_assert!(!could || other.len() <= mine.len() + 1);
                }
            }
            later(&mut now, lists, &gone, joined, grow, false);
            if now.1.is_empty() {
                break;
            }
        }
    }

    /// What is being revoked is given to nobody, and what follows completes it.
    #[test]
    fn cooperative_gives_nothing_that_another_still_has(
        partitions in vec(0u32..9, 1..5), bits in vec(any::<u8>(), 1..9), alike in any::<bool>(),
        gone in vec(any::<bool>(), 9), joined in 0usize..4, grow in 0u32..4,
    ) {
        let mut now = group(&partitions, &bits, alike);
        let first = assign(Assignor::CooperativeSticky, &now.0, &now.1);
        later(&mut now, first, &gone, joined, grow, alike);
        if now.1.is_empty() {
            return Ok(());
        }
        let lists = assign(Assignor::CooperativeSticky, &now.0, &now.1);
        for (place, list) in lists.iter().enumerate() {
            for (other, member) in now.1.iter().enumerate().filter(|(other, _)| *other != place) {
                prop_assert!(!list.iter().any(|tp| member.owned.contains(tp)), "{place} gets what {other} has");
            }
        }
        let whole = assign(Assignor::Sticky, &now.0, &now.1);
        let withheld = moves(&now.0, &now.1, &lists).withheld;
        if withheld == 0 {
            prop_assert_eq!(&lists, &whole);
        }
        // With unequal subscriptions the second may, once in ten thousands, move something again: then a third follows.
        let (mut lists, mut rounds) = (lists, 1);
        while moves(&now.0, &now.1, &lists).withheld > 0 {
            later(&mut now, lists, &[], 0, 0, alike);
            lists = assign(Assignor::CooperativeSticky, &now.0, &now.1);
            rounds += 1;
        }
        let most = if alike { 2 } else { 4 };
        prop_assert!(rounds <= most);
        prop_assert!(owners(&now.0, &now.1, &lists)?.iter().all(|(_, owner)| owner.is_some()));
        prop_assert!(!alike || spread(&lists) <= 1);
    }

    /// Contradictory and impossible claims, topics that nobody knows, generations of all kinds: an answer all the same.
    #[test]
    fn nothing_makes_them_stumble(
        partitions in vec(0u32..6, 0..5),
        members in vec((vec(0u16..7, 0..6), vec((0u16..7, 0u32..9), 0..12), any::<bool>(), -3i32..4), 0..9),
        far in any::<bool>(),
    ) {
        let topics: Vec<Topic> = partitions.iter().enumerate().map(|(place, &count)| topic(place, count)).collect();
        let members: Vec<Member> = members.into_iter().enumerate().map(|(place, (topics, owned, fixed, generation))| Member {
            id: format!("m{place}"),
            instance: fixed.then(|| "twin".to_string()),
            topics,
            owned: owned.into_iter().map(|(topic, index)| Tp { topic, index: if far { u32::MAX - index } else { index } }).collect(),
            generation,
        }).collect();
        for assignor in Assignor::ALL {
            let lists = assign(assignor, &topics, &members);
            prop_assert_eq!(lists.len(), members.len());
            moves(&topics, &members, &lists);
            least(&topics, &members);
        }
    }
}

/// As in Kafka (4.2.1's client asked): whoever subscribes to nothing, and comes before all who do in the leader's hash
/// map, counts as one who subscribes to what they do.
#[test]
fn a_member_without_topics_may_get_partitions() {
    let topics = [topic(0, 4)];
    let members = [member(0, vec![0]), member(1, vec![])];
    let lists = assign(Assignor::Sticky, &topics, &members);
    assert_eq!(lists.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2]);
    let members = [member(1, vec![0]), member(0, vec![])];
    let lists = assign(Assignor::Sticky, &topics, &members);
    assert_eq!(lists.iter().map(Vec::len).collect::<Vec<_>>(), [4, 0]);
}

/// Kafka 4.2.1's sticky assignor does not come back from this rebalance: it moves partitions round in a circle. Eight
/// members changed their subscriptions or stayed, two joined; nobody contradicts anybody.
#[test]
fn what_goes_round_in_kafka_for_ever_ends_here() {
    let topics = [topic(0, 35), topic(1, 39), topic(2, 10), topic(3, 39)];
    // Topics by digit, and what each owned: topic, first index, step, how many.
    let stepped: [(&str, &str, &[[u32; 4]]); 10] = [
        ("c8", "1", &[[1, 1, 1, 1], [1, 2, 2, 17], [1, 37, 1, 1]]),
        ("c9", "02", &[[2, 2, 3, 3], [0, 4, 3, 11], [2, 4, 1, 1]]),
        ("c10", "02", &[[2, 0, 3, 4], [0, 8, 3, 9], [2, 1, 6, 2]]),
        ("c11", "03", &[[3, 0, 2, 20]]),
        ("c12", "0", &[[0, 0, 1, 4], [0, 6, 3, 10], [0, 5, 1, 1]]),
        ("c13", "13", &[[3, 1, 2, 19], [1, 38, 1, 1]]),
        ("c14", "12", &[[1, 3, 2, 16], [1, 36, 1, 1], [1, 0, 1, 1], [1, 35, 1, 1]]),
        ("c41", "13", &[]),
        ("c30", "0123", &[]),
        ("c24", "0", &[]),
    ];
    let member = |&(id, digits, owned): &(&str, &str, &[[u32; 4]])| {
        let run = |&[topic, first, step, count]: &[u32; 4]| {
            (0..count).map(move |at| Tp { topic: topic as u16, index: first + at * step })
        };
        let topics = digits.bytes().map(|digit| u16::from(digit - b'0')).collect();
        let owned: Vec<Tp> = owned.iter().flat_map(run).collect();
        let generation = if owned.is_empty() { -1 } else { 0 };
        Member { id: id.to_string(), instance: None, topics, owned, generation }
    };
    let members: Vec<Member> = stepped.iter().map(member).collect();
    let lists = assign(Assignor::Sticky, &topics, &members);
    assert_eq!(lists.iter().map(Vec::len).sum::<usize>(), 123);
    assert!(spread(&lists) <= 4);
}

/// A thousand members, some static, two topics of which some subscribe to one only.
#[test]
fn a_thousand_members() {
    let topics = [topic(0, 1_500), topic(1, 700)];
    let mut members: Vec<Member> =
        (0..1_000).map(|place| member(place, if place % 3 == 0 { vec![0] } else { vec![1, 0] })).collect();
    members.iter_mut().step_by(7).for_each(|member| member.instance = Some(format!("i{}", member.id)));
    for assignor in Assignor::ALL {
        let lists = assign(assignor, &topics, &members);
        assert_eq!(lists.iter().map(Vec::len).sum::<usize>(), 2_200, "{assignor:?}");
        for (member, list) in members.iter_mut().zip(lists) {
            (member.owned, member.generation) = (list, 1);
        }
        members.swap(0, 999);
    }
}
