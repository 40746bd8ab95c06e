//! The harness itself: what the other tests rely on when they act as a reader does.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::browser::Browser;
use crate::page::{Page, equal};

crate::tests::tests![acts_like_a_hand, moves_through_history, sets_the_surroundings, is_offline on [Chromium, Firefox]];

fn acts_like_a_hand(page: &mut Page) -> Result<()> {
    page.open("")?;
    page.run(
        "document.body.innerHTML = '<button id=b title=t>press</button><input id=i value=old><p id=p></p>';
         b.onclick = () => setTimeout(() => { p.textContent = 'pressed   once'; i.focus(); }, 200);
         window.seen = []; for (const kind of ['keydown', 'pointerdown', 'pointermove', 'pointerup'])
            addEventListener(kind, (e) => seen.push(e.key ?? `${kind} ${e.clientX},${e.clientY}`), true)",
        &[],
    )?;
    page.click("#b")?;
    page.wait_text("#p", "pressed once")?;
    equal("text", page.text("#p")?, "pressed once".into())?;
    equal("attribute", page.attribute("#b", "title")?, Some("t".into()))?;
    page.clear("#i")?;
    page.type_into("#i", "new")?;
    equal("field", page.eval("i.value")?, json!("new"))?;
    page.eval("seen.splice(0)")?;
    page.key("ArrowRight")?;
    page.key("Shift+Tab")?;
    page.key("?")?;
    let keys = page.eval("seen.splice(0)")?;
    // Its driver knows Shift+Tab by the name that X has for it.
    let tab = if page.browser() == Browser::Webkit { "Unidentified" } else { "Tab" };
    equal("keys", keys, json!(["ArrowRight", "Shift", tab, "?"]))?;
    page.drag((20.0, 200.0), (120.0, 300.0))?;
    page.move_to(5.0, 6.0)?;
    let seen = page.eval("seen.splice(0)")?;
    let seen: Vec<&str> = seen.as_array().into_iter().flatten().filter_map(|event| event.as_str()).collect();
    for event in ["pointerdown 20,200", "pointermove 90,270", "pointerup 120,300", "pointermove 5,6"] {
        ensure!(seen.contains(&event), "no {event} in {seen:?}");
    }
    let [x, y, width, height] = page.rect("#b")?;
    page.run("b.onclick = () => b.remove()", &[])?;
    page.click_at(x + width / 2.0, y + height / 2.0)?;
    page.wait_gone("#b")?;
    ensure!(page.click("#b").is_err(), "what is not there cannot be clicked");
    page.assert_clean()
}

fn moves_through_history(page: &mut Page) -> Result<()> {
    page.open("#one")?;
    page.run("window.same = true", &[])?;
    page.follow("#two")?;
    equal("fragment", page.eval("location.hash")?, json!("#two"))?;
    page.back()?;
    page.wait_until("location.hash === '#one'")?;
    equal("still the same load", page.eval("window.same")?, json!(true))?;
    page.reload()?;
    equal("a new load", page.eval("window.same ?? null")?, json!(null))
}

fn sets_the_surroundings(page: &mut Page) -> Result<()> {
    page.dark()?;
    page.size(360, 640)?;
    page.reduced_motion()?;
    page.open("")?;
    equal("dark", page.eval("matchMedia('(prefers-color-scheme: dark)').matches")?, json!(true))?;
    equal("size", page.eval("[innerWidth, innerHeight]")?, json!([360, 640]))?;
    equal("reduced motion", page.eval("matchMedia('(prefers-reduced-motion: reduce)').matches")?, json!(true))?;
    let agent = page.eval("navigator.userAgent")?;
    let part = match page.browser() {
        Browser::Chromium => "Chrome/",
        Browser::Firefox => "Firefox/",
        Browser::Webkit => "Version/",
    };
    ensure!(agent.as_str().is_some_and(|agent| agent.contains(part)), "another browser: {agent}");
    page.assert_clean()
}

fn is_offline(page: &mut Page) -> Result<()> {
    page.open("")?;
    let reach = "fetch('index.html').then(() => 'there', () => 'not there')";
    page.offline(true)?;
    equal("offline", page.eval(reach)?, json!("not there"))?;
    page.offline(false)?;
    equal("online", page.eval(reach)?, json!("there"))
}
