//! `cargo xtask bench`: what the project keeps to, in one table: native code, and the page in Chromium.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use xtask_wasm::anyhow::{Context, Result, ensure};

use crate::site::{self, Options, Profile};
use crate::{sizes, testing};

/// One thing that was measured, by who did.
struct Row {
    name: String,
    native: Option<f64>,
    browser: Option<f64>,
    unit: String,
}

pub fn run() -> Result<()> {
    eprintln!("Native code");
    let native = ["run", "--quiet", "--profile", "native", "--no-default-features", "--bin", "native", "--", "bench"];
    let native = output_of(&native)?;
    eprintln!("The page: building what will be measured");
    let site = site::build(&Options::new(Profile::Release), Path::new("dist"))?;
    let bytes = sizes::first_load(&site);
    let browser = ["--install-missing", "--dist", "dist", "bench"];
    let browser = output_of(&[&testing::BROWSER_TESTS[..], &browser].concat())?;
    let (about, browser) = browser.split_once('\n').context("the browser's benchmark said nothing")?;

    let first = Row { name: "first load, brotli".into(), native: None, browser: Some(bytes as f64), unit: "B".into() };
    let mut rows = vec![first];
    for (name, value, unit) in read(browser).context("the browser's benchmark did not answer with rows")? {
        rows.push(Row { name, native: None, browser: Some(value), unit });
    }
    for (name, value, unit) in read(&native).context("the native benchmark did not answer with rows")? {
        match rows.iter_mut().find(|row| row.name == name && row.unit == unit) {
            Some(row) => row.native = Some(value),
            None => rows.push(Row { name, native: Some(value), browser: None, unit }),
        }
    }
    print(&rows, about);
    Ok(())
}

fn output_of(arguments: &[&str]) -> Result<String> {
    let mut command = Command::new("cargo");
    // Whoever prints figures for this tool prints them as JSON rows: [{"name", "value", "unit"}].
    command.args(arguments).env("BENCH_FORMAT", "json").stderr(Stdio::inherit());
    let output = command.output().context("could not run cargo")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "`cargo {}` did not succeed\n{text}", arguments.join(" "));
    Ok(text)
}

fn read(json: &str) -> Option<Vec<(String, f64, String)>> {
    let Value::Array(rows) = serde_json::from_str(json.trim()).ok()? else { return None };
    let row = |row: &Value| {
        let text = |key: &str| row[key].as_str().unwrap_or_default().to_string();
        Some((text("name"), row["value"].as_f64()?, text("unit")))
    };
    rows.iter().map(row).collect()
}

fn shown(value: f64) -> String {
    match value.abs() {
        large if large >= 1000.0 => grouped(value),
        large if large >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// 12,345,678: thousands apart, nothing after the point.
fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::from(if value < 0.0 { "-" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How many times longer the page takes than native code.
fn times(row: &Row) -> Option<f64> {
    let (native, browser) = row.native.zip(row.browser)?;
    let (less, more) = if row.unit.ends_with("/s") { (browser, native) } else { (native, browser) };
    // A clock that is too coarse for one of them says nothing about both.
    (less > 0.01).then_some(more / less)
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let known = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = known.lines().find_map(|line| line.strip_prefix("model name")?.split(':').nth(1));
    let rustc = Command::new("rustc").arg("--version").output();
    let rustc = rustc.map(|said| String::from_utf8_lossy(&said.stdout).trim().to_string()).unwrap_or_default();
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    format!("{}, {cores} cores, {os} {arch}, {rustc}", model.unwrap_or("unknown processor").trim())
}

fn print(rows: &[Row], about: &str) {
    println!("{}\n{about}\n", machine());
    let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
    println!("{:width$} {:>14} {:>14} {:>7}  unit", "", "native", "in the page", "times");
    let text = |value: Option<f64>| value.map_or(String::new(), shown);
    for row in rows {
        let ratio = times(row).map_or(String::new(), |times| format!("{times:.1}"));
        let (native, browser) = (text(row.native), text(row.browser));
        println!("{:width$} {native:>14} {browser:>14} {ratio:>7}  {}", row.name, row.unit);
    }
}
