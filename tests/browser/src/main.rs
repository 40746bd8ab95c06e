//! Tests of the built page in a real browser, over WebDriver.
//!
//! `cargo run -p browser-tests -- --dist dist [FILTER]` runs those whose name contains FILTER;
//! `… -- --pictures` draws the pictures that are kept in `assets/`.
//! `… -- --dist dist bench` asks the page to measure itself and prints JSON rows.
//! `… -- --dist dist soak` runs each explainer for minutes and watches what it holds on to: see `soak.rs`.

mod bench;
mod browser;
mod driver;
mod npm;
mod page;
mod pictures;
mod server;
mod soak;
mod tests;

use std::io::Write;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail, ensure};

use browser::Browser;
use driver::Driver;
use page::Page;
use soak::Soak;
use tests::{Skipped, Test};

const USAGE: &str = "usage: browser-tests [--dist DIR] [--browser chromium|firefox|webkit] [--install-missing] \
                     [--if-installed] [--require] [--headed] [--list] [--pictures] \
                     [FILTER | bench | soak [--minutes N] [--explainer NAME] [--seed N]]";

struct Arguments {
    dist: PathBuf,
    browser: Browser,
    install_missing: bool,
    /// Without the browser, say so and succeed.
    if_installed: bool,
    /// What cannot be tested here counts as failed.
    require: bool,
    headed: bool,
    list: bool,
    pictures: bool,
    filter: String,
    soak: Soak,
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
        if_installed: false,
        require: false,
        headed: false,
        list: false,
        pictures: false,
        filter: String::new(),
        soak: Soak { minutes: 10.0, explainer: String::new(), seed: 1 },
    };
    let mut given = std::env::args().skip(1);
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--dist" => parsed.dist = given.next().context(USAGE)?.into(),
            "--browser" => parsed.browser = given.next().context(USAGE)?.parse()?,
            "--install-missing" => parsed.install_missing = true,
            "--if-installed" => parsed.if_installed = true,
            "--require" => parsed.require = true,
            "--headed" => parsed.headed = true,
            "--list" => parsed.list = true,
            "--pictures" => parsed.pictures = true,
            "--minutes" => parsed.soak.minutes = given.next().context(USAGE)?.parse().context(USAGE)?,
            "--explainer" => parsed.soak.explainer = given.next().context(USAGE)?,
            "--seed" => parsed.soak.seed = given.next().context(USAGE)?.parse().context(USAGE)?,
            option if option.starts_with("--") => bail!("{option} is not an option; {USAGE}"),
            filter => parsed.filter = filter.into(),
        }
    }
    Ok(parsed)
}

/// Whether everything passed.
fn run(arguments: Arguments) -> Result<bool> {
    let named: Vec<&Test> = tests::all().filter(|test| test.name.contains(&arguments.filter)).collect();
    let chosen: Vec<&Test> = named.iter().copied().filter(|test| test.on.contains(&arguments.browser)).collect();
    if arguments.list {
        chosen.iter().for_each(|test| println!("{}", test.name));
        return Ok(true);
    }
    if arguments.pictures {
        let programs = arguments.browser.find(arguments.install_missing)?;
        pictures::make(&Driver::start(arguments.browser, programs, false)?)?;
        return Ok(true);
    }
    let (bench, soak) = (arguments.filter == "bench", arguments.filter == "soak");
    ensure!(
        bench || soak || !named.is_empty(),
        "no test has \"{}\" in its name; --list shows them all",
        arguments.filter
    );
    ensure!(
        arguments.dist.join("index.html").is_file(),
        "{} has no index.html; `cargo xtask build` makes it",
        arguments.dist.display()
    );
    let programs = match arguments.browser.find(arguments.install_missing) {
        Err(missing) if arguments.if_installed && !arguments.require => {
            println!("{missing:#}\n\n{}: skipped, it is not installed", arguments.browser);
            return Ok(true);
        }
        found => found?,
    };
    let driver = Driver::start(arguments.browser, programs, arguments.headed)?;
    if bench {
        return bench::run(&driver, &arguments.dist).map(|()| true);
    }
    if soak {
        ensure!(arguments.browser == Browser::Chromium, "only Chromium says what it holds on to");
        return soak::run(&driver, &arguments.dist, &arguments.soak);
    }
    let (mut passed, mut skipped, mut failed) = (0, 0, 0);
    for test in &chosen {
        let started = Instant::now();
        print!("test {} ... ", test.name);
        // The name is seen while the test runs.
        let _ = std::io::stdout().flush();
        let outcome = run_one(test, &driver, &arguments.dist);
        let skip = outcome.as_ref().err().and_then(|error| error.downcast_ref::<Skipped>());
        let (word, count) = match (&outcome, skip) {
            (Ok(()), _) => ("ok", &mut passed),
            (_, Some(_)) if !arguments.require => ("skipped", &mut skipped),
            _ => ("FAILED", &mut failed),
        };
        *count += 1;
        println!("{word} ({:.1} s)", started.elapsed().as_secs_f64());
        if let Err(error) = outcome {
            println!("    {}", format!("{error:#}").replace('\n', "\n    "));
        }
    }
    let others = named.len() - chosen.len();
    let browser = arguments.browser;
    println!("\n{passed} passed, {failed} failed, {skipped} skipped in {browser} ({others} are for other browsers)");
    Ok(failed == 0)
}

/// A browser of its own for each test: no test sees another's storage, settings or errors.
fn run_one(test: &Test, driver: &Driver, dist: &std::path::Path) -> Result<()> {
    let mut page = Page::new(driver, dist)?;
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| (test.run)(&mut page)))
        .unwrap_or_else(|_| Err(anyhow!("the test panicked; its message is above")));
    outcome.map_err(|error| {
        if error.is::<Skipped>() {
            return error;
        }
        let mut told = format!("{error:#}");
        for line in page.errors().unwrap_or_default() {
            told += &format!("\nconsole: {line}");
        }
        let shot = PathBuf::from("target/browser-failures").join(format!(
            "{}-{}.png",
            driver.browser,
            test.name.replace("::", "-")
        ));
        match page.screenshot(&shot) {
            Ok(()) => told += &format!("\nscreenshot: {}", shot.display()),
            Err(error) => told += &format!("\nno screenshot: {error:#}"),
        }
        anyhow!(told)
    })
}
