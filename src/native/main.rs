//! Small programs the build and the tests run outside a browser: digests, benchmarks, posters, pages.

mod bench;
mod pages;
mod posters;

use moving_parts::explainers::{Verdict, proof};
use moving_parts::sim::time;
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: native digests | bench | posters DIR | pages INDEX DIR [URL] | tell LINK | draw LINK WIDTH[xHEIGHT] light|dark";

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
        ["bench", "sheets"] => bench::sheets_alone(),
        ["tell", fragment] => tell(fragment),
        ["draw", fragment, size, dark] => {
            let (width, height) = size.split_once('x').unwrap_or((*size, ""));
            let width = width.parse().unwrap_or(815.0);
            print!("{}", posters::draw(fragment, width, height.parse().unwrap_or(width * 0.75), *dark == "dark"))
        }
        ["pages", index, dir, url @ ..] => {
            let url = url.first().copied().unwrap_or_default();
            if let Err(error) = pages::write(Path::new(index), Path::new(dir), url) {
                eprintln!("{dir}: {error}");
                return ExitCode::FAILURE;
            }
        }
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

/// A run in words: what its link could not do, its events, and its checks and readouts at the end.
fn tell(fragment: &str) {
    let (link, bad) = moving_parts::link::parse(fragment);
    let Some(entry) = moving_parts::explainers::find(&link.slug) else { return println!("no explainer {}", link.slug) };
    let (mut player, more) = (entry.open)(&link);
    bad.iter().chain(&more).for_each(|complaint| println!("! {}: {}", complaint.part, complaint.why));
    player.seek(link.at.unwrap_or(player.end()));
    for event in player.events() {
        println!("{:>12}  {} {}", time::label(event.at, player.meta().pace), event.head, event.text);
    }
    for check in player.checks() {
        match check.verdict {
            Verdict::Holds => println!("  holds   {:20} {}", check.key, check.claim),
            Verdict::Broken(at, why) => {
                println!("  BROKEN  {:20} {}: {why}", check.key, time::label(at, player.meta().pace));
            }
        }
    }
    while player.refine() {}
    let page = player.page();
    for (i, line) in page.text.split('\n').enumerate() {
        let note = player.worked(i).unwrap_or_default();
        let fault = note.fault.as_ref().map_or(String::new(), |fault| format!("✗ {}", fault.why));
        let doubt = note.doubt.as_ref().map_or(String::new(), |doubt| format!(" ? {doubt}"));
        println!("  | {line}  → {} [{}] {}{fault}{doubt}", note.result, note.short, note.rough);
    }
    for readout in player.readouts() {
        println!("  {:20} {} {} ({})", readout.key, readout.text, readout.unit, readout.label);
    }
}
