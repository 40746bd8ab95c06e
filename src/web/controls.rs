//! One form for every explainer's settings, from its schema; and what can be done to the run.

use super::desk::Desk;
use super::ui::{El, button, div, el, key, p, select, value_of};
use crate::draw::scene::Subject;
use crate::explainers::{Ask, Kind, Knob, Offer, grouped};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;

/// Steps of a logarithmic slider.
const FINE: f64 = 400.0;

fn to_slider(knob: &Knob, value: i64) -> i64 {
    match knob.kind {
        Kind::Number { min, max, log: true, .. } => {
            let (low, high) = (libm::log(min.max(1) as f64), libm::log(max as f64));
            libm::round((libm::log(value.max(1) as f64) - low) / (high - low) * FINE) as i64
        }
        _ => value,
    }
}

/// The step that keeps two figures of a value.
fn fine(value: i64) -> i64 {
    let mut step = 1;
    while value / step >= 100 {
        step *= 10;
    }
    step
}

fn from_slider(knob: &Knob, place: i64) -> i64 {
    match knob.kind {
        Kind::Number { min, max, log: true, .. } => {
            let (low, high) = (libm::log(min.max(1) as f64), libm::log(max as f64));
            let value = libm::exp(low + place as f64 / FINE * (high - low));
            // Two figures are as fine as a finger is; the ends are exact.
            let step = fine(value as i64) as f64;
            knob.clamp((libm::round(value / step) * step) as i64)
        }
        _ => knob.clamp(place),
    }
}

pub fn settings(desk: Desk) -> El {
    let schema: &'static [Knob] = desk.read(0, |player| player.schema()).unwrap_or_default();
    let sides = div("contents").live(
        move || {
            desk.ticks.mode.track();
            u64::from(desk.comparing())
        },
        move || {
            let tab = |label: &str, side: usize| {
                button(label, move || desk.set_side(side)).pressed(move || {
                    desk.ticks.mode.track();
                    desk.side() == side
                })
            };
            let tabs =
                || div("seg").attr("role", "group").label("Which side").add(tab("A and B", 0)).add(tab("only B", 1));
            if desk.comparing() { vec![tabs()] } else { Vec::new() }
        },
    );
    let shown = move || {
        let matter = |player: &dyn crate::explainers::Player| (0..schema.len()).map(|i| player.matters(i)).collect();
        desk.read(desk.side(), matter).unwrap_or_else(|| vec![true; schema.len()])
    };
    let folded = move |i: usize| desk.read(0, |player| player.folded(i)).unwrap_or(false);
    let rows = move |fold: bool| {
        div("contents").live(
            move || {
                desk.ticks.settings.track();
                key::<Vec<bool>>(&shown())
            },
            move || {
                let shown: Vec<bool> = shown();
                let all = schema.iter().enumerate();
                let all = all.filter(|(i, _)| shown.get(*i) == Some(&true) && folded(*i) == fold);
                all.map(|(i, knob)| row(desk, i, knob)).collect()
            },
        )
    };
    let caveats = move || desk.read(desk.side(), |player| player.caveats()).unwrap_or_default();
    let caveats = div("contents").attr("aria-live", "polite").live(
        move || {
            desk.ticks.settings.track();
            key::<Vec<String>>(&caveats())
        },
        move || caveats().iter().map(|why| p(why).class("caveat")).collect(),
    );
    let more = (0..schema.len()).any(folded).then(|| {
        let changed = move || {
            desk.ticks.settings.track();
            let other = |(i, knob): (usize, &Knob)| {
                folded(i) && desk.read(desk.side(), |player| player.knob(i)) != Some(knob.default)
            };
            match schema.iter().enumerate().filter(|one| other(*one)).count() {
                0 => "More settings".to_string(),
                n => format!("More settings ({n} changed)"),
            }
        };
        el("details").add(el("summary").live_text(changed)).add(rows(true))
    });
    let seed = el("input").attr("id", "seed").class("text").attr("inputmode", "numeric");
    let seed = seed
        .live_value(move || {
            desk.ticks.settings.track();
            desk.read(0, |player| player.seed()).unwrap_or(0).to_string()
        })
        .on("change", move |event| match value_of(&event).trim().parse::<u64>() {
            Ok(seed) => desk.set_seed(seed),
            Err(_) => {
                desk.say(&format!("Seed: {}", value_of(&event)), "a whole number from 0 to 2^64 − 1 was expected");
                desk.settings_again();
            }
        });
    let about = "Names the run’s chance: the same seed gives the same keys.";
    let label = el("label").attr("for", "seed").attr("title", about).text("Seed");
    el("section")
        .class("panel")
        .add(el("h2").class("small").text("Settings"))
        .add(sides)
        .add(rows(false))
        .add(caveats)
        .maybe(more)
        .add(div("knob inline").add(label).add(seed))
}

fn row(desk: Desk, i: usize, knob: &'static Knob) -> El {
    let id = format!("knob-{}", knob.key);
    let label = el("label").attr("for", &id).attr("title", knob.help).text(knob.label);
    let value = move || {
        desk.ticks.settings.track();
        desk.read(desk.side(), |player| player.knob(i)).unwrap_or(0)
    };
    match knob.kind {
        Kind::Choice(options) => {
            let list = options.iter().enumerate().map(|(at, (_, label))| (at.to_string(), label.to_string()));
            let list = select(list.collect(), move || value().to_string())
                .attr("id", &id)
                .on("change", move |event| desk.set_knob(i, value_of(&event).parse().unwrap_or(0)));
            div("knob").add(label).add(list)
        }
        Kind::Number { min, max, log, unit } => {
            // Dragging shows the number at once; the run is replayed when the hand rests.
            let preview = Rc::new(Cell::new(None::<i64>));
            let shown = {
                let preview = preview.clone();
                move || {
                    let value = value();
                    preview.get().unwrap_or(value)
                }
            };
            let field = el("input").attr("id", &id).class("text").attr("inputmode", "numeric");
            let number = shown.clone();
            let field = field.live_value(move || grouped(number())).on("change", move |event| {
                let text = value_of(&event);
                match knob.typed(&text) {
                    Ok(value) => desk.set_knob(i, value),
                    Err((nearest, why)) => {
                        desk.say(&format!("{}: {text}", knob.label), &why);
                        if let Some(nearest) = nearest {
                            desk.set_knob(i, nearest);
                        }
                    }
                }
                desk.settings_again();
            });
            let place = shown.clone();
            let timer = RefCell::new(None::<Timeout>);
            let (low, high) = if log { (0, FINE as i64) } else { (min, max) };
            let slider = el("input")
                .attr("type", "range")
                .label(knob.label)
                .attr("min", &low.to_string())
                .attr("max", &high.to_string())
                .live_attr("aria-valuetext", move || Some(knob.show(shown())))
                .live_value(move || to_slider(knob, place()).to_string())
                .on("keydown", move |event| {
                    // On a logarithmic line one step of the line is not one step of the value.
                    let key = event.dyn_ref::<web_sys::KeyboardEvent>().map(|event| event.key()).unwrap_or_default();
                    let up = match key.as_str() {
                        "ArrowRight" | "ArrowUp" => 1,
                        "ArrowLeft" | "ArrowDown" => -1,
                        _ => return,
                    };
                    event.prevent_default();
                    let now = desk.read(desk.side(), |player| player.knob(i)).unwrap_or(0);
                    desk.set_knob(i, now + up * if log { fine(now) } else { 1 });
                })
                .on("input", move |event| {
                    let wanted = from_slider(knob, value_of(&event).parse().unwrap_or(0));
                    preview.set(Some(wanted));
                    desk.settings_again();
                    let preview = preview.clone();
                    *timer.borrow_mut() = Some(Timeout::new(90, move || {
                        preview.set(None);
                        desk.set_knob(i, wanted);
                        desk.settings_again();
                    }));
                });
            let unit = el("span").class("unit").text(unit);
            div("knob").add(label).add(el("span").class("field").add(field).add(unit)).add(slider)
        }
    }
}

/// What can be done now: always, and to the one thing that is followed.
pub fn actions(desk: Desk) -> El {
    let offers = move || {
        let follow = desk.follow();
        let all = desk.read(0, |player| player.offers()).unwrap_or_default();
        let fits = |offer: &Offer| offer.subject.is_none() || offer.subject == follow;
        let fitting: Vec<Offer> = all.into_iter().filter(fits).collect();
        // What is followed may be offered the same as everything is.
        let first = |i: usize, act: &str| fitting.iter().take(i).all(|earlier| earlier.act != act);
        fitting
            .iter()
            .enumerate()
            .filter(|(i, offer)| first(*i, &offer.act))
            .map(|(_, offer)| offer.clone())
            .collect::<Vec<_>>()
    };
    let buttons = div("contents").live(
        move || {
            desk.ticks.run.track();
            let acts: Vec<String> = offers().into_iter().map(|offer| offer.act).collect();
            key(&acts)
        },
        move || {
            let one = |offer: Offer| {
                let hint = offer.key.map(|key| format!("{} ({key})", offer.label)).unwrap_or(offer.label.clone());
                let act = offer.act;
                button(&offer.label, move || desk.act(&act)).attr("title", &hint)
            };
            offers().into_iter().map(one).collect()
        },
    );
    let subjects = move || {
        let mut all = desk.read(0, |player| {
            let named = player.followable().into_iter().filter_map(|s| Some((word(&s), player.name(s)?)));
            named.collect::<Vec<_>>()
        });
        if let (Some(all), Some(follow)) = (&mut all, desk.follow())
            && all.iter().all(|(known, _)| *known != word(&follow))
        {
            all.extend(desk.read(0, |player| player.name(follow)).flatten().map(|name| (word(&follow), name)));
        }
        all.unwrap_or_default()
    };
    let list = div("contents").live(
        move || {
            desk.ticks.run.track();
            key(&subjects())
        },
        move || {
            let mut options = vec![(String::new(), "nothing".to_string())];
            options.extend(subjects());
            let chosen = move || {
                desk.ticks.run.track();
                desk.follow().map(|subject| word(&subject)).unwrap_or_default()
            };
            let list = select(options, chosen).label("Follow one").on("change", move |event| {
                let subject = desk.read(0, |player| player.subject(&value_of(&event))).flatten();
                desk.set_follow(subject);
            });
            vec![list]
        },
    );
    let asks = desk.read(0, |player| player.asks()).unwrap_or_default();
    div("actions")
        .add(buttons)
        .all(asks.iter().map(|ask| question(desk, ask)))
        .add(el("label").class("follow").add(el("span").text("Follow")).add(list))
}

fn word(subject: &Subject) -> String {
    format!("{}-{}", subject.kind, subject.id)
}

fn question(desk: Desk, ask: &'static Ask) -> El {
    let field = el("input")
        .class("text")
        .label(ask.label)
        .attr("placeholder", ask.label)
        .attr("title", ask.hint)
        .attr("maxlength", "250")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false");
    let input = field.cast::<web_sys::HtmlInputElement>();
    let send = el("button").attr("type", "submit").label(ask.label).text("→");
    el("form").class("ask").add(field).add(send).on("submit", move |event| {
        event.prevent_default();
        let value = input.as_ref().map(|input| input.value()).unwrap_or_default();
        match value.trim() {
            "" => desk.say(ask.label, ask.hint),
            value => desk
                .try_act(&format!("{}({})", ask.act, crate::link::encode(value)), &[ask.label, ": ", value].concat()),
        }
    })
}
