//! Times as people read them. All are in nanoseconds.

use crate::models::estimate::digits;

pub const US: f64 = 1e3;
pub const MS: f64 = 1e6;
pub const SECOND: f64 = 1e9;

/// To three significant digits, in the unit that leaves the fewest: `0.5 ns`, `250 µs`, `1.25 ms`, `2 s`.
pub fn time(ns: f64) -> String {
    rounded(ns, 3)
}

/// To the digits that it deserves if it may be off by so much: three at most, one at least.
pub fn about(ns: f64, slack: f64) -> String {
    time(deserved(ns, slack))
}

/// The same as a number.
pub fn deserved(ns: f64, slack: f64) -> f64 {
    let off = slack / ns.max(1e-9);
    significant(
        ns,
        if off < 0.005 {
            3
        } else if off < 0.1 {
            2
        } else {
            1
        },
    )
}

/// What was drawn a few thousand times: to two digits.
pub fn drawn(ns: f64) -> String {
    rounded(ns, 2)
}

/// A share of all in per cent; less than all is never said to be all.
pub fn part(share: f64) -> String {
    let tenths = libm::round(share * 1_000.0);
    match share {
        s if s >= 1.0 => "100".into(),
        _ if tenths < 1_000.0 => digits(tenths / 10.0),
        s if s < 0.999_9 => digits(libm::floor(s * 10_000.0) / 100.0),
        _ => "over 99.99".into(),
    }
}

fn rounded(ns: f64, figures: u32) -> String {
    let ns = significant(ns, figures);
    let (unit, size) = match ns {
        v if v < US => (" ns", 1.0),
        v if v < MS => (" µs", US),
        v if v < SECOND => (" ms", MS),
        _ => (" s", SECOND),
    };
    [&digits(ns / size), unit].concat()
}

/// Rounded to so many significant digits.
fn significant(v: f64, figures: u32) -> f64 {
    if !(v.is_finite() && v > 0.0) {
        return 0.0;
    }
    let power = libm::floor(libm::log10(v)) + 1.0 - f64::from(figures);
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
        assert_eq!((about(19_800.0, 0.0), about(19_840.0, 300.0)), ("19.8 µs".into(), "20 µs".into()));
        assert_eq!((about(187e6, 30e6), drawn(14.6)), ("200 ms".into(), "15 ns".into()));
        let parts = [1.0, 0.99999, 0.9996, 0.9976, 0.366, 0.0].map(part);
        assert_eq!(parts, ["100", "over 99.99", "99.96", "99.8", "36.6", "0"]);
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
