//! Pictures that others show of the page: for link previews, 1200 × 630, what a page is about and the explainer's own
//! first scene; and the icons of the installed app. As SVG; `cargo xtask pictures` makes files of them.

use super::{Entry, REGISTRY, View, handout};
use crate::draw::pen::{wide, wrap};
use crate::draw::scene::{Anchor, Face, Layer, Scene, Shape, Stroke, Token};
use crate::draw::svg::svg;
use crate::draw::theme::Theme;
use std::fmt::Write;
use std::rc::Rc;

const SIZE: (f32, f32) = (1200.0, 630.0);
const EDGE: f32 = 60.0;
/// Where the words end and the picture begins.
const MIDDLE: f32 = 590.0;

pub struct Picture {
    /// Its place in `assets/`.
    pub file: String,
    /// Width and height in pixels.
    pub size: (u32, u32),
    pub svg: String,
}

/// `icon`: `assets/icon.svg`.
pub fn pictures(icon: &str) -> Vec<Picture> {
    let cards = cards().into_iter().map(|(name, svg)| Picture {
        file: format!("cards/{name}.png"),
        size: (SIZE.0 as u32, SIZE.1 as u32),
        svg,
    });
    let icons = [("192", 192, false), ("512", 512, false), ("maskable", 512, true)].map(|(name, side, masked)| {
        // A launcher may cut a maskable one down to a circle of four fifths.
        let (paper, scale) = match masked {
            true => ("<rect width=\"32\" height=\"32\" fill=\"#fbfaf7\"/>", 0.66),
            false => ("", 1.0),
        };
        let shift = 16.0 * (1.0 - scale);
        let start = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\"";
        Picture {
            file: format!("icons/{name}.png"),
            size: (side, side),
            svg: format!(
                "{start} width=\"{side}\" height=\"{side}\">{paper}<g transform=\"translate({shift:.2} {shift:.2}) \
                 scale({scale})\">{}</g></svg>",
                icon.trim()
            ),
        }
    });
    cards.chain(icons).collect()
}

/// Name, without an ending, and SVG.
fn cards() -> Vec<(&'static str, String)> {
    let each = REGISTRY.iter().map(|entry| {
        let meta = entry.meta;
        let room = (SIZE.0 - MIDDLE - EDGE, SIZE.1 - 2.0 * EDGE);
        (meta.slug, card(meta.title, meta.question, &[picture(entry, (MIDDLE, EDGE), room)]))
    });
    // Two columns of three.
    let (w, h) = ((SIZE.0 - MIDDLE - EDGE - 16.0) / 2.0, (SIZE.1 - 2.0 * EDGE - 32.0) / 3.0);
    let small = |(i, entry): (usize, &Entry)| {
        let (column, row) = ((i % 2) as f32, (i / 2) as f32);
        picture(entry, (MIDDLE + column * (w + 16.0), EDGE + row * (h + 16.0)), (w, h))
    };
    let pictures: Vec<String> = REGISTRY.iter().take(6).enumerate().map(small).collect();
    let question = "Distributed systems, running in front of you";
    let home = ("moving-parts", card("The real algorithms, in your browser", question, &pictures));
    each.chain([home]).collect()
}

fn card(title: &str, question: &str, pictures: &[String]) -> String {
    let mut layer = Layer::default();
    let mut write = |y: f32, size: f32, weight: u16, token: Token, x: f32, text: &str| {
        let (face, anchor) = (if weight == 500 { Face::Serif } else { Face::Sans }, Anchor::Start);
        layer.add(Shape::Text { x, y, size, weight, face, anchor, fill: token.into(), text: text.into() });
    };
    write(EDGE + 28.0, 27.0, 650, Token::Ink, EDGE + 50.0, "Moving Parts");
    let room = MIDDLE - EDGE - 44.0;
    let size = [50.0, 46.0, 42.0, 38.0, 35.0, 32.0, 29.0].into_iter().find(|size| {
        let lines = wrap(question, room, *size, 500);
        lines.len() as f32 * size * 1.24 <= 330.0 && lines.iter().all(|line| wide(line, *size, 500) <= room)
    });
    let size = size.unwrap_or(27.0);
    let lines = wrap(question, room, size, 500);
    let first = (SIZE.1 - lines.len() as f32 * size * 1.24) / 2.0 + size + 20.0;
    write(first - size - 22.0, 25.0, 400, Token::Soft, EDGE, title);
    for (i, line) in lines.iter().enumerate() {
        write(first + i as f32 * size * 1.24, size, 500, Token::Ink, EDGE, line);
    }
    mark(&mut layer, (EDGE + 18.0, EDGE + 18.0));
    let scene = Scene { width: SIZE.0, height: SIZE.1, base: Rc::new(layer), ..Scene::default() };
    let frame = svg(&scene, Theme::Light, question);
    [frame.trim_end().trim_end_matches("</svg>"), &pictures.concat(), "</svg>\n"].concat()
}

/// The sign of the page: a ring with three things on it.
fn mark(layer: &mut Layer, (x, y): (f32, f32)) {
    layer.add(Shape::Circle { x, y, r: 13.5, fill: None, stroke: Some(Stroke::new(Token::Ink, 3.6)) });
    for (dx, dy, token) in [(0.0, -13.5, Token::Orange), (11.7, 6.8, Token::Blue), (-11.7, 6.8, Token::Green)] {
        layer.add(Shape::Circle { x: x + dx, y: y + dy, r: 5.2, fill: Some(token.into()), stroke: None });
    }
}

/// What the first lesson begins with, in the middle of its place.
fn picture(entry: &Entry, (x, y): (f32, f32), (w, h): (f32, f32)) -> String {
    // The ring's first lesson has no ring yet.
    let lesson = usize::from(entry.meta.slug == "hash-ring");
    let Some(step) = (entry.lessons)().get(lesson).and_then(|lesson| lesson.steps.first()) else {
        return String::new();
    };
    let mut player = handout::run(entry, step);
    // A preview is small: few things, and large.
    let scene = player.scene(&View::sized(480.0, 480.0 * h / w));
    let scale = (w / scene.width).min(h / scene.height);
    let (left, top) = (x + (w - scene.width * scale) / 2.0, y + (h - scene.height * scale) / 2.0);
    let mut out = String::new();
    let _ = write!(out, "<g transform=\"translate({left:.1} {top:.1}) scale({scale:.3})\">");
    out + &svg(&scene, Theme::Light, "") + "</g>\n"
}
