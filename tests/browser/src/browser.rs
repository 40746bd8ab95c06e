//! Which browsers there are to test in, where they are on this machine, how to get them, and how they are started.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;

use anyhow::{Result, bail};
use serde_json::{Value, json};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Browser {
    Chromium,
    Firefox,
    Webkit,
}

pub const ALL: &[Browser] = &[Browser::Chromium, Browser::Firefox, Browser::Webkit];

pub struct Programs {
    pub browser: PathBuf,
    pub driver: PathBuf,
}

/// What a reader has set in the system. WebKitGTK asks only when it starts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Surroundings {
    pub dark: bool,
    pub reduced_motion: bool,
}

impl fmt::Display for Browser {
    fn fmt(&self, to: &mut fmt::Formatter) -> fmt::Result {
        to.write_str(match self {
            Browser::Chromium => "chromium",
            Browser::Firefox => "firefox",
            Browser::Webkit => "webkit",
        })
    }
}

impl FromStr for Browser {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        match ALL.iter().find(|browser| browser.to_string() == name) {
            Some(browser) => Ok(*browser),
            None => bail!("there are no tests for the browser \"{name}\", but for chromium, firefox and webkit"),
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
            Browser::Firefox => {
                // Where `cargo install` puts it, which is on the PATH of most, but not of a service.
                let cargo = env::home_dir().map(|home| home.join(".cargo/bin/geckodriver"));
                let installed = cargo.filter(|path| path.is_file());
                (
                    program("FIREFOX", &["firefox", "firefox-esr"]),
                    program("GECKODRIVER", &["geckodriver"]).or(installed),
                )
            }
            Browser::Webkit => {
                // A display is as much a part of it as the other two: it has no headless mode.
                let shown = display().is_some() || program("XVFB", &["Xvfb"]).is_some();
                (minibrowser().filter(|_| shown), program("WEBKITWEBDRIVER", &["WebKitWebDriver"]))
            }
        }
    }

    pub fn find(self, install_missing: bool) -> Result<Programs> {
        if let (Some(browser), Some(driver)) = self.look() {
            return Ok(Programs { browser, driver });
        }
        let mut why = "";
        if install_missing && self == Browser::Chromium {
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
        let (name, driver) = match self {
            Browser::Chromium => ("Chromium", "its driver (chromedriver)"),
            Browser::Firefox => ("Firefox", "its driver (geckodriver)"),
            Browser::Webkit => ("WebKitGTK’s MiniBrowser, with a display or Xvfb,", "its driver (WebKitWebDriver)"),
        };
        let missing = match self.look() {
            (None, None) => format!("{name} and {driver} are missing"),
            (None, _) => format!("{name} is missing"),
            _ => format!("{driver} is missing"),
        };
        bail!("{missing}.{why} {}", self.how_to_get())
    }

    fn how_to_get(self) -> &'static str {
        match self {
            Browser::Chromium => {
                "Install both, in matching versions:\n  Debian: apt-get install chromium chromium-driver\n  \
                 Ubuntu: apt-get install chromium-browser chromium-chromedriver\n  \
                 Fedora: dnf install chromium chromedriver\n  Arch:   pacman -S chromium\n  \
                 macOS:  brew install --cask google-chrome chromedriver\n\
                 or name them in the variables CHROMIUM and CHROMEDRIVER. `cargo xtask test --no-browser` runs \
                 everything else."
            }
            Browser::Firefox => {
                "To get both:\n  Debian: apt-get install firefox-esr; cargo install geckodriver\n  \
                 Ubuntu: snap install firefox (it brings geckodriver)\n  Fedora: dnf install firefox; cargo install \
                 geckodriver\n  Arch:   pacman -S firefox geckodriver\n  macOS:  brew install --cask firefox; brew \
                 install geckodriver\nor name them in the variables FIREFOX and GECKODRIVER."
            }
            Browser::Webkit => {
                "To get them:\n  Debian, Ubuntu: apt-get install webkit2gtk-driver libwebkit2gtk-4.1-0 xvfb\n  \
                 Fedora: dnf install webkit2gtk4.1 xorg-x11-server-Xvfb\n  Arch:   pacman -S webkit2gtk-4.1 \
                 xorg-server-xvfb\nor name them in the variables MINIBROWSER, WEBKITWEBDRIVER and XVFB."
            }
        }
    }

    pub fn capabilities(self, programs: &Programs, profile: &Path, headed: bool, set: Surroundings) -> Value {
        let mut always = match self {
            Browser::Chromium => chromium(programs, profile, headed),
            Browser::Firefox => firefox(programs, headed),
            Browser::Webkit => webkit(programs, profile, set),
        };
        always["timeouts"] = json!({ "script": 900_000, "pageLoad": 60_000 });
        json!({ "capabilities": { "alwaysMatch": always } })
    }
}

fn chromium(programs: &Programs, profile: &Path, headed: bool) -> Value {
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
    json!({
        "browserName": "chrome",
        "goog:chromeOptions": {
            "binary": programs.browser,
            "args": arguments,
            "perfLoggingPrefs": { "enableNetwork": true, "enablePage": false },
        },
        "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
    })
}

fn firefox(programs: &Programs, headed: bool) -> Value {
    // The driver makes an empty profile by itself, and switches most errands off.
    let arguments: &[&str] = if headed { &[] } else { &["-headless"] };
    json!({
        "browserName": "firefox",
        "moz:firefoxOptions": {
            "binary": programs.browser,
            "args": arguments,
            "prefs": {
                "network.proxy.type": 0,
                "layout.css.prefers-color-scheme.content-override": 1,
                "ui.prefersReducedMotion": 0,
                // A speaker's window is opened by a click of the test's.
                "dom.disable_open_during_load": false,
            },
        },
    })
}

/// Its theme and its settings are those of GTK, which it reads from variables and files when it starts.
fn webkit(programs: &Programs, profile: &Path, set: Surroundings) -> Value {
    let theme = if set.dark { "Adwaita:dark" } else { "Adwaita" };
    // Not the cache: what a page leaves there is not kept, and the list of codecs would be made anew every time.
    let of_profile = |variable: &str| format!("{variable}={}", profile.display());
    json!({
        "webkitgtk:browserOptions": {
            "binary": "/usr/bin/env",
            "args": [
                format!("GTK_THEME={theme}"),
                // Without a graphics card, its imitation in software is twenty times slower than plain software.
                "WEBKIT_SKIA_ENABLE_CPU_RENDERING=1",
                "WEBKIT_DISABLE_COMPOSITING_MODE=1",
                of_profile("XDG_CONFIG_HOME"),
                of_profile("XDG_DATA_HOME"),
                programs.browser,
                "--automation",
                "--javascript-can-open-windows-automatically=true",
                // Without its bars the page is as large as the window.
                "--full-screen",
            ],
        },
    })
}

/// GTK's own settings for a browser to come; its other widgets are made to take no room, or no window is narrow.
pub fn gtk_settings(set: Surroundings) -> [(&'static str, String); 2] {
    let animations = u8::from(!set.reduced_motion);
    [
        ("settings.ini", format!("[Settings]\ngtk-enable-animations={animations}\n")),
        ("gtk.css", "* { min-width: 0; padding: 0; margin: 0; font-size: 4px; -gtk-icon-transform: scale(0); }".into()),
    ]
}

/// The display that is there already, if any.
pub fn display() -> Option<String> {
    ["DISPLAY", "WAYLAND_DISPLAY"].iter().find_map(|name| env::var(name).ok()).filter(|value| !value.is_empty())
}

/// Distributions put it among the library's own files, one folder a version.
fn minibrowser() -> Option<PathBuf> {
    let named = program("MINIBROWSER", &["MiniBrowser"]);
    let arch = env::consts::ARCH;
    let folders = [
        format!("/usr/lib/{arch}-linux-gnu/webkit2gtk-4.1"),
        "/usr/libexec/webkit2gtk-4.1".into(),
        "/usr/lib/webkit2gtk-4.1".into(),
        "/usr/lib64/webkit2gtk-4.1".into(),
    ];
    named.or_else(|| folders.iter().map(|folder| Path::new(folder).join("MiniBrowser")).find(|path| path.is_file()))
}

pub fn program(variable: &str, names: &[&str]) -> Option<PathBuf> {
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
