//! Endurance: an explainer at top speed for minutes while random things are done to it, and what it holds on to.
//!
//! `… -- --dist dist soak [--minutes 10] [--explainer quorum] [--seed 1]`. What is done comes from the seed. Every ten
//! seconds everything is put back as it was at the start, garbage is collected, and what is left is measured. All of
//! it is done three times over: the first time caches fill and the largest run takes the room it needs; from then on
//! the page does what it did before, and whatever grows is held on to for no reason.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use moving_parts::explainers::{Entry, REGISTRY};
use moving_parts::sim::random;
use serde_json::{Value, json};

use crate::driver::Driver;
use crate::page::{Page, equal};

pub struct Soak {
    pub minutes: f64,
    /// Only this one; empty: each.
    pub explainer: String,
    pub seed: u64,
}

/// Between two things done, in milliseconds, and how many between two measurements: some ten seconds.
const PAUSE_MS: u64 = 120;
const ROUND: usize = 78;
/// The same things are done so often.
const TIMES: usize = 3;

/// What a page holds after everything was put back.
#[derive(Clone, Copy, Debug)]
struct Held {
    seconds: f64,
    heap: f64,
    wasm: f64,
    nodes: f64,
    listeners: f64,
}

/// What is compared: its name, its value, and what it may grow by between the medians of the second and the third time:
/// a share, and so much besides.
type Figure = (&'static str, fn(&Held) -> f64, f64, f64);

const FIGURES: [Figure; 4] = [
    ("JS heap (MB)", |held| held.heap / 1e6, 0.03, 0.25),
    // It never shrinks, and what the clock brings together is never quite the same.
    ("wasm memory (MB)", |held| held.wasm / 1e6, 0.05, 1.0),
    ("nodes", |held| held.nodes, 0.02, 20.0),
    ("listeners", |held| held.listeners, 0.02, 10.0),
];

/// Notes the program's memory, wherever it is made.
const MEMORY: &str = "
    window.memories = new Set();
    const note = it => { for (const one of Object.values((it.instance ?? it).exports)) if (one instanceof WebAssembly.Memory) memories.add(one); return it; };
    for (const name of ['instantiate', 'instantiateStreaming']) {
        const was = WebAssembly[name];
        WebAssembly[name] = (...all) => was.apply(WebAssembly, all).then(note);
    }
    const Was = WebAssembly.Instance;
    WebAssembly.Instance = function (...all) { return note(new Was(...all)); };";

/// `window.soak(n)`: one of many things that a reader does, chosen by a number; `window.rest()`: back to the start.
const HANDS: &str = "
    const all = css => [...document.querySelectorAll(css)];
    const fire = (it, kind) => it.dispatchEvent(new Event(kind, { bubbles: true }));
    const key = key => document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    const named = (css, part) => all(css).find(it => it.textContent.includes(part));
    const set = (it, value) => { it.value = value; fire(it, 'input'); fire(it, 'change'); };
    const start = Object.fromEntries(all('.knob input[id], .knob select').map(it => [it.id, it.value]));
    const text = document.querySelector('.pad-paper textarea')?.value;
    document.querySelectorAll('aside details').forEach(it => { it.open = true; });
    window.soak = n => {
        const pick = list => list.length ? list[(n >>> 8 & 0xffff) % list.length] : null;
        const part = (n >>> 8 & 0xffff) / 0x10000;
        const doing = n % 24;
        if (doing < 7) pick(all('.actions > .contents > button'))?.click();
        else if (doing < 9) { const list = document.querySelector('.follow select'); if (list) { list.selectedIndex = part * list.options.length | 0; fire(list, 'change'); } }
        else if (doing < 11) { const line = document.querySelector('.scrub input'); if (line) { line.value = part * line.max | 0; fire(line, 'input'); } }
        else if (doing < 13) {
            const it = pick(all('.knob input[type=range], .knob select'));
            if (it?.tagName === 'SELECT') { it.selectedIndex = part * 7919 % 1 * it.options.length | 0; fire(it, 'change'); }
            else if (it) { it.value = Number(it.min) + part * 7919 % 1 * (it.max - it.min) * 0.5 | 0; fire(it, 'input'); }
        }
        else if (doing === 13) key('u');
        else if (doing === 14) key(part < 0.5 ? 'Home' : 'ArrowRight');
        else if (doing === 15) named('header button', 'Compare')?.click();
        else if (doing === 16) pick(all('.chapter, .steps .primary, .choices button, .leave button:first-child'))?.click();
        else if (doing === 17) pick(all('header button.primary, header button[aria-label]'))?.click();
        else if (doing === 18) pick(all('dialog[open] .seg button, dialog[open] summary'))?.click();
        else if (doing === 19) { for (const it of all('dialog[open]')) it.close(); }
        else if (doing === 20) { const it = pick(all('.stage .live')); const box = it?.getBoundingClientRect();
            for (const kind of ['pointermove', 'pointerdown', 'pointerup', 'pointerleave'])
                it?.dispatchEvent(new PointerEvent(kind, { bubbles: true, clientX: box.x + part * box.width, clientY: box.y + part * 31 % 1 * box.height })); }
        else if (doing === 21) { const form = document.querySelector('.ask'); if (form) { form.querySelector('input').value = 'AB' + (n >>> 8 & 15); form.requestSubmit(); } }
        else if (doing === 22) { const pad = document.querySelector('.pad-paper textarea'); if (pad) { pad.value += `\\nx${n >>> 8 & 7} = ${n >>> 11 & 255} MB`; fire(pad, 'input'); } else pick(all('.run, .moment'))?.click(); }
        else pick(['.charts-place', '.stage-card', 'footer'].map(css => document.querySelector(css)))?.scrollIntoView();
        if (!document.querySelector('dialog[open]')) document.querySelector('.play[aria-label=Play]')?.click();
    };
    window.act = async (numbers, pause) => {
        for (const n of numbers) { soak(n); await new Promise(done => setTimeout(done, pause)); }
    };
    window.rest = async () => {
        const calm = () => new Promise(done => setTimeout(done, 150));
        all('dialog[open]').forEach(it => it.close());
        document.querySelector('.note > button')?.click();
        named('.leave button', 'All lessons')?.click();
        document.querySelector('header [aria-pressed=true]')?.click();
        await calm();
        // One setting may hide another.
        for (let turn = 0; turn < 4; turn++) {
            for (const [id, value] of Object.entries(start)) { const it = document.getElementById(id); if (it && it.value !== value) { set(it, value); await calm(); } }
        }
        const pad = document.querySelector('.pad-paper textarea');
        if (pad && pad.value !== text) { set(pad, text); await calm(); }
        const list = document.querySelector('.follow select');
        if (list) { list.selectedIndex = 0; fire(list, 'change'); }
        key('0');
        document.querySelector('.play[aria-label=Pause]')?.click();
        document.querySelector('.note > button')?.click();
        scrollTo(0, 0);
        await calm();
        const other = Object.entries(start).filter(([id, value]) => document.getElementById(id) && document.getElementById(id).value !== value);
        return other.join();
    };";

pub fn run(driver: &Driver, dist: &std::path::Path, wish: &Soak) -> Result<bool> {
    let named: Vec<&Entry> =
        REGISTRY.iter().filter(|entry| wish.explainer.is_empty() || entry.meta.slug == wish.explainer).collect();
    ensure!(!named.is_empty(), "there is no explainer called \"{}\"", wish.explainer);
    let mut flat = true;
    for entry in named {
        flat &= one(driver, dist, entry, wish).with_context(|| format!("the soak of {}", entry.meta.slug))?;
    }
    Ok(flat)
}

fn one(driver: &Driver, dist: &std::path::Path, entry: &Entry, wish: &Soak) -> Result<bool> {
    let page = Page::new(driver, dist)?;
    page.before_load(MEMORY);
    page.open(&format!("#/{}", entry.meta.slug))?;
    page.wait_for(".actions")?;
    page.wait_for(".figures .fig")?;
    page.cdp("Performance.enable", json!({}))?;
    page.run(HANDS, &[])?;
    page.keys("]", 3)?;
    println!("\n{}, {} minutes, seed {}", entry.meta.slug, wish.minutes, wish.seed);
    println!("{:>7} {:>12} {:>12} {:>8} {:>10} {:>8}", "s", "JS heap MB", "wasm MB", "nodes", "listeners", "done");
    let begun = Instant::now();
    // Of ten seconds each, where the machine is not busy with something else.
    let rounds = ((wish.minutes * 6.0) as usize / TIMES).max(2);
    let (mut all, mut done) = (Vec::new(), 0);
    for _ in 0..TIMES {
        let mut chance = random::stream(wish.seed, "soak");
        for _ in 0..rounds {
            // In one go: what a browser keeps of every script that it is told to run is not the page's.
            let numbers: Vec<u32> = (0..ROUND).map(|_| chance.below(1 << 31)).collect();
            page.run("return act(...arguments)", &[json!(numbers), json!(PAUSE_MS)])?;
            done += ROUND;
            equal("settings that could not be put back", page.eval("rest()")?, json!(""))?;
            let held = hold(&page, begun)?;
            let Held { seconds, heap, wasm, nodes, listeners } = held;
            println!("{seconds:>7.0} {:>12.2} {:>12.2} {nodes:>8} {listeners:>10} {done:>8}", heap / 1e6, wasm / 1e6);
            equal("crashes", page.count(".crash")?, 0)?;
            all.push(held);
        }
    }
    page.assert_clean()?;
    judge(&all)
}

fn hold(page: &Page, begun: Instant) -> Result<Held> {
    page.cdp("HeapProfiler.collectGarbage", json!({}))?;
    let heap = page.cdp("Runtime.getHeapUsage", json!({}))?["usedSize"].as_f64().context("no size of the heap")?;
    let wasm = page.eval("[...memories].reduce((sum, it) => sum + it.buffer.byteLength, 0)")?;
    let wasm = wasm.as_f64().filter(|bytes| *bytes > 0.0).context("the program’s memory was not seen")?;
    let metrics = page.cdp("Performance.getMetrics", json!({}))?;
    let metric = |name: &str| {
        let list = metrics["metrics"].as_array().into_iter().flatten();
        list.clone().find(|it| it["name"] == json!(name)).and_then(|it: &Value| it["value"].as_f64())
    };
    let nodes = metric("Nodes").context("no count of nodes")?;
    let listeners = metric("JSEventListeners").context("no count of listeners")?;
    Ok(Held { seconds: begun.elapsed().as_secs_f64(), heap, wasm, nodes, listeners })
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Whether nothing grows from the second time to the third.
fn judge(all: &[Held]) -> Result<bool> {
    let rounds = all.len() / TIMES;
    ensure!(rounds >= 2, "too short to judge: {rounds} figures each time");
    let (first, second) = (&all[rounds..2 * rounds], &all[2 * rounds..]);
    let mut flat = true;
    for (name, of, share, besides) in FIGURES {
        let (before, now) = (median(first.iter().map(of)), median(second.iter().map(of)));
        let grows = now > before * (1.0 + share) + besides;
        flat &= !grows;
        println!("{name}: {before:.2} then {now:.2}{}", if grows { ", GROWS" } else { "" });
    }
    Ok(flat)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(second: u32, nodes: f64) -> Held {
        Held { seconds: f64::from(second), heap: 5e6, wasm: 3e6, nodes, listeners: 100.0 }
    }

    #[test]
    fn what_grows_is_seen() {
        let all = |grown: f64| (0..12).map(|i| held(i * 10, 900.0 + grown * f64::from(i))).collect::<Vec<_>>();
        assert!(judge(&all(0.0)).is_ok_and(|flat| flat));
        assert!(judge(&all(20.0)).is_ok_and(|flat| !flat));
        assert!(judge(&all(0.0)[..5]).is_err(), "nothing can be said of one figure");
    }
}
