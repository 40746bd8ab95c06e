//! Floats as people write them. The standard library prints and reads every float to the last digit, with tables that
//! are a tenth of the download; a few decimals are exact with whole numbers alone.

/// With so many decimals (up to 9), rounded as `format!("{v:.n$}")` does: to the nearest, ties to even. Beyond 2^63
/// it stops.
pub fn fixed(v: f64, decimals: u32) -> String {
    if !v.is_finite() {
        return if v.is_nan() {
            "NaN"
        } else if v < 0.0 {
            "-inf"
        } else {
            "inf"
        }
        .to_string();
    }
    let bits = v.to_bits();
    let (exponent, fraction) = ((bits >> 52 & 0x7ff) as i32, bits & ((1 << 52) - 1));
    let mantissa = if exponent == 0 { fraction } else { fraction | 1 << 52 };
    // The value is mantissa × 2^power, and the mantissa with nine decimals has 83 bits.
    let power = exponent.max(1) - 1075;
    let one = 10u64.pow(decimals.min(9));
    let scaled = u128::from(mantissa) * u128::from(one);
    let units = match power {
        0.. => scaled << power.min(11),
        -127..0 => {
            let (whole, rest) = (scaled >> -power, scaled & ((1 << -power) - 1));
            let half = 1 << (-power - 1);
            whole + u128::from(rest > half || rest == half && whole & 1 == 1)
        }
        _ => 0,
    };
    let (whole, part) = ((units / u128::from(one)) as u64, (units % u128::from(one)) as u64);
    let sign = if v.is_sign_negative() { "-" } else { "" };
    match decimals.min(9) as usize {
        0 => format!("{sign}{whole}"),
        width => format!("{sign}{whole}.{part:0width$}"),
    }
}

/// Reads `12`, `-0.25`, `.5` or `1e3`: exact up to fifteen digits and powers of ten up to 22, and nearly so beyond.
/// `None` for anything else.
pub fn parse(text: &str) -> Option<f64> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let (number, power) = match text.split_once(['e', 'E']) {
        Some((number, power)) => (number, power.parse::<i16>().ok()?),
        None => (text, 0),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && part.is_empty() {
        return None;
    }
    let (mut digits, mut power) = (0u64, i32::from(power));
    for (place, byte) in whole.bytes().chain(part.bytes()).enumerate() {
        if !byte.is_ascii_digit() {
            return None;
        }
        // What comes after nineteen digits only moves the point.
        let kept = digits < 1_000_000_000_000_000_000;
        if kept {
            digits = digits * 10 + u64::from(byte - b'0');
        }
        power += i32::from(!kept) - i32::from(place >= whole.len());
    }
    Some(sign * scaled(digits as f64, power))
}

/// `v` × 10^power: one rounding where both are exact.
fn scaled(mut v: f64, power: i32) -> f64 {
    let mut left = if v == 0.0 { 0 } else { power.unsigned_abs().min(400) };
    while left > 0 {
        let step = left.min(22);
        let ten = 10u64.pow(step.min(19)) as f64 * 10u64.pow(step - step.min(19)) as f64;
        v = if power < 0 { v / ten } else { v * ten };
        left -= step;
    }
    v
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn prints_as_the_standard_library_does(any in any::<f64>(), near in -1e6..1e6f64, eighths in -4000i32..4000) {
            for v in [any, near, f64::from(eighths) / 8.0] {
                if v.is_finite() && v.abs() > 9e18 {
                    continue;
                }
                for decimals in 0..=9 {
                    prop_assert_eq!(fixed(v, decimals), format!("{v:.n$}", n = decimals as usize));
                }
            }
        }

        #[test]
        fn reads_as_the_standard_library_does(digits in 0u64..1_000_000_000_000_000, places in 0usize..15, sign in any::<bool>()) {
            let mut text = format!("{digits:016}");
            text.insert(text.len() - places, '.');
            if sign {
                text.insert(0, '-');
            }
            prop_assert_eq!(parse(&text), text.parse().ok());
        }
    }

    #[test]
    fn reads_numbers_only() {
        for text in ["1", "+1", ".5", "1.", "1e3", "1.5E-3", "0e999", "-0", "1e22", "1e400", "12345678901234567890"] {
            assert_eq!(parse(text), text.parse().ok(), "{text}");
        }
        for text in ["", ".", "-", "1.2.3", "e5", "1e", "--1", "1 ", "0x1", "NaN", "inf", "²", "1e99999"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
