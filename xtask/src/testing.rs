//! `cargo xtask test`: every check there is, in the order in which a fault is cheapest to find.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use xtask_wasm::anyhow::{Context, Result, bail, ensure};
use xtask_wasm::clap;

use crate::site::{self, Options, Profile};
use crate::{sizes, toolchain};

#[derive(clap::Parser)]
pub struct Test {
    /// Leave out the tests that need a browser
    #[clap(long)]
    no_browser: bool,
    /// Browsers to test in, separated by commas: chromium, firefox, webkit. The last two are left out where they are
    /// not installed
    #[clap(long, value_delimiter = ',', default_value = "chromium")]
    browsers: Vec<String>,
    /// What cannot be tested here, such as a browser that is not installed, counts as failed
    #[clap(long)]
    require: bool,
}

const OUT: &str = "dist";

impl Test {
    pub fn run(self) -> Result<()> {
        let started = Instant::now();
        step("formatting", || {
            toolchain::ensure_component("fmt", "rustfmt")?;
            cargo(&["fmt", "--all", "--check"])
        })?;
        step("clippy, pure core", || {
            toolchain::ensure_component("clippy", "clippy")?;
            clippy(&["--package", "moving-parts", "--no-default-features", "--all-targets"])
        })?;
        step("clippy, web", || {
            toolchain::ensure_wasm_target()?;
            // In release, so that the macros it compiles (most of the time) serve the release build too.
            let web = ["--features", "web", "--target", "wasm32-unknown-unknown", "--lib"];
            clippy(&[&["--release", "--package", "moving-parts"], &web[..]].concat())
        })?;
        step("clippy, tools", || {
            let tools = ["--package", "xtask", "--package", "static-server", "--package", "browser-tests"];
            clippy(&[&tools[..], &["--all-targets"]].concat())
        })?;
        step("pure tests", || cargo(&["test", "--package", "moving-parts", "--no-default-features"]))?;
        step("pure tests of many trials", || {
            let long = ["--no-default-features", "--test", "pbs", "--", "--ignored"];
            cargo(&[&["test", "--package", "moving-parts"], &long[..]].concat())
        })?;
        step("tests of the tools", || {
            let tools = ["--package", "xtask", "--package", "static-server", "--package", "browser-tests"];
            cargo(&[&["test", "--profile", "xtask"], &tools[..]].concat())
        })?;
        step("release build", || {
            let options = Options { single_file: true, ..Options::new(Profile::Release) };
            let site = site::build(&options, Path::new(OUT))?;
            sizes::print(&site, Path::new(OUT));
            Ok(())
        })?;
        if self.no_browser {
            println!("\nBrowser tests left out (--no-browser)");
        }
        let mut counts = vec![];
        for browser in self.browsers.iter().filter(|_| !self.no_browser) {
            step(&format!("browser tests, {browser}"), || {
                let mut options = vec!["--browser", browser, "--dist", OUT];
                options.push(if browser == "chromium" { "--install-missing" } else { "--if-installed" });
                options.extend(self.require.then_some("--require"));
                counts.extend(cargo_with_last_line(&[&BROWSER_TESTS[..], &options].concat())?);
                Ok(())
            })?;
        }
        println!("\nEverything passed in {:.0} s", started.elapsed().as_secs_f64());
        for browser in ["chromium", "firefox", "webkit"] {
            if !self.no_browser && !self.browsers.iter().any(|asked| asked == browser) {
                println!("not tested in {browser} (--browsers chromium,firefox,webkit)");
            }
        }
        // Once more at the very end, where CI looks for it.
        counts.iter().for_each(|count| println!("{count}"));
        Ok(())
    }
}

/// `cargo` arguments that run the browser tests' binary; its own follow.
pub const BROWSER_TESTS: [&str; 7] = ["run", "--quiet", "--profile", "xtask", "--package", "browser-tests", "--"];

fn clippy(arguments: &[&str]) -> Result<()> {
    cargo(&[&["clippy", "--quiet"], arguments, &["--", "--deny", "warnings"]].concat())
}

fn step(name: &str, run: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("\n=== {name}");
    let started = Instant::now();
    run().with_context(|| format!("the step \"{name}\" failed"))?;
    println!("=== {name}: passed in {:.1} s", started.elapsed().as_secs_f64());
    Ok(())
}

/// Prints what the command prints, as it comes, and returns its last line.
fn cargo_with_last_line(arguments: &[&str]) -> Result<Option<String>> {
    let mut child =
        Command::new("cargo").args(arguments).stdout(Stdio::piped()).spawn().context("could not run cargo")?;
    let mut last = None;
    let lines = child.stdout.take().into_iter().flat_map(|stdout| BufReader::new(stdout).lines());
    for line in lines.map_while(Result::ok) {
        println!("{line}");
        last = Some(line);
    }
    ensure!(child.wait()?.success(), "`cargo {}` did not succeed", arguments.join(" "));
    Ok(last)
}

pub fn cargo(arguments: &[&str]) -> Result<()> {
    let status = Command::new("cargo").args(arguments).status().context("could not run cargo")?;
    if !status.success() {
        bail!("`cargo {}` did not succeed ({status})", arguments.join(" "));
    }
    Ok(())
}
