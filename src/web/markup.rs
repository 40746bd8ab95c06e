//! Lesson prose: `[words](server-6)` is about a subject, `{moved}` is a readout. Nothing else is markup, ever.

use super::desk::Desk;
use super::ui::{El, button, el};
use crate::draw::scene::Token;
use crate::explainers::Readout;
use leptos::prelude::*;

enum Piece<'a> {
    Plain(&'a str),
    About(&'a str, &'a str),
    Figure(&'a str),
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
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

/// The prose with its figures filled in from `readouts`.
pub fn prose(desk: Desk, text: &str, readouts: &[Readout]) -> El {
    prose_in(el("p"), desk, text, readouts)
}

/// The same behind what `line` has already.
pub fn prose_in(line: El, desk: Desk, text: &str, readouts: &[Readout]) -> El {
    pieces(text).into_iter().fold(line, |line, piece| match piece {
        Piece::Plain(text) => line.text(text),
        Piece::Figure(name) => match readouts.iter().find(|readout| readout.key == name) {
            Some(readout) => line.add(el("b").class("figure").text(&figure(readout))),
            None => line.text(&format!("{{{name}}}")),
        },
        Piece::About(words, subject) => {
            let subject = desk.read(0, |player| player.subject(subject)).flatten();
            let about = button(words, move || desk.set_follow(subject)).live_attr("class", move || {
                desk.ticks.focus.track();
                desk.ticks.run.track();
                let ink = subject.and_then(|subject| desk.read(0, |player| player.ink(subject)).flatten());
                let lit = if subject.is_some() && desk.lit() == subject { " lit" } else { "" };
                Some(format!("about {}{lit}", ink.map_or("", name)))
            });
            line.add(
                about
                    .on("pointerenter", move |_| desk.set_focus(subject))
                    .on("pointerleave", move |_| desk.set_focus(None))
                    .on("focus", move |_| desk.set_focus(subject))
                    .on("blur", move |_| desk.set_focus(None)),
            )
        }
    })
}

/// The class of a colour in the style sheet.
fn name(token: Token) -> &'static str {
    match token {
        Token::Blue => "in-blue",
        Token::Orange => "in-orange",
        Token::Green => "in-green",
        Token::Red => "in-red",
        Token::Sky => "in-sky",
        Token::Pink => "in-pink",
        Token::Gold => "in-gold",
        _ => "",
    }
}
