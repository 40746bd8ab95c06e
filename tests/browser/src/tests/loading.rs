//! Where the app cannot start, the page says why and what to do.

use anyhow::{Context, Result};

use crate::page::Page;

crate::tests::tests![from_disk, without_webassembly, with_a_refused_module, with_a_lost_module, with_a_lost_part];

const MESSAGE: &str = "#loading.loading-problem[role=alert]";

fn from_disk(page: &mut Page) -> Result<()> {
    let dist = page.dist().canonicalize().context("dist is not there")?;
    page.goto(&format!("file://{}/index.html", dist.display()))?;
    page.wait_text(MESSAGE, "opened straight from the disk")
}

fn without_webassembly(page: &mut Page) -> Result<()> {
    page.before_load("delete window.WebAssembly");
    page.goto(&page.url())?;
    page.wait_text(MESSAGE, "needs WebAssembly")
}

fn with_a_refused_module(page: &mut Page) -> Result<()> {
    page.before_load(
        "WebAssembly.instantiateStreaming = WebAssembly.instantiate = async () => {
            throw new WebAssembly.CompileError('unknown opcode'); }",
    );
    page.goto(&page.url())?;
    page.wait_text(MESSAGE, "a browser from 2023 or later")
}

fn with_a_lost_module(page: &mut Page) -> Result<()> {
    page.before_load("window.fetch = async () => { throw new TypeError('Failed to fetch'); }");
    page.goto(&page.url())?;
    page.wait_text(MESSAGE, "did not arrive")
}

/// An explainer is a module of its own: where it does not arrive, the page says so and tries again when asked.
fn with_a_lost_part(page: &mut Page) -> Result<()> {
    page.before_load(
        "const was = window.fetch; window.lost = true;
         window.fetch = (...a) => window.lost && String(a[0]).includes('split_')
            ? Promise.reject(new TypeError('Failed to fetch')) : was(...a);",
    );
    page.open("#/hash-ring")?;
    page.wait_text(".note", "could not be loaded")?;
    page.run("window.lost = false", &[])?;
    page.click(".note button")?;
    page.wait_text(".caption", "1,000 keys on 5 servers")
}
