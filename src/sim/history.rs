//! What the reader did, and when: a log of actions per branch. Acting in the past starts a branch; the old one stays.

use super::Micros;
use super::order::by_time;

#[derive(Clone, Debug, PartialEq)]
pub struct Branch<A> {
    pub actions: Vec<(Micros, A)>,
    /// The branch this one left, and when.
    pub parent: Option<(usize, Micros)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct History<A> {
    branches: Vec<Branch<A>>,
    current: usize,
}

impl<A> Default for History<A> {
    fn default() -> Self {
        History { branches: vec![Branch { actions: Vec::new(), parent: None }], current: 0 }
    }
}

impl<A: Clone> History<A> {
    /// A history of one branch. Actions come in order of time; equal times keep their order.
    pub fn of(actions: Vec<(Micros, A)>) -> Self {
        let actions = by_time(actions);
        History { branches: vec![Branch { actions, parent: None }], current: 0 }
    }

    pub fn actions(&self) -> &[(Micros, A)] {
        self.branches.get(self.current).map_or(&[], |branch| &branch.actions)
    }

    pub fn branches(&self) -> &[Branch<A>] {
        &self.branches
    }

    pub fn current(&self) -> usize {
        self.current
    }

    /// Adds an action at `at`. When something came later, that future is kept as it is and a new branch begins.
    /// Says whether it did.
    pub fn act(&mut self, at: Micros, action: A) -> bool {
        let here = self.current;
        let Some(branch) = self.branches.get_mut(here) else { return false };
        let before = branch.actions.partition_point(|(then, _)| *then <= at);
        if before == branch.actions.len() {
            branch.actions.push((at, action));
            return false;
        }
        let mut actions = branch.actions[..before].to_vec();
        actions.push((at, action));
        self.branches.push(Branch { actions, parent: Some((here, at)) });
        self.current = self.branches.len() - 1;
        true
    }

    /// Takes the latest action of the current branch back.
    pub fn undo(&mut self) -> Option<(Micros, A)> {
        self.branches.get_mut(self.current)?.actions.pop()
    }

    /// Replaces the current branch's actions by those that could be done.
    pub fn keep(&mut self, actions: Vec<(Micros, A)>) {
        if let Some(branch) = self.branches.get_mut(self.current) {
            branch.actions = actions;
        }
    }

    pub fn switch(&mut self, to: usize) -> bool {
        let known = to < self.branches.len();
        if known {
            self.current = to;
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acting_in_the_past_keeps_the_old_branch() {
        let mut history = History::of(vec![(5, 'b'), (2, 'a')]);
        assert!(!history.act(7, 'c'));
        assert!(history.act(3, 'x'));
        assert_eq!(history.actions(), [(2, 'a'), (3, 'x')]);
        assert_eq!(history.branches()[1].parent, Some((0, 3)));
        assert!(history.switch(0));
        assert_eq!(history.actions(), [(2, 'a'), (5, 'b'), (7, 'c')]);
        assert!(!history.switch(2));
    }
}
