//! What of a run can be filmed: what is offered, and the range that the reader types.

use super::film::Span;
use crate::explainers::export::film::typed;
use crate::explainers::{Lesson, Step};
use crate::link;
use crate::sim::time;
use crate::web::desk::Desk;
use crate::web::lessons;

/// The range before anything is typed: the lesson's step, else the whole run.
pub fn usual(desk: Desk) -> [String; 2] {
    let (end, pace) = (desk.end(), desk.pace());
    let begun = |(_, step): (_, &Step)| {
        let (link, _) = link::parse(&format!("#/{}?{}", desk.slug(), step.state));
        (link.at.unwrap_or(0).min(end), step.end().min(end))
    };
    let (from, to) = lessons::here(desk).map(begun).filter(|(from, to)| from < to).unwrap_or((0, end));
    [from, to].map(|at| time::label(at, pace))
}

/// What can be filmed now, with what it is called; the last is the range that was typed.
pub fn spans(desk: Desk, ends: &[String; 2]) -> Vec<(String, Result<Span, String>)> {
    let (now, end, pace) = (desk.now(), desk.end(), desk.pace());
    let at = |moment| time::label(moment, pace);
    let mut all = Vec::new();
    let lessons: &'static [Lesson] = desk.read(0, |player| player.lessons()).unwrap_or_default();
    let place = desk.lesson().and_then(|place| Some((lessons.get(place.lesson)?, place.step)));
    if let Some((lesson, step)) = place {
        let step: Option<&'static Step> = lesson.steps.get(step);
        all.extend(step.map(|step| ("This step".to_string(), Span::Step(step))));
        all.push((format!("The whole lesson, {} steps", lesson.steps.len()), Span::Lesson(lesson)));
    }
    if now > 0 {
        all.push((format!("From the start to now, {}", at(now)), Span::Run(0, now)));
    }
    let later = now.saturating_add(10 * pace).min(end);
    if later > now {
        all.push((format!("From now to {}", at(later)), Span::Run(now, later)));
    }
    if now > 0 || later < end {
        all.push((format!("The whole run, {}", at(end)), Span::Run(0, end)));
    }
    let mut all: Vec<_> = all.into_iter().map(|(label, span)| (label, Ok(span))).collect();
    let range = typed(&ends[0], &ends[1], end, pace);
    all.push(("From … to …".to_string(), range.map(|(from, to)| Span::Run(from, to))));
    all
}
