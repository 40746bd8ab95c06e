//! What an explainer is. `ARCHITECTURE.md` says how to add one.

use super::knobs::Knobs;
use super::page::{Measured, Note, Page, Probe, Table};
use crate::draw::chart::Chart;
use crate::draw::scene::{Scene, Subject, Token};
use crate::sim::{Micros, decimal};
use serde::{Serialize, de::DeserializeOwned};
use std::hash::Hash;

pub struct Source {
    pub what: &'static str,
    pub url: &'static str,
}

pub struct Meta {
    pub slug: &'static str,
    pub title: &'static str,
    /// The question it answers: the heading of its page.
    pub question: &'static str,
    /// One sentence: what the reader will have understood.
    pub claim: &'static str,
    /// Virtual time that passes in one second of watching, in µs: messages that take milliseconds are shown slowed down.
    pub pace: Micros,
    /// What is done in the run that the gallery opens, as a link has it: whoever presses Play there sees something
    /// happen. Empty where it happens by itself.
    pub opening: &'static str,
    pub sources: &'static [Source],
    /// Where the model is simpler than the real systems.
    pub simplified: &'static [&'static str],
}

/// What is only about how the reader looks at it: never in the world, never in a link.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    pub width: f32,
    /// The height that leaves room on the screen for what stands below; a scene may take less, and more where it is a
    /// list of which nothing may be missing.
    pub height: f32,
    /// What the pointer or the keyboard is on.
    pub focus: Option<Subject>,
    /// The one thing whose story is shown, all else toned down.
    pub follow: Option<Subject>,
    /// Size of the picture's text in pixels: 13 on a desk, more on a projector.
    pub text: f32,
}

impl View {
    pub fn sized(width: f32, height: f32) -> View {
        View { width, height, focus: None, follow: None, text: 13.0 }
    }
    /// What is lit: what the reader points at, else what is followed.
    pub fn lit(&self) -> Option<Subject> {
        self.focus.or(self.follow)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    Plain,
    /// Something to worry about.
    Warn,
    /// Something broke.
    Bad,
}

/// Something that happened, in words.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Event {
    pub at: Micros,
    /// A few words: who did what.
    pub head: String,
    /// What follows from it, with figures.
    pub text: String,
    pub tone: Tone,
    pub subject: Option<Subject>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Holds,
    /// Since when, and why: the counterexample in words, with `[words](subject)` as in lessons.
    Broken(Micros, String),
}

/// An invariant, watched live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    pub key: &'static str,
    pub claim: &'static str,
    pub verdict: Verdict,
}

/// A number with what to hold it against.
#[derive(Clone, Debug, PartialEq)]
pub struct Readout {
    pub key: &'static str,
    pub value: Option<f64>,
    /// The value without its unit; “–” where there is none yet.
    pub text: String,
    pub unit: &'static str,
    /// What it is and what theory says. Empty: lessons name it, but it has no tile of its own.
    pub label: String,
}

impl Readout {
    /// Whether another run’s readout is of the same thing. Results of the reader’s own have a place for a key; what they
    /// are is in their label.
    pub fn pairs(&self, other: &Readout) -> bool {
        let place = |readout: &Readout| readout.key.starts_with("result-");
        match place(self) || place(other) {
            true => !self.label.is_empty() && self.label.split(';').next() == other.label.split(';').next(),
            false => self.key == other.key,
        }
    }
}

/// Something the reader can do now: an action, in the form links use, on a button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub label: String,
    pub act: String,
    /// What it is done to; `None`: offered always.
    pub subject: Option<Subject>,
    /// One key, if it has one.
    pub key: Option<char>,
}

/// A text the reader may give with an action: `act` is its word, such as `lookup`.
pub struct Ask {
    pub label: &'static str,
    pub hint: &'static str,
    pub act: &'static str,
}

pub struct Lesson {
    pub slug: &'static str,
    pub title: &'static str,
    pub steps: &'static [Step],
}

/// One step: a state, a sentence or three, and what to look at.
pub struct Step {
    pub title: &'static str,
    /// `[words](server-6)` is about a subject; `{moved}` is a readout's value at the end of the step.
    pub text: &'static str,
    /// What to look at.
    pub look: &'static str,
    /// The state, as the query of a link.
    pub state: &'static str,
    /// The run goes on to here when the reader asks (or has predicted), in seconds; 0: nothing more happens.
    pub until: f64,
    pub ask: Option<Predict>,
    /// Checks that this step breaks, on purpose.
    pub breaks: &'static [&'static str],
    /// Charts that it speaks of, by their keys: of its run, or computed about it. They are shown with it where the
    /// others are not: to a class, in a figure, on paper.
    pub charts: &'static [&'static str],
    /// It is about the first picture alone: to a class and on paper there is no second one that takes its place.
    pub single: bool,
}

/// A question before the reveal. The answer is what the model's readout says at the end of the step.
pub struct Predict {
    pub question: &'static str,
    /// Choices, each a label and the value it stands for; none: the reader types a number.
    pub options: &'static [(&'static str, f64)],
    pub readout: &'static str,
    /// How what the reader types is read and judged; none: a plain number, close if it is within 15%.
    pub guess: Option<&'static Guess>,
}

/// A way to read and judge what a reader guesses.
pub struct Guess {
    /// What one may type.
    pub hint: &'static str,
    pub read: fn(&str) -> Option<f64>,
    /// The guess and the true value: what to say of it, before the true value is shown.
    pub judge: fn(f64, f64) -> String,
    /// What all guesses of a lesson, each with its truth, say together; none: too few to say.
    pub sum: fn(&[(f64, f64)]) -> Option<String>,
}

impl Step {
    /// Until when its run goes on.
    pub fn end(&self) -> Micros {
        (self.until * 1e6) as Micros
    }
}

impl Predict {
    /// The option nearest to the value.
    pub fn right(&self, value: f64) -> Option<usize> {
        let far = |option: &(&str, f64)| (option.1 - value).abs();
        (0..self.options.len()).min_by(|&a, &b| far(&self.options[a]).total_cmp(&far(&self.options[b])))
    }
}

/// A way to bring one's own data in. The reading itself is incremental, so that no page freezes.
pub struct Import {
    pub key: &'static str,
    pub title: &'static str,
    pub hint: &'static str,
    pub example: &'static str,
    pub reader: fn() -> Box<dyn Reader>,
}

/// Reads a paste or a file piece by piece.
pub trait Reader {
    fn push(&mut self, bytes: &[u8]);
    /// What was found, and which lines were not understood.
    fn finish(self: Box<Self>) -> Imported;
}

pub struct Imported {
    /// What came of it, in words.
    pub summary: String,
    /// (line, counted from 1; what was expected), at most a few; `more` says how many there were besides.
    pub bad: Vec<(u64, String)>,
    pub more: u64,
    /// The data, for `Explainer::adopt`; `None`: nothing usable.
    pub data: Option<Box<dyn std::any::Any>>,
    /// Settings that go with it.
    pub set: Vec<(&'static str, String)>,
    /// What is to be found out about it, where it is not for the run but for an answer.
    pub inquiry: Option<Box<dyn Inquiry>>,
}

/// A question about the reader's own data: computed a step at a time, answered in words and with a picture.
pub trait Inquiry {
    /// A millisecond or so of work. `false`: done.
    fn step(&mut self) -> bool;
    /// From 0 to 1.
    fn progress(&self) -> f64;
    /// The answer, once it is done.
    fn words(&self) -> String;
    fn scene(&self, width: f32) -> Scene;
}

/// A computation too long for one frame: a step at a time, with what it knows so far.
pub trait Study {
    /// Some milliseconds of work. `false`: done.
    fn step(&mut self) -> bool;
    /// From 0 to 1.
    fn progress(&self) -> f64;
    fn chart(&self) -> Chart;
    /// What it computes: the same number for the same outcome.
    fn key(&self) -> u32;
    /// What it has found so far, and how another of the same key goes on from there: a worker computes, the page shows.
    fn found(&self) -> Vec<f64>;
    fn resume(&mut self, found: &[f64]);
}

/// A run, for computations about it.
pub struct Run<'a, E: Explainer> {
    pub params: &'a E::Params,
    pub seed: u64,
    pub data: &'a E::Data,
    pub actions: &'a [(Micros, E::Action)],
    pub end: Micros,
    pub follow: Option<Subject>,
}

pub trait Explainer: 'static {
    const META: Meta;
    type Params: Knobs;
    /// Everything a reader can do.
    type Action: Serialize + DeserializeOwned + Clone + PartialEq + std::fmt::Debug;
    /// The reader's own data; the default is none.
    type Data: Clone + Default + 'static;
    /// The model at one instant. Cheap to clone: checkpoints are clones.
    type World: Clone + Hash;
    /// What drawing remembers between frames, derived from the world and the view.
    type Sketch: Default;

    fn build(params: &Self::Params, seed: u64, data: &Self::Data) -> Self::World;
    /// Does it, or says why it cannot be done.
    fn act(world: &mut Self::World, at: Micros, action: &Self::Action) -> Result<(), String>;
    /// Runs what is due up to `to`; `advance(a); advance(b)` equals `advance(b)`.
    fn advance(world: &mut Self::World, to: Micros);
    /// When everything under way will be over.
    fn settled(world: &Self::World) -> Micros;
    /// Until when the picture stays as it is at `at`.
    fn still_until(world: &Self::World, at: Micros) -> Micros;
    fn scene(world: &Self::World, at: Micros, view: &View, sketch: &mut Self::Sketch) -> Scene;
    /// A second picture beside the first, of what is lit or followed: the same messages with time downwards. `None`:
    /// nothing that has one.
    fn diagram(_world: &Self::World, _at: Micros, _view: &View) -> Option<Scene> {
        None
    }
    /// What one sees instead of the second picture while there is none, in words; empty: there never is one.
    const DIAGRAM: &'static str = "";
    /// What the second picture is, for who cannot see it.
    const DIAGRAM_IS: &'static str = "The messages of one operation, time downwards.";
    /// Whether the second picture lies below the first and is as wide, and is there for both sides of a comparison.
    const DIAGRAM_BELOW: bool = false;
    /// The action that a line drawn across the picture stands for, in the form links use.
    fn stroke(_world: &Self::World, _at: Micros, _view: &View, _from: (f32, f32), _to: (f32, f32)) -> Option<String> {
        None
    }
    /// What a line drawn across the picture does, in a few words; empty: nothing.
    const STROKE: &'static str = "";
    /// What has happened, in order. The latest is the caption; never empty.
    fn events(world: &Self::World) -> &[Event];
    fn checks(world: &Self::World) -> Vec<Check>;
    fn readouts(world: &Self::World) -> Vec<Readout>;
    fn charts(world: &Self::World) -> Vec<Chart>;
    fn offers(world: &Self::World) -> Vec<Offer>;
    /// The action nearest to it that one would do by default: what `Compare` starts with.
    const VERSUS: &'static [(&'static str, &'static str)];
    fn asks() -> &'static [Ask] {
        &[]
    }
    fn studies(_run: &Run<Self>) -> Vec<Box<dyn Study>>
    where
        Self: Sized,
    {
        Vec::new()
    }
    /// A subject's name, if the world has it.
    fn name(world: &Self::World, subject: Subject) -> Option<String>;
    /// The colour a subject has in the picture, if it has one of its own.
    fn ink(world: &Self::World, subject: Subject) -> Option<Token>;
    /// How a subject stands now, in a few words: its story is made of these.
    fn state(world: &Self::World, subject: Subject) -> Option<String>;
    /// What the whole picture shows, in words, for who cannot see it.
    fn describe(world: &Self::World, at: Micros) -> String;
    /// What it shows of the one thing that is lit, as a sentence.
    fn about(world: &Self::World, subject: Subject) -> Option<String> {
        Some([&Self::name(world, subject)?, ": ", &Self::state(world, subject)?, "."].concat())
    }
    /// The subject a link's word stands for, such as `server-3`. `check-2`, if an explainer knows it, is the second of
    /// its checks: what the counterexample names is lit with it.
    fn subject(word: &str) -> Option<Subject>;
    /// Everything that can be followed, a few of each kind.
    fn followable(world: &Self::World) -> Vec<Subject>;
    fn lessons() -> &'static [Lesson];
    /// What settings do to each other that a reader may not expect: the knob it is about, and what happens.
    fn caveats(_params: &Self::Params) -> Vec<(&'static str, String)> {
        Vec::new()
    }
    /// Settings that wait under “More settings”: few at a time.
    const FOLDED: &'static [&'static str] = &[];
    /// Nothing moves by itself: there is no time to play through.
    const STILL: bool = false;
    /// What the text that the reader edits is called; empty: there is none.
    const PAGE: &'static str = "";
    fn page(_world: &Self::World, _sketch: &Self::Sketch) -> Page {
        Page::default()
    }
    /// The note of one line, with all of it: of a long text `page` may leave away how each line is worked out.
    fn worked(world: &Self::World, sketch: &Self::Sketch, line: usize) -> Option<Note> {
        Self::page(world, sketch).notes.into_iter().nth(line)
    }
    /// The reader has changed the text. The one that the settings give is no data of the reader's own.
    fn write(_params: &Self::Params, _data: &mut Self::Data, _text: &str) {}
    /// The reader has chosen a value of the setting `key`, which may replace the reader's own data.
    fn chosen(_data: &mut Self::Data, _key: &str) {}
    /// What is only known after many samples: some milliseconds of work, kept beside the picture; of a new text the
    /// first call only sees what of it is known already. `false`: done.
    fn refine(_world: &Self::World, _sketch: &mut Self::Sketch) -> bool {
        false
    }
    /// The figures, to take away.
    fn table(_world: &Self::World, _sketch: &Self::Sketch) -> Option<Table> {
        None
    }
    /// What can be measured on the reader's machine.
    fn probes() -> &'static [Probe] {
        &[]
    }
    /// Something was measured here. Besides `probes` there are `clock`, the steps of the browser's clock, and
    /// `message`, a message to another thread and back.
    fn measured(_sketch: &mut Self::Sketch, _key: &str, _found: Measured) {}
    /// Whether `imports` has any. Apart from them, because they are loaded when the reader asks for them.
    const TAKES_DATA: bool = false;
    fn imports() -> &'static [Import] {
        &[]
    }
    /// Takes over what a reader of `imports` made.
    fn adopt(_data: &mut Self::Data, _made: Box<dyn std::any::Any>) {}
    /// The part of the data that fits in a link, as key and value; and what does not fit, in words.
    fn data_parts(_data: &Self::Data) -> (Vec<(&'static str, String)>, Option<String>) {
        (Vec::new(), None)
    }
    /// Whether a setting means nothing with this data.
    fn fixed_by(_data: &Self::Data, _key: &str) -> bool {
        false
    }
    /// Takes a part of a link as data; `None`: not a part of the data.
    fn data_from(_data: &mut Self::Data, _key: &str, _value: &str) -> Option<Result<(), String>> {
        None
    }
}

/// A whole number with thousands set apart: 12,345.
pub fn grouped(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::new();
    if n < 0 {
        out.push('−');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A share as per cent: one decimal, two below 1%.
pub fn percent(share: f64) -> String {
    let p = share * 100.0;
    decimal::fixed(p, if p != 0.0 && p.abs() < 1.0 { 2 } else { 1 })
}
