//! The clock: plays, pauses, steps, and paints only what changes.

use super::{AGAIN_MS, Desk, FIGURES_MS, HALF_MS, IDLE_MS, LABEL_MS, PATIENCE, bump};
use crate::sim::Micros;
use crate::web::{browser, frame};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;

impl Desk {
    pub fn play(&self) {
        self.play_until(None);
    }

    /// Plays to a moment; under reduced motion it is there at once.
    pub fn play_until(&self, stop_at: Option<Micros>) {
        if self.still() {
            // Nothing to watch on the way.
            return stop_at.map_or((), |to| self.seek(to));
        }
        let end = self.end();
        let stop = stop_at.unwrap_or(end).min(end);
        if browser::reduced_motion() && stop_at.is_some() {
            return self.seek(stop);
        }
        if self.now() >= stop {
            if stop_at.is_some() {
                return;
            }
            self.seek(0);
        }
        self.edit(|inner| {
            inner.stop_at = stop_at;
            inner.last = browser::now_ms();
        });
        self.mode(|inner| inner.playing = true);
        self.schedule();
    }

    /// Plays what is left of a lesson's step, faster where nobody would wait for it.
    pub fn play_step(&self, to: Micros) {
        let wait = to.min(self.end()).saturating_sub(self.now()) / self.pace().max(1);
        // In whole numbers, as the speed is shown.
        let fast = wait.div_ceil(PATIENCE) * 100;
        self.pause();
        if !self.with(|inner| inner.seen).unwrap_or(true) {
            // On a small screen the lesson is below the picture, and it is the picture that answers.
            browser::show(".stage-card");
        }
        self.mode(|inner| inner.hurry = (fast > inner.percent() && !browser::reduced_motion()).then_some(fast));
        self.play_until(Some(to));
    }

    pub fn pause(&self) {
        if self.playing() {
            // The diagram may be a little behind.
            self.paint();
        }
        self.mode(|inner| {
            inner.playing = false;
            inner.frame.take().inspect(|frame| frame.cancel());
            inner.timer = None;
            inner.stop_at = None;
            inner.hurry = None;
        });
        bump(self.ticks.clock);
        bump(self.ticks.figures);
        self.write_soon();
    }

    pub fn toggle(&self) {
        match self.lesson() {
            _ if self.playing() => self.pause(),
            // A figure of a lesson plays its step as the lesson does: there may be nothing else to go on with.
            Some(_) if frame::embedded() && self.now() < self.end() => self.play_step(self.end()),
            _ => self.play(),
        }
    }

    fn schedule(&self) {
        let desk = *self;
        self.edit(|inner| {
            if !inner.awake || (!inner.seen && frame::embedded()) {
                return;
            }
            if !inner.seen {
                // Nothing to paint; but the run goes on, as its words and figures may be on screen.
                inner.timer = Some(Timeout::new(IDLE_MS, move || desk.frame()));
                return;
            }
            // Twice the time until the next idle tick, as the run counts it.
            let soon = (f64::from(IDLE_MS) * 2.0 * inner.rate()) as Micros;
            let still = inner.sides.iter().all(|side| {
                let player = &side.player;
                player.still_until() > player.now().saturating_add(soon)
            });
            if still {
                inner.timer = Some(Timeout::new(IDLE_MS, move || desk.frame()));
            } else if inner.slow() {
                // The display's next frame but one: a bit less than that long, and then at its next.
                inner.timer = Some(Timeout::new((HALF_MS * 0.7) as u32, move || desk.next_frame()));
            } else {
                inner.frame = request_animation_frame_with_handle(move || desk.frame()).ok();
            }
        });
    }

    fn next_frame(&self) {
        let desk = *self;
        self.edit(|inner| inner.frame = request_animation_frame_with_handle(move || desk.frame()).ok());
    }

    fn frame(&self) {
        if !self.playing() {
            return;
        }
        let end = self.end();
        let time = browser::now_ms();
        let Some((reached, label, words, count)) = self.edit(|inner| {
            // A tab that was away does not jump: at most a quarter of a second passes in one frame.
            let passed = (time - inner.last).clamp(0.0, 250.0);
            inner.last = time;
            let stop = inner.stop_at.unwrap_or(end).min(end);
            let now = inner.sides.first().map_or(0, |side| side.player.now());
            let to = (now + (passed * inner.rate()) as Micros).min(stop);
            let moves = inner.sides.iter().any(|side| side.player.still_until() <= to);
            for side in &mut inner.sides {
                side.player.seek(to);
            }
            let label = time - inner.labelled >= LABEL_MS;
            inner.moved |= moves;
            let count = inner.moved && time - inner.counted >= FIGURES_MS;
            if count {
                (inner.counted, inner.moved) = (time, false);
            }
            if label {
                inner.labelled = time;
            }
            let events = inner.sides.first().map_or(0, |side| side.player.events().len());
            let told = events != inner.events;
            inner.events = events;
            let reached = to >= stop;
            inner.told |= told;
            let words = inner.told && time - inner.worded >= FIGURES_MS;
            if words {
                (inner.worded, inner.told) = (time, false);
            }
            if inner.seen && (moves || told) {
                inner.paint(time, reached);
                inner.spent(browser::now_ms() - time);
            }
            (reached, label, words, count)
        }) else {
            return;
        };
        if label || reached {
            bump(self.ticks.clock);
        }
        if words || reached {
            bump(self.ticks.run);
        }
        if count {
            bump(self.ticks.figures);
        }
        if !reached {
            return self.schedule();
        }
        let whole = self.with(|inner| inner.stop_at.is_none()) == Some(true);
        self.pause();
        if whole && frame::again() {
            let desk = *self;
            self.edit(|inner| inner.timer = Some(Timeout::new(AGAIN_MS, move || desk.play())));
        }
    }

    /// The tab came on or went off screen: nothing happens in one that nobody sees.
    pub fn awake(&self, on: bool) {
        self.edit(|inner| {
            inner.awake = on;
            inner.last = browser::now_ms();
            inner.frame.take().inspect(|frame| frame.cancel());
            inner.timer = None;
        });
        if on && self.playing() {
            self.schedule();
        }
    }

    /// The picture came on or went off screen.
    pub fn seen(&self, on: bool) {
        if self.edit(|inner| std::mem::replace(&mut inner.seen, on)) == Some(false) && on {
            self.paint();
            if frame::embedded() {
                // It had stopped.
                self.awake(self.with(|inner| inner.awake) == Some(true));
            }
        }
    }

    pub fn seek(&self, to: Micros) {
        self.edit(|inner| {
            for side in &mut inner.sides {
                side.player.seek(to);
            }
        });
        self.changed();
    }

    /// To the next (or previous) moment at which something happens.
    pub fn step(&self, forward: bool) {
        self.pause();
        self.seek(self.event_from(self.now(), forward));
    }

    /// The next (or previous) moment at which something happens.
    pub fn event_from(&self, now: Micros, forward: bool) -> Micros {
        let times = self.read(0, |player| player.all_events().iter().map(|event| event.at).collect::<Vec<_>>());
        let times = times.unwrap_or_default();
        match forward {
            true => times.iter().copied().filter(|at| *at > now).min().unwrap_or(self.end()),
            false => times.iter().copied().filter(|at| *at < now).max().unwrap_or(0),
        }
    }
}
