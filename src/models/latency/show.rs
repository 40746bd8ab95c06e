//! Times as people read them. All are in nanoseconds.

use crate::models::estimate::digits;

pub const US: f64 = 1e3;
pub const MS: f64 = 1e6;
pub const SECOND: f64 = 1e9;

/// To three significant digits, in the unit that leaves the fewest: `0.5 ns`, `250 µs`, `1.25 ms`, `2 s`.
pub fn time(ns: f64) -> String {
    let ns = three(ns);
    let (unit, size) = match ns {
        v if v < US => (" ns", 1.0),
        v if v < MS => (" µs", US),
        v if v < SECOND => (" ms", MS),
        _ => (" s", SECOND),
    };
    [&digits(ns / size), unit].concat()
}

/// Rounded to three significant digits.
fn three(v: f64) -> f64 {
    if !(v.is_finite() && v > 0.0) {
        return 0.0;
    }
    let power = libm::floor(libm::log10(v)) - 2.0;
    let unit = libm::pow(10.0, libm::fabs(power));
    // Dividing by a whole power of ten rounds once; multiplying by its inverse would round twice.
    if power < 0.0 { libm::round(v * unit) / unit } else { libm::round(v / unit) * unit }
}

/// To two significant digits: `8.7`, `43`, `1,200`.
pub fn two(v: f64) -> String {
    if !(v.is_finite() && v > 0.0) {
        return "0".into();
    }
    let unit = libm::pow(10.0, libm::floor(libm::log10(v)) - 1.0);
    digits(libm::round(v / unit) * unit)
}

/// A day, and a month and a year of the Gregorian calendar, in seconds.
const DAY: f64 = 86_400.0;
const MONTH: f64 = YEAR / 12.0;
const YEAR: f64 = 365.25 * DAY;

/// What it would be if a nanosecond were a second: 10⁹ times as long. To two significant digits.
pub fn humanised(ns: f64) -> String {
    let seconds = ns;
    let (size, one, many) = match seconds {
        s if s < 120.0 => (1.0, "second", "seconds"),
        s if s < 7_200.0 => (60.0, "minute", "minutes"),
        s if s < 2.0 * DAY => (3_600.0, "hour", "hours"),
        s if s < 2.0 * MONTH => (DAY, "day", "days"),
        s if s < 2.0 * YEAR => (MONTH, "month", "months"),
        _ => (YEAR, "year", "years"),
    };
    if seconds == 0.5 {
        return "half a second".into();
    }
    let text = two(seconds / size);
    let unit = if text == "1" { one } else { many };
    [&text, " ", unit].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_their_units() {
        for (ns, text) in [
            (0.5, "0.5 ns"),
            (999.9, "1 µs"),
            (999.4, "999 ns"),
            (20_000.0, "20 µs"),
            (1_906.0, "1.91 µs"),
            (250_000.0, "250 µs"),
            (150e6, "150 ms"),
            (999.96e6, "1 s"),
            (3.6e12, "3,600 s"),
            (0.0, "0 ns"),
            (f64::NAN, "0 ns"),
        ] {
            assert_eq!(time(ns), text);
        }
        assert_eq!(two(8.66), "8.7");
        assert_eq!(two(1_234.0), "1,200");
    }

    #[test]
    fn a_nanosecond_is_a_second() {
        for (ns, text) in [
            (0.5, "half a second"),
            (1.0, "1 second"),
            (100.0, "100 seconds"),
            (3_000.0, "50 minutes"),
            (20_000.0, "5.6 hours"),
            (500_000.0, "5.8 days"),
            (10e6, "3.8 months"),
            (150e6, "4.8 years"),
        ] {
            assert_eq!(humanised(ns), text);
        }
    }
}
