//! The page loads, clean, wherever it is put.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::page::{Page, equal};

crate::tests::tests![loads, loads_under_a_sub_path, survives_any_fragment, refuses_what_is_not_its_own];

fn loads(page: &mut Page) -> Result<()> {
    page.open("")?;
    page.wait_for("body *")?;
    equal("title", page.title()?, "Moving Parts".into())?;
    equal("what was left of the loading line", page.count("#loading")?, 0)?;
    // A preload that the page then does not use is a download for nothing, and the browser warns of it.
    std::thread::sleep(std::time::Duration::from_secs(4));
    let preloads: Vec<String> = page.warnings()?.into_iter().filter(|warning| warning.contains("preload")).collect();
    equal("warnings about preloads", preloads, vec![])?;
    page.assert_clean()
}

fn loads_under_a_sub_path(page: &mut Page) -> Result<()> {
    page.mount("/docs/figures/")?;
    page.open("#/")?;
    equal("title", page.title()?, "Moving Parts".into())?;
    page.assert_clean()
}

fn survives_any_fragment(page: &mut Page) -> Result<()> {
    for fragment in ["#", "#/", "#/no-such-thing", "#/%ff%", "#/hash-ring?nodes=-1&t=never&do=;;", "#?=&&="] {
        page.open(fragment)?;
        ensure!(!page.text("body")?.is_empty(), "{fragment} leaves the page blank");
    }
    page.assert_clean()
}

/// The security policy holds: an injected script or another origin is refused, and the harness hears of it.
fn refuses_what_is_not_its_own(page: &mut Page) -> Result<()> {
    page.open("")?;
    page.run("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.injected = 1\">')", &[])?;
    page.wait_until("true")?;
    let elsewhere = page.eval("fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')")?;
    equal("another origin", elsewhere, json!("refused"))?;
    equal("injected script", page.eval("window.injected === undefined")?, json!(true))?;
    let errors = page.errors()?;
    ensure!(errors.iter().any(|error| error.contains("Content Security Policy")), "no word of it: {errors:?}");
    equal("requests to other origins", page.foreign_requests()?, vec![])
}
