//! What the pictures of any sheet say can be read: no text on another, none beyond the edge.

use super::super::presets::PRESETS;
use crate::draw::legible::{clash, struck};
use crate::explainers::{Player, View, find};
use crate::link;
use proptest::prelude::*;

fn open(query: &str) -> Box<dyn Player> {
    (find("capacity").unwrap().open)(&link::parse(&format!("#/capacity?{query}")).0).0
}

/// Both pictures, of nothing and of each thing that can be lit.
fn check(player: &mut Box<dyn Player>, width: f32, height: f32, text: f32) -> Result<(), String> {
    for focus in player.followable().into_iter().map(Some).chain([None]) {
        let view = View { focus, text, ..View::sized(width, height) };
        let of = |what: &str, why: String| format!("{what}, {width}×{height}, {text} px, {focus:?}: {why}");
        if let Some(why) = clash(&player.scene(&view)) {
            return Err(of("scene", why));
        }
        if let Some(why) = player.diagram(&view).and_then(|scene| clash(&scene)) {
            return Err(of("diagram", why));
        }
    }
    Ok(())
}

#[test]
fn of_every_preset() {
    for preset in PRESETS {
        let mut player = open(&format!("preset={}", preset.key));
        while player.refine() {}
        for width in [320.0, 360.0, 521.0, 700.0, 1_000.0] {
            for text in [13.0, 19.0] {
                check(&mut player, width, 560.0, text).unwrap_or_else(|why| panic!("{}: {why}", preset.key));
            }
        }
    }
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,3}q", "[a-z]{4,9}q", "[a-z]{5,9}_[a-z]{5,12}_of_[a-z]{3,9}q"]
}

/// Availabilities of what stands above them.
fn composed() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        (0..4u8, 1..99u8).prop_map(|(nines, last)| format!("{}.{}{last:02}%", 99, "9".repeat(nines.into()))),
        (1..9_000u32, 1..40u32).prop_map(|(up, down)| format!("up({up} h; {down} h)")),
    ];
    let call = prop::sample::select(vec!["series", "parallel", "of"]);
    let line = (
        names(),
        call,
        prop::collection::vec((any::<prop::sample::Index>(), leaf), 1..6),
        1..5usize,
        prop::option::weighted(0.1, 12..20usize),
    );
    prop::collection::vec(line, 2..9).prop_map(|lines| {
        let mut known: Vec<String> = Vec::new();
        let mut text = String::new();
        for (n, (name, call, mut parts, needed, many)) in lines.into_iter().enumerate() {
            let name = format!("{name}{n}");
            // As many as twenty of one kind.
            let few = parts.len();
            parts.extend(vec![parts[0].clone(); many.map_or(0, |many| many - few)]);
            let needed = many.map_or(needed, |many| many - needed);
            let mut parts: Vec<String> = parts
                .into_iter()
                .map(|(which, leaf)| match known.is_empty() || which.index(4) == 0 {
                    true => leaf,
                    false => known[which.index(known.len())].clone(),
                })
                .collect();
            // A line has an end.
            if parts.concat().len() > 300 {
                parts.truncate(few.max(needed).min(6));
            }
            let first = if call == "of" { format!("{}; ", needed.min(parts.len())) } else { String::new() };
            text += &format!("{name} = {call}({first}{})\n", parts.join("; "));
            known.push(name);
        }
        text
    })
}

/// Quantities of all sizes, each of some of those above it.
fn quantities() -> impl Strategy<Value = String> {
    let unit =
        prop::sample::select(vec!["users", "MB/s", "GB", "posts/user/day", "$/month", "", "s", "requests/server"]);
    let given = (1..99_999u32, -6..13i32, unit, any::<bool>());
    let line = (names(), given, prop::option::of((any::<prop::sample::Index>(), any::<prop::sample::Index>())));
    prop::collection::vec(line, 1..16).prop_map(|lines| {
        let mut known: Vec<String> = Vec::new();
        let mut text = String::new();
        for (n, (name, (number, power, unit, ranged), of)) in lines.into_iter().enumerate() {
            let name = format!("{name}{n}");
            let range = if ranged { format!("..{}e{power}", number + number / 3 + 1) } else { String::new() };
            let literal = format!("{number}e{power}{range} {unit}");
            text += &match of.filter(|_| !known.is_empty()) {
                None => format!("{name} = {literal}\n"),
                Some((a, b)) => {
                    format!("{name} = {} × {} × 1..3\n", known[a.index(known.len())], known[b.index(known.len())])
                }
            };
            known.push(name);
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn of_availabilities(sheet in composed(), width in 320.0f32..1_300.0, text in 13.0f32..26.0) {
        let mut player = open("");
        player.write(&sheet);
        prop_assert!(player.page().notes.iter().all(|note| note.fault.is_none()), "{}", sheet);
        let found = check(&mut player, width, 560.0, text);
        prop_assert!(found.is_ok(), "{}\n{}", sheet, found.unwrap_err());
        for focus in player.followable() {
            let view = View { focus: Some(focus), text, ..View::sized(width, 560.0) };
            let found = player.diagram(&view).and_then(|scene| struck(&scene));
            prop_assert!(found.is_none(), "{}\n{}, {}: {}", sheet, width, text, found.unwrap_or_default());
        }
    }

    #[test]
    fn of_quantities(sheet in quantities(), width in 320.0f32..1_300.0, height in 300.0f32..900.0, text in 13.0f32..20.0) {
        let mut player = open("");
        player.write(&sheet);
        while player.refine() {}
        let found = check(&mut player, width, height, text);
        prop_assert!(found.is_ok(), "{}\n{}", sheet, found.unwrap_err());
    }
}
