//! Dialogs: share, one's own data, the list of keys.

use super::desk::{Desk, Dialog};
use super::{browser, keys};
use crate::explainers::{Import, Imported, grouped};
use crate::link;
use gloo_timers::future::TimeoutFuture;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

/// Read at once from a file or a paste; then the page breathes.
const PIECE: usize = 1 << 20;

pub fn dialogs(desk: Desk) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let open = desk.dialog.get().is_some();
        let Some(node) = node.get() else { return };
        if open && !node.open() {
            let _ = node.show_modal();
        } else if !open && node.open() {
            node.close();
        }
    });
    let title = move || match desk.dialog.get() {
        Some(Dialog::Share) => "Share this moment",
        Some(Dialog::Data) => "Your data",
        Some(Dialog::Keys) => "Keys",
        None => "",
    };
    let body = move || match desk.dialog.get() {
        Some(Dialog::Share) => share(desk).into_any(),
        Some(Dialog::Data) => data(desk).into_any(),
        Some(Dialog::Keys) => key_list(desk).into_any(),
        None => ().into_any(),
    };
    let close = move || desk.dialog.set(None);
    view! {
        <dialog
            node_ref=node
            aria-label=title
            on:close=move |_| close()
            on:click=move |event| {
                // Only the backdrop is the dialog itself; everything inside is a child.
                let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
                if target.is_some_and(|target| target.tag_name() == "DIALOG") { close() }
            }
        >
            <div class="sheet">
                <div class="sheet-head">
                    <h2>{title}</h2>
                    <button aria-label="Close" on:click=move |_| close()>"✕"</button>
                </div>
                {body}
            </div>
        </dialog>
    }
}

fn share(desk: Desk) -> impl IntoView {
    desk.pause();
    let address = browser::address(&link::write(&desk.link()));
    let copied = RwSignal::new(None::<bool>);
    let text = address.clone();
    let copy = move |_| {
        let text = text.clone();
        spawn_local(async move { copied.set(Some(browser::copy(text).await)) });
    };
    let left_out = desk.read(0, |player| player.left_out()).flatten();
    view! {
        <p>"The link holds the settings, everything you did, and this moment. Whoever opens it sees the same run."</p>
        <div class="copy">
            <input class="text mono" readonly aria-label="Link" value=address on:focus=|event| {
                let field = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
                if let Some(field) = field { field.select() }
            }/>
            <button class="primary" on:click=copy>"Copy link"</button>
        </div>
        <p role="status">{move || match copied.get() {
            Some(true) => "Copied.",
            Some(false) => "The browser keeps its clipboard closed here: select the link above and copy it by hand.",
            None => "",
        }}</p>
        {left_out.map(|what| view! {
            <p class="soft">"Too large for a link, so it stays on this page: "{what}"."</p>
        })}
    }
}

fn key_list(desk: Desk) -> impl IntoView {
    let mut offers = desk.read(0, |player| player.offers()).unwrap_or_default();
    offers.retain(|offer| offer.subject.is_none() || Some(offer.subject) == Some(desk.follow.get_untracked()));
    let mine = offers.into_iter().filter_map(|offer| Some((offer.key?.to_string(), offer.label)));
    let common = keys::LIST.iter().map(|(key, what)| (key.to_string(), what.to_string()));
    let rows = common.chain(mine).map(|(key, what)| view! { <dt><kbd>{key}</kbd></dt><dd>{what}</dd> });
    view! {
        <dl class="keys">{rows.collect_view()}</dl>
        <p class="soft">"Choose a server under “Follow” (or click it), and what can happen to it has keys too."</p>
    }
}

/// Where a reading is: how much of it is done, or what came of it.
#[derive(Clone)]
enum Reading {
    Idle,
    Busy(f64),
    Done { summary: String, bad: Vec<(u64, String)>, more: u64, usable: bool },
}

fn data(desk: Desk) -> impl IntoView {
    desk.pause();
    let imports = desk.read(0, |player| player.imports()).unwrap_or_default();
    let which = RwSignal::new(0usize);
    let text = RwSignal::new(String::new());
    let reading = RwSignal::new(Reading::Idle);
    let made = StoredValue::new_local(None::<Imported>);
    let turn = RwSignal::new(0u32);
    let current = move || imports.get(which.get()).or(imports.first());
    let start = move |source: Source| {
        let Some(import) = current() else { return };
        turn.update(|turn| *turn += 1);
        reading.set(Reading::Busy(0.0));
        read(import, source, reading, made, turn);
    };
    let tabs = imports.iter().enumerate().map(|(i, import)| {
        view! {
            <button aria-pressed=move || (which.get() == i).to_string() on:click=move |_| {
                which.set(i);
                turn.update(|turn| *turn += 1);
                reading.set(Reading::Idle);
            }>{import.title}</button>
        }
    });
    let tabs = tabs.collect_view();
    let picked = move |event: web_sys::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
        if let Some(file) = input.and_then(|input| input.files()).and_then(|files| files.get(0)) {
            start(Source::File(gloo_file::File::from(file)));
        }
    };
    let dropped = move |event: web_sys::DragEvent| {
        event.prevent_default();
        if let Some(file) = event.data_transfer().and_then(|data| data.files()).and_then(|files| files.get(0)) {
            start(Source::File(gloo_file::File::from(file)));
        }
    };
    let apply = move |_| {
        if let Some(imported) = made.try_update_value(|made| made.take()).flatten() {
            desk.dialog.set(None);
            desk.adopt(imported);
        }
    };
    let result = move || match reading.get() {
        Reading::Idle => ().into_any(),
        Reading::Busy(done) => view! {
            <p>"Reading…"</p>
            <progress max="1" value=done.to_string()></progress>
            <button on:click=move |_| { turn.update(|turn| *turn += 1); reading.set(Reading::Idle) }>"Cancel"</button>
        }
        .into_any(),
        Reading::Done { summary, bad, more, usable } => {
            let count = bad.len() as i64 + more as i64;
            let lines = bad.into_iter().map(|(line, why)| {
                view! { <li><b>{format!("Line {}", grouped(line as i64))}</b>": "{why}"."</li> }
            });
            let lines = lines.collect_view();
            view! {
                <p class="found"><b>"Found: "</b>{summary}"."</p>
                {(count > 0).then(|| view! {
                    <div class="note inside">
                        <div>
                            <p>{format!("{} line{} could not be used; the rest is kept.", grouped(count), if count == 1 { "" } else { "s" })}</p>
                            <ul>{lines}</ul>
                            {(more > 0).then(|| format!("and {} more", grouped(more as i64)))}
                        </div>
                    </div>
                })}
                <button class="primary" disabled=!usable on:click=apply>"Show it"</button>
            }
            .into_any()
        }
    };
    view! {
        <p class="soft">"Nothing leaves this page: it is read here, by your browser."</p>
        <div class="seg wrap" role="group" aria-label="Kind of data">{tabs}</div>
        <p>{move || current().map(|import| import.hint)}</p>
        <textarea
            class="mono"
            rows="8"
            spellcheck="false"
            aria-label="Paste here"
            placeholder=move || current().map(|import| import.example).unwrap_or_default()
            prop:value=move || text.get()
            on:input=move |event| text.set(event_target_value(&event))
            on:dragover=|event: web_sys::DragEvent| event.prevent_default()
            on:drop=dropped
        ></textarea>
        <div class="row">
            <button class="primary" on:click=move |_| start(Source::Text(text.get_untracked()))>"Read"</button>
            <label class="filepick">"Choose a file…"<input type="file" on:change=picked/></label>
            <button on:click=move |_| text.set(current().map(|import| import.example.to_string()).unwrap_or_default())>"Example"</button>
        </div>
        <div class="result" aria-live="polite">{result}</div>
    }
}

enum Source {
    Text(String),
    File(gloo_file::File),
}

/// Reads piece by piece; another reading, or a cancel, ends it.
fn read(
    import: &'static Import,
    source: Source,
    reading: RwSignal<Reading>,
    made: StoredValue<Option<Imported>, LocalStorage>,
    turn: RwSignal<u32>,
) {
    let mine = turn.get_untracked();
    spawn_local(async move {
        let mut reader = (import.reader)();
        let size = match &source {
            Source::Text(text) => text.len() as u64,
            Source::File(file) => file.size(),
        };
        let mut at = 0u64;
        while at < size {
            let to = (at + PIECE as u64).min(size);
            match &source {
                Source::Text(text) => reader.push(text.as_bytes().get(at as usize..to as usize).unwrap_or_default()),
                Source::File(file) => match gloo_file::futures::read_as_bytes(&file.slice(at, to)).await {
                    Ok(bytes) => reader.push(&bytes),
                    Err(why) => {
                        let summary = format!("the file could not be read ({why})");
                        let done = Reading::Done { summary, bad: Vec::new(), more: 0, usable: false };
                        let _ = reading.try_set(done);
                        return;
                    }
                },
            }
            at = to;
            let _ = reading.try_set(Reading::Busy(at as f64 / size.max(1) as f64));
            TimeoutFuture::new(0).await;
            if turn.try_get_untracked() != Some(mine) {
                return;
            }
        }
        let imported = reader.finish();
        let done = Reading::Done {
            summary: imported.summary.clone(),
            bad: imported.bad.clone(),
            more: imported.more,
            usable: imported.data.is_some(),
        };
        let _ = made.try_update_value(|made| *made = Some(imported));
        let _ = reading.try_set(done);
    });
}
