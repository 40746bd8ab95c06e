//! Keys: everything the page does, without a pointer. Never with modifiers, never while typing.

use super::browser;
use super::desk::{Desk, Dialog};
use super::ui::keep;
use gloo_events::{EventListener, EventListenerOptions};
use gloo_timers::callback::Timeout;
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

/// So many of them, the first, are about the clock.
pub const OF_TIME: usize = 4;

/// Listens as long as the page is there.
pub fn listen(desk: Desk) {
    let Some(window) = web_sys::window() else { return };
    let options = EventListenerOptions::enable_prevent_default();
    keep(EventListener::new_with_options(&window, "keydown", options, move |event| {
        if let Some(event) = event.dyn_ref::<KeyboardEvent>()
            && pressed(desk, event)
        {
            event.prevent_default();
        }
    }));
    // What a key sets going may push what has the keyboard off the screen.
    keep(EventListener::new(&window, "keyup", move |event| {
        let key = event.dyn_ref::<KeyboardEvent>().map(|event| event.key()).unwrap_or_default();
        if key == "Tab" {
            return browser::keep_focus_on_screen();
        }
        // Those that scroll are meant to.
        let field = matches!(browser::active_tag().as_str(), "SELECT" | "INPUT");
        if key == "Enter" || key.len() == 1 || field {
            Timeout::new(50, browser::keep_focus_on_screen).forget();
        }
    }));
    if let Some(document) = window.document() {
        let hidden = document.clone();
        keep(EventListener::new(&document, "visibilitychange", move |_| desk.awake(!hidden.hidden())));
    }
    for query in ["(prefers-color-scheme: dark)", "print"] {
        if let Ok(Some(media)) = window.match_media(query) {
            keep(EventListener::new(&media, "change", move |_| desk.retheme()));
            keep(media.clone());
        }
    }
    keep(EventListener::new(&window, "resize", move |_| desk.retheme()));
}

fn pressed(desk: Desk, event: &KeyboardEvent) -> bool {
    if event.ctrl_key() || event.alt_key() || event.meta_key() || event.default_prevented() || browser::typing() {
        return false;
    }
    if desk.presenting() {
        // Clickers and the teacher have keys of their own.
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
        "[" => desk.set_speed(desk.speed().saturating_sub(1)),
        "]" => desk.set_speed(desk.speed() + 1),
        "0" => desk.reset(),
        "u" => desk.undo(),
        "n" | "p" if desk.turn_page(key == "n") => {}
        "Escape" => desk.set_follow(None),
        "?" => desk.set_dialog(Some(Dialog::Keys)),
        _ => return offered(desk, &key),
    }
    true
}

/// A key of one of the actions that are offered now.
fn offered(desk: Desk, key: &str) -> bool {
    let mut letters = key.chars();
    let (Some(letter), None) = (letters.next(), letters.next()) else { return false };
    let follow = desk.follow();
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
