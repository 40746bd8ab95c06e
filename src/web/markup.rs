//! Lesson prose on the page: its subjects light up, its figures are filled in.

use super::desk::Desk;
use super::ui::{El, button, el};
use crate::draw::scene::Token;
use crate::explainers::Readout;
use crate::explainers::prose::{Piece, figure, pieces};
use leptos::prelude::*;

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
