//! Guided steps. Answers are computed from the model at the end of each step, never written down.

mod why;

use crate::explainers::lesson::{self, ask};
use crate::explainers::{Lesson, Step};

/// A step that plays until so many milliseconds.
const fn step(title: &'static str, text: &'static str, look: &'static str, state: &'static str, ms: u32) -> Step {
    lesson::step(title, text, look, state, ms as f64 / 1_000.0)
}

pub static LESSONS: &[Lesson] = &[why::WHY];
