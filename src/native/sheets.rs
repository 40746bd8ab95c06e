//! What the capacity calculator costs: a long sheet read, drawn, and sampled.

use super::{RUNS, Row, median, ms};
use moving_parts::explainers::{Player, View, find};
use moving_parts::link;
use moving_parts::models::estimate::{Sampler, Sheet, tornado};
use std::rc::Rc;

/// So many lines, each with a range of its own, each of three that stand above it.
fn text(lines: usize) -> String {
    let line = |i: usize| match i {
        0..3 => format!("line_{i} = 10..{} M users\n", 20 + i),
        _ => format!("line_{i} = (line_{} + line_{} × 2..3) / 1.5..15 + line_{} × 10%\n", i - 1, i - 2, i - 3),
    };
    (0..lines).map(line).collect()
}

pub fn run(rows: &mut Vec<Row>) {
    let text = text(200);
    let mut row = |name: &str, value: f64| rows.push(Row { name: name.into(), value, unit: "ms" });
    row("a sheet of 200 lines with ranges: read", median((0..RUNS).map(|_| ms(|| Sheet::read(&text))).collect()));
    let sheet = Rc::new(Sheet::read(&text));
    let sampled = || {
        let mut sampler = Sampler::new(sheet.clone(), 10_000, 7);
        while sampler.step() {}
        sampler.spread(199)
    };
    row("10,000 samples of it", median((0..RUNS).map(|_| ms(sampled)).collect()));
    row("what matters most for its last line", median((0..RUNS).map(|_| ms(|| tornado(&sheet, 199))).collect()));
    let Some(entry) = find("capacity") else { return };
    let mut player = (entry.open)(&link::parse("#/capacity").0).0;
    let typed = (0..RUNS as u64).map(|i| {
        // A keystroke, and all that the page asks for after it.
        let text = format!("{text}# {i}");
        ms(|| {
            player.write(&text);
            (
                player.page(),
                player.readouts(),
                player.checks(),
                player.offers(),
                player.scene(&View::sized(815.0, 560.0)),
            )
        })
    });
    row("a keystroke in it: page, readouts, checks, offers, picture", median(typed.collect()));
    let mut part = |name: &str, work: &mut dyn FnMut(&mut dyn Player, u64)| {
        let all = (0..RUNS as u64).map(|i| {
            // The last number of the first line.
            player.write(&text.replacen("20 M", &format!("{} M", 30 + i), 1));
            ms(|| work(&mut *player, i))
        });
        rows.push(Row { name: format!("– of that {name}"), value: median(all.collect()), unit: "ms" });
    };
    part("reading it", &mut |player, i| player.write(&format!("{text}# {i}")));
    part("the page", &mut |player, _| drop(player.page()));
    part("readouts and checks", &mut |player, _| drop((player.readouts(), player.checks())));
    part("offers", &mut |player, _| drop(player.offers()));
    part("the picture", &mut |player, _| drop(player.scene(&View::sized(815.0, 560.0))));
    part("the diagram", &mut |player, _| drop(player.diagram(&View::sized(815.0, 560.0))));
    let mut row = |name: &str, value: f64| rows.push(Row { name: name.into(), value, unit: "ms" });
    let mut sampled = |text: &dyn Fn(u64) -> String| {
        let all = (0..RUNS as u64).map(|i| {
            player.write(&text(i));
            ms(|| while player.refine() {})
        });
        median(all.collect())
    };
    row(
        "all its ranges, when the first line changes",
        sampled(&|i| text.replacen("20 M", &format!("{} M", 30 + i), 1)),
    );
    row("the same, when the last line does", sampled(&|i| format!("{}{i}%", text.trim_end().trim_end_matches("0%"))));
    row("the same, when a note does", sampled(&|i| format!("{text}# {i}")));
    player.write(&text.replacen("20 M", "99 M", 1));
    let longest = std::iter::from_fn(|| {
        let mut more = true;
        let took = ms(|| more = player.refine());
        more.then_some(took)
    });
    row("its longest slice of sampling", longest.fold(0.0, f64::max));
}
