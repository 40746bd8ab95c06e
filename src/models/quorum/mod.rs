//! Replicated registers: who must answer, which version is the later one, and what a reader may see.

pub mod level;
pub mod merkle;
pub mod pbs;
pub mod version;
