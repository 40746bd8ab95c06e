//! A worker for long computations: the same program in a thread of its own. It opens the same link and computes the
//! studies that it is asked for; what it finds goes to the page as numbers.

use super::{browser, measure, rooms};
use crate::explainers::Study;
use crate::link;
use gloo_timers::callback::Timeout;
use js_sys::{Array, Float64Array};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, Worker, WorkerOptions, WorkerType};

/// How long it computes before it tells what it has, and listens.
const SLICE_MS: f64 = 60.0;

/// The page's end.
pub struct Helper {
    worker: Worker,
    /// What to ask once it listens; `None`: it does.
    first: Rc<RefCell<Option<JsValue>>>,
    listens: Rc<Cell<bool>>,
    _told: Closure<dyn Fn(MessageEvent)>,
    _failed: Closure<dyn Fn()>,
}

impl Helper {
    /// `None`: the browser makes no worker here. `lost` is called when it makes one that then fails.
    pub fn new(found: impl Fn(u32, &[f64]) + 'static, lost: impl Fn() + 'static) -> Option<Helper> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options("worker.js", &options).ok()?;
        let (first, listens) = (Rc::new(RefCell::new(None::<JsValue>)), Rc::new(Cell::new(false)));
        let told = {
            let (worker, first, listens) = (worker.clone(), first.clone(), listens.clone());
            Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| match event.data().dyn_into::<Array>() {
                Ok(told) => {
                    if let (Some(key), Ok(numbers)) = (told.get(0).as_f64(), told.get(1).dyn_into::<Float64Array>()) {
                        found(key as u32, &numbers.to_vec());
                    }
                }
                // Anything else says that it listens.
                Err(_) => {
                    listens.set(true);
                    if let Some(message) = first.borrow_mut().take() {
                        let _ = worker.post_message(&message);
                    }
                }
            })
        };
        let failed = Closure::<dyn Fn()>::new(lost);
        worker.set_onmessage(Some(told.as_ref().unchecked_ref()));
        worker.set_onerror(Some(failed.as_ref().unchecked_ref()));
        Some(Helper { worker, first, listens, _told: told, _failed: failed })
    }

    /// Forgets what it was asked before.
    pub fn ask(&self, fragment: &str, keys: Vec<u32>) {
        let keys: Array = keys.into_iter().map(JsValue::from).collect();
        self.send(Array::of2(&JsValue::from_str(fragment), &keys).into());
    }

    /// To measure: the clock, and all that the explainer of this link has to measure.
    pub fn measure(&self, fragment: &str) {
        self.send(Array::of2(&JsValue::from_str(fragment), &JsValue::TRUE).into());
    }

    /// It answers that it heard.
    pub fn ping(&self) {
        self.send(Array::of2(&JsValue::from_str(""), &JsValue::FALSE).into());
    }

    pub fn stop(&self) {
        self.send(Array::of2(&JsValue::from_str(""), &Array::new()).into());
    }

    fn send(&self, message: JsValue) {
        match self.listens.get() {
            true => {
                let _ = self.worker.post_message(&message);
            }
            false => *self.first.borrow_mut() = Some(message),
        }
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// What the worker has still to do, and the pause before it goes on.
type Todo = (Vec<Box<dyn Study>>, Option<Timeout>);

thread_local! {
    static TODO: RefCell<Todo> = const { RefCell::new((Vec::new(), None)) };
    /// The number of the last thing asked: loading takes a while, and another may be asked meanwhile.
    static TURN: Cell<u32> = const { Cell::new(0) };
}

/// The worker's end. `false`: this is no worker.
pub fn serve() -> bool {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else { return false };
    let listen = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| {
        let Ok(asked) = event.data().dyn_into::<Array>() else { return };
        let fragment = asked.get(0).as_string().unwrap_or_default();
        match asked.get(1).as_bool() {
            Some(true) => return measure(fragment),
            Some(false) => return tell(measure::HEARD, &[]),
            None => {}
        }
        let keys = asked.get(1).dyn_into::<Array>().unwrap_or_default();
        let keys = keys.iter().filter_map(|key| Some(key.as_f64()? as u32)).collect();
        begin(fragment, keys);
    });
    scope.set_onmessage(Some(listen.as_ref().unchecked_ref()));
    listen.forget();
    let _ = scope.post_message(&JsValue::NULL);
    true
}

fn begin(fragment: String, keys: Vec<u32>) {
    TODO.with_borrow_mut(|todo| *todo = (Vec::new(), None));
    let turn = TURN.get() + 1;
    TURN.set(turn);
    let (link, _) = link::parse(&fragment);
    let Some(card) = rooms::find(&link.slug).filter(|_| !keys.is_empty()) else { return };
    spawn_local(async move {
        let Ok(entry) = (card.load)().await else { return };
        if TURN.get() == turn {
            let mut studies = (entry.open)(&link).0.studies();
            studies.retain(|study| keys.contains(&study.key()));
            TODO.with_borrow_mut(|todo| todo.0 = studies);
            slice();
        }
    });
}

/// A number and what was found of it, to the page.
fn tell(key: u32, found: &[f64]) {
    let told = Array::of2(&JsValue::from(key), &Float64Array::from(found));
    if let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() {
        let _ = scope.post_message(&told);
    }
}

fn measure(fragment: String) {
    let (link, _) = link::parse(&fragment);
    let Some(card) = rooms::find(&link.slug) else { return };
    spawn_local(async move {
        let Ok(entry) = (card.load)().await else { return };
        let Some(next) = rooms::measure((entry.open)(&link).0.probes()).await else { return };
        one_more(next);
    });
}

/// One after the other, with a pause in which messages go out.
fn one_more(mut next: rooms::Measuring) {
    if let Some((number, found)) = next() {
        tell(number, &[found.low, found.middle, found.high]);
        Timeout::new(0, move || one_more(next)).forget();
    }
}

fn slice() {
    let begun = browser::now_ms();
    TODO.with_borrow_mut(|(studies, timer)| {
        *timer = None;
        let Some(study) = studies.first_mut() else { return };
        let mut more = true;
        while more && browser::now_ms() - begun < SLICE_MS {
            more = study.step();
        }
        tell(study.key(), &study.found());
        if !more {
            studies.remove(0);
        }
        *timer = Some(Timeout::new(0, slice));
    });
}
