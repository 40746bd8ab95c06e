//! Charts: scenes like the stage's, painted by the same painter.

use super::desk::Desk;
use super::painter::Painter;
use crate::draw::chart::{self, Chart};
use crate::draw::scene::Scene;
use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;

const HEIGHT: f32 = 190.0;

pub fn charts(desk: Desk) -> impl IntoView {
    let read = move |side: usize| {
        desk.tick.track();
        desk.settings.track();
        desk.read(side, |player| player.charts()).unwrap_or_default()
    };
    let (left, right) = (Memo::new(move |_| read(0)), Memo::new(move |_| read(1)));
    let study = Memo::new(move |_| {
        desk.studied.track();
        desk.study(|study| study.chart())
    });
    let progress = Memo::new(move |_| {
        desk.studied.track();
        desk.study(|study| study.progress()).filter(|progress| *progress < 1.0)
    });
    let count = Memo::new(move |_| left.with(|charts| charts.len()));
    view! {
        <div class="charts">
            {move || (0..count.get()).map(|i| {
                let pick = move |from: Memo<Vec<Chart>>| Memo::new(move |_| from.with(|charts| charts.get(i).cloned()));
                view! {
                    {panel(desk, pick(left), Memo::new(|_| None), move || if desk.compare.get() { "A" } else { "" })}
                    <Show when=move || desk.compare.get()>{move || panel(desk, pick(right), Memo::new(|_| None), || "B")}</Show>
                }
            }).collect_view()}
            {panel(desk, study, progress, || "")}
        </div>
    }
}

fn panel(
    desk: Desk,
    chart: Memo<Option<Chart>>,
    progress: Memo<Option<f64>>,
    which: impl Fn() -> &'static str + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let shown = Memo::new(move |_| chart.with(Option::is_some));
    view! {
        <Show when=move || shown.get()>
            <section class="panel">
                <h2 class="small">
                    {move || { let which = which(); (!which.is_empty()).then(|| view! { <span class="which">{which}</span> }) }}
                    {move || chart.get().map(|chart| chart.title)}
                </h2>
                <p class="soft">
                    {move || chart.get().map(|chart| chart.note)}
                    {move || progress.get().map(|progress| format!(" · {:.0}% measured", progress * 100.0))}
                </p>
                {plot(desk, chart)}
            </section>
        </Show>
    }
}

fn plot(desk: Desk, chart: Memo<Option<Chart>>) -> impl IntoView {
    let (frame, base, live) = (NodeRef::<Div>::new(), NodeRef::<Canvas>::new(), NodeRef::<Canvas>::new());
    let painter = StoredValue::new_local(None::<Painter>);
    let scene = StoredValue::new_local(Scene::default());
    let width = RwSignal::new(0.0f32);
    Effect::new(move |_| {
        let (Some(frame), Some(base), Some(live)) = (frame.get(), base.get(), live.get()) else { return };
        painter.set_value(Painter::new(base, live));
        width.set(frame.client_width() as f32);
        let element: web_sys::HtmlElement = frame.clone().unchecked_into();
        let resized = Closure::<dyn Fn()>::new(move || {
            let now = element.client_width() as f32;
            if width.try_get_untracked().is_some_and(|before| (before - now).abs() >= 1.0) {
                width.set(now);
            }
        });
        if let Ok(observer) = web_sys::ResizeObserver::new(resized.as_ref().unchecked_ref()) {
            observer.observe(&frame);
            super::stage::keep(move || observer.disconnect(), resized);
        }
    });
    Effect::new(move |_| {
        let width = width.get();
        let lit = desk.focus.get().or(desk.follow.get());
        desk.theme.track();
        let Some(chart) = chart.get().filter(|_| width > 10.0) else { return };
        let drawn = chart::draw(&chart, width, HEIGHT, lit);
        painter.update_value(|painter| {
            if let Some(painter) = painter {
                painter.paint(&drawn, super::browser::theme(), super::browser::pixel_ratio());
            }
        });
        scene.set_value(drawn);
    });
    let at = move |event: &web_sys::PointerEvent| {
        let (x, y) = (event.offset_x() as f32, event.offset_y() as f32);
        scene.try_with_value(|scene| scene.hit(x, y, 4.0).and_then(|hit| hit.subject)).flatten()
    };
    let words = move || chart.get().map(|chart| chart::describe(&chart)).unwrap_or_default();
    view! {
        <div class="stage" node_ref=frame>
            <canvas node_ref=base aria-hidden="true"></canvas>
            <canvas
                class="live"
                node_ref=live
                role="img"
                aria-label=words
                on:pointermove=move |event| desk.set_focus(at(&event))
                on:pointerleave=move |_| desk.set_focus(None)
                on:pointerup=move |event| {
                    let found = at(&event);
                    desk.set_follow(if desk.follow.get_untracked() == found { None } else { found });
                }
            ></canvas>
        </div>
    }
}
