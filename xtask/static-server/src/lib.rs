//! Serves a folder on 127.0.0.1 the way a plain static host does: for `cargo xtask serve` and for the browser tests.
//!
//! GET and HEAD of whole files, a thread and a connection for each request. tiny_http was tried first: when a browser
//! opens several connections at once, it now and then leaves one without a thread, and the page never finishes loading.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

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
    address: SocketAddr,
    prefix: String,
    served: Arc<Mutex<Vec<Served>>>,
    stopped: Arc<AtomicBool>,
    acceptor: Option<JoinHandle<()>>,
}

impl Server {
    /// Port 0 takes any free port.
    pub fn start(site: Site, port: u16) -> io::Result<Server> {
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        let mut server = Server {
            address: listener.local_addr()?,
            prefix: site.prefix.clone(),
            served: Arc::default(),
            stopped: Arc::default(),
            acceptor: None,
        };
        let (served, stopped, site) = (server.served.clone(), server.stopped.clone(), Arc::new(site));
        server.acceptor = Some(thread::spawn(move || {
            for connection in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (site, served) = (site.clone(), served.clone());
                // A connection that broke before it was accepted concerns nobody.
                if let Ok(connection) = connection {
                    // The reader may close the tab at any moment; then nobody is left to tell.
                    thread::spawn(move || drop(converse(&site, &served, connection)));
                }
            }
        }));
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
        self.stopped.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for a connection, so that it sees the flag and closes the port. Until it has done
        // so, nobody else can have the port.
        if TcpStream::connect(self.address).is_ok()
            && let Some(acceptor) = self.acceptor.take()
        {
            let _ = acceptor.join();
        }
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

    fn head(&self) -> String {
        let reason = match self.status {
            200 => "OK",
            301 => "Moved Permanently",
            404 => "Not Found",
            _ => "Method Not Allowed",
        };
        let location = self.location.as_ref().map_or(String::new(), |location| format!("Location: {location}\r\n"));
        // For anybody: a figure in a sandboxed frame has no origin, so its own parts are another's to it.
        // no-store: a page under development, or under test, must never come from yesterday's cache.
        format!(
            "HTTP/1.1 {} {reason}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{location}\
             Cache-Control: no-store\r\nAccess-Control-Allow-Origin: *\r\nConnection: close\r\n\r\n",
            self.status,
            self.content_type,
            self.body.len()
        )
    }
}

fn converse(site: &Site, served: &Mutex<Vec<Served>>, mut connection: TcpStream) -> io::Result<()> {
    // Browsers open connections in advance and may never use them.
    connection.set_read_timeout(Some(Duration::from_secs(60)))?;
    let Some(head) = read_head(&mut connection)? else { return Ok(()) };
    let mut words = head.split_whitespace();
    let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let path = target.split(['?', '#']).next().unwrap_or("").to_string();
    let answer = match method {
        "GET" | "HEAD" => find(site, &path),
        _ => Answer::text(405, "only GET and HEAD\n"),
    };
    lock(served).push(Served { path, status: answer.status });
    connection.write_all(answer.head().as_bytes())?;
    if method != "HEAD" {
        connection.write_all(&answer.body)?;
    }
    connection.flush()
}

/// What comes before the empty line; nothing when the browser closed without asking, or sends more than it should.
fn read_head(connection: &mut TcpStream) -> io::Result<Option<String>> {
    let mut head = vec![];
    let mut buffer = [0; 4096];
    while !head.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
        let count = connection.read(&mut buffer)?;
        if count == 0 || head.len() > 65_536 {
            return Ok(None);
        }
        head.extend_from_slice(&buffer[..count]);
    }
    Ok(Some(String::from_utf8_lossy(&head).into_owned()))
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
