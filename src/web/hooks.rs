//! What the page shows to the outside: the panic notice, and a few functions for tests and benchmarks.

use super::painter::Painter;
use super::{browser, rooms};
use crate::explainers::{Entry, Player, View};
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

/// Puts `window.movingParts` there: `digest(fragment)` and `bench()`, which promise their answers, and `panic()`.
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
    let bench = Closure::<dyn Fn() -> Promise>::new(|| promise("hash-ring".into(), bench));
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

/// What a frame and a change of topology cost here, painting included as far as the page's own thread does it: JSON
/// rows of name, value and unit.
fn bench(entry: &'static Entry) -> String {
    let mut rows = Vec::new();
    for (servers, vnodes, keys) in [(5, 16, 1_000), (100, 100, 10_000), (1_000, 100, 100_000)] {
        let fragment = format!("#/hash-ring?servers={servers}&vnodes={vnodes}&keys={keys}");
        let (link, _) = link::parse(&fragment);
        let begun = browser::now_ms();
        let (mut player, _) = (entry.open)(&link);
        let name = format!("ring {servers} × {vnodes}, {keys} keys");
        rows.push((format!("{name}: open"), browser::now_ms() - begun));
        let view = View::sized(860.0, 560.0);
        let canvas = || super::ui::el("canvas").cast::<web_sys::HtmlCanvasElement>();
        let mut painter = canvas().zip(canvas()).and_then(|(base, live)| Painter::new(base, live));
        let mut frame = |player: &mut dyn Player| {
            let begun = browser::now_ms();
            let scene = player.scene(&view);
            if let Some(painter) = &mut painter {
                painter.paint(&scene, browser::theme(), 1.0);
            }
            browser::now_ms() - begun
        };
        frame(&mut *player);
        let begun = browser::now_ms();
        let _ = player.act("add");
        rows.push((format!("{name}: join"), browser::now_ms() - begun));
        rows.push((format!("{name}: first frame after it"), frame(&mut *player)));
        let mut worst: f64 = 0.0;
        let mut total = 0.0;
        for i in 1..=100u64 {
            player.seek(i * 17_000);
            let cost = frame(&mut *player);
            worst = worst.max(cost);
            total += cost;
        }
        rows.push((format!("{name}: frame while keys travel, mean"), total / 100.0));
        rows.push((format!("{name}: frame while keys travel, worst"), worst));
    }
    let json: Vec<String> = rows
        .iter()
        .map(|(name, value)| {
            let value = crate::sim::decimal::fixed(*value, 2);
            format!("{{\"name\":\"{name}\",\"value\":{value},\"unit\":\"ms\"}}")
        })
        .collect();
    format!("[{}]", json.join(","))
}
