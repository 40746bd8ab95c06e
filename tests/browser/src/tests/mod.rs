//! The tests, a file for each part of the page.

mod cache;
mod calculator;
mod export;
mod harness;
mod kafka;
mod loading;
mod quorum;
mod ring;
mod smoke;
mod store;

use anyhow::Result;

use crate::page::Page;

pub struct Test {
    pub name: &'static str,
    pub run: fn(&mut Page) -> Result<()>,
}

/// Names each function as a test of its file: `tests![loads]` in smoke.rs is `smoke::loads`.
macro_rules! tests {
    ($($run:ident),* $(,)?) => {
        pub const TESTS: &[crate::tests::Test] = &[$(crate::tests::Test {
            name: {
                // module_path! is browser_tests::tests::FILE.
                const NAME: &str = concat!(module_path!(), "::", stringify!($run));
                NAME.split_at("browser_tests::tests::".len()).1
            },
            run: $run,
        }),*];
    };
}
use tests;

pub fn all() -> impl Iterator<Item = &'static Test> {
    [
        smoke::TESTS,
        loading::TESTS,
        ring::TESTS,
        quorum::TESTS,
        kafka::TESTS,
        cache::TESTS,
        calculator::TESTS,
        export::TESTS,
        harness::TESTS,
        store::TESTS,
    ]
    .into_iter()
    .flatten()
}
