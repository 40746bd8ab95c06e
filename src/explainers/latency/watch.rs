//! What is watched: checks, figures, and what the reader can do.

use super::world::World;
use super::{number, story};
use crate::explainers::{Check, Offer, Readout};
use crate::models::latency::show::{humanised, time, two};
use crate::models::latency::table::{NUMBERS, Number};

pub fn checks(_world: &World) -> Vec<Check> {
    Vec::new()
}

/// In the unit it is best read in: the value in ns, the text without its unit, the unit.
fn figure(ns: f64) -> (String, &'static str) {
    let text = time(ns);
    let unit = [" ns", " µs", " ms", " s"].into_iter().find(|unit| text.ends_with(unit)).unwrap_or_default();
    (text.strip_suffix(unit).unwrap_or(&text).to_string(), unit.trim_start())
}

pub fn readouts(world: &World) -> Vec<Readout> {
    let mut all = Vec::new();
    let place = world.here();
    if let Some(it) = NUMBERS.get(place) {
        all.push(told("looked", it, [it.name, &story::how(it)].concat()));
        let text = humanised(it.ns);
        let (text, label) = (text, "if a nanosecond were a second".to_string());
        all.push(Readout { key: "human", value: Some(it.ns), text, unit: "", label });
        if let Some(before) = world.before(place).and_then(|place| NUMBERS.get(place)) {
            let times = it.ns / before.ns;
            let label = ["as long as ", before.name].concat();
            all.push(Readout { key: "times", value: Some(times), text: two(times), unit: "×", label });
        }
    }
    // Each number by its own word, for what lessons ask.
    all.extend(NUMBERS.iter().map(|it| told(it.key, it, String::new())));
    all
}

fn told(key: &'static str, it: &Number, label: String) -> Readout {
    let (text, unit) = figure(it.ns);
    Readout { key, value: Some(it.ns), text, unit, label }
}

pub fn offers(world: &World) -> Vec<Offer> {
    let next = Offer { label: "Next number".into(), act: "next".into(), subject: None, key: Some('n') };
    let look = |place: &usize| {
        let it = NUMBERS.get(*place)?;
        let label = ["Look at ", it.name].concat();
        Some(Offer { label, act: format!("look({})", place + 1), subject: Some(number(*place)), key: None })
    };
    std::iter::once(next).chain(world.setup.order.iter().filter_map(look)).collect()
}

pub fn describe(world: &World) -> String {
    let Some(it) = NUMBERS.get(world.here()) else { return String::new() };
    let (from, to) = world.setup.params.axis();
    [
        "A logarithmic axis from ",
        &time(from),
        " to ",
        &time(to),
        " with a row for each latency number, by group. Looked at: ",
        it.name,
        ", ",
        &time(it.ns),
        " (",
        &story::voices(it),
        ").",
    ]
    .concat()
}
