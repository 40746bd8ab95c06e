//! File names that change with their content, so that a host may let browsers cache them for ever.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};
use xtask_wasm::anyhow::{Context, Result, ensure};

use crate::parts::{self, Parts};
use crate::site::Site;

/// Addresses that others keep: a page that embeds a figure, an installed app, a worker's registration.
const KEEPS_ITS_NAME: &[&str] = &[".html", ".webmanifest", "embed.js", "service-worker.js"];
const MAY_REFER: &[&str] = &[".html", ".css", ".js", ".mjs", ".json", ".webmanifest"];

/// What a page names and a first visit does not wait for.
const LATER: &[&str] = &["offline.js", "plain.css", "icons/192.png"];

/// Renames every file that index.html refers to, directly or through another file, and rewrites the references.
/// Files that nothing refers to keep their names: code may ask for them by name.
pub fn with_hashed_names(files: BTreeMap<String, Vec<u8>>, parts: &Parts) -> Result<Site> {
    let mut renaming = Renaming { files: &files, done: BTreeMap::new(), first_load: BTreeSet::new() };
    renaming.finish("index.html", true, &mut vec![])?;
    let reached: BTreeSet<String> = renaming.done.keys().cloned().collect();
    for name in files.keys().filter(|name| !reached.contains(*name)) {
        let content = renaming.rewrite(name, |other| reached.contains(other), false, &mut vec![])?;
        renaming.done.insert(name.clone(), (name.clone(), content));
    }
    let (done, first_load) = (renaming.done, renaming.first_load);
    let new_names = |names: &Vec<String>| names.iter().filter_map(|name| Some(done.get(name)?.0.clone())).collect();
    let parts = parts.iter().map(|(part, names)| (part.clone(), new_names(names))).collect();
    Ok(Site { files: done.into_values().collect(), first_load, parts })
}

struct Renaming<'a> {
    files: &'a BTreeMap<String, Vec<u8>>,
    /// Old name to new name and content.
    done: BTreeMap<String, (String, Vec<u8>)>,
    first_load: BTreeSet<String>,
}

impl Renaming<'_> {
    /// A file's content has the new names of what it refers to, so those come first.
    fn finish(&mut self, name: &str, first_load: bool, path: &mut Vec<String>) -> Result<String> {
        if let Some((new_name, _)) = self.done.get(name) {
            return Ok(new_name.clone());
        }
        ensure!(
            !path.iter().any(|seen| seen == name),
            "{} refer to each other in a circle, so none can be named by its content; break the circle",
            path.join(" and ")
        );
        let first_load = first_load && !LATER.contains(&name);
        path.push(name.into());
        let content = self.rewrite(name, |_| true, first_load, path)?;
        path.pop();
        let new_name = if has_ending(name, KEEPS_ITS_NAME) { name.into() } else { hashed_name(name, &content) };
        // Pictures in a page's head are for link previews and for who installs the app.
        if first_load && !name.ends_with(".png") {
            self.first_load.insert(new_name.clone());
        }
        self.done.insert(name.into(), (new_name.clone(), content));
        Ok(new_name)
    }

    fn rewrite(
        &mut self,
        name: &str,
        follow: impl Fn(&str) -> bool,
        first_load: bool,
        path: &mut Vec<String>,
    ) -> Result<Vec<u8>> {
        let original = self.files.get(name).with_context(|| format!("there is no {name}"))?;
        if !has_ending(name, MAY_REFER) {
            return Ok(original.clone());
        }
        // A web manifest's icons are asked for when somebody installs the app, not at first load.
        // And a part of the app when it is asked for.
        let first_load = first_load && !name.ends_with(".webmanifest") && name != parts::LINK;
        let mut text = String::from_utf8(original.clone()).with_context(|| format!("{name} is not UTF-8"))?;
        let others: Vec<&String> = self.files.keys().filter(|other| *other != name).collect();
        for other in others {
            if other.ends_with(".html") || !follow(other) {
                continue;
            }
            let reference = relative(name, other);
            let places = references(&text, &reference);
            if places.is_empty() {
                continue;
            }
            let new_reference = relative(name, &self.finish(other, first_load, path)?);
            for place in places.iter().rev() {
                text.replace_range(*place..place + reference.len(), &new_reference);
            }
        }
        Ok(text.into_bytes())
    }
}

fn has_ending(name: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| name.ends_with(ending))
}

fn hashed_name(name: &str, content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    let hash: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let stem_end = name.rfind('.').filter(|dot| *dot > name.rfind('/').map_or(0, |slash| slash + 1));
    let (stem, extension) = name.split_at(stem_end.unwrap_or(name.len()));
    format!("{stem}-{hash}{extension}")
}

/// The address of `to` as the file `from` would write it.
fn relative(from: &str, to: &str) -> String {
    let folders: Vec<&str> = from.rsplit_once('/').map_or(vec![], |(folder, _)| folder.split('/').collect());
    let parts: Vec<&str> = to.split('/').collect();
    let shared = folders.iter().zip(&parts[..parts.len() - 1]).take_while(|(a, b)| a == b).count();
    let up = "../".repeat(folders.len() - shared);
    format!("{up}{}", parts[shared..].join("/"))
}

/// Where `reference` stands as a whole address: between quotes or in `url()`, perhaps after `./`, perhaps with a
/// query or fragment.
fn references(text: &str, reference: &str) -> Vec<usize> {
    let stands_alone = |start: usize| {
        let before = &text[..start];
        let before = before.strip_suffix("./").filter(|before| !before.ends_with('.')).unwrap_or(before);
        let after = &text[start + reference.len()..];
        before.ends_with(['"', '\'', '`', '(']) && after.starts_with(['"', '\'', '`', ')', '?', '#'])
    };
    text.match_indices(reference).map(|(start, _)| start).filter(|start| stands_alone(*start)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(files: &[(&str, &str)]) -> Result<Site> {
        with_hashed_names(
            files.iter().map(|(name, text)| (name.to_string(), text.as_bytes().to_vec())).collect(),
            &Parts::new(),
        )
    }

    #[test]
    fn names_follow_content_through_every_reference() {
        let build = |wasm: &str| {
            site(&[
                ("index.html", r#"<link href="css/a.css"><script src="app.js"></script> app.js"#),
                ("app.js", "new URL('app_bg.wasm', import.meta.url)"),
                ("app_bg.wasm", wasm),
                ("css/a.css", "url(../font.woff2) url(\"./b.svg#x\")"),
                ("css/b.svg", "<svg/>"),
                ("font.woff2", "font"),
                ("embed.js", "'app.js'"),
                ("unused.js", "'font.woff2' 'embed.js'"),
            ])
            .unwrap()
        };
        let (one, two) = (build("1"), build("2"));
        let name = |site: &Site, start: &str| site.files.keys().find(|name| name.starts_with(start)).unwrap().clone();
        let text = |site: &Site, name: &str| String::from_utf8(site.files[name].clone()).unwrap();
        assert_ne!(name(&one, "app-"), name(&two, "app-"), "the wasm's name is part of app.js");
        assert_eq!(name(&one, "css/a-"), name(&two, "css/a-"));
        let page = text(&one, "index.html");
        assert!(page.contains(&format!("src=\"{}\"", name(&one, "app-"))), "{page}");
        assert!(page.ends_with(" app.js"), "words are not references: {page}");
        assert!(text(&one, &name(&one, "css/a-")).contains(&format!("url(../{})", name(&one, "font-"))));
        assert!(text(&one, "embed.js").contains(&name(&one, "app-")));
        assert!(text(&one, "unused.js").contains("'embed.js'"));
        assert!(one.first_load.contains(&name(&one, "app_bg-")));
        assert!(!one.first_load.contains("embed.js"));
    }

    #[test]
    fn a_circle_is_an_error_and_not_a_hang() {
        let circle = site(&[("index.html", "'a.js'"), ("a.js", "'b.js'"), ("b.js", "'a.js'")]);
        assert!(circle.err().unwrap().to_string().contains("a.js and b.js"));
    }
}
