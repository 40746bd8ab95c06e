//! Lesson prose: `[words](server-6)` is about a subject, `{moved}` is a readout. Nothing else is markup, ever.

use super::Readout;

pub enum Piece<'a> {
    Plain(&'a str),
    /// Words, and the subject they are about.
    About(&'a str, &'a str),
    /// A readout's key.
    Figure(&'a str),
}

pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['[', '{']) {
        let (before, here) = rest.split_at(at);
        let about = here.strip_prefix('[').and_then(|inside| {
            let (words, after) = inside.split_once("](")?;
            let (subject, after) = after.split_once(')')?;
            Some((Piece::About(words, subject), after))
        });
        let found = about.or_else(|| {
            let (name, after) = here.strip_prefix('{')?.split_once('}')?;
            Some((Piece::Figure(name), after))
        });
        let Some((piece, after)) = found else { break };
        out.push(Piece::Plain(before));
        out.push(piece);
        rest = after;
    }
    out.push(Piece::Plain(rest));
    out
}

/// A readout as a text: the number with its unit.
pub fn figure(readout: &Readout) -> String {
    let gap = if matches!(readout.unit, "%" | "×" | "") { "" } else { " " };
    format!("{}{gap}{}", readout.text, readout.unit)
}

/// The same words without links, their figures filled in; what is no figure stays as it is written.
pub fn plain(text: &str, readouts: &[Readout]) -> String {
    let mut out = String::new();
    for piece in pieces(text) {
        match piece {
            Piece::Plain(words) | Piece::About(words, _) => out.push_str(words),
            Piece::Figure(name) => match readouts.iter().find(|readout| readout.key == name) {
                Some(readout) => out.push_str(&figure(readout)),
                None => out.extend(["{", name, "}"]),
            },
        }
    }
    out
}
