use super::*;
use crate::explainers::Knobs;
use crate::sim::digest;
use proptest::prelude::*;

/// A world in which nobody consumes.
fn world(seed: u64, change: impl FnOnce(&mut Params)) -> World {
    let mut params = Params { consumers: 1, ..Params::new() };
    change(&mut params);
    world_of(&params, seed, &Data::default())
}

fn world_of(params: &Params, seed: u64, data: &Data) -> World {
    let mut world = World::build(params, seed, data);
    world.queue.retain(|_, due| matches!(due, Due::Cluster(_) | Due::Producer(_)));
    world
}

/// Runs up to a moment and tells how many events there were.
fn run(world: &mut World, to: Micros) -> u32 {
    let mut events = 0;
    while let Some((at, due)) = world.queue.pop(to) {
        events += 1;
        match due {
            Due::Cluster(due) => world.cluster_due(at, due),
            Due::Producer(due) => world.producer_due(at, due),
            _ => {}
        }
    }
    events
}

/// Crashes and repairs at these times (ms) of these brokers, then runs to the end of everything.
fn play(world: &mut World, steps: &[(u64, BrokerId)]) {
    for (at, id) in steps {
        run(world, at * MS);
        let up = world.brokers[usize::from(*id)].up;
        if up { world.fail_broker(at * MS, *id).unwrap() } else { world.repair_broker(at * MS, *id).unwrap() }
    }
    run(world, 400 * SECOND);
}

fn told(world: &World, words: &str) -> usize {
    world.events.iter().filter(|event| event.head.contains(words) || event.text.contains(words)).count()
}

fn headed(world: &World, words: &str) -> bool {
    world.events.iter().any(|event| event.head.contains(words))
}

/// How often each record lies in the logs of source topics.
fn lying(world: &World) -> Vec<u32> {
    let mut times = vec![0; world.fates.len()];
    let source = |it: &&Rc<Partition>| world.topics[usize::from(it.tp.topic)].role == Role::Source;
    for record in world.partitions.iter().filter(source).flat_map(|it| it.log.iter()) {
        times[record.id as usize] += 1;
    }
    times
}

/// What holds at every moment.
fn sound(world: &World) {
    for it in &world.partitions {
        let known = |ids: &[BrokerId]| ids.iter().all(|id| it.replicas.contains(id));
        assert!(known(&it.isr) && known(&it.elr), "{it:?}");
        assert!(it.isr.iter().all(|id| !it.elr.contains(id)), "{:?} {:?}", it.isr, it.elr);
        assert_eq!(it.isr.is_empty(), it.leader.is_none());
        assert!(it.leader.is_none_or(|leader| it.isr.contains(&leader)));
        assert!(it.high_watermark <= it.end());
        for ((id, end), follower) in it.replicas.iter().zip(&it.ends).zip(&it.followers) {
            assert!(*end <= it.end() && (Some(*id) == it.leader || follower.told <= *end), "{it:?}");
            assert!(
                !it.isr.contains(id) || it.high_watermark <= *end,
                "{:?} {:?} {}",
                it.isr,
                it.ends,
                it.high_watermark
            );
            assert!(it.leader != Some(*id) || *end == it.end());
            let follows = world.serves(*id) && it.leader.is_some_and(|leader| world.serves(leader));
            assert!(!follows || follower.stray.is_empty());
        }
    }
    let count = |what: fn(&Fate) -> bool| world.fates.iter().filter(|fate| what(fate)).count() as u64;
    assert_eq!(world.stats.lost, count(|fate| fate.lost));
    assert_eq!(world.stats.acked, count(|fate| fate.acked));
    assert_eq!(world.stats.produced, world.fates.len() as u64);
    for (id, (fate, times)) in world.fates.iter().zip(lying(world)).enumerate() {
        assert!(times == 0 || !fate.lost, "record {id} is called lost and lies there");
        assert!(
            times > 0 || fate.lost || !fate.acked || world.setup.params.acks == params::ACKS_NONE,
            "{id}: {fate:?}"
        );
    }
}

/// Whether some log has a producer's records in another order than it made them.
fn disordered(world: &World) -> bool {
    let by = |id: RecordId| world.fates.get(id as usize).unwrap().producer;
    world.partitions.iter().any(|it| {
        let mut latest = [0; 8];
        it.log.iter().any(|record| {
            let last = std::mem::replace(&mut latest[usize::from(by(record.id))], record.id);
            record.id < last
        })
    })
}

prop_compose! {
    fn settings()(acks in 0i64..3, least in 1i64..4, idempotent in 0i64..2, unclean in 0i64..2, lag in 0usize..3,
                  net in 0usize..3, copies in 1i64..4, brokers in 1i64..5, detect in 0usize..3, keys in 0usize..2,
                  partitions in 1i64..7, producers in 1i64..3) -> Params {
        Params {
            acks, least, idempotent, unclean, copies, brokers, partitions, producers,
            lag: [0, 200, 2_000][lag],
            net: [1, 20, 500][net],
            detect: [1, 9, 60][detect],
            keys: [0, 8][keys],
            consumers: 1,
            rate: 30,
            span: 60,
            ..Params::new()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    /// Any crashes and repairs at all.
    #[test]
    fn what_always_holds(params in settings(), seed in 0u64..1_000,
                         steps in proptest::collection::vec((0u64..12_000, 0u8..6), 0..14)) {
        let mut world = world(seed, |it| *it = params.clone());
        let (mut at, mut highs) = (0, vec![0; world.partitions.len()]);
        for (gap, id) in steps {
            at += gap * MS;
            run(&mut world, at);
            sound(&world);
            let n = world.brokers.len() as BrokerId;
            match id {
                4 => world.rate(at, 10 + gap as u32 % 50).unwrap(),
                5 => world.grow(at, 0, 1).unwrap_or_default(),
                _ if id >= n => {}
                _ => {
                    let up = world.brokers[usize::from(id)].up;
                    if up { world.fail_broker(at, id).unwrap() } else { world.repair_broker(at, id).unwrap() }
                }
            }
            sound(&world);
            highs.resize(world.partitions.len(), 0);
            for (it, high) in world.partitions.iter().zip(&mut highs) {
                prop_assert!(it.high_watermark >= *high || params.unclean == 1);
                *high = it.high_watermark;
            }
        }
        let ends = world.cluster_settled().max(at);
        run(&mut world, 600 * SECOND);
        sound(&world);
        prop_assert!(ends <= 300 * SECOND);
        // Every record has met its fate.
        prop_assert!(world.producers.iter().all(|it| it.lanes.is_empty() && it.wakes.is_none()));
        prop_assert!(world.fates.iter().all(|fate| fate.acked != fate.given_up), "neither told nor given up");
        if params.acks == params::ACKS_ALL && params.unclean == 0 {
            prop_assert_eq!(world.stats.lost, 0);
        }
        if world.idempotent() {
            prop_assert_eq!(world.stats.copies, 0);
            prop_assert!(lying(&world).iter().all(|times| *times <= 1));
            prop_assert!(!disordered(&world));
        }
        prop_assert!(params.acks == params::ACKS_ALL || world.stats.copies == 0);
        // Whoever is up has everything, and where somebody in sync was left there is a leader.
        for it in &world.partitions {
            let led = it.leader.is_some_and(|leader| world.serves(leader));
            for (id, end) in it.replicas.iter().zip(&it.ends) {
                prop_assert!(!led || !world.serves(*id) || (*end == it.end() && it.isr.contains(id)), "{:?}", it);
            }
            prop_assert!(!led || it.isr.len() < world.least_in_sync(it) || it.high_watermark == it.end(), "{:?}", it);
        }
    }

    /// One broker down at a time, two in sync asked for: nothing acknowledged is ever lost, and nothing given up.
    #[test]
    fn acks_all_loses_nothing(seed in 0u64..1_000, idempotent in 0i64..2, lag in 0i64..1_500,
                              times in proptest::collection::vec((0u64..20_000, 0u8..3, 500u64..30_000), 1..5)) {
        let mut world = world(seed, |it| (it.least, it.idempotent, it.lag, it.rate) = (2, idempotent, lag, 40));
        let mut at = 0;
        for (gap, id, down) in times {
            at += gap * MS;
            run(&mut world, at);
            world.fail_broker(at, id).unwrap();
            at += down * MS;
            run(&mut world, at);
            sound(&world);
            world.repair_broker(at, id).unwrap();
            // Until it is back in sync.
            at += 15 * SECOND;
        }
        run(&mut world, 600 * SECOND);
        sound(&world);
        prop_assert_eq!((world.stats.lost, world.stats.acked), (0, world.stats.produced));
    }

    /// Stopping on the way changes nothing, with consumers or without.
    #[test]
    fn in_one_go_or_two(all in any::<bool>(), params in settings(), seed in 0u64..1_000, id in 0u8..4,
                        stops in proptest::collection::vec(0u64..60_000, 0..6)) {
        let fails = 10 * SECOND;
        let mut ends = Vec::new();
        for stops in [Vec::new(), stops] {
            let mut world = match all {
                true => World::build(&params, seed, &Data::default()),
                false => world(seed, |it| *it = params.clone()),
            };
            let mut stops: Vec<Micros> = stops.into_iter().map(|at| at * MS).collect();
            stops.extend([fails, 60 * SECOND]);
            stops.sort_unstable();
            for at in stops {
                match all {
                    true => world.advance(at),
                    false => _ = run(&mut world, at),
                }
                if at == fails && world.brokers.get(usize::from(id)).is_some_and(|it| it.up) {
                    world.fail_broker(at, id).unwrap();
                }
            }
            ends.push(digest(&world));
        }
        prop_assert_eq!(ends[0], ends[1]);
    }
}

#[test]
fn keyed_records_go_where_their_hash_says() {
    let mut world = world(3, |it| (it.partitions, it.keys) = (7, 40));
    run(&mut world, 90 * SECOND);
    assert!(world.stats.produced > 600);
    for it in &world.partitions {
        assert!(it.log.iter().all(|record| partition_of_key(record.key, 7) == it.tp.index));
    }
    // What Kafka 4.3's partitioner makes of "k1" … "k8" and six partitions.
    let places: Vec<u32> = (1..=8).map(|key| partition_of_key(key, 6)).collect();
    assert_eq!(places, [5, 3, 4, 4, 0, 1, 4, 2]);
}

#[test]
fn unkeyed_records_stick_to_a_partition() {
    let mut world = world(3, |it| (it.partitions, it.keys, it.producers) = (5, 0, 1));
    run(&mut world, 90 * SECOND);
    let mut place = vec![0; world.fates.len()];
    for it in &world.partitions {
        it.log.iter().for_each(|record| place[record.id as usize] = it.tp.index);
    }
    assert!(place.chunks(16).all(|run| run.iter().all(|it| *it == run[0])));
    let first: Vec<u32> = place.chunks(16).map(|run| run[0]).collect();
    assert!((0..5).all(|it| first.contains(&it)), "{first:?}");
}

/// From the making of the first record to its acknowledgement, with 20 ms for each message.
fn waits(change: impl FnOnce(&mut Params)) -> Micros {
    let mut world = world(1, |it| {
        it.rate = 1;
        change(it);
    });
    while world.fates.is_empty() {
        let next = world.queue.next_at().unwrap();
        run(&mut world, next);
    }
    let made = world.fates.get(0).unwrap().made;
    let mut now = made;
    while !world.fates.get(0).unwrap().acked {
        now += MS;
        run(&mut world, now);
    }
    now - made
}

#[test]
fn acknowledgements_take_their_ways() {
    assert_eq!(waits(|it| it.acks = params::ACKS_NONE), 0);
    assert_eq!(waits(|it| it.acks = params::ACKS_ONE), 40 * MS);
    // There, to the followers, back with their next fetch, and back.
    assert_eq!(waits(|_| {}), 80 * MS);
    assert_eq!(waits(|it| it.lag = 500), 580 * MS);
    assert_eq!(waits(|it| it.copies = 1), 40 * MS);
}

#[test]
fn a_leader_dies_and_another_leads() {
    let mut world = world(1, |_| {});
    run(&mut world, 10 * SECOND);
    let coordinator = world.coordinator.unwrap();
    let led: Vec<PartId> = (0..6).filter(|part| world.leader(*part) == Some(coordinator)).collect();
    world.fail_broker(10 * SECOND, coordinator).unwrap();
    assert!(world.coordinator.is_none() && led.len() == 2 && led.iter().all(|part| world.readable(*part).is_none()));
    assert!(world.fail_broker(10 * SECOND, coordinator).is_err());
    run(&mut world, 19 * SECOND - 1);
    assert!(led.iter().all(|part| world.leader(*part).is_none()));
    run(&mut world, 19 * SECOND);
    for part in led {
        let it = world.part(part).unwrap();
        assert_eq!((it.leader, it.leader_epoch), (Some(it.replicas[1]), 1));
        assert!(!it.isr.contains(&coordinator));
    }
    assert!(world.coordinator.is_some_and(|it| it != coordinator));
    world.repair_broker(30 * SECOND, coordinator).unwrap();
    run(&mut world, 32 * SECOND);
    assert!(world.partitions.iter().all(|it| it.isr.len() == 3));
    assert_eq!((told(&world, "in sync again"), told(&world, "is back")), (1, 1));
    run(&mut world, 100 * SECOND);
    assert_eq!(world.stats.acked, world.stats.produced);
}

/// A process that is back before its session is over has to wait for that.
#[test]
fn too_soon_is_too_late() {
    let mut world = world(1, |_| {});
    run(&mut world, 10 * SECOND);
    world.fail_broker(10 * SECOND, 0).unwrap();
    world.repair_broker(11 * SECOND, 0).unwrap();
    run(&mut world, 19 * SECOND - 1);
    assert!(world.readable(0).is_none() && world.brokers[0].registered && !world.brokers[0].serving);
    run(&mut world, 21 * SECOND);
    assert!(world.brokers[0].serving && world.part(0).unwrap().leader == Some(1));
}

/// Of many crashes at different moments: how many acknowledged records are lost, and how many copies are left.
fn toll(change: impl Fn(&mut Params)) -> (u64, u64) {
    let (mut lost, mut copies) = (0, 0);
    for i in 0..25 {
        let mut world = world(7, |it| {
            (it.rate, it.span, it.producers) = (100, 30, 1);
            change(it);
        });
        play(&mut world, &[(8_000 + i * 7, 0), (25_000, 0)]);
        sound(&world);
        lost += world.stats.lost;
        copies += world.stats.copies;
        assert_eq!(headed(&world, " lost") || headed(&world, " gone"), world.stats.lost > 0);
        assert_eq!(headed(&world, "retries leave"), world.stats.copies > 0);
    }
    (lost, copies)
}

#[test]
fn the_fewer_acknowledge_the_more_is_lost() {
    let (none, one) = (toll(|it| it.acks = params::ACKS_NONE), toll(|it| it.acks = params::ACKS_ONE));
    assert_eq!(toll(|_| {}), (0, 0));
    assert!(none.0 > one.0 && one.0 > 0, "{none:?} {one:?}");
    let lagging = toll(|it| (it.acks, it.lag) = (params::ACKS_ONE, 500));
    assert!(lagging.0 > 3 * one.0, "{lagging:?} {one:?}");
    let (lost, copies) = toll(|it| it.idempotent = 0);
    assert!(lost == 0 && copies > 0);
}

#[test]
fn without_idempotence_order_breaks() {
    let broken = |idempotent| {
        (0..25).any(|i| {
            let mut world = world(7, |it| (it.rate, it.span, it.producers, it.idempotent) = (100, 30, 1, idempotent));
            play(&mut world, &[(8_000 + i * 7, 0)]);
            disordered(&world)
        })
    };
    assert!(broken(0) && !broken(1));
}

#[test]
fn too_few_in_sync_take_nothing() {
    let few = |acks| {
        let mut world = world(1, |it| (it.brokers, it.copies, it.least, it.acks) = (2, 2, 2, acks));
        run(&mut world, 10 * SECOND);
        world.fail_broker(10 * SECOND, 1).unwrap();
        run(&mut world, 20 * SECOND);
        world
    };
    let mut all = few(params::ACKS_ALL);
    let high: u64 = all.partitions.iter().map(|it| it.high_watermark).sum();
    let acked = all.stats.acked;
    run(&mut all, 50 * SECOND);
    assert_eq!((all.stats.acked, told(&all, "NOT_ENOUGH_REPLICAS")), (acked, 2));
    assert_eq!(all.partitions.iter().map(|it| it.high_watermark).sum::<u64>(), high);
    all.repair_broker(50 * SECOND, 1).unwrap();
    run(&mut all, 100 * SECOND);
    assert_eq!((all.stats.acked, all.stats.copies), (all.stats.produced, 0));
    assert!(all.stats.retries > 100);
    // With acks=1 the leader takes records, but nobody may read them (KIP-966).
    let mut one = few(params::ACKS_ONE);
    run(&mut one, 50 * SECOND);
    assert_eq!(one.partitions.iter().map(|it| it.high_watermark).sum::<u64>(), high);
    assert!(one.stats.acked > acked + 200);
    // Given up after 120 s.
    let mut never = few(params::ACKS_ALL);
    run(&mut never, 200 * SECOND);
    assert!(never.fates.iter().all(|fate| fate.acked != fate.given_up) && headed(&never, "gives records up"));
}

/// Two replicas: one dies, the other goes on alone and dies, the first comes back.
fn out_of_sync(unclean: i64) -> World {
    let mut world = world(5, |it| {
        (it.brokers, it.copies, it.unclean, it.partitions, it.rate, it.span) = (2, 2, unclean, 1, 10, 60);
    });
    for (at, id) in [(10, 1), (30, 0), (45, 1)] {
        run(&mut world, at * SECOND);
        if id == 1 && at == 45 { world.repair_broker(at * SECOND, id) } else { world.fail_broker(at * SECOND, id) }
            .unwrap();
    }
    run(&mut world, 55 * SECOND);
    sound(&world);
    world
}

#[test]
fn who_is_not_in_sync_does_not_lead() {
    let mut clean = out_of_sync(0);
    assert_eq!((clean.part(0).unwrap().leader, clean.stats.lost), (None, 0));
    assert_eq!((told(&clean, "Offline, since"), told(&clean, "Still offline")), (1, 1));
    clean.repair_broker(55 * SECOND, 0).unwrap();
    run(&mut clean, 200 * SECOND);
    assert_eq!(
        (clean.part(0).unwrap().leader, clean.stats.lost, clean.stats.acked),
        (Some(0), 0, clean.stats.produced)
    );

    let mut unclean = out_of_sync(1);
    assert_eq!(unclean.part(0).unwrap().leader, Some(1));
    assert!(unclean.stats.lost > 100 && told(&unclean, "unclean") > 0);
    let lost = unclean.stats.lost;
    let mut back = unclean.clone();
    unclean.repair_broker(55 * SECOND, 0).unwrap();
    run(&mut unclean, 200 * SECOND);
    assert_eq!((unclean.stats.lost, told(&unclean, "It cuts")), (lost, 1));
    sound(&unclean);
    // If the first dies before the other is back, that leads again with what was lost; and the first's own are lost.
    let own = back.part(0).unwrap().end() - back.part(0).unwrap().epoch_start;
    back.fail_broker(55 * SECOND, 1).unwrap();
    run(&mut back, 70 * SECOND);
    back.repair_broker(70 * SECOND, 0).unwrap();
    run(&mut back, 200 * SECOND);
    sound(&back);
    assert!(own > 0 && back.stats.lost <= own && told(&back, "come back") == 1, "{own} {}", back.stats.lost);
}

/// Two of three are down, so that the high watermark stands still: who left the ISR then is as good as the last leader,
/// and has to be heard of before that may lead alone (KIP-966).
#[test]
fn eligible_replicas_come_first() {
    let mut world = world(5, |it| (it.partitions, it.least) = (1, 2));
    for (at, id) in [(10, 2), (25, 1), (40, 0)] {
        run(&mut world, at * SECOND);
        if id == 0 {
            let it = world.part(0).unwrap();
            assert_eq!((&it.isr[..], &it.elr[..]), (&[0][..], &[1][..]));
        }
        world.fail_broker(at * SECOND, id).unwrap();
    }
    run(&mut world, 55 * SECOND);
    let it = world.part(0).unwrap();
    assert_eq!((&it.elr[..], it.last_leader), (&[1, 0][..], Some(0)));
    world.repair_broker(55 * SECOND, 0).unwrap();
    run(&mut world, 60 * SECOND);
    assert_eq!((world.part(0).unwrap().leader, told(&world, "eligible to lead")), (None, 1));
    world.repair_broker(60 * SECOND, 1).unwrap();
    run(&mut world, 200 * SECOND);
    sound(&world);
    assert_eq!((world.part(0).unwrap().leader, world.stats.lost), (Some(0), 0));
    assert!(world.fates.iter().all(|fate| fate.acked != fate.given_up));
}

/// The controller waits for a minute, leaders do not: who has not fetched for 30 s leaves the ISR at the next look, and
/// until then requests time out.
#[test]
fn leaders_drop_followers_themselves() {
    let mut world = world(2, |it| (it.detect, it.idempotent, it.producers) = (60, 0, 1));
    run(&mut world, 10 * SECOND);
    world.fail_broker(10 * SECOND, 2).unwrap();
    run(&mut world, 44 * SECOND);
    assert_eq!(world.part(0).unwrap().isr, [0, 1, 2]);
    let waiting = world.part(0).unwrap().high_watermark;
    run(&mut world, 46 * SECOND);
    assert!(world.part(0).unwrap().isr == [0, 1] && world.part(0).unwrap().high_watermark > waiting);
    assert!(world.brokers[2].registered);
    run(&mut world, 200 * SECOND);
    assert!(world.stats.copies > 0 && world.stats.acked == world.stats.produced);
    sound(&world);
}

#[test]
fn more_partitions_move_keys() {
    let mut world = world(1, |it| (it.metadata, it.keys, it.partitions) = (5, 20, 4));
    run(&mut world, 21 * SECOND);
    world.grow(21 * SECOND, 0, 3).unwrap();
    let moved = (1..=20).filter(|key| partition_of_key(*key, 4) != partition_of_key(*key, 7)).count();
    assert_eq!(told(&world, &format!("Then {moved} of 20 keys")), 1);
    run(&mut world, 22 * SECOND);
    assert!(world.partitions[4..].iter().all(|it| it.log.is_empty()));
    run(&mut world, 90 * SECOND);
    assert!(world.partitions[4..].iter().all(|it| it.isr.len() == 3 && it.end() == it.high_watermark));
    let early = world.partitions.iter().flat_map(|it| it.log.iter().map(|record| (record, it.tp.index)));
    for (record, index) in early {
        let made = world.fates.get(record.id as usize).unwrap().made;
        let (before, after) = (partition_of_key(record.key, 4), partition_of_key(record.key, 7));
        let right = if made < 21 * SECOND { index == before } else { made < 26 * SECOND || index == after };
        assert!(right, "{record:?} in {index}");
    }
    assert!(world.grow(90 * SECOND, 0, 0).is_err() && world.grow(90 * SECOND, 0, 5_000).is_err());
    assert!(world.grow(90 * SECOND, 9, 1).is_err());
}

#[test]
fn rates_and_hot_keys() {
    let mut world = world(1, |it| it.partitions = 3);
    world.hot(0, 60).unwrap();
    run(&mut world, 30 * SECOND);
    let before = world.stats.produced;
    world.rate(30 * SECOND, 1_200).unwrap();
    run(&mut world, 100 * SECOND);
    let after = world.stats.produced - before;
    assert!(before.abs_diff(360) < 70 && (34_000..=40_000).contains(&after), "{before} {after}");
    let hot = world.fates.iter().filter(|fate| fate.key == 1).count() as u64 * 100 / world.stats.produced;
    assert!((58..=62).contains(&hot), "{hot}");
    assert!(world.rate(0, 5_001).is_err() && world.hot(0, 101).is_err());
}

/// A record that a consumer sends on waits for a leader.
#[test]
fn a_retry_topic_waits_for_its_leader() {
    let mut world = world(1, |it| (it.bad, it.fail) = (10, params::FAIL_TOPICS));
    assert_eq!(world.topics.iter().map(|it| it.parts.len()).collect::<Vec<_>>(), [6, 6, 1]);
    let part = world.topics[1].parts[0];
    let leader = world.leader(part).unwrap();
    run(&mut world, 5 * SECOND);
    world.fail_broker(5 * SECOND, leader).unwrap();
    world.append_later(5 * SECOND + 20 * MS, part, Record { id: 0, key: 1, at: 0, failed: 1 });
    run(&mut world, 14 * SECOND - 1);
    assert_eq!(world.part(part).unwrap().end(), 0);
    run(&mut world, 15 * SECOND);
    assert_eq!((world.part(part).unwrap().end(), world.readable(part)), (1, Some(1)));
    assert!(world.record(part, 0).is_some_and(|it| it.failed == 1 && it.at > 14 * SECOND - 1));
}

/// Acknowledgements and fetches come together: a great load takes few events.
#[test]
fn forty_thousand_records() {
    let few = |change: fn(&mut Params)| {
        let mut world = world(1, |it| {
            (it.rate, it.partitions) = (5_000, 500);
            change(it);
        });
        let events = run(&mut world, 200 * SECOND);
        assert!(world.stats.produced > 39_000 && world.stats.acked == world.stats.produced);
        events / 1_000
    };
    assert!(few(|_| {}) < 160 && few(|it| it.acks = params::ACKS_ONE) < 160);
    assert!(few(|it| (it.partitions, it.lag) = (1, 2_000)) < 90);
    assert!(few(|it| it.net = 1) < 250);
}

/// The reader's own cluster of brokers 101, 102 and 103, of which 103 is down.
#[test]
fn described_by_the_reader() {
    use super::super::import::{DescribedPartition, DescribedTopic};
    let part = |leader: Option<i32>, replicas: &[i32], isr: &[i32], end, committed| DescribedPartition {
        committed,
        end,
        owner: None,
        leader,
        replicas: replicas.to_vec(),
        isr: isr.to_vec(),
    };
    let partitions = vec![
        part(Some(102), &[101, 102, 103], &[102, 101], Some(9_000_000), Some(8_999_000)),
        part(None, &[103], &[103], Some(70), None),
        part(Some(101), &[101, 102], &[101], None, Some(12)),
    ];
    let bare = DescribedTopic { name: "bare".into(), partitions: vec![part(None, &[], &[], Some(5), Some(5)); 2] };
    let topics = vec![DescribedTopic { name: "mine".into(), partitions }, bare];
    let mut group = Described { group: "mine".into(), topics, coordinator: Some(102), ..Described::default() };
    // With KIP-966, the ISR of an offline partition is empty.
    group.topics[0].partitions[1].isr.clear();
    let data = Data { group: Some(Rc::new(group)) };
    let mut world = world_of(&Params { consumers: 1, ..Params::new() }, 1, &data);
    assert_eq!(world.brokers.iter().map(|it| it.up).collect::<Vec<_>>(), [true, true, false]);
    assert_eq!(world.coordinator, Some(1));
    let at = |place: usize| &*world.partitions[place];
    assert_eq!((at(0).leader, &at(0).isr[..], at(0).base, at(0).end()), (Some(1), &[1, 0][..], 9_000_000, 9_000_000));
    assert_eq!((at(0).high_watermark, at(0).committed, at(0).lag()), (9_000_000, Some(8_999_000), 1_000));
    assert_eq!((at(1).leader, at(1).last_leader, world.readable(1)), (None, Some(2), None));
    assert_eq!(world.record(0, 8_999_500).map(|it| (it.id, it.key)), Some((RecordId::MAX, 0)));
    assert_eq!((world.record(0, 9_000_000), at(2).base), (None, 12));
    assert!(at(3).leader.is_some() && at(3).replicas.len() == 3);
    run(&mut world, 20 * SECOND);
    sound(&world);
    // It follows, so it is in sync before long.
    assert_eq!(world.partitions[2].isr, [0, 1]);
    world.repair_broker(20 * SECOND, 2).unwrap();
    run(&mut world, 200 * SECOND);
    sound(&world);
    assert_eq!((world.partitions[1].leader, world.stats.acked), (Some(2), world.stats.produced));
    assert!(world.partitions.iter().all(|it| it.isr.len() == it.replicas.len()));
}

/// Followers that have not even asked a dead leader for its first record follow the next one.
#[test]
fn a_fetch_that_comes_after_the_election() {
    let mut world = world(3, |it| (it.detect, it.lag, it.rate) = (1, 2_000, 30));
    play(&mut world, &[(74, 0)]);
    sound(&world);
    assert!(world.partitions.iter().all(|it| it.isr.len() == 2 && it.high_watermark == it.end()));
    assert_eq!(world.stats.acked, world.stats.produced);
}
