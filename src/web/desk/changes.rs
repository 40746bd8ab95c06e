//! What the reader does to the runs: actions, settings, branches, comparison, lessons.

use super::{Desk, Place, Side, bump, opened, place_of};
use crate::draw::scene::Subject;
use crate::explainers::{self, Player};
use crate::link::{self, Complaint, Link};
use crate::web::{browser, frame};

impl Desk {
    /// An action in the form of links, now. What it sets going is played.
    pub fn act(&self, action: &str) {
        self.try_act(action, &link::decode(action));
    }

    /// The same; `named` is what a refusal is about, in the reader's words.
    pub fn try_act(&self, action: &str, named: &str) {
        let done = self.edit(|inner| inner.sides.first_mut().map(|side| side.player.act(action))).flatten();
        match done {
            Some(Ok(())) => {
                self.beside();
                self.changed();
                self.settled();
                let until = self.read(0, |player| player.settled()).unwrap_or(0);
                self.play_until(Some(until));
            }
            Some(Err(why)) => self.say(named, &why),
            None => {}
        }
    }

    pub fn say(&self, part: &str, why: &str) {
        let said = Complaint::new(link::shorten(part), why);
        // What is said of the same field takes the place of what was said before.
        let field = |part: &str| part.split(['=', ':']).next().unwrap_or("").to_string();
        self.note(|notes| {
            notes.retain(|earlier| field(&earlier.part) != field(&said.part));
            notes.push(said);
        });
    }

    pub fn undo(&self) {
        self.change(|player| {
            player.undo();
        });
    }

    pub fn reset(&self) {
        self.change(|player| player.reset());
    }

    pub fn switch(&self, branch: usize) {
        self.change(|player| player.switch(branch));
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut dyn Player)) {
        self.pause();
        self.edit(|inner| {
            if let Some(side) = inner.sides.first_mut() {
                change(&mut *side.player);
            }
        });
        self.beside();
        self.changed();
        self.settled();
    }

    pub fn adopt(&self, imported: explainers::Imported) {
        let mut bad = Vec::new();
        self.leave_lesson();
        self.change(|player| bad = player.adopt(imported));
        self.note(|notes| notes.extend(bad));
    }

    pub fn set_seed(&self, seed: u64) {
        self.change(|player| player.set_seed(seed));
    }

    pub fn set_knob(&self, i: usize, value: i64) {
        let right = self.with(|inner| inner.compare && inner.side == 1).unwrap_or(false);
        if !right {
            return self.change(|player| player.set_knob(i, value));
        }
        let knob = self.read(0, |player| player.schema().get(i).map(|knob| (knob.key, knob.write(value)))).flatten();
        if let Some((key, value)) = knob {
            self.edit(|inner| {
                inner.overrides.retain(|(known, _)| known != key);
                inner.overrides.push((key.to_string(), value));
            });
            self.change(|_| {});
        }
    }

    pub fn set_follow(&self, subject: Option<Subject>) {
        self.edit(|inner| {
            for side in &mut inner.sides {
                side.player.set_follow(subject);
            }
        });
        self.changed();
        if self.still() {
            // What is computed is about it.
            self.begin_studies();
        }
    }

    pub fn set_focus(&self, subject: Option<Subject>) {
        let changed = self.edit(|inner| std::mem::replace(&mut inner.focus, subject) != subject);
        if changed == Some(true) {
            bump(self.ticks.focus);
            // While somebody types, it is painted with what follows.
            if self.with(|inner| inner.following.is_none()) == Some(true) {
                self.paint();
            }
        }
    }

    // Comparison: the same seed, workload and actions on two sets of settings.

    pub fn set_compare(&self, overrides: Option<Vec<(String, String)>>) {
        let on = overrides.is_some();
        let versus = self.read(0, |player| player.versus()).unwrap_or_default();
        let mut bad = Vec::new();
        self.edit(|inner| {
            let mut given = overrides.unwrap_or_default();
            given.retain(|(key, value)| {
                let knob =
                    inner.sides.first().and_then(|side| side.player.schema().iter().find(|knob| knob.key == key));
                let why = match knob.map(|knob| knob.read(value)) {
                    Some(Ok(_)) => return true,
                    Some(Err((_, why))) => why,
                    None => format!("there is no setting called “{key}” here"),
                };
                bad.push(Complaint::new(format!("vs.{}={}", link::shorten(key), link::shorten(value)), why));
                false
            });
            if on && given.is_empty() {
                given = versus.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
            }
            inner.overrides = given;
            inner.sides.truncate(1);
        });
        self.note(|notes| notes.extend(bad));
        self.mode(|inner| (inner.compare, inner.side) = (on, 0));
        self.beside();
        self.changed();
        self.settled();
    }

    /// Brings the right side to what the left one is, but for what it has different.
    pub(super) fn beside(&self) {
        if !self.comparing() {
            return;
        }
        let bad = self.edit(|inner| {
            let Some(left) = inner.sides.first() else { return Vec::new() };
            let mut link = left.player.link();
            for (key, value) in &inner.overrides {
                link.parts.retain(|(known, _)| known != key);
                link.parts.push((key.clone(), value.clone()));
            }
            let (mut player, bad) = left.player.open_beside(&link);
            player.seek(left.player.now());
            match inner.sides.get_mut(1) {
                Some(side) => side.player = player,
                None => inner.sides.push(Side::new(player)),
            }
            bad
        });
        self.note(|notes| {
            for complaint in bad.unwrap_or_default() {
                if !notes.contains(&complaint) {
                    notes.push(complaint);
                }
            }
        });
    }

    /// How the right side is different, in words.
    pub fn difference(&self) -> String {
        let told = self.with(|inner| {
            let schema = inner.sides.first().map(|side| side.player.schema()).unwrap_or_default();
            let one = |(key, value): &(String, String)| {
                let knob = schema.iter().find(|knob| knob.key == key)?;
                Some(format!("{}: {}", knob.label, knob.read(value).map_or(String::new(), |value| knob.show(value))))
            };
            inner.overrides.iter().filter_map(one).collect::<Vec<_>>().join(", ")
        });
        told.unwrap_or_default()
    }

    // Lessons.

    /// A step of the lessons, and a step of the browser's history.
    pub fn enter(&self, place: Place) {
        let lessons = self.read(0, |player| player.lessons()).unwrap_or_default();
        let Some(step) = lessons.get(place.lesson).and_then(|lesson| lesson.steps.get(place.step)) else { return };
        let (link, _) = link::parse(&format!("#/{}?{}", self.slug(), step.state));
        let Some((player, bad)) = self.entry().map(|entry| (entry.open)(&link)) else { return };
        let further = self.lesson() != Some(place);
        self.pause();
        if further {
            // Where it is left is where going back comes to.
            browser::replace_fragment(&link::write(&self.link()));
        }
        self.show_step(place, player, bad);
        if further {
            browser::push_fragment(&link::write(&self.link()));
        }
    }

    fn show_step(&self, place: Place, player: Box<dyn Player>, bad: Vec<Complaint>) {
        self.edit(|inner| {
            if let Some(side) = inner.sides.first_mut() {
                let before = std::mem::replace(&mut side.player, player);
                if inner.stash.is_none() && inner.lesson.is_none() {
                    inner.stash = Some(before);
                }
            }
        });
        self.note(|notes| *notes = bad);
        self.mode(|inner| (inner.answer, inner.lesson) = (None, Some(place)));
        self.beside();
        self.changed();
        self.settled();
    }

    pub fn leave_lesson(&self) {
        if self.lesson().is_some() {
            self.pause();
            browser::replace_fragment(&link::write(&self.link()));
            self.take_up();
            browser::push_fragment(&link::write(&self.link()));
        }
    }

    /// The run that a lesson interrupted, again.
    fn take_up(&self) {
        self.pause();
        self.edit(|inner| {
            if let (Some(before), Some(side)) = (inner.stash.take(), inner.sides.first_mut()) {
                side.player = before;
            }
        });
        self.mode(|inner| (inner.answer, inner.lesson) = (None, None));
        self.beside();
        self.changed();
        self.settled();
    }

    /// Follows the browser's history within the lessons, to a step or to before the first. `false`: the address is of
    /// something else, and the page is made anew.
    pub fn go(&self, link: &Link) -> bool {
        let Some(entry) = self.with(|inner| inner.entry).filter(|entry| entry.meta.slug == link.slug) else {
            return false;
        };
        let mut bad = Vec::new();
        match place_of(entry, link, &mut bad) {
            _ if link.versus.is_some() != self.comparing() || !bad.is_empty() => return false,
            Some(place) => {
                let (player, bad) = opened(entry, link, Some(place));
                self.pause();
                self.show_step(place, player, bad);
                if link.play {
                    self.play();
                }
            }
            None => {
                let before = self.with(|inner| inner.stash.as_ref().map(|stash| stash.link())).flatten();
                let same = |was: Link| {
                    (was.parts, was.actions, was.seed) == (link.parts.clone(), link.actions.clone(), link.seed)
                };
                if self.lesson().is_none() || !before.is_some_and(same) {
                    return false;
                }
                self.take_up();
            }
        }
        true
    }

    /// One step on or back in the lesson; `false` outside of lessons.
    pub fn turn_page(&self, forward: bool) -> bool {
        let Some(place) = self.lesson() else { return false };
        let (first, last) = self.bounds(place.lesson);
        let to = if forward { place.step + 1 } else { place.step.wrapping_sub(1) };
        if (first..=last).contains(&to) {
            self.enter(Place { step: to, ..place });
        }
        true
    }

    /// To a class, or no longer.
    pub fn present(&self, on: bool) {
        self.mode(|inner| inner.presenting = on);
        frame::present(on);
        self.paint();
    }
}
