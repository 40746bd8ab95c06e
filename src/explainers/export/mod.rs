//! What of a run can be taken away: its picture laid out for a size of the reader's choice, the pictures of a film, and
//! its figures. No DOM: the page only paints and saves.

pub mod figures;
pub mod film;

use super::{Player, View};
use crate::draw::scene::{Anchor, Face, Layer, Scene, Shape, Token, text_width};
use crate::draw::sheet::{Placed, Sheet};

/// What a desk is wide: a file with more pixels shows the same larger, not more of it in small print.
const DESK: (f32, f32) = (960.0, 540.0);
/// Below this, in units, two pictures stand one above the other, as on a phone.
const NARROW: f32 = 620.0;
/// Of a desk's width, the second picture has this much.
const ASIDE: f32 = 0.42;
/// Height of the line that says which of two runs it is, and of a caption's line.
const NAME: f32 = 28.0;
const LINE: f32 = 21.0;
const MARGIN: f32 = 14.0;

/// The sizes a file may have, in pixels.
pub const LEAST: u32 = 160;
pub const MOST: u32 = 4096;

/// A run to draw, and what it is called where there are two.
pub struct Show<'a> {
    pub name: &'a str,
    pub player: &'a mut dyn Player,
}

/// What the reader wants.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    /// In pixels.
    pub width: u32,
    /// In pixels; none: as high as the picture is where it may take so many units.
    pub height: Option<u32>,
    pub room: f32,
    /// With the second picture; none: if there is anything to see in it.
    pub diagram: Option<bool>,
    /// Lines below it, the first of them bold.
    pub caption: Vec<String>,
    /// As large as on the page: a unit is a pixel, whatever the size.
    pub plain: bool,
}

/// The runs as one sheet, drawn anew for its size. What does not fit is drawn smaller, not cut.
pub fn sheet(shows: &mut [Show], wish: &Wish) -> Sheet {
    let width = wish.width.clamp(LEAST, MOST);
    let height = wish.height.map(|height| height.clamp(LEAST, MOST));
    let (w, h) = (width as f32, height.map(|height| height as f32));
    let across = w / DESK.0;
    let mut scale = if wish.plain { 1.0 } else { h.map_or(across, |h| across.min(h / DESK.1)).max(1.0) };
    let below = if wish.caption.is_empty() { 0.0 } else { wish.caption.len() as f32 * LINE + MARGIN };
    let mut all = Pictures::default();
    for _ in 0..4 {
        let room = h.map_or(wish.room, |h| (h / scale - below).max(1.0));
        all = pictures(shows, w / scale, room, wish.diagram);
        if h.is_none() || all.height <= room + 0.5 {
            break;
        }
        scale *= (room / all.height).max(0.3);
    }
    let units = w / scale;
    let foot = h.map_or(all.height, |h| h / scale - below);
    // What it does not need of the height is above and below it alike.
    let spare = ((foot - all.height) / 2.0).max(0.0);
    for part in &mut all.parts {
        part.y += spare;
    }
    if !wish.caption.is_empty() {
        all.parts.push(Placed { x: 0.0, y: foot, scene: words(units, below, &wish.caption) });
    }
    let height = height.unwrap_or(((foot + below) * scale).ceil() as u32).clamp(1, MOST);
    Sheet { width, height, scale, parts: all.parts }
}

#[derive(Default)]
struct Pictures {
    parts: Vec<Placed>,
    height: f32,
}

impl Pictures {
    fn put(&mut self, x: f32, y: f32, scene: Scene) {
        self.height = self.height.max(y + scene.height);
        self.parts.push(Placed { x, y, scene });
    }
}

/// As the page has them: a run with the second picture beside or below it, or two runs side by side.
fn pictures(shows: &mut [Show], width: f32, room: f32, diagram: Option<bool>) -> Pictures {
    let mut all = Pictures::default();
    let many = shows.len() > 1;
    let wide = width >= NARROW;
    let column = if many && wide { width / shows.len() as f32 } else { width };
    // Side by side each has the whole height, one above the other its part of it.
    let rows = if many && !wide { shows.len() as f32 } else { 1.0 };
    let name = if many { NAME } else { 0.0 };
    let room = room / rows - name;
    let (mut x, mut top) = (0.0, 0.0);
    for show in shows {
        let player = &mut *show.player;
        let below = player.diagram_below() || !wide;
        let view = View { follow: player.follow(), ..View::sized(column, room) };
        let aside = if below { column } else { (column * ASIDE).floor() };
        let second = View { width: aside, ..view.clone() };
        // A comparison has no second pictures where they would stand beside the first.
        let any = diagram != Some(false) && (!many || player.diagram_below());
        let found = if any { player.diagram(&second) } else { None };
        let there = any && diagram.unwrap_or(found.is_some());
        let mut y = top;
        if many {
            all.put(x, y, words(column, NAME, &[show.name.to_string()]));
            y += name;
        }
        let first = match (there, below) {
            (false, _) => view,
            (true, false) => View { width: column - aside, ..view },
            (true, true) => View { height: room * 0.55, ..view },
        };
        let scene = player.scene(&first);
        let (stage, used) = (first.width, scene.height);
        all.put(x, y, scene);
        if there {
            let (left, under) = if below { (x, y + used) } else { (x + stage, y) };
            let left_over = View { height: (room - used).max(room * 0.3), ..second.clone() };
            let scene = if below { player.diagram(&left_over) } else { found };
            if let Some(scene) = scene {
                all.put(left, under, scene);
            }
            all.put(0.0, 0.0, rule(left, under, below, column, used));
        }
        match many && wide {
            true => x += column,
            false => top = all.height,
        }
    }
    all
}

/// The line between a picture and the one beside or below it.
fn rule(x: f32, y: f32, below: bool, width: f32, height: f32) -> Scene {
    let (w, h) = if below { (width, 1.0) } else { (1.0, height) };
    let mut live = Layer::default();
    live.add(Shape::Rect { x, y, w, h, r: 0.0, fill: Some(Token::Line.into()), stroke: None });
    Scene { width: x + w, height: y + h, live, ..Scene::default() }
}

/// Lines of text, cut where they would be too long.
fn words(width: f32, height: f32, lines: &[String]) -> Scene {
    let mut live = Layer::default();
    for (i, line) in lines.iter().enumerate() {
        let (size, weight, fill) = if i == 0 { (14.0, 600, Token::Ink) } else { (13.0, 400, Token::Soft) };
        let room = width - 2.0 * MARGIN;
        // A little too long is set smaller, far too long is cut.
        let size = (size * room / text_width(line, size, weight, Face::Sans).max(1.0)).clamp(size * 0.8, size);
        let text = fit(line, room, size, weight);
        let y = (i + 1) as f32 * LINE - 4.0;
        let (face, anchor) = (Face::Sans, Anchor::Start);
        live.add(Shape::Text { x: MARGIN, y, size, weight, face, anchor, fill: fill.into(), text });
    }
    Scene { width, height, live, ..Scene::default() }
}

fn fit(text: &str, width: f32, size: f32, weight: u16) -> String {
    if text_width(text, size, weight, Face::Sans) <= width {
        return text.to_string();
    }
    let mut short = String::new();
    for c in text.chars() {
        if text_width(&short, size, weight, Face::Sans) > width - 2.0 * size {
            break;
        }
        short.push(c);
    }
    short + "…"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::svg;
    use crate::draw::theme::Theme;
    use crate::explainers::REGISTRY;
    use crate::link;

    fn wish(width: u32, height: Option<u32>) -> Wish {
        Wish { width, height, room: 560.0, diagram: None, caption: Vec::new(), plain: false }
    }

    fn player(fragment: &str) -> Box<dyn Player> {
        let (link, _) = link::parse(fragment);
        (crate::explainers::find(&link.slug).expect("an explainer").open)(&link).0
    }

    fn drawn(player: &mut dyn Player, wish: &Wish) -> Sheet {
        sheet(&mut [Show { name: "", player }], wish)
    }

    #[test]
    fn every_explainer_fits_every_size() {
        for entry in REGISTRY {
            for fragment in [
                format!("#/{}?t=6.2", entry.meta.slug),
                "#/quorum?w=1&r=1&do=1ms:write(1,x);12ms:read(2,x)&t=30ms&follow=op-1".to_string(),
            ] {
                let mut player = player(&fragment);
                for (w, h) in [(1280, 720), (1920, 1080), (1080, 1080), (400, 300), (600, 1200), (4096, 4096)] {
                    let sheet = drawn(&mut *player, &wish(w, Some(h)));
                    assert_eq!((sheet.width, sheet.height), (w, h), "{fragment}");
                    let (right, bottom) = (w as f32 / sheet.scale, h as f32 / sheet.scale);
                    for part in &sheet.parts {
                        let (x, y) = (part.x + part.scene.width, part.y + part.scene.height);
                        assert!(
                            x <= right + 1.0 && y <= bottom + 1.0,
                            "{fragment} {w}×{h}: {x}, {y} of {right}, {bottom}"
                        );
                    }
                    // A dense picture on a tile, such as 24 rows of numbers, is small print; nowhere else.
                    let least = if w >= 1000 { 0.7 } else { 0.25 };
                    assert!(sheet.scale > least, "{fragment} {w}×{h}: too small to read at {}", sheet.scale);
                }
            }
        }
    }

    #[test]
    fn a_slide_is_a_desk_seen_larger() {
        let mut player = player("#/hash-ring");
        let small = drawn(&mut *player, &wish(960, Some(540)));
        let large = drawn(&mut *player, &wish(1920, Some(1080)));
        assert_eq!((small.scale, large.scale), (1.0, 2.0));
        assert_eq!(small.parts.len(), large.parts.len());
        for (a, b) in small.parts.iter().zip(&large.parts) {
            assert_eq!((a.x, a.y, a.scene.width, &a.scene.live.items), (b.x, b.y, b.scene.width, &b.scene.live.items));
        }
        let plain = drawn(&mut *player, &Wish { plain: true, ..wish(1920, None) });
        assert_eq!(plain.scale, 1.0);
    }

    #[test]
    fn captions_are_below_and_in_the_file() {
        let mut player = player("#/quorum");
        let caption = vec!["Which question?".to_string(), "https://example.org/?".to_string() + &"x".repeat(400)];
        let sheet = drawn(&mut *player, &Wish { caption, ..wish(1280, Some(720)) });
        let text = svg::sheet(&sheet, Theme::Dark, "t");
        assert!(text.contains("Which question?") && text.contains("…"), "{text}");
        assert!(roxmltree::Document::parse(&text).is_ok());
        assert!(
            text.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"1280\" height=\"720\"")
        );
        let below = sheet.parts.last().map(|part| part.y * sheet.scale).unwrap_or_default();
        assert!(below > 600.0 && below < 700.0, "{below}");
    }

    #[test]
    fn two_runs_side_by_side_have_names() {
        let (mut a, mut b) = (player("#/quorum"), player("#/quorum?w=1"));
        let mut shows = [Show { name: "A: as set", player: &mut *a }, Show { name: "B: W: 1", player: &mut *b }];
        let text = svg::sheet(&sheet(&mut shows, &wish(1280, Some(720))), Theme::Light, "");
        assert!(text.contains("A: as set") && text.contains("B: W: 1"));
    }
}
