//! A WebDriver client: the driver process, and a session in a browser of its own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};

use crate::browser::{Browser, Programs};

pub struct Driver {
    child: Child,
    base: String,
    agent: ureq::Agent,
    browser: Browser,
    programs: Programs,
    headed: bool,
    sessions: AtomicU32,
}

impl Driver {
    pub fn start(browser: Browser, programs: Programs, headed: bool) -> Result<Driver> {
        let what = programs.driver.display().to_string();
        let mut child = Command::new(&programs.driver)
            // It chooses a free port itself and says which: no race for one that was free a moment ago.
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("could not start {what}"))?;
        let stdout = child.stdout.take();
        let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None);
        let mut driver = Driver {
            child,
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
                if let Some((_, port)) = line.split_once("started successfully on port ") {
                    let _ = tell.send(port.trim_end_matches('.').trim().to_string());
                }
            }
        });
        let port =
            told.recv_timeout(Duration::from_secs(30)).with_context(|| format!("{what} did not say its port"))?;
        driver.base = format!("http://127.0.0.1:{port}");
        Ok(driver)
    }

    /// A new browser with an empty profile.
    pub fn session(&self) -> Result<Session<'_>> {
        let number = self.sessions.fetch_add(1, Ordering::Relaxed);
        let profile = std::env::temp_dir().join(format!("moving-parts-browser-{}-{number}", std::process::id()));
        fs::create_dir_all(&profile).with_context(|| format!("could not make {}", profile.display()))?;
        let capabilities = self.browser.capabilities(&self.programs, &profile, self.headed);
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

    /// A command of the DevTools protocol.
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

impl Drop for Session<'_> {
    fn drop(&mut self) {
        if !self.path.is_empty() {
            // Closes the browser; what remains of it if that fails goes with the driver.
            let _ = self.driver.send("DELETE", &self.path, None);
        }
        let _ = fs::remove_dir_all(&self.profile);
    }
}
