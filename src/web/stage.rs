//! The stage: the picture, the diagram beside it, the pointer on both, and their words for who does not see them.

use super::desk::{Desk, Which};
use super::picture::{Picture, on_screen, place};
use super::ui::{El, div, p, svg};
use crate::draw::scene::Subject;
use crate::sim::decimal::fixed;
use leptos::prelude::*;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, PointerEvent};

/// How near is near enough, in pixels: for a mouse, for a finger.
const NEAR: (f32, f32) = (7.0, 16.0);
/// Shorter than this, it was a click and no line.
const SHORTEST_STROKE: f32 = 24.0;

pub fn stage(desk: Desk, side: usize) -> El {
    let frame = picture(desk, side, Which::Stage);
    if side == 0 {
        on_screen(&frame, move |seen| desk.seen(seen));
    }
    let which = p("").class("which").live_text(move || {
        desk.ticks.mode.track();
        desk.ticks.settings.track();
        match side {
            0 if !desk.comparing() => String::new(),
            0 => "A: as set".into(),
            _ => format!("B: {}", desk.difference()),
        }
    });
    div("stage-side").add(which).add(frame)
}

/// What one can do with the pictures that they do not show themselves.
pub fn hints(desk: Desk) -> Option<El> {
    let hints = desk.read(0, |player| [player.stroke_hint(), player.diagram_hint()].map(str::to_string))?;
    let said: Vec<String> = hints.into_iter().filter(|hint| !hint.is_empty()).collect();
    (!said.is_empty()).then(|| p(&said.join(" ")).class("hints"))
}

/// The second picture, of what is followed; none where an explainer has none.
pub fn diagram(desk: Desk, side: usize, class: &str) -> Option<El> {
    desk.read(side, |player| player.diagram_hint()).filter(|hint| !hint.is_empty())?;
    on_cleanup(move || desk.attach(side, Which::Diagram, None));
    Some(div(class).add(picture(desk, side, Which::Diagram)))
}

fn picture(desk: Desk, side: usize, which: Which) -> El {
    let Picture { frame, top, painter } = Picture::new(move |width| desk.resize(side, which, width));
    desk.attach(side, which, painter);
    let find = move |event: &Event| -> Option<(Subject, String, f32, f32)> {
        let (x, y) = place(event)?;
        let touch = event.dyn_ref::<PointerEvent>().is_some_and(|event| event.pointer_type() == "touch");
        let near = if touch { NEAR.1 } else { NEAR.0 };
        desk.at(side, which, x, y, near).map(|(subject, label)| (subject, label, x, y))
    };
    let tip = div("tip").attr("hidden", "").attr("aria-hidden", "true");
    let bubble = tip.clone();
    let show = move |found: Option<(String, f32, f32)>| {
        let Some(node) = bubble.cast::<HtmlElement>() else { return };
        node.set_hidden(found.is_none());
        let Some((label, x, y)) = found else { return };
        node.set_text_content(Some(&label));
        // Kept on the stage: half its width on either side, above the pointer unless there is no room.
        let wide = node.parent_element().map_or(0, |parent| parent.client_width()) as f32;
        let half = node.offset_width() as f32 / 2.0 + 4.0;
        let x = x.min((wide - half).max(wide / 2.0)).max(half.min(wide / 2.0));
        let style = node.style();
        let _ = style.set_property("left", &format!("{}px", fixed(f64::from(x), 1)));
        let _ = style.set_property("top", &format!("{}px", fixed(f64::from(y), 1)));
        node.set_class_name(if y < 60.0 { "tip below" } else { "tip" });
    };
    let hide = show.clone();
    let line =
        Line::new(which == Which::Stage && desk.read(0, |player| !player.stroke_hint().is_empty()) == Some(true));
    let (pressed, moved, released) = (line.clone(), line.clone(), line.clone());
    top.live_attr("aria-label", move || {
        desk.ticks.run.track();
        match which {
            Which::Stage => {
                desk.ticks.focus.track();
                let about = desk.lit().and_then(|lit| desk.read(side, |player| player.about(lit)).flatten());
                let whole = desk.read(side, |player| player.describe());
                whole.map(|whole| [whole, about.unwrap_or_default()].join(" "))
            }
            Which::Diagram => {
                desk.ticks.focus.track();
                desk.ticks.settings.track();
                let what = desk.read(0, |player| player.diagram_is()).unwrap_or_default();
                let things = desk.things(side, which);
                let all = if things.is_empty() { "Nothing is chosen for it yet" } else { &things };
                Some([what, " ", all, "."].concat())
            }
        }
    })
    .on("pointerdown", move |event| pressed.begin(&event))
    .on("pointermove", move |event| {
        if moved.drag(&event) {
            return;
        }
        let found = find(&event);
        desk.set_focus(found.as_ref().map(|found| found.0));
        show(found.map(|(_, label, x, y)| (label, x, y)));
    })
    .on("pointerleave", move |_| {
        desk.set_focus(None);
        hide(None);
    })
    .on("pointercancel", {
        let line = line.clone();
        move |_| {
            line.end();
        }
    })
    .on("pointerup", move |event| {
        if let Some((from, to)) = released.end() {
            match desk.stroke(side, from, to) {
                Some(action) => desk.act(&action),
                None => desk.say("The line", "it has everything on one side, so it cuts nothing"),
            }
            return;
        }
        let found = find(&event).map(|found| found.0);
        desk.set_follow(if desk.follow() == found { None } else { found });
    });
    frame.add(line.mark.clone()).add(tip)
}

/// A line that the reader draws across the picture.
#[derive(Clone)]
struct Line {
    on: bool,
    from: Rc<Cell<Option<(f32, f32)>>>,
    /// Where it goes to, once it is long enough to be one.
    to: Rc<Cell<Option<(f32, f32)>>>,
    mark: El,
    shape: El,
}

impl Line {
    fn new(on: bool) -> Line {
        let shape = svg("line");
        let mark =
            svg("svg").class("stroke").attr("aria-hidden", "true").attr("visibility", "hidden").add(shape.clone());
        Line { on, from: Rc::default(), to: Rc::default(), mark, shape }
    }

    fn begin(&self, event: &Event) {
        self.from.set(place(event).filter(|_| self.on));
        if let (Some(pointer), Some(target)) = (event.dyn_ref::<PointerEvent>(), event.target())
            && let Ok(target) = target.dyn_into::<Element>()
            && self.on
        {
            let _ = target.set_pointer_capture(pointer.pointer_id());
        }
    }

    /// Whether a line is being drawn.
    fn drag(&self, event: &Event) -> bool {
        let (Some(from), Some(to)) = (self.from.get(), place(event)) else { return false };
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        if self.to.get().is_none() && dx * dx + dy * dy < SHORTEST_STROKE * SHORTEST_STROKE {
            return false;
        }
        self.to.set(Some(to));
        self.show(Some((from, to)));
        true
    }

    fn end(&self) -> Option<((f32, f32), (f32, f32))> {
        self.show(None);
        self.from.take().zip(self.to.take())
    }

    fn show(&self, line: Option<((f32, f32), (f32, f32))>) {
        let _ = self.mark.clone().attr("visibility", if line.is_some() { "visible" } else { "hidden" });
        let ((x1, y1), (x2, y2)) = line.unwrap_or_default();
        for (name, value) in [("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2)] {
            let _ = self.shape.clone().attr(name, &fixed(f64::from(value), 1));
        }
    }
}
