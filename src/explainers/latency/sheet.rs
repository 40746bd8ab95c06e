//! The path as a text, and what each line of it gives.

use super::scene::Sketch;
use super::step;
use super::waterfall::{margin, over};
use super::world::World;
use super::{probes, waterfall};
use crate::explainers::{Fault, Note, Page, Piece, Table};
use crate::models::estimate::digits;
use crate::models::latency::path::Kind;
use crate::models::latency::show::{drawn, humanised, part, time, two};
use crate::models::latency::table::{NUMBERS, VOICES};

/// What one may write, beside a line that says nothing yet.
const HINT: &str = "A step and its time: “query 5 ms” always, “dns 1..30 ms” between the two (log-uniform), \
    “service 10 ms p99 60 ms” log-normal with this median and 99th percentile; “2 ms + proxy” added. A name from the \
    table: “cache: memory read”. “3 × query”: one after the other. “all of 100 × 10 ms p99 60 ms”: at once, waiting \
    for the slowest; “first of 2 × …”, “2 of 3 × …”. “cache 0.5 ms, hit 90%, else:” with the lines of a miss indented \
    under it; “all of:” or “first of:” with a branch on each line under it. “fibre Amsterdam – New York, round trip”: \
    light. “budget 200 ms”: what it may take.";

pub fn page(world: &World) -> Page {
    let setup = &world.setup;
    let notes = setup.text.lines().zip(&setup.path.lines).enumerate();
    let notes = notes.map(|(i, (text, line))| match &line.kind {
        Kind::Note => Note { working: vec![Piece { text: HINT.into(), struck: false }], ..Note::default() },
        Kind::Budget(ns) => budget(world, *ns),
        Kind::Faulty(fault) => {
            let (from, to) = (fault.from.min(text.len()), fault.to.min(text.len()));
            Note { fault: Some(Fault { from, to, why: fault.why.clone() }), ..Note::default() }
        }
        Kind::Step => {
            let mut note = took(world, i);
            note.doubt.clone_from(&line.doubt);
            note.subject = Some(step(i));
            if !line.working.is_empty() {
                note.working = vec![Piece { text: line.working.clone(), struck: false }];
            }
            note
        }
    });
    // These are short as they are.
    let notes = notes.map(|note| Note { short: note.range.clone(), ..note });
    Page { text: setup.text.to_string(), notes: notes.collect() }
}

fn budget(world: &World, ns: f64) -> Note {
    let Some((over, kept)) = over(world) else { return Note { result: time(ns), ..Note::default() } };
    let margin = margin(world, over);
    let result = match kept {
        None => "too near to call".to_string(),
        Some(true) => [&margin, " to spare"].concat(),
        Some(false) => ["over by ", &margin].concat(),
    };
    let range = [&part(world.setup.outcome.within.unwrap_or(0.0)), "% in time"].concat();
    Note { result, range, ..Note::default() }
}

/// Its own median and 99th percentile, and its part of a typical request.
fn took(world: &World, i: usize) -> Note {
    let outcome = &world.setup.outcome;
    let Some(row) = outcome.rows.get(i) else { return Note::default() };
    if row.ran == 0.0 {
        return Note { result: "never comes to it".into(), ..Note::default() };
    }
    let text = if row.drawn { drawn } else { time };
    let (median, p99) = (text(row.median), text(row.p99));
    let range = if median == p99 { String::new() } else { ["p99 ", &p99].concat() };
    let share = row.slow.counts / outcome.slow.max(1e-9) * 100.0;
    let rough = if share > 0.0 { [&two(share), "% of the time of slow requests"].concat() } else { String::new() };
    Note { result: median, rough, range, ..Note::default() }
}

/// Everything with its source: the numbers, what was measured here, and the steps of the path.
pub fn table(world: &World, sketch: &Sketch) -> Table {
    let head = ["What", "How", "Who says so", "ns", "Time", "If 1 ns were 1 s"];
    let plain = |ns: f64| digits(ns).replace(',', "");
    let row = |what: &str, how: &str, who: &str, ns: f64| {
        vec![what.to_string(), how.to_string(), who.to_string(), plain(ns), time(ns), humanised(ns)]
    };
    let mut rows = Vec::new();
    for number in NUMBERS {
        for said in number.said {
            let who = VOICES.get(usize::from(said.by)).map_or("", |voice| voice.name);
            let how = if said.derived { "from a rate" } else { number.how };
            rows.push(row(number.name, how, who, said.ns));
        }
    }
    for (key, found) in &sketch.found {
        let what = probes::title(key).map_or("Branch mispredict", |(_, title)| title);
        rows.push(row(what, "median of some rounds", "measured here", found.middle));
    }
    let outcome = &world.setup.outcome;
    for line in waterfall::steps(world) {
        let (Some(it), Some(took)) = (world.setup.path.lines.get(line), outcome.rows.get(line)) else { continue };
        rows.push(row(&it.label, "median", "your path", took.median));
        rows.push(row(&it.label, "99th percentile", "your path", took.p99));
    }
    rows.push(row("The whole request", "median", "your path", outcome.median));
    rows.push(row("The whole request", "99th percentile", "your path", outcome.p99));
    Table { head: head.map(String::from).to_vec(), rows }
}
