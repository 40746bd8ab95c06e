//! How the page is shown here: see `link::frame`. Read once, and put where the style sheet sees it.

use super::browser;
use crate::draw::theme::Theme;
use crate::link::Complaint;
use crate::link::frame::{self, Frame, Kind, Show};
use std::cell::RefCell;
use web_sys::{Element, HtmlElement};

thread_local! {
    static FRAME: RefCell<Frame> = RefCell::new(Frame::default());
}

/// Reads the query of the address.
pub fn begin() -> Vec<Complaint> {
    let (frame, bad) = frame::read(&browser::query());
    FRAME.replace(frame);
    apply();
    bad
}

fn with<T>(read: impl FnOnce(&Frame) -> T) -> T {
    FRAME.with_borrow(read)
}

pub fn kind() -> Kind {
    with(|frame| frame.kind)
}

pub fn embedded() -> bool {
    kind() == Kind::Embed
}

pub fn theme() -> Option<Theme> {
    with(|frame| frame.theme)
}

pub fn fit() -> bool {
    with(|frame| frame.fit)
}

pub fn shows(what: Show) -> bool {
    with(|frame| frame.show.any(what))
}

pub fn shows_all() -> bool {
    with(|frame| frame.show == Show::ALL)
}

/// Only these steps of the lesson, counted from 1.
pub fn steps() -> Option<(usize, usize)> {
    with(|frame| frame.steps)
}

pub fn autoplay() -> bool {
    with(|frame| frame.autoplay)
}

pub fn again() -> bool {
    with(|frame| frame.again)
}

/// The host's page looks different now.
pub fn look(query: &str) {
    let (wanted, _) = frame::read(query);
    FRAME.with_borrow_mut(|frame| (frame.theme, frame.accent) = (wanted.theme, wanted.accent));
    apply();
}

fn root() -> Option<Element> {
    web_sys::window()?.document()?.document_element()
}

fn apply() {
    let Some(root) = root() else { return };
    let set = |name: &str, value: Option<&str>| {
        let _ = match value {
            Some(value) => root.set_attribute(name, value),
            None => root.remove_attribute(name),
        };
    };
    with(|frame| {
        set("data-theme", frame.theme.map(|theme| if theme == Theme::Dark { "dark" } else { "light" }));
        set(
            "data-kind",
            match frame.kind {
                Kind::Page | Kind::Present => None,
                Kind::Embed => Some("embed"),
                Kind::Speaker => Some("speaker"),
                Kind::Handout => Some("handout"),
            },
        );
        set("data-fit", frame.fit.then_some(""));
        let style = wasm_bindgen::JsCast::dyn_ref::<HtmlElement>(&root).map(|root| root.style());
        if let Some(style) = style {
            let _ = match &frame.accent {
                Some(colour) => style
                    .set_property("--accent", colour)
                    .and_then(|()| style.set_property("--on-accent", frame::readable_on(colour))),
                None => style.remove_property("--accent").map(drop),
            };
        }
    });
}

pub fn to_class() -> bool {
    root().is_some_and(|root| root.has_attribute("data-present"))
}

/// Whether the page is one for a class now: the style sheet makes it large.
pub fn present(on: bool) {
    if let Some(root) = root() {
        let _ = if on { root.set_attribute("data-present", "") } else { root.remove_attribute("data-present") };
    }
}
