//! The path as a text, and what each line of it gives.

use super::step;
use super::waterfall::over;
use super::world::World;
use crate::explainers::{Fault, Note, Page, Piece};
use crate::models::latency::path::Kind;
use crate::models::latency::show::{time, two};

pub fn page(world: &World) -> Page {
    let setup = &world.setup;
    let notes = setup.text.lines().zip(&setup.path.lines).enumerate();
    let notes = notes.map(|(i, (text, line))| match &line.kind {
        Kind::Note => Note::default(),
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
    Page { text: setup.text.to_string(), notes: notes.collect() }
}

fn budget(world: &World, ns: f64) -> Note {
    let Some(over) = over(world) else { return Note { result: time(ns), ..Note::default() } };
    let how = if over > 0.0 { "p99 is over by " } else { "p99 keeps it by " };
    let within = world.setup.outcome.within.unwrap_or(0.0);
    let range = [&two(within * 100.0), "% of requests within it"].concat();
    Note { result: [how, &time(over.abs())].concat(), range, ..Note::default() }
}

/// Its own median and 99th percentile, and its part of a typical request.
fn took(world: &World, i: usize) -> Note {
    let outcome = &world.setup.outcome;
    let Some(row) = outcome.rows.get(i) else { return Note::default() };
    if row.ran == 0.0 {
        return Note { result: "never comes to it".into(), ..Note::default() };
    }
    let (median, p99) = (time(row.median), time(row.p99));
    let range = if median == p99 { String::new() } else { ["p99 ", &p99].concat() };
    let share = row.slow.counts / outcome.slow.max(1e-9) * 100.0;
    let rough = if share > 0.0 { [&two(share), "% of slow requests"].concat() } else { String::new() };
    Note { result: median, rough, range, ..Note::default() }
}
