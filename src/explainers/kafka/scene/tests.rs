//! Tests of the pictures: everything is in its frame and apart, whatever the world and the size.

use super::super::params::Params;
use super::super::*;
use super::*;
use crate::draw::scene::{Shape, Subject};
use crate::explainers::Knobs;

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
        ("join", world(&[], &[(5.0, Action::Join)], 8.03)),
        ("crash", world(&[], &[(5.0, Action::Crash(2))], 28.0)),
        ("empty", world(&[("begin", "empty")], &[], 2.5)),
        ("modern", world(&[("assignor", "uniform")], &[(5.0, Action::Join)], 8.2)),
        ("coop", world(&[("assignor", "cooperative-sticky"), ("topics", "2")], &[(5.0, Action::Leave(1))], 8.3)),
        ("eight", world(&[("consumers", "8"), ("partitions", "12")], &[], 8.3)),
        (
            "idle",
            world(&[("consumers", "8"), ("partitions", "4"), ("topics", "3")], &[(2.0, Action::Hang(2, 20))], 8.3),
        ),
        ("sixty", world(&[("consumers", "6"), ("partitions", "60")], &[], 8.3)),
        ("dozen", world(&[("consumers", "14"), ("partitions", "24")], &[(8.0, Action::Join)], 8.3)),
        (
            "many",
            world(
                &[("consumers", "100"), ("partitions", "500"), ("assignor", "uniform")],
                &[(8.0, Action::Crash(3))],
                8.3,
            ),
        ),
    ];
    for (name, world) in worlds {
        for (width, height) in [(1280.0, 700.0), (820.0, 560.0), (360.0, 640.0)] {
            for (theme, dark) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
                for focus in [None, Some(consumer(1))] {
                    let lit = if focus.is_some() { "-lit" } else { "" };
                    let view = View { focus, ..View::sized(width, height) };
                    let scene = scene(&world, world.now, &view, &mut Sketch::default());
                    let text = svg(&scene, theme, name);
                    std::fs::write(format!("{dir}/{name}-{width}-{dark}{lit}.svg"), text).expect("a file");
                    let view = View { width: width.min(560.0), ..view };
                    let text = svg(&gantt::diagram(&world, world.now, &view).expect("one"), theme, name);
                    std::fs::write(format!("{dir}/{name}-{width}-{dark}{lit}-gantt.svg"), text).expect("a file");
                }
            }
        }
    }
}

fn inside(scene: &Scene, what: &str) {
    let mut texts: Vec<(&str, (f32, f32, f32, f32))> = Vec::new();
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
