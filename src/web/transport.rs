//! Play, pause, step, scrub, speed.

use super::desk::{Desk, SPEEDS};
use crate::explainers::{Tone, Verdict};
use crate::sim::time;
use leptos::html::Input;
use leptos::prelude::*;

/// Marks closer than this share of the line are one.
const CLOSE: f64 = 0.004;

pub fn transport(desk: Desk) -> impl IntoView {
    let track = NodeRef::<Input>::new();
    let marks = Memo::new(move |_| {
        desk.tick.track();
        desk.settings.track();
        let end = desk.end().max(1) as f64;
        let mut marks: Vec<(f64, bool, String)> = Vec::new();
        desk.read(0, |player| {
            for event in player.all_events().iter().filter(|event| event.at > 0) {
                let place = event.at as f64 / end;
                let bad = event.tone == Tone::Bad;
                match marks.last_mut() {
                    Some(last) if place - last.0 < CLOSE => last.1 |= bad,
                    _ => marks.push((place, bad, event.head.clone())),
                }
            }
            for check in player.all_checks() {
                if let Verdict::Broken(at, _) = check.verdict {
                    marks.push((at as f64 / end, true, format!("Broken: {}", check.claim)));
                }
            }
        });
        // A mark has a width: more than a few hundred cannot be told apart.
        marks.truncate(400);
        marks
    });
    let ends = Memo::new(move |_| {
        desk.tick.track();
        desk.settings.track();
        desk.end()
    });
    let milliseconds = move || (desk.clock.get() / 1_000).to_string();
    let said = move || format!("{} of {}", time::short(desk.clock.get()), time::short(ends.get()));
    // The filled part of the line follows the clock; a style, not an attribute, as the security policy wants it.
    Effect::new(move |_| {
        let share = desk.clock.get() as f64 / ends.get().max(1) as f64 * 100.0;
        if let Some(track) = track.get() {
            track.set_value(&(desk.clock.get_untracked() / 1_000).to_string());
            let style = web_sys::HtmlElement::style(&track);
            let _ = style.set_property("--done", &format!("{share:.2}%"));
        }
    });
    let scrubbed = move |event: web_sys::Event| {
        let value = event_target_value(&event).parse::<u64>().unwrap_or(0);
        desk.pause();
        desk.seek(value * 1_000);
    };
    let speed = move || {
        let hundredths = SPEEDS.get(desk.speed.get()).copied().unwrap_or(100);
        match hundredths {
            25 => "¼×".to_string(),
            50 => "½×".to_string(),
            n => format!("{}×", n / 100),
        }
    };
    view! {
        <div class="transport">
            <button class="icon" aria-label="Back one event" title="Back one event (←)" on:click=move |_| desk.step(false)>
                <svg viewBox="0 0 18 18" aria-hidden="true"><path d="M13 3v12L5 9zM3 3h2v12H3z"/></svg>
            </button>
            <button
                class="icon play"
                aria-label=move || if desk.playing.get() { "Pause" } else { "Play" }
                title="Play or pause (space)"
                on:click=move |_| desk.toggle()
            >
                {move || match desk.playing.get() {
                    true => view! { <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 2h4v12H3zM9 2h4v12H9z"/></svg> }.into_any(),
                    false => view! { <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M4 2l10 6-10 6z"/></svg> }.into_any(),
                }}
            </button>
            <button class="icon" aria-label="Next event" title="Next event (→)" on:click=move |_| desk.step(true)>
                <svg viewBox="0 0 18 18" aria-hidden="true"><path d="M5 3v12l8-6zM13 3h2v12h-2z"/></svg>
            </button>
            <div class="scrub">
                <input
                    type="range"
                    node_ref=track
                    min="0"
                    step="100"
                    max=move || (ends.get() / 1_000).to_string()
                    prop:value=milliseconds
                    aria-label="Moment"
                    aria-valuetext=said
                    on:input=scrubbed
                />
                <svg class="marks" preserveAspectRatio="none" aria-hidden="true">
                    {move || marks.get().into_iter().map(|(place, bad, head)| {
                        let x = format!("{:.2}%", place * 100.0);
                        let class = if bad { "bad" } else { "" };
                        view! { <rect x=x y="0" width=if bad { "3" } else { "2" } height="100%" class=class><title>{head}</title></rect> }
                    }).collect_view()}
                </svg>
            </div>
            <span class="t" aria-hidden="true">
                {move || time::short(desk.clock.get())}
                <span class="hide">{move || format!(" / {}", time::short(ends.get()))}</span>
            </span>
            <button
                class="speed"
                aria-label=move || format!("Speed {}; click for the next", speed())
                title="Speed ([ and ])"
                on:click=move |_| desk.speed.update(|at| *at = (*at + 1) % SPEEDS.len())
            >{speed}</button>
            <button class="icon" aria-label="Start over" title="Start over (0)" on:click=move |_| desk.reset()>
                <svg viewBox="0 0 18 18" aria-hidden="true" class="stroked"><path d="M4 9a5 5 0 1 0 1.6-3.7M4 3v3.4h3.4"/></svg>
            </button>
        </div>
    }
}
