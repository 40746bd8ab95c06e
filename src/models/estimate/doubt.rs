//! What looks off by a factor of ten or a hundred, and why.

use super::dim::{Base, Dim};
use super::sheet::Sheet;
use super::show::count;

/// What is doubted: nouns that stand above and below the line, whether it is data, whether it is per second, from
/// where on, and what to say.
struct Rule {
    of: &'static [&'static str],
    per: &'static [&'static str],
    data: bool,
    a_second: bool,
    above: f64,
    why: &'static str,
}

const WORK: &[&str] = &["request", "query", "read", "write", "post", "message", "event", "operation"];
const MACHINES: &[&str] = &["server", "machine", "node", "instance", "host", "broker"];
const TEXTS: &[&str] = &["post", "message", "tweet", "comment", "record", "row", "event", "url", "link"];

const RULES: &[Rule] = &[
    Rule {
        of: WORK,
        per: MACHINES,
        data: false,
        a_second: true,
        above: 1e6,
        why: "one server answers some thousand to some hundred thousand requests a second, a cache in memory about a million",
    },
    Rule {
        of: &[],
        per: TEXTS,
        data: true,
        a_second: false,
        above: 100e6,
        why: "text is some hundred bytes, a picture about 1 MB, a minute of video some 10 MB",
    },
    Rule {
        of: &[],
        per: &["user", "customer", "person", "people"],
        data: true,
        a_second: false,
        above: 1e12,
        why: "that is a whole disk for each user",
    },
    Rule {
        of: WORK,
        per: &["user", "customer"],
        data: false,
        a_second: true,
        above: 10.0,
        why: "nobody does something ten times a second all day: is it meant per day?",
    },
    Rule {
        of: &["user", "customer", "person", "people"],
        per: &[],
        data: false,
        a_second: false,
        above: 8.3e9,
        why: "there are about 8 billion people",
    },
    Rule {
        of: &[],
        per: MACHINES,
        data: true,
        a_second: true,
        above: 100e9 / 8.0 * 4.0,
        why: "a fast network card carries 100 Gbit/s, which is 12.5 GB/s",
    },
    Rule {
        of: MACHINES,
        per: &[],
        data: false,
        a_second: false,
        above: 1e6,
        why: "the largest companies have some million servers in all",
    },
];

/// Lines whose value is hard to believe, with the reason.
pub fn doubts(sheet: &Sheet) -> Vec<(usize, String)> {
    let mut all = Vec::new();
    for (i, line) in sheet.lines.iter().enumerate() {
        let Some(outcome) = sheet.outcome(i) else { continue };
        if let Some(word) = small_b(line.text.split('#').next().unwrap_or("")) {
            let prefix = &word[..1];
            all.push((i, format!("“{word}” is read as bits: write {prefix}bit for them, {prefix}B for bytes")));
        }
        if outcome.value < 0.0 {
            all.push((i, format!("{} is less than nothing", count(outcome.value, &outcome.dim))));
        }
        let found = RULES.iter().find(|rule| rule.is_about(&outcome.dim) && outcome.value > rule.above);
        all.extend(found.map(|rule| (i, format!("{} is much: {}", count(outcome.value, &outcome.dim), rule.why))));
    }
    all
}

/// `5 Kb`, which many write for kilobytes. By the second it is bits to everybody.
fn small_b(text: &str) -> Option<&str> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut from = 0;
    while let Some(at) = text.get(from..)?.find(['k', 'K', 'M', 'G', 'T', 'P']).map(|at| from + at) {
        let (before, found, after) = (text.get(..at)?, text.get(at..at + 2), text.get(at + 2..).unwrap_or(""));
        let alone = !before.ends_with(|c: char| word(c) && !c.is_ascii_digit()) && !after.starts_with(word);
        let number = before.trim_end().ends_with(|c: char| c.is_ascii_digit());
        if found.is_some_and(|found| found.ends_with('b')) && alone && number && !after.starts_with("/s") {
            return found;
        }
        from = at + 1;
    }
    None
}

impl Rule {
    fn is_about(&self, dim: &Dim) -> bool {
        let noun = |sign: i16, nouns: &[&str]| {
            let mut found = dim.parts().iter().filter_map(|(base, n)| match base {
                Base::Thing(noun) if n.signum() == sign => Some(&**noun),
                _ => None,
            });
            let (first, second) = (found.next(), found.next());
            second.is_none() && first.is_none_or(|noun| nouns.contains(&noun)) && first.is_some() != nouns.is_empty()
        };
        let data = dim.exponent(&Base::Data) == i16::from(self.data);
        let time = dim.exponent(&Base::Time) == -i16::from(self.a_second);
        let money = dim.exponent(&Base::Dollar) != 0 || dim.exponent(&Base::Euro) != 0;
        data && time && !money && noun(1, self.of) && noun(-1, self.per)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hard_to_believe() {
        let says = |text: &str| doubts(&Sheet::read(text)).into_iter().map(|(_, why)| why).collect::<String>();
        assert!(says("a = 10 M requests/s/server").contains("a million"));
        assert!(says("a = 1 GB/post").contains("some hundred bytes"));
        assert!(says("a = 20 billion users").contains("8 billion people"));
        assert!(says("a = 5 MB − 8 MB").contains("less than nothing"));
        assert!(says("a = 5 Kb/post").contains("KB for bytes"));
        assert_eq!(says("a = 5 Mb/s"), "");
        assert!(says("a = 100 posts/user/s").contains("per day?"));
        for plain in
            ["a = 10 M requests/s", "a = 5,000 requests/s/server", "a = 1 kB/post", "a = 1 GB", "a = 300 M users"]
        {
            assert_eq!(says(plain), "", "{plain}");
        }
    }
}
