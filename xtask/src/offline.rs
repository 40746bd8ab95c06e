//! The list of files that the service worker keeps.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use xtask_wasm::anyhow::{Context, Result, ensure};

use crate::site::Site;

const WORKER: &str = "service-worker.js";
/// What only other pages ask for.
const NOT_KEPT: &[&str] = &["cards/", "charts/", "oembed/", "embed.js", WORKER];
/// Instead of the worker, where nothing is to be kept: one from an earlier build at the same address goes.
const RETIRED: &str = "\
addEventListener(\"install\", () => skipWaiting());
addEventListener(\"activate\", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith(\"moving-parts \")) await caches.delete(name);
  await registration.unregister();
})()));
";

pub fn finish(site: &mut Site, kept: bool) -> Result<()> {
    if !kept {
        site.files.insert(WORKER.into(), RETIRED.into());
        return Ok(());
    }
    let kept = site.files.iter().filter(|(name, _)| !NOT_KEPT.iter().any(|not| name.starts_with(not)));
    let lines: Vec<String> = kept
        .map(|(name, bytes)| format!("  \"{name}\": \"sha256-{}\",\n", STANDARD.encode(Sha256::digest(bytes))))
        .collect();
    let list = lines.concat();
    let version: String = Sha256::digest(&list).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let script = site.files.get(WORKER).with_context(|| format!("there is no {WORKER}"))?;
    let mut script = String::from_utf8(script.clone())?;
    for (what, with) in [
        ("const FILES = {};", format!("const FILES = {{\n{list}}};")),
        ("const VERSION = \"dev\";", format!("const VERSION = \"{version}\";")),
    ] {
        ensure!(script.contains(what), "{WORKER} has no `{what}`");
        script = script.replacen(what, &with, 1);
    }
    site.files.insert(WORKER.into(), script.into_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn finished(page: &str, kept: bool) -> String {
        let worker = "const FILES = {};\nconst VERSION = \"dev\";";
        let files = [("index.html", page), ("cards/a.png", "png"), (WORKER, worker)];
        let files = files.map(|(name, text)| (name.to_string(), text.as_bytes().to_vec()));
        let mut site = Site { files: BTreeMap::from(files), first_load: BTreeSet::new(), parts: BTreeMap::new() };
        finish(&mut site, kept).expect("a worker");
        String::from_utf8(site.files[WORKER].clone()).expect("text")
    }

    #[test]
    fn another_file_is_another_version() {
        let (one, two) = (finished("1", true), finished("2", true));
        assert!(
            one.contains("  \"index.html\": \"sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s=\",\n};"),
            "{one}"
        );
        assert!(!one.contains("cards/") && !one.contains("\"dev\""));
        assert_ne!(one.lines().last(), two.lines().last());
        assert!(finished("1", false).contains("unregister"));
    }
}
