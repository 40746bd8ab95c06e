//! The text that the reader of a calculator edits. Every line has what it gives beside it (below it on a phone); the
//! line with the caret is worked out underneath.
//!
//! The letters one sees are those of the lines behind the field: the field itself has none but the caret and what is
//! selected, so that a line can have its result, and a mistake its mark, in place.

use super::desk::Desk;
use super::ui::{El, button, div, effect, el, key, p, value_of};
use crate::explainers::{Note, Page};
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use web_sys::{HtmlElement, HtmlTextAreaElement};

/// More lines than this are drawn as text alone: nobody reads so many results, and each is some elements.
const MOST: usize = 400;

pub fn pad(desk: Desk) -> Vec<El> {
    let label = desk.read(0, |player| player.page_label()).unwrap_or_default();
    let page = Rc::new(RefCell::new(Page::default()));
    let at = RwSignal::new(None::<usize>);
    let fresh = RwSignal::new(0u32);
    let field = el("textarea").label(label).attr("spellcheck", "false").attr("autocapitalize", "off");
    let field = field.attr("autocomplete", "off").attr("wrap", "off").attr("rows", "1");
    let area = field.cast::<HtmlTextAreaElement>();
    // The reader's own lines that a preset or a lesson has replaced.
    let kept = Rc::new(RefCell::new(None::<String>));
    let own = Rc::new(Cell::new(desk.read(0, |player| player.own_data()).unwrap_or(false)));
    {
        let (page, kept, own, area) = (page.clone(), kept.clone(), own.clone(), area.clone());
        effect(move || {
            desk.ticks.text.track();
            let Some(now) = desk.read(0, |player| player.page()) else { return };
            if let Some(area) = &area {
                let shown = area.value();
                if shown != now.text {
                    if own.get() && !shown.is_empty() {
                        *kept.borrow_mut() = Some(shown);
                    }
                    area.set_value(&now.text);
                }
                let rows = now.notes.len().max(1) as u32;
                if area.rows() != rows {
                    area.set_rows(rows);
                }
            }
            if kept.borrow().as_ref() == Some(&now.text) {
                *kept.borrow_mut() = None;
            }
            own.set(desk.read(0, |player| player.own_data()).unwrap_or(false));
            *page.borrow_mut() = now;
            let _ = fresh.try_update(|n| *n = n.wrapping_add(1));
        });
    }
    let place = {
        let area = area.clone();
        move || {
            let caret = area.as_ref().and_then(|area| area.selection_start().ok().flatten());
            let text = area.as_ref().map(|area| area.value()).unwrap_or_default();
            // The browser counts in UTF-16.
            let line = caret.map(|caret| text.encode_utf16().take(caret as usize).filter(|c| *c == 10).count());
            if at.get_untracked() != line {
                at.set(line);
            }
        }
    };
    let lit = {
        let page = page.clone();
        move |line: Option<usize>| {
            let page = page.borrow();
            line.and_then(|line| page.notes.get(line)?.subject)
        }
    };
    let moved = {
        let (place, lit) = (place.clone(), lit.clone());
        move || {
            place();
            desk.set_focus(lit(at.get_untracked()));
        }
    };
    let on = moved.clone();
    let field = field.on("input", {
        let moved = moved.clone();
        move |event| {
            desk.write(&value_of(&event));
            moved();
        }
    });
    let field = field.on("keyup", move |_| moved()).on("click", {
        let on = on.clone();
        move |_| on()
    });
    let field = field.on("focus", move |_| on()).on("blur", move |_| {
        at.set(None);
        desk.set_focus(None);
    });
    let lines = div("pad-lines").attr("aria-hidden", "true");
    let scrolled = lines.clone();
    let field = field.on("scroll", move |_| {
        if let (Some(area), Some(lines)) = (&area, scrolled.cast::<HtmlElement>()) {
            let _ = lines.style().set_property("--left", &format!("{}px", area.scroll_left()));
        }
    });
    // The line with the caret, else that of what is followed.
    let chosen: Rc<dyn Fn() -> Option<usize>> = {
        let page = page.clone();
        Rc::new(move || {
            let line = |it| page.borrow().notes.iter().position(|note| note.subject == Some(it));
            at.get().or_else(|| desk.follow().and_then(line))
        })
    };
    let (shown, mark, paper) = (page.clone(), chosen.clone(), lines.clone());
    // Only rows that changed are made anew: a sheet may have hundreds, and a keystroke changes few.
    let rows: RefCell<Vec<(u64, El)>> = RefCell::default();
    effect(move || {
        fresh.track();
        desk.ticks.focus.track();
        let (page, mut rows) = (shown.borrow(), rows.borrow_mut());
        let (here, lit) = (mark(), desk.lit());
        let mut count = 0;
        for (i, text) in page.text.split('\n').enumerate() {
            let note = page.notes.get(i).filter(|_| i < MOST);
            let on = here == Some(i) || lit.is_some() && note.is_some_and(|note| note.subject == lit);
            let told = note.map(|note| (&note.result, &note.short, &note.fault, note.doubt.is_some()));
            let key = key(&(text, told, on));
            count = i + 1;
            match rows.get_mut(i) {
                Some(old) if old.0 == key => {}
                Some(old) => {
                    let now = row(text, note, on);
                    old.1.swap(&now);
                    *old = (key, now);
                }
                None => {
                    let now = row(text, note, on);
                    let _ = paper.clone().add(now.clone());
                    rows.push((key, now));
                }
            }
        }
        for (_, gone) in rows.drain(count..) {
            gone.leave();
        }
    });
    let (whole, below, back) = (page.clone(), page.clone(), kept.clone());
    let pick = chosen.clone();
    let under = div("pad-under").attr("aria-live", "polite").live(
        move || {
            fresh.track();
            let (page, line) = (whole.borrow(), chosen());
            let note = line.and_then(|line| page.notes.get(line)).map(|note| (&note.range, &note.doubt));
            // How a line is worked out has the results of others in it.
            let given: Vec<_> = page.notes.iter().map(|note| (&note.result, &note.fault)).collect();
            key(&(line, &page.text, note, given, kept.borrow().is_some()))
        },
        move || {
            let page = below.borrow();
            let full = |line: usize| desk.read(0, |player| player.worked(line)).flatten();
            let text = |line: usize| page.text.split('\n').nth(line).unwrap_or_default();
            let mut parts = match pick().and_then(|line| Some((line, page.notes.get(line)?))) {
                Some((line, note)) if note.fault.is_some() => worked(text(line), note),
                Some((line, _)) => full(line).map(|note| worked(text(line), &note)).unwrap_or_default(),
                // Until a line is chosen, the last that comes of others shows how.
                None => {
                    let lines = (0..page.notes.len()).rev().filter(|line| !page.notes[*line].result.is_empty());
                    let example = lines.filter_map(|line| Some((line, full(line)?)));
                    let found = example.into_iter().find(|(_, note)| note.working.len() > 1);
                    let mut parts = found.map(|(line, note)| worked(text(line), &note)).unwrap_or_default();
                    parts.truncate(2);
                    parts
                }
            };
            if pick().is_none() {
                let wrong: Vec<usize> = page
                    .notes
                    .iter()
                    .enumerate()
                    .filter(|(_, note)| note.fault.is_some())
                    .map(|(i, _)| i + 1)
                    .collect();
                parts.push(match wrong.first() {
                    None => p(
                        "Change a number, add a line, use its name in another: the line you are in is worked out here.",
                    )
                    .class("soft"),
                    Some(first) => {
                        let why = page.notes.get(first - 1).and_then(|note| note.fault.as_ref());
                        let more = match wrong.len() {
                            1 => String::new(),
                            n => format!(" (and {} more)", n - 1),
                        };
                        p(&format!("Line {first}: {}{more}", why.map_or("", |fault| &fault.why))).class("wrong")
                    }
                });
            }
            let mine = back.borrow().clone();
            let back = back.clone();
            parts.extend(mine.map(|text| {
                let put = move || {
                    *back.borrow_mut() = None;
                    desk.write(&text);
                };
                button("Put my own lines back", put).class("linkish")
            }));
            parts
        },
    );
    let head = div("pad-head").add(el("h2").class("small").text(label));
    vec![head, div("pad-paper").add(lines).add(field), under]
}

/// A line as it is shown, and what it gives.
fn row(text: &str, note: Option<&Note>, on: bool) -> El {
    let (body, remark) = text.split_at(text.find('#').unwrap_or(text.len()));
    let code = match note.and_then(|note| note.fault.as_ref()) {
        Some(fault) => {
            let (from, to) = (boundary(body, fault.from), boundary(body, fault.to.max(fault.from + 1)));
            let part = |from: usize, to: usize| body.get(from..to).unwrap_or_default();
            // What is missing at the end is marked behind it.
            let wrong = if from == to { " " } else { part(from, to) };
            el("code").text(part(0, from)).add(el("u").text(wrong)).text(part(to, body.len()))
        }
        None => el("code").text(body),
    };
    let code = if remark.is_empty() { code } else { code.add(el("span").class("soft").text(remark)) };
    let gives = note.map(|note| {
        let full = note.fault.as_ref().map_or([&note.result, " ", &note.range].concat(), |fault| fault.why.clone());
        let gives = el("span").class("gives").attr("title", full.trim());
        match (&note.fault, note.result.is_empty()) {
            (Some(fault), _) => gives.add(el("span").class("wrong").text(&fault.why)),
            (None, true) => gives,
            (None, false) => {
                let range = if note.short.is_empty() { String::new() } else { format!(" {}", note.short) };
                let doubt = note.doubt.as_ref().map(|_| el("span").class("doubt").text(" ?"));
                gives.text("= ").add(el("b").text(&note.result)).maybe(doubt).add(el("small").text(&range))
            }
        }
    });
    let alone = gives.is_none() || note.is_some_and(|note| note.fault.is_none() && note.result.is_empty());
    let class = [if on { "pad-row lit" } else { "pad-row" }, if alone { " alone" } else { "" }].concat();
    div(&class).add(el("span").class("code").add(code)).maybe(gives)
}

/// The end of a letter, not the middle of one.
fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

/// The line as one would write it on a whiteboard, and what is remarked in it.
fn worked(text: &str, note: &Note) -> Vec<El> {
    if let Some(fault) = &note.fault {
        return vec![p(&fault.why).class("wrong")];
    }
    let (text, remark) = text.split_once('#').unwrap_or((text, ""));
    let mut parts = Vec::new();
    if !note.working.is_empty() {
        let pieces = note.working.iter().map(|piece| match piece.struck {
            true => el("s").text(&piece.text),
            false => el("span").text(&piece.text),
        });
        parts.push(el("p").class("whiteboard").all(pieces));
    }
    if !note.result.is_empty() {
        let name = text.split(['=', ':']).next().unwrap_or_default().trim();
        let line = el("p").text(&format!("{name}: ")).add(el("b").text(&note.result));
        let line = if note.rough.is_empty() { line } else { line.text(&format!(", {}", note.rough)) };
        parts.push(if note.range.is_empty() { line } else { line.text(&format!(", {}", note.range)) });
    }
    parts.extend((!remark.trim().is_empty()).then(|| p(remark.trim()).class("soft")));
    parts.extend(note.doubt.as_ref().map(|doubt| p(doubt).class("caveat")));
    parts
}
