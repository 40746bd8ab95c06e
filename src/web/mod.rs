//! The browser's side: the only room that knows the DOM.
pub mod painter;

use leptos::prelude::*;

#[wasm_bindgen::prelude::wasm_bindgen(start)]
pub fn start() {
    mount_to_body(|| view! { <main><h1>"Moving Parts"</h1></main> });
}
