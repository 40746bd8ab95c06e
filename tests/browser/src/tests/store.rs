//! The quorum explainer as its readers use it: operations, the cut by a line, the diagram, lessons, long computations.

use anyhow::{Result, ensure};
use base64::Engine;
use serde_json::json;

use super::tests;
use crate::page::{Page, equal};

tests![
    a_write_and_a_read_are_told_and_shared,
    a_line_cuts_the_network,
    the_diagram_and_the_stage_light_each_other,
    computed_in_a_worker_and_stopped,
    computed_without_a_worker_too,
    a_lesson_shows_what_overlap_does_not_give,
    compared_with_one_answer,
    settings_wait_until_they_are_asked_for,
    what_was_painted_in_places_is_the_whole_picture,
    slow_messages_take_half_of_the_frames,
];

const CAPTION: &str = ".caption";
const STAGE: &str = ".stage-side .stage";
const DIAGRAM: &str = ".diagram-side .stage";

fn a_write_and_a_read_are_told_and_shared(page: &mut Page) -> Result<()> {
    page.open("#/quorum")?;
    page.wait_text(CAPTION, "5 nodes keep 3 copies")?;
    page.key("w")?;
    page.wait_text(CAPTION, "v1 is acknowledged to client 1.")?;
    page.wait_text(".figures", "of 3 replicas hold v1")?;
    page.key("r")?;
    page.wait_text(CAPTION, "gets v1")?;
    // It plays to the end of what was begun, and no further.
    page.wait_until("document.querySelector('.transport .play').getAttribute('aria-label') === 'Play'")?;
    page.wait_until("/do=0s:write\\(1,x\\);.*t=0\\.0[4-9]/.test(location.hash)")?;
    ensure!(page.text(".transport .t")?.contains("ms"), "the clock does not count milliseconds");
    let figures = page.text(".figures")?;
    let caption = page.text(CAPTION)?;
    page.reload()?;
    page.wait_text(CAPTION, &caption)?;
    equal("figures after a reload", page.text(".figures")?, figures)?;
    page.assert_clean()
}

fn a_line_cuts_the_network(page: &mut Page) -> Result<()> {
    page.size(1280, 800)?;
    page.open("#/quorum")?;
    page.wait_text(".hints", "Draw a line across the picture")?;
    let [x, y, w, h] = page.rect(STAGE)?;
    // Left of the middle, from above to below: E and D are cut off.
    page.drag((x + w * 0.38, y + 12.0), (x + w * 0.38, y + h - 12.0))?;
    page.wait_text(CAPTION, "The network is cut in two.")?;
    page.wait_text(CAPTION, "D and E on one side")?;
    page.wait_until("location.hash.includes('cut(45)')")?;
    page.key("h")?;
    page.wait_text(CAPTION, "The network is whole again.")?;
    // The same without a pointer, and what has nothing on one side is said to cut nothing.
    page.run("document.querySelector('.ask input').focus()", &[])?;
    page.type_into(".ask input", "AB")?;
    page.click(".ask button")?;
    page.wait_text(CAPTION, "A and B on one side")?;
    page.run("scrollTo(0, 0)", &[])?;
    page.drag((x + 4.0, y + h - 6.0), (x + w - 4.0, y + h - 4.0))?;
    page.wait_text(".notes", "it cuts nothing")?;
    page.assert_clean()
}

/// Where in a picture the tip names something, found as a hand would: by going over it.
fn find(page: &Page, picture: &str, names: &str) -> Result<(f64, f64)> {
    let [x, y, w, h] = page.rect(picture)?;
    for row in 1..30 {
        for column in 1..36 {
            let at = (x + w * f64::from(column) / 36.0, y + h * f64::from(row) / 30.0);
            page.move_to(at.0, at.1)?;
            let tip =
                page.eval(&format!("(t => t.hidden ? '' : t.textContent)(document.querySelector('{picture} .tip'))"))?;
            if tip.as_str().is_some_and(|tip| tip.contains(names)) {
                return Ok(at);
            }
        }
    }
    anyhow::bail!("no place of {picture} is called “{names}”")
}

fn pixels(page: &Page, picture: &str) -> Result<String> {
    let data = page.eval(&format!("document.querySelector('{picture} canvas.live').toDataURL()"))?;
    Ok(data.as_str().unwrap_or_default().to_string())
}

/// What moves, on white: red, green and blue of each pixel.
struct Picture {
    width: usize,
    rows: Vec<[u8; 3]>,
}

impl Picture {
    fn of(page: &Page, picture: &str) -> Result<Picture> {
        let script = format!(
            "(() => {{
                const live = document.querySelector('{picture} canvas.live');
                const card = new OffscreenCanvas(live.width, live.height).getContext('2d');
                card.fillStyle = '#fff';
                card.fillRect(0, 0, live.width, live.height);
                card.drawImage(live, 0, 0);
                let text = '';
                card.getImageData(0, 0, live.width, live.height).data.forEach((v, i) => {{
                    if (i % 4 < 3) text += String.fromCharCode(v);
                }});
                return [live.width, btoa(text)];
            }})()"
        );
        let (width, text): (usize, String) = serde_json::from_value(page.eval(&script)?)?;
        let bytes = base64::engine::general_purpose::STANDARD.decode(text)?;
        Ok(Picture { width, rows: bytes.chunks_exact(3).map(|c| [c[0], c[1], c[2]]).collect() })
    }

    /// How many pixels differ. A browser may cut a curve otherwise where a clip ends, which changes the shade of an
    /// edge; ink that was left or is missing is of no shade between those around it, and an error.
    fn apart(&self, other: &Picture) -> Result<usize> {
        ensure!(self.width == other.width && self.rows.len() == other.rows.len(), "of another size");
        let differ: Vec<usize> = (0..self.rows.len()).filter(|i| self.rows[*i] != other.rows[*i]).collect();
        for &i in &differ {
            let around: Vec<[u8; 3]> = [-1, 0, 1]
                .iter()
                .flat_map(|row| [-1, 0, 1].map(|column| i as isize + row * self.width as isize + column))
                .filter_map(|i| self.rows.get(usize::try_from(i).ok()?).copied())
                .collect();
            for channel in 0..3 {
                let shades = around.iter().map(|pixel| pixel[channel]);
                let (least, most) = (shades.clone().min().unwrap_or(0), shades.max().unwrap_or(0));
                let shade = other.rows[i][channel];
                let (x, y) = (i % self.width, i / self.width);
                ensure!(
                    (least.saturating_sub(24)..=most.saturating_add(24)).contains(&shade),
                    "the pixel {x}, {y} is {:?}, not {:?}",
                    other.rows[i],
                    self.rows[i]
                );
            }
        }
        Ok(differ.len())
    }
}

fn the_diagram_and_the_stage_light_each_other(page: &mut Page) -> Result<()> {
    page.size(1280, 800)?;
    page.open("#/quorum?do=1ms:write(1,x);40ms:read(2,x)&t=55ms")?;
    page.wait_text(CAPTION, "B asks the replicas.")?;
    page.wait_until(&format!("document.querySelectorAll('{DIAGRAM} canvas').length === 2"))?;
    let (stage, diagram) = (pixels(page, STAGE)?, pixels(page, DIAGRAM)?);
    find(page, DIAGRAM, "R, B to C")?;
    ensure!(pixels(page, STAGE)? != stage, "the stage does not light up");
    find(page, STAGE, "node C")?;
    ensure!(pixels(page, DIAGRAM)? != diagram, "the diagram does not light up");
    // A click follows; the story is in the log.
    let at = find(page, STAGE, "client 2")?;
    page.click_at(at.0, at.1)?;
    page.wait_until("location.hash.includes('follow=client-2')")?;
    page.wait_text(".actions", "Client 2 reads x")?;
    page.assert_clean()
}

pub const STUDIED: &str =
    "[...document.querySelectorAll('.charts p')].some(p => p.textContent.includes('1,000,000 trials'))";

fn computed_in_a_worker_and_stopped(page: &mut Page) -> Result<()> {
    page.before_load("const was = window.Worker; window.workers = 0; window.Worker = function (...a) { window.workers++; return new was(...a); }");
    page.open("#/quorum?w=1&r=1&load=100&span=5000&n=5")?;
    page.wait_for(".charts-place")?;
    page.run("document.querySelector('.charts-place').scrollIntoView()", &[])?;
    page.wait_until("[...document.querySelectorAll('.charts button')].some(b => b.textContent === 'Stop measuring')")?;
    page.run(
        "[...document.querySelectorAll('.charts button')].find(b => b.textContent === 'Stop measuring').click()",
        &[],
    )?;
    page.wait_until("[...document.querySelectorAll('.charts button')].some(b => b.textContent === 'Go on measuring')")?;
    page.run(
        "[...document.querySelectorAll('.charts button')].find(b => b.textContent === 'Go on measuring').click()",
        &[],
    )?;
    page.wait_until(STUDIED)?;
    equal("workers", page.eval("window.workers")?, json!(1))?;
    page.assert_clean()
}

fn computed_without_a_worker_too(page: &mut Page) -> Result<()> {
    page.before_load("window.Worker = function () { throw new Error('no workers here'); }");
    page.open("#/quorum?w=1&r=1")?;
    page.wait_for(".charts-place")?;
    page.run("document.querySelector('.charts-place').scrollIntoView()", &[])?;
    page.wait_until(STUDIED)?;
    page.assert_clean()
}

fn a_lesson_shows_what_overlap_does_not_give(page: &mut Page) -> Result<()> {
    page.open("#/quorum?lesson=linearizable.3")?;
    page.wait_text(".predict", "When client 2 has its answer, client 3 reads")?;
    page.click(".choices button:nth-child(2)")?;
    page.wait_text(".verdict", "v1")?;
    page.wait_text(".lesson", "No single copy could do that")?;
    let broken =
        page.eval("[...document.querySelectorAll('.checks li, .checks p, .panel')].map(e => e.textContent).join(' ')")?;
    ensure!(
        broken.as_str().is_some_and(|text| text.contains("operation 4) returned v1")),
        "no counterexample: {broken}"
    );
    page.assert_clean()
}

fn compared_with_one_answer(page: &mut Page) -> Result<()> {
    page.open("#/quorum?delay=lnkd-disk&load=60&span=400&t=0.4")?;
    page.wait_for(".figures .fig")?;
    page.click("header nav button:nth-child(1)")?;
    page.wait_text(".stages", "B: Write quorum W: 1, Read quorum R: 1")?;
    equal("stages", page.count(".stage-side")?, 2)?;
    equal("diagrams", page.count(".diagram-side")?, 0)?;
    page.wait_until("location.hash.includes('vs.w=1')")?;
    page.assert_clean()
}

fn settings_wait_until_they_are_asked_for(page: &mut Page) -> Result<()> {
    page.open("#/quorum?sloppy=on&suspect=100")?;
    page.wait_text("summary", "More settings (2 changed)")?;
    equal("shown", page.eval("document.getElementById('knob-sloppy').checkVisibility()")?, json!(false))?;
    page.click("summary")?;
    equal("shown", page.eval("document.getElementById('knob-sloppy').checkVisibility()")?, json!(true))?;
    page.assert_clean()
}

/// Playing paints only what changed; opening the same moment paints everything.
fn what_was_painted_in_places_is_the_whole_picture(page: &mut Page) -> Result<()> {
    let ring = "#/hash-ring?do=0.2s:lookup(apple);0.9s:add;1s:lookup(pear)&play=1";
    let store = "#/quorum?nodes=7&n=5&do=1ms:write(1,x);6ms:read(2,x);9ms:crash(3)&play=1";
    for (fragment, pictures, long, least) in
        [(ring, &[STAGE][..], "1.6 s", "1.5"), (store, &[STAGE, DIAGRAM], "13", "0.0125")]
    {
        // Not the clock of the page before.
        page.open("#/")?;
        page.wait_gone(".transport")?;
        page.open(fragment)?;
        let passed = "parseFloat(document.querySelector('.transport .t')?.textContent)";
        page.wait_until(&format!("{passed} >= parseFloat('{long}')"))?;
        page.click(".transport .play")?;
        page.wait_until("document.querySelector('.transport .play').getAttribute('aria-label') === 'Play'")?;
        // The address follows a little later, and may have been written on the way.
        let written = "parseFloat(/[&?]t=([\\d.]+)/.exec(location.hash)?.[1])";
        page.wait_until(&format!("{written} >= {least} && !/play/.test(location.hash)"))?;
        let moment = page.eval("location.hash")?;
        let played = pictures.iter().map(|picture| Picture::of(page, picture)).collect::<Result<Vec<_>>>()?;
        page.open(moment.as_str().unwrap_or_default())?;
        page.wait_for(".figures .fig")?;
        for (picture, played) in pictures.iter().zip(&played) {
            page.wait_until(&format!("document.querySelector('{picture} canvas.live').width > 300"))?;
            let whole = Picture::of(page, picture)?;
            let least = whole.rows.len() / 200;
            let apart = whole.apart(played)?;
            ensure!(apart <= least, "{picture} of {moment} was painted otherwise while it played, {apart} pixels");
        }
    }
    page.assert_clean()
}

fn slow_messages_take_half_of_the_frames(page: &mut Page) -> Result<()> {
    page.before_load(
        "window.paints = 0; window.painted = 0; const was = CanvasRenderingContext2D.prototype.clearRect;
         CanvasRenderingContext2D.prototype.clearRect = function (x, y, w, h) {
             if (this.canvas.closest('.stage-side')) { window.paints++; window.painted += w * h; }
             return was.call(this, x, y, w, h);
         };",
    );
    // Across the ocean: 75 ms are 7.5 s of watching.
    page.open("#/quorum?delay=wan&timeout=400&do=1ms:write(1,x)&t=10ms&play=1")?;
    page.wait_until("window.paints > 20")?;
    let [_, _, w, h] = page.rect(STAGE)?;
    let read = "[window.paints, window.painted, performance.now()]";
    let count = |page: &Page| -> Result<[f64; 3]> { Ok(serde_json::from_value(page.eval(read)?)?) };
    let before = count(page)?;
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    let after = count(page)?;
    let [paints, pixels, passed] = [0, 1, 2].map(|i| after[i] - before[i]);
    ensure!(paints > 3.0, "nothing moves");
    // Each picture is some places: what counts is how much of it they are, thirty times a second at most.
    let share = pixels / (w * h) / (passed / 1_000.0);
    ensure!(share < 34.0 * 0.4, "{share} whole pictures a second for {paints} places");
    page.assert_clean()
}
