//! The built page on a free port, as a plain static host serves it, with a script put first where a test asks for one.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use static_server::{Intercept, Server, Site};

/// What pages get from the tests, and what they say; it stays when the page is served from elsewhere.
#[derive(Clone, Default)]
pub struct Shared {
    /// Runs before the page's own scripts; empty: the page is served as it is.
    first: Arc<Mutex<String>>,
    /// The site's origin, where pages name it in their policy, as those do that are built with `--url`.
    named: Arc<Mutex<String>>,
    told: Arc<Mutex<Vec<Told>>>,
}

/// Something that the recorder in a page has noticed.
pub struct Told {
    /// error, warn or request.
    pub kind: String,
    pub text: String,
}

/// Reports what goes wrong in a page to this server.
pub const RECORDER: &str = include_str!("recorder.js");

const FIRST: &str = "first-of-all.js";

impl Shared {
    pub fn add_first(&self, script: &str) {
        let mut first = lock(&self.first);
        // A block each, so that they may use the same names.
        first.push_str(&format!("{{\n{script}\n}}\n"));
    }

    pub fn clear_first(&self) {
        lock(&self.first).clear();
    }

    pub fn name(&self, origin: &str) {
        *lock(&self.named) = origin.into();
    }

    pub fn take_told(&self) -> Vec<Told> {
        std::mem::take(&mut *lock(&self.told))
    }

    fn intercept(&self, dist: &Path) -> Intercept {
        let (shared, dist) = (self.clone(), dist.to_path_buf());
        Box::new(move |path| {
            if path == FIRST {
                return Some(("text/javascript; charset=utf-8", lock(&shared.first).clone()));
            }
            if let Some((kind, text)) = path.strip_prefix("recorded/").and_then(|told| told.split_once('/')) {
                let text = String::from_utf8_lossy(&URL_SAFE.decode(text).unwrap_or_default()).into_owned();
                lock(&shared.told).push(Told { kind: kind.into(), text });
                return Some(("text/plain", String::new()));
            }
            let name = if path.is_empty() { "index.html" } else { path };
            // Pages lie side by side in the folder, so this cannot name anything outside.
            if !name.ends_with(".html")
                || name.contains('/')
                || lock(&shared.first).is_empty() && lock(&shared.named).is_empty()
            {
                return None;
            }
            let page = fs::read_to_string(dist.join(name)).ok()?;
            let page = page.replace("'self'", format!("'self' {}", lock(&shared.named)).trim_end());
            // Of the page's own origin, so that its policy lets it run.
            let page = page.replacen("<head>", &format!("<head><script src=\"{FIRST}\"></script>"), 1);
            Some(("text/html; charset=utf-8", page))
        })
    }
}

/// `prefix` is "/" or a sub-path such as "/docs/figures/"; port 0 is any.
pub fn serve(dist: &Path, prefix: &str, port: u16, shared: &Shared) -> Result<Server> {
    let start = || {
        let mut site = Site::new(dist).mounted_at(prefix);
        site.intercept = Some(shared.intercept(dist));
        Server::start(site, port)
    };
    // A port that was ours a moment ago may just now be the near end of somebody's connection.
    let mut server = start();
    for _ in 0..20 {
        if port == 0 || server.is_ok() {
            break;
        }
        thread::sleep(Duration::from_millis(250));
        server = start();
    }
    server.with_context(|| format!("could not serve the page on 127.0.0.1:{port}"))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
