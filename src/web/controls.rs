//! One form for every explainer's settings, from its schema; and what can be done to the run.

use super::desk::Desk;
use crate::draw::scene::Subject;
use crate::explainers::{Ask, Kind, Knob, Offer};
use leptos::prelude::*;
use std::time::Duration;

/// Steps of a logarithmic slider.
const FINE: f64 = 400.0;

fn to_slider(knob: &Knob, value: i64) -> i64 {
    match knob.kind {
        Kind::Number { min, max, log: true, .. } => {
            let (low, high) = (libm::log(min.max(1) as f64), libm::log(max as f64));
            ((libm::log(value.max(1) as f64) - low) / (high - low) * FINE).round() as i64
        }
        _ => value,
    }
}

fn from_slider(knob: &Knob, place: i64) -> i64 {
    match knob.kind {
        Kind::Number { min, max, log: true, .. } => {
            let (low, high) = (libm::log(min.max(1) as f64), libm::log(max as f64));
            let value = libm::exp(low + place as f64 / FINE * (high - low));
            // Two figures are as fine as a finger is; the ends are exact.
            let step = libm::pow(10.0, (libm::log10(value).floor() - 1.0).max(0.0));
            knob.clamp(((value / step).round() * step) as i64)
        }
        _ => knob.clamp(place),
    }
}

pub fn settings(desk: Desk) -> impl IntoView {
    let schema = desk.read(0, |player| player.schema()).unwrap_or_default();
    let value = move |i: usize| {
        desk.settings.track();
        desk.tick.track();
        desk.read(desk.side.get(), |player| player.knob(i)).unwrap_or(0)
    };
    let matters = move |i: usize| {
        desk.settings.track();
        desk.read(desk.side.get(), |player| player.matters(i)).unwrap_or(true)
    };
    let rows = schema.iter().enumerate().map(move |(i, knob)| {
        let value = Memo::new(move |_| value(i));
        let shown = Memo::new(move |_| matters(i));
        view! { <Show when=move || shown.get()>{move || row(desk, i, knob, value)}</Show> }
    });
    let rows = rows.collect_view();
    let seed = move || {
        desk.settings.track();
        desk.read(0, |player| player.seed()).unwrap_or(0).to_string()
    };
    let reseed = move |event| {
        if let Ok(seed) = event_target_value(&event).trim().parse::<u64>() {
            desk.set_seed(seed);
        } else {
            desk.say("seed", "a whole number from 0 to 2^64 − 1 was expected");
        }
    };
    view! {
        <section class="panel">
            <h2 class="small">"Settings"</h2>
            <Show when=move || desk.compare.get()>
                <div class="seg" role="group" aria-label="Which side">
                    <button aria-pressed=move || (desk.side.get() == 0).to_string() on:click=move |_| desk.side.set(0)>"A and B"</button>
                    <button aria-pressed=move || (desk.side.get() == 1).to_string() on:click=move |_| desk.side.set(1)>"only B"</button>
                </div>
            </Show>
            {rows}
            <div class="knob inline">
                <label for="seed" title="Names the run’s chance: the same seed gives the same keys.">"Seed"</label>
                <input id="seed" class="text" inputmode="numeric" prop:value=seed on:change=reseed/>
            </div>
        </section>
    }
}

fn row(desk: Desk, i: usize, knob: &'static Knob, value: Memo<i64>) -> impl IntoView {
    let id = format!("knob-{}", knob.key);
    let label = view! { <label for=id.clone() title=knob.help>{knob.label}</label> };
    match knob.kind {
        Kind::Choice(options) => {
            let chosen = move |event| {
                let at = event_target_value(&event).parse::<i64>().unwrap_or(0);
                desk.set_knob(i, at);
            };
            let list = options.iter().enumerate().map(|(at, (_, label))| {
                view! { <option value=at.to_string() selected=move || value.get() == at as i64>{*label}</option> }
            });
            let list = list.collect_view();
            view! { <div class="knob">{label}<select id=id on:change=chosen>{list}</select></div> }.into_any()
        }
        Kind::Number { min, max, .. } => {
            let timer = StoredValue::new(None::<TimeoutHandle>);
            // Dragging shows the number at once; the run is replayed when the hand rests.
            let preview = RwSignal::new(None::<i64>);
            let slid = move |event| {
                let place = event_target_value(&event).parse::<i64>().unwrap_or(0);
                let wanted = from_slider(knob, place);
                preview.set(Some(wanted));
                timer.update_value(|timer| {
                    timer.take().inspect(|timer| timer.clear());
                    *timer = set_timeout_with_handle(
                        move || {
                            let _ = preview.try_set(None);
                            desk.set_knob(i, wanted);
                        },
                        Duration::from_millis(90),
                    )
                    .ok();
                });
            };
            let shown = move || preview.get().unwrap_or_else(|| value.get());
            let typed = move |event| {
                let text = event_target_value(&event).replace([',', ' '], "");
                match knob.read(&text) {
                    Ok(value) => desk.set_knob(i, value),
                    Err((nearest, why)) => {
                        desk.say(&format!("{}: {}", knob.label, event_target_value(&event)), &why);
                        let now = nearest.unwrap_or_else(|| value.get_untracked());
                        desk.set_knob(i, now);
                        preview.set(Some(now));
                        preview.set(None);
                    }
                }
            };
            let ends = match knob.kind {
                Kind::Number { log: true, .. } => (0, FINE as i64),
                _ => (min, max),
            };
            let said = move || knob.show(shown());
            let unit = match knob.kind {
                Kind::Number { unit, .. } => unit,
                Kind::Choice(_) => "",
            };
            view! {
                <div class="knob">
                    {label}
                    <span class="field">
                        <input
                            id=id.clone()
                            class="text"
                            inputmode="numeric"
                            prop:value=move || crate::explainers::grouped(shown())
                            on:change=typed
                        />
                        <span class="unit">{unit}</span>
                    </span>
                    <input
                        type="range"
                        aria-label=knob.label
                        aria-valuetext=said
                        min=ends.0.to_string()
                        max=ends.1.to_string()
                        prop:value=move || to_slider(knob, shown()).to_string()
                        on:input=slid
                    />
                </div>
            }
            .into_any()
        }
    }
}

/// What can be done now: always, and to the one thing that is followed.
pub fn actions(desk: Desk) -> impl IntoView {
    let offers = Memo::new(move |_| {
        desk.tick.track();
        let follow = desk.follow.get();
        let all = desk.read(0, |player| player.offers()).unwrap_or_default();
        let fits = |offer: &Offer| offer.subject.is_none() || offer.subject == follow;
        all.into_iter().filter(fits).collect::<Vec<_>>()
    });
    let subjects = Memo::new(move |_| {
        desk.tick.track();
        let mut all = desk.read(0, |player| {
            let named = player.followable().into_iter().filter_map(|s| Some((s, player.name(s)?)));
            named.collect::<Vec<_>>()
        });
        if let (Some(all), Some(follow)) = (&mut all, desk.follow.get())
            && all.iter().all(|(subject, _)| *subject != follow)
        {
            all.extend(desk.read(0, |player| player.name(follow)).flatten().map(|name| (follow, name)));
        }
        all.unwrap_or_default()
    });
    let word = |subject: &Subject| format!("{}-{}", subject.kind, subject.id);
    let chosen = move |event| {
        let value = event_target_value(&event);
        desk.set_follow(desk.read(0, |player| player.subject(&value)).flatten());
    };
    let buttons = move || {
        let offers = offers.get().into_iter().map(|offer| {
            let key = offer.key.map(|key| format!(" ({key})")).unwrap_or_default();
            let act = offer.act.clone();
            view! {
                <button title=format!("{}{key}", offer.label) on:click=move |_| desk.act(&act)>{offer.label.clone()}</button>
            }
        });
        offers.collect_view()
    };
    let list = move || {
        let options = subjects.get().into_iter().map(|(subject, name)| {
            let value = word(&subject);
            view! { <option value=value selected=move || desk.follow.get() == Some(subject)>{name}</option> }
        });
        options.collect_view()
    };
    let asks = desk.read(0, |player| player.asks()).unwrap_or_default();
    view! {
        <div class="actions">
            {buttons}
            {asks.iter().map(|ask| question(desk, ask)).collect_view()}
            <label class="follow">
                <span>"Follow"</span>
                <select on:change=chosen aria-label="Follow one">
                    <option value="" selected=move || desk.follow.get().is_none()>"nothing"</option>
                    {list}
                </select>
            </label>
        </div>
    }
}

fn question(desk: Desk, ask: &'static Ask) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let value = text.get_untracked();
        let value = value.trim();
        if value.is_empty() {
            desk.say(ask.label, ask.hint);
        } else {
            desk.act(&format!("{}({})", ask.act, crate::link::encode(value)));
        }
    };
    view! {
        <form class="ask" on:submit=send>
            <input
                class="text"
                aria-label=ask.label
                placeholder=ask.label
                title=ask.hint
                maxlength="250"
                autocomplete="off"
                spellcheck="false"
                prop:value=move || text.get()
                on:input=move |event| text.set(event_target_value(&event))
            />
            <button type="submit" aria-label=ask.label>"→"</button>
        </form>
    }
}
