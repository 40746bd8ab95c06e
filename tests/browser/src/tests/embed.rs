//! Figures in pages of somebody else's: of another origin, with rules of their own, in a deck of slides.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use static_server::{Server, Site};

use crate::npm;
use crate::page::{Page, equal};

// WebKit's driver gives the keyboard to whatever frame it looks into: there nothing can be said about who has it.
crate::tests::tests![
    figures_in_a_page_with_strict_rules,
    figures_keep_to_themselves on [Chromium, Firefox],
    what_is_set_before_the_script_comes,
    a_bare_frame_tells_its_height,
    a_frame_that_may_only_run_scripts,
    strangers_and_nonsense_change_nothing,
    a_flood_of_wishes_is_painted_once_a_frame,
    a_deck_keeps_its_keys on [Chromium, Firefox],
    what_share_gives_is_what_works,
    steps_are_chosen_in_share,
    controls_are_those_that_were_asked_for,
    a_query_that_is_wrong_is_named,
];

/// A page of another origin: another port of this machine.
pub(super) struct Host {
    server: Server,
    folder: PathBuf,
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Host {
    fn new(page: &Page, html: &str) -> Result<Host> {
        let name = format!(
            "moving-parts-host-{}-{}",
            std::process::id(),
            page.url().replace(|c: char| !c.is_ascii_digit(), "")
        );
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder)?;
        let html = html.replace("FIGURES/", &page.url());
        fs::write(folder.join("index.html"), html)?;
        fs::write(folder.join("favicon.ico"), "")?;
        let server = Server::start(Site::new(&folder), 0).context("no second server")?;
        Ok(Host { server, folder })
    }

    pub(super) fn open(page: &Page, html: &str) -> Result<Host> {
        let host = Host::new(page, html)?;
        page.goto(&host.server.url())?;
        Ok(host)
    }
}

/// What the figure says of itself, once it is there.
pub(super) fn state(page: &Page, css: &str) -> Result<Value> {
    page.wait_until(&format!("customElements.get('moving-parts') && document.querySelector('{css}')"))?;
    page.eval(&format!("document.querySelector('{css}').state()"))
}

/// Every address asked for is one of the two servers'.
pub(super) fn assert_only(page: &Page, host: &Host) -> Result<()> {
    let foreign = page.foreign_requests()?;
    let strange: Vec<_> = foreign.iter().filter(|url| !url.starts_with(&host.server.origin())).collect();
    ensure!(strange.is_empty(), "asked of somebody else: {strange:?}");
    equal("errors", page.errors()?, vec![])
}

const SHELL: &str =
    "<!doctype html><html lang=en><head><meta charset=utf-8><title>A page</title>HEAD</head><body>BODY</body></html>";

pub(super) fn html(head: &str, body: &str) -> String {
    SHELL.replace("HEAD", head).replace("BODY", body)
}

pub(super) const SCRIPT: &str = "<script src=\"FIGURES/embed.js\"></script>";

fn figures_in_a_page_with_strict_rules(page: &mut Page) -> Result<()> {
    let origin = page.url();
    let origin = origin.trim_end_matches('/');
    let rules = format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src {origin}; \
         frame-src {origin}; img-src {origin}\">{SCRIPT}"
    );
    let body = "<h1>Quorums</h1>
        <moving-parts id=a explainer=quorum params=\"w=1&amp;r=1&amp;do=1ms:write(1,x);12ms:read(2,x)&amp;t=5ms\"></moving-parts>
        <pre>PLACE</pre>
        <moving-parts id=far explainer=capacity></moving-parts>";
    let host = Host::open(page, &html(&rules, &body.replace("PLACE", &"\n".repeat(400))))?;
    let first = state(page, "#a")?;
    let link = first["link"].as_str().unwrap_or_default();
    ensure!(
        link.starts_with("#/quorum?") && link.contains("w=1&r=1&do=0.001s:write(1,x);0.012s:read(2,x)&t=0.005"),
        "{link}"
    );
    equal("playing", first["playing"].clone(), json!(false))?;
    // As high as what is in it, which the host could not know.
    page.wait_until("document.querySelector('#a').offsetHeight > 400")?;
    page.frame(Some("#a"))?;
    let inside = page.eval("document.querySelector('main').offsetHeight")?.as_f64().unwrap_or_default();
    page.frame(None)?;
    let outside = page.rect("#a")?[3];
    ensure!((inside - outside).abs() <= 1.0, "{inside} px inside, {outside} px outside");
    // What is far costs nothing.
    equal("far", page.eval("!document.querySelector('#far').shadowRoot.querySelector('iframe')")?, json!(true))?;
    page.run(
        "window.heard = []; for (const kind of ['statechange', 'checkbroken'])
            document.querySelector('#a').addEventListener(kind, (e) => heard.push([kind, e.detail]));
         document.querySelector('#a').play()",
        &[],
    )?;
    page.wait_until("window.heard.some(([kind, it]) => kind === 'statechange' && it.playing && it.time > 0.006)")?;
    page.wait_until("window.heard.some(([kind, it]) => kind === 'statechange' && !it.playing && it.time >= it.end)")?;
    page.run("document.querySelector('#a').seek(0.012)", &[])?;
    page.wait_until("window.heard.at(-1)[1].time === 0.012")?;
    page.run("document.querySelector('#far').scrollIntoView()", &[])?;
    ensure!(state(page, "#far")?["link"].as_str().is_some_and(|link| link.starts_with("#/capacity")), "no capacity");
    assert_only(page, &host)
}

fn figures_keep_to_themselves(page: &mut Page) -> Result<()> {
    let one = |id: &str| {
        format!(
            "<moving-parts id={id} explainer=hash-ring params=\"lesson=join-leave\" steps=2-4 loading=eager></moving-parts>"
        )
    };
    let host = Host::open(page, &html(SCRIPT, &[one("a"), one("b")].concat()))?;
    let (a, b) = (state(page, "#a")?, state(page, "#b")?);
    equal("first steps", (&a["step"], &b["step"]), (&json!(2), &json!(2)))?;
    page.run("window.heard = []; document.querySelector('#a').addEventListener('stepchange', (e) => heard.push(e.detail.step));
              document.querySelector('#a').step('next')", &[])?;
    page.wait_until("window.heard.at(-1) === 3")?;
    page.run("document.querySelector('#a').step = 4", &[])?;
    page.wait_until("window.heard.at(-1) === 4")?;
    // Neither on nor to a step that the figure does not show.
    page.run("document.querySelector('#a').step('next'); document.querySelector('#a').step(5)", &[])?;
    equal("at the end", state(page, "#a")?["step"].clone(), json!(4))?;
    equal("the other", state(page, "#b")?["step"].clone(), json!(2))?;
    equal("reflected", page.attribute("#a", "step")?, Some("4".into()))?;
    page.run("document.querySelector('#a').theme = 'dark'", &[])?;
    page.frame(Some("#a"))?;
    page.wait_until("document.documentElement.dataset.theme === 'dark'")?;
    page.frame(None)?;
    page.frame(Some("#b"))?;
    equal("its theme", page.eval("document.documentElement.dataset.theme ?? null")?, Value::Null)?;
    page.frame(None)?;
    // Keys are the page's own until somebody goes into a figure.
    page.key("ArrowRight")?;
    equal("untouched", state(page, "#b")?["link"].clone(), b["link"].clone())?;
    assert_only(page, &host)
}

fn what_is_set_before_the_script_comes(page: &mut Page) -> Result<()> {
    let body = "<script>const it = document.createElement('moving-parts'); it.id = 'a'; it.explainer = 'quorum';
        it.lesson = 'overlap'; it.steps = '1-3'; it.step = 2; it.autoplay = false; it.controls = 'caption';
        document.body.append(it)</script><script src=\"FIGURES/embed.js\"></script>";
    let lessons = moving_parts::explainers::find("quorum").context("no quorum")?.lessons;
    let slug = lessons()[1].slug;
    let host = Host::open(page, &html("", &body.replace("overlap", slug)))?;
    let first = state(page, "#a")?;
    equal("step", (&first["lesson"], &first["step"]), (&json!(slug), &json!(2)))?;
    equal("controls", page.attribute("#a", "controls")?, Some("caption".into()))?;
    page.run(
        "document.querySelector('#a').explainer = 'hash-ring'; document.querySelector('#a').lesson = null;
              document.querySelector('#a').steps = ''; document.querySelector('#a').step = null",
        &[],
    )?;
    page.wait_until("document.querySelector('#a').state().then((it) => it && it.link.startsWith('#/hash-ring'))")?;
    assert_only(page, &host)
}

fn a_bare_frame_tells_its_height(page: &mut Page) -> Result<()> {
    let body = "<script>window.told = []; addEventListener('message', (e) => told.push(e.data))</script>
        <iframe src=\"FIGURES/?embed#/hash-ring\" width=600 height=200 title=ring></iframe>";
    let host = Host::open(page, &html("", body))?;
    let forms = [
        "it.sentinel === 'amp' && it.type === 'embed-size' && it.height > 300",
        "it.context === 'iframe.resize' && it.src.includes('#/hash-ring') && it.height > 300",
        "it.subject === 'lti.frameResize' && it.height > 300",
    ];
    for form in forms {
        page.wait_until(&format!("window.told.some((it) => {form})")).with_context(|| form.to_string())?;
    }
    assert_only(page, &host)
}

/// No storage, no history, no origin: what blog engines give to what they do not know. In WebKit `'self'` is nobody
/// there, so the figures' own host has to be named in their policy: `--url` does.
fn a_frame_that_may_only_run_scripts(page: &mut Page) -> Result<()> {
    if page.browser() == crate::browser::Browser::Webkit {
        page.name_site();
    }
    let body = "<script>window.told = []; addEventListener('message', (e) => told.push(e.data))</script>
        <iframe id=f sandbox=allow-scripts src=\"FIGURES/?embed&controls=all#/hash-ring?do=1s:add\" width=900 height=900 title=ring></iframe>";
    let host = Host::open(page, &html("", body))?;
    page.wait_until("window.told.some((it) => it.event === 'ready')")?;
    page.frame(Some("#f"))?;
    page.wait_text(".caption", "1,000 keys on 5 servers")?;
    page.click(".transport .play")?;
    page.wait_until("document.querySelector('.transport .t').textContent.includes('10.0') && !document.querySelector('[aria-label=Pause]')")?;
    // Further down than the window is high, where not every driver can click.
    page.wait_for(".chapter")?;
    page.run("document.querySelector('.chapter').click()", &[])?;
    page.wait_for(".steps")?;
    page.frame(None)?;
    // Without an origin there is no worker, and a browser may say so: the page does without.
    let foreign = page.foreign_requests()?;
    ensure!(foreign.iter().all(|url| url.starts_with(&host.server.origin())), "asked of somebody else: {foreign:?}");
    let errors = page.errors()?;
    ensure!(errors.iter().all(|error| error.contains("worker")), "{errors:?}");
    Ok(())
}

fn strangers_and_nonsense_change_nothing(page: &mut Page) -> Result<()> {
    let body = "<moving-parts id=a explainer=hash-ring params=\"do=1s:add\" loading=eager></moving-parts>
        <iframe id=s srcdoc=\"<script>window.say = (to, what) => to.postMessage(what, '*')</script>\" title=s></iframe>";
    let host = Host::open(page, &html(SCRIPT, body))?;
    let before = state(page, "#a")?;
    let inner = "document.querySelector('#a').shadowRoot.querySelector('iframe').contentWindow";
    page.run(&format!("const to = {inner};
        for (const call of ['play', 'seek', 'step', 'look']) document.querySelector('#s').contentWindow.say(to, {{ movingParts: 1, call, to: 3, theme: 'dark' }});
        for (const it of [null, 7, 'play', [], {{ movingParts: 2, call: 'play' }}, {{ movingParts: 1 }}, {{ movingParts: 1, call: 'eval', to: 'alert(1)' }},
            {{ movingParts: 1, call: 'seek', to: NaN }}, {{ movingParts: 1, call: 'seek', to: '5' }}, {{ movingParts: 1, call: 'step', to: -1 }},
            {{ movingParts: 1, call: 'step', to: {{}} }}, {{ movingParts: 1, call: 'look', theme: '<b>', accent: 'red;}} body {{' }}]) to.postMessage(it, '*');"), &[])?;
    let after = state(page, "#a")?;
    equal("state", after, before)?;
    page.frame(Some("#a"))?;
    let looks = page.eval(
        "[document.documentElement.dataset.theme ?? null, document.documentElement.getAttribute('style') ?? '']",
    )?;
    equal("looks", looks, json!([null, ""]))?;
    page.frame(None)?;
    // And the other way: a stranger cannot speak for the figure.
    page.run(
        "window.heard = 0; document.querySelector('#a').addEventListener('statechange', () => heard++);
        document.querySelector('#s').contentWindow.say(window, { movingParts: 1, event: 'statechange', detail: {} });
        document.querySelector('#s').contentWindow.say(window, { movingParts: 1, event: 'height', detail: 9 });",
        &[],
    )?;
    let height = page.rect("#a")?[3];
    equal("heard", page.eval("new Promise((done) => setTimeout(() => done(heard), 300))")?, json!(0))?;
    ensure!(height > 300.0 && (page.rect("#a")?[3] - height).abs() < 1.0, "its height changed");
    assert_only(page, &host)
}

fn a_flood_of_wishes_is_painted_once_a_frame(page: &mut Page) -> Result<()> {
    // In the figure, too: what is painted is wiped first.
    page.before_load(
        "window.painted = 0; const { clearRect } = CanvasRenderingContext2D.prototype;
         CanvasRenderingContext2D.prototype.clearRect = function (...all) { window.painted++; return clearRect.apply(this, all); };",
    );
    let body =
        "<moving-parts id=a explainer=hash-ring params=\"do=1s:add;5s:add;9s:leave(1)\" loading=eager></moving-parts>
        <moving-parts id=b explainer=hash-ring lesson=join-leave loading=eager></moving-parts>";
    let host = Host::open(page, &html(SCRIPT, body))?;
    state(page, "#a")?;
    state(page, "#b")?;
    let painted = |page: &Page| -> Result<u64> {
        page.frame(Some("#a"))?;
        let painted = page.eval("painted")?.as_u64();
        page.frame(None)?;
        painted.context("nobody counts")
    };
    page.wait_until("document.querySelector('#a').offsetHeight > 300")?;
    let before = painted(page)?;
    page.run("document.querySelector('#a').seek(1.2)", &[])?;
    page.wait_until("document.querySelector('#a').state().then((it) => it.time === 1.2)")?;
    let once = painted(page)? - before;
    ensure!(once >= 1, "a seek paints nothing, or nobody counts");
    // As a page does that moves a figure with what is scrolled, only faster.
    page.run(
        "window.heard = []; const a = document.querySelector('#a');
         a.addEventListener('statechange', (e) => heard.push(e.detail.time));
         for (let i = 1; i <= 400; i++) a.seek(i / 100);
         a.seek(2.5)",
        &[],
    )?;
    equal("what it says at once", state(page, "#a")?["time"].clone(), json!(2.5))?;
    page.wait_until("window.heard.at(-1) === 2.5")?;
    let all = painted(page)? - before - once;
    let heard = page.eval("heard.length")?.as_u64().unwrap_or_default();
    ensure!(all <= 40 * once && heard <= 40, "401 wishes: painted {all} times (once is {once}), told {heard} times");
    // From event to event no step is lost on the way.
    page.run(
        "const a = document.querySelector('#a'); a.seek(0); for (let i = 0; i < 3; i++) a.step('next'); a.step('back')",
        &[],
    )?;
    let second = state(page, "#a")?["time"].clone();
    page.run("document.querySelector('#a').seek(0)", &[])?;
    for _ in 0..2 {
        state(page, "#a")?;
        page.run("document.querySelector('#a').step('next')", &[])?;
    }
    equal("three on and one back", second, state(page, "#a")?["time"].clone())?;
    // Nor in a lesson, where what comes first is done first, and what nobody can do is passed over.
    page.run(
        "const b = document.querySelector('#b'); b.step(2); b.step('next'); b.step(77); b.step('next'); b.seek(0)",
        &[],
    )?;
    let there = state(page, "#b")?;
    equal("the lesson’s step and moment", (&there["step"], &there["time"]), (&json!(4), &json!(0)))?;
    page.run("const b = document.querySelector('#b'); b.seek(1); for (let i = 0; i < 50; i++) b.step('back'); b.play(); b.pause()", &[])?;
    equal("back at the start", state(page, "#b")?["step"].clone(), json!(1))?;
    assert_only(page, &host)
}

fn a_deck_keeps_its_keys(page: &mut Page) -> Result<()> {
    let reveal = npm::folder()?.join("reveal.js/dist");
    let deck = "<div class=reveal><div class=slides>
        <section><h2>One</h2></section>
        <section><moving-parts id=a explainer=hash-ring lesson=join-leave steps=2-4 height=420></moving-parts>
            <p><span class=fragment data-figure=\"#a\" data-step=3>then</span> <span class=fragment data-figure=\"#a\" data-step=4>and then</span></p></section>
        <section><h2>Three</h2></section></div></div>
        <script src=reveal.js></script>
        <script>Reveal.initialize({ transition: 'none', hash: false });
        const drive = (e, back) => { for (const it of e.fragments) if (it.dataset.figure)
            document.querySelector(it.dataset.figure).step = Number(it.dataset.step) - (back ? 1 : 0); };
        Reveal.on('fragmentshown', (e) => drive(e, false)); Reveal.on('fragmenthidden', (e) => drive(e, true));</script>";
    let host = Host::new(page, &html(&format!("<link rel=stylesheet href=reveal.css>{SCRIPT}"), deck))?;
    for file in ["reveal.js", "reveal.css"] {
        fs::copy(reveal.join(file), host.folder.join(file))?;
    }
    page.goto(&host.server.url())?;
    page.wait_until("window.Reveal && Reveal.isReady()")?;
    page.key("ArrowRight")?;
    page.wait_until("Reveal.getIndices().h === 1")?;
    equal("first", state(page, "#a")?["step"].clone(), json!(2))?;
    // Fragments drive the figure.
    page.key("ArrowRight")?;
    page.wait_until("document.querySelector('#a').state().then((it) => it.step === 3)")?;
    page.key("ArrowRight")?;
    page.wait_until("document.querySelector('#a').state().then((it) => it.step === 4)")?;
    page.key("ArrowLeft")?;
    page.wait_until("document.querySelector('#a').state().then((it) => it.step === 3)")?;
    // Who goes into the figure has its keys; Esc gives them back.
    page.frame(Some("#a"))?;
    page.click(".transport .t")?;
    page.run("window.focus()", &[])?;
    page.key("End")?;
    page.wait_until("document.querySelector('input[aria-label=Moment]').value === document.querySelector('input[aria-label=Moment]').max")?;
    page.key("Escape")?;
    page.frame(None)?;
    page.wait_until("document.activeElement === document.body && document.hasFocus()")?;
    equal("the deck stayed", page.eval("Reveal.getIndices().h")?, json!(1))?;
    page.key("ArrowRight")?;
    page.key("ArrowRight")?;
    page.wait_until("Reveal.getIndices().h === 2")?;
    assert_only(page, &host)
}

fn what_share_gives_is_what_works(page: &mut Page) -> Result<()> {
    page.open("#/quorum?w=1&r=1&do=1ms:write(1,x);12ms:read(2,x)&t=12.4ms")?;
    page.click("header button.primary")?;
    page.wait_for(".embed-panel")?;
    let link = page.eval("document.querySelector('.copy input').value")?;
    page.click(".embed-panel summary")?;
    let code = |page: &Page, tab: &str| -> Result<String> {
        page.run(&format!("[...document.querySelectorAll('.embed-panel .seg button')].find((b) => b.textContent === '{tab}').click()"), &[])?;
        let code = page.eval("document.querySelector('.embed-panel textarea').value")?;
        code.as_str().map(str::to_string).context("no code")
    };
    let (element, frame, markdown) = (code(page, "Element")?, code(page, "iframe")?, code(page, "Markdown")?);
    ensure!(
        markdown.starts_with("[![With N replicas") && markdown.contains("](quorum-12.4ms.png)](http"),
        "{markdown}"
    );
    let host = Host::open(page, &html("", &element))?;
    let shown = state(page, "moving-parts")?;
    let same = |shown: &Value| shown["link"].as_str().map(|it| it.split('?').nth(1).map(str::to_string));
    equal("of the element", same(&shown), Some(link.as_str().and_then(|it| it.split('?').nth(1)).map(str::to_string)))?;
    assert_only(page, &host)?;
    let script = "<script>window.told = []; addEventListener('message', (e) => told.push(e.data))</script>";
    let _host = Host::open(page, &html("", &[script, &frame].concat()))?;
    page.wait_until("window.told.some((it) => it.event === 'ready')")?;
    let ready = page.eval("window.told.find((it) => it.event === 'ready').detail.link")?;
    equal("of the frame", ready, shown["link"].clone())?;
    equal("errors", page.errors()?, vec![])
}

fn steps_are_chosen_in_share(page: &mut Page) -> Result<()> {
    page.open("#/quorum?lesson=majority.2")?;
    page.wait_for(".lesson h2")?;
    page.click("header button.primary")?;
    page.click(".embed-panel summary")?;
    let code = "document.querySelector('.embed-panel textarea').value";
    ensure!(page.eval(code)?.as_str().is_some_and(|code| !code.contains("steps=")), "all of them need not be said");
    let choose = "const it = document.querySelector(`[aria-label='${arguments[0]}']`); it.value = arguments[1];
        it.dispatchEvent(new Event('change', { bubbles: true }));";
    page.run(choose, &[json!("Last step"), json!("4")])?;
    page.run(choose, &[json!("First step"), json!("2")])?;
    let element = page.eval(code)?.as_str().map(str::to_string).context("no code")?;
    ensure!(element.contains("steps=\"2-4\""), "{element}");
    let host = Host::open(page, &html("", &element))?;
    let shown = state(page, "moving-parts")?;
    equal("its step", shown["step"].clone(), json!(2))?;
    assert_only(page, &host)
}

fn controls_are_those_that_were_asked_for(page: &mut Page) -> Result<()> {
    let has = |page: &Page, query: &str| -> Result<Vec<u64>> {
        page.goto(&format!("{}?embed{query}#/hash-ring", page.url()))?;
        page.wait_for(".stage-card")?;
        [".caption", ".transport", ".transport .play", ".scrub", ".actions", ".credit", "header, footer, .claim"]
            .iter()
            .map(|css| page.count(css))
            .collect()
    };
    equal("usual", has(page, "")?, vec![1, 1, 1, 1, 0, 1, 0])?;
    equal("none", has(page, "&controls=none")?, vec![0, 0, 0, 0, 0, 0, 0])?;
    equal("some", has(page, "&controls=scrub,actions")?, vec![0, 1, 0, 1, 1, 0, 0])?;
    page.assert_clean()
}

fn a_query_that_is_wrong_is_named(page: &mut Page) -> Result<()> {
    page.goto(&format!("{}?embed&controls=fly&theme=<b>&accent=url(x)#/hash-ring?servers=x", page.url()))?;
    for part in ["controls=fly", "theme=<b>", "accent=url(x)", "servers=x"] {
        page.wait_text(".notes", part)?;
    }
    page.wait_text(".stage-card canvas.live, body", "")?;
    page.assert_clean()
}
