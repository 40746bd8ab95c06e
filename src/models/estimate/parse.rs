//! Reads one line of a sheet. Whatever is typed, the answer is an expression or the place and the kind of the fault.

use super::call::{self, Call};
use super::dim::{Base, Dim, singular};
use super::units::{self, Unit};
use crate::sim::decimal;

/// What is wrong, and where: from and to, in bytes of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub from: usize,
    pub to: usize,
    pub why: String,
}

/// A number, or a range, with its unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Literal {
    /// In what is written, without the unit's factor; both ends the same where it is no range.
    pub low: f64,
    pub high: f64,
    pub unit: Unit,
    /// It was written in per cent.
    pub percent: bool,
}

impl Literal {
    pub fn is_range(&self) -> bool {
        self.low != self.high
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Literal(Literal),
    Name(String),
    Negative(Box<Expr>),
    Add(Box<Expr>, Box<Expr>),
    Sub(Box<Expr>, Box<Expr>),
    Mul(Box<Expr>, Box<Expr>),
    Div(Box<Expr>, Box<Expr>),
    Power(Box<Expr>, Box<Expr>),
    Call(Call, Vec<Expr>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    pub kind: Kind,
    pub from: usize,
    pub to: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    pub expr: Expr,
    /// `in GB/day`.
    pub shown_in: Option<Unit>,
}

/// Parentheses within each other, at most.
const DEEPEST: usize = 40;

/// The name of a line and where its expression begins, if it has the form `name = …`.
pub fn name_of(line: &str) -> Option<(&str, usize)> {
    let end = line.find('=')?;
    Some((line[..end].trim(), end + 1))
}

/// What is wrong with a name, if anything.
pub fn bad_name(name: &str) -> Option<String> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    if name.is_empty() {
        return Some("a name is missing before “=”".into());
    }
    if name.chars().next().is_some_and(|c| !c.is_alphabetic() && c != '_') || !name.chars().all(word) {
        return Some(format!("a name is one word of letters, digits and _, such as “{}”", tidy(name)));
    }
    // Right behind a number these are units, and nobody divides by them elsewhere.
    let free = ["rps", "qps", "percent", "mln", "mio"].contains(&name);
    if !free && (units::unit(name).is_some() || units::scale(name).is_some()) {
        return Some(format!("“{name}” is a unit already: another name is needed, such as “{name}_1”"));
    }
    let reserved = call::named(name).is_some() || ["in", "to", "per"].contains(&name);
    reserved.then(|| format!("“{name}” means something here already"))
}

/// Whether a word is the singular of another.
pub fn singular_of(many: &str, one: &str) -> bool {
    many != one && singular(many) == one
}

fn tidy(name: &str) -> String {
    let kept: String = name.chars().take(24).map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    let kept = kept.trim_matches('_');
    match kept.chars().next() {
        None => "users".into(),
        Some(first) if first.is_alphabetic() => kept.into(),
        Some(_) => format!("n{kept}"),
    }
}

/// Reads the expression of a line, from byte `from` on. `known`: whether a word is the name of a line.
pub fn parse(line: &str, from: usize, known: &dyn Fn(&str) -> bool) -> Result<Parsed, Fault> {
    let end = line.find('#').unwrap_or(line.len());
    let text = line.get(..end).unwrap_or(line);
    let mut parser = Parser { text, at: from.min(end), known, deep: 0, calls: 0, under: false };
    let expr = parser.sum()?;
    let shown_in = match parser.word() {
        Some((_, to, "in" | "to" | "as")) => {
            parser.at = to;
            Some(parser.unit_after()?)
        }
        _ => None,
    };
    parser.space();
    match parser.rest().chars().next() {
        None => Ok(Parsed { expr, shown_in }),
        Some(')') => Err(parser.fault("there is no “(” for this “)”")),
        Some(c) if c.is_alphanumeric() => Err(parser.fault("an operator such as × or + was expected before this")),
        Some('.') => Err(parser.fault("a range has a number on both sides, such as 50..80")),
        Some(':') if text[..parser.at].trim_end().ends_with(|c: char| c.is_ascii_digit()) => {
            Err(parser.fault("a ratio is a number here: 100 for 100:1, 1/3 for 1:3"))
        }
        Some(':') => Err(parser.fault("between a name and what it is stands “=”")),
        Some(_) => Err(parser.fault("this was not expected here")),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    known: &'a dyn Fn(&str) -> bool,
    deep: usize,
    /// How many functions' parentheses are open: a comma is between arguments there.
    calls: usize,
    /// What is read is divided by.
    under: bool,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// A fault at the next word or sign.
    fn fault(&mut self, why: &str) -> Fault {
        self.space();
        let to = match self.word() {
            Some((_, to, _)) => to,
            None => self.at + self.rest().chars().next().map_or(0, char::len_utf8),
        };
        Fault { from: self.at, to, why: why.into() }
    }

    fn eat(&mut self, signs: &[&str]) -> bool {
        self.space();
        let found = signs.iter().find(|sign| self.rest().starts_with(**sign));
        self.at += found.map_or(0, |sign| sign.len());
        found.is_some()
    }

    /// The word that comes next, with its place; it stays where it is.
    fn word(&mut self) -> Option<(usize, usize, &'a str)> {
        self.space();
        let rest = self.rest();
        let inside = |c: char| c.is_alphanumeric() || "_$€%µμ".contains(c);
        let end = rest.find(|c| !inside(c)).unwrap_or(rest.len());
        // “$5” is a unit and a number, “10%” a number and a sign.
        let sign = rest.chars().next().filter(|c| "$€%".contains(*c));
        let end = sign.map_or(end, char::len_utf8);
        let first = rest.chars().next()?;
        (end > 0 && !first.is_ascii_digit()).then(|| (self.at, self.at + end, &rest[..end]))
    }

    fn sum(&mut self) -> Result<Expr, Fault> {
        let mut left = self.product()?;
        loop {
            let make: fn(Box<Expr>, Box<Expr>) -> Kind = if self.eat(&["+"]) {
                Kind::Add
            } else if self.eat(&["-", "−", "–"]) {
                Kind::Sub
            } else {
                return Ok(left);
            };
            let right = self.product()?;
            left = joined(left, right, make);
        }
    }

    fn product(&mut self) -> Result<Expr, Fault> {
        let mut left = self.sign()?;
        loop {
            let mut over = false;
            let make: fn(Box<Expr>, Box<Expr>) -> Kind = if self.eat(&["*", "×", "·", "⋅"]) {
                Kind::Mul
            } else if self.eat(&["/", "÷"]) || self.eat_word("per") {
                over = true;
                Kind::Div
            } else if let Some(to) = self.x() {
                self.at = to;
                if self.rest().trim().is_empty() {
                    let why = "“x” is times: what comes after it? Without it, it is the number alone";
                    return Err(Fault { from: to - 1, to, why: why.into() });
                }
                Kind::Mul
            } else if let Some((from, to, "of")) = self.word() {
                let whole =
                    |literal: &Literal| !literal.percent && (literal.high > 1.0 || !literal.unit.dim.is_plain());
                if matches!(&left.kind, Kind::Literal(literal) if whole(literal)) {
                    let why = "“of” takes a share of something, such as 20% of users; so many times it is ×";
                    return Err(Fault { from, to, why: why.into() });
                }
                self.at = to;
                Kind::Mul
            } else {
                return Ok(left);
            };
            self.under = over;
            let right = self.sign();
            self.under = false;
            left = joined(left, right?, make);
        }
    }

    /// Where an “x” that stands for × ends, as in `3x average` and `2 x 3`: not where a line has that name.
    fn x(&mut self) -> Option<usize> {
        let (from, _, word) = self.word()?;
        let rest = word.strip_prefix(['x', 'X'])?;
        let sign = rest.chars().all(|c| c.is_ascii_digit()) && !(self.known)(word);
        sign.then_some(from + 1)
    }

    fn eat_word(&mut self, wanted: &str) -> bool {
        let found = self.word().filter(|(_, _, word)| *word == wanted);
        self.at = found.map_or(self.at, |(_, to, _)| to);
        found.is_some()
    }

    fn sign(&mut self) -> Result<Expr, Fault> {
        self.space();
        let from = self.at;
        if !self.eat(&["-", "−", "–"]) {
            return self.power();
        }
        self.deeper()?;
        let inner = self.sign()?;
        self.deep -= 1;
        Ok(Expr { from, to: inner.to, kind: Kind::Negative(Box::new(inner)) })
    }

    fn deeper(&mut self) -> Result<(), Fault> {
        self.deep += 1;
        if self.deep > DEEPEST { Err(self.fault("this is nested too deeply")) } else { Ok(()) }
    }

    fn power(&mut self) -> Result<Expr, Fault> {
        let base = self.primary()?;
        if !self.eat(&["^", "**"]) {
            return Ok(base);
        }
        self.deeper()?;
        let exponent = self.sign()?;
        self.deep -= 1;
        Ok(joined(base, exponent, Kind::Power))
    }

    fn primary(&mut self) -> Result<Expr, Fault> {
        self.space();
        let from = self.at;
        if self.eat(&["("]) {
            self.deeper()?;
            let calls = std::mem::take(&mut self.calls);
            self.under = false;
            let mut inner = self.sum()?;
            self.calls = calls;
            if !self.eat(&[")"]) {
                return Err(Fault { from, to: from + 1, why: "this “(” is never closed".into() });
            }
            self.deep -= 1;
            (inner.from, inner.to) = (from, self.at);
            return Ok(inner);
        }
        if self.rest().starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return self.literal(from, Unit::none());
        }
        let Some((_, to, word)) = self.word() else {
            let why = if self.rest().is_empty() {
                "something is missing at the end"
            } else {
                "a number or a name was expected"
            };
            return Err(self.fault(why));
        };
        if word == "$" || word == "€" {
            self.at = to;
            self.space();
            let money = units::unit(word).unwrap_or_else(Unit::none);
            if self.rest().starts_with(|c: char| c.is_ascii_digit() || c == '.') {
                return self.literal(from, money);
            }
            return Err(self.fault("an amount of money was expected"));
        }
        if let Some(call) = call::named(word)
            && self.text.get(to..).is_some_and(|rest| rest.trim_start().starts_with('('))
        {
            self.at = to;
            return self.call(from, call);
        }
        self.at = to;
        if (self.known)(word) {
            return Ok(Expr { kind: Kind::Name(word.into()), from, to });
        }
        if let Some(why) = units::unclear(word) {
            return Err(Fault { from, to, why: why.into() });
        }
        // A unit alone is one of it: `posts / day`.
        if let Some(unit) = units::unit(word) {
            return Ok(Expr { kind: Kind::Literal(Literal { low: 1.0, high: 1.0, unit, percent: false }), from, to });
        }
        // Of a name that nobody defined more can be said when all of them are known.
        Ok(Expr { kind: Kind::Name(word.into()), from, to })
    }

    fn call(&mut self, from: usize, call: Call) -> Result<Expr, Fault> {
        self.eat(&["("]);
        self.deeper()?;
        self.calls += 1;
        self.under = false;
        let mut given = vec![self.sum()?];
        while self.eat(&[",", ";"]) {
            given.push(self.sum()?);
        }
        self.calls -= 1;
        self.deep -= 1;
        if !self.eat(&[")"]) {
            return Err(self.fault("“)” was expected"));
        }
        let to = self.at;
        if let Some(wants) = call.refuses(given.len()) {
            return Err(Fault { from, to, why: format!("this function wants {wants}") });
        }
        Ok(Expr { kind: Kind::Call(call, given), from, to })
    }

    /// A number or a range, and the unit behind it.
    fn literal(&mut self, from: usize, before: Unit) -> Result<Expr, Fault> {
        let (mut low, scaled) = self.scaled()?;
        let (mut high, mut percent) = (low, scaled == PERCENT);
        self.space();
        if self.eat(&["..", "…"]) {
            self.eat(&["."]);
            self.space();
            let place = self.at;
            if !self.rest().starts_with(|c: char| c.is_ascii_digit() || c == '.') {
                return Err(self.fault("a range has a number on both sides, such as 50..80"));
            }
            let (end, by) = self.scaled()?;
            (high, percent) = (end, by == PERCENT);
            // What follows the second number is meant for both: 50..80 M.
            if scaled == 1.0 {
                low = times(low, by);
            }
            if low > high {
                return Err(Fault {
                    from: place,
                    to: self.at,
                    why: "a range goes from the smaller to the larger".into(),
                });
            }
        }
        let mut unit = before.clone();
        if let Some((from, to, word)) = self.word().filter(|_| percent)
            && self.counts()
        {
            let why = format!("a share of something is written with “of” or ×, such as 10% of {word}");
            return Err(Fault { from, to, why });
        }
        if let Some(found) = self.unit_word(true)? {
            unit = unit.and(found, false);
        }
        unit = self.quotient(unit, false)?;
        // Space behind it is not part of it: another number is written in its place.
        let to = from + self.text.get(from..self.at).unwrap_or("").trim_end().len();
        Ok(Expr { kind: Kind::Literal(Literal { low, high, unit, percent }), from, to })
    }

    /// A number with `k`, `M`, `billion`, `%` behind it, and what that was.
    fn scaled(&mut self) -> Result<(f64, f64), Fault> {
        let value = self.number()?;
        let Some((_, to, word)) = self.word() else { return Ok((value, 1.0)) };
        // “1 B users” can be no bytes.
        let billion = word == "B" && Parser { at: to, ..*self }.counts();
        let Some(by) = units::scale(if billion { "bn" } else { word }) else { return Ok((value, 1.0)) };
        self.at = to;
        Ok((times(value, by), by))
    }

    /// Whether something that is counted comes next.
    fn counts(&mut self) -> bool {
        let joins = self.joins();
        self.word().is_some_and(|(_, _, word)| !joins && units::scale(word).is_none() && units::is_counted(word))
    }

    /// Whether a word comes next that has its own part in a calculation.
    fn joins(&mut self) -> bool {
        self.x().is_some() || self.word().is_some_and(|(_, _, word)| ["in", "to", "as", "per", "of"].contains(&word))
    }

    fn number(&mut self) -> Result<f64, Fault> {
        let (from, rest) = (self.at, self.rest());
        let bytes = rest.as_bytes();
        let digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
        let mut plain = String::new();
        let mut i = 0;
        let mut point = false;
        while let Some(byte) = bytes.get(i) {
            let three = digit(i + 1) && digit(i + 2) && digit(i + 3) && !digit(i + 4);
            match byte {
                b'0'..=b'9' => plain.push(*byte as char),
                // A point, unless it begins “..”.
                b'.' if !point && bytes.get(i + 1) != Some(&b'.') => {
                    point = true;
                    plain.push('.');
                }
                b'_' if digit(i + 1) => {}
                b',' if three && !point && self.calls == 0 => {}
                b'e' | b'E' if digit(i + 1) || matches!(bytes.get(i + 1), Some(b'-' | b'+')) && digit(i + 2) => {
                    plain.push('e');
                    i += 1;
                    while let Some(byte) = bytes
                        .get(i)
                        .filter(|b| b.is_ascii_digit() || (**b == b'-' || **b == b'+') && plain.ends_with('e'))
                    {
                        plain.push(*byte as char);
                        i += 1;
                    }
                    break;
                }
                _ => break,
            }
            i += 1;
        }
        self.at = from + i;
        let value = decimal::parse(&plain.replace("e+", "e"));
        value.filter(|v| v.is_finite()).ok_or(Fault {
            from,
            to: from + i.max(1),
            why: "this is no number that can be read".into(),
        })
    }

    /// The unit or noun that comes next, if one does. Right behind a number every word is one, even if a line has it as
    /// its name: `users = 5 M users`.
    fn unit_word(&mut self, even_names: bool) -> Result<Option<Unit>, Fault> {
        let Some((from, to, word)) = self.word() else { return Ok(None) };
        if self.joins() || !even_names && (self.known)(word) {
            return Ok(None);
        }
        if let Some(why) = units::unclear(word) {
            return Err(Fault { from, to, why: why.into() });
        }
        // Nobody counts in letters.
        if word.chars().count() == 1 && (self.known)(word) {
            return Err(Fault { from, to, why: format!("“{word}” is a line here: so many times it is × {word}") });
        }
        self.at = to;
        Ok(Some(units::unit(word).unwrap_or_else(|| units::thing(word))))
    }

    /// `/user/day` and `per day` behind a number or a unit, as far as those are units and not names of lines.
    fn quotient(&mut self, mut unit: Unit, even_names: bool) -> Result<Unit, Fault> {
        loop {
            let back = self.at;
            let tight = self.rest().starts_with('/') && self.rest()[1..].starts_with(char::is_alphabetic);
            // What is divided by `4 s` and then by something more, is not divided by `4 s / user`.
            let time = self.under && !tight && unit.dim == Dim::of(Base::Time);
            let slash = !time && self.eat(&["/"]);
            if time || !slash && !self.eat_word("per") {
                return Ok(unit);
            }
            // `16 B/entry` is per entry, even if a line is called so; `16 B / entry` divides by the line.
            let one = (tight || !slash) && self.word().is_some_and(|(_, _, word)| singular(word) == word);
            // A parenthesis or a number behind it belongs to the calculation.
            match self.unit_word(even_names || one)? {
                Some(under) => unit = unit.and(under, true),
                None => {
                    self.at = back;
                    return Ok(unit);
                }
            }
        }
    }

    /// The unit behind `in`.
    fn unit_after(&mut self) -> Result<Unit, Fault> {
        let back = self.at;
        // “in 1/s” and “in /s”: so many a second.
        self.eat(&["1"]);
        self.space();
        if self.rest().starts_with('/') {
            return self.quotient(Unit::none(), true);
        }
        self.at = back;
        if let Some((_, to, "%" | "percent")) = self.word() {
            self.at = to;
            return Ok(Unit { words: vec![("%".into(), 1)], factor: 0.01, ..Unit::none() });
        }
        match self.unit_word(true)? {
            Some(unit) => self.quotient(unit, true),
            None => Err(self.fault("a unit was expected, such as GB/day")),
        }
    }
}

const PERCENT: f64 = 0.01;

/// A number so many times. Per cent are hundredths: 99.95 ÷ 100 is nearer to 0.9995 than 99.95 × 0.01.
fn times(value: f64, by: f64) -> f64 {
    if by == PERCENT { value / 100.0 } else { value * by }
}

fn joined(left: Expr, right: Expr, make: fn(Box<Expr>, Box<Expr>) -> Kind) -> Expr {
    let (from, to) = (left.from, right.to);
    Expr { kind: make(Box::new(left), Box::new(right)), from, to }
}

impl Literal {
    /// The middle of a range: by factors where its ends are ten times apart or more, as for its samples.
    pub fn middle(&self) -> f64 {
        if self.by_factors() { libm::sqrt(self.low) * libm::sqrt(self.high) } else { (self.low + self.high) / 2.0 }
    }

    /// Whether each factor between its ends is as likely as any other, and not each difference.
    pub fn by_factors(&self) -> bool {
        self.low > 0.0 && self.high >= self.low * 10.0
    }

    /// The value at a share of the range, in base units.
    pub fn at(&self, share: f64) -> f64 {
        let value = match self.by_factors() {
            true => self.low * libm::pow(self.high / self.low, share),
            false => self.low + (self.high - self.low) * share,
        };
        value * self.unit.factor
    }
}
