//! From sources to the folder of static files that is the app.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use xtask_wasm::anyhow::{Context, Result, bail, ensure};

use crate::glue::{self, leb128};
use crate::{hashing, offline, parts, single, testing, toolchain};

#[derive(Clone, Copy, PartialEq)]
pub enum Profile {
    Dev,
    Release,
}

/// How a build is made.
#[derive(Clone)]
pub struct Options {
    pub profile: Profile,
    /// Where it will be, with a slash at its end; empty: anywhere.
    pub url: String,
    /// Whether there is one file with everything besides.
    pub single_file: bool,
    /// Whether browsers keep it. Not while it is being worked on: what changed would not be seen.
    pub kept: bool,
}

impl Options {
    pub fn new(profile: Profile) -> Options {
        Options { profile, url: String::new(), single_file: false, kept: profile == Profile::Release }
    }
}

/// An address as the pages need it.
pub fn address(text: &str) -> std::result::Result<String, String> {
    let known = text.starts_with("https://") || text.starts_with("http://");
    match text {
        "" => Ok(String::new()),
        _ if known && !text.contains(['?', '#', '"', '<', ' ']) => Ok(format!("{}/", text.trim_end_matches('/'))),
        _ => Err("an address such as https://example.org/figures/ was expected".into()),
    }
}

/// The finished files by their path in the folder, `/` between its parts.
pub struct Site {
    pub files: BTreeMap<String, Vec<u8>>,
    /// What opening the page makes a browser ask for.
    pub first_load: BTreeSet<String>,
    /// What is loaded besides when a part of the app is asked for, by its name.
    pub parts: BTreeMap<String, BTreeSet<String>>,
}

/// Builds the app into `out`, replacing an earlier build there in one move at the end.
pub fn build(options: &Options, out: &Path) -> Result<Site> {
    let profile = options.profile;
    ensure_replaceable(out)?;
    toolchain::ensure_wasm_target()?;
    let target: PathBuf = xtask_wasm::metadata().target_directory.clone().into();
    // Beside `out` a half-written folder could be served or committed; in target/ it cannot.
    let staging = target.join(match profile {
        Profile::Dev => "site-dev",
        Profile::Release => "site-release",
    });
    let parts = parts::build(profile, &staging)?;
    copy_tree(Path::new("assets"), &staging)?;
    native(&["posters", &staging.join("posters").display().to_string()])?;
    native(&["pages", "index.html", &staging.display().to_string(), &options.url])?;

    let mut files = read_tree(&staging)?;
    // Type declarations are for bundlers; no browser asks for them.
    files.retain(|name, _| !name.ends_with(".d.ts"));
    for (name, page) in files.iter().filter(|(name, _)| name.ends_with(".html")) {
        ensure_nothing_inline(name, &String::from_utf8_lossy(page))?;
    }
    if profile == Profile::Release {
        shorten_names(&mut files)?;
        for (name, wasm) in files.iter_mut().filter(|(name, _)| name.ends_with(".wasm")) {
            *wasm = without_names(wasm).with_context(|| format!("{name} is not a WebAssembly module"))?;
        }
    }
    let single = if options.single_file { Some(single::file(&files)?) } else { None };
    let mut site = hashing::with_hashed_names(files, &parts)?;
    offline::finish(&mut site, options.kept)?;
    site.files.extend(single.map(|file| (single::NAME.to_string(), file.into_bytes())));
    write(&site, out)?;
    Ok(site)
}

/// `--out` replaces a folder, so it must not be one that somebody keeps something else in.
fn ensure_replaceable(out: &Path) -> Result<()> {
    if !out.exists() {
        return Ok(());
    }
    ensure!(out.is_dir(), "{} is not a folder; choose another one with --out", out.display());
    let mut entries = fs::read_dir(out).with_context(|| format!("could not read {}", out.display()))?;
    let ours = fs::read_to_string(out.join("index.html")).is_ok_and(|page| page.contains("app_bg-"));
    ensure!(
        ours || entries.next().is_none(),
        "{} holds files that are not a build of this app; choose an empty or new folder with --out",
        out.display()
    );
    Ok(())
}

/// The page's content security policy refuses inline code and styles; the build says so before a blank page does.
fn ensure_nothing_inline(name: &str, page: &str) -> Result<()> {
    ensure!(page.contains("http-equiv=\"Content-Security-Policy\""), "{name} has lost its Content-Security-Policy");
    for (mark, instead) in [
        ("<script>", "a file in assets/, loaded with src="),
        ("<style", "a stylesheet in assets/"),
        (" style=\"", "a class and a stylesheet in assets/"),
    ] {
        ensure!(!page.contains(mark), "{name} has `{mark}`, which its own security policy refuses: use {instead}");
    }
    Ok(())
}

/// What the explainers themselves make: the gallery's pictures, and the pages with their words.
fn native(arguments: &[&str]) -> Result<()> {
    // In this tool's own profile: compiled in a tenth of the time, and it runs for seconds.
    let run = ["run", "--quiet", "--profile", "xtask", "--package", "moving-parts", "--no-default-features"];
    testing::cargo(&[&run[..], &["--bin", "native", "--"], arguments].concat())
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    for (path, bytes) in read_tree(from)? {
        let file = to.join(path);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&file, bytes).with_context(|| format!("could not write {}", file.display()))?;
    }
    Ok(())
}

fn read_tree(root: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![(root.to_path_buf(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("could not read {}", folder.display()))? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                bail!("{} has a name that is not UTF-8, so no address could name it", entry.path().display());
            };
            let path = format!("{prefix}{name}");
            if entry.path().is_dir() {
                folders.push((entry.path(), format!("{path}/")));
            } else {
                let bytes = fs::read(entry.path()).with_context(|| format!("could not read {path}"))?;
                files.insert(path, bytes);
            }
        }
    }
    Ok(files)
}

fn write(site: &Site, out: &Path) -> Result<()> {
    let name = out.file_name().with_context(|| format!("{} is no name for a folder", out.display()))?;
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let coming = parent.join(format!(".{}.new", name.to_string_lossy()));
    let attempt = || -> std::io::Result<()> {
        if coming.exists() {
            fs::remove_dir_all(&coming)?;
        }
        for (path, bytes) in &site.files {
            let file = coming.join(path);
            if let Some(folder) = file.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(file, bytes)?;
        }
        if out.exists() {
            fs::remove_dir_all(out)?;
        }
        fs::rename(&coming, out)
    };
    attempt().with_context(|| format!("could not write {}", out.display()))
}

/// The app's script and its module, with short names between them.
fn shorten_names(files: &mut BTreeMap<String, Vec<u8>>) -> Result<()> {
    let (script, module) = ("app.js", "app_bg.wasm");
    let text = files.get(script).with_context(|| format!("there is no {script}"))?;
    let wasm = files.get(module).with_context(|| format!("there is no {module}"))?;
    let (text, wasm) = glue::shorten(&String::from_utf8_lossy(text), wasm)?;
    files.insert(script.into(), text.into_bytes());
    files.insert(module.into(), wasm);
    Ok(())
}

/// The module without its custom sections: function names and the like, a fifth of the download, which only a
/// debugger reads. `None` if the bytes are not a module.
fn without_names(wasm: &[u8]) -> Option<Vec<u8>> {
    let (header, mut rest) = wasm.split_at_checked(8)?;
    if !header.starts_with(b"\0asm") {
        return None;
    }
    let mut kept = header.to_vec();
    while let Some((&id, after_id)) = rest.split_first() {
        let (size, size_bytes) = leb128(after_id)?;
        let (section, after) = rest.split_at_checked(1 + size_bytes + size)?;
        if id != 0 {
            kept.extend_from_slice(section);
        }
        rest = after;
    }
    Some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_sections_go_and_the_rest_stays() {
        let header = *b"\0asm\x01\0\0\0";
        let (types, names) = ([1, 1, 0], [0, 5, 4, b'n', b'a', b'm', b'e']);
        let module = [&header[..], &types, &names].concat();
        assert_eq!(without_names(&module), Some([&header[..], &types].concat()));
        assert_eq!(without_names(b"<!doctype html>"), None);
        assert_eq!(without_names(&module[..module.len() - 1]), None, "cut short");
    }
}
