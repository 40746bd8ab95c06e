//! The lesson beside the picture: a step's words, its question, and the reveal that the model computes.

use super::desk::{Answer, Desk, Place};
use super::markup::{prose, prose_in};
use super::ui::{El, button, div, el, key, p};
use crate::explainers::{Lesson, Predict, Readout, Step, handout};
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
                Some((place, lesson, step)) => show(desk, all, place, lesson, step),
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
fn following(all: &[Lesson], place: Place) -> Option<Place> {
    let last = all.get(place.lesson).is_none_or(|lesson| place.step + 1 >= lesson.steps.len());
    match last {
        false => Some(Place { step: place.step + 1, ..place }),
        true if place.lesson + 1 < all.len() => Some(Place { lesson: place.lesson + 1, step: 0 }),
        true => None,
    }
}

fn show(desk: Desk, all: &'static [Lesson], place: Place, lesson: &'static Lesson, step: &'static Step) -> Vec<El> {
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
    // Some steps have something to run before they are over.
    let runs = move || step.end() > desk.now();
    let next = following(all, place);
    let forward = move || {
        let last = place.step + 1 == lesson.steps.len();
        match next {
            _ if !answered() => "First your answer",
            _ if runs() && desk.playing() => "Running… skip to its end",
            _ if runs() => "Run it",
            Some(_) if last => "Next lesson →",
            Some(_) => "Next →",
            None => "Done",
        }
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
            !answered()
        })
        .on("click", move |_| match next {
            _ if !answered() => {}
            _ if runs() && desk.playing() => {
                desk.pause();
                desk.seek(step.end());
            }
            _ if runs() => desk.play_step(step.end()),
            Some(place) => desk.enter(place),
            None => desk.leave_lesson(),
        });
    let back = button("← Back", move || {
        desk.turn_page(false);
    });
    let back = if place.step == 0 { back.attr("disabled", "") } else { back };
    let dots = (0..lesson.steps.len()).map(|i| if i <= place.step { el("i").class("on") } else { el("i") });
    let dots = el("span").class("dots").attr("aria-hidden", "true").all(dots);
    let head = el("p")
        .class("where")
        .add(el("span").text(&format!("Lesson: {}", lesson.title)))
        .add(el("span").text(&format!("{} of {}", place.step + 1, lesson.steps.len())));
    let leave = button("All lessons", move || desk.leave_lesson()).class("linkish");
    let mut parts = vec![head, el("h2").text(step.title).landing()];
    parts.extend(step.ask.as_ref().map(|ask| question(desk, step, ask, &readouts)));
    parts.extend([words, div("steps").add(back).add(dots).add(go), el("p").class("leave").add(leave)]);
    parts
}

fn question(desk: Desk, step: &'static Step, ask: &'static Predict, readouts: &[Readout]) -> El {
    let truth = ask.truth(readouts);
    let (value, right) = (truth.as_ref().map(|truth| truth.value), truth.as_ref().and_then(|truth| truth.right));
    let reveal = move |answer: Answer| {
        desk.set_answer(answer);
        if step.end() > desk.now() {
            desk.play_step(step.end());
        }
    };
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
                    reveal(Answer { option: None, number: Some(number) });
                }
                None => desk
                    .say(&format!("Your guess: {text}"), ask.guess.map_or("a number was expected", |guess| guess.hint)),
            }
        })
    } else {
        let choice = |(i, (label, _)): (usize, &(&str, f64))| {
            let choose = move || {
                if desk.answer().is_none() {
                    reveal(Answer { option: Some(i), number: None });
                }
            };
            button(label, choose).unavailable(move || answered().is_some()).live_attr("class", move || match answered()
                .and_then(|answer| answer.option)
            {
                None => None,
                Some(pick) if step.end() > desk.now() => (pick == i).then(|| "pick".to_string()),
                Some(_) if Some(i) == right => Some("right".into()),
                Some(pick) if pick == i => Some("pick".into()),
                Some(_) => Some("dim".into()),
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
