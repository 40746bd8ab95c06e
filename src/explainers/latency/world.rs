//! What the explainer knows at one instant: the number that is looked at, and the request with what it costs.

use super::params::{AHEAD, OTHERS, Params};
use super::{Action, Data, number, presets, story};
use crate::explainers::Event;
use crate::models::latency::path::Path;
use crate::models::latency::sample::{self, Outcome};
use crate::models::latency::table::{NUMBERS, by_length};
use crate::sim::{Micros, SECOND};
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// So long each number is looked at.
pub const DWELL: Micros = 2 * SECOND;
/// So long the scale takes to grow from one number to the next.
pub const GROWS: Micros = SECOND * 9 / 10;

/// What never changes during a run.
pub struct Setup {
    pub params: Params,
    pub seed: u64,
    /// The places of the numbers, from the shortest to the longest.
    pub order: Vec<usize>,
    /// The path as written, read, and what came of it.
    pub text: Rc<str>,
    pub path: Path,
    pub outcome: Outcome,
}

#[derive(Clone)]
pub struct World {
    pub setup: Rc<Setup>,
    /// A place in `Setup::order`, and since when it is looked at.
    pub looked: usize,
    pub since: Micros,
    pub events: Rc<Vec<Event>>,
}

impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let outcome = &self.setup.outcome;
        (self.looked, self.since, &self.events, &self.setup.text, self.setup.seed, &self.setup.params).hash(state);
        (outcome.requests, outcome.median.to_bits(), outcome.p99.to_bits(), outcome.mean.to_bits()).hash(state);
    }
}

impl World {
    pub fn build(params: &Params, seed: u64, data: &Data) -> World {
        let text: Rc<str> = match &data.path {
            Some(own) => own.clone(),
            None => presets::text(params.path).into(),
        };
        let path = Path::read(&text);
        let outcome = sample::run(&path, sample::enough(&path), seed);
        let setup = Setup { params: params.clone(), seed, order: by_length(), text, path, outcome };
        let mut world = World { setup: Rc::new(setup), looked: 0, since: 0, events: Rc::default() };
        world.tell(0);
        world
    }

    /// The number that is looked at: a place in the table.
    pub fn here(&self) -> usize {
        self.setup.order.get(self.looked).copied().unwrap_or(0)
    }

    /// The one before it in length, if there is one.
    pub fn before(&self, place: usize) -> Option<usize> {
        let at = self.setup.order.iter().position(|other| *other == place)?;
        self.setup.order.get(at.checked_sub(1)?).copied()
    }

    /// Whether a number may be seen yet.
    pub fn shown(&self, place: usize) -> bool {
        let at = self.setup.order.iter().position(|other| *other == place);
        match self.setup.params.hide {
            AHEAD => at.is_some_and(|at| at <= self.looked),
            OTHERS => at == Some(self.looked),
            _ => true,
        }
    }

    fn last(&self) -> usize {
        self.setup.order.len().saturating_sub(1)
    }

    fn tell(&mut self, at: Micros) {
        let event = story::look(self, at);
        Rc::make_mut(&mut self.events).push(event);
    }

    fn look(&mut self, at: Micros, looked: usize) {
        (self.looked, self.since) = (looked, at);
        self.tell(at);
    }

    pub fn act(&mut self, at: Micros, action: &Action) -> Result<(), String> {
        self.advance(at);
        match action {
            Action::Next if self.looked >= self.last() => return Err("this is the longest of all".into()),
            Action::Next => self.look(at, self.looked + 1),
            Action::Look(id) => {
                let place = id.checked_sub(1).map(|place| place as usize);
                let looked = self.setup.order.iter().position(|other| Some(*other) == place);
                let Some(looked) = looked else {
                    return Err(format!("there are numbers 1 to {} here", NUMBERS.len()));
                };
                self.look(at, looked);
            }
        }
        Ok(())
    }

    pub fn advance(&mut self, to: Micros) {
        while self.looked < self.last() && self.since + DWELL <= to {
            self.look(self.since + DWELL, self.looked + 1);
        }
    }

    pub fn settled(&self) -> Micros {
        self.since + DWELL * (self.last().saturating_sub(self.looked)) as Micros + GROWS
    }

    pub fn still_until(&self, at: Micros) -> Micros {
        if at < self.since + GROWS {
            at
        } else if self.looked < self.last() {
            self.since + DWELL
        } else {
            Micros::MAX
        }
    }

    pub fn subject_of(&self, looked: usize) -> Option<crate::draw::scene::Subject> {
        self.setup.order.get(looked).map(|place| number(*place))
    }
}
