//! What the coordinator has still to do by itself, each thing under a key: scheduling a key again moves it.

use super::types::Timer;
use crate::sim::Micros;

#[derive(Clone, Debug, Default, Hash)]
pub struct Timers {
    list: Vec<Entry>,
    /// How many were ever scheduled: of two that are due at the same time, the one scheduled first goes first.
    scheduled: u64,
}

#[derive(Clone, Debug, Hash)]
struct Entry {
    at: Micros,
    place: u64,
    timer: Timer,
    /// The epoch at which it was scheduled, where that counts.
    epoch: i32,
}

impl Timers {
    pub fn schedule(&mut self, at: Micros, timer: Timer, epoch: i32) {
        let place = self.scheduled;
        self.scheduled += 1;
        match self.list.iter_mut().find(|entry| entry.timer == timer) {
            Some(entry) => (entry.at, entry.place, entry.epoch) = (at, place, epoch),
            None => self.list.push(Entry { at, place, timer, epoch }),
        }
    }

    pub fn cancel(&mut self, timer: &Timer) {
        if let Some(at) = self.list.iter().position(|entry| entry.timer == *timer) {
            self.list.swap_remove(at);
        }
    }

    /// When the next is due.
    pub fn due(&self) -> Option<Micros> {
        self.list.iter().map(|entry| entry.at).min()
    }

    /// The next, if it is due at `now`, with the epoch at which it was scheduled.
    pub fn pop(&mut self, now: Micros) -> Option<(Micros, Timer, i32)> {
        let next = self.list.iter().enumerate().min_by_key(|(_, entry)| (entry.at, entry.place));
        let (at, _) = next.filter(|(_, entry)| entry.at <= now)?;
        let entry = self.list.swap_remove(at);
        Some((entry.at, entry.timer, entry.epoch))
    }

    /// Takes a later moment for the beginning of time.
    pub fn rebase(&mut self, by: Micros) {
        self.list.iter_mut().for_each(|entry| entry.at = entry.at.saturating_sub(by));
    }

    /// When a timer is due.
    pub fn at(&self, timer: &Timer) -> Option<Micros> {
        self.list.iter().find(|entry| entry.timer == *timer).map(|entry| entry.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_scheduled_again_moves_and_loses_its_place() {
        let mut timers = Timers::default();
        let beat = |id: &str| Timer::Heartbeat(id.into());
        timers.schedule(5, beat("a"), 0);
        timers.schedule(5, beat("b"), 0);
        timers.schedule(3, Timer::Join, 0);
        timers.schedule(5, beat("a"), 7);
        assert_eq!((timers.due(), timers.at(&beat("a"))), (Some(3), Some(5)));
        timers.cancel(&Timer::Join);
        assert_eq!(timers.pop(4), None);
        assert_eq!(timers.pop(5), Some((5, beat("b"), 0)));
        assert_eq!(timers.pop(5), Some((5, beat("a"), 7)));
        assert_eq!((timers.pop(5), timers.due()), (None, None));
    }
}
