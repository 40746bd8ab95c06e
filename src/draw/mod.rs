//! Drawing: a `Scene` is plain data; everything here is a pure function of time and size. No DOM.

pub mod change;
pub mod chart;
pub mod gif;
#[cfg(test)]
pub mod legible;
pub mod motion;
pub mod palette;
pub mod pen;
mod plot;
pub mod qr;
pub mod scene;
pub mod sheet;
pub mod svg;
pub mod theme;
pub mod way;

use crate::sim::order;

/// The order of things by a number each, ties as they stood.
fn ranked(keys: impl Iterator<Item = f64>) -> Vec<usize> {
    let keys: Vec<u64> = keys.map(order::rank).collect();
    order::order(&keys).into_iter().map(|i| i as usize).collect()
}
