//! The page of an explainer.

use super::desk::{Desk, Dialog};
use super::ui::{El, button, div, effect, el, p, svg};
use super::{browser, controls, dialogs, frame, keys, lessons, panels, rooms, stage, transport};
use crate::link::frame::{Kind, Show};
use leptos::prelude::*;

pub fn page(desk: Desk) -> Vec<El> {
    let Some(meta) = desk.read(0, |player| player.meta()) else { return Vec::new() };
    browser::set_title(&format!("{} · Moving Parts", meta.title));
    keys::listen(desk);
    on_cleanup(move || desk.close());
    let compare = move || match desk.comparing() {
        true => desk.set_compare(None),
        false => desk.set_compare(Some(Vec::new())),
    };
    let track = move || desk.ticks.mode.track();
    let compare = button("Compare", compare).pressed(move || {
        track();
        desk.comparing()
    });
    let has_data = desk.read(0, |player| player.takes_data()).unwrap_or(false);
    let data = has_data.then(|| {
        button("", move || desk.set_dialog(Some(Dialog::Data)))
            .add(el("span").class("hide").text("Your data"))
            .add(el("span").class("only-small").text("Data"))
    });
    let share = button("Share", move || desk.set_dialog(Some(Dialog::Share))).class("primary");
    let help = button("?", move || desk.set_dialog(Some(Dialog::Keys))).class("hide").label("Keyboard keys");
    let nav = el("nav").label("This explainer").add(compare).maybe(data).add(share).add(help);
    let header = el("header").add(mark()).add(el("span").class("soft hide").text(meta.title)).add(nav);
    let card = card(desk);
    // Where nothing moves, the text is what one works with, and the picture follows it.
    let (first, second) = match (rooms::pad(desk), desk.still()) {
        (pad, true) => (pad, Some(card)),
        (pad, false) => (Some(card), pad),
    };
    // Before a class, what a step says to look at stands beside the picture: its charts, and the figures.
    let shown = move |class: &str, make: fn(Desk) -> El| {
        let presenting = move || {
            desk.ticks.mode.track();
            u64::from(desk.presenting())
        };
        div(class).live(presenting, move || if desk.presenting() { vec![make(desk)] } else { Vec::new() })
    };
    let column = div("column").maybe(first).maybe(second).add(shown("contents", rooms::step_charts));
    let column = column.add(panels::figures(desk)).maybe(rooms::measured(desk)).add(rooms::charts(desk));
    let figures = shown("contents shown", panels::figures);
    let aside = el("aside")
        .add(lessons::lessons(desk))
        .add(figures)
        .add(controls::settings(desk))
        .add(panels::checks(desk))
        .maybe((!desk.still()).then(|| panels::log(desk)))
        .add(panels::runs(desk));
    let question = div("question").add(el("h1").text(meta.question).landing()).add(p(meta.claim).class("claim"));
    let main = el("main").add(question).add(column).add(aside).add(panels::fine_print(meta));
    let body = main.clone();
    effect(move || {
        desk.ticks.mode.track();
        let class = if desk.comparing() { "compared" } else { "" };
        let _ = body.clone().class(class);
    });
    let class = shown("contents", |desk| rooms::class(desk, rooms::Class::Present));
    if frame::kind() == Kind::Present {
        desk.present(true);
    }
    vec![header, panels::notes(desk), main, dialogs::dialogs(desk), class]
}

/// Whether a class looks at a step that is about the first picture alone.
fn single(desk: Desk) -> bool {
    desk.presenting() && lessons::here(desk).is_some_and(|(_, step)| step.single)
}

/// The picture with what belongs to it. A figure in somebody's page may have less of it.
pub fn card(desk: Desk) -> El {
    let below = desk.read(0, |player| player.diagram_below()).unwrap_or(false);
    let stages =
        div(if below { "stages below" } else { "stages" }).add(stage::stage(desk, 0)).add(div("contents").live(
            move || {
                desk.ticks.mode.track();
                u64::from(desk.comparing()) + 2 * u64::from(single(desk))
            },
            move || match desk.comparing() {
                _ if single(desk) => Vec::new(),
                true if below => {
                    let diagrams = (0..2).filter_map(|side| stage::diagram(desk, side, "diagram-side half"));
                    std::iter::once(stage::stage(desk, 1)).chain(diagrams).collect()
                }
                true => vec![stage::stage(desk, 1)],
                false => stage::diagram(desk, 0, "diagram-side").into_iter().collect(),
            },
        ));
    let moves = !desk.still() && frame::shows(Show::TRANSPORT);
    let caption = frame::shows(Show::CAPTION).then(|| panels::caption(desk));
    // Two pictures below each other are higher than most screens: what is told stays beside the first then.
    let (between, after) = if below { (caption, None) } else { (None, caption) };
    let stages = stages.maybe(between);
    el("section")
        .class("card stage-card")
        .label("The picture")
        .add(stages)
        .maybe(stage::hints(desk).filter(|_| frame::shows(Show::ACTIONS)))
        .maybe(after)
        .add(panels::heard(desk))
        .maybe(moves.then(|| transport::transport(desk)))
        .maybe(frame::shows(Show::ACTIONS).then(|| controls::actions(desk)))
}

pub fn mark() -> El {
    let dot = |class: &str, x: &str, y: &str| {
        svg("circle").class(class).attr("cx", x).attr("cy", y).attr("r", "2.6").attr("stroke", "none")
    };
    let ring = svg("circle").attr("cx", "12").attr("cy", "12").attr("r", "9");
    let sign = svg("svg")
        .attr("viewBox", "0 0 24 24")
        .attr("fill", "none")
        .attr("stroke", "currentColor")
        .attr("stroke-width", "2.4")
        .attr("aria-hidden", "true")
        .add(ring)
        .add(dot("fill-orange", "12", "3"))
        .add(dot("fill-blue", "19.8", "16.5"))
        .add(dot("fill-green", "4.2", "16.5"));
    el("a").class("mark").attr("href", "#/").label("Moving Parts").add(sign).add(el("span").text("Moving Parts"))
}
