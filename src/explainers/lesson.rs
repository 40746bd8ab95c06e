//! What lessons are written with: a step and a question in few words. Answers are computed from the model at the end
//! of each step, never written down.

use super::{Predict, Step};
use crate::draw::chart::figure;
use crate::sim::{decimal, order};

/// A step that plays until then, in seconds; 0: nothing more happens.
pub const fn step(
    title: &'static str,
    text: &'static str,
    look: &'static str,
    state: &'static str,
    until: f64,
) -> Step {
    Step { title, text, look, state, until, ask: None, breaks: &[] }
}

/// A question before the reveal, with the readout that answers it.
pub const fn ask(
    question: &'static str,
    options: &'static [(&'static str, f64)],
    readout: &'static str,
) -> Option<Predict> {
    Some(Predict { question, options, readout, magnitude: false })
}

/// A number to guess, of which only the order of magnitude counts.
pub const fn guess(question: &'static str, readout: &'static str) -> Option<Predict> {
    Some(Predict { question, options: &[], readout, magnitude: true })
}

/// A guess within this factor has the right order of magnitude: √10 up or down.
pub const CLOSE: f64 = 3.162_277_660_168_379_5;

/// Seconds in a unit of time.
fn seconds(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1e-9,
        "µs" | "μs" | "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "min" => 60.0,
        "h" => 3_600.0,
        "d" | "days" | "day" => 86_400.0,
        "years" | "year" | "y" => 31_536_000.0,
        _ => return None,
    })
}

/// A typed number in `unit`; it may be given in another unit of time, and with a `k`, `M` or `G`.
pub fn typed(text: &str, unit: &str) -> Option<f64> {
    let text: String = text.chars().filter(|c| !matches!(c, ' ' | ',' | '\u{a0}' | '%' | '×')).collect();
    let end = text.find(|c: char| c.is_alphabetic() && c != 'e' && c != 'E').unwrap_or(text.len());
    let (number, word) = text.split_at(end);
    let number = decimal::parse(number)?;
    let scale = match word {
        "" => 1.0,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        word => seconds(word)? / seconds(unit)?,
    };
    Some(number * scale).filter(|number| number.is_finite())
}

/// How a guess compares with the truth, in words.
pub fn compared(guess: f64, truth: f64) -> String {
    if guess <= 0.0 || truth <= 0.0 {
        return "a guess of nothing at all has no order of magnitude".into();
    }
    let factor = if guess > truth { guess / truth } else { truth / guess };
    match factor <= CLOSE {
        true => "the right order of magnitude".into(),
        false => format!("{} times too {}", figure(factor), if guess > truth { "much" } else { "little" }),
    }
}

/// How good guesses were, each with its truth: how many had the right order of magnitude, how far off the one in the
/// middle was, and to which side they lean. `None`: too few to say.
pub fn calibration(guesses: &[(f64, f64)]) -> Option<String> {
    let logs: Vec<f64> = guesses
        .iter()
        .filter(|(guess, truth)| *guess > 0.0 && *truth > 0.0)
        .map(|(guess, truth)| libm::log(guess / truth))
        .collect();
    if logs.len() < 3 {
        return None;
    }
    let close = logs.iter().filter(|log| log.abs() <= libm::log(CLOSE)).count();
    let ranks: Vec<u64> = logs.iter().map(|log| order::rank(log.abs())).collect();
    let middle = order::order(&ranks).get(logs.len() / 2).and_then(|i| logs.get(*i as usize)).map_or(0.0, |v| v.abs());
    let lean = logs.iter().sum::<f64>() / logs.len() as f64;
    let times = |log: f64| figure(libm::exp(log));
    let lean = match lean {
        lean if lean.abs() < 0.35 => "and they lean to neither side".to_string(),
        lean if lean > 0.0 => format!("and on the whole they are {} times too high", times(lean)),
        lean => format!("and on the whole they are {} times too low", times(-lean)),
    };
    let total = logs.len();
    Some(format!(
        "Of your {total} guesses {close} had the right order of magnitude; the one in the middle was off by a factor \
         of {}, {lean}.",
        times(middle)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_are_read_with_their_units() {
        let close = |text: &str, unit: &str, value: f64| {
            let found = typed(text, unit).unwrap();
            assert!((found / value - 1.0).abs() < 1e-9, "{text}: {found}");
        };
        close("100 ns", "ns", 100.0);
        close("0.1 µs", "ns", 100.0);
        close("2ms", "µs", 2_000.0);
        close("1,500", "ns", 1_500.0);
        close("1e3", "s", 1_000.0);
        close("3 M", "", 3e6);
        assert_eq!(["", "ms", "3 apples", "4 ms 2"].map(|text| typed(text, "ns")), [None; 4]);
        assert_eq!(typed("3 ms", "keys"), None, "no time is a number of keys");
    }

    #[test]
    fn guesses_are_judged_by_their_magnitude() {
        assert_eq!(compared(300.0, 100.0), "the right order of magnitude");
        assert_eq!(compared(1000.0, 100.0), "10 times too much");
        assert_eq!(compared(1.0, 500.0), "500 times too little");
        assert_eq!(calibration(&[(1.0, 1.0), (2.0, 2.0)]), None);
        let said = calibration(&[(1.0, 10.0), (1.0, 100.0), (10.0, 10.0)]).unwrap();
        assert!(
            said.contains("3 guesses 1 had") && said.contains("factor of 10,") && said.contains("10 times too low")
        );
        assert!(calibration(&[(1.0, 10.0), (10.0, 1.0), (5.0, 5.0)]).unwrap().contains("neither side"));
    }
}
