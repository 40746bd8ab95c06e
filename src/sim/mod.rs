//! Simulation: virtual time, ordered events, named random streams, invariants, history. Never a picture.

pub mod decimal;
pub mod digest;
pub mod history;
pub mod order;
pub mod queue;
pub mod random;
pub mod time;

pub use digest::digest;
pub use queue::Queue;
pub use time::{MS, Micros, SECOND};
