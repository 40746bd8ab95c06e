//! `--pictures`: the pictures that are made once and kept in `assets/`, as PNG.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use moving_parts::explainers::card;
use moving_parts::sim::digest;
use serde_json::json;

use crate::browser::Surroundings;
use crate::driver::Driver;

/// In the folder of the sources. Beside each picture's name is a digest of what it was made from: a test compares.
pub fn make(driver: &Driver) -> Result<()> {
    let icon = fs::read_to_string("assets/icon.svg").context("no assets/icon.svg here: call it from the sources")?;
    let session = driver.session(Surroundings::default())?;
    let mut made = String::new();
    for picture in card::pictures(&icon) {
        let (width, height) = picture.size;
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        session.cdp("Emulation.setDeviceMetricsOverride", metrics)?;
        let clear = json!({ "color": { "r": 0, "g": 0, "b": 0, "a": 0 } });
        session.cdp("Emulation.setDefaultBackgroundColorOverride", clear)?;
        let page = format!("<!doctype html><style>body{{margin:0}}body>svg{{display:block}}</style>{}", picture.svg);
        session.goto(&format!("data:text/html;charset=utf-8;base64,{}", STANDARD.encode(page)))?;
        let answer = session.cdp("Page.captureScreenshot", json!({ "format": "png" }))?;
        let bytes = STANDARD.decode(answer["data"].as_str().context("the browser sent no picture")?)?;
        ensure!(bytes.starts_with(b"\x89PNG"), "{} is no PNG", picture.file);
        let file = Path::new("assets").join(&picture.file);
        fs::create_dir_all(file.parent().context("a folder")?)?;
        println!("{} {} bytes", file.display(), bytes.len());
        fs::write(&file, bytes).with_context(|| format!("could not write {}", file.display()))?;
        writeln!(made, "{} {:016x}", picture.file, digest(&picture.svg))?;
    }
    fs::write("tests/pictures.txt", made).context("could not write tests/pictures.txt")
}
