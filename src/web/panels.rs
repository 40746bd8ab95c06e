//! Caption, figures, checks, log, runs, and the small print: text that follows the run.

use super::desk::Desk;
use crate::explainers::{Event, Tone, Verdict};
use crate::link::Complaint;
use crate::sim::time;
use leptos::prelude::*;

/// Log lines shown at once.
const LINES: usize = 60;

/// What could not be used, and why: one look for every message.
pub fn notes(notes: RwSignal<Vec<Complaint>>) -> impl IntoView {
    view! {
        <div class="notes" role="alert">
            {move || {
                let all = notes.get();
                let more = all.len().saturating_sub(4);
                let lines = all.into_iter().take(4).map(|Complaint { part, why }| {
                    view! { <p><b>{part}</b>": "{why}"."</p> }
                });
                let lines = lines.collect_view();
                (!notes.with(Vec::is_empty)).then(|| view! {
                    <div class="note">
                        <div>{lines}{(more > 0).then(|| format!("and {more} more"))}</div>
                        <button on:click=move |_| notes.set(Vec::new())>"Dismiss"</button>
                    </div>
                })
            }}
        </div>
    }
}

fn tone(event: &Event) -> &'static str {
    match event.tone {
        Tone::Plain => "",
        Tone::Warn => "warn",
        Tone::Bad => "bad",
    }
}

/// What just happened, in words: also what a screen reader hears.
pub fn caption(desk: Desk) -> impl IntoView {
    let latest = move |side: usize| {
        desk.tick.track();
        desk.read(side, |player| player.events().last().cloned()).flatten()
    };
    let (left, right) = (Memo::new(move |_| latest(0)), Memo::new(move |_| latest(1)));
    let line = |event: Event, name: &'static str| {
        let class = tone(&event);
        view! {
            <p class=class>
                {(!name.is_empty()).then(|| view! { <span class="which">{name}</span> })}
                <b>{event.head}</b>" "{event.text}
            </p>
        }
    };
    view! {
        <div class="caption" aria-live="polite">
            {move || left.get().map(|event| line(event, if desk.compare.get() { "A" } else { "" }))}
            {move || desk.compare.get().then(|| right.get().map(|event| line(event, "B")))}
        </div>
    }
}

/// Numbers, each beside what theory says; two where two runs are compared.
pub fn figures(desk: Desk) -> impl IntoView {
    let read = move |side: usize| {
        desk.tick.track();
        desk.settings.track();
        desk.read(side, |player| player.readouts()).unwrap_or_default()
    };
    let (left, right) = (Memo::new(move |_| read(0)), Memo::new(move |_| read(1)));
    view! {
        <section class="figures card" aria-label="Figures">
            {move || {
                let others = right.get();
                let compared = desk.compare.get();
                left.get().into_iter().map(|readout| {
                    let other = others.iter().find(|other| other.key == readout.key).cloned();
                    let number = |text: String, unit: &'static str| view! { {text}<small>{(!unit.is_empty()).then(|| format!(" {unit}"))}</small> };
                    view! {
                        <div class="fig">
                            <div class="n">
                                {compared.then(|| view! { <span class="which">"A"</span> })}
                                {number(readout.text, readout.unit)}
                            </div>
                            {compared.then(|| other.map(|other| view! {
                                <div class="n"><span class="which">"B"</span>{number(other.text, other.unit)}</div>
                            }))}
                            <div class="l">{readout.label}</div>
                        </div>
                    }
                }).collect_view()
            }}
        </section>
    }
}

pub fn checks(desk: Desk) -> impl IntoView {
    let read = move |side: usize| {
        desk.tick.track();
        desk.settings.track();
        desk.read(side, |player| player.checks()).unwrap_or_default()
    };
    let (left, right) = (Memo::new(move |_| read(0)), Memo::new(move |_| read(1)));
    let list = move |checks: Vec<crate::explainers::Check>| {
        let lines = checks.into_iter().map(|check| match check.verdict {
            Verdict::Holds => view! {
                <li class="check"><span class="ok" role="img" aria-label="holds">"✓"</span><span>{check.claim}</span></li>
            }
            .into_any(),
            Verdict::Broken(at, why) => view! {
                <li class="check">
                    <span class="no" role="img" aria-label="broken">"✕"</span>
                    <span>{check.claim}<br/><span class="soft">{why}</span></span>
                    <button class="linkish" aria-label=format!("Go to {}, when it broke", time::short(at)) on:click=move |_| {
                        desk.pause();
                        desk.seek(at);
                    }>{time::short(at)}</button>
                </li>
            }
            .into_any(),
        });
        view! { <ul class="bare">{lines.collect_view()}</ul> }
    };
    view! {
        <section class="panel">
            <h2 class="small">"Checks"</h2>
            {move || desk.compare.get().then(|| view! { <p class="which">"A"</p> })}
            {move || list(left.get())}
            {move || desk.compare.get().then(|| view! { <p class="which">"B"</p>{list(right.get())} })}
        </section>
    }
}

/// What happened so far, or the story of the one thing followed; each line leads to its moment.
pub fn log(desk: Desk) -> impl IntoView {
    let story = Memo::new(move |_| {
        desk.tick.track();
        let subject = desk.follow.get()?;
        desk.read(0, |player| Some((player.name(subject)?, player.story(subject)))).flatten()
    });
    let events = Memo::new(move |_| {
        desk.tick.track();
        desk.read(0, |player| player.events().to_vec()).unwrap_or_default()
    });
    let go = move |at| {
        desk.pause();
        desk.seek(at);
    };
    let body = move || match story.get() {
        Some((name, lines)) => {
            let lines = lines.into_iter().map(|(at, state)| view! {
                <li><button class="moment" on:click=move |_| go(at)>{time::short(at)}</button><span>{state}</span></li>
            });
            view! {
                <p class="soft">"The story of "<b>{name}</b></p>
                <ol class="log">{lines.collect_view()}</ol>
            }
            .into_any()
        }
        None => {
            let all = events.get();
            let skipped = all.len().saturating_sub(LINES);
            let lines = all.into_iter().skip(skipped).rev().map(|event| {
                let subject = event.subject;
                let class = move || {
                    let lit = desk.focus.get().or(desk.follow.get());
                    let name = match event.tone { Tone::Plain => "", Tone::Warn => "warn", Tone::Bad => "bad" };
                    if lit.is_some() && lit == subject { format!("{name} lit") } else { name.to_string() }
                };
                let at = event.at;
                view! {
                    <li class=class on:pointerenter=move |_| desk.set_focus(subject) on:pointerleave=move |_| desk.set_focus(None)>
                        <button class="moment" on:click=move |_| go(at)>{time::short(at)}</button>
                        <span>{event.head}</span>
                    </li>
                }
            });
            view! { <ol class="log">{lines.collect_view()}</ol> }.into_any()
        }
    };
    view! { <section class="panel"><h2 class="small">"What happened"</h2>{body}</section> }
}

/// Branches: acting in the past keeps what was done before.
pub fn runs(desk: Desk) -> impl IntoView {
    let lines = Memo::new(move |_| {
        desk.tick.track();
        desk.read(0, |player| player.branches()).unwrap_or_default()
    });
    view! {
        <Show when=move || lines.with(|lines| lines.get(1).is_some())>
            <section class="panel">
                <h2 class="small">"Runs"</h2>
                <p class="soft">"You acted in the past: what came later is kept as a run of its own."</p>
                <ul class="bare">
                    {move || lines.get().into_iter().enumerate().map(|(i, line)| view! {
                        <li><button class="run" aria-pressed=line.current.to_string() on:click=move |_| desk.switch(i)>{line.label}</button></li>
                    }).collect_view()}
                </ul>
            </section>
        </Show>
    }
}

pub fn fine_print(desk: Desk) -> impl IntoView {
    let Some(meta) = desk.read(0, |player| player.meta()) else { return ().into_any() };
    view! {
        <footer>
            <section>
                <h2 class="small">"Where this is simpler than the real thing"</h2>
                <ul>{meta.simplified.iter().map(|text| view! { <li>{*text}</li> }).collect_view()}</ul>
            </section>
            <section>
                <h2 class="small">"Sources"</h2>
                <ul>{meta.sources.iter().map(|source| view! {
                    <li><a href=source.url rel="noreferrer noopener" target="_blank">{source.what}</a></li>
                }).collect_view()}</ul>
            </section>
        </footer>
    }
    .into_any()
}
