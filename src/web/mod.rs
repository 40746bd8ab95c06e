//! The browser's side: the only room that knows the DOM.

mod bench;
mod browser;
mod charts;
mod controls;
mod data;
mod desk;
mod dialogs;
mod gallery;
mod hooks;
mod keys;
mod lessons;
mod markup;
mod page;
mod painter;
mod panels;
mod picture;
mod rooms;
mod stage;
mod transport;
mod ui;
mod worker;

use crate::link::{self, Complaint, Link};
use desk::Desk;
use gloo_events::EventListener;
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;

#[wasm_bindgen::prelude::wasm_bindgen(start)]
pub fn start() {
    if worker::serve() {
        return;
    }
    hooks::on_panic();
    hooks::publish();
    mount_to_body(App);
}

/// What the address asks for.
fn asked() -> (Link, Vec<Complaint>) {
    link::parse(&browser::fragment())
}

#[component]
fn App() -> impl IntoView {
    let here = Rc::new(RefCell::new(asked()));
    let turn = RwSignal::new(0u32);
    // The page writes its own address without this event: what arrives here came from the reader.
    if let Some(window) = web_sys::window() {
        let here = here.clone();
        let listener = EventListener::new(&window, "hashchange", move |_| {
            *here.borrow_mut() = asked();
            turn.update(|turn| *turn += 1);
        });
        listener.forget();
    }
    let root = NodeRef::<leptos::html::Div>::new();
    ui::effect(move || {
        let Some(node) = root.get() else { return };
        let here = here.clone();
        ui::El::of(node.into()).live(
            move || u64::from(turn.get()),
            move || {
                let (link, bad) = here.borrow().clone();
                if link.slug.is_empty() {
                    return gallery::gallery(bad);
                }
                let Some(card) = rooms::find(&link.slug) else {
                    return gallery::gallery(vec![Complaint::new(
                        link::shorten(&link.slug),
                        "there is no explainer of this name; here are those there are",
                    )]);
                };
                let open = move |entry| page::page(Desk::open(entry, &link, bad.clone()));
                vec![rooms::later(ui::div("contents"), rooms::When::Now, card.load, open)]
            },
        );
    });
    view! { <div node_ref=root></div> }
}
