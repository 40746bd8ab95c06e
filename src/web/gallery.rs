//! The gallery: a card for each explainer, drawn from its own first scene.

use super::picture::Picture;
use super::ui::{El, div, el, p};
use super::{browser, page, panels};
use crate::explainers::{Entry, Lesson, REGISTRY, View};
use crate::link::{Complaint, Link};
use std::cell::RefCell;
use std::rc::Rc;

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
    let cards = el("ul").class("bare cards").all(REGISTRY.iter().map(card));
    vec![el("header").add(page::mark()), notes, el("main").class("gallery").add(question).add(cards)]
}

fn card(entry: &'static Entry) -> El {
    let (player, _) = (entry.open)(&Link { slug: entry.meta.slug.into(), ..Link::default() });
    let words = player.describe();
    let player = RefCell::new(player);
    let painter = Rc::new(RefCell::new(None));
    let late = painter.clone();
    let picture = Picture::new(move |width| {
        let width = width.max(240.0);
        let scene = player.borrow_mut().scene(&View::sized(width, width * 0.66));
        if let Some(painter) = &mut *late.borrow_mut() {
            super::painter::Painter::paint(painter, &scene, browser::theme(), browser::pixel_ratio());
        }
    });
    *painter.borrow_mut() = picture.painter;
    picture.top.label(&words);
    let picture_frame = picture.frame;
    let head = el("a")
        .class("open")
        .attr("href", &format!("#/{}", entry.meta.slug))
        .add(p(entry.meta.title).class("soft"))
        .add(el("h2").text(entry.meta.question))
        .add(p(entry.meta.claim));
    let lesson = |lesson: &Lesson| {
        let steps = el("span").class("soft").text(&format!("{} steps", lesson.steps.len()));
        let link = el("a").attr("href", &format!("#/{}?lesson={}.1", entry.meta.slug, lesson.slug));
        el("li").add(link.add(el("span").text(lesson.title)).add(steps))
    };
    let lessons = el("ol").class("bare chapters").all((entry.lessons)().iter().map(lesson));
    let picture = el("a").class("open").attr("href", &format!("#/{}", entry.meta.slug)).attr("tabindex", "-1");
    let inside = div("inside").add(picture.add(picture_frame)).add(div("card-text").add(head).add(lessons));
    el("li").class(if REGISTRY.len() == 1 { "card only" } else { "card" }).add(inside)
}
