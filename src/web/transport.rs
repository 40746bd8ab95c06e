//! Play, pause, step, scrub, speed.

use super::desk::{Desk, SPEEDS};
use super::frame;
use super::ui::{El, div, effect, el, key, svg, value_of};
use crate::explainers::{Tone, Verdict};
use crate::link::frame::Show;
use crate::sim::{decimal, time};
use leptos::prelude::*;
use web_sys::{HtmlElement, HtmlInputElement};

/// Marks closer than this share of the line, in thousandths, are one.
const CLOSE: u64 = 4;
/// More marks than this cannot be told apart.
const MOST: usize = 400;

/// Where something happens, in thousandths of the line; whether it is bad; what it is.
fn marks(desk: Desk) -> Vec<(u64, bool, String)> {
    let end = desk.end().max(1);
    let mut marks: Vec<(u64, bool, String)> = Vec::new();
    desk.read(0, |player| {
        for event in player.all_events().iter().filter(|event| event.at > 0) {
            let place = event.at.saturating_mul(1_000) / end;
            let bad = event.tone == Tone::Bad;
            match marks.last_mut() {
                Some(last) if place.saturating_sub(last.0) < CLOSE => last.1 |= bad,
                _ => marks.push((place, bad, event.head.clone())),
            }
        }
        for check in player.all_checks() {
            if let Verdict::Broken(at, _) = check.verdict {
                marks.push((at.saturating_mul(1_000) / end, true, format!("Broken: {}", check.claim)));
            }
        }
    });
    marks.truncate(MOST);
    marks
}

/// What the slider counts in, in µs: a thousandth of a second of watching.
fn unit(desk: Desk) -> u64 {
    (desk.pace() / 1_000).max(1)
}

fn icon(label: &str, title: &str, path: &'static str, click: impl Fn() + 'static) -> El {
    el("button")
        .attr("type", "button")
        .class("icon")
        .label(label)
        .attr("title", title)
        .add(glyph(path))
        .on("click", move |_| click())
}

fn glyph(path: &str) -> El {
    let shape = svg("path").attr("d", path);
    svg("svg").attr("viewBox", "0 0 18 18").attr("aria-hidden", "true").add(shape)
}

pub fn transport(desk: Desk) -> El {
    let ticks = desk.ticks;
    let follow = move || {
        ticks.clock.track();
        ticks.run.track();
        ticks.settings.track();
    };
    let track = el("input")
        .attr("type", "range")
        .attr("min", "0")
        .attr("step", "100")
        .label("Moment")
        .live_attr("max", move || {
            follow();
            Some((desk.end() / unit(desk)).to_string())
        })
        .live_attr("aria-valuetext", move || {
            follow();
            Some(format!("{} of {}", time::label(desk.now(), desk.pace()), time::label(desk.end(), desk.pace())))
        })
        .on("input", move |event| {
            let value = value_of(&event).parse::<u64>().unwrap_or(0);
            desk.pause();
            desk.seek(value.saturating_mul(unit(desk)));
        });
    let line = track.clone();
    // The filled part of the line follows the clock; a property, not an attribute, as the security policy wants it.
    effect(move || {
        follow();
        let share = desk.now() as f64 / desk.end().max(1) as f64 * 100.0;
        if let Some(input) = line.cast::<HtmlInputElement>() {
            input.set_value(&(desk.now() / unit(desk)).to_string());
        }
        if let Some(element) = line.cast::<HtmlElement>() {
            let _ = element.style().set_property("--done", &format!("{}%", decimal::fixed(share, 2)));
        }
    });
    let ticks_on_line = svg("svg").class("marks").attr("aria-hidden", "true").live(
        move || {
            ticks.run.track();
            ticks.settings.track();
            key(&(marks(desk), desk.end()))
        },
        move || {
            let mark = |(place, bad, head): (u64, bool, String)| {
                let rect = svg("rect")
                    .attr("x", &format!("{}%", decimal::fixed(place as f64 / 10.0, 1)))
                    .attr("width", if bad { "3" } else { "2" })
                    .attr("height", "100%");
                let rect = if bad { rect.class("bad") } else { rect };
                rect.add(svg("title").text(&head))
            };
            marks(desk).into_iter().map(mark).collect()
        },
    );
    let play = el("button")
        .attr("type", "button")
        .class("icon play")
        .attr("title", "Play or pause (space)")
        .live_attr("aria-label", move || {
            ticks.mode.track();
            Some(if desk.playing() { "Pause" } else { "Play" }.into())
        })
        .live(
            move || {
                ticks.mode.track();
                u64::from(desk.playing())
            },
            move || {
                vec![glyph(match desk.playing() {
                    true => "M4 3h4v12H4zM10 3h4v12h-4z",
                    false => "M5 3l10 6-10 6z",
                })]
            },
        )
        .on("click", move |_| desk.toggle());
    let speed = move || {
        ticks.mode.track();
        match desk.percent() {
            25 => "¼×".to_string(),
            50 => "½×".to_string(),
            n => format!("{}×", n / 100),
        }
    };
    let clock = el("span").class("t").attr("aria-hidden", "true");
    let clock = clock
        .add(el("span").live_text(move || {
            follow();
            time::label(desk.now(), desk.pace())
        }))
        .add(el("span").class("hide").live_text(move || {
            follow();
            format!(" / {}", time::label(desk.end(), desk.pace()))
        }));
    let pace = el("button")
        .attr("type", "button")
        .class("speed")
        .attr("title", "Speed ([ and ])")
        .live_text(speed)
        .live_attr("aria-label", move || Some(format!("Speed {}; click for the next", speed())))
        .on("click", move |_| desk.set_speed((desk.speed() + 1) % SPEEDS.len()));
    let again = icon("Start over", "Start over (0)", "M4 9a5 5 0 1 0 1.6-3.7M4 3v3.4h3.4", move || desk.reset());
    let back = icon("Back one event", "Back one event (←)", "M13 3v12L5 9zM3 3h2v12H3z", move || desk.step(false));
    let on = icon("Next event", "Next event (→)", "M5 3v12l8-6zM13 3h2v12h-2z", move || desk.step(true));
    let scrub = div("scrub").add(track).add(ticks_on_line);
    let parts = [
        (Show::STEP, back),
        (Show::PLAY, play),
        (Show::STEP, on),
        (Show::SCRUB, scrub),
        (Show::SCRUB, clock),
        (Show::SPEED, pace),
        (Show::RESTART, again.class("icon stroked")),
    ];
    div("transport").all(parts.into_iter().filter(|(part, _)| frame::shows(*part)).map(|(_, el)| el))
}
