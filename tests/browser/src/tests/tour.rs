//! A tour of everything, in every browser: no page is blank, none complains, none asks anybody else for anything.

use anyhow::{Context, Result, ensure};
use moving_parts::explainers::REGISTRY;

use crate::page::{Page, equal};

crate::tests::tests![every_step_of_every_lesson, a_lesson_of_each_from_start_to_end, every_page_and_dialog];

/// An expression: the pictures of the page that are all of one colour, the canvases of each together.
const BLANK: &str = "[...document.querySelectorAll('.stage-card .stage')].filter(stage => {
    const all = [...stage.querySelectorAll('canvas')].filter(canvas => canvas.width && canvas.height);
    if (!all.length) return true;
    const copy = document.createElement('canvas');
    [copy.width, copy.height] = [all[0].width, all[0].height];
    const context = copy.getContext('2d');
    all.forEach(canvas => context.drawImage(canvas, 0, 0));
    const pixels = new Uint32Array(context.getImageData(0, 0, copy.width, copy.height).data.buffer);
    return pixels.every(pixel => pixel === pixels[0]);
}).length";

fn looks_right(page: &Page, what: &str) -> Result<()> {
    page.wait_until("document.querySelectorAll('.stage-card .stage').length > 0")?;
    page.wait_until(&format!("({BLANK}) === 0")).with_context(|| format!("{what} has an empty picture"))?;
    equal("crashes", page.count(".crash")?, 0)?;
    equal("notes", page.count(".note")?, 0).with_context(|| format!("{what} complains"))?;
    let text = page.text("body")?;
    for nonsense in ["NaN", "undefined", "[object", "Infinity"] {
        ensure!(!text.contains(nonsense), "{what} says {nonsense}");
    }
    Ok(())
}

fn every_step_of_every_lesson(page: &mut Page) -> Result<()> {
    for entry in REGISTRY {
        page.open(&format!("#/{}", entry.meta.slug))?;
        for lesson in (entry.lessons)() {
            for (step, it) in lesson.steps.iter().enumerate() {
                let link = format!("#/{}?lesson={}.{}", entry.meta.slug, lesson.slug, step + 1);
                page.follow(&link)?;
                page.wait_text(".lesson .where", lesson.title).with_context(|| link.clone())?;
                page.wait_text(".lesson h2", it.title).with_context(|| link.clone())?;
                looks_right(page, &link)?;
            }
        }
        page.assert_clean()?;
    }
    Ok(())
}

/// Does what is to be done next; nothing while a run goes on.
const PRESS_ON: &str = "const choice = document.querySelector('.predict .choices button');
    const field = document.querySelector('.predict .guess input');
    const next = document.querySelector('.steps .primary');
    if (next.getAttribute('aria-disabled') !== 'true') { next.click(); return; }
    if (choice) { choice.click(); return; }
    field.value = field.placeholder ? '10 ms' : '10';
    field.form.requestSubmit();";

fn a_lesson_of_each_from_start_to_end(page: &mut Page) -> Result<()> {
    for entry in REGISTRY {
        let Some(lesson) = (entry.lessons)().first() else { continue };
        page.open(&format!("#/{}?lesson={}.1", entry.meta.slug, lesson.slug))?;
        page.wait_text(".lesson .where", lesson.title)?;
        let said = |step: usize| format!("{} of {}", step + 1, lesson.steps.len());
        for step in 0..lesson.steps.len() {
            page.wait_text(".lesson .where", &said(step))?;
            // Question, run, skip to its end, on: four at most.
            for press in 0.. {
                ensure!(press < 8, "{} does not go on after {} steps", lesson.slug, step + 1);
                page.run(PRESS_ON, &[])?;
                std::thread::sleep(std::time::Duration::from_millis(150));
                let here = page.text(".lesson")?;
                if !here.contains(lesson.title) || !here.contains(&said(step)) {
                    break;
                }
            }
            looks_right(page, lesson.slug)?;
        }
        page.assert_clean()?;
    }
    Ok(())
}

fn press(page: &Page, within: &str, text: &str) -> Result<()> {
    let script = "[...document.querySelectorAll(`${arguments[0]} button`)]
        .find(button => button.textContent.includes(arguments[1])).click()";
    page.run(script, &[within.into(), text.into()]).map(drop)
}

fn every_page_and_dialog(page: &mut Page) -> Result<()> {
    page.open("")?;
    page.wait_until(&format!("document.querySelectorAll('.card').length >= {}", REGISTRY.len()))?;
    // They come when they are scrolled to.
    page.run("[...document.images].forEach(image => { image.loading = 'eager'; })", &[])?;
    page.wait_until("[...document.images].every(image => image.complete && image.naturalWidth > 0)")?;
    for entry in REGISTRY {
        let slug = entry.meta.slug;
        page.open(&format!("#/{slug}"))?;
        looks_right(page, slug)?;
        equal("title", page.title()?, format!("{} · Moving Parts", entry.meta.title))?;
        if page.count(".transport")? > 0 {
            page.click(".transport .play")?;
            std::thread::sleep(std::time::Duration::from_millis(1_000));
            page.click(".transport .play")?;
        }
        for (button, sign) in [("Share", "Share this moment"), ("data", "Your data"), ("?", "Keys")] {
            let there = format!(
                "[...document.querySelectorAll('header button')].some(b => b.textContent.includes('{button}'))"
            );
            if page.eval(&there)? != serde_json::json!(true) {
                continue;
            }
            press(page, "header", button)?;
            page.wait_text("dialog[open] h2", sign)?;
            page.wait_until("document.querySelector('dialog .sheet-body').textContent.length > 20")?;
            for tab in 0..page.count("dialog .seg button")? {
                page.run("document.querySelectorAll('dialog .seg button')[arguments[0]].click()", &[tab.into()])?;
            }
            page.key("Escape")?;
            page.wait_gone("dialog[open]")?;
        }
        press(page, "header", "Compare")?;
        page.wait_until("document.querySelectorAll('.stage-side').length === 2")?;
        looks_right(page, slug)?;
        page.run("document.querySelector('.charts-place')?.scrollIntoView()", &[])?;
        std::thread::sleep(std::time::Duration::from_millis(500));
        page.assert_clean()?;
    }
    Ok(())
}
