//! Simulation: virtual time, ordered events, named random streams, invariants, history. Never a picture.

pub mod chronicle;
pub mod decimal;
pub mod digest;
pub mod history;
pub mod latency;
pub mod order;
pub mod quantile;
pub mod queue;
pub mod random;
pub mod time;

pub use chronicle::Chronicle;
pub use digest::digest;
pub use latency::Delay;
pub use queue::Queue;
pub use time::{MS, Micros, SECOND};
