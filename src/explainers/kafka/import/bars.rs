//! The answer as a picture: a block for each thing that may happen, in it a bar for each protocol.

use super::answer::{Answer, secs};
use super::whatif::{CASES, Plan};
use crate::draw::scene::{Anchor, Face, Hit, Ink, Layer, Scene, Shape, Stroke, Token, text_width};
use crate::explainers::grouped;
use std::rc::Rc;

const SIZE: f32 = 13.0;
const SMALL: f32 = 12.0;
const EDGE: f32 = 12.0;
const BAR: f32 = 15.0;
/// From one bar to the next.
const ROW: f32 = 40.0;
const NARROW: f32 = 420.0;

pub fn scene(answer: &Answer, width: f32) -> Scene {
    let width = width.clamp(280.0, 900.0);
    let mut layer = Layer::default();
    let mut y = EDGE;
    for (i, case) in CASES.iter().enumerate() {
        layer.add(words(EDGE, y + 13.0, SIZE, 600, Token::Ink, &answer.title(*case)));
        y = block(&mut layer, answer, i, width, y + 21.0) + 12.0;
    }
    let scale = "Bars: seconds without a reader, of all partitions together; a scale for each question.";
    y = paragraph(&mut layer, scale, width, y);
    y = paragraph(&mut layer, &answer.notes(), width, y + 6.0);
    Scene { width, height: libm::ceilf(y + EDGE), base: Rc::new(layer), ..Scene::default() }
}

fn block(layer: &mut Layer, answer: &Answer, case: usize, width: f32, top: f32) -> f32 {
    let plans = &answer.runs.plans;
    let unread = |plan: usize| answer.runs.outcome(case, plan).map_or(0, |found| found.unread);
    let most = (0..plans.len()).map(unread).max().unwrap_or(0).max(1);
    // Where there is little room, names stand above their bars.
    let name = |(i, plan): (usize, &Plan)| format!("{}{}", plan.name, if i == 0 { ", as it is" } else { "" });
    let all: Vec<String> = plans.iter().enumerate().map(name).collect();
    let names = all.iter().map(|name| wide(name)).fold(0.0, f32::max) + 10.0;
    let (left, above) = if width < NARROW { (EDGE, 17.0) } else { (EDGE + names, 0.0) };
    let figures = (0..plans.len()).map(|plan| wide(&secs(unread(plan)))).fold(0.0, f32::max);
    let room = (width - EDGE - left - figures - 8.0).max(20.0);
    let inks = [Token::Orange, Token::Blue, Token::Green];
    let mut y = top;
    for (i, (name, ink)) in all.iter().zip(inks).enumerate() {
        let hit = Rc::new(Hit { subject: None, label: answer.full(case, i), act: None });
        layer.add_hit(words(EDGE, y + 12.0, SMALL, 400, Token::Ink, name), &hit);
        y += above;
        let Some(found) = answer.runs.outcome(case, i) else {
            let why = CASES.get(case).map_or_else(String::new, |case| answer.why_not(*case));
            layer.add_hit(words(left, y + 12.0, SMALL, 400, Token::Soft, &why), &hit);
            y += ROW;
            continue;
        };
        let w = (room * (found.unread as f64 / most as f64) as f32).max(if found.unread > 0 { 2.0 } else { 0.0 });
        let frame = Some(Stroke::new(Token::Line, 1.0));
        layer.add_hit(Shape::Rect { x: left, y, w: room, h: BAR, r: 2.0, fill: None, stroke: frame }, &hit);
        if w > 0.0 {
            let fill = Some(Ink::from(ink));
            layer.add_hit(Shape::Rect { x: left, y, w, h: BAR, r: 2.0, fill, stroke: None }, &hit);
        }
        let figure = words(left + room + 8.0, y + 12.0, SMALL, 600, Token::Ink, &secs(found.unread));
        layer.add_hit(figure, &hit);
        let late = if found.took.is_none() { "; not over in an hour" } else { "" };
        let below = format!("{} moved; at most {} for one{late}", grouped(i64::from(found.moved)), secs(found.longest));
        layer.add_hit(words(left, y + 29.0, SMALL, 400, Token::Soft, &below), &hit);
        y += ROW;
    }
    y
}

fn wide(text: &str) -> f32 {
    text_width(text, SMALL, 600, Face::Sans)
}

fn words(x: f32, y: f32, size: f32, weight: u16, fill: Token, text: &str) -> Shape {
    let anchor = Anchor::Start;
    Shape::Text { x, y, size, weight, face: Face::Sans, anchor, fill: fill.into(), text: text.to_string() }
}

/// Text in lines as long as the picture is wide; the y below it.
fn paragraph(layer: &mut Layer, text: &str, width: f32, top: f32) -> f32 {
    let (mut line, mut y) = (String::new(), top);
    for word in text.split(' ').chain([""]) {
        let longer = if line.is_empty() { word.to_string() } else { format!("{line} {word}") };
        let full = text_width(&longer, SMALL, 400, Face::Sans) > width - 2.0 * EDGE;
        if full || word.is_empty() {
            layer.add(words(EDGE, y + 12.0, SMALL, 400, Token::Soft, &line));
            y += 17.0;
            line = word.to_string();
        } else {
            line = longer;
        }
    }
    y
}
