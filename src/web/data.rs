//! The reader's own data: pasted, dropped or chosen, read piece by piece, and never sent anywhere.

use super::browser;
use super::desk::Desk;
use super::picture::{Picture, place};
use super::ui::{El, button, div, effect, el, p};
use crate::draw::scene::Scene;
use crate::explainers::{Import, Imported, Inquiry, grouped, imports};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlTextAreaElement};

/// Read at once from a file or a paste.
const PIECE: usize = 1 << 18;
/// Work on end, of reading as of an inquiry; then the page breathes, for which browsers take 4 ms however short the work
/// was. And how often an inquiry’s progress is shown.
const SLICE_MS: f64 = 20.0;
const SHOW_MS: f64 = 200.0;

enum Source {
    Text(String),
    File(gloo_file::File),
}

/// Where a reading is: how much of it is done, or what came of it.
enum Reading {
    Idle,
    Busy(f64),
    Placing,
    Failed(String),
    /// It was read, and its question is being answered.
    Judging(Imported),
    Done(Imported),
}

#[derive(Clone)]
struct Desktop {
    which: Rc<Cell<usize>>,
    reading: Rc<RefCell<Reading>>,
    /// Another reading, or a cancel, raises it and so ends the one under way.
    turn: Rc<Cell<u32>>,
    tick: RwSignal<u32>,
    /// More of it is done, and nothing else is new: a button stays the same button while it is pressed.
    beat: RwSignal<u32>,
}

impl Desktop {
    fn set(&self, reading: Reading) {
        *self.reading.borrow_mut() = reading;
        let _ = self.tick.try_update(|n| *n += 1);
    }

    /// `false`: the dialog is gone.
    fn progressed(&self) -> bool {
        self.beat.try_update(|n| *n += 1).is_some()
    }

    /// From 0 to 1.
    fn progress(&self) -> f64 {
        match &*self.reading.borrow() {
            Reading::Busy(done) => *done,
            Reading::Judging(Imported { inquiry: Some(inquiry), .. }) => inquiry.progress(),
            _ => 0.0,
        }
    }

    fn stop(&self) {
        self.turn.set(self.turn.get() + 1);
        self.set(Reading::Idle);
    }

    fn start(&self, import: &'static Import, source: Source) {
        self.stop();
        self.set(Reading::Busy(0.0));
        spawn_local(read(self.clone(), import, source));
    }
}

pub fn data(desk: Desk) -> Vec<El> {
    desk.pause();
    let imports: &'static [Import] = imports(desk.slug());
    let state = Desktop {
        which: Rc::default(),
        reading: Rc::new(RefCell::new(Reading::Idle)),
        turn: Rc::default(),
        tick: RwSignal::new(0),
        beat: RwSignal::new(0),
    };
    let which = state.which.clone();
    let current = move || imports.get(which.get()).or(imports.first());
    let tick = state.tick;

    let tab = |(i, import): (usize, &'static Import)| {
        let (clicked, shown) = (state.clone(), state.which.clone());
        button(import.title, move || {
            clicked.which.set(i);
            clicked.stop();
        })
        .pressed(move || {
            tick.track();
            shown.get() == i
        })
    };
    let tabs = div("seg wrap").attr("role", "group").label("Kind of data");
    let tabs = tabs.all(imports.iter().enumerate().map(tab));
    let hint = current.clone();
    let hint = p("").live_text(move || {
        tick.track();
        hint().map_or("", |import| import.hint).to_string()
    });
    let example = current.clone();
    let area =
        el("textarea").class("mono").attr("rows", "8").attr("spellcheck", "false").label("Paste here").live_attr(
            "placeholder",
            move || {
                tick.track();
                example().map(|import| import.example.to_string())
            },
        );
    let text = area.cast::<HtmlTextAreaElement>();
    let (dropped, import) = (state.clone(), current.clone());
    let area = area.on("dragover", |event| event.prevent_default()).on("drop", move |event| {
        event.prevent_default();
        let event = event.dyn_into::<web_sys::DragEvent>().ok();
        let file = event.and_then(|event| event.data_transfer()?.files()?.get(0));
        if let (Some(file), Some(import)) = (file, import()) {
            dropped.start(import, Source::File(gloo_file::File::from(file)));
        }
    });
    let (pressed, import, pasted) = (state.clone(), current.clone(), text.clone());
    let go = button("Read", move || {
        if let (Some(import), Some(area)) = (import(), &pasted) {
            pressed.start(import, Source::Text(area.value()));
        }
    });
    let (picked, import) = (state.clone(), current.clone());
    let pick = el("input").attr("type", "file").on("change", move |event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let file = input.and_then(|input| input.files()?.get(0));
        if let (Some(file), Some(import)) = (file, import()) {
            picked.start(import, Source::File(gloo_file::File::from(file)));
        }
    });
    let fill = button("Example", move || {
        if let (Some(import), Some(area)) = (current(), &text) {
            area.set_value(import.example);
        }
    });
    let pick = el("label").class("filepick").text("Choose a file…").add(pick);
    let row = div("row").add(go.class("primary")).add(pick).add(fill);
    let turns = Cell::new(0u64);
    let found = state.reading.clone();
    let result = div("result").attr("aria-live", "polite").live(
        move || {
            tick.track();
            turns.set(turns.get() + 1);
            turns.get()
        },
        move || result(desk, &state),
    );
    // What was found is on screen, also on a phone.
    let (shown, reading) = (result.clone(), found);
    effect(move || {
        tick.track();
        if let (Reading::Done(_), Some(node)) = (&*reading.borrow(), shown.node()) {
            node.scroll_into_view_with_bool(true);
        }
    });
    let about = p("Nothing leaves this page: it is read here, by your browser.").class("soft");
    vec![about, tabs, hint, area, row, result]
}

fn result(desk: Desk, state: &Desktop) -> Vec<El> {
    let reading = state.reading.borrow();
    match &*reading {
        Reading::Idle => Vec::new(),
        Reading::Busy(_) => busy(state, "Reading"),
        Reading::Placing => vec![p("Taking it over…")],
        Reading::Failed(why) => vec![p(&format!("The file could not be read: {why}."))],
        Reading::Judging(found) | Reading::Done(found) => {
            let count = found.bad.len() as i64 + found.more as i64;
            let mut all =
                vec![el("p").class("found").add(el("b").text("Found: ")).text(&format!("{}.", found.summary))];
            let inquiry = found.inquiry.as_deref();
            if count == 0 && found.data.is_none() && inquiry.is_none() {
                all.push(p("There was nothing to read: paste something above, or choose a file."));
            }
            if count > 0 {
                let some = if count == 1 { "line" } else { "lines" };
                let line = |(line, why): &(u64, String)| {
                    let number = el("b").text(&format!("Line {}", grouped(*line as i64)));
                    let end = if why.ends_with(['.', '?', '!']) { "" } else { "." };
                    el("li").add(number).text(&format!(": {why}{end}"))
                };
                let more = (found.more > 0).then(|| p(&format!("and {} more", grouped(found.more as i64))));
                let text = div("")
                    .add(p(&format!(
                        "{} {some} could not be used{}.",
                        grouped(count),
                        if found.data.is_some() || inquiry.is_some() { "; the rest is kept" } else { "" }
                    )))
                    .add(el("ul").all(found.bad.iter().map(line)))
                    .maybe(more);
                all.push(div("note inside").add(text));
            }
            if let Some(inquiry) = inquiry {
                all.extend(answer(desk, state, inquiry, matches!(*reading, Reading::Judging(_))));
                // An answer that changes no run is all there is to see.
                if found.data.is_none() {
                    return all;
                }
            }
            let take = state.clone();
            let apply = button("Show it", move || {
                let found = std::mem::replace(&mut *take.reading.borrow_mut(), Reading::Placing);
                // Nobody has to wait for the answer.
                let (Reading::Done(imported) | Reading::Judging(imported)) = found else { return };
                take.set(Reading::Placing);
                // A million keys take a moment to place: the word is on the screen before it begins.
                spawn_local(async move {
                    TimeoutFuture::new(40).await;
                    desk.set_dialog(None);
                    desk.adopt(imported);
                    // What was brought is there to be played with. A dialog that closes gives the keyboard back first.
                    TimeoutFuture::new(40).await;
                    browser::focus(".play");
                });
            });
            let apply = if found.data.is_none() { apply.attr("disabled", "") } else { apply };
            all.push(apply.class("primary"));
            all
        }
    }
}

/// Reads piece by piece; another reading, or a cancel, ends it.
async fn read(state: Desktop, import: &'static Import, source: Source) {
    let mine = state.turn.get();
    let mut reader = (import.reader)();
    let size = match &source {
        Source::Text(text) => text.len() as u64,
        Source::File(file) => file.size(),
    };
    let mut at = 0u64;
    let mut begun = browser::now_ms();
    while at < size {
        let to = (at + PIECE as u64).min(size);
        match &source {
            Source::Text(text) => reader.push(text.as_bytes().get(at as usize..to as usize).unwrap_or_default()),
            Source::File(file) => match gloo_file::futures::read_as_bytes(&file.slice(at, to)).await {
                Ok(bytes) => reader.push(&bytes),
                Err(why) => {
                    if state.turn.get() == mine {
                        state.set(Reading::Failed(why.to_string()));
                    }
                    return;
                }
            },
        }
        at = to;
        if state.turn.get() != mine {
            return;
        }
        if at < size && browser::now_ms() - begun < SLICE_MS {
            continue;
        }
        *state.reading.borrow_mut() = Reading::Busy(at as f64 / size.max(1) as f64);
        state.progressed();
        TimeoutFuture::new(0).await;
        begun = browser::now_ms();
    }
    if state.turn.get() == mine {
        let found = reader.finish();
        if found.inquiry.is_none() {
            return state.set(Reading::Done(found));
        }
        state.set(Reading::Judging(found));
        judge(state, mine).await;
    }
}

/// Answers the question in slices; another reading, or a cancel, ends it.
async fn judge(state: Desktop, mine: u32) {
    let mut shown = browser::now_ms();
    loop {
        TimeoutFuture::new(0).await;
        if state.turn.get() != mine {
            return;
        }
        let begun = browser::now_ms();
        let more = match &mut *state.reading.borrow_mut() {
            Reading::Judging(Imported { inquiry: Some(inquiry), .. }) => {
                let mut more = true;
                while more && browser::now_ms() - begun < SLICE_MS {
                    more = inquiry.step();
                }
                more
            }
            _ => return,
        };
        if !more {
            break;
        }
        if begun - shown > SHOW_MS {
            shown = begun;
            // With the dialog the question is gone.
            if !state.progressed() {
                return;
            }
        }
    }
    let found = std::mem::replace(&mut *state.reading.borrow_mut(), Reading::Idle);
    state.set(match found {
        Reading::Judging(found) => Reading::Done(found),
        other => other,
    });
}

/// How far it is, and a way out.
fn busy(state: &Desktop, what: &'static str) -> Vec<El> {
    let (shown, stop) = (state.clone(), state.clone());
    let bar = el("progress").attr("max", "1").label(what).live_attr("value", move || {
        shown.beat.track();
        Some(crate::sim::decimal::fixed(shown.progress(), 3))
    });
    vec![p(&format!("{what}…")), bar, button("Cancel", move || stop.stop())]
}

/// How far the answer is; or the answer, in words and drawn.
fn answer(desk: Desk, state: &Desktop, inquiry: &dyn Inquiry, open: bool) -> Vec<El> {
    if open {
        return busy(state, "Working it out");
    }
    let words = inquiry.words();
    let width = Rc::new(Cell::new(0.0f32));
    let resized = RwSignal::new(0u32);
    let scene = Rc::new(RefCell::new(Scene::default()));
    let Picture { frame, top, painter } = Picture::new({
        let width = width.clone();
        move |now| {
            if (width.replace(now) - now).abs() >= 1.0 {
                resized.update(|n| *n += 1);
            }
        }
    });
    let painter = RefCell::new(painter);
    let (drawn, state) = (scene.clone(), state.clone());
    effect(move || {
        resized.track();
        desk.ticks.theme.track();
        let reading = state.reading.borrow();
        let Reading::Done(Imported { inquiry: Some(inquiry), .. }) = &*reading else { return };
        if width.get() > 10.0 {
            let now = inquiry.scene(width.get());
            if let Some(painter) = &mut *painter.borrow_mut() {
                painter.paint(&now, browser::theme(), browser::pixel_ratio());
            }
            *drawn.borrow_mut() = now;
        }
    });
    // What the pointer is on, in full words.
    let titled = top.clone();
    let top = top.label(&words).on("pointermove", move |event| {
        let label = place(&event).and_then(|(x, y)| scene.borrow().hit(x, y, 0.0).map(|hit| hit.label.clone()));
        let _ = titled.clone().attr("title", &label.unwrap_or_default());
    });
    drop(top);
    // The verdict, and a line for each thing it was found of.
    let mut lines = words.lines();
    let verdict = el("p").class("verdict").text(lines.next().unwrap_or_default());
    let rest = el("ul").class("verdicts").all(lines.map(|line| el("li").text(line)));
    vec![verdict, rest, div("drawn").add(frame)]
}
