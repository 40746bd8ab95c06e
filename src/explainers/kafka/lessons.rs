//! The lessons.

use crate::explainers::Lesson;

pub static LESSONS: &[Lesson] = &[];
