//! The cache explainer, as its reader uses it.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::page::{Page, equal};

crate::tests::tests![
    a_read_is_a_miss_and_then_a_hit,
    the_stale_set_is_seen_and_prevented,
    a_comparison_has_both_strips,
    figures_follow_a_run_while_it_plays,
    the_curve_of_this_workload,
    a_trace_of_the_reader_s,
    a_bad_trace_is_said_so,
];

const CAPTION: &str = ".caption";

/// A run in which nothing happens but what the reader does.
const STILL: &str = "rate=0&warm=0&keys=8&capacity=8&clients=2";

fn a_read_is_a_miss_and_then_a_hit(page: &mut Page) -> Result<()> {
    page.open("#/cache")?;
    equal(
        "question",
        page.text("h1")?,
        "Where do reads and writes go, what does it save, and what can go wrong?".into(),
    )?;
    // The strip lies below the stage and is as wide.
    let [stage, strip] = [page.rect(".stage-side")?, page.rect(".diagram-side")?];
    ensure!(strip[1] >= stage[1] + stage[3] - 1.0 && (strip[2] - stage[2]).abs() < 2.0, "{stage:?} {strip:?}");
    page.open(&format!("#/cache?{STILL}&do=1ms:read(1,1)&t=0.0255"))?;
    page.wait_text(CAPTION, "C1 gets v0 of k1. A miss: 24.0 ms.")?;
    page.open(&format!("#/cache?{STILL}&do=1ms:read(1,1);30ms:read(2,1)&t=0.04"))?;
    page.wait_text(CAPTION, "C2 gets v0 of k1. A hit: 2.0 ms.")?;
    page.wait_text(".figures", "50.0")?;
    page.assert_clean()
}

fn the_stale_set_is_seen_and_prevented(page: &mut Page) -> Result<()> {
    let race = "bound=50&do=1ms:read(1,1);10ms:pause(1,60);30ms:write(2,1);90ms:read(2,1)&t=0.14";
    page.open(&format!("#/cache?{STILL}&{race}"))?;
    page.wait_text("aside", "C2 had written v1 of k1, and its request 3 returned v0")?;
    page.open(&format!("#/cache?{STILL}&flight=lease&{race}"))?;
    page.wait_text("aside", "C2 gets v1 of k1")?;
    page.wait_until("!document.querySelector('aside').textContent.includes('had written v1')")?;
    // The lesson asks, and the run answers.
    page.open("#/cache?lesson=race.3")?;
    page.wait_text(".lesson", "How many stale reads?")?;
    page.run(
        "[...document.querySelectorAll('.lesson button')].find(button => button.textContent.trim() === '1').click()",
        &[],
    )?;
    page.wait_text(".lesson", "Right: it is 1.")?;
    page.wait_text(".lesson", "v0 went into the cache after the delete")?;
    page.assert_clean()
}

fn a_comparison_has_both_strips(page: &mut Page) -> Result<()> {
    page.open("#/cache?t=0.3&vs.rule=fifo")?;
    page.wait_until("document.querySelectorAll('.stage-side').length === 2")?;
    page.wait_until("document.querySelectorAll('.diagram-side').length === 2")?;
    page.wait_text(".figures", "reads were hits")?;
    page.assert_clean()
}

/// Also where nothing is told, and while the picture is not on screen.
fn figures_follow_a_run_while_it_plays(page: &mut Page) -> Result<()> {
    page.open("#/cache?t=0.1")?;
    page.wait_for(".figures .fig")?;
    let before = page.text(".figures")?;
    page.run("window.scrollTo(0, document.body.scrollHeight)", &[])?;
    page.key(" ")?;
    page.wait_until(&format!("document.querySelector('.figures').innerText !== {}", json!(before)))?;
    page.key(" ")?;
    page.assert_clean()
}

fn the_curve_of_this_workload(page: &mut Page) -> Result<()> {
    page.open("#/cache")?;
    page.wait_for(".charts-place")?;
    page.run("document.querySelector('.charts-place').scrollIntoView()", &[])?;
    page.wait_text(".charts-place", "Bélády")?;
    let said = "[...document.querySelectorAll('.charts-place [aria-label]')].map(it => it.ariaLabel).join(' ')";
    page.wait_until(&format!("{said}.includes('S3-FIFO')"))?;
    page.assert_clean()
}

fn read_trace(page: &mut Page, text: &str) -> Result<()> {
    page.open("#/cache")?;
    page.wait_for(".figures .fig")?;
    page.click("header nav button:nth-child(2)")?;
    page.wait_for("dialog[open] textarea")?;
    page.run("document.querySelector('dialog textarea').value = arguments[0]", &[json!(text)])?;
    page.click("dialog .row .primary")
}

fn a_trace_of_the_reader_s(page: &mut Page) -> Result<()> {
    // A loop of twelve keys, ten times, and a line that is none.
    let round: String =
        (0..12).map(|key| format!("17000000{key}.5 [0 127.0.0.1:6000] \"GET\" \"user:{key}\"\n")).collect();
    read_trace(page, &(round.repeat(10) + "what is this?\n"))?;
    page.wait_text("dialog .result", "120")?;
    page.wait_text("dialog .result", "12 keys")?;
    page.wait_text("dialog .result", "Line 121")?;
    page.wait_until("document.querySelector('dialog .result canvas, dialog .result svg') !== null")?;
    page.assert_clean()
}

fn a_bad_trace_is_said_so(page: &mut Page) -> Result<()> {
    read_trace(page, "\u{0}\u{1}\u{2}\n")?;
    page.wait_text("dialog .result", "line")?;
    page.assert_clean()
}
