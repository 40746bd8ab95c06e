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
use crate::sim::{Micros, SECOND};
use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use js_sys::Array;
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
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
        let (from, wishes) =
            (host.clone(), Rc::new(Wishes { desk, wish: RefCell::default(), granted: Cell::new(0.0) }));
        keep(EventListener::new(&window, "message", move |event| {
            let Some(event) = event.dyn_ref::<MessageEvent>() else { return };
            // Only the page that this one is in, not its other frames.
            let source = event.source().map(JsValue::from);
            if source.as_ref() == Some(JsValue::from(&from).as_ref()) {
                obey(desk, &wishes, &from, &event.data());
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
fn obey(desk: Desk, wishes: &Rc<Wishes>, host: &Window, data: &JsValue) {
    let get = |name: &str| field(data, name);
    if get("movingParts").as_f64() != Some(1.0) {
        return;
    }
    let to = get("to");
    let call = get("call").as_string().unwrap_or_default();
    if matches!(&*call, "play" | "pause" | "state") {
        // What was asked for before comes before.
        wishes.grant();
    }
    match &*call {
        "play" => desk.play(),
        "pause" => desk.pause(),
        "seek" => {
            if let Some(to) = to.as_f64().filter(|to| to.is_finite()) {
                wishes.ask(Ask::Seek((to.max(0.0) * SECOND as f64) as u64));
            }
        }
        "step" => match (to.as_f64(), to.as_string().as_deref()) {
            (Some(number), _) if (1.0..=99.0).contains(&number) => wishes.ask(Ask::Step(number as usize - 1)),
            (_, Some("next")) => wishes.ask(Ask::Turn(true)),
            (_, Some("back")) => wishes.ask(Ask::Turn(false)),
            _ => {}
        },
        "state" => {
            let answer = [
                ("movingParts", 1.into()),
                ("event", "state".into()),
                ("number", get("number")),
                ("detail", state(desk)),
            ];
            post(host, &object(&answer));
        }
        "look" => {
            let part = |name: &str| link::encode(get(name).as_string().unwrap_or_default().trim_start_matches('#'));
            frame::look(&format!("theme={}&accent={}", part("theme"), part("accent")));
            desk.retheme();
        }
        _ => {}
    }
}

/// Between two times that the figure goes where a host wants it, at least: about a frame.
const GRANT_MS: f64 = 16.0;

enum Ask {
    Seek(Micros),
    /// A step of the lesson, from 0.
    Step(usize),
    /// To the next step of the lesson, or back; outside of lessons, to the next event.
    Turn(bool),
}

/// Where the asks since the last frame lead: to a step, and to a moment there.
#[derive(Default)]
struct Wish {
    step: Option<usize>,
    at: Option<Micros>,
    timer: Option<Timeout>,
}

/// A host may ask faster than anybody can paint, such as for each pixel that a page scrolls: the figure goes where all
/// of it leads, once a frame.
struct Wishes {
    desk: Desk,
    wish: RefCell<Wish>,
    /// When the last was granted, in milliseconds.
    granted: Cell<f64>,
}

impl Wishes {
    fn ask(self: &Rc<Self>, ask: Ask) {
        let wait = self.granted.get() + GRANT_MS - browser::now_ms();
        if let Ok(mut wish) = self.wish.try_borrow_mut() {
            wish.add(self.desk, ask);
            if wait > 0.0 && wish.timer.is_none() {
                let later = self.clone();
                // Not with the display's next frame: out of sight there may be none.
                wish.timer = Some(Timeout::new(wait.min(GRANT_MS) as u32 + 1, move || later.grant()));
            }
        }
        if wait <= 0.0 {
            self.grant();
        }
    }

    fn grant(&self) {
        let (desk, wish) = (self.desk, self.wish.take());
        if let Some(step) = wish.step {
            desk.enter(Place { lesson: desk.lesson().map_or(0, |place| place.lesson), step });
        }
        if let Some(at) = wish.at {
            desk.pause();
            desk.seek(at.min(desk.end()));
        }
        self.granted.set(browser::now_ms());
    }
}

impl Wish {
    fn add(&mut self, desk: Desk, ask: Ask) {
        let place = desk.lesson();
        let (first, last) = desk.bounds(place.map_or(0, |place| place.lesson));
        let step = self.step.or(place.map(|place| place.step));
        let to = match (ask, step) {
            (Ask::Seek(at), _) => return self.at = Some(at),
            (Ask::Turn(forward), None) => {
                return self.at = Some(desk.event_from(self.at.unwrap_or(desk.now()), forward));
            }
            (Ask::Step(to), _) => to,
            (Ask::Turn(true), Some(step)) => step + 1,
            (Ask::Turn(false), Some(step)) => step.wrapping_sub(1),
        };
        if (first..=last).contains(&to) && step != Some(to) {
            (self.step, self.at) = (Some(to), None);
        }
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
