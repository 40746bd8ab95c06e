//! The text that the reader of a calculator edits, what takes many samples, and what was measured on this machine.

use super::{Desk, bump};
use crate::explainers::Measured;
use crate::web::browser;
use gloo_timers::callback::Timeout;

/// So much of a frame goes to sampling; the rest is the reader's.
const SLICE_MS: f64 = 8.0;
/// What is sampled so far is shown this often.
const SHOW_MS: f64 = 120.0;

/// What the lines give is there with the next frame after a keystroke. So long after it, pictures, figures and the rest
/// of the page follow: a long sheet is much work.
const FOLLOW_MS: u32 = 50;

impl Desk {
    /// The reader has changed the text.
    pub fn write(&self, text: &str) {
        let desk = *self;
        if self.playing() {
            self.pause();
        }
        self.edit(|inner| {
            if let Some(side) = inner.sides.first_mut() {
                side.player.write(text);
            }
            inner.following = Some(Timeout::new(FOLLOW_MS, move || desk.follow_text()));
        });
        bump(self.ticks.text);
    }

    fn follow_text(&self) {
        self.edit(|inner| inner.following = None);
        self.beside();
        self.told();
        self.settled();
    }

    /// What is still sampled, in slices: the page stays quick.
    pub(super) fn refine_soon(&self) {
        if self.read(0, |player| player.page_label().is_empty()).unwrap_or(true) {
            return;
        }
        let desk = *self;
        self.edit(|inner| inner.refining = Some(Timeout::new(0, move || desk.refine())));
    }

    fn refine(&self) {
        let begun = browser::now_ms();
        let open = self.edit(|inner| {
            inner.refining = None;
            let mut worked = false;
            for side in &mut inner.sides {
                while side.player.refine() {
                    worked = true;
                    if browser::now_ms() - begun > SLICE_MS {
                        return (true, true);
                    }
                }
            }
            (false, worked)
        });
        let (more, worked) = open.unwrap_or_default();
        let due = self.edit(|inner| {
            let due = worked && (!more || begun - inner.refined > SHOW_MS);
            if due {
                inner.refined = begun;
            }
            due
        });
        if due == Some(true) {
            bump(self.ticks.text);
            self.paint();
        }
        if more {
            self.refine_soon();
        }
    }

    pub fn measured(&self) -> Vec<(String, Measured)> {
        self.with(|inner| inner.measured.clone()).unwrap_or_default()
    }

    pub fn set_measured(&self, key: &str, found: Measured) {
        self.edit(|inner| {
            inner.measured.retain(|(known, _)| known != key);
            inner.measured.push((key.to_string(), found));
        });
        self.tell_measured();
        bump(self.ticks.figures);
        self.paint();
    }

    /// A run that took another's place knows nothing of what was measured.
    pub(super) fn tell_measured(&self) {
        self.edit(|inner| {
            for side in &mut inner.sides {
                for (key, found) in &inner.measured {
                    side.player.measured(key, *found);
                }
            }
        });
    }
}
