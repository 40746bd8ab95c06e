//! What is loaded when it is asked for: each explainer, and the parts of the page that most visits do not need, is a
//! WebAssembly module of its own. `xtask` cuts them out at the functions marked here.

use super::picture::on_screen;
use super::ui::{El, button, div, p};
use crate::explainers::{Entry, Explainer};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

type Coming<T> = Pin<Box<dyn Future<Output = Result<T, SplitLoaderError>>>>;

/// What the gallery says of an explainer, without loading it.
pub struct Card {
    pub slug: &'static str,
    pub title: &'static str,
    pub question: &'static str,
    pub claim: &'static str,
    pub opening: &'static str,
    pub load: fn() -> Coming<&'static Entry>,
}

macro_rules! cards {
    ($($room:ident::$name:ident),*) => {
        $(mod $room {
            use super::*;

            #[wasm_split($room, fallible)]
            pub fn entry() -> Result<&'static Entry, SplitLoaderError> {
                static ENTRY: Entry = crate::explainers::session::entry::<crate::explainers::$room::$name>();
                Ok(&ENTRY)
            }
        })*

        /// Every explainer, in the order of the gallery.
        pub static CARDS: &[Card] = &[$({
            type It = crate::explainers::$room::$name;
            Card {
                slug: <It as Explainer>::META.slug,
                title: <It as Explainer>::META.title,
                question: <It as Explainer>::META.question,
                claim: <It as Explainer>::META.claim,
                opening: <It as Explainer>::META.opening,
                load: || Box::pin($room::entry()),
            }
        }),*];
    };
}

crate::every_explainer!(cards);

pub fn find(slug: &str) -> Option<&'static Card> {
    CARDS.iter().find(|card| card.slug == slug)
}

/// When the code for a part of the page is asked for.
#[derive(Clone, Copy)]
pub enum When {
    Now,
    /// Once its place comes on screen.
    Seen,
}

/// A part of the page that comes when its code has: `fill` makes its children then. Without a connection it says so,
/// and offers to try again.
pub fn later<T: 'static>(place: El, when: When, load: fn() -> Coming<T>, fill: impl Fn(T) -> Vec<El> + 'static) -> El {
    later_boxed(place, when, load, Box::new(fill))
}

fn later_boxed<T: 'static>(place: El, when: When, load: fn() -> Coming<T>, fill: Box<dyn Fn(T) -> Vec<El>>) -> El {
    let here = RwSignal::new(0u32);
    let come = StoredValue::new_local(None::<Result<T, SplitLoaderError>>);
    let ask = move || {
        spawn_local(async move {
            let part = load().await;
            come.try_update_value(|come| *come = Some(part));
            let _ = here.try_update(|here| *here += 1);
        });
    };
    match when {
        When::Now => ask(),
        When::Seen => {
            let asked = Cell::new(false);
            on_screen(&place, move |seen| {
                if seen && !asked.replace(true) {
                    ask();
                }
            });
        }
    }
    place.live(
        move || u64::from(here.get()),
        move || match come.try_update_value(Option::take).flatten() {
            None => Vec::new(),
            Some(Ok(part)) => fill(part),
            Some(Err(_)) => {
                vec![div("note inside").add(p("This part could not be loaded.")).add(button("Try again", ask))]
            }
        },
    )
}

/// All of them, or those that the lesson's step speaks of.
type Charts = fn(super::desk::Desk, bool) -> Vec<El>;

#[wasm_split(charts, fallible)]
fn charts_part() -> Result<Charts, SplitLoaderError> {
    Ok(|desk, all| if all { super::charts::charts(desk) } else { super::charts::named(desk) })
}

#[wasm_split(dialogs, fallible)]
fn dialogs_part() -> Result<fn(super::desk::Desk) -> Vec<El>, SplitLoaderError> {
    Ok(super::dialogs::body)
}

#[wasm_split(export, fallible)]
fn export_part() -> Result<Export, SplitLoaderError> {
    Ok(Export {
        take_away: super::export::take_away,
        save_moment: |desk, name| Box::pin(super::export::save_moment(desk, name)),
    })
}

/// What came of it, in words.
type Said = Pin<Box<dyn Future<Output = String>>>;

struct Export {
    take_away: fn(super::desk::Desk) -> Vec<El>,
    save_moment: fn(super::desk::Desk, String) -> Said,
}

/// Saves the picture of this moment under a name, and says what came of it.
pub async fn save_moment(desk: super::desk::Desk, name: String) -> String {
    match export_part().await {
        Ok(part) => (part.save_moment)(desk, name).await,
        Err(_) => "This part could not be loaded.".into(),
    }
}

/// Pictures, films and figures to take away.
pub fn take_away(desk: super::desk::Desk) -> El {
    later(div("away"), When::Now, || Box::pin(export_part()), move |part| (part.take_away)(desk))
}

#[wasm_split(calculator, fallible)]
fn calculator_part() -> Result<fn(super::desk::Desk) -> Vec<El>, SplitLoaderError> {
    Ok(super::pad::pad)
}

/// Each call measures one more thing.
pub type Measuring = Box<dyn FnMut() -> Option<(u32, crate::explainers::Measured)>>;

#[wasm_split(calculator, fallible)]
fn measure_part() -> Result<fn(&'static [crate::explainers::Probe]) -> Measuring, SplitLoaderError> {
    Ok(|probes| Box::new(super::measure::begin(probes)))
}

#[wasm_split(calculator, fallible)]
fn measured_part() -> Result<fn(super::desk::Desk) -> Vec<El>, SplitLoaderError> {
    Ok(|desk| super::measure::panel(desk).into_iter().collect())
}

pub async fn measure(probes: &'static [crate::explainers::Probe]) -> Option<Measuring> {
    Some(measure_part().await.ok()?(probes))
}

/// The text that the reader edits, where there is one.
pub fn pad(desk: super::desk::Desk) -> Option<El> {
    let label = desk.read(0, |player| player.page_label())?;
    let place = || super::ui::el("section").class("pad").label(label);
    (!label.is_empty()).then(|| later(place(), When::Now, || Box::pin(calculator_part()), move |make| make(desk)))
}

/// What can be measured here, where there is anything.
pub fn measured(desk: super::desk::Desk) -> Option<El> {
    let any = !desk.read(0, |player| player.probes().is_empty())?;
    any.then(|| later(div("contents"), When::Now, || Box::pin(measured_part()), move |make| make(desk)))
}

/// The page in other places: a figure in somebody's page, a lesson for a class, the notes beside it, and on paper.
#[derive(Clone, Copy)]
pub enum Class {
    Figure,
    Present,
    Speaker,
    Handout,
}

type Classroom = fn(super::desk::Desk, Class) -> Vec<El>;

#[wasm_split(classroom, fallible)]
fn class_part() -> Result<Classroom, SplitLoaderError> {
    Ok(|desk, which| match which {
        Class::Figure => Vec::new(),
        Class::Present => super::class::show(desk),
        Class::Speaker => super::class::speaker(desk),
        Class::Handout => super::handout::page(desk),
    })
}

#[wasm_split(figure, fallible)]
fn figure_part() -> Result<Classroom, SplitLoaderError> {
    Ok(|desk, _| super::embed::figure(desk))
}

pub fn class(desk: super::desk::Desk, which: Class) -> El {
    let load = match which {
        Class::Figure => || Box::pin(figure_part()) as Coming<Classroom>,
        _ => || Box::pin(class_part()) as Coming<Classroom>,
    };
    later(div("contents"), When::Now, load, move |make| make(desk, which))
}

pub fn charts(desk: super::desk::Desk) -> El {
    later(div("charts-place"), When::Seen, || Box::pin(charts_part()), move |make| make(desk, true))
}

/// Those that the lesson's step speaks of.
pub fn step_charts(desk: super::desk::Desk) -> El {
    later(div("contents"), When::Now, || Box::pin(charts_part()), move |make| make(desk, false))
}

type Bench = fn(&[&'static Entry], usize) -> String;

// In the part of the reader's data: one of its own would cut the others' code into smaller pieces.
#[wasm_split(data, fallible)]
fn bench_part() -> Result<Bench, SplitLoaderError> {
    Ok(super::bench::run)
}

/// One part of the benchmarks, as JSON rows of name, value and unit; empty after the last.
pub async fn bench(part: usize) -> Option<String> {
    let mut entries = Vec::new();
    for slug in ["hash-ring", "quorum", "kafka", "cache"] {
        entries.push((find(slug)?.load)().await.ok()?);
    }
    Some(bench_part().await.ok()?(&entries, part))
}

#[wasm_split(data, fallible)]
fn data_part() -> Result<fn(super::desk::Desk) -> Vec<El>, SplitLoaderError> {
    Ok(super::data::data)
}

pub fn dialog(desk: super::desk::Desk, place: El) -> El {
    match desk.dialog() {
        Some(super::desk::Dialog::Data) => later(place, When::Now, || Box::pin(data_part()), move |make| make(desk)),
        _ => later(place, When::Now, || Box::pin(dialogs_part()), move |make| make(desk)),
    }
}
