//! Reads and writes by quorums, and what their histories prove.

pub mod history;
pub mod linear;
pub mod sample;
mod table;
