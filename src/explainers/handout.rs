//! A lesson as plain data, for paper and for readers without scripts: each step with its words, its figures as the
//! model computes them, and its picture at the end.

use super::{Check, Entry, Lesson, Player, Predict, Readout, Step, Study, Verdict, View, prose};
use crate::draw::chart::Chart;
use crate::draw::scene::Scene;
use crate::link;

/// Where a calculator's samples are enough for a picture that stays, at the latest.
const ROUNDS: usize = 64;

/// One step, as it is after it has run; the picture of one that asks, as it is when it asks.
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
    /// The diagram belongs below the picture, as wide as `Room::wide` says, not beside it.
    pub below: bool,
    /// So is the picture: narrower, it would be very high.
    pub wide: bool,
    /// What the picture shows, in words.
    pub describe: String,
    /// Figures and checks that the page has beside the picture; none where they would answer.
    pub facts: Vec<String>,
    /// Where there is a question: the pictures that answer it.
    pub result: Vec<Scene>,
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

fn opened(entry: &Entry, step: &Step) -> Box<dyn Player> {
    let (link, _) = link::parse(&format!("#/{}?{}", entry.meta.slug, step.state));
    (entry.open)(&link).0
}

/// The run of a step at the step's end.
pub fn run(entry: &Entry, step: &Step) -> Box<dyn Player> {
    let mut player = opened(entry, step);
    player.seek(step.end().max(player.now()));
    player
}

/// How large pictures are, in CSS pixels.
#[derive(Clone, Copy)]
pub struct Room {
    pub width: f32,
    /// At most, but for lists of which nothing may be missing.
    pub height: f32,
    /// What belongs below a picture, and pictures that would be too high.
    pub wide: f32,
}

/// So much higher than its room a picture may be before it is drawn wide.
const TOO_HIGH: f32 = 1.3;

/// `number` counts from 1.
pub fn sheet(entry: &Entry, number: usize, step: &Step, room: Room) -> Sheet {
    let mut player = run(entry, step);
    for _ in 0..ROUNDS {
        if !player.refine() {
            break;
        }
    }
    let readouts = player.readouts();
    let mut view = View { follow: player.follow(), ..View::sized(room.width, room.height) };
    let wide = player.scene(&view).height > room.height * TOO_HIGH;
    if wide {
        (view.width, view.height) = (room.wide, room.height * TOO_HIGH);
    }
    let below = player.diagram_below();
    let second = View { width: if below { room.wide } else { room.width }, ..view.clone() };
    let diagram = |player: &dyn Player| if step.single { None } else { player.diagram(&second) };
    let pictures = |player: &mut dyn Player| (player.scene(&view), diagram(player));
    let (mut shown, mut describe, mut result) = (pictures(&mut *player), player.describe(), Vec::new());
    let mut facts = facts(&*player);
    if step.ask.is_some() {
        // What the reader of a page has before them when they are asked: what comes of it would answer.
        let mut before = opened(entry, step);
        describe = before.describe();
        facts.clear();
        let (scene, diagram) = std::mem::replace(&mut shown, pictures(&mut *before));
        if !before.still() && before.now() == 0 {
            // Nothing has happened yet that a diagram could show.
            shown.1 = None;
        }
        result = std::iter::once(scene).chain(diagram).collect();
    }
    let (scene, diagram) = shown;
    Sheet {
        number,
        title: step.title,
        text: prose::plain(step.text, &readouts),
        look: prose::plain(step.look, &readouts),
        question: step.ask.as_ref().map(|ask| question(ask, &readouts)),
        scene,
        diagram,
        below,
        wide,
        describe,
        facts,
        result,
    }
}

/// The charts that a step speaks of, as they are at its end; what takes long is computed a step at a time.
pub struct Plots {
    step: &'static Step,
    of_run: Vec<Chart>,
    studies: Vec<Box<dyn Study>>,
}

impl Plots {
    pub fn of(entry: &Entry, step: &'static Step) -> Plots {
        let mut plots = Plots { step, of_run: Vec::new(), studies: Vec::new() };
        if !step.charts.is_empty() {
            let player = run(entry, step);
            plots.of_run = player.charts();
            plots.studies = player.studies();
            plots.studies.retain(|study| step.charts.contains(&study.chart().key));
        }
        plots
    }

    /// Some milliseconds of work. `false`: done.
    pub fn work(&mut self) -> bool {
        // One after the other: `step` says whether it is done, and then it is not asked again.
        self.studies.iter_mut().find(|study| study.progress() < 1.0).is_some_and(|study| {
            study.step();
            true
        })
    }

    /// In the order in which the step names them.
    pub fn charts(&self) -> Vec<Chart> {
        let computed: Vec<Chart> = self.studies.iter().map(|study| study.chart()).collect();
        let find = |key: &&str| self.of_run.iter().chain(&computed).find(|chart| chart.key == *key).cloned();
        self.step.charts.iter().filter_map(find).collect()
    }
}

fn facts(player: &dyn Player) -> Vec<String> {
    let figure = |readout: &Readout| format!("{} {}", prose::figure(readout), readout.label);
    let readouts = player.readouts();
    let figures = readouts.iter().filter(|it| !it.label.is_empty() && it.value.is_some()).map(figure);
    let check = |check: Check| match check.verdict {
        Verdict::Holds => format!("✓ {}", check.claim),
        Verdict::Broken(..) => format!("✕ {}", check.claim),
    };
    figures.chain(player.checks().into_iter().map(check)).collect()
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

pub fn lesson(entry: &Entry, lesson: &Lesson, room: Room) -> Vec<Sheet> {
    let numbered = (1..).zip(lesson.steps);
    let mut sheets: Vec<Sheet> = numbered.map(|(number, step)| sheet(entry, number, step, room)).collect();
    // A diagram that is as it was needs to be seen once.
    let mut before = None;
    for sheet in &mut sheets {
        if sheet.diagram.is_some() && sheet.diagram == before {
            sheet.diagram = None;
        }
        before = sheet.diagram.clone().or(before);
        if let [_, diagram] = &sheet.result[..] {
            match before.as_ref() == Some(diagram) {
                true => sheet.result.truncate(1),
                false => before = Some(diagram.clone()),
            }
        }
    }
    sheets
}
