//! The same sheet as one works it out in one’s head: each number to one digit, each result to two, and a day as 10^5 s.

use super::number;
use super::parse::{Expr, Kind, Literal};
use super::sheet::Sheet;
use super::show::in_shown;
use super::working::time_units;

/// Further off than by this factor it is no estimate any more, and is not given.
const FURTHEST: f64 = 1.5;

/// What comes out in one’s head, in base units, and which rounding of a day or a year was used for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rough {
    pub value: f64,
    /// “with 10^5 s to a day”; empty where there was none.
    pub with: &'static str,
}

/// For each line that is worked out. What a line uses is taken as it is shown there, rounded: so each can be checked
/// by hand. Of availabilities there is none: what counts of them are digits that would be rounded away.
pub fn roughly(sheet: &Sheet) -> Vec<Option<Rough>> {
    let n = sheet.lines.len();
    let (mut all, mut heads) = (vec![None; n], vec![f64::NAN; n]);
    for &i in sheet.order() {
        let (Some(outcome), Some(parsed)) = (sheet.outcome(i), sheet.lines[i].parsed.as_ref()) else { continue };
        let input = matches!(parsed.expr.kind, Kind::Literal(_));
        let of_time_down = outcome.down.is_some() || takes_down(&parsed.expr);
        let found = if input || of_time_down { None } else { head(sheet, i, &parsed.expr, &heads) };
        heads[i] = match found {
            Some(rough) => rough.value,
            None if outcome.down.is_some() => sheet.raw(i),
            // As it is read where it is written.
            None => near_one(outcome.value)
                .unwrap_or_else(|| in_shown(sheet, i, outcome.value, &number::rough).unwrap_or(outcome.value)),
        };
        all[i] = found;
    }
    all
}

fn head(sheet: &Sheet, i: usize, expr: &Expr, heads: &[f64]) -> Option<Rough> {
    let outcome = sheet.outcome(i)?;
    let known = |line: usize| heads.get(line).copied().unwrap_or(f64::NAN);
    let mut value = sheet.run(i, &known, &|id| sheet.literals.get(id).map_or(f64::NAN, |(_, l)| l.rough()));
    let mut with = "";
    // Only where this line has that step in it.
    if let Some((large, _, sign)) = time_units(sheet, i, expr).filter(|(_, small, _)| small.factor == 1.0) {
        for (seconds, near, says) in
            [(86_400.0, 1e5, "with 10^5 s to a day"), (31_536_000.0, 3e7, "with 3 × 10^7 s to a year")]
        {
            if large.factor == seconds {
                value *= if sign > 0 { near / seconds } else { seconds / near };
                with = says;
            }
        }
    }
    let value = in_shown(sheet, i, value, &|v| number::to_digits(v, 2))?;
    let off = value / outcome.value;
    (off <= FURTHEST && off * FURTHEST >= 1.0).then_some(Rough { value, with })
}

/// Of a share near 100% it is what is missing that counts, so it stays as it is.
fn near_one(v: f64) -> Option<f64> {
    (v > 0.9 && v <= 1.0).then_some(v)
}

fn takes_down(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Literal(_) | Kind::Name(_) => false,
        Kind::Negative(a) => takes_down(a),
        Kind::Add(a, b) | Kind::Sub(a, b) | Kind::Mul(a, b) | Kind::Div(a, b) | Kind::Power(a, b) => {
            takes_down(a) || takes_down(b)
        }
        Kind::Call(call, given) => call.takes_down() || call.keeps_down() || given.iter().any(takes_down),
    }
}

impl Literal {
    /// As one has it in one’s head, in base units.
    fn rough(&self) -> f64 {
        let middle = self.middle();
        let near = if self.unit.dim.is_plain() { near_one(middle) } else { None };
        near.unwrap_or_else(|| number::rough(middle)) * self.unit.factor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_on_a_whiteboard() {
        let sheet = Sheet::read(
            "users = 300 M users\nactive = users × 50%\nposts = active × 2 posts/user/day\npeak = posts × 2 in posts/s\n\
             media = posts × 10% × 1 MB/post in TB/day\nfive = media × 5 years in PB\nsite = series(99.99%; 99.9%)\n\
             gone = downtime(site) in min/month\nfar = 14 × 14 × 14 × 14",
        );
        let all = roughly(&sheet);
        let says = |i: usize| {
            let rough = all[i]?;
            Some((super::super::shown_as(&sheet, i, rough.value)?.text().replace('\u{a0}', " "), rough.with))
        };
        let day = "with 10^5 s to a day";
        assert_eq!(says(2), Some(("3,000 posts/s".into(), day)));
        // Twice what is shown above, and no day in it.
        assert_eq!(says(3), Some(("6,000 posts/s".into(), "")));
        assert_eq!(says(4), Some(("30 TB/day".into(), day)));
        // 30 TB × 5 × 365 days.
        assert_eq!(says(5), Some(("55 PB".into(), "")));
        assert_eq!((says(6), says(7)), (None, None), "an availability keeps its digits");
        assert_eq!(says(8), Some(("51,000".into(), "")));
        assert_eq!(roughly(&Sheet::read("a = 14^9"))[0], None, "too far off");
    }
}
