//! Guided steps. Answers are computed from the model at the end of each step, never written down.

mod copies;
mod disorder;
mod failures;

use crate::explainers::lesson::{self, ask};
use crate::explainers::{Lesson, Step};

/// A step that plays until so many milliseconds.
const fn step(title: &'static str, text: &'static str, look: &'static str, state: &'static str, ms: u32) -> Step {
    lesson::step(title, text, look, state, ms as f64 / 1_000.0)
}

pub static LESSONS: &[Lesson] = &[
    copies::ONE_COPY,
    copies::FASTEST,
    copies::MAJORITY,
    failures::PARTITION,
    failures::TAIL,
    failures::REPAIR,
    disorder::CONCURRENT,
    disorder::SLOPPY,
    disorder::LINEARIZABLE,
];
