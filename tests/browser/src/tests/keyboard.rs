//! Everything without a pointer: each lesson from start to end, each action, another way for each drag; and whoever
//! uses the keyboard always sees where it is.

use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use moving_parts::explainers::{Entry, Lesson, Offer, REGISTRY};
use moving_parts::link;
use serde_json::{Value, json};

use super::faces::FACES;
use crate::page::{Page, equal};

// Where Tab stops differs between browsers, and with how their readers have set them; once is enough.
crate::tests::tests![
    every_lesson_from_start_to_end on [Chromium],
    every_action on [Chromium],
    every_drag_has_another_way on [Chromium],
    whatever_is_pressed_the_keyboard_is_not_lost on [Chromium],
    from_the_gallery_and_back on [Chromium],
    other_faces_by_keyboard on [Chromium],
];

/// An expression: what is wrong with where the keyboard is; nothing: it is on something, that is seen, and so is its ring.
const LOST: &str = "(() => {
    const it = document.activeElement;
    if (!it || it === document.body || it === document.documentElement) return 'nothing has the keyboard';
    const name = `${it.tagName.toLowerCase()}.${it.className} “${(it.getAttribute('aria-label') ?? it.textContent).slice(0, 40)}”`;
    const box = it.getBoundingClientRect();
    if (!it.checkVisibility() || box.width < 1 || box.height < 1) return `${name} has the keyboard and is not there`;
    if (!it.matches(':focus-visible')) return `${name} has the keyboard and does not look like it`;
    const ringed = (node, up) => {
        const style = getComputedStyle(node);
        const own = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1 || style.boxShadow !== 'none';
        return own || up > 0 && ringed(node.parentElement, up - 1);
    };
    if (!ringed(it, 1)) return `${name} has the keyboard and no ring`;
    const clip = (low, high, most) => [Math.max(low, 1), Math.min(high, most - 1)];
    const [left, right] = clip(box.left, box.right, innerWidth), [top, bottom] = clip(box.top, box.bottom, innerHeight);
    if (left > right || top > bottom) return `${name} has the keyboard and is off the screen`;
    const seen = [0.5, 0.1, 0.9].some(x => [0.5, 0.1, 0.9].some(y => {
        const there = document.elementFromPoint(left + (right - left) * x, top + (bottom - top) * y);
        return there && (it.contains(there) || there.contains(it));
    }));
    return seen ? '' : `${name} has the keyboard and is covered`;
})()";

/// A moment is given to it: what grows on the page is scrolled back to it.
fn lost(page: &Page) -> Result<String> {
    let mut wrong = json!("");
    for _ in 0..20 {
        wrong = page.eval(LOST)?;
        if wrong == json!("") {
            break;
        }
        sleep(Duration::from_millis(30));
    }
    Ok(wrong.as_str().unwrap_or_default().into())
}

fn not_lost(page: &Page) -> Result<()> {
    equal("what is wrong with the keyboard’s place", lost(page)?, String::new())
}

/// A function: what Tab stops at, in order; in a dialog, only what is in it.
const STOPS: &str = "const stops = () => {
    const within = document.querySelector('dialog[open]') ?? document;
    const all = within.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex=\"0\"]');
    return [...all].filter(it => !it.disabled && it.tabIndex >= 0 && it.checkVisibility() && !it.closest('[inert]'));
};";

/// Goes on (or back) by Tab alone to what an expression names.
fn tab_to(page: &Page, target: &str) -> Result<()> {
    page.wait_until(target)?;
    let ways = format!(
        "{STOPS}
         const [all, target, here] = [stops(), {target}, document.activeElement];
         const at = all.indexOf(here);
         const before = it => here !== document.body && (here.compareDocumentPosition(it) & Node.DOCUMENT_POSITION_PRECEDING);
         if (!all.includes(target)) return null;
         const to = all.indexOf(target), past = all.filter(before).length;
         return at >= 0 ? to - at : to >= past ? to - past + 1 : to - past"
    );
    // While a run goes on, what is offered changes on the way; and what scrolls is a stop of its own in some browsers.
    for _ in 0..5 {
        let far = page.run(&ways, &[])?;
        let far = far.as_i64().with_context(|| format!("Tab does not stop at {target}"))?;
        page.keys(if far < 0 { "Shift+Tab" } else { "Tab" }, far.unsigned_abs() as usize)?;
        if page.eval(&format!("document.activeElement === {target}"))? == json!(true) {
            return not_lost(page);
        }
    }
    bail!("Tab does not lead to {target} but to {}", page.eval("document.activeElement.outerHTML.slice(0, 200)")?)
}

fn the(css: &str) -> String {
    format!("document.querySelector({})", json!(css))
}

/// Where the lesson stands, as its reader hears it.
const STAND: &str = "[document.querySelector('.lesson .where')?.textContent ?? '', document.querySelector('.steps .primary')?.textContent ?? '',
    document.querySelectorAll('.predict .choices button').length, document.querySelector('.guess input')?.placeholder ?? null]";

/// Does what has to be done next in the lesson, by keys.
fn do_next(page: &Page, nth: usize) -> Result<()> {
    let (before, onward, choices, hint): (String, String, usize, Option<String>) =
        serde_json::from_value(page.eval(STAND)?)?;
    if onward == "First your answer" {
        match choices {
            0 => {
                tab_to(page, &the(".guess input"))?;
                for letter in if hint.is_some_and(|hint| !hint.is_empty()) { "10 ms" } else { "10" }.chars() {
                    page.key(&letter.to_string())?;
                }
            }
            _ => tab_to(page, &the(&format!(".predict .choices button:nth-child({})", nth % choices + 1)))?,
        }
    } else {
        tab_to(page, &the(".steps .primary"))?;
    }
    page.key("Enter")?;
    let now = "[document.querySelector('.lesson .where')?.textContent, document.querySelector('.steps .primary')?.textContent]";
    page.wait_until(&format!("{now}.join() !== {}", json!(format!("{before},{onward}"))))?;
    not_lost(page).with_context(|| format!("after “{onward}” in {before}"))
}

fn every_lesson_from_start_to_end(page: &mut Page) -> Result<()> {
    for entry in REGISTRY {
        page.open(&format!("#/{}", entry.meta.slug))?;
        page.wait_for(".chapter")?;
        page.keys("]", 3)?;
        tab_to(page, &the(".chapter"))?;
        page.key("Enter")?;
        for lesson in (entry.lessons)() {
            through(page, lesson).with_context(|| format!("{}, {}", entry.meta.slug, lesson.slug))?;
        }
        page.wait_for(".chapters")?;
        equal("where the keyboard is", page.eval("document.activeElement.textContent")?, json!("Lessons"))?;
    }
    page.assert_clean()
}

fn through(page: &Page, lesson: &Lesson) -> Result<()> {
    for (step, it) in lesson.steps.iter().enumerate() {
        let place = format!("{}{} of {}", lesson.title, step + 1, lesson.steps.len());
        page.wait_text(".lesson .where", &place)?;
        // A screen reader reads on from the step's heading, not from wherever the button was.
        equal("where the keyboard is", page.eval("document.activeElement.textContent")?, json!(it.title))?;
        not_lost(page)?;
        // Answer, run, skip to its end, on: four at most.
        for press in 0.. {
            ensure!(press < 6, "{place} does not go on");
            do_next(page, step)?;
            if !page
                .eval("document.querySelector('.lesson').textContent")?
                .as_str()
                .unwrap_or_default()
                .contains(&place)
            {
                break;
            }
        }
    }
    Ok(())
}

/// What is offered while something is followed, as the page offers it.
fn offered(entry: &Entry, follow: &str) -> Vec<Offer> {
    let fragment =
        format!("#/{}{}", entry.meta.slug, if follow.is_empty() { String::new() } else { format!("?follow={follow}") });
    let (player, _) = (entry.open)(&link::parse(&fragment).0);
    let subject = player.follow();
    let mut all: Vec<Offer> = Vec::new();
    for offer in player.offers() {
        if (offer.subject.is_none() || offer.subject == subject) && all.iter().all(|earlier| earlier.act != offer.act) {
            all.push(offer);
        }
    }
    all
}

/// One of each kind of what can be followed, as words of links; and nothing.
fn kinds(entry: &Entry) -> Vec<String> {
    let (player, _) = (entry.open)(&link::parse(&format!("#/{}", entry.meta.slug)).0);
    let mut kinds: Vec<&str> = Vec::new();
    let mut words = vec![String::new()];
    for subject in player.followable() {
        if !kinds.contains(&subject.kind) && player.name(subject).is_some() {
            kinds.push(subject.kind);
            words.push(format!("{}-{}", subject.kind, subject.id));
        }
    }
    words
}

const CHOSEN: &str = "document.querySelector('.follow select')";

fn follow(page: &Page, word: &str) -> Result<()> {
    tab_to(page, CHOSEN)?;
    page.key("Home")?;
    let far = page.eval(&format!("[...{CHOSEN}.options].findIndex(it => it.value === {})", json!(word)))?;
    let far = far.as_i64().filter(|far| *far >= 0).with_context(|| format!("{word} cannot be followed"))?;
    page.keys("ArrowDown", far as usize)?;
    page.wait_until(&format!("{CHOSEN}.value === {}", json!(word)))?;
    not_lost(page)
}

/// Everything that can be done, by its button and by its letter, with nothing followed and with one of each kind.
fn every_action(page: &mut Page) -> Result<()> {
    let mut done = 0;
    for entry in REGISTRY {
        page.open(&format!("#/{}", entry.meta.slug))?;
        page.wait_for(".actions")?;
        let told = "['.caption', '.log', '.notes', '.stage .live'].map(css => { const it = document.querySelector(css); return it?.textContent + it?.getAttribute('aria-label') }).join()";
        for word in kinds(entry) {
            follow(page, &word)?;
            for offer in offered(entry, &word) {
                let what = format!("{}, {word}: {} ({})", entry.meta.slug, offer.label, offer.act);
                let button = format!(
                    "[...document.querySelectorAll('.actions button')].find(it => it.textContent === {})",
                    json!(offer.label)
                );
                tab_to(page, &button).with_context(|| what.clone())?;
                page.key("Enter")?;
                page.wait_until(&format!(
                    "decodeURIComponent(location.hash).includes(decodeURIComponent({})) || document.querySelector('.note')",
                    json!(offer.act)
                ))
                .with_context(|| what.clone())?;
                not_lost(page).with_context(|| what.clone())?;
                page.key("0")?;
                page.wait_until("!location.hash.includes('do=')")?;
                if let Some(letter) = offer.key {
                    let before = page.eval(told)?;
                    page.key(&letter.to_string())?;
                    page.wait_until(&format!("{told} !== {before}")).with_context(|| format!("{what} by {letter}"))?;
                    not_lost(page).with_context(|| format!("{what} by {letter}"))?;
                    page.key("0")?;
                }
                done += 1;
            }
        }
    }
    ensure!(done > 40, "only {done} actions");
    println!("    {done} actions");
    page.assert_clean()
}

/// What one does with what is at a place of the viewport (left, top, width, height); its name.
type Way = (&'static str, fn(&Page, [f64; 4]) -> Result<()>);

/// A way to drag something, where it is, and what does the same without: by clicks or by keys.
struct Drag {
    what: &'static str,
    /// What is dragged, or dragged onto.
    on: &'static str,
    /// An expression: what the drag changes.
    changes: &'static str,
    drag: fn(&Page, [f64; 4]) -> Result<()>,
    others: &'static [Way],
}

const DRAGS: &[Drag] = &[
    Drag {
        what: "the moment",
        on: ".scrub input",
        changes: "document.querySelector('.scrub input').value > 1000",
        drag: |page, [x, y, w, h]| page.drag((x + 8.0, y + h / 2.0), (x + w * 0.6, y + h / 2.0)),
        others: &[
            ("a click on the line", |page, [x, y, w, h]| page.click_at(x + w * 0.6, y + h / 2.0)),
            ("arrow keys", |page, _| {
                tab_to(page, &the(".scrub input"))?;
                page.keys("PageUp", 3)
            }),
            ("the key for the end", |page, _| page.key("End")),
            ("a click on “Next event”", |page, _| {
                for _ in 0..4 {
                    page.click("[aria-label='Next event']")?;
                }
                Ok(())
            }),
        ],
    },
    Drag {
        what: "a setting",
        on: ".knob input[type=range]",
        changes: "!['3', ''].includes(document.querySelector('#knob-n').value)",
        drag: |page, [x, y, w, h]| page.drag((x + w * 0.3, y + h / 2.0), (x + w * 0.9, y + h / 2.0)),
        others: &[
            ("a click on its line", |page, [x, y, w, h]| page.click_at(x + w * 0.9, y + h / 2.0)),
            ("arrow keys", |page, _| {
                tab_to(page, &the(".knob input[type=range]"))?;
                page.keys("ArrowRight", 2)
            }),
            ("its number", |page, _| {
                page.clear("#knob-n")?;
                page.type_into("#knob-n", "5")?;
                page.key("Tab")
            }),
        ],
    },
    Drag {
        what: "a line that cuts the network",
        on: ".stage .live",
        changes: "/cut/.test(location.hash)",
        drag: |page, [x, y, w, h]| page.drag((x + w * 0.5, y + h * 0.1), (x + w * 0.5, y + h * 0.9)),
        others: &[
            ("a click on “Cut the network in two”", |page, _| {
                let button = "[...document.querySelectorAll('.actions button')].find(it => it.textContent.startsWith('Cut the network'))";
                page.run(&format!("{button}.dataset.here = ''"), &[])?;
                page.click("[data-here]")
            }),
            ("its key", |page, _| page.key("d")),
            ("the field for who is cut off", |page, _| {
                tab_to(page, &the(".ask input"))?;
                page.keys("A", 1)?;
                page.key("Enter")
            }),
        ],
    },
    Drag {
        what: "a file",
        on: "dialog textarea",
        changes: "document.querySelector('dialog .result')?.textContent.includes('Found:')",
        drag: |page, _| {
            let drop = "const data = new DataTransfer(); data.items.add(new File(['invoke write 1'], 'a.txt'));
                document.querySelector('dialog textarea').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));";
            page.run(drop, &[]).map(drop_value)
        },
        others: &[
            ("a paste", |page, _| {
                tab_to(page, &the("dialog textarea"))?;
                page.keys("x", 3)?;
                tab_to(page, &the("dialog .row .primary"))?;
                page.key("Enter")
            }),
            ("a file that is chosen", |page, _| {
                tab_to(page, &the("dialog input[type=file]"))?;
                let file = std::env::temp_dir().join(format!("moving-parts-chosen-{}.txt", std::process::id()));
                std::fs::write(&file, "invoke write 1")?;
                let typed = page.type_into("dialog input[type=file]", &file.display().to_string());
                page.wait_text("dialog .result", "Found:")?;
                let _ = std::fs::remove_file(file);
                typed
            }),
        ],
    },
];

fn drop_value(_: Value) {}

fn every_drag_has_another_way(page: &mut Page) -> Result<()> {
    // Whatever listens for a drag is in the list above.
    page.before_load(
        "window.draggable = new Set();
         const was = EventTarget.prototype.addEventListener;
         EventTarget.prototype.addEventListener = function (kind, ...rest) {
             if (/^(pointerdown|mousedown|touchstart|dragstart|drop|wheel|gesturestart)$/.test(kind) && this instanceof Element) draggable.add(this);
             return was.call(this, kind, ...rest);
         };",
    );
    let open = |on: &str| -> Result<()> {
        page.open("#/quorum?n=3&do=2ms:write(1,x);30ms:read(2,x);60ms:write(1,x)")?;
        page.wait_for(".figures .fig")?;
        if on.starts_with("dialog") {
            page.run(
                "[...document.querySelectorAll('header button')].find(it => it.textContent.includes('data')).click()",
                &[],
            )?;
        }
        page.wait_for(on)?;
        page.run("document.querySelector(arguments[0]).scrollIntoView({ block: 'center' })", &[json!(on)])?;
        page.wait_until(&format!("document.querySelector({}).getBoundingClientRect().width > 20", json!(on))).map(drop)
    };
    for it in DRAGS {
        let ways = std::iter::once(("the drag itself", it.drag)).chain(it.others.iter().copied());
        for (way, act) in ways {
            let what = format!("{}: {way}", it.what);
            open(it.on)?;
            ensure!(page.eval(&format!("!!({})", it.changes))? == json!(false), "{what}: it is so from the start");
            let place = page.rect(it.on)?;
            act(page, place).with_context(|| what.clone())?;
            page.wait_until(it.changes).with_context(|| what.clone())?;
        }
    }
    let known: Vec<&str> = DRAGS.iter().map(|it| it.on).collect();
    let (mut unknown, mut seen) = (Vec::new(), 0);
    for entry in REGISTRY {
        page.open(&format!("#/{}", entry.meta.slug))?;
        page.wait_for(".stage .live")?;
        page.run("document.querySelector('.charts-place')?.scrollIntoView(); [...document.querySelectorAll('header button')].find(it => it.textContent.includes('ata'))?.click()", &[])?;
        sleep(Duration::from_millis(700));
        let found = page.run(
            "const all = [...draggable, ...document.querySelectorAll('input[type=range], [draggable=true]')].filter(it => it.isConnected);
             return [all.length, all.filter(it => !it.matches(arguments[0])).map(it => it.outerHTML.slice(0, 120))]",
            &[json!(known.join(", "))],
        )?;
        let (count, other): (usize, Vec<String>) = serde_json::from_value(found)?;
        seen += count;
        unknown.extend(other);
    }
    ensure!(seen > 20, "only {seen} things can be dragged, or nobody counts");
    equal("what is dragged and not in the list", unknown, vec![])?;
    page.assert_clean()
}

/// Presses every button there is, one after the other: none leaves the keyboard nowhere.
fn whatever_is_pressed_the_keyboard_is_not_lost(page: &mut Page) -> Result<()> {
    let mut wrong = Vec::new();
    let mut pressed = 0;
    for entry in REGISTRY {
        let slug = entry.meta.slug;
        let first =
            (entry.lessons)().first().map_or(String::new(), |lesson| format!("#/{slug}?lesson={}.1", lesson.slug));
        for fragment in [format!("#/{slug}?colour=red"), format!("#/{slug}?compare=1&t=1"), first] {
            page.open(&fragment)?;
            page.wait_for("main h1")?;
            sleep(Duration::from_millis(300));
            // What opens another window, a file or the whole screen is the browser's to give the keyboard to.
            let next = format!(
                "{STOPS}
                 window.known ??= new Set();
                 const name = it => (it.closest('dialog') ? 'dialog ' : '') + it.className + '|' + (it.getAttribute('aria-label') ?? it.textContent);
                 const fit = it => ['BUTTON', 'SUMMARY'].includes(it.tagName) && !known.has(name(it))
                     && !/^(Present|Print|Download|Save|Make the film)/.test(it.textContent) && !it.matches('.chapter:not(:first-child), .moment ~ .moment');
                 window.target = stops().find(fit) ?? null;
                 if (target) known.add(name(target));
                 return target && name(target)"
            );
            for _ in 0..30 {
                let name = page.run(&next, &[])?;
                let Some(name) = name.as_str() else {
                    if page.count("dialog[open]")? == 0 {
                        break;
                    }
                    page.key("Escape")?;
                    page.wait_gone("dialog[open]")?;
                    sleep(Duration::from_millis(60));
                    let lost = lost(page)?;
                    if !lost.is_empty() {
                        wrong.push(format!("{fragment}: after Esc: {lost}"));
                    }
                    continue;
                };
                if let Err(error) = tab_to(page, "window.target") {
                    if !lost(page)?.is_empty() {
                        wrong.push(format!("{fragment}: to {name}: {error:#}"));
                        continue;
                    }
                    // Some are there only until something is done.
                    ensure!(page.eval("!window.target.isConnected")? == json!(true), "{fragment}: {name}: {error:#}");
                    continue;
                }
                page.key("Enter")?;
                pressed += 1;
                sleep(Duration::from_millis(120));
                let lost = lost(page)?;
                if !lost.is_empty() {
                    wrong.push(format!("{fragment}: after {name}: {lost}"));
                }
            }
        }
    }
    println!("    {pressed} buttons");
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    page.assert_clean()
}

fn from_the_gallery_and_back(page: &mut Page) -> Result<()> {
    page.open("")?;
    for entry in REGISTRY {
        let card = the(&format!(".card a[href^=\"#/{}\"]", entry.meta.slug));
        tab_to(page, &card)?;
        page.key("Enter")?;
        page.wait_text("main h1", entry.meta.question)?;
        // A screen reader goes on from here.
        page.wait_until("document.activeElement?.closest('main') || document.activeElement === document.body")?;
        tab_to(page, &the("header a"))?;
        page.key("Enter")?;
        page.wait_for(".card")?;
    }
    page.assert_clean()
}

/// Tab stops at all there is, in each of them, and whoever is there sees where.
fn other_faces_by_keyboard(page: &mut Page) -> Result<()> {
    let mut wrong = Vec::new();
    for entry in REGISTRY {
        for face in FACES {
            let what = face.open(page, entry)?;
            // Charts come when they are seen, however long that takes, and move what is below them.
            page.run("document.querySelector('.charts-place')?.scrollIntoView()", &[])?;
            sleep(Duration::from_millis(500));
            page.run("scrollTo(0, 0)", &[])?;
            sleep(Duration::from_millis(200));
            let stops = page.run(&format!("{STOPS} return stops().length"), &[])?.as_u64().unwrap_or_default();
            // What lies over the rest has the keyboard from the start.
            let mut been = u64::from(page.eval("document.activeElement !== document.body")? == json!(true));
            for _ in 0..stops {
                page.key("Tab")?;
                // Behind the last, the browser's own stops begin.
                if page.eval("document.activeElement === document.body")? == json!(true) {
                    break;
                }
                been += 1;
                let lost = lost(page)?;
                if !lost.is_empty() {
                    wrong.push(format!("{what}: {lost}"));
                }
            }
            if face.query != "handout" && been < stops.min(3) {
                wrong.push(format!("{what}: Tab stops {been} times where there are {stops} places"));
            }
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    page.assert_clean()
}
