//! A history as a picture: a lane for each client, operations as bars from invocation to completion. Time goes to the
//! right, as far as it matters: the order of begins and ends is kept, distances are not.
//!
//! Kinds are told by their letter and by how a bar is filled, a violation by outlines and signs: colour says nothing
//! that is not said twice.

mod plan;

use crate::draw::scene::{Anchor, Face, Hit, Ink, Layer, Scene, Seg, Shape, Stroke, Token, text_width};
use crate::explainers::grouped;
use crate::models::quorum::history::{History, Kind, Op, Outcome};
use crate::models::quorum::linear::{Verdict, Violation};
use crate::sim::order;
use plan::{Bar, PAD, Plan, Role, SIGN, fitted};
use std::rc::Rc;

const SIZE: f32 = 13.0;
const SMALL: f32 = 12.0;
const EDGE: f32 = 12.0;
const BAR: f32 = 24.0;
/// With its number below its words, where there is little room beside them.
const STACKED: f32 = 40.0;
/// Between bars of two rows.
const AIR: f32 = 7.0;
/// So many keys are drawn where none is broken.
const KEYS: usize = 3;

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
