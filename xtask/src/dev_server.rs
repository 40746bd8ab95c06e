//! `cargo xtask serve`: the app on 127.0.0.1, rebuilt and reloaded on change if asked.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use static_server::{Server, Site};
use xtask_wasm::anyhow::{Context, Result};
use xtask_wasm::clap;

use crate::site::{self, Options, Profile};

#[derive(clap::Parser)]
pub struct Serve {
    /// Rebuild when a source changes, and reload the page
    #[clap(long)]
    watch: bool,
    /// Open the page in the default browser
    #[clap(long)]
    open: bool,
    /// Take this port (default: 8000, or the next free one)
    #[clap(long)]
    port: Option<u16>,
    /// With --watch: build as `cargo xtask build` does, smaller but much slower to rebuild
    #[clap(long)]
    release: bool,
    /// Where it will be, for the pages' whole addresses
    #[clap(long, value_parser = site::address, default_value = "")]
    url: String,
}

const WATCHED: &[&str] = &["src", "assets", "index.html", "Cargo.toml"];

impl Serve {
    pub fn run(self) -> Result<()> {
        // A visitor builds once and should meet the app as its readers do; whoever edits it builds all day.
        let profile = if self.watch && !self.release { Profile::Dev } else { Profile::Release };
        let out = PathBuf::from(xtask_wasm::metadata().target_directory.as_str()).join("serve");
        // Taken before the build: what is saved while it runs is built next.
        let seen = snapshot();
        let options = Options { url: self.url.clone(), kept: false, ..Options::new(profile) };
        match site::build(&options, &out) {
            Ok(_) => {}
            Err(error) if self.watch => eprintln!("\nerror: {error:#}\nWaiting for a change"),
            Err(error) => return Err(error),
        }
        let version = Arc::new(Version::new());
        let mut site = Site::new(&out);
        if self.watch {
            site.head_tail = "<script src=\"/__dev/reload.js\" defer></script>";
            let version = version.clone();
            site.intercept = Some(Box::new(move |path| version.answer(path)));
        }
        let server = self.listen(site)?;
        let url = server.url();
        println!("\nMoving Parts is at {url}   (stop with Ctrl-C)");
        if self.open {
            open_in_browser(&url);
        }
        if self.watch {
            println!("Watching {}", WATCHED.join(", "));
            watch(seen, &options, &out, &version)
        }
        loop {
            thread::park();
        }
    }

    fn listen(&self, site: Site) -> Result<Server> {
        let first = self.port.unwrap_or(8000);
        // A port asked for by name is that one or none; 8000 is only a habit.
        let last = if self.port.is_some() { first } else { first + 50 };
        let free = (first..=last).find(|port| *port == 0 || port_is_free(*port)).unwrap_or(first);
        Server::start(site, free).with_context(|| match free {
            0 => "could not listen on 127.0.0.1".into(),
            _ => format!("could not listen on 127.0.0.1:{free}; choose another port with --port"),
        })
    }
}

fn port_is_free(port: u16) -> bool {
    match std::net::TcpListener::bind(("127.0.0.1", port)) {
        Ok(_) => true,
        Err(error) => error.kind() != io::ErrorKind::AddrInUse && error.kind() != io::ErrorKind::PermissionDenied,
    }
}

/// Which build is being served: pages ask for the next one and are kept waiting until there is one.
struct Version {
    number: Mutex<u128>,
    changed: Condvar,
}

impl Version {
    /// Counted from the clock, so that a page left open over a restart notices it.
    fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis());
        Version { number: Mutex::new(now), changed: Condvar::new() }
    }

    fn bump(&self) {
        *self.number.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.changed.notify_all();
    }

    fn answer(&self, path: &str) -> Option<(&'static str, String)> {
        let number = self.number.lock().unwrap_or_else(PoisonError::into_inner);
        if path == "__dev/reload.js" {
            return Some((static_server::content_type("js"), RELOAD.replace("VERSION", &number.to_string())));
        }
        let seen = path.strip_prefix("__dev/after/")?;
        let wait = Duration::from_secs(20);
        let (number, _) = self
            .changed
            .wait_timeout_while(number, wait, |number| number.to_string() == seen)
            .unwrap_or_else(PoisonError::into_inner);
        Some((static_server::content_type("txt"), number.to_string()))
    }
}

/// Only `serve --watch` puts this into the page; dist/ never has it.
const RELOAD: &str = r#"(async () => {
  for (;;) {
    try {
      const answer = await fetch("/__dev/after/VERSION");
      if (answer.ok && await answer.text() !== "VERSION") return location.reload();
    } catch { await new Promise((resume) => setTimeout(resume, 1000)); }
  }
})();
"#;

fn watch(mut seen: Snapshot, options: &Options, out: &Path, version: &Version) -> ! {
    loop {
        // Asking for a hundred times of change costs nothing, and works on every system and mount.
        thread::sleep(Duration::from_millis(300));
        let now = snapshot();
        if now == seen {
            continue;
        }
        // Editors save several files at once: wait until they have finished.
        thread::sleep(Duration::from_millis(100));
        seen = snapshot();
        match site::build(options, out) {
            Ok(_) => {
                println!("Rebuilt; the page reloads");
                version.bump();
            }
            Err(error) => eprintln!("\nerror: {error:#}\nStill serving the build before"),
        }
    }
}

/// Each watched file with its time of change and length.
type Snapshot = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

fn snapshot() -> Snapshot {
    let mut files = Snapshot::new();
    let mut paths: Vec<PathBuf> = WATCHED.iter().map(PathBuf::from).collect();
    while let Some(path) = paths.pop() {
        // A file that went away between listing and asking is a change like any other.
        let Ok(metadata) = fs::metadata(&path) else { continue };
        if metadata.is_dir() {
            paths.extend(fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()));
        } else {
            files.insert(path, (metadata.modified().ok(), metadata.len()));
        }
    }
    files
}

fn open_in_browser(url: &str) {
    let (program, arguments): (&str, &[&str]) = match std::env::consts::OS {
        "macos" => ("open", &[]),
        "windows" => ("cmd", &["/C", "start", ""]),
        _ => ("xdg-open", &[]),
    };
    let started = Command::new(program).args(arguments).arg(url).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    if started.is_err() {
        println!("Could not start a browser ({program} is not there); open the address yourself");
    }
}
