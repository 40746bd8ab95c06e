//! Two stacked canvases that follow their frame's width: the stage, a chart, a card of the gallery.

use super::frame;
use super::painter::Painter;
use super::ui::{El, div, el, keep, p};
use gloo_timers::callback::Timeout;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{
    HtmlCanvasElement, HtmlElement, IntersectionObserver, IntersectionObserverEntry, PointerEvent, ResizeObserver,
};

pub struct Picture {
    pub frame: El,
    /// The canvas on top: it has the pointer, and the words for who does not see it.
    pub top: El,
    pub painter: Option<Painter>,
}

/// An observer, let go of before the closure that it calls.
struct Observed<T> {
    stop: Box<dyn Fn()>,
    _closure: T,
}

impl<T> Drop for Observed<T> {
    fn drop(&mut self) {
        (self.stop)();
    }
}

pub fn observe<T: 'static>(stop: impl Fn() + 'static, closure: T) {
    keep(Observed { stop: Box::new(stop), _closure: closure });
}

impl Picture {
    /// `resized` is called with the width in CSS pixels: once laid out, and whenever it changes.
    pub fn new(resized: impl Fn(f32) + 'static) -> Picture {
        let base = el("canvas").attr("aria-hidden", "true");
        let top = el("canvas").class("live").attr("role", "img");
        let canvases = base.cast::<HtmlCanvasElement>().zip(top.cast::<HtmlCanvasElement>());
        let painter = canvases.and_then(|(base, top)| Painter::new(base, top));
        // Watched for its width: it has no height, so painting changes nothing about it. The frame itself grows with what
        // is painted, and a browser reports an observation that makes another one as an error.
        let ruler = div("");
        let frame = div("stage").add(base).add(top.clone()).add(ruler.clone());
        let frame = match painter {
            Some(_) => frame,
            None => frame.add(p("This browser gives the page nothing to draw on. What happens is told in words.")),
        };
        if let Some(element) = ruler.cast::<HtmlElement>() {
            let (watched, resized) = (element.clone(), Rc::new(resized));
            let told: Rc<dyn Fn()> = Rc::new(move || {
                let width = watched.client_width() as f32;
                match frame::embedded() || frame::to_class() {
                    // A figure's height is observed, too, for its host, and before a class one picture's height is
                    // another's room: what is painted now would change it.
                    true => {
                        let resized = resized.clone();
                        Timeout::new(0, move || resized(width)).forget();
                    }
                    false => resized(width),
                }
            });
            let again = told.clone();
            let closure = Closure::<dyn Fn()>::new(move || told());
            // The first observation comes as soon as there is a layout.
            match ResizeObserver::new(closure.as_ref().unchecked_ref()) {
                Ok(observer) => {
                    observer.observe(&element);
                    observe(move || observer.disconnect(), closure);
                }
                // As wide as it is once, then, for good.
                Err(_) => keep(Timeout::new(50, move || again())),
            }
        }
        Picture { frame, top, painter }
    }
}

/// Calls back whenever an element comes on screen or leaves it.
pub fn on_screen(element: &El, turned: impl Fn(bool) + 'static) {
    let turned = Rc::new(turned);
    let told = turned.clone();
    let seen = Closure::<dyn Fn(js_sys::Array)>::new(move |entries: js_sys::Array| {
        if let Ok(last) = entries.get(entries.length().saturating_sub(1)).dyn_into::<IntersectionObserverEntry>() {
            told(last.is_intersecting());
        }
    });
    let Ok(observer) = IntersectionObserver::new(seen.as_ref().unchecked_ref()) else {
        // Who cannot say takes it for seen.
        return turned(true);
    };
    if let Some(node) = element.node() {
        observer.observe(node);
        let stop = move || {
            observer.disconnect();
            // What it has seen already it would still tell, after the closure is gone: Firefox does.
            observer.take_records();
        };
        observe(stop, seen);
    }
}

/// Where a pointer event is, in CSS pixels of its canvas.
pub fn place(event: &web_sys::Event) -> Option<(f32, f32)> {
    let event = event.dyn_ref::<PointerEvent>()?;
    Some((event.offset_x() as f32, event.offset_y() as f32))
}
