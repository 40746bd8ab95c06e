//! The browser's side: the only room that knows the DOM.

mod bench;
mod browser;
mod charts;
mod class;
mod controls;
mod data;
mod desk;
mod dialogs;
mod embed;
mod export;
mod frame;
mod gallery;
mod handout;
mod hooks;
mod keys;
mod lessons;
mod markup;
mod measure;
mod pad;
mod page;
mod painter;
mod panels;
mod picture;
mod qr;
mod rooms;
mod share;
mod stage;
mod transport;
mod ui;
mod worker;

use crate::link::frame::Kind;
use crate::link::{self, Complaint, Link};
use desk::Desk;
use gloo_events::EventListener;
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

#[wasm_bindgen::prelude::wasm_bindgen(start)]
pub fn start() {
    if worker::serve() {
        return;
    }
    hooks::on_panic();
    hooks::publish();
    mount_to_body(app);
}

/// What the address asks for. A page of an explainer's own is about that one where nothing is asked for.
fn asked() -> (Link, Vec<Complaint>) {
    let fragment = browser::fragment();
    match browser::own_explainer().filter(|_| fragment.trim_start_matches('#').is_empty()) {
        Some(slug) => (Link { slug, ..Link::default() }, Vec::new()),
        None => link::parse(&fragment),
    }
}

/// The whole page, put into the body by hand: see `ui`.
fn app() {
    let wrong = frame::begin();
    let mut first = asked();
    first.1.extend(wrong);
    let here = Rc::new(RefCell::new(first));
    let turn = RwSignal::new(0u32);
    let shown = Rc::new(Cell::new(None::<Desk>));
    // The page writes its own address without this event: what arrives here came from the reader.
    if let Some(window) = web_sys::window() {
        let (here, shown) = (here.clone(), shown.clone());
        let listener = EventListener::new(&window, "hashchange", move |_| {
            let (link, bad) = asked();
            if bad.is_empty() && shown.get().is_some_and(|desk| desk.go(&link)) {
                return;
            }
            *here.borrow_mut() = (link, bad);
            turn.update(|turn| *turn += 1);
        });
        listener.forget();
    }
    let page = ui::el("div").live(
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
            let shown = shown.clone();
            let open = move |entry| {
                let desk = Desk::open(entry, &link, bad.clone());
                shown.set(Some(desk));
                match frame::kind() {
                    Kind::Embed => vec![rooms::class(desk, rooms::Class::Figure)],
                    Kind::Speaker => vec![rooms::class(desk, rooms::Class::Speaker)],
                    Kind::Handout => vec![rooms::class(desk, rooms::Class::Handout)],
                    Kind::Page | Kind::Present => page::page(desk),
                }
            };
            vec![rooms::later(ui::div("contents"), rooms::When::Now, card.load, open)]
        },
    );
    ui::body().add(page);
}
