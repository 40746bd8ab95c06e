//! What is still to happen, ordered by time and, at the same time, by who was scheduled first.

use super::Micros;
use std::collections::VecDeque;

#[derive(Clone, Debug, Hash)]
pub struct Queue<E> {
    /// In order. What is scheduled at once is little, so a list does, and is a tenth of a map's code.
    due: VecDeque<((Micros, u64), E)>,
    next: u64,
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Queue { due: VecDeque::new(), next: 0 }
    }
}

impl<E> Queue<E> {
    pub fn schedule(&mut self, at: Micros, event: E) {
        let place = self.due.partition_point(|((then, _), _)| *then <= at);
        self.due.insert(place, ((at, self.next), event));
        self.next += 1;
    }

    /// The earliest event at or before `to`.
    pub fn pop(&mut self, to: Micros) -> Option<(Micros, E)> {
        if self.next_at()? > to {
            return None;
        }
        self.due.pop_front().map(|((at, _), event)| (at, event))
    }

    pub fn next_at(&self) -> Option<Micros> {
        self.due.front().map(|((at, _), _)| *at)
    }

    pub fn last_at(&self) -> Option<Micros> {
        self.due.back().map(|((at, _), _)| *at)
    }

    pub fn retain(&mut self, mut keep: impl FnMut(Micros, &E) -> bool) {
        self.due.retain(|((at, _), event)| keep(*at, event));
    }

    /// Takes a later moment for the beginning of time; what was due before it is due at once.
    pub fn rebase(&mut self, by: Micros) {
        self.due.iter_mut().for_each(|((at, _), _)| *at = at.saturating_sub(by));
    }

    pub fn iter(&self) -> impl Iterator<Item = (Micros, &E)> {
        self.due.iter().map(|((at, _), event)| (*at, event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_time_first_come_first_served() {
        let mut queue = Queue::default();
        queue.schedule(5, 'b');
        queue.schedule(3, 'a');
        queue.schedule(5, 'c');
        assert_eq!(queue.pop(4), Some((3, 'a')));
        assert_eq!(queue.pop(4), None);
        assert_eq!((queue.pop(5), queue.pop(9), queue.pop(9)), (Some((5, 'b')), Some((5, 'c')), None));
    }
}
