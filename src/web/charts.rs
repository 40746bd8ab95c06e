//! Charts: scenes like the stage's, painted by the same painter.

use super::desk::Desk;
use super::picture::{Picture, place};
use super::ui::{El, button, div, effect, el, key};
use super::{browser, lessons};
use crate::draw::chart::{self, Chart, Plot};
use crate::draw::scene::Scene;
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Where a chart comes from: the run of a side, or the computation under way.
#[derive(Clone, Copy)]
enum From {
    Run(usize, usize),
    Study(usize),
    /// Either, by its key.
    Named(&'static str),
}

fn find(desk: Desk, from: From) -> Option<Chart> {
    match from {
        From::Run(side, i) => desk.read(side, |player| player.charts().into_iter().nth(i)).flatten(),
        From::Study(i) => desk.study(i, |study| study.chart()),
        From::Named(key) => {
            let of_run = desk.read(0, |player| player.charts().into_iter().find(|chart| chart.key == key)).flatten();
            of_run.or_else(|| find(desk, From::Study(computed(desk, key)?)))
        }
    }
}

/// Which computation makes the chart of this key.
fn computed(desk: Desk, key: &str) -> Option<usize> {
    (0..desk.study_count()).find(|i| desk.study(*i, |study| study.chart().key == key) == Some(true))
}

/// How far a computation is that is not done.
fn open(desk: Desk, from: From) -> Option<f64> {
    match from {
        From::Study(i) => desk.study(i, |study| study.progress()).filter(|progress| *progress < 1.0),
        From::Named(key) => open(desk, From::Study(computed(desk, key)?)),
        From::Run(..) => None,
    }
}

pub fn charts(desk: Desk) -> Vec<El> {
    let count = move || desk.read(0, |player| player.charts().len()).unwrap_or(0);
    let all = div("charts").live(
        move || {
            desk.ticks.settings.track();
            desk.ticks.mode.track();
            key(&(count(), desk.comparing(), desk.study_count()))
        },
        move || {
            let sides: &[usize] = if desk.comparing() { &[0, 1] } else { &[0] };
            let mut all = Vec::new();
            for i in 0..count() {
                all.extend(sides.iter().map(|side| panel(desk, From::Run(*side, i))));
            }
            all.extend((0..desk.study_count()).map(|i| panel(desk, From::Study(i))));
            all
        },
    );
    vec![all]
}

/// The charts that the lesson's step speaks of; with its answer, where it asks. Before a class they take the place of
/// what told its run, once that is over.
pub fn named(desk: Desk) -> Vec<El> {
    let spoken = move || match lessons::here(desk) {
        Some((_, step)) => {
            let over = step.end() <= desk.now();
            let told = if step.ask.is_some() { over && desk.answer().is_some() } else { over || !desk.presenting() };
            if told { step.charts } else { &[] }
        }
        None => &[],
    };
    let all = div("charts step-charts").live(
        move || {
            desk.ticks.mode.track();
            desk.ticks.clock.track();
            key(&(desk.lesson(), spoken()))
        },
        move || {
            if desk.presenting() {
                // The picture takes what they leave of the screen: once they are gone, too.
                Timeout::new(0, move || desk.paint()).forget();
            }
            spoken().iter().map(|key| panel(desk, From::Named(key))).collect()
        },
    );
    vec![all]
}

/// How many pixels one of a chart's units has, and how high it may be. Before a class it is drawn larger, not wider.
fn room(desk: Desk, chart: &Chart, place: f32) -> (f32, f32) {
    let tall = chart::height(chart);
    if !desk.presenting() {
        return (1.0, tall);
    }
    let (width, height) = browser::window_size();
    // The list of a chart with many curves is to be there whole.
    let least = if let Plot::Curves { curves, .. } = &chart.plot { 30.0 + 14.5 * curves.len() as f32 } else { 1.0 };
    let zoom = (width / CLASS).min(place / NARROWEST).min(height * SHARE / least).clamp(1.0, 2.5);
    (zoom, tall.min(height * SHARE / zoom).max(120.0))
}

/// In pixels: a window so wide shows charts to a class as they are on a page.
const CLASS: f32 = 1000.0;
/// In units: what is narrower is not drawn larger.
const NARROWEST: f32 = 340.0;
/// Of the window's height, a chart beside the picture has so much at most.
const SHARE: f32 = 0.3;

fn panel(desk: Desk, from: From) -> El {
    let track = move || match from {
        From::Run(..) => {
            desk.ticks.run.track();
            desk.ticks.settings.track();
        }
        From::Study(_) => desk.ticks.study.track(),
        From::Named(_) => {
            desk.ticks.run.track();
            desk.ticks.settings.track();
            desk.ticks.study.track();
        }
    };
    let name = match from {
        From::Run(side, _) if desk.comparing() => {
            if side == 0 {
                "A: "
            } else {
                "B: "
            }
        }
        _ => "",
    };
    let title = el("h2").class("small").live_text(move || {
        track();
        find(desk, from).map_or(String::new(), |chart| format!("{name}{}", chart.title))
    });
    let note = el("p").class("soft").live_text(move || {
        track();
        let note = find(desk, from).map_or(String::new(), |chart| chart.note);
        open(desk, from).map_or(note.clone(), |progress| format!("{note} · {}% measured", (progress * 100.0) as i64))
    });
    let stop = div("contents").live(
        move || {
            track();
            key(&(open(desk, from).is_some(), desk.studies_stopped()))
        },
        move || {
            let (open, stopped) = (open(desk, from).is_some(), desk.studies_stopped());
            let label = if stopped { "Go on measuring" } else { "Stop measuring" };
            let turn = move || desk.stop_studies(!stopped);
            open.then(|| button(label, turn).class("linkish")).into_iter().collect()
        },
    );
    let width = Rc::new(Cell::new(0.0f32));
    let resized = RwSignal::new(0u32);
    let scene = Rc::new(RefCell::new(Scene::default()));
    let Picture { frame, top, painter } = Picture::new({
        let width = width.clone();
        move |now| {
            if (width.replace(now) - now).abs() >= 1.0 {
                let _ = resized.try_update(|n| *n += 1);
            }
        }
    });
    let painter = RefCell::new(painter);
    let drawn = scene.clone();
    let (scale, used) = (Rc::new(Cell::new(1.0f32)), Cell::new(0.0f32));
    let zoomed = scale.clone();
    effect(move || {
        track();
        resized.track();
        desk.ticks.focus.track();
        desk.ticks.theme.track();
        let Some(chart) = find(desk, from).filter(|_| width.get() > 10.0) else { return };
        let (zoom, tall) = room(desk, &chart, width.get());
        zoomed.set(zoom);
        let now = chart::draw(&chart, width.get() / zoom, tall, desk.lit());
        if let Some(painter) = &mut *painter.borrow_mut() {
            painter.paint(&now, browser::theme(), browser::pixel_ratio() * f64::from(zoom));
        }
        if used.replace(tall * zoom) != tall * zoom && desk.presenting() {
            Timeout::new(0, move || desk.paint()).forget();
        }
        *drawn.borrow_mut() = now;
    });
    let at = move |event: &web_sys::Event| {
        let (x, y) = place(event)?;
        let zoom = scale.get();
        scene.borrow().hit(x / zoom, y / zoom, 4.0).and_then(|hit| hit.subject)
    };
    let under = at.clone();
    top.live_attr("aria-label", move || {
        track();
        find(desk, from).map(|chart| chart::describe(&chart))
    })
    .on("pointermove", move |event| desk.set_focus(at(&event)))
    .on("pointerleave", move |_| desk.set_focus(None))
    .on("pointerup", move |event| {
        let found = under(&event);
        desk.set_follow(if desk.follow() == found { None } else { found });
    });
    let section = el("section").class("panel").add(title).add(note).add(stop).add(frame);
    section.live_attr("hidden", move || {
        track();
        // Of what has not happened yet there is none.
        find(desk, from).is_none().then(String::new)
    })
}
