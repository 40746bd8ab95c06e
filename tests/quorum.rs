//! What the quorum's world owes its reader: it never panics, keeps its promises where theory says so, breaks them where
//! theory says it may, and agrees with the model of bounded staleness.

use moving_parts::explainers::quorum::{Action, Data, OpKind, Outcome, Params, Quorum, World};
use moving_parts::explainers::{Check, Explainer, Kind, Knobs, Verdict};
use moving_parts::models::quorum::history::{self, History};
use moving_parts::models::quorum::linear;
use moving_parts::models::quorum::pbs::{Config, Trials};
use moving_parts::models::quorum::session::Guarantee;
use moving_parts::sim::{MS, SECOND, digest};
use proptest::prelude::*;
use std::rc::Rc;

fn params(settings: &[(&str, &str)]) -> Params {
    let mut params = Params::new();
    for (key, value) in settings {
        let i = Params::SCHEMA.iter().position(|knob| knob.key == *key).unwrap_or_else(|| panic!("no knob {key}"));
        let value = Params::SCHEMA[i].read(value).unwrap_or_else(|why| panic!("{key}={value}: {why:?}"));
        params.set(i, value);
    }
    params
}

fn run(settings: &[(&str, &str)], seed: u64, until: u64) -> World {
    let mut world = Quorum::build(&params(settings), seed, &Data::default());
    Quorum::advance(&mut world, until);
    world
}

fn check(world: &World, key: &str) -> Verdict {
    let found: Option<Check> = Quorum::checks(world).into_iter().find(|check| check.key == key);
    found.unwrap_or_else(|| panic!("no check {key}")).verdict
}

/// Any action, sensible or not.
fn action() -> impl Strategy<Value = Action> {
    let key = || prop_oneof![Just("x"), Just("y"), Just("k4"), Just("q")].prop_map(String::from);
    prop_oneof![
        6 => (0u32..5, key()).prop_map(|(client, key)| Action::Write(client, key)),
        6 => (0u32..5, key()).prop_map(|(client, key)| Action::Read(client, key)),
        2 => (0u32..8).prop_map(Action::Crash),
        2 => (0u32..8).prop_map(Action::Restart),
        1 => (0u32..8).prop_map(Action::Wipe),
        1 => (0u32..8, 0u32..20).prop_map(|(node, factor)| Action::Slow(node, factor)),
        1 => (0u32..8, 0u32..300).prop_map(|(node, ahead)| Action::Skew(node, ahead)),
        1 => "[0-9A-C]{0,3}".prop_map(Action::Cut),
        1 => (0u32..7, 0u32..7).prop_map(|(a, b)| Action::CutLink(a, b)),
        1 => Just(Action::Heal),
        2 => (0u32..7, 0u32..7).prop_map(|(a, b)| Action::Sync(a, b)),
        1 => (0u32..5, 0u32..7).prop_map(|(client, node)| Action::Via(client, node)),
    ]
}

/// Any settings, with a load that a test can afford.
fn settings() -> impl Strategy<Value = Params> {
    prop::collection::vec((0usize..Params::SCHEMA.len(), any::<u16>()), 0..14).prop_map(|picks| {
        let mut params = Params::new();
        for (i, pick) in picks {
            let (min, max) = Params::SCHEMA[i].range();
            let max = if matches!(Params::SCHEMA[i].kind, Kind::Number { .. }) { max.min(min + 400) } else { max };
            params.set(i, min + i64::from(pick) % (max - min + 1));
        }
        params.span = params.span.min(600);
        params.load = params.load.min(120);
        params
    })
}

type Script = Vec<(u64, Action)>;

fn script(most: usize) -> impl Strategy<Value = Script> {
    prop::collection::vec((0u64..700 * MS, action()), 0..most).prop_map(|mut script| {
        script.sort_by_key(|step| step.0);
        script
    })
}

/// Runs a script; what cannot be done is left out. Stops at each of `cuts` on the way.
fn play(params: &Params, seed: u64, script: &Script, cuts: &[u64]) -> World {
    let mut world = Quorum::build(params, seed, &Data::default());
    let mut cuts = cuts.iter().peekable();
    for (at, action) in script {
        while let Some(cut) = cuts.next_if(|cut| *cut <= at) {
            Quorum::advance(&mut world, *cut);
        }
        Quorum::advance(&mut world, *at);
        let before = digest(&world);
        if let Err(why) = Quorum::act(&mut world, *at, action) {
            assert!(!why.is_empty());
            assert_eq!(digest(&world), before, "{action:?} was refused and did something");
        }
    }
    for cut in cuts {
        Quorum::advance(&mut world, *cut);
    }
    Quorum::advance(&mut world, 3 * SECOND);
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn any_run_is_sound_and_does_not_depend_on_how_the_clock_was_cut(
        params in settings(), script in script(14), seed in any::<u64>(), mut cuts in prop::collection::vec(0u64..3_000_000, 0..6),
    ) {
        let once = play(&params, seed, &script, &[]);
        cuts.sort_unstable();
        let again = play(&params, seed, &script, &cuts);
        prop_assert_eq!(digest(&once), digest(&again));
        prop_assert!(!Quorum::events(&once).is_empty());
        prop_assert!(Quorum::events(&once).is_sorted_by_key(|event| event.at));
        for event in Quorum::events(&once) {
            prop_assert!(!event.head.is_empty() && !event.text.is_empty());
        }
        let stats = &once.stats;
        prop_assert_eq!(stats.finished(), stats.ok_reads + stats.ok_writes + stats.timeouts + stats.unavailable + stats.failed);
        prop_assert_eq!(stats.ok_reads, stats.read_latency.len() as u64);
        prop_assert!(stats.stale <= stats.ok_reads);
        // Every operation is over: at the latest when its client's patience is.
        for op in &once.ops {
            prop_assert!(op.completed.is_some() || op.invoked + 2_100 * MS > 3 * SECOND * u64::from(params.timeout < 600), "{:?}", op);
            prop_assert!(op.counted & !op.asked == 0 || op.kind == OpKind::Write);
        }
        for subject in Quorum::followable(&once) {
            prop_assert!(Quorum::name(&once, subject).is_some());
            prop_assert!(Quorum::state(&once, subject).is_some(), "{:?}", subject);
        }
        prop_assert!(!Quorum::describe(&once, SECOND).is_empty());
        let _ = (Quorum::readouts(&once), Quorum::settled(&once), Quorum::still_until(&once, SECOND));
        for offer in Quorum::offers(&once) {
            let action = moving_parts::link::call::read::<Action>(&offer.act).expect("an action");
            prop_assert!(Quorum::act(&mut once.clone(), 3 * SECOND, &action).is_ok(), "{}", offer.act);
        }
    }

    /// R + W > N, no stand-ins, no disk lost: every read meets every acknowledged write, whatever is cut, crashed, slow.
    #[test]
    fn quorums_that_overlap_do(
        params in settings(), script in script(20), seed in any::<u64>(), n in 1i64..8, w in 1i64..8, r in 1i64..8,
    ) {
        let mut params = params;
        (params.n, params.sloppy, params.wl, params.rl, params.load) = (n, 0, 0, 0, params.load.max(60));
        let n = params.copies();
        let w = w.min(n);
        (params.w, params.r) = (w, r.clamp(n - w + 1, n));
        let script = script.into_iter().filter(|(_, action)| !matches!(action, Action::Wipe(_))).collect();
        let world = play(&params, seed, &script, &[]);
        prop_assert!(world.overlaps());
        prop_assert_eq!(check(&world, "overlap"), Verdict::Holds);
        // Right clocks and overlap: nothing stale, nothing lost.
        let skewed = params.skew > 0 || script.iter().any(|(_, action)| matches!(action, Action::Skew(..)));
        if params.resolve == 0 && !skewed {
            prop_assert_eq!(world.stats.stale, 0);
            for key in ["durable", "strong", "bounded-staleness", "read-your-writes", "consistent-prefix"] {
                prop_assert_eq!(check(&world, key), Verdict::Holds, "{}", key);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Majorities both ways, right clocks, last write wins, and what a read returns is on a majority before it returns:
    /// a single copy could not be told from it, whatever fails, as long as no disk is lost.
    #[test]
    fn majorities_and_blocking_repair_are_linearizable(
        params in settings(), script in script(20), seed in any::<u64>(), n in 1i64..8, w in 1i64..8, r in 1i64..8,
    ) {
        let mut params = params;
        (params.n, params.sloppy, params.wl, params.rl, params.load) = (n, 0, 0, 0, params.load.max(40));
        (params.resolve, params.skew, params.repair, params.keys) = (0, 0, 2, params.keys.min(3));
        let majority = params.copies() / 2 + 1;
        (params.w, params.r) = (w.max(majority), r.max(majority));
        let script = script.into_iter().filter(|(_, act)| !matches!(act, Action::Wipe(_) | Action::Skew(..))).collect();
        let world = play(&params, seed, &script, &[]);
        for check in Quorum::checks(&world) {
            prop_assert_eq!(check.verdict, Verdict::Holds, "{}", check.key);
        }
    }
}

/// The history as a checker reads it that knows nothing of the store.
fn history(world: &World) -> History {
    let mut history = History::default();
    for op in &world.ops {
        let answer = op.versions.first().map_or(0, |version| version.value);
        let (kind, outcome) = match (op.kind, op.outcome) {
            (OpKind::Write, Some(Outcome::Ok)) => (history::Kind::Write(op.value), history::Outcome::Ok),
            (OpKind::Write, Some(Outcome::Unavailable | Outcome::Failed)) => {
                (history::Kind::Write(op.value), history::Outcome::Fail)
            }
            (OpKind::Write, _) => (history::Kind::Write(op.value), history::Outcome::Info),
            (OpKind::Read, Some(Outcome::Ok)) => (history::Kind::Read(Some(answer)), history::Outcome::Ok),
            (OpKind::Read, _) => (history::Kind::Read(None), history::Outcome::Fail),
        };
        let (id, client, key) = (op.id, u32::from(op.client), u32::from(op.key));
        let (invoked, completed) = (op.invoked, op.completed);
        history.ops.push(history::Op { id, client, key, kind, invoked, completed, outcome });
    }
    history
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// What is watched online is what the search finds in the whole history.
    #[test]
    fn the_online_verdict_is_the_search_s(params in settings(), script in script(24), seed in any::<u64>(), quorums in (1i64..4, 1i64..4)) {
        let mut params = params;
        (params.resolve, params.load, params.span) = (params.resolve.min(1), 20 + params.load.min(40), 500);
        // Heavy tails and quick reads: much goes wrong.
        params.delay = [2, 3, 2, 0][seed as usize % 4];
        (params.clients, params.keys, params.w, params.r) = (params.clients.min(4), params.keys.min(3), quorums.0, quorums.1);
        let world = play(&params, seed, &script, &[]);
        let finished = world.ops.iter().filter(|op| op.completed.is_some()).count() as u64;
        prop_assume!(finished == world.stats.finished());
        let found = linear::check(&Rc::new(history(&world)), 200_000);
        let holds = check(&world, "linearizable") == Verdict::Holds;
        match found {
            linear::Verdict::Linearizable => prop_assert!(holds, "{:?}", check(&world, "linearizable")),
            linear::Verdict::Broken(violation) => prop_assert!(!holds, "{}", violation.words),
            linear::Verdict::Undecided(_) => {}
        }
    }
}

/// Overlap alone is not enough: a write that is on its way is seen by one reader and not by a later one.
#[test]
fn overlap_is_not_linearizability_and_blocking_repair_is_what_is_missing() {
    let load = [("load", "60"), ("clients", "4"), ("span", "5000"), ("reads", "80"), ("delay", "lnkd-disk")];
    let mut broken = 0;
    for seed in 0..10 {
        let plain = run(&load, seed, 6 * SECOND);
        assert_eq!(check(&plain, "overlap"), Verdict::Holds);
        assert_eq!(plain.stats.stale, 0);
        broken += u32::from(check(&plain, "linearizable") != Verdict::Holds);
        let mut repaired = load.to_vec();
        repaired.push(("repair", "blocking"));
        assert_eq!(check(&run(&repaired, seed, 6 * SECOND), "linearizable"), Verdict::Holds);
    }
    assert!(broken >= 4, "{broken} of 10");
}

#[test]
fn all_acknowledge_then_all_are_equal() {
    for seed in 0..40 {
        for resolve in ["lww", "lamport", "vector"] {
            let settings = [("wl", "all"), ("load", "60"), ("keys", "4"), ("clients", "3"), ("resolve", resolve)];
            let world = run(&settings, seed, 3 * SECOND);
            assert!(world.stats.ok_writes > 40 && world.stats.timeouts == 0);
            for key in 0..4u8 {
                let held: Vec<_> = world
                    .replicas(key)
                    .iter()
                    .map(|node| world.nodes[usize::from(*node)].store[usize::from(key)].clone())
                    .collect();
                assert!(held.iter().all(|versions| *versions == held[0] && !versions.is_empty()), "{seed} {resolve}");
            }
        }
    }
}

#[test]
fn one_and_one_is_stale() {
    let world = run(&[("w", "1"), ("r", "1"), ("load", "80"), ("clients", "4"), ("span", "20000")], 1, 22 * SECOND);
    assert!(world.stats.stale > 10, "{}", world.stats.stale);
    for key in ["overlap", "strong", "linearizable", "monotonic-reads", "read-your-writes"] {
        assert_ne!(check(&world, key), Verdict::Holds, "{key}");
    }
    // The guarantee and the figure speak of the same reads.
    assert_eq!(u64::from(world.watch.sessions.broken(Guarantee::Strong)), world.stats.stale);
    assert!(!world.overlaps());
}

/// The same distributions, the same quorums, one write and one read a while later: world and model agree.
#[test]
fn staleness_is_as_the_model_says() {
    for (delay, r, w, t) in [
        ("plain", 1u8, 1u8, 0u64),
        ("plain", 1, 1, 4),
        ("plain", 1, 2, 0),
        ("plain", 2, 1, 2),
        ("lnkd-disk", 1, 1, 0),
        ("lnkd-disk", 1, 1, 10),
    ] {
        let (rs, ws) = (r.to_string(), w.to_string());
        let settings = params(&[("delay", delay), ("r", &rs), ("w", &ws), ("clients", "2"), ("timeout", "2000")]);
        let runs = 3_000u64;
        let mut stale = 0;
        for seed in 0..runs {
            let mut world = Quorum::build(&settings, seed, &Data::default());
            Quorum::act(&mut world, 0, &Action::Write(1, "x".into())).expect("a client");
            // The write's acknowledgement is the model's moment 0: the coordinator has it one hop before the client.
            let mut at = 0;
            while world.written.get(0).is_some_and(|written| written.acked.is_none()) {
                at = Quorum::still_until(&world, at).max(at + 50);
                Quorum::advance(&mut world, at);
            }
            let acked = world.written.get(0).and_then(|written| written.acked).expect("acknowledged");
            let begin = (acked + t * MS).max(at);
            Quorum::advance(&mut world, begin);
            Quorum::act(&mut world, begin, &Action::Read(2, "x".into())).expect("a client");
            Quorum::advance(&mut world, begin + 20 * SECOND);
            assert_eq!(world.stats.ok_reads, 1);
            stale += world.stats.stale;
        }
        // From the coordinator's count to the client and back to a coordinator: two hops later.
        let later = (t * MS + 2 * MS + 25) as f64 / MS as f64;
        let legs = settings.legs(&Data::default());
        let mut trials = Trials::new(Config { n: 3, legs, far: 0.0 }, 200_000, 5);
        trials.step(200_000);
        let expected = 1.0 - trials.consistent(r, w, later);
        let found = stale as f64 / runs as f64;
        let slack = 4.0 * f64::sqrt(expected.max(0.002) * (1.0 - expected) / runs as f64) + 0.004;
        assert!(
            (found - expected).abs() < slack,
            "{delay} R={r} W={w} t={t}: {found} in the world, {expected} by the model"
        );
    }
}

/// Latencies too: what the model says, and a hop each way.
#[test]
fn latencies_are_as_the_model_says() {
    for (delay, r, w) in [("plain", 2u8, 3u8), ("lnkd-disk", 1, 2), ("lnkd-ssd", 3, 1)] {
        let (rs, ws) = (r.to_string(), w.to_string());
        let settings =
            [("delay", delay), ("r", &*rs), ("w", &*ws), ("timeout", "2000"), ("load", "200"), ("span", "60000")];
        let world = run(&settings, 3, 70 * SECOND);
        let mut trials =
            Trials::new(Config { n: 3, legs: params(&settings).legs(&Data::default()), far: 0.0 }, 100_000, 5);
        trials.step(100_000);
        let readouts = Quorum::readouts(&world);
        for (key, expected) in [
            ("read-median", trials.read_latency(r, 0.5)),
            ("read-p99", trials.read_latency(r, 0.99)),
            ("write-median", trials.write_latency(w, 0.5)),
            ("write-p99", trials.write_latency(w, 0.99)),
        ] {
            let found =
                readouts.iter().find(|readout| readout.key == key).and_then(|readout| readout.value).expect(key) - 2.0;
            // A tail of some hundred values is less sure than a median.
            let slack = if key.ends_with("median") { 0.03 } else { 0.12 };
            assert!(
                (found / expected - 1.0).abs() < slack,
                "{delay} {key}: {found} in the world, {expected} by the model"
            );
        }
    }
}

/// A hundred thousand operations. Run with `--ignored --nocapture` in release.
#[test]
#[ignore = "a measurement"]
fn how_long_a_minute_of_load_takes() {
    let now = || std::process::Command::new("date").arg("+%s%N").output().expect("date");
    let begun = now();
    let settings = [("clients", "8"), ("load", "200"), ("span", "60000"), ("keys", "4")];
    let world = run(&settings, 1, 62 * SECOND);
    let ended = now();
    let nanos =
        |out: std::process::Output| String::from_utf8_lossy(&out.stdout).trim().parse::<u64>().expect("a number");
    let (begun, ended) = (nanos(begun), nanos(ended));
    let before = nanos(now());
    let mut copy = world.clone();
    for _ in 0..1_000 {
        copy = std::hint::black_box(copy.clone());
    }
    println!("a clone costs {} ns", (nanos(now()) - before) / 1_000);
    let before = nanos(now());
    let readouts = Quorum::readouts(&world);
    println!("readouts take {} µs ({}), the digest …", (nanos(now()) - before) / 1_000, readouts.len());
    let before = nanos(now());
    digest(&copy);
    println!("… {} µs", (nanos(now()) - before) / 1_000);
    println!("{} operations in {} ms", world.stats.finished(), (ended - begun) / 1_000_000);
    println!("{:?}", Quorum::readouts(&world).iter().map(|r| format!("{} {}", r.key, r.text)).collect::<Vec<_>>());
}

#[test]
fn settings_that_limit_each_other_say_so() {
    use moving_parts::{explainers::find, link};
    let open = |query: &str| {
        let (link, _) = link::parse(&format!("#/quorum?{query}"));
        (find("quorum").expect("registered").open)(&link)
    };
    let (_, bad) = open("n=99");
    let why = &bad.first().expect("99 is too many").why;
    assert!(why.contains("from 1 to 7") && why.contains("only 5 nodes") && why.contains("5 copies"), "{why}");
    assert!(open("n=7").0.caveats().iter().any(|why| why.contains("only 5 nodes")));
    assert!(open("n=3&w=5").0.caveats().iter().any(|why| why.contains("a write waits for 3 and not for 5")));
    assert!(open("").0.caveats().is_empty());
    // What a caveat says of the timeout is what happens, and happens only then.
    let cases = [
        (&[("delay", "wan")][..], true),
        (&[("delay", "wan"), ("timeout", "1000")], false),
        (&[("dcs", "2"), ("far", "80"), ("w", "3")], true),
        (&[("dcs", "2"), ("far", "20"), ("w", "3")], false),
    ];
    for (settings, fails) in cases {
        let told = params(settings).caveats().iter().any(|(key, _)| *key == "timeout");
        let mut world = run(settings, 7, MS);
        Quorum::act(&mut world, MS, &Action::Write(1, "x".into())).expect("a write");
        Quorum::advance(&mut world, 2 * SECOND);
        let outcome = world.ops.iter().next().and_then(|op| op.outcome);
        assert_eq!((told, outcome == Some(Outcome::Timeout)), (fails, fails), "{settings:?}: {outcome:?}");
    }
}
