//! The app without its server: the second visit, a new version, a page of an explainer's own, the single file.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use moving_parts::explainers::REGISTRY;
use serde_json::json;

use crate::page::{Page, equal};

crate::tests::tests![
    // In the others the tests' own server changes pages, and a worker takes only what was built.
    the_second_visit_needs_no_network on [Chromium],
    a_new_version_is_offered_and_taken on [Chromium],
    an_embedded_page_keeps_nothing on [Chromium],
    every_explainer_has_a_page_of_its_own,
    one_file_from_the_disk_has_everything,
];

/// Waits until everything is on this machine.
fn kept(page: &Page) -> Result<()> {
    let ready = "navigator.serviceWorker.ready.then((it) => !!it.active)";
    equal("a worker", page.eval(ready)?, json!(true))
}

fn show_all(page: &Page, home: &str) -> Result<()> {
    for entry in REGISTRY {
        page.goto(&format!("{home}#/{}", entry.meta.slug))?;
        page.wait_text("h1", entry.meta.question)?;
        page.wait_for(".caption")?;
        equal("parts that did not come", page.count(".note")?, 0)?;
    }
    Ok(())
}

fn the_second_visit_needs_no_network(page: &mut Page) -> Result<()> {
    let dist = page.dist().to_path_buf();
    for prefix in ["/", "/docs/figures/"] {
        page.serve(&dist, prefix, 0)?;
        page.open("")?;
        kept(page)?;
        let home = page.url();
        // Another port: nothing answers at the old one.
        page.serve(&dist, prefix, 0)?;
        ensure!(page.eval(&format!("fetch('{home}nothing').then(() => 1, () => 0)"))? == json!(0), "somebody answers");
        page.goto(&home)?;
        page.wait_for(".cards li")?;
        show_all(page, &home)?;
        page.goto(&format!("{home}quorum.html?from=a-bookmark"))?;
        page.wait_for(".caption")?;
    }
    Ok(())
}

/// The same build, marked, as a version of its own.
fn marked(dist: &Path) -> Result<PathBuf> {
    let copy = std::env::temp_dir().join(format!("moving-parts-version-{}", std::process::id()));
    let _ = fs::remove_dir_all(&copy);
    for folder in ["", "posters", "icons", "cards"] {
        fs::create_dir_all(copy.join(folder))?;
        for file in fs::read_dir(dist.join(folder))? {
            let file = file?;
            if file.file_type()?.is_file() {
                fs::copy(file.path(), copy.join(folder).join(file.file_name()))?;
            }
        }
    }
    let page = fs::read_to_string(copy.join("index.html"))?;
    fs::write(copy.join("index.html"), page.replace("<html ", "<html data-version=\"two\" "))?;
    let worker = fs::read_to_string(copy.join("service-worker.js"))?;
    let lines = worker.lines().map(|line| match line {
        line if line.contains("\"index.html\":") => "  \"index.html\": \"\",\n".to_string(),
        line if line.starts_with("const VERSION") => "const VERSION = \"two\";\n".into(),
        line => format!("{line}\n"),
    });
    fs::write(copy.join("service-worker.js"), lines.collect::<String>())?;
    Ok(copy)
}

fn a_new_version_is_offered_and_taken(page: &mut Page) -> Result<()> {
    page.open("")?;
    kept(page)?;
    let (home, port, dist) = (page.url(), page.port(), page.dist().to_path_buf());
    let version = "document.documentElement.dataset.version ?? 'one'";
    let two = marked(&dist)?;
    page.serve(&dist, "/", 0)?;
    page.serve(&two, "/", port)?;
    page.goto(&format!("{home}#/quorum?lesson=majority.2"))?;
    page.wait_text(".new-version", "A new version is there.")?;
    equal("the version before the reader says so", page.eval(version)?, json!("one"))?;
    page.click(".new-version button")?;
    page.wait_until(&format!("({version}) === 'two' && document.querySelector('.lesson h2')"))?;
    let hash = page.eval("location.hash")?;
    ensure!(hash.as_str().is_some_and(|hash| hash.contains("majority")), "the lesson is lost: {hash}");
    equal("what is kept", page.eval("caches.keys().then((names) => names.length)")?, json!(1))?;
    page.serve(&dist, "/", 0)?;
    show_all(page, &home)?;
    equal("the version without a network", page.eval(version)?, json!("two"))?;
    fs::remove_dir_all(two).context("the copy")
}

fn an_embedded_page_keeps_nothing(page: &mut Page) -> Result<()> {
    page.open("?embed#/hash-ring")?;
    page.wait_for(".stage")?;
    std::thread::sleep(std::time::Duration::from_secs(5));
    let workers = page.eval("navigator.serviceWorker.getRegistrations().then((all) => all.length)")?;
    equal("workers", workers, json!(0))
}

fn every_explainer_has_a_page_of_its_own(page: &mut Page) -> Result<()> {
    for entry in REGISTRY {
        let meta = entry.meta;
        page.open(&format!("{}.html", meta.slug))?;
        page.wait_text("h1", meta.question)?;
        page.wait_for(".caption")?;
        // The gallery is one click away, and the page's own address asks for the explainer again.
        page.follow("#/")?;
        page.wait_for(".cards li")?;
        let words = "document.querySelector('noscript').textContent";
        let words = page.eval(words)?.as_str().unwrap_or_default().to_string();
        for lesson in (entry.lessons)() {
            ensure!(words.contains(&lesson.title.replace('&', "&amp;")), "{}: no word of {}", meta.slug, lesson.title);
        }
        equal("claim", page.attribute("meta[name=description]", "content")?, Some(meta.claim.into()))?;
        let card = page.attribute("meta[property='og:image']", "content")?.unwrap_or_default();
        let there = page.eval(&format!("fetch('{card}').then((answer) => answer.ok)"))?;
        equal(&card, there, json!(true))?;
    }
    page.assert_clean()
}

fn one_file_from_the_disk_has_everything(page: &mut Page) -> Result<()> {
    let file = page.dist().join("moving-parts.html");
    let file = file.canonicalize().context("`cargo xtask build --single-file` makes it")?;
    let home = format!("file://{}", file.display());
    page.goto(&home)?;
    page.wait_for(".cards li img")?;
    page.wait_until("[...document.images].every((image) => !image.offsetParent || image.naturalWidth > 0)")?;
    show_all(page, &home)?;
    // What takes long is computed beside the page, or by the page itself.
    page.goto(&format!("{home}#/quorum?w=1&r=1"))?;
    page.wait_for(".charts-place")?;
    page.run("document.querySelector('.charts-place').scrollIntoView()", &[])?;
    page.wait_until(super::store::STUDIED)?;
    let asked = page.eval("performance.getEntriesByType('resource').map((it) => it.name)")?;
    let asked: Vec<&str> = asked.as_array().into_iter().flatten().filter_map(|name| name.as_str()).collect();
    ensure!(asked.iter().all(|name| name.starts_with("blob:") || name.starts_with("data:")), "{asked:?}");
    equal("console errors", page.errors()?, vec![])?;
    equal("requests", page.foreign_requests()?, vec![])
}
