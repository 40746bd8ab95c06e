//! Guided steps. Answers are computed from the sheet at the end of each step, never written down.

use crate::explainers::Lesson;

pub static LESSONS: &[Lesson] = &[];
