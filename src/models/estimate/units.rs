//! Words that stand for units, and for how many of something there are.

use super::dim::{Base, Dim, singular};

/// A unit, or a quotient of several, with how many seconds, bytes or things it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// Each word as it is shown, with 1 or −1.
    pub words: Vec<(String, i16)>,
    pub factor: f64,
    pub dim: Dim,
}

impl Unit {
    pub fn none() -> Unit {
        Unit { words: Vec::new(), factor: 1.0, dim: Dim::plain() }
    }

    /// Times another, or over it.
    pub fn and(mut self, other: Unit, over: bool) -> Unit {
        let sign = if over { -1 } else { 1 };
        self.words.extend(other.words.into_iter().map(|(word, n)| (word, n * sign)));
        match over {
            true => {
                self.factor /= other.factor;
                self.dim = self.dim.over(&other.dim);
            }
            false => {
                self.factor *= other.factor;
                self.dim = self.dim.times(&other.dim);
            }
        }
        self
    }
}

const K: f64 = 1e3;
const KI: f64 = 1024.0;

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3_600.0;
const DAY: f64 = 86_400.0;
const YEAR: f64 = 365.0 * DAY;

/// Singular word, and seconds.
const TIMES: &[(&str, f64)] = &[
    ("ns", 1e-9),
    ("nanosecond", 1e-9),
    ("us", 1e-6),
    ("µs", 1e-6),
    ("μs", 1e-6),
    ("microsecond", 1e-6),
    ("ms", 1e-3),
    ("msec", 1e-3),
    ("millisecond", 1e-3),
    ("s", 1.0),
    ("sec", 1.0),
    ("second", 1.0),
    ("min", MINUTE),
    ("minute", MINUTE),
    ("h", HOUR),
    ("hr", HOUR),
    ("hrs", HOUR),
    ("hour", HOUR),
    ("d", DAY),
    ("day", DAY),
    ("week", 7.0 * DAY),
    ("month", YEAR / 12.0),
    ("year", YEAR),
    ("yr", YEAR),
    ("yrs", YEAR),
];

/// Prefix, its power of 1,000, and whether it is of 1,024 instead.
const PREFIXES: &[(&str, i32, bool)] = &[
    ("Ki", 1, true),
    ("Mi", 2, true),
    ("Gi", 3, true),
    ("Ti", 4, true),
    ("Pi", 5, true),
    ("Ei", 6, true),
    ("k", 1, false),
    ("K", 1, false),
    ("M", 2, false),
    ("G", 3, false),
    ("T", 4, false),
    ("P", 5, false),
    ("E", 6, false),
    ("", 0, false),
];

fn power(base: f64, n: i32) -> f64 {
    (0..n).fold(1.0, |all, _| all * base)
}

/// A unit by its word; `None`: not one of ours, so it may be a noun.
pub fn unit(word: &str) -> Option<Unit> {
    let made = |text: &str, factor: f64, dim: Dim| Some(Unit { words: vec![(text.to_string(), 1)], factor, dim });
    let one = singular(word);
    if let Some((_, seconds)) = TIMES.iter().find(|(known, _)| *known == word || *known == one) {
        let singular = one.len() > 3 || one == "day";
        return made(if singular { &one } else { word }, *seconds, Dim::of(Base::Time));
    }
    match word {
        "$" | "USD" | "dollar" | "dollars" => return made("$", 1.0, Dim::of(Base::Dollar)),
        "€" | "EUR" | "euro" | "euros" => return made("€", 1.0, Dim::of(Base::Euro)),
        "byte" | "bytes" => return made("B", 1.0, Dim::of(Base::Data)),
        "rps" => return Some(thing("request").and(unit("s")?, true)),
        "qps" => return Some(thing("query").and(unit("s")?, true)),
        _ => {}
    }
    // Bits per second as providers of networks write them.
    if let Some(bits) = word.strip_suffix("bps") {
        return Some(unit(&format!("{bits}bit"))?.and(unit("s")?, true));
    }
    // In full letters.
    const FULL: [(&str, &str); 10] = [
        ("kilo", "k"),
        ("mega", "M"),
        ("giga", "G"),
        ("tera", "T"),
        ("peta", "P"),
        ("kibi", "Ki"),
        ("mebi", "Mi"),
        ("gibi", "Gi"),
        ("tebi", "Ti"),
        ("pebi", "Pi"),
    ];
    let full = FULL.iter().find_map(|(long, short)| Some((short, one.strip_prefix(long)?)));
    match full {
        Some((short, "byte")) => return unit(&format!("{short}B")),
        Some((short, "bit")) => return unit(&format!("{short}bit")),
        _ => {}
    }
    let sizes = [("bits", 0.125, "bit"), ("bit", 0.125, "bit"), ("B", 1.0, "B"), ("b", 0.125, "bit")];
    for (end, bytes, shown) in sizes {
        let Some(prefix) = word.strip_suffix(end) else { continue };
        let Some((prefix, n, binary)) = PREFIXES.iter().find(|(known, ..)| *known == prefix) else { continue };
        let factor = bytes * power(if *binary { KI } else { K }, *n);
        // 1,000 is how prefixes are written that way: kB.
        let prefix = if *prefix == "K" { "k" } else { prefix };
        return made(&format!("{prefix}{shown}"), factor, Dim::of(Base::Data));
    }
    None
}

/// Something that is counted.
pub fn thing(noun: &str) -> Unit {
    let one = singular(noun);
    Unit { words: vec![(one.clone(), 1)], factor: 1.0, dim: Dim::of(Base::Thing(one.into())) }
}

/// Whether a word stands for something that is counted.
pub fn is_counted(word: &str) -> bool {
    unit(word).is_none()
}

/// A time in full letters, of which there may be several: days, but no ms.
pub fn is_long_time(word: &str) -> bool {
    ["day", "week", "month", "year", "hour", "minute", "second"].iter().any(|known| word.ends_with(known))
}

/// How many: `300 M`, `2 billion`.
pub fn scale(word: &str) -> Option<f64> {
    Some(match word {
        "k" | "K" | "thousand" => 1e3,
        "M" | "million" | "mn" | "mln" | "mio" => 1e6,
        "G" | "billion" | "bn" => 1e9,
        "T" | "trillion" | "tn" => 1e12,
        "%" | "percent" => 0.01,
        _ => return None,
    })
}

/// A word that could be several things, and what to write instead.
pub fn unclear(word: &str) -> Option<&'static str> {
    match word {
        "m" => Some("“m” may be minutes, months or a million: write min, month or M"),
        "mB" | "mb" => Some("“m” is a thousandth: write MB, Mbit or MiB"),
        "mil" => Some("“mil” may be a thousand or a million: write k or M"),
        "Mo" | "mo" => Some("write month"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_and_binary_bits_and_bytes() {
        for (word, bytes) in [
            ("kB", 1e3),
            ("KB", 1e3),
            ("KiB", 1024.0),
            ("MB", 1e6),
            ("MiB", 1_048_576.0),
            ("GB", 1e9),
            ("TB", 1e12),
            ("PB", 1e15),
            ("bit", 0.125),
            ("Mb", 125_000.0),
            ("Gbit", 1.25e8),
            ("bytes", 1.0),
            ("megabytes", 1e6),
            ("gibibyte", 1_073_741_824.0),
            ("kilobits", 125.0),
        ] {
            let unit = unit(word).unwrap();
            assert_eq!((unit.factor, unit.dim), (bytes, Dim::of(Base::Data)), "{word}");
        }
        let network = unit("Gbps").unwrap();
        assert_eq!(network.factor, 1.25e8);
        assert_eq!(network.dim, Dim::of(Base::Data).over(&Dim::of(Base::Time)));
        assert_eq!(unit("KiB").unwrap().words[0].0, "KiB");
        assert_eq!(unit("KB").unwrap().words[0].0, "kB");
    }

    #[test]
    fn times() {
        assert_eq!(unit("days").unwrap().factor, 86_400.0);
        assert_eq!(unit("year").unwrap().factor, 31_536_000.0);
        assert_eq!(unit("month").unwrap().factor, 2_628_000.0);
        assert_eq!(unit("ms").unwrap().factor, 1e-3);
        assert_eq!(unit("user"), None);
        assert_eq!(unit(""), None);
    }
}
