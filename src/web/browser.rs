//! What is asked of the browser, each once, and nothing that can throw goes unnoticed: in a sandboxed frame storage,
//! history and the clipboard refuse.

use super::frame;
use crate::draw::theme::Theme;
use crate::link::frame::Kind;
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

/// The reader's, or what the address asks for.
pub fn theme() -> Theme {
    // Ink on paper, whatever is on the screen.
    if matches("print") {
        return Theme::Light;
    }
    if let Some(theme) = frame::theme() {
        return theme;
    }
    if matches("(prefers-color-scheme: dark)") { Theme::Dark } else { Theme::Light }
}

pub fn pixel_ratio() -> f64 {
    window().map_or(1.0, |window| window.device_pixel_ratio())
}

/// Width and height of the window, in CSS pixels.
pub fn window_size() -> (f32, f32) {
    let size = |length: Result<JsValue, JsValue>| length.ok().and_then(|it| it.as_f64()).unwrap_or(800.0) as f32;
    window().map_or((1280.0, 800.0), |window| (size(window.inner_width()), size(window.inner_height())))
}

/// How high a picture may be, so that its caption and transport stay on the screen with it.
pub fn stage_height(presenting: bool) -> f32 {
    let (width, height) = window_size();
    let tall = |selector: &str| first(selector).map_or(0.0, |found| found.offset_height() as f32);
    match frame::kind() {
        // To a class, the picture takes what its caption and transport leave of the screen.
        _ if presenting => {
            let charts = tall(".step-charts");
            let charts = if charts > 0.0 { charts + 18.0 } else { 0.0 };
            (height - charts - (tall(".stage-card") - tall(".stages")) - 34.0).clamp(240.0, 1600.0)
        }
        Kind::Embed if frame::fit() => (height - (tall("body") - tall(".stages"))).clamp(200.0, 1600.0),
        // The host makes the frame as high as what is in it: its own height says nothing.
        Kind::Embed => (width * 0.6).clamp(340.0, 560.0),
        _ => (height - 420.0).clamp(380.0, 760.0),
    }
}

/// Has everything painted anew, as if the window had another size.
pub fn resized() {
    if let (Some(window), Ok(event)) = (window(), web_sys::Event::new("resize")) {
        let _ = window.dispatch_event(&event);
    }
}

pub fn query() -> String {
    window().and_then(|window| window.location().search().ok()).unwrap_or_default()
}

pub fn here() -> String {
    window().and_then(|window| window.location().href().ok()).unwrap_or_default()
}

/// The address without query and fragment.
pub fn page_address() -> String {
    here().split(['#', '?']).next().unwrap_or_default().to_string()
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

/// The explainer that this page was made for, if it is one of those.
pub fn own_explainer() -> Option<String> {
    window()?.document()?.document_element()?.get_attribute("data-explainer")
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

pub fn print() {
    let _ = window().map(|window| window.print());
}

/// Who this page is to other windows; from a file it is nobody in particular, “null”.
pub fn origin() -> String {
    let origin = window().and_then(|window| js_sys::Reflect::get(&window, &"origin".into()).ok());
    origin.and_then(|origin| origin.as_string()).unwrap_or_default()
}

/// Asks for the whole screen, or gives it back; a browser may refuse, and then nothing happens.
pub fn fullscreen(on: bool) {
    let Some(document) = window().and_then(|window| window.document()) else { return };
    let (target, name) = match (on, document.document_element()) {
        (true, Some(root)) => (JsValue::from(root), "requestFullscreen"),
        _ if document.fullscreen_element().is_some() => (JsValue::from(document), "exitFullscreen"),
        _ => return,
    };
    let call = js_sys::Reflect::get(&target, &name.into()).ok().and_then(|it| it.dyn_into::<js_sys::Function>().ok());
    let promise = call.and_then(|call| call.call0(&target).ok()).and_then(|it| it.dyn_into::<js_sys::Promise>().ok());
    if let Some(promise) = promise {
        wasm_bindgen_futures::spawn_local(async move {
            let _ = JsFuture::from(promise).await;
        });
    }
}

pub fn is_fullscreen() -> bool {
    window().and_then(|window| window.document()).is_some_and(|document| document.fullscreen_element().is_some())
}

/// The same page, shown in another way, in a tab of its own.
pub fn open_beside(kind: &str, fragment: &str) {
    if let Some(window) = window() {
        let _ = window.open_with_url_and_target(&format!("{}?{kind}{fragment}", page_address()), "_blank");
    }
}

/// The address of a fragment, in full; not how it is shown here.
pub fn address(fragment: &str) -> String {
    page_address() + fragment
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

/// A file of a text or of bytes.
pub fn blob(part: &JsValue, kind: &str) -> Option<Blob> {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    // Of either kind of part: the type is only what the other one would have to be declared as.
    Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(part), &options).ok()
}

/// Gives the reader a text to keep.
pub fn save(name: &str, kind: &str, text: &str) -> bool {
    blob(&JsValue::from_str(text), kind).is_some_and(|blob| save_file(name, &blob))
}

/// Gives the reader a file to keep; `false` where the browser does not take it.
pub fn save_file(name: &str, blob: &Blob) -> bool {
    let saved = || {
        let url = Url::create_object_url_with_blob(blob).ok()?;
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
    saved().is_some()
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

/// Scrolls to what has the keyboard, if that is not to be seen: off the screen, or under the messages.
pub fn keep_focus_on_screen() {
    let active = window().and_then(|window| window.document()).and_then(|document| document.active_element());
    let Some(active) = active.filter(|active| active.tag_name() != "BODY") else { return };
    let height = window().and_then(|window| window.inner_height().ok()).and_then(|it| it.as_f64()).unwrap_or(0.0);
    let place = active.get_bounding_client_rect();
    let notes = first(".notes").filter(|notes| !notes.contains(Some(active.as_ref())));
    // Not `clamp`: what it says of bounds in the wrong order takes 8 KB to say.
    let cover = notes.map_or(0.0, |notes| notes.get_bounding_client_rect().bottom().max(0.0).min(height * 0.5));
    if (place.top() < cover || place.bottom() > height) && place.height() < height - cover {
        let scroll = js_sys::Reflect::get(&active, &"scrollIntoView".into());
        if let Some(scroll) = scroll.ok().and_then(|it| it.dyn_into::<js_sys::Function>().ok()) {
            let _ = scroll.call1(&active, &object(&[("block", "center".into())]));
        }
    }
}

/// The kind of the element that has the keyboard, such as `BUTTON`.
pub fn active_tag() -> String {
    let document = window().and_then(|window| window.document());
    document.and_then(|document| document.active_element()).map_or(String::new(), |element| element.tag_name())
}

/// What windows send each other.
pub fn object(parts: &[(&str, JsValue)]) -> JsValue {
    let object = js_sys::Object::new();
    for (name, value) in parts {
        let _ = js_sys::Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object.into()
}

/// A part of what another window sent, whatever that was.
pub fn field(data: &JsValue, name: &str) -> JsValue {
    match data.is_object() {
        true => js_sys::Reflect::get(data, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED),
        false => JsValue::UNDEFINED,
    }
}
