//! The picture: nodes with what they hold, clients with what they know, messages on their way, and what is cut.

use super::stage::{Point, Stage};
use super::story::key_name;
use super::types::*;
use super::world::World;
use super::{client as client_subject, node as node_subject, op as op_subject};
use crate::draw::motion::{self, MessageKind as Look, lerp};
use crate::draw::scene::{Anchor, Face, Hit, Ink, Layer, Scene, Shape, Stroke, Subject, Token, text_width, turn_of};
use crate::explainers::View;
use crate::models::quorum::version::Version;
use crate::sim::Micros;
use std::rc::Rc;

/// What is not lit while something is.
const FADED: u8 = 100;
/// More messages than this are drawn without a word beside each.
const WORDED: usize = 14;

/// A message, as a subject: its operation's number and its place among that operation's messages.
pub fn message(op: OpId, place: usize) -> Subject {
    Subject { kind: "message", id: (op + 1).wrapping_mul(64) + place.min(63) as u32 }
}

pub fn message_of(subject: Subject) -> Option<(OpId, usize)> {
    (subject.kind == "message").then(|| ((subject.id / 64).wrapping_sub(1), (subject.id % 64) as usize))
}

fn found(world: &World, subject: Subject) -> Option<(&Op, &Message)> {
    let (id, place) = message_of(subject)?;
    let op = world.op(id)?;
    Some((op, op.messages.get(place)?))
}

pub fn name_of_message(world: &World, subject: Subject) -> Option<String> {
    let (op, it) = found(world, subject)?;
    let end = |place: Place| match place {
        Place::Node(id) => letter(id).to_string(),
        Place::Client(id) => format!("client {}", id + 1),
    };
    Some(format!("{} from {} to {}", word(it, Some(op)), end(it.from), end(it.to)))
}

pub fn state_of_message(world: &World, subject: Subject) -> Option<String> {
    let (op, it) = found(world, subject)?;
    let ms = |at: Micros| crate::sim::decimal::fixed(at as f64 / 1_000.0, 1);
    let end = match it.lost {
        Some(lost) => format!("lost at {} ms", ms(lost)),
        None => format!("arrives at {} ms", ms(it.arrives)),
    };
    Some(format!("operation {}, sent at {} ms, {end}, {} bytes", op.id + 1, ms(it.sent), it.bytes))
}

/// The operation a subject is about, if it is about one.
pub fn op_of(subject: Subject) -> Option<OpId> {
    match subject.kind {
        "op" => subject.id.checked_sub(1),
        _ => message_of(subject).map(|(op, _)| op),
    }
}

/// What the picture and the diagram call a message.
pub fn word(message: &Message, op: Option<&Op>) -> String {
    let writes = op.is_some_and(|op| op.kind == OpKind::Write);
    let versions = || message.versions.iter().map(|v| format!("v{}", v.value)).collect::<Vec<_>>().join(" | ");
    match message.kind {
        MessageKind::Request => if writes { "write" } else { "read" }.into(),
        MessageKind::Answer => match op.and_then(|op| op.outcome) {
            Some(Outcome::Timeout) => "timed out".into(),
            Some(Outcome::Unavailable) => "refused".into(),
            Some(Outcome::Failed) => "failed".into(),
            Some(Outcome::Ok) if writes => "done".into(),
            _ if message.versions.is_empty() => "nothing".into(),
            _ => versions(),
        },
        MessageKind::Response if message.versions.is_empty() => "nothing".into(),
        MessageKind::Response => versions(),
        MessageKind::Refused => "refused".into(),
        MessageKind::Write => format!("W {}", versions()),
        MessageKind::HintedWrite(owner) => format!("{} for {}", versions(), letter(owner)),
        MessageKind::Ack | MessageKind::ReplayAck | MessageKind::RepairAck => "ack".into(),
        MessageKind::Read => "R".into(),
        MessageKind::DigestRead => "R digest".into(),
        MessageKind::Digest => "digest".into(),
        MessageKind::Repair => format!("repair {}", versions()),
        MessageKind::Replay => format!("hint {}", versions()),
        MessageKind::Merkle => "tree".into(),
        MessageKind::Stream => "differences".into(),
    }
}

/// Its look and colour: blue asks, green answers, orange mends, pink hints.
pub fn look(message: &Message) -> (Look, Token) {
    match message.kind {
        MessageKind::Request | MessageKind::Write | MessageKind::Read | MessageKind::DigestRead => {
            (Look::Request, Token::Blue)
        }
        MessageKind::Answer | MessageKind::Ack | MessageKind::Response | MessageKind::Digest => {
            (Look::Reply, Token::Green)
        }
        MessageKind::Refused => (Look::Failure, Token::Red),
        MessageKind::Repair | MessageKind::Merkle | MessageKind::Stream => (Look::Request, Token::Orange),
        MessageKind::RepairAck => (Look::Reply, Token::Orange),
        MessageKind::HintedWrite(_) | MessageKind::Replay => (Look::Retry, Token::Pink),
        MessageKind::ReplayAck => (Look::Reply, Token::Pink),
    }
}

/// A layer whose texts keep out of each other's way.
#[derive(Default)]
pub struct Board {
    pub layer: Layer,
    taken: Vec<(f32, f32, f32, f32)>,
}

impl Board {
    pub fn text(&mut self, at: Point, size: f32, weight: u16, anchor: Anchor, fill: impl Into<Ink>, text: &str) {
        let shape = words(at, size, weight, anchor, fill.into(), text);
        self.taken.push(shape.bounds());
        self.layer.add(shape);
    }

    /// A text that is left out where another, or a box, stands already, or where it would leave the picture.
    pub fn maybe(&mut self, at: Point, size: f32, anchor: Anchor, fill: Ink, text: &str, frame: (f32, f32)) -> bool {
        let shape = words(at, size, 400, anchor, fill, text);
        let (x0, y0, x1, y1) = shape.bounds();
        let free = |(a0, b0, a1, b1): &(f32, f32, f32, f32)| x1 <= *a0 || x0 >= *a1 || y1 <= *b0 || y0 >= *b1;
        let inside = x0 >= 1.0 && y0 >= 1.0 && x1 <= frame.0 - 1.0 && y1 <= frame.1 - 1.0;
        if !inside || !self.taken.iter().all(free) {
            return false;
        }
        self.taken.push((x0, y0, x1, y1));
        // A clear ground, so that it is read on lines, too.
        let ground = ((x0 + x1) / 2.0, (y0 + y1) / 2.0);
        let clear = Some(Ink::faded(Token::Card, 190));
        self.layer.add(rect(ground, (x1 - x0 + 2.0, y1 - y0 + 2.0), 3.0, clear, None));
        self.layer.add(shape);
        true
    }

    pub fn keep_free(&mut self, (x, y): Point, (w, h): (f32, f32)) {
        self.taken.push((x - w / 2.0, y - h / 2.0, x + w / 2.0, y + h / 2.0));
    }
}

fn words(at: Point, size: f32, weight: u16, anchor: Anchor, fill: Ink, text: &str) -> Shape {
    Shape::Text { x: at.0, y: at.1, size, weight, face: Face::Sans, anchor, fill, text: text.into() }
}

/// The key that the picture is about: of what is lit, else of the latest operation of the reader's, else the first.
pub fn shown_key(world: &World, lit: Option<Subject>) -> KeyId {
    let of_op = |id: OpId| world.op(id).map(|op| op.key);
    let lit = lit.and_then(|subject| match subject.kind {
        "key" => subject.id.checked_sub(1).and_then(|id| KeyId::try_from(id).ok()),
        "client" => {
            let client = subject.id.checked_sub(1)?;
            world.ops.iter().rev().find(|op| u32::from(op.client) == client).map(|op| op.key)
        }
        _ => op_of(subject).and_then(of_op),
    });
    let latest = || world.ops.iter().rev().find(|op| op.own).or(world.ops.back()).map(|op| op.key);
    lit.or_else(latest).filter(|key| usize::from(*key) < world.setup.replicas.len()).unwrap_or(0)
}

struct Picture<'a> {
    world: &'a World,
    at: Micros,
    stage: Stage,
    lit: Option<Subject>,
    key: KeyId,
    /// Operations that are lit because something is.
    ops: Vec<OpId>,
}

pub fn scene(world: &World, at: Micros, view: &View) -> Scene {
    let stage = Stage::new(world, view);
    let lit = view.lit();
    let key = shown_key(world, lit);
    let ops = match lit {
        None => Vec::new(),
        Some(subject) => match (op_of(subject), subject.kind) {
            (Some(op), _) => vec![op],
            (None, "client") => {
                let mine = world.ops.iter().filter(|op| u32::from(op.client) + 1 == subject.id);
                mine.map(|op| op.id).collect()
            }
            (None, "key") => {
                world.ops.iter().filter(|op| u32::from(op.key) + 1 == subject.id).map(|op| op.id).collect()
            }
            _ => Vec::new(),
        },
    };
    let (width, height) = (stage.width, stage.height);
    let picture = Picture { world, at, stage, lit, key, ops };
    let mut board = Board::default();
    picture.ground(&mut board);
    picture.nodes(&mut board);
    picture.clients(&mut board);
    picture.legend(&mut board);
    let mut base = std::mem::take(&mut board.layer);
    base.revision = base.signature();
    picture.messages(&mut board);
    Scene { width, height, base: Rc::new(base), live: board.layer, picks: None }
}

impl Picture<'_> {
    fn alpha(&self, lit: bool) -> u8 {
        if self.lit.is_none() || lit { 255 } else { FADED }
    }

    fn hit(&self, subject: Subject) -> Rc<Hit> {
        let named = self.world.name(subject).or_else(|| name_of_message(self.world, subject));
        let label = named.unwrap_or_else(|| subject.kind.to_string());
        Rc::new(Hit { subject: Some(subject), label, act: None })
    }

    /// What is said in the middle, data centres, and where the network is cut.
    fn ground(&self, board: &mut Board) {
        let Stage { centre, radius, text, width, height, .. } = &self.stage;
        let world = self.world;
        if world.nodes.iter().any(|node| node.dc > 0) {
            let soft = Ink::faded(Token::Line, 255);
            let line = Stroke::dashed(soft, 1.5, 2.0, 5.0);
            let (x, y) = (centre.0, *height);
            board.layer.add(Shape::Line { x1: x, y1: 24.0, x2: x, y2: y - 8.0, stroke: line });
            let apart = format!("{} ms apart", world.setup.params.far);
            board.text((x, 16.0), *text, 400, Anchor::Middle, Token::Soft, &apart);
            board.text((8.0, 16.0), *text, 400, Anchor::Start, Token::Soft, "Data centre 1");
            board.text((width - 8.0, 16.0), *text, 400, Anchor::End, Token::Soft, "Data centre 2");
        }
        let partition = &world.partition;
        if let Some(side) = partition.side {
            let round = &self.stage.round;
            for (i, (id, turn)) in round.iter().enumerate() {
                let Some((next, to)) = round.get(i + 1).or(round.first()) else { continue };
                if has(side, *id) == has(side, *next) {
                    continue;
                }
                // Half-way between two neighbours of different sides.
                let to = if *to <= *turn { to + 1.0 } else { *to };
                let (x, y) = crate::draw::scene::on_circle(0.0, 0.0, 1.0, (turn + to) / 2.0);
                let end = (centre.0 + x * radius.0 * 1.12, centre.1 + y * radius.1 * 1.12);
                let stroke = Stroke::dashed(Token::Red, 4.0, 10.0, 7.0);
                let end = (end.0.min(width - 4.0).max(4.0), end.1.min(height - 4.0).max(4.0));
                board.layer.add(Shape::Line { x1: centre.0, y1: centre.1, x2: end.0, y2: end.1, stroke });
            }
        }
        for (a, b) in &partition.links {
            let ((x1, y1), (x2, y2)) = (self.stage.place(Place::Node(*a)), self.stage.place(Place::Node(*b)));
            let stroke = Stroke::dashed(Ink::faded(Token::Red, 150), 1.5, 4.0, 5.0);
            board.layer.add(Shape::Line { x1, y1, x2, y2, stroke });
            let middle = (lerp(x1, x2, 0.5), lerp(y1, y2, 0.5));
            motion::message(&mut board.layer, Look::Failure, middle, 0.0, Token::Red, true);
        }
        self.middle(board);
    }

    fn middle(&self, board: &mut Board) {
        let Stage { text, .. } = &self.stage;
        let (w, r) = self.world.needs();
        let n = self.world.replicas(self.key).len() as u8;
        let strict = self.world.promises();
        let lines = vec![
            (format!("key {}", key_name(self.key)), 600, Token::Ink),
            (format!("N = {n}  W = {w}  R = {r}"), 400, Token::Ink),
        ];
        let sum = match (w + r > n, strict) {
            (true, true) => "R + W > N: they overlap",
            (true, false) => "sloppy: they may not overlap",
            (false, _) => "R + W ≤ N: a read may miss",
        };
        let measure = |lines: &[(String, u16, Token)]| {
            let wide = lines.iter().map(|line| text_width(&line.0, *text, line.1, Face::Sans)).fold(0.0, f32::max);
            (wide + 20.0, lines.len() as f32 * text * 1.4 + 12.0)
        };
        // As near to the middle as there is room between the nodes; the last line only where it fits.
        let longer: Vec<_> = lines.iter().cloned().chain([(sum.into(), 400, Token::Soft)]).collect();
        let fits = |lines: Vec<(String, u16, Token)>| Some((self.stage.room_for(measure(&lines))?, lines));
        let Some((centre, lines)) = fits(longer).or_else(|| fits(lines)) else { return };
        let (wide, high) = measure(&lines);
        let edge = Some(Stroke::new(Token::Line, 1.0));
        board.layer.add(rect(centre, (wide, high), 8.0, Some(Token::Card.into()), edge));
        let top = centre.1 - high / 2.0 + 6.0 + text;
        for (i, (line, weight, ink)) in lines.iter().enumerate() {
            board.text((centre.0, top + i as f32 * text * 1.4), *text, *weight, Anchor::Middle, *ink, line);
        }
        board.keep_free(centre, (wide, high));
    }

    fn nodes(&self, board: &mut Board) {
        let replicas = self.world.replicas(self.key);
        for (node, id) in self.world.nodes.iter().zip(0u8..) {
            let subject = node_subject(id);
            let part = |op: &OpId| {
                self.world.op(*op).is_some_and(|op| op.coordinator == id || has(op.asked, id) || op.tried.contains(&id))
            };
            let holds_key = self.lit.is_some_and(|lit| lit.kind == "key") && replicas.contains(&id);
            let lit = self.lit == Some(subject) || self.ops.iter().any(part) || holds_key;
            let lit = lit || self.lit.is_some_and(|lit| lit.kind == "node" && lit == subject);
            self.node(board, node, id, replicas.iter().position(|replica| *replica == id), self.alpha(lit));
        }
    }

    fn node(&self, board: &mut Board, node: &Node, id: NodeId, rank: Option<usize>, alpha: u8) {
        let Stage { node: (w, h), text, .. } = self.stage;
        let at = self.stage.place(Place::Node(id));
        let ink = |token: Token| Ink::faded(token, alpha);
        let edge = match (node.up, rank) {
            (false, _) => Stroke::dashed(ink(Token::Red), 2.0, 5.0, 4.0),
            (true, Some(_)) => Stroke::new(ink(Token::Ink), 2.0),
            (true, None) => Stroke::dashed(ink(Token::Soft), 1.2, 3.0, 3.0),
        };
        let edge = if self.lit == Some(node_subject(id)) { Stroke { width: 3.0, ..edge } } else { edge };
        let fill = if node.up { Token::Card } else { Token::Wash };
        board.layer.add_hit(rect(at, (w, h), 8.0, Some(fill.into()), Some(edge)), &self.hit(node_subject(id)));
        board.keep_free(at, (w + 4.0, h + 4.0));
        let (left, line) = (at.0 - w / 2.0 + 10.0, at.1 - h / 2.0 + text + 6.0);
        board.text((left, line), text + 1.0, 600, Anchor::Start, ink(Token::Ink), &letter(id).to_string());
        let held = node.store.get(usize::from(self.key)).map(|held| held.as_slice()).unwrap_or_default();
        if rank.is_some() || !held.is_empty() {
            self.chips(board, (at.0 + w / 2.0 - 7.0, at.1 - h / 2.0 + 5.0), held, alpha);
        }
        let said = self.status(node, id, rank, w - 14.0);
        let token = if node.up { Token::Soft } else { Token::Red };
        board.text(
            (left - 3.0, at.1 + h / 2.0 - 8.0),
            text.max(12.0) - 1.0 + 0.0_f32.max(13.0 - text),
            400,
            Anchor::Start,
            ink(token),
            &said,
        );
    }

    /// What is worth knowing of a node, as much as there is room for.
    fn status(&self, node: &Node, id: NodeId, rank: Option<usize>, room: f32) -> String {
        let mut items = Vec::new();
        if !node.up {
            items.push("down".to_string());
        }
        if node.slow > 1 {
            items.push(format!("slow ×{}", node.slow));
        }
        if node.skew > 0 {
            items.push(format!("clock +{}", node.skew / 1_000));
        }
        match node.hints.as_slice() {
            [] => {}
            [one] => items.push(format!("hint for {}", letter(one.owner))),
            more => items.push(format!("{} hints", more.len())),
        }
        let counting = self.world.ops.iter().rev().find(|op| {
            op.coordinator == id
                && !matches!(op.phase, Phase::Done | Phase::Asking)
                && (op.own || self.ops.contains(&op.id))
        });
        if let Some(op) = counting {
            let what = if op.kind == OpKind::Write { "W" } else { "R" };
            items.insert(0, format!("{what}: {} of {}", op.got().min(u32::from(op.needed)), op.needed));
        }
        if items.is_empty() {
            items.push(match rank {
                Some(rank) => format!("replica {}", rank + 1),
                None => "no replica".to_string(),
            });
        }
        let wide = |text: &str| text_width(text, self.stage.text, 400, Face::Sans);
        let mut said = items.first().cloned().unwrap_or_default();
        for item in items.iter().skip(1) {
            let longer = format!("{said} · {item}");
            if wide(&longer) > room {
                break;
            }
            said = longer;
        }
        said
    }

    /// What is held, right-aligned: filled if it is the newest that was acknowledged, outlined if it is newer than that,
    /// dashed if it is older.
    fn chips(&self, board: &mut Board, (right, top): Point, held: &[Version], alpha: u8) {
        let text = self.stage.text;
        let newest = self.world.watch.newest(self.key);
        let high = text + 7.0;
        if held.is_empty() {
            board.text((right - 4.0, top + high - 6.0), text, 400, Anchor::End, Ink::faded(Token::Soft, alpha), "–");
            return;
        }
        let mut x = right;
        let wide = |label: &str| text_width(label, text, 600, Face::Sans) + 9.0;
        let one = |version: &Version| format!("v{}", version.value);
        let room = self.stage.node.0 - 24.0 - text;
        let all: f32 = held.iter().map(|version| wide(&one(version)) + 4.0).sum();
        // As many as there is room for; else the newest, and how many there are.
        let shown = if all <= room { held.len() } else { 1 };
        for version in held.iter().rev().take(shown) {
            let label = if shown < held.len() { format!("{}×", held.len()) } else { one(version) };
            let wide = wide(&label);
            let (fill, edge, ink) = match version.value {
                v if v == newest => (Some(Token::Green), None, Token::Green.text_on()),
                v if v > newest => (None, Some(Stroke::new(Ink::faded(Token::Blue, alpha), 1.8)), Token::Ink),
                _ => (None, Some(Stroke::dashed(Ink::faded(Token::Orange, alpha), 1.8, 4.0, 3.0)), Token::Ink),
            };
            let centre = (x - wide / 2.0, top + high / 2.0);
            let fill = fill.map(|token| Ink::faded(token, alpha));
            board.layer.add(rect(centre, (wide, high), 5.0, fill, edge));
            board.text((centre.0, top + high - 6.0), text, 600, Anchor::Middle, Ink::faded(ink, alpha), &label);
            x -= wide + 4.0;
        }
    }

    /// What the looks of a version mean, once there are any.
    fn legend(&self, board: &mut Board) {
        let Stage { text, width, height, .. } = self.stage;
        if self.world.written.is_empty() {
            return;
        }
        let entries = [
            (Some(Token::Green), None, "newest acknowledged"),
            (None, Some(Stroke::new(Token::Blue, 1.8)), "not acknowledged yet"),
            (None, Some(Stroke::dashed(Token::Orange, 1.8, 4.0, 3.0)), "older"),
        ];
        let size = text.max(12.0) - 0.5 * (text - 12.0).max(0.0);
        let wide = |said: &str| text_width(said, size, 400, Face::Sans) + 34.0;
        let total: f32 = entries.iter().map(|entry| wide(entry.2)).sum();
        if total > width - 8.0 {
            return;
        }
        let (mut x, y) = ((width - total) / 2.0 + 8.0, height - 11.0);
        for (fill, edge, said) in entries {
            board.layer.add(rect((x + 8.0, y), (16.0, 12.0), 4.0, fill.map(Ink::from), edge));
            board.text((x + 21.0, y + size * 0.36), size, 400, Anchor::Start, Token::Soft, said);
            x += wide(said);
        }
    }

    fn clients(&self, board: &mut Board) {
        let Stage { client: size, text, .. } = self.stage;
        for (client, id) in self.world.clients.iter().zip(0u8..) {
            let subject = client_subject(id);
            let at = self.stage.place(Place::Client(id));
            let mine = |op: &OpId| self.world.op(*op).is_some_and(|op| op.client == id);
            let alpha = self.alpha(self.lit == Some(subject) || self.ops.iter().any(mine));
            let busy = !client.busy.is_empty();
            let last = self.world.ops.iter().rev().find(|op| op.client == id && op.completed.is_some());
            let (said, token) = match (busy, last) {
                (true, _) => ("…".to_string(), Token::Blue),
                (false, Some(op)) => told(op),
                (false, None) => (String::new(), Token::Soft),
            };
            let wide = |text: &str| text_width(text, self.stage.text, 400, Face::Sans);
            let said = if wide(&said) > size.0 - 16.0 { "…".to_string() } else { said };
            let names = [format!("client {}", id + 1), format!("c{}", id + 1), String::new()];
            let room = size.0 - 22.0 - wide(&said);
            let name = names.into_iter().find(|name| wide(name) <= room).unwrap_or_default();
            let ink = |token: Token| Ink::faded(token, alpha);
            let edge = Stroke::new(ink(if busy { Token::Blue } else { Token::Line }), if busy { 1.8 } else { 1.2 });
            let shape = rect(at, size, size.1 / 2.0, Some(Token::Wash.into()), Some(edge));
            board.layer.add_hit(shape, &self.hit(subject));
            board.keep_free(at, (size.0 + 4.0, size.1 + 2.0));
            let line = at.1 + text * 0.36;
            board.text((at.0 - size.0 / 2.0 + 8.0, line), text, 400, Anchor::Start, ink(Token::Soft), &name);
            if !said.is_empty() {
                board.text((at.0 + size.0 / 2.0 - 8.0, line), text, 600, Anchor::End, ink(token), &said);
            }
        }
    }

    /// Whether a message is of what is lit.
    fn concerns(&self, message_subject: Option<Subject>, message: &Message) -> bool {
        let Some(lit) = self.lit else { return true };
        match lit.kind {
            "message" => message_subject == Some(lit),
            "node" => [message.from, message.to].iter().any(|end| match end {
                Place::Node(id) => node_subject(*id) == lit,
                Place::Client(_) => false,
            }),
            _ => message.op.is_some_and(|op| self.ops.contains(&op)),
        }
    }

    fn messages(&self, board: &mut Board) {
        let of_ops = self.world.ops.iter().flat_map(|op| {
            let numbered = op.messages.iter().enumerate();
            numbered.map(|(i, it)| (Some(message(op.id, i)), it))
        });
        let all = of_ops.chain(self.world.background.iter().map(|it| (None, &**it)));
        let flying: Vec<(Option<Subject>, &Message)> =
            all.filter(|(_, it)| it.flying(self.at) || self.just_lost(it)).collect();
        let worded = flying.len() <= WORDED;
        for (subject, it) in &flying {
            let alpha = self.alpha(self.concerns(*subject, it));
            let emphasised = self.lit.is_some() && alpha == 255;
            let (kind, token) = look(it);
            let (from, to) = self.path(it);
            let way = it.way(self.at);
            let here = (lerp(from.0, to.0, way), lerp(from.1, to.1, way));
            let thread = Stroke::new(Ink::faded(token, alpha / 4), 1.2);
            board.layer.add(Shape::Line { x1: from.0, y1: from.1, x2: here.0, y2: here.1, stroke: thread });
            let heading = turn_of(to.0 - from.0, to.1 - from.1);
            let gone = self.just_lost(it);
            let (kind, token) = if gone { (Look::Failure, Token::Red) } else { (kind, token) };
            motion::message(&mut board.layer, kind, here, heading, Ink::faded(token, alpha), emphasised);
            if let Some(subject) = subject.or_else(|| it.op.map(op_subject)) {
                let area = Shape::Circle { x: here.0, y: here.1, r: 12.0, fill: None, stroke: None };
                board.layer.add_hit(area, &self.hit(subject));
            }
            if worded && alpha == 255 {
                let of = it.op.and_then(|id| self.world.op(id)).map(|op| &**op);
                let said = if gone { "lost".to_string() } else { word(it, of) };
                self.say(board, here, heading, Ink::faded(Token::Ink, alpha), &said);
            }
        }
    }

    /// A message's word beside it, on whichever side there is room.
    fn say(&self, board: &mut Board, (x, y): Point, heading: f32, ink: Ink, said: &str) {
        let text = self.stage.text.max(12.0);
        let frame = (self.stage.width, self.stage.height);
        let level = y + text * 0.36;
        // Across its way first.
        let upright = !(0.125..0.375).contains(&(heading % 0.5));
        let beside = [((x + 11.0, level), Anchor::Start), ((x - 11.0, level), Anchor::End)];
        let above = [((x, y - 10.0), Anchor::Middle), ((x, y + 10.0 + text * 0.8), Anchor::Middle)];
        let order = if upright { [beside, above] } else { [above, beside] };
        let _ = order.iter().flatten().any(|(at, anchor)| board.maybe(*at, text, *anchor, ink, said, frame));
    }

    /// A lost message is seen for a moment where it was lost.
    fn just_lost(&self, message: &Message) -> bool {
        let linger = super::LINGER;
        message.lost.is_some_and(|lost| lost <= self.at && self.at < lost + linger)
    }

    /// What a node sends to itself goes out of its box and back in, towards the middle.
    fn path(&self, message: &Message) -> (Point, Point) {
        if message.from != message.to {
            return self.stage.lane(message.from, message.to);
        }
        let (x, y) = self.stage.place(message.from);
        let (w, h) = self.stage.node;
        let inner = if y <= self.stage.centre.1 { y + h / 2.0 + 9.0 } else { y - h / 2.0 - 9.0 };
        ((x - w * 0.4, inner), (x + w * 0.4, inner))
    }
}

/// What a client was told last.
fn told(op: &Op) -> (String, Token) {
    let value = || match op.versions.len() {
        0..=2 => op.versions.iter().map(|version| format!("v{}", version.value)).collect::<Vec<_>>().join("|"),
        n => format!("{n} versions"),
    };
    match (op.outcome, op.kind) {
        (Some(Outcome::Ok), OpKind::Write) => (format!("{} ✓", value()), Token::Green),
        (Some(Outcome::Ok), OpKind::Read) if op.stale => {
            (format!("{} old", if op.versions.is_empty() { "–".into() } else { value() }), Token::Red)
        }
        (Some(Outcome::Ok), OpKind::Read) if op.versions.is_empty() => ("–".into(), Token::Ink),
        (Some(Outcome::Ok), OpKind::Read) => (value(), Token::Ink),
        (Some(Outcome::Timeout), _) => ("timeout".into(), Token::Red),
        (Some(Outcome::Unavailable), _) => ("refused".into(), Token::Red),
        (Some(Outcome::Failed) | None, _) => ("failed".into(), Token::Red),
    }
}

pub fn rect((x, y): Point, (w, h): (f32, f32), r: f32, fill: Option<Ink>, stroke: Option<Stroke>) -> Shape {
    Shape::Rect { x: x - w / 2.0, y: y - h / 2.0, w, h, r, fill, stroke }
}
