//! The gallery: a card for each explainer, drawn from its own first scene.

use super::painter::Painter;
use super::{browser, page, panels};
use crate::explainers::{Entry, REGISTRY, View};
use crate::link::{Complaint, Link};
use leptos::html::{Canvas, Div};
use leptos::prelude::*;

pub fn gallery(bad: Vec<Complaint>) -> impl IntoView {
    browser::set_title("Moving Parts");
    let notes = RwSignal::new(bad);
    view! {
        <header>
            <a class="mark" href="#/">{page::mark()}"Moving Parts"</a>
        </header>
        {panels::notes(notes)}
        <main class="gallery">
            <div class="question">
                <h1>"Distributed systems, running in front of you"</h1>
                <p class="claim">
                    "Each picture runs the real algorithm in your browser. Break it, wind it back, see why, and share the moment as a link."
                </p>
            </div>
            <ul class="bare cards">{REGISTRY.iter().map(card).collect_view()}</ul>
        </main>
    }
}

fn card(entry: &'static Entry) -> impl IntoView {
    let (frame, base, live) = (NodeRef::<Div>::new(), NodeRef::<Canvas>::new(), NodeRef::<Canvas>::new());
    let words = RwSignal::new(String::new());
    Effect::new(move |_| {
        let (Some(frame), Some(base), Some(live)) = (frame.get(), base.get(), live.get()) else { return };
        let (mut player, _) = (entry.open)(&Link { slug: entry.meta.slug.into(), ..Link::default() });
        let width = (frame.client_width() as f32).max(240.0);
        let scene = player.scene(&View::sized(width, width * 0.66));
        words.set(player.describe());
        if let Some(mut painter) = Painter::new(base, live) {
            painter.paint(&scene, browser::theme(), browser::pixel_ratio());
        }
    });
    view! {
        <li class="card">
            <a href=format!("#/{}", entry.meta.slug)>
                <div class="stage" node_ref=frame>
                    <canvas node_ref=base aria-hidden="true"></canvas>
                    <canvas class="live" node_ref=live role="img" aria-label=move || words.get()></canvas>
                </div>
                <div class="card-text">
                    <p class="soft">{entry.meta.title}</p>
                    <h2>{entry.meta.question}</h2>
                    <p>{entry.meta.claim}</p>
                </div>
            </a>
        </li>
    }
}
