//! The algorithms themselves: no time, no pictures.

pub mod caching;
pub mod estimate;
pub mod hashing;
pub mod kafka;
pub mod latency;
pub mod quorum;
