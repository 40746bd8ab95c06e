//! What the page shows to the outside: the panic notice, and a few functions for tests and benchmarks.

use super::rooms;
use crate::explainers::Entry;
use crate::link;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;

/// A panic ends the program; what is left is JavaScript, which shows what happened and a way to start again.
pub fn on_panic() {
    std::panic::set_hook(Box::new(|info| {
        let text = format!("{info}");
        let call = || {
            let loading = Reflect::get(&web_sys::window()?.into(), &"movingPartsLoading".into()).ok()?;
            let crashed: Function = Reflect::get(&loading, &"crashed".into()).ok()?.dyn_into().ok()?;
            crashed.call1(&JsValue::NULL, &JsValue::from_str(&text)).ok()
        };
        if call().is_none() {
            web_sys::console::error_1(&JsValue::from_str(&text));
        }
    }));
}

/// Puts `window.movingParts` there: `digest(fragment)` and `bench(part)`, which promise their answers, and `panic()`.
pub fn publish() {
    let api = Object::new();
    let put = |name: &str, function: JsValue| {
        let _ = Reflect::set(&api, &name.into(), &function);
    };
    let digest = Closure::<dyn Fn(String) -> Promise>::new(|fragment: String| {
        let (link, _) = link::parse(&fragment);
        promise(link.slug.clone(), move |entry| format!("{:016x}", (entry.open)(&link).0.digest()))
    });
    put("digest", digest.into_js_value());
    let bench = Closure::<dyn Fn(usize) -> Promise>::new(|part| {
        wasm_bindgen_futures::future_to_promise(async move {
            let rows = rooms::bench(part).await;
            Ok(rows.unwrap_or_default().into())
        })
    });
    put("bench", bench.into_js_value());
    let panic = Closure::<dyn Fn()>::new(|| panic!("asked for from the console, to see what a reader would see"));
    put("panic", panic.into_js_value());
    if let Some(window) = web_sys::window() {
        let _ = Reflect::set(&window.into(), &"movingParts".into(), &api);
    }
}

/// What an explainer answers once it is loaded; the empty text if there is none of this name, or no connection.
fn promise(slug: String, answer: impl FnOnce(&'static Entry) -> String + 'static) -> Promise {
    wasm_bindgen_futures::future_to_promise(async move {
        let Some(card) = rooms::find(&slug) else { return Ok("".into()) };
        Ok((card.load)().await.map_or(String::new(), answer).into())
    })
}
