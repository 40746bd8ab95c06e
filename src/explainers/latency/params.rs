//! The settings: which request, and how much of the axis.

use super::presets;
use crate::explainers::Kind;
use crate::models::latency::show::time;

const FROM: &[(&str, &str)] =
    &[("0.3ns", "0.3 ns"), ("10ns", "10 ns"), ("1us", "1 µs"), ("100us", "100 µs"), ("10ms", "10 ms")];
const FROM_NS: [f64; 5] = [0.3, 10.0, 1e3, 1e5, 1e7];

const TO: &[(&str, &str)] =
    &[("1s", "1 s"), ("100ms", "100 ms"), ("1ms", "1 ms"), ("10us", "10 µs"), ("100ns", "100 ns")];
const TO_NS: [f64; 5] = [1e9, 1e8, 1e6, 1e4, 100.0];

pub const AHEAD: i64 = 1;
pub const OTHERS: i64 = 2;

const HIDE: &[(&str, &str)] =
    &[("no", "All"), ("ahead", "Those the walk has come to"), ("others", "The one looked at")];

crate::knobs! {
    /// Settings of the latency numbers.
    pub struct Params {
        path: "request", "Request", Kind::Choice(presets::CHOICES), 0,
            "A path to begin with. Choosing one takes the place of what you wrote.";
        from: "from", "Axis from", Kind::Choice(FROM), 0,
            "The short end of the axis, which is logarithmic: the same way is the same factor.";
        to: "to", "Axis to", Kind::Choice(TO), 0,
            "The long end of the axis. It is at least a hundred times the short one.";
        hide: "hide", "Numbers shown", Kind::Choice(HIDE), 0,
            "To guess before one sees: the others keep their place, without their time.";
    }
    matters(_me, _key) { true }
}

impl Params {
    /// The ends that are set, in ns.
    fn set(&self) -> (f64, f64) {
        let of = |all: &[f64; 5], i: i64| usize::try_from(i).ok().and_then(|i| all.get(i)).copied().unwrap_or(1.0);
        (of(&FROM_NS, self.from), of(&TO_NS, self.to))
    }

    /// The ends of the axis in ns.
    pub fn axis(&self) -> (f64, f64) {
        let (from, to) = self.set();
        (from, to.max(from * 100.0))
    }

    /// What became of an end that was set too near.
    pub fn reach(&self) -> Option<String> {
        let ((from, set), (_, to)) = (self.set(), self.axis());
        let why = ["The axis begins at ", &time(from), " and reaches to ", &time(to), ", a hundred times as far."];
        (set < to).then(|| why.concat())
    }
}
