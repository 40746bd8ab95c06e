//! Capacity: a sheet of quantities with units, worked out live.

mod blocks;
mod data;
mod diagram;
mod edit;
mod layout;
mod lessons;
mod page;
mod params;
pub mod presets;
mod rows;
mod scene;
mod study;
#[cfg(test)]
mod tests;
mod world;

use page::index;
pub use params::Params;
pub use world::World;

use crate::draw::chart::Chart;
use crate::draw::scene::{Scene, Subject, Token};
use crate::explainers::*;
use crate::sim::{Micros, SECOND};
use serde::{Deserialize, Serialize};
use std::rc::Rc;

pub struct Capacity;

/// What a reader can do to the sheet besides editing it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Another expression for a line, by its name; a new name makes a new line.
    Set(String, String),
    /// A line goes.
    Drop(String),
    /// A result, what it is to be, and the line whose number is looked for.
    Solve(String, String, String),
    /// The same in one text: `servers = 10 by users`.
    Want(String),
}

#[derive(Clone, Debug, Default)]
pub struct Data {
    /// The reader’s own text, where it is not that of the preset.
    pub sheet: Option<Rc<str>>,
}

/// A line by its place in the text, from 0; links count from 1.
pub fn line(i: usize) -> Subject {
    Subject { kind: "line", id: i as u32 + 1 }
}

/// The same as links write it.
fn word(i: usize) -> String {
    format!("line-{}", i + 1)
}

impl Explainer for Capacity {
    const META: Meta = Meta {
        slug: "capacity",
        title: "Capacity",
        question: "How many requests, bytes, machines?",
        claim: "A few multiplications with their units tell what a system needs, to within the ranges of what one knows.",
        pace: SECOND,
        opening: "",
        sources: &[
            Source {
                what: "Martin, system-design-primer (worked estimates, availability)",
                url: "https://github.com/donnemartin/system-design-primer",
            },
            Source {
                what: "Google, The Site Reliability Workbook, chapter 12: Non-Abstract Large System Design",
                url: "https://sre.google/workbook/non-abstract-design/",
            },
            Source {
                what: "Xu, System Design Interview, volume 1, chapter 2: Back-of-the-Envelope Estimation",
                url: "https://bytebytego.com/courses/system-design-interview/back-of-the-envelope-estimation",
            },
            Source {
                what: "Kleppmann & Riccomini, Designing Data-Intensive Applications, 2nd edition, chapter 2",
                url: "https://dataintensive.net",
            },
            Source {
                what: "Rao, How to Choose the Number of Topics/Partitions in a Kafka Cluster?, 2015",
                url: "https://www.confluent.io/blog/how-choose-number-topics-partitions-kafka-cluster/",
            },
            Source {
                what: "DataStax, capacity planning for Apache Cassandra (data a node, how full its disks)",
                url: "https://docs.datastax.com/en/planning/oss/oss-capacity-planning.html",
            },
            Source {
                what: "BIPM, The International System of Units (decimal prefixes); IEC 80000-13 (binary ones)",
                url: "https://www.bipm.org/en/publications/si-brochure",
            },
        ],
        simplified: &[
            "A year has 365 days, and a month a twelfth of them.",
            "Between the ends of a range each value is as likely as any other; where the ends are ten times apart or more, each factor is. Ranges do not depend on each other, and real quantities often do.",
            "Load is an average, or that times a peak you choose: how requests bunch within a second, and what queues then do, is not in it.",
            "Parts fail independently of each other here. Real ones share racks, power, releases and mistakes, so real systems are down more than this.",
            "What looks off by 10 to 100 times is flagged by rules of thumb; a sheet without a flag may still be wrong.",
        ],
    };
    type Params = Params;
    type Action = Action;
    type Data = Data;
    type World = World;
    type Sketch = scene::Sketch;
    const VERSUS: &'static [(&'static str, &'static str)] = &[("preset", "fanout")];
    const STILL: bool = true;
    const PAGE: &'static str = "Sheet";

    fn build(params: &Params, _seed: u64, data: &Data) -> World {
        World::build(params, data)
    }
    fn act(world: &mut World, at: Micros, action: &Action) -> Result<(), String> {
        world.act(at, action)
    }
    fn advance(_world: &mut World, _to: Micros) {}
    fn settled(_world: &World) -> Micros {
        0
    }
    fn still_until(_world: &World, _at: Micros) -> Micros {
        Micros::MAX
    }
    fn scene(world: &World, _at: Micros, view: &View, sketch: &mut scene::Sketch) -> Scene {
        scene::scene(world, view, sketch)
    }
    fn diagram(world: &World, _at: Micros, view: &View) -> Option<Scene> {
        diagram::diagram(world, view)
    }
    const DIAGRAM: &'static str = "Click a quantity to see what it is made of, and what of that matters most.";
    const DIAGRAM_IS: &'static str =
        "What matters most for a result, what an availability is made of, or all quantities by their size.";
    const DIAGRAM_BELOW: bool = true;
    fn events(world: &World) -> &[Event] {
        &world.events
    }
    fn checks(world: &World) -> Vec<Check> {
        world.checks()
    }
    fn readouts(world: &World) -> Vec<Readout> {
        world.readouts()
    }
    fn charts(_world: &World) -> Vec<Chart> {
        Vec::new()
    }
    fn offers(world: &World) -> Vec<Offer> {
        world.offers()
    }
    fn asks() -> &'static [Ask] {
        &[Ask { label: "Solve backwards", hint: "such as users for peak = 2,000 posts/s", act: "want" }]
    }
    fn studies(run: &Run<Capacity>) -> Vec<Box<dyn Study>> {
        study::studies(run)
    }
    fn name(world: &World, subject: Subject) -> Option<String> {
        index(subject).filter(|i| world.made.named(*i)).map(|i| world.made.title(i))
    }
    fn ink(world: &World, subject: Subject) -> Option<Token> {
        index(subject).filter(|i| world.made.named(*i)).map(|i| scene::hue(&world.made, i))
    }
    fn state(world: &World, subject: Subject) -> Option<String> {
        world.state(subject)
    }
    fn describe(world: &World, _at: Micros) -> String {
        world.describe()
    }
    fn about(world: &World, subject: Subject) -> Option<String> {
        world.about(subject)
    }
    fn subject(word: &str) -> Option<Subject> {
        let id = word.strip_prefix("line-")?.parse().ok()?;
        Some(Subject { kind: "line", id })
    }
    fn followable(world: &World) -> Vec<Subject> {
        (0..world.made.sheet.lines.len()).filter(|i| world.made.named(*i)).map(line).collect()
    }
    fn lessons() -> &'static [Lesson] {
        lessons::LESSONS
    }
    fn page(world: &World, sketch: &scene::Sketch) -> Page {
        page::page(world, sketch)
    }
    fn worked(world: &World, sketch: &scene::Sketch, line: usize) -> Option<Note> {
        Some(page::worked(world, sketch, line))
    }
    fn write(params: &Params, data: &mut Data, text: &str) {
        data::write(params.preset, data, text);
    }
    fn chosen(data: &mut Data, key: &str) {
        if key == "preset" {
            data.sheet = None;
        }
    }
    fn refine(world: &World, sketch: &mut scene::Sketch) -> bool {
        sketch.refine(&world.made)
    }
    fn table(world: &World, sketch: &scene::Sketch) -> Option<Table> {
        page::table(world, sketch)
    }
    fn data_parts(data: &Data) -> (Vec<(&'static str, String)>, Option<String>) {
        data::parts(data)
    }
    fn data_from(data: &mut Data, key: &str, value: &str) -> Option<Result<(), String>> {
        data::from_link(data, key, value)
    }
}
