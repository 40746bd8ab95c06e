//! What a page costs, measured from outside and by the page itself: a line about the browser, and JSON rows of name,
//! value and unit.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::driver::Driver;
use crate::page::Page;

const RUNS: usize = 5;
/// Long enough for a share of time.
const WINDOW: Duration = Duration::from_secs(4);

/// Noted before anything else of the page runs: when the first picture was there.
const NOTE: &str = "const wait = () => {
    const drawn = [...document.querySelectorAll('.stage canvas')].some((it) => it.width !== 300 || it.height !== 150);
    if (drawn || document.querySelector('.cards li')) window.firstPicture ??= performance.now();
    else requestAnimationFrame(wait);
};
requestAnimationFrame(wait);";

/// What the least that moves costs here: a dot of 8 pixels on an otherwise empty page.
const DOT: &str = "data:text/html,<canvas width=860 height=560></canvas><script>
const pen = document.querySelector('canvas').getContext('2d'); let at = 0, turn = 0;
const go = () => { if (++turn % EVERY == 0) { pen.clearRect(at, 0, 8, 8); pen.fillRect(at = (at + 3) % 800, 0, 8, 8) } requestAnimationFrame(go) };
go();</script>";

pub fn run(driver: &Driver, dist: &Path) -> Result<()> {
    let mut rows = Vec::new();
    let mut row =
        |name: String, value: f64, unit: &str| rows.push(json!({ "name": name, "value": value, "unit": unit }));
    for slug in ["", "hash-ring", "quorum", "kafka", "cache", "latency", "capacity"] {
        let first = (0..RUNS).map(|_| first_picture(driver, dist, slug)).collect::<Result<Vec<f64>>>()?;
        let name = if slug.is_empty() { "gallery" } else { slug };
        row(format!("{name}: first picture of a new visitor"), median(first), "ms");
    }
    for (name, every) in [("at 60 frames/s", 1), ("at 30 frames/s", 2), ("never", 1_000_000_000)] {
        let page = Page::new(driver, dist)?;
        page.goto(&DOT.replace("EVERY", &every.to_string()))?;
        row(format!("a dot that moves {name}: main thread"), share(&page)?, "%");
    }
    for (slug, query) in PLAYED {
        let page = Page::new(driver, dist)?;
        page.open(&format!("#/{slug}?{query}"))?;
        page.wait_for(".caption")?;
        thread::sleep(Duration::from_secs(1));
        page.key(" ")?;
        thread::sleep(Duration::from_millis(500));
        let name = if query.is_empty() { "as it opens" } else { query };
        row(format!("{slug}, {name}, playing: main thread"), share(&page)?, "%");
    }
    let page = Page::new(driver, dist)?;
    page.open("")?;
    page.wait_until("typeof window.movingParts?.bench === 'function'").context("the page offers no bench")?;
    let about = page.eval("navigator.userAgent")?;
    for part in 0.. {
        let told = page.eval(&format!("window.movingParts.bench({part})"))?;
        let Some(told) = told.as_str().filter(|told| !told.is_empty()) else { break };
        let Value::Array(more) = serde_json::from_str(told).context("the page's rows")? else { break };
        rows.extend(more);
    }
    println!("{}\n{}", about.as_str().unwrap_or_default(), Value::Array(rows));
    Ok(())
}

const PLAYED: [(&str, &str); 7] = [
    ("hash-ring", ""),
    ("hash-ring", "do=0.1s:add;3s:crash(2);6s:add;9s:add;12s:add"),
    ("quorum", ""),
    ("quorum", "load=40&span=4000"),
    ("kafka", ""),
    ("cache", ""),
    ("cache", "nodes=3&keys=400&capacity=40&rate=2000&span=3000"),
];

/// Milliseconds from the navigation, in a browser that has nothing of the page.
fn first_picture(driver: &Driver, dist: &Path, slug: &str) -> Result<f64> {
    let page = Page::new(driver, dist)?;
    page.before_load(NOTE);
    page.goto(&format!("{}#/{slug}", page.url()))?;
    page.wait_until("window.firstPicture")?;
    page.eval("window.firstPicture")?.as_f64().context("no time")
}

/// How much of a core the page's own thread takes, in per cent: the median of three windows.
fn share(page: &Page) -> Result<f64> {
    let busy = || -> Result<(f64, f64)> {
        let told = page.devtools("Performance.getMetrics", json!({}))?;
        let metrics = told["metrics"].as_array().context("no metrics")?;
        let value = |name: &str| metrics.iter().find(|it| it["name"] == name).and_then(|it| it["value"].as_f64());
        value("TaskDuration").zip(value("Timestamp")).context("no such metrics")
    };
    page.devtools("Performance.enable", json!({}))?;
    let mut shares = Vec::new();
    for _ in 0..3 {
        let (before, began) = busy()?;
        thread::sleep(WINDOW);
        let (after, ended) = busy()?;
        shares.push((after - before) / (ended - began) * 100.0);
    }
    Ok(median(shares))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
