//! Reading what test tools recorded of a register: Jepsen's and Knossos' histories (EDN: a vector of maps or one map
//! per line; `history.txt`: process, type, function and value between tabs, with or without a logger's words before
//! them) and JSON lines, either one event each (`process`, `type`, `f`, `value`, `time`) or one operation each
//! (`client`, `op`, `key`, `value`, `start`, `end`).
//!
//! Events are in the order they happened in, as in Jepsen; their times (nanoseconds) are only for show. Operations of
//! one line each have times in microseconds or, with a decimal point anywhere, in seconds.

use super::history::{History, Kind, NIL, Op, Outcome};
use crate::sim::decimal;
use form::{Form, parse};

mod form;
#[cfg(test)]
mod tests;

pub const MOST_OPS: usize = 200_000;
pub const MOST_BYTES: u64 = 64 << 20;
/// No record is longer than this.
const LONGEST: usize = 16 << 10;
/// So many bad records are shown one by one.
const SHOWN: usize = 20;
/// So often lines are read again, after a record that does not end.
const AGAIN: u32 = 200;
const NONE: u32 = u32::MAX;
const MIXED: &str = "either events or whole operations, not both";

#[derive(Clone, Debug, Default)]
pub struct Read {
    pub history: History,
    /// (line, counted from 1; what was expected), the first 20.
    pub bad: Vec<(u64, String)>,
    /// How many bad ones there were besides.
    pub more: u64,
    /// Records and lines that are about something else: the nemesis, a logger's words.
    pub ignored: u64,
    /// Whether moments are microseconds; else they are places in the file.
    pub timed: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Between,
    /// In a comment or after a record that is too long: up to the end of the line.
    Skip,
    Tag,
    Line,
    Record,
    /// In a record's text, and whether the next byte is taken as it is.
    Quoted(bool),
    /// In a record, after a backslash.
    Char,
    /// In a record's comment.
    Aside,
}

#[derive(Clone, Copy)]
enum Time {
    Whole(i64),
    Real(f64),
}

/// Takes pieces of any size.
pub struct Reader {
    state: State,
    held: Vec<u8>,
    depth: u32,
    line: u64,
    /// The line on which what is held began.
    from: u64,
    bytes: u64,
    full: bool,
    again: u32,
    /// The record that follows was taken away with `#_`.
    discard: bool,
    read: Read,
    /// By client: the operation that is open.
    open: Vec<u32>,
    /// Times of events, in the order of the file.
    times: Vec<Option<Time>>,
    /// Times of operations that came whole.
    spans: Vec<(Time, Option<Time>)>,
}

impl Default for Reader {
    fn default() -> Reader {
        Reader {
            state: State::Between,
            held: Vec::new(),
            depth: 0,
            line: 1,
            from: 1,
            bytes: 0,
            full: false,
            again: 0,
            discard: false,
            read: Read::default(),
            open: Vec::new(),
            times: Vec::new(),
            spans: Vec::new(),
        }
    }
}

/// Everything in one piece.
pub fn read(text: &str) -> Read {
    let mut reader = Reader::default();
    reader.push(text.as_bytes());
    reader.finish()
}

impl Reader {
    pub fn push(&mut self, bytes: &[u8]) {
        if self.full {
            return;
        }
        let room = MOST_BYTES.saturating_sub(self.bytes).min(bytes.len() as u64) as usize;
        self.bytes += room as u64;
        self.feed(bytes.get(..room).unwrap_or_default());
        if room < bytes.len() && !self.full {
            self.full = true;
            self.held.clear();
            self.state = State::Between;
            self.bad(self.line, format!("{} MB were read; the rest was left out", MOST_BYTES >> 20));
        }
    }

    fn feed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if self.full {
                return;
            }
            self.one(*byte);
            self.line += u64::from(*byte == b'\n');
            if self.held.len() > LONGEST {
                self.unended("a record of at most 16 KB");
            }
        }
    }

    fn one(&mut self, byte: u8) {
        let state = self.state;
        match (state, byte) {
            (State::Skip, b'\n') => self.state = State::Between,
            (State::Skip, _) => {}
            (State::Line, b'\n') => {
                self.state = State::Between;
                self.text_line();
            }
            // A byte order mark may stand at the very beginning.
            (State::Between, b',' | b'[' | b'(' | b']' | b')' | 0xef | 0xbb | 0xbf) => {}
            (State::Between, _) if byte.is_ascii_whitespace() => {}
            (State::Between, b';') => self.state = State::Skip,
            (State::Between, b'#') => self.state = State::Tag,
            (State::Tag, b'_') if self.held.is_empty() => self.discard = true,
            (State::Tag, _) if byte.is_ascii_whitespace() => self.state = State::Between,
            (State::Between | State::Tag, b'{') => {
                self.state = State::Record;
                self.from = self.line;
                self.depth = 1;
                self.held.clear();
                self.held.push(byte);
            }
            (State::Tag, _) => {}
            (State::Between, _) => {
                self.state = State::Line;
                self.from = self.line;
                self.held.clear();
                self.held.push(byte);
            }
            _ => {
                self.held.push(byte);
                self.state = match (state, byte) {
                    (State::Quoted(false), b'"') => State::Record,
                    (State::Quoted(escaped), _) => State::Quoted(!escaped && byte == b'\\'),
                    (State::Aside, b'\n') | (State::Char, _) => State::Record,
                    (State::Record, b'"') => State::Quoted(false),
                    (State::Record, b'\\') => State::Char,
                    (State::Record, b';') => State::Aside,
                    _ => state,
                };
                if state == State::Record {
                    self.depth += u32::from(b"{[(".contains(&byte));
                    self.depth -= u32::from(b"}])".contains(&byte));
                    if self.depth == 0 {
                        self.state = State::Between;
                        self.whole();
                    }
                }
            }
        }
    }

    /// A record that never ended: its first line is bad, and the others are read once more.
    fn unended(&mut self, expected: &str) {
        let held = std::mem::take(&mut self.held);
        self.bad(self.from, expected.to_string());
        self.reread(&held);
    }

    fn reread(&mut self, held: &[u8]) {
        let first = held.iter().position(|byte| *byte == b'\n');
        let Some(first) = first.filter(|_| self.again < AGAIN) else {
            self.state = if self.state == State::Between { State::Between } else { State::Skip };
            return;
        };
        self.again += 1;
        self.state = State::Between;
        let line = std::mem::replace(&mut self.line, self.from + 1);
        self.feed(held.get(first + 1..).unwrap_or_default());
        self.line = line;
    }

    pub fn finish(mut self) -> Read {
        while !self.held.is_empty() && self.state != State::Between && !self.full {
            match self.state {
                State::Line => {
                    self.state = State::Between;
                    self.text_line();
                }
                State::Skip | State::Tag => break,
                _ => self.unended("the brace that closes a map"),
            }
        }
        self.settle();
        self.read
    }

    fn bad(&mut self, line: u64, why: String) {
        if self.read.bad.len() < SHOWN {
            self.read.bad.push((line, why));
        } else {
            self.read.more += 1;
        }
    }

    /// A map from brace to brace.
    fn whole(&mut self) {
        let held = std::mem::take(&mut self.held);
        if std::mem::take(&mut self.discard) {
            return;
        }
        let text = String::from_utf8_lossy(&held);
        let from = self.from;
        match parse(&text) {
            Ok(form) => {
                let done = if form.field(&["start"]).is_some() { self.span(&form) } else { self.event(&form) };
                if let Err(why) = done {
                    self.bad(from, why);
                }
            }
            Err(expected) => {
                self.bad(from, expected.to_string());
                // A quote or a brace too few may have run several records together.
                if text.lines().skip(1).any(|line| line.trim_start().starts_with('{')) {
                    self.reread(&held);
                }
            }
        }
    }

    /// A line of `history.txt`, or of a log that has such lines.
    fn text_line(&mut self) {
        let held = std::mem::take(&mut self.held);
        let text = String::from_utf8_lossy(&held);
        let mut before = None;
        let mut words = text.split_whitespace();
        let kind = loop {
            match words.next() {
                Some(word @ (":invoke" | ":ok" | ":fail" | ":info")) => break Some(word),
                Some(word) => before = Some(word),
                None => break None,
            }
        };
        let (Some(kind), Some(process)) = (kind, before) else {
            let log = ["INFO", "WARN", "ERROR", "DEBUG"].iter().any(|level| text.trim_start().starts_with(level));
            if log {
                self.read.ignored += 1;
            } else {
                self.bad(self.from, "a map, or a line such as “0 :invoke :write 3”".into());
            }
            return;
        };
        let after = text.split_once(kind).map_or("", |pair| pair.1).trim_start();
        let (function, rest) = after.split_once(char::is_whitespace).unwrap_or((after, ""));
        let value = if rest.trim().is_empty() { Form::Nil } else { parse(rest).unwrap_or(Form::Nil) };
        let process = parse(process).unwrap_or(Form::Nil);
        let word = |text: &str| Form::Keyword(text.trim_start_matches(':').to_string());
        let fields = [("process", process), ("type", word(kind)), ("f", word(function)), ("value", value)];
        let form = Form::Map(fields.into_iter().map(|(key, value)| (Form::Keyword(key.into()), value)).collect());
        if let Err(why) = self.event(&form) {
            self.bad(self.from, why);
        }
    }

    fn client(&mut self, form: &Form) -> Result<Option<u32>, String> {
        let process = form.field(&["process", "client"]);
        match process {
            // Not a client, but who makes the faults.
            Some(Form::Keyword(_)) => Ok(None),
            Some(other) if other.word() == Some("nemesis") => Ok(None),
            Some(name @ (Form::Number(_) | Form::Text(_) | Form::Symbol(_))) => {
                let client = self.read.history.clients.number(&name.name());
                if self.open.len() <= client as usize {
                    self.open.resize(client as usize + 1, NONE);
                }
                Ok(Some(client))
            }
            _ => Err("a process (or client), as a number or a name".into()),
        }
    }

    /// Key and kind of an operation, from its function and its value.
    fn kind(&mut self, form: &Form) -> Result<(u32, Kind), String> {
        let function = form.field(&["f", "op"]).and_then(Form::word).unwrap_or_default();
        let nil = Form::Nil;
        let mut value = form.field(&["value"]).unwrap_or(&nil);
        let compares = matches!(function, "cas" | "compare-and-set" | "cas-register");
        let mut key = form.field(&["key"]).map(Form::name);
        // Jepsen's independent keys: the value is [key value].
        if let (None, Form::List(pair)) = (&key, value)
            && let [first, second] = pair.as_slice()
            && (!compares || matches!(second, Form::List(_)))
        {
            key = Some(first.name());
            value = second;
        }
        let key = self.read.history.keys.number(key.as_deref().unwrap_or("x"));
        let values = &mut self.read.history.values;
        let kind = match function {
            "read" | "r" | "get" => Kind::Read(Some(values.number(&value.name()))),
            "write" | "w" | "put" | "set" => Kind::Write(values.number(&value.name())),
            _ if compares => match (value, form.field(&["from"]), form.field(&["to"])) {
                (Form::List(pair), None, None) if pair.len() == 2 => {
                    let mut of = |at: usize| pair.get(at).map_or(NIL, |form| values.number(&form.name()));
                    Kind::Cas(of(0), of(1))
                }
                (_, Some(from), Some(to)) => Kind::Cas(values.number(&from.name()), values.number(&to.name())),
                _ => return Err("[old new] as the value of a cas".into()),
            },
            _ => return Err("read, write or cas as the function".into()),
        };
        Ok((key, kind))
    }

    /// `false`: no more will be taken.
    fn room(&mut self) -> bool {
        if self.read.history.ops.len() >= MOST_OPS {
            self.full = true;
            self.bad(self.from, "200,000 operations were read; the rest was left out".into());
        }
        !self.full
    }

    fn event(&mut self, form: &Form) -> Result<(), String> {
        let kind = form.field(&["type"]).and_then(Form::word).unwrap_or_default();
        let outcome = match kind {
            "invoke" => None,
            "ok" => Some(Outcome::Ok),
            "fail" => Some(Outcome::Fail),
            "info" => Some(Outcome::Info),
            _ => return Err("invoke, ok, fail or info as the type".into()),
        };
        let Some(client) = self.client(form)? else {
            self.read.ignored += 1;
            return Ok(());
        };
        if !self.spans.is_empty() {
            return Err(MIXED.into());
        }
        let open = self.open.get(client as usize).copied().unwrap_or(NONE);
        let now = self.times.len() as u64;
        let Some(outcome) = outcome else {
            let (key, kind) = self.kind(form)?;
            if open != NONE {
                // What it began before may still happen.
                let name = self.read.history.client(client);
                self.bad(self.from, format!("an end of what process {name} has begun, before its next operation"));
            }
            if self.room() {
                let id = self.read.history.ops.len() as u32;
                let kind = if let Kind::Read(_) = kind { Kind::Read(None) } else { kind };
                let op = Op { id, client, key, kind, invoked: now, completed: None, outcome: Outcome::Info };
                self.read.history.ops.push(op);
                self.note(client, id, form);
            }
            return Ok(());
        };
        if open == NONE {
            let name = self.read.history.client(client);
            return Err(format!("an invocation by process {name} before its {kind}"));
        }
        // Only a read that is answered learns something from its end.
        let read = match self.read.history.ops.get(open as usize).copied() {
            Some(Op { kind: Kind::Read(_), key, .. }) if outcome == Outcome::Ok => match self.kind(form)? {
                (same, kind) if same == key => Some(kind),
                // Not [key value], but a value that is itself a pair.
                _ => {
                    let name = form.field(&["value"]).map_or_else(String::new, Form::name);
                    Some(Kind::Read(Some(self.read.history.values.number(&name))))
                }
            },
            _ => None,
        };
        if let Some(op) = self.read.history.ops.get_mut(open as usize) {
            op.kind = read.filter(|kind| matches!(kind, Kind::Read(_))).unwrap_or(op.kind);
            op.completed = (outcome != Outcome::Info).then_some(now);
            op.outcome = outcome;
        }
        self.note(client, NONE, form);
        Ok(())
    }

    fn note(&mut self, client: u32, open: u32, form: &Form) {
        if let Some(place) = self.open.get_mut(client as usize) {
            *place = open;
        }
        self.times.push(form.field(&["time"]).and_then(time));
    }

    /// One operation on one line.
    fn span(&mut self, form: &Form) -> Result<(), String> {
        let Some(client) = self.client(form)? else {
            self.read.ignored += 1;
            return Ok(());
        };
        if !self.times.is_empty() {
            return Err(MIXED.into());
        }
        let (key, mut kind) = self.kind(form)?;
        let number = "a number as the start and the end";
        let begin = form.field(&["start"]).and_then(time).ok_or(number)?;
        let end = match form.field(&["end"]) {
            None | Some(Form::Nil) => None,
            Some(end) => Some(time(end).ok_or(number)?),
        };
        if end.is_some_and(|end| seconds(end) < seconds(begin)) {
            return Err("an end that is not before the start".into());
        }
        let said = form.field(&["outcome", "status", "type", "ok"]);
        let outcome = match (said.and_then(Form::word), said) {
            (Some("ok"), _) | (None, Some(Form::Bool(true))) => Outcome::Ok,
            (Some("fail" | "failed" | "error"), _) | (None, Some(Form::Bool(false))) => Outcome::Fail,
            (Some("info" | "timeout" | "timed-out" | "unknown"), _) => Outcome::Info,
            (None, None | Some(Form::Nil)) if end.is_some() => Outcome::Ok,
            (None, None | Some(Form::Nil)) => Outcome::Info,
            _ => return Err("ok, fail or info as the outcome".into()),
        };
        // Without an end nobody can know that it was answered.
        let outcome = if end.is_none() && outcome == Outcome::Ok { Outcome::Info } else { outcome };
        if outcome != Outcome::Ok && matches!(kind, Kind::Read(_)) {
            kind = Kind::Read(None);
        }
        if self.room() {
            let id = self.read.history.ops.len() as u32;
            let place = self.spans.len() as u64;
            self.spans.push((begin, end));
            // The moment is filled in at the end; until then it is the place of its times.
            let completed = end.map(|_| place);
            self.read.history.ops.push(Op { id, client, key, kind, invoked: place, completed, outcome });
        }
        Ok(())
    }

    /// Moments as microseconds, as far as there are times.
    fn settle(&mut self) {
        if self.spans.is_empty() {
            self.settle_events();
            return;
        }
        let all = || self.spans.iter().flat_map(|(begin, end)| [Some(*begin), *end]).flatten();
        let real = all().any(|time| matches!(time, Time::Real(_)));
        let micros = |time: Time| match time {
            Time::Whole(n) if !real => i128::from(n),
            time => libm::round(seconds(time) * 1e6) as i128,
        };
        let first = all().map(micros).min().unwrap_or(0);
        let moment = |time: Time| (micros(time) - first).clamp(0, i128::from(u64::MAX >> 3)) as u64;
        for (op, (begin, end)) in self.read.history.ops.iter_mut().zip(&self.spans) {
            op.invoked = moment(*begin);
            op.completed = end.map(moment);
        }
        self.read.timed = true;
    }

    fn settle_events(&mut self) {
        let times: Option<Vec<f64>> = self.times.iter().map(|time| time.map(seconds)).collect();
        let Some(times) = times.filter(|times| times.windows(2).all(|pair| pair[0] <= pair[1])) else { return };
        let Some(first) = times.first().copied() else { return };
        // Nanoseconds; and no two events at one moment, as their order is known.
        let mut at = 0u64;
        let mut moments = Vec::with_capacity(times.len());
        for time in times {
            let micros = libm::floor((time - first) / 1e3).clamp(0.0, 1e15) as u64;
            at = if moments.is_empty() { micros } else { micros.max(at + 1) };
            moments.push(at);
        }
        let moment = |place: u64| moments.get(place as usize).copied().unwrap_or(place);
        for op in &mut self.read.history.ops {
            op.invoked = moment(op.invoked);
            op.completed = op.completed.map(moment);
        }
        self.read.timed = true;
    }
}

/// A number as a time.
fn time(form: &Form) -> Option<Time> {
    let Form::Number(raw) = form else { return None };
    let raw = raw.trim_end_matches(['N', 'M']);
    match raw.parse::<i64>() {
        Ok(whole) => Some(Time::Whole(whole)),
        Err(_) => decimal::parse(raw).map(Time::Real),
    }
}

/// In whatever unit it is.
fn seconds(time: Time) -> f64 {
    match time {
        Time::Whole(n) => n as f64,
        Time::Real(v) => v,
    }
}
