//! The stage: two stacked canvases, the pointer on them, and their words for who does not see them.

use super::desk::Desk;
use super::painter::Painter;
use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{IntersectionObserver, IntersectionObserverEntry, PointerEvent, ResizeObserver};

/// How near is near enough, in pixels: for a mouse, for a finger.
const NEAR: (f32, f32) = (7.0, 16.0);

pub fn stage(desk: Desk, side: usize) -> impl IntoView {
    let (frame, base, live) = (NodeRef::<Div>::new(), NodeRef::<Canvas>::new(), NodeRef::<Canvas>::new());
    let tip = RwSignal::new(None::<(String, f32, f32)>);
    Effect::new(move |_| {
        let (Some(frame), Some(base), Some(live)) = (frame.get(), base.get(), live.get()) else { return };
        let width = frame.client_width() as f32;
        desk.attach(side, Painter::new(base, live), width);
        watch(desk, side, &frame);
    });
    let find = move |event: &PointerEvent| {
        let near = if event.pointer_type() == "touch" { NEAR.1 } else { NEAR.0 };
        let (x, y) = (event.offset_x() as f32, event.offset_y() as f32);
        desk.at(side, x, y, near).map(|(subject, label)| (subject, label, x, y))
    };
    let moved = move |event: PointerEvent| {
        let found = find(&event);
        desk.set_focus(found.as_ref().map(|found| found.0));
        tip.set(found.map(|(_, label, x, y)| (label, x, y)));
    };
    let left = move |_| {
        desk.set_focus(None);
        tip.set(None);
    };
    let clicked = move |event: PointerEvent| {
        let found = find(&event).map(|found| found.0);
        desk.set_follow(if desk.follow.get_untracked() == found { None } else { found });
    };
    let described = move || {
        desk.tick.track();
        desk.read(side, |player| player.describe()).unwrap_or_default()
    };
    let which = move || {
        desk.tick.track();
        desk.settings.track();
        let different = desk.difference();
        desk.compare.get().then(|| match side {
            0 => view! { <p class="which"><b>"A"</b>" as set"</p> }.into_any(),
            _ => view! { <p class="which"><b>"B"</b>" "{different}</p> }.into_any(),
        })
    };
    let bubble = move || {
        tip.get().map(|(label, x, y)| {
            let place = move |element: web_sys::HtmlElement| {
                let _ = element.style().set_property("left", &format!("{x}px"));
                let _ = element.style().set_property("top", &format!("{y}px"));
            };
            let node = NodeRef::<Div>::new();
            Effect::new(move |_| {
                if let Some(node) = node.get() {
                    place(node.unchecked_into());
                }
            });
            let turned = if y < 60.0 { "tip below" } else { "tip" };
            view! { <div class=turned node_ref=node aria-hidden="true">{label}</div> }
        })
    };
    view! {
        <div class="stage-side">
            {which}
            <div class="stage" node_ref=frame>
                <canvas node_ref=base aria-hidden="true"></canvas>
                <canvas
                    class="live"
                    node_ref=live
                    role="img"
                    aria-label=described
                    on:pointermove=moved
                    on:pointerleave=left
                    on:pointerup=clicked
                ></canvas>
                {bubble}
            </div>
        </div>
    }
}

/// Follows the stage's size, and stops the clock while it is off screen or the tab is hidden.
fn watch(desk: Desk, side: usize, frame: &web_sys::HtmlElement) {
    let element = frame.clone();
    let resized = Closure::<dyn Fn()>::new(move || desk.resize(side, element.client_width() as f32));
    if let Ok(observer) = ResizeObserver::new(resized.as_ref().unchecked_ref()) {
        observer.observe(frame);
        keep(move || observer.disconnect(), resized);
    }
    if side > 0 {
        return;
    }
    let seen = Closure::<dyn Fn(js_sys::Array)>::new(move |entries: js_sys::Array| {
        let last: IntersectionObserverEntry = entries.get(entries.length().saturating_sub(1)).unchecked_into();
        desk.on_screen(last.is_intersecting());
    });
    if let Ok(observer) = IntersectionObserver::new(seen.as_ref().unchecked_ref()) {
        observer.observe(frame);
        keep(move || observer.disconnect(), seen);
    }
}

/// Keeps a closure alive as long as the page's part that made it, then lets go of the observer first.
pub fn keep<T: 'static>(stop: impl Fn() + 'static, closure: T) {
    let held = StoredValue::new_local(Some(closure));
    let stop = StoredValue::new_local(stop);
    on_cleanup(move || {
        let _ = stop.try_with_value(|stop| stop());
        let _ = held.try_update_value(|held| held.take());
    });
}
