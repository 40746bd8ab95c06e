//! Tests of the pictures: everything is in its frame and apart, whatever the world and the size.

use super::super::params::{Params, RULES};
use super::super::*;
use super::*;
use crate::draw::scene::{Shape, Subject};
use crate::explainers::{Knobs, Player, find};
use crate::link;
use crate::sim::MS;
use proptest::prelude::*;

/// A world after some milliseconds of a run, with actions as (milliseconds, action).
pub fn world(settings: &[(&str, &str)], actions: &[(u64, Action)], until: u64) -> World {
    let mut params = <Params as Knobs>::new();
    for (key, value) in settings {
        let i = Params::SCHEMA.iter().position(|knob| knob.key == *key).expect("a setting");
        params.set(i, Params::SCHEMA[i].read(value).unwrap_or_else(|_| panic!("{key} takes {value}")));
    }
    let mut world = World::build(&params, 7);
    for (at, action) in actions {
        world.advance(at * MS);
        world.act(at * MS, action).expect("can be done");
    }
    world.advance(until * MS);
    world
}

/// Not a test: writes the charts of a run, to be looked at. `LOOK=dir cargo test --lib cache::scene::tests::look -- --ignored`
#[test]
#[ignore]
fn look() {
    use crate::draw::{chart, svg::svg, theme::Theme};
    let Ok(dir) = std::env::var("LOOK") else { return };
    for (name, settings) in [("plain", vec![]), ("busy", vec![("rate", "2000"), ("keys", "400"), ("capacity", "60")])] {
        for chart in super::super::charts::charts(&world(&settings, &[], 1_000)) {
            let picture = chart::draw(&chart, 480.0, 190.0, None);
            std::fs::write(format!("{dir}/{name}-{}.svg", chart.key), svg(&picture, Theme::Light, "")).expect("a file");
        }
    }
}

/// The first thing that is out of the frame, too small, or lies on another.
fn fault(scene: &Scene) -> Option<String> {
    type Bounds = (f32, f32, f32, f32);
    let mut texts: Vec<(&str, Bounds)> = Vec::new();
    for shape in scene.shapes() {
        if matches!(shape, Shape::Dots { at, .. } if at.is_empty()) {
            continue;
        }
        let (x0, y0, x1, y1) = shape.bounds();
        let fits = x0 >= -0.5 && y0 >= -0.5 && x1 <= scene.width + 0.5 && y1 <= scene.height + 0.5;
        if !fits {
            return Some(format!("{shape:?} leaves the {} × {} frame", scene.width, scene.height));
        }
        let Shape::Text { text, size, .. } = shape else { continue };
        if *size < 12.0 {
            return Some(format!("“{text}” is too small"));
        }
        for (other, b) in &texts {
            let (across, down) = (x1.min(b.2) - x0.max(b.0), y1.min(b.3) - y0.max(b.1));
            if across >= 1.5 && down >= 3.0 {
                return Some(format!("“{text}” lies on “{other}”"));
            }
        }
        texts.push((text, shape.bounds()));
    }
    None
}

const SIZES: [(f32, f32); 7] = [
    (260.0, 640.0),
    (320.0, 640.0),
    (360.0, 420.0),
    (640.0, 600.0),
    (815.0, 560.0),
    (1_240.0, 800.0),
    (2_000.0, 420.0),
];

fn faults(world: &World, what: &str) -> Vec<String> {
    let mut all = Vec::new();
    let large = [(1_280.0, 700.0, 18.0), (1_600.0, 900.0, 22.0), (500.0, 700.0, 22.0)];
    let sizes = SIZES.iter().map(|(width, height)| (*width, *height, 13.0)).chain(large);
    for (width, height, text) in sizes {
        for focus in [None, Some(client(0)), Some(key(0)), Some(DB)] {
            let view = View { focus, text, ..View::sized(width, height) };
            let stage = scene(world, world.now, &view, &mut Sketch::default());
            assert!(stage.width <= width, "as wide as it may be");
            let strip = strip::diagram(world, world.now, &view).expect("always");
            for (name, scene) in [("stage", stage), ("strip", strip)] {
                all.extend(fault(&scene).map(|why| format!("{what}, {name} at {width} × {height}: {why}")));
            }
        }
    }
    all
}

fn none(faults: Vec<String>) {
    let few: Vec<&str> = faults.iter().take(12).map(String::as_str).collect();
    assert!(faults.is_empty(), "{} faults, such as\n{}", faults.len(), few.join("\n"));
}

#[test]
fn every_rule_at_every_size_is_in_its_frame_and_apart() {
    let mut all = Vec::new();
    for (rule, _) in RULES {
        for (capacity, nodes) in [("1", "1"), ("8", "1"), ("3", "4"), ("60", "2"), ("4000", "1")] {
            let settings = [("rule", *rule), ("capacity", capacity), ("nodes", nodes), ("keys", "300")];
            all.extend(faults(&world(&settings, &[], 160), &format!("{rule}, {capacity} on {nodes}")));
        }
    }
    none(all);
}

#[test]
fn every_strategy_is_in_its_frame_and_apart() {
    let mut all = Vec::new();
    for read in ["none", "aside", "through", "ahead"] {
        for write in ["around", "delete", "set", "log", "through", "back"] {
            for clients in ["1", "5", "8"] {
                let settings = [
                    ("read", read),
                    ("write", write),
                    ("clients", clients),
                    ("writes", "40"),
                    ("rate", "600"),
                    ("ttl", "50"),
                    ("flight", "lease"),
                ];
                let mut acts = vec![(60, Action::Pause(1, 80)), (70, Action::Burst(60, 1))];
                if read != "none" {
                    acts.push((100, Action::Crash(1)));
                }
                let busy = world(&settings, &acts[..2], 72);
                all.extend(faults(&busy, &format!("{read}, {write}, {clients} clients")));
                let down = world(&settings, &acts, 104);
                all.extend(faults(&down, &format!("{read}, {write}, {clients} clients, down")));
            }
        }
    }
    for until in [0, 480, 1_000, 1_031] {
        all.extend(faults(&world(&[], &[], until), &format!("at {until} ms")));
        let settings = [("db", "400"), ("way", "30"), ("hop", "60"), ("span", "9000")];
        all.extend(faults(&world(&settings, &[], until * 8), &format!("slowly, at {} ms", until * 8)));
    }
    none(all);
}

#[test]
fn crowds_are_in_their_frame_and_apart() {
    let mut all = Vec::new();
    for (slots, unit, rate) in [("1", "bytes", "5000"), ("16", "entries", "3000"), ("100", "bytes", "5000")] {
        let settings = [
            ("slots", slots),
            ("unit", unit),
            ("rate", rate),
            ("keys", "4000"),
            ("capacity", "900"),
            ("negative", "on"),
            ("absent", "20"),
            ("warm", "20000"),
        ];
        for act in [Action::Slowdb(10), Action::Dbdown] {
            let what = format!("{slots} slots, {unit}, {rate}/s, {act:?}");
            all.extend(faults(&world(&settings, &[(50, act)], 90), &what));
        }
    }
    none(all);
}

#[test]
fn what_is_pointed_at_is_what_is_there() {
    let world = world(&[], &[], 55);
    for (width, height) in SIZES {
        let view = View::sized(width, height);
        let scene = scene(&world, world.now, &view, &mut Sketch::default());
        let stage = Stage::new(&Cast::of(&world), &view);
        let at = |(x, y): (f32, f32)| -> Option<Subject> { scene.hit(x, y, 0.0).and_then(|hit| hit.subject) };
        for (area, id) in stage.clients.iter().zip(0..) {
            assert_eq!(at((area.x + 3.0, area.y + area.h - 3.0)), Some(client(id)));
        }
        let area = stage.nodes[0];
        assert_eq!(at((area.x + 3.0, area.y + 12.0)), Some(node(0)));
        assert_eq!(at((stage.db.area.x + 3.0, stage.db.area.y + 30.0)), Some(DB));
        // Every entry that is held is a key to be pointed at.
        let held: Vec<Subject> = world.nodes[0].cache.lists()[0].entries.iter().map(|entry| key(entry.key)).collect();
        assert!(held.len() >= 7, "{} entries", held.len());
        for subject in held {
            assert!(scene.hits().any(|(_, hit)| hit.subject == Some(subject)), "{subject:?} at {width}");
        }
    }
}

#[test]
fn many_entries_are_dots_that_can_be_picked() {
    let world = world(&[("capacity", "2000"), ("keys", "2000"), ("warm", "20000")], &[], 20);
    let view = View::sized(815.0, 560.0);
    let scene = scene(&world, world.now, &view, &mut Sketch::default());
    let picks = scene.picks.clone().expect("picks");
    assert_eq!(picks.at.len() as u32, world.nodes[0].held, "one for each entry");
    let (x, y, id) = picks.at[17];
    assert_eq!(scene.pick(x, y, 3.0), Some(Subject { kind: "key", id }));
}

/// What was written while a reader was paused: its late set is a stale entry, seen as such in both pictures.
#[test]
fn a_stale_set_is_seen() {
    let settings = [("rate", "0"), ("clients", "2"), ("warm", "0")];
    let acts = [(10, Action::Read(1, 5)), (20, Action::Pause(1, 60)), (25, Action::Write(2, 5))];
    let red = |scene: &Scene, word: &str| {
        scene.shapes().any(|shape| match shape {
            Shape::Text { text, fill, .. } => text.contains(word) && fill.token == crate::draw::scene::Token::Red,
            _ => false,
        })
    };
    let view = View::sized(1_000.0, 600.0);
    for (until, stale) in [(70, false), (90, true)] {
        let world = world(&settings, &acts, until);
        assert_eq!(world.entry(4).is_some_and(|entry| entry.stale.is_some()), stale);
        let stage = scene(&world, world.now, &view, &mut Sketch::default());
        assert_eq!(red(&stage, "stale"), stale, "the stage at {until} ms");
        let strip = strip::diagram(&world, world.now, &view).expect("always");
        assert_eq!(red(&strip, "v0 stale"), stale, "the strip at {until} ms");
        assert_eq!(red(&strip, "set v0"), stale, "the late set at {until} ms");
    }
}

/// While nothing changes but the time, the still layer stays, and what moves keeps its place in the list.
#[test]
fn the_still_layer_stays_while_messages_move() {
    let mut world = world(&[], &[], 40);
    let view = View::sized(815.0, 560.0);
    let mut sketch = Sketch::default();
    let first = scene(&world, world.now, &view, &mut sketch);
    for step in 1..60 {
        world.advance((40 * MS) + step * MS / 4);
        let next = scene(&world, world.now, &view, &mut sketch);
        assert_eq!(first.base.revision, next.base.revision);
        assert!(Rc::ptr_eq(&first.base, &next.base));
    }
    world.act(world.now, &Action::Crash(1)).expect("can be done");
    assert_ne!(scene(&world, world.now, &view, &mut sketch).base.revision, first.base.revision);
}

/// A run as a reader would make it: settings, and offers taken every now and then.
fn wander(knobs: &[(u8, u16)], acts: &[(u8, u16)]) -> Box<dyn Player> {
    let (link, _) = link::parse("#/cache");
    let mut player = (find("cache").expect("registered").open)(&link).0;
    for (which, value) in knobs {
        let schema = player.schema();
        let which = usize::from(*which) % schema.len();
        let (min, max) = schema[which].range();
        let max = max.min(min + 400);
        player.set_knob(which, min + i64::from(*value) % (max - min + 1));
    }
    for (wait, pick) in acts {
        let offers = player.offers();
        if offers.is_empty() {
            break;
        }
        let act = offers[usize::from(*pick) % offers.len()].act.clone();
        player.seek(player.now() + Micros::from(*wait) * MS / 3);
        let _ = player.act(&act);
    }
    player
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn pictures_keep_their_frame_and_their_words_apart(
        knobs in prop::collection::vec((any::<u8>(), any::<u16>()), 0..10),
        acts in prop::collection::vec((any::<u8>(), any::<u16>()), 0..8),
        then in 0u64..300,
        pick in any::<u16>(),
    ) {
        let mut player = wander(&knobs, &acts);
        player.seek(player.now() + then * MS / 2);
        let all = player.followable();
        for (width, height) in [(300.0, 420.0), (815.0, 560.0), (1_240.0, 800.0)] {
            for focus in [None, all.get(usize::from(pick) % all.len().max(1)).copied()] {
                let view = View { focus, ..View::sized(width, height) };
                prop_assert_eq!(fault(&player.scene(&view)), None);
                prop_assert_eq!(fault(&player.diagram(&view).expect("always")), None);
            }
        }
    }
}
