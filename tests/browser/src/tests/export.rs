//! What is taken away: pictures, films, figures, and the link as a QR code. Files are read where they would be saved.

use anyhow::{Context, Result, ensure};
use base64::Engine;

use crate::page::{Page, equal};

crate::tests::tests![
    a_picture_has_the_size_that_was_chosen,
    a_gif_has_what_was_promised_and_is_the_same_again,
    a_film_is_cancelled,
    a_film_that_is_too_long_says_so,
    a_range_is_typed,
    markdown_has_the_picture_of_this_moment,
    a_video_plays,
    figures_are_those_of_the_page,
    the_link_as_a_code,
    what_the_browser_refuses_is_said,
];

/// Keeps every file that is offered for saving: its name, its kind, its bytes.
const KEEP: &str = "
    window.kept = [];
    const blobs = new Map(), was = URL.createObjectURL;
    URL.createObjectURL = blob => { const url = was.call(URL, blob); blobs.set(url, blob); return url; };
    HTMLAnchorElement.prototype.click = function () {
        const name = this.download, blob = blobs.get(this.href);
        const reader = new FileReader();
        reader.onload = () => window.kept.push([name, blob.type, reader.result.split(',')[1] ?? '']);
        reader.readAsDataURL(blob);
    };";

const RUN: &str = "#/quorum?w=1&r=1&do=1ms:write(1,x);12ms:read(2,x)&t=12.4ms";

fn open(page: &Page, fragment: &str, tab: &str) -> Result<()> {
    page.before_load(KEEP);
    page.open(fragment)?;
    page.click("header button.primary")?;
    press(page, tab)
}

/// Presses a button of the dialog by what it says.
fn press(page: &Page, says: &str) -> Result<()> {
    let button = format!("[...document.querySelectorAll('dialog button')].find(it => it.textContent === '{says}')");
    page.wait_until(&button)?;
    page.run(&format!("{button}.click()"), &[]).map(drop)
}

fn choose(page: &Page, field: &str, option: &str) -> Result<()> {
    let list = format!("document.querySelector('dialog select[aria-label=\"{field}\"]')");
    page.wait_until(&format!("{list} && [...{list}.options].some(it => it.text.startsWith('{option}'))"))?;
    page.run(
        &format!(
            "const list = {list};
             list.selectedIndex = [...list.options].findIndex(it => it.text.startsWith('{option}'));
             list.dispatchEvent(new Event('change', {{ bubbles: true }}));"
        ),
        &[],
    )
    .map(drop)
}

fn tick(page: &Page, label: &str) -> Result<()> {
    page.run(&format!("document.querySelector('dialog input[aria-label=\"{label}\"]').click()"), &[]).map(drop)
}

/// Name, kind and bytes of the n-th file that was saved.
fn kept(page: &Page, n: usize) -> Result<(String, String, Vec<u8>)> {
    page.wait_until(&format!("window.kept.length > {n}"))?;
    let (name, kind, text): (String, String, String) =
        serde_json::from_value(page.eval(&format!("window.kept[{n}]"))?)?;
    Ok((name, kind, base64::engine::general_purpose::STANDARD.decode(text)?))
}

/// Width and height of a PNG, from its head.
fn png_size(bytes: &[u8]) -> Result<(u32, u32)> {
    ensure!(bytes.starts_with(b"\x89PNG\r\n\x1a\n"), "no PNG");
    let number = |from: usize| bytes.get(from..from + 4).and_then(|b| b.try_into().ok()).map(u32::from_be_bytes);
    number(16).zip(number(20)).context("a PNG without a size")
}

fn a_picture_has_the_size_that_was_chosen(page: &mut Page) -> Result<()> {
    open(page, RUN, "Picture")?;
    choose(page, "Size", "Slide")?;
    press(page, "Save PNG")?;
    let (name, kind, bytes) = kept(page, 0)?;
    equal("name", name.as_str(), "quorum-12.4ms.png")?;
    equal("kind", kind.as_str(), "image/png")?;
    equal("size", png_size(&bytes)?, (1280, 720))?;
    tick(page, "PNG twice as sharp")?;
    choose(page, "Colours", "Dark")?;
    press(page, "Save PNG")?;
    equal("twice", png_size(&kept(page, 1)?.2)?, (2560, 1440))?;
    choose(page, "Size", "Another")?;
    let field = |label: &str| format!("dialog input[aria-label='{label}']");
    for (label, value) in [("Width", "777"), ("Height", "555")] {
        page.clear(&field(label))?;
        page.type_into(&field(label), value)?;
        page.key("Tab")?;
    }
    tick(page, "PNG twice as sharp")?;
    press(page, "Save PNG")?;
    equal("typed", png_size(&kept(page, 2)?.2)?, (777, 555))?;
    page.clear(&field("Width"))?;
    page.type_into(&field("Width"), "99999")?;
    page.key("Tab")?;
    page.wait_text("dialog", "from 160 to 4096")?;
    // The same picture as SVG, with what it is below it.
    tick(page, "Question, moment and link below it")?;
    press(page, "Save SVG")?;
    let (name, kind, bytes) = kept(page, 3)?;
    let text = String::from_utf8(bytes)?;
    equal("name", name.as_str(), "quorum-12.4ms.svg")?;
    equal("kind", kind.as_str(), "image/svg+xml")?;
    ensure!(text.contains("width=\"777\" height=\"555\"") && text.contains("12.4 ms · http"), "{}", &text[..300]);
    ensure!(text.contains("#1a1d22"), "dark, as chosen");
    page.assert_clean()
}

/// How many pictures a GIF has, and for how many hundredths of a second it is shown: from its control blocks.
fn gif_frames(bytes: &[u8]) -> Result<(usize, usize)> {
    ensure!(bytes.starts_with(b"GIF89a"), "no GIF");
    let table = |flags: u8| if flags & 0x80 != 0 { 3usize << ((flags & 7) + 1) } else { 0 };
    let byte = |at: usize| bytes.get(at).copied().context("the file ends in the middle");
    let mut at = 13 + table(byte(10)?);
    let (mut frames, mut hundredths) = (0, 0);
    loop {
        match byte(at)? {
            0x21 => {
                if byte(at + 1)? == 0xf9 {
                    hundredths += usize::from(byte(at + 4)?) + 256 * usize::from(byte(at + 5)?);
                }
                at += 2;
            }
            0x2c => {
                frames += 1;
                at += 10 + table(byte(at + 9)?) + 1;
            }
            0x3b => return Ok((frames, hundredths)),
            other => anyhow::bail!("no block begins with {other:#x}"),
        }
        while byte(at)? != 0 {
            at += usize::from(byte(at)?) + 1;
        }
        at += 1;
    }
}

fn a_gif_has_what_was_promised_and_is_the_same_again(page: &mut Page) -> Result<()> {
    open(page, RUN, "Film")?;
    choose(page, "What", "From the start to now")?;
    choose(page, "Width", "480")?;
    choose(page, "Speed", "2 ×")?;
    // 12.4 ms at 20 ms a second, a picture each 2 ms; the last stays for a second more.
    page.wait_text("dialog", "1.8 seconds, 8 pictures of 480 × ")?;
    press(page, "Make the film")?;
    let (name, kind, first) = kept(page, 0)?;
    equal("name", name.as_str(), "quorum-12.4ms.gif")?;
    equal("kind", kind.as_str(), "image/gif")?;
    let (frames, hundredths) = gif_frames(&first)?;
    equal("hundredths of a second", hundredths, 180)?;
    ensure!((4..=8).contains(&frames), "{frames} pictures that differ, of 8");
    page.wait_text("dialog", &format!("{frames} pictures, "))?;
    press(page, "Make the film")?;
    ensure!(kept(page, 1)?.2 == first, "the same link gives another file");
    // The browser reads it.
    page.run("window.seen = new Image(); seen.src = 'data:image/gif;base64,' + kept[0][2];", &[])?;
    page.wait_until("window.seen.naturalWidth === 480")?;
    // A lesson, each step from its state to its end.
    page.key("Escape")?;
    page.open("#/quorum?lesson=majority.1")?;
    page.click("header button.primary")?;
    press(page, "Film")?;
    choose(page, "What", "The whole lesson")?;
    choose(page, "Speed", "4 ×")?;
    choose(page, "Width", "480")?;
    page.wait_text("dialog", " pictures of 480")?;
    press(page, "Make the film")?;
    let (frames, hundredths) = gif_frames(&kept(page, 0)?.2)?;
    ensure!(frames > 10 && hundredths > 600, "{frames} pictures in {hundredths}/100 s");
    page.assert_clean()
}

fn a_film_is_cancelled(page: &mut Page) -> Result<()> {
    open(page, "#/hash-ring?do=2s:add;5s:crash(3)&t=9", "Film")?;
    choose(page, "What", "The whole run")?;
    choose(page, "Kind", "GIF, smoother")?;
    choose(page, "Width", "1280")?;
    choose(page, "Speed", "¼")?;
    page.wait_text("dialog", " seconds, ")?;
    page.run(
        "window.worst = 0; let last = performance.now();
         window.beat = setInterval(() => { const now = performance.now(); worst = Math.max(worst, now - last); last = now; }, 1);",
        &[],
    )?;
    press(page, "Make the film")?;
    page.wait_until("document.querySelector('dialog progress')?.value > 0")?;
    let worst = page.eval("(clearInterval(beat), worst)")?;
    println!("    the page was busy for {worst} ms at most");
    press(page, "Cancel")?;
    page.wait_gone("dialog progress")?;
    page.wait_text("dialog", "Make the film")?;
    equal("files", page.eval("window.kept.length")?.as_u64(), Some(0))?;
    // Closing the dialog ends one as well.
    press(page, "Make the film")?;
    page.wait_for("dialog progress")?;
    page.key("Escape")?;
    page.wait_gone("dialog[open]")?;
    equal("files", page.eval("window.kept.length")?.as_u64(), Some(0))?;
    page.assert_clean()
}

fn a_film_that_is_too_long_says_so(page: &mut Page) -> Result<()> {
    open(page, "#/hash-ring?do=400s:add&t=401", "Film")?;
    choose(page, "What", "The whole run")?;
    page.wait_text("dialog", "the most is 1500 pictures")?;
    press(page, "Make the film")?;
    page.wait_text("dialog", "Choose a shorter range")?;
    equal("files", page.eval("window.kept.length")?.as_u64(), Some(0))?;
    page.assert_clean()
}

fn a_range_is_typed(page: &mut Page) -> Result<()> {
    open(page, RUN, "Film")?;
    choose(page, "What", "From …")?;
    choose(page, "Width", "480")?;
    let range = |from: &str, to: &str| -> Result<()> {
        for (label, text) in [("From", from), ("To", to)] {
            page.run(
                "const field = document.querySelector(`.take input[aria-label=${arguments[0]}]`);
                 field.value = arguments[1]; field.dispatchEvent(new Event('change'));",
                &[label.into(), text.into()],
            )?;
        }
        Ok(())
    };
    for (from, to, says) in [
        ("soon", "8 ms", "“soon” is no time; one is written 30 ms or 0.4 s"),
        ("8", "4", "A film has to begin before it ends"),
        ("0", "1 h", "“1 h” is no time"),
        ("0", "3600 s", "The run ends at"),
    ] {
        range(from, to)?;
        page.wait_text(".take", says)?;
        press(page, "Make the film")?;
        page.wait_text(".take", says)?;
    }
    equal("files", page.eval("window.kept.length")?.as_u64(), Some(0))?;
    // 8 ms at 10 ms a second, a picture each ms and the last one for a second more.
    range("4", "0,012 s")?;
    page.wait_text(".take", "1.9 seconds, 9 pictures of 480 × ")?;
    press(page, "Make the film")?;
    let (_, hundredths) = gif_frames(&kept(page, 0)?.2)?;
    equal("hundredths of a second", hundredths, 190)?;
    // In a lesson it begins as the step does.
    page.key("Escape")?;
    page.open("#/hash-ring?lesson=join-leave.2")?;
    page.click("header button.primary")?;
    press(page, "Film")?;
    choose(page, "What", "From …")?;
    let ends = page.eval("[...document.querySelectorAll('.take input.text')].map((it) => it.value).join()")?;
    equal("the step's ends", ends.as_str(), Some(STEP))?;
    page.assert_clean()
}

/// From where to where the second step of “Join, leave, crash” runs.
const STEP: &str = "0.9 s,4.0 s";

fn markdown_has_the_picture_of_this_moment(page: &mut Page) -> Result<()> {
    page.open(RUN)?;
    page.wait_for(".caption")?;
    page.run(KEEP, &[])?;
    page.click("header button.primary")?;
    page.click(".embed-panel summary")?;
    press(page, "Markdown")?;
    let code = "document.querySelector('.embed-panel textarea').value";
    let said = page.eval(code)?;
    ensure!(said.as_str().is_some_and(|it| it.contains("](quorum-12.4ms.png)](http")), "{said}");
    press(page, "Save the picture")?;
    let (name, kind, bytes) = kept(page, 0)?;
    equal("name", (name.as_str(), kind.as_str()), ("quorum-12.4ms.png", "image/png"))?;
    ensure!(png_size(&bytes)?.0 > 1000, "{:?} is not twice as sharp", png_size(&bytes)?);
    page.wait_text(".embed-panel", "is saved: put it beside your text")?;
    choose(page, "Picture", "the explainer’s card")?;
    page.wait_until(&format!("{code}.includes('/cards/quorum.png)](http')"))?;
    page.assert_clean()
}

fn a_video_plays(page: &mut Page) -> Result<()> {
    open(page, RUN, "Film")?;
    choose(page, "What", "From the start to now")?;
    choose(page, "Kind", "Video (WebM)")?;
    choose(page, "Speed", "4 ×")?;
    page.wait_text("dialog", "Recording it takes as long")?;
    press(page, "Make the film")?;
    let (name, kind, bytes) = kept(page, 0)?;
    equal("name", name.as_str(), "quorum-12.4ms.webm")?;
    equal("kind", kind.as_str(), "video/webm")?;
    ensure!(bytes.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]), "no WebM");
    page.assert_clean()?;
    // Our own page plays no videos, and its policy says so: another page does.
    let text = page.eval("window.kept[0][2]")?;
    page.goto("about:blank")?;
    page.run(
        "const video = window.video = document.createElement('video');
         video.muted = true;
         video.src = 'data:video/webm;base64,' + arguments[0];
         video.onloadedmetadata = () => video.currentTime = 1e6;",
        &[text],
    )?;
    // Where a recorder's video ends is known once it was looked for.
    page.wait_until("video.videoWidth === 640 && video.videoHeight > 200 && Number.isFinite(video.duration)")?;
    let seconds = page.eval("video.duration")?.as_f64().context("no duration")?;
    // 12.4 ms of a run that is watched at 10 ms a second, four times as fast: 0.31 s, and a second's rest at the end.
    ensure!((0.8..4.0).contains(&seconds), "{seconds} s");
    Ok(())
}

fn figures_are_those_of_the_page(page: &mut Page) -> Result<()> {
    open(page, RUN, "Figures")?;
    for (n, button) in ["Figures and checks", "What happened", "Charts"].iter().enumerate() {
        press(page, button)?;
        let (name, kind, bytes) = kept(page, n)?;
        ensure!(name.starts_with("quorum-12.4ms-") && name.ends_with(".csv"), "{name}");
        equal("kind", kind.as_str(), "text/csv")?;
        let text = String::from_utf8(bytes)?;
        ensure!(text.lines().count() > 1, "{button} is empty");
        ensure!(text.lines().all(|line| !line.starts_with(['=', '+', '-', '@'])), "{text}");
        if n == 0 {
            let shown: Vec<(String, String)> = serde_json::from_value(page.eval(
                "[...document.querySelectorAll('.fig')].map(fig => [fig.querySelector('.n').firstChild.data, fig.querySelector('.l').textContent])",
            )?)?;
            ensure!(!shown.is_empty(), "no figures on the page");
            for (value, label) in shown {
                let (value, label) = (value.replace(',', "").replace('−', "-"), label.replace('"', "\"\""));
                let there = text.lines().any(|line| line.contains(&value) && line.contains(&label));
                ensure!(there, "{label}: {value} is not in\n{text}");
            }
        }
    }
    page.assert_clean()
}

fn the_link_as_a_code(page: &mut Page) -> Result<()> {
    open(page, RUN, "QR code")?;
    page.wait_for("dialog svg.qr path")?;
    let modules = page.attribute("dialog svg.qr", "viewBox")?.context("no size")?;
    ensure!(
        modules.split(' ').next_back().is_some_and(|side| side.parse::<u32>().is_ok_and(|side| side > 30)),
        "{modules}"
    );
    page.key("Escape")?;
    let lines = "users%20%3D%205%20M%20users%0A".repeat(60);
    open(page, &format!("#/capacity?sheet={lines}"), "QR code")?;
    page.wait_text("dialog", "too long for a code")?;
    page.assert_clean()
}

fn what_the_browser_refuses_is_said(page: &mut Page) -> Result<()> {
    page.before_load(
        "HTMLCanvasElement.prototype.toBlob = function (done) { done(null); }; delete window.MediaRecorder;",
    );
    open(page, RUN, "Picture")?;
    press(page, "Save PNG")?;
    page.wait_text("dialog", "The browser has no room for a picture of")?;
    press(page, "Film")?;
    page.wait_text("dialog", "GIF, smoother")?;
    ensure!(!page.text("dialog")?.contains("Video"), "no recorder, no video");
    page.run("HTMLCanvasElement.prototype.getContext = () => null;", &[])?;
    press(page, "Make the film")?;
    page.wait_text("dialog", "no room for pictures of this size")?;
    page.assert_clean()
}
