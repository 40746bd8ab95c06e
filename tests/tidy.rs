//! What no compiler checks: one set of colours, files of one room, words that stay at home.

use moving_parts::draw::scene::Token;
use moving_parts::draw::theme::Theme;
use moving_parts::explainers::card;
use moving_parts::sim::digest;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(under: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(under).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && name != "dist" && name != ".git" {
            files(&path, ending, found);
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
}

#[test]
fn the_style_sheet_has_the_theme_s_colours() {
    let css = fs::read_to_string(root().join("assets/app.css")).expect("the style sheet");
    let (light, dark) = css.split_once("@media (prefers-color-scheme: dark)").expect("a dark part");
    for (theme, part) in [(Theme::Light, light), (Theme::Dark, dark)] {
        for token in Token::ALL.into_iter().filter(|token| *token != Token::Night) {
            let [r, g, b] = theme.rgb(token);
            let wanted = format!("--{}: #{r:02x}{g:02x}{b:02x};", format!("{token:?}").to_lowercase());
            assert!(part.contains(&wanted), "{theme:?}: {wanted} is not in assets/app.css");
        }
    }
}

#[test]
fn every_file_is_one_room() {
    let mut all = Vec::new();
    for folder in ["src", "tests", "xtask", "fuzz"] {
        files(&root().join(folder), ".rs", &mut all);
    }
    assert!(all.len() > 40);
    for path in all {
        let lines = fs::read_to_string(&path).unwrap_or_default().lines().count();
        assert!(lines <= 650, "{} has {lines} lines: two rooms?", path.display());
    }
}

#[test]
fn only_the_web_knows_the_browser() {
    for folder in ["sim", "models", "draw", "explainers", "link"] {
        let mut all = Vec::new();
        files(&root().join("src").join(folder), ".rs", &mut all);
        assert!(!all.is_empty(), "{folder}");
        let of_tests = |path: &PathBuf| path.parent().is_some_and(|folder| folder.ends_with("tests"));
        for path in all.into_iter().filter(|path| !path.ends_with("tests.rs") && !of_tests(path)) {
            let text = fs::read_to_string(&path).unwrap_or_default();
            for word in ["web_sys", "wasm_bindgen", "leptos::", "js_sys"] {
                assert!(!text.contains(word), "{} knows {word}", path.display());
            }
            for word in [".unwrap()", ".expect(", "todo!(", "unimplemented!("] {
                let outside = text.split("#[cfg(test)]").next().unwrap_or_default();
                let lines = outside.lines().filter(|line| !line.trim_start().starts_with("//"));
                assert!(lines.into_iter().all(|line| !line.contains(word)), "{} has {word}", path.display());
            }
        }
    }
}

#[test]
fn the_pictures_that_are_kept_are_those_that_would_be_made() {
    let icon = fs::read_to_string(root().join("assets/icon.svg")).expect("the icon");
    let made = fs::read_to_string(root().join("tests/pictures.txt")).unwrap_or_default();
    let pictures = card::pictures(&icon);
    assert_eq!(made.lines().count(), pictures.len(), "run cargo xtask pictures");
    for picture in pictures {
        let line = format!("{} {:016x}", picture.file, digest(&picture.svg));
        assert!(made.lines().any(|known| known == line), "{} is stale: run cargo xtask pictures", picture.file);
        let file = fs::read(root().join("assets").join(&picture.file)).unwrap_or_default();
        assert!(file.starts_with(b"\x89PNG"), "{} is not there: run cargo xtask pictures", picture.file);
        assert!(file.len() < 120_000, "{} has {} bytes", picture.file, file.len());
    }
}
