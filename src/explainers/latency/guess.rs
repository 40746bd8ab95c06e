//! Guesses of times: read with their unit, and judged by how many times they are off.

use crate::explainers::Guess;
use crate::models::latency::path::time_ns;
use crate::models::latency::sample::sorted;
use crate::models::latency::show::{time, two};
use crate::models::latency::table::NUMBERS;

pub static GUESS: Guess = Guess { hint: "a time, such as 20 µs", read, judge, sum: calibration };

/// In ns. A number alone says nothing without its unit.
fn read(text: &str) -> Option<f64> {
    time_ns(text).filter(|ns| *ns > 0.0)
}

/// What is asked for: no two of these are quoted with the same time.
const ASKED: [&str; 8] = ["mutex", "compress", "memory-mb", "ssd", "datacenter", "seek", "disk-mb", "ocean"];

/// Who of those that publish it comes nearest to the guess: the time, and their names.
fn nearest(guess: f64, value: f64) -> Option<(f64, String)> {
    let it = NUMBERS.iter().find(|it| it.ns == value && ASKED.contains(&it.key))?;
    let off = |ns: f64| libm::fabs(libm::log(guess / ns));
    let (ns, _, names) = it.values().into_iter().min_by(|a, b| off(a.0).total_cmp(&off(b.0)))?;
    Some((ns, names.join(", ")))
}

/// Whether the guess lies within the factor of the value, or of where other sources lie.
fn judge(guess: f64, value: f64) -> String {
    let off = |ns: f64| (guess / ns).max(ns / guess);
    let said = ["You said ", &time(guess), ". "].concat();
    let end = if off(value) <= 1.25 {
        "Spot on.".to_string()
    } else if off(value) <= NEAR {
        "Close enough: within a factor of three.".to_string()
    } else if let Some((ns, names)) = nearest(guess, value).filter(|(ns, _)| off(*ns) <= NEAR) {
        ["Close enough to what others measured: ", &time(ns), " (", &names, ")."].concat()
    } else if let Some((ns, names)) = nearest(guess, value).filter(|(ns, _)| *ns != value) {
        let way = if guess > value { " times too long" } else { " times too short" };
        [&two(off(value)), way, "; others measured ", &time(ns), " (", &names, ")."].concat()
    } else {
        let way = if guess > value { " times too long." } else { " times too short." };
        [&two(off(value)), way].concat()
    };
    said + &end
}

/// A guess within this factor has the right order of magnitude: √10 up or down, and what is said as 3.2.
const NEAR: f64 = 3.2;

/// How good guesses were, each with its truth: how many had the right order of magnitude, how far off the one in the
/// middle and the worst were, and to which side they lean. Of several sources the nearest counts. `None`: too few to
/// say.
fn calibration(guesses: &[(f64, f64)]) -> Option<String> {
    let logs: Vec<f64> = guesses
        .iter()
        .filter(|(guess, truth)| *guess > 0.0 && *truth > 0.0)
        .map(|(guess, truth)| libm::log(guess / nearest(*guess, *truth).map_or(*truth, |(ns, _)| ns)))
        .collect();
    if logs.len() < 3 {
        return None;
    }
    let close = logs.iter().filter(|log| log.abs() <= libm::log(NEAR)).count();
    let off = sorted(&logs.iter().map(|log| log.abs()).collect::<Vec<f64>>());
    let at = |i: usize| off.get(i).copied().unwrap_or(0.0);
    // Of an even number the geometric mean of the two in the middle.
    let middle = (at(off.len() / 2) + at((off.len() - 1) / 2)) / 2.0;
    let worst = at(off.len() - 1);
    let lean = logs.iter().sum::<f64>() / logs.len() as f64;
    let times = |log: f64| two(libm::exp(log));
    let lean = match lean {
        lean if lean.abs() < 0.35 => "they lean to neither side".to_string(),
        lean if lean > 0.0 => format!("on the whole they are {} times too high", times(lean)),
        lean => format!("on the whole they are {} times too low", times(-lean)),
    };
    let total = logs.len();
    Some(format!(
        "Of your {total} guesses {close} had the right order of magnitude; the one in the middle was off by a factor \
         of {}, the worst by {}; {lean}.",
        times(middle),
        times(worst)
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

    /// What one of the sources says is no wrong answer.
    #[test]
    fn every_source_is_right() {
        for key in ASKED {
            let it = NUMBERS.iter().find(|it| it.key == key).expect(key);
            assert_eq!(NUMBERS.iter().filter(|other| other.ns == it.ns && ASKED.contains(&other.key)).count(), 1);
            for (ns, ..) in it.values() {
                for guess in [ns / 3.0, ns, ns * 3.0] {
                    let said = judge(guess, it.ns);
                    assert!(said.contains("Spot on") || said.contains("Close enough"), "{key}, {guess}: {said}");
                }
            }
            assert!(judge(it.ns * 1e4, it.ns).contains("too long") && judge(it.ns / 1e4, it.ns).contains("too short"));
        }
        assert_eq!(
            judge(50e3, 250e3),
            "You said 50 µs. Close enough to what others measured: 50 µs (napkin-math 2026)."
        );
    }

    #[test]
    fn many_guesses_are_summed_up() {
        assert_eq!(calibration(&[(1.0, 1.0), (2.0, 2.0)]), None);
        let said = calibration(&[(1.0, 10.0), (1.0, 100.0), (10.0, 10.0)]).unwrap();
        assert!(said.contains("3 guesses 1 had"), "{said}");
        assert!(said.contains("factor of 10, the worst by 100;") && said.contains("10 times too low"), "{said}");
        // The middle of 2 and 8 is 4.
        let said = calibration(&[(1.0, 1.0), (2.0, 1.0), (8.0, 1.0), (1.0, 64.0)]).unwrap();
        assert!(said.contains("factor of 4, the worst by 64; they lean to neither"), "{said}");
        assert!(calibration(&[(1.0, 10.0), (10.0, 1.0), (5.0, 5.0)]).unwrap().contains("neither side"));
    }
}
