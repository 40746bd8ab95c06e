//! The browser's side: the only room that knows the DOM.

mod browser;
mod charts;
mod controls;
mod desk;
mod dialogs;
mod gallery;
mod hooks;
mod keys;
mod lessons;
mod markup;
mod page;
pub mod painter;
mod panels;
mod stage;
mod transport;

use crate::link::{self, Complaint, Link};
use desk::Desk;
use gloo_events::EventListener;
use leptos::prelude::*;

#[wasm_bindgen::prelude::wasm_bindgen(start)]
pub fn start() {
    hooks::on_panic();
    hooks::publish();
    mount_to_body(App);
}

/// What the address asks for.
#[derive(Clone, PartialEq)]
struct Asked {
    link: Link,
    bad: Vec<Complaint>,
    /// Rises with each change of the address, so that the same link opened again starts again.
    turn: u32,
}

#[component]
fn App() -> impl IntoView {
    let read = |turn| {
        let (link, bad) = link::parse(&browser::fragment());
        Asked { link, bad, turn }
    };
    let asked = RwSignal::new(read(0));
    // The page writes its own address without this event: what arrives here came from the reader.
    if let Some(window) = web_sys::window() {
        let listener = EventListener::new(&window, "hashchange", move |_| {
            asked.update(|asked| *asked = read(asked.turn + 1));
        });
        listener.forget();
    }
    view! {
        {move || {
            let Asked { link, bad, .. } = asked.get();
            if link.slug.is_empty() {
                return gallery::gallery(bad).into_any();
            }
            match Desk::open(&link, bad) {
                Some(desk) => page::page(desk).into_any(),
                None => gallery::gallery(vec![Complaint::new(
                    link::shorten(&link.slug),
                    "there is no explainer of this name; here are those there are",
                )])
                .into_any(),
            }
        }}
    }
}
