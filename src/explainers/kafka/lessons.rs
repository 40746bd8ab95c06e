//! Guided steps. Answers are computed from the model at the end of each step, never written down.

mod logs;
mod loss;
mod protocols;
mod rebalance;

use crate::explainers::Lesson;

pub static LESSONS: &[Lesson] = &[
    logs::LOGS,
    logs::GROUP,
    logs::IDLE,
    rebalance::EAGER,
    rebalance::STOP,
    rebalance::COOPERATIVE,
    rebalance::CRASH,
    protocols::STATIC,
    protocols::MODERN,
    loss::OFFSETS,
    logs::ORDER,
    loss::ACKS,
    loss::POISON,
];
