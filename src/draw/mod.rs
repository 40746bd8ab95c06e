//! Drawing: a `Scene` is plain data; everything here is a pure function of time and size. No DOM.

pub mod chart;
pub mod motion;
mod plot;
pub mod scene;
pub mod svg;
pub mod theme;
