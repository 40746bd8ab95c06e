//! What an author takes along to show this in a page of their own.

use super::desk::Desk;
use super::ui::{El, button, div, effect, el, p, select, value_of};
use super::{browser, rooms};
use crate::draw::theme::Theme;
use crate::link;
use crate::link::frame::{CONTROLS, Frame, Kind, Show};
use crate::link::snippet::Figure;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::HtmlTextAreaElement;

/// In words; as wide as its place or so wide; as high as what is in it or so high.
const SIZES: [(&str, Option<u32>, Option<u32>); 5] = [
    ("as wide as its place", None, None),
    ("720 × 480", Some(720), Some(480)),
    ("960 × 600", Some(960), Some(600)),
    ("1280 × 720 (a slide)", Some(1280), Some(720)),
    ("360 × 640 (a phone)", Some(360), Some(640)),
];

const KINDS: [(&str, &str); 3] = [
    ("Element", "One script, and as many figures as you like: they size themselves and load when they come near."),
    ("iframe", "For a page that takes no scripts."),
    ("Markdown", "For a place where nothing moves: a picture, with a link to exactly this."),
];

pub fn panel(desk: Desk) -> El {
    let status = el("span").class("soft").attr("role", "status");
    let lesson = desk.lesson().is_some();
    let usual = Show::USUAL.with(Show::LESSON, lesson).with(Show::TEXT, desk.still());
    let (kind, size) = (RwSignal::new(0usize), RwSignal::new(0usize));
    // Of Markdown: the explainer's card, or this moment.
    let card = RwSignal::new(false);
    let (theme, show) = (RwSignal::new(String::from("auto")), RwSignal::new(usual.bits()));
    // Steps of the lesson, counted from 1.
    let most = desk.lesson().and_then(|place| {
        desk.read(0, |player| player.lessons().get(place.lesson).map(|lesson| lesson.steps.len())).flatten()
    });
    let most = most.unwrap_or(0);
    let (first, last) = (RwSignal::new(1), RwSignal::new(most));
    let link = desk.link();
    let title = desk.read(0, |player| player.meta().question).unwrap_or_default();
    let slug = desk.slug();
    let name = desk.file_name("", "png");
    let saved = name.clone();
    let code = move || {
        let chosen = Show::of_bits(show.get());
        let frame = Frame {
            kind: Kind::Embed,
            // What the usual figure leaves out by itself need not be said.
            show: if chosen == usual { Show::USUAL } else { chosen },
            theme: match theme.get().as_str() {
                "light" => Some(Theme::Light),
                "dark" => Some(Theme::Dark),
                _ => None,
            },
            steps: Some((first.get(), last.get())).filter(|steps| lesson && *steps != (1, most)),
            ..Frame::default()
        };
        let (_, width, height) = SIZES[size.get().min(SIZES.len() - 1)];
        let (page, fragment) = (browser::page_address(), link::write(&link));
        let figure = Figure { page: &page, slug, fragment: &fragment, title, frame: &frame, height, width };
        match kind.get() {
            0 => figure.element(),
            1 => figure.iframe(),
            _ => figure.markdown(Some(name.as_str()).filter(|_| !card.get())),
        }
    };
    let area = el("textarea").class("mono").label("Code").attr("readonly", "").attr("rows", "4");
    let area = area.attr("spellcheck", "false");
    let field = area.cast::<HtmlTextAreaElement>();
    {
        let (field, code) = (field.clone(), code.clone());
        effect(move || {
            if let Some(field) = &field {
                field.set_value(&code());
            }
        });
    }
    let tab = move |(i, (name, _)): (usize, &(&str, &str))| {
        button(name, move || kind.set(i)).pressed(move || kind.get() == i)
    };
    let tabs = div("seg").attr("role", "group").label("How").all(KINDS.iter().enumerate().map(tab));
    let about = p("").class("soft").live_text(move || KINDS[kind.get().min(2)].1.to_string());
    let sizes = SIZES.iter().enumerate().map(|(i, (name, ..))| (i.to_string(), name.to_string())).collect();
    let sizes = select(sizes, move || size.get().to_string())
        .label("Size of the figure")
        .on("change", move |event| size.set(value_of(&event).parse().unwrap_or(0)));
    let themes = [("auto", "the reader’s theme"), ("light", "light"), ("dark", "dark")];
    let themes = themes.map(|(value, name)| (value.to_string(), name.to_string())).to_vec();
    let themes = select(themes, move || theme.get())
        .label("Theme of the figure")
        .on("change", move |event| theme.set(value_of(&event)));
    let has = move |part: Show| match part {
        Show::TEXT => desk.read(0, |player| !player.page_label().is_empty()).unwrap_or(false),
        Show::LESSON => lesson,
        part if Show::TRANSPORT.any(part) => !desk.still(),
        _ => true,
    };
    let choice = move |(_, part, name): &(&str, Show, &str)| {
        let part = *part;
        let toggle =
            move || show.update(|bits| *bits = Show::of_bits(*bits).with(part, !Show::of_bits(*bits).any(part)).bits());
        button(name, toggle).pressed(move || Show::of_bits(show.get()).any(part))
    };
    let step = move |label: &str, of: RwSignal<usize>, other: RwSignal<usize>, least: bool| {
        let all = (1..=most).map(|i| (i.to_string(), i.to_string())).collect();
        let set = move |event| {
            let to = value_of(&event).parse().unwrap_or(1);
            of.set(to);
            other.update(|other| *other = if least { to.max(*other) } else { to.min(*other) });
        };
        select(all, move || of.get().to_string()).label(label).on("change", set)
    };
    let steps = lesson.then(|| {
        let (from, to) = (step("First step", first, last, true), step("Last step", last, first, false));
        div("row").add(el("span").text("Steps")).add(from).add(el("span").text("to")).add(to)
    });
    let choices = div("row").all(CONTROLS.iter().filter(|(_, part, _)| has(*part)).map(choice));
    let choices = el("details").add(el("summary").text("What it has besides the picture")).add(choices);
    let told = status.clone();
    let copy = button("Copy the code", move || {
        let (text, said) = (field.as_ref().map(|field| field.value()).unwrap_or_default(), told.clone());
        spawn_local(async move {
            let done = browser::copy(text).await;
            if let Some(node) = said.node() {
                node.set_text_content(Some(match done {
                    true => "Copied.",
                    false => "The browser keeps its clipboard closed here: select the code and copy it by hand.",
                }));
            }
        });
    });
    let pictures = [("moment", "this moment, in a file of yours"), ("card", "the explainer’s card, from this address")];
    let pictures = pictures.map(|(value, name)| (value.to_string(), name.to_string())).to_vec();
    let pictures = select(pictures, move || if card.get() { "card".into() } else { "moment".into() })
        .label("Picture")
        .on("change", move |event| card.set(value_of(&event) == "card"));
    let saving = status.clone();
    let save = button("Save the picture", move || {
        let (name, said) = (saved.clone(), saving.clone());
        spawn_local(async move {
            let done = rooms::save_moment(desk, name).await;
            if let Some(node) = said.node() {
                node.set_text_content(Some(&done));
            }
        });
    });
    let save = save.live_attr("hidden", move || card.get().then(String::new));
    let pictures = div("row").add(el("span").text("The picture is")).add(pictures).add(save);
    let pictures = pictures.live_attr("hidden", move || (kind.get() != 2).then(String::new));
    // A picture is the same whatever is chosen here.
    let chosen = div("contents").maybe(steps).add(choices);
    let moves = move || (kind.get() == 2).then(String::new);
    let chosen = chosen.live_attr("hidden", moves);
    let looks = div("row").add(sizes).add(themes).live_attr("hidden", moves);
    el("details")
        .class("embed-panel")
        .add(el("summary").text("Put it into a page"))
        .add(tabs)
        .add(about)
        .add(looks)
        .add(chosen)
        .add(pictures)
        .add(area)
        .add(div("row").add(copy.class("primary")).add(status))
}
