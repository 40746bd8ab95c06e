//! What is asked of the browser, each once, and nothing that can throw goes unnoticed: in a sandboxed frame storage,
//! history and the clipboard refuse.

use crate::draw::theme::Theme;
use std::cell::RefCell;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, Performance, Url, window};

pub fn now_ms() -> f64 {
    // The page's or a worker's, whichever this is.
    let performance = js_sys::Reflect::get(&js_sys::global(), &"performance".into());
    performance.ok().and_then(|it| it.dyn_into::<Performance>().ok()).map_or(0.0, |performance| performance.now())
}

fn matches(query: &str) -> bool {
    window().and_then(|window| window.match_media(query).ok().flatten()).is_some_and(|list| list.matches())
}

pub fn reduced_motion() -> bool {
    matches("(prefers-reduced-motion: reduce)")
}

pub fn theme() -> Theme {
    if matches("(prefers-color-scheme: dark)") { Theme::Dark } else { Theme::Light }
}

pub fn pixel_ratio() -> f64 {
    window().map_or(1.0, |window| window.device_pixel_ratio())
}

/// How high a picture may be, so that its caption and transport stay on the screen with it.
pub fn stage_height() -> f32 {
    let height = window().and_then(|window| window.inner_height().ok()?.as_f64()).unwrap_or(800.0);
    (height as f32 - 420.0).clamp(380.0, 760.0)
}

thread_local! {
    /// The fragment as the page has read or written it last.
    static KNOWN: RefCell<String> = const { RefCell::new(String::new()) };
}

fn hash() -> String {
    window().and_then(|window| window.location().hash().ok()).unwrap_or_default()
}

pub fn fragment() -> String {
    let now = hash();
    KNOWN.set(now.clone());
    now
}

/// Writes the fragment without a step in the history; where that is refused, the address stays as it was.
pub fn replace_fragment(fragment: &str) {
    // The reader has gone elsewhere, and the page will hear of it in a moment: written over, it would be lost.
    if KNOWN.with_borrow(|known| *known != hash()) {
        return;
    }
    if let Some(history) = window().and_then(|window| window.history().ok()) {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(fragment));
        self::fragment();
    }
}

fn first(selector: &str) -> Option<web_sys::HtmlElement> {
    let found = window()?.document()?.query_selector(selector).ok()??;
    found.dyn_into().ok()
}

/// Scrolls to the first of these.
pub fn show(selector: &str) {
    if let Some(found) = first(selector) {
        found.scroll_into_view_with_bool(true);
    }
}

/// Gives it the keyboard.
pub fn focus(selector: &str) {
    if let Some(found) = first(selector) {
        let _ = found.focus();
    }
}

/// Writes the fragment as a step of the history: going back from it is going back here.
pub fn push_fragment(fragment: &str) {
    if let Some(history) = window().and_then(|window| window.history().ok()) {
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(fragment));
        self::fragment();
    }
}

/// The address of a fragment, in full.
pub fn address(fragment: &str) -> String {
    let here = window().and_then(|window| window.location().href().ok()).unwrap_or_default();
    format!("{}{fragment}", here.split('#').next().unwrap_or_default())
}

pub fn set_title(title: &str) {
    if let Some(document) = window().and_then(|window| window.document()) {
        document.set_title(title);
    }
}

/// Puts a text on the clipboard; `false` where the browser refuses.
pub async fn copy(text: String) -> bool {
    let Some(window) = window() else { return false };
    let navigator: JsValue = window.navigator().into();
    // Without a secure context there is no clipboard at all, and asking for it would throw.
    if !js_sys::Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|clipboard| clipboard.is_object()) {
        return false;
    }
    JsFuture::from(window.navigator().clipboard().write_text(&text)).await.is_ok()
}

/// Gives the reader a file to keep.
pub fn save(name: &str, kind: &str, text: &str) {
    let saved = || {
        let options = BlobPropertyBag::new();
        options.set_type(kind);
        let parts = js_sys::Array::of1(&JsValue::from_str(text));
        let blob = Blob::new_with_str_sequence_and_options(&parts, &options).ok()?;
        let url = Url::create_object_url_with_blob(&blob).ok()?;
        let link = window()?.document()?.create_element("a").ok()?.dyn_into::<web_sys::HtmlElement>().ok()?;
        let _ = link.set_attribute("href", &url);
        let _ = link.set_attribute("download", name);
        link.click();
        // Not at once: the browser has yet to read it.
        gloo_timers::callback::Timeout::new(10_000, move || {
            let _ = Url::revoke_object_url(&url);
        })
        .forget();
        Some(())
    };
    let _ = saved();
}

/// Whether keys belong to a field or a dialog now.
pub fn typing() -> bool {
    let Some(document) = window().and_then(|window| window.document()) else { return false };
    if matches!(document.query_selector("dialog[open]"), Ok(Some(_))) {
        return true;
    }
    let Some(element) = document.active_element() else { return false };
    match element.tag_name().as_str() {
        "TEXTAREA" | "SELECT" => true,
        "INPUT" => element.get_attribute("type").as_deref() != Some("range"),
        _ => false,
    }
}

/// The kind of the element that has the keyboard, such as `BUTTON`.
pub fn active_tag() -> String {
    let document = window().and_then(|window| window.document());
    document.and_then(|document| document.active_element()).map_or(String::new(), |element| element.tag_name())
}
