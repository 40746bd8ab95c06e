//! Which operations a picture of a history shows, and where their begins and ends stand.

use super::{SIZE, SMALL, shortened};
use crate::draw::scene::{Face, text_width};
use crate::explainers::grouped;
use crate::models::quorum::history::{History, Kind, Op, Outcome};
use crate::models::quorum::linear::Violation;
use crate::sim::order;

/// Between a begin or an end and the next, at least and at most.
const STEP: f32 = 9.0;
const WIDEST: f32 = 84.0;
/// Where operations are left out, at least.
const GAP: f32 = 14.0;
/// Room at the left of a bar's words for the cross or the dot.
pub const SIGN: f32 = 17.0;
pub const PAD: f32 = 7.0;
/// So many operations of one key are looked at for what fits, and so many rows are drawn.
const MOST: usize = 60;
const ROWS: usize = 16;

#[derive(Clone, Copy, PartialEq)]
pub enum Role {
    Plain,
    Against,
    Stuck,
}

pub struct Bar<'a> {
    pub op: &'a Op,
    pub role: Role,
    pub text: String,
    /// The number by which the verdict calls it, where it does.
    pub number: String,
    /// Places of its begin and its end among the events; no end: open.
    pub from: usize,
    pub to: Option<usize>,
    pub row: usize,
}

impl Bar<'_> {
    fn needs(&self, stacked: bool) -> f32 {
        let sign = if self.role == Role::Plain { 0.0 } else { SIGN };
        let text = text_width(&self.text, SIZE, 400, Face::Sans);
        let text = match (self.number.is_empty(), stacked) {
            (true, _) => text,
            (false, true) => text.max(text_width(&self.number, SMALL, 400, Face::Sans)),
            (false, false) => text + 6.0 + text_width(&self.number, SMALL, 400, Face::Sans),
        };
        text + sign + 2.0 * PAD + if self.to.is_none() { 12.0 } else { 0.0 }
    }
}

/// Bars with their places, as far as they fit.
pub struct Plan<'a> {
    pub stacked: bool,
    pub bars: Vec<Bar<'a>>,
    /// Of each begin and end, from the left of the lanes.
    pub at: Vec<f32>,
    /// Operations that are not shown and begin between two events: how many, and where. The first stand before all
    /// events, the last after.
    pub gaps: Vec<(f32, usize)>,
    /// By row: the client, on its first.
    pub rows: Vec<Option<u32>>,
    pub width: f32,
    /// No answer ends further to the right than this.
    pub right: f32,
}

fn label(history: &History, op: &Op) -> String {
    let value = |value: u32| shortened(&history.value(value), 10);
    let what = match op.kind {
        Kind::Write(to) => format!("w {}", value(to)),
        Kind::Read(Some(seen)) => format!("r {}", value(seen)),
        Kind::Read(None) => "r ?".to_string(),
        Kind::Cas(from, to) => format!("c {}→{}", value(from), value(to)),
    };
    let failed = if op.outcome == Outcome::Fail { " failed" } else { "" };
    format!("{what}{failed}")
}

/// Operations of a key, the most important first: what contradicts, then what is near.
fn ranked<'a>(ops: &[&'a Op], broken: Option<&Violation>) -> Vec<&'a Op> {
    let Some(violation) = broken else { return ops.iter().copied().take(MOST).collect() };
    let place = ops.iter().position(|op| op.id == violation.stuck).unwrap_or(0);
    let ranks: Vec<u64> = (0..ops.len())
        .map(|i| match ops.get(i).map(|op| op.id) {
            Some(id) if id == violation.stuck => 0,
            // The proof stands last among them, the writes it replaced before it.
            Some(id) => match violation.against.iter().rev().position(|other| *other == id) {
                Some(named) => 1 + named as u64,
                // Before it rather than after: what comes later cannot explain it.
                None => 100 + if i < place { 2 * (place - i) as u64 } else { 4 * (i - place) as u64 },
            },
            None => u64::MAX,
        })
        .collect();
    order::order(&ranks).into_iter().filter_map(|i| ops.get(i as usize).copied()).take(MOST).collect()
}

/// As many operations as there is room for, in the order of their importance; and whether all are there that
/// contradict each other.
pub fn fitted<'a>(
    history: &History,
    ops: &[&'a Op],
    broken: Option<&Violation>,
    room: f32,
    stacked: bool,
) -> (Plan<'a>, bool) {
    let mut chosen: Vec<&Op> = Vec::new();
    let (mut best, mut whole) = (None, true);
    for op in ranked(ops, broken) {
        chosen.push(op);
        match plan(history, ops, &chosen, broken, room, stacked) {
            Some(plan) => best = Some(plan),
            // Those that contradict are tried all, whatever else has no room; of the others none is left out amid.
            None if role(op, broken) != Role::Plain => {
                chosen.pop();
                whole = false;
            }
            None => break,
        }
    }
    let none = || Plan {
        stacked,
        bars: Vec::new(),
        at: Vec::new(),
        gaps: Vec::new(),
        rows: Vec::new(),
        width: 0.0,
        right: room,
    };
    (best.unwrap_or_else(none), whole)
}

fn role(op: &Op, broken: Option<&Violation>) -> Role {
    match broken {
        Some(violation) if violation.stuck == op.id => Role::Stuck,
        Some(violation) if violation.against.contains(&op.id) => Role::Against,
        _ => Role::Plain,
    }
}

/// A begin among begins and ends: at one moment, it comes before ends.
fn begin(op: &Op) -> u64 {
    op.invoked.min(u64::MAX >> 2) * 2
}

/// `None`: there is no room for all of them.
fn plan<'a>(
    history: &History,
    ops: &[&'a Op],
    chosen: &[&'a Op],
    broken: Option<&Violation>,
    room: f32,
    stacked: bool,
) -> Option<Plan<'a>> {
    let mut events: Vec<(u64, u32)> = Vec::new();
    for (i, op) in chosen.iter().enumerate() {
        events.push((begin(op), 2 * i as u32));
        if op.ends() != u64::MAX {
            events.push((op.ends().min(u64::MAX >> 2) * 2 + 1, 2 * i as u32 + 1));
        }
    }
    order::sort(&mut events);
    let mut bars: Vec<Bar> = chosen
        .iter()
        .map(|op| {
            let role = role(op, broken);
            let number = if role == Role::Plain { String::new() } else { format!("#{}", op.id) };
            Bar { op, role, text: label(history, op), number, from: 0, to: None, row: 0 }
        })
        .collect();
    for (place, (_, event)) in events.iter().enumerate() {
        if let Some(bar) = bars.get_mut((event / 2) as usize) {
            if event % 2 == 0 { bar.from = place } else { bar.to = Some(place) }
        }
    }
    // What is hidden, by the event before which it begins.
    let mut hidden = Vec::with_capacity(events.len() + 1);
    let mut counted = 0;
    for until in events.iter().map(|event| event.0).chain([u64::MAX]) {
        let begun = ops.partition_point(|op| begin(op) < until);
        hidden.push(begun - counted);
        counted = begun;
    }
    for op in chosen {
        if let Some(count) = hidden.get_mut(events.partition_point(|event| event.0 <= begin(op))) {
            *count -= 1;
        }
    }
    let said = |count: usize| text_width(&format!("+{}", grouped(count as i64)), SMALL, 400, Face::Sans);
    // Where the last of the counts above the lanes ends.
    let mut spoken = 0.0f32;
    // From the left, each event as near as it may be; then what is left of the room is shared out.
    let mut steps = Vec::with_capacity(events.len());
    let mut at: Vec<f32> = Vec::with_capacity(events.len());
    for (place, (_, event)) in events.iter().enumerate() {
        let before = at.last().copied().unwrap_or(0.0);
        let least = if place == 0 { 2.0 } else { STEP };
        let mut x = before + least;
        let count = hidden.get(place).copied().unwrap_or(0);
        if count > 0 {
            let wide = said(count);
            let apart = if place == 0 { GAP } else { 2.0 * (spoken + 6.0 + wide / 2.0 - before) };
            x = before + apart.max(GAP);
        }
        if let Some(bar) = bars.get((event / 2) as usize).filter(|bar| event % 2 == 1 && bar.from < place) {
            x = x.max(at.get(bar.from).copied().unwrap_or(0.0) + bar.needs(stacked));
        }
        if count > 0 {
            spoken = ((before + x) / 2.0 + said(count) / 2.0).max(said(count));
        }
        steps.push(x - before);
        at.push(x);
    }
    let mut right = at.last().copied().unwrap_or(0.0);
    let open = bars.iter().filter(|bar| bar.to.is_none());
    for bar in open {
        right = right.max(at.get(bar.from).copied().unwrap_or(0.0) + bar.needs(stacked));
    }
    let after = match hidden.last() {
        None | Some(0) => 2.0,
        Some(count) => (spoken + 6.0 + said(*count) - right).max(GAP),
    };
    let total = right + after;
    if total > room {
        return None;
    }
    let more = ((room - total) / events.len().max(1) as f32).min(WIDEST);
    let mut x = 0.0;
    for (place, (at, step)) in at.iter_mut().zip(&steps).enumerate() {
        x += step + if place == 0 { 0.0 } else { more };
        *at = x;
    }
    let right = right + more * events.len().saturating_sub(1) as f32;
    let mut gaps = Vec::new();
    for (place, count) in hidden.iter().enumerate() {
        let (from, to) = match (place.checked_sub(1).and_then(|i| at.get(i)), at.get(place)) {
            (None, Some(to)) => (0.0, *to),
            (Some(from), Some(to)) => (*from, *to),
            (Some(_), None) => (right + after, right + after),
            (None, None) => (0.0, 0.0),
        };
        gaps.push(((from + to) / 2.0, *count));
    }
    let rows = rows(history, &mut bars)?;
    Some(Plan { stacked, bars, at, gaps, rows, width: room, right })
}

/// A row for each client, in the order of their names; more where a client does several things at a time.
fn rows(history: &History, bars: &mut [Bar]) -> Option<Vec<Option<u32>>> {
    let begins: Vec<u64> = bars.iter().map(|bar| bar.from as u64).collect();
    let by_begin = order::order(&begins);
    let mut clients: Vec<u32> = Vec::new();
    for bar in bars.iter() {
        if !clients.contains(&bar.op.client) {
            clients.push(bar.op.client);
        }
    }
    // Numbers in their order, names in that of their coming.
    let number = |client: &u32| history.client(*client).parse::<u64>().unwrap_or(u64::MAX);
    let numbers: Vec<u64> = clients.iter().map(number).collect();
    let mut out = Vec::new();
    for client in order::order(&numbers).into_iter().filter_map(|i| clients.get(i as usize).copied()) {
        // By row: when it is free again.
        let mut free: Vec<usize> = Vec::new();
        let first = out.len();
        for i in &by_begin {
            let Some(bar) = bars.get_mut(*i as usize).filter(|bar| bar.op.client == client) else { continue };
            let row = free.iter().position(|until| *until <= bar.from).unwrap_or(free.len());
            let until = bar.to.unwrap_or(usize::MAX);
            match free.get_mut(row) {
                Some(place) => *place = until,
                None => {
                    free.push(until);
                    out.push((free.len() == 1).then_some(client));
                }
            }
            bar.row = first + row;
        }
    }
    (out.len() <= ROWS).then_some(out)
}
