//! Link ↔ state. `#/hash-ring?servers=5&vnodes=16&seed=7&t=12.4&do=2s:add;5s:crash(3)`: in the fragment, so that any
//! static host, sub-path or `file://` serves it; readable and writable by hand; good parts apply even if others are bad.

pub mod call;
mod escape;
pub mod frame;
pub mod snippet;

pub use escape::{decode, encode, encode_value};

use crate::sim::{Micros, order::by_time, time};

/// The form of links this version writes. Links without a version are of the first form.
pub const VERSION: u32 = 1;
/// More than this in one link is refused: no honest link comes near.
pub const MAX_ACTIONS: usize = 300;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Link {
    /// Empty: the gallery.
    pub slug: String,
    /// Knobs and the reader's own data: key and value, decoded, in the order they came.
    pub parts: Vec<(String, String)>,
    /// What the other side of a comparison has different.
    pub versus: Option<Vec<(String, String)>>,
    pub seed: Option<u64>,
    pub at: Option<Micros>,
    /// When, and what in the form `crash(3)`.
    pub actions: Vec<(Micros, String)>,
    /// The one thing followed, such as `key-17`.
    pub follow: Option<String>,
    /// Lesson and step, counted from 1.
    pub lesson: Option<(String, usize)>,
    pub play: bool,
}

/// A part of a link (or paste, or file) that could not be used, and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    pub part: String,
    pub why: String,
}

impl Complaint {
    pub fn new(part: impl Into<String>, why: impl Into<String>) -> Complaint {
        Complaint { part: part.into(), why: why.into() }
    }
}

/// Reads a fragment, with or without its `#`. Never fails: what cannot be read is named.
pub fn parse(fragment: &str) -> (Link, Vec<Complaint>) {
    let mut link = Link::default();
    let mut bad = Vec::new();
    let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
    let fragment = fragment.strip_prefix('/').unwrap_or(fragment);
    let (slug, query) = fragment.split_once('?').unwrap_or((fragment, ""));
    link.slug = decode(slug.trim_end_matches('/'));
    for part in query.split('&').filter(|part| !part.is_empty()) {
        if let Err(why) = take(&mut link, part, &mut bad) {
            bad.push(Complaint::new(shorten(&decode(part)), why));
        }
    }
    (link, bad)
}

fn take(link: &mut Link, part: &str, bad: &mut Vec<Complaint>) -> Result<(), String> {
    let (key, value) = part.split_once('=').unwrap_or((part, ""));
    match decode(key).as_str() {
        "v" => match value.parse::<u32>() {
            Ok(version) if version <= VERSION => {}
            Ok(_) => return Err(format!("made by a newer version of this page; read as version {VERSION}")),
            Err(_) => return Err("a version number was expected".into()),
        },
        "seed" => link.seed = Some(value.parse().map_err(|_| "a whole number from 0 to 2^64 − 1 was expected")?),
        "t" => {
            link.at =
                Some(time::parse(value).ok_or("seconds were expected, such as 12.4, and no more than a day, 86400")?)
        }
        "do" => {
            for step in value.split(';').filter(|step| !step.is_empty()) {
                if link.actions.len() >= MAX_ACTIONS {
                    return Err(format!("more than {MAX_ACTIONS} actions; the rest was left out"));
                }
                match step.split_once(':').and_then(|(at, what)| Some((time::parse(&decode(at))?, what))) {
                    Some((at, what)) => link.actions.push((at, what.to_string())),
                    None => bad.push(Complaint::new(
                        format!("do={}", shorten(&decode(step))),
                        "a time and an action were expected, such as 2s:add",
                    )),
                }
            }
            link.actions = by_time(std::mem::take(&mut link.actions));
        }
        "follow" => link.follow = Some(decode(value)),
        "lesson" => {
            let value = decode(value);
            let (slug, step) = value.split_once('.').unwrap_or((&value, "1"));
            let step = step.parse().ok().filter(|step| (1..=99).contains(step));
            link.lesson = Some((slug.to_string(), step.ok_or("a lesson and a step were expected, such as join.3")?));
        }
        "play" => link.play = value != "0",
        "compare" => link.versus = Some(link.versus.take().unwrap_or_default()),
        key => match key.strip_prefix("vs.") {
            Some(key) => link.versus.get_or_insert_default().push((key.to_string(), decode(value))),
            None => link.parts.push((key.to_string(), decode(value))),
        },
    }
    Ok(())
}

/// The fragment of a link, with its `#`.
pub fn write(link: &Link) -> String {
    let mut parts: Vec<String> =
        link.parts.iter().map(|(key, value)| format!("{}={}", encode(key), encode_value(value))).collect();
    match &link.versus {
        Some(versus) if versus.is_empty() => parts.push("compare=1".into()),
        Some(versus) => {
            parts.extend(versus.iter().map(|(key, value)| format!("vs.{}={}", encode(key), encode_value(value))));
        }
        None => {}
    }
    if let Some(seed) = link.seed {
        parts.push(format!("seed={seed}"));
    }
    if let Some((slug, step)) = &link.lesson {
        parts.push(format!("lesson={}.{step}", encode(slug)));
    }
    if let Some(follow) = &link.follow {
        parts.push(format!("follow={}", encode(follow)));
    }
    if !link.actions.is_empty() {
        let steps: Vec<String> =
            link.actions.iter().map(|(at, what)| format!("{}s:{what}", time::seconds(*at))).collect();
        parts.push(format!("do={}", steps.join(";")));
    }
    if let Some(at) = link.at {
        parts.push(format!("t={}", time::seconds(at)));
    }
    if link.play {
        parts.push("play=1".into());
    }
    if !parts.is_empty() && !link.slug.is_empty() {
        parts.insert(0, format!("v={VERSION}"));
    }
    let query = if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) };
    format!("#/{}{query}", encode(&link.slug))
}

/// A text short enough for a message.
pub fn shorten(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_written_by_hand() {
        let (link, bad) = parse("#/hash-ring?servers=5&seed=7&t=12.4&do=5s:crash(3);2s:add&vs.placement=mod-n");
        assert!(bad.is_empty(), "{bad:?}");
        assert_eq!(link.slug, "hash-ring");
        assert_eq!(link.parts, [("servers".to_string(), "5".to_string())]);
        assert_eq!(link.actions, [(2_000_000, "add".to_string()), (5_000_000, "crash(3)".to_string())]);
        assert_eq!((link.seed, link.at), (Some(7), Some(12_400_000)));
        assert_eq!(parse(&write(&link)), (link, vec![]));
    }

    #[test]
    fn bad_parts_are_named_and_good_ones_apply() {
        let (link, bad) = parse("#/x?seed=dog&t=3&do=abc;1s:add&v=99&lesson=a.0");
        assert_eq!((link.at, link.actions.len(), link.seed), (Some(3_000_000), 1, None));
        let parts: Vec<&str> = bad.iter().map(|complaint| complaint.part.as_str()).collect();
        assert_eq!(parts, ["seed=dog", "do=abc", "v=99", "lesson=a.0"]);
    }
}
