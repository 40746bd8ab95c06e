//! The whole app in one file that opens from a disk: nothing is asked of anybody.

use std::collections::BTreeMap;
use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lzma_rust2::{LzmaOptions, LzmaWriter};
use sha2::{Digest, Sha256};
use xtask_wasm::anyhow::{Context, Result, ensure};

pub const NAME: &str = "moving-parts.html";
const PROGRAM: &str = include_str!("single.js");

/// `files` have the names that they have before a hash comes in.
pub fn file(files: &BTreeMap<String, Vec<u8>>) -> Result<String> {
    let text = |name: &str| -> Result<&str> {
        let bytes = files.get(name).with_context(|| format!("there is no {name}"))?;
        Ok(std::str::from_utf8(bytes)?)
    };
    let inside = |name: &str| name.ends_with(".wasm") || name.ends_with(".bin") || name.starts_with("posters/");
    let inside: Vec<(&String, &Vec<u8>)> = files.iter().filter(|(name, _)| inside(name)).collect();
    let list: Vec<(&String, usize)> = inside.iter().map(|(name, bytes)| (*name, bytes.len())).collect();
    let packed = compressed(&inside.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect::<Vec<u8>>())?;

    let mut program = PROGRAM.to_string();
    for (what, with) in [
        ("const LIST = [];", format!("const LIST = {};", serde_json::to_string(&list)?)),
        ("const BYTES = 0;", format!("const BYTES = {};", packed.len())),
        ("/* PARTS */", parts(text("parts.js")?)?),
        ("/* APP */", app(text("app.js")?)?),
    ] {
        ensure!(program.contains(what), "single.js has no `{what}`");
        program = program.replacen(what, &with, 1);
    }
    let (boot, style) = (text("boot.js")?, [text("loading.css")?, text("app.css")?].concat());
    for (name, text) in [("a script", program.as_str()), ("boot.js", boot), ("a style sheet", &style)] {
        let text = text.to_lowercase();
        ensure!(!["</script", "<!--", "</style"].iter().any(|end| text.contains(end)), "{name} would end early");
    }
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let icon = format!("data:image/svg+xml;base64,{}", STANDARD.encode(text("icon.svg")?));
    Ok(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         script-src {} {} 'wasm-unsafe-eval'; style-src {}; img-src data: blob:; worker-src blob:; \
         base-uri 'none'; form-action 'none'\">\n\
         <title>Moving Parts</title>\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <link rel=\"icon\" href=\"{icon}\">\n<style>{style}</style>\n</head>\n<body>\n\
         <p id=\"loading\" role=\"status\">Loading…</p>\n\
         <noscript><p class=\"loading-problem\">Moving Parts runs its simulations in your browser, so it needs \
         JavaScript. Nothing you enter leaves the page.</p></noscript>\n\
         <script type=\"text/plain\" id=\"files\">\n{}</script>\n\
         <script type=\"module\" id=\"program\">{program}</script>\n<script>{boot}</script>\n</body>\n</html>\n",
        hash(&program),
        hash(boot),
        hash(&style),
        printable(&packed),
    ))
}

/// `parts.js` as a block that fills `parts`.
fn parts(script: &str) -> Result<String> {
    let mut out = String::new();
    for line in script.lines() {
        let line = match line.strip_prefix("export const ").and_then(|rest| rest.split_once(" = ")) {
            Some((name, value)) => format!("const {name} = parts.{name} = {value}"),
            None => line.to_string(),
        };
        ensure!(!line.starts_with("export") && !line.starts_with("import "), "parts.js has the line {line}");
        out += &line.replace("import.meta.url", "\"file:///\"");
        out.push('\n');
    }
    Ok(out)
}

/// `app.js` as a block that fills `app`.
fn app(script: &str) -> Result<String> {
    let mut out = String::new();
    for line in script.lines() {
        let line = if let Some((name, _)) = line.strip_prefix("import * as ").and_then(|rest| rest.split_once(" from "))
        {
            format!("const {name} = parts;")
        } else if line.starts_with("export {") {
            ensure!(line == "export { initSync, __wbg_init as default };", "app.js has the line {line}");
            "app.initSync = initSync; app.init = __wbg_init;".into()
        } else {
            line.strip_prefix("export ").unwrap_or(line).to_string()
        };
        ensure!(!line.starts_with("import "), "app.js has the line {line}");
        out += &line.replace("import.meta.url", "\"file:///\"");
        out.push('\n');
    }
    Ok(out)
}

fn compressed(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut options = LzmaOptions::with_preset(9);
    (options.lc, options.lp, options.pb, options.nice_len) = (3, 0, 0, 273);
    let mut writer = LzmaWriter::new_no_header(Vec::new(), &options, false)?;
    writer.write_all(bytes)?;
    Ok(writer.finish()?)
}

/// Two of the 93 printable characters without `<` for each 13 bits, the lowest first.
fn printable(bytes: &[u8]) -> String {
    let digit = |value: u32| char::from(33 + value as u8 + u8::from(value > 26));
    let mut out = String::with_capacity(bytes.len() * 16 / 13 + 8);
    let (mut held, mut bits, mut column) = (0u32, 0, 0);
    let mut put = |value: u32| {
        out.extend([digit(value / 93), digit(value % 93)]);
        column += 2;
        if column == 1000 {
            out.push('\n');
            column = 0;
        }
    };
    for byte in bytes {
        held |= u32::from(*byte) << bits;
        bits += 8;
        if bits >= 13 {
            put(held & 0x1fff);
            held >>= 13;
            bits -= 13;
        }
    }
    if bits > 0 {
        put(held);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_holds_the_bytes() {
        let bytes: Vec<u8> = (0..5000u32).map(|i| (i * i % 251) as u8).collect();
        let text = printable(&bytes);
        assert!(text.chars().all(|c| c == '\n' || (c.is_ascii_graphic() && c != '<')));
        let digits: Vec<u32> =
            text.bytes().filter(|b| *b > 32).map(|b| u32::from(b) - 33 - u32::from(b > 60)).collect();
        let (mut back, mut held, mut bits) = (Vec::new(), 0u32, 0);
        for pair in digits.chunks(2) {
            held |= (pair[0] * 93 + pair[1]) << bits;
            bits += 13;
            while bits > 7 {
                back.push(held as u8);
                held >>= 8;
                bits -= 8;
            }
        }
        assert_eq!(back[..bytes.len()], bytes);
    }

    #[test]
    fn modules_become_blocks() {
        let parts =
            parts("let a;\nexport const connect = (b) => { a = b; };\nnew URL(\"x\", import.meta.url)").unwrap();
        assert!(
            parts.contains("const connect = parts.connect = (b)") && parts.contains("new URL(\"x\", \"file:///\")")
        );
        let app = app("import * as import1 from \"./parts.js\"\nexport function start() {\n}\n\
                       export { initSync, __wbg_init as default };")
        .unwrap();
        assert_eq!(
            app,
            "const import1 = parts;\nfunction start() {\n}\napp.initSync = initSync; app.init = __wbg_init;\n"
        );
    }
}
