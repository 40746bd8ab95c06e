//! Drawing: a `Scene` is plain data; everything here is a pure function of time and size. No DOM.

pub mod chart;
pub mod motion;
mod plot;
pub mod scene;
pub mod svg;
pub mod theme;

/// The order of things by a number each, ties as they stood. One sort for all uses: each further one that the compiler
/// writes out costs the download some kilobytes.
fn ranked(keys: impl Iterator<Item = f64>) -> Vec<usize> {
    let mut order: Vec<(f64, usize)> = keys.enumerate().map(|(i, key)| (key, i)).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    order.into_iter().map(|(_, i)| i).collect()
}
