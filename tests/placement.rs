//! Laws that every placement keeps, on inputs drawn at random.

use std::collections::BTreeSet;
use std::rc::Rc;

use moving_parts::models::hashing::*;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

fn hash_fn() -> impl Strategy<Value = HashFn> {
    select(&HashFn::ALL)
}

/// Methods whose circle is a ring of points.
fn ring_like() -> impl Strategy<Value = Method> {
    prop_oneof![
        (hash_fn(), 0..40u32).prop_map(|(hash, vnodes)| Method::Ring { hash, vnodes }),
        Just(Method::KetamaWeighted),
        Just(Method::Ketama),
        (0..40u32).prop_map(|replicas| Method::Groupcache { replicas }),
        Just(Method::Cassandra),
    ]
}

fn rendezvous() -> impl Strategy<Value = Method> {
    (any::<u32>(), any::<bool>()).prop_map(|(seed, weighted)| {
        if weighted { Method::WeightedRendezvous { seed } } else { Method::Rendezvous { seed } }
    })
}

fn slots() -> impl Strategy<Value = Method> {
    prop_oneof![
        (0..9u32).prop_map(slots_create),
        vec(prop_oneof![Just(u16::MAX), 0..9u16], 0..40),
        vec(0..9u16, SLOTS as usize),
    ]
    .prop_map(|owner| Method::RedisSlots { owner: Rc::new(owner) })
}

fn maglev() -> impl Strategy<Value = Method> {
    (0..300u32, any::<bool>())
        .prop_map(|(size, sip)| if sip { Method::MaglevSip { size } } else { Method::MaglevXx { size } })
}

fn listed() -> impl Strategy<Value = Method> {
    (hash_fn(), 0..3u8).prop_map(|(hash, which)| match which {
        0 => Method::ModN { hash },
        1 => Method::Jump { hash },
        _ => Method::Guava { hash },
    })
}

fn method() -> impl Strategy<Value = Method> {
    prop_oneof![ring_like(), rendezvous(), slots(), maglev(), listed()]
}

/// Names that may be empty or the same, any weights, any tokens.
fn wild_servers() -> impl Strategy<Value = Vec<Server>> {
    let weight = prop_oneof![Just(0u32), Just(100), 1..300u32];
    let server =
        (".{0,6}", weight, vec(any::<i64>(), 0..4)).prop_map(|(name, weight, tokens)| Server { name, weight, tokens });
    vec(server, 0..9)
}

/// Distinct names at normal weight, each with its own tokens.
fn named(count: u32, seed: u64) -> Vec<Server> {
    (0..count)
        .map(|index| {
            let name = format!("node-{seed}-{index}");
            let tokens = cassandra_tokens_for(&name, 8, seed);
            Server { name, weight: 100, tokens }
        })
        .collect()
}

fn keys() -> impl Strategy<Value = Vec<Vec<u8>>> {
    vec(vec(any::<u8>(), 0..40), 1..60)
}

fn many_keys(seed: u64) -> Vec<Vec<u8>> {
    (0..500).map(|index| format!("key-{seed}-{index}").into_bytes()).collect()
}

/// The points each server has, as a set of places: what must not change for the others when one joins.
fn point_counts(placement: &Placement, servers: usize) -> Vec<usize> {
    let mut counts = vec![0; servers];
    placement.points().iter().for_each(|point| counts[point.server as usize] += 1);
    counts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Building on what was there gives what building anew gives, whoever went, came or changed weight.
    #[test]
    fn rebuilding_equals_building(
        method in method(),
        mut servers in wild_servers(),
        newcomers in wild_servers(),
        fates in vec(0..4u8, 9),
        keys in keys(),
    ) {
        let before = Placement::build(&method, &servers);
        let mut after = Vec::new();
        let mut kept = Vec::new();
        for ((server, fate), newcomer) in servers.iter_mut().zip(fates).zip(newcomers.iter().cycle()) {
            let index = after.len() as u32;
            kept.push((fate > 1).then_some(index));
            match fate {
                0 => {}
                1 => after.push(Server { weight: server.weight / 2 + 7, ..server.clone() }),
                _ => after.push(server.clone()),
            }
            if fate == 3 {
                after.push(newcomer.clone());
            }
        }
        after.extend(newcomers);
        let (built, rebuilt) = (Placement::build(&method, &after), before.rebuild(&method, &after, &kept));
        prop_assert_eq!(built.points(), rebuilt.points());
        for key in &keys {
            let (mut a, mut b) = (Vec::new(), Vec::new());
            built.replicas(key, 9, &mut a);
            rebuilt.replicas(key, 9, &mut b);
            prop_assert_eq!(a, b);
        }
    }

    /// However it is asked, the owner is the same server, one that is there and takes part.
    #[test]
    fn every_way_of_asking_agrees(method in method(), servers in wild_servers(), keys in keys(), n in 0..12usize) {
        let placement = Placement::build(&method, &servers);
        let mut positions = Vec::new();
        for key in &keys {
            let owner = placement.owner(key);
            let position = placement.position(key);
            prop_assert!(!placement.native(key).is_empty());
            if let Some(owner) = owner {
                prop_assert!((owner as usize) < servers.len());
                let weightless = matches!(method, Method::RedisSlots { .. });
                prop_assert!(weightless || servers[owner as usize].weight > 0);
            }
            let mut replicas = Vec::new();
            placement.replicas(key, n, &mut replicas);
            prop_assert_eq!(replicas.first().copied(), if n == 0 { None } else { owner });
            prop_assert!(replicas.len() <= n.min(servers.len()));
            prop_assert_eq!(BTreeSet::from_iter(&replicas).len(), replicas.len());
            let mut at = Vec::new();
            placement.replicas_at(position, n, &mut at);
            if placement.needs_key() {
                prop_assert_eq!(placement.owner_at(position), None);
                prop_assert!(at.is_empty());
            } else {
                prop_assert_eq!(placement.owner_at(position), owner);
                prop_assert_eq!(at, replicas);
            }
            positions.push(position);
        }
        let shuffled = positions.clone();
        positions.extend([0, u64::MAX]);
        positions.sort_unstable();
        for positions in [positions, shuffled] {
            let mut swept = vec![7];
            placement.owners_of_sorted(&positions, &mut swept);
            let one_by_one = positions.iter().map(|&position| placement.owner_at(position).unwrap_or(u32::MAX));
            prop_assert!(swept[1..].iter().copied().eq(one_by_one));
        }
    }

    /// The whole replica list names every server the method reaches, once.
    #[test]
    fn replicas_reach_everyone(method in method(), count in 1..70u32, seed in any::<u64>()) {
        let servers = named(count, seed);
        let placement = Placement::build(&method, &servers);
        let mut all = Vec::new();
        placement.replicas(b"key", usize::MAX, &mut all);
        prop_assert_eq!(BTreeSet::from_iter(&all).len(), all.len());
        let full_ring = match method {
            Method::Groupcache { replicas } => replicas > 0,
            Method::RedisSlots { .. } => placement.owner(b"key").is_some(),
            Method::MaglevSip { size } | Method::MaglevXx { size } => size >= count,
            _ => true,
        };
        if full_ring {
            prop_assert_eq!(all.len(), servers.len());
        }
    }

    /// A server that joins takes keys, and no key moves between the others; one that leaves gives only its own.
    #[test]
    fn join_and_leave_move_only_what_they_must(
        method in prop_oneof![ring_like(), rendezvous()], count in 1..12u32, place in any::<usize>(), seed in any::<u64>(),
    ) {
        let after = named(count + 1, seed);
        let newcomer = place % after.len();
        let mut before = after.clone();
        before.remove(newcomer);
        let (small, large) = (Placement::build(&method, &before), Placement::build(&method, &after));
        let mut unchanged = point_counts(&large, after.len());
        unchanged.remove(newcomer);
        // Ketama's single precision can give a server fewer points for no reason but the number of servers.
        prop_assume!(unchanged == point_counts(&small, before.len()));
        for key in many_keys(seed) {
            let (was, is) = (small.owner(&key), large.owner(&key));
            let was = was.map(|server| server + u32::from(server as usize >= newcomer));
            prop_assert!(was == is || is == Some(newcomer as u32), "{:?} -> {:?}, newcomer {}", was, is, newcomer);
        }
    }

    /// Jump and Guava: the last server joins or leaves, nothing else moves.
    #[test]
    fn buckets_move_only_to_the_last(key in any::<u64>(), buckets in 1..5000u32) {
        for place in [jump, guava] {
            let (before, after) = (place(key, buckets), place(key, buckets + 1));
            prop_assert!(before < buckets);
            prop_assert!(after == before || after == buckets);
        }
    }

    /// Entries of a Maglev table differ by at most one from server to server, whatever the size.
    #[test]
    fn maglev_is_even(count in 1..40u32, size in 1..2000u32, seed in any::<u64>(), sip in any::<bool>()) {
        let servers = named(count, seed);
        for size in [size, next_prime(size)] {
            let method = if sip { Method::MaglevSip { size } } else { Method::MaglevXx { size } };
            let placement = Placement::build(&method, &servers);
            let table = placement.table().expect("Maglev has a table");
            prop_assert_eq!(table.len(), size as usize);
            let mut counts = vec![0; servers.len()];
            table.iter().for_each(|&server| counts[server as usize] += 1);
            prop_assert!(counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1);
        }
    }

    /// The search ends at the first point at or after the position, and looks at no more than it must.
    #[test]
    fn search_is_a_lower_bound(method in ring_like(), servers in wild_servers(), position in any::<u64>(), pick in any::<usize>()) {
        let placement = Placement::build(&method, &servers);
        let points = placement.points();
        prop_assert!(points.is_sorted_by_key(|point| point.position));
        let exact = points.get(pick % points.len().max(1)).map(|point| point.position);
        for position in [Some(position), exact, exact.map(|place| place.wrapping_add(1)), Some(0), Some(u64::MAX)].into_iter().flatten() {
            let looked = placement.search(position);
            let bound = points.partition_point(|point| point.position < position);
            let answer = if points.is_empty() { None } else { Some((bound % points.len()) as u32) };
            prop_assert_eq!(looked.last().copied(), answer);
            prop_assert!(looked.len() <= points.len().checked_ilog2().map_or(0, |log| log as usize + 2));
            prop_assert_eq!(answer.map(|point| points[point as usize].server), placement.owner_at(position));
            let walk = placement.walk(position, 3);
            prop_assert_eq!(walk.first().map(|step| step.0), answer);
            prop_assert!(walk.len() <= points.len());
            let mut replicas = Vec::new();
            placement.replicas_at(position, 3, &mut replicas);
            prop_assert!(walk.iter().filter(|step| step.2).map(|step| step.1).eq(replicas));
            prop_assert!(walk.iter().all(|step| points[step.0 as usize].server == step.1));
        }
    }

    /// Shares sum to one, and are what counting many even positions gives.
    #[test]
    fn shares_are_what_positions_say(method in method(), servers in wild_servers()) {
        let placement = Placement::build(&method, &servers);
        let shares = placement.shares(servers.len());
        prop_assert_eq!(shares.len(), servers.len());
        let sum: f64 = shares.iter().sum();
        prop_assert!(shares.iter().all(|share| share.is_finite() && *share >= 0.0));
        if placement.owner(b"key").is_none() {
            prop_assert!(sum < 1.0);
        } else if !matches!(method, Method::RedisSlots { .. }) {
            prop_assert!((sum - 1.0).abs() < 1e-9);
        }
        let circular = placement.table().is_some() || !placement.points().is_empty() || matches!(method, Method::RedisSlots { .. });
        if circular {
            let steps = 1 << 14;
            let positions: Vec<u64> = (0..steps).map(|step: u64| step << 50).collect();
            let mut owners = Vec::new();
            placement.owners_of_sorted(&positions, &mut owners);
            for (server, share) in shares.iter().enumerate() {
                let counted = owners.iter().filter(|&&owner| owner as usize == server).count() as f64 / steps as f64;
                // Each arc or entry may gain or lose one step.
                let tolerance = (placement.points().len() + placement.table().map_or(0, <[u32]>::len) + 1) as f64 / steps as f64;
                prop_assert!((counted - share).abs() <= tolerance);
            }
        }
    }

    /// No server is loaded beyond the bound, every unit is somewhere, and only a full server is passed over.
    #[test]
    fn bounded_loads_hold(
        method in method(), servers in wild_servers(), keys in keys(), weights in vec(0..50u64, 0..60), percent in 0..300u32,
    ) {
        let placement = Placement::build(&method, &servers);
        let positions: Vec<u64> = keys.iter().map(|key| placement.position(key)).collect();
        let units = |key: usize| weights.get(key).copied().unwrap_or(1);
        let result = bounded(&placement, &positions, &weights, servers.len() as u32, percent);
        prop_assert!(result.load.iter().all(|&load| load <= result.bound));
        let mut load = vec![0; servers.len()];
        let mut rest: Vec<u64> = (0..positions.len()).map(units).collect();
        for &(key, server, units) in &result.spilled {
            prop_assert!(units > 0 && server != result.owner[key as usize]);
            load[server as usize] += units;
            rest[key as usize] -= units;
        }
        for (key, (&position, &owner)) in positions.iter().zip(&result.owner).enumerate() {
            let home = placement.owner_at(position);
            prop_assert_eq!(owner == u32::MAX, home.is_none());
            if home.is_some() {
                load[owner as usize] += rest[key];
                if Some(owner) != home && units(key) > 0 {
                    prop_assert_eq!(result.load[home.unwrap() as usize], result.bound);
                }
            }
        }
        prop_assert_eq!(load, result.load);
    }

    /// The union-find that skips full servers finds what a plain walk finds.
    #[test]
    fn bounded_is_the_plain_walk(method in ring_like(), count in 1..9u32, seed in any::<u64>(), weights in vec(0..20u64, 1..80), percent in 100..200u32) {
        let servers = named(count, seed);
        let placement = Placement::build(&method, &servers);
        prop_assume!(!placement.points().is_empty());
        let positions: Vec<u64> = (0..weights.len()).map(|key| placement.position(format!("{seed}/{key}").as_bytes())).collect();
        let result = bounded(&placement, &positions, &weights, count, percent);
        let total: u64 = weights.iter().sum();
        let reached = BTreeSet::from_iter(placement.points().iter().map(|point| point.server)).len() as u64;
        prop_assert_eq!(result.bound, (total * u64::from(percent)).div_ceil(100 * reached));
        let mut load = vec![0; servers.len()];
        for (key, &position) in positions.iter().enumerate() {
            let mut left = weights[key];
            let mut got = Vec::new();
            for (_, server, _) in placement.walk(position, usize::MAX) {
                let takes = left.min(result.bound - load[server as usize]);
                if takes > 0 {
                    load[server as usize] += takes;
                    left -= takes;
                    got.push((key as u32, server, takes));
                }
            }
            prop_assert_eq!(left, 0);
            if let Some(&(_, owner, _)) = got.first() {
                prop_assert_eq!(result.owner[key], owner);
                let spilled = result.spilled.iter().filter(|spill| spill.0 == key as u32);
                prop_assert!(got[1..].iter().eq(spilled));
            }
        }
        prop_assert_eq!(load, result.load);
    }

    /// Slots: whoever joins, leaves or fails, every slot keeps an owner and only the slots concerned move.
    #[test]
    fn slots_move_only_where_they_must(count in 1..60u32, leaver in 0..60u16) {
        let before = slots_create(count);
        prop_assert!(before.iter().all(|&owner| u32::from(owner) < count));
        let joined = slots_join(&before, count + 1);
        let taken = joined.iter().filter(|&&owner| u32::from(owner) == count).count() as u32;
        let asked = SLOTS / (count + 1);
        prop_assert!(taken <= asked && taken + count > asked);
        prop_assert!(before.iter().zip(&joined).all(|(was, is)| was == is || u32::from(*is) == count));
        let leaver = leaver % count as u16;
        let alive: Vec<u16> = (0..count as u16).filter(|&server| server != leaver).collect();
        let left = slots_leave(&before, leaver, &alive);
        for (was, is) in before.iter().zip(&left) {
            let right = if *was == leaver { alive.contains(is) || alive.is_empty() } else { was == is };
            prop_assert!(right);
        }
        let failed = slots_failover(&before, leaver, None);
        let expected = before.iter().map(|&was| if was == leaver { u16::MAX } else { was });
        prop_assert!(expected.eq(failed));
    }

    /// A key with a tag has the slot of its tag.
    #[test]
    fn tags_decide(head in "[^{]{0,5}", tag in "[^}]{1,8}", rest in ".{0,8}") {
        prop_assert_eq!(key_slot(format!("{head}{{{tag}}}{rest}").as_bytes()), key_slot_of_tag(tag.as_bytes()));
    }
}

/// The slot of a string taken whole, braces and all.
fn key_slot_of_tag(tag: &[u8]) -> u16 {
    let crc = tag.iter().fold(0u16, |crc, &byte| {
        (0..8).fold(crc ^ u16::from(byte) << 8, |crc, _| crc << 1 ^ if crc >> 15 == 1 { 0x1021 } else { 0 })
    });
    crc % SLOTS as u16
}

/// Weights: keys follow them, on rings and in weighted rendezvous.
#[test]
fn weights_shape_shares() {
    for method in [
        Method::Ring { hash: HashFn::XxHash64, vnodes: 500 },
        Method::KetamaWeighted,
        Method::WeightedRendezvous { seed: 3 },
    ] {
        let mut servers = named(5, 1);
        servers[1].weight = 200;
        servers[3].weight = 0;
        let placement = Placement::build(&method, &servers);
        let mut counts = [0u32; 5];
        for key in 0..20_000u32 {
            counts[placement.owner(&key.to_le_bytes()).expect("an owner") as usize] += 1;
        }
        for ((count, share), expected) in counts.iter().zip(placement.shares(5)).zip([0.2, 0.4, 0.2, 0.0, 0.2]) {
            let counted = f64::from(*count) / 20_000.0;
            assert!((counted - share).abs() < 0.015, "{method:?}: {counts:?}");
            assert!((share - expected).abs() < 0.06, "{method:?}: {counts:?}");
        }
    }
}

/// Names and figures that the page shows.
#[test]
fn natives_read_as_their_systems_write_them() {
    let servers = named(3, 0);
    let native = |method: Method| Placement::build(&method, &servers).native(b"test");
    assert_eq!(native(Method::Cassandra), "token -6017608668500074083");
    assert_eq!(native(Method::RedisSlots { owner: Rc::new(slots_create(3)) }), "slot 6918");
    // MD5("test") is 098f6bcd 4621d373 …
    assert_eq!(native(Method::Ketama), "0xcd6b8f09");
    assert_eq!(native(Method::ModN { hash: HashFn::Md5 }), "0x73d32146cd6b8f09");
    assert_eq!(native(Method::Jump { hash: HashFn::Crc32 }), "0xd87f7e0c");
    assert!(native(Method::MaglevXx { size: 251 }).ends_with(" of 251"));
    let none = Placement::build(&Method::MaglevXx { size: 251 }, &[]);
    assert_eq!((none.owner(b"test"), none.native(b"test")), (None, "entry 0 of 0".to_string()));
}

/// The figures to keep: a thousand servers, a hundred points each, a hundred thousand keys, and nothing quadratic.
#[test]
fn large_rings_stay_fast() {
    let servers = named(1000, 9);
    let placement = Placement::build(&Method::Ring { hash: HashFn::XxHash64, vnodes: 100 }, &servers);
    assert_eq!(placement.points().len(), 100_000);
    let positions: Vec<u64> = (0..100_000u32).map(|key| placement.position(&key.to_le_bytes())).collect();
    let result = bounded(&placement, &positions, &[], 1000, 100);
    assert!(result.load.iter().all(|&load| load == 100) && result.spilled.is_empty());
    let one_heavy = bounded(&placement, &positions[..1], &[1_000_000], 1000, 100);
    assert!(one_heavy.load.iter().all(|&load| load == 1000) && one_heavy.spilled.len() == 999);
    let mut sorted = positions.clone();
    sorted.sort_unstable();
    let mut owners = Vec::new();
    placement.owners_of_sorted(&sorted, &mut owners);
    assert_eq!(owners.len(), 100_000);
    let mut all = Vec::new();
    placement.replicas(b"key", 2000, &mut all);
    assert_eq!(all.len(), 1000);
}
