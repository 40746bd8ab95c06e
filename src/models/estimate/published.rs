//! What somebody else got, written behind a line: `peak = … # published: 4,000 posts/s; 2 × 3,500 is 7,000`.

use super::sheet::Sheet;

/// Figures on a whiteboard are rounded: 86,400 s to 10^5, 219 to 200. What is further off is no rounding.
const ROUNDED: f64 = 1.25;

/// A published figure beside ours.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    /// In base units.
    pub value: f64,
    /// As its author wrote it; where several are told apart, each by name: `notes: 4,000 posts/s; Xu: 7,000 posts/s`.
    pub text: String,
    /// The same with “published” before it where nobody is named.
    pub said: String,
    /// Ours over theirs; of availabilities what is missing in ours over what is in theirs.
    pub times: f64,
    /// What there is to say about it; may be empty.
    pub remark: String,
    pub agrees: bool,
}

/// The published figure of a line, if it names one of the same kind as its own.
pub fn published(sheet: &Sheet, line: usize) -> Option<Published> {
    let outcome = sheet.outcome(line)?;
    let (_, note) = sheet.lines.get(line)?.text.split_once('#')?;
    let rest = note.trim_start().strip_prefix("published:")?;
    let (first, mut remark) = rest.split_once(';').unwrap_or((rest, ""));
    let figure = |text: &str| {
        let theirs = Sheet::read(text.trim());
        Some(theirs.outcome(0).filter(|found| found.dim.meets(&outcome.dim))?.clone())
    };
    let (who, text) = by_whom(first);
    let found = figure(text)?;
    let mut text = match who {
        Some(who) => format!("{who}: {}", text.trim()),
        None => text.trim().to_string(),
    };
    // Another one’s figure for the same.
    if who.is_some() {
        let (second, rest) = remark.split_once(';').unwrap_or((remark, ""));
        if let (Some(who), other) = by_whom(second)
            && figure(other).is_some()
        {
            text += &format!("; {who}: {}", other.trim());
            remark = rest;
        }
    }
    let said = if who.is_some() { text.clone() } else { format!("published {text}") };
    // Of an availability it counts how much is missing.
    let times = match outcome.down {
        Some(down) => down / (1.0 - found.value),
        None => outcome.value / found.value,
    };
    let agrees = times.is_finite() && times <= ROUNDED && times * ROUNDED >= 1.0 || outcome.value == found.value;
    Some(Published { value: found.value, text, said, times, remark: remark.trim().into(), agrees })
}

/// “Xu 7,000 posts/s”: whose it is, and the figure.
fn by_whom(text: &str) -> (Option<&str>, &str) {
    match text.trim().split_once(' ') {
        Some((who, figure)) if who.chars().all(char::is_alphabetic) => (Some(who), figure),
        _ => (None, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_got() {
        let of = |text: &str| published(&Sheet::read(text), 0);
        let slip = of("peak = 7,000 posts/s # published: 4,000 posts/s; 2 × 3,500 is 7,000").unwrap();
        assert_eq!((slip.agrees, slip.times, slip.remark.as_str()), (false, 1.75, "2 × 3,500 is 7,000"));
        let two = of("peak = 7,000 posts/s # published: notes 4,000 posts/s; Xu 7,000 posts/s; a slip").unwrap();
        assert_eq!((two.agrees, two.said.as_str()), (false, "notes: 4,000 posts/s; Xu: 7,000 posts/s"));
        assert_eq!(two.remark, "a slip");
        assert!(of("a = 46.3 MB/s # published: 40 MB/s").unwrap().agrees);
        assert!(!of("a = 29 MB/s # published: 40 MB/s").unwrap().agrees);
        assert_eq!(of("a = 5 MB # published: 5 users"), None, "that is of something else");
        assert_eq!(of("a = 5 MB # five"), None);
        assert!(of("a = 0 # published: 0").unwrap().agrees);
        assert!(of("a = series(99.9%; 99.9%) # published: 99.8%").unwrap().agrees);
        assert!(!of("a = series(99.9%; 99.9%) # published: 99.98%").unwrap().agrees, "ten times as long down");
    }
}
