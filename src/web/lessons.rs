//! The lesson beside the picture: a step's words, its question, and the reveal that the model computes.

use super::desk::{Answer, Desk, Place};
use super::markup::prose;
use crate::explainers::{Lesson, Predict, Readout, Step, find};
use crate::link;
use leptos::prelude::*;

/// What the readouts say at the end of a step: computed in a run of its own.
fn outcome(desk: Desk, step: &Step) -> Vec<Readout> {
    let Some(slug) = desk.read(0, |player| player.meta().slug) else { return Vec::new() };
    let (link, _) = link::parse(&format!("#/{slug}?{}", step.state));
    let Some(entry) = find(slug) else { return Vec::new() };
    let (mut player, _) = (entry.open)(&link);
    player.seek(until(step).max(player.now()));
    player.readouts()
}

fn until(step: &Step) -> u64 {
    (step.until * 1e6) as u64
}

pub fn lessons(desk: Desk) -> impl IntoView {
    let all: &'static [Lesson] = desk.read(0, |player| player.lessons()).unwrap_or_default();
    view! {
        {move || match desk.lesson.get() {
            None => contents(desk, all).into_any(),
            Some(place) => match all.get(place.lesson).and_then(|lesson| Some((lesson, lesson.steps.get(place.step)?))) {
                Some((lesson, step)) => view_step(desk, all, place, lesson, step).into_any(),
                None => contents(desk, all).into_any(),
            },
        }}
    }
}

fn contents(desk: Desk, all: &'static [Lesson]) -> impl IntoView {
    let lines = all.iter().enumerate().map(|(lesson, it)| {
        view! {
            <li>
                <button class="chapter" on:click=move |_| desk.enter(Place { lesson, step: 0 })>
                    <span>{it.title}</span>
                    <span class="soft">{format!("{} steps", it.steps.len())}</span>
                </button>
            </li>
        }
    });
    view! {
        <section class="lesson" aria-label="Lessons">
            <p class="where"><span>"Lessons"</span></p>
            <ol class="bare chapters">{lines.collect_view()}</ol>
        </section>
    }
}

fn view_step(
    desk: Desk,
    all: &'static [Lesson],
    place: Place,
    lesson: &'static Lesson,
    step: &'static Step,
) -> impl IntoView {
    let readouts = StoredValue::new(outcome(desk, step));
    let answered = move || step.ask.is_none() || desk.answer.with(Option::is_some);
    let last = place.step + 1 == lesson.steps.len();
    let next = move || match (last, place.lesson + 1 < all.len()) {
        (false, _) => Some(Place { step: place.step + 1, ..place }),
        (true, true) => Some(Place { lesson: place.lesson + 1, step: 0 }),
        (true, false) => None,
    };
    let back = move || match place.step {
        0 => None,
        step => Some(Place { step: step - 1, ..place }),
    };
    let run = move || {
        let stop = until(step);
        stop > 0 && desk.clock.get() < stop
    };
    let words = move || {
        answered().then(|| {
            view! {
                <p>{readouts.with_value(|readouts| prose(desk, step.text, readouts))}</p>
                <p class="look"><b>"Look at: "</b>{step.look}</p>
            }
        })
    };
    let forward = move || {
        let show = run();
        let go = move |_| match (show, next()) {
            (true, _) => desk.play_until(Some(until(step))),
            (false, Some(place)) => desk.enter(place),
            (false, None) => desk.leave_lesson(),
        };
        let label = match (show, next()) {
            (true, _) if desk.playing.get() => "Running…",
            (true, _) => "Run it",
            (false, Some(_)) if last => "Next lesson →",
            (false, Some(_)) => "Next →",
            (false, None) => "Done",
        };
        let waiting = step.ask.is_some() && !answered();
        view! { <button class="primary" disabled=waiting on:click=go>{label}</button> }
    };
    let dots = (0..lesson.steps.len()).map(|i| view! { <i class=if i <= place.step { "on" } else { "" }></i> });
    view! {
        <section class="lesson" aria-label="Lesson">
            <p class="where">
                <span>{format!("Lesson: {}", lesson.title)}</span>
                <span>{format!("{} of {}", place.step + 1, lesson.steps.len())}</span>
            </p>
            <h2>{step.title}</h2>
            {step.ask.as_ref().map(|ask| question(desk, step, ask, readouts))}
            <div aria-live="polite">{words}</div>
            <div class="steps">
                <button
                    disabled=back().is_none()
                    on:click=move |_| if let Some(place) = back() { desk.enter(place) }
                >"← Back"</button>
                <span class="dots" aria-hidden="true">{dots.collect_view()}</span>
                {forward}
            </div>
            <p class="leave"><button class="linkish" on:click=move |_| desk.leave_lesson()>"All lessons"</button></p>
        </section>
    }
}

fn question(
    desk: Desk,
    step: &'static Step,
    ask: &'static Predict,
    readouts: StoredValue<Vec<Readout>>,
) -> impl IntoView {
    let truth = readouts.with_value(|readouts| readouts.iter().find(|readout| readout.key == ask.readout).cloned());
    let value = truth.as_ref().and_then(|readout| readout.value);
    let right = value.and_then(|value| ask.right(value));
    let shown = truth.map_or(String::new(), |readout| {
        let gap = if matches!(readout.unit, "%" | "×") || readout.unit.is_empty() { "" } else { " " };
        format!("{}{gap}{}", readout.text, readout.unit)
    });
    let reveal = move |answer: Answer| {
        desk.answer.set(Some(answer));
        if until(step) > desk.now() {
            desk.play_until(Some(until(step)));
        }
    };
    let choices = ask.options.iter().enumerate().map(|(i, (label, _))| {
        let class = move || {
            let picked = desk.answer.with(|answer| answer.as_ref().and_then(|answer| answer.option));
            match picked {
                None => "",
                Some(_) if Some(i) == right => "right",
                Some(pick) if pick == i => "pick",
                Some(_) => "dim",
            }
        };
        view! {
            <button
                class=class
                disabled=move || desk.answer.with(Option::is_some)
                on:click=move |_| reveal(Answer { option: Some(i), number: None })
            >{*label}</button>
        }
    });
    let choices = choices.collect_view();
    let guess = RwSignal::new(String::new());
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let text = guess.get_untracked().replace([',', ' ', '%'], "");
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => reveal(Answer { option: None, number: Some(number) }),
            _ => desk.say("Your guess", "a number was expected"),
        }
    };
    let typed = ask.options.is_empty();
    let verdict = move || {
        let answer = desk.answer.get()?;
        let (value, right) = (value?, right);
        let text = match (answer.option, answer.number) {
            (Some(pick), _) if Some(pick) == right => format!("Right: it is {shown}."),
            (Some(_), _) => format!("It is {shown}."),
            (None, Some(guess)) => {
                let off = (guess - value).abs();
                let close = off <= 0.15 * value.abs().max(1.0);
                format!(
                    "You said {}; it is {shown}.{}",
                    crate::draw::chart::figure(guess),
                    if close { " Close." } else { "" }
                )
            }
            (None, None) => return None,
        };
        Some(view! { <p class="verdict">{text}</p> })
    };
    view! {
        <div class="predict">
            <p>{ask.question}</p>
            {if typed {
                view! {
                    <form class="guess" on:submit=send>
                        <input
                            class="text"
                            inputmode="decimal"
                            aria-label="Your guess"
                            autocomplete="off"
                            disabled=move || desk.answer.with(Option::is_some)
                            prop:value=move || guess.get()
                            on:input=move |event| guess.set(event_target_value(&event))
                        />
                        <button type="submit" disabled=move || desk.answer.with(Option::is_some)>"Guess"</button>
                    </form>
                }.into_any()
            } else {
                view! { <div class="choices">{choices}</div> }.into_any()
            }}
            <div aria-live="polite">{verdict}</div>
        </div>
    }
}
