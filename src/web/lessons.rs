//! The lesson beside the picture: a step's words, its question, and the reveal that the model computes.

use super::desk::{Answer, Desk, Place};
use super::markup::{prose, prose_in};
use super::ui::{El, button, div, el, key, p};
use super::{browser, frame};
use crate::explainers::{Lesson, Predict, Readout, Step, handout};
use crate::link;
use crate::sim::decimal;
use leptos::prelude::*;
use std::rc::Rc;

/// What the readouts say at the end of a step: computed in a run of its own.
fn outcome(desk: Desk, step: &Step) -> Vec<Readout> {
    desk.entry().map(|entry| handout::run(entry, step).readouts()).unwrap_or_default()
}

pub fn lessons(desk: Desk) -> El {
    let all: &'static [Lesson] = desk.read(0, |player| player.lessons()).unwrap_or_default();
    el("section").class("lesson").label("Lesson").live(
        move || {
            desk.ticks.mode.track();
            key(&desk.lesson())
        },
        move || {
            let found = desk.lesson().and_then(|place| {
                let lesson = all.get(place.lesson)?;
                Some((place, lesson, lesson.steps.get(place.step)?))
            });
            match found {
                Some((place, lesson, step)) => show(desk, place, lesson, step),
                None => contents(desk, all),
            }
        },
    )
}

fn contents(desk: Desk, all: &'static [Lesson]) -> Vec<El> {
    let line = |(lesson, it): (usize, &Lesson)| {
        let open = button("", move || desk.enter(Place { lesson, step: 0 })).class("chapter");
        let steps = el("span").class("soft").text(&format!("{} steps", it.steps.len()));
        el("li").add(open.add(el("span").text(it.title)).add(steps))
    };
    let list = el("ol").class("bare chapters").all(all.iter().enumerate().map(line));
    vec![el("h2").class("where").text("Lessons").landing(), list]
}

/// Where the lesson goes from here.
fn following(desk: Desk, all: &[Lesson], place: Place) -> Option<Place> {
    let (_, last) = desk.bounds(place.lesson);
    match place.step >= last {
        false => Some(Place { step: place.step + 1, ..place }),
        // A figure has one lesson.
        true if place.lesson + 1 < all.len() && !frame::embedded() => Some(Place { lesson: place.lesson + 1, step: 0 }),
        true => None,
    }
}

/// What going on means now.
#[derive(Clone, Copy, PartialEq)]
pub enum Onward {
    /// The question is still open.
    Answer,
    Skip,
    Run,
    Go(Place),
    End,
}

/// The step that the reader is at.
pub fn here(desk: Desk) -> Option<(Place, &'static Step)> {
    let place = desk.lesson()?;
    Some((place, desk.read(0, |player| player.lessons())?.get(place.lesson)?.steps.get(place.step)?))
}

pub fn onward(desk: Desk) -> Option<Onward> {
    let (place, step) = here(desk)?;
    let all = desk.read(0, |player| player.lessons())?;
    let runs = step.end() > desk.now();
    Some(match following(desk, all, place) {
        _ if step.ask.is_some() && desk.answer().is_none() => Onward::Answer,
        _ if runs && desk.playing() => Onward::Skip,
        _ if runs => Onward::Run,
        Some(place) => Onward::Go(place),
        None => Onward::End,
    })
}

/// Goes on, as far as the reader can without an answer.
pub fn go_on(desk: Desk) {
    let Some((place, step)) = here(desk) else { return };
    let end = step.end();
    match onward(desk) {
        None | Some(Onward::Answer) => {}
        Some(Onward::Skip) => {
            desk.pause();
            desk.seek(end);
        }
        Some(Onward::Run) => desk.play_step(end),
        Some(Onward::Go(place)) => desk.enter(place),
        Some(Onward::End) if frame::embedded() => desk.enter(Place { step: desk.bounds(place.lesson).0, ..place }),
        Some(Onward::End) if desk.presenting() => {}
        Some(Onward::End) => desk.leave_lesson(),
    }
}

/// Goes on before a class, which says its answers aloud.
pub fn show_on(desk: Desk) {
    match onward(desk) {
        Some(Onward::Answer) => reveal(desk, Answer { option: None, number: None }),
        _ => go_on(desk),
    }
}

/// Shows the answer, whether somebody gave one or not.
pub fn reveal(desk: Desk, answer: Answer) {
    desk.set_answer(answer);
    if let Some(end) = here(desk).map(|(_, step)| step.end()).filter(|end| *end > desk.now()) {
        desk.play_step(end);
    }
}

fn show(desk: Desk, place: Place, lesson: &'static Lesson, step: &'static Step) -> Vec<El> {
    let readouts: Rc<Vec<Readout>> = Rc::new(outcome(desk, step));
    // The words tell the answer: they wait until the picture has shown it.
    let answered = move || step.ask.is_none() || desk.answer().is_some();
    let over = move || step.end() <= desk.now();
    let told = move || answered() && (step.ask.is_none() || over());
    let figures = readouts.clone();
    let words = div("").attr("aria-live", "polite").live(
        move || {
            desk.ticks.mode.track();
            desk.ticks.clock.track();
            u64::from(told()) + u64::from(told() && over())
        },
        move || {
            if !told() {
                return Vec::new();
            }
            let pending: Vec<Readout>;
            let figures = if over() {
                &figures[..]
            } else {
                // What the run will come to is not known before it has.
                pending = figures.iter().map(|it| Readout { text: "…".into(), unit: "", ..it.clone() }).collect();
                &pending[..]
            };
            let look = el("p").class("look").add(el("b").text("Look at: "));
            vec![prose(desk, step.text, figures), prose_in(look, desk, step.look, figures)]
        },
    );
    let forward = move || match onward(desk) {
        Some(Onward::Answer) if desk.presenting() => "Reveal",
        Some(Onward::Answer) => "First your answer",
        Some(Onward::Skip) if desk.presenting() => "Running… skip",
        Some(Onward::Skip) => "Running… skip to its end",
        Some(Onward::Run) => "Run it",
        Some(Onward::Go(next)) if next.lesson != place.lesson => "Next lesson →",
        Some(Onward::Go(_)) => "Next →",
        _ if frame::embedded() => "From the start",
        _ => "Done",
    };
    let go = el("button")
        .attr("type", "button")
        .class("primary")
        .live_text(move || {
            desk.ticks.mode.track();
            desk.ticks.clock.track();
            forward().to_string()
        })
        .unavailable(move || {
            desk.ticks.mode.track();
            !answered() && !desk.presenting()
        })
        .on("click", move |_| if desk.presenting() { show_on(desk) } else { go_on(desk) });
    let back = button("← Back", move || {
        desk.turn_page(false);
    });
    let (first, last) = desk.bounds(place.lesson);
    let back = if place.step <= first { back.attr("disabled", "") } else { back };
    let dots = (first..=last).map(|i| if i <= place.step { el("i").class("on") } else { el("i") });
    let dots = el("span").class("dots").attr("aria-hidden", "true").all(dots);
    let head = el("p")
        .class("where")
        .add(el("span").text(&format!("Lesson: {}", lesson.title)))
        .add(el("span").text(&format!("{} of {}", place.step + 1, lesson.steps.len())));
    let leave = [
        button("All lessons", move || desk.leave_lesson()),
        button("Present", move || {
            desk.present(true);
            browser::fullscreen(true);
        }),
        button("Print", move || browser::open_beside("handout", &link::write(&desk.link()))),
    ];
    let leave = leave.into_iter().map(|button| button.class("linkish"));
    let mut parts = vec![head, el("h2").text(step.title).landing()];
    parts.extend(step.ask.as_ref().map(|ask| question(desk, step, ask, &readouts)));
    parts.extend([words, div("steps").add(back).add(dots).add(go)]);
    if frame::shows_all() {
        // A figure with everything has its list of lessons, but is no place to teach from.
        let few = if frame::embedded() { 1 } else { 3 };
        parts.push(el("p").class("leave").all(leave.take(few)));
    }
    parts
}

fn question(desk: Desk, step: &'static Step, ask: &'static Predict, readouts: &[Readout]) -> El {
    let truth = ask.truth(readouts);
    let (value, right) = (truth.as_ref().map(|truth| truth.value), truth.as_ref().and_then(|truth| truth.right));
    let answered = move || {
        desk.ticks.mode.track();
        desk.answer()
    };
    let field = if ask.options.is_empty() {
        let field =
            el("input").class("text").label("Your guess").attr("inputmode", "decimal").attr("autocomplete", "off");
        let input = field.cast::<web_sys::HtmlInputElement>();
        let field = ask.guess.iter().fold(field, |field, guess| field.attr("placeholder", guess.hint));
        let send = el("button").attr("type", "submit").text("Guess").unavailable(move || answered().is_some());
        let form = el("form")
            .class("guess")
            .add(field.live_attr("readonly", move || answered().map(|_| String::new())))
            .add(send);
        form.on("submit", move |event| {
            event.prevent_default();
            let text = input.as_ref().map(|input| input.value()).unwrap_or_default();
            let number = match ask.guess {
                Some(guess) => (guess.read)(&text),
                None => decimal::parse(&text.replace([',', ' ', '%', '×'], "")),
            };
            match number {
                _ if desk.answer().is_some() => {}
                Some(number) => {
                    if let (Some(value), Some(_)) = (value, ask.guess) {
                        desk.guessed(number, value);
                    }
                    reveal(desk, Answer { option: None, number: Some(number) });
                }
                None => desk
                    .say(&format!("Your guess: {text}"), ask.guess.map_or("a number was expected", |guess| guess.hint)),
            }
        })
    } else {
        let choice = |(i, (label, _)): (usize, &(&str, f64))| {
            let choose = move || {
                if desk.answer().is_none() {
                    reveal(desk, Answer { option: Some(i), number: None });
                }
            };
            button(label, choose).unavailable(move || answered().is_some()).live_attr("class", move || {
                let picked = answered()?.option == Some(i);
                match step.end() > desk.now() {
                    true => picked.then(|| "pick".into()),
                    false if Some(i) == right => Some("right".into()),
                    false => Some(if picked { "pick" } else { "dim" }.into()),
                }
            })
        };
        div("choices").all(ask.options.iter().enumerate().map(choice))
    };
    let verdict = p("").class("verdict").attr("aria-live", "polite").live_text(move || {
        desk.ticks.clock.track();
        let (Some(answer), Some(truth)) = (answered(), &truth) else { return String::new() };
        let shown = &truth.shown;
        if step.end() > desk.now() {
            return "Watch…".into();
        }
        match (answer.option, answer.number) {
            (Some(pick), _) if Some(pick) == right => format!("Right: it is {shown}."),
            (None, Some(guess)) if ask.guess.is_some() => {
                let judged = ask.guess.map(|how| (how.judge)(guess, truth.value)).unwrap_or_default();
                format!("{judged} It is {shown}.")
            }
            (None, Some(guess)) => {
                let close = (guess - truth.value).abs() <= 0.15 * truth.value.abs().max(1.0);
                let end = if close { " Close." } else { "" };
                format!("You said {}; it is {shown}.{end}", crate::draw::chart::figure(guess))
            }
            // A class says its answer aloud.
            (None, None) => format!("It is {shown}."),
            _ => format!("No, {}", ask.words(truth)),
        }
    });
    // What the guesses of a lesson say together, once its last question is answered.
    let last = move || {
        let (place, all) = (desk.lesson()?, desk.read(0, |player| player.lessons())?);
        let after = all.get(place.lesson)?.steps.get(place.step + 1..)?;
        Some(after.iter().all(|step| step.ask.as_ref().is_none_or(|ask| ask.guess.is_none())))
    };
    let together = p("").class("verdict").live_text(move || {
        desk.ticks.clock.track();
        match answered() {
            Some(_) if step.end() <= desk.now() && last() == Some(true) => {
                ask.guess.and_then(|guess| (guess.sum)(&desk.guesses())).unwrap_or_default()
            }
            _ => String::new(),
        }
    });
    div("predict").add(prose(desk, ask.question, &[])).add(field).add(verdict).add(together)
}
