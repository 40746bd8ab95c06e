//! The calculators, as their readers use them: lines that are edited, what is measured, what is taken away.

use anyhow::{Result, ensure};

use crate::page::{Page, equal};

crate::tests::tests![
    a_line_is_added_and_used,
    mistakes_are_marked_and_kept,
    presets_replace_and_own_lines_come_back,
    the_sheet_is_taken_away,
    any_text_at_all,
    measured_on_this_machine,
];

const FIELD: &str = ".pad textarea";
const ROWS: &str = ".pad-row";

/// Replaces the text as typing and pasting do.
fn put(page: &Page, text: &str) -> Result<()> {
    page.wait_for(FIELD)?;
    page.run(
        "const field = document.querySelector(arguments[0]);
         field.focus();
         field.value = arguments[1];
         field.setSelectionRange(arguments[1].length, arguments[1].length);
         field.dispatchEvent(new InputEvent('input', { bubbles: true }));",
        &[FIELD.into(), text.into()],
    )?;
    Ok(())
}

fn gives(page: &Page, line: usize) -> Result<String> {
    page.text(&format!("{ROWS}:nth-child({line}) .gives"))
}

fn a_line_is_added_and_used(page: &mut Page) -> Result<()> {
    page.open("#/capacity")?;
    page.wait_for(&format!("{ROWS} .gives b"))?;
    ensure!(page.count(".transport")? == 0, "nothing plays here");
    put(page, "users = 10 M users\nposts = users × 2 posts/user/day in posts/s")?;
    page.wait_text(&format!("{ROWS}:nth-child(2)"), "231.5 posts/s")?;
    // The line with the caret is worked out below, with the units that cancel struck.
    page.wait_text(".pad-under .whiteboard", "86,400")?;
    ensure!(page.count(".pad-under .whiteboard s")? >= 2, "no unit cancels: {}", page.text(".pad-under")?);
    // Typed by hand, at the end.
    page.click(FIELD)?;
    page.key("Control+End")?;
    page.type_into(FIELD, "\npeak = posts × 3")?;
    page.wait_text(&format!("{ROWS}:nth-child(3) .gives"), "694.4 posts/s")?;
    // It is all in the link, and a reload comes back to it.
    page.wait_until("location.hash.includes('sheet=') && location.hash.includes('peak')")?;
    page.reload()?;
    page.wait_text(&format!("{ROWS}:nth-child(3) .gives"), "694.4 posts/s")?;
    page.assert_clean()
}

fn mistakes_are_marked_and_kept(page: &mut Page) -> Result<()> {
    page.open("#/capacity")?;
    put(page, "disk = 3 TB\nrate = 5 requests/s\nsum = disk + rate")?;
    page.wait_for(&format!("{ROWS}:nth-child(3) .wrong"))?;
    let why = gives(page, 3)?;
    ensure!(why.contains("bytes") && why.contains("requests per second"), "both units are named: {why}");
    ensure!(page.count(&format!("{ROWS}:nth-child(3) u"))? == 1, "its place is marked");
    let shown = page.eval(&format!("document.querySelector('{FIELD}').value"))?;
    equal("what was typed stays", shown.as_str(), Some("disk = 3 TB\nrate = 5 requests/s\nsum = disk + rate"))?;
    put(page, "a = b + 1\nb = a × 2")?;
    page.wait_text(".pad", "a")?;
    page.wait_for(&format!("{ROWS}:nth-child(1) .wrong"))?;
    let why = gives(page, 1)?;
    ensure!(why.contains('b'), "the circle is named: {why}");
    page.assert_clean()
}

fn presets_replace_and_own_lines_come_back(page: &mut Page) -> Result<()> {
    page.open("#/capacity")?;
    put(page, "mine = 6 × 7")?;
    page.wait_text(ROWS, "42")?;
    page.run(
        "const select = document.querySelector('#knob-preset, aside select');
         select.selectedIndex = 2;
         select.dispatchEvent(new Event('change', { bubbles: true }));",
        &[],
    )?;
    page.wait_until(&format!("!document.querySelector('{FIELD}').value.includes('mine')"))?;
    page.wait_text(".pad-under", "Put my own lines back")?;
    page.run("[...document.querySelectorAll('.pad-under button')].at(-1).click()", &[])?;
    page.wait_until(&format!("document.querySelector('{FIELD}').value === 'mine = 6 × 7'"))?;
    page.assert_clean()
}

fn the_sheet_is_taken_away(page: &mut Page) -> Result<()> {
    page.before_load(
        "window.saved = [];
         const was = URL.createObjectURL;
         URL.createObjectURL = blob => { blob.text().then(text => window.saved.push([blob.type, text])); return was.call(URL, blob); };",
    );
    page.open("#/capacity")?;
    put(page, "disk = 3 TB\nfull = disk × 70%")?;
    page.wait_text(&format!("{ROWS}:nth-child(2)"), "2.1 TB")?;
    page.click("header button.primary")?;
    page.wait_text("dialog", "Take away")?;
    for (tab, buttons) in [("Picture", vec!["Save SVG"]), ("Figures", vec!["Save Markdown", "Save CSV"])] {
        press(page, tab)?;
        for button in buttons {
            press(page, button)?;
        }
    }
    page.wait_until("window.saved.length === 3")?;
    let saved: Vec<(String, String)> = serde_json::from_value(page.eval("window.saved")?)?;
    for (kind, part) in [("image/svg+xml", "<svg"), ("text/markdown", "| --- |"), ("text/csv", "2.1 TB")] {
        ensure!(saved.iter().any(|(is, text)| is == kind && text.contains(part)), "no {kind} with {part}: {saved:?}");
    }
    page.assert_clean()
}

/// Presses a button of the dialog by what it says.
fn press(page: &Page, says: &str) -> Result<()> {
    let button = format!("[...document.querySelectorAll('dialog button')].find(it => it.textContent === '{says}')");
    page.wait_until(&button)?;
    page.run(&format!("{button}.click()"), &[]).map(drop)
}

fn any_text_at_all(page: &mut Page) -> Result<()> {
    page.open("#/capacity")?;
    let nonsense =
        ["", "\n\n\n", "= = =", "((((((((", "1e999 × 1e999 = x", "🦀 = 3 🦀/🦀", "a..b..c", "x = 1/0", "\u{0}\u{1}"];
    for text in nonsense
        .iter()
        .map(|text| text.to_string())
        .chain([nonsense.join("\n"), "x = ".to_string() + &"(".repeat(5_000)])
    {
        put(page, &text)?;
        let shown = page.eval(&format!("document.querySelector('{FIELD}').value"))?;
        // A field knows no zero and no lone carriage return.
        ensure!(shown.as_str().is_some_and(|shown| shown.len() == text.len()), "{text:?} was changed");
    }
    put(page, "still = 1 + 1")?;
    page.wait_text(ROWS, "2")?;
    page.assert_clean()
}

fn measured_on_this_machine(page: &mut Page) -> Result<()> {
    page.open("#/latency")?;
    page.wait_text("main", "Measure here")?;
    page.run(
        "[...document.querySelectorAll('main button')].find(button => button.textContent === 'Measure here').click()",
        &[],
    )?;
    // The clock, messages, and the first kernels; then it is stopped.
    page.wait_until("document.querySelectorAll('.here dt').length >= 4")?;
    page.run(
        "[...document.querySelectorAll('main button')].find(button => button.textContent === 'Stop').click()",
        &[],
    )?;
    page.wait_text("main", "Measure again")?;
    let text = page.text(".here")?;
    ensure!(text.contains("ns") && !text.contains("NaN") && text.contains(" to "), "{text}");
    page.assert_clean()
}
