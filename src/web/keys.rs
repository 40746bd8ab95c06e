//! Keys: everything the page does, without a pointer. Never with modifiers, never while typing.

use super::browser;
use super::desk::{Desk, Dialog, SPEEDS};
use gloo_events::{EventListener, EventListenerOptions};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;

pub const LIST: &[(&str, &str)] = &[
    ("Space", "play or pause"),
    ("→ ←", "next event, back one event"),
    ("Home End", "to the start, to the end"),
    ("[ ]", "slower, faster"),
    ("0", "start over"),
    ("u", "take the last action back"),
    ("n p", "next step of the lesson, back"),
    ("Esc", "follow nothing; close a dialog"),
    ("?", "this list"),
];

/// Listens as long as what it gives back lives.
pub fn listen(desk: Desk) -> StoredValue<Vec<EventListener>, LocalStorage> {
    let Some(window) = web_sys::window() else { return StoredValue::new_local(Vec::new()) };
    let options = EventListenerOptions::enable_prevent_default();
    let down = EventListener::new_with_options(&window, "keydown", options, move |event| {
        if let Some(event) = event.dyn_ref::<KeyboardEvent>()
            && pressed(desk, event)
        {
            event.prevent_default();
        }
    });
    let mut all = vec![down];
    if let Some(document) = window.document() {
        let hidden = document.clone();
        all.push(EventListener::new(&document, "visibilitychange", move |_| desk.on_screen(!hidden.hidden())));
    }
    if let Ok(Some(dark)) = window.match_media("(prefers-color-scheme: dark)") {
        all.push(EventListener::new(&dark, "change", move |_| desk.retheme()));
    }
    all.push(EventListener::new(&window, "resize", move |_| desk.paint()));
    StoredValue::new_local(all)
}

fn pressed(desk: Desk, event: &KeyboardEvent) -> bool {
    if event.ctrl_key() || event.alt_key() || event.meta_key() || event.default_prevented() || browser::typing() {
        return false;
    }
    let tag = browser::active_tag();
    let key = event.key();
    match key.as_str() {
        // A focused button or slider keeps its own keys.
        " " if matches!(tag.as_str(), "BUTTON" | "A" | "SUMMARY") => return false,
        "ArrowLeft" | "ArrowRight" | "Home" | "End" if tag == "INPUT" => return false,
        " " => desk.toggle(),
        "ArrowRight" => desk.step(true),
        "ArrowLeft" => desk.step(false),
        "Home" => {
            desk.pause();
            desk.seek(0);
        }
        "End" => {
            desk.pause();
            desk.seek(desk.end());
        }
        "[" => desk.speed.update(|at| *at = at.saturating_sub(1)),
        "]" => desk.speed.update(|at| *at = (*at + 1).min(SPEEDS.len() - 1)),
        "0" => desk.reset(),
        "u" => desk.undo(),
        "n" | "p" => return desk.turn_page(key == "n"),
        "Escape" => desk.set_follow(None),
        "?" => desk.dialog.set(Some(Dialog::Keys)),
        _ => return offered(desk, &key),
    }
    true
}

/// A key of one of the actions that are offered now.
fn offered(desk: Desk, key: &str) -> bool {
    let mut letters = key.chars();
    let (Some(letter), None) = (letters.next(), letters.next()) else { return false };
    let follow = desk.follow.get_untracked();
    let offers = desk.read(0, |player| player.offers()).unwrap_or_default();
    let fits = offers
        .into_iter()
        .find(|offer| offer.key == Some(letter) && (offer.subject.is_none() || offer.subject == follow));
    let found = fits.is_some();
    if let Some(offer) = fits {
        desk.act(&offer.act);
    }
    found
}
