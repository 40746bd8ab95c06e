//! Guesses of times: read with their unit, and judged by how many times they are off.

use crate::explainers::Guess;
use crate::models::latency::path::time_ns;
use crate::models::latency::show::{time, two};

pub static GUESS: Guess = Guess { hint: "a time, such as 20 µs", read, judge };

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
}
