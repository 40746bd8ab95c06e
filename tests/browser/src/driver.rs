//! A WebDriver client: the driver process, and a session in a browser of its own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde_json::{Value, json};

use crate::browser::{self, Browser, Programs, Surroundings};

/// For a driver to start.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Driver {
    child: Child,
    /// A display of our own, where a browser needs one and there is none.
    _display: Option<Display>,
    base: String,
    agent: ureq::Agent,
    pub browser: Browser,
    programs: Programs,
    headed: bool,
    sessions: AtomicU32,
}

impl Driver {
    pub fn start(browser: Browser, programs: Programs, headed: bool) -> Result<Driver> {
        let what = programs.driver.display().to_string();
        // WebKitWebDriver takes no free port by itself; between here and there nobody else is likely to take this one.
        let port = match browser {
            Browser::Webkit => TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port(),
            _ => 0,
        };
        let own_display = match browser {
            Browser::Webkit if browser::display().is_none() => Some(Display::start()?),
            _ => None,
        };
        let mut command = Command::new(&programs.driver);
        command.arg(format!("--port={port}"));
        if browser == Browser::Firefox {
            // Its settings are set from its own scope: theme, motion, size, being offline.
            command.arg("--allow-system-access");
        }
        if let Some(display) = &own_display {
            command.env("DISPLAY", &display.name);
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("could not start {what}"))?;
        let stdout = child.stdout.take();
        let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None);
        let mut driver = Driver {
            child,
            _display: own_display,
            base: String::new(),
            agent: config.build().into(),
            browser,
            programs,
            headed,
            sessions: AtomicU32::new(0),
        };
        let (tell, told) = mpsc::channel();
        // The thread reads on after the port is known, or the driver would block on a full pipe.
        thread::spawn(move || {
            for line in stdout.into_iter().flat_map(|stdout| BufReader::new(stdout).lines()).map_while(Result::ok) {
                // They choose a free port themselves and say which: no race for one that was free a moment ago.
                let said = ["started successfully on port ", "Listening on 127.0.0.1:"];
                if let Some((_, port)) = said.iter().find_map(|words| line.split_once(words)) {
                    let _ = tell.send(port.trim_end_matches('.').trim().to_string());
                }
            }
        });
        let port = match port {
            0 => told.recv_timeout(PATIENCE).with_context(|| format!("{what} did not say its port"))?,
            known => known.to_string(),
        };
        driver.base = format!("http://127.0.0.1:{port}");
        let started = Instant::now();
        while let Err(error) = driver.send("GET", "/status", None) {
            ensure!(started.elapsed() < PATIENCE, "{what} does not answer: {error:#}");
            thread::sleep(Duration::from_millis(50));
        }
        Ok(driver)
    }

    /// A new browser with an empty profile.
    pub fn session(&self, set: Surroundings) -> Result<Session<'_>> {
        let number = self.sessions.fetch_add(1, Ordering::Relaxed);
        let profile = std::env::temp_dir().join(format!("moving-parts-browser-{}-{number}", std::process::id()));
        let gtk = profile.join("gtk-3.0");
        fs::create_dir_all(&gtk).with_context(|| format!("could not make {}", gtk.display()))?;
        for (name, text) in browser::gtk_settings(set) {
            fs::write(gtk.join(name), text)?;
        }
        let capabilities = self.browser.capabilities(&self.programs, &profile, self.headed, set);
        let mut session = Session { driver: self, path: String::new(), profile };
        let answer = self.send("POST", "/session", Some(&capabilities)).context("could not start the browser")?;
        let id = answer["sessionId"].as_str().context("the driver gave the session no id")?;
        session.path = format!("/session/{id}");
        Ok(session)
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let url = format!("{}{path}", self.base);
        let response = match (method, body) {
            ("POST", body) => self.agent.post(&url).send_json(body.unwrap_or(&json!({}))),
            ("DELETE", _) => self.agent.delete(&url).call(),
            _ => self.agent.get(&url).call(),
        };
        let mut response = response.with_context(|| format!("the driver did not answer {method} {path}"))?;
        // A log or a screenshot can exceed the default limit of 10 MB.
        let mut answer: Value = response.body_mut().with_config().limit(1 << 30).read_json()?;
        let value = answer["value"].take();
        if response.status().is_success() {
            return Ok(value);
        }
        let text = |key: &str| value[key].as_str().unwrap_or("").to_string();
        // The message's first line says it; a stack of the driver's own follows.
        let message = text("message");
        bail!("{}: {}", text("error"), message.lines().next().unwrap_or(""))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Its sessions have closed their browsers by now: they borrow it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A screen that nobody sees, ended with the driver.
struct Display {
    child: Child,
    name: String,
}

impl Display {
    fn start() -> Result<Display> {
        let xvfb = browser::program("XVFB", &["Xvfb"]).context("there is no display and no Xvfb to make one")?;
        let mut child = Command::new(xvfb)
            // It chooses a free display and writes its number.
            .args(["-displayfd", "1", "-screen", "0", "2560x1600x24", "-nolisten", "tcp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("could not start Xvfb")?;
        let mut number = String::new();
        let stdout = child.stdout.take().context("Xvfb has no output")?;
        let mut display = Display { child, name: String::new() };
        BufReader::new(stdout).read_line(&mut number)?;
        ensure!(!number.trim().is_empty(), "Xvfb did not start");
        display.name = format!(":{}", number.trim());
        Ok(display)
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        // Asked to end, it takes its lock file away; killed, it would leave it.
        let asked = Command::new("kill").arg(self.child.id().to_string()).status();
        if !asked.is_ok_and(|status| status.success()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

pub struct Session<'a> {
    driver: &'a Driver,
    path: String,
    profile: PathBuf,
}

impl Session<'_> {
    pub fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.driver.send("POST", &format!("{}/{path}", self.path), Some(body))
    }

    pub fn get(&self, path: &str) -> Result<Value> {
        self.driver.send("GET", &format!("{}/{path}", self.path), None)
    }

    pub fn goto(&self, url: &str) -> Result<()> {
        self.post("url", &json!({ "url": url })).with_context(|| format!("could not open {url}")).map(drop)
    }

    /// Runs a function body with `arguments`; a promise it returns is awaited.
    pub fn execute(&self, body: &str, arguments: &[Value]) -> Result<Value> {
        let shown: String = body.chars().take(200).collect();
        self.post("execute/sync", &json!({ "script": body, "args": arguments }))
            .with_context(|| format!("script failed: {shown}"))
    }

    /// Runs a function body in Firefox’s own scope, where its settings and its windows are.
    pub fn chrome(&self, body: &str, arguments: &[Value]) -> Result<Value> {
        self.post("moz/context", &json!({ "context": "chrome" }))?;
        let done = self.execute(body, arguments);
        self.post("moz/context", &json!({ "context": "content" }))?;
        done
    }

    /// A command of the DevTools protocol, which is Chromium’s.
    pub fn cdp(&self, command: &str, parameters: Value) -> Result<Value> {
        self.post("goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
            .with_context(|| format!("{command} failed"))
    }

    /// The path of the first element that `css` finds.
    pub fn element(&self, css: &str) -> Result<String> {
        let found = self.post("element", &json!({ "using": "css selector", "value": css }));
        let found = found.with_context(|| format!("nothing on the page matches {css}"))?;
        let id = found.as_object().and_then(|object| object.values().next()).and_then(Value::as_str);
        Ok(format!("element/{}", id.context("the driver found an element without an id")?))
    }

    /// The log's entries since the last call.
    pub fn log(&self, kind: &str) -> Result<Vec<Value>> {
        match self.post("se/log", &json!({ "type": kind }))? {
            Value::Array(entries) => Ok(entries),
            other => Err(anyhow!("the driver answered with a log that is no list: {other}")),
        }
    }
}

impl Session<'_> {
    /// Closes the browser; what remains of it if that fails goes with the driver.
    pub fn end(&mut self) {
        if !self.path.is_empty() {
            let _ = self.driver.send("DELETE", &self.path, None);
            self.path.clear();
        }
        let _ = fs::remove_dir_all(&self.profile);
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        self.end();
    }
}
