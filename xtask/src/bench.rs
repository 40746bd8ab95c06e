//! `cargo xtask bench`: native figures and browser figures in one table.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use xtask_wasm::anyhow::{Context, Result, ensure};

use crate::site::{self, Options, Profile};
use crate::testing;

struct Row {
    name: String,
    value: String,
    unit: String,
}

pub fn run() -> Result<()> {
    println!("Native");
    let native = ["run", "--quiet", "--profile", "native", "--no-default-features", "--bin", "native", "--", "bench"];
    let native = output_of(&native)?;
    let mut rows = match rows("native", &native) {
        Some(rows) => rows,
        // It printed a table of its own: ours then holds the browser's part.
        None => {
            println!("{}", native.trim_end());
            vec![]
        }
    };
    println!("\nBrowser: building what it will measure");
    site::build(&Options::new(Profile::Release), Path::new("dist"))?;
    let browser = ["--install-missing", "--dist", "dist", "bench"];
    let browser = output_of(&[&testing::BROWSER_TESTS[..], &browser].concat())?;
    rows.extend(self::rows("browser", &browser).context("the browser's benchmark did not answer with rows")?);
    print(&rows);
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

fn rows(place: &str, json: &str) -> Option<Vec<Row>> {
    let Value::Array(rows) = serde_json::from_str(json.trim()).ok()? else { return None };
    let row = |row: &Value| {
        let value = match &row["value"] {
            Value::Number(number) => match number.as_f64()? {
                value if value.abs() >= 1000.0 => grouped(value),
                value => format!("{value:.2}"),
            },
            Value::String(value) => value.clone(),
            _ => return None,
        };
        let unit = row["unit"].as_str().unwrap_or("").to_string();
        Some(Row { name: format!("{place}: {}", row["name"].as_str()?), value, unit })
    };
    rows.iter().map(row).collect()
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

fn print(rows: &[Row]) {
    let width = |text: fn(&Row) -> &str| rows.iter().map(|row| text(row).chars().count()).max().unwrap_or(0);
    let (names, values) = (width(|row| &row.name), width(|row| &row.value));
    println!();
    for Row { name, value, unit } in rows {
        println!("{name:names$}  {value:>values$}  {unit}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(grouped(1234567.4), "1,234,567");
        assert_eq!(grouped(-1000.0), "-1,000");
        assert!(rows("native", "ring  12 lookups/s").is_none());
        assert_eq!(rows("native", r#"[{"name":"ring","value":1.5,"unit":"ms"}]"#).map_or(0, |rows| rows.len()), 1);
    }
}
