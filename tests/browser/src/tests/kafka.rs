//! The Kafka explainer, as its reader uses it.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::page::{Page, equal};

crate::tests::tests![
    a_join_stops_everyone_and_is_told,
    a_comparison_has_both_diagrams,
    a_lesson_asks_and_answers_from_the_run,
    a_long_step_goes_faster,
    a_group_of_the_reader_s,
    a_big_group_is_drawn,
];

const CAPTION: &str = ".caption";

/// How many kinds of pixels a picture has, its canvases together: an empty one has one.
fn colours(selector: &str) -> String {
    format!(
        "(() => {{ const all = [...document.querySelectorAll('{selector}')].filter(c => c.width && c.height); \
         if (!all.length) return 0; const copy = document.createElement('canvas'); \
         [copy.width, copy.height] = [all[0].width, all[0].height]; const on = copy.getContext('2d'); \
         all.forEach(c => on.drawImage(c, 0, 0)); const d = on.getImageData(0, 0, copy.width, copy.height).data; \
         const kinds = new Set(); \
         for (let i = 0; i < d.length; i += 4) kinds.add(d[i] << 16 | d[i + 1] << 8 | d[i + 2]); \
         return kinds.size; }})()"
    )
}

fn a_join_stops_everyone_and_is_told(page: &mut Page) -> Result<()> {
    page.open("#/kafka")?;
    page.wait_text(CAPTION, "6 partitions and 3 consumers")?;
    equal(
        "question",
        page.text("h1")?,
        "Who reads which partition, and what does it cost each time that changes?".into(),
    )?;
    // The diagram lies below the stage and is as wide.
    let [stage, diagram] = [page.rect(".stage-side")?, page.rect(".diagram-side")?];
    ensure!(diagram[1] >= stage[1] + stage[3] - 1.0 && (diagram[2] - stage[2]).abs() < 2.0, "{stage:?} {diagram:?}");
    page.click("[data-act='join'], .actions button:first-of-type")?;
    page.wait_text(CAPTION, "C4 starts")?;
    page.open("#/kafka?do=2s:join&t=9")?;
    page.wait_text(".log, aside", "The rebalance is over")?;
    page.wait_text(".figures", "partition-time without a reader")?;
    page.wait_until(&format!("{} > 8", colours(".diagram-side canvas")))?;
    page.assert_clean()
}

fn a_comparison_has_both_diagrams(page: &mut Page) -> Result<()> {
    page.open("#/kafka?do=2s:join&t=9&vs.assignor=cooperative-sticky")?;
    page.wait_until("document.querySelectorAll('.stage-side').length === 2")?;
    page.wait_until("document.querySelectorAll('.diagram-side').length === 2")?;
    page.wait_until(&format!("{} > 8", colours(".half + .half canvas")))?;
    page.assert_clean()
}

/// Nobody waits a minute for the answer; afterwards the speed is the reader's own again.
fn a_long_step_goes_faster(page: &mut Page) -> Result<()> {
    page.open("#/kafka?lesson=crash.1")?;
    page.wait_for(".lesson .predict")?;
    page.wait_text(".speed", "1×")?;
    page.run(
        "[...document.querySelectorAll('.lesson button')].find(button => button.textContent.trim() === '45 s').click()",
        &[],
    )?;
    page.wait_until("parseInt(document.querySelector('.speed').textContent) > 1")?;
    page.key(" ")?;
    page.wait_text(".speed", "1×")?;
    page.assert_clean()
}

fn a_lesson_asks_and_answers_from_the_run(page: &mut Page) -> Result<()> {
    page.open("#/kafka?lesson=eager.2")?;
    page.wait_text(".lesson", "How many of the six partitions stop being read for a while?")?;
    page.run(
        "[...document.querySelectorAll('.lesson button')].find(button => button.textContent.trim() === '6').click()",
        &[],
    )?;
    page.wait_text(".lesson", "6 of six. In the eager protocol")?;
    page.assert_clean()
}

fn a_group_of_the_reader_s(page: &mut Page) -> Result<()> {
    page.open("#/kafka")?;
    page.wait_for(".figures .fig")?;
    page.click("header nav button:nth-child(2)")?;
    page.wait_for("dialog[open] textarea")?;
    let text = "GROUP  TOPIC  PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG  CONSUMER-ID  HOST  CLIENT-ID\n\
                bills  due  0  120  150  30  app-1-aaaa  /10.0.0.1  app-1\n\
                bills  due  1  90  90  0  app-2-bbbb  /10.0.0.2  app-2\n\
                bills  due  two  1  1  0  app-2-bbbb  /10.0.0.2  app-2\n";
    page.run("document.querySelector('dialog textarea').value = arguments[0]", &[json!(text)])?;
    page.click("dialog .row .primary")?;
    page.wait_text("dialog .result", "Found:")?;
    page.wait_text("dialog", "Line 4")?;
    page.run("[...document.querySelectorAll('dialog .result button')].at(-1).click()", &[])?;
    page.wait_gone("dialog[open]")?;
    page.wait_text(CAPTION, "2 partitions and 2 consumers")?;
    page.assert_clean()
}

fn a_big_group_is_drawn(page: &mut Page) -> Result<()> {
    page.open("#/kafka?partitions=500&consumers=100&rate=500&process=100&do=1s:join&t=3")?;
    page.wait_text(CAPTION, "C")?;
    page.wait_until(&format!("{} > 8", colours(".stage canvas")))?;
    page.assert_clean()
}
