//! What the strategies cost and do when nothing goes wrong, against what can be computed by hand.

use super::*;
use crate::models::caching::Cache;

#[test]
fn without_a_cache_a_read_takes_what_the_database_takes() {
    let world = run("read=none&rate=100&slots=100&db=30&way=4&writes=30");
    assert!((readout(&world, "mean") - 34.0).abs() < 1e-9);
    assert!((readout(&world, "write-mean") - 34.0).abs() < 1e-9);
    assert_eq!(readout(&world, "p99"), 34.0);
    assert_eq!(world.stats.direct, world.stats.reads);
    assert_eq!(world.stats.stale, 0);
    // Exponential times have the same mean.
    let world = run("read=none&rate=500&slots=100&db=10&way=0&writes=0&spread=exponential&span=10000");
    let mean = readout(&world, "mean");
    assert!((mean - 10.0).abs() < 0.5, "{mean}");
}

#[test]
fn the_utilisation_law_holds() {
    for (rate, db, slots) in [(100, 20, 4), (400, 20, 10), (1000, 3, 4), (50, 40, 4)] {
        let query = format!("read=none&rate={rate}&db={db}&slots={slots}&spread=exponential&span=10000");
        let mut world = run(&query);
        let law = rate as f64 * db as f64 / 1_000.0 / slots as f64;
        let measured = world.db.utilisation(10_000 * MS).expect("some time has passed");
        assert!((measured - law).abs() < 0.08 * law, "{query}: {measured} against {law}");
        // What is counted as it happens is what was served.
        let to = world.settled();
        world.advance(to);
        let time = world.db.utilisation(to).expect("time") * to as f64 * slots as f64;
        assert_eq!(libm::round(time) as u64, world.stats.served);
    }
}

/// One read after the other: the world's cache is asked for the same keys in the same order as the rule alone.
#[test]
fn hits_are_those_of_the_rule_when_nothing_overlaps() {
    for rule in ["fifo", "lifo", "lru", "mru", "lfu", "random", "clock", "2q", "arc", "sieve", "s3-fifo", "tinylfu"] {
        for strategy in ["aside", "through"] {
            // 1 ms there and back, 1 ms for the database: a read takes 2 ms, and they come every 20 ms or so.
            let query = format!(
                "rate=20&span=10000&hop=1&way=0&db=1&writes=0&keys=40&capacity=10&warm=0&rule={rule}&read={strategy}&clients=1"
            );
            let world = run(&query);
            let mut busy = 0;
            // Reads of the same time are told apart by what they did to the cache: only those that do not overlap count.
            let overlaps = world.requests.iter().any(|it| {
                let overlaps = it.began <= busy + 2 * MS;
                busy = it.ended.expect("over");
                overlaps
            });
            let p = &world.setup.params;
            let lots = crate::sim::random::stream(7, "cache eviction").next_u64();
            let mut alone = Cache::new(p.eviction(), p.room(), lots);
            let hits = world.requests.iter().filter(|it| alone.request(it.key)).count() as u64;
            assert!(world.stats.reads > 100);
            if !overlaps {
                assert_eq!(world.stats.hits, hits, "{query}");
            }
            assert!(world.stats.hits.abs_diff(hits) <= 12, "{query}: {} against {hits}", world.stats.hits);
        }
    }
}

#[test]
fn each_strategy_goes_its_way() {
    let query =
        "rate=0&warm=0&clients=2&do=1ms:write(1,1);50ms:read(2,1);100ms:read(2,1);150ms:write(1,1);200ms:read(2,1)";
    let paths = |write: &str| {
        let world = run(&format!("{query}&write={write}"));
        let paths: Vec<(Version, Outcome)> = answers(&world).iter().map(|it| (it.2, it.3)).collect();
        let latencies: Vec<Micros> = world.requests.iter().filter_map(Request::latency).map(|it| it / MS).collect();
        (paths, latencies)
    };
    use Outcome::{Hit, Miss};
    // The write, two reads, a write, a read; in ms. 22 for the database, 2 more for the cache.
    assert_eq!(paths("around"), (vec![(1, Miss), (1, Hit), (1, Hit)], vec![22, 24, 2, 22, 2]));
    assert_eq!(paths("delete"), (vec![(1, Miss), (1, Hit), (2, Miss)], vec![24, 24, 2, 24, 24]));
    assert_eq!(paths("set"), (vec![(1, Hit), (1, Hit), (2, Hit)], vec![24, 2, 2, 24, 2]));
    assert_eq!(paths("log"), (vec![(1, Miss), (1, Hit), (2, Miss)], vec![22, 24, 2, 22, 24]));
    assert_eq!(paths("through"), (vec![(1, Hit), (1, Hit), (2, Hit)], vec![24, 2, 2, 24, 2]));
    assert_eq!(paths("back"), (vec![(1, Hit), (1, Hit), (2, Hit)], vec![2, 2, 2, 2, 2]));
}

#[test]
fn uniform_reads_hit_as_often_as_the_cache_has_room() {
    let world = run("rate=1000&work=uniform&keys=100&capacity=30&writes=0&span=10000&slots=100&db=1&warm=10000");
    let hits = readout(&world, "hits");
    assert!((hits - 30.0).abs() < 2.0, "{hits}");
}

#[test]
fn a_loop_larger_than_the_cache_defeats_lru() {
    let query = "rate=200&work=loop&keys=30&capacity=20&writes=0&span=4000&slots=100&db=1&warm=3000";
    assert_eq!(readout(&run(&format!("{query}&rule=lru")), "hits"), 0.0);
    assert!(readout(&run(&format!("{query}&rule=mru")), "hits") > 50.0);
}

#[test]
fn keys_are_dealt_to_nodes_and_one_that_crashes_takes_only_its_own() {
    let world = at("nodes=3&keys=60&capacity=30&rate=0&warm=5000&do=1ms:crash(2)", 2 * MS);
    for key in 0..60 {
        let home = world.home(key).expect("a node");
        assert_eq!(world.entry(key).is_some(), home != 1, "k{}", key + 1);
        for id in (0..3).filter(|id| *id != home) {
            assert!(world.node(id).expect("a node").entry(key).is_none());
        }
    }
}

#[test]
fn single_flight_answers_all_from_one_load() {
    let world = run("rate=0&warm=0&read=through&flight=single&do=1ms:burst(9,1)");
    assert_eq!((world.stats.misses, world.stats.shared, world.stats.db_reads), (1, 8, 1));
    let latencies: Vec<Micros> = world.requests.iter().filter_map(Request::latency).collect();
    assert_eq!(latencies, vec![24 * MS; 9]);
    // A client's own reads share; those of another load for themselves.
    let world = run("rate=0&warm=0&clients=3&flight=single&do=1ms:burst(9,1)");
    assert_eq!((world.stats.misses, world.stats.shared, world.stats.db_reads), (3, 6, 3));
}

#[test]
fn who_finds_the_cache_down_asks_the_database() {
    let world = run("rate=0&warm=0&do=1ms:crash(1);2ms:read(1,1);6ms:write(2,1);60ms:read(1,1)");
    assert_eq!(answers(&world), [(0, 0, 0, Outcome::Direct), (0, 0, 1, Outcome::Direct)]);
    let world = run("rate=0&warm=0&write=back&do=1ms:crash(1);3ms:write(2,1);60ms:read(1,1)");
    assert_eq!(answers(&world), [(0, 0, 1, Outcome::Direct)]);
    // A read in the hands of the cache that crashes turns to the database; a write fails.
    let world = run("rate=0&warm=0&read=through&do=1ms:read(1,1);10ms:crash(1)");
    assert_eq!(answers(&world), [(0, 0, 0, Outcome::Direct)]);
    let world = run("rate=0&warm=0&write=through&do=1ms:write(1,1);10ms:crash(1)");
    assert_eq!(world.stats.failed_writes, 1);
}

#[test]
fn the_database_turns_away_what_its_queue_has_no_room_for() {
    let world = run("read=none&rate=0&slots=2&queue=10&do=1ms:burst(30,1)");
    assert_eq!((world.stats.failed_reads, world.stats.queue, world.stats.direct), (18, 10, 12));
    let world = run("read=none&rate=0&slots=1&queue=100&db=500&do=1ms:burst(30,1)");
    // 2 s in the queue at most: those whose turn comes later are turned away.
    assert_eq!(world.stats.direct, 5);
    let world = run("rate=0&warm=0&do=1ms:dbdown;2ms:read(1,1);9ms:dbup;20ms:read(1,1)");
    assert_eq!(answers(&world).iter().map(|it| it.3).collect::<Vec<_>>(), [Outcome::Failed, Outcome::Miss]);
}
