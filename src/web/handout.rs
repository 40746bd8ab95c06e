//! A lesson on paper: every step with its picture, its words and its question beside it; the answers at the end.

use super::desk::Desk;
use super::ui::{El, button, div, el, p};
use super::{browser, panels};
use crate::draw::chart::{self, Chart};
use crate::draw::scene::Scene;
use crate::draw::{svg, theme::Theme};
use crate::explainers::handout::{self, Plots, Room, Sheet};
use crate::explainers::{Lesson, Meta};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// In CSS pixels. A picture has about half of the paper's width and is printed a little smaller than it is drawn: what
/// is 13 pixels high on a screen is 8 points here.
const ROOM: Room = Room { width: 420.0, height: 290.0, wide: 820.0 };
/// As wide as the paper's text.
const PAPER: f32 = 690.0;
/// Work on end, in milliseconds; then the page breathes.
const SLICE_MS: f64 = 16.0;

/// Charts that are still to be computed, and where they go.
type Coming = Vec<(El, Plots)>;

pub fn page(desk: Desk) -> Vec<El> {
    on_cleanup(move || desk.close());
    let Some((meta, all)) = desk.read(0, |player| (player.meta(), player.lessons())) else { return Vec::new() };
    browser::set_title(&format!("{}: handout · Moving Parts", meta.title));
    // The lesson that the address names; else all of them.
    let lessons: &'static [Lesson] = match desk.lesson().and_then(|place| all.get(place.lesson..place.lesson + 1)) {
        Some(one) => one,
        None => all,
    };
    let (mut steps, mut answers, mut coming) = (Vec::new(), Vec::new(), Coming::new());
    for lesson in lessons {
        steps.push(el("h2").class("paper-lesson").text(lesson.title));
        let sheets = desk.with(|inner| handout::lesson(inner.entry(), lesson, ROOM)).unwrap_or_default();
        for (sheet, it) in sheets.iter().zip(lesson.steps) {
            let charts = div("paper-charts");
            coming.extend(desk.entry().filter(|_| !it.charts.is_empty()).map(|entry| {
                // One after the other, when the page is there.
                (charts.clone(), Plots::of(entry, it))
            }));
            let Some(question) = &sheet.question else {
                steps.push(step(sheet, Some(charts)));
                continue;
            };
            steps.push(step(sheet, None));
            let place = match lessons.len() {
                1 => format!("Step {}: ", sheet.number),
                _ => format!("{}, step {}: ", lesson.title, sheet.number),
            };
            let said = p("").add(el("b").text(&place)).text(&question.answer);
            // The words of a step tell its answer, so they are here, too.
            let words = vec![said, p(&sheet.text), look(sheet)];
            let mut seen = sheet.result.iter().map(|scene| picture(scene, ""));
            let (first, second) = (seen.next(), seen.next());
            answers.push(block(el("li"), sheet, words, first, second).add(charts));
        }
    }
    let left = RwSignal::new(coming.len());
    plot(coming, left);
    let about = p("").class("soft").live_text(move || match left.get() {
        0 => "Every step with its picture and its question; the answers are at the end.".into(),
        _ => "Its charts are being computed…".into(),
    });
    let print = move || {
        if left.get_untracked() == 0 {
            browser::print();
        }
    };
    let print = button("Print, or save as PDF", print).class("primary");
    let tools = div("paper-tools").add(print.unavailable(move || left.get() > 0)).add(about);
    let head =
        div("paper-head").maybe(code(desk, meta)).add(p(&format!("Moving Parts · {}", meta.title)).class("where"));
    let head = head.add(el("h1").text(meta.question)).add(p(meta.claim).class("claim"));
    let mut body = vec![panels::notes(desk), tools, head];
    body.extend(steps);
    if !answers.is_empty() {
        let list = el("ol").class("bare").all(answers);
        body.push(el("section").class("paper-answers").add(el("h2").text("Answers")).add(list));
    }
    body.push(sources(desk, meta));
    vec![el("main").class("paper").all(body)]
}

/// The picture, and beside it what is said and asked; a step that asks has its charts with the answers.
fn step(sheet: &Sheet, charts: Option<El>) -> El {
    let mut words = vec![el("h3").text(&format!("{}. {}", sheet.number, sheet.title))];
    if let Some(question) = &sheet.question {
        let options = question.options.iter().map(|option| el("li").text(option));
        let space = match question.options.is_empty() {
            true => p("Your guess: ______________"),
            false => el("ul").class("boxes").all(options),
        };
        words.push(div("predict").add(p(&question.words)).add(space));
    } else {
        words.extend([p(&sheet.text), look(sheet)]);
    }
    if !sheet.facts.is_empty() {
        words.push(p(&sheet.facts.join(" · ")).class("soft paper-facts"));
    }
    let (first, second) = (picture(&sheet.scene, &sheet.describe), sheet.diagram.as_ref().map(|it| picture(it, "")));
    block(el("section"), sheet, words, Some(first), second).maybe(charts)
}

/// One picture beside its words; two beside each other, below them; or as wide as the paper.
fn block(place: El, sheet: &Sheet, words: Vec<El>, first: Option<El>, second: Option<El>) -> El {
    let class = if second.is_some() && !sheet.below && !sheet.wide { "paper-step pair" } else { "paper-step" };
    let wide = |picture: Option<El>, wide| match wide {
        true => picture.map(|picture| picture.class("paper-picture wide")),
        false => picture,
    };
    let (first, second) = (wide(first, sheet.wide), wide(second, sheet.below || sheet.wide));
    let words = div(if sheet.wide { "paper-words wide" } else { "paper-words" }).all(words);
    place.class(class).add(words).maybe(first).maybe(second)
}

fn look(sheet: &Sheet) -> El {
    p("").class("look").add(el("b").text("Look at: ")).text(&sheet.look)
}

/// Computes the charts, a slice at a time, and puts each where it belongs.
fn plot(coming: Coming, left: RwSignal<usize>) {
    spawn_local(async move {
        for (place, mut plots) in coming {
            loop {
                let begun = browser::now_ms();
                let mut more = true;
                while more && browser::now_ms() - begun < SLICE_MS {
                    more = plots.work();
                }
                if !more {
                    break;
                }
                TimeoutFuture::new(0).await;
                if left.try_get_untracked().is_none() {
                    // The page is gone.
                    return;
                }
            }
            let charts = plots.charts();
            let width = PAPER / charts.len().max(1) as f32 - 10.0;
            let _ = place.all(charts.iter().map(|chart| plotted(chart, width)));
            let _ = left.try_update(|left| *left -= 1);
        }
    });
}

fn plotted(chart: &Chart, width: f32) -> El {
    let scene = chart::draw(chart, width, chart::height(chart), None);
    let title = el("b").text(&chart.title);
    el("figure").add(p("").add(title).text(&format!(" {}", chart.note))).add(picture(&scene, &chart::describe(chart)))
}

/// As short as it can be typed.
fn address(desk: Desk, meta: &Meta) -> String {
    let lesson = desk.lesson().and_then(|place| desk.read(0, |player| player.lessons().get(place.lesson)).flatten());
    let lesson = lesson.map_or(String::new(), |lesson| format!("?lesson={}", lesson.slug));
    browser::address(&format!("#/{}{lesson}", meta.slug))
}

/// For phones: the lesson, alive.
fn code(desk: Desk, meta: &Meta) -> Option<El> {
    super::qr::code(&address(desk, meta))
}

fn sources(desk: Desk, meta: &Meta) -> El {
    let lines = meta.sources.iter().map(|source| el("li").text(&format!("{}: {}", source.what, source.url)));
    let here = p("").add(el("b").text("To play with it: ")).text(&address(desk, meta));
    el("footer").class("paper-sources").add(here).add(el("ul").all(lines))
}

/// A picture that is drawn once, on white: on paper, and beside the teacher's notes.
pub fn picture(scene: &Scene, words: &str) -> El {
    let text = svg::svg(scene, Theme::Light, words);
    let address = format!("data:image/svg+xml,{}", String::from(js_sys::encode_uri_component(&text)));
    let size = |length: f32| crate::sim::decimal::fixed(f64::from(length), 0);
    let picture = el("img").class("paper-picture").attr("src", &address).attr("alt", words);
    picture.attr("width", &size(scene.width)).attr("height", &size(scene.height))
}
