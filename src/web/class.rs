//! A lesson for a class: the keys of slide clickers, a blank screen, a clock, and a second window for the teacher. The
//! two windows tell each other how things stand, not what happened: whichever is reloaded is right again.

use super::browser::{field, object};
use super::desk::Desk;
use super::lessons::{self, Onward};
use super::ui::{El, button, div, effect, el, keep, p};
use super::{browser, panels, qr};
use crate::explainers::handout;
use crate::link;
use gloo_events::{EventListener, EventListenerOptions};
use gloo_timers::callback::{Interval, Timeout};
use js_sys::{Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlElement, KeyboardEvent, MessageEvent, Window};

/// What a clicker, a key or the teacher's window can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Next,
    Back,
    First,
    Last,
    Blank,
    Full,
    Out,
    Help,
    Clock,
    Code,
    Speaker,
}

/// A key or keys, what it asks for, its name between windows, and what that is in words.
const ORDERS: [(&[&str], Order, &str, &str, &str); 11] = [
    (
        &["ArrowRight", "PageDown", " ", "n", "N"],
        Order::Next,
        "next",
        "→ PageDown Space N",
        "go on: reveal, run, next step",
    ),
    (&["ArrowLeft", "PageUp", "p", "P"], Order::Back, "back", "← PageUp P", "a step back"),
    (&["Home"], Order::First, "first", "Home", "the first step"),
    (&["End"], Order::Last, "last", "End", "the last step"),
    (&["b", "B", "."], Order::Blank, "blank", "B .", "a dark screen, and back"),
    (&["f", "F"], Order::Full, "full", "F", "full screen"),
    (&["t", "T"], Order::Clock, "clock", "T", "the clock from zero"),
    (&["q", "Q"], Order::Code, "code", "Q", "a QR code of this moment, for phones"),
    (&["s", "S"], Order::Speaker, "speaker", "S", "notes in a second window"),
    (&["?"], Order::Help, "help", "?", "this list"),
    (&["Escape"], Order::Out, "out", "Esc", "out"),
];

fn order(event: &KeyboardEvent) -> Option<Order> {
    if event.ctrl_key() || event.alt_key() || event.meta_key() || event.default_prevented() || browser::typing() {
        return None;
    }
    let key = event.key();
    // A focused button keeps the key that presses it.
    if key == " " && matches!(browser::active_tag().as_str(), "BUTTON" | "A" | "SUMMARY") {
        return None;
    }
    ORDERS.iter().find(|(keys, ..)| keys.contains(&key.as_str())).map(|(_, order, ..)| *order)
}

/// Whole seconds as 12:05.
fn clock(seconds: u64) -> String {
    format!("{}:{:0>2}", seconds / 60, seconds % 60)
}

#[derive(Clone, Copy)]
struct Class {
    desk: Desk,
    blank: RwSignal<bool>,
    help: RwSignal<bool>,
    code: RwSignal<bool>,
    /// Whole seconds since it began, as shown.
    passed: RwSignal<u64>,
    began: StoredValue<f64>,
    /// The full screen is left, and nothing more.
    leaving: StoredValue<bool>,
    speaker: StoredValue<Option<Window>, LocalStorage>,
}

/// What lies over the page while a class looks at it.
pub fn show(desk: Desk) -> Vec<El> {
    let class = Class {
        desk,
        blank: RwSignal::new(false),
        help: RwSignal::new(false),
        code: RwSignal::new(false),
        passed: RwSignal::new(0),
        began: StoredValue::new(browser::now_ms()),
        leaving: StoredValue::new(false),
        speaker: StoredValue::new_local(None),
    };
    if desk.lesson().is_none() {
        desk.enter(super::desk::Place { lesson: 0, step: 0 });
    }
    class.listen();
    let bar = div("present-bar")
        .attr("role", "region")
        .label("Presenting")
        .add(el("span").class("clock").label("Time since the beginning").live_text(move || clock(class.passed.get())))
        .add(button("?", move || class.obey(Order::Help)).label("Keys"))
        .add(button("Notes", move || class.obey(Order::Speaker)))
        .add(button("Leave", move || class.obey(Order::Out)));
    let list = move || {
        let rows = ORDERS.iter().flat_map(|(_, _, _, keys, what)| {
            let keys = el("dt").all(keys.split(' ').map(|key| el("kbd").text(key)));
            [keys, el("dd").text(what)]
        });
        let close = button("Close", move || class.help.set(false)).class("primary");
        vec![
            over("card present-help", "Keys")
                .add(el("h2").text("Keys"))
                .add(el("dl").class("keys").all(rows))
                .add(close),
        ]
    };
    let help = div("contents").live(
        move || u64::from(class.help.get()),
        move || if class.help.get_untracked() { list() } else { Vec::new() },
    );
    let phones = move || {
        let address = browser::address(&link::write(&desk.link()));
        let picture = qr::code(&address).unwrap_or_else(|| p("This moment’s link is too long for a QR code."));
        let close = button("Close", move || class.code.set(false)).class("primary");
        vec![
            over("card present-help present-code", "This moment, for phones")
                .add(picture)
                .add(p(&address).class("soft"))
                .add(close),
        ]
    };
    let code = div("contents").live(
        move || u64::from(class.code.get()),
        move || if class.code.get_untracked() { phones() } else { Vec::new() },
    );
    let dark = div("contents").live(
        move || u64::from(class.blank.get()),
        move || match class.blank.get_untracked() {
            true => vec![button("", move || class.obey(Order::Blank)).class("blank").label("Dark: press to go on")],
            false => Vec::new(),
        },
    );
    let before = StoredValue::new_local(None::<HtmlElement>);
    effect(move || {
        // Each is read, whatever the others are.
        let over = [class.help.get(), class.code.get(), class.blank.get()].contains(&true);
        // Once it is there, or gone.
        Timeout::new(0, move || below(over, before)).forget();
    });
    on_cleanup(move || below(false, before));
    vec![bar, help, code, dark]
}

fn over(class: &str, name: &str) -> El {
    div(class).attr("role", "dialog").attr("aria-modal", "true").label(name)
}

/// What something lies over is out of the keyboard's reach; afterwards the keyboard is where it was.
fn below(over: bool, before: StoredValue<Option<HtmlElement>, LocalStorage>) {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    let find = |css: &str| document.query_selector(css).ok().flatten();
    let active = document.active_element().and_then(|it| it.dyn_into::<HtmlElement>().ok());
    let (active, main) = (active.filter(|it| it.tag_name() != "BODY"), find("main"));
    let was = main.as_ref().is_some_and(|main| main.has_attribute("inert"));
    for part in [main, find(".present-bar")].into_iter().flatten() {
        let _ = part.toggle_attribute_with_force("inert", over);
    }
    let to = match (over, was) {
        (true, false) => {
            before.try_set_value(active);
            find(".present-help button, .blank").and_then(|it| it.dyn_into().ok())
        }
        (false, true) => before.try_update_value(Option::take).flatten(),
        _ => None,
    };
    if let Some(to) = to {
        let _ = to.focus();
    }
}

impl Class {
    fn listen(self) {
        let Some(window) = web_sys::window() else { return };
        let options = EventListenerOptions::enable_prevent_default();
        keep(EventListener::new_with_options(&window, "keydown", options, move |event| {
            if let Some(event) = event.dyn_ref::<KeyboardEvent>()
                && let Some(order) = order(event)
            {
                event.prevent_default();
                self.obey(order);
            }
        }));
        keep(EventListener::new(&window, "message", move |event| {
            let Some(event) = event.dyn_ref::<MessageEvent>() else { return };
            // A window of this page's own: nobody else has anything to say here.
            if event.origin() != browser::origin() || !event.source().is_some_and(|it| is_ours(&it)) {
                return;
            }
            match field(&event.data(), "speaker").as_string().as_deref() {
                Some("hello") => {
                    self.speaker.set_value(event.source().map(JsCast::unchecked_into));
                    self.tell();
                }
                Some(name) => {
                    if let Some((_, order, ..)) = ORDERS.iter().find(|(_, _, known, ..)| *known == name) {
                        self.obey(*order);
                    }
                }
                None => {}
            }
        }));
        if let Some(document) = window.document() {
            let was = StoredValue::new(browser::is_fullscreen());
            keep(EventListener::new(&document, "fullscreenchange", move |_| {
                let full = browser::is_fullscreen();
                // Esc there is the browser's key: it means out, here too.
                // But F is only for the screen.
                if was.get_value() && !full && self.leaving.try_update_value(std::mem::take) != Some(true) {
                    self.desk.present(false);
                }
                was.set_value(full);
            }));
        }
        let room = StoredValue::new(0.0);
        keep(Interval::new(500, move || {
            // What is told may be longer now: then the picture has less of the screen.
            let now = browser::stage_height(true);
            if (room.get_value() - now).abs() >= 1.0 {
                room.set_value(now);
                self.desk.paint();
            }
            let passed = ((browser::now_ms() - self.began.get_value()) / 1_000.0) as u64;
            if self.passed.get_untracked() != passed {
                self.passed.set(passed);
                self.tell();
            }
        }));
        super::ui::effect(move || {
            self.desk.ticks.mode.track();
            self.desk.ticks.run.track();
            self.blank.track();
            self.tell();
        });
    }

    fn obey(self, order: Order) {
        let desk = self.desk;
        if self.blank.get_untracked() && order != Order::Speaker {
            // Whatever is pressed, the class sees again what it saw before.
            return self.blank.set(false);
        }
        if self.code.get_untracked() {
            self.code.set(false);
            if matches!(order, Order::Code | Order::Out) {
                return;
            }
        }
        if self.help.get_untracked() {
            self.help.set(false);
            if matches!(order, Order::Help | Order::Out) {
                return;
            }
        }
        match order {
            Order::Next => lessons::show_on(desk),
            Order::Back => {
                desk.turn_page(false);
            }
            Order::First | Order::Last => {
                if let Some((place, _)) = lessons::here(desk) {
                    let (first, last) = desk.bounds(place.lesson);
                    desk.enter(super::desk::Place { step: if order == Order::First { first } else { last }, ..place });
                }
            }
            Order::Blank => self.blank.set(true),
            Order::Full => {
                let full = browser::is_fullscreen();
                self.leaving.set_value(full);
                browser::fullscreen(!full);
            }
            Order::Out => {
                browser::fullscreen(false);
                desk.present(false);
            }
            Order::Help => self.help.set(true),
            Order::Code => self.code.set(true),
            Order::Clock => {
                self.began.set_value(browser::now_ms());
                self.passed.set(0);
            }
            Order::Speaker => {
                let address = format!("{}?speaker{}", browser::page_address(), link::write(&desk.link()));
                let opened = web_sys::window().and_then(|window| {
                    let look = "popup=yes,width=1180,height=760";
                    window.open_with_url_and_target_and_features(&address, "moving-parts-speaker", look).ok()?
                });
                match opened {
                    Some(window) => self.speaker.set_value(Some(window)),
                    None => desk.say("Notes", "the browser opened no second window: allow this page to, and try again"),
                }
            }
        }
    }

    /// How things stand, to the teacher's window.
    fn tell(self) {
        let Some(place) = self.desk.lesson() else { return };
        let state = object(&[
            ("movingParts", 1.into()),
            ("lesson", JsValue::from_f64(place.lesson as f64)),
            ("step", JsValue::from_f64(place.step as f64)),
            ("onward", doing(self.desk).into()),
            ("blank", self.blank.get_untracked().into()),
            ("passed", JsValue::from_f64(self.passed.get_untracked() as f64)),
        ]);
        self.speaker.try_with_value(|window| {
            if let Some(window) = window {
                let _ = window.post_message(&state, "*");
            }
        });
    }
}

/// What pressing “next” will do.
fn doing(desk: Desk) -> &'static str {
    match lessons::onward(desk) {
        Some(Onward::Answer) => "Reveal",
        Some(Onward::Skip) => "Skip to its end",
        Some(Onward::Run) => "Run it",
        Some(Onward::Go(_)) => "Next step",
        _ => "That was the last step",
    }
}

/// Whether a window was opened by this one.
fn is_ours(source: &Object) -> bool {
    let me = web_sys::window().map(JsValue::from);
    Reflect::get(source, &"opener".into()).ok() == me
}

/// So long without a word, the class's window is taken for gone.
const SILENT_MS: f64 = 5_000.0;

/// The teacher's window: the words, the answer, what comes next, and the clock.
pub fn speaker(desk: Desk) -> Vec<El> {
    browser::set_title("Notes · Moving Parts");
    on_cleanup(move || desk.close());
    let opener = web_sys::window().and_then(|window| window.opener().ok()).filter(|opener| opener.is_object());
    let told = RwSignal::new((String::from("…"), false, 0u64));
    // When something was heard last, in the browser's milliseconds.
    let heard = RwSignal::new(None::<f64>);
    let send = {
        let opener = opener.clone();
        move |what: &str| {
            if let Some(opener) = &opener {
                let window: &Window = opener.unchecked_ref();
                let _ = window.post_message(&object(&[("movingParts", 1.into()), ("speaker", what.into())]), "*");
            }
        }
    };
    if let (Some(window), Some(opener)) = (web_sys::window(), opener.clone()) {
        keep(EventListener::new(&window, "message", move |event| {
            let Some(event) = event.dyn_ref::<MessageEvent>() else { return };
            if event.source().map(JsValue::from).as_ref() != Some(&opener) {
                return;
            }
            let data = event.data();
            let number = |name: &str| field(&data, name).as_f64().filter(|it| *it >= 0.0).map(|it| it as usize);
            let (Some(lesson), Some(step)) = (number("lesson"), number("step")) else { return };
            heard.set(Some(browser::now_ms()));
            let doing = field(&data, "onward").as_string().unwrap_or_default();
            let blank = field(&data, "blank").as_bool() == Some(true);
            told.set((doing, blank, number("passed").unwrap_or(0) as u64));
            let place = super::desk::Place { lesson, step };
            if desk.lesson() != Some(place) {
                desk.enter(place);
            }
        }));
        let (hello, keys) = (send.clone(), send.clone());
        hello("hello");
        // Again and again: the other window may be reloaded.
        keep(Interval::new(2_000, move || hello("hello")));
        let options = EventListenerOptions::enable_prevent_default();
        keep(EventListener::new_with_options(&window, "keydown", options, move |event| {
            let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
            let Some(order) = order(event).filter(|order| !matches!(order, Order::Speaker | Order::Full)) else {
                return;
            };
            if let Some((_, _, name, ..)) = ORDERS.iter().find(|(_, known, ..)| *known == order) {
                event.prevent_default();
                keys(name);
            }
        }));
    }
    let time = RwSignal::new(now());
    keep(Interval::new(1_000, move || time.set(now())));
    let press = |label: &str, what: &'static str| {
        let send = send.clone();
        button(label, move || send(what))
    };
    let next = press("", "next").class("primary").live_text(move || told.get().0);
    let bar = div("speaker-bar")
        .attr("role", "region")
        .label("The class’s window")
        .add(press("← Back", "back"))
        .add(next)
        .add(press("Dark screen", "blank").pressed(move || told.get().1))
        .add(press("Clock from zero", "clock"))
        .add(el("span").class("clock").label("Since the beginning").live_text(move || clock(told.get().2)))
        .add(el("span").class("clock soft").label("Time of day").live_text(move || time.get()));
    let alone = p("").class("soft").attr("role", "status").live_text(move || match (heard.get(), opener.is_some()) {
        (Some(at), _) => {
            // It tells at least once a second.
            time.track();
            let gone = browser::now_ms() - at > SILENT_MS;
            if gone { "The other window shows no lesson to a class any more.".into() } else { String::new() }
        }
        (None, true) => "Waiting for the window that the class sees…".into(),
        (None, false) => {
            "This window belongs beside one that shows a lesson: there, choose Present, then Notes.".into()
        }
    });
    let notes = el("main").class("notes-page").live(
        move || {
            desk.ticks.mode.track();
            super::ui::key(&desk.lesson())
        },
        move || notes(desk),
    );
    vec![bar, alone, panels::notes(desk), notes]
}

fn now() -> String {
    let date = js_sys::Date::new_0();
    format!("{}:{:0>2}", date.get_hours(), date.get_minutes())
}

/// What the teacher reads of a step.
fn notes(desk: Desk) -> Vec<El> {
    let Some((place, step)) = lessons::here(desk) else { return vec![p("Choose a lesson in the other window.")] };
    let Some(lesson) = desk.read(0, |player| player.lessons().get(place.lesson)).flatten() else { return Vec::new() };
    let room = handout::Room { width: 560.0, height: 400.0, wide: 560.0 };
    let sheet = |number: usize| {
        let step = lesson.steps.get(number)?;
        desk.with(|inner| handout::sheet(inner.entry(), number + 1, step, room))
    };
    let mut parts = Vec::new();
    let head = format!("{} · step {} of {}", lesson.title, place.step + 1, lesson.steps.len());
    let mut now = vec![p(&head).class("where"), el("h1").text(step.title)];
    if let Some(sheet) = sheet(place.step) {
        if let Some(question) = &sheet.question {
            now.push(div("predict").add(p(&question.words)).add(p(&question.answer).class("verdict")));
        }
        now.push(p(&sheet.text));
        now.push(p("").class("look").add(el("b").text("Look at: ")).text(&sheet.look));
    }
    parts.push(el("section").all(now));
    let coming: Vec<El> = match sheet(place.step + 1) {
        Some(sheet) => {
            let question = sheet.question.as_ref().map(|question| p(&question.words).class("soft"));
            let picture = super::handout::picture(&sheet.scene, sheet.title);
            vec![p("Next").class("where"), el("h2").text(sheet.title), picture].into_iter().chain(question).collect()
        }
        None => vec![p("Next").class("where"), el("h2").text("The end of this lesson")],
    };
    parts.push(el("aside").all(coming));
    parts
}
