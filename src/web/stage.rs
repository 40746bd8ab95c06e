//! The stage: the picture, the pointer on it, and its words for who does not see it.

use super::desk::Desk;
use super::picture::{Picture, on_screen, place};
use super::ui::{El, div, p};
use crate::draw::scene::Subject;
use crate::sim::decimal::fixed;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement, PointerEvent};

/// How near is near enough, in pixels: for a mouse, for a finger.
const NEAR: (f32, f32) = (7.0, 16.0);

pub fn stage(desk: Desk, side: usize) -> El {
    let Picture { frame, top, painter } = Picture::new(move |width| desk.resize(side, width));
    desk.attach(side, painter);
    if side == 0 {
        // The clock stops while the stage is off screen.
        on_screen(&frame, move |seen| desk.on_screen(seen));
    }
    let find = move |event: &Event| -> Option<(Subject, String, f32, f32)> {
        let (x, y) = place(event)?;
        let touch = event.dyn_ref::<PointerEvent>().is_some_and(|event| event.pointer_type() == "touch");
        let near = if touch { NEAR.1 } else { NEAR.0 };
        desk.at(side, x, y, near).map(|(subject, label)| (subject, label, x, y))
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
    top.live_attr("aria-label", move || {
        desk.ticks.run.track();
        desk.read(side, |player| player.describe())
    })
    .on("pointermove", move |event| {
        let found = find(&event);
        desk.set_focus(found.as_ref().map(|found| found.0));
        show(found.map(|(_, label, x, y)| (label, x, y)));
    })
    .on("pointerleave", move |_| {
        desk.set_focus(None);
        hide(None);
    })
    .on("pointerup", move |event| {
        let found = find(&event).map(|found| found.0);
        desk.set_follow(if desk.follow() == found { None } else { found });
    });
    let which = p("").class("which").live_text(move || {
        desk.ticks.mode.track();
        desk.ticks.settings.track();
        match side {
            0 if !desk.comparing() => String::new(),
            0 => "A: as set".into(),
            _ => format!("B: {}", desk.difference()),
        }
    });
    div("stage-side").add(which).add(frame.add(tip))
}
