//! One line of a path, read.

use super::cities::{self, City, distance_km, light_ns};
use super::path::{Law, MOST_TIMES, Node};
use super::show::{MS, SECOND, US, time, two};
use super::table::{NUMBERS, begins, named};
use crate::sim::decimal;

/// Nothing takes longer: an hour.
const LONGEST: f64 = 3_600.0 * SECOND;

/// What is wrong: from and to in bytes of the line, and why.
type Wrong = (usize, usize, String);

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    Once,
    /// At once; over when `need` (none: all) of `of` (none: the branches there are) are.
    Fan {
        need: Option<u32>,
        of: Option<u32>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub label: String,
    pub times: u32,
    pub many: Amount,
    pub laws: Vec<Law>,
    /// The part of all that need not go on, 0 to 1.
    pub share: Option<f64>,
    /// What is under it belongs to it.
    pub head: bool,
    /// What was said of where the times come from.
    said: Vec<String>,
}

pub enum Read {
    Budget(f64),
    Step(Step),
}

impl Step {
    pub fn node(self, line: usize) -> Node {
        let Step { times, laws, .. } = self;
        match self.many {
            Amount::Once => Node::Wait { line: Some(line), times, laws },
            Amount::Fan { need, of } => {
                let of = of.unwrap_or(1);
                let one = Node::Wait { line: None, times, laws };
                Node::Fan { line, need: need.unwrap_or(of).min(of), of, branches: vec![vec![one]] }
            }
        }
    }

    /// How its time comes about.
    pub fn working(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        let many = match self.many {
            Amount::Fan { need, of: Some(of) } => match need {
                None => format!("the slowest of {of} at once"),
                Some(1) => format!("the fastest of {of} at once"),
                Some(need) => format!("number {need} of {of} at once"),
            },
            Amount::Fan { need: None, of: None } => "the slowest of the branches".into(),
            Amount::Fan { need: Some(1), .. } => "the fastest of the branches".into(),
            Amount::Fan { need: Some(need), .. } => format!("number {need} of the branches"),
            Amount::Once if self.times > 1 => format!("{} one after the other", self.times),
            Amount::Once => String::new(),
        };
        parts.push(many);
        parts.extend(self.laws.iter().zip(&self.said).map(|(law, said)| match said.as_str() {
            "" => words(law),
            said => said.to_string(),
        }));
        if let Some(share) = self.share {
            parts.push(["on a miss (", &two((1.0 - share) * 100.0), "%) what is under it"].concat());
        }
        parts.retain(|part| !part.is_empty());
        parts.join("; ")
    }
}

fn words(law: &Law) -> String {
    match law {
        Law::Fixed(_) => String::new(),
        Law::Between(from, to) => ["log-uniform from ", &time(*from), " to ", &time(*to)].concat(),
        Law::Tail(median, p99) => ["log-normal, median ", &time(*median), ", p99 ", &time(*p99)].concat(),
    }
}

/// Why a step looks off, and whether it would be sooner than light.
pub fn doubt(step: &Step) -> (Option<String>, bool) {
    let found: Vec<&City> = cities::CITIES.iter().filter(|city| mentions(&step.label, city.name)).collect();
    if let [a, b] = found.as_slice()
        && !step.laws.is_empty()
    {
        let back = ["↔", "round trip", "and back", "RTT"].iter().any(|word| step.label.contains(word));
        let ways = if back { 2.0 } else { 1.0 };
        let (km, least) = (distance_km(a, b), ways * light_ns(distance_km(a, b)));
        let least_said: f64 =
            step.laws.iter().map(|law| if let Law::Tail(m, _) = law { *m } else { law.least() }).sum();
        if least_said < least * 0.999 {
            let way = if back { " there and back" } else { "" };
            let why = [
                "Sooner than light: ",
                a.name,
                " – ",
                b.name,
                " are ",
                &two(km),
                " km, ",
                &time(least),
                way,
                " in a fibre.",
            ];
            return (Some(why.concat()), true);
        }
    }
    let long = step.laws.iter().map(|law| law.quantile(0.99)).sum::<f64>();
    if long > 10.0 * SECOND {
        return (Some("More than 10 s for one step: most clients have given up by then.".into()), false);
    }
    (None, false)
}

/// Whether the name stands in the text, as a word.
fn mentions(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(char::is_alphabetic) && !after.is_some_and(char::is_alphabetic)
    })
}

/// A line without the spaces around it.
pub fn line(text: &str) -> Result<Read, Wrong> {
    let all = text.len();
    if let Some(rest) = word(text, "budget") {
        return match duration(rest.trim_start_matches([' ', ':'])) {
            Some(Ok(Law::Fixed(ns))) => Ok(Read::Budget(ns)),
            Some(Err(why)) => Err((0, all, why)),
            _ => Err((0, all, "a budget is one time, such as “budget 200 ms”".into())),
        };
    }
    let (text, head) = match text.strip_suffix(':') {
        Some(text) => (text.trim_end(), true),
        None => (text, false),
    };
    // “label: what”: the last colon with a space after it, so that a label may have one.
    let (label, mut rest) = match text.rfind(": ") {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 2..).unwrap_or_default()),
        None => ("", text),
    };
    let place = |part: &str| (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize).min(all);
    let wrong = |part: &str, why: String| {
        let from = place(part);
        Err((from, (from + part.len()).clamp(from, all), why))
    };
    rest = rest.trim_start();
    let mut step = Step {
        label: label.trim().to_string(),
        times: 1,
        many: Amount::Once,
        laws: Vec::new(),
        share: None,
        head,
        said: Vec::new(),
    };
    let (many, times, after) = match amount(rest) {
        Ok(found) => found,
        Err(why) => return wrong(rest, why),
    };
    (step.many, step.times) = (many, times);
    let whole = rest;
    rest = after.trim_start();
    if let Some(at) = rest.rfind(", hit ") {
        let ratio = rest.get(at + 6..).unwrap_or_default();
        let share = ratio.trim_end_matches(" else").trim_end_matches([',', ' ']).trim_end_matches(" miss").trim();
        let share = share.trim_end_matches(',').strip_suffix('%').and_then(|number| decimal::parse(number.trim()));
        match share {
            Some(share) if (0.0..=100.0).contains(&share) => step.share = Some(share / 100.0),
            _ => return wrong(ratio, "a hit ratio from 0 to 100% was expected, such as “hit 90%”".into()),
        }
        if !head {
            return wrong(ratio, "what happens on a miss? End the line with “else:” and indent that under it".into());
        }
        if step.many != Amount::Once {
            return wrong(whole, "a hit ratio is for one step: put it on a line of its own".into());
        }
        rest = rest.get(..at).unwrap_or_default().trim_end();
    }
    if label.ends_with("else") && label.contains(", hit ") {
        return wrong(rest, "what a miss takes goes on the lines under this one, indented".into());
    }
    if head && step.share.is_none() {
        // A head only groups: what is left is its name.
        if step.label.is_empty() {
            step.label = rest.trim().to_string();
        } else if !rest.trim().is_empty() {
            return wrong(rest, "a line that ends with “:” has its time in the lines under it".into());
        }
        if step.label.is_empty() {
            step.label = whole.trim().to_string();
        }
        // Who says so means all of them.
        let low = step.label.to_ascii_lowercase();
        if step.many == Amount::Once && step.times == 1 && (low.ends_with("parallel") || low.ends_with("at once")) {
            step.many = Amount::Fan { need: None, of: None };
        }
        return Ok(Read::Step(step));
    }
    if matches!(step.many, Amount::Fan { of: None, .. }) {
        return wrong(
            whole,
            "of how many? Write “all of 100 × 10 ms”, or end the line with “:” and indent the branches".into(),
        );
    }
    // What would be taken for a part of the name.
    let other = |word: &&str| {
        let quantile =
            word.strip_prefix(['p', 'P']).is_some_and(|n| n.len() > 1 && n != "99" && decimal::parse(n).is_some());
        quantile || word.contains('±')
    };
    if let Some(word) = rest.split_whitespace().find(other) {
        return wrong(
            word,
            "write the median and p99, such as “10 ms p99 60 ms”, or a range, such as “5..20 ms”".into(),
        );
    }
    let (name, laws) = match laws(rest) {
        Ok(found) => found,
        Err((part, why)) => return wrong(part, why),
    };
    for (law, said) in laws {
        step.laws.push(law);
        step.said.push(said);
    }
    if step.label.is_empty() {
        step.label = if name.is_empty() { whole.trim().to_string() } else { name };
    }
    Ok(Read::Step(step))
}

/// What follows a word, if the text begins with it.
fn word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let head = text.get(..word.len())?;
    let rest = text.get(word.len()..)?;
    (head.eq_ignore_ascii_case(word) && rest.starts_with([' ', ':'])).then_some(rest)
}

/// `all of 100 ×`, `first of 2 ×`, `2 of 3 ×`, `3 ×` at the beginning, and what follows.
fn amount(text: &str) -> Result<(Amount, u32, &str), String> {
    let once = (Amount::Once, 1, text);
    let low = text.to_ascii_lowercase();
    let need = match () {
        _ if low == "all of" || low.starts_with("all of ") => Some((None, 6)),
        _ if low == "first of" || low.starts_with("first of ") => Some((Some(1), 8)),
        _ => None,
    };
    if let Some((need, skip)) = need {
        let rest = text.get(skip..).unwrap_or_default().trim_start();
        let Some((of, rest)) = count(rest) else {
            return Ok((Amount::Fan { need, of: None }, 1, rest));
        };
        return Ok((Amount::Fan { need, of: Some(within(of)?) }, 1, times_sign(rest).unwrap_or(rest)));
    }
    let Some((first, rest)) = count(text) else { return Ok(once) };
    if let Some(rest) = rest.trim_start().strip_prefix("of ")
        && let Some((of, rest)) = count(rest.trim_start())
    {
        let (need, of) = (within(first)?, within(of)?);
        if need > of {
            return Err(format!("{need} of {of} is more than there are"));
        }
        let many = Amount::Fan { need: (need < of).then_some(need), of: Some(of) };
        return Ok((many, 1, times_sign(rest).unwrap_or(rest)));
    }
    match times_sign(rest) {
        Some(rest) => Ok((Amount::Once, within(first)?, rest)),
        None => Ok(once),
    }
}

fn within(n: f64) -> Result<u32, String> {
    if n >= 1.0 && n <= f64::from(MOST_TIMES) && n == libm::floor(n) {
        Ok(n as u32)
    } else {
        Err("a whole number from 1 to 100,000 was expected".into())
    }
}

/// After “×”, “x”, “*” or “times”.
fn times_sign(text: &str) -> Option<&str> {
    let text = text.trim_start();
    ["×", "*", "times", "x"].into_iter().find_map(|sign| {
        let rest = text.strip_prefix(sign)?;
        (rest.is_empty() || rest.starts_with(' ') || sign == "×").then_some(rest)
    })
}

/// A number at the beginning, with commas between thousands if one likes, and what follows it.
fn count(text: &str) -> Option<(f64, &str)> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut end = 0;
    loop {
        let three = digit(end + 1) && digit(end + 2) && digit(end + 3) && !digit(end + 4);
        match bytes.get(end) {
            Some(b) if b.is_ascii_digit() => end += 1,
            Some(b',') if end > 0 && three => end += 1,
            Some(b'.') if digit(end + 1) && !text.get(..end)?.contains('.') => end += 1,
            _ => break,
        }
    }
    let number = text.get(..end)?.replace(',', "");
    Some((decimal::parse(&number)?, text.get(end..)?))
}

/// A unit at the beginning, in ns, and what follows it.
fn unit(text: &str) -> Option<(f64, &str)> {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(end)?;
    let size = match word {
        "ns" | "nanosecond" | "nanoseconds" => 1.0,
        "µs" | "μs" | "us" | "microsecond" | "microseconds" => US,
        "ms" | "msec" | "millisecond" | "milliseconds" => MS,
        "s" | "sec" | "secs" | "second" | "seconds" => SECOND,
        "min" | "mins" | "minute" | "minutes" => 60.0 * SECOND,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600.0 * SECOND,
        _ => return None,
    };
    Some((size, rest))
}

/// A time that is the whole text. `None`: it is something else; `Err`: it is one that cannot be.
fn duration(text: &str) -> Option<Result<Law, String>> {
    let (first, rest) = count(text.trim())?;
    let first_unit = unit(rest);
    let rest = first_unit.map_or(rest, |(_, rest)| rest).trim_start();
    let law = if let Some(rest) = rest.strip_prefix("..").or_else(|| rest.strip_prefix('…')) {
        let (last, rest) = count(rest.trim_start())?;
        let (size, rest) = unit(rest)?;
        if !rest.trim().is_empty() {
            return None;
        }
        Law::Between(first * first_unit.map_or(size, |(size, _)| size), last * size)
    } else {
        let (size, _) = first_unit?;
        match rest.strip_prefix("p99").map(str::trim_start) {
            None if rest.is_empty() => Law::Fixed(first * size),
            None => return None,
            Some(rest) => {
                let (last, rest) = count(rest)?;
                let (other, rest) = unit(rest)?;
                if !rest.trim().is_empty() {
                    return None;
                }
                Law::Tail(first * size, last * other)
            }
        }
    };
    let (low, high) = (law.quantile(0.0), law.quantile(1.0));
    let bad = match law {
        _ if high > LONGEST => "longer than an hour",
        Law::Fixed(_) => "",
        _ if low <= 0.0 => "a range begins above 0",
        Law::Between(..) if low > high => "the range runs backwards",
        Law::Tail(..) if low > high => "the 99th percentile is below the median",
        _ => "",
    };
    Some(if bad.is_empty() { Ok(law) } else { Err(bad.into()) })
}

/// One time with its unit, in ns.
pub fn time_ns(text: &str) -> Option<f64> {
    match duration(text) {
        Some(Ok(Law::Fixed(ns))) => Some(ns),
        _ => None,
    }
}

/// What is left of a line: perhaps words, then times that are added, each with where it comes from.
#[allow(clippy::type_complexity)]
fn laws(text: &str) -> Result<(String, Vec<(Law, String)>), (&str, String)> {
    let mut name = String::new();
    let mut out = Vec::new();
    for (i, part) in text.split(" + ").enumerate() {
        let part = part.trim();
        if let Some(place) = named(part)
            && let Some(number) = NUMBERS.get(place)
        {
            if i == 0 {
                name = part.to_string();
            }
            out.push((Law::Fixed(number.ns), [number.name, ", ", &time(number.ns)].concat()));
            continue;
        }
        if let Some(rest) = word(part, "fibre").or_else(|| word(part, "fiber")) {
            let (law, said) = fibre(rest).map_err(|why| (part, why))?;
            if i == 0 {
                name = part.to_string();
            }
            out.push((law, said));
            continue;
        }
        match last_time(part) {
            Some((at, Ok(law))) => {
                if i == 0 {
                    name = part.get(..at).unwrap_or_default().trim().to_string();
                }
                out.push((law, String::new()));
            }
            Some((at, Err(why))) => return Err((part.get(at..).unwrap_or(part), why)),
            None => {
                let Some(number) = begins(part).and_then(|place| NUMBERS.get(place)) else {
                    return Err((part, untimely(part)));
                };
                if i == 0 {
                    name = part.to_string();
                }
                out.push((Law::Fixed(number.ns), [number.name, ", ", &time(number.ns)].concat()));
            }
        }
    }
    Ok((name, out))
}

/// Where each word begins.
fn words_at(text: &str) -> impl Iterator<Item = usize> {
    std::iter::once(0).chain(text.match_indices(' ').map(|(at, _)| at + 1))
}

/// Words may stand before the time: it begins at the first word from which on all is a time.
fn last_time(part: &str) -> Option<(usize, Result<Law, String>)> {
    words_at(part).find_map(|at| Some((at, duration(part.get(at..)?)?)))
}

/// Why there is no time in it, as near as one can tell.
fn untimely(part: &str) -> String {
    for at in words_at(part) {
        let text = part.get(at..).unwrap_or_default();
        if let Some(rest) = text.strip_prefix(['-', '−'])
            && rest.starts_with(|c: char| c.is_ascii_digit())
        {
            return "a time is not negative".into();
        }
        let Some((_, rest)) = count(text) else { continue };
        if rest.starts_with(',') && rest.get(1..).is_some_and(|rest| count(rest).is_some()) {
            let end = text.find(|c: char| !c.is_ascii_digit() && c != ',').unwrap_or(text.len());
            return ["write ", &text.get(..end).unwrap_or_default().replacen(',', ".", 1)].concat();
        }
        let unknown = rest.trim_start();
        let end = unknown.find(|c: char| !c.is_alphabetic()).unwrap_or(unknown.len());
        let unknown = unknown.get(..end).unwrap_or_default();
        if !unknown.is_empty() && unknown.len() <= 24 && unit(unknown).is_none() {
            return ["“", unknown, "” is no unit: write ns, µs, ms, s, min or h"].concat();
        }
    }
    "how long does it take? Write a time such as “20 ms”, “1..30 ms” or “10 ms p99 60 ms”, or a name from the table \
     such as “memory read”"
        .into()
}

/// `Amsterdam – San Francisco, round trip`
fn fibre(text: &str) -> Result<(Law, String), String> {
    let text = text.trim().trim_start_matches(':').trim();
    if last_time(text).is_some() {
        return Err("a fibre’s time follows from its length: leave the time out".into());
    }
    let back = ["round trip", "there and back", "and back"].into_iter().find_map(|word| text.strip_suffix(word));
    let (ways, text) = match back {
        Some(text) => (2.0, text),
        None => (1.0, text.strip_suffix("one way").unwrap_or(text)),
    };
    let text = text.trim_end().trim_end_matches(',');
    let ends = [" – ", " - ", " to ", "–", " → ", " ↔ "].into_iter().find_map(|dash| text.split_once(dash));
    let Some((a, b)) = ends else {
        return Err("two cities were expected, such as “fibre Amsterdam – New York”".into());
    };
    let city = |name: &str| {
        cities::find(name).ok_or_else(|| {
            let names: Vec<&str> = cities::CITIES.iter().map(|city| city.name).collect();
            ["“", name.trim(), "” is none of the cities known here: ", &names.join(", ")].concat()
        })
    };
    let (a, b) = (city(a)?, city(b)?);
    let km = distance_km(a, b);
    let ns = ways * light_ns(km);
    let mut said = [&two(km), " km along the globe, light at 204,000 km/s"].concat();
    if ways > 1.0 {
        said.push_str(", there and back");
    }
    if let Some((round, who)) = cities::measured(a, b) {
        let times = round / (2.0 * light_ns(km));
        said = [&said, "; measured round trip ", &time(round), " (", who, "), ", &two(times), " × light"].concat();
    }
    Ok((Law::Fixed(ns), said))
}
