//! A canvas that nobody sees: what is painted on it becomes a file.

use crate::draw::sheet::Sheet;
use crate::draw::theme::Theme;
use crate::web::painter;
use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, CanvasRenderingContext2d, HtmlCanvasElement};

pub struct Easel {
    pub canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
}

impl Easel {
    /// None where the browser has no canvas to give, or none so large.
    pub fn new(width: u32, height: u32) -> Option<Easel> {
        let document = web_sys::window()?.document()?;
        let canvas = document.create_element("canvas").ok()?.dyn_into::<HtmlCanvasElement>().ok()?;
        canvas.set_width(width);
        canvas.set_height(height);
        // Its pixels are read again and again: kept where that is quick.
        let options = Object::new();
        let _ = Reflect::set(&options, &"willReadFrequently".into(), &JsValue::TRUE);
        let context = canvas.get_context_with_context_options("2d", &options).ok()??;
        Some(Easel { context: context.dyn_into().ok()?, canvas })
    }

    pub fn draw(&self, sheet: &Sheet, theme: Theme) {
        painter::draw(&self.context, sheet, theme);
    }

    /// Red, green, blue and alpha of every pixel.
    pub fn pixels(&self) -> Option<Vec<u8>> {
        let (width, height) = (self.canvas.width(), self.canvas.height());
        let data = self.context.get_image_data(0.0, 0.0, width.into(), height.into()).ok()?;
        Some(data.data().0)
    }

    /// None where the browser has no room for it.
    pub async fn png(&self) -> Option<Blob> {
        let canvas = self.canvas.clone();
        let made = Promise::new(&mut |resolve, _| {
            let given = resolve.clone();
            let done = Closure::once_into_js(move |blob: JsValue| {
                let _ = given.call1(&JsValue::NULL, &blob);
            });
            if canvas.to_blob(done.unchecked_ref()).is_err() {
                let _ = resolve.call1(&JsValue::NULL, &JsValue::NULL);
            }
        });
        JsFuture::from(made).await.ok()?.dyn_into::<Blob>().ok()
    }
}
