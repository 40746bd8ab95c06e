//! A page 320 px wide, and one at twice its size: nothing is lost, nothing lies on something else, all can be hit.

use std::thread::sleep;
use std::time::Duration;

use anyhow::{Result, ensure};
use moving_parts::explainers::REGISTRY;
use serde_json::json;

use super::faces::FACES;
use crate::page::Page;

crate::tests::tests![nothing_is_lost_at_320_px on [Chromium], nothing_is_lost_at_twice_the_size on [Chromium]];

/// An expression: what is wrong with the page as it is laid out now.
const WRONG: &str = "(() => {
    const wrong = new Set(), root = document.documentElement;
    const say = (what, it) => wrong.add(`${what}: ${it.tagName.toLowerCase()}.${it.className.baseVal ?? it.className} “${(it.getAttribute('aria-label') ?? it.textContent).trim().slice(0, 40)}”`);
    if (root.scrollWidth > innerWidth) wrong.add(`the page scrolls sideways by ${root.scrollWidth - innerWidth} px`);
    const within = document.querySelector('dialog[open]') ?? document.body;
    // What only screen readers hear; what follows the pointer; a sheet's lines, which scroll with their field and are
    // told in full below it; a file's field, of which one sees the label.
    const aside = '.heard, [data-present] .question, .tip, .pad-paper, noscript, .marks';
    const seen = it => it.checkVisibility({ visibilityProperty: true }) && !it.closest(aside);
    const holders = it => { const all = []; for (let up = it; up && up !== document.body; up = up.parentElement) all.push(up); return all; };
    for (const it of within.querySelectorAll('*')) {
        if (!seen(it) || !['P', 'H1', 'H2', 'H3', 'SPAN', 'B', 'BUTTON', 'A', 'LI', 'DIV', 'LABEL', 'DT', 'DD', 'SMALL', 'SUMMARY', 'KBD', 'CODE'].includes(it.tagName)) continue;
        for (const text of it.childNodes) {
            if (text.nodeType !== 3 || !text.data.trim()) continue;
            const range = document.createRange(); range.selectNodeContents(text);
            for (const box of range.getClientRects()) {
                if (box.width < 1) continue;
                const around = holders(it).map(up => [up, getComputedStyle(up), up.getBoundingClientRect()]);
                const scrolls = around.some(([, style]) => /auto|scroll/.test(style.overflowX + style.overflowY));
                if (!scrolls && (box.left < -1 || box.right > innerWidth + 1)) say('text beyond the edge', it);
                for (const [up, style, frame] of around) {
                    if (/hidden|clip/.test(style.overflowX) && (box.right > frame.right + 1.5 || box.left < frame.left - 1.5)) say('text cut off', it);
                    if (/auto|scroll/.test(style.overflowY)) break;
                    if (/hidden|clip/.test(style.overflowY) && (box.bottom > frame.bottom + 2.5 || box.top < frame.top - 2.5)) say('text cut off below', it);
                }
            }
        }
    }
    for (const it of within.querySelectorAll('input.text, select')) {
        if (it.tagName === 'INPUT' && it.value && !it.readOnly && it.scrollWidth > it.clientWidth + 1 && seen(it)) say('a value wider than its field', it);
    }
    const targets = [...within.querySelectorAll('a[href], button, input, select, textarea, summary')].filter(it => seen(it) && !it.disabled && it.type !== 'file' && !it.closest('[inert]'));
    const boxes = targets.map(it => it.getBoundingClientRect());
    const middle = box => [box.x + box.width / 2, box.y + box.height / 2];
    targets.forEach((it, i) => {
        const [a, [x, y]] = [boxes[i], middle(boxes[i])];
        // A link or a word of a sentence is as high as its line.
        const inline = it.matches('p .about, p a, li a, span .about');
        const small = a.width < 24 || a.height < 24;
        boxes.forEach((b, j) => {
            if (i === j || it.contains(targets[j]) || targets[j].contains(it)) return;
            const [across, down] = [Math.min(a.right, b.right) - Math.max(a.left, b.left), Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)];
            if (i < j && across > 1 && down > 1) say(`lies on “${(targets[j].getAttribute('aria-label') ?? targets[j].textContent).slice(0, 30)}”`, it);
            if (!small || inline) return;
            // 24 px around a small one's middle are nobody else's.
            const [dx, dy] = [Math.max(b.left - x, x - b.right, 0), Math.max(b.top - y, y - b.bottom, 0)];
            if (dx * dx + dy * dy < 144) say(`too small (${a.width | 0} × ${a.height | 0}) beside another`, it);
        });
    });
    return [...wrong];
})()";

fn look(page: &Page, what: &str, wrong: &mut Vec<String>) -> Result<()> {
    // Pictures and what they say come with the next frames.
    sleep(Duration::from_millis(350));
    page.wait_until("document.getAnimations().every(it => it.playState !== 'running')")?;
    let found: Vec<String> = serde_json::from_value(page.eval(WRONG)?)?;
    wrong.extend(found.into_iter().map(|it| format!("{what}: {it}")));
    Ok(())
}

fn everything(page: &Page) -> Result<()> {
    let mut wrong = Vec::new();
    page.open("")?;
    page.wait_for(".card")?;
    look(page, "the gallery", &mut wrong)?;
    // It looks, and it sees.
    page.run(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<p class=planted>averylongwordthatfitsonnolineofanyphone</p>');
         const box = document.querySelector('.planted'), put = (x, y) => { const it = document.createElement('button'); it.textContent = 'x';
            for (const [name, value] of Object.entries({ position: 'absolute', left: `${x}px`, top: `${y}px`, width: '12px', height: '12px', minHeight: '12px', padding: '0' })) it.style[name] = value; box.append(it); };
         put(10, 10); put(16, 10); put(40, 10); put(54, 10);",
        &[],
    )?;
    let mut planted = Vec::new();
    look(page, "", &mut planted)?;
    for sign in ["beyond the edge", "lies on", "too small"] {
        // A word of a hundred letters has room on the larger page.
        let room = sign == "beyond the edge" && page.eval("innerWidth > 600")? == json!(true);
        ensure!(
            room || planted.iter().any(|it| it.contains(sign)),
            "what was planted is not found: {sign} in {planted:?}"
        );
    }
    for entry in REGISTRY {
        let slug = entry.meta.slug;
        let lessons = (entry.lessons)();
        let asks = lessons.iter().find_map(|lesson| {
            let step = lesson.steps.iter().position(|step| step.ask.is_some())?;
            Some(format!("#/{slug}?lesson={}.{}", lesson.slug, step + 1))
        });
        let links = [format!("#/{slug}"), format!("#/{slug}?colour=red"), format!("#/{slug}?compare=1")];
        for link in links.into_iter().chain(asks) {
            page.open(&link)?;
            page.wait_for("main h1")?;
            page.wait_for(".stage .live")?;
            page.run("document.querySelectorAll('main details').forEach(it => { it.open = true; })", &[])?;
            page.run("document.querySelector('.charts-place')?.scrollIntoView()", &[])?;
            // A note lies over what is scrolled below it, until it is dismissed.
            sleep(Duration::from_millis(300));
            page.run("scrollTo(0, 0)", &[])?;
            look(page, &link, &mut wrong)?;
        }
        for button in ["Share", "ata"] {
            page.eval(&format!(
                "[...document.querySelectorAll('header button')].find(b => b.textContent.includes('{button}'))?.click()"
            ))?;
            if page.count("dialog[open]")? == 0 {
                continue;
            }
            page.wait_until("document.querySelector('dialog .sheet-body').textContent.length > 20")?;
            page.run("document.querySelectorAll('dialog details').forEach(it => { it.open = true; })", &[])?;
            look(page, &format!("{slug}, {button}"), &mut wrong)?;
            for tab in 0..page.count("dialog .seg button")? {
                page.run("document.querySelectorAll('dialog .seg button')[arguments[0]].click()", &[tab.into()])?;
                look(page, &format!("{slug}, {button}, its tab {tab}"), &mut wrong)?;
            }
            page.key("Escape")?;
            page.wait_gone("dialog[open]")?;
        }
        page.key("?")?;
        page.wait_for("dialog[open] .keys")?;
        look(page, &format!("{slug}, keys"), &mut wrong)?;
        page.key("Escape")?;
        for face in FACES {
            let what = face.open(page, entry)?;
            look(page, &what, &mut wrong)?;
        }
    }
    wrong.dedup();
    ensure!(wrong.is_empty(), "{} things:\n{}", wrong.len(), wrong.join("\n"));
    page.assert_clean()
}

fn nothing_is_lost_at_320_px(page: &mut Page) -> Result<()> {
    page.size(320, 640)?;
    everything(page)
}

/// 1280 × 800 at 200%.
fn nothing_is_lost_at_twice_the_size(page: &mut Page) -> Result<()> {
    page.cdp(
        "Emulation.setDeviceMetricsOverride",
        json!({ "width": 640, "height": 400, "deviceScaleFactor": 2, "mobile": false }),
    )?;
    everything(page)
}
