//! One list of bad inputs and of what the reader gets for each: `bad_inputs.txt`. After a change that is meant to
//! show, read what it says now, as a reader would, and run `UPDATE_GOLDEN=1 cargo test --no-default-features --test
//! bad_inputs`.

use moving_parts::explainers::{Entry, Player, REGISTRY, find, imports};
use moving_parts::link::{self, Complaint, frame};
use std::fs;
use std::path::PathBuf;

/// An input as the list writes it: `\n`, `\t`, `\\`, `\xff` for a byte, and `*1000(text)` for many of the same.
fn bytes(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let hex = |text: &str| u8::from_str_radix(text.get(2..4)?, 16).ok();
        let many = rest.strip_prefix('*').and_then(|text| {
            let (times, text) = text.split_once('(')?;
            let (what, after) = text.split_once(')')?;
            Some((times.parse::<usize>().ok()?, what, after))
        });
        if let Some((times, what, after)) = many {
            out.extend(bytes(what).repeat(times));
            rest = after;
        } else if rest.starts_with("\\x") {
            out.push(hex(rest).unwrap_or_else(|| panic!("{text}")));
            rest = &rest[4..];
        } else if let Some(after) = rest.strip_prefix("\\n") {
            out.push(b'\n');
            rest = after;
        } else if let Some(after) = rest.strip_prefix("\\t") {
            out.push(b'\t');
            rest = after;
        } else {
            out.extend(next.to_string().bytes());
            rest = &rest[next.len_utf8()..];
        }
    }
    out
}

/// A message with what cannot be seen as the list writes it.
fn plain(message: &str) -> String {
    let shown = |c: char| if c.is_control() { format!("\\x{:02x}", u32::from(c)) } else { c.to_string() };
    message.chars().map(shown).collect()
}

fn named(slug: &str) -> &'static Entry {
    find(slug).unwrap_or_else(|| panic!("no explainer {slug}"))
}

fn open(slug: &str) -> Box<dyn Player> {
    let (link, _) = link::parse(&format!("#/{slug}"));
    (named(slug).open)(&link).0
}

fn told(bad: Vec<Complaint>) -> Vec<String> {
    bad.into_iter().map(|bad| format!("{}: {}", bad.part, bad.why)).collect()
}

/// What the reader gets, line by line, by the same ways as the page.
fn answer(kind: &str, input: &str) -> Vec<String> {
    let data = bytes(input);
    let text = String::from_utf8_lossy(&data).into_owned();
    let words: Vec<&str> = kind.split(' ').collect();
    match words.as_slice() {
        ["link"] => {
            let (link, mut bad) = link::parse(&text);
            if !link.slug.is_empty() {
                match find(&link.slug) {
                    Some(entry) => bad.extend((entry.open)(&link).1),
                    None => bad.push(Complaint::new(link::shorten(&link.slug), "there is no explainer of this name")),
                }
            }
            told(bad)
        }
        ["query"] => told(frame::read(&text).1),
        ["action", slug] => open(slug).act(&text).err().into_iter().collect(),
        // Two actions and more, the last of which is refused.
        ["actions", slug] => {
            let (mut player, mut all) = (open(slug), text.split(';').collect::<Vec<_>>());
            let last = all.pop().expect("an action");
            all.iter().for_each(|act| player.act(act).unwrap_or_else(|why| panic!("{kind}, {act}: {why}")));
            player.act(last).err().into_iter().collect()
        }
        ["field", slug, key] => {
            let player = open(slug);
            let knob = player.schema().iter().find(|knob| knob.key == *key).expect("a setting");
            let refused = knob.read(&text).err().map(|(_, why)| format!("{}: {text}: {why}", knob.label));
            refused.into_iter().collect()
        }
        ["paste", slug, key] => {
            let import = imports(slug).iter().find(|import| import.key == *key).expect("an import");
            let mut reader = (import.reader)();
            reader.push(&data);
            let found = reader.finish();
            let mut out = vec![format!("Found: {}.", found.summary)];
            out.extend(found.bad.iter().map(|(line, why)| format!("line {line}: {why}")));
            out.extend((found.more > 0).then(|| format!("and {} more", found.more)));
            out.extend(told(open(slug).adopt(found)));
            out
        }
        ["text", slug] => {
            let mut player = open(slug);
            player.write(&text);
            let page = player.page();
            let notes = page.notes.iter().zip(text.split('\n')).enumerate();
            notes
                .flat_map(|(i, (note, line))| {
                    let fault = note.fault.as_ref().map(|fault| {
                        let at = line.get(fault.from..fault.to.min(line.len())).unwrap_or_default();
                        format!("line {}, “{at}”: {}", i + 1, fault.why)
                    });
                    fault.into_iter().chain(note.doubt.as_ref().map(|why| format!("line {}, doubt: {why}", i + 1)))
                })
                .collect()
        }
        ["guess", slug] => {
            let steps = (named(slug).lessons)().iter().flat_map(|lesson| lesson.steps);
            let guess = steps.filter_map(|step| step.ask.as_ref()?.guess).next().expect("a guess");
            let refused = (guess.read)(&text).is_none();
            refused.then(|| format!("Your guess: {text}: {}", guess.hint)).into_iter().collect()
        }
        _ => panic!("no kind of input is called “{kind}”"),
    }
}

#[test]
fn every_bad_input_has_its_message() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/bad_inputs.txt");
    let list = fs::read_to_string(&path).expect("the list");
    let (mut out, mut rows, mut wrong) = (String::new(), 0, Vec::new());
    let mut kinds: Vec<&str> = Vec::new();
    let mut lines = list.lines().peekable();
    while let Some(line) = lines.next() {
        out += &format!("{line}\n");
        let Some((kind, input)) = line.split_once(" | ").filter(|_| !line.starts_with('#')) else { continue };
        let mut expected = Vec::new();
        while let Some(message) = lines.peek().and_then(|line| line.strip_prefix("    ")) {
            expected.push(message.to_string());
            lines.next();
        }
        let found: Vec<String> = answer(kind, input).iter().flat_map(|line| line.split('\n')).map(plain).collect();
        out.extend(found.iter().map(|message| format!("    {message}\n")));
        if found.is_empty() {
            wrong.push(format!("{line}: the reader is told nothing"));
        } else if found != expected {
            wrong.push(format!("{line}\n  is told {found:#?}\n  and not {expected:#?}"));
        }
        rows += 1;
        kinds.push(kind);
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(path, out).expect("written");
        return;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rows >= 60, "{rows}");
    for entry in REGISTRY {
        let slug = entry.meta.slug;
        assert!(kinds.iter().any(|kind| kind.contains(slug)), "nothing bad is tried on {slug}");
        for import in imports(slug) {
            let paste = format!("paste {slug} {}", import.key);
            assert!(kinds.iter().any(|kind| *kind == paste), "nothing bad is tried as {paste}");
        }
    }
}
