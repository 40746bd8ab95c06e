//! What can go wrong: each as an interleaving that a reader can play, with what prevents it.

use super::*;

/// Nothing happens but what is done; everything takes its plain time: 1 ms to the cache, 1 ms to the database, 20 ms in
/// it. Two clients.
const STILL: &str = "rate=0&warm=0&keys=8&capacity=8&clients=2&hop=2&way=2&db=20";

fn still(more: &str) -> World {
    run(&format!("{STILL}&{more}"))
}

/// C1 has read v0 from the database and stops before it can set it; C2 writes v1 and deletes the entry; C1 sets v0.
const STALE_SET: &str = "do=1ms:read(1,1);10ms:pause(1,60);30ms:write(2,1);90ms:read(2,1)";

#[test]
fn a_value_set_after_a_delete_is_stale() {
    let world = still(&format!("{STALE_SET}&bound=50"));
    let entry = world.entry(0).expect("it was set");
    assert_eq!((entry.version, world.row(0).version), (0, 1));
    // C1 woke up at 70 ms; its set took 1 ms.
    assert_eq!(entry.stale, Some(71 * MS));
    assert_eq!(answers(&world), [(0, 0, 0, Outcome::Miss), (1, 0, 0, Outcome::Hit)]);
    assert_eq!((readout(&world, "stale"), readout(&world, "stale-entries")), (1.0, 1.0));
    // Acknowledged at 54 ms, read until 92 ms.
    assert_eq!(readout(&world, "oldest"), 38.0);
    assert!(
        broken(&world, "ryw").contains("[C2](client-2) had written v1 of [k1](key-1)"),
        "{}",
        broken(&world, "ryw")
    );
    assert!(broken(&world, "bounded").contains("v0 of [k1](key-1)"));
    // From 71 ms on, until now.
    assert_eq!(readout(&world, "disagree"), (world.now - 71 * MS) as f64 / 1_000.0);
    assert!(world.events.iter().any(|it| it.head == "C1 sets k1 to v0, and v1 is the newest"));
    // It heals when the entry goes, by its time to live at the latest.
    let world = still(&format!("{STALE_SET}&ttl=40&bound=50"));
    assert!(broken(&world, "bounded").is_empty());
    assert_eq!(readout(&world, "disagree"), 40.0);
    let world = still("do=1ms:read(1,1);30ms:write(2,1);90ms:read(2,1)");
    assert_eq!((readout(&world, "stale"), broken(&world, "ryw")), (0.0, String::new()));
}

#[test]
fn a_lease_prevents_the_stale_set() {
    let world = still(&format!("{STALE_SET}&flight=lease"));
    assert_eq!((readout(&world, "stale"), readout(&world, "refused-sets")), (0.0, 1.0));
    assert_eq!(answers(&world)[1], (1, 0, 1, Outcome::Miss));
    assert_eq!(world.entry(0).map(|entry| entry.version), Some(1));
    assert!(broken(&world, "ryw").is_empty());
}

#[test]
fn read_through_has_the_same_race_and_the_same_remedy() {
    // The load sees the replica of 30 ms ago; the write is committed and the entry deleted while it is under way.
    let race = "read=through&replica=30&do=1ms:write(2,1);15ms:read(1,1);60ms:read(2,1)";
    let world = still(race);
    assert_eq!(answers(&world), [(0, 0, 0, Outcome::Miss), (1, 0, 0, Outcome::Hit)]);
    assert_eq!((readout(&world, "stale"), world.entry(0).map(|it| it.version)), (1.0, Some(0)));
    let world = still(&format!("{race}&flight=lease"));
    assert_eq!(answers(&world)[1].2, 1);
    assert_eq!((readout(&world, "stale"), readout(&world, "refused-sets")), (0.0, 1.0));
}

#[test]
fn two_writers_set_in_another_order_than_the_database() {
    let race = "do=1ms:write(1,1);2ms:write(2,1);10ms:pause(1,40);100ms:read(2,1)";
    let world = still(&format!("write=set&{race}"));
    assert_eq!((world.row(0).version, world.entry(0).map(|it| it.version)), (2, Some(1)));
    assert_eq!(answers(&world), [(1, 0, 1, Outcome::Hit)]);
    assert!(broken(&world, "ryw").contains("returned v1"));
    // Deleting is the same whatever the order.
    let world = still(&format!("write=delete&{race}"));
    assert_eq!(answers(&world), [(1, 0, 2, Outcome::Miss)]);
    assert!(broken(&world, "ryw").is_empty());
    // Through the cache, one write of a key passes at a time.
    let world = still(&format!("write=through&{race}"));
    assert_eq!((world.row(0).version, answers(&world)), (2, vec![(1, 0, 2, Outcome::Hit)]));
}

#[test]
fn a_crash_loses_what_write_back_had_acknowledged() {
    let crash = "do=1ms:write(1,1);2ms:write(2,2);30ms:write(1,1);60ms:crash(1);70ms:restart(1);80ms:read(1,1)";
    let world = still(&format!("write=back&flush=200&{crash}"));
    assert_eq!(readout(&world, "lost"), 3.0);
    assert!(broken(&world, "durable").contains("3 acknowledged writes went with [the cache](cache-1)"));
    assert_eq!((world.row(0).version, world.row(1).version), (0, 0));
    assert_eq!(answers(&world), [(0, 0, 0, Outcome::Miss)]);
    assert!(broken(&world, "ryw").contains("v2"));
    // What was flushed by then is safe: k1’s first and k2’s write, 1 + 10 + 1 + 20 ms after they were taken.
    let world = still(&format!("write=back&flush=10&{}", crash.replace("30ms", "50ms")));
    assert_eq!((readout(&world, "lost"), world.row(0).version, world.row(1).version), (1.0, 1, 1));
    // On its way to the database when the cache crashes: it gets there all the same, unless the database fails it.
    let world = still("write=back&flush=10&do=1ms:write(1,1);20ms:crash(1)");
    assert_eq!((readout(&world, "lost"), world.row(0).version), (0.0, 1));
    assert!(broken(&world, "durable").is_empty());
    let world = still("write=back&flush=10&do=1ms:write(1,1);20ms:crash(1);25ms:dbdown");
    assert_eq!((readout(&world, "lost"), world.row(0).version), (1.0, 0));
    assert!(broken(&world, "durable").contains("the database"));
    // Nothing is lost with write-through, which costs each write the database.
    let world = still(&format!("write=through&{crash}"));
    assert_eq!((readout(&world, "lost"), world.row(0).version, world.row(1).version), (0.0, 2, 1));
}

#[test]
fn write_back_answers_at_once_and_merges_writes() {
    let writes = "do=1ms:write(1,1);5ms:write(2,1);9ms:write(1,1);200ms:read(2,1)";
    let world = still(&format!("write=back&flush=50&{writes}"));
    assert_eq!(readout(&world, "write-mean"), 2.0);
    assert_eq!((world.stats.flushes, world.stats.flushed, world.stats.flushed_writes), (1, 1, 3));
    assert_eq!((world.row(0).version, answers(&world)), (3, vec![(1, 0, 3, Outcome::Hit)]));
    assert_eq!(world.dirty(), 0);
    // 1 ms there, 1 + 20 + 1 in and around the database, 1 ms back.
    let world = still("write=through&do=1ms:write(1,1)");
    assert_eq!(readout(&world, "write-mean"), 24.0);
}

#[test]
fn a_dirty_victim_is_read_from_the_flush_buffer() {
    let world = at(
        &format!(
            "{}&write=back&flush=100&do=1ms:write(1,1);5ms:write(1,2);9ms:read(2,1)",
            STILL.replace("capacity=8", "capacity=1")
        ),
        50 * MS,
    );
    let node = world.node(0).expect("a node");
    assert_eq!((node.held, node.victims.back().map(|it| (it.key, it.dirty))), (1, Some((0, true))));
    assert_eq!(node.buffer().map(|it| it.key).collect::<Vec<_>>(), [0]);
    assert_eq!(answers(&world), [(1, 0, 1, Outcome::Hit)]);
}

#[test]
fn a_cold_restart_loads_the_database() {
    let busy = "rate=1000&span=2000&keys=200&capacity=150&slots=8&db=20&clients=8&writes=0&flight=single&read=through";
    let db_reads = |world: &World, from: Micros, to: Micros| -> u32 {
        world.stats.samples.iter().filter(|it| it.at > from && it.at <= to).map(|it| it.queries).sum()
    };
    let warm = run(&format!("{busy}&warm=20000"));
    let cold = run(&format!("{busy}&warm=20000&do=1s:crash(1);1.01s:restart(1)"));
    let (before, after) = (db_reads(&warm, 1_000 * MS, 1_200 * MS), db_reads(&cold, 1_000 * MS, 1_200 * MS));
    assert!(after > 2 * before, "{before} against {after}");
    assert_eq!(db_reads(&warm, 0, 1_000 * MS), db_reads(&cold, 0, 1_000 * MS));
    assert!(readout(&cold, "p99") > readout(&warm, "p99"));
    assert!(readout(&cold, "hits") < readout(&warm, "hits"));
    // While the node is down, reads go straight to the database.
    assert!(cold.stats.direct > 0 && warm.stats.direct == 0);
}

#[test]
fn an_expired_hot_key_stampedes() {
    let hot = "clients=8&warm=50&keys=8&do=10ms:expire(1);11ms:burst(64,1)";
    let loads = |more: &str| {
        let world = run(&format!("rate=0&slots=100&{hot}&{more}"));
        (readout(&world, "loads"), readout(&world, "db-reads"), broken(&world, "single").is_empty())
    };
    assert_eq!(loads("flight=each"), (64.0, 64.0, false));
    // Single flight in the clients: one load each.
    assert_eq!(loads("flight=single"), (8.0, 8.0, false));
    assert_eq!(loads("flight=lease"), (1.0, 1.0, true));
    assert_eq!(loads("read=through&flight=each"), (64.0, 64.0, false));
    assert_eq!(loads("read=through&flight=single"), (1.0, 1.0, true));
    let world = run(&format!("rate=0&{hot}&flight=each"));
    let why = broken(&world, "single");
    assert!(why.contains("[request 2](request-2)") && why.contains("[k1](key-1)"), "{why}");
    // Four slots for 64 loads of 20 ms: the last waits for 15 others.
    assert_eq!(world.stats.queue, 60);
    assert_eq!(world.stats.read_latency.iter().max().copied(), Some(1_000 * (2 + 2 + 16 * 20)));
}

#[test]
fn early_refresh_and_refresh_ahead_keep_a_hot_key_from_expiring() {
    let hot = "rate=2000&hot=100&keys=2&ttl=200&span=3000&writes=0&clients=8&slots=100&warm=10&db=20";
    let plain = run(hot);
    let early = run(&format!("{hot}&early=100"));
    let ahead = run(&format!("{hot}&read=ahead&flight=single&ahead=40"));
    // 2,000 reads a second, and 22 ms until the set has arrived: some forty loads each time.
    assert!(readout(&plain, "loads") > 20.0, "{}", readout(&plain, "loads"));
    let (herds, few) = (plain.stats.db_reads, early.stats.db_reads);
    assert!(4 * few < herds, "{few} against {herds}");
    assert!(early.stats.early > 0 && readout(&early, "hits") > readout(&plain, "hits"));
    assert_eq!((readout(&ahead, "loads"), ahead.stats.expired), (1.0, 0));
    assert!(ahead.stats.misses <= 1 && ahead.stats.refreshes > 20);
}

#[test]
fn jitter_spreads_what_was_loaded_at_once() {
    // Everything is loaded within some ms after the cache was emptied, and expires at the same time.
    let herd = "rate=4000&work=uniform&keys=60&capacity=100&ttl=1000&span=4000&writes=0&slots=100&read=through\
                &flight=single&warm=2000&do=1ms:flush";
    let peak = |more: &str| {
        let world = run(&format!("{herd}{more}"));
        world.stats.samples.iter().filter(|it| it.at > 900 * MS).map(|it| it.queries).max().unwrap_or(0)
    };
    let (same, spread) = (peak(""), peak("&jitter=50"));
    assert!(same > 2 * spread, "{same} against {spread}");
}

#[test]
fn absent_keys_go_through_to_the_database() {
    let attack = "rate=500&absent=50&writes=0&span=2000&keys=50&capacity=80&slots=20&warm=2000";
    let reads = |more: &str| {
        let world = run(&format!("{attack}{more}"));
        (world.stats.db_reads, world)
    };
    let ((plain, _), (negative, _), (bloom, filtered)) = (reads(""), reads("&negative=on"), reads("&bloom=10"));
    assert!(2 * negative < plain, "{negative} of {plain}");
    // All that is absent, but for the false positives: 0.8% in theory at ten bits.
    let absent = filtered.requests.iter().filter(|it| filtered.absent(it.key)).count() as f64;
    assert!(2 * bloom < plain, "{bloom} of {plain}");
    assert_eq!((filtered.stats.filtered + filtered.stats.passed) as f64, absent);
    assert!((filtered.stats.passed as f64) < 0.1 * absent);
    let existing = filtered.requests.iter().filter(|it| !filtered.absent(it.key));
    assert!(existing.map(|it| it.outcome).all(|outcome| outcome != Some(Outcome::Filtered)));
}

#[test]
fn a_replica_that_lags_puts_old_values_into_the_cache() {
    let race = "do=1ms:write(1,1);40ms:read(2,1);200ms:read(2,1)";
    let world = still(&format!("replica=60&{race}"));
    // Deleted at 25 ms; the load at 63 ms sees the database as it was at 3 ms.
    assert_eq!(answers(&world), [(1, 0, 0, Outcome::Miss), (1, 0, 0, Outcome::Hit)]);
    assert_eq!(world.stats.stale, 2);
    let world = still(&format!("replica=20&{race}"));
    assert_eq!(answers(&world), [(1, 0, 1, Outcome::Miss), (1, 0, 1, Outcome::Hit)]);
    assert_eq!(world.stats.stale, 0);
}

#[test]
fn a_change_log_that_lags_leaves_stale_entries_for_so_long() {
    let race = "write=log&do=1ms:read(1,1);50ms:write(2,1);100ms:read(1,1);200ms:read(1,1)";
    let world = still(&format!("{race}&log=60&bound=80"));
    // Committed at 71 ms, deleted at 132 ms.
    let versions: Vec<Version> = answers(&world).iter().map(|it| it.2).collect();
    assert_eq!((versions, broken(&world, "bounded")), (vec![0, 0, 1], String::new()));
    assert_eq!(world.stats.stale, 1);
    assert!(!broken(&still(&format!("{race}&log=60&bound=60")), "bounded").is_empty());
    let around = still(&race.replace("log", "around"));
    assert_eq!(answers(&around).last().map(|it| it.2), Some(0));
    assert!(!broken(&around, "bounded").is_empty());
}

#[test]
fn a_cache_can_make_reads_slower() {
    let workload = "rate=300&work=uniform&keys=1000&capacity=20&db=8&slots=50&writes=0&span=3000&hop=20&warm=2000";
    let (with, without) = (run(&format!("{workload}&read=aside")), run(&format!("{workload}&read=none")));
    let (slow, fast) = (readout(&with, "mean"), readout(&without, "mean"));
    assert!((fast - 10.0).abs() < 1e-9, "{fast}");
    assert!(slow > 2.0 * fast, "{slow} against {fast}");
    // With 2% of hits, a miss pays for both: the second formula is what is measured, as nobody waits for a slot.
    assert!((readout(&with, "formula-both") - slow).abs() < 1e-9, "{slow}");
}
