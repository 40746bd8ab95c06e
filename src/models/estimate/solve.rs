//! Backwards: what an input has to be for a result to be what one wants.

use super::sheet::Sheet;

/// Looked for from a millionth of a millionth of what is written to as much more.
const FAR: f64 = 1e12;

/// How much of a literal (its number, in its own unit) makes a line come to no more than `wanted`, in base units: the
/// most of what the line grows with, the least of what it shrinks with. An availability comes to no less than `wanted`. A
/// share that was written in per cent stays from 0 to 100%. An error says why there is no answer.
pub fn solve(sheet: &Sheet, line: usize, wanted: f64, literal: usize) -> Result<f64, String> {
    let Some((_, input)) = sheet.literals.get(literal) else { return Err("there is no such number".into()) };
    let written = input.middle();
    if written == 0.0 || sheet.outcome(line).is_none() {
        return Err("there is nothing to go by: the number is zero, or the result has no value".into());
    }
    let among = sheet.made_of(line);
    // Of an availability how much is missing is bounded.
    let wanted = if sheet.outcome(line).is_some_and(|outcome| outcome.down.is_some()) { 1.0 - wanted } else { wanted };
    let result = |times: f64| {
        sheet.raw_with(&among, &|id| match id == literal {
            true => written * times * input.unit.factor,
            false => sheet.literals[id].1.at(0.5),
        })
    };
    let share = input.percent && (0.0..=1.0).contains(&written);
    let far = if share { 1.0 / written } else { FAR };
    let (low, high) = (result(1.0 / FAR), result(far));
    if low.is_nan() || high.is_nan() || low == high && result(1.0) == low {
        return Err("the result does not depend on it".into());
    }
    // A result that grows with the input bounds it from above, one that shrinks with it from below.
    let fits = |times: f64| result(times) <= wanted;
    let (mut fit, mut over) = if high > low { (1.0 / FAR, far) } else { (far, 1.0 / FAR) };
    let ever = if share { "even at 0% or 100%" } else { "whatever it is" };
    if !fits(fit) {
        return Err(format!("{ever}, the result stays above"));
    }
    if fits(over) {
        return Err(format!("{ever}, the result stays below"));
    }
    for _ in 0..200 {
        let between = libm::sqrt(fit) * libm::sqrt(over);
        if between == fit || between == over {
            break;
        }
        if fits(between) { fit = between } else { over = between }
    }
    Ok(written * fit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_many_users_fit() {
        let text = "users = 5 M users\nload = users × 20 requests/user/day × 3\neach = 800 requests/s/server\nservers = ceil(load / each)";
        let sheet = Sheet::read(text);
        let users = solve(&sheet, 3, 10.0, 0).unwrap();
        // 10 servers × 800/s × 86,400 s ÷ 60.
        assert!((users / 11_520_000.0 - 1.0).abs() < 1e-9, "{users}");
        // Two servers are enough for the load as it is when each can do half of it.
        let each = sheet.literals.iter().position(|(line, _)| *line == 2).unwrap();
        let half = solve(&sheet, 3, 2.0, each).unwrap();
        assert!((half / (5e6 * 60.0 / 86_400.0 / 2.0) - 1.0).abs() < 1e-9, "{half}");
    }

    #[test]
    fn how_good_a_part_has_to_be() {
        let sheet = Sheet::read("part = 99%\nsite = series(part; 99.99%)\ngone = downtime(site)");
        let part = solve(&sheet, 2, 0.002, 0).unwrap();
        assert!((part - 0.998 / 0.9999).abs() < 1e-9, "{part}");
        assert!(solve(&sheet, 2, 0.00005, 0).unwrap_err().contains("stays above"));
    }

    #[test]
    fn no_answer_is_said() {
        let sheet = Sheet::read("a = 5\nx = 7\nc = a × 2\ny = min(a, 3)");
        assert!(solve(&sheet, 2, 100.0, 1).unwrap_err().contains("does not depend"));
        assert!(solve(&sheet, 3, 100.0, 0).unwrap_err().contains("stays below"));
        assert!((solve(&sheet, 2, 100.0, 0).unwrap() - 50.0).abs() < 1e-9);
    }
}
