//! Tests of the built page in a real browser, over WebDriver.
//!
//! `cargo run -p browser-tests -- --dist dist [FILTER]` runs those whose name contains FILTER;
//! `… -- --dist dist bench` asks the page to measure itself and prints JSON rows.

mod browser;
mod driver;
mod page;
mod server;
mod tests;

use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail, ensure};

use browser::Browser;
use driver::Driver;
use page::Page;
use tests::Test;

const USAGE: &str = "usage: browser-tests [--dist DIR] [--browser chromium] [--install-missing] [--headed] \
                     [--list] [FILTER | bench]";

struct Arguments {
    dist: PathBuf,
    browser: Browser,
    install_missing: bool,
    headed: bool,
    list: bool,
    filter: String,
}

fn main() -> ExitCode {
    match arguments().and_then(run) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn arguments() -> Result<Arguments> {
    let mut parsed = Arguments {
        dist: "dist".into(),
        browser: Browser::Chromium,
        install_missing: false,
        headed: false,
        list: false,
        filter: String::new(),
    };
    let mut given = std::env::args().skip(1);
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--dist" => parsed.dist = given.next().context(USAGE)?.into(),
            "--browser" => parsed.browser = given.next().context(USAGE)?.parse()?,
            "--install-missing" => parsed.install_missing = true,
            "--headed" => parsed.headed = true,
            "--list" => parsed.list = true,
            option if option.starts_with("--") => bail!("{option} is not an option; {USAGE}"),
            filter => parsed.filter = filter.into(),
        }
    }
    Ok(parsed)
}

/// Whether everything passed.
fn run(arguments: Arguments) -> Result<bool> {
    let chosen: Vec<&Test> = tests::all().filter(|test| test.name.contains(&arguments.filter)).collect();
    if arguments.list {
        chosen.iter().for_each(|test| println!("{}", test.name));
        return Ok(true);
    }
    let bench = arguments.filter == "bench";
    ensure!(bench || !chosen.is_empty(), "no test has \"{}\" in its name; --list shows them all", arguments.filter);
    ensure!(
        arguments.dist.join("index.html").is_file(),
        "{} has no index.html; `cargo xtask build` makes it",
        arguments.dist.display()
    );
    let programs = arguments.browser.find(arguments.install_missing)?;
    let driver = Driver::start(arguments.browser, programs, arguments.headed)?;
    if bench {
        return measure(&driver, &arguments.dist).map(|()| true);
    }
    let mut failed = 0;
    for test in &chosen {
        let started = Instant::now();
        print!("test {} ... ", test.name);
        let outcome = run_one(test, &driver, &arguments.dist);
        println!("{} ({:.1} s)", if outcome.is_ok() { "ok" } else { "FAILED" }, started.elapsed().as_secs_f64());
        if let Err(error) = outcome {
            failed += 1;
            println!("    {}", format!("{error:#}").replace('\n', "\n    "));
        }
    }
    println!("\n{} passed, {failed} failed", chosen.len() - failed);
    Ok(failed == 0)
}

/// A browser of its own for each test: no test sees another's storage, settings or errors.
fn run_one(test: &Test, driver: &Driver, dist: &std::path::Path) -> Result<()> {
    let mut page = Page::new(driver, dist)?;
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| (test.run)(&mut page)))
        .unwrap_or_else(|_| Err(anyhow!("the test panicked; its message is above")));
    outcome.map_err(|error| {
        let mut told = format!("{error:#}");
        for line in page.errors().unwrap_or_default() {
            told += &format!("\nconsole: {line}");
        }
        let shot = PathBuf::from("target/browser-failures").join(format!("{}.png", test.name.replace("::", "-")));
        match page.screenshot(&shot) {
            Ok(()) => told += &format!("\nscreenshot: {}", shot.display()),
            Err(error) => told += &format!("\nno screenshot: {error:#}"),
        }
        anyhow!(told)
    })
}

fn measure(driver: &Driver, dist: &std::path::Path) -> Result<()> {
    let page = Page::new(driver, dist)?;
    page.open("")?;
    page.wait_until("window.movingParts && typeof window.movingParts.bench === 'function'")
        .context("the page offers no window.movingParts.bench()")?;
    let rows = page.eval("window.movingParts.bench()")?;
    // The page answers with JSON text; a value that is already parsed is as good.
    println!("{}", rows.as_str().map_or_else(|| rows.to_string(), str::to_string));
    Ok(())
}
