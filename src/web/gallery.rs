//! The gallery: a card for each explainer. Its picture is the explainer's own first scene, drawn by the build, so that
//! nothing has to be loaded to show it.

use super::rooms::{CARDS, Card};
use super::ui::{El, div, el, p};
use super::{browser, page, panels};
use crate::link::Complaint;

pub fn gallery(bad: Vec<Complaint>) -> Vec<El> {
    browser::set_title("Moving Parts");
    let notes = div("notes").attr("role", "alert");
    let place = notes.clone();
    let notes = notes.all(panels::messages(bad, move || {
        if let Some(node) = place.node() {
            node.set_text_content(None);
        }
    }));
    let claim = "Each picture runs the real algorithm in your browser. Break it, wind it back, see why, and share the \
                 moment as a link.";
    let question = div("question")
        .add(el("h1").text("Distributed systems, running in front of you").landing())
        .add(p(claim).class("claim"));
    let cards = el("ul").class("bare cards").all(CARDS.iter().map(card));
    vec![el("header").add(page::mark()), notes, el("main").class("gallery").add(question).add(cards)]
}

fn card(card: &'static Card) -> El {
    let poster = |theme: &str| {
        let picture = el("img").attr("src", &format!("posters/{}-{theme}.svg", card.slug)).attr("alt", "");
        picture.attr("width", "640").attr("height", "420").attr("loading", "lazy").class(theme)
    };
    let text = div("card-text").add(p(card.title).class("soft")).add(el("h2").text(card.question)).add(p(card.claim));
    let mark = if card.opening.is_empty() { "" } else { "?" };
    let link = el("a").class("open").attr("href", &["#/", card.slug, mark, card.opening].concat());
    el("li").class("card").add(link.add(poster("light")).add(poster("dark")).add(text))
}
