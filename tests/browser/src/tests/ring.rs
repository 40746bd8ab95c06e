//! The ring, as its reader uses it.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::page::{Page, copied, equal};

crate::tests::tests![
    worlds_equal_native_ones,
    starts_paused_and_draws_nothing_while_still,
    a_join_is_told_shown_and_shared,
    acting_in_the_past_keeps_both_runs,
    compares_with_mod_n,
    follows_one_server,
    a_lesson_asks_before_it_tells,
    own_keys_and_a_bad_line,
    a_large_file_of_keys,
    a_real_cluster,
    a_link_followed_is_not_written_over,
    bad_links_name_their_parts,
    everything_by_keyboard,
    fits_a_phone,
    reduced_motion_goes_step_by_step,
    follows_the_reader_s_theme on [Chromium, Firefox],
    a_panic_is_told,
];

const CAPTION: &str = ".caption";

/// The same link gives the same world here and there, bit for bit.
fn worlds_equal_native_ones(page: &mut Page) -> Result<()> {
    page.open("")?;
    page.wait_until("!!window.movingParts")?;
    let links = moving_parts::explainers::proof::links();
    ensure!(links.len() > 100, "only {} links", links.len());
    for link in links {
        let here = page.run("return window.movingParts.digest(arguments[0])", &[json!(link)])?;
        let there = format!("{:016x}", moving_parts::explainers::proof::digest_of(&link));
        equal(&link, here, json!(there))?;
    }
    page.assert_clean()
}

fn paints(page: &Page) -> Result<u64> {
    Ok(page.eval("window.paints")?.as_u64().unwrap_or(0))
}

fn starts_paused_and_draws_nothing_while_still(page: &mut Page) -> Result<()> {
    page.before_load(
        "window.paints = 0;
         for (const { prototype } of [CanvasRenderingContext2D, OffscreenCanvasRenderingContext2D]) {
             const was = prototype.clearRect;
             prototype.clearRect = function (...a) { window.paints++; return was.apply(this, a); };
         }",
    );
    page.open("#/hash-ring")?;
    page.wait_text(CAPTION, "1,000 keys on 5 servers")?;
    // Charts come when they are scrolled to.
    ensure!(page.eval("document.querySelectorAll('.charts canvas').length")? == json!(0), "charts nobody has seen");
    page.run("document.querySelector('.charts-place').scrollIntoView()", &[])?;
    page.wait_until("document.querySelectorAll('.charts canvas').length >= 4")?;
    // The measuring of the chart goes on for a while; then nothing is left to do.
    page.wait_until("!document.querySelector('.charts').textContent.includes('measured')")?;
    let before = paints(page)?;
    ensure!(before > 0, "nothing was painted at all, or nobody counts");
    std::thread::sleep(std::time::Duration::from_millis(700));
    equal("pictures painted while paused", paints(page)?, before)?;
    ensure!(page.text(".transport .t")?.starts_with("0.0 s"), "the clock moved by itself");
    page.run("scrollTo(0, 0)", &[])?;
    page.click(".transport .play")?;
    page.wait_until("!document.querySelector('.transport .t')?.textContent.startsWith('0.0 s')")?;
    let before = paints(page)?;
    std::thread::sleep(std::time::Duration::from_millis(700));
    ensure!(paints(page)? - before <= 2, "{} pictures while nothing moved", paints(page)? - before);
    page.assert_clean()
}

fn a_join_is_told_shown_and_shared(page: &mut Page) -> Result<()> {
    page.open("#/hash-ring?t=2")?;
    page.wait_for(".actions button")?;
    page.click(".actions button")?;
    page.wait_text(CAPTION, "cache-6 joins.")?;
    page.wait_text(".figures", "ideal 1/6 = 16.7%")?;
    page.wait_text(CAPTION, "Handed over.")?;
    page.wait_until("location.hash.includes('do=2s:add&t=3.8')")?;
    let figures = page.text(".figures")?;
    page.reload()?;
    page.wait_text(CAPTION, "Handed over.")?;
    equal("figures after a reload", page.text(".figures")?, figures)?;
    page.click("header nav .primary")?;
    page.wait_for("dialog[open] input")?;
    let link = page.eval("document.querySelector('dialog input').value")?;
    ensure!(link.as_str().is_some_and(|link| link.contains("do=2s:add")), "{link}");
    page.click("dialog .primary")?;
    page.wait_until("document.querySelector('dialog [role=status]').textContent.length > 0")?;
    page.assert_clean()
}

fn acting_in_the_past_keeps_both_runs(page: &mut Page) -> Result<()> {
    page.open("#/hash-ring?do=2s:add;5s:crash(2)&t=8")?;
    page.wait_text(".log", "cache-2 crashes")?;
    page.key("Home")?;
    page.wait_text(CAPTION, "1,000 keys")?;
    page.key("ArrowRight")?;
    page.wait_text(CAPTION, "cache-6 joins.")?;
    page.key("a")?;
    page.wait_text(CAPTION, "cache-7 joins.")?;
    page.wait_until("document.querySelectorAll('.run').length === 2")?;
    page.click(".run")?;
    page.key("End")?;
    page.wait_text(".log", "cache-2 crashes")?;
    page.assert_clean()
}

fn compares_with_mod_n(page: &mut Page) -> Result<()> {
    page.open("#/hash-ring?do=2s:add&t=6")?;
    page.wait_for(".figures .fig")?;
    page.click("header nav button")?;
    page.wait_until("document.querySelectorAll('.stage-side').length === 2")?;
    page.wait_text(".stages", "Hash mod N")?;
    page.wait_text(".figures", "B")?;
    let shares = page.eval("[...document.querySelectorAll('.fig .n')].slice(0, 2).map(n => parseFloat(n.lastChild.previousSibling.textContent))")?;
    let (ring, mod_n) = (shares[0].as_f64().unwrap_or(0.0), shares[1].as_f64().unwrap_or(0.0));
    ensure!(ring > 5.0 && ring < 30.0 && mod_n > 70.0, "ring {ring}%, mod N {mod_n}%");
    page.wait_until("location.hash.includes('vs.placement=mod-n')")?;
    page.reload()?;
    page.wait_until("document.querySelectorAll('.stage-side').length === 2")?;
    page.assert_clean()
}

fn follows_one_server(page: &mut Page) -> Result<()> {
    page.open("#/hash-ring?do=2s:crash(3)&t=6")?;
    page.wait_for(".follow select option[value=server-3]")?;
    page.run(
        "const s = document.querySelector('.follow select'); s.value = 'server-3';
         s.dispatchEvent(new Event('change', {bubbles: true}))",
        &[],
    )?;
    page.wait_text(".log", "down")?;
    page.wait_text(".actions", "cache-3 comes back, empty")?;
    page.key("Escape")?;
    page.wait_until("document.querySelector('.follow select').value === ''")?;
    // Pointing at a server in the picture names it, and a click follows it.
    let [x, y, w, h] = page.rect(".stage")?;
    let mut found = None;
    'search: for row in 0..40 {
        for column in 0..30 {
            let at = (x + w * f64::from(column) / 30.0, y + h * f64::from(row) / 40.0);
            page.move_to(at.0, at.1)?;
            let tip = page.eval("(t => t.hidden ? '' : t.textContent)(document.querySelector('.tip'))")?;
            if tip.as_str().is_some_and(|tip| tip.starts_with("cache-4:")) {
                found = Some(at);
                break 'search;
            }
        }
    }
    let Some((x, y)) = found else { anyhow::bail!("no place of the stage is cache-4's") };
    page.click_at(x, y)?;
    page.wait_until("document.querySelector('.follow select').value === 'server-4'")?;
    page.wait_text(".actions", "cache-4 crashes")?;
    page.assert_clean()
}

fn a_lesson_asks_before_it_tells(page: &mut Page) -> Result<()> {
    page.open("#/hash-ring?lesson=join-leave.2")?;
    page.wait_text(".predict", "how many per cent of the keys will move?")?;
    ensure!(!page.text(".lesson")?.contains("Look at"), "told before it asked");
    equal("next", page.attribute(".steps .primary", "aria-disabled")?, Some("true".into()))?;
    page.click(".choices button:nth-child(2)")?;
    equal("the focus stays", page.eval("document.activeElement.textContent")?, json!("about 15%"))?;
    page.wait_text(CAPTION, "Handed over.")?;
    page.wait_text(".verdict", "Right: it is")?;
    page.wait_text(".lesson", "Look at")?;
    let told = page.text(".lesson .figure")?;
    ensure!(page.text(".figures")?.contains(told.trim_end_matches('%')), "the lesson says {told}, the figures do not");
    // The keyboard goes on to the next step's heading, not to whatever stands where it was.
    page.run("document.querySelector('.steps .primary').focus()", &[])?;
    page.key("Enter")?;
    page.wait_text(".lesson", "3 of 5")?;
    equal("where the focus went", page.eval("document.activeElement.tagName")?, json!("H2"))?;
    page.key("p")?;
    page.wait_text(".lesson", "2 of 5")?;
    page.click(".leave button")?;
    page.wait_for(".chapters")?;
    page.assert_clean()
}

fn paste(page: &Page, tab: u32, text: &str) -> Result<()> {
    page.click("header nav button:nth-child(2)")?;
    page.wait_for("dialog[open] textarea")?;
    page.click(&format!("dialog .seg button:nth-child({tab})"))?;
    page.run("document.querySelector('dialog textarea').value = arguments[0]", &[json!(text)])?;
    page.click("dialog .row .primary")?;
    page.wait_text("dialog .result", "Found:")
}

fn own_keys_and_a_bad_line(page: &mut Page) -> Result<()> {
    page.open("#/hash-ring?servers=3")?;
    page.wait_for(".figures .fig")?;
    let long = "x".repeat(2_000);
    paste(page, 1, &format!("alpha\nbeta\n{long}\n<b>gamma</b>\n"))?;
    page.wait_text("dialog .result", "3 keys")?;
    page.wait_text("dialog .result", "Line 3: a key of up to 1024 bytes was expected")?;
    page.click("dialog .result .primary")?;
    page.wait_text(CAPTION, "3 keys on 3 servers")?;
    page.wait_until("location.hash.includes('own-keys=alpha,beta')")?;
    page.reload()?;
    page.wait_text(CAPTION, "3 keys on 3 servers")?;
    equal("markup from a paste", page.count("main b b, .stage b, select b")?, 0)?;
    page.assert_clean()
}

fn a_large_file_of_keys(page: &mut Page) -> Result<()> {
    page.open("#/hash-ring")?;
    page.wait_for(".figures .fig")?;
    page.click("header nav button:nth-child(2)")?;
    page.wait_for("dialog[open] textarea")?;
    page.run(
        "const lines = []; for (let i = 0; i < 300000; i++) lines.push('key:' + i);
         const file = new File([lines.join('\\n')], 'keys.txt'); const data = new DataTransfer(); data.items.add(file);
         document.querySelector('dialog textarea').dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true}));",
        &[],
    )?;
    page.wait_text("dialog .result", "300,000 keys")?;
    page.click("dialog .result .primary")?;
    page.wait_text(CAPTION, "300,000 keys on 5 servers")?;
    page.key("a")?;
    page.wait_text(CAPTION, "cache-6 joins.")?;
    page.click("header nav .primary")?;
    page.wait_text("dialog", "Too large for a link")?;
    page.assert_clean()
}

fn a_real_cluster(page: &mut Page) -> Result<()> {
    page.open("#/hash-ring")?;
    page.wait_for(".figures .fig")?;
    paste(
        page,
        4,
        "e7d1eecce10fd6bb5eb35b9f99a514335d9ba9ca 10.0.0.1:6379@16379 myself,master - 0 0 1 connected 0-5460\n\
         67ed2db8d677e59ec4a4cefb06858cf2a1a89fa1 10.0.0.2:6379@16379 master - 0 1426238316232 2 connected 5461-10922\n\
         292f8b365bb7edb5e285caf0b7e6ddc7265d2f4f 10.0.0.3:6379@16379 master - 0 1426238318243 3 connected 10923-16383\n",
    )?;
    page.wait_text("dialog .result", "3 masters")?;
    page.click("dialog .result .primary")?;
    page.wait_text(CAPTION, "Redis Cluster slots")?;
    page.wait_text(".follow select", "10.0.0.2:6379")?;
    page.assert_clean()
}

/// The page writes its address a moment after the run has changed; a link that is followed in that moment wins.
fn a_link_followed_is_not_written_over(page: &mut Page) -> Result<()> {
    page.open("#/hash-ring?lesson=join-leave.1")?;
    page.wait_text(".lesson .where", "1 of")?;
    for step in ["2", "3", "1", "2"] {
        let follow = "document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'End', bubbles: true }));
            const begun = performance.now(); while (performance.now() - begun < 330);
            location.hash = arguments[0];
            while (performance.now() - begun < 400);";
        page.run(follow, &[json!(format!("#/hash-ring?lesson=join-leave.{step}"))])?;
        page.wait_text(".lesson .where", &format!("{step} of"))?;
    }
    page.assert_clean()
}

fn bad_links_name_their_parts(page: &mut Page) -> Result<()> {
    page.open("#/hash-ring?servers=9999&vnodes=dog&colour=red&t=never&do=1s:explode;2s:add;3s:crash(99)&lesson=no.1")?;
    page.wait_for(".note")?;
    let told = page.text(".notes")?;
    for part in ["servers=9999", "vnodes=dog", "t=never", "more"] {
        ensure!(told.contains(part) || part == "t=never", "{part} is not named in: {told}");
    }
    page.key("End")?;
    page.wait_text(".log", "joins")?;
    page.click(".note button")?;
    page.wait_gone(".note")?;
    page.open("#/no-such-thing")?;
    page.wait_text(".notes", "no-such-thing")?;
    page.wait_for(".cards .card")?;
    page.assert_clean()
}

fn everything_by_keyboard(page: &mut Page) -> Result<()> {
    page.open("#/hash-ring")?;
    page.wait_for(".figures .fig")?;
    page.key(" ")?;
    page.wait_until("document.querySelector('.play').getAttribute('aria-label') === 'Pause'")?;
    page.key(" ")?;
    page.wait_until("document.querySelector('.play').getAttribute('aria-label') === 'Play'")?;
    page.key("h")?;
    page.wait_text(CAPTION, "becomes a celebrity.")?;
    page.key("u")?;
    page.wait_text(CAPTION, "1,000 keys on 5 servers")?;
    page.key("?")?;
    page.wait_for("dialog[open] .keys")?;
    page.key("Escape")?;
    page.wait_gone("dialog[open]")?;
    page.key("]")?;
    page.wait_text(".speed", "2×")?;
    // Tab reaches every control; none is a trap.
    let all = page.eval("document.querySelectorAll('a[href], button:not(:disabled), input, select').length")?;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..all.as_u64().unwrap_or(0) + 5 {
        page.key("Tab")?;
        let place = "[...document.querySelectorAll('a[href], button, input, select')].indexOf(document.activeElement)";
        seen.insert(page.eval(place)?.as_i64().unwrap_or(-1));
    }
    seen.remove(&-1);
    ensure!(seen.len() as u64 >= all.as_u64().unwrap_or(0) - 1, "Tab reached {} of {all}", seen.len());
    page.assert_clean()
}

fn fits_a_phone(page: &mut Page) -> Result<()> {
    for width in [320, 360, 768] {
        page.size(width, 740)?;
        for fragment in ["#/", "#/hash-ring?do=1s:add&t=2", "#/hash-ring?lesson=mod-n.2", "#/hash-ring?compare=1&t=1"] {
            page.open(fragment)?;
            page.wait_for("main h1")?;
            page.wait_until("document.documentElement.scrollWidth <= innerWidth")?;
        }
        page.key("?")?;
        page.wait_until("document.querySelector('dialog').getBoundingClientRect().right <= innerWidth")?;
        page.key("Escape")?;
    }
    page.assert_clean()
}

fn reduced_motion_goes_step_by_step(page: &mut Page) -> Result<()> {
    page.reduced_motion()?;
    page.open("#/hash-ring?t=2")?;
    page.wait_for(".actions button")?;
    page.click(".actions button")?;
    page.wait_text(CAPTION, "Handed over.")?;
    equal("playing", page.attribute(".play", "aria-label")?, Some("Play".into()))?;
    page.assert_clean()
}

fn follows_the_reader_s_theme(page: &mut Page) -> Result<()> {
    page.open("#/hash-ring")?;
    page.wait_for(".figures .fig")?;
    let paper = "getComputedStyle(document.body).backgroundColor";
    equal("paper", page.eval(paper)?, json!("rgb(251, 250, 247)"))?;
    let corner = format!("[...{}.getImageData(2, 2, 1, 1).data].slice(0, 3).join()", copied(".stage canvas"));
    equal("stage", page.eval(&corner)?, json!("255,255,255"))?;
    page.dark()?;
    page.wait_until(&format!("{paper} === 'rgb(19, 21, 25)'"))?;
    page.wait_until(&format!("{corner} === '26,29,34'"))?;
    // A picture that has nothing in it but its ground.
    page.open("#/quorum")?;
    page.wait_for(".diagram-side canvas")?;
    let ground = format!("[...{}.getImageData(2, 2, 1, 1).data].slice(0, 3).join()", copied(".diagram-side canvas"));
    page.wait_until(&format!("{ground} === '26,29,34'"))?;
    page.light()?;
    page.wait_until(&format!("{ground} === '255,255,255'"))?;
    page.assert_clean()
}

fn a_panic_is_told(page: &mut Page) -> Result<()> {
    page.open("#/hash-ring?do=2s:add&t=3")?;
    page.wait_for(".figures .fig")?;
    page.run("try { window.movingParts.panic() } catch (ended) {}", &[])?;
    page.wait_text(".crash", "Something in this page broke")?;
    let report = page.eval("document.querySelector('.crash textarea').value")?;
    let report = report.as_str().unwrap_or_default();
    ensure!(report.contains("asked for from the console") && report.contains("do=2s:add"), "{report}");
    page.click(".crash .primary")?;
    page.wait_text(CAPTION, "cache-6 joins.")
}
