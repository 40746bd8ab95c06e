//! The colours of a film: those that are in it where they are few enough, else those that stand for the rest best. What
//! a theme names is always there as it is, so that whole areas have no tint; only the mixtures at edges are rounded.

use crate::sim::order;

/// One of the 256 that a GIF has is for what does not change.
pub const MOST: usize = 255;

/// Slots for colours while counting, a power of two; and how many may be taken, so that a free one is soon found.
/// What comes after that is painted with the nearest.
const SLOTS: usize = 1 << 16;
const FULL: usize = SLOTS / 4 * 3;
const FREE: u32 = u32::MAX;

/// How often each colour occurs.
pub struct Counts {
    slots: Vec<(u32, u32)>,
    taken: usize,
}

impl Default for Counts {
    fn default() -> Counts {
        Counts { slots: vec![(FREE, 0); SLOTS], taken: 0 }
    }
}

/// A colour as one number, from the bytes that a canvas gives: red, green, blue, alpha.
pub fn packed(pixel: &[u8]) -> u32 {
    match *pixel {
        [r, g, b, ..] => u32::from(r) << 16 | u32::from(g) << 8 | u32::from(b),
        _ => 0,
    }
}

fn unpacked(colour: u32) -> [u8; 3] {
    let [_, r, g, b] = colour.to_be_bytes();
    [r, g, b]
}

/// Where a colour is looked for first, of so many places (a power of two).
fn place(colour: u32, of: usize) -> usize {
    (colour.wrapping_mul(0x9e37_79b1) >> 8) as usize & (of - 1)
}

impl Counts {
    pub fn add(&mut self, rgba: &[u8]) {
        // Most pixels are like the one before.
        let mut run = (FREE, 0);
        for pixel in rgba.chunks_exact(4) {
            let colour = packed(pixel);
            if colour != run.0 {
                self.put(run);
                run = (colour, 0);
            }
            run.1 += 1;
        }
        self.put(run);
    }

    fn put(&mut self, (colour, times): (u32, u32)) {
        if times == 0 {
            return;
        }
        let mut i = place(colour, SLOTS);
        while let Some(slot) = self.slots.get_mut(i) {
            if slot.0 == FREE {
                if self.taken >= FULL {
                    return;
                }
                (slot.0, self.taken) = (colour, self.taken + 1);
            }
            if slot.0 == colour {
                slot.1 = slot.1.saturating_add(times);
                return;
            }
            i = (i + 1) & (SLOTS - 1);
        }
    }

    /// Every colour with its count, by colour.
    fn all(&self) -> Vec<(u32, u32)> {
        let taken: Vec<(u32, u32)> = self.slots.iter().copied().filter(|slot| slot.0 != FREE).collect();
        let keys: Vec<u64> = taken.iter().map(|slot| u64::from(slot.0)).collect();
        order::order(&keys).into_iter().filter_map(|i| taken.get(i as usize).copied()).collect()
    }
}

/// At most `MOST` colours, and which of them is nearest to any other.
pub struct Palette {
    pub colours: Vec<[u8; 3]>,
    /// What was asked before: the colour and its answer.
    known: Vec<(u32, u8)>,
}

const KNOWN: usize = 1 << 13;

impl Palette {
    /// `kept` are in it whatever the counts say.
    pub fn of(counts: &Counts, kept: &[[u8; 3]]) -> Palette {
        let all = counts.all();
        let mut colours: Vec<[u8; 3]> = Vec::new();
        if all.len() <= MOST {
            colours.extend(all.iter().map(|(colour, _)| unpacked(*colour)));
        } else {
            let mut add = |colour| {
                if !colours.contains(&colour) && colours.len() < MOST {
                    colours.push(colour);
                }
            };
            kept.iter().for_each(|colour| add(*colour));
            let rest: Vec<(u32, u32)> =
                all.into_iter().filter(|(colour, _)| !kept.contains(&unpacked(*colour))).collect();
            cut(rest, MOST.saturating_sub(kept.len())).into_iter().for_each(add);
        }
        if colours.is_empty() {
            colours.push([0, 0, 0]);
        }
        Palette { colours, known: vec![(FREE, 0); KNOWN] }
    }

    /// The place of the colour that is nearest to this one; the first of equals.
    pub fn nearest(&mut self, colour: u32) -> u8 {
        let slot = place(colour, KNOWN);
        if let Some((known, found)) = self.known.get(slot)
            && *known == colour
        {
            return *found;
        }
        let wanted = unpacked(colour);
        let far = |other: &[u8; 3]| {
            let apart = |i: usize| i32::from(wanted[i]) - i32::from(other[i]);
            // Eyes tell greens apart best and blues least.
            apart(0) * apart(0) * 3 + apart(1) * apart(1) * 4 + apart(2) * apart(2) * 2
        };
        let best = (0..self.colours.len()).min_by_key(|i| far(&self.colours[*i])).unwrap_or(0) as u8;
        if let Some(slot) = self.known.get_mut(slot) {
            *slot = (colour, best);
        }
        best
    }
}

/// Median cut: the box of colours that is worth most (its longest side by how often it occurs) is cut in two until
/// there are enough; each box gives its mean.
fn cut(all: Vec<(u32, u32)>, most: usize) -> Vec<[u8; 3]> {
    let mut boxes = vec![Colours::new(all)];
    while boxes.len() < most {
        let best = (0..boxes.len()).max_by_key(|i| (boxes[*i].worth, usize::MAX - i));
        let Some(best) = best.filter(|i| boxes[*i].worth > 0) else { break };
        let (a, b) = boxes.swap_remove(best).halves();
        boxes.extend([a, b]);
    }
    boxes.iter().filter(|colours| !colours.all.is_empty()).map(Colours::mean).collect()
}

struct Colours {
    all: Vec<(u32, u32)>,
    /// The channel in which they differ most.
    channel: usize,
    worth: u64,
}

impl Colours {
    fn new(all: Vec<(u32, u32)>) -> Colours {
        let (mut low, mut high, mut count) = ([255u8; 3], [0u8; 3], 0u64);
        for (colour, times) in &all {
            count += u64::from(*times);
            for (i, v) in unpacked(*colour).into_iter().enumerate() {
                (low[i], high[i]) = (low[i].min(v), high[i].max(v));
            }
        }
        let side = |i: usize| u64::from(high[i].saturating_sub(low[i]));
        let channel = [1, 0, 2].into_iter().max_by_key(|i| side(*i)).unwrap_or(1);
        // A rare colour far from all others matters as well: the side counts twice.
        Colours { worth: side(channel) * side(channel) * count, channel, all }
    }

    fn halves(self) -> (Colours, Colours) {
        let keys: Vec<u64> = self.all.iter().map(|(colour, _)| u64::from(unpacked(*colour)[self.channel])).collect();
        let sorted: Vec<(u32, u32)> = order::order(&keys).into_iter().map(|i| self.all[i as usize]).collect();
        let total: u64 = sorted.iter().map(|(_, times)| u64::from(*times)).sum();
        let mut sum = 0;
        let half = sorted.iter().position(|(_, times)| {
            sum += u64::from(*times);
            sum * 2 >= total
        });
        let at = half.map_or(1, |at| at + 1).clamp(1, sorted.len().saturating_sub(1).max(1));
        let (a, b) = sorted.split_at(at.min(sorted.len()));
        (Colours::new(a.to_vec()), Colours::new(b.to_vec()))
    }

    fn mean(&self) -> [u8; 3] {
        let total: u64 = self.all.iter().map(|(_, times)| u64::from(*times)).sum::<u64>().max(1);
        [0, 1, 2].map(|i| {
            let sum: u64 =
                self.all.iter().map(|(colour, times)| u64::from(unpacked(*colour)[i]) * u64::from(*times)).sum();
            ((sum + total / 2) / total) as u8
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counted(colours: impl Iterator<Item = [u8; 3]>) -> Counts {
        let mut counts = Counts::default();
        let rgba: Vec<u8> = colours.flat_map(|[r, g, b]| [r, g, b, 255]).collect();
        counts.add(&rgba);
        counts
    }

    #[test]
    fn few_colours_stay_as_they_are() {
        let all: Vec<[u8; 3]> = (0..=254u8).map(|i| [i, 255 - i, i / 2]).collect();
        let mut palette = Palette::of(&counted(all.iter().copied()), &[[1, 2, 3]]);
        assert_eq!(palette.colours.len(), 255);
        for colour in all {
            let found = palette.nearest(packed(&[colour[0], colour[1], colour[2], 255]));
            assert_eq!(palette.colours[usize::from(found)], colour);
        }
        assert_eq!(Palette::of(&Counts::default(), &[]).colours.len(), 1, "never none");
    }

    #[test]
    fn of_many_colours_the_named_ones_stay_and_the_rest_are_near() {
        let kept = [[0, 114, 178], [255, 255, 255]];
        // A whole area of one colour, and mixtures of it with white and with black.
        let mixtures = (0..=255u8).flat_map(|i| [[i, i, i], [i, 114, 178], [255, i, 255 - i]]);
        let flat = std::iter::repeat_n([0, 114, 178], 5_000);
        let counts = counted(flat.chain(mixtures.clone()));
        let mut palette = Palette::of(&counts, &kept);
        assert!(palette.colours.len() <= MOST && palette.colours.len() > 200, "{}", palette.colours.len());
        let blue = palette.nearest(0x0072b2);
        assert_eq!(palette.colours[usize::from(blue)], [0, 114, 178]);
        let worst = mixtures
            .map(|colour| {
                let found = palette.nearest(packed(&colour));
                let found = palette.colours[usize::from(found)];
                (0..3).map(|i| colour[i].abs_diff(found[i])).max().unwrap_or(0)
            })
            .max();
        assert!(worst <= Some(6), "an edge is off by {worst:?} of 255");
    }

    proptest! {
        /// The nearest is the nearest, also when it was asked before and its place is taken by another.
        #[test]
        fn nothing_is_nearer(colours in proptest::collection::vec(any::<[u8; 3]>(), 1..40), asked in any::<[u8; 3]>()) {
            let mut palette = Palette::of(&counted(colours.iter().copied()), &[]);
            let far = |a: [u8; 3], b: [u8; 3]| {
                let d = |i: usize| i32::from(a[i]) - i32::from(b[i]);
                d(0) * d(0) * 3 + d(1) * d(1) * 4 + d(2) * d(2) * 2
            };
            for asked in colours.iter().copied().chain([asked, asked]) {
                let found = palette.nearest(packed(&asked));
                let best = palette.colours.iter().map(|colour| far(*colour, asked)).min();
                prop_assert_eq!(palette.colours.get(usize::from(found)).map(|found| far(*found, asked)), best);
            }
        }
    }
}
