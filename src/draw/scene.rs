//! A picture as plain data: two layers of shapes in CSS pixels, laid out for the size they will be shown at.
//! Painters (canvas, SVG) only translate; hit testing works on the same data.

use std::rc::Rc;

/// A colour by its role; the theme says what it looks like. Okabe–Ito hues, darkened on paper, lightened on ink.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Token {
    Paper,
    Card,
    Ink,
    Soft,
    Line,
    Wash,
    Blue,
    Orange,
    Green,
    Red,
    Sky,
    Pink,
    Gold,
    /// Near black in both themes: what is written on the bright hues, where neither card nor ink would do in both.
    Night,
}

impl Token {
    pub const COUNT: usize = 14;
    pub const ALL: [Token; Token::COUNT] = [
        Token::Paper,
        Token::Card,
        Token::Ink,
        Token::Soft,
        Token::Line,
        Token::Wash,
        Token::Blue,
        Token::Orange,
        Token::Green,
        Token::Red,
        Token::Sky,
        Token::Pink,
        Token::Gold,
        Token::Night,
    ];
    /// The hues that tell things apart, in the order they are given out.
    pub const HUES: [Token; 7] =
        [Token::Blue, Token::Orange, Token::Green, Token::Pink, Token::Sky, Token::Red, Token::Gold];

    /// The colour of text written on this one, readable in both themes: a scene is drawn without knowing its theme.
    pub const fn text_on(self) -> Token {
        match self {
            Token::Orange | Token::Sky => Token::Night,
            Token::Paper | Token::Card | Token::Wash | Token::Line => Token::Ink,
            _ => Token::Card,
        }
    }
}

/// A token with an opacity, 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ink {
    pub token: Token,
    pub alpha: u8,
}

impl Ink {
    pub const fn faded(token: Token, alpha: u8) -> Ink {
        Ink { token, alpha }
    }
}

impl From<Token> for Ink {
    fn from(token: Token) -> Ink {
        Ink { token, alpha: 255 }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    pub ink: Ink,
    pub width: f32,
    /// Length of dash and of gap, in pixels.
    pub dash: Option<(f32, f32)>,
}

impl Stroke {
    pub fn new(ink: impl Into<Ink>, width: f32) -> Stroke {
        Stroke { ink: ink.into(), width, dash: None }
    }
    pub fn dashed(ink: impl Into<Ink>, width: f32, on: f32, off: f32) -> Stroke {
        Stroke { ink: ink.into(), width, dash: Some((on, off)) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    Sans,
    Serif,
    Mono,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Seg {
    Move(f32, f32),
    Line(f32, f32),
    /// A cubic: two control points and the end.
    Cubic(f32, f32, f32, f32, f32, f32),
    Close,
}

/// Angles are in turns, 0 at the top, clockwise: a hash value is its place on the circle.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    Line {
        x1: f32,
        y1: f32,
        x2: f32,
        y2: f32,
        stroke: Stroke,
    },
    Circle {
        x: f32,
        y: f32,
        r: f32,
        fill: Option<Ink>,
        stroke: Option<Stroke>,
    },
    Rect {
        x: f32,
        y: f32,
        w: f32,
        h: f32,
        r: f32,
        fill: Option<Ink>,
        stroke: Option<Stroke>,
    },
    Path {
        segs: Rc<[Seg]>,
        fill: Option<Ink>,
        stroke: Option<Stroke>,
    },
    /// Many bands of one ring in one colour: spans of (from, to) in turns, between two radii.
    Arcs {
        x: f32,
        y: f32,
        inner: f32,
        outer: f32,
        spans: Rc<[(f32, f32)]>,
        fill: Ink,
    },
    /// Many dots of one size and colour.
    Dots {
        at: Rc<[(f32, f32)]>,
        r: f32,
        fill: Ink,
    },
    /// `y` is the baseline.
    Text {
        x: f32,
        y: f32,
        size: f32,
        weight: u16,
        face: Face,
        anchor: Anchor,
        fill: Ink,
        text: String,
    },
}

/// What something in the picture is about. Everything with the same subject lights up together: in the picture,
/// the log, the prose and the charts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    pub kind: &'static str,
    pub id: u32,
}

/// A thing that can be pointed at: what it is about, what it is called, and what a click does (an action in the
/// form that links use, such as `crash(3)`), if anything.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    pub subject: Option<Subject>,
    pub label: String,
    pub act: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub shape: Shape,
    pub hit: Option<Rc<Hit>>,
}

/// Very many points, painted in one pixel buffer: below everything else of their layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cloud {
    /// Pairs of x, y in CSS pixels.
    pub xy: Rc<Vec<f32>>,
    /// For each point an index into `inks`.
    pub ink: Rc<Vec<u8>>,
    pub inks: Vec<Ink>,
    /// Side of the square that a point is, in CSS pixels.
    pub size: f32,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layer {
    /// Two layers with the same revision look the same, so the painter leaves what it has. 0: always paint.
    pub revision: u64,
    pub cloud: Option<Cloud>,
    pub items: Vec<Item>,
}

/// Many small things of one kind that can be pointed at: the nearest one counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Picks {
    pub kind: &'static str,
    /// Each place with its id.
    pub at: Vec<(f32, f32, u32)>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    pub width: f32,
    pub height: f32,
    /// What stays while things move; shared between frames.
    pub base: Rc<Layer>,
    /// What moves.
    pub live: Layer,
    pub picks: Option<Rc<Picks>>,
}

impl Layer {
    pub fn add(&mut self, shape: Shape) {
        self.items.push(Item { shape, hit: None });
    }
    pub fn add_hit(&mut self, shape: Shape, hit: &Rc<Hit>) {
        self.items.push(Item { shape, hit: Some(hit.clone()) });
    }
}

impl Scene {
    /// The topmost thing at a place, with some pixels of grace for fingers.
    pub fn hit(&self, x: f32, y: f32, grace: f32) -> Option<&Rc<Hit>> {
        let exact = self.hits().find(|(shape, _)| shape.distance(x, y) <= 0.0);
        exact
            .or_else(|| {
                self.hits()
                    .map(|found| (found.0.distance(x, y), found))
                    .filter(|(far, _)| *far <= grace)
                    .min_by(|a, b| a.0.total_cmp(&b.0))
                    .map(|(_, found)| found)
            })
            .map(|(_, hit)| hit)
    }

    /// The nearest of the small things, within some pixels.
    pub fn pick(&self, x: f32, y: f32, grace: f32) -> Option<Subject> {
        let picks = self.picks.as_ref()?;
        let far = |at: &(f32, f32, u32)| (at.0 - x) * (at.0 - x) + (at.1 - y) * (at.1 - y);
        let nearest = picks.at.iter().min_by(|a, b| far(a).total_cmp(&far(b)))?;
        (far(nearest) <= grace * grace).then_some(Subject { kind: picks.kind, id: nearest.2 })
    }

    /// Everything that can be pointed at, topmost first.
    pub fn hits(&self) -> impl Iterator<Item = (&Shape, &Rc<Hit>)> {
        let live = self.live.items.iter().rev();
        live.chain(self.base.items.iter().rev()).filter_map(|item| item.hit.as_ref().map(|hit| (&item.shape, hit)))
    }

    /// Every shape, bottom first.
    pub fn shapes(&self) -> impl Iterator<Item = &Shape> {
        self.base.items.iter().chain(&self.live.items).map(|item| &item.shape)
    }
}

impl Shape {
    /// How far a place is from the shape, 0 or less inside it.
    pub fn distance(&self, px: f32, py: f32) -> f32 {
        let away = |dx: f32, dy: f32| (dx * dx + dy * dy).sqrt();
        match self {
            Shape::Circle { x, y, r, .. } => away(px - x, py - y) - r,
            Shape::Rect { x, y, w, h, .. } => {
                let dx = (x - px).max(px - (x + w));
                let dy = (y - py).max(py - (y + h));
                if dx <= 0.0 && dy <= 0.0 { dx.max(dy) } else { away(dx.max(0.0), dy.max(0.0)) }
            }
            Shape::Arcs { x, y, inner, outer, spans, .. } => {
                let r = away(px - x, py - y);
                let turn = turn_of(px - x, py - y);
                let inside = spans.iter().any(|&(from, to)| {
                    let (from, to) = (from, if to < from { to + 1.0 } else { to });
                    (from..=to).contains(&turn) || (from..=to).contains(&(turn + 1.0))
                });
                if inside { (inner - r).max(r - outer) } else { f32::INFINITY }
            }
            Shape::Dots { at, r, .. } => at.iter().map(|(x, y)| away(px - x, py - y) - r).fold(f32::INFINITY, f32::min),
            Shape::Line { x1, y1, x2, y2, stroke } => {
                let (dx, dy) = (x2 - x1, y2 - y1);
                let along = ((px - x1) * dx + (py - y1) * dy) / (dx * dx + dy * dy).max(1e-6);
                let along = along.clamp(0.0, 1.0);
                away(px - (x1 + along * dx), py - (y1 + along * dy)) - stroke.width / 2.0
            }
            Shape::Path { segs, .. } => {
                let Some((x0, y0, x1, y1)) = bounds_of(segs) else { return f32::INFINITY };
                let dx = (x0 - px).max(px - x1).max(0.0);
                away(dx, (y0 - py).max(py - y1).max(0.0))
            }
            Shape::Text { .. } => {
                let (x0, y0, x1, y1) = self.bounds();
                away((x0 - px).max(px - x1).max(0.0), (y0 - py).max(py - y1).max(0.0))
            }
        }
    }

    /// Left, top, right, bottom of what is painted (strokes included; text as `text_width` guesses it).
    pub fn bounds(&self) -> (f32, f32, f32, f32) {
        let grown = |(x0, y0, x1, y1): (f32, f32, f32, f32), by: f32| (x0 - by, y0 - by, x1 + by, y1 + by);
        let half = |stroke: &Option<Stroke>| stroke.map_or(0.0, |s| s.width / 2.0);
        match self {
            Shape::Line { x1, y1, x2, y2, stroke } => {
                grown((x1.min(*x2), y1.min(*y2), x1.max(*x2), y1.max(*y2)), stroke.width / 2.0)
            }
            Shape::Circle { x, y, r, stroke, .. } => grown((*x, *y, *x, *y), r + half(stroke)),
            Shape::Rect { x, y, w, h, stroke, .. } => grown((*x, *y, x + w, y + h), half(stroke)),
            Shape::Path { segs, stroke, .. } => grown(bounds_of(segs).unwrap_or_default(), half(stroke)),
            Shape::Arcs { x, y, outer, .. } => grown((*x, *y, *x, *y), *outer),
            Shape::Dots { at, r, .. } => {
                let all = at.iter().fold((f32::MAX, f32::MAX, f32::MIN, f32::MIN), |b, &(x, y)| {
                    (b.0.min(x), b.1.min(y), b.2.max(x), b.3.max(y))
                });
                if at.is_empty() { (0.0, 0.0, 0.0, 0.0) } else { grown(all, *r) }
            }
            Shape::Text { x, y, size, weight, face, anchor, text, .. } => {
                let w = text_width(text, *size, *weight, *face);
                let left = match anchor {
                    Anchor::Start => *x,
                    Anchor::Middle => x - w / 2.0,
                    Anchor::End => x - w,
                };
                (left, y - size * 0.8, left + w, y + size * 0.22)
            }
        }
    }
}

pub(super) fn bounds_of(segs: &[Seg]) -> Option<(f32, f32, f32, f32)> {
    let mut all: Option<(f32, f32, f32, f32)> = None;
    let mut take = |x: f32, y: f32| {
        all = Some(match all {
            None => (x, y, x, y),
            Some(b) => (b.0.min(x), b.1.min(y), b.2.max(x), b.3.max(y)),
        });
    };
    for seg in segs {
        match *seg {
            Seg::Move(x, y) | Seg::Line(x, y) => take(x, y),
            Seg::Cubic(a, b, c, d, x, y) => {
                take(a, b);
                take(c, d);
                take(x, y);
            }
            Seg::Close => {}
        }
    }
    all
}

/// The turn (0 at the top, clockwise, below 1) of a direction.
pub fn turn_of(dx: f32, dy: f32) -> f32 {
    let turn = libm::atan2f(dx, -dy) / std::f32::consts::TAU;
    if turn < 0.0 { turn + 1.0 } else { turn }
}

/// A place on a circle, by turn.
pub fn on_circle(x: f32, y: f32, r: f32, turn: f32) -> (f32, f32) {
    let angle = turn * std::f32::consts::TAU;
    (x + r * libm::sinf(angle), y - r * libm::cosf(angle))
}

/// How wide a text will be, a little on the safe side: system fonts differ, and no font is asked here.
pub fn text_width(text: &str, size: f32, weight: u16, face: Face) -> f32 {
    if face == Face::Mono {
        return text.chars().count() as f32 * size * 0.602;
    }
    let em: f32 = text
        .chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | '|' | '\'' | '.' | ',' | ':' | ';' | '!' => 0.32,
            ' ' | '\u{a0}' | 'f' | 't' | 'r' | '(' | ')' | '[' | ']' | 'I' | '-' | '/' => 0.42,
            'm' | 'w' | 'M' | 'W' | '%' | '@' | '→' | '×' => 0.95,
            'A'..='Z' => 0.72,
            '0'..='9' => 0.637,
            c if (c as u32) >= 0x2e80 => 1.05,
            _ => 0.62,
        })
        .sum();
    em * size * if weight >= 600 { 1.08 } else { 1.0 }
}
