//! Settings: one schema drives the form, the link and the docs. Every value is a whole number.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// From `min` to `max`; `log`: the slider is logarithmic.
    Number { min: i64, max: i64, log: bool, unit: &'static str },
    /// The value is an index; each option is (the word in links, the label).
    Choice(&'static [(&'static str, &'static str)]),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Knob {
    /// The word in links.
    pub key: &'static str,
    pub label: &'static str,
    /// What it means, with its unit and source where it has one.
    pub help: &'static str,
    pub kind: Kind,
    pub default: i64,
}

pub trait Knobs: Clone + PartialEq + std::fmt::Debug + 'static {
    const SCHEMA: &'static [Knob];
    fn get(&self, i: usize) -> i64;
    /// `value` is within its knob's range.
    fn put(&mut self, i: usize, value: i64);
    fn new() -> Self;
    /// Whether a knob does anything, the others being as they are.
    fn matters(&self, _i: usize) -> bool {
        true
    }
    /// Presses a value into its knob's range.
    fn set(&mut self, i: usize, value: i64) {
        if let Some(knob) = Self::SCHEMA.get(i) {
            self.put(i, knob.clamp(value));
        }
    }
}

impl Knob {
    pub fn range(&self) -> (i64, i64) {
        match self.kind {
            Kind::Number { min, max, .. } => (min, max),
            Kind::Choice(options) => (0, options.len() as i64 - 1),
        }
    }

    pub fn clamp(&self, value: i64) -> i64 {
        let (min, max) = self.range();
        value.clamp(min, max)
    }

    /// The value as links write it.
    pub fn write(&self, value: i64) -> String {
        match self.kind {
            Kind::Number { .. } => value.to_string(),
            Kind::Choice(options) => {
                usize::try_from(value).ok().and_then(|i| options.get(i)).map_or(String::new(), |o| o.0.to_string())
            }
        }
    }

    /// The value as people read it.
    pub fn show(&self, value: i64) -> String {
        match self.kind {
            Kind::Number { unit, .. } => format!("{}{unit}", super::grouped(value)),
            Kind::Choice(options) => {
                usize::try_from(value).ok().and_then(|i| options.get(i)).map_or(String::new(), |o| o.1.to_string())
            }
        }
    }

    /// Reads a link's value. Out of range: the nearest, and what the range is.
    pub fn read(&self, text: &str) -> Result<i64, (Option<i64>, String)> {
        match self.kind {
            Kind::Number { min, max, .. } => match text.parse::<i64>() {
                Ok(n) if (min..=max).contains(&n) => Ok(n),
                Ok(n) => Err((Some(self.clamp(n)), format!("from {min} to {max}; set to {}", self.clamp(n)))),
                Err(_) => Err((None, format!("a whole number from {min} to {max} was expected"))),
            },
            Kind::Choice(options) => match options.iter().position(|option| option.0 == text) {
                Some(i) => Ok(i as i64),
                None => {
                    let words: Vec<&str> = options.iter().map(|option| option.0).collect();
                    Err((None, format!("one of {} was expected", words.join(", "))))
                }
            },
        }
    }

    /// The same of what is typed into a field, where thousands may stand apart: 12,000 and 12 000 are 12000, but 1,5 is no
    /// whole number.
    pub fn typed(&self, text: &str) -> Result<i64, (Option<i64>, String)> {
        let text = text.trim();
        let mut groups = text.trim_start_matches('-').split([',', ' ', '\u{202f}', '\u{a0}']);
        let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
        let apart = groups.next().is_some_and(|first| (1..=3).contains(&first.len()) && digits(first))
            && groups.all(|group| group.len() == 3 && digits(group));
        match apart {
            true => self.read(&text.replace([',', ' ', '\u{202f}', '\u{a0}'], "")),
            false => self.read(text),
        }
    }
}

/// A settings struct from its schema.
#[macro_export]
macro_rules! knobs {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($field:ident : $key:literal, $label:literal, $kind:expr, $default:expr, $help:literal;)* }
     matters($me:ident, $which:ident) $matters:block) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        $vis struct $name { $(#[doc = $help] pub $field: i64,)* }
        impl $crate::explainers::Knobs for $name {
            const SCHEMA: &'static [$crate::explainers::Knob] = &[$($crate::explainers::Knob {
                key: $key, label: $label, help: $help, kind: $kind, default: $default,
            },)*];
            fn get(&self, i: usize) -> i64 {
                [$(self.$field),*].get(i).copied().unwrap_or(0)
            }
            fn put(&mut self, i: usize, value: i64) {
                if let Some(field) = [$(&mut self.$field),*].into_iter().nth(i) {
                    *field = value;
                }
            }
            fn new() -> Self {
                $name { $($field: $default),* }
            }
            fn matters(&self, i: usize) -> bool {
                let $me = self;
                let $which = Self::SCHEMA.get(i).map_or("", |knob| knob.key);
                $matters
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_may_stand_apart() {
        let knob = Knob {
            key: "keys",
            label: "Keys",
            kind: Kind::Number { min: -5_000_000, max: 5_000_000, log: false, unit: "" },
            default: 1,
            help: "",
        };
        for (text, value) in [
            ("12000", 12_000),
            ("12,000", 12_000),
            (" 1 234 567 ", 1_234_567),
            ("7", 7),
            ("-1,000", -1_000),
            ("1234", 1_234),
        ] {
            assert_eq!(knob.typed(text), Ok(value), "{text}");
        }
        for text in ["1,5", "1,50", "12,0000", ",500", "1,,000", "", "1.5", "1e3", "1,000.5", "٣"] {
            assert!(knob.typed(text).is_err(), "{text}");
        }
    }
}
