//! The database: what its slots work on, what waits for one, and what was written last.

use super::super::light::{client_of, hue};
use super::super::types::*;
use super::super::{DB, key as key_subject, request as request_subject};
use super::Picture;
use super::people::centred;
use super::stage::{LID, PAD};
use crate::draw::motion::between;
use crate::draw::pen::{Area, Weight, cut, hatch, thin, toned, wide, write};
use crate::draw::scene::{Anchor, Hit, Ink, Layer, Seg, Shape, Stroke, Token};
use crate::explainers::grouped;
use std::rc::Rc;

/// So many commits back are looked through for the keys written last.
const BACK: usize = 200;

/// Lines of keys written last.
const LINES: usize = 5;

/// The outline of a cylinder, and the front edge of its lid.
fn cylinder(area: &Area) -> (Vec<Seg>, Vec<Seg>) {
    let Area { x, y, w, h } = *area;
    // A quarter of an ellipse as a cubic.
    let (k, m) = (0.5523, x + w / 2.0);
    let (a, l) = (w / 2.0, LID);
    let (top, low) = (y + l, y + h - l);
    let arc = |from: f32, to: f32, y: f32, l: f32| {
        let side = if to > from { 1.0 } else { -1.0 };
        [
            Seg::Cubic(from, y - l * k, m - side * a * k, y - l, m, y - l),
            Seg::Cubic(m + side * a * k, y - l, to, y - l * k, to, y),
        ]
    };
    let mut outline = vec![Seg::Move(x, top)];
    outline.extend(arc(x, x + w, top, l));
    outline.push(Seg::Line(x + w, low));
    outline.extend(arc(x + w, x, low, -l));
    outline.push(Seg::Close);
    let mut lid = vec![Seg::Move(x, top)];
    lid.extend(arc(x, x + w, top, -l));
    (outline, lid)
}

impl Picture<'_> {
    pub fn db_frame(&self, layer: &mut Layer) {
        let (stage, db) = (self.stage, &self.world.db);
        let weight = self.light.of_db();
        let area = stage.db.area;
        let label = if db.up { "the database" } else { "the database, down" };
        let hit = Rc::new(Hit { subject: Some(DB), label: label.into(), act: None });
        let (outline, lid) = cylinder(&area);
        let width = if weight == Weight::Strong { 2.6 } else { 1.4 };
        let stroke = match db.up {
            true => Stroke::new(toned(if weight == Weight::Strong { Token::Ink } else { Token::Soft }, weight), width),
            false => Stroke::dashed(toned(Token::Red, weight), width, 4.0, 4.0),
        };
        let fill = Some(if db.up { Token::Card } else { Token::Paper }.into());
        layer.add_hit(Shape::Path { segs: outline.into(), fill, stroke: Some(stroke) }, &hit);
        layer.add(Shape::Path { segs: lid.into(), fill: None, stroke: Some(stroke) });
        let at = (area.x + PAD, area.y + 2.0 * LID + stage.big + 2.0);
        let ink = toned(Token::Ink, weight);
        write(layer, at, stage.big, 600, Anchor::Start, ink, "Database".into());
        let room = area.w - 2.0 * PAD - wide("Database", stage.big, 600) - 6.0;
        let state = match (db.up, db.slow) {
            (false, _) => vec!["down".to_string()],
            (_, 1) => return,
            (_, slow) => vec![format!("{slow} times as slow"), format!("{slow}× slow")],
        };
        if let Some(text) = state.into_iter().find(|text| wide(text, stage.small, 600) <= room) {
            let at = (area.x + area.w - PAD, at.1);
            write(layer, at, stage.small, 600, Anchor::End, Token::Red.into(), text);
        }
    }

    fn job_label(&self, job: &Job) -> String {
        let message = &job.message;
        match message.kind {
            MessageKind::Flush => "flush".into(),
            _ => format!("k{}", message.key + 1),
        }
    }

    fn job_hit(&self, job: &Job) -> Rc<Hit> {
        let message = &job.message;
        let subject = message.request.map_or_else(|| key_subject(message.key), request_subject);
        Rc::new(Hit { subject: Some(subject), label: self.world.message_words(message), act: None })
    }

    fn job_hue(&self, job: &Job) -> Token {
        client_of(self.world, &job.message).map_or(Token::Ink, hue)
    }

    fn job_weight(&self, job: &Job) -> Weight {
        self.light.of_message(self.world, &job.message)
    }

    pub fn database(&self, layer: &mut Layer) {
        let (stage, db) = (self.stage, &self.world.db);
        let (small, base) = (stage.small, &self.stage.db);
        let weight = self.light.of_db();
        let (x, w) = (base.area.x + PAD, base.area.w - 2.0 * PAD);
        let top = base.slots.first().unwrap_or(&base.bar).y;
        let busy = db.serving.len();
        let slots = if db.slots == 1 { "1 slot".to_string() } else { format!("{} slots", db.slots) };
        let long = format!("{busy} of {slots} busy");
        let text = if wide(&long, small, 400) <= w { long } else { format!("{busy} of {} busy", db.slots) };
        let at = (x, top - small * 0.45);
        write(layer, at, small, 400, Anchor::Start, toned(Token::Soft, weight), text);
        if base.slots.is_empty() {
            let Area { x, y, w, h } = base.bar;
            let share = busy as f32 / db.slots.max(1) as f32;
            let stroke = Some(Stroke::new(toned(Token::Line, weight), 1.0));
            let fill = Some(Token::Wash.into());
            layer.add(Shape::Rect { x, y, w, h, r: 3.0, fill, stroke });
            let fill = Some(toned(Token::Ink, weight)).map(|ink| thin(ink, 0.55));
            layer.add(Shape::Rect { x, y, w: w * share, h, r: 3.0, fill, stroke: None });
        }
        for (i, area) in base.slots.iter().enumerate() {
            self.slot(layer, area, db.serving.get(i));
        }
        self.waiting(layer);
        self.rows(layer);
    }

    fn slot(&self, layer: &mut Layer, area: &Area, job: Option<&Job>) {
        let small = self.stage.small;
        let Area { x, y, w, h } = *area;
        let Some(job) = job else {
            let stroke = Some(Stroke::dashed(Token::Line, 1.2, 2.5, 2.5));
            layer.add(Shape::Rect { x, y, w, h, r: 4.0, fill: None, stroke });
            return;
        };
        let weight = self.job_weight(job);
        let hue = self.job_hue(job);
        let writes = job.message.kind != MessageKind::Query;
        let fill = Some(Ink::faded(hue, if weight == Weight::Faint { 12 } else { 30 }));
        layer.add(Shape::Rect { x, y, w, h, r: 4.0, fill, stroke: None });
        let way = between(self.at, job.begun, job.ends);
        let (bar_y, bar_h) = (y + h - 4.0, 3.0);
        let fill = Some(toned(hue, weight));
        layer.add(Shape::Rect { x: x + 2.0, y: bar_y, w: (w - 4.0) * way, h: bar_h, r: 1.5, fill, stroke: None });
        let width = if weight == Weight::Strong { 2.4 } else { 1.4 };
        // Writes have a double frame: they leave something behind.
        let stroke = Some(Stroke::new(toned(hue, weight), if writes { width + 1.0 } else { width }));
        layer.add_hit(Shape::Rect { x, y, w, h, r: 4.0, fill: None, stroke }, &self.job_hit(job));
        let text = cut(self.job_label(job), w - 2.0, small);
        let heavy = if writes { 650 } else { 500 };
        let at = (x + w / 2.0, y + h / 2.0 + small * 0.36 - 1.0);
        write(layer, at, small, heavy, Anchor::Middle, toned(Token::Ink, weight), text);
    }

    /// What waits for a slot, the first at the left.
    fn waiting(&self, layer: &mut Layer) {
        let (waiting, small) = (&self.world.db.waiting, self.stage.small);
        let Area { x, y, w, h } = self.stage.db.queue;
        let middle = y + h / 2.0;
        let weight = self.light.of_db();
        let word = match waiting.len() {
            0 => "nobody waits".to_string(),
            1 => "1 waits".into(),
            n => format!("{} wait", grouped(n as i64)),
        };
        let used = wide(&word, small, 500) + 7.0;
        let ink = if waiting.is_empty() { Token::Soft } else { Token::Ink };
        let heavy = if waiting.is_empty() { 400 } else { 500 };
        write(layer, (x, middle + small * 0.36), small, heavy, Anchor::Start, toned(ink, weight), word);
        let side = small * 0.62;
        let fits = ((w - used + 2.5) / (side + 2.5)).max(0.0) as usize;
        for (i, job) in waiting.iter().take(fits).enumerate() {
            let (weight, hue) = (self.job_weight(job), self.job_hue(job));
            let stroke = Some(Stroke::new(toned(hue, weight), 1.3));
            let fill = Some(Ink::faded(hue, if weight == Weight::Faint { 10 } else { 40 }));
            let (x, y) = (x + used + i as f32 * (side + 2.5), middle - side / 2.0);
            layer.add_hit(Shape::Rect { x, y, w: side, h: side, r: 1.5, fill, stroke }, &self.job_hit(job));
        }
    }

    /// The keys written last, with their versions; what is lit comes first.
    fn rows(&self, layer: &mut Layer) {
        let (stage, world) = (self.stage, self.world);
        let (small, area) = (stage.small, stage.db.rows);
        let lit = self.light.key;
        let mut keys: Vec<KeyId> = lit.into_iter().collect();
        let first = world.commits.len().saturating_sub(BACK);
        let (cell_h, gap) = (stage.chip(), 4.0);
        let top = area.y + stage.leading() + 2.0;
        let lines = (((area.y + area.h - top + gap) / (cell_h + gap)).max(0.0) as usize).min(LINES);
        let name = |key: KeyId| {
            [&format!("k{}", key + 1), "\u{a0}", &world.version_name(key, world.row(key).version)].concat()
        };
        let cell_w = (wide(&self.cast.key, small, 600) + wide(" v00", small, 600) + 12.0).min(area.w);
        let across = ((area.w + gap) / (cell_w + gap)).max(1.0) as usize;
        let cell_w = ((area.w + gap) / across as f32 - gap).min(cell_w * 1.4);
        for commit in world.commits.from(first).rev() {
            if keys.len() >= lines * across {
                break;
            }
            if !keys.contains(&commit.key) {
                keys.push(commit.key);
            }
        }
        if lines == 0 || keys.is_empty() {
            return;
        }
        let weight = self.light.of_db();
        let head = if keys.len() == 1 && lit.is_some() { "has" } else { "written last" };
        let at = (area.x, area.y + small);
        write(layer, at, small, 400, Anchor::Start, toned(Token::Soft, weight), head.into());
        for (i, key) in keys.into_iter().take(lines * across).enumerate() {
            let weight = self.light.of_key(key);
            let row = world.row(key);
            let (x, y) = (area.x + (i % across) as f32 * (cell_w + gap), top + (i / across) as f32 * (cell_h + gap));
            let cell = Area { x, y, w: cell_w, h: cell_h };
            let fresh = if row.since > 0 { self.fades(row.since) } else { 0.0 };
            let label = format!("k{} in the database, {}", key + 1, world.version_name(key, row.version));
            let hit = Rc::new(Hit { subject: Some(key_subject(key)), label, act: None });
            let strong = weight == Weight::Strong;
            let stroke = Stroke::new(
                toned(if strong { Token::Ink } else { Token::Line }, weight),
                if strong { 2.2 } else { 1.0 },
            );
            let fill = Some(toned(Token::Wash, weight));
            layer.add_hit(Shape::Rect { x, y, w: cell_w, h: cell_h, r: 4.0, fill, stroke: Some(stroke) }, &hit);
            if fresh > 0.0 {
                let stroke = Some(Stroke::new(thin(Token::Ink.into(), fresh), 2.0));
                layer.add(Shape::Rect { x, y, w: cell_w, h: cell_h, r: 4.0, fill: None, stroke });
            }
            if row.newest > row.version {
                // Something newer is only in the cache: write-back.
                hatch(layer, &cell, 5.0, Stroke::new(Ink::faded(Token::Orange, 110), 1.2));
            }
            let text = cut(name(key), cell_w - 4.0, small);
            centred(layer, &cell, small, 500, toned(Token::Ink, weight), text);
        }
    }
}
