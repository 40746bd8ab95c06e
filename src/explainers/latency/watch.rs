//! What is watched: checks, figures, and what the reader can do.

use super::waterfall::{over, slowest, verdict as total};
use super::world::World;
use super::{number, story};
use crate::explainers::{Check, Offer, Readout, Verdict, grouped};
use crate::models::latency::show::{MS, humanised, time, two};
use crate::models::latency::table::{NUMBERS, Number};
use crate::sim::decimal::fixed;

pub fn checks(world: &World) -> Vec<Check> {
    let path = &world.setup.path;
    let verdict = |broken: Option<String>| broken.map_or(Verdict::Holds, |why| Verdict::Broken(0, why));
    let link = |line: usize| {
        let label = path.lines.get(line).map_or("", |line| line.label.as_str());
        ["[", &label.replace(['[', ']', '(', ')'], ""), "](step-", &(line + 1).to_string(), ")"].concat()
    };
    let missed = over(world).filter(|over| *over > 0.0).map(|over| {
        let most = slowest(world).map(|(line, _)| [", most of it in ", &link(line)].concat()).unwrap_or_default();
        ["p99 is ", &time(world.setup.outcome.p99), ", ", &time(over), " over", &most].concat()
    });
    let fast = path.lines.iter().position(|line| line.too_fast);
    let fault = path.faults().next().map(|(line, fault)| ["line ", &(line + 1).to_string(), ": ", &fault.why].concat());
    vec![
        Check { key: "budget", claim: "99 of 100 requests keep the budget", verdict: verdict(missed) },
        Check {
            key: "light",
            claim: "No step is sooner than light in a fibre",
            verdict: verdict(fast.map(|line| [&link(line), " is"].concat())),
        },
        Check { key: "read", claim: "Every line of the path is understood", verdict: verdict(fault) },
    ]
}

/// How many times as long, for what lessons ask.
const RATIOS: [(&str, &str, &str); 3] =
    [("memory-per-l1", "memory", "l1"), ("ssd-per-memory", "ssd", "memory"), ("seek-per-ssd", "seek", "ssd")];

/// In the unit it is best read in: the value in ns, the text without its unit, the unit.
fn figure(ns: f64) -> (String, &'static str) {
    let text = time(ns);
    let unit = [" ns", " µs", " ms", " s"].into_iter().find(|unit| text.ends_with(unit)).unwrap_or_default();
    (text.strip_suffix(unit).unwrap_or(&text).to_string(), unit.trim_start())
}

pub fn readouts(world: &World) -> Vec<Readout> {
    let outcome = &world.setup.outcome;
    let time_of = |key, ns: f64, label: String| {
        let (text, unit) = figure(ns);
        Readout { key, value: Some(ns / MS), text, unit, label }
    };
    let drawn = match outcome.requests {
        1 => "the request, always".to_string(),
        n => ["the request’s median, of ", &grouped(n as i64), " drawn"].concat(),
    };
    let mut all = vec![
        time_of("median", outcome.median, drawn),
        time_of("p99", outcome.p99, "its 99th percentile: one in a hundred takes longer".into()),
        time_of("mean", outcome.mean, String::new()),
    ];
    if let Some(over) = over(world) {
        let label = if over > 0.0 { "p99 over the budget" } else { "p99 below the budget" };
        all.push(Readout { value: Some(over / MS), ..time_of("over", over.abs(), label.into()) });
        let within = outcome.within.unwrap_or(0.0) * 100.0;
        let text = fixed(within, 1);
        all.push(Readout { key: "within", value: Some(within), text, unit: "%", label: String::new() });
    }
    if let Some((line, share)) = slowest(world) {
        let name = world.setup.path.lines.get(line).map_or("", |line| line.label.as_str());
        let label = ["of the time of slow requests: ", name].concat();
        all.push(Readout { key: "share", value: Some(share * 100.0), text: fixed(share * 100.0, 0), unit: "%", label });
    }
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
    for (key, longer, shorter) in RATIOS {
        let of = |wanted: &str| NUMBERS.iter().find(|it| it.key == wanted).map(|it| it.ns);
        if let (Some(longer), Some(shorter)) = (of(longer), of(shorter)) {
            let times = longer / shorter;
            all.push(Readout { key, value: Some(times), text: two(times), unit: "×", label: String::new() });
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
        "). The path: ",
        &total(world),
    ]
    .concat()
}
