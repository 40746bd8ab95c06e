//! Where the app cannot start, the page says why and what to do.

use anyhow::{Context, Result};

use crate::page::Page;

crate::tests::tests![from_disk, without_webassembly, with_a_refused_module, with_a_lost_module];

const MESSAGE: &str = "#loading.loading-problem[role=alert]";

fn from_disk(page: &mut Page) -> Result<()> {
    let dist = page.dist().canonicalize().context("dist is not there")?;
    page.goto(&format!("file://{}/index.html", dist.display()))?;
    page.wait_text(MESSAGE, "opened straight from the disk")
}

fn without_webassembly(page: &mut Page) -> Result<()> {
    page.before_load("delete window.WebAssembly")?;
    page.goto(&page.url())?;
    page.wait_text(MESSAGE, "needs WebAssembly")
}

fn with_a_refused_module(page: &mut Page) -> Result<()> {
    page.before_load(
        "WebAssembly.instantiateStreaming = WebAssembly.instantiate = async () => {
            throw new WebAssembly.CompileError('unknown opcode'); }",
    )?;
    page.goto(&page.url())?;
    page.wait_text(MESSAGE, "a browser from 2023 or later")
}

fn with_a_lost_module(page: &mut Page) -> Result<()> {
    page.before_load("window.fetch = async () => { throw new TypeError('Failed to fetch'); }")?;
    page.goto(&page.url())?;
    page.wait_text(MESSAGE, "did not arrive")
}
