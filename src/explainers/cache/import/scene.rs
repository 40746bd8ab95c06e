//! The answer as a picture: curves of all rules, popularity with the law beside it, and two small tables.

use super::answer::{Answer, WANTED, bytes, entries, keys, lru};
use crate::draw::chart::{Axis, curves};
use crate::draw::pen::{wide, write};
use crate::draw::scene::{Anchor, Hit, Ink, Layer, Scene, Shape, Stroke, Token};
use crate::explainers::cache::curve;
use crate::explainers::{grouped, percent};
use crate::models::caching::curves::{OPTIMAL, line_name};
use crate::sim::decimal::fixed;
use std::rc::Rc;

const SIZE: f32 = 13.0;
const SMALL: f32 = 12.0;
const EDGE: f32 = 12.0;
const ROW: f32 = 19.0;
/// Below this the two small tables stand one under the other.
const WIDE: f32 = 620.0;
/// Dots of the popularity, at most.
const DOTS: usize = 160;

pub fn scene(answer: &Answer, width: f32) -> Scene {
    let width = width.clamp(280.0, 900.0);
    let mut layer = Layer::default();
    let mut y = head(&mut layer, EDGE, EDGE, "Misses by the size of the cache");
    let (x_axis, y_axis) = curve::axes(u64::from(answer.trace.keys));
    let tall = if width < WIDE { 380.0 } else { 320.0 };
    let rect = (EDGE, y, width - EDGE, y + tall);
    curves::draw(&mut layer, rect, &x_axis, &y_axis, answer.cut(), &curve::lines(&answer.curves, None));
    let replayed = match answer.replayed() {
        true => " Of the reads, that is; a write puts its key in or changes it, and what is deleted or expires goes.",
        false => "",
    };
    let said = format!(
        "Every rule on the whole trace, from an empty cache, entries of one size; nothing is sampled.{replayed} Bélády’s \
         optimum knows the future. The list is for the size at which LRU is farthest from it."
    );
    y = paragraph(&mut layer, &said, (EDGE, y + tall + 4.0), width - 2.0 * EDGE);

    y = head(&mut layer, EDGE, y + 14.0, "How popular the keys are");
    let tall = if width < WIDE { 210.0 } else { 240.0 };
    popularity(&mut layer, answer, (EDGE, y, width - EDGE, y + tall));
    let how = match answer.zipf {
        Some(_) => " The exponent is the likeliest one (maximum likelihood over the ranks as counted).",
        None => "",
    };
    let said = format!("{}. {}.{how}", answer.popular(), answer.fit());
    y = paragraph(&mut layer, &said, (EDGE, y + tall + 4.0), width - 2.0 * EDGE) + 14.0;

    let half = if width < WIDE { width - 2.0 * EDGE } else { (width - 2.0 * EDGE) * 0.6 - 14.0 };
    let one = enough(&mut layer, answer, (EDGE, y), half);
    let (left, top) = if width < WIDE { (EDGE, one + 14.0) } else { (EDGE + half + 28.0, y) };
    let other = working(&mut layer, answer, (left, top), width - EDGE - left);
    Scene { width, height: libm::ceilf(one.max(other) + EDGE), base: Rc::new(layer), ..Scene::default() }
}

fn head(layer: &mut Layer, x: f32, y: f32, text: &str) -> f32 {
    write(layer, (x, y + 13.0), SIZE, 600, Anchor::Start, Token::Ink.into(), text.into());
    y + 26.0
}

/// Requests by rank, both by logarithm, and the law as a line.
fn popularity(layer: &mut Layer, answer: &Answer, rect: (f32, f32, f32, f32)) {
    let popularity = &answer.popularity;
    let corners = popularity.corners();
    let most = corners.first().map_or(1, |corner| corner.1);
    let ranks = popularity.keys.max(2) as f64;
    // No more than can be told apart, but both ends of every step that is long enough to be seen.
    let mut dots: Vec<(f64, f64)> = Vec::new();
    let least = libm::log(ranks) / DOTS as f64;
    let far = |from: f64, to: f64| libm::log(to / from) >= least;
    for (i, (rank, count)) in corners.iter().enumerate() {
        let (x, y) = (*rank as f64, f64::from(*count));
        let before_gap = corners.get(i + 1).is_none_or(|next| far(x, next.0 as f64));
        if before_gap || dots.last().is_none_or(|last| far(last.0, x)) {
            dots.push((x, y));
        }
    }
    let law = |rank: f64| answer.zipf.map(|zipf| zipf.expected(rank, popularity));
    let top = law(1.0).unwrap_or(1.0).max(f64::from(most));
    let x = Axis { label: "rank of the key".into(), log: true, min: 1.0, max: ranks, ticks: Vec::new() };
    let y = Axis { label: "requests for it".into(), log: true, min: 0.7, max: top * 1.3, ticks: Vec::new() };
    let Some(plot) = curves::axes(layer, rect, &x, &y, 0.0) else { return };
    if let Some(zipf) = answer.zipf {
        let points: Vec<(f32, f32)> = (0..=60)
            .map(|i| libm::exp(libm::log(ranks) * f64::from(i) / 60.0))
            .filter_map(|rank| law(rank).filter(|count| *count >= 0.7).map(|count| plot.place(rank, count)))
            .collect();
        curves::line(layer, &points, Stroke::dashed(Token::Orange, 2.0, 7.0, 4.0));
        let label = format!("Zipf, exponent {}", fixed(zipf.exponent, 2));
        // Above the line, where it has room: past a third of the way.
        let rank = libm::exp(libm::log(ranks) * 0.42);
        let (at, high) = plot.place(rank, law(rank).unwrap_or(1.0).max(1.0));
        let x = (at + 10.0).min(rect.2 - wide(&label, SMALL, 600) - 4.0);
        write(layer, (x, (high - 10.0).max(rect.1 + 40.0)), SMALL, 600, Anchor::Start, Token::Orange.into(), label);
    }
    let places: Vec<(f32, f32)> = dots.iter().map(|(rank, count)| plot.place(*rank, *count)).collect();
    curves::line(layer, &places, Stroke::new(Token::Blue, 1.2));
    for (rank, count) in &dots {
        let (x, y) = plot.place(*rank, *count);
        let label = format!("rank {}: {} requests", grouped(*rank as i64), grouped(*count as i64));
        let hit = Rc::new(Hit { subject: None, label, act: None });
        layer.add_hit(Shape::Circle { x, y, r: 2.6, fill: Some(Token::Blue.into()), stroke: None }, &hit);
    }
}

/// Entries for so many hits: the best rule of all, LRU, the optimum.
fn enough(layer: &mut Layer, answer: &Answer, (left, top): (f32, f32), width: f32) -> f32 {
    let mut y = head(layer, left, top, "Entries it takes");
    // The ends of the columns of figures.
    let column = |share: f32| left + width * share;
    let (best, least, optimum) = (column(0.62), column(0.81), column(1.0));
    let soft: Ink = Token::Soft.into();
    let mut cell =
        |x: f32, y: f32, anchor, ink: Ink, weight, text: String| write(layer, (x, y), SMALL, weight, anchor, ink, text);
    let start = y + 11.0;
    cell(left, start, Anchor::Start, soft, 400, "hits".into());
    cell(best, start, Anchor::End, soft, 400, "best rule".into());
    cell(least, start, Anchor::End, soft, 400, "LRU".into());
    cell(optimum, start, Anchor::End, soft, 400, line_name(OPTIMAL).into());
    y += ROW;
    let figure = |n: Option<f64>| n.map_or("–".to_string(), entries);
    let ink: Ink = Token::Ink.into();
    let most = answer.most();
    let reached = WANTED.into_iter().filter(|hits| *hits < most).chain([most]);
    for hits in reached {
        let at = y + 12.0;
        let share =
            if hits == most { format!("{}%, the most", percent(hits)) } else { format!("{}%", fixed(hits * 100.0, 0)) };
        cell(left, at, Anchor::Start, ink, 600, share);
        let named = |(line, n): (usize, f64)| {
            let all = n >= f64::from(answer.trace.keys);
            format!("{} {}", if all { "any rule" } else { line_name(line) }, entries(n))
        };
        let said = answer.best(hits).map_or("–".into(), named);
        cell(best, at, Anchor::End, ink, 600, said);
        cell(least, at, Anchor::End, ink, 400, figure(answer.enough(lru(), hits)));
        cell(optimum, at, Anchor::End, ink, 400, figure(answer.enough(OPTIMAL, hits)));
        y += ROW;
    }
    let mut note = format!("Between computed sizes, by logarithm. More cannot be had: {}.", answer.compulsory());
    if let Some(size) = answer.trace.size {
        note += &format!(" At a mean of {} a value, 1,000 entries are {}.", bytes(size), bytes(size * 1e3));
    }
    paragraph(layer, &note, (left, y + 2.0), width)
}

/// How many different keys are asked for in a while.
fn working(layer: &mut Layer, answer: &Answer, (left, top): (f32, f32), width: f32) -> f32 {
    let mut y = head(layer, left, top, "Keys in use at a time");
    let soft: Ink = Token::Soft.into();
    write(layer, (left, y + 11.0), SMALL, 400, Anchor::Start, soft, "requests in a row".into());
    write(layer, (left + width, y + 11.0), SMALL, 400, Anchor::End, soft, "different keys, mean".into());
    y += ROW;
    let all = (answer.popularity.requests, answer.popularity.keys as f64);
    let means = answer.curves.working().means();
    for (window, mean) in means.into_iter().filter(|(window, _)| *window < all.0).chain([all]) {
        let name = if window == all.0 { format!("all {}", grouped(window as i64)) } else { grouped(window as i64) };
        write(layer, (left, y + 12.0), SMALL, 400, Anchor::Start, Token::Ink.into(), name);
        let said = keys(mean).replace(" different keys", "");
        write(layer, (left + width, y + 12.0), SMALL, 600, Anchor::End, Token::Ink.into(), said);
        y += ROW;
    }
    match answer.trace.seconds {
        Some(seconds) => {
            let rate = answer.popularity.requests as f64 / seconds;
            let said = format!("{} requests a second on average.", crate::draw::chart::figure(rate));
            paragraph(layer, &said, (left, y + 2.0), width)
        }
        None => y,
    }
}

/// Text in lines of some width; the y below it.
fn paragraph(layer: &mut Layer, text: &str, (x, top): (f32, f32), width: f32) -> f32 {
    let (mut line, mut y) = (String::new(), top);
    for word in text.split(' ').chain([""]) {
        let longer = if line.is_empty() { word.to_string() } else { format!("{line} {word}") };
        if !line.is_empty() && (word.is_empty() || wide(&longer, SMALL, 400) > width) {
            write(layer, (x, y + 12.0), SMALL, 400, Anchor::Start, Token::Soft.into(), std::mem::take(&mut line));
            y += 17.0;
            line = word.to_string();
        } else {
            line = longer;
        }
    }
    y
}
