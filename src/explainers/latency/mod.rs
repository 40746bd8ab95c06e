//! The latency numbers, and what a request made of them costs.

mod axis;
mod guess;
mod here;
mod lessons;
mod params;
mod presets;
mod probes;
mod scene;
mod sheet;
mod story;
mod strip;
mod study;
#[cfg(test)]
mod tests;
mod watch;
mod waterfall;
mod world;

pub use params::Params;
pub use world::World;

use crate::draw::chart::Chart;
use crate::draw::scene::{Scene, Subject, Token};
use crate::explainers::*;
use crate::models::latency::show::time;
use crate::models::latency::table::{Group, NUMBERS};
use crate::sim::{Micros, SECOND};
use serde::{Deserialize, Serialize};
use std::rc::Rc;

pub struct Latency;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// The next longer number, as long as there is one.
    Next,
    /// A number of the table, counted from 1.
    Look(u32),
}

/// The path that the reader has written, if it is not the one that is set.
#[derive(Clone, Debug, Default)]
pub struct Data {
    pub path: Option<Rc<str>>,
}

/// A number of the table.
pub fn number(place: usize) -> Subject {
    Subject { kind: "number", id: place as u32 + 1 }
}

/// A line of the path, from 0.
pub fn step(line: usize) -> Subject {
    Subject { kind: "step", id: line as u32 + 1 }
}

pub fn number_of(subject: Subject) -> Option<usize> {
    let place = (subject.kind == "number").then(|| subject.id.checked_sub(1))?? as usize;
    (place < NUMBERS.len()).then_some(place)
}

/// The line of a step that is in the path.
pub fn step_of(world: &World, subject: Subject) -> Option<usize> {
    let line = (subject.kind == "step").then(|| subject.id.checked_sub(1))?? as usize;
    waterfall::steps(world).find(|step| *step == line)
}

pub fn hue(group: Group) -> Token {
    match group {
        Group::Processor => Token::Orange,
        Group::Memory => Token::Blue,
        Group::Storage => Token::Green,
        Group::Network => Token::Pink,
        Group::Service => Token::Gold,
    }
}

/// A text longer than this is in no link.
const IN_LINK: usize = 2_000;

impl Explainer for Latency {
    const META: Meta = Meta {
        slug: "latency",
        title: "Latency numbers",
        question: "How long does each step take, and what does a request made of them cost?",
        claim: "From a cache hit to an ocean lie eight powers of ten; a request adds them up, and its tail is that of the slowest it waits for.",
        pace: SECOND,
        opening: "",
        sources: &[
            Source {
                what: "Dean, Software Engineering Advice from Building Large-Scale Distributed Systems, about 2007",
                url: "https://static.googleusercontent.com/media/research.google.com/en//people/jeff/stanford-295-talk.pdf",
            },
            Source {
                what: "Dean, Building Software Systems at Google and Lessons Learned, Stanford 2010",
                url: "https://static.googleusercontent.com/media/research.google.com/en//people/jeff/Stanford-DL-Nov-2010.pdf",
            },
            Source {
                what: "Norvig, Teach Yourself Programming in Ten Years: answers",
                url: "https://norvig.com/21-days.html#answers",
            },
            Source {
                what: "Bonér, Latency Numbers Every Programmer Should Know, about 2012",
                url: "https://gist.github.com/jboner/2841832",
            },
            Source {
                what: "The System Design Primer: latency numbers",
                url: "https://github.com/donnemartin/system-design-primer",
            },
            Source {
                what: "ByteByteGo, Which latency numbers should you know?, 2022",
                url: "https://blog.bytebytego.com/p/ep22-latency-numbers-you-should-know",
            },
            Source { what: "Eskildsen, napkin-math, measured 2026", url: "https://github.com/sirupsen/napkin-math" },
            Source {
                what: "Dean & Barroso, The Tail at Scale, CACM 56(2), 2013",
                url: "https://doi.org/10.1145/2408776.2408794",
            },
        ],
        simplified: &[
            "The quoted number is one machine’s on one day. Most of Dean’s are of the 2000s; the marks beside them say what others found since.",
            "No curve is drawn on into years in which nobody measured.",
            "The steps of a path take their times independently of each other. In real systems slow steps come together, because they share a cause: a pause, a full queue, a busy neighbour.",
            "A time “10 ms p99 60 ms” is drawn log-normal; real latencies have longer tails, and humps.",
            "Nothing queues: a request takes as long under load as without.",
        ],
    };
    type Params = Params;
    type Action = Action;
    type Data = Data;
    type World = World;
    type Sketch = scene::Sketch;
    const VERSUS: &'static [(&'static str, &'static str)] = &[("request", "fan-out")];
    fn caveats(params: &Params) -> Vec<(&'static str, String)> {
        params.reach().map(|why| ("to", why)).into_iter().collect()
    }
    const FOLDED: &'static [&'static str] = &["from", "to", "hide"];

    fn build(params: &Params, seed: u64, data: &Data) -> World {
        World::build(params, seed, data)
    }
    fn act(world: &mut World, at: Micros, action: &Action) -> Result<(), String> {
        world.act(at, action)
    }
    fn advance(world: &mut World, to: Micros) {
        world.advance(to);
    }
    fn settled(world: &World) -> Micros {
        world.settled()
    }
    fn still_until(world: &World, at: Micros) -> Micros {
        world.still_until(at)
    }
    fn scene(world: &World, at: Micros, view: &View, sketch: &mut scene::Sketch) -> Scene {
        scene::scene(world, at, view, sketch)
    }
    fn diagram(world: &World, _at: Micros, view: &View) -> Option<Scene> {
        waterfall::diagram(world, view)
    }
    const DIAGRAM: &'static str = "Click a number to see who measured it, or a step to see what it adds.";
    const DIAGRAM_IS: &'static str = "The steps of the path as a waterfall, time to the right.";
    const DIAGRAM_BELOW: bool = true;
    fn events(world: &World) -> &[Event] {
        &world.events
    }
    fn checks(world: &World) -> Vec<Check> {
        watch::checks(world)
    }
    fn readouts(world: &World) -> Vec<Readout> {
        watch::readouts(world)
    }
    fn charts(_world: &World) -> Vec<Chart> {
        Vec::new()
    }
    fn offers(world: &World) -> Vec<Offer> {
        watch::offers(world)
    }
    fn name(world: &World, subject: Subject) -> Option<String> {
        if let Some(line) = step_of(world, subject) {
            return world.setup.path.lines.get(line).map(|line| line.label.clone());
        }
        if subject.kind == "check" {
            let checks = watch::checks(world);
            return checks.get(subject.id.checked_sub(1)? as usize).map(|check| check.claim.to_string());
        }
        number_of(subject).and_then(|place| NUMBERS.get(place)).map(|number| number.name.to_string())
    }
    fn ink(world: &World, subject: Subject) -> Option<Token> {
        if step_of(world, subject).is_some() {
            return Some(Token::Blue);
        }
        number_of(subject).and_then(|place| NUMBERS.get(place)).map(|number| hue(number.group))
    }
    fn state(world: &World, subject: Subject) -> Option<String> {
        if let Some(line) = step_of(world, subject) {
            let row = world.setup.outcome.rows.get(line)?;
            return Some(["median / p99: ", &waterfall::says(row)].concat());
        }
        let place = number_of(subject)?;
        let number = NUMBERS.get(place)?;
        if !world.shown(place) {
            return Some("not shown yet".into());
        }
        let seen = if world.here() == place { "looked at" } else { "in the table" };
        Some([seen, ": ", &time(number.ns), "; ", &story::voices(number)].concat())
    }
    fn describe(world: &World, _at: Micros) -> String {
        watch::describe(world)
    }
    fn about(world: &World, subject: Subject) -> Option<String> {
        watch::about(world, subject)
    }
    fn subject(word: &str) -> Option<Subject> {
        let (kind, id) = word.rsplit_once('-')?;
        let kind = ["number", "step", "check"].into_iter().find(|known| *known == kind)?;
        Some(Subject { kind, id: id.parse().ok()? })
    }
    fn followable(world: &World) -> Vec<Subject> {
        let numbers = (0..world.setup.order.len()).filter_map(|looked| world.subject_of(looked));
        waterfall::steps(world).map(step).chain(numbers).collect()
    }
    fn lessons() -> &'static [Lesson] {
        lessons::LESSONS
    }
    fn studies(run: &Run<Latency>) -> Vec<Box<dyn Study>> {
        study::Spread::new(run).map(|study| Box::new(study) as Box<dyn Study>).into_iter().collect()
    }
    fn table(world: &World, sketch: &scene::Sketch) -> Option<Table> {
        Some(sheet::table(world, sketch))
    }
    fn probes() -> &'static [Probe] {
        probes::PROBES
    }
    fn measured(sketch: &mut scene::Sketch, key: &str, found: Measured) {
        probes::measured(sketch, key, found);
    }
    const PAGE: &'static str = "Path of a request";
    fn page(world: &World, _sketch: &scene::Sketch) -> Page {
        sheet::page(world)
    }
    fn chosen(data: &mut Data, key: &str) {
        if key == "request" {
            data.path = None;
        }
    }
    fn write(params: &Params, data: &mut Data, text: &str) {
        data.path = (text != presets::text(params.path)).then(|| text.into());
    }
    fn data_parts(data: &Data) -> (Vec<(&'static str, String)>, Option<String>) {
        match &data.path {
            None => (Vec::new(), None),
            Some(text) if text.len() <= IN_LINK => (vec![("path", text.to_string())], None),
            Some(_) => (Vec::new(), Some("your path, which is too long".into())),
        }
    }
    fn data_from(data: &mut Data, key: &str, value: &str) -> Option<Result<(), String>> {
        (key == "path").then(|| {
            data.path = Some(value.into());
            Ok(())
        })
    }
}
