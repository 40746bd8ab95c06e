//! The sheet as it stands, and what was done to it.

use super::edit;
use super::presets::{self, Preset};
use super::{Action, Data, Params, line};
use crate::draw::scene::Subject;
use crate::explainers::{Check, Event, Offer, Readout, Tone, Verdict};
use crate::models::estimate::{self, Expr, Kind, Published, Rough, Sheet, Swing};
use crate::sim::{Micros, digest};
use std::cell::{OnceCell, RefCell};
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// Results that have a tile of their own.
const TILES: usize = 4;
/// Words for tiles of lines that are the reader's own.
const OWN: [&str; TILES] = ["result-1", "result-2", "result-3", "result-4"];
/// More offers than these nobody reads.
const OFFERS: usize = 4;
/// Numbers that are tried for an offer: each is a few hundred calculations.
const TRIED: usize = 4;

/// What follows from the text.
pub struct Made {
    pub sheet: Rc<Sheet>,
    pub doubts: Vec<Option<String>>,
    pub published: Vec<Option<Published>>,
    /// Figures of the preset’s source that are not held against the sheet: what they are made of was changed.
    pub changed: usize,
    /// What comes out in one’s head, once somebody asks.
    rough: OnceCell<Vec<Option<Rough>>>,
    /// For each line those that use it.
    pub used_by: Vec<Vec<usize>>,
    /// What was asked for last: the line, and what matters for it.
    swings: RefCell<(usize, Rc<Vec<Swing>>)>,
    /// The same number for the same text.
    pub revision: u64,
}

#[derive(Clone)]
pub struct World {
    pub text: Rc<str>,
    pub made: Rc<Made>,
    pub preset: &'static Preset,
    pub events: Vec<Event>,
}

impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
        self.events.hash(state);
    }
}

impl Made {
    fn new(text: &str, preset: &Preset) -> Made {
        let sheet = Sheet::read(text);
        let n = sheet.lines.len();
        let (mut doubts, mut used_by) = (vec![None; n], vec![Vec::new(); n]);
        for (line, why) in estimate::doubts(&sheet) {
            doubts[line] = Some(why);
        }
        for (user, line) in sheet.lines.iter().enumerate() {
            for used in &line.uses {
                if !used_by[*used].contains(&user) {
                    used_by[*used].push(user);
                }
            }
        }
        let mut published: Vec<Option<Published>> = (0..n).map(|line| estimate::published(&sheet, line)).collect();
        let changed = held_no_more(&sheet, text, preset, &mut published);
        let swings = RefCell::new((usize::MAX, Rc::new(Vec::new())));
        Made {
            sheet: Rc::new(sheet),
            doubts,
            published,
            changed,
            rough: OnceCell::new(),
            used_by,
            swings,
            revision: digest(text).max(1),
        }
    }

    pub fn rough(&self, line: usize) -> Option<Rough> {
        self.rough.get_or_init(|| estimate::roughly(&self.sheet)).get(line).copied().flatten()
    }

    /// The ranges that matter for a line, worked out once and not at each frame.
    pub fn tornado(&self, line: usize) -> Rc<Vec<Swing>> {
        let mut known = self.swings.borrow_mut();
        if known.0 != line {
            *known = (line, Rc::new(estimate::tornado(&self.sheet, line)));
        }
        known.1.clone()
    }

    /// Whether a line is a number and nothing more.
    pub fn is_input(&self, line: usize) -> bool {
        let parsed = self.sheet.lines.get(line).and_then(|line| line.parsed.as_ref());
        parsed.is_some_and(|parsed| matches!(parsed.expr.kind, Kind::Literal(_)))
    }

    /// Both ends of a line that is a range and nothing more.
    pub fn ranged_input(&self, line: usize) -> Option<String> {
        match &self.sheet.lines.get(line)?.parsed.as_ref()?.expr.kind {
            Kind::Literal(literal) if literal.is_range() => Some(estimate::literal_text(literal).text()),
            _ => None,
        }
    }

    /// Lines that are worked out and that no other line needs; the last are what it was all about.
    pub fn results(&self) -> Vec<usize> {
        let worked = |i: &usize| self.sheet.outcome(*i).is_some() && !self.is_input(*i) && self.named(*i);
        let all: Vec<usize> = (0..self.sheet.lines.len()).filter(worked).collect();
        let last: Vec<usize> = all.iter().copied().filter(|i| self.used_by[*i].is_empty()).collect();
        if last.is_empty() { all } else { last }
    }

    pub fn named(&self, line: usize) -> bool {
        self.sheet.lines.get(line).is_some_and(|line| line.name.is_some())
    }

    /// As it is called in the picture.
    pub fn title(&self, line: usize) -> String {
        match self.sheet.lines.get(line).and_then(|line| line.name.as_ref()) {
            Some(name) => name.replace('_', " "),
            None => format!("line {}", line + 1),
        }
    }

    /// What it came to, with its unit; why not, if it has no value.
    pub fn value(&self, line: usize) -> String {
        match estimate::shown(&self.sheet, line) {
            Some(shown) => shown.text(),
            None => match self.sheet.lines.get(line).map(|line| &line.outcome) {
                Some(Some(Err(fault))) => fault.why.clone(),
                _ => String::new(),
            },
        }
    }

    /// Its value in the unit in which it is shown, where that does not depend on the value.
    fn figure(&self, line: usize) -> Option<f64> {
        let (outcome, parsed) = (self.sheet.outcome(line)?, self.sheet.lines.get(line)?.parsed.as_ref()?);
        Some(match (&parsed.shown_in, &parsed.expr.kind) {
            (Some(unit), _) => outcome.value / unit.factor,
            (None, _) if outcome.down.is_some() => outcome.value * 100.0,
            (None, Kind::Literal(literal)) if literal.percent => outcome.value * 100.0,
            (None, Kind::Literal(literal)) => outcome.value / literal.unit.factor,
            _ => outcome.value,
        })
    }

    /// Faults, each with its line.
    fn faults(&self) -> Vec<(usize, &str)> {
        let all = self.sheet.lines.iter().enumerate();
        all.filter_map(|(i, line)| Some((i, line.outcome.as_ref()?.as_ref().err()?.why.as_str()))).collect()
    }
}

impl World {
    pub fn build(params: &Params, data: &Data) -> World {
        let preset = presets::of(params.preset);
        let text: Rc<str> = match &data.sheet {
            Some(own) => own.clone(),
            None => preset.text.into(),
        };
        let made = Rc::new(Made::new(&text, preset));
        let mut world = World { text, made, preset, events: Vec::new() };
        world.tell_all();
        world
    }

    /// The first words: how much there is, and what it comes to.
    fn tell_all(&mut self) {
        let made = &self.made;
        let lines = (0..made.sheet.lines.len()).filter(|i| made.sheet.outcome(*i).is_some()).count();
        let results = made.results();
        let last: Vec<String> = results.iter().rev().take(3).rev().map(|i| self.sentence(*i)).collect();
        let faults = made.faults();
        let head = match lines {
            0 if !faults.is_empty() => "No line has a value yet.".to_string(),
            0 => "An empty sheet.".into(),
            1 => "One quantity.".into(),
            n => format!("{n} quantities."),
        };
        let mut text = match last.is_empty() {
            true => "Write a name, “=” and a number with its unit, a line each: users = 5 M users.".to_string(),
            false => format!("{}.", last.join("; ")),
        };
        if let Some((line, why)) = faults.first() {
            text = format!("Line {} has no value: {why}. {text}", line + 1);
        }
        let tone = if faults.is_empty() { Tone::Plain } else { Tone::Warn };
        let subject = results.last().filter(|_| faults.is_empty()).map(|last| line(*last));
        self.events.push(Event { at: 0, head, text, tone, subject });
    }

    /// “peak: 6,944 posts/s”.
    fn sentence(&self, line: usize) -> String {
        format!("{}: {}", self.made.title(line), self.made.value(line))
    }

    fn change(&mut self, text: String) -> Rc<Made> {
        self.text = text.into();
        std::mem::replace(&mut self.made, Rc::new(Made::new(&self.text, self.preset)))
    }

    pub fn act(&mut self, at: Micros, action: &Action) -> Result<(), String> {
        match action {
            Action::Set(name, expression) => {
                let (text, changed) = edit::set(&self.text, &self.made.sheet, name, expression)?;
                let before = self.change(text);
                let had = before.sheet.find(name).filter(|i| before.sheet.outcome(*i).is_some());
                let was = had.map(|i| format!("It was {}. ", before.value(i))).unwrap_or_default();
                let told = format!("{}: {}.", self.made.title(changed), self.made.value(changed));
                self.tell(at, told, was, changed, &before);
            }
            Action::Drop(name) => {
                let (text, dropped) = edit::drop(&self.text, &self.made.sheet, name)?;
                let before = self.change(text);
                let head = format!("{} is gone.", before.title(dropped));
                self.tell(at, head, String::new(), dropped, &before);
            }
            Action::Solve(result, wanted, input) => self.solve(at, result, wanted, input)?,
            Action::Want(text) => {
                let (result, wanted, input) = edit::wanted(text)?;
                self.solve(at, result, wanted, input)?;
            }
        }
        Ok(())
    }

    fn solve(&mut self, at: Micros, result: &str, wanted: &str, input: &str) -> Result<(), String> {
        let solved = edit::solve(&self.text, &self.made.sheet, result, wanted, input)?;
        let before = self.change(solved.text);
        let now = self.made.ranged_input(solved.input).unwrap_or_else(|| self.made.value(solved.input));
        let head = format!("{} = {now}.", self.made.title(solved.input));
        let what = if solved.grows { "That is the most" } else { "That is the least" };
        let was = before.ranged_input(solved.input);
        let kept = match (&was, solved.ranged) {
            (Some(_), true) => ", and both ends are moved by the same factor",
            (Some(_), false) => ", a range, and is one number now",
            _ => "",
        };
        let text = format!(
            "{what} for {} to come to no {} than {wanted}: it comes to {} now. It was {}{kept}. ",
            self.made.title(solved.result),
            if solved.up { "less" } else { "more" },
            self.made.value(solved.result),
            was.unwrap_or_else(|| before.value(solved.input)),
        );
        self.tell(at, head, text, solved.input, &before);
        Ok(())
    }

    /// Tells of a change: what it was, and what it led to.
    fn tell(&mut self, at: Micros, head: String, was: String, changed: usize, before: &Made) {
        let now = &self.made;
        let other = |i: &usize| *i != changed && now.value(*i) != before.value(*i);
        let all = now.sheet.lines.len().max(before.sheet.lines.len());
        let moved = (0..all).any(|i| other(&i));
        let unused = now.used_by.get(changed).is_none_or(Vec::is_empty);
        let results: Vec<usize> = now.results().into_iter().filter(other).collect();
        let told: Vec<String> = results.iter().rev().take(3).rev().map(|i| self.sentence(*i)).collect();
        let faults = now.faults();
        let mut text = was;
        match (faults.first(), told.is_empty()) {
            (Some((line, why)), _) => text += &format!("Line {} has no value now: {why}.", line + 1),
            (None, true) if moved => {}
            (None, true) if unused && before.used_by.get(changed).is_none_or(Vec::is_empty) => {
                text += "No other line uses it.";
            }
            (None, true) => text += "Nothing else changes.",
            (None, false) => text += &format!("{}.", told.join("; ")),
        }
        let tone = if faults.is_empty() { Tone::Plain } else { Tone::Warn };
        let text = text.trim_end().to_string();
        self.events.push(Event { at, head, text, tone, subject: Some(line(changed)) });
    }

    pub fn checks(&self) -> Vec<Check> {
        let since = self.events.last().map_or(0, |event| event.at);
        let link = |i: usize| format!("[{}]({})", self.made.title(i), super::word(i));
        let verdict = |all: Vec<String>| match all.first() {
            None => Verdict::Holds,
            Some(first) => {
                let more = if all.len() > 1 { format!("; and {} more", all.len() - 1) } else { String::new() };
                Verdict::Broken(since, [first.as_str(), &more].concat())
            }
        };
        let faults = self.made.faults().into_iter();
        let faults = faults.map(|(i, why)| format!("{}: {why}", self.linked(i))).collect();
        let doubts = self.made.doubts.iter().enumerate();
        let doubts = doubts.filter_map(|(i, why)| Some(format!("{}: {}", link(i), why.as_ref()?))).collect();
        let off = self.made.published.iter().enumerate().filter_map(|(i, found)| {
            let found = found.as_ref().filter(|found| !found.agrees)?;
            Some(format!("{}: {}", link(i), against(&self.made, i, found)))
        });
        let off = off.collect();
        vec![
            Check { key: "dimensions", claim: "Units agree, and every line has a value", verdict: verdict(faults) },
            Check { key: "plausible", claim: "No quantity is hard to believe", verdict: verdict(doubts) },
            Check {
                key: "published",
                claim: match self.made.changed {
                    0 => "What its source got is what comes out, but for rounding",
                    _ => "What its source got is what comes out; where you changed the numbers, nothing is compared",
                },
                verdict: verdict(off),
            },
        ]
    }

    /// A line’s name as a link where there is something to be lit.
    fn linked(&self, i: usize) -> String {
        match self.made.named(i) {
            true => format!("[{}]({})", self.made.title(i), super::word(i)),
            false => self.made.title(i),
        }
    }

    pub fn readouts(&self) -> Vec<Readout> {
        let results = self.made.results();
        let tiles: Vec<usize> = results.iter().rev().take(TILES).rev().copied().collect();
        let mut all = Vec::new();
        for (i, written) in self.made.sheet.lines.iter().enumerate() {
            let Some(name) = written.name.as_deref().filter(|_| self.made.sheet.outcome(i).is_some()) else { continue };
            let tile = tiles.iter().position(|tile| *tile == i);
            let key = presets::name_in(self.preset, name).or_else(|| OWN.get(tile?).copied());
            let Some(key) = key else { continue };
            let label = match (tile, &self.made.published[i]) {
                (None, _) => String::new(),
                (_, Some(found)) => format!("{}; {}", self.made.title(i), found.said),
                _ => self.made.title(i),
            };
            all.push(Readout { key, value: self.made.figure(i), text: self.made.value(i), unit: "", label });
        }
        // What a lesson may want to say of the source.
        let off = self.made.published.iter().flatten().filter(|found| !found.agrees).count();
        let (key, label, unit) = ("slips", String::new(), "");
        all.push(Readout { key, value: Some(off as f64), text: off.to_string(), unit, label });
        all
    }

    /// What an input would have to be for half of a result.
    pub fn offers(&self) -> Vec<Offer> {
        let made = &self.made;
        let mut all = Vec::new();
        for result in made.results().into_iter().rev() {
            let Some(name) = made.sheet.lines[result].name.clone() else { continue };
            let Some(wanted) = edit::half(&made.sheet, result) else { continue };
            // What one would ask for first; what is given before numbers in other lines.
            let lines = made.sheet.made_of(result);
            let ranked = lines.iter().filter(|i| **i != result && made.named(**i));
            let mut ranked: Vec<(u8, bool, usize)> =
                ranked.filter_map(|i| Some((edit::readiest(&made.sheet, *i)?, !made.is_input(*i), *i))).collect();
            ranked.sort_unstable();
            let input = ranked.iter().take(TRIED).find_map(|(rank, _, input)| {
                let by = made.sheet.lines[*input].name.as_deref()?;
                let solved = edit::solve(&self.text, &made.sheet, &name, &wanted, by).ok()?;
                (solved.rank == *rank).then(|| by.to_string())
            });
            let Some(input) = input else { continue };
            let label = format!("Solve {} for {} = {wanted}", input.replace('_', " "), made.title(result));
            let act = crate::link::call::write(&Action::Solve(name, wanted, input));
            all.push(Offer { label, act, subject: Some(line(result)), key: None });
            if all.len() == OFFERS {
                break;
            }
        }
        if all.is_empty() {
            all.extend(self.twice());
        }
        if let Some(first) = all.first_mut() {
            first.subject = None;
        }
        all
    }

    /// Where nothing can be solved: the first number, doubled.
    fn twice(&self) -> Option<Offer> {
        let made = &self.made;
        let (i, expression) = (0..made.sheet.lines.len())
            .find_map(|i| Some((i, edit::doubled(&made.sheet, i).filter(|_| made.named(i))?)))?;
        let name = made.sheet.lines[i].name.clone()?;
        let label = format!("Twice as much: {} = {expression}", made.title(i));
        let act = crate::link::call::write(&Action::Set(name, expression));
        Some(Offer { label, act, subject: Some(line(i)), key: None })
    }

    pub fn state(&self, subject: Subject) -> Option<String> {
        let i = super::index(subject).filter(|i| self.made.named(*i))?;
        let value = self.made.value(i);
        (!value.is_empty()).then_some(value)
    }

    /// What a line is, what it is made of, who uses it, and which range matters most for it.
    pub fn about(&self, subject: Subject) -> Option<String> {
        let made = &self.made;
        let (i, value) = (super::index(subject)?, self.state(subject)?);
        let names = |lines: &[usize]| {
            let mut all: Vec<String> = Vec::new();
            for title in lines.iter().map(|i| made.title(*i)) {
                if !all.contains(&title) {
                    all.push(title);
                }
            }
            all.join(", ")
        };
        let given = made.ranged_input(i).unwrap_or(value);
        let mut text = format!("{}: {given}", made.title(i));
        let (uses, used_by) = (names(&made.sheet.lines.get(i)?.uses), names(made.used_by.get(i)?));
        if !uses.is_empty() {
            text += &format!(", from {uses}");
        }
        if !used_by.is_empty() {
            text += &format!("; used by {used_by}");
        }
        let swings = made.tornado(i);
        let most = swings.first().and_then(|swing| made.sheet.literals.get(swing.literal));
        if let Some((line, _)) = most.filter(|(line, _)| *line != i) {
            text += &format!("; what matters most for it is {}", made.title(*line));
        }
        Some(text + ".")
    }

    pub fn describe(&self) -> String {
        let made = &self.made;
        let results: Vec<String> =
            made.results().into_iter().map(|i| format!("{} is {}", made.title(i), made.value(i))).collect();
        let inputs = (0..made.sheet.lines.len()).filter(|i| made.is_input(*i)).map(|i| made.title(i));
        let inputs: Vec<String> = inputs.take(12).collect();
        match results.is_empty() {
            true => "A sheet with no results yet.".into(),
            false => format!("A sheet of quantities. From {}: {}.", inputs.join(", "), results.join("; ")),
        }
    }
}

/// Figures of a preset’s source belong to the preset’s numbers: where a line, or what it is made of, was changed they
/// are taken away. Returns how many.
fn held_no_more(sheet: &Sheet, text: &str, preset: &Preset, published: &mut [Option<Published>]) -> usize {
    if text == preset.text {
        return 0;
    }
    let line_of =
        |name: &str| preset.text.lines().find(|line| line.split('=').next().is_some_and(|n| n.trim() == name));
    let formula = |line: &str| line.split('#').next().unwrap_or("").split_whitespace().collect::<String>();
    let remark = |line: &str| line.split_once('#').map(|(_, remark)| remark.trim().to_string());
    let same = |i: &usize| {
        let line = sheet.lines.get(*i);
        line.and_then(|line| Some(formula(line_of(line.name.as_deref()?)?) == formula(&line.text))).unwrap_or(false)
    };
    let mut gone = 0;
    for (i, found) in published.iter_mut().enumerate().filter(|(_, found)| found.is_some()) {
        let Some(line) = sheet.lines.get(i) else { continue };
        let theirs = line.name.as_deref().and_then(line_of).is_some_and(|known| remark(known) == remark(&line.text));
        if theirs && !sheet.made_of(i).iter().all(same) {
            (*found, gone) = (None, gone + 1);
        }
    }
    gone
}

/// Theirs against ours, in words.
pub fn against(made: &Made, i: usize, found: &Published) -> String {
    let (ours, down) = (made.value(i), made.sheet.outcome(i).is_some_and(|outcome| outcome.down.is_some()));
    let remark = if found.remark.is_empty() { String::new() } else { format!(" ({})", found.remark) };
    let far = |times: f64| estimate::number::digits(libm::round(times * 100.0) / 100.0);
    let theirs = &found.said;
    match found.times {
        times if down || !times.is_finite() || times <= 0.0 => format!("{theirs}; here it is {ours}{remark}"),
        times if times >= 1.0 => format!("{theirs}; here it is {ours}, {} times as much{remark}", far(times)),
        times => format!("{theirs}, {} times as much as the {ours} here{remark}", far(1.0 / times)),
    }
}

/// Every number in an expression, from left to right, with its place in the line.
pub fn literals(expr: &Expr, each: &mut dyn FnMut(usize, usize)) {
    match &expr.kind {
        Kind::Literal(_) => each(expr.from, expr.to),
        Kind::Name(_) => {}
        Kind::Negative(a) => literals(a, each),
        Kind::Add(a, b) | Kind::Sub(a, b) | Kind::Mul(a, b) | Kind::Div(a, b) | Kind::Power(a, b) => {
            literals(a, each);
            literals(b, each);
        }
        Kind::Call(_, given) => given.iter().for_each(|value| literals(value, each)),
    }
}
