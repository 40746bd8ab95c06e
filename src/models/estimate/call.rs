//! The functions of a sheet.

use super::availability;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    Min,
    Max,
    Ceil,
    Floor,
    Round,
    Log2,
    Log10,
    Sqrt,
    /// How many digits of a base so many different things need: `digits(365 billion, 62)` is 7.
    Digits,
    /// Availability of parts that are all needed.
    Series,
    /// Of parts of which one is enough.
    Parallel,
    /// Of parts of which so many are needed: `of(2; a; b; c)`.
    Of,
    /// From the mean time between failures and the mean time to repair: `up(1000 h; 2 h)`.
    Up,
    /// How many nines an availability has: 3 for 99.9%.
    Nines,
    /// The share of time that it is down: `downtime(site) in min/month`.
    Downtime,
}

/// Its name, how many values it takes, and what to say if it gets others.
type Row = (&'static str, Call, usize, usize, &'static str);

const ROWS: &[Row] = &[
    ("min", Call::Min, 2, 20, "two values or more"),
    ("max", Call::Max, 2, 20, "two values or more"),
    ("ceil", Call::Ceil, 1, 1, "one value"),
    ("floor", Call::Floor, 1, 1, "one value"),
    ("round", Call::Round, 1, 1, "one value"),
    ("log2", Call::Log2, 1, 1, "one value"),
    ("log10", Call::Log10, 1, 1, "one value"),
    ("sqrt", Call::Sqrt, 1, 1, "one value"),
    ("digits", Call::Digits, 2, 2, "how many different things, and the base"),
    ("series", Call::Series, 1, 20, "one availability or more"),
    ("parallel", Call::Parallel, 1, 20, "one availability or more"),
    ("of", Call::Of, 2, 21, "how many are needed, and the availability of each: of(2; a; b; c)"),
    ("up", Call::Up, 2, 2, "the time between failures and the time to repair: up(1000 h; 2 h)"),
    ("nines", Call::Nines, 1, 1, "one availability"),
    ("downtime", Call::Downtime, 1, 1, "one availability"),
];

pub fn named(word: &str) -> Option<Call> {
    ROWS.iter().find(|row| row.0 == word).map(|row| row.1)
}

impl Call {
    fn row(self) -> &'static Row {
        ROWS.iter().find(|row| row.1 == self).unwrap_or(&ROWS[0])
    }

    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// What it wants, if that many values are too few or too many.
    pub fn refuses(self, given: usize) -> Option<&'static str> {
        let (_, _, least, most, wants) = self.row();
        (!(*least..=*most).contains(&given)).then_some(wants)
    }

    /// Whether it gives an availability. Those are kept as the share of time that they are down.
    pub fn keeps_down(self) -> bool {
        matches!(self, Call::Series | Call::Parallel | Call::Of | Call::Up)
    }

    /// Whether it takes its values as shares of time that are down.
    pub fn takes_down(self) -> bool {
        matches!(self, Call::Series | Call::Parallel | Call::Of | Call::Nines | Call::Downtime)
    }
}

/// A share of time, which nothing else is.
fn share(v: f64) -> bool {
    (0.0..=1.0).contains(&v)
}

/// The value of a function; not a number where it has none.
pub fn called(call: Call, given: &[f64]) -> f64 {
    let first = given.first().copied().unwrap_or(f64::NAN);
    let second = given.get(1).copied().unwrap_or(f64::NAN);
    // What was calculated a hair too high is no reason for one more machine.
    let tidy = |v: f64| {
        let near = libm::round(v);
        if (v - near).abs() <= near.abs() * 1e-12 { near } else { v }
    };
    match call {
        Call::Min => given.iter().copied().fold(f64::INFINITY, f64::min),
        Call::Max => given.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        Call::Ceil => libm::ceil(tidy(first)),
        Call::Floor => libm::floor(tidy(first)),
        Call::Round => libm::round(first),
        Call::Log2 => libm::log2(first),
        Call::Log10 => libm::log10(first),
        Call::Sqrt => libm::sqrt(first),
        Call::Digits => {
            let base = second;
            if base.is_nan() || base < 2.0 || first.is_nan() || !first.is_finite() {
                return f64::NAN;
            }
            // So many places hold base^places different things.
            let (mut places, mut room) = (1.0, base);
            while room < first {
                (places, room) = (places + 1.0, room * base);
            }
            places
        }
        Call::Series | Call::Parallel if !given.iter().all(|down| share(*down)) => f64::NAN,
        Call::Series => availability::in_series(given),
        Call::Parallel => given.iter().product(),
        Call::Of => {
            let parts = given.get(1..).unwrap_or_default();
            // More than there are can never be up.
            let sound = (0.0..=parts.len() as f64).contains(&first) && libm::trunc(first) == first;
            match sound && parts.iter().all(|down| share(*down)) {
                true => availability::too_few(first as usize, parts),
                false => f64::NAN,
            }
        }
        Call::Up if first < 0.0 || second < 0.0 => f64::NAN,
        Call::Up => availability::down_of(first, second),
        Call::Nines if !share(first) => f64::NAN,
        Call::Nines => availability::nines(first),
        Call::Downtime if !share(first) => f64::NAN,
        Call::Downtime => first,
    }
}
