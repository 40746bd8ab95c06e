//! A history as a picture: a lane for each client, operations as bars from invocation to completion. Time goes to the
//! right, as far as it matters: the order of begins and ends is kept, distances are not.
//!
//! Kinds are told by their letter and by how a bar is filled, a violation by outlines and signs: colour says nothing
//! that is not said twice.

use crate::draw::scene::{Anchor, Face, Hit, Ink, Layer, Scene, Seg, Shape, Stroke, Token, text_width};
use crate::explainers::grouped;
use crate::models::quorum::history::{History, Kind, Op, Outcome};
use crate::models::quorum::linear::{Verdict, Violation};
use crate::sim::order;
use std::rc::Rc;

const SIZE: f32 = 13.0;
const SMALL: f32 = 12.0;
const EDGE: f32 = 12.0;
const BAR: f32 = 24.0;
/// With its number below its words, where there is little room beside them.
const STACKED: f32 = 40.0;
/// Between bars of two rows.
const AIR: f32 = 7.0;
/// Between a begin or an end and the next, at least and at most.
const STEP: f32 = 9.0;
const WIDEST: f32 = 84.0;
/// Where operations are left out, at least.
const GAP: f32 = 14.0;
/// Room at the left of a bar's words for the cross or the dot.
const SIGN: f32 = 17.0;
const PAD: f32 = 7.0;
/// So many operations of one key are looked at for what fits, and so many rows are drawn.
const MOST: usize = 60;
const ROWS: usize = 16;
/// So many keys are drawn where none is broken.
const KEYS: usize = 3;

#[derive(Clone, Copy, PartialEq)]
enum Role {
    Plain,
    Against,
    Stuck,
}

struct Bar<'a> {
    op: &'a Op,
    role: Role,
    text: String,
    /// The number by which the verdict calls it, where it does.
    number: String,
    /// Places of its begin and its end among the events; no end: open.
    from: usize,
    to: Option<usize>,
    row: usize,
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
struct Plan<'a> {
    stacked: bool,
    bars: Vec<Bar<'a>>,
    /// Of each begin and end, from the left of the lanes.
    at: Vec<f32>,
    /// Operations that are not shown and begin between two events: how many, and where. The first stand before all
    /// events, the last after.
    gaps: Vec<(f32, usize)>,
    /// By row: the client, on its first.
    rows: Vec<Option<u32>>,
    width: f32,
    /// No answer ends further to the right than this.
    right: f32,
}

pub fn scene(history: &History, verdict: Option<&Verdict>, width: f32) -> Scene {
    let width = width.clamp(280.0, 1_400.0);
    let mut layer = Layer::default();
    let broken = match verdict {
        Some(Verdict::Broken(violation)) => Some(violation),
        _ => None,
    };
    let mut y = EDGE;
    let keys: Vec<u32> = match broken {
        Some(violation) => vec![violation.key],
        None => (0..history.keys.len() as u32).take(KEYS).collect(),
    };
    let mut kinds = Kinds::default();
    for key in &keys {
        y = block(&mut layer, history, *key, broken, width, y, &mut kinds) + 14.0;
    }
    if broken.is_none() && history.keys.len() > keys.len() {
        let more = format!("{} more keys are not drawn.", grouped((history.keys.len() - keys.len()) as i64));
        y = paragraph(&mut layer, &more, width, y, Token::Soft, 400) + 10.0;
    }
    y = legend(&mut layer, &kinds, width, y);
    Scene { width, height: libm::ceilf(y + EDGE), base: Rc::new(layer), ..Scene::default() }
}

/// What the picture has, for the legend.
#[derive(Default)]
struct Kinds {
    writes: bool,
    reads: bool,
    swaps: bool,
    open: bool,
    failed: bool,
    stuck: bool,
    against: bool,
    gaps: bool,
}

fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((cut, _)) => format!("{}…", text.get(..cut).unwrap_or_default()),
        None => text.to_string(),
    }
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

fn block(
    layer: &mut Layer,
    history: &History,
    key: u32,
    broken: Option<&Violation>,
    width: f32,
    top: f32,
    kinds: &mut Kinds,
) -> f32 {
    let of_key: Vec<&Op> = history.ops.iter().filter(|op| op.key == key).collect();
    let begins: Vec<u64> = of_key.iter().map(|op| op.invoked).collect();
    let ops: Vec<&Op> = order::order(&begins).into_iter().filter_map(|i| of_key.get(i as usize).copied()).collect();
    let names = (0..history.clients.len() as u32).map(|client| shortened(&history.client(client), 12));
    let widest = names.map(|name| lane_width(&name)).fold(0.0, f32::max);
    let gutter = widest.max(lane_width("Client")) + 10.0;
    let room = width - 2.0 * EDGE - gutter;
    let (plan, whole) = fitted(history, &ops, broken, room, false);
    let plan = if whole { plan } else { fitted(history, &ops, broken, room, true).0 };
    let bar = if plan.stacked { STACKED } else { BAR };
    let tall = bar + AIR;

    let left = EDGE + gutter;
    let named =
        if history.keys.len() > 1 { format!(" on {}", shortened(&history.key(key), 24)) } else { String::new() };
    let (shown, all) = (plan.bars.len(), ops.len());
    let title = match (shown == all, broken) {
        (true, _) if all == 2 => format!("Both operations{named}"),
        (true, _) if all == 1 => format!("The one operation{named}"),
        (true, _) => format!("All {} operations{named}", grouped(all as i64)),
        (false, Some(_)) => format!("{shown} of {} operations{named}, around the first violation", grouped(all as i64)),
        (false, None) => format!("The first {shown} of {} operations{named}", grouped(all as i64)),
    };
    let mut y = paragraph(layer, &title, width, top, Token::Ink, 600) + 8.0;

    // Counts of what is left out stand above the lanes.
    let lanes = y + 20.0;
    let bottom = lanes + plan.rows.len() as f32 * tall;
    layer.add(words(EDGE, y + 13.0, SMALL, 400, Token::Soft, "Client"));
    let mut before = None;
    for (i, client) in plan.rows.iter().enumerate() {
        let row = lanes + i as f32 * tall;
        let Some(client) = client else { continue };
        if before.replace(*client).is_some() {
            rule(layer, EDGE, row, width - EDGE, row);
        }
        let name = shortened(&history.client(*client), 12);
        layer.add(words(EDGE, row + tall / 2.0 + 4.5, SMALL, 400, Token::Ink, &name));
    }
    rule(layer, left, lanes, width - EDGE, lanes);
    rule(layer, left, bottom, width - EDGE, bottom);
    for (at, count) in plan.gaps.iter().filter(|gap| gap.1 > 0) {
        kinds.gaps = true;
        let x = left + at;
        let text = format!("+{}", grouped(*count as i64));
        let wide = text_width(&text, SMALL, 400, Face::Sans);
        let x = x.min(width - EDGE - wide / 2.0).max(left + wide / 2.0);
        layer.add(Shape::Text {
            x,
            y: y + 13.0,
            size: SMALL,
            weight: 400,
            face: Face::Sans,
            anchor: Anchor::Middle,
            fill: Token::Soft.into(),
            text,
        });
        let stroke = Stroke::dashed(Token::Soft, 1.0, 1.5, 4.0);
        layer.add(Shape::Line { x1: x, y1: lanes, x2: x, y2: bottom, stroke });
    }
    y = bottom;
    let end = plan.bars.iter().find(|bar| bar.role == Role::Stuck).and_then(|bar| plan.at.get(bar.to?));
    if let Some(x) = end.map(|at| left + at) {
        let stroke = Stroke::dashed(Token::Red, 1.5, 5.0, 3.0);
        layer.add(Shape::Line { x1: x, y1: lanes, x2: x, y2: bottom + 8.0, stroke });
        let text = "not linearizable from here on";
        let wide = text_width(text, SMALL, 600, Face::Sans);
        let x = (x - wide / 2.0).min(width - EDGE - wide).max(EDGE);
        layer.add(words(x, bottom + 21.0, SMALL, 600, Token::Red, text));
        y += 26.0;
    }
    for bar in &plan.bars {
        kinds.note(bar);
        draw(layer, history, bar, &plan, left, lanes);
    }
    y
}

fn lane_width(name: &str) -> f32 {
    text_width(name, SMALL, 400, Face::Sans)
}

/// As many operations as there is room for, in the order of their importance; and whether all are there that
/// contradict each other.
fn fitted<'a>(
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

impl Kinds {
    fn note(&mut self, bar: &Bar) {
        match bar.op.kind {
            Kind::Write(_) => self.writes = true,
            Kind::Read(_) => self.reads = true,
            Kind::Cas(..) => self.swaps = true,
        }
        self.open |= bar.to.is_none();
        self.failed |= bar.op.outcome == Outcome::Fail;
        self.stuck |= bar.role == Role::Stuck;
        self.against |= bar.role == Role::Against;
    }
}

/// Fill, outline and words of a kind.
fn look(kind: Kind) -> (Token, Token, Token) {
    match kind {
        Kind::Write(_) => (Token::Blue, Token::Blue, Token::Blue.text_on()),
        Kind::Read(_) => (Token::Card, Token::Green, Token::Ink),
        Kind::Cas(..) => (Token::Wash, Token::Orange, Token::Ink),
    }
}

fn draw(layer: &mut Layer, history: &History, bar: &Bar, plan: &Plan, left: f32, lanes: f32) {
    let place = |at: usize| left + plan.at.get(at).copied().unwrap_or(0.0);
    let high = if plan.stacked { STACKED } else { BAR };
    let (x, y) = (place(bar.from), lanes + bar.row as f32 * (high + AIR) + AIR / 2.0);
    let end = bar.to.map_or(left + plan.right.max(plan.width - 2.0), place);
    let (fill, outline, ink) = look(bar.op.kind);
    let failed = bar.op.outcome == Outcome::Fail;
    let (fill, ink) = if failed { (Token::Card, Token::Soft) } else { (fill, ink) };
    let (token, wide) = match bar.role {
        Role::Stuck => (Token::Red, 3.0),
        Role::Against => (Token::Ink, 2.5),
        Role::Plain => (outline, 1.5),
    };
    let stroke = if failed { Stroke::dashed(Token::Soft, 1.5, 3.0, 3.0) } else { Stroke::new(token, wide) };
    let hit = Rc::new(Hit { subject: None, label: history.tell(bar.op), act: None });
    if bar.to.is_some() {
        let shape = Shape::Rect { x, y, w: end - x, h: high, r: 4.0, fill: Some(fill.into()), stroke: Some(stroke) };
        layer.add_hit(shape, &hit);
    } else {
        // Open to the right, and paler the less is known.
        let body = Shape::Rect { x, y, w: end - x, h: high, r: 0.0, fill: Some(fill.into()), stroke: None };
        layer.add_hit(body, &hit);
        let (top, bottom) = (y, y + high);
        let segs = [Seg::Move(end, top), Seg::Line(x, top), Seg::Line(x, bottom), Seg::Line(end, bottom)];
        layer.add(Shape::Path { segs: Rc::new(segs), fill: None, stroke: Some(stroke) });
        for i in 0..3 {
            let tooth = end - 3.0 - i as f32 * 5.0;
            let cut = Stroke::new(Token::Card, 2.0);
            layer.add(Shape::Line { x1: tooth, y1: top - 1.0, x2: tooth, y2: bottom + 1.0, stroke: cut });
        }
    }
    let mut from = x + PAD;
    if let Kind::Cas(..) = bar.op.kind
        && !failed
    {
        layer.add(Shape::Rect { x, y, w: 4.0, h: high, r: 0.0, fill: Some(token.into()), stroke: None });
        from += 2.0;
    }
    sign(layer, bar.role, from, y + high / 2.0, ink);
    if bar.role != Role::Plain {
        from += SIGN;
    }
    let below = plan.stacked && !bar.number.is_empty();
    let base = y + high / 2.0 + if below { -3.0 } else { 4.6 };
    layer.add_hit(words(from, base, SIZE, 400, ink, &bar.text), &hit);
    if !bar.number.is_empty() {
        let beside = from + text_width(&bar.text, SIZE, 400, Face::Sans) + 6.0;
        let (x, y) = if below { (from, base + 15.0) } else { (beside, base) };
        layer.add_hit(words(x, y, SMALL, 400, ink, &bar.number), &hit);
    }
}

/// A cross for what has no place, a dot for what contradicts it.
fn sign(layer: &mut Layer, role: Role, x: f32, y: f32, ink: Token) {
    match role {
        Role::Plain => {}
        Role::Against => layer.add(Shape::Circle { x: x + 5.0, y, r: 4.0, fill: Some(ink.into()), stroke: None }),
        Role::Stuck => {
            let stroke = Stroke::new(ink, 2.5);
            layer.add(Shape::Line { x1: x + 0.5, y1: y - 4.5, x2: x + 9.5, y2: y + 4.5, stroke });
            layer.add(Shape::Line { x1: x + 0.5, y1: y + 4.5, x2: x + 9.5, y2: y - 4.5, stroke });
        }
    }
}

fn legend(layer: &mut Layer, kinds: &Kinds, width: f32, top: f32) -> f32 {
    let (mut x, mut y) = (EDGE, top);
    let kind = |kind: Kind| Some(kind);
    let all: [(bool, Option<Kind>, Role, &str); 8] = [
        (kinds.writes, kind(Kind::Write(0)), Role::Plain, "w write"),
        (kinds.reads, kind(Kind::Read(None)), Role::Plain, "r read"),
        (kinds.swaps, kind(Kind::Cas(0, 0)), Role::Plain, "c compare-and-set"),
        (kinds.stuck, None, Role::Stuck, "has no place in any order"),
        (kinds.against, None, Role::Against, "contradicts it"),
        (kinds.open, None, Role::Plain, "open at the right: outcome unknown"),
        (kinds.failed, None, Role::Plain, "dashed: failed, did not happen"),
        (kinds.gaps, None, Role::Plain, "+n: not drawn here"),
    ];
    for (_, kind, role, text) in all.into_iter().filter(|entry| entry.0) {
        let swatch = match (kind, role) {
            (Some(_), _) => 24.0,
            (None, Role::Plain) => 0.0,
            (None, _) => SIGN,
        };
        let wide = swatch + text_width(text, SMALL, 400, Face::Sans);
        if x > EDGE && x + wide > width - EDGE {
            (x, y) = (EDGE, y + 20.0);
        }
        if let Some(kind) = kind {
            let (fill, outline, _) = look(kind);
            let stroke = Some(Stroke::new(outline, 1.5));
            layer.add(Shape::Rect {
                x: x + 1.0,
                y: y + 3.0,
                w: 17.0,
                h: 11.0,
                r: 2.0,
                fill: Some(fill.into()),
                stroke,
            });
            if let Kind::Cas(..) = kind {
                layer.add(Shape::Rect {
                    x: x + 1.0,
                    y: y + 3.0,
                    w: 4.0,
                    h: 11.0,
                    r: 0.0,
                    fill: Some(outline.into()),
                    stroke: None,
                });
            }
        }
        sign(layer, role, x, y + 8.5, if role == Role::Stuck { Token::Red } else { Token::Ink });
        layer.add(words(x + swatch, y + 13.0, SMALL, 400, Token::Soft, text));
        x += wide + 18.0;
    }
    y + 18.0
}

fn words(x: f32, y: f32, size: f32, weight: u16, fill: Token, text: &str) -> Shape {
    let anchor = Anchor::Start;
    Shape::Text { x, y, size, weight, face: Face::Sans, anchor, fill: Ink::from(fill), text: text.to_string() }
}

fn rule(layer: &mut Layer, x1: f32, y1: f32, x2: f32, y2: f32) {
    layer.add(Shape::Line {
        x1,
        y1: y1.floor() + 0.5,
        x2,
        y2: y2.floor() + 0.5,
        stroke: Stroke::new(Token::Line, 1.0),
    });
}

/// Text in lines as long as the picture is wide; the y below it.
fn paragraph(layer: &mut Layer, text: &str, width: f32, top: f32, fill: Token, weight: u16) -> f32 {
    let (mut line, mut y) = (String::new(), top);
    let mut out = |line: &str, y: &mut f32| {
        layer.add(words(EDGE, *y + 12.0, SIZE, weight, fill, line));
        *y += 19.0;
    };
    for word in text.split(' ') {
        let longer = if line.is_empty() { word.to_string() } else { format!("{line} {word}") };
        if !line.is_empty() && text_width(&longer, SIZE, weight, Face::Sans) > width - 2.0 * EDGE {
            out(&line, &mut y);
            line = word.to_string();
        } else {
            line = longer;
        }
    }
    out(&line, &mut y);
    y
}
