//! A lesson as plain data, for paper and for readers without scripts: each step with its words, its figures as the
//! model computes them, and its picture at the end.

use super::{Entry, Lesson, Player, Predict, Readout, Step, View, prose};
use crate::draw::scene::Scene;
use crate::link;

/// Where a calculator's samples are enough for a picture that stays, at the latest.
const ROUNDS: usize = 64;

/// One step, as it is after it has run.
pub struct Sheet {
    /// Counted from 1.
    pub number: usize,
    pub title: &'static str,
    pub text: String,
    /// What to look at.
    pub look: String,
    pub question: Option<Question>,
    pub scene: Scene,
    pub diagram: Option<Scene>,
    /// What the picture shows, in words.
    pub describe: String,
}

pub struct Question {
    pub words: String,
    /// None: the reader writes a number.
    pub options: Vec<&'static str>,
    pub answer: String,
}

/// What the model answers to a question.
pub struct Truth {
    pub value: f64,
    /// The value with its unit.
    pub shown: String,
    /// The option that is right, where there are any.
    pub right: Option<usize>,
}

impl Predict {
    /// `readouts`: at the end of the step.
    pub fn truth(&self, readouts: &[Readout]) -> Option<Truth> {
        let readout = readouts.iter().find(|readout| readout.key == self.readout)?;
        let value = readout.value?;
        Some(Truth { value, shown: prose::figure(readout), right: self.right(value) })
    }

    /// The right answer, for who did not give it.
    pub fn words(&self, truth: &Truth) -> String {
        let shown = &truth.shown;
        match truth.right.and_then(|i| self.options.get(i)) {
            Some((label, _)) if !label.contains(shown.as_str()) => format!("“{label}” is right: {shown}."),
            _ => format!("it is {shown}."),
        }
    }
}

/// The run of a step at the step's end.
pub fn run(entry: &Entry, step: &Step) -> Box<dyn Player> {
    let (link, _) = link::parse(&format!("#/{}?{}", entry.meta.slug, step.state));
    let (mut player, _) = (entry.open)(&link);
    player.seek(step.end().max(player.now()));
    player
}

/// `number` counts from 1; the pictures are `width` wide, in CSS pixels, and at most `height` high.
pub fn sheet(entry: &Entry, number: usize, step: &Step, width: f32, height: f32) -> Sheet {
    let mut player = run(entry, step);
    for _ in 0..ROUNDS {
        if !player.refine() {
            break;
        }
    }
    let readouts = player.readouts();
    let view = View { follow: player.follow(), ..View::sized(width, height) };
    Sheet {
        number,
        title: step.title,
        text: prose::plain(step.text, &readouts),
        look: prose::plain(step.look, &readouts),
        question: step.ask.as_ref().map(|ask| question(ask, &readouts)),
        diagram: player.diagram(&view),
        scene: player.scene(&view),
        describe: player.describe(),
    }
}

fn question(ask: &Predict, readouts: &[Readout]) -> Question {
    let answer = ask.truth(readouts).map(|truth| ask.words(&truth)).unwrap_or_default();
    // A sentence of its own here; on the page it comes after “No,”.
    let mut letters = answer.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    Question {
        words: prose::plain(ask.question, readouts),
        options: ask.options.iter().map(|(label, _)| *label).collect(),
        answer: first.chain(letters).collect(),
    }
}

pub fn lesson(entry: &Entry, lesson: &Lesson, width: f32, height: f32) -> Vec<Sheet> {
    let numbered = (1..).zip(lesson.steps);
    numbered.map(|(number, step)| sheet(entry, number, step, width, height)).collect()
}
