//! A list whose clones share their pages; a page is copied when one of them writes to it. Worlds are cloned as
//! checkpoints, and what a watch knows grows with the run.

use std::rc::Rc;

pub const PAGE: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pages<T> {
    pages: Vec<Rc<Vec<T>>>,
}

impl<T> Default for Pages<T> {
    fn default() -> Pages<T> {
        Pages { pages: Vec::new() }
    }
}

impl<T: Clone> Pages<T> {
    pub fn len(&self) -> usize {
        self.pages.last().map_or(0, |last| (self.pages.len() - 1) * PAGE + last.len())
    }

    pub fn get(&self, at: usize) -> Option<&T> {
        self.pages.get(at / PAGE)?.get(at % PAGE)
    }

    /// To be written to.
    pub fn change(&mut self, at: usize) -> Option<&mut T> {
        Rc::make_mut(self.pages.get_mut(at / PAGE)?).get_mut(at % PAGE)
    }

    pub fn push(&mut self, item: T) {
        match self.pages.last_mut().filter(|last| last.len() < PAGE) {
            Some(last) => Rc::make_mut(last).push(item),
            None => self.pages.push(Rc::new(vec![item])),
        }
    }

    /// How many there are before the first for which it is not true, in a list that is sorted so.
    pub fn partition_point(&self, mut is: impl FnMut(&T) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = (low + high) / 2;
            if self.get(middle).is_some_and(&mut is) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_stays_as_it_was() {
        let mut list = Pages::default();
        for i in 0..200 {
            list.push(i * 2);
        }
        let old = list.clone();
        *list.change(100).expect("an item") = 7;
        list.push(1_000);
        assert_eq!((old.len(), old.get(100), old.get(200)), (200, Some(&200), None));
        assert_eq!((list.len(), list.get(100), list.get(200)), (201, Some(&7), Some(&1_000)));
        // Only what was written to is there twice.
        let shared = list.pages.iter().zip(&old.pages).filter(|(a, b)| Rc::ptr_eq(a, b)).count();
        assert_eq!(shared, 2);
        assert_eq!(old.partition_point(|item| *item < 250), 125);
        assert_eq!((old.partition_point(|_| true), old.partition_point(|_| false)), (200, 0));
    }
}
