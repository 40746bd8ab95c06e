//! What the tests take from npm, by the committed lock file; downloaded into target/ the first time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::tests::Skipped;

/// Where the packages are, each in a folder of its name.
pub fn folder() -> Result<PathBuf> {
    let from = Path::new(env!("CARGO_MANIFEST_DIR"));
    let to = from.join("../../target/npm");
    let modules = to.join("node_modules");
    let lock = fs::read(from.join("package-lock.json"))?;
    if fs::read(to.join("package-lock.json")).ok() != Some(lock.clone()) || !modules.is_dir() {
        fs::create_dir_all(&to)?;
        fs::copy(from.join("package.json"), to.join("package.json"))?;
        fs::write(to.join("package-lock.json"), lock)?;
        let npm = Command::new("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&to)
            .stdin(Stdio::null())
            .output();
        let why = match npm {
            Ok(output) if output.status.success() => return Ok(modules),
            Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
            Err(error) => error.to_string(),
        };
        // Or the next run would take the download for done.
        let _ = fs::remove_file(to.join("package-lock.json"));
        return Err(Skipped(format!("npm did not bring what this needs: {}", why.trim())).into());
    }
    Ok(modules)
}
