//! Measured on the reader's machine: the explainer's kernels in a worker, timed with the browser's clock.
//!
//! What a browser's clock is worth differs: most round it to 5–100 µs, some to 1 ms and more, so that a round takes
//! many times as long as the clock's steps, and is divided by how often the kernel ran in it.

use super::browser;
use super::desk::Desk;
use super::ui::{El, button, div, el, key, p};
use super::worker::Helper;
use crate::draw::chart::figure;
use crate::explainers::{Measured, Probe};
use crate::link;
use crate::sim::order;
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::hint::black_box;
use std::rc::Rc;

/// A round takes at least this long, in ms, and at least so many steps of the clock.
const ROUND_MS: f64 = 8.0;
const STEPS: f64 = 50.0;
const ROUNDS: usize = 15;
/// Messages to the worker and back that are timed, and some before.
const MESSAGES: usize = 400;
const WARM: usize = 40;
/// So many in a row are timed at once: one alone takes about as long as a step of some clocks.
const ROW: usize = 20;
/// What the worker says of its clock, and that it heard a message, where it would say the number of a probe.
pub const CLOCK: u32 = 1_000;
pub const HEARD: u32 = 1_001;

fn quartiles(values: &[f64]) -> Measured {
    let places = order::order(&values.iter().map(|value| order::rank(*value)).collect::<Vec<_>>());
    let at = |quarter: usize| {
        let place = places.get((values.len().saturating_sub(1)) * quarter / 4);
        place.and_then(|place| values.get(*place as usize)).copied().unwrap_or(f64::NAN)
    };
    Measured { low: at(1), middle: at(2), high: at(3) }
}

/// The worker's end: the clock first, then each probe. `told` is called with a number and what was found.
pub fn begin(probes: &'static [Probe]) -> impl FnMut() -> Option<(u32, Measured)> {
    let (mut next, mut step) = (None::<usize>, 0.0f64);
    move || {
        let Some(i) = next else {
            next = Some(0);
            let found = clock();
            step = found.middle / 1e6;
            return Some((CLOCK, found));
        };
        let probe = probes.get(i)?;
        next = Some(i + 1);
        Some((i as u32, time(probe, step)))
    }
}

/// How far the clock goes from one reading to the next that differs.
fn clock() -> Measured {
    let begun = browser::now_ms();
    let (mut steps, mut last) = (Vec::new(), begun);
    while steps.len() < 64 && last - begun < 200.0 {
        let now = browser::now_ms();
        if now > last {
            steps.push((now - last) * 1e6);
            last = now;
        }
    }
    quartiles(&steps)
}

fn time(probe: &Probe, step: f64) -> Measured {
    let mut kernel = (probe.make)();
    let long = ROUND_MS.max(STEPS * step);
    let mut round = |times: u32| {
        let begun = browser::now_ms();
        black_box(kernel.run(black_box(times)));
        browser::now_ms() - begun
    };
    let mut times = 1u32;
    // The first rounds also bring what is used into the caches, and the code to its fastest form.
    loop {
        let took = round(times);
        if took >= long || times >= 1 << 30 {
            break;
        }
        let more = if took > 0.0 { (long / took * 1.2).clamp(1.5, 16.0) } else { 16.0 };
        times = (f64::from(times) * more).ceil() as u32;
    }
    let rounds: Vec<f64> = (0..ROUNDS).map(|_| round(times) * 1e6 / f64::from(times)).collect();
    quartiles(&rounds)
}

/// Nanoseconds as one says them.
fn told(ns: f64) -> String {
    let (value, unit) = match ns {
        ns if !ns.is_finite() => return "not to be had".into(),
        ns if ns < 1e3 => (ns, "ns"),
        ns if ns < 1e6 => (ns / 1e3, "µs"),
        ns => (ns / 1e6, "ms"),
    };
    format!("{} {unit}", figure(value))
}

#[derive(Default)]
struct Work {
    helper: Option<Helper>,
    done: usize,
    sent: f64,
    trips: Vec<f64>,
    heard: usize,
    failed: bool,
}

/// The button, how far it is, and what was found.
pub fn panel(desk: Desk) -> Option<El> {
    let probes = desk.read(0, |player| player.probes()).unwrap_or_default();
    if probes.is_empty() {
        return None;
    }
    let work: Rc<RefCell<Work>> = Rc::default();
    let turn = RwSignal::new(0u32);
    let bump = move || {
        let _ = turn.try_update(|n| *n = n.wrapping_add(1));
    };
    let all = probes.len() + 2;
    let start = {
        let work = work.clone();
        move || {
            let (found, lost) = (work.clone(), work.clone());
            let heard = Rc::new(Cell::new(false));
            let helper = Helper::new(
                move |number, values| {
                    if number == HEARD {
                        let more = hear(&mut found.borrow_mut(), desk);
                        if !more && !heard.replace(true) {
                            let fragment = link::write(&desk.link());
                            found.borrow().helper.iter().for_each(|helper| helper.measure(&fragment));
                        }
                    } else if let [low, middle, high] = *values {
                        let key = match number {
                            CLOCK => Some("clock"),
                            number => probes.get(number as usize).map(|probe| probe.key),
                        };
                        found.borrow_mut().done += 1;
                        if let Some(key) = key {
                            desk.set_measured(key, Measured { low, middle, high });
                        }
                        if found.borrow().done >= all {
                            found.borrow_mut().helper = None;
                        }
                    }
                    bump();
                },
                move || {
                    lost.borrow_mut().failed = true;
                    bump();
                },
            );
            let failed = helper.is_none();
            *work.borrow_mut() = Work { helper, failed, sent: browser::now_ms(), ..Work::default() };
            work.borrow().helper.iter().for_each(Helper::ping);
            bump();
        }
    };
    let (watched, acted) = (work.clone(), work.clone());
    let go = div("row").live(
        move || {
            turn.track();
            let work = watched.borrow();
            key(&(work.helper.is_some(), work.done, work.failed))
        },
        move || {
            let (running, done, failed) = {
                let work = acted.borrow();
                (work.helper.is_some() && !work.failed, work.done, work.failed)
            };
            if running {
                let stop = acted.clone();
                let stop = move || {
                    stop.borrow_mut().helper = None;
                    bump();
                };
                let bar = el("progress").attr("max", &all.to_string()).attr("value", &done.to_string());
                return vec![button("Stop", stop), bar.label("Measured so far")];
            }
            let label = if desk.measured().is_empty() { "Measure here" } else { "Measure again" };
            let start = button(label, start.clone()).class("primary");
            let why = "This browser gives the page no second thread here, so nothing can be measured.";
            vec![start].into_iter().chain(failed.then(|| p(why).class("soft"))).collect()
        },
    );
    let list = el("dl").class("here").live(
        move || {
            desk.ticks.figures.track();
            turn.track();
            key(&desk.measured().iter().map(|(key, found)| (key.clone(), found.middle.to_bits())).collect::<Vec<_>>())
        },
        move || {
            let measured = desk.measured();
            let own = [("clock", "one step of the browser’s clock"), ("message", "a message to a worker and back")];
            let titles = own.into_iter().chain(probes.iter().map(|probe| (probe.key, probe.title)));
            let line = |(key, title): (&str, &str)| {
                let (_, found) = measured.iter().find(|(known, _)| known == key)?;
                let spread = format!(" ({} to {})", told(found.low), told(found.high));
                let value = el("dd").add(el("b").text(&told(found.middle))).add(el("span").class("soft").text(&spread));
                Some([el("dt").text(title), value])
            };
            titles.filter_map(line).flatten().collect()
        },
    );
    let about = "Small programs timed in a worker of this page, some seconds in all; what they find stays here. The \
        median of 15 rounds, and the middle half of them. It is WebAssembly under a clock that the browser makes \
        coarse on purpose, beside your other tabs: take it to within a factor of two.";
    let head = el("h2").class("small").text("Measured on this machine");
    Some(el("section").class("panel").add(head).add(p(about).class("soft")).add(go).add(list))
}

/// A message came back. `false`: that was the last.
fn hear(work: &mut Work, desk: Desk) -> bool {
    let now = browser::now_ms();
    work.heard += 1;
    if work.heard > WARM && work.heard.is_multiple_of(ROW) {
        work.trips.push((now - work.sent) * 1e6 / ROW as f64);
    }
    if work.heard < MESSAGES + WARM {
        if work.heard.is_multiple_of(ROW) {
            work.sent = browser::now_ms();
        }
        work.helper.iter().for_each(Helper::ping);
        return true;
    }
    work.done += 1;
    let found = quartiles(&work.trips);
    desk.set_measured("message", found);
    false
}
