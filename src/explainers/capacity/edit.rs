//! Changes of the text: a line set, dropped, or solved for.

use super::world::literals;
use crate::models::estimate::{Base, Dim, Kind, Literal, Outcome, Sheet, Shown, number, shown, solve as solve_for};

/// Texts in an action are short.
const LONGEST: usize = 200;

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_string).collect()
}

fn plain(text: &str) -> Result<&str, String> {
    match text.chars().count() > LONGEST || text.contains(['\n', '\r', '#']) {
        true => Err(format!("one line of up to {LONGEST} characters was expected, without #")),
        false => Ok(text.trim()),
    }
}

fn find(sheet: &Sheet, name: &str) -> Result<usize, String> {
    let known = name.trim();
    let spaced = known.replace(' ', "_");
    let found = sheet.find(known).or_else(|| sheet.find(&spaced));
    found.ok_or_else(|| format!("no line is called “{}”", crate::link::shorten(known)))
}

/// A line with another expression; its remark stays. A new name makes a new line at the end.
pub fn set(text: &str, sheet: &Sheet, name: &str, expression: &str) -> Result<(String, usize), String> {
    let (name, expression) = (plain(name)?, plain(expression)?);
    let mut all = lines(text);
    let place = match sheet.find(name) {
        Some(place) => {
            let remark = all.get(place).and_then(|line| line.find('#').map(|at| format!("  {}", &line[at..])));
            if let Some(line) = all.get_mut(place) {
                *line = format!("{name} = {expression}{}", remark.unwrap_or_default());
            }
            place
        }
        None => {
            all.push(format!("{name} = {expression}"));
            all.len() - 1
        }
    };
    let text = all.join("\n");
    match Sheet::read(&text).lines.get(place).map(|line| line.outcome.clone()) {
        Some(Some(Ok(_))) => Ok((text, place)),
        Some(Some(Err(fault))) => Err(fault.why),
        _ => Err("a sheet has no room for it".into()),
    }
}

/// Without a line; the others keep their numbers.
pub fn drop(text: &str, sheet: &Sheet, name: &str) -> Result<(String, usize), String> {
    let place = find(sheet, name)?;
    let mut all = lines(text);
    if let Some(line) = all.get_mut(place) {
        line.clear();
    }
    Ok((all.join("\n"), place))
}

/// “servers = 10, users”, “servers = 10 by users”, “users for servers = 10”: the result, what it is to be, and what is
/// looked for.
pub fn wanted(text: &str) -> Result<(&str, &str, &str), String> {
    let says = "write a result, what it is to be, and what is looked for, such as: servers = 10 by users";
    let text = plain(text)?;
    let text = text.strip_prefix("Solve ").or(text.strip_prefix("solve ")).unwrap_or(text);
    let (before, after) = text.split_once('=').ok_or(says)?;
    if let Some((input, result)) = before.split_once(" for ") {
        return Ok((result.trim(), after.trim(), input.trim()));
    }
    let by = after.rsplit_once(" by ").or(after.rsplit_once([',', ';'])).ok_or(says)?;
    Ok((before.trim(), by.0.trim(), by.1.trim()))
}

pub struct Solved {
    pub text: String,
    pub input: usize,
    pub result: usize,
    /// The result grows with the input, which was the most then.
    pub grows: bool,
    /// The result is an availability: it is to be no less than was asked for.
    pub up: bool,
    /// What is looked for stays a range.
    pub ranged: bool,
    /// How readily one would ask for this number: 0 is users, see `readiness`.
    pub rank: u8,
}

/// The numbers that one would most readily change first: how many users, then anything else that is counted, rates,
/// the rest. Calendars and sizes of one thing are facts, not choices; `None` for them.
fn readiness(literal: &Literal) -> Option<u8> {
    let dim = &literal.unit.dim;
    let people = ["user", "customer", "person", "people"];
    let counted = dim.parts().iter().all(|(base, n)| matches!(base, Base::Thing(_)) && *n > 0);
    let person =
        dim.parts().iter().any(|(base, n)| matches!(base, Base::Thing(noun) if people.contains(&&**noun)) && *n > 0);
    let each = dim.parts().iter().any(|(base, n)| matches!(base, Base::Thing(_)) && *n < 0);
    match dim.exponent(&Base::Time) {
        _ if dim.is_plain() => Some(if literal.percent { 4 } else { 5 }),
        _ if *dim == Dim::of(Base::Time) => None,
        0 if each && dim.exponent(&Base::Data) != 0 => None,
        0 if counted && person => Some(0),
        0 if counted => Some(1),
        -1 => Some(2),
        _ => Some(3),
    }
}

/// How readily one would ask for a line’s number; in a calculation only for one that has a unit. `None`: not at all.
pub fn readiest(sheet: &Sheet, line: usize) -> Option<u8> {
    let parsed = sheet.lines.get(line)?.parsed.as_ref()?;
    let alone = matches!(parsed.expr.kind, Kind::Literal(_));
    let own = sheet.literals.iter().filter(|(at, literal)| *at == line && (alone || !literal.unit.dim.is_plain()));
    own.filter_map(|(_, literal)| readiness(literal)).min()
}

/// Writes into a line, for the first of its numbers for which there is an answer, what makes the result what is wanted.
pub fn solve(text: &str, sheet: &Sheet, result: &str, wanted: &str, input: &str) -> Result<Solved, String> {
    let (result, input) = (find(sheet, result)?, find(sheet, input)?);
    let outcome = sheet.outcome(result).ok_or("the result has no value")?;
    if result == input {
        return Err("a result cannot be solved for itself: write it into its line".into());
    }
    let wanted = amount(sheet, result, outcome, plain(wanted)?)?;
    let parsed = sheet.lines.get(input).and_then(|line| line.parsed.as_ref()).ok_or("the line has no value")?;
    let mut places = Vec::new();
    literals(&parsed.expr, &mut |from, to| places.push((from, to)));
    let own = sheet.literals.iter().enumerate().filter(|(_, (line, _))| *line == input);
    let mut own: Vec<_> = own.zip(places).collect();
    own.sort_by_key(|((_, (_, literal)), _)| readiness(literal).unwrap_or(u8::MAX));
    let among = sheet.made_of(result);
    let up = outcome.down.is_some();
    // Of an availability how much is missing is bounded.
    let limit = if up { 1.0 - wanted } else { wanted };
    let mut why = "there is no number in this line to solve for".to_string();
    for ((id, (_, literal)), (from, to)) in own {
        let found = match solve_for(sheet, result, wanted, id) {
            Ok(found) => found,
            Err(said) => {
                why = said;
                continue;
            }
        };
        let with = |v: f64| {
            sheet.raw_with(&among, &|other| match other == id {
                true => v * literal.unit.factor,
                false => sheet.literals[other].1.at(0.5),
            })
        };
        let fits = |v: f64| with(v) <= limit;
        let grows = with(found * 2.0) > limit || with(found / 2.0) < with(found);
        let share = literal.percent && literal.middle() <= 1.0;
        // A few digits, to the side where it still fits. Near 100% they are digits of what is missing.
        let near_one = share && found > 0.9;
        let rounded = match near_one {
            true => 1.0 - few(1.0 - found, |down| (0.0..=1.0).contains(&down) && fits(1.0 - down)),
            false => few(found, fits),
        };
        let times = found / literal.middle();
        let ends = [literal.low, literal.high].map(|end| to_side(end * times, grows));
        let ranged = literal.is_range() && !(share && ends[1] > 1.0) && ends[0] < ends[1];
        let new = if ranged { written(literal, ends[0], ends[1]) } else { written(literal, rounded, rounded) };
        let mut all = lines(text);
        if let Some(line) = all.get_mut(input)
            && line.is_char_boundary(from)
            && line.is_char_boundary(to)
        {
            // Thousands are set apart only where a comma means nothing else.
            let alone = matches!(parsed.expr.kind, Kind::Literal(_));
            line.replace_range(from..to, &if alone { new } else { new.replace(',', "") });
        }
        let text = all.join("\n");
        // What was written is what counts.
        let after = Sheet::read(&text);
        let reached = after.outcome(result).is_some() && after.raw(result) <= limit + limit.abs() * 1e-12;
        if !reached {
            why = "no number of a few digits comes to that".into();
            continue;
        }
        let rank = readiness(literal).unwrap_or(u8::MAX);
        return Ok(Solved { text, input, result, grows, up, ranged, rank });
    }
    Err(why)
}

/// Four digits, to the side where it still fits.
fn to_side(v: f64, down: bool) -> f64 {
    let scale = number::ten(number::magnitude(v) - 3);
    let steps = v / scale;
    // What was calculated a hair too low or too high stays.
    let near = libm::round(steps);
    let steps = match () {
        _ if (steps - near).abs() < 1e-9 => near,
        _ if down => libm::floor(steps),
        _ => libm::ceil(steps),
    };
    steps * scale
}

/// What a reader wants, in base units: with its unit, or a number in that of the result.
fn amount(sheet: &Sheet, line: usize, outcome: &Outcome, wanted: &str) -> Result<f64, String> {
    let read = Sheet::read(wanted);
    let found = match read.lines.first().map(|line| &line.outcome) {
        Some(Some(Ok(found))) => found,
        Some(Some(Err(fault))) => return Err(fault.why.clone()),
        _ => return Err("what the result is to be was expected".into()),
    };
    if found.dim.meets(&outcome.dim) {
        return Ok(found.value);
    }
    if !found.dim.is_plain() {
        return Err(format!("the result is of {}, and this of {}", outcome.dim.words(), found.dim.words()));
    }
    // In the unit in which the result is shown.
    let unit = sheet.lines.get(line).and_then(|line| line.parsed.as_ref()?.shown_in.as_ref());
    Ok(found.value * unit.map_or(1.0, |unit| unit.factor))
}

/// With four digits at most, or with as many as it takes to fit.
fn few(v: f64, fits: impl Fn(f64) -> bool) -> f64 {
    for digits in 3..9 {
        let scale = number::ten(number::magnitude(v) - digits);
        let below = libm::floor(v / scale) * scale;
        for near in [below + scale, below, below - scale] {
            // The nearest of those that fit: no further than one of the last digits.
            if fits(near) && (near - v).abs() <= scale {
                return near;
            }
        }
    }
    v
}

/// A number of a literal's unit, or a range of it, as a sheet has it: `11.52 M users`, `50..80 M users`.
fn written(literal: &Literal, low: f64, high: f64) -> String {
    let (by, scale) = match high.abs() {
        _ if literal.percent => (0.01, "%"),
        a if (1e9..1e15).contains(&a) => (1e9, " billion"),
        a if (1e6..1e15).contains(&a) => (1e6, " M"),
        _ => (1.0, ""),
    };
    let one = |v: f64| match literal.percent {
        true if v > 0.9 && v < 1.0 => missing(1.0 - v),
        true => exact(v * 100.0),
        false => exact(v / by),
    };
    let number =
        if low == high { one(high) } else { [one(low).replace(',', ""), one(high).replace(',', "")].join("..") };
    let units = literal.unit.words.iter().map(|(word, n)| {
        let counted = crate::models::estimate::is_counted(word) && *n > 0;
        (if counted { crate::models::estimate::plural(word) } else { word.clone() }, *n)
    });
    Shown { number: [&number, scale].concat(), units: units.collect() }.text().replace('\u{a0}', " ")
}

/// Per cent to which so much is missing: `99.9996`.
fn missing(down: f64) -> String {
    let down = down * 100.0;
    let places = (4 - number::magnitude(down)).clamp(0, 12) as u32;
    let text = crate::sim::decimal::fixed(100.0 - down, places);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
}

/// Up to nine digits, thousands set apart, and a power of ten where the number is far from one.
fn exact(v: f64) -> String {
    let power = number::magnitude(v);
    let (v, e) =
        if (-4..15).contains(&power) { (v, String::new()) } else { (v / number::ten(power), format!("e{power}")) };
    let places = (8 - number::magnitude(v)).clamp(0, 9) as u32;
    let text = crate::sim::decimal::fixed(v, places);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    let (whole, part) = text.split_once('.').map_or((text, ""), |(whole, part)| (whole, part));
    let mut out = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && whole.len() > 4 && (whole.len() - i).is_multiple_of(3) && e.is_empty() && part.is_empty() {
            out.push(',');
        }
        out.push(digit);
    }
    if !part.is_empty() {
        out.push('.');
        out.push_str(part);
    }
    out + &e
}

/// Twice the number that a line is, as it would be typed.
pub fn doubled(sheet: &Sheet, line: usize) -> Option<String> {
    match &sheet.lines.get(line)?.parsed.as_ref()?.expr.kind {
        Kind::Literal(literal) if literal.middle() > 0.0 && literal.middle() < 1e15 => {
            Some(written(literal, literal.low * 2.0, literal.high * 2.0))
        }
        _ => None,
    }
}

/// About half of what a result comes to, as it would be typed; `None` where that cannot be typed.
pub fn half(sheet: &Sheet, line: usize) -> Option<String> {
    let outcome = sheet.outcome(line).filter(|outcome| outcome.value > 0.0 && outcome.down.is_none())?;
    let parsed = sheet.lines.get(line)?.parsed.as_ref()?;
    let factor = parsed.shown_in.as_ref().map_or(1.0, |unit| unit.factor);
    let half = number::rough(outcome.value / factor / 2.0) * factor;
    let mut shown = shown(sheet, line)?;
    if parsed.shown_in.is_some() {
        shown.number = exact(half / factor);
    } else {
        shown = crate::models::estimate::show(half, &outcome.dim);
    }
    let text = shown.text().replace('\u{a0}', " ");
    let near = amount(sheet, line, outcome, &text).ok()?;
    ((near - half).abs() <= half * 0.01).then_some(text)
}
