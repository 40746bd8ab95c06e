//! Lesson prose: `[words](server-6)` is about a subject, `{moved}` is a readout. Nothing else is markup, ever.

use super::desk::Desk;
use crate::explainers::Readout;
use leptos::prelude::*;

#[derive(Debug, PartialEq)]
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
        if !before.is_empty() {
            out.push(Piece::Plain(before));
        }
        out.push(piece);
        rest = after;
    }
    if !rest.is_empty() {
        out.push(Piece::Plain(rest));
    }
    out
}

/// The prose with its figures filled in from `readouts`.
pub fn prose(desk: Desk, text: &'static str, readouts: &[Readout]) -> impl IntoView + use<> {
    let parts = pieces(text).into_iter().map(|piece| match piece {
        Piece::Plain(text) => view! { <>{text}</> }.into_any(),
        Piece::Figure(name) => match readouts.iter().find(|readout| readout.key == name) {
            Some(readout) => {
                let gap = if matches!(readout.unit, "%" | "×") { "" } else { " " };
                let text = format!("{}{gap}{}", readout.text, readout.unit);
                view! { <b class="figure">{text.trim().to_string()}</b> }.into_any()
            }
            None => view! { <>{format!("{{{name}}}")}</> }.into_any(),
        },
        Piece::About(words, subject) => {
            let subject = desk.read(0, |player| player.subject(subject)).flatten();
            view! {
                <button
                    class="about"
                    on:pointerenter=move |_| desk.set_focus(subject)
                    on:pointerleave=move |_| desk.set_focus(None)
                    on:focus=move |_| desk.set_focus(subject)
                    on:blur=move |_| desk.set_focus(None)
                    on:click=move |_| desk.set_follow(subject)
                >{words}</button>
            }
            .into_any()
        }
    });
    parts.collect_view()
}
