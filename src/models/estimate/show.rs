//! A value with the unit in which people read it.

use super::dim::{Base, Dim, plural};
use super::number;
use super::parse::{Kind, Literal};
use super::sheet::Sheet;
use super::units::{self, Unit};
use crate::sim::decimal;

/// A value as it is shown: `150 million` and `posts`, `/day`.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    pub number: String,
    /// Each unit's word with its exponent, those above the line first.
    pub units: Vec<(String, i16)>,
}

impl Shown {
    pub fn text(&self) -> String {
        if let [(sign @ ("$" | "€"), 1), rest @ ..] =
            &self.units.iter().map(|(w, n)| (w.as_str(), *n)).collect::<Vec<_>>()[..]
        {
            return [*sign, &self.number, &unit_text(rest)].concat();
        }
        let parts: Vec<(&str, i16)> = self.units.iter().map(|(word, n)| (word.as_str(), *n)).collect();
        let text = unit_text(&parts);
        let gap = if text.is_empty() || text.starts_with('/') { "" } else { "\u{a0}" };
        [&self.number, gap, &text].concat()
    }
}

fn unit_text(parts: &[(&str, i16)]) -> String {
    let power = |word: &str, n: u16| if n == 1 { word.to_string() } else { format!("{word}^{n}") };
    let over: Vec<String> = parts.iter().filter(|part| part.1 > 0).map(|(w, n)| power(w, n.unsigned_abs())).collect();
    let under = parts.iter().filter(|part| part.1 < 0).map(|(w, n)| format!("/{}", power(w, n.unsigned_abs())));
    over.join("·") + &under.collect::<String>()
}

const SIZES: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
/// From so many seconds on.
const TIMES: [(&str, f64); 9] = [
    ("years", 365.0 * 86_400.0 * 2.0),
    ("days", 86_400.0 * 2.0),
    ("h", 7_200.0),
    ("min", 120.0),
    ("s", 1.0),
    ("ms", 1e-3),
    ("µs", 1e-6),
    ("ns", 1e-9),
    ("ns", 0.0),
];

/// A share in per cent. Near 100% it is what is missing that counts, and that keeps three digits.
pub fn percent(value: f64, down: f64) -> String {
    let places = (2 - number::magnitude(down * 100.0)).clamp(1, 9) as u32;
    let near = value > 0.9 && down > 0.0;
    let text = if near { decimal::fixed(100.0 - down * 100.0, places) } else { number::digits(value * 100.0) };
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}%")
}

/// A value in base units, in the units that suit its size.
pub fn show(value: f64, dim: &Dim) -> Shown {
    let dim = dim.measured();
    if dim.is_plain() && value > 0.9 && value < 1.0 {
        return Shown { number: percent(value, 1.0 - value), units: Vec::new() };
    }
    let mut left = value;
    let mut units: Vec<(String, i16)> = Vec::new();
    let time = dim.exponent(&Base::Time);
    // Rarer than once a second is said by the day or by the year.
    if time == -1 {
        let money = dim.exponent(&Base::Dollar) == 1 || dim.exponent(&Base::Euro) == 1;
        let per = match left.abs() {
            // As bills come.
            v if money && v != 0.0 => ("month", 365.0 * 86_400.0 / 12.0),
            v if v >= 1.0 || v == 0.0 => ("s", 1.0),
            v if v * 86_400.0 >= 1.0 => ("day", 86_400.0),
            _ => ("year", 365.0 * 86_400.0),
        };
        // Of bytes a second even a thousand are few, and they have prefixes.
        let per = if dim.exponent(&Base::Data) == 1 && left.abs() >= 0.01 { ("s", 1.0) } else { per };
        left *= per.1;
        units.push((per.0.into(), -1));
    } else if time == 1 && dim.parts().len() == 1 {
        let (word, _) = TIMES.iter().find(|(_, from)| left.abs() >= *from).unwrap_or(&TIMES[4]);
        if let Some(unit) = units::unit(word).filter(|_| left != 0.0) {
            return Shown { number: number::words(left / unit.factor), units: vec![(word.to_string(), 1)] };
        }
        return Shown { number: number::words(left), units: vec![("s".into(), 1)] };
    } else if time != 0 {
        units.push(("s".into(), time));
    }
    if dim.exponent(&Base::Data) == 1 {
        let step = (number::magnitude(left).max(0) / 3).clamp(0, 6) as usize;
        left /= number::ten(step as i32 * 3);
        units.insert(0, (SIZES.get(step).copied().unwrap_or("B").into(), 1));
    }
    for (base, n) in dim.parts() {
        match base {
            Base::Time => {}
            Base::Data if *n == 1 => {}
            Base::Data => units.push(("B".into(), *n)),
            Base::Dollar => units.insert(0, ("$".into(), *n)),
            Base::Euro => units.insert(0, ("€".into(), *n)),
            // By count: after what is measured, before what it is per.
            Base::Thing(noun) if *n > 0 => {
                let word = if left == 1.0 { noun.to_string() } else { plural(noun) };
                let place = units.iter().position(|unit| unit.1 < 0).unwrap_or(units.len());
                units.insert(place, (word, *n));
            }
            Base::Thing(noun) => {
                let place = units.iter().position(|unit| unit.1 < 0).unwrap_or(units.len());
                units.insert(place, (noun.to_string(), *n));
            }
        }
    }
    units.sort_by_key(|unit| unit.1 < 0);
    Shown { number: number::words(left), units }
}

/// A value in a unit of the writer's choice; what that leaves over is added.
pub fn show_in(value: f64, dim: &Dim, unit: &Unit) -> Shown {
    if let [(word, 1)] = &unit.words[..]
        && word == "%"
    {
        return Shown { number: percent(value, 1.0 - value), units: Vec::new() };
    }
    let left = dim.measured().over(&unit.dim.measured());
    let mut words: Vec<(String, i16)> = unit.words.clone();
    for (word, n) in &mut words {
        if *n > 0 && value / unit.factor != 1.0 && (units::is_long_time(word) || units::is_counted(word)) {
            *word = plural(word);
        }
    }
    for (base, n) in left.parts() {
        let word = match base {
            Base::Thing(noun) => noun.to_string(),
            Base::Time => "s".into(),
            Base::Data => "B".into(),
            Base::Dollar => "$".into(),
            Base::Euro => "€".into(),
        };
        words.push((word, *n));
    }
    words.sort_by_key(|unit| unit.1 < 0);
    Shown { number: number::words(value / unit.factor), units: words }
}

/// What a line came to: in the unit that it asks for, else as one that is its own reads it, else as suits.
pub fn shown(sheet: &Sheet, line: usize) -> Option<Shown> {
    shown_as(sheet, line, sheet.outcome(line)?.value)
}

/// The same for another value of the line, such as an end of its range.
pub fn shown_as(sheet: &Sheet, line: usize, value: f64) -> Option<Shown> {
    let (outcome, parsed) = (sheet.outcome(line)?, sheet.lines.get(line)?.parsed.as_ref()?);
    let own = match &parsed.expr.kind {
        Kind::Literal(literal) => Some(literal),
        _ => None,
    };
    Some(match (&parsed.shown_in, own, outcome.down) {
        (Some(unit), ..) => show_in(value, &outcome.dim, unit),
        (None, None, Some(down)) => {
            let down = if value == outcome.value { down } else { 1.0 - value };
            Shown { number: percent(value, down), units: Vec::new() }
        }
        (None, Some(literal), _) => literal_shown(literal, value),
        _ => show(value, &outcome.dim),
    })
}

/// A value rounded as a number of the unit in which the line is shown.
pub fn in_shown(sheet: &Sheet, line: usize, value: f64, round: &dyn Fn(f64) -> f64) -> Option<f64> {
    let shown = shown_as(sheet, line, value)?;
    let known = |(word, n): &(String, i16)| units::unit(word).map(|unit| (unit.factor, *n));
    let factor = shown.units.iter().filter_map(known).fold(1.0, |all, (factor, n)| match n {
        0.. => (0..n).fold(all, |all, _| all * factor),
        _ => (n..0).fold(all, |all, _| all / factor),
    });
    Some(round(value / factor) * factor)
}

/// Another value of a line with so many digits as a limit that is not known exactly has. An availability keeps those
/// that are missing to 100%.
pub fn few_shown(sheet: &Sheet, line: usize, value: f64) -> Option<Shown> {
    let share = value > 0.9 && value <= 1.0 && sheet.outcome(line)?.dim.measured().is_plain();
    let few = if share { value } else { in_shown(sheet, line, value, &|v| number::to_digits(v, 3))? };
    shown_as(sheet, line, few)
}

/// A value in the unit of a literal.
pub fn literal_shown(literal: &Literal, value: f64) -> Shown {
    match literal.percent && literal.unit.dim.is_plain() {
        true => Shown { number: percent(value, 1.0 - value), units: Vec::new() },
        false => show_in(value, &literal.unit.dim, &literal.unit),
    }
}

/// A value with its unit on one line of text.
pub fn count(value: f64, dim: &Dim) -> String {
    show(value, dim).text()
}

#[cfg(test)]
mod tests {
    use super::super::Sheet;
    use super::*;

    fn shown(expression: &str) -> String {
        let sheet = Sheet::read(expression);
        let outcome = sheet.outcome(0).unwrap_or_else(|| panic!("{expression}: {:?}", sheet.lines[0].outcome));
        let parsed = sheet.lines[0].parsed.as_ref().unwrap();
        let text = match &parsed.shown_in {
            Some(unit) => show_in(outcome.value, &outcome.dim, unit),
            None => show(outcome.value, &outcome.dim),
        };
        text.text().replace('\u{a0}', " ")
    }

    #[test]
    fn as_people_read_it() {
        for (text, wanted) in [
            ("150 M users", "150 million users"),
            ("1 user", "1 user"),
            ("300 M posts/day", "3,472 posts/s"),
            ("300 M posts/day in posts/day", "300 million posts/day"),
            ("2 posts/user/day", "2 posts/user/day"),
            ("12.71 GB × 36", "457.6 GB"),
            ("800 posts × 8 B", "6.4 kB"),
            ("30 TB/day", "347.2 MB/s"),
            ("30 TB/day in TB/day", "30 TB/day"),
            ("1 Gbit/s", "125 MB/s"),
            ("1 GB/s in Gbit/s", "8 Gbit/s"),
            ("100 GB / 5 MB", "20,000"),
            ("$5/month", "$5/month"),
            ("20 servers × $500/server/month", "$10,000/month"),
            ("90 s", "90 s"),
            ("3 h", "3 h"),
            ("1.5 ms", "1.5 ms"),
            ("5000 days", "13.7 years"),
            ("1 / 5 min", "288/day"),
            ("3 servers × $100/server", "$300"),
            ("0 B", "0 B"),
            ("0 s", "0 s"),
            ("500 hours/min in hours/min", "500 hours/min"),
            ("10 days × 3 in days", "30 days"),
            ("1/8 in %", "12.5%"),
            ("1 M/day in 1/day", "1 million/day"),
            ("34,722", "34,722"),
            ("999,960", "999,960"),
            ("$30/transaction", "$30/transaction"),
            ("3 queries", "3 queries"),
            ("500 B/user", "500 B/user"),
        ] {
            assert_eq!(shown(text), wanted, "{text}");
        }
    }
}
