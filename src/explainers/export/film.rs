//! What a film of a run shows, picture by picture: moments of runs, and how long each of them stays.

use super::super::Step;
use crate::sim::{Micros, SECOND, time};

/// No step of a lesson is watched for longer than this, in seconds: it goes faster instead, as on the page.
const PATIENCE: u64 = 15;
/// After a step of a lesson its end stays for a second; where nothing moves there is more to read.
pub const REST: Micros = SECOND;
const READ: Micros = 3 * SECOND;

/// A piece of a film: a run from a moment to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Take {
    /// Which of the film's runs.
    pub run: usize,
    pub from: Micros,
    pub to: Micros,
    /// Virtual time in a second of film.
    pub rate: Micros,
    /// How long its end stays after that, as one watches.
    pub rest: Micros,
}

/// One picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shot {
    pub run: usize,
    pub at: Micros,
    /// As one watches, in µs.
    pub hold: Micros,
}

impl Take {
    /// A lesson's step from its state to where it ends, `pace` being virtual time in a second of watching and
    /// `percent` how fast the reader wants it.
    pub fn of_step(run: usize, step: &Step, begins: Micros, end: Micros, pace: Micros, percent: u64) -> Take {
        let to = ((step.until * 1e6) as Micros).clamp(begins, end.max(begins));
        let fast = ((to - begins) / pace.max(1)).div_ceil(PATIENCE).max(1);
        let rest = if to > begins { REST } else { READ };
        Take { run, from: begins, to, rate: rate(pace, percent).saturating_mul(fast), rest }
    }

    /// How many steps of time it has: pictures but for the last.
    fn steps(&self, per_second: u64) -> u64 {
        let each = (self.rate / per_second.max(1)).max(1);
        self.to.saturating_sub(self.from).div_ceil(each)
    }
}

/// Virtual time in a second of film.
pub fn rate(pace: Micros, percent: u64) -> Micros {
    (pace.saturating_mul(percent) / 100).max(1)
}

/// How many pictures these make, at so many a second.
pub fn count(takes: &[Take], per_second: u64) -> u64 {
    takes.iter().map(|take| take.steps(per_second) + 1).sum()
}

/// How long it is to watch.
pub fn length(takes: &[Take], per_second: u64) -> Micros {
    let each = SECOND / per_second.max(1);
    takes.iter().map(|take| (take.steps(per_second) + 1) * each + take.rest).sum()
}

/// Every picture. Ask `count` first: there may be very many.
pub fn shots(takes: &[Take], per_second: u64) -> Vec<Shot> {
    let each = SECOND / per_second.max(1);
    let mut all = Vec::new();
    for take in takes {
        let steps = take.steps(per_second);
        let along = |i: u64| take.from + (u128::from(take.rate) * u128::from(i) / u128::from(per_second.max(1))) as u64;
        all.extend((0..steps).map(|i| Shot { run: take.run, at: along(i).min(take.to), hold: each }));
        all.push(Shot { run: take.run, at: take.to, hold: each + take.rest });
    }
    all
}

/// The picture that is shown at a moment of watching; the last one after the end.
pub fn shot_at(shots: &[Shot], moment: Micros) -> Option<usize> {
    let mut over = 0;
    let found = shots.iter().position(|shot| {
        over += shot.hold;
        moment < over
    });
    found.or(shots.len().checked_sub(1))
}

/// A range as the reader types it, such as `2.5`, `2,5 s` or `30 ms`: without a unit, in that of the clock, which is
/// milliseconds where a second of watching is less than one of time. Or what is wrong with it, in words.
pub fn typed(from: &str, to: &str, end: Micros, pace: Micros) -> Result<(Micros, Micros), String> {
    let moment = |said: &str| {
        let text: String = said.replace(',', ".").split_whitespace().collect();
        let bare = text.ends_with(|c: char| c.is_ascii_digit());
        let at = time::parse(&if bare && pace < SECOND { text.clone() + "ms" } else { text.clone() });
        let such = if pace < SECOND { "30 ms or 0.4 s" } else { "2.5 s or 400 ms" };
        at.ok_or_else(|| format!("“{}” is no time; one is written {such}.", said.trim()))
    };
    let (from, to) = (moment(from)?, moment(to)?);
    // What is shown is rounded: the end as it is shown is the end.
    let to = if to > end && time::label(to, pace) == time::label(end, pace) { end } else { to };
    if from.max(to) > end {
        return Err(format!("The run ends at {}.", time::label(end, pace)));
    }
    if from >= to { Err("A film has to begin before it ends.".into()) } else { Ok((from, to)) }
}

#[cfg(test)]
mod tests {
    use super::super::super::lesson::step;
    use super::*;
    use proptest::prelude::*;

    fn take(from: Micros, to: Micros, rate: Micros) -> Take {
        Take { run: 0, from, to, rate, rest: 0 }
    }

    #[test]
    fn ten_seconds_at_ten_a_second() {
        let all = shots(&[Take { rest: REST, ..take(2 * SECOND, 12 * SECOND, SECOND) }], 10);
        assert_eq!(all.len(), 101, "both ends");
        assert_eq!((all[0].at, all[1].at, all[100].at), (2_000_000, 2_100_000, 12_000_000));
        assert_eq!((all[99].hold, all[100].hold), (100_000, 1_100_000));
        assert_eq!(shot_at(&all, 0), Some(0));
        assert_eq!(shot_at(&all, 99_999), Some(0));
        assert_eq!(shot_at(&all, 100_000), Some(1));
        assert_eq!(shot_at(&all, 11 * SECOND), Some(100));
        assert_eq!(shot_at(&all, 99 * SECOND), Some(100), "after the end");
        assert_eq!(shot_at(&[], 0), None);
    }

    #[test]
    fn a_step_that_takes_long_goes_faster() {
        let slow = step("t", "x", "l", "do=1s:add", 60.0);
        let take = Take::of_step(3, &slow, SECOND, 70 * SECOND, SECOND, 100);
        assert_eq!((take.from, take.to, take.run, take.rest), (SECOND, 60 * SECOND, 3, REST));
        assert_eq!(take.rate, 4 * SECOND, "fifteen seconds, not a minute");
        assert_eq!(Take::of_step(0, &slow, SECOND, 70 * SECOND, SECOND, 200).rate, 8 * SECOND);
        let still = step("t", "x", "l", "t=2", 0.0);
        let take = Take::of_step(0, &still, 2 * SECOND, 10 * SECOND, SECOND, 100);
        assert_eq!((take.from, take.to, take.rest), (2 * SECOND, 2 * SECOND, READ), "time to read it");
        // A step that ends after its run ends with it.
        assert_eq!(Take::of_step(0, &slow, SECOND, 30 * SECOND, SECOND, 100).to, 30 * SECOND);
    }

    #[test]
    fn a_range_is_typed_in_seconds_or_milliseconds() {
        let (end, ms) = (12 * SECOND, 1_000);
        for (from, to, pace, found) in [
            ("2", "3.5", SECOND, (2 * SECOND, 3_500 * ms)),
            ("0,5 s", " 400ms ", SECOND, (500 * ms, 400 * ms)),
            ("5", "30", 10 * ms, (5 * ms, 30 * ms)),
            ("0", "1.5s", 10 * ms, (0, 1_500 * ms)),
            ("0", "12.0 s", SECOND, (0, end)),
        ] {
            let said = typed(from, to, end, pace);
            if found.0 < found.1 {
                assert_eq!(said, Ok(found), "{from} to {to}");
            } else {
                assert!(said.is_err_and(|why| why.contains("begin before")), "{from} to {to}");
            }
        }
        assert_eq!(typed("0", "12.04", end + 30 * ms, SECOND), Ok((0, end + 30 * ms)), "the end, as it is shown");
        for (from, to, why) in [
            ("", "3", "“” is no time"),
            ("1", "soon", "“soon” is no time; one is written 2.5 s or 400 ms."),
            ("-1", "3", "“-1” is no time"),
            ("1", "1", "begin before"),
            ("1", "13", "The run ends at 12.0 s."),
            ("99999999999999999999", "3", "is no time"),
        ] {
            assert!(typed(from, to, end, SECOND).is_err_and(|said| said.contains(why)), "{from} to {to}");
        }
    }

    proptest! {
        #[test]
        fn count_length_and_shots_agree(
            from in 0u64..10_000_000, long in 0u64..20_000_000, rate in 1_000u64..4_000_000, rest in 0u64..3_000_000,
            per_second in prop_oneof![Just(10u64), Just(20), Just(30)],
        ) {
            let takes = [Take { rest, ..take(from, from + long, rate) }, Take { run: 1, ..take(5, 5, 1) }];
            prop_assume!(count(&takes, per_second) < 100_000);
            let all = shots(&takes, per_second);
            prop_assert_eq!(all.len() as u64, count(&takes, per_second));
            prop_assert_eq!(all.iter().map(|shot| shot.hold).sum::<u64>(), length(&takes, per_second));
            prop_assert!(all.windows(2).all(|pair| pair[0].run < pair[1].run || pair[0].at <= pair[1].at));
            prop_assert_eq!(all.iter().rfind(|shot| shot.run == 0).map(|shot| shot.at), Some(from + long));
        }
    }
}
