//! What holds whatever is set and done.

use super::*;
use crate::explainers::{Kind, View};
use crate::sim::{SECOND, digest};
use proptest::prelude::*;

/// Settings within their ranges, the large ones made small half of the time.
fn any_params(picks: &[(u16, u16)]) -> Params {
    let mut params = Params::new();
    for (which, value) in picks {
        let i = usize::from(*which) % Params::SCHEMA.len();
        let (min, max) = Params::SCHEMA[i].range();
        let small = matches!(Params::SCHEMA[i].kind, Kind::Number { .. }) && which & 0x8000 == 0;
        let max = if small { max.min(min + 40) } else { max };
        params.set(i, min + i64::from(*value) % (max - min + 1));
    }
    // A run of the most requests is tried elsewhere.
    params.span = params.span.min(600);
    params.warm = params.warm.min(2_000);
    params
}

fn any_action(kind: u8, a: u16, b: u16) -> Action {
    let (a, b) = (u32::from(a), u32::from(b));
    match kind % 14 {
        0..3 => Action::Read(a % 9, b % 60),
        3..5 => Action::Write(a % 9, b % 30),
        5 => Action::Burst(a % 80, b % 30),
        6 => Action::Crash(a % 5),
        7 => Action::Restart(a % 5),
        8 => Action::Flush,
        9 => Action::Pause(a % 9, b % 300),
        10 => Action::Slowdb(a % 12),
        11 => [Action::Dbdown, Action::Dbup, Action::Shift][a as usize % 3].clone(),
        12 => Action::Resize(a % 50),
        _ => Action::Expire(b % 30),
    }
}

/// What must be so at every moment.
fn sound(world: &World) {
    for (node, id) in world.nodes.iter().zip(0..) {
        let held: Vec<KeyId> = (0..).zip(node.entries.iter()).filter(|it| it.1.is_some()).map(|it| it.0).collect();
        let size: u64 = held.iter().map(|key| u64::from(world.size(*key))).sum();
        assert_eq!((node.held as usize, node.used), (held.len(), size));
        assert!(node.used <= world.room, "{} in {}", node.used, world.room);
        assert_eq!((node.cache.len(), node.cache.used()), (held.len(), size));
        for key in held {
            assert!(node.cache.contains(key) && world.home(key) == Some(id));
            let entry = node.entry(key).expect("held");
            let newest = world.row(key).newest;
            assert_eq!(entry.stale.is_some(), entry.version < newest, "k{} {entry:?} {newest}", key + 1);
            assert!(!world.absent(key) || world.setup.params.negative == 1);
        }
        assert!(node.loads.iter().all(|load| node.up && load.began <= world.now));
        assert!(node.up || node.held == 0 && node.dirty.is_empty() && node.leases.is_empty());
    }
    let db = &world.db;
    assert!(db.serving.len() <= db.slots && db.waiting.len() <= world.setup.params.queue as usize);
    assert!(db.waiting.is_empty() || db.serving.len() == db.slots);
    for (key, row) in (0..).zip(db.rows.iter()) {
        assert!(row.version <= row.newest && row.newest <= row.issued && row.acked <= row.newest, "k{key} {row:?}");
    }
    // What caches have taken to write it back is in the database, under way, dirty, or lost.
    let held = world.nodes.iter().flat_map(|node| &node.dirty).map(|it| it.writes + it.flying.map_or(0, |it| it.1));
    let orphaned = world.orphans.iter().map(|it| it.writes);
    let s = &world.stats;
    assert_eq!(s.taken, s.flushed_writes + s.lost + u64::from(held.chain(orphaned).sum::<u32>()));
    for (client, id) in world.clients.iter().zip(0..) {
        let open = world.requests.iter().filter(|it| it.client == id && it.open()).count();
        assert_eq!(client.open as usize, open);
        assert!(client.open <= 1_001);
    }
}

/// Every request has ended, once, in one way.
fn conserved(world: &World) {
    let count = |fits: &dyn Fn(&Request) -> bool| world.requests.iter().filter(|it| fits(it)).count() as u64;
    assert_eq!(count(&|it| it.open()), 0);
    let s = &world.stats;
    let reads = |outcome| count(&|it| it.kind == OpKind::Read && it.outcome == Some(outcome));
    let all = [s.hits, s.misses, s.shared, s.early, s.filtered, s.direct, s.failed_reads];
    use Outcome::*;
    assert_eq!(all, [Hit, Miss, Shared, Early, Filtered, Direct, Failed].map(reads));
    assert_eq!(all.iter().sum::<u64>(), s.reads);
    assert_eq!(s.reads, count(&|it| it.kind == OpKind::Read));
    assert_eq!(s.writes, count(&|it| it.kind == OpKind::Write));
    assert_eq!(s.read_latency.len() as u64, s.reads - s.failed_reads);
    assert_eq!(world.clients.iter().map(|it| u64::from(it.open)).sum::<u64>(), 0);
    assert!(world.db.serving.is_empty() && world.db.waiting.is_empty());
    assert!(world.db.rows.iter().all(|row| row.loads == 0), "a load never came back");
    assert!(world.nodes.iter().all(|it| it.loads.is_empty() && it.puts.is_empty()));
    assert_eq!(s.stale, count(&|it| it.stale));
    // Writes are acknowledged, failed, or lost, and what is acknowledged and not lost is in the database or dirty.
    for (key, row) in (0..).zip(world.db.rows.iter()) {
        let dirty = world.home(key).and_then(|id| world.node(id)).and_then(|node| node.dirty(key)).map(|it| it.version);
        assert!(row.acked <= row.version.max(dirty.unwrap_or(0)), "k{key} {row:?} {dirty:?}");
    }
    assert!(world.orphans.is_empty());
    assert_eq!(s.lost > 0, !broken(world, "durable").is_empty());
    assert!(s.lost == 0 || world.setup.params.writing() == crate::explainers::cache::params::BACK);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn nothing_breaks_what_must_hold(
        picks in prop::collection::vec((any::<u16>(), any::<u16>()), 0..16),
        acts in prop::collection::vec((any::<u8>(), any::<u16>(), any::<u16>(), 0u64..40_000), 0..24),
        seed in any::<u64>(),
    ) {
        let params = any_params(&picks);
        let mut world = World::build(&params, seed);
        let mut at = 0;
        for (kind, a, b, after) in &acts {
            at += after;
            let action = any_action(*kind, *a, *b);
            let before = world.clone();
            if let Err(why) = world.act(at, &action) {
                prop_assert!(!why.is_empty());
                // What cannot be done changes nothing.
                let mut before = before;
                before.advance(at);
                prop_assert_eq!(digest(&before), digest(&world), "{:?} {}", action, why);
            }
            sound(&world);
        }
        for _ in 0..7 {
            at += 60_000;
            world.advance(at);
            sound(&world);
        }
        // A database that is down stays down, and a flush waits for it.
        end(&mut world);
        prop_assert!(world.now <= at + 120 * SECOND, "ends at {}", world.now);
        sound(&world);
        conserved(&world);
        prop_assert!(broken(&world, "capacity").is_empty());
        prop_assert!(world.messages.len() <= crate::explainers::cache::world::KEPT || world.messages.iter().any(|it| it.flying(world.now)));
        prop_assert!(world.events.iter().all(|it| !it.head.trim().is_empty() && !it.text.trim().is_empty()));
        prop_assert!(world.events.windows(2).all(|pair| pair[0].at <= pair[1].at));
        for subject in world.followable() {
            prop_assert!(world.name(subject).is_some() && world.state(subject).is_some(), "{:?}", subject);
        }
        prop_assert!(!world.describe(world.now).is_empty() && !world.readouts().is_empty());
        let _ = CacheStrategies::scene(&world, world.now, &View::sized(400.0, 600.0), &mut Default::default());
    }

    /// `advance(a); advance(b)` is `advance(b)`.
    #[test]
    fn steps_do_not_matter(
        picks in prop::collection::vec((any::<u16>(), any::<u16>()), 0..12),
        stops in prop::collection::vec(0u64..300_000, 0..12),
    ) {
        let params = any_params(&picks);
        let (mut direct, mut stepped) = (World::build(&params, 3), World::build(&params, 3));
        let mut at = 0;
        for stop in stops {
            at = stop.max(at);
            stepped.advance(at);
        }
        direct.advance(at);
        prop_assert_eq!(digest(&direct), digest(&stepped));
    }
}

/// The largest runs are built in the time a reader waits for, and stay bounded.
#[test]
fn the_largest_runs_end() {
    for query in [
        "rate=5000&span=10000&keys=4000&capacity=4000&warm=100000&clients=8&slots=100&db=5&ttl=500&write=back",
        "rate=5000&span=10000&keys=4000&capacity=400&db=500&slots=1&queue=1000&flight=lease&ttl=1&hot=90&hop=1",
        "rate=5000&span=10000&keys=10&capacity=1&flight=single&read=ahead&ttl=1&ahead=99&every=1&burst=500&nodes=4",
        "rate=5000&span=10000&write=through&writes=100&keys=1&db=500&slots=1&clients=1",
        "rate=5000&span=10000&write=back&flush=1&batch=1&writes=100&db=100&slots=1&do=1s:dbdown;2s:crash(1)",
    ] {
        let world = run(query);
        conserved(&world);
        assert!(world.requests.len() <= 41_000, "{query}: {}", world.requests.len());
        assert!(world.now < 30 * SECOND, "{query}: {}", world.now);
        assert!(world.events.len() <= 2_000);
    }
}

/// What tries again and again while the database is down does not keep a run from ending.
#[test]
fn a_database_that_stays_down_does_not_prolong_the_run() {
    for query in ["flush=1", "flush=1&way=40", "flush=7&batch=1&nodes=3"] {
        let link = format!("#/cache?write=back&writes=60&{query}&do=0.1s:dbdown");
        let (player, bad) = (crate::explainers::find("cache").expect("there").open)(&link::parse(&link).0);
        assert!(bad.is_empty(), "{bad:?}");
        assert!(player.end() < 2 * SECOND, "{link}: {}", player.end());
    }
}
