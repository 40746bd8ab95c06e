//! The page of an explainer.

use super::desk::{Desk, Dialog};
use super::{browser, charts, controls, dialogs, keys, lessons, panels, stage, transport};
use leptos::prelude::*;

pub fn page(desk: Desk) -> impl IntoView {
    let meta = desk.read(0, |player| player.meta());
    let (title, question, claim) = meta.map_or(("", "", ""), |meta| (meta.title, meta.question, meta.claim));
    browser::set_title(&format!("{title} · Moving Parts"));
    let listeners = keys::listen(desk);
    on_cleanup(move || {
        desk.close();
        listeners.dispose();
    });
    let compare = move |_| match desk.compare.get_untracked() {
        true => desk.set_compare(None),
        false => desk.set_compare(Some(Vec::new())),
    };
    let has_data = desk.read(0, |player| !player.imports().is_empty()).unwrap_or(false);
    view! {
        <header>
            <a class="mark" href="#/">{mark()}"Moving Parts"</a>
            <span class="soft hide">{title}</span>
            <nav aria-label="This explainer">
                <button on:click=compare aria-pressed=move || desk.compare.get().to_string()>"Compare"</button>
                <Show when=move || has_data>
                    <button on:click=move |_| desk.dialog.set(Some(Dialog::Data))>
                        <span class="hide">"Your data"</span><span class="only-small">"Data"</span>
                    </button>
                </Show>
                <button class="primary" on:click=move |_| desk.dialog.set(Some(Dialog::Share))>"Share"</button>
                <button class="hide" aria-label="Keyboard keys" on:click=move |_| desk.dialog.set(Some(Dialog::Keys))>"?"</button>
            </nav>
        </header>
        {panels::notes(desk.notes)}
        <main class=move || if desk.compare.get() { "compared" } else { "" }>
            <div class="question">
                <h1>{question}</h1>
                <p class="claim">{claim}</p>
            </div>
            <div class="column">
                <section class="card stage-card" aria-label="The picture">
                    <div class="stages">
                        {stage::stage(desk, 0)}
                        <Show when=move || desk.compare.get()>{move || stage::stage(desk, 1)}</Show>
                    </div>
                    {panels::caption(desk)}
                    {transport::transport(desk)}
                    {controls::actions(desk)}
                </section>
                {panels::figures(desk)}
                {charts::charts(desk)}
            </div>
            <aside>
                {lessons::lessons(desk)}
                {controls::settings(desk)}
                {panels::checks(desk)}
                {panels::log(desk)}
                {panels::runs(desk)}
            </aside>
            {panels::fine_print(desk)}
        </main>
        {dialogs::dialogs(desk)}
    }
}

pub fn mark() -> impl IntoView {
    view! {
        <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.4" aria-hidden="true">
            <circle cx="12" cy="12" r="9"/>
            <circle class="fill-orange" cx="12" cy="3" r="2.6" stroke="none"/>
            <circle class="fill-blue" cx="19.8" cy="16.5" r="2.6" stroke="none"/>
            <circle class="fill-green" cx="4.2" cy="16.5" r="2.6" stroke="none"/>
        </svg>
    }
}
