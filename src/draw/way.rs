//! Ways with corners, on which messages go.

use super::scene::{Seg, turn_of};

pub type Spot = (f32, f32);

/// A way with corners.
pub struct Way {
    spots: Vec<Spot>,
    length: f32,
}

impl Way {
    pub fn new(spots: Vec<Spot>) -> Way {
        let length = spots.windows(2).map(|pair| far(pair[0], pair[1])).sum();
        Way { spots, length }
    }
    /// A place on it and which way one is going there, in turns.
    pub fn at(&self, t: f32) -> (Spot, f32) {
        let mut left = self.length * t.clamp(0.0, 1.0);
        for pair in self.spots.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            let long = far(a, b).max(1e-3);
            if left <= long || b == *self.spots.last().unwrap_or(&b) {
                let share = (left / long).min(1.0);
                return ((a.0 + (b.0 - a.0) * share, a.1 + (b.1 - a.1) * share), turn_of(b.0 - a.0, b.1 - a.1));
            }
            left -= long;
        }
        (self.spots.first().copied().unwrap_or_default(), 0.0)
    }
    /// Its beginning, as far as that share of it.
    pub fn until(&self, t: f32) -> Way {
        let mut left = self.length * t.clamp(0.0, 1.0);
        let mut spots: Vec<Spot> = self.spots.first().copied().into_iter().collect();
        for pair in self.spots.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            let long = far(a, b);
            if left < long {
                let share = left / long.max(1e-3);
                spots.push((a.0 + (b.0 - a.0) * share, a.1 + (b.1 - a.1) * share));
                break;
            }
            spots.push(b);
            left -= long;
        }
        Way::new(spots)
    }
    /// Its corners rounded.
    pub fn segs(&self) -> Vec<Seg> {
        let mut segs = Vec::new();
        for (i, spot) in self.spots.iter().enumerate() {
            match (i, self.spots.get(i + 1)) {
                (0, _) => segs.push(Seg::Move(spot.0, spot.1)),
                (_, None) => segs.push(Seg::Line(spot.0, spot.1)),
                (_, Some(next)) => {
                    let before = self.spots[i - 1];
                    let r = 7.0f32.min(far(before, *spot) / 2.0).min(far(*spot, *next) / 2.0);
                    let near = |other: Spot| {
                        let long = far(other, *spot).max(1e-3);
                        (spot.0 + (other.0 - spot.0) * r / long, spot.1 + (other.1 - spot.1) * r / long)
                    };
                    let (a, b) = (near(before), near(*next));
                    segs.extend([Seg::Line(a.0, a.1), Seg::Cubic(spot.0, spot.1, spot.0, spot.1, b.0, b.1)]);
                }
            }
        }
        segs
    }
}

pub fn far(a: Spot, b: Spot) -> f32 {
    ((a.0 - b.0) * (a.0 - b.0) + (a.1 - b.1) * (a.1 - b.1)).sqrt()
}
