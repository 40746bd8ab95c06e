//! An availability as its block diagram: what is needed stands in a row, what can stand in for each other one below the
//! other.

use super::diagram::Board;
use super::world::Made;
use super::{line, word};
use crate::draw::pen::{cut, wide};
use crate::draw::scene::{Anchor, Hit, Shape, Stroke, Token};
use crate::models::estimate::{Call, Expr, Kind, percent};
use std::rc::Rc;

/// Blocks within blocks that are opened, and parts that are drawn, where that leaves anything.
const DEEPEST: usize = 3;
const MOST: usize = 60;
const GAP: f32 = 22.0;
const APART: f32 = 8.0;
/// From the rail that parts hang on to the parts.
const RAIL: f32 = 16.0;
const MARGIN: f32 = 14.0;

/// “2 of 3” beside the rail, and the room it takes; none where one is enough.
fn note(needed: usize, of: usize, k: f32) -> (String, f32) {
    let text = if needed > 1 { format!("{needed} of {of}") } else { String::new() };
    let room = if needed > 1 { wide(&text, 12.0 * k, 600) + 10.0 } else { 0.0 };
    (text, room)
}

enum Block {
    Part {
        title: String,
        up: String,
        gone: String,
        line: Option<usize>,
    },
    Row(Vec<Block>),
    /// Under each other; how many of them are needed.
    Side(usize, Vec<Block>),
}

/// The availability with the most parts; of equal ones the last.
pub fn largest(made: &Made) -> Option<usize> {
    most(made, &|_| true)
}

/// The same among those that a line is a part of.
pub fn with(made: &Made, part: usize) -> Option<usize> {
    most(made, &|i| i != part && made.sheet.made_of(i).contains(&part))
}

/// How deep blocks may be opened before there are too many parts.
fn depth(made: &Made, expr: &Expr, of: usize) -> usize {
    (1..=DEEPEST).take_while(|deep| block(made, expr, of, *deep).count() <= MOST).last().unwrap_or(0)
}

fn most(made: &Made, wanted: &dyn Fn(usize) -> bool) -> Option<usize> {
    let parts = |i: &usize| {
        let (expr, of) = whole(made, &made.sheet.lines.get(*i)?.parsed.as_ref()?.expr, *i)?;
        (made.sheet.outcome(*i).is_some() && of == *i && wanted(*i))
            .then(|| (block(made, expr, of, depth(made, expr, of)).count(), *i))
    };
    (0..made.sheet.lines.len()).filter_map(|i| parts(&i)).max().map(|(_, i)| i)
}

/// Whether the line is an availability, or how many nines or how much downtime one has; then it is drawn.
pub fn draw(board: &mut Board, i: usize, lit: Option<usize>) -> bool {
    let made = board.made;
    let Some(expr) = made.sheet.lines.get(i).and_then(|line| line.parsed.as_ref()).map(|parsed| &parsed.expr) else {
        return false;
    };
    let Some((expr, of)) = whole(made, expr, i) else { return false };
    let room = board.width - 2.0 * MARGIN;
    // Smaller letters where one block alone is too wide for large ones.
    let usual = board.k;
    let fitting =
        (0..20).map(|step| usual - 0.1 * step as f32).find(|k| *k <= 1.0 || block(made, expr, of, 0).fits(room, *k));
    let k = fitting.unwrap_or(1.0).max(1.0);
    let deepest = depth(made, expr, of);
    let built = (0..=deepest).rev().map(|deep| block(made, expr, of, deep)).find(|block| block.fits(room, k));
    let block = built.unwrap_or_else(|| block(made, expr, of, 0));
    let down = made.sheet.outcome(of).map_or(0.0, |o| o.down.unwrap_or(1.0 - o.value));
    let note = format!(
        "{} up, so down {}. In a row all are needed; one below the other, one is enough, or as many as is said.",
        percent(1.0 - down, down),
        gone(down),
    );
    board.head(format!("What {} is made of", made.title(of)), note);
    let top = board.y;
    board.k = k;
    let rows = match block {
        Block::Row(parts) => flow(parts, room, k),
        other => vec![vec![other]],
    };
    let mut before: Option<(f32, f32)> = None;
    for row in rows {
        let high = row.iter().map(|block| block.size(k).1).fold(0.0, f32::max);
        let mut x = MARGIN;
        // From the end of the row above around to this one.
        if let Some((end, y)) = before {
            let (turn, between, middle) = (end + 7.0, board.y - 7.0, board.y + high / 2.0);
            let way = [(end, y), (turn, y), (turn, between), (7.0, between), (7.0, middle), (MARGIN, middle)];
            way.windows(2).for_each(|leg| wire(board, leg[0], leg[1]));
        }
        for (n, block) in row.iter().enumerate() {
            let (w, h) = block.size(k);
            if n > 0 {
                wire(board, (x, board.y + high / 2.0), (x + GAP, board.y + high / 2.0));
                x += GAP;
            }
            let y = board.y + (high - h) / 2.0;
            block.draw(board, (x, y), room, lit);
            x += w;
        }
        before = Some((x, board.y + high / 2.0));
        board.y += high + 14.0;
    }
    board.y = (board.y - 14.0).max(top);
    board.k = usual;
    true
}

/// The availability that a line is about: its expression, and whose line it is.
fn whole<'a>(made: &'a Made, expr: &'a Expr, i: usize) -> Option<(&'a Expr, usize)> {
    match &expr.kind {
        Kind::Call(Call::Series | Call::Parallel | Call::Of, _) => Some((expr, i)),
        Kind::Call(Call::Nines | Call::Downtime, given) => {
            let Kind::Name(name) = &given.first()?.kind else { return None };
            let line = made.sheet.find(name)?;
            let expr = &made.sheet.lines.get(line)?.parsed.as_ref()?.expr;
            matches!(expr.kind, Kind::Call(Call::Series | Call::Parallel | Call::Of, _)).then_some((expr, line))
        }
        _ => None,
    }
}

fn gone(down: f64) -> String {
    let year = crate::models::estimate::Dim::of(crate::models::estimate::Base::Time);
    format!("{}/year", crate::models::estimate::count(down * 365.0 * 86_400.0, &year))
}

fn block(made: &Made, expr: &Expr, of: usize, deep: usize) -> Block {
    match &expr.kind {
        Kind::Call(Call::Series, given) => Block::Row(given.iter().map(|e| part(made, e, of, deep)).collect()),
        Kind::Call(Call::Parallel, given) => Block::Side(1, given.iter().map(|e| part(made, e, of, deep)).collect()),
        Kind::Call(Call::Of, given) => {
            let needed = match given.first().map(|e| &e.kind) {
                Some(Kind::Literal(literal)) => literal.low as usize,
                _ => 1,
            };
            Block::Side(needed, given.iter().skip(1).map(|e| part(made, e, of, deep)).collect())
        }
        _ => part(made, expr, of, deep),
    }
}

fn part(made: &Made, expr: &Expr, of: usize, deep: usize) -> Block {
    let told = |title: String, down: Option<f64>, line: Option<usize>| Block::Part {
        title,
        up: down.map_or(String::new(), |down| percent(1.0 - down, down)),
        gone: down.map_or(String::new(), gone),
        line,
    };
    match &expr.kind {
        Kind::Name(name) => {
            let Some(used) = made.sheet.find(name) else { return told(name.clone(), None, None) };
            let inner = made.sheet.lines.get(used).and_then(|line| line.parsed.as_ref()).map(|parsed| &parsed.expr);
            let open = |e: &&Expr| matches!(e.kind, Kind::Call(Call::Series | Call::Parallel | Call::Of, _));
            match inner.filter(open).filter(|_| deep > 0) {
                Some(inner) => block(made, inner, used, deep - 1),
                None => {
                    let down = made.sheet.outcome(used).map(|o| o.down.unwrap_or(1.0 - o.value));
                    told(made.title(used), down, Some(used))
                }
            }
        }
        Kind::Literal(literal) => told(String::new(), Some(1.0 - literal.at(0.5)), None),
        Kind::Call(Call::Series | Call::Parallel | Call::Of, _) if deep > 0 => block(made, expr, of, deep - 1),
        _ => told(format!("part of {}", word(of)), None, None),
    }
}

/// As text is broken into lines.
fn flow(parts: Vec<Block>, room: f32, k: f32) -> Vec<Vec<Block>> {
    let mut rows: Vec<Vec<Block>> = vec![Vec::new()];
    let mut used = 0.0;
    for part in parts {
        let wide = part.size(k).0;
        if used > 0.0 && used + GAP + wide > room {
            rows.push(Vec::new());
            used = 0.0;
        }
        used += wide + if used > 0.0 { GAP } else { 0.0 };
        if let Some(row) = rows.last_mut() {
            row.push(part);
        }
    }
    rows
}

fn wire(board: &mut Board, a: (f32, f32), b: (f32, f32)) {
    let stroke = Stroke::new(Token::Soft, 1.4);
    board.layer.add(Shape::Line { x1: a.0, y1: a.1, x2: b.0, y2: b.1, stroke });
}

impl Block {
    /// Parts in all.
    fn count(&self) -> usize {
        match self {
            Block::Part { .. } => 1,
            Block::Row(parts) | Block::Side(_, parts) => parts.iter().map(Block::count).sum(),
        }
    }

    fn size(&self, k: f32) -> (f32, f32) {
        match self {
            Block::Part { .. } => (122.0 * k, 62.0 * k),
            Block::Row(parts) => {
                let (w, h) =
                    parts.iter().map(|part| part.size(k)).fold((0.0, 0.0f32), |a, b| (a.0 + b.0, a.1.max(b.1)));
                (w + GAP * parts.len().saturating_sub(1) as f32, h)
            }
            Block::Side(needed, parts) => {
                let (w, h) =
                    parts.iter().map(|part| part.size(k)).fold((0.0f32, 0.0), |a, b| (a.0.max(b.0), a.1 + b.1));
                let note = note(*needed, parts.len(), k).1;
                (w + 2.0 * RAIL + note, h + APART * parts.len().saturating_sub(1) as f32)
            }
        }
    }

    /// A row at the top may be broken.
    fn fits(&self, room: f32, k: f32) -> bool {
        match self {
            Block::Row(parts) => parts.iter().all(|part| part.size(k).0 <= room),
            other => other.size(k).0 <= room,
        }
    }

    fn draw(&self, board: &mut Board, (x, y): (f32, f32), room: f32, lit: Option<usize>) {
        let k = board.k;
        let (w, h) = self.size(k);
        match self {
            Block::Part { title, up, gone, line: of } => {
                let on = of.is_some() && *of == lit;
                let stroke = Some(if on { Stroke::new(Token::Ink, 2.6) } else { Stroke::new(Token::Gold, 1.4) });
                let shape = Shape::Rect { x, y, w, h, r: 7.0, fill: Some(Token::Card.into()), stroke };
                let label = format!("{title} {up}, down {gone}");
                let hit = Rc::new(Hit { subject: of.map(line), label, act: None });
                board.layer.add_hit(shape, &hit);
                let inner = (w - 16.0).min(room);
                for (row, text, weight, ink) in
                    [(0, title, 400, Token::Soft), (1, up, 600, Token::Ink), (2, gone, 400, Token::Soft)]
                {
                    let at = (x + 8.0, y + (18.0 + 18.0 * row as f32) * k);
                    board.text(
                        at,
                        weight,
                        Anchor::Start,
                        ink,
                        cut(text.replace(" million", " M").replace(" billion", " bn"), inner, 12.0 * k),
                    );
                }
            }
            Block::Row(parts) => {
                let mut at = x;
                for (n, part) in parts.iter().enumerate() {
                    let (pw, ph) = part.size(k);
                    if n > 0 {
                        wire(board, (at, y + h / 2.0), (at + GAP, y + h / 2.0));
                        at += GAP;
                    }
                    part.draw(board, (at, y + (h - ph) / 2.0), room, lit);
                    at += pw;
                }
            }
            Block::Side(needed, parts) => {
                let (says, note) = note(*needed, parts.len(), k);
                let inner = w - 2.0 * RAIL - note;
                let mut at = y;
                let (mut first, mut last) = (f32::MAX, 0.0f32);
                for part in parts {
                    let (pw, ph) = part.size(k);
                    let middle = at + ph / 2.0;
                    (first, last) = (first.min(middle), last.max(middle));
                    let px = x + RAIL + (inner - pw) / 2.0;
                    wire(board, (x, middle), (px, middle));
                    wire(board, (px + pw, middle), (x + 2.0 * RAIL + inner, middle));
                    part.draw(board, (px, at), room, lit);
                    at += ph + APART;
                }
                for rail in [x, x + 2.0 * RAIL + inner] {
                    wire(board, (rail, first), (rail, last));
                }
                if *needed > 1 {
                    let at = (x + w - note + 4.0, y + h / 2.0 - 5.0);
                    board.text(at, 600, Anchor::Start, Token::Ink, says);
                    wire(board, (x + w - note, y + h / 2.0), (x + w, y + h / 2.0));
                }
            }
        }
    }
}
