//! What the Rust installation lacks is added where rustup can, and otherwise asked for by name.

use std::path::Path;
use std::process::{Command, Stdio};

use xtask_wasm::anyhow::{Context, Result, bail};

const TARGET: &str = "wasm32-unknown-unknown";

pub fn ensure_wasm_target() -> Result<()> {
    // Asked of rustc and not of rustup: a distribution's Rust has its targets without rustup.
    let libraries = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .context("could not run rustc; install Rust with rustup, see https://rustup.rs")?;
    if Path::new(String::from_utf8_lossy(&libraries.stdout).trim()).is_dir() {
        return Ok(());
    }
    println!("Adding the Rust target {TARGET} (rustup target add {TARGET})");
    rustup(&["target", "add", TARGET], &format!("the Rust target {TARGET}"))
}

/// rustfmt and clippy are not in rustup's minimal profile.
pub fn ensure_component(subcommand: &str, component: &str) -> Result<()> {
    let there = Command::new("cargo")
        .args([subcommand, "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if there {
        return Ok(());
    }
    println!("Adding the Rust component {component} (rustup component add {component})");
    rustup(&["component", "add", component], &format!("the Rust component {component}"))
}

fn rustup(arguments: &[&str], what: &str) -> Result<()> {
    match Command::new("rustup").args(arguments).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => bail!("rustup could not add {what}; its message is above. Then run this command again"),
        Err(_) => bail!(
            "{what} is missing, and so is rustup, which would add it. Either install rustup (https://rustup.rs) and \
             run this command again, or install {what} as your system packages it"
        ),
    }
}
