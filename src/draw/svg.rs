//! A scene as a standalone SVG: for golden files, posters and prints. The same scene gives the same bytes.

use std::fmt::Write;

use super::ranked;
use super::scene::{Anchor, Cloud, Face, Ink, Layer, Scene, Seg, Shape, Stroke, Token, on_circle};
use super::sheet::Sheet;
use super::theme::Theme;

pub fn svg(scene: &Scene, theme: Theme, title: &str) -> String {
    let mut out = Out { text: String::with_capacity(4096), theme };
    out.begin((scene.width, scene.height), (scene.width, scene.height), title);
    out.scene(scene);
    out.put("</svg>\n");
    out.text
}

/// Some pictures on one sheet.
pub fn sheet(sheet: &Sheet, theme: Theme, title: &str) -> String {
    let mut out = Out { text: String::with_capacity(4096), theme };
    let size = (sheet.width as f32, sheet.height as f32);
    out.begin(size, (size.0 / sheet.scale, size.1 / sheet.scale), title);
    for part in &sheet.parts {
        out.put("<svg");
        out.attr("x", part.x);
        out.attr("y", part.y);
        out.attr("width", part.scene.width);
        out.attr("height", part.scene.height);
        out.put(">\n");
        out.scene(&part.scene);
        out.put("</svg>\n");
    }
    out.put("</svg>\n");
    out.text
}

/// The same stacks as the page's style sheet. Single quotes, so that they fit into an attribute.
pub fn stack(face: Face) -> &'static str {
    match face {
        Face::Sans => "system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif",
        Face::Serif => "'Iowan Old Style',Charter,'Bitstream Charter','Source Serif 4','DejaVu Serif',Georgia,serif",
        Face::Mono => "ui-monospace,'SF Mono',Menlo,'DejaVu Sans Mono',monospace",
    }
}

struct Out {
    text: String,
    theme: Theme,
}

impl Out {
    fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// The head, with its size in pixels and in units, its title and its ground.
    fn begin(&mut self, size: (f32, f32), units: (f32, f32), title: &str) {
        self.put("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\"");
        self.attr("width", size.0);
        self.attr("height", size.1);
        self.put(" viewBox=\"0 0 ");
        self.nums(&[units.0, units.1]);
        let _ = write!(self.text, "\" font-family=\"{}\" stroke-linejoin=\"round\"><title>", stack(Face::Sans));
        self.escaped(title);
        self.put("</title><rect");
        self.attr("width", units.0);
        self.attr("height", units.1);
        self.ink("fill", Token::Card.into());
        self.put("/>\n");
    }

    fn scene(&mut self, scene: &Scene) {
        self.layer(&scene.base, scene);
        self.layer(&scene.live, scene);
    }

    /// One decimal, no trailing zero: a tenth of a pixel is finer than anyone sees.
    fn num(&mut self, v: f32) {
        let tenths = if v.is_finite() { (f64::from(v) * 10.0).round() as i64 } else { 0 };
        let (whole, rest) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
        if tenths < 0 {
            self.text.push('-');
        }
        let _ = match rest {
            0 => write!(self.text, "{whole}"),
            _ => write!(self.text, "{whole}.{rest}"),
        };
    }

    fn nums(&mut self, all: &[f32]) {
        for (i, v) in all.iter().enumerate() {
            if i > 0 {
                self.text.push(' ');
            }
            self.num(*v);
        }
    }

    fn attr(&mut self, name: &str, v: f32) {
        let _ = write!(self.text, " {name}=\"");
        self.num(v);
        self.text.push('"');
    }

    /// Opacity apart from the colour: not every reader of SVG knows eight digits.
    fn ink(&mut self, name: &str, ink: Ink) {
        let colour = self.theme.css(ink.token.into());
        let _ = write!(self.text, " {name}=\"{colour}\"");
        if ink.alpha < 255 {
            let percent = (u32::from(ink.alpha) * 100 + 127) / 255;
            let _ = write!(self.text, " {name}-opacity=\"{percent}%\"");
        }
    }

    fn paint(&mut self, fill: Option<Ink>, stroke: Option<Stroke>) {
        match fill {
            Some(ink) => self.ink("fill", ink),
            None => self.put(" fill=\"none\""),
        }
        if let Some(stroke) = stroke {
            self.stroke(stroke);
        }
    }

    fn stroke(&mut self, stroke: Stroke) {
        self.ink("stroke", stroke.ink);
        self.attr("stroke-width", stroke.width);
        if let Some((on, off)) = stroke.dash {
            self.put(" stroke-dasharray=\"");
            self.nums(&[on, off]);
            self.put("\"");
        }
    }

    /// Text that cannot end what it stands in, without the characters that XML has no way to say.
    fn escaped(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.put("&amp;"),
                '<' => self.put("&lt;"),
                '>' => self.put("&gt;"),
                '"' => self.put("&quot;"),
                '\'' => self.put("&#39;"),
                '\t' | '\n' | '\r' => self.text.push(' '),
                c if c.is_control() || ('\u{fffe}'..='\u{ffff}').contains(&c) => self.text.push('\u{fffd}'),
                c => self.text.push(c),
            }
        }
    }

    fn layer(&mut self, layer: &Layer, scene: &Scene) {
        if let Some(cloud) = &layer.cloud {
            self.cloud(cloud, scene);
        }
        for item in &layer.items {
            self.shape(&item.shape);
        }
    }

    /// One path of squares per ink, stronger inks on top, as the pixel painter has it.
    fn cloud(&mut self, cloud: &Cloud, scene: &Scene) {
        let half = cloud.size / 2.0;
        let order = ranked(cloud.inks.iter().map(|ink| f64::from(ink.alpha)));
        for index in order {
            let mut begun = false;
            for (point, ink) in cloud.xy.chunks_exact(2).zip(cloud.ink.iter()) {
                let (x, y) = (point[0], point[1]);
                let inside = x + half > 0.0 && x - half < scene.width && y + half > 0.0 && y - half < scene.height;
                if usize::from(*ink) != index || !inside {
                    continue;
                }
                if !begun {
                    self.put("<path d=\"");
                    begun = true;
                }
                self.put("M");
                self.nums(&[x - half, y - half]);
                self.put("h");
                self.num(cloud.size);
                self.put("v");
                self.num(cloud.size);
                self.put("h");
                self.num(-cloud.size);
                self.put("z");
            }
            if begun {
                self.put("\"");
                self.ink("fill", cloud.inks[index]);
                self.put("/>\n");
            }
        }
    }

    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Line { x1, y1, x2, y2, stroke } => {
                self.put("<path d=\"M");
                self.nums(&[*x1, *y1]);
                self.put("L");
                self.nums(&[*x2, *y2]);
                self.put("\"");
                self.stroke(*stroke);
            }
            // Only there to be pointed at.
            Shape::Circle { fill: None, stroke: None, .. }
            | Shape::Rect { fill: None, stroke: None, .. }
            | Shape::Path { fill: None, stroke: None, .. } => return,
            Shape::Circle { x, y, r, fill, stroke } => {
                self.put("<circle");
                self.attr("cx", *x);
                self.attr("cy", *y);
                self.attr("r", r.max(0.0));
                self.paint(*fill, *stroke);
            }
            Shape::Rect { x, y, w, h, r, fill, stroke } => {
                self.put("<rect");
                self.attr("x", *x);
                self.attr("y", *y);
                self.attr("width", w.max(0.0));
                self.attr("height", h.max(0.0));
                if *r > 0.0 {
                    self.attr("rx", *r);
                }
                self.paint(*fill, *stroke);
            }
            Shape::Path { segs, fill, stroke } => {
                self.put("<path d=\"");
                self.segs(segs);
                self.put("\"");
                self.paint(*fill, *stroke);
            }
            Shape::Arcs { x, y, inner, outer, spans, fill } => {
                self.put("<path d=\"");
                for &(from, to) in spans.iter() {
                    self.band((*x, *y), *inner, *outer, from, to);
                }
                self.put("\"");
                self.ink("fill", *fill);
            }
            Shape::Dots { at, r, fill } => {
                self.put("<path d=\"");
                for &(x, y) in at.iter() {
                    self.put("M");
                    self.nums(&[x, y]);
                    self.put("h0");
                }
                self.put("\" stroke-linecap=\"round\"");
                self.stroke(Stroke::new(*fill, r * 2.0));
            }
            Shape::Text { x, y, size, weight, face, anchor, fill, text } => {
                self.put("<text");
                self.attr("x", *x);
                self.attr("y", *y);
                self.attr("font-size", *size);
                if *weight != 400 {
                    let _ = write!(self.text, " font-weight=\"{weight}\"");
                }
                if *face != Face::Sans {
                    let _ = write!(self.text, " font-family=\"{}\"", stack(*face));
                }
                self.put(match anchor {
                    Anchor::Start => "",
                    Anchor::Middle => " text-anchor=\"middle\"",
                    Anchor::End => " text-anchor=\"end\"",
                });
                self.ink("fill", *fill);
                self.put(">");
                self.escaped(text);
                self.put("</text>\n");
                return;
            }
        }
        self.put("/>\n");
    }

    fn segs(&mut self, segs: &[Seg]) {
        for seg in segs {
            match *seg {
                Seg::Move(x, y) => {
                    self.put("M");
                    self.nums(&[x, y]);
                }
                Seg::Line(x, y) => {
                    self.put("L");
                    self.nums(&[x, y]);
                }
                Seg::Cubic(a, b, c, d, x, y) => {
                    self.put("C");
                    self.nums(&[a, b, c, d, x, y]);
                }
                Seg::Close => self.put("z"),
            }
        }
    }

    /// A band of a ring: out along one side, back along the other. A whole ring has no ends, so it is two circles
    /// wound against each other.
    fn band(&mut self, (x, y): (f32, f32), inner: f32, outer: f32, from: f32, to: f32) {
        let to = if to < from { to + 1.0 } else { to };
        let turn = to - from;
        if !turn.is_finite() || turn <= 0.0 {
            return;
        }
        if turn >= 0.9999 {
            for (r, sweep) in [(outer, 1), (inner, 0)] {
                self.put("M");
                self.nums(&[x, y - r]);
                for end in [y + r, y - r] {
                    self.arc(r, false, sweep, (x, end));
                }
                self.put("z");
            }
            return;
        }
        let place = |r: f32, turn: f32| on_circle(x, y, r, turn);
        let begin = place(outer, from);
        self.put("M");
        self.nums(&[begin.0, begin.1]);
        self.arc(outer, turn > 0.5, 1, place(outer, to));
        let back = place(inner, to);
        self.put("L");
        self.nums(&[back.0, back.1]);
        self.arc(inner, turn > 0.5, 0, place(inner, from));
        self.put("z");
    }

    fn arc(&mut self, r: f32, large: bool, sweep: u8, (x, y): (f32, f32)) {
        self.put("A");
        self.nums(&[r, r]);
        let _ = write!(self.text, " 0 {} {sweep} ", u8::from(large));
        self.nums(&[x, y]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::rc::Rc;

    fn with(shapes: Vec<Shape>) -> Scene {
        let mut scene = Scene { width: 100.0, height: 80.0, ..Scene::default() };
        shapes.into_iter().for_each(|shape| scene.live.add(shape));
        scene
    }

    fn text(text: &str) -> Shape {
        Shape::Text {
            x: 1.0,
            y: 12.0,
            size: 12.0,
            weight: 600,
            face: Face::Mono,
            anchor: Anchor::End,
            fill: Token::Ink.into(),
            text: text.to_string(),
        }
    }

    #[test]
    fn numbers_are_short() {
        let mut out = Out { text: String::new(), theme: Theme::Light };
        out.nums(&[1.0, -0.04, 0.25, 12.34, -3.96, f32::NAN, f32::INFINITY]);
        assert_eq!(out.text, "1 0 0.3 12.3 -4 0 0");
    }

    #[test]
    fn hostile_text_stays_text() {
        let hostile = "</title><script>alert(\"1\")</script>&'\0\u{b}\u{ffff}";
        let scene = with(vec![text(hostile)]);
        let out = svg(&scene, Theme::Dark, hostile);
        let doc = roxmltree::Document::parse(&out).expect("well formed");
        assert!(!out.contains("<script"));
        let kept = hostile.replace(['\0', '\u{b}', '\u{ffff}'], "\u{fffd}");
        let found = |name: &str| doc.descendants().find(|n| n.has_tag_name(name)).and_then(|n| n.text()).unwrap_or("");
        assert_eq!(found("title").len(), found("text").len());
        assert!(doc.descendants().filter_map(|n| n.text()).any(|t| t == kept));
    }

    #[test]
    fn shapes_are_compact() {
        let at: Rc<[(f32, f32)]> = Rc::from([(1.0, 2.0), (3.5, 4.0)]);
        let spans: Rc<[(f32, f32)]> = Rc::from([(0.0, 0.25), (0.9, 0.1), (0.0, 1.0)]);
        let fill = Ink::faded(Token::Blue, 128);
        let out = svg(
            &with(vec![
                Shape::Dots { at, r: 2.0, fill: Token::Red.into() },
                Shape::Arcs { x: 50.0, y: 40.0, inner: 20.0, outer: 30.0, spans, fill },
                Shape::Rect { x: 0.0, y: 0.0, w: 9.0, h: 9.0, r: 0.0, fill: None, stroke: None },
            ]),
            Theme::Light,
            "t",
        );
        let dots = "<path d=\"M1 2h0M3.5 4h0\" stroke-linecap=\"round\" stroke=\"#c24a00\" stroke-width=\"4\"/>";
        assert!(out.contains(dots), "{out}");
        assert!(out.contains("M50 10A30 30 0 0 1 80 40L70 40A20 20 0 0 0 50 20z"), "{out}");
        assert!(out.contains("fill=\"#0072b2\" fill-opacity=\"50%\"/>"), "{out}");
        assert_eq!(out.matches("<rect").count(), 1, "only the ground: {out}");
    }

    #[test]
    fn clouds_are_paths_of_squares() {
        let mut scene = with(vec![]);
        scene.live.cloud = Some(Cloud {
            xy: Rc::new(vec![10.0, 10.0, 20.0, 20.0, 999.0, 5.0, f32::NAN, 1.0]),
            ink: Rc::new(vec![0, 1, 0, 0]),
            inks: vec![Token::Blue.into(), Ink::faded(Token::Red, 90)],
            size: 2.0,
        });
        let out = svg(&scene, Theme::Light, "");
        let red = out.find("M19 19h2v2h-2z").expect("red");
        let blue = out.find("M9 9h2v2h-2z\"").expect("blue, and nothing from outside");
        assert!(red < blue, "the stronger ink is on top");
    }

    fn any_number() -> impl Strategy<Value = f32> {
        prop_oneof![-1e4f32..1e4, Just(f32::NAN), Just(f32::INFINITY), Just(f32::MAX), Just(-0.0)]
    }

    fn any_shape() -> impl Strategy<Value = Shape> {
        let n = any_number;
        let stroke = || {
            (n(), proptest::option::of((n(), n()))).prop_map(|(width, dash)| Stroke {
                ink: Ink::faded(Token::Gold, 17),
                width,
                dash,
            })
        };
        prop_oneof![
            ".*".prop_map(|t: String| text(&t)),
            (n(), n(), n(), n(), stroke()).prop_map(|(x1, y1, x2, y2, stroke)| Shape::Line { x1, y1, x2, y2, stroke }),
            (n(), n(), n(), proptest::option::of(stroke())).prop_map(|(x, y, r, stroke)| Shape::Circle {
                x,
                y,
                r,
                fill: None,
                stroke
            }),
            proptest::collection::vec((n(), n()), 0..5).prop_map(|spans| Shape::Arcs {
                x: 1.0,
                y: 2.0,
                inner: 3.0,
                outer: 4.0,
                spans: spans.into(),
                fill: Token::Sky.into()
            }),
            (n(), n(), n(), stroke()).prop_map(|(a, b, c, stroke)| Shape::Path {
                segs: Rc::from([Seg::Move(a, b), Seg::Cubic(a, b, c, a, b, c), Seg::Close]),
                fill: None,
                stroke: Some(stroke)
            }),
        ]
    }

    proptest! {
        #[test]
        fn always_well_formed(shapes in proptest::collection::vec(any_shape(), 0..8), title in ".*", w in any_number()) {
            let mut scene = with(shapes);
            scene.width = w;
            let out = svg(&scene, Theme::Dark, &title);
            prop_assert!(roxmltree::Document::parse(&out).is_ok(), "{}", out);
            prop_assert_eq!(out.clone(), svg(&scene, Theme::Dark, &title));
        }
    }
}
