//! Numbers as an estimate has them: a few digits, and a word for the thousands.

use crate::sim::decimal;

/// So many significant digits are shown.
const DIGITS: i32 = 4;

/// The power of ten of the first digit: 3 for 1,271; 0 for 0.
pub fn magnitude(v: f64) -> i32 {
    let v = v.abs();
    if v == 0.0 || !v.is_finite() {
        return 0;
    }
    let mut power = libm::floor(libm::log10(v)) as i32;
    // The logarithm may be off by a last bit right at a power of ten.
    if ten(power + 1) <= v {
        power += 1;
    } else if ten(power) > v {
        power -= 1;
    }
    power
}

/// A power of ten: exact from 0 to 22.
pub fn ten(power: i32) -> f64 {
    let all = |n: i32| (0..n.min(330)).fold(1.0, |v, _| v * 10.0);
    if power < 0 { 1.0 / all(-power) } else { all(power) }
}

/// To one significant digit, as one calculates in one's head; what begins with 1 keeps a half: 1.5.
pub fn rough(v: f64) -> f64 {
    let scale = ten(magnitude(v));
    let first = v / scale;
    if !first.is_finite() {
        return v;
    }
    let steps = if first.abs() < 2.0 { 2.0 } else { 1.0 };
    libm::round(first * steps) / steps * scale
}

/// To so many significant digits.
pub fn to_digits(v: f64, digits: i32) -> f64 {
    let power = magnitude(v) - digits + 1;
    match power {
        _ if !v.is_finite() => v,
        // A whole divisor keeps what can be written exactly exact.
        1.. => libm::round(v / ten(power)) * ten(power),
        _ => libm::round(v * ten(-power)) / ten(-power),
    }
}

/// With at most four significant digits, no zeros at the end, and thousands set apart: `1,271`, `12.71`, `0.0042`.
pub fn digits(v: f64) -> String {
    if !v.is_finite() {
        return decimal::fixed(v, 0);
    }
    let places = (DIGITS - 1 - magnitude(v)).clamp(0, 9) as u32;
    let text = decimal::fixed(v.abs(), places);
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let part = part.trim_end_matches('0');
    let mut out = String::from(if v < 0.0 && v != 0.0 { "−" } else { "" });
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if !part.is_empty() {
        out.push('.');
        out.push_str(part);
    }
    out
}

const WORDS: [(i32, &str); 3] = [(12, "trillion"), (9, "billion"), (6, "million")];

/// A number of anything: `3,472`, `150 million`, `2.5×10^18`, `1.2×10^-7`.
pub fn words(v: f64) -> String {
    // A hair below a million is one.
    let power = magnitude(to_digits(v, 9));
    if v != 0.0 && v.is_finite() && !(-5..15).contains(&power) {
        return format!("{}×10^{power}", digits(v / ten(power)));
    }
    match WORDS.iter().find(|(from, _)| power >= *from) {
        Some((from, word)) => format!("{} {word}", digits(v / ten(*from))),
        None => digits(v),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_digits() {
        for (v, text) in [
            (1_271.0, "1,271"),
            (12.71, "12.71"),
            (3_472.222, "3,472"),
            (86_400.0, "86,400"),
            (0.0042, "0.0042"),
            (0.1 + 0.2, "0.3"),
            (0.0, "0"),
            (-5.5, "−5.5"),
            (999_999.0, "999,999"),
        ] {
            assert_eq!(digits(v), text);
        }
        assert_eq!(words(150e6), "150 million");
        assert_eq!(words(2.5e18), "2.5×10^18");
        assert_eq!(words(1.5e-9), "1.5×10^-9");
        assert_eq!(words(5e9), "5 billion");
        assert_eq!(words(-3e6), "−3 million");
    }

    #[test]
    fn magnitudes_at_powers_of_ten() {
        for power in -20..22 {
            assert_eq!(magnitude(ten(power)), power);
            assert_eq!(magnitude(ten(power) * 9.99), power);
        }
        assert_eq!(magnitude(0.0), 0);
        assert_eq!(magnitude(f64::INFINITY), 0);
    }

    #[test]
    fn in_one_s_head() {
        for (v, near) in [(86_400.0, 9e4), (3_472.0, 3e3), (1_271.0, 1.5e3), (0.0, 0.0), (7.0, 7.0), (-260.0, -300.0)] {
            assert!((rough(v) - near).abs() <= near.abs() * 1e-12, "{v}: {}", rough(v));
        }
    }
}
