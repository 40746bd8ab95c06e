//! The targets of `fuzz/`, each on a bounded number of random inputs: bytes of any kind, and valid inputs with pieces
//! deleted, doubled, swapped, and replaced. `FUZZ_CASES=10000` tries more of each; `FUZZ_CORPUS=fuzz/corpus` leaves the
//! valid ones where `cargo fuzz` begins with them.

#[path = "../fuzz/src/lib.rs"]
mod targets;

use moving_parts::sim::random::{Stream, stream};
use std::fs;
use std::path::Path;
use targets::{TARGETS, Target};

/// What formats are made of, and what they hopefully are not.
const PIECES: &[&str] = &[
    "\n",
    "\r\n",
    "\n\n",
    " ",
    "\t",
    ",",
    ";",
    "&",
    "=",
    "(",
    ")",
    "%",
    "%2",
    "%00",
    "#",
    "?",
    "/",
    "\"",
    "\\",
    "-",
    ".",
    "*",
    "~",
    "!",
    ":",
    "0",
    "1",
    "-1",
    "9223372036854775808",
    "18446744073709551616",
    "1e308",
    "1e-320",
    "NaN",
    "inf",
    "0.0000001",
    "99999999",
    "\u{feff}",
    "\u{202e}",
    "😀",
    "é",
    "\0",
    "\u{7f}",
    "null",
    "nil",
    "true",
    "[]",
    "{}",
    "[",
    "}",
    "×",
    "÷",
    " in ",
    "..",
    "a = a",
    "\"\"",
    "GET",
    "Up Normal",
    "master",
    "slave",
    "0-16383",
    "[93->-x]",
    "invoke",
    ":ok",
    ":process",
    "TOPIC",
    "PARTITION",
    "budget 0",
    "all of 1000000 × ",
    "series(",
    "do=",
    "t=",
    "seed=",
    "vs.",
    "v=2",
];

fn bytes(chance: &mut Stream, most: u32) -> Vec<u8> {
    let length = chance.below(most);
    (0..length).map(|_| chance.next_u32() as u8).collect()
}

/// A place in the text, mostly where something begins or ends.
fn place(chance: &mut Stream, text: &[u8]) -> usize {
    let at = chance.below(text.len() as u32 + 1) as usize;
    if chance.below(4) == 0 {
        return at;
    }
    let edge = |byte: &u8| !byte.is_ascii_alphanumeric();
    text.iter().skip(at).position(edge).map_or(text.len(), |more| at + more)
}

fn torn(chance: &mut Stream, seeds: &[Vec<u8>]) -> Vec<u8> {
    let any = |chance: &mut Stream| seeds[chance.below(seeds.len() as u32) as usize].clone();
    let mut text = any(chance);
    for _ in 0..1 + chance.below(6) {
        let (a, b) = (place(chance, &text), place(chance, &text));
        let (from, to) = (a.min(b), a.max(b).min(a.min(b) + 200));
        let part = text[from..to].to_vec();
        match chance.below(8) {
            0 => drop(text.drain(from..to)),
            1 => drop(text.splice(to..to, part)),
            2 => text.truncate(to),
            3 => drop(text.splice(from..to, bytes(chance, 6))),
            4 => {
                let other = any(chance);
                let at = place(chance, &other);
                drop(text.splice(from..to, other[at..].iter().copied().take(120)));
            }
            5 if to > from => {
                let at = from + chance.below((to - from) as u32) as usize;
                text[at] ^= 1 << chance.below(8);
            }
            _ => {
                let piece = PIECES[chance.below(PIECES.len() as u32) as usize];
                drop(text.splice(from..if chance.below(2) == 0 { from } else { to }, piece.bytes()));
            }
        }
    }
    text
}

fn searched(target: &Target, cases: u64) {
    let seeds = (target.seeds)();
    assert!(!seeds.is_empty());
    if let Ok(corpus) = std::env::var("FUZZ_CORPUS") {
        let folder = Path::new(&corpus).join(target.name);
        fs::create_dir_all(&folder).expect("a folder");
        for (i, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("seed-{i}")), seed).expect("a seed");
        }
    }
    let mut chance = stream(1, target.name);
    let tried = seeds.iter().cloned().map(Ok).chain((0..cases).map(Err));
    for one in tried {
        let input = one.unwrap_or_else(|i| match i % 8 {
            0 => bytes(&mut chance, 40),
            // UTF-16, as PowerShell writes it.
            1 => {
                let text = torn(&mut chance, &seeds);
                let wide = String::from_utf8_lossy(&text).encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
                [&[0xff, 0xfe][..], &wide].concat()
            }
            _ => torn(&mut chance, &seeds),
        });
        let ran = std::panic::catch_unwind(|| (target.run)(&input));
        if let Err(why) = ran {
            eprintln!("{}: after {:?}", target.name, String::from_utf8_lossy(&input));
            std::panic::resume_unwind(why);
        }
    }
}

macro_rules! each {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            let cases = std::env::var("FUZZ_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
            searched(TARGETS.iter().find(|target| target.name == stringify!($name)).expect("a target"), cases);
        })*
        const HERE: &[&str] = &[$(stringify!($name)),*];
    };
}

each! { link query action guess sheet path keys servers nodetool redis delays fit history group trace }

/// Each target is run here and by `cargo fuzz`.
#[test]
fn every_target_has_its_file() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = fs::read_to_string(home.join("Cargo.toml")).expect("the manifest");
    for target in TARGETS {
        assert!(HERE.contains(&target.name), "{} is not run here", target.name);
        let file = fs::read_to_string(home.join(format!("fuzz_targets/{}.rs", target.name))).unwrap_or_default();
        assert!(file.contains(&format!("run(\"{}\", bytes)", target.name)), "{} has no file", target.name);
        assert!(manifest.contains(&format!("name = \"{}\"", target.name)), "{} is not in the manifest", target.name);
    }
    for entry in moving_parts::explainers::REGISTRY {
        for import in moving_parts::explainers::imports(entry.meta.slug) {
            assert!(HERE.contains(&import.key), "what {} takes as {} is not tried", entry.meta.slug, import.key);
        }
    }
}
