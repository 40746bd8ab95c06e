//! How long things take: the numbers that are passed around with who said them and when, the ways of a request made of
//! them, and what light in a fibre allows.

pub mod cities;
pub mod kernels;
pub mod path;
mod read;
pub mod sample;
pub mod show;
pub mod table;

#[cfg(test)]
mod tests;
