//! What lessons are written with: a step and a question in few words. Answers are computed from the model at the end
//! of each step, never written down.

use super::{Guess, Predict, Step};

/// A step that plays until then, in seconds; 0: nothing more happens.
pub const fn step(
    title: &'static str,
    text: &'static str,
    look: &'static str,
    state: &'static str,
    until: f64,
) -> Step {
    Step { title, text, look, state, until, ask: None, breaks: &[], charts: &[], single: false }
}

/// A question before the reveal, with the readout that answers it.
pub const fn ask(
    question: &'static str,
    options: &'static [(&'static str, f64)],
    readout: &'static str,
) -> Option<Predict> {
    Some(Predict { question, options, readout, guess: None })
}

/// A question that is answered by typing, read and judged in a way of its own.
pub const fn guess(question: &'static str, guess: &'static Guess, readout: &'static str) -> Option<Predict> {
    Some(Predict { question, options: &[], readout, guess: Some(guess) })
}
