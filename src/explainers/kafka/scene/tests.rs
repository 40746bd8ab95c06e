//! Tests of the pictures: everything is in its frame and apart, whatever the world and the size.

use super::super::params::Params;
use super::super::*;
use super::*;
use crate::draw::scene::{Shape, Subject};
use crate::explainers::{Knobs, Player, find};
use crate::link;
use proptest::prelude::*;

/// A world after some seconds of a run, with actions as (seconds, action).
pub fn world(settings: &[(&str, &str)], actions: &[(f64, Action)], until: f64) -> World {
    let mut params = <Params as Knobs>::new();
    for (key, value) in settings {
        let i = Params::SCHEMA.iter().position(|knob| knob.key == *key).expect("a setting");
        params.set(i, Params::SCHEMA[i].read(value).unwrap_or_else(|_| panic!("{key} takes {value}")));
    }
    let mut world = World::build(&params, 7, &Data::default());
    for (at, action) in actions {
        let at = (at * 1e6) as Micros;
        world.advance(at);
        world.act(at, action).expect("can be done");
    }
    world.advance((until * 1e6) as Micros);
    world
}

/// Not a test: writes pictures to look at. `LOOK=dir cargo test --lib kafka::scene::tests::look -- --ignored`
#[test]
#[ignore]
fn look() {
    use crate::draw::{svg::svg, theme::Theme};
    let Ok(dir) = std::env::var("LOOK") else { return };
    let worlds: Vec<(&str, World)> = vec![
        ("steady", world(&[], &[], 12.0)),
        ("modern", world(&[("assignor", "uniform"), ("consumers", "8")], &[(5.0, Action::Join)], 8.2)),
        ("many", world(&[("consumers", "30"), ("partitions", "500")], &[(8.0, Action::Crash(3))], 8.3)),
    ];
    for (name, world) in worlds {
        for (width, height, text) in [(1_280.0, 700.0, 18.0), (1_600.0, 900.0, 22.0), (360.0, 380.0, 13.0)] {
            let view = View { text, ..View::sized(width, height) };
            let scene = scene(&world, world.now, &view, &mut Sketch::default());
            std::fs::write(format!("{dir}/{name}-{width}-{text}.svg"), svg(&scene, Theme::Light, name))
                .expect("a file");
            let lanes = gantt::diagram(&world, world.now, &view).expect("one");
            std::fs::write(format!("{dir}/{name}-{width}-{text}-g.svg"), svg(&lanes, Theme::Light, name))
                .expect("a file");
        }
    }
}

fn inside(scene: &Scene, what: &str) {
    type Bounds = (f32, f32, f32, f32);
    let mut texts: Vec<(&str, Bounds)> = Vec::new();
    for shape in scene.shapes() {
        let (x0, y0, x1, y1) = shape.bounds();
        let fits = x0 >= -0.5 && y0 >= -0.5 && x1 <= scene.width + 0.5 && y1 <= scene.height + 0.5;
        assert!(fits, "{what}: {shape:?} leaves the {} × {} frame", scene.width, scene.height);
        let Shape::Text { text, size, .. } = shape else { continue };
        assert!(*size >= 12.0, "{what}: “{text}” is too small");
        for (other, b) in &texts {
            let (across, down) = (x1.min(b.2) - x0.max(b.0), y1.min(b.3) - y0.max(b.1));
            assert!(across < 1.5 || down < 3.0, "{what}: “{text}” lies on “{other}”");
        }
        texts.push((text, shape.bounds()));
    }
}

const SIZES: [(f32, f32); 6] =
    [(320.0, 640.0), (360.0, 420.0), (640.0, 600.0), (815.0, 560.0), (1_240.0, 800.0), (1_600.0, 420.0)];

#[test]
fn everything_is_in_its_frame_and_apart() {
    for (consumers, partitions, topics) in
        [(1, 1, 1), (3, 6, 1), (8, 24, 1), (8, 5, 3), (20, 80, 1), (100, 500, 1), (100, 200, 3)]
    {
        for assignor in ["range", "uniform"] {
            let settings = [
                ("consumers", consumers.to_string()),
                ("partitions", partitions.to_string()),
                ("topics", topics.to_string()),
                ("assignor", assignor.to_string()),
            ];
            let settings: Vec<(&str, &str)> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
            for until in [4.0, 5.1] {
                let world = world(&settings, &[(5.0, Action::Crash(1))][..usize::from(until > 5.0)], until);
                for (width, height) in SIZES {
                    for focus in [None, Some(consumer(0)), Some(partition(0))] {
                        let view = View { focus, ..View::sized(width, height) };
                        let scene = scene(&world, world.now, &view, &mut Sketch::default());
                        assert!(scene.width <= width, "as wide as it may be");
                        inside(
                            &scene,
                            &format!("{consumers} × {partitions} × {topics} {assignor} at {width} × {height}"),
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_pointed_at_is_what_is_there() {
    let world = world(&[], &[], 5.0);
    for (width, height) in SIZES {
        let view = View::sized(width, height);
        let scene = scene(&world, world.now, &view, &mut Sketch::default());
        let stage = Stage::new(&Cast::of(&world, 5), &view);
        let at = |(x, y): (f32, f32)| -> Option<Subject> { scene.hit(x, y, 0.0).and_then(|hit| hit.subject) };
        for (area, id) in stage.consumers.iter().zip(0..) {
            assert_eq!(at((area.x + 3.0, area.y + area.h - 2.0)), Some(consumer(id)));
        }
        for (area, part) in stage.rows.iter().zip(world.rows()) {
            assert_eq!(at((stage.number - 2.0, area.y + area.h / 2.0)), Some(partition(part)));
        }
        let mut records = 0;
        for (shape, hit) in scene.hits() {
            let (x0, y0, x1, y1) = shape.bounds();
            if hit.subject.is_some_and(|subject| subject.kind == "record") {
                assert_eq!(at(((x0 + x1) / 2.0, (y0 + y1) / 2.0)), hit.subject);
                records += 1;
            }
        }
        assert!(records > 20, "{records} records are seen");
    }
}

/// A run as a reader would make it: settings, and offers taken every now and then.
fn wander(knobs: &[(u8, u16)], acts: &[(u8, u16)]) -> Box<dyn Player> {
    let (link, _) = link::parse("#/kafka");
    let mut player = (find("kafka").expect("registered").open)(&link).0;
    for (which, value) in knobs {
        let schema = player.schema();
        let which = usize::from(*which) % schema.len();
        let (min, max) = schema[which].range();
        let max = max.min(min + 60);
        player.set_knob(which, min + i64::from(*value) % (max - min + 1));
    }
    for (wait, pick) in acts {
        let offers = player.offers();
        if offers.is_empty() {
            break;
        }
        let act = offers[usize::from(*pick) % offers.len()].act.clone();
        player.seek(player.now() + Micros::from(*wait) * 40 * MS);
        let _ = player.act(&act);
    }
    player
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn pictures_keep_their_frame_and_their_words_apart(
        knobs in prop::collection::vec((any::<u8>(), any::<u16>()), 0..8),
        acts in prop::collection::vec((any::<u8>(), any::<u16>()), 0..8),
        then in 0u64..6_000,
        pick in any::<u16>(),
    ) {
        let mut player = wander(&knobs, &acts);
        player.seek(player.now() + then * MS);
        let all = player.followable();
        for (width, height) in [(360.0, 420.0), (815.0, 560.0), (1_240.0, 800.0)] {
            for focus in [None, all.get(usize::from(pick) % all.len().max(1)).copied()] {
                let view = View { focus, ..View::sized(width, height) };
                let scene = player.scene(&view);
                prop_assert!(scene.width <= width.max(300.0));
                inside(&scene, "the stage");
                if let Some(diagram) = player.diagram(&view) {
                    prop_assert!(diagram.height <= height);
                    inside(&diagram, "the lanes");
                }
            }
        }
    }
}

/// Forty topics of ten partitions: several columns of names and cells, all above the coordinator.
#[test]
fn many_topics_stand_in_columns() {
    let topics: Vec<(Rc<str>, usize)> = (0..40).map(|i| (Rc::from(format!("topic-{i}")), 10)).collect();
    let cast = Cast { topics, consumers: 20, producers: 2, brokers: 3, states: 5 };
    for (width, height) in [(815.0, 380.0), (1_160.0, 620.0), (360.0, 640.0)] {
        let stage = Stage::new(&cast, &View::sized(width, height));
        assert_eq!((stage.level, stage.rows.len(), stage.topics.len()), (Level::Grid, 400, 40));
        for (i, row) in stage.rows.iter().enumerate() {
            assert!(row.w >= 3.0 && row.y + row.h <= stage.strip.y, "{width}: {row:?} is below {:?}", stage.strip);
            let apart = |other: &crate::draw::pen::Area| {
                other.x >= row.x + row.w
                    || row.x >= other.x + other.w
                    || other.y >= row.y + row.h
                    || row.y >= other.y + other.h
            };
            assert!(stage.rows.iter().skip(i + 1).all(apart), "{width}: cells overlap");
        }
    }
}

/// What a pasted group has yet to read was not kept one by one, and stands before its log all the same.
#[test]
fn a_backlog_from_before_the_run_is_seen() {
    use super::super::import::{Described, DescribedMember, DescribedPartition, DescribedTopic};
    let (committed, end, owner) = (Some(1_000), Some(89_000), Some(0));
    let part = DescribedPartition { committed, end, owner, ..DescribedPartition::default() };
    let topics = vec![DescribedTopic { name: "orders".into(), partitions: vec![part; 6] }];
    let members = vec![DescribedMember { id: "a".into(), topics: vec![0], ..DescribedMember::default() }];
    let data = Data { group: Some(Rc::new(Described { topics, members, ..Described::default() })) };
    let mut run = World::build(&<Params as Knobs>::new(), 7, &data);
    let count = |run: &World, wanted: &str| {
        let scene = scene(run, run.now, &View::sized(815.0, 560.0), &mut Sketch::default());
        scene.shapes().filter(|shape| matches!(shape, Shape::Text { text, .. } if text == wanted)).count()
    };
    assert_eq!(count(&run, "88,000"), 6);
    run.advance(20_000_000);
    assert!(count(&run, "88,000") < 6, "it shrinks as it is read");
}
