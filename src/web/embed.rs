//! A figure in somebody's page: the picture with what the host asked for, and the messages between the two. A host can
//! do no more than what is listed in `obey`, and hears no more than what `Told` says.

use super::browser::{field, object};
use super::desk::{Desk, Place};
use super::frame::{self, shows};
use super::picture::observe;
use super::ui::{El, div, effect, el, keep, key};
use super::{browser, controls, dialogs, keys, lessons, page, panels, rooms};
use crate::explainers::Verdict;
use crate::link;
use crate::link::frame::Show;
use crate::sim::SECOND;
use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use js_sys::Array;
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use wasm_bindgen::prelude::*;
use web_sys::{HtmlElement, MessageEvent, ResizeObserver, Window};

pub fn figure(desk: Desk) -> Vec<El> {
    let Some(meta) = desk.read(0, |player| player.meta()) else { return Vec::new() };
    browser::set_title(&format!("{} · Moving Parts", meta.title));
    keys::listen(desk);
    on_cleanup(move || desk.close());
    let card = page::card(desk);
    let pad = shows(Show::TEXT).then(|| rooms::pad(desk)).flatten();
    let (first, second) = if desk.still() { (pad, Some(card)) } else { (Some(card), pad) };
    // What the lesson speaks of is there even where other charts are not.
    let place = if shows(Show::CHARTS) { None } else { desk.lesson() };
    let speaks = place.and_then(|place| {
        desk.read(0, |player| {
            Some(player.lessons().get(place.lesson)?.steps.iter().any(|step| !step.charts.is_empty()))
        })
    });
    let main = el("main")
        .class("figure-page")
        .maybe(first)
        .maybe(second)
        .maybe((speaks.flatten() == Some(true)).then(|| rooms::step_charts(desk)))
        .maybe(shows(Show::FIGURES).then(|| panels::figures(desk)))
        .maybe((shows(Show::LESSON) && (desk.lesson().is_some() || frame::shows_all())).then(|| lessons::lessons(desk)))
        .maybe(shows(Show::SETTINGS).then(|| controls::settings(desk)))
        .maybe(shows(Show::CHECKS).then(|| panels::checks(desk)))
        .maybe(shows(Show::CHARTS).then(|| rooms::charts(desk)))
        .maybe(shows(Show::TITLE).then(|| title(desk, meta.title)));
    if let Some(host) = host() {
        talk(desk, host.clone());
        measure(&main, host);
    }
    if frame::autoplay() && !browser::reduced_motion() {
        desk.play();
    }
    vec![panels::notes(desk), main, dialogs::dialogs(desk)]
}

/// What this is, and the way to all of it.
fn title(desk: Desk, name: &str) -> El {
    let link = el("a").attr("target", "_blank").attr("rel", "noopener").text("Open in Moving Parts ↗");
    let link = link.live_attr("href", move || {
        desk.ticks.run.track();
        desk.ticks.mode.track();
        desk.ticks.settings.track();
        Some(browser::address(&link::write(&desk.link())))
    });
    div("credit").add(el("span").text(name)).add(link)
}

/// The window that this one is a frame of.
fn host() -> Option<Window> {
    let window = web_sys::window()?;
    let parent = window.parent().ok()??;
    (JsValue::from(&parent) != JsValue::from(&window)).then_some(parent)
}

/// To a host of any origin: nothing in it is more than what the host's own link says.
fn post(host: &Window, message: &JsValue) {
    let _ = host.post_message(message, "*");
}

fn tell(host: &Window, event: &str, detail: JsValue) {
    post(host, &object(&[("movingParts", 1.into()), ("event", event.into()), ("detail", detail)]));
}

fn seconds(at: u64) -> JsValue {
    JsValue::from_f64(at as f64 / SECOND as f64)
}

/// Checks that do not hold now: key, claim, since when, why.
fn broken(desk: Desk) -> Vec<(&'static str, &'static str, u64, String)> {
    let checks = desk.read(0, |player| player.checks()).unwrap_or_default();
    let broken = checks.into_iter().filter_map(|check| match check.verdict {
        Verdict::Broken(at, why) => Some((check.key, check.claim, at, why)),
        Verdict::Holds => None,
    });
    broken.collect()
}

/// The lesson's step: its slug, the step from 1, how many there are.
fn step(desk: Desk) -> Option<(&'static str, usize, usize)> {
    let place = desk.lesson()?;
    let of = desk.read(0, |player| {
        player.lessons().get(place.lesson).map(|lesson| (lesson.slug, place.step + 1, lesson.steps.len()))
    });
    of.flatten()
}

fn step_detail(step: Option<(&'static str, usize, usize)>) -> Vec<(&'static str, JsValue)> {
    match step {
        Some((slug, step, steps)) => vec![
            ("lesson", slug.into()),
            ("step", JsValue::from_f64(step as f64)),
            ("steps", JsValue::from_f64(steps as f64)),
        ],
        None => vec![("lesson", JsValue::NULL), ("step", JsValue::NULL), ("steps", JsValue::NULL)],
    }
}

fn state(desk: Desk) -> JsValue {
    let broken: Array = broken(desk).into_iter().map(|check| JsValue::from_str(check.0)).collect();
    let mut parts = vec![
        ("link", JsValue::from_str(&link::write(&desk.link()))),
        ("time", seconds(desk.now())),
        ("end", seconds(desk.end())),
        ("playing", desk.playing().into()),
        ("broken", broken.into()),
    ];
    parts.extend(step_detail(step(desk)));
    object(&parts)
}

fn talk(desk: Desk, host: Window) {
    if let Some(window) = web_sys::window() {
        let from = host.clone();
        keep(EventListener::new(&window, "message", move |event| {
            let Some(event) = event.dyn_ref::<MessageEvent>() else { return };
            // Only the page that this one is in, not its other frames.
            let source = event.source().map(JsValue::from);
            if source.as_ref() == Some(JsValue::from(&from).as_ref()) {
                obey(desk, &from, &event.data());
            }
        }));
        let host = host.clone();
        keep(EventListener::new(&window, "keydown", move |event| {
            let key = event.dyn_ref::<web_sys::KeyboardEvent>().map(|event| event.key());
            if key.as_deref() == Some("Escape") && !browser::typing() {
                tell(&host, "release", JsValue::UNDEFINED);
            }
        }));
    }
    let told = Cell::new(None::<u64>);
    let at_step = Cell::new(step(desk));
    let known = RefCell::new(Vec::<&'static str>::new());
    let ready = {
        let host = host.clone();
        Timeout::new(0, move || tell(&host, "ready", state(desk)))
    };
    keep(ready);
    effect(move || {
        desk.ticks.run.track();
        desk.ticks.mode.track();
        desk.ticks.settings.track();
        let broken = broken(desk);
        let keys: Vec<&'static str> = broken.iter().map(|check| check.0).collect();
        for (name, claim, at, why) in broken.iter().filter(|check| !known.borrow().contains(&check.0)) {
            let detail = object(&[
                ("check", (*name).into()),
                ("claim", (*claim).into()),
                ("time", seconds(*at)),
                ("why", why.as_str().into()),
            ]);
            tell(&host, "checkbroken", detail);
        }
        known.replace(keys.clone());
        let now = step(desk);
        if at_step.replace(now) != now {
            tell(&host, "stepchange", object(&step_detail(now)));
        }
        let state_key = key(&(link::write(&desk.link()), desk.now(), desk.end(), desk.playing(), keys));
        if told.replace(Some(state_key)).is_some_and(|before| before != state_key) {
            tell(&host, "statechange", state(desk));
        }
    });
}

/// What a host may ask for. Anything else is passed over.
fn obey(desk: Desk, host: &Window, data: &JsValue) {
    let get = |name: &str| field(data, name);
    if get("movingParts").as_f64() != Some(1.0) {
        return;
    }
    let to = get("to");
    match get("call").as_string().as_deref() {
        Some("play") => desk.play(),
        Some("pause") => desk.pause(),
        Some("seek") => {
            if let Some(to) = to.as_f64().filter(|to| to.is_finite()) {
                desk.pause();
                desk.seek(((to.max(0.0) * SECOND as f64) as u64).min(desk.end()));
            }
        }
        Some("step") => match (to.as_f64(), to.as_string().as_deref()) {
            (Some(number), _) if (1.0..=99.0).contains(&number) => go(desk, number as usize - 1),
            (_, Some("next")) => forth(desk, true),
            (_, Some("back")) => forth(desk, false),
            _ => {}
        },
        Some("state") => {
            let answer = [
                ("movingParts", 1.into()),
                ("event", "state".into()),
                ("number", get("number")),
                ("detail", state(desk)),
            ];
            post(host, &object(&answer));
        }
        Some("look") => {
            let part = |name: &str| link::encode(get(name).as_string().unwrap_or_default().trim_start_matches('#'));
            frame::look(&format!("theme={}&accent={}", part("theme"), part("accent")));
            desk.retheme();
        }
        _ => {}
    }
}

fn go(desk: Desk, step: usize) {
    let place = Place { lesson: desk.lesson().map_or(0, |place| place.lesson), step };
    let (first, last) = desk.bounds(place.lesson);
    if (first..=last).contains(&step) && desk.lesson() != Some(place) {
        desk.enter(place);
    }
}

/// To the next step of the lesson; outside of lessons, to the next event.
fn forth(desk: Desk, forward: bool) {
    if !desk.turn_page(forward) {
        desk.step(forward);
    }
}

/// Tells how high the figure is, in the words of this project and in the three that hosts commonly listen for: the
/// AMP iframe's, Embedly's and the one that learning platforms know (LTI).
fn measure(main: &El, host: Window) {
    let Some(element) = main.cast::<HtmlElement>() else { return };
    if frame::fit() {
        return;
    }
    let watched = element.clone();
    let told = Cell::new(0);
    let resized = Closure::<dyn Fn()>::new(move || {
        let height = watched.offset_height();
        if height < 1 || told.replace(height) == height {
            return;
        }
        let number = JsValue::from_f64(f64::from(height));
        tell(&host, "height", number.clone());
        let here = JsValue::from_str(&browser::here());
        post(&host, &object(&[("sentinel", "amp".into()), ("type", "embed-size".into()), ("height", number.clone())]));
        post(&host, &object(&[("src", here), ("context", "iframe.resize".into()), ("height", number.clone())]));
        post(&host, &object(&[("subject", "lti.frameResize".into()), ("height", number)]));
    });
    if let Ok(observer) = ResizeObserver::new(resized.as_ref().unchecked_ref()) {
        observer.observe(&element);
        observe(move || observer.disconnect(), resized);
    }
}
