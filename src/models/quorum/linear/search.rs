//! The search on one key.

use super::{NIL, Op, counts, doom, order};
use crate::models::quorum::table::{Table, hash};

/// No value, no place, no end.
pub const NONE: u32 = u32::MAX;

/// What the search needs of an operation.
#[derive(Clone, Copy)]
pub struct Work {
    /// Where it stands in the history.
    place: u32,
    /// The value it must find, or `NONE`.
    pub needs: u32,
    /// The value it leaves, or `NONE` if that is the one it found.
    pub gives: u32,
    /// The event of its invocation.
    pub from: u32,
    /// The event at which it must have happened, or `NONE`.
    pub until: u32,
    /// Its bit in `done` while it is open.
    slot: u32,
}

/// One decision: what was known before it, and what is left to try.
struct Frame {
    event: u32,
    state: u32,
    /// How much of `order` stood before.
    ordered: u32,
    /// Its choices in `choices`: from here to the next frame's, tried from the end.
    choices: u32,
}

/// The search came to an end.
pub struct Stuck {
    /// Places in the history's operations, as those of `order`.
    pub op: u32,
    pub order: Vec<u32>,
    pub could: Vec<u32>,
}

pub enum Found {
    Order,
    Stuck(Stuck),
}

pub struct Search {
    works: Vec<Work>,
    /// Invocations and ends in the order of time: twice the work, and 1 more for an end.
    events: Vec<u32>,
    values: Vec<u32>,
    /// How many operations need a value.
    watched: Vec<u32>,
    /// Scratch for `decide`, by value; always all `false` between calls.
    wanted: Vec<bool>,
    /// How many words of bits it takes to know what is done, and how many of them are of work that has an end. The
    /// others are of work that may or may not happen.
    width: usize,
    ending: usize,
    /// The work that is open in each slot.
    open: Vec<u32>,
    /// Bits of open work that has its place in the order already.
    done: Vec<u64>,
    event: usize,
    state: u32,
    order: Vec<u32>,
    frames: Vec<Frame>,
    /// `done` as it was at each frame.
    saved: Vec<u64>,
    choices: Vec<u32>,
    /// Configurations met: event and state, then `done`.
    met: Vec<u64>,
    table: Table,
    /// The furthest event at which something was stuck, and the states it was met in.
    furthest: usize,
    could: Vec<u32>,
    /// No order gets past this event, it is known: what is wanted is the order that leads there.
    last: Option<usize>,
    pub steps: u64,
}

impl Search {
    pub fn new(ops: &[Op], places: &[u32]) -> Search {
        let of = |place: &u32| ops.get(*place as usize).filter(|op| counts(op)).map(|op| (*place, op));
        let given: Vec<(u32, &Op)> = places.iter().filter_map(of).collect();
        let mut values: Vec<(u64, u32)> = vec![(u64::from(NIL), 0)];
        for (_, op) in &given {
            values.extend(op.needs().into_iter().chain(op.gives()).map(|value| (u64::from(value), 0)));
        }
        order::sort(&mut values);
        values.dedup();
        let values: Vec<u32> = values.into_iter().map(|pair| pair.0 as u32).collect();
        let local = |value: Option<u32>| value.map_or(NONE, |v| values.partition_point(|known| *known < v) as u32);
        let mut watched = vec![0u32; values.len()];
        for (_, op) in &given {
            if let Some(count) = watched.get_mut(local(op.needs()) as usize) {
                *count += 1;
            }
        }
        let mut works = Vec::new();
        let mut moments = Vec::new();
        for (place, op) in given {
            let (needs, gives, ends) = (local(op.needs()), local(op.gives()), op.ends());
            // What may or may not have happened, and left no trace, need not have happened.
            if ends == u64::MAX && watched.get(gives as usize).is_none_or(|count| *count == 0) {
                continue;
            }
            let work = works.len() as u32;
            works.push(Work {
                place,
                needs,
                gives: if gives == needs { NONE } else { gives },
                from: 0,
                until: NONE,
                slot: 0,
            });
            // Invocations before ends of the same moment: what touches is concurrent.
            let most = u64::MAX >> 2;
            moments.push((op.invoked.min(most) * 2, work * 2));
            if ends != u64::MAX {
                moments.push((ends.min(most) * 2 + 1, work * 2 + 1));
            }
        }
        order::sort(&mut moments);
        let events: Vec<u32> = moments.into_iter().map(|pair| pair.1).collect();
        for (at, event) in events.iter().enumerate() {
            let Some(work) = works.get_mut((event / 2) as usize) else { continue };
            *(if event % 2 == 1 { &mut work.until } else { &mut work.from }) = at as u32;
        }
        let (mut free, mut slots) = (Vec::new(), 0u32);
        for event in &events {
            let Some(work) = works.get_mut((event / 2) as usize).filter(|work| work.until != NONE) else { continue };
            if event % 2 == 1 {
                free.push(work.slot);
            } else {
                work.slot = free.pop().unwrap_or(slots);
                slots = slots.max(work.slot + 1);
            }
        }
        let ending = (slots as usize).div_ceil(64);
        slots = ending as u32 * 64;
        for work in works.iter_mut().filter(|work| work.until == NONE) {
            work.slot = slots;
            slots += 1;
        }
        let width = (slots as usize).div_ceil(64);
        let nil = values.binary_search(&NIL).unwrap_or(0) as u32;
        let last = doom::event(&works, values.len(), nil);
        Search {
            works,
            events,
            state: nil,
            wanted: vec![false; values.len()],
            values,
            watched,
            width,
            ending,
            open: vec![NONE; slots as usize],
            done: vec![0; width],
            event: 0,
            order: Vec::new(),
            frames: Vec::new(),
            saved: Vec::new(),
            choices: Vec::new(),
            met: Vec::new(),
            table: Table::default(),
            furthest: 0,
            could: Vec::new(),
            last,
            steps: 0,
        }
    }

    pub fn progress(&self) -> f64 {
        self.event as f64 / self.events.len().max(1) as f64
    }

    /// It remembers 64 MB of configurations, and that is enough.
    pub fn full(&self) -> bool {
        self.met.len() > 8 << 20
    }

    /// At most about so many steps; `None`: not at the end yet.
    pub fn run(&mut self, budget: u64) -> Option<Found> {
        let end = self.steps.saturating_add(budget);
        while self.steps < end {
            self.steps += 1;
            match self.walk() {
                None if self.last.is_some() => {
                    self.remember();
                    return Some(self.stuck());
                }
                None => return Some(Found::Order),
                Some(forced) => {
                    if self.new_here() {
                        self.remember();
                        self.decide(forced);
                    }
                }
            }
            if !self.choose() {
                // Once more, to where it was stuck: that much has an order, and it will be found.
                self.last = Some(self.furthest);
                self.table = Table::default();
                self.met = Vec::new();
                self.event = 0;
                self.state = self.values.binary_search(&NIL).unwrap_or(0) as u32;
                self.order.clear();
                self.done.fill(0);
                self.open.fill(NONE);
            }
        }
        None
    }

    fn work(&self, index: u32) -> Option<Work> {
        self.works.get(index as usize).copied()
    }

    fn is_done(&self, slot: u32) -> bool {
        self.done.get(slot as usize / 64).is_some_and(|word| word >> (slot % 64) & 1 == 1)
    }

    fn set_done(&mut self, slot: u32, on: bool) {
        if let Some(word) = self.done.get_mut(slot as usize / 64) {
            *word = *word & !(1 << (slot % 64)) | u64::from(on) << (slot % 64);
        }
    }

    fn set_open(&mut self, slot: u32, work: u32) {
        if let Some(place) = self.open.get_mut(slot as usize) {
            *place = work;
        }
    }

    /// Along the events to the next end of a work that has no place yet; `None`: there is none.
    fn walk(&mut self) -> Option<u32> {
        let last = self.last.unwrap_or(self.events.len());
        while self.event < last {
            let event = *self.events.get(self.event)?;
            let index = event / 2;
            let work = self.work(index)?;
            if event % 2 == 0 {
                self.set_open(work.slot, index);
                // A read is best placed as soon as it fits: it is in nobody's way.
                if work.gives == NONE && work.needs == self.state {
                    self.set_done(work.slot, true);
                    self.order.push(index);
                }
            } else if self.is_done(work.slot) {
                self.set_done(work.slot, false);
                self.set_open(work.slot, NONE);
            } else {
                return Some(index);
            }
            self.event += 1;
        }
        None
    }

    /// Back to an earlier event.
    fn rewind(&mut self, to: usize) {
        while self.event > to {
            self.event -= 1;
            let Some(event) = self.events.get(self.event).copied() else { return };
            let Some(work) = self.work(event / 2) else { return };
            self.set_open(work.slot, if event % 2 == 0 { NONE } else { event / 2 });
        }
    }

    /// Whether this configuration was not met before, nor one that is as far and has more left of what may happen.
    fn new_here(&mut self) -> bool {
        let begin = self.met.len();
        self.met.push((self.event as u64) << 32 | u64::from(self.state));
        self.met.extend_from_slice(&self.done);
        let (size, exact) = (self.width + 1, self.ending + 1);
        let (old, this) = self.met.split_at(begin);
        let (key, used) = this.split_at(exact);
        let mut mixed = 0u64;
        for word in key {
            mixed = (mixed ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        }
        let hash = hash(&mixed.to_le_bytes());
        let mut looked = 0u64;
        let same = &mut |place: u32| {
            looked += 1;
            let Some(known) = old.get(place as usize * size..(place as usize + 1) * size) else { return false };
            let (its_key, its_used) = known.split_at(exact);
            its_key == key && its_used.iter().zip(used).all(|(its, this)| its & !this == 0)
        };
        let known = self.table.find(hash, same).is_some();
        // Long chains of what differs in the uncertain only are work, too.
        self.steps += (looked + self.width as u64) / 8;
        if known {
            self.met.truncate(begin);
            return false;
        }
        self.table.add(hash, (begin / size) as u32);
        true
    }

    /// How far it came, and with which values.
    fn remember(&mut self) {
        if self.event > self.furthest {
            self.furthest = self.event;
            self.could.clear();
        }
        if self.event == self.furthest && self.could.len() < 16 && !self.could.contains(&self.state) {
            self.could.push(self.state);
        }
    }

    /// Opens a frame with all that could come next, now that `forced` has to have its place.
    fn decide(&mut self, forced: u32) {
        let begin = self.choices.len();
        let Some(goal) = self.work(forced) else { return };
        self.steps += self.open.len() as u64 / 16;
        let waiting = |this: &Search, (slot, index): (usize, &u32)| {
            let work = this.work(*index).filter(|_| !this.is_done(slot as u32))?;
            Some((*index, work))
        };
        // Which values somebody waits for, and whether one of them is to come from somebody who waits.
        let mut wanted = std::mem::take(&mut self.wanted);
        let mut marked = Vec::new();
        let mut hopeless = goal.needs != NONE && goal.needs != self.state;
        for (index, work) in self.open.iter().enumerate().filter_map(|open| waiting(self, open)) {
            hopeless &= index == forced || work.gives != goal.needs;
            if let Some(mark @ false) = wanted.get_mut(work.needs as usize) {
                *mark = true;
                marked.push(work.needs);
            }
        }
        // Of those that do the same, the one that ends first: the others can stand in for it later.
        let mut kinds: Vec<(u32, Work)> = Vec::new();
        for (index, work) in self.open.iter().enumerate().filter_map(|open| waiting(self, open)) {
            let fits = !hopeless && work.gives != NONE && (work.needs == NONE || work.needs == self.state);
            // What need not happen, happens only for somebody who needs it at once.
            let idle = work.until == NONE && wanted.get(work.gives as usize) != Some(&true);
            if !fits || idle {
                continue;
            }
            match kinds.iter_mut().find(|(_, known)| (known.needs, known.gives) == (work.needs, work.gives)) {
                Some(known) if (work.until, index) < (known.1.until, known.0) => *known = (index, work),
                Some(_) => {}
                None => kinds.push((index, work)),
            }
        }
        for value in marked {
            if let Some(mark) = wanted.get_mut(value as usize) {
                *mark = false;
            }
        }
        self.wanted = wanted;
        let rank = |(index, work): &(u32, Work)| {
            let first = match () {
                () if work.gives == goal.needs => 0,
                () if *index == forced => 1,
                () => 2,
            };
            (first << 32 | u64::from(work.until), *index)
        };
        let mut ranked: Vec<(u64, u32)> = kinds.iter().map(rank).collect();
        order::sort(&mut ranked);
        self.choices.extend(ranked.iter().rev().map(|pair| pair.1));
        self.saved.extend_from_slice(&self.done);
        self.frames.push(Frame {
            event: self.event as u32,
            state: self.state,
            ordered: self.order.len() as u32,
            choices: begin as u32,
        });
    }

    /// Takes the next choice of the latest frame that has one; `false`: there is none.
    fn choose(&mut self) -> bool {
        while let Some(frame) = self.frames.last() {
            let (event, state, ordered) = (frame.event as usize, frame.state, frame.ordered as usize);
            let left = self.choices.len() > frame.choices as usize;
            self.rewind(event);
            self.order.truncate(ordered);
            self.state = state;
            let base = (self.frames.len() - 1) * self.width;
            if let Some(saved) = self.saved.get(base..base + self.width) {
                self.done.copy_from_slice(saved);
            }
            if left && let Some(choice) = self.choices.pop() {
                self.place(choice);
                return true;
            }
            self.saved.truncate(base);
            self.frames.pop();
            self.steps += 1;
        }
        false
    }

    /// Gives a work its place in the order, and those that cost nothing with it.
    fn place(&mut self, choice: u32) {
        let Some(work) = self.work(choice) else { return };
        self.set_done(work.slot, true);
        self.steps += self.open.len() as u64 / 16;
        for slot in 0..self.open.len() {
            let other = self.open.get(slot).copied().and_then(|index| Some((index, self.work(index)?)));
            let Some((index, other)) = other.filter(|_| !self.is_done(slot as u32)) else { continue };
            let unseen = self.watched.get(other.gives as usize) == Some(&0);
            // A value that nobody ever sees is best overwritten at once.
            if work.needs == NONE && other.needs == NONE && unseen {
                self.set_done(slot as u32, true);
                self.order.push(index);
            }
        }
        self.order.push(choice);
        self.state = work.gives;
        for slot in 0..self.open.len() {
            let other = self.open.get(slot).copied().and_then(|index| Some((index, self.work(index)?)));
            let Some((index, other)) = other.filter(|_| !self.is_done(slot as u32)) else { continue };
            if other.gives == NONE && other.needs == self.state {
                self.set_done(slot as u32, true);
                self.order.push(index);
            }
        }
    }

    fn stuck(&self) -> Found {
        let place = |index: u32| self.work(index).map(|work| work.place);
        let op = self.events.get(self.furthest).and_then(|event| place(event / 2)).unwrap_or(0);
        let could = self.could.iter().filter_map(|value| self.values.get(*value as usize).copied()).collect();
        Found::Stuck(Stuck { op, order: self.order.iter().filter_map(|index| place(*index)).collect(), could })
    }
}
