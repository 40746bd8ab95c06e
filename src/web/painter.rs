//! Scenes onto two stacked canvases: what stays, and above it what moves.
//!
//! It is called sixty times a second, so it asks little of the canvas: only what changed is painted, a setting is set
//! only when it changes, a colour is spelled once per theme, many bands or dots are one path, and very many points are
//! one pixel buffer.

use std::cell::Cell;
use std::f64::consts::{PI, TAU};
use std::rc::Rc;

use gloo_events::EventListener;
use js_sys::Math;
use wasm_bindgen::{Clamped, JsCast, JsValue};
use web_sys::{
    CanvasRenderingContext2d, EventTarget, HtmlCanvasElement, ImageBitmapRenderingContext, ImageData, OffscreenCanvas,
};

use crate::draw::change::{Area, meet, painted, size};
use crate::draw::scene::{Anchor, Cloud, Face, Ink, Layer, Scene, Seg, Shape, Stroke, Token};
use crate::draw::sheet::Sheet as Paper;
use crate::draw::svg::stack;
use crate::draw::theme::Theme;
use crate::sim::decimal::fixed;
use crate::web::browser;

/// Beyond this, points in a pixel buffer cost more than anyone can see.
const FINEST: f64 = 2.0;

/// So much of a picture is painted in places rather than whole.
const PART: f32 = 0.4;

pub struct Painter {
    base: Sheet,
    live: Sheet,
    inks: Inks,
    /// Size in CSS pixels, pixel ratio and theme of what is on the canvases.
    shown: Option<(f32, f32, f64, Theme)>,
    pixels: Vec<u8>,
}

/// One canvas, and what is on it.
struct Sheet {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    /// Where it is painted first, and what takes the finished picture from there.
    aside: Option<(OffscreenCanvas, ImageBitmapRenderingContext)>,
    pen: Pen,
    /// Nothing was ever painted on it: a browser then does nothing for it, either.
    blank: bool,
    /// The revision that is painted; none if nothing is, or if it has to be painted anew.
    revision: Option<u64>,
    /// Set when the browser gives a lost context back, empty.
    restored: Rc<Cell<bool>>,
    _listener: EventListener,
}

impl Painter {
    /// None where there is no 2d context to be had.
    pub fn new(base: HtmlCanvasElement, live: HtmlCanvasElement) -> Option<Painter> {
        Some(Painter {
            base: Sheet::of_picture(&base).or_else(|| Sheet::new(base))?,
            live: Sheet::new(live)?,
            inks: Inks::default(),
            shown: None,
            pixels: Vec::new(),
        })
    }

    /// `dpr` is the page's pixel ratio. Does nothing while the browser has taken the contexts away.
    pub fn paint(&mut self, scene: &Scene, theme: Theme, dpr: f64) {
        self.paint_in(scene, theme, dpr, None);
    }

    /// Where only what moves may have changed, and only in these places since the scene that was painted last.
    pub fn paint_in(&mut self, scene: &Scene, theme: Theme, dpr: f64, areas: Option<&[Area]>) {
        let dpr = if dpr.is_finite() { dpr.clamp(0.5, FINEST) } else { 1.0 };
        let shown = (scene.width, scene.height, dpr, theme);
        let anew = self.shown != Some(shown);
        if self.shown.is_none_or(|s| s.3 != theme) {
            self.inks = Inks::new(theme);
            // The same ink is another colour now.
            (self.base.pen, self.live.pen) = (Pen::default(), Pen::default());
        }
        if self.shown.is_none_or(|s| (s.0, s.1, s.2) != (scene.width, scene.height, dpr)) {
            self.base.resize(scene, dpr);
            self.live.resize(scene, dpr);
        }
        self.shown = Some(shown);
        let (inks, pixels) = (&mut self.inks, &mut self.pixels);
        if self.base.begin(&scene.base, anew) {
            self.base.paint(&scene.base, scene, dpr, inks, pixels);
            self.base.ground(scene, inks);
            self.base.show();
        }
        // Of most of the picture, painting it whole costs less: what reaches far is painted once then.
        let all = scene.width * scene.height;
        match areas.filter(|areas| areas.iter().map(|area| size(*area)).sum::<f32>() < all * PART) {
            Some(areas) if !anew && !self.live.restored.get() => {
                self.live.paint_areas(&scene.live, areas, dpr, inks);
            }
            _ if self.live.begin(&scene.live, anew) => self.live.paint(&scene.live, scene, dpr, inks, pixels),
            _ => {}
        }
    }

    /// Has the browser paint what it put off: it keeps a list of what was asked for until it shows it. For who measures.
    pub fn settle(&self) {
        let _ = self.live.context.get_image_data(0.0, 0.0, 1.0, 1.0);
    }
}

impl Sheet {
    fn new(canvas: HtmlCanvasElement) -> Option<Sheet> {
        let context = canvas.get_context("2d").ok()??.dyn_into::<CanvasRenderingContext2d>().ok()?;
        Some(Sheet::on(canvas, context, None))
    }

    /// A canvas that shows a finished picture. One that is painted on is composed anew whenever anything on the page
    /// moves, even if nobody paints on it; this one is not. None where the browser is older than that.
    fn of_picture(canvas: &HtmlCanvasElement) -> Option<Sheet> {
        let aside = OffscreenCanvas::new(1, 1).ok()?;
        // It has the same functions under another name.
        let context = aside.get_context("2d").ok()??.unchecked_into::<CanvasRenderingContext2d>();
        let shown = canvas.get_context("bitmaprenderer").ok()??.unchecked_into::<ImageBitmapRenderingContext>();
        Some(Sheet::on(canvas.clone(), context, Some((aside, shown))))
    }

    fn on(
        canvas: HtmlCanvasElement,
        context: CanvasRenderingContext2d,
        aside: Option<(OffscreenCanvas, ImageBitmapRenderingContext)>,
    ) -> Sheet {
        let restored = Rc::new(Cell::new(false));
        let flag = restored.clone();
        let target: &EventTarget = aside.as_ref().map_or(&canvas, |aside| &aside.0);
        let _listener = EventListener::new(target, "contextrestored", move |_| {
            flag.set(true);
            // A run that rests would not paint by itself.
            browser::resized();
        });
        Sheet { canvas, context, aside, pen: Pen::default(), blank: true, revision: None, restored, _listener }
    }

    /// Setting the size, even to what it was, empties the canvas and forgets all settings.
    fn resize(&mut self, scene: &Scene, dpr: f64) {
        let (width, height) = (device(scene.width, dpr), device(scene.height, dpr));
        self.canvas.set_width(width);
        self.canvas.set_height(height);
        if let Some((aside, _)) = &self.aside {
            aside.set_width(width);
            aside.set_height(height);
        }
        self.settings(dpr);
    }

    fn settings(&mut self, dpr: f64) {
        let _ = self.context.set_transform(dpr, 0.0, 0.0, dpr, 0.0, 0.0);
        self.context.set_text_baseline("alphabetic");
        self.context.set_line_join("round");
        self.pen = Pen::default();
        self.revision = None;
    }

    /// Whether there is anything to paint.
    fn begin(&mut self, layer: &Layer, anew: bool) -> bool {
        let same = layer.revision != 0 && self.revision == Some(layer.revision);
        let empty = self.blank && layer.items.is_empty() && layer.cloud.is_none() && self.aside.is_none();
        (!same || anew || self.restored.get()) && !empty
    }

    fn paint(&mut self, layer: &Layer, scene: &Scene, dpr: f64, inks: &mut Inks, pixels: &mut Vec<u8>) {
        if self.restored.take() {
            self.settings(dpr);
        }
        (self.revision, self.blank) = (Some(layer.revision), false);
        match &layer.cloud {
            // A pixel buffer replaces what is there, so it also wipes.
            Some(cloud) => {
                let (width, height) = (device(scene.width, dpr), device(scene.height, dpr));
                spread(cloud, width, height, dpr, inks.theme, pixels);
                let data = ImageData::new_with_u8_clamped_array_and_sh(Clamped(pixels), width, height);
                if let Ok(data) = data {
                    let _ = self.context.put_image_data(&data, 0.0, 0.0);
                }
            }
            None => self.context.clear_rect(0.0, 0.0, scene.width.into(), scene.height.into()),
        }
        let mut hand = Hand { context: &self.context, pen: &mut self.pen, inks };
        for item in &layer.items {
            hand.shape(&item.shape);
        }
    }

    /// Only there, each place cut to whole pixels: nothing outside of it is touched, and nothing inside of it is left.
    fn paint_areas(&mut self, layer: &Layer, areas: &[Area], dpr: f64, inks: &mut Inks) {
        self.revision = Some(layer.revision);
        let bounds: Vec<Area> = match areas {
            [] => return,
            _ => layer.items.iter().map(|item| painted(&item.shape)).collect(),
        };
        self.blank = false;
        for area in areas {
            let pixel = |v: f64| v / dpr;
            let (x, y) = (pixel((f64::from(area.0) * dpr).floor()), pixel((f64::from(area.1) * dpr).floor()));
            let (right, bottom) = (pixel((f64::from(area.2) * dpr).ceil()), pixel((f64::from(area.3) * dpr).ceil()));
            let whole = (x as f32, y as f32, right as f32, bottom as f32);
            self.context.save();
            self.context.begin_path();
            self.context.rect(x, y, right - x, bottom - y);
            self.context.clip();
            self.context.clear_rect(x, y, right - x, bottom - y);
            let mut pen = self.pen.clone();
            let mut hand = Hand { context: &self.context, pen: &mut pen, inks };
            for (item, bounds) in layer.items.iter().zip(&bounds) {
                if meet(*bounds, whole) {
                    hand.shape(&item.shape);
                }
            }
            // With it goes what the pen was set to.
            self.context.restore();
        }
    }

    /// Shows what was painted aside.
    fn show(&mut self) {
        let Some((aside, shown)) = &self.aside else { return };
        if let Ok(bitmap) = aside.transfer_to_image_bitmap() {
            shown.transfer_from_image_bitmap(&bitmap);
        }
    }

    /// The card, put under what is painted already: a cloud would have wiped it.
    fn ground(&mut self, scene: &Scene, inks: &mut Inks) {
        let _ = self.context.set_global_composite_operation("destination-over");
        let mut hand = Hand { context: &self.context, pen: &mut self.pen, inks };
        hand.fill(Token::Card.into());
        self.context.fill_rect(0.0, 0.0, scene.width.into(), scene.height.into());
        let _ = self.context.set_global_composite_operation("source-over");
    }
}

/// A sheet for a file, whole, on one canvas of its size.
pub fn draw(context: &CanvasRenderingContext2d, paper: &Paper, theme: Theme) {
    let mut inks = Inks::new(theme);
    let scale = f64::from(paper.scale);
    let _ = context.reset_transform();
    context.set_text_baseline("alphabetic");
    context.set_line_join("round");
    context.set_fill_style_str(inks.css(Token::Card.into()));
    context.fill_rect(0.0, 0.0, paper.width.into(), paper.height.into());
    for part in &paper.parts {
        let (x, y) = (f64::from(part.x) * scale, f64::from(part.y) * scale);
        context.save();
        let _ = context.set_transform(scale, 0.0, 0.0, scale, x, y);
        context.begin_path();
        context.rect(0.0, 0.0, part.scene.width.into(), part.scene.height.into());
        context.clip();
        let mut pen = Pen::default();
        for layer in [&*part.scene.base, &part.scene.live] {
            if let Some(cloud) = &layer.cloud {
                points(context, cloud, &part.scene, scale, theme);
            }
            let mut hand = Hand { context, pen: &mut pen, inks: &mut inks };
            for item in &layer.items {
                hand.shape(&item.shape);
            }
        }
        context.restore();
    }
}

/// A cloud over what is painted already, by way of a canvas of its own: pixels put directly would replace it.
fn points(context: &CanvasRenderingContext2d, cloud: &Cloud, scene: &Scene, scale: f64, theme: Theme) {
    let (width, height) = (device(scene.width, scale), device(scene.height, scale));
    let mut pixels = Vec::new();
    spread(cloud, width, height, scale, theme, &mut pixels);
    let painted = || {
        let aside = OffscreenCanvas::new(width, height).ok()?;
        let own = aside.get_context("2d").ok()??.unchecked_into::<CanvasRenderingContext2d>();
        let data = ImageData::new_with_u8_clamped_array_and_sh(Clamped(&pixels), width, height).ok()?;
        own.put_image_data(&data, 0.0, 0.0).ok()?;
        // One canvas is as good as the other here.
        let aside = aside.unchecked_ref::<HtmlCanvasElement>();
        let (w, h) = (f64::from(scene.width), f64::from(scene.height));
        context.draw_image_with_html_canvas_element_and_dw_and_dh(aside, 0.0, 0.0, w, h).ok()
    };
    let _ = painted();
}

fn device(px: f32, dpr: f64) -> u32 {
    // No browser has canvases beyond this; one pixel is the least that has image data.
    (f64::from(px) * dpr).round().clamp(1.0, 8192.0) as u32
}

/// A cloud as pixels. A point is a square of whole pixels; where two meet, the stronger ink stays on top.
fn spread(cloud: &Cloud, width: u32, height: u32, dpr: f64, theme: Theme, pixels: &mut Vec<u8>) {
    let (width, height) = (width as usize, height as usize);
    pixels.clear();
    pixels.resize(width * height * 4, 0);
    let palette: Vec<[u8; 4]> = cloud
        .inks
        .iter()
        .map(|ink| {
            let [r, g, b] = theme.rgb(ink.token);
            [r, g, b, ink.alpha]
        })
        .collect();
    let side = (f64::from(cloud.size) * dpr).round().clamp(1.0, 64.0) as i32;
    let (scale, half) = (dpr as f32, side as f32 / 2.0);
    for (point, ink) in cloud.xy.chunks_exact(2).zip(cloud.ink.iter()) {
        let Some(colour) = palette.get(usize::from(*ink)) else { continue };
        // What is not a number becomes 0 or an end of the range: far outside is clipped, never out of bounds.
        // `floor` is one instruction of wasm, `round` is a function.
        let left = ((point[0] * scale - half + 0.5).floor() as i32).clamp(-100_000, 100_000);
        let top = ((point[1] * scale - half + 0.5).floor() as i32).clamp(-100_000, 100_000);
        let (from_x, to_x) = (left.max(0) as usize, ((left + side).max(0) as usize).min(width));
        let (from_y, to_y) = (top.max(0) as usize, ((top + side).max(0) as usize).min(height));
        if from_x >= to_x {
            continue;
        }
        for y in from_y..to_y {
            let row = (y * width + from_x) * 4..(y * width + to_x) * 4;
            let Some(row) = pixels.get_mut(row) else { continue };
            for pixel in row.chunks_exact_mut(4) {
                if let [r, g, b, a] = pixel
                    && *a <= colour[3]
                {
                    [*r, *g, *b, *a] = *colour;
                }
            }
        }
    }
}

/// Colours as the canvas wants them, spelled once each.
#[derive(Default)]
struct Inks {
    theme: Theme,
    spelled: Vec<Option<Box<str>>>,
}

impl Inks {
    fn new(theme: Theme) -> Inks {
        Inks { theme, spelled: Vec::new() }
    }

    fn css(&mut self, ink: Ink) -> &str {
        if self.spelled.is_empty() {
            self.spelled.resize(Token::COUNT * 256, None);
        }
        let theme = self.theme;
        let index = ink.token as usize * 256 + usize::from(ink.alpha);
        match self.spelled.get_mut(index) {
            Some(slot) => slot.get_or_insert_with(|| theme.css(ink).into()),
            None => "",
        }
    }
}

/// What the context is set to.
#[derive(Clone, Default)]
struct Pen {
    fill: Option<Ink>,
    stroke: Option<Ink>,
    width: Option<f32>,
    dash: Option<(f32, f32)>,
    font: Option<(f32, u16, Face)>,
    anchor: Option<Anchor>,
}

struct Hand<'a> {
    context: &'a CanvasRenderingContext2d,
    pen: &'a mut Pen,
    inks: &'a mut Inks,
}

impl Hand<'_> {
    fn fill(&mut self, ink: Ink) {
        if self.pen.fill != Some(ink) {
            self.pen.fill = Some(ink);
            self.context.set_fill_style_str(self.inks.css(ink));
        }
    }

    fn stroke(&mut self, stroke: Stroke) {
        if self.pen.stroke != Some(stroke.ink) {
            self.pen.stroke = Some(stroke.ink);
            self.context.set_stroke_style_str(self.inks.css(stroke.ink));
        }
        if self.pen.width != Some(stroke.width) {
            self.pen.width = Some(stroke.width);
            self.context.set_line_width(stroke.width.into());
        }
        if self.pen.dash != stroke.dash {
            self.pen.dash = stroke.dash;
            let dash = js_sys::Array::new();
            if let Some((on, off)) = stroke.dash {
                dash.push(&JsValue::from_f64(on.into()));
                dash.push(&JsValue::from_f64(off.into()));
            }
            let _ = self.context.set_line_dash(&dash);
        }
    }

    fn finish(&mut self, fill: Option<Ink>, stroke: Option<Stroke>) {
        if let Some(ink) = fill {
            self.fill(ink);
            self.context.fill();
        }
        if let Some(stroke) = stroke {
            self.stroke(stroke);
            self.context.stroke();
        }
    }

    fn shape(&mut self, shape: &Shape) {
        let c = self.context;
        match shape {
            // Only there to be pointed at.
            Shape::Circle { fill: None, stroke: None, .. }
            | Shape::Rect { fill: None, stroke: None, .. }
            | Shape::Path { fill: None, stroke: None, .. } => {}
            Shape::Line { x1, y1, x2, y2, stroke } => {
                c.begin_path();
                c.move_to((*x1).into(), (*y1).into());
                c.line_to((*x2).into(), (*y2).into());
                self.finish(None, Some(*stroke));
            }
            Shape::Circle { x, y, r, fill, stroke } => {
                c.begin_path();
                let _ = c.arc((*x).into(), (*y).into(), r.max(0.0).into(), 0.0, TAU);
                self.finish(*fill, *stroke);
            }
            Shape::Rect { x, y, w, h, r, fill: Some(ink), stroke: None } if *r <= 0.0 => {
                self.fill(*ink);
                c.fill_rect((*x).into(), (*y).into(), (*w).into(), (*h).into());
            }
            Shape::Rect { x, y, w, h, r, fill, stroke } => {
                c.begin_path();
                self.rounded((*x).into(), (*y).into(), (*w).into(), (*h).into(), (*r).into());
                self.finish(*fill, *stroke);
            }
            Shape::Path { segs, fill, stroke } => {
                c.begin_path();
                self.segs(segs);
                self.finish(*fill, *stroke);
            }
            Shape::Arcs { x, y, inner, outer, spans, fill } => {
                c.begin_path();
                for &(from, to) in spans.iter() {
                    self.band(((*x).into(), (*y).into()), (*inner).into(), (*outer).into(), from, to);
                }
                self.finish(Some(*fill), None);
            }
            Shape::Dots { at, r, fill } => {
                c.begin_path();
                let r = f64::from(r.max(0.0));
                for &(x, y) in at.iter() {
                    let (x, y) = (f64::from(x), f64::from(y));
                    c.move_to(x + r, y);
                    let _ = c.arc(x, y, r, 0.0, TAU);
                }
                self.finish(Some(*fill), None);
            }
            Shape::Text { x, y, size, weight, face, anchor, fill, text } => {
                self.font((*size, *weight, *face));
                if self.pen.anchor != Some(*anchor) {
                    self.pen.anchor = Some(*anchor);
                    c.set_text_align(match anchor {
                        Anchor::Start => "left",
                        Anchor::Middle => "center",
                        Anchor::End => "right",
                    });
                }
                self.fill(*fill);
                let _ = c.fill_text(text, (*x).into(), (*y).into());
            }
        }
    }

    fn font(&mut self, font: (f32, u16, Face)) {
        if self.pen.font != Some(font) {
            self.pen.font = Some(font);
            let (size, weight, face) = font;
            self.context.set_font(&format!("{weight} {}px {}", fixed(size.into(), 2), stack(face)));
        }
    }

    fn rounded(&self, x: f64, y: f64, w: f64, h: f64, r: f64) {
        let c = self.context;
        let r = r.min(w / 2.0).min(h / 2.0);
        if r <= 0.0 {
            return c.rect(x, y, w, h);
        }
        let (right, bottom) = (x + w, y + h);
        c.move_to(x + r, y);
        let _ = c.arc_to(right, y, right, bottom, r);
        let _ = c.arc_to(right, bottom, x, bottom, r);
        let _ = c.arc_to(x, bottom, x, y, r);
        let _ = c.arc_to(x, y, right, y, r);
        c.close_path();
    }

    fn segs(&self, segs: &[Seg]) {
        let c = self.context;
        for seg in segs {
            match *seg {
                Seg::Move(x, y) => c.move_to(x.into(), y.into()),
                Seg::Line(x, y) => c.line_to(x.into(), y.into()),
                Seg::Cubic(a, b, d, e, x, y) => {
                    c.bezier_curve_to(a.into(), b.into(), d.into(), e.into(), x.into(), y.into());
                }
                Seg::Close => c.close_path(),
            }
        }
    }

    /// Out along one side, back along the other. Canvas angles start at the right, ours at the top.
    fn band(&self, (x, y): (f64, f64), inner: f64, outer: f64, from: f32, to: f32) {
        let to = if to < from { to + 1.0 } else { to };
        let turn = f64::from(to - from).min(1.0);
        if turn.is_nan() || turn <= 0.0 {
            return;
        }
        let c = self.context;
        // The browser's own sine: for the screen only, nothing that is compared comes out of it.
        let at = |r: f64, angle: f64| c.move_to(x + r * Math::cos(angle), y + r * Math::sin(angle));
        let from = f64::from(from) * TAU - PI / 2.0;
        let to = from + turn * TAU;
        at(outer, from);
        let _ = c.arc(x, y, outer.max(0.0), from, to);
        if turn >= 0.9999 {
            at(inner, to);
        }
        let _ = c.arc_with_anticlockwise(x, y, inner.max(0.0), to, from, true);
        c.close_path();
    }
}
