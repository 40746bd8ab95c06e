//! How a result comes about, as one writes it on a whiteboard: the numbers in place of the names, and units that
//! cancel struck out.

use super::dim::{Base, Dim};
use super::parse::{Expr, Kind, Literal};
use super::sheet::Sheet;
use super::show::{Shown, literal_shown, shown};
use super::units;

/// A part of the working.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    pub text: String,
    /// A unit that cancels.
    pub struck: bool,
}

/// The expression of a line with values for names; empty where there is nothing to work out.
pub fn working(sheet: &Sheet, line: usize) -> Vec<Piece> {
    let mut out = Vec::new();
    if let (Some(parsed), Some(outcome)) =
        (sheet.lines.get(line).and_then(|line| line.parsed.as_ref()), sheet.outcome(line))
        && !matches!(parsed.expr.kind, Kind::Literal(_))
    {
        write(sheet, &parsed.expr, &outcome.dim.measured(), 0, &mut out);
        if let Some(text) = conversion(sheet, line, &parsed.expr) {
            say(&mut out, &text);
        }
    }
    out
}

/// From the units of time that go in to that which comes out: “÷ 86,400 s/day”. Only where the line is a product and
/// there are two such units; the other prefixes are powers of ten, and those nobody writes out.
fn conversion(sheet: &Sheet, line: usize, expr: &Expr) -> Option<String> {
    let (large, small, n) = &time_units(sheet, line, expr)?;
    let word = |unit: &units::Unit| unit.words.first().map_or(String::new(), |(word, _)| word.clone());
    let many = match word(small) {
        word if word.len() > 2 && word != "min" => super::dim::plural(&word),
        word => word,
    };
    let sign = if *n > 0 { "×" } else { "÷" };
    Some(format!(" {sign} {}\u{a0}{many}/{}", super::number::words(large.factor / small.factor), word(large)))
}

/// The larger and the smaller unit of time of a product that has two, and whether it is times their ratio (1) or over
/// it (−1).
pub(super) fn time_units(sheet: &Sheet, line: usize, expr: &Expr) -> Option<(units::Unit, units::Unit, i16)> {
    let mut words: Vec<(String, i16)> = Vec::new();
    if !times(sheet, expr, 1, &mut words) {
        return None;
    }
    words.extend(shown(sheet, line)?.units.into_iter().map(|(word, n)| (word, -n)));
    let mut left: Vec<(units::Unit, i16)> = Vec::new();
    for (word, n) in words {
        let Some(unit) = units::unit(&word).filter(|unit| unit.dim == Dim::of(Base::Time)) else { continue };
        match left.iter_mut().find(|(known, _)| known.factor == unit.factor) {
            Some((_, all)) => *all += n,
            None => left.push((unit, n)),
        }
    }
    left.retain(|(_, n)| *n != 0);
    let [(a, up), (b, down)] = &left[..] else { return None };
    if up.abs() != 1 || up + down != 0 {
        return None;
    }
    let (large, n, small) = if a.factor > b.factor { (a, up, b) } else { (b, down, a) };
    Some((large.clone(), small.clone(), *n))
}

/// All units of a product, those below a line with the other sign. `false`: it is no product.
fn times(sheet: &Sheet, expr: &Expr, sign: i16, words: &mut Vec<(String, i16)>) -> bool {
    let all = |units: Vec<(String, i16)>, words: &mut Vec<(String, i16)>| {
        words.extend(units.into_iter().map(|(word, n)| (word, n * sign)));
        true
    };
    match &expr.kind {
        Kind::Literal(literal) => all(literal_text(literal).units, words),
        Kind::Name(name) => {
            let used = sheet.find(name);
            used.and_then(|used| shown(sheet, used)).is_some_and(|shown| all(shown.units, words))
        }
        Kind::Negative(inner) => times(sheet, inner, sign, words),
        Kind::Mul(a, b) => times(sheet, a, sign, words) && times(sheet, b, sign, words),
        Kind::Div(a, b) => times(sheet, a, sign, words) && times(sheet, b, -sign, words),
        _ => false,
    }
}

fn say(out: &mut Vec<Piece>, text: &str) {
    match out.last_mut().filter(|last| !last.struck) {
        Some(last) => last.text.push_str(text),
        None => out.push(Piece { text: text.into(), struck: false }),
    }
}

/// How tightly an expression holds together: a sum, a product, a power, one thing.
fn rank(expr: &Expr) -> u8 {
    match expr.kind {
        Kind::Add(..) | Kind::Sub(..) => 0,
        Kind::Mul(..) | Kind::Div(..) => 1,
        Kind::Negative(_) | Kind::Power(..) => 2,
        _ => 3,
    }
}

fn write(sheet: &Sheet, expr: &Expr, of: &Dim, within: u8, out: &mut Vec<Piece>) {
    let wrapped = rank(expr) < within;
    if wrapped {
        say(out, "(");
    }
    match &expr.kind {
        Kind::Literal(literal) => value(&literal_text(literal), of, out),
        Kind::Name(name) => {
            let found = sheet.find(name).and_then(|line| {
                Some(match literal_of(sheet, line) {
                    Some(literal) => literal_text(literal),
                    None => shown(sheet, line)?,
                })
            });
            match found {
                Some(shown) => value(&shown, of, out),
                None => say(out, name),
            }
        }
        Kind::Negative(inner) => {
            say(out, "−");
            write(sheet, inner, of, 2, out);
        }
        Kind::Add(a, b) | Kind::Sub(a, b) => {
            write(sheet, a, of, 0, out);
            say(out, if matches!(expr.kind, Kind::Add(..)) { " + " } else { " − " });
            write(sheet, b, of, 1, out);
        }
        Kind::Mul(a, b) | Kind::Div(a, b) => {
            write(sheet, a, of, 1, out);
            say(out, if matches!(expr.kind, Kind::Mul(..)) { " × " } else { " ÷ " });
            write(sheet, b, of, 2, out);
        }
        Kind::Power(base, exponent) => {
            write(sheet, base, of, 3, out);
            say(out, "^");
            write(sheet, exponent, of, 3, out);
        }
        Kind::Call(call, given) => {
            say(out, &format!("{}(", call.name()));
            for (i, each) in given.iter().enumerate() {
                if i > 0 {
                    say(out, "; ");
                }
                write(sheet, each, of, 0, out);
            }
            say(out, ")");
        }
    }
    if wrapped {
        say(out, ")");
    }
}

/// What a line says, where that is a number and nothing more.
fn literal_of(sheet: &Sheet, line: usize) -> Option<&Literal> {
    let parsed = sheet.lines.get(line)?.parsed.as_ref()?;
    match &parsed.expr.kind {
        Kind::Literal(literal) if parsed.shown_in.is_none() => Some(literal),
        _ => None,
    }
}

/// As it was written, with both ends of a range.
pub fn literal_text(literal: &Literal) -> Shown {
    let one = |v: f64| literal_shown(literal, v * literal.unit.factor);
    let mut shown = one(literal.high);
    if literal.is_range() {
        let low = one(literal.low).number;
        // “50..80 million”, where both are millions.
        let word = |number: &str| number.split_once(' ').map(|(_, word)| word.to_string());
        let low = match (word(&low), word(&shown.number)) {
            (Some(a), Some(b)) if a == b => low.split(' ').next().unwrap_or(&low).to_string(),
            _ => low,
        };
        shown.number = format!("{low}..{}", shown.number);
    }
    shown
}

/// A number and its units, of which those that the result does not have are struck.
fn value(shown: &Shown, of: &Dim, out: &mut Vec<Piece>) {
    // Money stands before its number.
    let sign = shown.units.first().filter(|(word, n)| ["$", "€"].contains(&word.as_str()) && *n == 1);
    if let Some((sign, _)) = sign {
        say(out, sign);
    }
    say(out, &shown.number);
    for (i, (word, n)) in shown.units.iter().enumerate().skip(usize::from(sign.is_some())) {
        let base = units::unit(word).map_or_else(
            || Some(Base::Thing(super::dim::singular(word).into())),
            |unit| unit.dim.parts().first().map(|(base, _)| base.clone()),
        );
        let struck = base.is_some_and(|base| of.exponent(&base) == 0);
        let power = if n.unsigned_abs() == 1 { String::new() } else { format!("^{}", n.unsigned_abs()) };
        say(
            out,
            if *n < 0 {
                "/"
            } else if i == 0 {
                "\u{a0}"
            } else {
                "·"
            },
        );
        let text = format!("{word}{power}");
        if struck { out.push(Piece { text, struck: true }) } else { say(out, &text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worked(text: &str, line: usize) -> String {
        let strike = |piece: Piece| if piece.struck { format!("[{}]", piece.text) } else { piece.text };
        working(&Sheet::read(text), line).into_iter().map(strike).collect::<String>().replace('\u{a0}', " ")
    }

    #[test]
    fn units_that_cancel_are_struck() {
        let text =
            "users = 150 M users\nposts = users × 2 posts/user/day\nsize = posts × (10% × 1 MB/post + 200 B/post)";
        assert_eq!(worked(text, 1), "150 million [users] × 2 posts/[user]/day ÷ 86,400 s/day");
        assert_eq!(worked(text, 2), "3,472 [posts]/s × (10% × 1 MB/[post] + 200 B/[post])");
        assert_eq!(worked(text, 0), "");
        let media = "media = 30 TB/day\nfive = media × 5 years\none = media × 1 week in TB\nx = media / 2 in TB/day";
        assert_eq!(worked(media, 1), "30 TB/[day] × 5 [years] × 365 days/year");
        assert_eq!(worked(media, 2), "30 TB/[day] × 1 [week] × 7 days/week");
        assert_eq!(worked(media, 3), "30 TB/day ÷ 2");
        assert_eq!(worked("a = 1 GB / (30 MB/min)\nx = a + 3 h", 0), "1 [GB] ÷ 30 [MB]/min");
        assert_eq!(worked("a = $30/user × 5 users × 2%", 0), "$30/[user] × 5 [users] × 2%");
        assert_eq!(worked("a = 5 B/s × 7 days", 0), "5 B/[s] × 7 [days] × 86,400 s/day");
        assert_eq!(worked("a = 2^3 × ceil(5 TB ÷ 2 GB)", 0), "2^3 × ceil(5 [TB] ÷ 2 [GB])");
        assert_eq!(worked("a = (1 − (2 − 3)) × −4", 0), "(1 − (2 − 3)) × −4");
    }
}
