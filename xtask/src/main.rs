//! `cargo xtask serve | build | test | bench`: everything between a fresh clone and a reader's browser.

mod bench;
mod dev_server;
mod glue;
mod hashing;
mod parts;
mod site;
mod sizes;
mod testing;
mod toolchain;

use std::path::PathBuf;
use std::process::ExitCode;

use xtask_wasm::anyhow::Result;
use xtask_wasm::clap::{self, Parser};

#[derive(Parser)]
#[clap(name = "cargo xtask", bin_name = "cargo xtask", about = "Builds, serves, tests and measures Moving Parts")]
enum Command {
    /// Build the app and serve it on 127.0.0.1
    Serve(dev_server::Serve),
    /// Make dist/: static files for any host, and a table of their sizes
    Build {
        /// Where to put them
        #[clap(long, default_value = "dist")]
        out: PathBuf,
        /// Quicker to build, and much larger: for working on the page
        #[clap(long)]
        dev: bool,
    },
    /// Check everything: formatting, lints, tests, the release build, the page in a browser
    Test(testing::Test),
    /// Measure the algorithms natively, and what a frame costs in a browser
    Bench,
}

fn main() -> ExitCode {
    match run(Command::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    // Whatever folder of the clone it was called from, paths mean the same.
    std::env::set_current_dir(&xtask_wasm::metadata().workspace_root)?;
    match command {
        Command::Serve(serve) => serve.run(),
        Command::Build { out, dev } => {
            let profile = if dev { site::Profile::Dev } else { site::Profile::Release };
            let site = site::build(profile, &out)?;
            if !dev {
                sizes::print(&site, &out);
            }
            Ok(())
        }
        Command::Test(test) => test.run(),
        Command::Bench => bench::run(),
    }
}
