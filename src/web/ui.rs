//! Elements, built by hand on Leptos' signals.
//!
//! Why not `view!`: each of its elements, attributes and closures becomes a type of its own, with its own code to
//! build, rebuild, hydrate and drop. The same page measured on the same day, first load in brotli: 329 KB with `view!`,
//! 312 KB with erased component types, 263 KB so. Here every element is one type and closures are boxed, so the
//! compiler writes each part once. Signals, effects, owners and clean-up are Leptos' own.

use gloo_events::{EventListener, EventListenerOptions};
use leptos::prelude::*;
use leptos::reactive::graph::untrack;
use leptos::reactive::owner::Owner;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Element, Event, HtmlElement, Node};

/// An element under construction. None where the browser would not make it: then everything below does nothing.
#[derive(Clone, Default)]
pub struct El(Option<Element>);

fn document() -> Option<Document> {
    web_sys::window().and_then(|window| window.document())
}

pub fn el(tag: &str) -> El {
    El(document().and_then(|document| document.create_element(tag).ok()))
}

pub fn body() -> El {
    El(document().and_then(|document| document.body()).map(Element::from))
}

pub fn svg(tag: &str) -> El {
    El(document().and_then(|document| document.create_element_ns(Some("http://www.w3.org/2000/svg"), tag).ok()))
}

/// An element with a class, the commonest kind.
pub fn div(class: &str) -> El {
    el("div").class(class)
}

pub fn p(text: &str) -> El {
    el("p").text(text)
}

pub fn button(label: &str, click: impl Fn() + 'static) -> El {
    el("button").attr("type", "button").text(label).on("click", move |_| click())
}

/// Runs now and whenever a signal that it read changes. Goes with the part of the page that made it.
pub fn effect(run: impl Fn() + 'static) {
    effect_boxed(Box::new(run));
}

fn effect_boxed(run: Box<dyn Fn()>) {
    Effect::new(move |_: Option<()>| run());
}

/// Keeps something until the part of the page that made it goes.
pub fn keep(what: impl Sized + 'static) {
    keep_boxed(Box::new(what));
}

fn keep_boxed(what: Box<dyn std::any::Any>) {
    StoredValue::<Box<dyn std::any::Any>, LocalStorage>::new_local(what);
}

impl El {
    pub fn node(&self) -> Option<&Element> {
        self.0.as_ref()
    }

    pub fn cast<T: JsCast + Clone>(&self) -> Option<T> {
        self.0.as_ref()?.dyn_ref::<T>().cloned()
    }

    pub fn attr(self, name: &str, value: &str) -> El {
        if let Some(node) = &self.0 {
            let _ = node.set_attribute(name, value);
        }
        self
    }

    pub fn class(self, names: &str) -> El {
        self.attr("class", names)
    }

    pub fn label(self, text: &str) -> El {
        self.attr("aria-label", text)
    }

    /// Appends text, never markup.
    pub fn text(self, text: &str) -> El {
        if let (Some(node), Some(document)) = (&self.0, document()) {
            let _ = node.append_child(&document.create_text_node(text));
        }
        self
    }

    pub fn add(self, child: El) -> El {
        if let (Some(node), Some(child)) = (&self.0, child.0) {
            let _ = node.append_child(&child);
        }
        self
    }

    pub fn all(self, children: impl IntoIterator<Item = El>) -> El {
        children.into_iter().fold(self, El::add)
    }

    /// Puts another in its place.
    pub fn swap(&self, other: &El) {
        if let (Some(node), Some(other)) = (&self.0, &other.0)
            && let Some(parent) = node.parent_node()
        {
            let _ = parent.replace_child(other, node);
        }
    }

    /// Takes it off the page.
    pub fn leave(&self) {
        if let Some(node) = &self.0 {
            node.remove();
        }
    }

    pub fn maybe(self, child: Option<El>) -> El {
        match child {
            Some(child) => self.add(child),
            None => self,
        }
    }

    pub fn on(self, event: &'static str, run: impl Fn(Event) + 'static) -> El {
        self.listen(event, Box::new(run))
    }

    fn listen(self, event: &'static str, run: Box<dyn Fn(Event)>) -> El {
        if let Some(node) = &self.0 {
            let options = EventListenerOptions::enable_prevent_default();
            keep(EventListener::new_with_options(node, event, options, move |event| run(event.clone())));
        }
        self
    }

    /// Text that follows signals.
    pub fn live_text(self, text: impl Fn() -> String + 'static) -> El {
        self.live_text_boxed(Box::new(text))
    }

    fn live_text_boxed(self, text: Box<dyn Fn() -> String>) -> El {
        if let Some(node) = self.0.clone() {
            let shown = RefCell::new(None::<String>);
            effect(move || {
                let text = text();
                if shown.borrow().as_ref() != Some(&text) {
                    node.set_text_content(Some(&text));
                    *shown.borrow_mut() = Some(text);
                }
            });
        }
        self
    }

    /// An attribute that follows signals; none: it is taken away.
    pub fn live_attr(self, name: &'static str, value: impl Fn() -> Option<String> + 'static) -> El {
        self.live_attr_boxed(name, Box::new(value))
    }

    fn live_attr_boxed(self, name: &'static str, value: Box<dyn Fn() -> Option<String>>) -> El {
        if let Some(node) = self.0.clone() {
            effect(move || {
                let value = value();
                if node.get_attribute(name) != value {
                    let _ = match value {
                        Some(value) => node.set_attribute(name, &value),
                        None => node.remove_attribute(name),
                    };
                }
            });
        }
        self
    }

    /// A property, such as a field's `value`, that follows signals.
    pub fn live_value(self, value: impl Fn() -> String + 'static) -> El {
        self.live_value_boxed(Box::new(value))
    }

    fn live_value_boxed(self, value: Box<dyn Fn() -> String>) -> El {
        if let Some(node) = self.0.clone() {
            effect(move || {
                let value = JsValue::from_str(&value());
                let _ = js_sys::Reflect::set(&node, &"value".into(), &value);
            });
        }
        self
    }

    pub fn pressed(self, on: impl Fn() -> bool + 'static) -> El {
        self.live_attr("aria-pressed", move || Some(on().to_string()))
    }

    /// Out of use, but still there for the keyboard: a button that is `disabled` while it has the focus drops it.
    /// What listens to its clicks has to ask for itself.
    pub fn unavailable(self, off: impl Fn() -> bool + 'static) -> El {
        self.live_attr("aria-disabled", move || off().then(|| "true".to_string()))
    }

    /// Where the keyboard goes when what it was on is gone: a heading.
    pub fn landing(self) -> El {
        self.attr("tabindex", "-1").attr("data-landing", "")
    }

    /// Children that are made anew when `key` (which reads signals) is another one. `make` reads none. Where the
    /// keyboard was, it stays if the same thing is there again; else it goes to the heading, or to what is there now.
    pub fn live(self, key: impl Fn() -> u64 + 'static, make: impl Fn() -> Vec<El> + 'static) -> El {
        if let Some(node) = self.0.clone() {
            live_boxed(node, Box::new(key), Box::new(make));
        }
        self
    }
}

fn live_boxed(node: Element, key: Box<dyn Fn() -> u64>, make: Box<dyn Fn() -> Vec<El>>) {
    let shown = Cell::new(None::<u64>);
    let parent = Owner::current();
    let scope: Rc<RefCell<Option<Owner>>> = Rc::default();
    effect(move || {
        let key = key();
        if shown.replace(Some(key)) == Some(key) {
            return;
        }
        let Some(parent) = &parent else { return };
        let before = focused_in(&node);
        if let Some(old) = scope.borrow_mut().take() {
            old.cleanup();
        }
        let owner = parent.child();
        let children = owner.with(|| untrack(&*make));
        *scope.borrow_mut() = Some(owner);
        node.set_text_content(None);
        for child in children {
            if let Some(child) = child.0 {
                let _ = node.append_child(&child);
            }
        }
        match before {
            Some(before) => land(&node, before),
            None if awaited(&node) => drop(give(heading(&node))),
            None => {}
        }
    });
}

const FOCUSABLE: &str = "a, button, input, select, textarea";

fn focusables(node: &Element) -> Vec<HtmlElement> {
    let Ok(list) = node.query_selector_all(FOCUSABLE) else { return Vec::new() };
    (0..list.length()).filter_map(|i| list.item(i)?.dyn_into::<HtmlElement>().ok()).collect()
}

/// What has the keyboard inside an element: its kind and its words, and its place among the others.
fn focused_in(node: &Element) -> Option<(String, usize)> {
    let active = document()?.active_element()?;
    let inside = !active.is_same_node(Some(node)) && node.contains(Some(active.unchecked_ref::<Node>()));
    let place = || focusables(node).iter().position(|it| it.is_same_node(Some(&active))).unwrap_or(0);
    inside.then(|| (likeness(&active), place()))
}

fn likeness(element: &Element) -> String {
    let words = element.get_attribute("aria-label").or_else(|| element.get_attribute("id"));
    let words = words.unwrap_or_else(|| match element.tag_name().as_str() {
        "SELECT" => String::new(),
        _ => element.text_content().unwrap_or_default(),
    });
    format!("{} {words}", element.tag_name())
}

/// Gives the keyboard to an element; `false`: it did not take it.
fn give(to: Option<HtmlElement>) -> bool {
    let Some(to) = to else { return false };
    let _ = to.focus();
    document().and_then(|document| document.active_element()).is_some_and(|active| active.is_same_node(Some(&to)))
}

fn heading(node: &Element) -> Option<HtmlElement> {
    node.query_selector("[data-landing]").ok().flatten()?.dyn_into().ok()
}

fn land(node: &Element, (before, place): (String, usize)) {
    let mut there = focusables(node);
    let again = there.iter().position(|element| likeness(element) == before);
    if again.is_some_and(|i| give(Some(there.swap_remove(i)))) || give(heading(node)) {
        return;
    }
    // Something else is where it was.
    if !there.is_empty() && give(Some(there.swap_remove(place.min(there.len() - 1)))) {
        return;
    }
    // Else to what is around it, as far as that can be seen.
    let mut around = Some(node.clone());
    while let Some(place) = around {
        if place.get_bounding_client_rect().height() > 0.0 {
            // What belongs here may still be on its way.
            let _ = place.set_attribute("tabindex", "-1").and_then(|()| place.set_attribute("data-awaits", ""));
            if give(heading(&place)) || give(place.clone().dyn_into().ok()) {
                return;
            }
        }
        around = place.parent_element();
    }
}

/// Whether the keyboard waits for what comes into this element.
fn awaited(node: &Element) -> bool {
    let active = document().and_then(|document| document.active_element());
    active.is_some_and(|active| active.has_attribute("data-awaits") && active.contains(Some(node)))
}

/// What was typed into the field an event came from.
pub fn value_of(event: &Event) -> String {
    let Some(target) = event.target() else { return String::new() };
    js_sys::Reflect::get(&target, &"value".into()).ok().and_then(|value| value.as_string()).unwrap_or_default()
}

/// A select element with its options (value, label), the chosen one following signals.
pub fn select(options: Vec<(String, String)>, chosen: impl Fn() -> String + 'static) -> El {
    let all = options.into_iter().map(|(value, label)| el("option").attr("value", &value).text(&label));
    el("select").all(all).live_value(chosen)
}

/// A hash of anything, to tell when a part of the page has to be made anew.
pub fn key<T: std::hash::Hash>(of: &T) -> u64 {
    crate::sim::digest(of)
}
