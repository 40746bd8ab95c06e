//! Traces of the reader's: a key per line, CSV, or what `redis-cli monitor` printed. Which of them it is, the first
//! line says.

use super::monitor::{self, Does, Known};
use super::trace::{Side, Trace};
use crate::explainers::lines::{Parse, Parsed, count};
use crate::explainers::{grouped, percent};
use crate::models::caching::Key;
use crate::models::caching::trace::Op;
use crate::sim::decimal;

/// Requests kept at most.
pub const MOST: usize = 10_000_000;
pub const MOST_BYTES: u64 = 256 << 20;
/// A longer key is no key.
const LONGEST: usize = 64 << 10;

/// The columns of a table; the key's is always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Columns {
    separator: u8,
    key: usize,
    size: Option<usize>,
    op: Option<usize>,
}

enum Format {
    Keys,
    Table(Columns),
    Monitor,
}

pub struct Reading {
    format: Option<Format>,
    /// “OK”, with which monitor begins: a key, if nothing of the kind follows.
    ok: bool,
    known: Known,
    side: Side,
    /// Commands about no key.
    others: u64,
    /// Reads and writes after the most that are kept.
    beyond: u64,
    first: Option<f64>,
    last: f64,
    most: usize,
    fields: Vec<Vec<u8>>,
    /// Bytes looked at, and those among them that are in no text; and what was made of it.
    bytes: u64,
    odd: u64,
    junk: bool,
}

/// So much is looked at before it is said to be no text, where there is so much; and what share of it may be odd: a few
/// letters of an old character set, or a stray byte, make no difference.
const LOOKED_AT: u64 = 64 << 10;
const ODD: f64 = 0.1;
/// With this the summary of what is no text begins.
pub const NO_TEXT: &str = "no text";

impl Default for Reading {
    fn default() -> Reading {
        Reading::up_to(MOST)
    }
}

impl Reading {
    pub fn up_to(most: usize) -> Reading {
        Reading {
            format: None,
            ok: false,
            known: Known::default(),
            side: Side::default(),
            others: 0,
            beyond: 0,
            first: None,
            last: 0.0,
            most,
            fields: Vec::new(),
            bytes: 0,
            odd: 0,
            junk: false,
        }
    }

    fn take(&mut self, name: &[u8], does: Does, space: u64, size: Option<u32>) -> Result<(), String> {
        self.put(name, does, space, size).map(|_| ())
    }

    /// The key, if it was not there.
    fn put(&mut self, name: &[u8], does: Does, space: u64, size: Option<u32>) -> Result<Option<Key>, String> {
        if name.is_empty() || name.len() > LONGEST {
            let what = if name.is_empty() { "a key was expected" } else { "a key of at most 64 KiB was expected" };
            return Err(what.into());
        }
        let op = match does {
            Does::Read => Op::Read,
            Does::Write => Op::Write,
            _ => Op::Delete,
        };
        if (self.side.reads + self.side.writes) as usize >= self.most {
            self.beyond += u64::from(op != Op::Delete);
        } else if op == Op::Delete {
            self.side.delete(name, space);
        } else {
            return Ok(self.side.take(op, name, space, size));
        }
        Ok(None)
    }

    /// What a command of `redis-cli monitor` does.
    fn does(&mut self, at: f64, name: &[u8], does: Does, db: u64) -> Result<(), String> {
        self.side.pass(at);
        match does {
            Does::Until(moment) => {
                self.side.expires(name, db, Some(moment));
                self.side.pass(at);
            }
            Does::Forever => self.side.expires(name, db, None),
            Does::FlushDb => self.side.empty(Some(db)),
            Does::FlushAll => self.side.empty(None),
            Does::Delete => self.take(name, does, db, None)?,
            Does::Read | Does::Write => {
                if let Some(key) = self.put(name, does, db, None)? {
                    self.side.lives(key, db);
                }
            }
        }
        Ok(())
    }

    /// Whether it is text so far.
    fn look(&mut self, line: &[u8]) {
        self.bytes += line.len() as u64 + 1;
        let control = |byte: &&u8| **byte < b' ' && !matches!(**byte, b'\t' | b'\r' | 0x1b) || **byte == 0x7f;
        self.odd += line.iter().filter(control).count() as u64;
        if std::str::from_utf8(line).is_err() {
            self.odd += line.utf8_chunks().map(|chunk| chunk.invalid().len() as u64).sum::<u64>();
        }
        if self.bytes >= LOOKED_AT {
            self.junk = self.odd_share() > ODD;
        }
    }

    fn odd_share(&self) -> f64 {
        self.odd as f64 / self.bytes.max(1) as f64
    }

    fn table(&mut self, line: &[u8], columns: Columns) -> Result<(), String> {
        let mut fields = std::mem::take(&mut self.fields);
        let n = split(line, columns.separator, &mut fields);
        let done = self.row(fields.get(..n).unwrap_or_default(), columns);
        self.fields = fields;
        done
    }

    fn row(&mut self, fields: &[Vec<u8>], columns: Columns) -> Result<(), String> {
        let Some(key) = fields.get(columns.key) else {
            return Err(format!("{} were expected, and the key in the last", count(columns.key + 1, "column")));
        };
        let text = |column: Option<usize>| {
            let field = fields.get(column?)?;
            Some(std::str::from_utf8(field).unwrap_or("?").trim()).filter(|text| !text.is_empty())
        };
        let size = match text(columns.size) {
            None => None,
            Some(size) => {
                let bytes = decimal::parse(size).filter(|bytes| (0.0..=4e9).contains(bytes));
                Some(bytes.ok_or_else(|| format!("a size in bytes was expected, not “{}”", short(size)))? as u32)
            }
        };
        let does = match text(columns.op) {
            None => Does::Read,
            Some(op) => operation(op)
                .ok_or_else(|| format!("an operation such as get or set was expected, not “{}”", short(op)))?,
        };
        self.take(key.trim_ascii(), does, 0, size)
    }

    fn monitored(&mut self, line: &[u8]) -> Result<(), String> {
        if line == b"OK" {
            return Ok(());
        }
        let mut known = std::mem::take(&mut self.known);
        let read = monitor::read(line, &mut known, |at, key, does, db| self.does(at, key, does, db));
        self.known = known;
        let line = read?;
        self.first = self.first.or(Some(line.at));
        self.last = self.last.max(line.at);
        self.others += u64::from(!line.known);
        Ok(())
    }

    fn shape(&self) -> String {
        match &self.format {
            Some(Format::Monitor) => "read as what redis-cli monitor prints".into(),
            Some(Format::Table(columns)) => {
                let mut all = vec![(columns.key, "key")];
                all.extend(columns.size.map(|at| (at, "size")));
                all.extend(columns.op.map(|at| (at, "operation")));
                let one = |(at, name): (usize, &str)| format!("{name} in column {}", at + 1);
                format!("read as a table: {}", all.into_iter().map(one).collect::<Vec<_>>().join(", "))
            }
            _ => "read as a key per line".into(),
        }
    }
}

impl Parse for Reading {
    fn line(&mut self, line: &[u8]) -> Result<(), String> {
        if self.junk || line.trim_ascii().is_empty() {
            return Ok(());
        }
        if self.bytes < LOOKED_AT {
            self.look(line);
        }
        if self.format.is_none() {
            if line == b"OK" && !self.ok {
                self.ok = true;
                return Ok(());
            }
            let (format, header) = recognised(line);
            if self.ok && matches!(format, Format::Keys) {
                self.take(b"OK", Does::Read, 0, None)?;
            }
            self.format = Some(format);
            if header {
                return Ok(());
            }
        }
        match &self.format {
            Some(Format::Table(columns)) => self.table(line, *columns),
            Some(Format::Monitor) => self.monitored(line),
            _ => self.take(line.trim_ascii(), Does::Read, 0, None),
        }
    }

    fn done(mut self: Box<Self>) -> Parsed {
        if self.format.is_none() && self.ok {
            let _ = self.take(b"OK", Does::Read, 0, None);
        }
        if self.junk || self.odd_share() > ODD {
            let odd = percent(self.odd_share());
            return (
                format!("{NO_TEXT}: {odd}% of what was looked at are bytes that are in no text"),
                None,
                Vec::new(),
            );
        }
        let only_writes = self.side.reads == 0;
        if only_writes {
            self.side.writes_as_reads();
        }
        let side = std::mem::take(&mut self.side);
        if side.reads == 0 {
            return ("no requests".into(), None, Vec::new());
        }
        let replayed = side.reads < side.requests.len() as u64;
        let what = match (only_writes, replayed) {
            (true, _) => "write",
            (_, true) => "read",
            _ => "request",
        };
        let keys = count(side.keys.len() as usize, "key");
        let mut said = format!("{} for {keys}, {}", count(side.reads as usize, what), self.shape());
        if only_writes {
            said += "; there are no reads, so writes are taken as the requests";
        }
        if side.writes > 0 {
            let put = if side.writes == 1 { "puts its key" } else { "put their keys" };
            said += &format!("; {} {put} in, which is neither hit nor miss", count(side.writes as usize, "write"));
        }
        let gone: Vec<String> = [(side.deleted, "deletion"), (side.expired, "expiry")]
            .into_iter()
            .filter(|one| one.0 > 0)
            .map(|(n, what)| count(n as usize, what).replace("expirys", "expiries"))
            .collect();
        if !gone.is_empty() {
            let take = if side.deleted + side.expired == 1 { "takes its key out" } else { "take keys out" };
            said += &format!("; {} {take}", gone.join(" and "));
        }
        if self.others > 0 {
            said += &format!("; {} about no key", count(self.others as usize, "command"));
        }
        if self.beyond > 0 {
            let most = grouped(self.most as i64);
            said += &format!("; only the first {most} are kept, {} more left out", grouped(self.beyond as i64));
        }
        let seconds = self.first.map(|first| self.last - first).filter(|seconds| *seconds > 0.0);
        (said, Some(Box::new(Trace::new(side, seconds))), Vec::new())
    }
}

fn short(text: &str) -> String {
    if text.chars().count() > 30 { text.chars().take(29).chain(['…']).collect() } else { text.into() }
}

/// The format that a first line has, and whether it only names columns.
fn recognised(line: &[u8]) -> (Format, bool) {
    if monitor::is_one(line) {
        return (Format::Monitor, false);
    }
    for separator in [b',', b'\t', b';'] {
        let mut fields = Vec::new();
        let n = split(line, separator, &mut fields);
        fields.truncate(n);
        let names: Vec<String> =
            fields.iter().map(|field| String::from_utf8_lossy(field).trim().to_ascii_lowercase()).collect();
        let named = |all: &[&str]| names.iter().position(|name| all.contains(&&**name));
        let key =
            named(&["key", "keys", "id", "key_id", "obj_id", "object", "object_id", "anonymized key", "url", "block"]);
        let size = named(&["size", "bytes", "value_size", "value size", "obj_size", "object_size", "length"]);
        let op = named(&["op", "operation", "command", "cmd", "method"]);
        let time = named(&["time", "timestamp", "ts", "t", "clock", "date"]);
        if let Some(key) = key.filter(|_| n == 1 || [size, op, time].iter().any(Option::is_some)) {
            return (Format::Table(Columns { separator, key, size, op }), true);
        }
        // Without names of columns: a number in front, then time, key, size and operation; or Twitter’s seven columns.
        let number = |i: usize| names.get(i).is_some_and(|name| decimal::parse(name).is_some());
        let moment = names.first().is_some_and(|name| name.starts_with(|c: char| c.is_ascii_digit()));
        if n == 7 && moment && number(2) && number(3) && names.get(5).is_some_and(|op| operation(op).is_some()) {
            return (Format::Table(Columns { separator, key: 1, size: Some(3), op: Some(5) }), false);
        }
        if (2..=4).contains(&n) && moment {
            // The third may be left out, or be the operation.
            let third_is_op = n == 3 && !number(2);
            let size = (n > 2 && !third_is_op).then_some(2);
            let op = if third_is_op { Some(2) } else { (n > 3).then_some(3) };
            return (Format::Table(Columns { separator, key: 1, size, op }), false);
        }
    }
    (Format::Keys, false)
}

/// Fields of a row, quotation marks undone; how many there are. What `out` held before is used again.
fn split(line: &[u8], separator: u8, out: &mut Vec<Vec<u8>>) -> usize {
    let mut n = 0;
    let mut rest = Some(line);
    while let Some(bytes) = rest {
        if out.len() == n {
            out.push(Vec::new());
        }
        let Some(field) = out.get_mut(n) else { break };
        field.clear();
        n += 1;
        if let Some(mut quoted) = bytes.strip_prefix(b"\"") {
            loop {
                let Some(end) = quoted.iter().position(|byte| *byte == b'"') else {
                    field.extend_from_slice(quoted);
                    quoted = &[];
                    break;
                };
                field.extend_from_slice(&quoted[..end]);
                quoted = &quoted[end + 1..];
                let Some(after) = quoted.strip_prefix(b"\"") else { break };
                field.push(b'"');
                quoted = after;
            }
            rest = quoted.iter().position(|byte| *byte == separator).map(|at| &quoted[at + 1..]);
        } else {
            let end = bytes.iter().position(|byte| *byte == separator);
            field.extend_from_slice(&bytes[..end.unwrap_or(bytes.len())]);
            rest = end.map(|end| &bytes[end + 1..]);
        }
    }
    n
}

/// What people call reading, writing and deleting.
fn operation(op: &str) -> Option<Does> {
    const WORDS: [(Does, &str); 3] = [
        (Does::Read, " get gets gat gats mget read r rd hget head load lookup fetch request hit miss select "),
        (
            Does::Write,
            " set add put write w wr update store insert replace cas append prepend incr decr touch hset post patch mset ",
        ),
        (Does::Delete, " delete del remove evict invalidate purge unlink expire "),
    ];
    WORDS.into_iter().find(|(_, all)| all.split(' ').any(|word| word.eq_ignore_ascii_case(op))).map(|(does, _)| does)
}
