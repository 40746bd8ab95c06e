//! Dialogs: share, one's own data, the list of keys.

use super::desk::{Desk, Dialog};
use super::ui::{El, button, div, effect, el, p};
use super::{browser, keys, rooms, share};
use crate::link;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement, HtmlInputElement};

pub fn dialogs(desk: Desk) -> El {
    let which = move || {
        desk.ticks.mode.track();
        desk.dialog()
    };
    let close = move || {
        if desk.dialog().is_some() {
            desk.set_dialog(None);
        }
    };
    let dialog = el("dialog")
        .live_attr("aria-label", move || which().map(|dialog| title(dialog).to_string()))
        .on("close", move |_| close())
        .on("click", move |event| {
            // Only the backdrop is the dialog itself; everything inside is a child.
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            if target.is_some_and(|target| target.tag_name() == "DIALOG") {
                close();
            }
        })
        .live(
            move || super::ui::key(&which()),
            move || {
                let Some(which) = desk.dialog() else { return Vec::new() };
                let head = div("sheet-head").add(el("h2").text(title(which)));
                let head = head.add(button("✕", close).label("Close"));
                vec![div("sheet").add(head).add(rooms::dialog(desk, div("sheet-body")))]
            },
        );
    if let Some(node) = dialog.cast::<HtmlDialogElement>() {
        effect(move || match which() {
            Some(_) if !node.open() => {
                let _ = node.show_modal();
            }
            None if node.open() => node.close(),
            _ => {}
        });
    }
    dialog
}

/// What is in the dialog that is open, but for the reader's data, which is a part of its own. Loaded when it is needed.
pub fn body(desk: Desk) -> Vec<El> {
    match desk.dialog() {
        Some(Dialog::Share) => share(desk),
        Some(Dialog::Keys) => key_list(desk),
        Some(Dialog::Data) | None => Vec::new(),
    }
}

fn title(dialog: Dialog) -> &'static str {
    match dialog {
        Dialog::Share => "Share this moment",
        Dialog::Data => "Your data",
        Dialog::Keys => "Keys",
    }
}

fn share(desk: Desk) -> Vec<El> {
    desk.pause();
    let address = browser::address(&link::write(&desk.link()));
    let field = el("input").class("text mono").label("Link").attr("readonly", "").attr("value", &address);
    let input = field.cast::<HtmlInputElement>();
    let field = field.on("focus", move |_| {
        if let Some(input) = &input {
            input.select();
        }
    });
    let status = el("p").attr("role", "status");
    let said = status.clone();
    let copy = button("Copy link", move || {
        let (text, said) = (address.clone(), said.clone());
        spawn_local(async move {
            let done = browser::copy(text).await;
            if let Some(node) = said.node() {
                node.set_text_content(Some(match done {
                    true => "Copied.",
                    false => "The browser keeps its clipboard closed here: select the link above and copy it by hand.",
                }));
            }
        });
    });
    let left_out = desk.read(0, |player| player.left_out()).flatten();
    let about = match (desk.still(), left_out.is_some()) {
        (true, _) => "The link holds the settings and every line: whoever opens it sees the same.",
        (_, true) => "The link holds the settings, everything you did, and this moment.",
        _ => "The link holds the settings, everything you did, and this moment. Whoever opens it sees the same run.",
    };
    let mut body = vec![p(about), div("copy").add(field).add(copy.class("primary")), status.clone()];
    if let Some(what) = left_out {
        body.push(
            p(&format!("Too large for a link, so it stays on this page: {what}. Whoever opens the link is told."))
                .class("soft"),
        );
    }
    body.push(share::panel(desk));
    body.push(rooms::take_away(desk));
    body
}

fn key_list(desk: Desk) -> Vec<El> {
    let follow = desk.follow();
    let offers = desk.read(0, |player| player.offers()).unwrap_or_default();
    let mine = offers
        .into_iter()
        .filter(|offer| offer.subject.is_none() || offer.subject == follow)
        .filter_map(|offer| Some((offer.key?.to_string(), offer.label)));
    let first = if desk.still() { keys::OF_TIME } else { 0 };
    let common = keys::LIST.iter().skip(first).map(|(key, what)| (key.to_string(), what.to_string()));
    let rows = common.chain(mine).flat_map(|(key, what)| [el("dt").add(el("kbd").text(&key)), el("dd").text(&what)]);
    let about = "Choose something under “Follow” (or click it), and what can happen to it has keys too.";
    vec![el("dl").class("keys").all(rows), p(about).class("soft")]
}
