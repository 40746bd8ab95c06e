//! The quorum explainer's own data: delays, and histories that are judged in the dialog.

use anyhow::{Result, ensure};
use serde_json::json;

use super::tests;
use crate::page::{Page, copied, equal};

tests![
    a_history_is_judged_and_drawn on [Chromium, Firefox],
    a_long_search_can_be_cancelled,
    own_delays_and_a_bad_line,
    a_fit_travels_in_the_link,
    bad_input_loses_nothing,
    from_the_gallery_play_shows_a_write_and_a_read,
];

const CAPTION: &str = ".caption";
const AREA: &str = "document.querySelector('dialog textarea')";

fn paste(page: &Page, tab: u32, text: &str) -> Result<()> {
    page.click("header nav button:nth-child(2)")?;
    page.wait_for("dialog[open] textarea")?;
    again(page, tab, text)
}

/// With the dialog open already.
fn again(page: &Page, tab: u32, text: &str) -> Result<()> {
    page.click(&format!("dialog .seg button:nth-child({tab})"))?;
    page.run(&format!("{AREA}.value = arguments[0]"), &[json!(text)])?;
    page.click("dialog .row .primary")?;
    page.wait_text("dialog .result", "Found:")
}

/// How many kinds of pixels the picture has: an empty one has one.
fn colours() -> String {
    format!(
        "(context => {{ const {{ width, height }} = context.canvas; const all = new Set(); \
         const d = context.getImageData(0, 0, width, height).data; \
         for (let i = 0; i < d.length; i += 4) all.add(d[i] << 16 | d[i + 1] << 8 | d[i + 2]); return all.size; \
         }})({})",
        copied("dialog .drawn canvas")
    )
}

fn from_the_gallery_play_shows_a_write_and_a_read(page: &mut Page) -> Result<()> {
    page.open("#/")?;
    page.click(".cards li:nth-child(2) a")?;
    page.wait_for(".figures .fig")?;
    page.wait_text(CAPTION, "Nothing has been written yet")?;
    page.key(" ")?;
    page.wait_text(CAPTION, "Client 1 writes v1 to x")?;
    page.key("End")?;
    page.wait_text(".log", "Client 2 gets v1")?;
    page.assert_clean()
}

fn a_history_is_judged_and_drawn(page: &mut Page) -> Result<()> {
    page.open("#/quorum")?;
    page.wait_for(".figures .fig")?;
    let before = page.eval("location.hash")?;
    // A read finds the new value, and one that begins after it has ended finds the old one.
    let stale = "{:process 0, :type :invoke, :f :write, :value 1}\n{:process 0, :type :ok, :f :write, :value 1}\n\
                 {:process 0, :type :invoke, :f :write, :value 2}\n\
                 {:process 1, :type :invoke, :f :read, :value nil}\n{:process 1, :type :ok, :f :read, :value 2}\n\
                 {:process 2, :type :invoke, :f :read, :value nil}\n{:process 2, :type :ok, :f :read, :value 1}\n\
                 {:process 0, :type :ok, :f :write, :value 2}\n";
    paste(page, 3, stale)?;
    page.wait_text("dialog .result", "4 operations by 3 clients on 1 key")?;
    page.wait_text("dialog .verdict", "Not linearizable: read → 1 (operation 3, client 2) found the old value 1")?;
    page.wait_until(&format!("{} > 8", colours()))?;
    let words = page.text("dialog .verdict")?;
    equal("the picture's words", page.attribute("dialog .drawn .live", "aria-label")?, Some(words))?;
    equal("a button to show it", page.count("dialog .result button")?, 0)?;
    // Pointing at a bar tells its operation.
    page.run("document.querySelector('dialog .drawn').scrollIntoView({block: 'center'})", &[])?;
    let area = page.eval(
        "(r => [r.left + r.width * 0.25, r.top + 72])(document.querySelector('dialog .drawn .live').getBoundingClientRect())",
    )?;
    for step in 0..12 {
        let (x, y) = (area[0].as_f64().unwrap_or(0.0) - 90.0 + f64::from(step) * 20.0, area[1].as_f64().unwrap_or(0.0));
        page.move_to(x, y)?;
        if page.attribute("dialog .drawn .live", "title")?.is_some_and(|title| title.contains("write = 1 (operation 0"))
        {
            break;
        }
        ensure!(step < 11, "no bar tells of its operation");
    }
    // In dark colours the same picture is another one.
    let picture = copied("dialog .drawn canvas");
    let corner = format!("[...{picture}.getImageData(2, 2, 1, 1).data].slice(0, 3).join()");
    let light = page.eval(&corner)?;
    page.dark()?;
    page.wait_until(&format!("{corner} !== {light}"))?;
    for width in [320, 360, 768] {
        page.size(width, 740)?;
        page.wait_until("document.querySelector('dialog .drawn').getBoundingClientRect().right <= innerWidth")?;
        page.wait_until(
            "document.querySelector('dialog').scrollWidth <= document.querySelector('dialog').clientWidth",
        )?;
    }
    // One without the old value is linearizable.
    again(page, 3, &stale.replace(":read, :value 1}", ":read, :value 2}"))?;
    page.wait_text("dialog .verdict", "Linearizable: the operations can be put into an order")?;
    page.key("Escape")?;
    page.wait_gone("dialog[open]")?;
    equal("the run", page.eval("location.hash")?, before)?;
    page.assert_clean()
}

/// Compare-and-sets that make two circles with no way from one to the other, all at once, on many keys: a search that
/// takes a minute.
fn a_long_search_can_be_cancelled(page: &mut Page) -> Result<()> {
    page.open("#/quorum")?;
    page.wait_for(".figures .fig")?;
    let mut pairs: Vec<(u32, u32)> = (0..7).flat_map(|a| (0..7).map(move |b| (a, b))).filter(|(a, b)| a != b).collect();
    pairs.extend([(10, 11), (11, 12), (12, 10)]);
    let name = |value: u32| if value == 0 { "null".to_string() } else { value.to_string() };
    let mut text = String::new();
    for key in 0..100 {
        for (client, (a, b)) in pairs.iter().enumerate() {
            text += &format!(
                "{{\"client\": {client}, \"op\": \"cas\", \"key\": {key}, \"value\": [{}, {}], \"start\": 0, \"end\": 9}}\n",
                name(*a),
                name(*b)
            );
        }
    }
    paste(page, 3, &text)?;
    page.wait_text("dialog .result", "4,500 operations by 45 clients on 100 keys")?;
    page.wait_until("document.querySelector('dialog .result progress')?.value > 0")?;
    // The page answers meanwhile.
    let begun = std::time::Instant::now();
    page.wait_until("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")?;
    ensure!(begun.elapsed().as_millis() < 1_000, "two frames took {:?}", begun.elapsed());
    page.click("dialog .result button")?;
    page.wait_gone("dialog .result progress")?;
    equal("an answer", page.count("dialog .verdict")?, 0)?;
    ensure!(page.eval(&format!("{AREA}.value.length"))?.as_u64() > Some(1_000), "the paste is gone");
    page.assert_clean()
}

fn own_delays_and_a_bad_line(page: &mut Page) -> Result<()> {
    page.open("#/quorum?n=3")?;
    page.wait_for(".figures .fig")?;
    paste(page, 1, "# ms\n1.5\n2\n<b>fast</b>\n12.25\n")?;
    page.wait_text("dialog .result", "3 delays; median 2 ms, 99th percentile 12.25 ms")?;
    page.wait_text("dialog .result", "Line 4: a number of milliseconds, such as 12.5, was expected")?;
    page.click("dialog .result .primary")?;
    page.wait_gone("dialog[open]")?;
    page.wait_until("location.hash.includes('delay=own') && location.hash.includes('own=1.5,2,12.25')")?;
    page.wait_text(CAPTION, "your 3 samples")?;
    page.reload()?;
    page.wait_text(CAPTION, "your 3 samples")?;
    equal("markup from a paste", page.count("main b b, .stage b, select b")?, 0)?;
    page.assert_clean()
}

fn a_fit_travels_in_the_link(page: &mut Page) -> Result<()> {
    page.open("#/quorum")?;
    page.wait_for(".figures .fig")?;
    // Exponential, by its quantiles, above a millisecond.
    page.click("header nav button:nth-child(2)")?;
    page.wait_for("dialog[open] textarea")?;
    page.click("dialog .seg button:nth-child(2)")?;
    let fill =
        "value = Array.from({length: 4000}, (_, i) => (1 - 6 * Math.log((i + .5) / 4000)).toFixed(3)).join('\\n')";
    page.run(&format!("{AREA}.{fill}"), &[])?;
    page.click("dialog .row .primary")?;
    page.wait_text("dialog .result", "4,000 delays; median 5.1")?;
    page.wait_text("dialog .result", "fitted by")?;
    page.click("dialog .result .primary")?;
    page.wait_until("location.hash.includes('delay=own') && location.hash.includes('own-fit=')")?;
    page.wait_text(CAPTION, "your fit")?;
    page.reload()?;
    page.wait_text(CAPTION, "your fit")?;
    // Without data, the run says what it draws.
    page.open("#/quorum?delay=own")?;
    page.wait_text(CAPTION, "There are no delays of yours here.")?;
    page.assert_clean()
}

fn bad_input_loses_nothing(page: &mut Page) -> Result<()> {
    page.open("#/quorum?n=5&nodes=7")?;
    page.wait_for(".figures .fig")?;
    paste(page, 3, "{:process 1, :type :explode}\nhello\n{\"broken\": [\n")?;
    page.wait_text("dialog .result", "Line 2: a map, or a line such as")?;
    equal("a verdict", page.count("dialog .verdict")?, 0)?;
    equal("the paste", page.eval(&format!("{AREA}.value.includes('hello')"))?, json!(true))?;
    again(page, 1, "one\ntwo\n")?;
    page.wait_text("dialog .result", "2 lines could not be used.")?;
    equal("nothing to show", page.attribute("dialog .result .primary", "disabled")?, Some("".into()))?;
    equal("the paste", page.eval(&format!("{AREA}.value.includes('two')"))?, json!(true))?;
    page.key("Escape")?;
    page.wait_gone("dialog[open]")?;
    page.wait_text(CAPTION, "7 nodes keep 5 copies")?;
    equal(
        "the run",
        page.eval("location.hash.includes('nodes=7&n=5') && !location.hash.includes('own')")?,
        json!(true),
    )?;
    page.assert_clean()
}
