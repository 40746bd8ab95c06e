//! Bélády's optimum: evicts what is asked for again last. It has to know the future, so it works on whole traces only.

use super::Key;

/// After the last request of a key.
pub const NEVER: u32 = u32::MAX;

/// For each request, when the same key is asked for next.
pub fn next_uses(trace: &[Key]) -> Vec<u32> {
    let keys = trace.iter().max().map_or(0, |most| *most as usize + 1);
    let mut seen = vec![NEVER; keys];
    let mut next = vec![NEVER; trace.len()];
    for (at, key) in trace.iter().enumerate().rev() {
        next[at] = std::mem::replace(&mut seen[*key as usize], at as u32);
    }
    next
}

/// One cache of so many entries of size 1, going through a trace. A miss always puts in what was missed.
///
/// What is held is known by the moments at which it is asked for next: a set of moments, of which the last is looked
/// for, as bits in words under words. Which of those goes that are never asked for again makes no difference.
#[derive(Clone, Debug)]
pub struct Optimal {
    capacity: u64,
    /// Each bit of a level says whether the word below it has any.
    levels: Vec<Vec<u64>>,
    held: u64,
    /// Of those held, never asked for again.
    dead: u64,
}

impl Optimal {
    pub fn new(requests: usize, capacity: u64) -> Optimal {
        let mut levels = Vec::new();
        let mut words = requests.max(1);
        loop {
            words = words.div_ceil(64);
            levels.push(vec![0; words]);
            if words == 1 {
                return Optimal { capacity, levels, held: 0, dead: 0 };
            }
        }
    }

    /// The request at a moment, and when its key is asked for next (`NEVER`: not again). Moments in order, each once.
    pub fn request(&mut self, at: u32, next: u32) -> bool {
        let hit = self.take(at);
        if !hit {
            if self.capacity == 0 {
                return false;
            }
            if self.held == self.capacity {
                if self.dead > 0 {
                    self.dead -= 1;
                } else if let Some(last) = self.last() {
                    self.take(last);
                }
            } else {
                self.held += 1;
            }
        }
        if next == NEVER {
            self.dead += 1;
        } else {
            let mut at = next as usize;
            for level in &mut self.levels {
                let Some(word) = level.get_mut(at / 64) else { break };
                let before = *word;
                *word |= 1 << (at % 64);
                if before != 0 {
                    break;
                }
                at /= 64;
            }
        }
        hit
    }

    fn take(&mut self, at: u32) -> bool {
        let mut at = at as usize;
        for (height, level) in self.levels.iter_mut().enumerate() {
            let Some(word) = level.get_mut(at / 64) else { return false };
            if height == 0 && *word >> (at % 64) & 1 == 0 {
                return false;
            }
            *word &= !(1 << (at % 64));
            if *word != 0 {
                return true;
            }
            at /= 64;
        }
        true
    }

    fn last(&self) -> Option<u32> {
        let mut at = 0;
        for level in self.levels.iter().rev() {
            let word = level.get(at)?;
            at = at * 64 + word.checked_ilog2()? as usize;
        }
        Some(at as u32)
    }
}
