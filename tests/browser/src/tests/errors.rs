//! What a browser, a host or a reader may do to the page, and what the reader then gets: never a blank page, never a
//! panic. (What may be wrong in a link, a paste or a sheet is tested without a browser.)

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::embed::{Host, SCRIPT, assert_only, html, state};
use crate::page::{Page, equal};

// What is done here to a browser is done by scripts that know Chromium's order of things.
crate::tests::tests![
    whatever_the_browser_refuses on [Chromium],
    a_file_that_cannot_be_read on [Chromium],
    a_hostile_host on [Chromium],
];

struct Case {
    what: &'static str,
    /// Runs before the page does.
    before: &'static str,
    link: &'static str,
    /// What a reader does then, as a script; nothing: looks.
    act: &'static str,
    /// What the reader gets: a part of the page, and a text in it.
    gets: &'static [(&'static str, &'static str)],
    /// An expression that holds then.
    holds: &'static str,
}

const CASE: Case =
    Case { what: "", before: "", link: "#/hash-ring?do=1s:add&t=2", act: "", gets: &[RING], holds: "true" };
const RING: (&str, &str) = (".caption", "cache-6");
/// An expression: the picture shows something.
const PAINTED: &str = "[...document.querySelectorAll('.stage canvas')].some(canvas => {
    const copy = document.createElement('canvas'); [copy.width, copy.height] = [canvas.width, canvas.height];
    const context = copy.getContext('2d'); context.drawImage(canvas, 0, 0);
    const pixels = new Uint32Array(context.getImageData(0, 0, copy.width, copy.height).data.buffer);
    return pixels.some(pixel => pixel !== pixels[0]); })";
const PLAYS: &str = "document.querySelector('.play').click();";
/// Presses what says so, once it is there.
const PRESS: &str = "const press = async (css, part) => {
    for (let n = 0; n < 200; n++) {
        const it = [...document.querySelectorAll(css)].find(it => it.textContent.includes(part));
        if (it) return it.click();
        await new Promise(done => setTimeout(done, 25));
    }
    throw new Error(`no ${part}`);
};";
const MOVED: &str = "!document.querySelector('.transport .t').textContent.startsWith('2.0 s')";

const CASES: &[Case] = &[
    Case {
        what: "no storage, no caches, no databases: their very names throw",
        before: "for (const name of ['localStorage', 'sessionStorage', 'caches', 'indexedDB'])
            Object.defineProperty(window, name, { get() { throw new DOMException('denied', 'SecurityError'); } });
            Object.defineProperty(Document.prototype, 'cookie', { get() { throw new DOMException('denied', 'SecurityError'); } });",
        holds: PAINTED,
        ..CASE
    },
    Case {
        what: "no service worker: asking for one is refused",
        before: "navigator.serviceWorker.register = () => Promise.reject(new DOMException('denied', 'SecurityError'));",
        act: "await new Promise(done => setTimeout(done, 3500));",
        ..CASE
    },
    Case {
        what: "the history takes nothing",
        before: "for (const name of ['pushState', 'replaceState']) history[name] = () => { throw new DOMException('denied', 'SecurityError'); };",
        act: "await press('.chapter', ''); await press('.steps .primary', ''); await press('.leave button', 'All lessons');",
        holds: "document.querySelector('.chapters')",
        ..CASE
    },
    Case {
        what: "the clock jumps an hour ahead: a quarter of a second passes",
        before: "const was = performance.now.bind(performance); window.ahead = 0; performance.now = () => was() + ahead;",
        act: "await press('.play', ''); await new Promise(done => setTimeout(done, 200)); ahead = 3.6e6; await new Promise(done => setTimeout(done, 300)); await press('.play', '');",
        gets: &[],
        // Half a second of play, a quarter for the hour, and what a slow machine adds.
        holds: "document.querySelector('.scrub input').value > 2100 && document.querySelector('.scrub input').value < 4500",
        ..CASE
    },
    Case {
        what: "the clock jumps an hour back: the run goes on from where it is",
        before: "const was = performance.now.bind(performance); window.ahead = 3.6e6; performance.now = () => was() + ahead;",
        gets: &[],
        act: "await press('.play', ''); await new Promise(done => setTimeout(done, 200)); ahead = 0; window.then = document.querySelector('.scrub input').value; await new Promise(done => setTimeout(done, 600)); await press('.play', '');",
        holds: "Number(document.querySelector('.scrub input').value) > Number(then)",
        ..CASE
    },
    Case {
        what: "the clock stands still",
        before: "performance.now = () => 5;",
        act: PLAYS,
        holds: "document.querySelector('.play[aria-label=Pause]')",
        ..CASE
    },
    Case {
        what: "the clock says nothing that is a number",
        before: "performance.now = () => NaN;",
        act: "await press('.play', ''); await new Promise(done => setTimeout(done, 300));",
        holds: PAINTED,
        ..CASE
    },
    Case {
        what: "the day jumps",
        before: "Date.now = () => -8.64e15;",
        act: PLAYS,
        holds: MOVED,
        ..CASE
    },
    Case {
        what: "nothing to draw on: no context for any canvas",
        before: "HTMLCanvasElement.prototype.getContext = () => null;",
        gets: &[(".stage", "nothing to draw on"), RING, (".figures", "%")],
        ..CASE
    },
    Case {
        what: "no canvas outside of the page",
        before: "delete window.OffscreenCanvas;",
        holds: PAINTED,
        ..CASE
    },
    Case {
        what: "the browser takes the canvases away, and gives them back empty",
        before: "window.kinds = [];
            for (const { prototype } of [HTMLCanvasElement, OffscreenCanvas]) {
                const was = prototype.getContext;
                prototype.getContext = function (kind, ...rest) { const it = was.call(this, kind, ...rest); if (kind === '2d') kinds.push([this, it]); return it; };
            }",
        act: "for (const [canvas] of kinds) canvas.dispatchEvent(new Event('contextlost', { cancelable: true }));
            for (const [canvas, context] of kinds) context.clearRect(0, 0, canvas.width, canvas.height);
            for (const canvas of document.querySelectorAll('.stage canvas')) {
                const bitmap = canvas.getContext('bitmaprenderer'); if (bitmap) bitmap.transferFromImageBitmap(null);
            }
            for (const [canvas] of kinds) canvas.dispatchEvent(new Event('contextrestored'));",
        holds: PAINTED,
        ..CASE
    },
    Case {
        what: "no worker: making one throws",
        before: "window.Worker = class { constructor() { throw new DOMException('denied', 'SecurityError'); } };",
        act: "document.querySelector('.charts-place').scrollIntoView();",
        gets: &[(".charts", "Spread"), RING],
        holds: "!document.querySelector('.charts')?.textContent.includes('% measured')",
        ..CASE
    },
    Case {
        what: "no worker at all",
        before: "delete window.Worker;",
        act: "document.querySelector('.charts-place').scrollIntoView();",
        holds: "document.querySelector('.charts')?.textContent && !document.querySelector('.charts').textContent.includes('% measured')",
        ..CASE
    },
    Case {
        what: "a worker that dies at once",
        before: "window.Worker = class extends EventTarget { postMessage() {} terminate() {} constructor() { super(); setTimeout(() => this.onerror?.(new Event('error'))); } };",
        act: "document.querySelector('.charts-place').scrollIntoView();",
        holds: "document.querySelector('.charts')?.textContent && !document.querySelector('.charts').textContent.includes('% measured')",
        ..CASE
    },
    Case {
        what: "a worker that says nonsense",
        before: "window.Worker = class { postMessage() { for (const data of [[7], ['x', {}], [0, new Float64Array([NaN, Infinity, -1])], [1e9, new Float64Array(3)], [undefined, null], {}, 'nonsense'])
                setTimeout(() => this.onmessage?.(new MessageEvent('message', { data }))); } terminate() {} constructor() { setTimeout(() => this.onmessage?.(new MessageEvent('message', { data: null }))); } };",
        act: "document.querySelector('.charts-place').scrollIntoView(); await new Promise(done => setTimeout(done, 900));",
        holds: PAINTED,
        ..CASE
    },
    Case {
        what: "measuring where there is no worker",
        before: "window.Worker = class { constructor() { throw new Error('no'); } };",
        link: "#/latency",
        act: "await press('button', 'Measure here');",
        gets: &[("main", "no second thread here")],
        ..CASE
    },
    Case {
        what: "the clipboard refuses",
        before: "navigator.clipboard.writeText = () => Promise.reject(new DOMException('denied', 'NotAllowedError'));",
        act: "await press('header button', 'Share'); await press('dialog button', 'Copy link');",
        gets: &[("dialog [role=status]", "keeps its clipboard closed here")],
        ..CASE
    },
    Case {
        what: "there is no clipboard",
        before: "Object.defineProperty(Navigator.prototype, 'clipboard', { get: () => undefined });",
        act: "await press('header button', 'Share'); await press('dialog summary', 'Put it into a page'); await press('dialog button', 'Copy the code');",
        gets: &[(".embed-panel [role=status]", "select the code and copy it by hand")],
        ..CASE
    },
    Case {
        what: "no files can be made",
        before: "URL.createObjectURL = () => { throw new TypeError('no'); };",
        act: "await press('header button', 'Share'); await press('dialog button', 'Figures'); await press('dialog button', 'Figures and checks');",
        gets: &[("dialog", "The browser did not take the file")],
        ..CASE
    },
    Case {
        what: "nobody says how wide things are",
        before: "delete window.ResizeObserver;",
        holds: PAINTED,
        ..CASE
    },
    Case {
        what: "nobody says what is on screen",
        before: "delete window.IntersectionObserver;",
        gets: &[RING, (".charts", "")],
        holds: PAINTED,
        ..CASE
    },
    Case {
        what: "nobody says what the reader prefers",
        before: "window.matchMedia = () => { throw new Error('no'); };",
        holds: PAINTED,
        ..CASE
    },
    Case {
        what: "the whole screen and a second window are refused",
        before: "Element.prototype.requestFullscreen = () => Promise.reject(new TypeError('denied')); window.open = () => null;",
        link: "#/hash-ring?lesson=join-leave.1",
        act: "await press('.leave button', 'Present'); await press('.present-bar button', 'Notes');",
        gets: &[(".notes", "opened no second window")],
        holds: "document.documentElement.hasAttribute('data-present')",
    },
    Case {
        what: "an address of two hundred thousand letters",
        act: "location.hash = '#/hash-ring?' + 'servers=3&colour=red&do=1s:add;'.repeat(6000);",
        gets: &[(".notes", "servers=3")],
        holds: PAINTED,
        ..CASE
    },
    Case {
        what: "a paste of twenty million letters in one line",
        act: "await press('header button', 'data');
            for (let n = 0; n < 200 && !document.querySelector('dialog textarea'); n++) await new Promise(done => setTimeout(done, 25));
            document.querySelector('dialog textarea').value = 'x'.repeat(2e7); await press('dialog .row button', 'Read');",
        gets: &[("dialog .result", "Line 1: a key of up to 1024 bytes was expected")],
        ..CASE
    },
    Case {
        what: "a paste of what is no text at all",
        act: "await press('header button', 'data');
            for (let n = 0; n < 200 && !document.querySelector('dialog textarea'); n++) await new Promise(done => setTimeout(done, 25));
            document.querySelector('dialog textarea').value = '\\u0000\\ud800\\uffff\\u202e\\u0001'.repeat(500); await press('dialog .row button', 'Read');",
        gets: &[("dialog .result", "Found:")],
        ..CASE
    },
    Case {
        what: "an empty paste",
        act: "await press('header button', 'data'); await press('dialog .row button', 'Read');",
        gets: &[("dialog .result", "There was nothing to read")],
        ..CASE
    },
    Case {
        what: "a number that is none, in a field",
        act: "const field = document.querySelector('#knob-servers'); field.value = '1e999 <b>'; field.dispatchEvent(new Event('change'));",
        gets: &[(".notes", "1e999")],
        holds: "!document.querySelector('.notes b b') && document.querySelector('#knob-servers').value === '5'",
        ..CASE
    },
    Case {
        what: "a seed that is none",
        act: "const field = document.querySelector('#seed'); field.value = '-1'; field.dispatchEvent(new Event('change'));",
        gets: &[(".notes", "Seed: -1: a whole number from 0 to 2^64 − 1 was expected")],
        ..CASE
    },
    Case {
        what: "a guess that is no number",
        link: "#/latency?lesson=guess.1",
        act: "const field = document.querySelector('.guess input'); field.value = 'a while'; field.form.requestSubmit();",
        gets: &[(".notes", "Your guess: a while")],
        ..CASE
    },
];

fn whatever_the_browser_refuses(page: &mut Page) -> Result<()> {
    let mut wrong = Vec::new();
    for case in CASES {
        if let Err(error) = one(page, case) {
            wrong.push(format!("{}: {error:#}", case.what));
        }
    }
    println!("    {} cases", CASES.len());
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

fn one(page: &Page, case: &Case) -> Result<()> {
    let told = page.errors()?.len();
    page.forget_before_load();
    page.before_load(case.before);
    page.open(case.link)?;
    page.wait_for(".figures .fig")?;
    page.run(&format!("return (async () => {{ {PRESS} {} }})()", case.act), &[])?;
    for (css, text) in case.gets.iter().filter(|(css, _)| *css != RING.0 || case.link == CASE.link) {
        page.wait_text(css, text)?;
    }
    page.wait_until(case.holds)?;
    equal("crashes", page.count(".crash")?, 0)?;
    ensure!(!page.text("body")?.contains("NaN"), "it says NaN");
    let errors = page.errors()?.split_off(told);
    equal("errors", errors, vec![])
}

/// The file is another one by the time it is read.
fn a_file_that_cannot_be_read(page: &mut Page) -> Result<()> {
    page.open("#/hash-ring")?;
    page.wait_for(".figures .fig")?;
    page.run(
        "document.body.insertAdjacentHTML('beforeend', '<input id=chosen type=file>');
         [...document.querySelectorAll('header button')].find(it => it.textContent.includes('data')).click();",
        &[],
    )?;
    page.wait_for("dialog[open] textarea")?;
    let file = std::env::temp_dir().join(format!("moving-parts-lost-{}.txt", std::process::id()));
    fs::write(&file, "alpha\nbeta\n")?;
    page.run("document.querySelector('dialog').close()", &[])?;
    page.type_into("#chosen", &file.display().to_string())?;
    equal("size", page.eval("document.querySelector('#chosen').files[0].size")?, json!(11))?;
    sleep(Duration::from_millis(1_100));
    fs::write(&file, "gamma\ndelta\nepsilon\n")?;
    page.run(
        "[...document.querySelectorAll('header button')].find(it => it.textContent.includes('data')).click()",
        &[],
    )?;
    page.wait_for("dialog[open] textarea")?;
    page.run(
        "const data = new DataTransfer(); data.items.add(document.querySelector('#chosen').files[0]);
         document.querySelector('dialog textarea').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));",
        &[],
    )?;
    let told = page.wait_text("dialog .result", "The file could not be read");
    let _ = fs::remove_file(&file);
    told?;
    // And then another that can.
    page.run("document.querySelector('dialog textarea').value = 'alpha'", &[])?;
    page.click("dialog .row .primary")?;
    page.wait_text("dialog .result", "1 key")?;
    page.assert_clean()
}

/// A host that says too much, too often, too large: the figure goes on, and answers.
fn a_hostile_host(page: &mut Page) -> Result<()> {
    let body =
        "<moving-parts id=a explainer=quorum params=\"do=1ms:write(1,x)\" controls=all loading=eager></moving-parts>";
    let host = Host::open(page, &html(SCRIPT, body))?;
    let before = state(page, "#a")?;
    let flood = "const to = document.querySelector('#a').shadowRoot.querySelector('iframe').contentWindow;
        const say = it => to.postMessage({ movingParts: 1, ...it }, '*');
        const deep = {}; let at = deep; for (let n = 0; n < 500; n++) at = at.to = {};
        const round = { call: 'seek' }; round.to = round;
        for (const to of [1e308, -1e308, Infinity, -Infinity, -0, 2 ** 53, 'x'.repeat(1e6), deep, new Date(NaN), new Map([[1, 2]]), 10n ** 30n, new ArrayBuffer(1e6), true, null, undefined])
            for (const call of ['seek', 'step', 'state', 'look', 'play', 'pause', to]) say({ call, to, number: to, theme: to, accent: to });
        say(round); say(deep); say({ call: { toString: 1 } });
        for (const call of ['constructor', '__proto__', 'toString', '']) say({ call, to: 1 });
        say({ call: 'look', theme: 'dark&controls=none&embed', accent: '#fff;background:url(//example.org/x)' });
        for (let n = 0; n < 600; n++) say({ call: n % 3 ? 'seek' : 'step', to: n % 3 ? n % 7 : n % 2 ? 'next' : 'back' });
        say({ call: 'look', theme: 'auto', accent: '' }); say({ call: 'pause' }); say({ call: 'seek', to: 0 });";
    page.run(flood, &[])?;
    let mut after = Value::Null;
    for _ in 0..100 {
        after = state(page, "#a")?;
        if after["time"] == json!(0) && after["playing"] == json!(false) {
            break;
        }
        sleep(Duration::from_millis(100));
    }
    equal("settings and actions", after["link"].as_str().map(plain), before["link"].as_str().map(plain))?;
    page.frame(Some("#a"))?;
    equal("crashes", page.count(".crash")?, 0)?;
    equal("theme", page.eval("document.documentElement.dataset.theme ?? null")?, Value::Null)?;
    equal("what it has besides the picture", page.count(".transport .play")?, 1)?;
    page.wait_until(PAINTED)?;
    page.frame(None)?;
    assert_only(page, &host)
}

/// A link without its moment.
fn plain(link: &str) -> String {
    link.split('&').filter(|part| !part.starts_with("t=")).collect::<Vec<_>>().join("&")
}
