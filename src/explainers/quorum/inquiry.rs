//! A history of the reader's: is it linearizable? In slices, then in words and as a picture.

use super::timeline;
use crate::draw::scene::Scene;
use crate::explainers::lines::count;
use crate::explainers::{Imported, Inquiry, Reader, grouped};
use crate::models::quorum::history::{History, Outcome};
use crate::models::quorum::jepsen;
use crate::models::quorum::linear::{Checker, STEPS, Verdict};
use std::rc::Rc;

/// About a millisecond in a browser.
const SLICE: u64 = 2_000;

pub fn reader() -> Box<dyn Reader> {
    Box::new(Recorded(jepsen::Reader::default()))
}

struct Recorded(jepsen::Reader);

impl Reader for Recorded {
    fn push(&mut self, bytes: &[u8]) {
        self.0.push(bytes);
    }

    fn finish(self: Box<Self>) -> Imported {
        let read = self.0.finish();
        let history = read.history;
        let ops = history.ops.len();
        let mut summary = format!(
            "{} by {} on {}",
            count(ops, "operation"),
            count(history.clients.len(), "client"),
            count(history.keys.len(), "key")
        );
        let of = |outcome| history.ops.iter().filter(|op| op.outcome == outcome).count();
        let (failed, unknown) = (of(Outcome::Fail), of(Outcome::Info));
        if failed > 0 {
            summary += &format!("; {} failed", grouped(failed as i64));
        }
        if unknown > 0 {
            summary += &format!("; {} with an unknown outcome", grouped(unknown as i64));
        }
        if read.ignored > 0 {
            let about = if read.ignored == 1 { "is" } else { "are" };
            summary += &format!("; {} {about} about something else", count(read.ignored as usize, "line"));
        }
        let inquiry = (ops > 0).then(|| Box::new(Judged::new(history)) as Box<dyn Inquiry>);
        if ops == 0 {
            summary = "no operations".into();
        }
        // The reader of histories says only what should have been there.
        let expected = |(line, why): (u64, String)| match why.ends_with("left out") {
            true => (line, why),
            false => (line, why + " was expected"),
        };
        let bad = read.bad.into_iter().map(expected).collect();
        Imported { summary, bad, more: read.more, data: None, set: Vec::new(), inquiry }
    }
}

pub struct Judged {
    history: Rc<History>,
    checker: Checker,
    verdict: Option<Verdict>,
}

impl Judged {
    pub fn new(history: History) -> Judged {
        let history = Rc::new(history);
        Judged { checker: Checker::new(Rc::clone(&history), STEPS), history, verdict: None }
    }
}

impl Inquiry for Judged {
    fn step(&mut self) -> bool {
        let more = self.checker.step(SLICE);
        if !more {
            self.verdict = self.checker.verdict();
        }
        more
    }

    fn progress(&self) -> f64 {
        self.checker.progress()
    }

    fn words(&self) -> String {
        match &self.verdict {
            None => "Not decided yet.".into(),
            Some(Verdict::Linearizable) => {
                let whole = self.history.keys.len() > 1;
                format!(
                    "Linearizable: {} can be put into an order, each at some moment between its begin and its end, in \
                     which every read finds what was written last.",
                    if whole { "the operations on each key" } else { "the operations" }
                )
            }
            Some(Verdict::Broken(violation)) => {
                let on = match self.history.keys.len() {
                    0 | 1 => String::new(),
                    _ => format!(" on {}", self.history.key(violation.key)),
                };
                format!("Not linearizable{on}: {}", violation.words)
            }
            Some(Verdict::Undecided(steps)) => format!(
                "Not decided: {} steps on one key were not enough, and no other key is broken. A shorter part of the \
                 history, or one with fewer unknown outcomes, is easier.",
                grouped(*steps as i64)
            ),
        }
    }

    fn scene(&self, width: f32) -> Scene {
        timeline::scene(&self.history, self.verdict.as_ref(), width)
    }
}
