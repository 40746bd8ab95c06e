//! The strip below the axis: the number that is looked at to scale, with the shorter ones in it, and who says it.

use super::axis::Stage;
use super::world::{GROWS, World};
use super::{hue, story};
use crate::draw::motion::{between, ease};
use crate::draw::pen::{cut, wide, wrap, write};
use crate::draw::scene::{Anchor, Ink, Layer, Shape, Stroke, Token};
use crate::explainers::View;
use crate::models::latency::show::{humanised, time, two};
use crate::models::latency::table::NUMBERS;
use crate::sim::Micros;

const HIGH: f32 = 16.0;

/// The number that the strip is about.
pub fn subject(world: &World, view: &View) -> usize {
    view.lit().and_then(super::number_of).unwrap_or_else(|| world.here())
}

/// What stands still: the words.
pub fn words(layer: &mut Layer, stage: &Stage, world: &World, view: &View) {
    let place = subject(world, view);
    let Some(it) = NUMBERS.get(place) else { return };
    let before = world.before(place).and_then(|place| NUMBERS.get(place));
    let (x, room) = (stage.strip.x, stage.strip.w);
    let line = stage.small * 1.32;
    let mut y = stage.strip.y + line;
    if !world.shown(place) {
        let text = [it.name, ": ?"].concat();
        return write(layer, (x, y), stage.big, 650, Anchor::Start, Token::Ink.into(), cut(text, room, stage.big));
    }
    let short = [it.name, ": ", &time(it.ns)].concat();
    let full = [&short, story::how(it).as_str()].concat();
    let head = if wide(&full, stage.big, 650) <= room { full } else { cut(short, room, stage.big) };
    let end = x + wide(&head, stage.big, 650);
    write(layer, (x, y), stage.big, 650, Anchor::Start, Token::Ink.into(), head);
    let human = ["× 10⁹: ", &humanised(it.ns)].concat();
    let beside = end + 16.0 + wide(&human, stage.small, 400) <= x + room;
    if beside && stage.beside {
        write(layer, (x + room, y), stage.small, 400, Anchor::End, Token::Soft.into(), human.clone());
    }
    y += line + 2.0;
    if let Some(fits) = story::fits(it, before) {
        let times = before.map_or(1.0, |before| it.ns / before.ns);
        let thin = f64::from(room) / times;
        let note = if thin < 1.0 { [" – in this bar ", &two(thin), " px wide"].concat() } else { String::new() };
        let text = [&fits, note.as_str()].concat();
        write(layer, (x, y), stage.small, 400, Anchor::Start, Token::Ink.into(), cut(text, room, stage.small));
    } else {
        let text = "The shortest of all".to_string();
        write(layer, (x, y), stage.small, 400, Anchor::Start, Token::Ink.into(), text);
    }
    if !stage.beside {
        y += line;
        write(layer, (x, y), stage.small, 400, Anchor::Start, Token::Soft.into(), human);
    }
    // The bar has its place between.
    y += HIGH + 14.0;
    for text in wrap(&story::voices(it), room, stage.small, 400).into_iter().take(stage.voices) {
        y += line;
        write(layer, (x, y - 4.0), stage.small, 400, Anchor::Start, Token::Soft.into(), text);
    }
}

/// What moves: the scale grows from the one before to this one, and all shorter ones shrink.
pub fn bar(layer: &mut Layer, stage: &Stage, world: &World, at: Micros, view: &View) {
    let place = subject(world, view);
    let Some(it) = NUMBERS.get(place).filter(|_| world.shown(place)) else { return };
    let line = stage.small * 1.32;
    let lines = if stage.beside { 2.0 } else { 3.0 };
    let (x, w) = (stage.strip.x, stage.strip.w);
    let y = stage.strip.y + line * lines + 10.0;
    let before = world.before(place).and_then(|place| NUMBERS.get(place));
    let grown = if place == world.here() { ease(between(at, world.since, world.since + GROWS)) } else { 1.0 };
    let first = before.map_or(it.ns, |before| before.ns);
    // By factors, as on the axis.
    let scale = first * libm::pow(it.ns / first, f64::from(grown));
    let tone = |token: Token, alpha: u8| Some(Ink::faded(token, alpha));
    let rect = |w: f32, y: f32, h: f32, fill: Option<Ink>| Shape::Rect { x, y, w, h, r: 0.0, fill, stroke: None };
    layer.add(rect(w, y, HIGH, tone(hue(it.group), 90)));
    // The one before it, from the left.
    if let Some(before) = before {
        let wide = ((f64::from(w) * before.ns / scale) as f32).clamp(0.75, w);
        layer.add(rect(wide, y, HIGH, tone(hue(before.group), 255)));
    }
    // How often it fits, where one can count that.
    let step = (f64::from(w) * first / scale) as f32;
    if step >= 5.0 && step < w - 1.0 {
        let mut mark = step;
        while mark < w - 1.0 {
            let stroke = Stroke::new(Token::Card, 1.0);
            layer.add(Shape::Line { x1: x + mark, y1: y, x2: x + mark, y2: y + HIGH, stroke });
            mark += step;
        }
    }
    let stroke = Some(Stroke::new(hue(it.group), 1.0));
    layer.add(Shape::Rect { x, y, w, h: HIGH, r: 0.0, fill: None, stroke });
}
