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

pub struct Lines {
    parse: Box<dyn Parse>,
    /// Bytes read at most.
    most: u64,
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
        Lines { parse, most, held: Vec::new(), number: 0, bytes: 0, full: false, bad: Vec::new(), more: 0 }
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

impl Reader for Lines {
    fn push(&mut self, bytes: &[u8]) {
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

    fn finish(mut self: Box<Self>) -> Imported {
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
