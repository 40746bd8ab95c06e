//! The sheet: lines that use each other, in whatever order they stand.

use super::call::{Call, called};
use super::dim::{Base, Dim};
use super::parse::{self, Expr, Fault, Kind, Literal, Parsed};

/// Lines of a sheet, and characters of a line, at most.
pub const MOST_LINES: usize = 500;
pub const MOST_WIDE: usize = 400;

/// What came of a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// In base units: bytes, seconds, things. Of a range the middle.
    pub value: f64,
    pub dim: Dim,
    /// A range is in it, or in what it uses.
    pub ranged: bool,
    /// Of an availability the share of time that it is down, of which the last digits matter.
    pub down: Option<f64>,
}

#[derive(Clone, Debug)]
pub struct Line {
    pub text: String,
    pub name: Option<String>,
    pub parsed: Option<Parsed>,
    /// `None`: nothing is to be calculated here (an empty line, a note, a heading).
    pub outcome: Option<Result<Outcome, Fault>>,
    /// The lines that it uses.
    pub uses: Vec<usize>,
    program: Vec<Op>,
    /// It is an availability: its program gives the share of time that it is down.
    keeps_down: bool,
}

/// A calculation, operands first.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) enum Op {
    Literal(usize),
    Line(usize),
    Negative,
    /// What is left to 1: up of down, down of up.
    Rest,
    Add,
    Sub,
    Mul,
    Div,
    Power,
    Call(Call, usize),
}

#[derive(Clone, Debug, Default)]
pub struct Sheet {
    pub lines: Vec<Line>,
    /// All numbers of all lines: the line, and what is written there.
    pub literals: Vec<(usize, Literal)>,
    /// Lines with an outcome, each after all that it uses.
    order: Vec<usize>,
    /// Names in order, each with the first line that has it.
    index: Vec<(String, usize)>,
}

impl Sheet {
    pub fn read(text: &str) -> Sheet {
        let mut sheet = Sheet::default();
        let lines: Vec<&str> = text.lines().take(MOST_LINES).collect();
        let name = |line: &str| {
            let before = line.split('#').next().unwrap_or("");
            parse::name_of(before).map(|(name, _)| name.to_string())
        };
        let names: Vec<Option<String>> = lines.iter().map(|line| name(line)).collect();
        // A name that cannot be one hides no unit: `7 MB/s` is still by the second where somebody wrote `s = 5`.
        let named = names.iter().zip(0..).filter_map(|(name, line)| Some((name.clone()?, line)));
        let mut index: Vec<(String, usize)> = named.collect();
        index.sort_unstable();
        index.dedup_by(|later, first| later.0 == first.0);
        let at =
            |word: &str| index.binary_search_by(|(name, _)| name.as_str().cmp(word)).ok().map(|place| index[place].1);
        let known = |word: &str| at(word).is_some() && parse::bad_name(word).is_none();
        for (i, text) in lines.iter().enumerate() {
            let (name, from) = match parse::name_of(text).filter(|_| names[i].is_some()) {
                Some((name, from)) => (Some(name.to_string()), from),
                None => (None, 0),
            };
            let whole = |why: String| Fault { from: 0, to: text.len(), why };
            let blank = text.split('#').next().unwrap_or("").trim().is_empty();
            let fault = name.as_deref().and_then(|name| {
                let taken = at(name).is_some_and(|first| first < i);
                let why =
                    parse::bad_name(name).or_else(|| taken.then(|| format!("“{name}” is defined above already")))?;
                Some(Fault { from: 0, to: from.saturating_sub(1), why })
            });
            let parsed = match fault {
                _ if blank => None,
                Some(fault) => Some(Err(fault)),
                None if text.chars().count() > MOST_WIDE => {
                    Some(Err(whole(format!("a line has {MOST_WIDE} characters at most"))))
                }
                None => Some(parse::parse(text, from, &known)),
            };
            let (parsed, outcome) = match parsed {
                None => (None, None),
                Some(Err(fault)) => (None, Some(Err(fault))),
                Some(Ok(parsed)) => (Some(parsed), None),
            };
            sheet.lines.push(Line {
                text: text.to_string(),
                name,
                parsed,
                outcome,
                uses: Vec::new(),
                program: Vec::new(),
                keeps_down: false,
            });
        }
        sheet.index = index;
        sheet.arrange();
        sheet.calculate();
        sheet
    }

    pub fn find(&self, name: &str) -> Option<usize> {
        let place = self.index.binary_search_by(|(known, _)| known.as_str().cmp(name)).ok()?;
        self.index.get(place).map(|(_, line)| *line)
    }

    pub fn outcome(&self, line: usize) -> Option<&Outcome> {
        self.lines.get(line)?.outcome.as_ref()?.as_ref().ok()
    }

    /// Who uses whom, and who has to wait for whom; names the lines that wait for each other.
    fn arrange(&mut self) {
        for i in 0..self.lines.len() {
            let Some(parsed) = &self.lines[i].parsed else { continue };
            let mut uses = Vec::new();
            let mut missing = None;
            names(&parsed.expr, &mut |name, from, to| match self.find(name) {
                Some(line) => uses.push(line),
                None => missing = missing.take().or(Some((name.to_string(), from, to))),
            });
            if let Some((name, from, to)) = missing {
                let why = match self.near(&name) {
                    Some(near) if parse::singular_of(near, &name) => {
                        format!(
                            "no line is called “{name}”; “{near}” is. Of something counted write how many: 1 {name}"
                        )
                    }
                    Some(near) => format!("no line is called “{name}”; “{near}” is"),
                    None => format!("no line is called “{name}”; of something counted write how many: 1 {name}"),
                };
                self.lines[i].outcome = Some(Err(Fault { from, to, why }));
            }
            self.lines[i].uses = uses;
        }
        // Depth first, without recursion: a sheet may be one long chain.
        let mut state = vec![0u8; self.lines.len()];
        for start in 0..self.lines.len() {
            let mut path: Vec<(usize, usize)> = vec![(start, 0)];
            if state[start] != 0 {
                continue;
            }
            state[start] = 1;
            while let Some((line, next)) = path.last_mut() {
                let line = *line;
                let Some(used) = self.lines[line].uses.get(*next).copied() else {
                    state[line] = 2;
                    self.order.push(line);
                    path.pop();
                    continue;
                };
                *next += 1;
                match state[used] {
                    0 => {
                        state[used] = 1;
                        path.push((used, 0));
                    }
                    1 => {
                        let from = path.iter().position(|(line, _)| *line == used).unwrap_or(0);
                        let round: Vec<usize> = path[from..].iter().map(|(line, _)| *line).collect();
                        self.circular(&round);
                    }
                    _ => {}
                }
            }
        }
    }

    fn circular(&mut self, round: &[usize]) {
        let name = |line: &usize| self.lines[*line].name.clone().unwrap_or_default();
        let mut words: Vec<String> = round.iter().map(name).collect();
        words.extend(words.first().cloned());
        let why = match round.len() {
            1 => format!("“{}” uses itself", words[0]),
            _ => format!("these lines wait for each other: {}", words.join(" ← ")),
        };
        for line in round {
            let line = &mut self.lines[*line];
            let from = line.text.find('=').map_or(0, |at| at + 1);
            if line.outcome.is_none() {
                line.outcome = Some(Err(Fault { from, to: line.text.len(), why: why.clone() }));
            }
        }
    }

    /// A name that was probably meant.
    fn near(&self, word: &str) -> Option<&str> {
        let like = |a: &str| super::dim::singular(&a.to_lowercase());
        let names = self.lines.iter().filter_map(|line| line.name.as_deref());
        let close =
            |name: &&str| like(name) == like(word) || (word.chars().count() > 3 && one_apart(&like(name), &like(word)));
        names.clone().find(close)
    }

    fn calculate(&mut self) {
        let order = std::mem::take(&mut self.order);
        let mut kept = Vec::new();
        for &i in &order {
            if self.lines[i].outcome.is_some() {
                continue;
            }
            let Some(parsed) = self.lines[i].parsed.clone() else { continue };
            let mut program = Vec::new();
            let keeps_down = self.keeps_down(&parsed.expr);
            let dim = match keeps_down {
                true => self.compile_down(i, &parsed.expr, &mut program),
                false => self.compile(i, &parsed.expr, &mut program),
            };
            (self.lines[i].program, self.lines[i].keeps_down) = (program, keeps_down);
            let whole = |why: String| Fault { from: parsed.expr.from, to: parsed.expr.to, why };
            let outcome = dim.and_then(|dim| {
                if let Some(unit) = parsed.shown_in.as_ref().filter(|unit| !unit.dim.meets(&dim)) {
                    return Err(whole(format!("{} cannot be shown in {}", dim.words(), unit.dim.words())));
                }
                let known = |line: usize| self.raw(line);
                let raw = self.run(i, &known, &|id| self.literals[id].1.at(0.5));
                let own = self.literals.iter().any(|(line, literal)| *line == i && literal.is_range());
                let ranged = own || self.lines[i].uses.iter().any(|used| self.outcome(*used).is_some_and(|o| o.ranged));
                let (value, down) = (self.raw_of(i, raw), keeps_down.then_some(raw));
                match value.is_finite() {
                    true => Ok(Outcome { value, dim, ranged, down }),
                    false => Err(whole(no_number(&parsed.expr).into())),
                }
            });
            self.lines[i].outcome = Some(outcome);
            kept.push(i);
        }
        self.order = kept;
    }

    /// The program of an expression, and what its value is of.
    fn compile(&mut self, line: usize, expr: &Expr, program: &mut Vec<Op>) -> Result<Dim, Fault> {
        let fault = |why: String| Err(Fault { from: expr.from, to: expr.to, why });
        match &expr.kind {
            Kind::Literal(literal) => {
                program.push(Op::Literal(self.literals.len()));
                self.literals.push((line, literal.clone()));
                Ok(literal.unit.dim.clone())
            }
            Kind::Name(name) => {
                let used = self.find(name).unwrap_or(line);
                program.push(Op::Line(used));
                if self.lines[used].keeps_down {
                    program.push(Op::Rest);
                }
                match &self.lines[used].outcome {
                    Some(Ok(outcome)) => Ok(outcome.dim.clone()),
                    _ => fault(format!("“{name}” has no value yet: see line {}", used + 1)),
                }
            }
            Kind::Negative(inner) => {
                let dim = self.compile(line, inner, program)?;
                program.push(Op::Negative);
                Ok(dim)
            }
            Kind::Add(a, b) | Kind::Sub(a, b) => {
                let (left, right) = (self.compile(line, a, program)?, self.compile(line, b, program)?);
                let (op, word) =
                    if matches!(expr.kind, Kind::Add(..)) { (Op::Add, "added") } else { (Op::Sub, "subtracted") };
                program.push(op);
                match left.meets(&right) {
                    true => Ok(if left == right { left } else { left.measured() }),
                    false => fault(format!("{} and {} cannot be {word}", left.words(), right.words())),
                }
            }
            Kind::Mul(a, b) | Kind::Div(a, b) => {
                let (left, right) = (self.compile(line, a, program)?, self.compile(line, b, program)?);
                let over = matches!(expr.kind, Kind::Div(..));
                program.push(if over { Op::Div } else { Op::Mul });
                Ok(if over { left.over(&right) } else { left.times(&right) })
            }
            Kind::Power(base, exponent) => {
                let dim = self.compile(line, base, program)?;
                let power = self.compile(line, exponent, program)?;
                program.push(Op::Power);
                if !power.is_plain() {
                    return fault(format!("an exponent is a plain number, not {}", power.words()));
                }
                if dim.is_plain() {
                    return Ok(dim);
                }
                match whole_number(exponent) {
                    Some(n) => Ok(dim.power(n)),
                    None => fault(format!("{} can only be raised to a whole number from −9 to 9", dim.words())),
                }
            }
            Kind::Call(call, _) if call.keeps_down() => {
                let dim = self.compile_down(line, expr, program)?;
                program.push(Op::Rest);
                Ok(dim)
            }
            Kind::Call(call, given) => {
                let mut dims = Vec::new();
                for value in given {
                    dims.push(match call.takes_down() {
                        true => self.compile_down(line, value, program)?,
                        false => self.compile(line, value, program)?,
                    });
                }
                program.push(Op::Call(*call, given.len()));
                let first = dims.first().cloned().unwrap_or_default();
                let counted = |dim: &Dim| dim.parts().iter().all(|(base, _)| matches!(base, Base::Thing(_)));
                match call {
                    Call::Min | Call::Max => match dims.iter().find(|dim| !dim.meets(&first)) {
                        None => Ok(if dims.iter().all(|dim| *dim == first) { first } else { first.measured() }),
                        Some(other) => fault(format!("{} and {} cannot be compared", first.words(), other.words())),
                    },
                    Call::Ceil | Call::Floor | Call::Round => Ok(first),
                    Call::Log2 | Call::Log10 | Call::Digits if dims.iter().all(counted) => Ok(Dim::plain()),
                    Call::Sqrt | Call::Nines | Call::Downtime if first.is_plain() => Ok(first),
                    _ => fault(format!("this function wants a plain number, not {}", first.words())),
                }
            }
        }
    }

    /// Whether an expression is kept as the share of time that it is down.
    fn keeps_down(&self, expr: &Expr) -> bool {
        match &expr.kind {
            Kind::Call(call, _) => call.keeps_down(),
            Kind::Name(name) => self.find(name).is_some_and(|line| self.lines[line].keeps_down),
            _ => false,
        }
    }

    /// The program of what an availability leaves to 1. No digits are lost on the way where parts are kept so.
    fn compile_down(&mut self, line: usize, expr: &Expr, program: &mut Vec<Op>) -> Result<Dim, Fault> {
        let fault = |why: String| Err(Fault { from: expr.from, to: expr.to, why });
        match &expr.kind {
            Kind::Name(name) if self.keeps_down(expr) => {
                let used = self.find(name).unwrap_or(line);
                program.push(Op::Line(used));
                match self.outcome(used) {
                    Some(_) => Ok(Dim::plain()),
                    None => fault(format!("“{name}” has no value yet: see line {}", used + 1)),
                }
            }
            Kind::Call(Call::Up, given) => {
                let mut dims = Vec::new();
                for value in given {
                    dims.push(self.compile(line, value, program)?);
                }
                program.push(Op::Call(Call::Up, given.len()));
                match dims.iter().find(|dim| **dim != Dim::of(Base::Time)) {
                    Some(other) => fault(format!("this function wants two times, not {}", other.words())),
                    None => Ok(Dim::plain()),
                }
            }
            Kind::Call(call, given) if call.keeps_down() => {
                for (i, value) in given.iter().enumerate() {
                    let dim = match *call == Call::Of && i == 0 {
                        true => self.compile(line, value, program)?,
                        false => self.compile_down(line, value, program)?,
                    };
                    if !dim.is_plain() {
                        return fault(format!("an availability is a plain number such as 99.9%, not {}", dim.words()));
                    }
                }
                program.push(Op::Call(*call, given.len()));
                Ok(Dim::plain())
            }
            _ => {
                let dim = self.compile(line, expr, program)?;
                program.push(Op::Rest);
                Ok(dim)
            }
        }
    }

    /// What a line’s program gave: its value, or of an availability how much of the time it is down.
    pub fn raw(&self, line: usize) -> f64 {
        self.outcome(line).map_or(f64::NAN, |outcome| outcome.down.unwrap_or(outcome.value))
    }

    /// From what a program gave to the value, and back.
    pub(super) fn raw_of(&self, line: usize, value: f64) -> f64 {
        if self.keeps(line) { 1.0 - value } else { value }
    }

    /// Whether a line’s program gives the share of time that it is down.
    pub(super) fn keeps(&self, line: usize) -> bool {
        self.lines.get(line).is_some_and(|line| line.keeps_down)
    }

    pub(super) fn program(&self, line: usize) -> &[Op] {
        self.lines.get(line).map_or(&[], |line| &line.program)
    }

    /// Runs a line's program.
    pub(super) fn run(&self, line: usize, lines: &dyn Fn(usize) -> f64, literals: &dyn Fn(usize) -> f64) -> f64 {
        let mut stack: Vec<f64> = Vec::with_capacity(8);
        for op in &self.lines[line].program {
            let value = match op {
                Op::Literal(id) => literals(*id),
                Op::Line(used) => lines(*used),
                Op::Negative => -stack.pop().unwrap_or(f64::NAN),
                Op::Rest => 1.0 - stack.pop().unwrap_or(f64::NAN),
                Op::Call(call, n) => {
                    let given = stack.split_off(stack.len().saturating_sub(*n));
                    called(*call, &given)
                }
                two => {
                    let (b, a) = (stack.pop().unwrap_or(f64::NAN), stack.pop().unwrap_or(f64::NAN));
                    match two {
                        Op::Add => a + b,
                        Op::Sub => a - b,
                        Op::Mul => a * b,
                        Op::Div => a / b,
                        _ => libm::pow(a, b),
                    }
                }
            };
            stack.push(value);
        }
        stack.pop().unwrap_or(f64::NAN)
    }

    /// What a line would be with these numbers; not a number where it has no outcome. `among`: the lines that it
    /// takes, itself the last, each after those that it uses.
    pub fn value_with(&self, among: &[usize], literals: &dyn Fn(usize) -> f64) -> f64 {
        let raw = self.raw_with(among, literals);
        among.last().map_or(f64::NAN, |last| self.raw_of(*last, raw))
    }

    /// The same, of an availability as the share of time that it is down.
    pub fn raw_with(&self, among: &[usize], literals: &dyn Fn(usize) -> f64) -> f64 {
        let mut values = vec![f64::NAN; self.lines.len()];
        for &i in among {
            values[i] = self.run(i, &|line| values.get(line).copied().unwrap_or(f64::NAN), literals);
        }
        among.last().map_or(f64::NAN, |last| values.get(*last).copied().unwrap_or(f64::NAN))
    }

    /// All that a line is made of, itself the last, each after those that it uses. Empty where it has no value.
    pub fn made_of(&self, line: usize) -> Vec<usize> {
        let mut part = vec![false; self.lines.len()];
        let place = self.order.iter().position(|known| *known == line);
        let before = place.and_then(|place| self.order.get(..=place)).unwrap_or_default();
        for &i in before.iter().rev() {
            if i == line || part[i] {
                part[i] = true;
                self.lines[i].uses.iter().for_each(|used| part[*used] = true);
            }
        }
        before.iter().copied().filter(|i| part[*i]).collect()
    }

    /// Lines with a value, each after those that it uses.
    pub fn order(&self) -> &[usize] {
        &self.order
    }
}

/// Why an expression has no number.
fn no_number(expr: &Expr) -> &'static str {
    match &expr.kind {
        Kind::Call(Call::Of, _) => {
            "how many are needed is a whole number, no more than there are; and an availability is from 0 to 100%"
        }
        Kind::Call(call, _) if call.takes_down() => "an availability is from 0 to 100%, and no part is always up",
        _ => "this divides by zero, or is too large for any number",
    }
}

fn whole_number(expr: &Expr) -> Option<i16> {
    match &expr.kind {
        Kind::Literal(literal) if !literal.is_range() && literal.unit.dim.is_plain() => {
            let value = literal.low * literal.unit.factor;
            (libm::trunc(value) == value && value.abs() <= 9.0).then_some(value as i16)
        }
        Kind::Negative(inner) => whole_number(inner).map(|n| -n),
        _ => None,
    }
}

/// Calls `each` with every name in an expression, and its place.
fn names(expr: &Expr, each: &mut dyn FnMut(&str, usize, usize)) {
    match &expr.kind {
        Kind::Literal(_) => {}
        Kind::Name(name) => each(name, expr.from, expr.to),
        Kind::Negative(a) => names(a, each),
        Kind::Add(a, b) | Kind::Sub(a, b) | Kind::Mul(a, b) | Kind::Div(a, b) | Kind::Power(a, b) => {
            names(a, each);
            names(b, each);
        }
        Kind::Call(_, given) => given.iter().for_each(|value| names(value, each)),
    }
}

/// Whether one letter was left out, added, or mistaken.
fn one_apart(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let first = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let last = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let longer = a.len().max(b.len());
    a.len().abs_diff(b.len()) <= 1 && first + last >= longer - 1
}

#[cfg(test)]
mod tests;
