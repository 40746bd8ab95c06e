//! Caption, figures, checks, log, runs, and the small print: text that follows the run.

use super::browser;
use super::desk::Desk;
use super::markup::prose;
use super::ui::{El, button, div, effect, el, key, p};
use crate::explainers::{Check, Event, Meta, Tone, Verdict};
use crate::link::Complaint;
use crate::sim::{Micros, time};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Log lines shown at once.
const LINES: usize = 60;
/// Messages shown at once.
const MESSAGES: usize = 4;
/// Between two things said aloud of a run that goes on, in milliseconds.
const HEARD_MS: f64 = 2_000.0;

/// What could not be used, and why: one look for every message.
pub fn notes(desk: Desk) -> El {
    div("notes").attr("role", "alert").live(
        move || {
            desk.ticks.notes.track();
            let all: Vec<(String, String)> = desk.notes().into_iter().map(|note| (note.part, note.why)).collect();
            key(&all)
        },
        move || messages(desk.notes(), move || desk.note(Vec::clear)),
    )
}

pub fn messages(all: Vec<Complaint>, dismiss: impl Fn() + 'static) -> Vec<El> {
    if all.is_empty() {
        return Vec::new();
    }
    let more = all.len().saturating_sub(MESSAGES);
    let mut lines = all.into_iter().map(|Complaint { part, why }| {
        let end = if why.ends_with(['.', '?', '!']) { "" } else { "." };
        el("p").add(el("b").text(&part)).text(&format!(": {why}{end}"))
    });
    let text = div("").all(lines.by_ref().take(MESSAGES));
    let rest = el("details").add(el("summary").text(&format!("… and {more} more"))).all(lines);
    let text = text.maybe((more > 0).then_some(rest));
    vec![div("note").add(text).add(button("Dismiss", dismiss))]
}

fn tone(event: &Event) -> &'static str {
    match event.tone {
        Tone::Plain => "",
        Tone::Warn => "warn",
        Tone::Bad => "bad",
    }
}

fn which(name: &str) -> El {
    el("span").class("which").text(name)
}

fn latest(desk: Desk) -> Vec<Event> {
    let sides = if desk.comparing() { 2 } else { 1 };
    (0..sides).filter_map(|side| desk.read(side, |player| player.events().last().cloned()).flatten()).collect()
}

fn ended(head: &str) -> &'static str {
    if head.ends_with(['.', '?', '!', ':', '”']) { "" } else { "." }
}

/// What just happened, in words.
pub fn caption(desk: Desk) -> El {
    div("caption").live(
        move || {
            desk.ticks.run.track();
            desk.ticks.mode.track();
            key(&latest(desk))
        },
        move || {
            let events = latest(desk);
            let many = events.len() > 1;
            let line = |(i, event): (usize, Event)| {
                let name = many.then(|| which(if i == 0 { "A" } else { "B" }));
                let head = el("b").text(&event.head).text(ended(&event.head));
                el("p").class(tone(&event)).maybe(name).add(head).text(&format!(" {}", event.text))
            };
            events.into_iter().enumerate().map(line).collect()
        },
    )
}

/// The same for a screen reader: at once while the run rests; while it is played, no more often than one can listen,
/// and then the latest. Gone a moment later, as the caption is there to be read.
pub fn heard(desk: Desk) -> El {
    let place = div("heard").attr("role", "status");
    let node = place.node().cloned();
    let (known, said, timer) = (Cell::new(None::<u64>), Rc::new(Cell::new(f64::MIN)), RefCell::new(None::<Timeout>));
    effect(move || {
        desk.ticks.run.track();
        desk.ticks.mode.track();
        let now = key(&latest(desk));
        // What is there from the start is read with the page.
        if known.replace(Some(now)).is_none_or(|known| known == now) {
            return;
        }
        let passed = browser::now_ms() - said.get();
        let wait = if desk.playing() { (HEARD_MS - passed).clamp(0.0, HEARD_MS) } else { 0.0 };
        let (node, said) = (node.clone(), said.clone());
        *timer.borrow_mut() = Some(Timeout::new(wait as u32, move || {
            said.set(browser::now_ms());
            let all =
                latest(desk).into_iter().map(|event| [&event.head, ended(&event.head), " ", &event.text].concat());
            if let Some(node) = node {
                node.set_text_content(Some(&all.collect::<Vec<_>>().join(" ")));
                Timeout::new(HEARD_MS as u32, move || {
                    if browser::now_ms() - said.get() >= HEARD_MS - 100.0 {
                        node.set_text_content(None);
                    }
                })
                .forget();
            }
        }));
    });
    place
}

/// Numbers, each beside what theory says; two where two runs are compared.
pub fn figures(desk: Desk) -> El {
    let read = move |side: usize| desk.read(side, |player| player.readouts()).unwrap_or_default();
    el("section").class("figures card").label("Figures").live(
        move || {
            desk.ticks.run.track();
            desk.ticks.figures.track();
            desk.ticks.settings.track();
            let all: Vec<(String, String)> =
                read(0).into_iter().chain(read(1)).map(|readout| (readout.text, readout.label)).collect();
            key(&(all, desk.comparing()))
        },
        move || {
            let (others, compared) = (read(1), desk.comparing());
            let number = |readout: &crate::explainers::Readout, name: Option<El>| {
                let unit = if readout.value.is_some() { readout.unit } else { "" };
                let unit = el("small").text(&format!(" {unit}"));
                div("n").maybe(name).text(&readout.text).add(unit)
            };
            let labelled = |readout: &&crate::explainers::Readout| !readout.label.is_empty();
            let one = |readout: &crate::explainers::Readout| {
                let other = others.iter().find(|other| other.pairs(readout)).filter(|_| compared);
                div("fig")
                    .add(number(readout, compared.then(|| which("A"))))
                    .maybe(other.map(|other| number(other, Some(which("B")))))
                    .add(div("l").text(&readout.label))
                    .maybe(
                        other
                            .filter(|other| other.label != readout.label)
                            .map(|other| div("l").add(which("B")).text(&other.label)),
                    )
            };
            let mine = read(0);
            let shown: Vec<_> = mine.iter().filter(labelled).collect();
            // What only the other has is there as well: two sheets share few names.
            let only = |readout: &&crate::explainers::Readout| {
                compared && labelled(readout) && shown.iter().all(|known| !known.pairs(readout))
            };
            let theirs = others.iter().filter(only).map(|readout| {
                let known = mine.iter().find(|known| known.pairs(readout));
                div("fig")
                    .maybe(known.map(|known| number(known, Some(which("A")))))
                    .add(number(readout, Some(which("B"))))
                    .add(div("l").text(&readout.label))
            });
            shown.iter().map(|readout| one(readout)).chain(theirs).collect()
        },
    )
}

pub fn checks(desk: Desk) -> El {
    let read = move |side: usize| desk.read(side, |player| player.checks()).unwrap_or_default();
    let list = move |checks: Vec<Check>| {
        let sign =
            |class: &str, label: &str, sign: &str| el("span").class(class).attr("role", "img").label(label).text(sign);
        let line = move |(i, check): (usize, Check)| match check.verdict {
            Verdict::Holds => el("li").class("check").add(sign("ok", "holds", "✓")).add(el("span").text(check.claim)),
            Verdict::Broken(at, why) => {
                let claim = el("span").text(check.claim).add(prose(desk, &why, &[]).class("soft"));
                let go = button(&time::label(at, desk.pace()), move || go(desk, at)).class("linkish");
                let go = go.label(&format!("Go to {}, when it broke", time::label(at, desk.pace())));
                // What the counterexample names is lit with it, where an explainer knows.
                let it = desk.read(0, |player| player.subject(&format!("check-{}", i + 1))).flatten();
                let go = go.on("focus", move |_| desk.set_focus(it)).on("blur", move |_| desk.set_focus(None));
                let line = el("li").class("check").add(sign("no", "broken", "✕")).add(claim);
                let line = line.maybe((!desk.still()).then_some(go));
                // “Over”, which comes from its parts, too: leaving one of those for the line itself is coming back.
                line.on("pointerover", move |_| desk.set_focus(it)).on("pointerleave", move |_| desk.set_focus(None))
            }
        };
        el("ul").class("bare").all(checks.into_iter().enumerate().map(line))
    };
    let body = div("contents").live(
        move || {
            desk.ticks.run.track();
            desk.ticks.figures.track();
            desk.ticks.settings.track();
            let state = |check: Check| match check.verdict {
                Verdict::Holds => (check.key, 0, String::new()),
                Verdict::Broken(at, why) => (check.key, at + 1, why),
            };
            let all: Vec<_> = read(0).into_iter().chain(read(1)).map(state).collect();
            key(&(all, desk.comparing()))
        },
        move || match desk.comparing() {
            false => vec![list(read(0))],
            true => vec![p("A").class("which"), list(read(0)), p("B").class("which"), list(read(1))],
        },
    );
    el("section").class("panel verified").add(el("h2").class("small").text("Checks")).add(body)
}

fn go(desk: Desk, at: Micros) {
    desk.pause();
    desk.seek(at);
}

/// What happened so far, or the story of the one thing followed; each line leads to its moment.
pub fn log(desk: Desk) -> El {
    let story = move || {
        let subject = desk.follow()?;
        desk.read(0, |player| Some((player.name(subject)?, player.story(subject)))).flatten()
    };
    let count = move || desk.read(0, |player| player.events().len()).unwrap_or(0);
    let moment = move |at: Micros| button(&time::label(at, desk.pace()), move || go(desk, at)).class("moment");
    let body = div("contents").live(
        move || {
            desk.ticks.run.track();
            let last = desk.read(0, |player| player.events().last().map(|event| (event.at, event.head.clone())));
            key(&(desk.follow(), count(), last.flatten(), desk.end()))
        },
        move || match story() {
            Some((name, lines)) => {
                let line = |(at, state): (Micros, String)| el("li").add(moment(at)).add(el("span").text(&state));
                let head = el("p").class("soft").text("The story of ").add(el("b").text(&name));
                vec![head, el("ol").class("log").all(lines.into_iter().map(line))]
            }
            None => {
                let events = desk.read(0, |player| player.events().to_vec()).unwrap_or_default();
                let skipped = events.len().saturating_sub(LINES);
                let line = |event: Event| {
                    let (subject, class) = (event.subject, tone(&event));
                    el("li")
                        .live_attr("class", move || {
                            desk.ticks.focus.track();
                            let lit = subject.is_some() && desk.lit() == subject;
                            Some(if lit { format!("{class} lit") } else { class.to_string() })
                        })
                        .on("pointerenter", move |_| desk.set_focus(subject))
                        .on("pointerleave", move |_| desk.set_focus(None))
                        .add(moment(event.at))
                        .add(el("span").text(&event.head))
                };
                vec![el("ol").class("log").all(events.into_iter().skip(skipped).rev().map(line))]
            }
        },
    );
    el("section").class("panel").add(el("h2").class("small").text("What happened")).add(body)
}

/// Branches: acting in the past keeps what was done before.
pub fn runs(desk: Desk) -> El {
    let lines = move || desk.read(0, |player| player.branches()).unwrap_or_default();
    div("contents").live(
        move || {
            desk.ticks.run.track();
            let all: Vec<(String, bool)> = lines().into_iter().map(|line| (line.label, line.current)).collect();
            key(&all)
        },
        move || {
            let lines = lines();
            if lines.len() < 2 {
                return Vec::new();
            }
            let line = |(i, line): (usize, crate::explainers::player::BranchLine)| {
                let choose = button(&line.label, move || desk.switch(i)).class("run");
                el("li").add(choose.attr("aria-pressed", if line.current { "true" } else { "false" }))
            };
            let about = p("You acted in the past: what came later is kept as a run of its own.").class("soft");
            let list = el("ul").class("bare").all(lines.into_iter().enumerate().map(line));
            vec![el("section").class("panel").add(el("h2").class("small").text("Runs")).add(about).add(list)]
        },
    )
}

pub fn fine_print(meta: &Meta) -> El {
    let section =
        |title: &str, lines: Vec<El>| el("section").add(el("h2").class("small").text(title)).add(el("ul").all(lines));
    let simpler = meta.simplified.iter().map(|text| el("li").text(text)).collect();
    let sources = meta.sources.iter().map(|source| {
        let link = el("a").attr("href", source.url).attr("rel", "noreferrer noopener").attr("target", "_blank");
        el("li").add(link.text(source.what))
    });
    el("footer")
        .add(section("Where this is simpler than the real thing", simpler))
        .add(section("Sources", sources.collect()))
}
