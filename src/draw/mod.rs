//! Drawing: a `Scene` is plain data; everything here is a pure function of time and size. No DOM.

pub mod scene;
