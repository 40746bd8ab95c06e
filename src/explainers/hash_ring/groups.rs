//! Places gathered by how they look, so that each group is one path.

use crate::draw::scene::{Ink, Layer, Shape, Token};

/// Pairs of numbers gathered by what they have in common, in the order of it: (a size or a server, a token, and more).
/// A list, as the groups are few; one kind of key, as each further one would be compiled anew.
#[derive(Default)]
pub(super) struct Groups(pub(super) Vec<([u32; 3], Pairs)>);

pub(super) type Pairs = Vec<(f32, f32)>;

impl Groups {
    pub(super) fn of(&mut self, key: [u32; 3]) -> &mut Pairs {
        let place = match self.0.binary_search_by_key(&key, |group| group.0) {
            Ok(place) => place,
            Err(place) => {
                self.0.insert(place, (key, Vec::new()));
                place
            }
        };
        &mut self.0[place].1
    }
}

/// Dots gathered by size and colour.
#[derive(Default)]
pub(super) struct Heap(Groups);

impl Heap {
    pub(super) fn put(&mut self, at: (f32, f32), r: f32, ink: Ink) {
        self.0.of([(r * 10.0) as u32, ink.token as u32, u32::from(ink.alpha)]).push(at);
    }
    pub(super) fn pour(self, layer: &mut Layer) {
        for ([r, token, alpha], at) in self.0.0 {
            layer.add(Shape::Dots { at: at.into(), r: r as f32 / 10.0, fill: faded(token, alpha) });
        }
    }
}

pub(super) fn faded(token: u32, alpha: u32) -> Ink {
    Ink::faded(Token::ALL.get(token as usize).copied().unwrap_or(Token::Ink), alpha as u8)
}
