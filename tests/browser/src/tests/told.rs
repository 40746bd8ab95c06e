//! What a reader hears who does not see the pictures; and a tab that nobody sees.

use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use moving_parts::explainers::REGISTRY;
use serde_json::json;

use crate::page::{Page, equal};

crate::tests::tests![
    every_picture_is_told_in_words on [Chromium],
    a_run_is_told_politely on [Chromium],
    a_tab_that_nobody_sees_rests on [Chromium],
];

/// An expression: the words of each picture; and those canvases that have neither words nor are passed over.
const WORDS: &str = "[[...document.querySelectorAll('canvas[role=img]')].map(it => it.getAttribute('aria-label') ?? ''),
    [...document.querySelectorAll('canvas')].filter(it => it.getAttribute('role') !== 'img' && it.getAttribute('aria-hidden') !== 'true').length]";

fn every_picture_is_told_in_words(page: &mut Page) -> Result<()> {
    for entry in REGISTRY {
        let slug = entry.meta.slug;
        page.open(&format!("#/{slug}"))?;
        page.wait_for(".figures .fig")?;
        page.run("document.querySelector('.charts-place')?.scrollIntoView()", &[])?;
        sleep(Duration::from_millis(600));
        let (words, mute): (Vec<String>, u64) = serde_json::from_value(page.eval(WORDS)?)?;
        equal("canvases that say nothing", mute, 0)?;
        for said in &words {
            ensure!(said.chars().count() >= 40 && said.trim_end().ends_with(['.', ')', '!']), "{slug}: {said:?}");
            for nonsense in ["NaN", "undefined", "Infinity", "  "] {
                ensure!(!said.contains(nonsense), "{slug} says {nonsense:?}: {said}");
            }
        }
        let stage = words.first().with_context(|| format!("{slug} has no picture"))?;
        // The names of what one sees: those that can be followed, as many as one would say.
        let (player, _) = (entry.open)(&moving_parts::link::parse(&format!("#/{slug}")).0);
        ensure!(stage.starts_with(&player.describe()), "{slug}: {stage}\nis not\n{}", player.describe());
        // What is followed is told, too.
        let subject = player.followable().into_iter().find(|subject| player.about(*subject).is_some());
        if let Some((subject, about)) = subject.and_then(|subject| Some((subject, player.about(subject)?))) {
            page.open(&format!("#/{slug}?follow={}-{}", subject.kind, subject.id))?;
            let told = format!(
                "document.querySelector('.stage .live')?.getAttribute('aria-label')?.includes({})",
                json!(about)
            );
            page.wait_until(&told).with_context(|| format!("{slug}: {about}"))?;
        }
        // In the middle of a run something else is told than at its start.
        if !player.still() {
            let mut steps = (entry.lessons)().iter().flat_map(|lesson| lesson.steps).filter(|step| step.until > 0.0);
            let changes = steps.any(|step| {
                let (mut run, _) = (entry.open)(&moving_parts::link::parse(&format!("#/{slug}?{}", step.state)).0);
                let (first, begun) = (run.describe(), run.now());
                run.seek(begun + step.end().saturating_sub(begun) / 2);
                run.describe() != first
            });
            ensure!(changes, "{slug} tells the same all along: {stage}");
        }
    }
    page.assert_clean()
}

/// Notes when something is said aloud: a text that comes into a live region.
const LISTEN: &str = "window.said = [];
    new MutationObserver(changes => {
        const regions = new Set();
        for (const { target } of changes) {
            const it = (target.nodeType === 1 ? target : target.parentElement)?.closest('[aria-live], [role=status], [role=alert]');
            if (it && it.getAttribute('aria-live') !== 'off') regions.add(it);
        }
        for (const it of regions) {
            const text = it.textContent.trim();
            if (text && text !== it.saidLast) said.push([performance.now() | 0, text.slice(0, 120)]);
            it.saidLast = text;
        }
    }).observe(document.body, { subtree: true, childList: true, characterData: true });";

/// At the highest speed, with as much going on as there can be: one can listen to it, and it is not silent either.
fn a_run_is_told_politely(page: &mut Page) -> Result<()> {
    let runs = [
        ("#/hash-ring?do=1s:add;2s:crash(2);3s:add;4s:leave(1);5s:hot(25);6s:add;7s:crash(3);8s:add", true),
        (
            "#/quorum?do=1ms:write(1,x);9ms:crash(1);20ms:write(2,x);30ms:read(1,x);200ms:read(2,x);400ms:write(1,x)",
            true,
        ),
        ("#/kafka?do=2s:join;9s:crash(2);15s:join;20s:crash(1)", true),
        ("#/cache", true),
        ("#/latency", false),
        ("#/capacity", false),
    ];
    ensure!(runs.len() == REGISTRY.len(), "not every explainer is here");
    for (link, moves) in runs {
        page.open(link)?;
        page.wait_for(".figures .fig")?;
        page.run(LISTEN, &[])?;
        page.keys("]", 3)?;
        if moves {
            page.run(
                "document.querySelector('.play').click(); window.again = setInterval(() => document.querySelector('.play[aria-label=Play]')?.click(), 50);",
                &[],
            )?;
        }
        sleep(Duration::from_secs(10));
        let said: Vec<(f64, String)> = serde_json::from_value(page.eval("(clearInterval(window.again), said)")?)?;
        println!("    {link}: {} in 10 s", said.len());
        ensure!(said.len() <= 10, "{link} is a flood: {said:#?}");
        ensure!(!moves || said.len() >= 2, "{link} is silent: {said:?}");
        // A step is told at once.
        if moves {
            page.key("Home")?;
            sleep(Duration::from_millis(300));
            page.run("said.length = 0", &[])?;
            page.key("ArrowRight")?;
            page.wait_until("said.length > 0")?;
            let caption = page.text(".caption")?;
            let told: Vec<(f64, String)> = serde_json::from_value(page.eval("said")?)?;
            let told: String = told.last().map_or(String::new(), |(_, text)| text.chars().take(30).collect());
            ensure!(caption.starts_with(told.trim_end()), "{told:?} is not {caption:?}");
        }
    }
    page.assert_clean()
}

fn a_tab_that_nobody_sees_rests(page: &mut Page) -> Result<()> {
    let moment = "Number(document.querySelector('.scrub input').value)";
    for slug in ["hash-ring", "quorum", "kafka", "cache"] {
        page.open(&format!("#/{slug}"))?;
        page.wait_for(".figures .fig")?;
        page.run(
            "window.painted = 0;
             for (const { prototype } of [CanvasRenderingContext2D, OffscreenCanvasRenderingContext2D]) {
                 const was = prototype.clearRect; prototype.clearRect = function (...all) { painted++; return was.apply(this, all); }; }
             // As of a tab behind others: a script cannot put its own there.
             window.away = false; Object.defineProperty(document, 'hidden', { get: () => away });
             window.turn = on => { away = on; document.dispatchEvent(new Event('visibilitychange')); };
             document.querySelector('.play').click();",
            &[],
        )?;
        page.wait_until(&format!("{moment} > 200"))?;
        let left = page.eval(&format!("(turn(true), window.was = painted, {moment})"))?.as_f64().unwrap_or_default();
        sleep(Duration::from_secs(3));
        let away: (f64, f64) = serde_json::from_value(page.eval(&format!("[painted - was, {moment}]"))?)?;
        equal("pictures, and the moment, while nobody looks", away, (0.0, left))?;
        let back = page.eval(&format!("(turn(false), new Promise(done => setTimeout(() => done({moment}), 400)))"))?;
        let back = back.as_f64().unwrap_or_default();
        // Thousandths of a second of watching: 0.4 s, and what a slow machine adds; not the three that nobody saw.
        ensure!(back > left && back - left < 1_500.0, "{slug} went from {left} to {back}");
        page.wait_until(&format!("{moment} > {back}"))?;
    }
    page.assert_clean()
}
