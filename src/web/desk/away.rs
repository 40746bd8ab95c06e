//! What the runs are asked for when something of them is taken away as a file.

use super::{Desk, Which};
use crate::draw::scene::Hit;
use crate::explainers::Player;
use crate::explainers::export::Show;
use crate::explainers::export::figures::Runs;
use crate::sim::time;
use std::rc::Rc;

/// More things than this nobody listens to.
const THINGS: usize = 24;

impl Desk {
    /// What the runs are called; without a name where there is one.
    pub fn names(&self) -> Vec<String> {
        match self.comparing() {
            true => vec!["A: as set".into(), ["B: ", &self.difference()].concat()],
            false => vec![String::new()],
        }
    }

    /// Has the runs drawn as they are now, with all that they found out so far.
    pub fn shown<T>(&self, draw: impl FnOnce(&mut [Show]) -> T) -> Option<T> {
        let names = self.names();
        self.edit(|inner| {
            let players = inner.sides.iter_mut().map(|side| &mut *side.player);
            let mut shows: Vec<Show> =
                names.iter().zip(players).map(|(name, player)| Show { name, player: &mut *player }).collect();
            draw(&mut shows)
        })
    }

    /// What a picture shows, thing by thing, in the words that one would see when pointing at each.
    pub fn things(&self, side: usize, which: Which) -> String {
        let told = self.with(|inner| {
            let side = inner.sides.get(side)?;
            let scene = &side.panes[which as usize].scene;
            let mut things: Vec<&Rc<Hit>> = Vec::new();
            for hit in scene.base.items.iter().chain(&scene.live.items).filter_map(|item| item.hit.as_ref()) {
                let same = |known: &&Rc<Hit>| match hit.subject {
                    Some(_) => known.subject == hit.subject,
                    None => known.label == hit.label,
                };
                if !hit.label.is_empty() && !things.iter().any(same) {
                    things.push(hit);
                }
            }
            let words = |hit: &&Rc<Hit>| {
                let named = hit.subject.and_then(|it| Some((side.player.name(it)?, side.player.state(it)?)));
                named.map_or_else(|| hit.label.clone(), |(name, state)| [&name, ": ", &state].concat())
            };
            let mut all: Vec<String> = things.iter().take(THINGS).map(words).collect();
            if things.len() > THINGS {
                all.push(format!("and {} more", things.len() - THINGS));
            }
            Some(all.join("; "))
        });
        told.flatten().unwrap_or_default()
    }

    /// Reads the runs together.
    pub fn read_all<T>(&self, read: impl FnOnce(&Runs) -> T) -> Option<T> {
        let names = self.names();
        self.with(|inner| {
            let players = inner.sides.iter().map(|side| &*side.player);
            let runs: Vec<(&str, &dyn Player)> = names.iter().map(String::as_str).zip(players).collect();
            read(&runs)
        })
    }

    /// The same runs again, the reader's own data with them: what is done to these changes nothing on the page.
    pub fn runs_again(&self) -> Vec<Box<dyn Player>> {
        let again = |player: &dyn Player| player.open_beside(&player.link()).0;
        self.with(|inner| inner.sides.iter().map(|side| again(&*side.player)).collect()).unwrap_or_default()
    }

    /// How wide the pictures are on the page, and how high a stage may be, in CSS pixels.
    pub fn screen(&self) -> (f32, f32) {
        let (beside, many) = (self.read(0, |player| !player.diagram_below()) == Some(true), self.comparing());
        let found = self.with(|inner| {
            let sides = inner.sides.iter().map(|side| {
                let [stage, diagram] = &side.panes;
                // On a phone everything is below each other.
                let aside = if beside && !many && diagram.width < stage.width { diagram.width } else { 0.0 };
                stage.width + aside
            });
            (if many { sides.sum() } else { sides.fold(0.0, f32::max) }, inner.room.height)
        });
        let (width, height) = found.unwrap_or((960.0, 560.0));
        (width.max(320.0), height.max(200.0))
    }

    /// `quorum-12.4ms.png`: what a file is of, and when.
    pub fn file_name(&self, more: &str, ending: &str) -> String {
        let moment = match self.still() {
            true => String::new(),
            false => ["-", &time::label(self.now(), self.pace()).replace(' ', "")].concat(),
        };
        [self.slug(), &moment, more, ".", ending].concat()
    }
}
