//! What a test says: open, wait, click, drag, press, look.

use std::cell::RefCell;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use serde_json::{Value, json};
use static_server::Server;

use crate::browser::{Browser, Surroundings};
use crate::driver::{Driver, Session};
use crate::server::{self, Shared};

/// Long enough for a slow machine; what is there is seen within a few hundredths of a second.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Page<'a> {
    driver: &'a Driver,
    session: Session<'a>,
    server: Server,
    shared: Shared,
    dist: PathBuf,
    surroundings: Surroundings,
    logs: RefCell<Logs>,
}

/// The driver hands out each log entry once; tests may ask twice.
#[derive(Default)]
struct Logs {
    errors: Vec<String>,
    warnings: Vec<String>,
    requests: Vec<String>,
    not_found: Vec<String>,
}

impl<'a> Page<'a> {
    pub fn new(driver: &'a Driver, dist: &Path) -> Result<Page<'a>> {
        let shared = Shared::default();
        if driver.browser != Browser::Chromium {
            shared.add_first(server::RECORDER);
        }
        let server = server::serve(dist, "/", 0, &shared)?;
        let surroundings = Surroundings::default();
        let session = driver.session(surroundings)?;
        let page = Page { driver, session, server, shared, dist: dist.into(), surroundings, logs: RefCell::default() };
        page.size(1280, 800)?;
        Ok(page)
    }

    pub fn browser(&self) -> Browser {
        self.driver.browser
    }

    /// Serves the app under a sub-path from now on, as many hosts do.
    pub fn mount(&mut self, prefix: &str) -> Result<()> {
        self.server = server::serve(&self.dist, prefix, 0, &self.shared)?;
        Ok(())
    }

    /// Another server from now on; the one before is gone, and so is whatever answered at its address.
    pub fn serve(&mut self, dist: &Path, prefix: &str, port: u16) -> Result<()> {
        self.server = server::serve(dist, prefix, port, &self.shared)?;
        Ok(())
    }

    pub fn port(&self) -> u16 {
        self.server.port()
    }

    pub fn url(&self) -> String {
        self.server.url()
    }

    pub fn dist(&self) -> &Path {
        &self.dist
    }

    /// Loads the app anew with this fragment (`#/hash-ring?nodes=5`, or nothing) and waits until it runs.
    pub fn open(&self, fragment: &str) -> Result<()> {
        self.goto(&format!("{}{fragment}", self.url()))?;
        self.wait_until("!document.getElementById('loading')").context("the app did not start")
    }

    /// Opens an address, always as a new load: another fragment alone would not be one.
    pub fn goto(&self, url: &str) -> Result<()> {
        self.session.goto("about:blank")?;
        self.session.goto(url)
    }

    /// Changes the fragment in place, as following a link within the page does.
    pub fn follow(&self, fragment: &str) -> Result<()> {
        self.session.execute("location.hash = arguments[0]", &[json!(fragment)]).map(drop)
    }

    pub fn back(&self) -> Result<()> {
        match self.browser() {
            // Its button passes over what a page has opened by itself, such as by `follow`.
            Browser::Webkit => self.run("history.back()", &[]).map(drop),
            _ => self.session.post("back", &json!({})).map(drop),
        }
    }

    pub fn reload(&self) -> Result<()> {
        self.session.post("refresh", &json!({})).map(drop)
    }

    /// The value of an expression; a promise is awaited.
    pub fn eval(&self, expression: &str) -> Result<Value> {
        self.session.execute(&format!("return ({expression});"), &[])
    }

    /// Runs statements; `return` gives a value back, `arguments` are at hand.
    pub fn run(&self, body: &str, arguments: &[Value]) -> Result<Value> {
        self.session.execute(body, arguments)
    }

    /// Runs this before the page's own scripts on every load from now on.
    pub fn before_load(&self, script: &str) {
        self.shared.add_first(script);
    }

    /// From now on, pages name their site in their policy.
    pub fn name_site(&self) {
        let url = self.url();
        self.shared.name(url.split('/').take(3).collect::<Vec<_>>().join("/").as_str());
    }

    /// What was to run first no longer does.
    pub fn forget_before_load(&self) {
        self.shared.clear_first();
        if self.browser() != Browser::Chromium {
            self.shared.add_first(server::RECORDER);
        }
    }

    // Windows and frames

    /// Goes into the frame that is inside the shadow root of this element, or is this element; none: to the top.
    pub fn frame(&self, css: Option<&str>) -> Result<()> {
        let id = match css {
            None => Value::Null,
            Some(css) => {
                let script = "const it = document.querySelector(arguments[0]); return it.shadowRoot?.querySelector('iframe') ?? it";
                self.session.execute(script, &[json!(css)])?
            }
        };
        self.session.post("frame", &json!({ "id": id })).map(drop)
    }

    pub fn windows(&self) -> Result<Vec<String>> {
        Ok(serde_json::from_value(self.session.get("window/handles")?)?)
    }

    pub fn window(&self) -> Result<String> {
        Ok(self.session.get("window")?.as_str().unwrap_or_default().into())
    }

    pub fn switch(&self, window: &str) -> Result<()> {
        self.session.post("window", &json!({ "handle": window })).map(drop)
    }

    /// What only Chromium's developer tools can say.
    pub fn devtools(&self, command: &str, parameters: Value) -> Result<Value> {
        self.session.cdp(command, parameters)
    }

    // Looking

    pub fn title(&self) -> Result<String> {
        Ok(self.session.get("title")?.as_str().unwrap_or("").into())
    }

    pub fn count(&self, css: &str) -> Result<u64> {
        let count = self.session.execute("return document.querySelectorAll(arguments[0]).length", &[json!(css)])?;
        count.as_u64().context("the page counted no whole number")
    }

    /// The first match's text, white space collapsed; hidden text too, since screen readers' text often is.
    pub fn text(&self, css: &str) -> Result<String> {
        // A part of the page may still be on its way.
        self.wait_for(css)?;
        let script = "const found = document.querySelector(arguments[0]); return found && found.textContent";
        let text = self.session.execute(script, &[json!(css)])?;
        let text = text.as_str().with_context(|| format!("nothing on the page matches {css}"))?;
        Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    pub fn attribute(&self, css: &str, name: &str) -> Result<Option<String>> {
        let script =
            "const found = document.querySelector(arguments[0]); return found && found.getAttribute(arguments[1])";
        Ok(self.session.execute(script, &[json!(css), json!(name)])?.as_str().map(str::to_string))
    }

    /// Left, top, width and height in the viewport, in CSS pixels.
    pub fn rect(&self, css: &str) -> Result<[f64; 4]> {
        // A part of the page may still be on its way.
        self.wait_for(css)?;
        let script = "const found = document.querySelector(arguments[0]); if (!found) return null;
            const r = found.getBoundingClientRect(); return [r.x, r.y, r.width, r.height]";
        let rect = self.session.execute(script, &[json!(css)])?;
        serde_json::from_value(rect).with_context(|| format!("nothing on the page matches {css}"))
    }

    // Waiting

    pub fn wait_for(&self, css: &str) -> Result<()> {
        let there = format!("document.querySelector({})", json!(css));
        self.wait_until(&there).with_context(|| format!("{css} did not appear"))
    }

    pub fn wait_gone(&self, css: &str) -> Result<()> {
        let gone = format!("!document.querySelector({})", json!(css));
        self.wait_until(&gone).with_context(|| format!("{css} did not go away"))
    }

    pub fn wait_text(&self, css: &str, contains: &str) -> Result<()> {
        let script = format!(
            "((document.querySelector({})?.textContent ?? '').replace(/\\s+/g, ' ').includes({}))",
            json!(css),
            json!(contains)
        );
        self.wait_until(&script).with_context(|| {
            let text = self.text(css).unwrap_or_else(|error| error.to_string());
            format!("{css} does not say \"{contains}\" but \"{text}\"")
        })
    }

    /// Waits until an expression is truthy.
    pub fn wait_until(&self, expression: &str) -> Result<()> {
        let started = Instant::now();
        while self.eval(&format!("!!({expression})"))? != Value::Bool(true) {
            if started.elapsed() > PATIENCE {
                bail!("waited {} s in vain for: {expression}", PATIENCE.as_secs());
            }
            thread::sleep(Duration::from_millis(30));
        }
        Ok(())
    }

    // Doing

    /// Clicks the way a reader does: scrolled into view, and only if nothing covers it.
    pub fn click(&self, css: &str) -> Result<()> {
        // A part of the page may still be on its way.
        self.wait_for(css)?;
        let element = self.session.element(css)?;
        self.session
            .post(&format!("{element}/click"), &json!({}))
            .with_context(|| format!("could not click {css}"))
            .map(drop)
    }

    /// Types into a field; for a file input, the text is a file's absolute path.
    pub fn type_into(&self, css: &str, text: &str) -> Result<()> {
        // A part of the page may still be on its way.
        self.wait_for(css)?;
        let element = self.session.element(css)?;
        self.session.post(&format!("{element}/value"), &json!({ "text": text })).map(drop)
    }

    pub fn clear(&self, css: &str) -> Result<()> {
        let element = self.session.element(css)?;
        self.session.post(&format!("{element}/clear"), &json!({})).map(drop)
    }

    /// Presses a key by its `KeyboardEvent.key` name, with modifiers before it: "ArrowRight", "?", "Shift+Tab".
    pub fn key(&self, combination: &str) -> Result<()> {
        self.keys(combination, 1)
    }

    /// Presses it so many times.
    pub fn keys(&self, combination: &str, times: usize) -> Result<()> {
        let names: Vec<&str> = match combination {
            "+" => vec!["+"],
            combination => combination.split('+').collect(),
        };
        let keys = names.iter().map(|name| key_value(name)).collect::<Result<Vec<String>>>()?;
        let down = keys.iter().map(|key| json!({ "type": "keyDown", "value": key }));
        let up = keys.iter().rev().map(|key| json!({ "type": "keyUp", "value": key }));
        let once: Vec<Value> = down.chain(up).collect();
        let all: Vec<Value> = (0..times).flat_map(|_| once.clone()).collect();
        self.act(json!({ "type": "key", "id": "keyboard", "actions": all }))
    }

    pub fn click_at(&self, x: f64, y: f64) -> Result<()> {
        self.drag((x, y), (x, y))
    }

    pub fn move_to(&self, x: f64, y: f64) -> Result<()> {
        self.pointer(&[moved((x, y), 0)])
    }

    /// Presses at one point of the viewport and lets go at another, with stops between as a hand makes them.
    pub fn drag(&self, from: (f64, f64), to: (f64, f64)) -> Result<()> {
        let mut actions = vec![moved(from, 0), json!({ "type": "pointerDown", "button": 0 })];
        if from != to {
            let along = |part: f64| (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part);
            actions.extend([0.1, 0.4, 0.7, 1.0].map(|part| moved(along(part), 30)));
        }
        actions.push(json!({ "type": "pointerUp", "button": 0 }));
        self.pointer(&actions)
    }

    fn pointer(&self, actions: &[Value]) -> Result<()> {
        let mouse = json!({ "pointerType": "mouse" });
        self.act(json!({ "type": "pointer", "id": "mouse", "parameters": mouse, "actions": actions }))
    }

    fn act(&self, source: Value) -> Result<()> {
        self.session.post("actions", &json!({ "actions": [source] })).map(drop)
    }

    // The reader's surroundings

    /// The viewport's exact size in CSS pixels.
    pub fn size(&self, width: u32, height: u32) -> Result<()> {
        match self.browser() {
            Browser::Chromium => {
                let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
                self.session.cdp("Emulation.setDeviceMetricsOverride", metrics)?;
            }
            Browser::Firefox => {
                // The window has room for all, and the page in it is as large as it should be.
                self.session.post("window/rect", &json!({ "width": 1600, "height": 1400 }))?;
                let resize = "const { style } = gBrowser.selectedBrowser; const [width, height] = arguments;
                    for (const side of ['', 'min-', 'max-']) {
                        style.setProperty(`${side}width`, `${width}px`);
                        style.setProperty(`${side}height`, `${height}px`);
                    }
                    style.flex = 'none';";
                self.session.chrome(resize, &[json!(width), json!(height)])?;
            }
            Browser::Webkit => {
                self.session.post("window/rect", &json!({ "x": 0, "y": 0, "width": width, "height": height }))?;
            }
        }
        self.wait_until(&format!("innerWidth === {width} && innerHeight === {height}"))
            .context("the window does not take this size")
    }

    fn surround(&mut self, set: Surroundings) -> Result<()> {
        self.surroundings = set;
        match self.browser() {
            Browser::Chromium => {
                let scheme = if set.dark { "dark" } else { "light" };
                let motion = if set.reduced_motion { "reduce" } else { "no-preference" };
                let features = json!([
                    { "name": "prefers-color-scheme", "value": scheme },
                    { "name": "prefers-reduced-motion", "value": motion },
                ]);
                self.session.cdp("Emulation.setEmulatedMedia", json!({ "features": features })).map(drop)
            }
            Browser::Firefox => {
                let script = "const [dark, reduced] = arguments;
                    Services.prefs.setIntPref('layout.css.prefers-color-scheme.content-override', dark ? 0 : 1);
                    Services.prefs.setIntPref('ui.prefersReducedMotion', reduced ? 1 : 0);";
                self.session.chrome(script, &[json!(set.dark), json!(set.reduced_motion)]).map(drop)
            }
            Browser::Webkit => {
                let opened = self.session.get("url")?;
                ensure!(
                    opened == json!("about:blank"),
                    "this browser has its theme from the start: before anything is opened"
                );
                let size = self.eval("[innerWidth, innerHeight]")?;
                self.session.end();
                self.session = self.driver.session(set)?;
                let side = |of: usize| size[of].as_u64().and_then(|side| u32::try_from(side).ok()).unwrap_or(800);
                self.size(side(0), side(1))
            }
        }
    }

    /// The system's dark theme; in WebKit only before anything is opened.
    pub fn dark(&mut self) -> Result<()> {
        self.surround(Surroundings { dark: true, ..self.surroundings })
    }

    pub fn light(&mut self) -> Result<()> {
        self.surround(Surroundings { dark: false, ..self.surroundings })
    }

    /// The system's wish for less motion; in WebKit only before anything is opened.
    pub fn reduced_motion(&mut self) -> Result<()> {
        self.surround(Surroundings { reduced_motion: true, ..self.surroundings })
    }

    /// Without a network; for Chromium and Firefox.
    pub fn offline(&self, offline: bool) -> Result<()> {
        match self.browser() {
            Browser::Chromium => {
                self.session.cdp("Network.enable", json!({}))?;
                let conditions =
                    json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
                self.session.cdp("Network.emulateNetworkConditions", conditions).map(drop)
            }
            Browser::Firefox => {
                let script = "gBrowser.selectedBrowser.browsingContext.top.forceOffline = arguments[0]";
                self.session.chrome(script, &[json!(offline)]).map(drop)
            }
            Browser::Webkit => bail!("nothing takes WebKit’s network away"),
        }
    }

    /// A command of the DevTools protocol, for Chromium.
    pub fn cdp(&self, command: &str, parameters: Value) -> Result<Value> {
        self.session.cdp(command, parameters)
    }

    pub fn screenshot(&self, file: &Path) -> Result<()> {
        let encoded = self.session.get("screenshot")?;
        let encoded = encoded.as_str().context("the driver sent no picture")?;
        let bytes = base64::engine::general_purpose::STANDARD.decode(encoded)?;
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(file, bytes).with_context(|| format!("could not write {}", file.display()))
    }

    // What went wrong

    /// Console errors, uncaught exceptions, refused requests: everything the browser calls severe.
    pub fn errors(&self) -> Result<Vec<String>> {
        self.collect().map(|()| self.logs.borrow().errors.clone())
    }

    pub fn warnings(&self) -> Result<Vec<String>> {
        self.collect().map(|()| self.logs.borrow().warnings.clone())
    }

    /// Every address asked for that is not the page's own server.
    pub fn foreign_requests(&self) -> Result<Vec<String>> {
        self.collect()?;
        let own = format!("{}/", self.server.origin());
        let requests = self.logs.borrow().requests.clone();
        Ok(requests.into_iter().filter(|url| !url.starts_with(&own)).collect())
    }

    /// Every path that the server did not have.
    pub fn not_found(&self) -> Result<Vec<String>> {
        self.collect().map(|()| self.logs.borrow().not_found.clone())
    }

    /// What every test may end with: no error, nothing missing, nothing asked of anybody else.
    pub fn assert_clean(&self) -> Result<()> {
        equal("console errors", self.errors()?, vec![])?;
        equal("requests to other origins", self.foreign_requests()?, vec![])?;
        equal("paths the server did not have", self.not_found()?, vec![])
    }

    fn collect(&self) -> Result<()> {
        match self.browser() {
            Browser::Chromium => self.collect_logs()?,
            _ => self.collect_told()?,
        }
        let mut logs = self.logs.borrow_mut();
        let missing = self.server.take_served().into_iter().filter(|served| served.status == 404);
        logs.not_found.extend(missing.map(|served| served.path));
        Ok(())
    }

    fn collect_told(&self) -> Result<()> {
        self.eval("window.recorderIsDone && window.recorderIsDone().then(() => true)")?;
        let mut logs = self.logs.borrow_mut();
        for told in self.shared.take_told() {
            match told.kind.as_str() {
                "error" => logs.errors.push(told.text),
                "request" => logs.requests.push(told.text),
                _ => logs.warnings.push(told.text),
            }
        }
        Ok(())
    }

    fn collect_logs(&self) -> Result<()> {
        let mut logs = self.logs.borrow_mut();
        for entry in self.session.log("browser")? {
            let message = entry["message"].as_str().unwrap_or("").to_string();
            match entry["level"].as_str() {
                Some("SEVERE") => logs.errors.push(message),
                Some("WARNING") => logs.warnings.push(message),
                _ => {}
            }
        }
        for entry in self.session.log("performance")? {
            let event: Value = serde_json::from_str(entry["message"].as_str().unwrap_or("null")).unwrap_or_default();
            let event = &event["message"];
            let url = match event["method"].as_str() {
                Some("Network.requestWillBeSent") => &event["params"]["request"]["url"],
                Some("Network.webSocketCreated" | "Network.webTransportCreated") => &event["params"]["url"],
                _ => continue,
            };
            // data:, blob: and the browser's own pages go over no network.
            let network = ["http:", "https:", "ws:", "wss:"];
            if let Some(url) = url.as_str().filter(|url| network.iter().any(|scheme| url.starts_with(scheme))) {
                logs.requests.push(url.into());
            }
        }
        Ok(())
    }
}

/// An expression: the 2d context of a copy of a canvas, whatever context that one has.
pub fn copied(css: &str) -> String {
    format!(
        "(c => {{ const copy = document.createElement('canvas'); copy.width = c.width; copy.height = c.height; \
         const context = copy.getContext('2d'); context.drawImage(c, 0, 0); return context; \
         }})(document.querySelector({}))",
        json!(css)
    )
}

/// Like `assert_eq!`, as an error that says what was compared.
pub fn equal<T: PartialEq + Debug>(what: &str, found: T, expected: T) -> Result<()> {
    ensure!(found == expected, "{what}: expected {expected:?}, found {found:?}");
    Ok(())
}

fn moved((x, y): (f64, f64), milliseconds: u32) -> Value {
    // Whole pixels: the protocol's older drivers take nothing else.
    json!({ "type": "pointerMove", "duration": milliseconds, "x": x.round(), "y": y.round(), "origin": "viewport" })
}

/// WebDriver has private-use characters for the keys that are none.
fn key_value(name: &str) -> Result<String> {
    let code = match name {
        "Backspace" => '\u{e003}',
        "Tab" => '\u{e004}',
        "Enter" => '\u{e007}',
        "Shift" => '\u{e008}',
        "Control" => '\u{e009}',
        "Alt" => '\u{e00a}',
        "Meta" => '\u{e03d}',
        "Escape" => '\u{e00c}',
        "Space" => ' ',
        "PageUp" => '\u{e00e}',
        "PageDown" => '\u{e00f}',
        "End" => '\u{e010}',
        "Home" => '\u{e011}',
        "ArrowLeft" => '\u{e012}',
        "ArrowUp" => '\u{e013}',
        "ArrowRight" => '\u{e014}',
        "ArrowDown" => '\u{e015}',
        "Delete" => '\u{e017}',
        single if single.chars().count() == 1 => return Ok(single.into()),
        _ => bail!("no key is called \"{name}\""),
    };
    Ok(code.into())
}
