//! Charts in words, for who does not see them, and figures as people write them.

use super::{Axis, Bar, Chart, Mark, Plot, Series};
use crate::sim::decimal::{self, fixed};

/// A number with the digits that matter: 1,234 · 171 · 16.8 · 1.34 · 0.033.
pub fn figure(v: f64) -> String {
    let size = v.abs();
    if !v.is_finite() {
        return "no value".to_string();
    }
    if size >= 1e15 {
        return scientific(v);
    }
    if size >= 999.5 {
        return grouped(v);
    }
    let decimals = match size {
        s if s >= 99.95 || v == v.trunc() => 0,
        s if s >= 9.995 => 1,
        s if s >= 0.9995 => 2,
        s if s >= 0.09995 => 3,
        s if s >= 0.001 => 4,
        _ => return scientific(v),
    };
    let out = fixed(v, decimals);
    if decimals == 0 { out } else { out.trim_end_matches('0').trim_end_matches('.').to_string() }
}

/// By hand: the standard library's way costs the download more than all else here.
fn scientific(v: f64) -> String {
    let power = libm::log10(v.abs()).floor();
    // In two steps: the power of ten of the smallest numbers is not a number itself.
    let half = (power / 2.0).trunc();
    let digits = v / libm::pow(10.0, half) / libm::pow(10.0, power - half);
    format!("{}e{}", fixed(digits, 1), power as i32)
}

/// The same in little room: 12.3k · 4M.
pub(super) fn brief(v: f64) -> String {
    let size = v.abs();
    let (by, letter) = match size {
        s if !(999.5..999.5e9).contains(&s) => return figure(v),
        s if s >= 999.5e6 => (1e9, "G"),
        s if s >= 999.5e3 => (1e6, "M"),
        _ => (1e3, "k"),
    };
    let v = v / by;
    let out = fixed(v, u32::from(v.abs() < 9.95));
    format!("{}{letter}", out.trim_end_matches(".0"))
}

fn grouped(v: f64) -> String {
    let digits = fixed(v.abs(), 0);
    let mut out = String::from(if v < 0.0 { "-" } else { "" });
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A figure with its unit: a sign sticks to it, a word stands apart.
pub(super) fn with_unit(figure: &str, unit: &str) -> String {
    match unit.chars().count() {
        0 => figure.to_string(),
        1 => format!("{figure}{unit}"),
        _ => format!("{figure} {unit}"),
    }
}

/// What someone who sees the chart sees, in a sentence or two.
pub fn describe(chart: &Chart) -> String {
    let said = match &chart.plot {
        Plot::Bars { bars, mean, limit, unit } => of_bars(bars, *mean, limit.as_ref(), unit),
        Plot::Lines { x, y, series, marks } => of_lines(x, y, series, marks),
        Plot::Curves { x, y, cut, curves } => {
            let one = |(i, height): (usize, Option<f64>)| Some(format!("{} {}", curves[i].name, figure(height?)));
            let all: Vec<String> = super::curves::list(x, *cut, curves).into_iter().rev().filter_map(one).collect();
            match all.is_empty() {
                true => "nothing measured yet.".to_string(),
                false => format!("{} at {} {}, the least first: {}.", y.label, figure(*cut), x.label, all.join("; ")),
            }
        }
        Plot::Grid { cells, .. } => {
            let named: Vec<&str> =
                cells.iter().map(|cell| cell.name.as_str()).filter(|name| !name.is_empty()).collect();
            if named.is_empty() { "nothing measured yet.".into() } else { named.join("; ") + "." }
        }
    };
    let title = chart.title.trim();
    if title.is_empty() { said } else { format!("{title}: {said}") }
}

fn of_bars(bars: &[Bar], mean: Option<f64>, limit: Option<&(f64, String)>, unit: &str) -> String {
    let known: Vec<&Bar> = bars.iter().filter(|bar| bar.value.is_finite()).collect();
    let by_height = |a: &&&Bar, b: &&&Bar| a.value.total_cmp(&b.value);
    let (least, most) = (known.iter().min_by(by_height), known.iter().max_by(by_height));
    let (Some(least), Some(most)) = (least, most) else {
        return "nothing measured yet.".to_string();
    };
    let value = |v: f64| with_unit(&figure(v), unit);
    let mut out = match bars.len() {
        1 => format!("one bar, {} at {}", most.name, value(most.value)),
        n if least.value == most.value => format!("{n} bars, all at {}", value(most.value)),
        n => format!("{n} bars, from {} ({}) to {} ({})", value(least.value), least.name, value(most.value), most.name),
    };
    if bars.len() > known.len() {
        out += &format!(", {} without a value", bars.len() - known.len());
    }
    if let Some(mean) = mean.filter(|v| v.is_finite()) {
        out += &format!("; the mean is {}", value(mean));
    }
    out.push('.');
    if let Some((at, label)) = limit.filter(|(v, _)| v.is_finite()) {
        let above = known.iter().filter(|bar| bar.value > *at).count();
        let above = match above {
            0 => "no bar is above it".to_string(),
            1 => format!("{} is above it", most.name),
            n => format!("{n} bars are above it"),
        };
        let label = if label.is_empty() { "the limit" } else { label };
        out += &format!(" A line marks {label} at {}: {above}.", value(*at));
    }
    out
}

fn of_lines(x: &Axis, y: &Axis, series: &[Series], marks: &[Mark]) -> String {
    let finite = |points: &[(f64, f64)]| -> Vec<(f64, f64)> {
        points.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite()).collect()
    };
    let drawn: Vec<(&Series, Vec<(f64, f64)>)> =
        series.iter().map(|s| (s, finite(&s.points))).filter(|(_, points)| !points.is_empty()).collect();
    let mut said: Vec<String> = Vec::new();
    // The measured ones first; the theory that they are held against only by name.
    for (one, points) in drawn.iter().filter(|(one, _)| !one.dashed) {
        said.push(trend(one, points, x, y));
    }
    let theory: Vec<&str> = drawn.iter().filter(|(s, _)| s.dashed).map(|(s, _)| s.name.as_str()).collect();
    let mut out = if said.is_empty() && theory.is_empty() {
        "nothing measured yet".to_string()
    } else {
        said.truncate(6);
        said.extend((!theory.is_empty()).then(|| format!("a dashed line shows {}", theory.join(" and "))));
        said.join("; ")
    };
    out.push('.');
    let named: Vec<&str> = marks.iter().map(|m| m.label.as_str()).filter(|label| !label.is_empty()).take(8).collect();
    if !named.is_empty() {
        out += &format!(" Marked: {}.", named.join("; "));
    }
    out
}

fn trend(one: &Series, points: &[(f64, f64)], x: &Axis, y: &Axis) -> String {
    let name = if one.name.is_empty() { "the line" } else { &one.name };
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
    let by_height = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
    let low = points.iter().min_by(by_height).unwrap_or(first);
    let high = points.iter().max_by(by_height).unwrap_or(first);
    let (rise, range) = (last.1 - first.1, high.1 - low.1);
    if range == 0.0 {
        return format!("{name} stays at {}", reading(y, first.1));
    }
    let verb = match rise {
        r if r.abs() < range * 0.1 => "goes",
        r if r > 0.0 => "rises",
        _ => "falls",
    };
    let across = if x.label.is_empty() { "x" } else { &x.label };
    let (from, to) = (reading(y, first.1), reading(y, last.1));
    let (start, end) = (reading(x, first.0), reading(x, last.0));
    let mut out = format!("{name} {verb} from {from} to {to} while {across} goes from {start} to {end}");
    let place = |v: f64| format!("at {}", reading(x, v));
    // A turn in between is worth a word when it is more than a wiggle.
    if high.1 - first.1.max(last.1) > range * 0.1 {
        out += &format!(", with its highest, {}, {}", reading(y, high.1), place(high.0));
    }
    if first.1.min(last.1) - low.1 > range * 0.1 {
        out += &format!(", with its lowest, {}, {}", reading(y, low.1), place(low.0));
    }
    out
}

/// A value as its axis says it: when 0.25 is labelled "25%", 0.224 is "22.4%".
fn reading(axis: &Axis, v: f64) -> String {
    let mut found: Option<(f64, &str)> = None;
    for (at, label) in &axis.ticks {
        let split = label.find(|c: char| !(c.is_ascii_digit() || "-.,".contains(c))).unwrap_or(label.len());
        let (number, unit) = label.split_at(split);
        let Some(number) = decimal::parse(&number.replace(',', "")) else { return figure(v) };
        if *at == 0.0 && number == 0.0 {
            continue;
        }
        let ratio = number / at;
        match found {
            None => found = Some((ratio, unit)),
            Some((r, u)) if u == unit && (ratio / r - 1.0).abs() < 0.01 => {}
            Some(_) => return figure(v),
        }
    }
    match found {
        Some((ratio, unit)) if ratio.is_finite() && ratio != 0.0 => format!("{}{unit}", figure(v * ratio)),
        _ => figure(v),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_as_people_write_them() {
        let said = [0.0, 3.0, 171.0, 16.78, 1.337, 0.2189, 0.0331, 1234.4, 100_000.0, -5.25, 1e-7, 3e20, 999.9, 9.999];
        let said: Vec<String> = said.into_iter().map(figure).collect();
        let expected = [
            "0", "3", "171", "16.8", "1.34", "0.219", "0.0331", "1,234", "100,000", "-5.25", "1.0e-7", "3.0e20",
            "1,000", "10",
        ];
        assert_eq!(said, expected);
        assert_eq!(figure(f64::NAN), "no value");
        assert_eq!(figure(-1234567.0), "-1,234,567");
        let short: Vec<String> =
            [950.0, 1234.0, 16_667.0, 3_950_000.0, 2e9, 999_999.0].into_iter().map(brief).collect();
        assert_eq!(short, ["950", "1.2k", "17k", "4M", "2G", "1M"]);
    }
}
