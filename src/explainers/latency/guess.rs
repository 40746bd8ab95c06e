//! Guesses of times: read with their unit, and judged by how many times they are off.

use crate::draw::chart::figure;
use crate::explainers::Guess;
use crate::models::latency::path::time_ns;
use crate::models::latency::show::{time, two};
use crate::sim::order;

pub static GUESS: Guess = Guess { hint: "a time, such as 20 µs", read, judge, sum: calibration };

/// In ns. A number alone says nothing without its unit.
fn read(text: &str) -> Option<f64> {
    time_ns(text).filter(|ns| *ns > 0.0)
}

fn judge(guess: f64, value: f64) -> String {
    let off = (guess / value).max(value / guess);
    let said = ["You said ", &time(guess), ". "].concat();
    let end = if off <= 1.25 {
        "Spot on.".to_string()
    } else if off <= 3.2 {
        "Close enough: within a factor of three.".to_string()
    } else {
        let way = if guess > value { " times too long." } else { " times too short." };
        [&two(off), way].concat()
    };
    said + &end
}

/// A guess within this factor has the right order of magnitude: √10 up or down.
const CLOSE: f64 = 3.162_277_660_168_379_5;

/// How good guesses were, each with its truth: how many had the right order of magnitude, how far off the one in the
/// middle was, and to which side they lean. `None`: too few to say.
fn calibration(guesses: &[(f64, f64)]) -> Option<String> {
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
    fn guesses_are_judged_by_factors() {
        assert_eq!((read("150 ms"), read("0.5ns"), read("20 us")), (Some(150e6), Some(0.5), Some(20e3)));
        assert_eq!((read("20"), read("soon"), read("0 ms"), read("1..2 ms")), (None, None, None, None));
        assert_eq!(judge(100.0, 100.0), "You said 100 ns. Spot on.");
        assert!(judge(250.0, 100.0).contains("factor of three"));
        assert!(judge(10.0, 100.0).contains("10 times too short"));
        assert!(judge(1e6, 100.0).contains("10,000 times too long"));
    }

    #[test]
    fn many_guesses_are_summed_up() {
        assert_eq!(calibration(&[(1.0, 1.0), (2.0, 2.0)]), None);
        let said = calibration(&[(1.0, 10.0), (1.0, 100.0), (10.0, 10.0)]).unwrap();
        assert!(said.contains("3 guesses 1 had"), "{said}");
        assert!(said.contains("factor of 10,") && said.contains("10 times too low"), "{said}");
        assert!(calibration(&[(1.0, 10.0), (10.0, 1.0), (5.0, 5.0)]).unwrap().contains("neither side"));
    }
}
