//! axe-core finds nothing on any page: names, roles, contrast, headings, in both themes.

use std::fs;

use anyhow::{Context, Result, ensure};
use moving_parts::explainers::REGISTRY;
use serde_json::{Value, json};

use super::faces::FACES;
use crate::npm;
use crate::page::Page;

// What axe looks at is the page's own and the same everywhere; once is enough.
crate::tests::tests![nothing_bars_anybody on [Chromium], nothing_bars_anybody_in_the_dark on [Chromium]];

fn axe() -> Result<String> {
    fs::read_to_string(npm::folder()?.join("axe-core/axe.min.js")).context("axe-core cannot be read")
}

/// Checks the page as it is now; what is wrong is added with where.
fn check(page: &Page, axe: &str, what: &str, wrong: &mut Vec<String>) -> Result<()> {
    check_but(page, axe, what, "", wrong)
}

/// All rules but one, where that is not about such a page.
fn check_but(page: &Page, axe: &str, what: &str, but: &str, wrong: &mut Vec<String>) -> Result<()> {
    if page.eval("!window.axe")? == Value::Bool(true) {
        page.run(axe, &[])?;
    }
    // Only once what moves in has come to rest.
    page.wait_until("document.getAnimations().every(it => it.playState !== 'running')")?;
    let found = page.run(
        "const rules = arguments[0] ? { [arguments[0]]: { enabled: false } } : {};
         return axe.run(document, { resultTypes: ['violations'], rules }).then(({ violations }) => violations.map(it =>
            `${it.id} (${it.help}): ` + it.nodes.slice(0, 4).map(node =>
                node.target.join(' ') + ' — ' + (node.any[0] ?? node.all[0] ?? node.none[0])?.message).join('; ')))",
        &[json!(but)],
    )?;
    let found: Vec<String> = serde_json::from_value(found)?;
    wrong.extend(found.into_iter().map(|it| format!("{what}: {it}")));
    Ok(())
}

fn nothing_bars_anybody_in_the_dark(page: &mut Page) -> Result<()> {
    page.dark()?;
    nothing_bars_anybody(page)
}

fn nothing_bars_anybody(page: &mut Page) -> Result<()> {
    let axe = axe()?;
    let mut wrong = vec![];
    page.open("")?;
    page.wait_for(".card")?;
    check(page, &axe, "the gallery", &mut wrong)?;
    // It looks, and it sees.
    page.run(
        "const [bare, faint] = [document.createElement('button'), document.createElement('p')];
         faint.textContent = 'hardly to be seen'; faint.style.color = '#888888'; faint.style.background = '#999999';
         document.querySelector('main').append(bare, faint)",
        &[],
    )?;
    let mut planted = vec![];
    check(page, &axe, "", &mut planted)?;
    for rule in ["button-name", "color-contrast"] {
        ensure!(planted.iter().any(|it| it.contains(rule)), "what was planted is not found: {rule} in {planted:?}");
    }
    for entry in REGISTRY {
        let slug = entry.meta.slug;
        page.open(&format!("#/{slug}"))?;
        page.wait_for(".chapters")?;
        page.run("document.querySelectorAll('details').forEach(it => { it.open = true; })", &[])?;
        page.run("document.querySelector('.charts-place')?.scrollIntoView()", &[])?;
        check(page, &axe, slug, &mut wrong)?;
        for button in ["Share", "data", "?"] {
            let press = format!(
                "[...document.querySelectorAll('header button')].find(b => b.textContent.includes('{button}'))?.click()"
            );
            page.eval(&press)?;
            if page.count("dialog[open]")? > 0 {
                page.wait_until("document.querySelector('dialog .sheet-body').textContent.length > 20")?;
                check(page, &axe, &format!("{slug}, {button}"), &mut wrong)?;
                page.key("Escape")?;
                page.wait_gone("dialog[open]")?;
            }
        }
        let asks = (entry.lessons)().iter().find_map(|lesson| {
            let step = lesson.steps.iter().position(|step| step.ask.is_some())?;
            Some(format!("#/{slug}?lesson={}.{}", lesson.slug, step + 1))
        });
        let compared = Some(format!("#/{slug}?compare=1"));
        for link in [asks, compared].into_iter().flatten() {
            page.follow(&link)?;
            page.wait_until(
                "document.querySelector('.predict') || document.querySelectorAll('.stage-side').length === 2",
            )?;
            check(page, &axe, &link, &mut wrong)?;
        }
        for face in FACES {
            let what = face.open(page, entry)?;
            // A figure has no ground and no main heading of its own: both are those of the page that it is in.
            let figure = face.query.starts_with("embed");
            if figure {
                page.run("document.documentElement.style.background = 'Canvas'", &[])?;
            }
            check_but(page, &axe, &what, if figure { "page-has-heading-one" } else { "" }, &mut wrong)?;
        }
        // What a lesson says once it is answered, and what a link that is wrong gets.
        page.open(&format!("#/{slug}?colour=red"))?;
        page.wait_for(".note")?;
        check(page, &axe, &format!("{slug} with a note"), &mut wrong)?;
    }
    wrong.sort();
    wrong.dedup();
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    page.assert_clean()
}
