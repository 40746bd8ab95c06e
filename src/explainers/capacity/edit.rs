//! Changes of the text: a line set, dropped, or solved for.

use super::world::literals;
use crate::models::estimate::{Kind, Literal, Outcome, Sheet, Shown, number, shown, solve as solve_for};

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

/// “servers = 10, users”: the result, what it is to be, and what is looked for.
pub fn wanted(text: &str) -> Result<(&str, &str, &str), String> {
    let says = "write a result, what it is to be, and what is looked for: servers = 10, users";
    let (result, rest) = plain(text)?.split_once('=').ok_or(says)?;
    let (wanted, input) = rest.rsplit_once([',', ';']).ok_or(says)?;
    Ok((result.trim(), wanted.trim(), input.trim()))
}

pub struct Solved {
    pub text: String,
    pub input: usize,
    pub result: usize,
    /// The result grows with the input, which was the most then.
    pub grows: bool,
}

/// The text with the input for which the result is what is wanted.
pub fn solve(text: &str, sheet: &Sheet, result: &str, wanted: &str, input: &str) -> Result<Solved, String> {
    let (result, input) = (find(sheet, result)?, find(sheet, input)?);
    let outcome = sheet.outcome(result).ok_or("the result has no value")?;
    let wanted = amount(sheet, result, outcome, plain(wanted)?)?;
    let parsed = sheet.lines.get(input).and_then(|line| line.parsed.as_ref()).ok_or("the line has no value")?;
    let mut places = Vec::new();
    literals(&parsed.expr, &mut |from, to| places.push((from, to)));
    let own = sheet.literals.iter().enumerate().filter(|(_, (line, _))| *line == input);
    let mut why = "there is no number in this line to solve for".to_string();
    for ((id, (_, literal)), (from, to)) in own.zip(places) {
        let found = match solve_for(sheet, result, wanted, id) {
            Ok(found) => found,
            Err(said) => {
                why = said;
                continue;
            }
        };
        let with = |v: f64| {
            sheet.value_with(&sheet.made_of(result), &|other| match other == id {
                true => v * literal.unit.factor,
                false => sheet.literals[other].1.at(0.5),
            })
        };
        let grows = with(found * 2.0) > wanted;
        // A few digits, to the side where it still fits.
        let rounded = few(found, |v| with(v) <= wanted);
        let mut all = lines(text);
        if let Some(line) = all.get_mut(input)
            && line.is_char_boundary(from)
            && line.is_char_boundary(to)
        {
            line.replace_range(from..to, &written(literal, rounded));
        }
        return Ok(Solved { text: all.join("\n"), input, result, grows });
    }
    Err(why)
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

/// A number of a literal's unit, as a sheet has it: `11.52 M users`.
fn written(literal: &Literal, v: f64) -> String {
    let (v, scale) = match v.abs() {
        _ if literal.percent => (v * 100.0, "%"),
        a if (1e9..1e15).contains(&a) => (v / 1e9, " billion"),
        a if (1e6..1e15).contains(&a) => (v / 1e6, " M"),
        _ => (v, ""),
    };
    let number = exact(v);
    let units = literal.unit.words.iter().map(|(word, n)| {
        let counted = crate::models::estimate::is_counted(word) && *n > 0;
        (if counted { crate::models::estimate::plural(word) } else { word.clone() }, *n)
    });
    Shown { number: [&number, scale].concat(), units: units.collect() }.text().replace('\u{a0}', " ")
}

/// Up to nine digits, and a power of ten where the number is far from one.
fn exact(v: f64) -> String {
    let power = number::magnitude(v);
    let (v, e) =
        if (-4..15).contains(&power) { (v, String::new()) } else { (v / number::ten(power), format!("e{power}")) };
    let places = (8 - number::magnitude(v)).clamp(0, 9) as u32;
    let text = crate::sim::decimal::fixed(v, places);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    [text, &e].concat()
}

/// Twice the number that a line is, as it would be typed.
pub fn doubled(sheet: &Sheet, line: usize) -> Option<String> {
    match &sheet.lines.get(line)?.parsed.as_ref()?.expr.kind {
        Kind::Literal(literal) if literal.middle() > 0.0 && literal.middle() < 1e15 => {
            Some(written(literal, literal.middle() * 2.0))
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
