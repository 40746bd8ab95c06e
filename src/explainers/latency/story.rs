//! What the walk through the numbers says.

use super::number;
use super::world::World;
use crate::explainers::{Event, Tone};
use crate::models::latency::show::{humanised, time, two};
use crate::models::latency::table::{NUMBERS, Number};
use crate::sim::Micros;

/// “round trip, in the same region”: what the name leaves open, with a comma before it; empty where there is nothing, or where
/// the name says it.
pub fn how(number: &Number) -> String {
    let said = number.name.contains(number.how) || (number.how == "round trip" && number.name.ends_with("and back"));
    if said { String::new() } else { [", ", number.how].concat() }
}

/// How many of the one before fit into it, in words.
pub fn fits(number: &Number, before: Option<&Number>) -> Option<String> {
    let before = before?;
    let times = number.ns / before.ns;
    Some(if times < 1.05 {
        ["As long as ", before.name].concat()
    } else {
        [&two(times), " × ", before.name, " (", &time(before.ns), ")"].concat()
    })
}

/// Who says what: “25 ns: Dean 2010, Norvig · 100 ns: Dean 2007”.
pub fn voices(number: &Number) -> String {
    let one = |(ns, derived, names): &(f64, bool, Vec<&str>)| {
        let about = if *derived { "from a rate, " } else { "" };
        [&time(*ns), ": ", about, &names.join(", ")].concat()
    };
    number.values().iter().map(one).collect::<Vec<_>>().join(" · ")
}

/// The number that is looked at.
pub fn look(world: &World, at: Micros) -> Event {
    let place = world.here();
    let Some(it) = NUMBERS.get(place) else {
        return Event { at, head: "–".into(), text: "–".into(), tone: Tone::Plain, subject: None };
    };
    let before = world.before(place).and_then(|place| NUMBERS.get(place));
    let head = [it.name, ": ", &time(it.ns), &how(it), "."].concat();
    let mut text = String::new();
    if let Some(fits) = fits(it, before) {
        text.push_str(&fits);
        text.push_str(". ");
    }
    text.push_str("If a nanosecond were a second: ");
    text.push_str(&humanised(it.ns));
    text.push('.');
    for more in [it.note, it.why] {
        if !more.is_empty() {
            text.push(' ');
            text.push_str(more);
        }
    }
    Event { at, head, text, tone: Tone::Plain, subject: Some(number(place)) }
}
