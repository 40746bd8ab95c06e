//! `cargo xtask serve | build | test | pictures | soak | bench`: everything between a fresh clone and a reader's browser.

mod bench;
mod dev_server;
mod glue;
mod hashing;
mod offline;
mod parts;
mod single;
mod site;
mod sizes;
mod testing;
mod toolchain;

use std::path::{Path, PathBuf};
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
        /// Where it will be, such as https://example.org/figures/: link previews and oEmbed need whole addresses
        #[clap(long, value_parser = site::address, default_value = "")]
        url: String,
        /// One file besides, moving-parts.html, with everything inside: it opens from a disk
        #[clap(long)]
        single_file: bool,
    },
    /// Check everything: formatting, lints, tests, the release build, the page in a browser
    Test(testing::Test),
    /// Draw the pictures in assets/ anew: for link previews, and the icons
    Pictures,
    /// Run each explainer for minutes, and fail if it holds on to more and more
    Soak {
        /// So long for each
        #[clap(long, default_value = "10")]
        minutes: String,
        /// Only this one, such as quorum
        #[clap(long, default_value = "")]
        explainer: String,
        /// What is done comes from it
        #[clap(long, default_value = "1")]
        seed: String,
    },
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
        Command::Build { out, dev, url, single_file } => {
            let profile = if dev { site::Profile::Dev } else { site::Profile::Release };
            let bare = url.is_empty();
            let options = site::Options { url, single_file, ..site::Options::new(profile) };
            let built = site::build(&options, &out)?;
            if !dev {
                sizes::print(&built, &out);
            }
            if let Some(file) = built.files.get(single::NAME) {
                println!("{} holds all of it in {} bytes", out.join(single::NAME).display(), file.len());
            }
            if bare {
                println!(
                    "Link previews have relative addresses, and there is no oEmbed: both need --url https://…/, the \
                     address where it will be"
                );
            }
            Ok(())
        }
        Command::Test(test) => test.run(),
        Command::Pictures => {
            testing::cargo(&[&testing::BROWSER_TESTS[..], &["--install-missing", "--pictures"]].concat())
        }
        Command::Soak { minutes, explainer, seed } => {
            site::build(&site::Options::new(site::Profile::Release), Path::new("dist"))?;
            let wish = ["soak", "--minutes", &minutes, "--explainer", &explainer, "--seed", &seed];
            testing::cargo(&[&testing::BROWSER_TESTS[..], &["--install-missing", "--dist", "dist"], &wish].concat())
        }
        Command::Bench => bench::run(),
    }
}
