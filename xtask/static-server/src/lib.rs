//! Serves a folder on 127.0.0.1 the way a plain static host does: for `cargo xtask serve` and for the browser tests.

use std::fs;
use std::io::{self, Cursor};
use std::net::SocketAddr;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use tiny_http::{Header, Method, Request, Response};

/// What a request was answered with.
#[derive(Clone, Debug)]
pub struct Served {
    pub path: String,
    pub status: u16,
}

/// Answers a path before the folder is asked: content type and body, or `None` to let the folder answer.
/// It may block (each request has its own thread), which is what long polling wants.
pub type Intercept = Box<dyn Fn(&str) -> Option<(&'static str, String)> + Send + Sync>;

pub struct Site {
    pub root: PathBuf,
    /// Where the folder is mounted: "/" or "/some/path/". Everything outside it is 404.
    pub prefix: String,
    pub intercept: Option<Intercept>,
    /// HTML put before `</head>` of every page served; files on disk stay as they are.
    pub head_tail: &'static str,
}

impl Site {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Site { root: root.into(), prefix: "/".into(), intercept: None, head_tail: "" }
    }

    pub fn mounted_at(mut self, prefix: &str) -> Self {
        self.prefix = format!("/{}/", prefix.trim_matches('/')).replace("//", "/");
        self
    }
}

pub struct Server {
    http: Arc<tiny_http::Server>,
    address: SocketAddr,
    prefix: String,
    served: Arc<Mutex<Vec<Served>>>,
}

impl Server {
    /// Port 0 takes any free port.
    pub fn start(site: Site, port: u16) -> io::Result<Server> {
        // tiny_http's error is a boxed one; the io::Error inside tells "port taken" from the rest.
        let http =
            tiny_http::Server::http(("127.0.0.1", port)).map_err(|error| match error.downcast::<io::Error>() {
                Ok(error) => *error,
                Err(error) => io::Error::other(error),
            })?;
        let address = http.server_addr().to_ip().ok_or_else(|| io::Error::other("not listening on TCP"))?;
        let server =
            Server { http: Arc::new(http), address, prefix: site.prefix.clone(), served: Arc::new(Mutex::new(vec![])) };
        let (http, served, site) = (server.http.clone(), server.served.clone(), Arc::new(site));
        thread::spawn(move || {
            for request in http.incoming_requests() {
                let (site, served) = (site.clone(), served.clone());
                thread::spawn(move || answer(&site, &served, request));
            }
        });
        Ok(server)
    }

    /// The address of the mounted folder, with a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, self.prefix)
    }

    /// Scheme, host and port, without a slash at its end.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Every request answered since the last call.
    pub fn take_served(&self) -> Vec<Served> {
        std::mem::take(&mut *lock(&self.served))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.http.unblock();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Answer {
    status: u16,
    content_type: &'static str,
    body: Vec<u8>,
    location: Option<String>,
}

impl Answer {
    fn text(status: u16, text: &str) -> Self {
        Answer { status, content_type: content_type("txt"), body: text.into(), location: None }
    }
}

fn answer(site: &Site, served: &Mutex<Vec<Served>>, request: Request) {
    let path = request.url().split(['?', '#']).next().unwrap_or("/").to_string();
    let answer = match request.method() {
        Method::Get | Method::Head => find(site, &path),
        _ => Answer::text(405, "only GET and HEAD\n"),
    };
    lock(served).push(Served { path, status: answer.status });
    let length = answer.body.len();
    let mut headers = vec![("Content-Type", answer.content_type.to_string())];
    // A page under development, or under test, must never come from yesterday's cache.
    headers.push(("Cache-Control", "no-store".into()));
    headers.extend(answer.location.map(|location| ("Location", location)));
    let headers = headers.iter().filter_map(|(name, value)| Header::from_bytes(*name, value.as_bytes()).ok()).collect();
    let response = Response::new(answer.status.into(), headers, Cursor::new(answer.body), Some(length), None);
    // Small files need no chunks, and a length lets tools show progress.
    let response = response.with_chunked_threshold(usize::MAX);
    // The reader closed the tab: nobody is left to tell.
    let _ = request.respond(response);
}

fn find(site: &Site, path: &str) -> Answer {
    let Some(inside) = path.strip_prefix(&site.prefix) else {
        return Answer::text(404, "not found\n");
    };
    if let Some((content_type, body)) = site.intercept.as_ref().and_then(|intercept| intercept(inside)) {
        return Answer { status: 200, content_type, body: body.into(), location: None };
    }
    let Some(relative) = decode(inside).map(PathBuf::from).filter(|path| stays_inside(path)) else {
        return Answer::text(404, "not found\n");
    };
    let mut file = site.root.join(relative);
    if file.is_dir() {
        // As static hosts do it: without the slash, the page's relative addresses would miss the folder.
        if !path.ends_with('/') {
            let location = Some(format!("{path}/"));
            return Answer { status: 301, content_type: content_type("txt"), body: vec![], location };
        }
        file.push("index.html");
    }
    let Ok(mut body) = fs::read(&file) else {
        return Answer::text(404, "not found\n");
    };
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or("");
    if extension == "html" && !site.head_tail.is_empty() {
        body = String::from_utf8_lossy(&body).replacen("</head>", &format!("{}</head>", site.head_tail), 1).into();
    }
    Answer { status: 200, content_type: content_type(extension), body, location: None }
}

fn stays_inside(path: &Path) -> bool {
    path.components().all(|component| matches!(component, Component::Normal(_) | Component::CurDir))
}

/// Percent-decoding; `None` for what is not UTF-8 or has a broken escape.
fn decode(path: &str) -> Option<String> {
    let mut bytes = path.bytes();
    let mut decoded = vec![];
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let high = char::from(bytes.next()?).to_digit(16)?;
                let low = char::from(bytes.next()?).to_digit(16)?;
                u8::try_from(high * 16 + low).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

/// Browsers compile wasm while it streams in only if it comes as application/wasm.
pub fn content_type(extension: &str) -> &'static str {
    match extension {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "xml" => "application/xml",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_folder_is_served() {
        for outside in ["../secret", "a/../../secret", "/etc/passwd"] {
            assert!(!stays_inside(Path::new(outside)), "{outside}");
        }
        assert_eq!(decode("a%20b/%C3%A9").as_deref(), Some("a b/é"));
        assert_eq!(decode("%2"), None);
        assert_eq!(decode("%ff"), None);
    }
}
