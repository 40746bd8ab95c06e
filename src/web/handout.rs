//! A lesson on paper: every step with its picture, its words and its question; the answers at the end.

use super::desk::Desk;
use super::ui::{El, button, div, el, p};
use super::{browser, panels};
use crate::draw::scene::Scene;
use crate::draw::{svg, theme::Theme};
use crate::explainers::handout::{self, Sheet};
use crate::explainers::{Lesson, Meta};
use leptos::prelude::on_cleanup;

/// In CSS pixels: as wide as the paper's text.
const WIDTH: f32 = 680.0;
const HEIGHT: f32 = 400.0;

pub fn page(desk: Desk) -> Vec<El> {
    on_cleanup(move || desk.close());
    let Some((meta, all)) = desk.read(0, |player| (player.meta(), player.lessons())) else { return Vec::new() };
    browser::set_title(&format!("{}: handout · Moving Parts", meta.title));
    // The lesson that the address names; else all of them.
    let lessons: &[Lesson] = match desk.lesson().and_then(|place| all.get(place.lesson..place.lesson + 1)) {
        Some(one) => one,
        None => all,
    };
    let tools = div("paper-tools")
        .add(button("Print, or save as PDF", browser::print).class("primary"))
        .add(p("Every step with its picture and its question; the answers are at the end.").class("soft"));
    let mut body = vec![
        panels::notes(desk),
        tools,
        p(&format!("Moving Parts · {}", meta.title)).class("where"),
        el("h1").text(meta.question),
        p(meta.claim).class("claim"),
    ];
    let mut answers = Vec::new();
    for lesson in lessons {
        body.push(el("h2").class("paper-lesson").text(lesson.title));
        let sheets = desk.with(|inner| handout::lesson(inner.entry(), lesson, WIDTH, HEIGHT)).unwrap_or_default();
        for sheet in &sheets {
            body.push(step(sheet));
            if let Some(question) = &sheet.question {
                let place = match lessons.len() {
                    1 => format!("Step {}: ", sheet.number),
                    _ => format!("{}, step {}: ", lesson.title, sheet.number),
                };
                let said = p("").add(el("b").text(&place)).text(&question.answer);
                // The words of a step tell its answer, so they are here, too.
                let seen = sheet.result.iter().map(|scene| picture(scene, ""));
                answers.push(el("li").add(said).add(p(&sheet.text)).all(seen));
            }
        }
    }
    if !answers.is_empty() {
        let list = el("ol").class("bare").all(answers);
        body.push(el("section").class("paper-answers").add(el("h2").text("Answers")).add(list));
    }
    body.push(sources(desk, meta));
    vec![el("main").class("paper").all(body)]
}

fn step(sheet: &Sheet) -> El {
    let mut parts = vec![el("h3").text(&format!("{}. {}", sheet.number, sheet.title))];
    if let Some(question) = &sheet.question {
        let options = question.options.iter().map(|option| el("li").text(option));
        let space = match question.options.is_empty() {
            true => p("Your guess: ______________"),
            false => el("ul").class("boxes").all(options),
        };
        parts.push(div("predict").add(p(&question.words)).add(space));
    } else {
        parts.push(p(&sheet.text));
    }
    parts.push(picture(&sheet.scene, &sheet.describe));
    parts.extend(sheet.diagram.iter().map(|scene| picture(scene, "")));
    if !sheet.facts.is_empty() {
        parts.push(p(&sheet.facts.join(" · ")).class("soft paper-facts"));
    }
    parts.push(p("").class("look").add(el("b").text("Look at: ")).text(&sheet.look));
    el("section").class("paper-step").all(parts)
}

fn sources(desk: Desk, meta: &Meta) -> El {
    let lines = meta.sources.iter().map(|source| el("li").text(&format!("{}: {}", source.what, source.url)));
    // As short as it can be typed.
    let lesson = desk.lesson().and_then(|place| desk.read(0, |player| player.lessons().get(place.lesson)).flatten());
    let lesson = lesson.map_or(String::new(), |lesson| format!("?lesson={}", lesson.slug));
    let address = browser::address(&format!("#/{}{lesson}", meta.slug));
    let here = p("").add(el("b").text("To play with it: ")).text(&address);
    el("footer").class("paper-sources").maybe(super::qr::code(&address)).add(here).add(el("ul").all(lines))
}

/// A picture that is drawn once, on white: on paper, and beside the teacher's notes.
pub fn picture(scene: &Scene, words: &str) -> El {
    let text = svg::svg(scene, Theme::Light, words);
    let address = format!("data:image/svg+xml,{}", String::from(js_sys::encode_uri_component(&text)));
    let size = |length: f32| crate::sim::decimal::fixed(f64::from(length), 0);
    let picture = el("img").class("paper-picture").attr("src", &address).attr("alt", words);
    picture.attr("width", &size(scene.width)).attr("height", &size(scene.height))
}
