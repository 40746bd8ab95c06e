//! Moving Parts: distributed systems explained by running the real algorithms in the reader's browser.

pub mod draw;
pub mod explainers;
pub mod gauge;
pub mod link;
pub mod models;
pub mod sim;

#[cfg(feature = "web")]
pub mod web;
