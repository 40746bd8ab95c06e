//! What looks off by a factor of ten or a hundred, and why.

use super::dim::{Base, Dim, plural, singular};
use super::sheet::Sheet;
use super::show::count;
use super::units::is_counted;

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
    let mut all = misspelt(sheet);
    for (i, line) in sheet.lines.iter().enumerate() {
        let Some(outcome) = sheet.outcome(i) else { continue };
        if let Some(word) = small_b(line.text.split('#').next().unwrap_or("")) {
            let prefix = &word[..1];
            all.push((i, format!("“{word}” is read as bits: write {prefix}bit for them, {prefix}B for bytes")));
        }
        if let Some(word) = ambiguous(sheet, i) {
            let why = format!("“/{word}” is read as per {word}: to divide by the line “{word}”, write / {word}");
            all.push((i, why));
        }
        if outcome.value < 0.0 {
            all.push((i, format!("{} is less than nothing", count(outcome.value, &outcome.dim))));
        }
        let found = RULES.iter().find(|rule| rule.is_about(&outcome.dim) && outcome.value > rule.above);
        all.extend(found.map(|rule| (i, format!("{} is much: {}", count(outcome.value, &outcome.dim), rule.why))));
    }
    all
}

/// A noun that something is per, and that is the name of another line: of one that is not itself so much for each.
fn ambiguous(sheet: &Sheet, i: usize) -> Option<&str> {
    let literals = sheet.literals.iter().filter(|(line, _)| *line == i).map(|(_, literal)| literal);
    let per = literals.flat_map(|literal| literal.unit.words.iter().filter(|(word, n)| *n < 0 && is_counted(word)));
    let other = |word: &&str| {
        let line = sheet.find(word).filter(|line| *line != i);
        line.is_some_and(|line| !sheet.lines[line].text.contains(&["/", word].concat()))
    };
    per.map(|(word, _)| word.as_str()).find(other)
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

/// Words that are what they are, however near they are to others.
const PLAIN: &[&str] =
    &["page", "note", "code", "core", "cell", "call", "file", "tile", "item", "image", "like", "line", "cache"];

/// Lines with a noun that is nearly one of the sheet’s, or nearly a time: `usres` beside `users`. It would cancel
/// nothing.
fn misspelt(sheet: &Sheet) -> Vec<(usize, String)> {
    // Each noun with how often it is there, and the lines that have it.
    let mut nouns: Vec<(&str, Vec<usize>)> = Vec::new();
    for (line, literal) in &sheet.literals {
        for (word, _) in literal.unit.words.iter().filter(|(word, _)| is_counted(word)) {
            match nouns.iter_mut().find(|(known, _)| known == word) {
                Some((_, lines)) => lines.push(*line),
                None => nouns.push((word, vec![*line])),
            }
        }
    }
    let common = || RULES.iter().flat_map(|rule| rule.of.iter().chain(rule.per)).chain(TEXTS);
    let known = |word: &str| common().chain(PLAIN).any(|known| *known == word);
    let named =
        |word: &str| sheet.lines.iter().any(|line| line.name.as_deref().is_some_and(|name| singular(name) == word));
    // The more a word is at home here, the less it is a mistake; of equal ones the first is right.
    let home: Vec<_> =
        nouns.iter().zip(0..).map(|((word, lines), n)| (known(word), named(word), lines.len(), -n)).collect();
    let times = ["second", "minute", "hour", "day", "week", "month", "year"];
    let mut all = Vec::new();
    for ((word, lines), at_home) in nouns.iter().zip(&home).filter(|(_, at_home)| !at_home.0) {
        let better = nouns.iter().zip(&home).filter(|(_, other)| *other > at_home).map(|((other, _), _)| *other);
        let found = better.chain(times).find(|other| mistyped(word, other));
        let found = found.or_else(|| common().copied().find(|known| swapped(word, known)));
        if let Some(meant) = found {
            let mut lines = lines.clone();
            lines.dedup();
            all.extend(lines.into_iter().map(|line| {
                // As it was typed: one of them or several.
                let many = plural(word);
                let several = sheet.lines[line].text.split(|c: char| !c.is_alphanumeric()).any(|typed| typed == many);
                let (typed, meant) =
                    if several { (many, plural(meant)) } else { (word.to_string(), meant.to_string()) };
                (line, format!("“{typed}” is counted as something of its own: did you mean “{meant}”?"))
            }));
        }
    }
    all
}

/// Whether two neighbouring letters have changed places.
fn swapped(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let at = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let pair = |of: &[char]| of.get(at).copied().zip(of.get(at + 1).copied());
    let turned = pair(&a).is_some_and(|(x, y)| x != y && pair(&b) == Some((y, x)));
    turned && a.get(at + 2..) == b.get(at + 2..)
}

/// One letter off in a word of four or more, two in one of eight; the first letter is right.
fn mistyped(word: &str, meant: &str) -> bool {
    if word == meant || swapped(word, meant) {
        return word != meant;
    }
    // Who writes is no misspelt write, and tier1 no tier2.
    let doer = |a: &str, b: &str| a.strip_suffix('r') == Some(b);
    if doer(word, meant) || doer(meant, word) || [word, meant].concat().contains(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let (a, b): (Vec<char>, Vec<char>) = (word.chars().collect(), meant.chars().collect());
    let most = match a.len().min(b.len()) {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    };
    a.first() == b.first() && a.len().abs_diff(b.len()) <= most && edits(&a, &b) <= most
}

/// Letters to add, leave out or change, at least (Levenshtein).
fn edits(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut before = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let here = if x == y { before } else { before.min(row[j]).min(row[j + 1]) + 1 };
            before = std::mem::replace(&mut row[j + 1], here);
        }
    }
    row[b.len()]
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
        assert!(says("chunk = 64 MB\na = 1 GB/chunk").contains("to divide by the line “chunk”"));
        assert_eq!(says("key = 50 B/key\na = 500 B/key\npage = 2 kB/page\nmonth = 5\nc = 5 users/month"), "");
        assert!(says("a = 100 posts/user/s").contains("per day?"));
        for (text, meant) in [
            ("users = 5 M users\na = users × 3 posts/usres/day", "users"),
            ("users = 5 M users\na = users × 3 posts/usre/day", "user"),
            ("posts = 300 M psots/day", "posts"),
            ("a = 3 posts/dya", "day"),
            ("a = 3 posts/minut", "minute"),
            ("a = 5 transactions\nc = a / 20 transctions", "transactions"),
            ("a = 5 M cusotmers", "customers"),
        ] {
            assert!(says(text).contains(&format!("did you mean “{meant}”?")), "{text}: {}", says(text));
        }
        let two = "hosts = 5 hosts\nposts = 9 posts\npage = 3 pages\npaper = 2 papers\nnote = 1 note\na = 4 notes/node\n\
                   y1 = 3 writes/writer\nz = 4 tier1 / 3 tier2";
        assert_eq!(says(two), "");
        for plain in
            ["a = 10 M requests/s", "a = 5,000 requests/s/server", "a = 1 kB/post", "a = 1 GB", "a = 300 M users"]
        {
            assert_eq!(says(plain), "", "{plain}");
        }
    }
}
