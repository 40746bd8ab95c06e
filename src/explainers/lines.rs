//! Pastes and files of lines: cut into lines across pieces, bad ones counted and named. One for all kinds of them.

use super::{Imported, Reader, grouped};
use std::any::Any;

pub const MOST_BYTES: u64 = 64 << 20;
/// So many bad lines are shown one by one.
const SHOWN: usize = 20;

/// In words; the data for `Explainer::adopt`, if there are any; the settings that go with them.
pub type Parsed = (String, Option<Box<dyn Any>>, Vec<(&'static str, String)>);

/// What one kind of paste makes of its lines.
pub trait Parse {
    /// A line without its end; `Err`: what was expected instead.
    fn line(&mut self, line: &[u8]) -> Result<(), String>;
    fn done(self: Box<Self>) -> Parsed;
}

/// How the text is written, as its first two bytes say.
#[derive(Clone, Copy, PartialEq)]
enum Coding {
    Unknown,
    /// UTF-8, or anything else that has lines.
    Bytes,
    /// UTF-16, as PowerShell’s `>` writes it; the big end first?
    Wide(bool),
}

pub struct Lines {
    parse: Box<dyn Parse>,
    /// Bytes read at most.
    most: u64,
    coding: Coding,
    /// Bytes and the half of a character that wait for what follows them.
    head: Vec<u8>,
    half: Option<u16>,
    held: Vec<u8>,
    number: u64,
    bytes: u64,
    /// The limit was reached: nothing after it counts.
    full: bool,
    bad: Vec<(u64, String)>,
    more: u64,
}

impl Lines {
    pub fn of(parse: impl Parse + 'static) -> Box<dyn Reader> {
        Box::new(Lines::up_to(Box::new(parse), MOST_BYTES))
    }

    /// With another limit.
    pub fn up_to(parse: Box<dyn Parse>, most: u64) -> Lines {
        let (held, bad, head) = (Vec::new(), Vec::new(), Vec::new());
        Lines {
            parse,
            most,
            coding: Coding::Unknown,
            head,
            half: None,
            held,
            number: 0,
            bytes: 0,
            full: false,
            bad,
            more: 0,
        }
    }

    /// UTF-16 as UTF-8; what is cut off at the end waits.
    fn narrow(&mut self, bytes: &[u8], big: bool) -> Vec<u8> {
        self.head.extend_from_slice(bytes);
        let units = self.head.chunks_exact(2);
        let rest = units.remainder().to_vec();
        let unit = |pair: &[u8]| {
            let pair = [pair.first().copied().unwrap_or(0), pair.get(1).copied().unwrap_or(0)];
            if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
        };
        let mut units: Vec<u16> = self.half.take().into_iter().chain(units.map(unit)).collect();
        if units.last().is_some_and(|unit| (0xd800..0xdc00).contains(unit)) {
            self.half = units.pop();
        }
        self.head = rest;
        String::from_utf16_lossy(&units).into_bytes()
    }

    fn one(&mut self, line: &[u8]) {
        self.number += 1;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = if self.number == 1 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
        if let Err(why) = self.parse.line(line) {
            if self.bad.len() < SHOWN {
                self.bad.push((self.number, why));
            } else {
                self.more += 1;
            }
        }
    }
}

impl Lines {
    fn text(&mut self, bytes: &[u8]) {
        if self.full {
            return;
        }
        let room = self.most.saturating_sub(self.bytes).min(bytes.len() as u64) as usize;
        self.bytes += room as u64;
        let mut rest = bytes.get(..room).unwrap_or_default();
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, after) = rest.split_at(end);
            if self.held.is_empty() {
                self.one(line);
            } else {
                let mut whole = std::mem::take(&mut self.held);
                whole.extend_from_slice(line);
                self.one(&whole);
            }
            rest = after.get(1..).unwrap_or_default();
        }
        self.held.extend_from_slice(rest);
        if room < bytes.len() {
            // The line that the limit cuts is no line of the reader's.
            self.held = Vec::new();
            self.full = true;
            self.bad.push((self.number + 1, format!("{} MB were read; the rest was left out", self.most >> 20)));
        }
    }
}

impl Reader for Lines {
    fn push(&mut self, bytes: &[u8]) {
        if self.coding == Coding::Unknown {
            self.head.extend_from_slice(bytes);
            self.coding = match self.head.get(..2) {
                None => return,
                Some([0xff, 0xfe]) => Coding::Wide(false),
                Some([0xfe, 0xff]) => Coding::Wide(true),
                Some(_) => Coding::Bytes,
            };
            let head = std::mem::take(&mut self.head);
            return match self.coding {
                Coding::Wide(_) => self.push(head.get(2..).unwrap_or_default()),
                _ => self.text(&head),
            };
        }
        match self.coding {
            Coding::Wide(big) => {
                let text = self.narrow(bytes, big);
                self.text(&text);
            }
            _ => self.text(bytes),
        }
    }

    fn finish(mut self: Box<Self>) -> Imported {
        if self.coding == Coding::Unknown {
            let head = std::mem::take(&mut self.head);
            self.text(&head);
        }
        if !self.held.is_empty() {
            let last = std::mem::take(&mut self.held);
            self.one(&last);
        }
        let (summary, data, set) = self.parse.done();
        Imported { summary, bad: self.bad, more: self.more, data, set, inquiry: None }
    }
}

/// “1 key”, “2,000 keys”.
pub fn count(n: usize, what: &str) -> String {
    format!("{} {what}{}", grouped(n as i64), if n == 1 { "" } else { "s" })
}
