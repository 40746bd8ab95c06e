//! Reads and writes by quorums, and what their histories prove.

pub mod history;
pub mod jepsen;
pub mod linear;
mod pages;
pub mod sample;
pub mod session;
mod table;
pub mod zones;
