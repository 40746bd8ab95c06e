//! A lesson for a class: by the keys of a clicker, with notes in a second window, and on paper.

use anyhow::{Context, Result, ensure};
use moving_parts::explainers::REGISTRY;
use serde_json::json;

use crate::page::{Page, equal};

crate::tests::tests![by_the_keys_of_a_clicker, notes_in_a_second_window, charts_that_a_step_speaks_of, on_paper];

fn by_the_keys_of_a_clicker(page: &mut Page) -> Result<()> {
    page.open("#/hash-ring?lesson=join-leave.2")?;
    page.wait_for(".lesson .predict")?;
    page.run(
        "[...document.querySelectorAll('.leave button')].find((it) => it.textContent === 'Present').click()",
        &[],
    )?;
    page.wait_for(".present-bar")?;
    equal(
        "only the lesson",
        page.eval(
            "['header', 'footer', '.actions', '.figures'].every((css) => !document.querySelector(css).offsetHeight)",
        )?,
        json!(true),
    )?;
    let letters = page.eval("parseFloat(getComputedStyle(document.querySelector('.lesson .predict p')).fontSize)")?;
    ensure!(letters.as_f64().is_some_and(|size| size >= 19.0), "{letters} px");
    // The class says its answer aloud; the teacher reveals.
    page.wait_text(".steps .primary", "Reveal")?;
    page.key("PageDown")?;
    page.wait_text(".verdict", "It is ")?;
    page.wait_for(".choices .right")?;
    page.key("n")?;
    page.wait_text(".where", "3 of 5")?;
    page.key("PageUp")?;
    page.wait_text(".where", "2 of 5")?;
    page.key("End")?;
    page.wait_text(".where", "5 of 5")?;
    page.key("Home")?;
    page.wait_text(".where", "1 of 5")?;
    page.key("b")?;
    page.wait_for(".blank")?;
    page.key(".")?;
    page.wait_gone(".blank")?;
    page.key("Control+b")?;
    equal("never with modifiers", page.count(".blank")?, 0)?;
    page.key("?")?;
    page.wait_text(".present-help", "a dark screen")?;
    page.key("Escape")?;
    page.wait_gone(".present-help")?;
    page.key("q")?;
    page.wait_for(".present-code svg")?;
    page.key("q")?;
    page.key("Escape")?;
    page.wait_gone(".present-bar")?;
    equal("as before", page.eval("document.querySelector('header').offsetHeight > 0")?, json!(true))?;
    page.assert_clean()
}

fn notes_in_a_second_window(page: &mut Page) -> Result<()> {
    page.goto(&format!("{}?present#/hash-ring?lesson=join-leave.2", page.url()))?;
    page.wait_for(".present-bar")?;
    let class = page.window()?;
    page.key("s")?;
    let mut notes = None;
    for _ in 0..100 {
        notes = page.windows()?.into_iter().find(|window| *window != class);
        if notes.is_some() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let notes = notes.context("no second window")?;
    page.switch(&notes)?;
    page.wait_text(".notes-page .where", "step 2 of 5")?;
    page.wait_text(".notes-page .verdict", "%")?;
    page.wait_text(".speaker-bar .primary", "Reveal")?;
    page.click(".speaker-bar .primary")?;
    page.switch(&class)?;
    page.wait_for(".choices .right")?;
    page.key("n")?;
    page.wait_text(".where", "3 of 5")?;
    page.switch(&notes)?;
    page.wait_text(".notes-page .where", "step 3 of 5")?;
    // What counts is how things stand: the class's window is right again after a reload.
    page.switch(&class)?;
    page.reload()?;
    page.wait_for(".present-bar")?;
    page.switch(&notes)?;
    page.key("PageUp")?;
    page.wait_text(".notes-page .where", "step 2 of 5")?;
    page.switch(&class)?;
    page.wait_text(".lesson .where", "2 of 5")?;
    page.assert_clean()
}

fn charts_that_a_step_speaks_of(page: &mut Page) -> Result<()> {
    for (width, height) in [(1280, 720), (1920, 1080)] {
        page.size(width, height)?;
        for step in
            ["quorum?lesson=one-answer.4", "quorum?lesson=tail.5", "cache?lesson=eviction.6", "kafka?lesson=stop.5"]
        {
            page.goto(&format!("{}?present#/{step}", page.url()))?;
            page.wait_for(".present-bar")?;
            // Run it, and to its end.
            page.wait_text(".steps .primary", "Run it")?;
            page.key("n")?;
            page.key("n")?;
            page.wait_for(".step-charts .panel:not([hidden]) canvas")?;
            page.wait_until(
                "(({ clientHeight, scrollHeight }) => scrollHeight <= clientHeight)(document.querySelector('.column'))",
            )
            .with_context(|| format!("{step} is higher than a screen of {width} × {height}"))?;
        }
    }
    page.size(1280, 800)?;
    // One that asks keeps its chart until it is answered; the next has none.
    page.goto(&format!("{}?present#/hash-ring?lesson=vnodes.3", page.url()))?;
    // Before that, nobody listens to keys.
    page.wait_for(".present-bar")?;
    page.wait_text(".steps .primary", "Reveal")?;
    equal("before the answer", page.count(".step-charts canvas")?, 0)?;
    page.key("n")?;
    page.wait_for(".step-charts canvas")?;
    page.key("n")?;
    page.wait_gone(".step-charts canvas")?;
    // A figure with the lesson has them, too.
    page.goto(&format!("{}?embed&controls=play,lesson#/hash-ring?lesson=vnodes.5", page.url()))?;
    page.wait_for(".step-charts canvas")?;
    // On the page for who runs no scripts they are files.
    let file = "fetch('quorum.html').then((it) => it.text()).then((it) => it.match(/charts.quorum-majority-3-grid.svg/)?.[0] ?? '').then((it) => fetch(it)).then((it) => it.text())";
    let file = page.eval(file)?;
    ensure!(file.as_str().is_some_and(|it| it.starts_with("<svg") && it.contains("W = 3")), "{file}");
    page.assert_clean()
}

fn on_paper(page: &mut Page) -> Result<()> {
    for entry in REGISTRY {
        let (slug, lesson) = (entry.meta.slug, &(entry.lessons)()[0]);
        page.goto(&format!("{}?handout#/{slug}?lesson={}.1", page.url(), lesson.slug))?;
        page.wait_for("section.paper-step")?;
        equal("steps", page.count("section.paper-step")?, lesson.steps.len() as u64)?;
        let asked = lesson.steps.iter().filter(|step| step.ask.is_some()).count();
        equal("answers", page.count(".paper-answers li")?, asked as u64)?;
        let drawn =
            "[...document.querySelectorAll('.paper-picture')].every((it) => it.complete && it.naturalWidth > 300)";
        page.wait_until(drawn).with_context(|| format!("a picture of {slug} is not there"))?;
        let charts: usize = lesson.steps.iter().map(|step| step.charts.len()).sum();
        page.wait_until(&format!("document.querySelectorAll('.paper-charts img').length === {charts}"))?;
        let text = page.text(".paper")?;
        ensure!(!text.contains(['{', '}']) || text.contains("{tag}"), "{slug}: {text}");
    }
    page.assert_clean()
}
