//! What stands beside each line of the text, and the same as a table.

use super::scene::Sketch;
use super::world::{Made, World, against};
use super::{line, word};
use crate::draw::scene::Subject;
use crate::explainers::{Fault, Note, Page, Piece, Table};
use crate::models::estimate::{self, MOST_LINES, Shown, Spread, few_shown, shown_as};

pub fn page(world: &World, sketch: &Sketch) -> Page {
    let made = &world.made;
    let mut notes: Vec<Note> = (0..made.sheet.lines.len()).map(|i| note(made, i, sketch.spread(made, i))).collect();
    let lines = world.text.split('\n').count();
    // What is beyond the last line that is read says so, once.
    if made.sheet.lines.len() == MOST_LINES && world.text.lines().count() > MOST_LINES {
        let why = format!("a sheet has {MOST_LINES} lines at most; this one and those below are not read");
        let to = world.text.lines().nth(MOST_LINES).map_or(0, str::len);
        notes.push(Note { fault: Some(Fault { from: 0, to, why }), ..Note::default() });
    }
    notes.resize(lines.max(notes.len()), Note::default());
    Page { text: world.text.to_string(), notes }
}

/// What is seen of every line at once. A long sheet is written anew with each keystroke: the rest waits for `worked`.
fn note(made: &Made, i: usize, spread: Option<Spread>) -> Note {
    let mut note = Note::default();
    let Some(written) = made.sheet.lines.get(i) else { return note };
    if let Some(Err(fault)) = &written.outcome {
        note.fault = Some(Fault { from: fault.from, to: fault.to, why: fault.why.clone() });
    }
    note.subject = made.named(i).then(|| line(i));
    let Some(outcome) = made.sheet.outcome(i) else { return note };
    note.doubt = made.doubts.get(i).cloned().flatten();
    if let Some(found) = made.published.get(i).and_then(|found| found.as_ref()).filter(|found| !found.agrees) {
        let more = against(made, i, found);
        note.doubt = Some(note.doubt.map_or(more.clone(), |doubt| format!("{doubt}. {more}")));
    }
    // A number says itself.
    if made.is_input(i) && !outcome.ranged {
        return note;
    }
    let Some(shown) = estimate::shown(&made.sheet, i) else { return note };
    note.result = shown.text();
    // Where both ends are said alike there is no range to speak of.
    let ends = spread.and_then(|spread| ends(made, i, spread.low, spread.high));
    if let Some((low, high)) = ends.filter(|(low, high)| low != high) {
        note.range = said(&low, &high);
        note.short = short(shown.units, low, high);
    }
    note
}

/// A line’s note with how it comes about.
pub fn worked(world: &World, sketch: &Sketch, i: usize) -> Note {
    let made = &world.made;
    let mut note = note(made, i, sketch.spread(made, i));
    if note.result.is_empty() {
        return note;
    }
    note.working =
        estimate::working(&made.sheet, i).into_iter().map(|p| Piece { text: p.text, struck: p.struck }).collect();
    if let Some(rough) = made.rough(i) {
        let text = shown_as(&made.sheet, i, rough.value).map(|shown| shown.text()).unwrap_or_default();
        if text != note.result {
            note.rough = format!("about {text}{}{}", if rough.with.is_empty() { "" } else { ", " }, rough.with);
        }
    }
    note
}

/// “2,900 to 4,100 posts/s”.
pub fn range(made: &Made, i: usize, spread: Spread) -> String {
    between(made, i, spread.low, spread.high)
}

/// Two values of a line, with their unit once where it is the same.
pub fn between(made: &Made, i: usize, low: f64, high: f64) -> String {
    ends(made, i, low, high).map(|(low, high)| said(&low, &high)).unwrap_or_default()
}

fn ends(made: &Made, i: usize, low: f64, high: f64) -> Option<(Shown, Shown)> {
    few_shown(&made.sheet, i, low).zip(few_shown(&made.sheet, i, high))
}

fn said(low: &Shown, high: &Shown) -> String {
    let sign = low.units.first().filter(|unit| ["$", "€"].contains(&unit.0.as_str()) && unit.1 == 1);
    match low.units == high.units {
        true => format!("{}{} to {}", sign.map_or("", |unit| &unit.0), low.number, high.text()),
        false => format!("{} to {}", low.text(), high.text()),
    }
}

/// “2,900–4,100”: without the units that the result has as well, and with short words for millions.
fn short(mut result: Vec<(String, i16)>, mut low: Shown, mut high: Shown) -> String {
    while result.last().is_some_and(|unit| low.units.last() == Some(unit) && high.units.last() == Some(unit)) {
        [&mut result, &mut low.units, &mut high.units].into_iter().for_each(|units| drop(units.pop()));
    }
    let prefix = |number: &str| {
        let text = number.replace(" million", "\u{a0}M").replace(" billion", "\u{a0}bn");
        text.replace(" trillion", "\u{a0}tn").replace('%', "\u{a0}%")
    };
    (low.number, high.number) = (prefix(&low.number), prefix(&high.number));
    // What both have is said once.
    if low.units == high.units {
        low.units.retain(|unit| ["$", "€"].contains(&unit.0.as_str()));
        if let (Some((number, a)), Some((_, b))) = (low.number.split_once('\u{a0}'), high.number.split_once('\u{a0}')) {
            low.number = if a == b { number.to_string() } else { low.number.clone() };
        }
    }
    let between = if low.number.starts_with('−') || high.number.starts_with('−') { " to " } else { "–" };
    [&low.text(), between, &high.text()].concat().replace("\u{a0}%", "%")
}

pub fn table(world: &World, sketch: &Sketch) -> Option<Table> {
    let made = &world.made;
    let head =
        ["name", "line", "result", "range (90 of 100 samples)", "in one’s head", "working", "published", "remark"];
    let mut rows = Vec::new();
    for (i, written) in made.sheet.lines.iter().enumerate() {
        if written.outcome.is_none() {
            continue;
        }
        let note = worked(world, sketch, i);
        let name = written.name.clone().unwrap_or_else(|| word(i));
        let working: String = note.working.iter().map(|piece| piece.text.as_str()).collect();
        let published = made.published.get(i).and_then(|found| Some(found.as_ref()?.text.clone()));
        let remark = note.fault.map(|fault| fault.why).or(note.doubt).unwrap_or_default();
        let line = written.text.split('#').next().unwrap_or("").trim().to_string();
        let cells = [name, line, made.value(i), note.range, note.rough, working, published.unwrap_or_default(), remark];
        rows.push(cells.map(|cell| cell.replace('\u{a0}', " ")).to_vec());
    }
    Some(Table { head: head.map(str::to_string).to_vec(), rows }).filter(|table| !table.rows.is_empty())
}

/// The line a subject stands for.
pub fn index(subject: Subject) -> Option<usize> {
    (subject.kind == "line").then_some(subject.id.checked_sub(1)? as usize)
}
