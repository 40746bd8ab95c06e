//! Small programs the build and the tests run outside a browser: digests, benchmarks, posters.

mod bench;
mod posters;

use moving_parts::explainers::proof;
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: native digests | bench | posters DIR";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["digests"] => {
            for fragment in proof::links() {
                println!("{fragment} {:016x}", proof::digest_of(&fragment));
            }
        }
        ["bench"] => bench::run(),
        ["posters", dir] => {
            if let Err(error) = posters::write(Path::new(dir)) {
                eprintln!("{dir}: {error}");
                return ExitCode::FAILURE;
            }
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
