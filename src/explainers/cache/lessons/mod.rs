//! Guided steps. Answers are computed from the model at the end of each step, never written down.

mod evict;
mod strategies;
mod trouble;

use crate::explainers::Lesson;

pub static LESSONS: &[Lesson] = &[
    strategies::WHY,
    strategies::ASIDE,
    strategies::RACE,
    strategies::WRITES,
    evict::EVICTION,
    evict::SCAN,
    evict::TTL,
    trouble::STAMPEDE,
    trouble::ABSENT,
    trouble::PRODUCTION,
];
