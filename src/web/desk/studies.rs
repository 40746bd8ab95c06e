//! Computations longer than a frame: in a worker, so that the page stays quick; where there is none, here, a slice at a
//! time.

use super::{Desk, Inner, bump};
use crate::explainers::Study;
use crate::link;
use crate::web::browser;
use crate::web::worker::Helper;
use gloo_timers::callback::Timeout;

/// A change of settings is often followed by another.
const CALM_MS: u32 = 400;
/// A slice on the page's own thread, and the pause after it.
const SLICE_MS: f64 = 8.0;
const PAUSE_MS: u32 = 30;

#[derive(Default)]
pub struct Studies {
    all: Vec<Box<dyn Study>>,
    stopped: bool,
    timer: Option<Timeout>,
    helper: Option<Helper>,
    /// There is no worker, or it failed.
    alone: bool,
}

impl Studies {
    pub fn close(&mut self) {
        (self.timer, self.helper) = (None, None);
    }

    fn open(&self) -> bool {
        !self.stopped && self.all.iter().any(|study| study.progress() < 1.0)
    }

    /// Some milliseconds of the first that is not done.
    fn slice(&mut self) {
        let begun = browser::now_ms();
        if let Some(study) = self.all.iter_mut().find(|study| study.progress() < 1.0) {
            while browser::now_ms() - begun < SLICE_MS && study.step() {}
        }
    }
}

impl Desk {
    /// What can be computed about the run as it is now; what was found and still holds is kept.
    pub(super) fn begin_studies(&self) {
        let fresh = self.read(0, |player| player.studies()).unwrap_or_default();
        self.edit(|inner| {
            let studies = &mut inner.studies;
            let mut old = std::mem::take(&mut studies.all);
            let keep = |study: Box<dyn Study>| match old.iter().position(|other| other.key() == study.key()) {
                Some(i) => old.swap_remove(i),
                None => study,
            };
            studies.all = fresh.into_iter().map(keep).collect();
            studies.stopped = false;
            if let Some(helper) = &studies.helper {
                helper.stop();
            }
        });
        bump(self.ticks.study);
        self.study_soon(CALM_MS);
    }

    fn study_soon(&self, ms: u32) {
        let desk = *self;
        self.edit(|inner| {
            let open = inner.studies.open();
            inner.studies.timer = open.then(|| Timeout::new(ms, move || desk.study_now()));
        });
    }

    fn study_now(&self) {
        let desk = *self;
        // Data that no link carries is not known to a worker.
        let left_out = self.read(0, |player| player.left_out().is_some()).unwrap_or(true);
        let fragment = link::write(&self.link());
        let handed = self.edit(|inner| {
            let Inner { studies, .. } = inner;
            if left_out || studies.alone {
                return false;
            }
            if studies.helper.is_none() {
                studies.helper = Helper::new(
                    move |key, found| desk.studied(key, found),
                    move || {
                        desk.edit(|inner| (inner.studies.alone, inner.studies.helper) = (true, None));
                        desk.study_soon(PAUSE_MS);
                    },
                );
                studies.alone = studies.helper.is_none();
            }
            let open = studies.all.iter().filter(|study| study.progress() < 1.0).map(|study| study.key());
            studies.helper.as_ref().is_some_and(|helper| {
                helper.ask(&fragment, open.collect());
                true
            })
        });
        if handed == Some(false) {
            self.edit(|inner| inner.studies.slice());
            bump(self.ticks.study);
            self.study_soon(PAUSE_MS);
        }
    }

    /// Something was found.
    fn studied(&self, key: u32, found: &[f64]) {
        self.edit(|inner| {
            if let Some(study) = inner.studies.all.iter_mut().find(|study| study.key() == key) {
                study.resume(found);
            }
        });
        bump(self.ticks.study);
    }

    /// Stops all of it, or goes on.
    pub fn stop_studies(&self, stop: bool) {
        self.edit(|inner| {
            inner.studies.stopped = stop;
            if let Some(helper) = inner.studies.helper.as_ref().filter(|_| stop) {
                helper.stop();
            }
        });
        bump(self.ticks.study);
        self.study_soon(PAUSE_MS);
    }

    pub fn studies_stopped(&self) -> bool {
        self.with(|inner| inner.studies.stopped).unwrap_or(false)
    }

    pub fn study<T>(&self, i: usize, read: impl FnOnce(&dyn Study) -> T) -> Option<T> {
        self.with(|inner| inner.studies.all.get(i).map(|study| read(&**study))).flatten()
    }

    pub fn study_count(&self) -> usize {
        self.with(|inner| inner.studies.all.len()).unwrap_or(0)
    }
}
