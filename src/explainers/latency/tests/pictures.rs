//! What the pictures of any path say can be read: no text on another, none beyond the edge.

use super::super::{Latency, presets};
use crate::draw::legible::clash;
use crate::explainers::{Player, Session, View};
use crate::link::Link;
use proptest::prelude::*;

fn open(text: &str) -> Session<Latency> {
    let (mut session, _) = Session::<Latency>::open(&Link { slug: "latency".into(), ..Link::default() });
    session.write(text);
    session
}

/// Both pictures, of nothing and of some things that can be lit.
fn check(session: &mut Session<Latency>, (width, height): (f32, f32), size: f32) -> Result<(), String> {
    for focus in session.followable().into_iter().step_by(4).map(Some).chain([None]) {
        let view = View { focus, text: size, ..View::sized(width, height) };
        let of = |what: &str, why: String| format!("{what}, {width}×{height}, {size} px, {focus:?}: {why}");
        if let Some(why) = clash(&session.scene(&view)) {
            return Err(of("scene", why));
        }
        if let Some(why) = session.diagram(&view).and_then(|scene| clash(&scene)) {
            return Err(of("diagram", why));
        }
    }
    Ok(())
}

#[test]
fn of_every_preset() {
    for choice in 0..presets::CHOICES.len() as i64 {
        let mut session = open(presets::text(choice));
        for width in [320.0, 360.0, 540.0, 585.0, 815.0, 1_200.0] {
            for (height, size) in [(300.0, 13.0), (560.0, 13.0), (900.0, 13.0), (560.0, 19.0)] {
                check(&mut session, (width, height), size).unwrap_or_else(|why| panic!("{choice}: {why}"));
            }
        }
    }
}

/// Steps of all lengths, some within others.
fn paths() -> impl Strategy<Value = String> {
    let name =
        prop_oneof!["[a-z]{1,4}", "[a-z]{3,9} [a-z]{3,9}", "[a-z]{5,9} [a-z]{5,12} to the [a-z]{5,9} [a-z]{6,9}"];
    let unit = prop::sample::select(vec!["ns", "µs", "ms", "s"]);
    let time = (1..900u32, unit, 0..3u8).prop_map(|(n, unit, law)| match law {
        0 => format!("{n} {unit}"),
        1 => format!("{n}..{} {unit}", n * 7),
        _ => format!("{n} {unit} p99 {} {unit}", n * 9),
    });
    let line = (name, time, 0..4usize, 0..5u8).prop_map(|(name, time, deep, kind)| {
        let text = match kind {
            0 => format!("{name}: all of 30 × {time}"),
            1 => format!("{name} {time}, hit 80%, else:"),
            2 => format!("{name}: first of:"),
            _ => format!("{name} {time}"),
        };
        ["    ".repeat(deep), text].concat()
    });
    let budget = (1..900u32).prop_map(|ms| format!("budget {ms} ms\n"));
    (prop::option::of(budget), prop::collection::vec(line, 1..12))
        .prop_map(|(budget, lines)| [budget.unwrap_or_default(), lines.join("\n")].concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn of_any_path(path in paths(), width in 320.0f32..1_300.0, height in 300.0f32..900.0, size in 13.0f32..20.0) {
        let found = check(&mut open(&path), (width, height), size);
        prop_assert!(found.is_ok(), "{}\n{}", path, found.unwrap_err());
    }
}
