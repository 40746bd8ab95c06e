//! Random walks: a reader who does anything at all, over many runs with settings of all kinds, from a seed.
//!
//! A few hundred to a few thousand steps of each explainer in every test run; `WALK_STEPS=100000 cargo test --no-default-features --profile walk
//! --test walks -- --nocapture` takes a longer walk, and `WALK_SEED=7` another. Built with overflow checks, so that
//! nothing wraps unseen.

mod holds;

use holds::{Told, must_hold};
use moving_parts::draw::scene::Scene;
use moving_parts::explainers::{Entry, Kind, Knob, Measured, Player, Verdict, View, find, imports};
use moving_parts::link::{self, Link};
use moving_parts::sim::random::{Stream, stream};
use moving_parts::sim::time;
use std::collections::{BTreeMap, BTreeSet};

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// What came of a walk.
#[derive(Default)]
struct Tally {
    runs: u64,
    done: u64,
    refused: u64,
    /// Words of actions that were done at least once.
    words: BTreeSet<String>,
    /// Checks that were seen to break, and how often.
    broken: BTreeMap<&'static str, u64>,
    /// Checks that had to hold, and did.
    held: BTreeMap<&'static str, u64>,
    most_events: usize,
    most_branches: usize,
}

/// The actions an explainer has, with the number of their arguments, as it says itself.
fn vocabulary(player: &mut dyn Player) -> Vec<(String, usize)> {
    let why = player.act("no-such-action").expect_err("there is no such action");
    let (_, words) = why.split_once("there are ").expect("the actions there are");
    let words: Vec<String> = words.split(", ").map(String::from).collect();
    let mut out = Vec::new();
    for word in words {
        // One argument more than anything has.
        let why = player.act(&format!("{word}(1,1,1,1,1,1,1)")).expect_err("too many");
        let count = why.split_once(" takes ").and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
        out.push((word, count.unwrap_or_else(|| panic!("{why}"))));
    }
    out
}

fn pick<'a, T>(chance: &mut Stream, all: &'a [T]) -> &'a T {
    &all[chance.below(all.len() as u32) as usize]
}

/// Mostly numbers of things that are there; now and then what nobody should send.
fn argument(chance: &mut Stream) -> String {
    const ODD: &[&str] = &[
        "0",
        "4294967295",
        "4294967296",
        "-1",
        "",
        "1e9",
        "NaN",
        "99999999999999999999",
        "%00",
        "%F0%9F%98%80",
        "{a}b",
        "%2C",
        "ABCDEFGHI",
        "zzz",
        "9",
        "1.5",
        " 1",
        "١",
    ];
    const WORDS: &[&str] = &[
        "x",
        "y",
        "A",
        "AB",
        "12",
        "orders",
        "payments",
        "emails",
        "user:1",
        "users",
        "posts",
        "30",
        "peak = 9000 posts/s by users",
    ];
    match chance.below(20) {
        0 => (*pick(chance, ODD)).to_string(),
        1..=4 => (*pick(chance, WORDS)).to_string(),
        5..=6 => chance.below(1_200).to_string(),
        _ => (1 + chance.below(7)).to_string(),
    }
}

fn action(chance: &mut Stream, player: &dyn Player, words: &[(String, usize)]) -> String {
    match chance.below(20) {
        // What the page offers.
        0..=7 => {
            let offers = player.offers();
            if offers.is_empty() { "?".into() } else { pick(chance, &offers).act.clone() }
        }
        8..=18 => {
            let (word, count) = pick(chance, words);
            let arguments: Vec<String> = (0..*count).map(|_| argument(chance)).collect();
            if arguments.is_empty() { word.clone() } else { format!("{word}({})", arguments.join(",")) }
        }
        _ => {
            let (word, _) = pick(chance, words);
            let odd =
                [format!("{word}("), format!("{word})"), format!("{word}(1"), format!(" {word} "), word.to_uppercase()];
            pick(chance, &odd).clone()
        }
    }
}

/// A value of a setting. `wild`: anything it may have, ends above all.
fn value(chance: &mut Stream, knob: &Knob, wild: bool) -> i64 {
    let (min, max) = knob.range();
    if wild && chance.below(2) == 0 {
        return if chance.below(2) == 0 { min } else { max };
    }
    let most = if wild || !matches!(knob.kind, Kind::Number { .. }) { max } else { max.min(min + 60) };
    min + (chance.next_u64() % (most - min + 1).unsigned_abs()) as i64
}

fn drawn(scene: &Scene, at: &str) {
    for shape in scene.shapes() {
        let (x0, y0, x1, y1) = shape.bounds();
        let fits = x0 >= -1.0 && y0 >= -1.0 && x1 <= scene.width + 1.0 && y1 <= scene.height + 1.0;
        // What is not a number fails this, too.
        assert!(fits, "{at}: {shape:?} leaves the {} × {} frame", scene.width, scene.height);
    }
}

fn fragment(player: &dyn Player) -> String {
    link::write(&player.link())
}

struct Walk {
    entry: &'static Entry,
    chance: Stream,
    tally: Tally,
}

impl Walk {
    /// A run from its settings on; says how many steps it took.
    fn run(&mut self, number: u64, most: u64) -> u64 {
        let Walk { entry, chance, tally } = self;
        let slug = entry.meta.slug;
        tally.runs += 1;
        let (mut player, _) = (entry.open)(&Link { slug: slug.into(), ..Link::default() });
        let words = vocabulary(&mut *player);
        // One run in twelve goes to the ends of some settings; it is short, as each of its steps may take long.
        let wild = number % 12 == 11;
        if wild {
            for _ in 0..1 + chance.below(3) {
                let i = chance.below(player.schema().len() as u32) as usize;
                let to = value(chance, &player.schema()[i], true);
                player.set_knob(i, to);
            }
        } else if !number.is_multiple_of(12) {
            for i in 0..player.schema().len() {
                if chance.below(4) == 0 {
                    let to = value(chance, &player.schema()[i], false);
                    player.set_knob(i, to);
                }
            }
        }
        let steps = if wild { 12 } else { 20 + u64::from(chance.below(60)) }.min(most);
        for _ in 0..steps {
            let before = fragment(&*player);
            let stepped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                step(entry, &mut player, chance, tally, &words, wild);
                holding(&*player, tally);
            }));
            if let Err(why) = stepped {
                eprintln!("{slug}, run {number}: after {before}");
                std::panic::resume_unwind(why);
            }
        }
        tally.most_branches = tally.most_branches.max(player.branches().len());
        tally.most_events = tally.most_events.max(player.all_events().len());
        assert!(player.end() <= time::MAX);
        steps
    }
}

/// One thing a reader does.
fn step(
    entry: &Entry,
    player: &mut Box<dyn Player>,
    chance: &mut Stream,
    tally: &mut Tally,
    words: &[(String, usize)],
    wild: bool,
) {
    let (pace, end, now) = (entry.meta.pace, player.end(), player.now());
    let somewhere = |chance: &mut Stream, end: u64| chance.next_u64() % (end + 1);
    match chance.below(100) {
        0..=49 => {
            let text = action(chance, &**player, words);
            let before = player.digest();
            match player.act(&text) {
                Ok(()) => {
                    tally.done += 1;
                    tally.words.insert(text.trim().split('(').next().unwrap_or_default().to_string());
                }
                Err(why) => {
                    tally.refused += 1;
                    assert!(!why.trim().is_empty(), "{text} is refused without a word");
                    assert_eq!(player.digest(), before, "{text} was refused, and did something");
                }
            }
            assert_eq!(player.now(), now, "an action moves no clock");
        }
        50..=64 => player.seek(now + u64::from(chance.below(100)) * pace / 50),
        65..=69 => player.seek(player.all_events().iter().map(|event| event.at).find(|at| *at > now).unwrap_or(end)),
        70..=76 => {
            let before = player.digest();
            for _ in 0..1 + chance.below(2) {
                player.seek(somewhere(chance, end));
            }
            let there = somewhere(chance, end);
            player.seek(now);
            assert_eq!(player.digest(), before, "back at {now} it is another world");
            player.seek(there);
        }
        77..=79 => {
            player.undo();
        }
        80..=81 => {
            let count = player.branches().len() as u32;
            player.switch(chance.below(count + 1) as usize);
        }
        82..=84 => {
            let i = chance.below(player.schema().len() as u32) as usize;
            let to = value(chance, &player.schema()[i], wild);
            player.set_knob(i, to);
        }
        85 => player.set_seed(chance.next_u64()),
        86 => player.set_follow(pick_subject(&**player, chance)),
        87..=90 => opens_the_same(entry, &**player),
        91 => compare(&**player, chance),
        92..=95 => looked_at(&mut **player, chance),
        96..=97 => typed(&mut **player, chance),
        98 => brought(entry, &mut **player, chance),
        _ => match chance.below(4) {
            0 => player.reset(),
            _ => player.seek(end),
        },
    }
    assert!(player.now() <= player.end(), "beyond the end");
    assert!(player.branches().iter().filter(|branch| branch.current).count() == 1);
}

fn pick_subject(player: &dyn Player, chance: &mut Stream) -> Option<moving_parts::draw::scene::Subject> {
    let all = player.followable();
    if all.is_empty() { None } else { Some(*pick(chance, &all)) }
}

/// The link of a state is the state.
fn opens_the_same(entry: &Entry, player: &dyn Player) {
    let text = fragment(player);
    let (parsed, mut bad) = link::parse(&text);
    let (copy, more) = (entry.open)(&parsed);
    bad.extend(more);
    if player.left_out().is_some() {
        assert!(!bad.is_empty(), "{text} says nothing of what it leaves out");
        return;
    }
    // What is followed may not be there any more; then it is said.
    bad.retain(|bad| !bad.part.starts_with("follow="));
    assert!(bad.is_empty(), "{text}: {bad:?}");
    assert_eq!((copy.now(), copy.end(), copy.seed()), (player.now(), player.end(), player.seed()), "{text}");
    assert_eq!(copy.digest(), player.digest(), "{text}");
    if copy.follow() == player.follow() {
        assert_eq!(fragment(&*copy), text);
    }
}

/// The other side of a comparison goes along.
fn compare(player: &dyn Player, chance: &mut Stream) {
    let mut link = player.link();
    let versus = player.versus();
    link.parts.extend(versus.iter().map(|(key, value)| (key.to_string(), value.to_string())));
    let (mut other, _) = player.open_beside(&link);
    other.seek(player.now());
    drawn(&other.scene(&View::sized(420.0, 560.0)), "beside");
    let _ = (other.checks(), other.readouts(), chance.next_u32());
}

/// Everything that the page shows of it.
fn looked_at(player: &mut dyn Player, chance: &mut Stream) {
    let at = fragment(player);
    let (width, height) = *pick(chance, &[(320.0, 640.0), (500.0, 700.0), (815.0, 560.0), (1_240.0, 800.0)]);
    let lit = pick_subject(player, chance);
    let view = View { focus: lit, follow: player.follow(), ..View::sized(width, height) };
    drawn(&player.scene(&view), &at);
    if let Some(diagram) = player.diagram(&view) {
        drawn(&diagram, &at);
    }
    assert!(!player.events().is_empty(), "{at}: nothing is said");
    assert!(player.all_events().windows(2).all(|pair| pair[0].at <= pair[1].at), "{at}: events out of order");
    for readout in player.readouts() {
        assert!(readout.value.is_none_or(f64::is_finite), "{at}: {} is {:?}", readout.key, readout.value);
        assert!(
            !readout.text.contains("NaN") && !readout.text.contains("inf"),
            "{at}: {} {}",
            readout.key,
            readout.text
        );
    }
    let _ = (player.charts(), player.describe(), player.table(), player.caveats(), player.still_until());
    if let Some(subject) = lit {
        assert!(player.name(subject).is_some(), "{at}: {subject:?} has no name");
        let _ = (player.story(subject), player.state(subject), player.about(subject), player.ink(subject));
    }
    let far = |chance: &mut Stream| (chance.below(width as u32) as f32, chance.below(height as u32) as f32);
    let (from, to) = (far(chance), far(chance));
    if let Some(act) = player.stroke(&view, from, to) {
        let _ = player.act(&act);
    }
}

/// Where there is a text, it is written into.
fn typed(player: &mut dyn Player, chance: &mut Stream) {
    const PARTS: &[&str] = &[
        "a",
        "b = ",
        "= ",
        " + ",
        " × ",
        " / ",
        "3..40 M users",
        "2 kB/user/day",
        "\n",
        "\n    ",
        " in TB",
        "series(a; b)",
        "99.9%",
        "# published: 3 TB",
        "budget 20 ms",
        "all of 100 × ",
        "10 ms p99 60 ms",
        "hit 90%, else:",
        "fibre Paris to Tokyo",
        "first of 2 × ",
        "(",
        "-",
        "1e99",
        "0",
        "\u{202e}",
        "\t",
    ];
    if player.page_label().is_empty() {
        return;
    }
    let mut text: Vec<char> = player.page().text.chars().collect();
    for _ in 0..1 + chance.below(3) {
        let at = chance.below(text.len() as u32 + 1) as usize;
        match chance.below(3) {
            0 => text.truncate(at),
            1 => drop(text.drain(at..(at + chance.below(9) as usize).min(text.len()))),
            _ => drop(text.splice(at..at, pick(chance, PARTS).chars())),
        }
    }
    let text: String = text.into_iter().collect();
    player.write(&text);
    for _ in 0..chance.below(4) {
        player.refine();
    }
    if let Some(probe) = player.probes().first() {
        player.measured(probe.key, Measured { low: f64::NAN, middle: 0.0, high: f64::INFINITY });
    }
    assert_eq!(player.page().text, text);
}

/// Where there are examples of the reader's own data, they are taken.
fn brought(entry: &Entry, player: &mut dyn Player, chance: &mut Stream) {
    let all = imports(entry.meta.slug);
    if all.is_empty() {
        return;
    }
    let import = pick(chance, all);
    let mut reader = (import.reader)();
    reader.push(import.example.as_bytes());
    let imported = reader.finish();
    if imported.data.is_some() {
        assert_eq!(player.adopt(imported), []);
    }
}

/// What must hold holds, and what breaks says since when and why.
fn holding(player: &dyn Player, tally: &mut Tally) {
    let told = Told::of(player);
    for check in player.all_checks() {
        match &check.verdict {
            Verdict::Holds => *tally.held.entry(check.key).or_default() += u64::from(must_hold(&told, check.key)),
            Verdict::Broken(at, why) => {
                assert!(*at <= player.end() && !why.is_empty(), "{}: {at} {why}", check.key);
                let text = fragment(player);
                assert!(!must_hold(&told, check.key), "“{}” must hold: {why} ({at} µs) in {text}", check.claim);
                *tally.broken.entry(check.key).or_default() += 1;
            }
        }
    }
}

/// `usual`: so many steps take some seconds.
fn walk(slug: &str, usual: u64) {
    let (steps, seed) = (setting("WALK_STEPS", usual), setting("WALK_SEED", 1));
    let entry = find(slug).expect("in the registry");
    let mut walk = Walk { entry, chance: stream(seed, slug), tally: Tally::default() };
    let (mut taken, mut number) = (0, 0);
    while taken < steps {
        taken += walk.run(number, steps - taken);
        number += 1;
    }
    let tally = &walk.tally;
    println!(
        "{slug}: {taken} steps in {} runs; {} actions done, {} refused; at most {} events and {} branches in a run; \
         broken where they may be: {:?}; held where they must: {:?}",
        tally.runs, tally.done, tally.refused, tally.most_events, tally.most_branches, tally.broken, tally.held
    );
    // A walk that does nothing proves nothing.
    if taken < 5_000 {
        return;
    }
    let (mut player, _) = (entry.open)(&Link { slug: slug.into(), ..Link::default() });
    for (word, _) in vocabulary(&mut *player) {
        assert!(tally.words.contains(&word), "{slug}: {word} was never done");
    }
}

#[test]
fn hash_ring() {
    walk("hash-ring", 5_000);
}

#[test]
fn quorum() {
    walk("quorum", 3_000);
}

#[test]
fn kafka() {
    walk("kafka", 150);
}

#[test]
fn cache() {
    walk("cache", 1_000);
}

#[test]
fn latency() {
    walk("latency", 300);
}

#[test]
fn capacity() {
    walk("capacity", 5_000);
}

#[test]
fn everybody_walks() {
    let walked = ["hash-ring", "quorum", "kafka", "cache", "latency", "capacity"];
    for entry in moving_parts::explainers::REGISTRY {
        assert!(walked.contains(&entry.meta.slug), "{} needs a walk of its own", entry.meta.slug);
    }
}

/// Found by a walk: partitions that the group had not heard of yet made the fewest moves fewer than there could be.
#[test]
fn partitions_nobody_has_heard_of_do_not_count() {
    let (link, _) = link::parse("#/kafka?assignor=sticky&do=20s:grow(orders,6);21s:join&t=40");
    let (player, bad) = (find("kafka").expect("in the registry").open)(&link);
    assert_eq!(bad, []);
    let over = player.events().iter().rev().find(|event| event.head.starts_with("The rebalance is over"));
    let said = &over.expect("the newcomer gets something").text;
    assert!(said.contains("1 of 12 partitions changed hands, 1 had to"), "{said}");
    assert!(player.all_checks().iter().any(|check| check.key == "least-moves" && check.verdict == Verdict::Holds));
}

/// Found by a walk: who lost what it read tells no assignor of it, so nobody can be held to leaving it there.
#[test]
fn what_all_members_lost_may_go_to_anybody() {
    let sleepy = "#/kafka?assignor=cooperative-sticky&rate=57&brokers=1&copies=1&heartbeat=47&net=52";
    let (link, _) = link::parse(&format!("{sleepy}&do=0s:deploy;41.9s:leave(1)"));
    let (player, bad) = (find("kafka").expect("in the registry").open)(&link);
    assert_eq!(bad, []);
    let told = player.all_events();
    let empty = told.iter().position(|event| event.head.starts_with("The group is empty")).expect("all were removed");
    let over = told.iter().skip(empty).find(|event| event.head.starts_with("The rebalance is over"));
    assert!(over.is_some_and(|event| event.text.contains("2 of 6 partitions changed hands")), "{over:?}");
    assert!(player.all_checks().iter().any(|check| check.key == "least-moves" && check.verdict == Verdict::Holds));
}

/// Found by reading: more was done than the link of it could carry.
#[test]
fn a_run_has_no_more_actions_than_its_link() {
    let entry = find("hash-ring").expect("in the registry");
    let (mut player, _) = (entry.open)(&Link { slug: "hash-ring".into(), ..Link::default() });
    for _ in 0..link::MAX_ACTIONS {
        player.act("hot(5)").expect("as often as a link carries it");
    }
    let why = player.act("hot(5)").expect_err("one too many");
    assert!(why.contains("take some back first"), "{why}");
    opens_the_same(entry, &*player);
    assert!(player.undo() && player.act("cool").is_ok());
}
