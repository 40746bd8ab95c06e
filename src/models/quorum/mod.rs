//! Replicated registers: who must answer, which version is the later one, what a reader may see, and what histories of
//! reads and writes prove.

pub mod history;
pub mod jepsen;
pub mod level;
pub mod linear;
pub mod merkle;
mod pages;
pub mod pbs;
pub mod sample;
pub mod session;
mod table;
pub mod version;
pub mod zones;
