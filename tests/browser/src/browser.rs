//! Which browsers there are to test in, where they are on this machine, and how to get them.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;

use anyhow::{Result, bail};
use serde_json::{Value, json};

/// Firefox (geckodriver) and WebKit (WebKitWebDriver) would each be a variant with its own programs and capabilities;
/// what goes over the DevTools protocol (emulation, request log) they need another way for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Browser {
    Chromium,
}

pub struct Programs {
    pub browser: PathBuf,
    pub driver: PathBuf,
}

impl FromStr for Browser {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "chromium" => Ok(Browser::Chromium),
            _ => bail!("no tests for the browser \"{name}\" yet; there are tests for: chromium"),
        }
    }
}

impl Browser {
    /// The environment variables name programs that are not on the PATH.
    fn look(self) -> (Option<PathBuf>, Option<PathBuf>) {
        match self {
            Browser::Chromium => (
                program("CHROMIUM", &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]),
                program("CHROMEDRIVER", &["chromedriver", "chromium.chromedriver"]),
            ),
        }
    }

    pub fn find(self, install_missing: bool) -> Result<Programs> {
        if let (Some(browser), Some(driver)) = self.look() {
            return Ok(Programs { browser, driver });
        }
        let mut why = "";
        if install_missing {
            match install() {
                Ok(()) => {
                    if let (Some(browser), Some(driver)) = self.look() {
                        return Ok(Programs { browser, driver });
                    }
                    why = " apt-get ran, but they are still not on the PATH.";
                }
                Err(reason) => why = reason,
            }
        }
        let missing = match self.look() {
            (None, None) => "Chromium and its driver (chromedriver) are missing",
            (None, _) => "Chromium is missing",
            _ => "chromedriver is missing",
        };
        bail!(
            "{missing}.{why} Install both, in matching versions:\n  Debian: apt-get install chromium chromium-driver\n  \
             Ubuntu: apt-get install chromium-browser chromium-chromedriver\n  Fedora: dnf install chromium chromedriver\n  \
             Arch:   pacman -S chromium\n  macOS:  brew install --cask google-chrome chromedriver\n\
             or name them in the variables CHROMIUM and CHROMEDRIVER. `cargo xtask test --no-browser` runs everything else."
        )
    }

    pub fn capabilities(self, programs: &Programs, profile: &Path, headed: bool) -> Value {
        match self {
            Browser::Chromium => {
                let mut arguments = vec![
                    // Root, as in most containers, has no sandbox to use.
                    "--no-sandbox".to_string(),
                    "--disable-gpu".into(),
                    "--disable-dev-shm-usage".into(),
                    // The browser's own errands: noise in the request log, and time.
                    "--disable-background-networking".into(),
                    "--disable-component-update".into(),
                    "--disable-sync".into(),
                    "--no-first-run".into(),
                    // A proxy set for package downloads has nothing to do with 127.0.0.1.
                    "--no-proxy-server".into(),
                    format!("--user-data-dir={}", profile.display()),
                ];
                if !headed {
                    arguments.push("--headless=new".into());
                }
                json!({ "capabilities": { "alwaysMatch": {
                    "browserName": "chrome",
                    "goog:chromeOptions": {
                        "binary": programs.browser,
                        "args": arguments,
                        "perfLoggingPrefs": { "enableNetwork": true, "enablePage": false },
                    },
                    "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
                    "timeouts": { "script": 900_000, "pageLoad": 60_000 },
                }}})
            }
        }
    }
}

fn program(variable: &str, names: &[&str]) -> Option<PathBuf> {
    if let Some(named) = env::var_os(variable).map(PathBuf::from).filter(|path| path.is_file()) {
        return Some(named);
    }
    let folders = env::var_os("PATH")?;
    let extension = env::consts::EXE_SUFFIX;
    let places =
        |name: &&str| env::split_paths(&folders).map(|folder| folder.join(format!("{name}{extension}"))).collect();
    names.iter().flat_map(|name| -> Vec<PathBuf> { places(name) }).find(|path| path.is_file())
}

/// With apt, where this may be done without asking anybody: as root.
fn install() -> Result<(), &'static str> {
    if program("", &["apt-get"]).is_none() {
        return Err(" They could not be installed from here: there is no apt-get.");
    }
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0");
    if !root {
        return Err(" They could not be installed from here: that takes root.");
    }
    let apt = |arguments: &[&str]| {
        // On stderr, since stdout may be read by a program; without questions, since nobody may be there to answer.
        eprintln!("apt-get {}", arguments.join(" "));
        Command::new("apt-get")
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(std::process::Stdio::null())
            .stdout(std::io::stderr())
            .status()
            .is_ok_and(|status| status.success())
    };
    if !apt(&["update"]) {
        eprintln!("apt-get update did not succeed; trying with the lists there are");
    }
    let packages = [["chromium", "chromium-driver"], ["chromium-browser", "chromium-chromedriver"]];
    if packages.iter().any(|names| apt(&[&["install", "-y", "--no-install-recommends"], &names[..]].concat())) {
        return Ok(());
    }
    Err(" apt-get could not install them; its messages are above.")
}
