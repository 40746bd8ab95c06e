//! The tests, a file for each part of the page.

mod access;
mod cache;
mod calculator;
mod class;
mod embed;
mod errors;
mod export;
mod faces;
mod harness;
mod kafka;
mod keyboard;
mod loading;
mod offline;
mod quorum;
mod reflow;
mod ring;
mod smoke;
mod store;
mod told;
mod tour;

use std::fmt;

use anyhow::Result;

use crate::browser::Browser;
use crate::page::Page;

pub struct Test {
    pub name: &'static str,
    pub run: fn(&mut Page) -> Result<()>,
    /// The browsers that can do what the test does to them.
    pub on: &'static [Browser],
}

/// A test that cannot be run here: not a failure, unless everything is required.
#[derive(Debug)]
pub struct Skipped(pub String);

impl fmt::Display for Skipped {
    fn fmt(&self, to: &mut fmt::Formatter) -> fmt::Result {
        to.write_str(&self.0)
    }
}

impl std::error::Error for Skipped {}

/// Names each function as a test of its file: `tests![loads]` in smoke.rs is `smoke::loads`. Those for some browsers
/// only say which: `tests![loads on [Chromium, Firefox]]`.
macro_rules! tests {
    ($($run:ident $(on [$($browser:ident),*])?),* $(,)?) => {
        pub const TESTS: &[crate::tests::Test] = &[$(crate::tests::Test {
            name: {
                // module_path! is browser_tests::tests::FILE.
                const NAME: &str = concat!(module_path!(), "::", stringify!($run));
                NAME.split_at("browser_tests::tests::".len()).1
            },
            run: $run,
            on: crate::tests::tests!(@on $([$($browser),*])?),
        }),*];
    };
    (@on) => { crate::browser::ALL };
    (@on [$($browser:ident),*]) => { &[$(crate::browser::Browser::$browser),*] };
}
use tests;

pub fn all() -> impl Iterator<Item = &'static Test> {
    [
        smoke::TESTS,
        access::TESTS,
        loading::TESTS,
        offline::TESTS,
        reflow::TESTS,
        ring::TESTS,
        quorum::TESTS,
        kafka::TESTS,
        keyboard::TESTS,
        cache::TESTS,
        calculator::TESTS,
        embed::TESTS,
        class::TESTS,
        errors::TESTS,
        export::TESTS,
        harness::TESTS,
        store::TESTS,
        told::TESTS,
        tour::TESTS,
    ]
    .into_iter()
    .flatten()
}
