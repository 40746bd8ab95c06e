//! What is watched: checks, figures, and what the reader can do.

use super::waterfall::{margin, median, over, p99, says, slowest, steps, verdict as total, without};
use super::world::World;
use super::{number, number_of, step_of, story};
use crate::draw::scene::Subject;
use crate::explainers::{Check, Offer, Readout, Verdict, grouped};
use crate::models::latency::show::{MS, humanised, part, time, two};
use crate::models::latency::table::{NUMBERS, Number};
use crate::sim::decimal::fixed;

pub fn checks(world: &World) -> Vec<Check> {
    let path = &world.setup.path;
    let verdict = |broken: Option<String>| broken.map_or(Verdict::Holds, |why| Verdict::Broken(0, why));
    let link = |line: usize| {
        let label = path.lines.get(line).map_or("", |line| line.label.as_str());
        ["[", &label.replace(['[', ']', '(', ')'], ""), "](step-", &(line + 1).to_string(), ")"].concat()
    };
    let (over, kept) = over(world).unzip();
    let missed = over.filter(|_| kept.flatten() == Some(false)).map(|over| {
        let most = slowest(world).map(|(line, _)| [", most of it in ", &link(line)].concat()).unwrap_or_default();
        let without = without(world).map(|without| [" (", &without, ")"].concat()).unwrap_or_default();
        ["p99 is ", &p99(world), ", ", &margin(world, over), " over", &most, &without].concat()
    });
    let fast = path.lines.iter().position(|line| line.too_fast);
    let faults = path.faults().count();
    let fault = path.faults().next().map(|(line, fault)| {
        let rest =
            if faults > 1 { "; the figures are without it and the others" } else { "; the figures are without it" };
        ["line ", &(line + 1).to_string(), ": ", &fault.why, rest].concat()
    });
    let mut all = vec![Check { key: "read", claim: "Every line of the path is understood", verdict: verdict(fault) }];
    // Nothing holds of a path of which a part is missing, but what breaks breaks.
    if faults == 0 || fast.is_some() {
        all.push(Check {
            key: "light",
            claim: "No step is sooner than light in a fibre",
            verdict: verdict(fast.map(|line| [&link(line), " is"].concat())),
        });
    }
    if missed.is_some() || (faults == 0 && kept.flatten() == Some(true)) {
        all.push(Check { key: "budget", claim: "99 of 100 requests keep the budget", verdict: verdict(missed) });
    }
    all
}

/// How many times as long, for what lessons ask.
const RATIOS: [(&str, &str, &str); 3] =
    [("memory-per-l1", "memory", "l1"), ("ssd-per-memory", "ssd", "memory"), ("seek-per-ssd", "seek", "ssd")];

/// In the unit it is best read in: the value in ns, the text without its unit, the unit.
fn figure(text: String) -> (String, &'static str) {
    let unit = [" ns", " µs", " ms", " s"].into_iter().find(|unit| text.ends_with(unit)).unwrap_or_default();
    (text.strip_suffix(unit).unwrap_or(&text).to_string(), unit.trim_start())
}

pub fn readouts(world: &World) -> Vec<Readout> {
    let outcome = &world.setup.outcome;
    let none = steps(world).next().is_none();
    let time_of = |key, ns: f64, said: String, label: String| {
        let (text, unit) = if none { ("–".to_string(), "") } else { figure(said) };
        Readout { key, value: (!none).then_some(ns / MS), text, unit, label }
    };
    let mut usual = match outcome.requests {
        1 => "the request, always".to_string(),
        // Known without drawing.
        _ if outcome.median_slack == 0.0 => "the request’s median".to_string(),
        n => ["the request’s median, of ", &grouped(n as i64), " drawn"].concat(),
    };
    let mut tail = match () {
        _ if outcome.p99 <= outcome.median => "its 99th percentile: at most one in a hundred takes longer",
        _ if outcome.p99_slack > 0.0 => "its 99th percentile: about one in a hundred takes longer",
        _ => "its 99th percentile: one in a hundred takes longer",
    }
    .to_string();
    if outcome.requests == 1 {
        tail = "its 99th percentile: it always takes as long".into();
    }
    if none {
        usual = "no step yet".into();
        tail = usual.clone();
    } else if let Some(without) = without(world) {
        usual = [&usual, ", ", &without].concat();
    }
    let mut all = vec![
        time_of("median", outcome.median, median(world), usual),
        time_of("p99", outcome.p99, p99(world), tail),
        time_of("mean", outcome.mean, time(outcome.mean), String::new()),
    ];
    if let Some((over, kept)) = over(world) {
        let label = match kept {
            None => "between p99 and the budget: too near to call",
            Some(true) => "p99 below the budget",
            Some(false) => "p99 over the budget",
        };
        all.push(Readout { value: Some(over / MS), ..time_of("over", over.abs(), margin(world, over), label.into()) });
        let within = outcome.within.unwrap_or(0.0);
        let (value, text) = (Some(within * 100.0), part(within));
        all.push(Readout { key: "within", value, text, unit: "%", label: String::new() });
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
    let (text, unit) = figure(time(it.ns));
    Readout { key, value: Some(it.ns), text, unit, label }
}

pub fn offers(world: &World) -> Vec<Offer> {
    let next = Offer { label: "Next number".into(), act: "next".into(), subject: None, key: Some('n') };
    let look = |place: &usize| {
        let it = NUMBERS.get(*place)?;
        let label = ["Look at ", it.name].concat();
        Some(Offer { label, act: format!("look({})", place + 1), subject: Some(number(*place)), key: None })
    };
    // After the longest there is no next one.
    let next = (world.looked + 1 < world.setup.order.len()).then_some(next);
    next.into_iter().chain(world.setup.order.iter().filter_map(look)).collect()
}

/// A number with who says what, or a step with what it adds.
pub fn about(world: &World, subject: Subject) -> Option<String> {
    if let Some(line) = step_of(world, subject) {
        let (row, label) = (world.setup.outcome.rows.get(line)?, &world.setup.path.lines.get(line)?.label);
        let share = row.slow.counts / world.setup.outcome.slow.max(1e-9) * 100.0;
        let most =
            if share > 0.0 { ["; ", &two(share), "% of the time of slow requests"].concat() } else { String::new() };
        return Some(["Step ", label, ": median / p99 ", &says(row), &most, "."].concat());
    }
    let it = NUMBERS.get(number_of(subject)?).filter(|_| number_of(subject).is_some_and(|place| world.shown(place)))?;
    Some([it.name, ": ", &time(it.ns), &story::how(it), "; ", &story::voices(it), "."].concat())
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
