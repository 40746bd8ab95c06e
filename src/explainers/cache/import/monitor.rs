//! A line that `redis-cli monitor` printed: `1700000000.123456 [0 10.0.0.1:50000] "GET" "user:1"`, also of Redis 2.4
//! (`(db 0)` in place of the brackets). Which commands read and write which keys is Redis 7.2's `COMMAND INFO`.

use crate::sim::decimal;

/// What a command does with a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Does {
    Read,
    Write,
    Delete,
    /// It expires at this moment, in seconds.
    Until(f64),
    /// It does not expire any more.
    Forever,
    /// Everything in its database goes, or everything.
    FlushDb,
    FlushAll,
}

/// What a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Read,
    Write,
    Delete,
    /// Reads, and writes anew; reads, and deletes.
    Exchange,
    Take,
    /// Writes, and the entry does not expire, or only as the words behind the value say.
    Set,
    /// Writes; the second argument is its time to live.
    SetFor,
    /// Reads; the words behind the key may say when it expires.
    ReadFor,
    /// The second argument is the time to live, or the moment.
    Expire,
    Persist,
    /// Writes the first, and reads the others.
    Store,
    /// Reads or deletes the first, and writes the second.
    Copy,
    Move,
    FlushDb,
    FlushAll,
}

/// Where a command's keys are among its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    First,
    Two,
    All,
    /// Every other one: the rest are values.
    Pairs,
    /// The second argument.
    Second,
    /// From the second on.
    FromSecond,
    /// All but the last, which is a timeout.
    ButLast,
    /// The first argument says how many follow.
    Counted,
    /// A destination, then how many follow.
    CountedAfter,
    /// After the word STREAMS: as many keys as ids.
    Streams,
}

type Commands = (Kind, At, &'static str);

const COMMANDS: &[Commands] = &[
    (
        Kind::Read,
        At::First,
        " get strlen getrange substr getbit bitcount bitpos ttl pttl expiretime pexpiretime type dump hget hmget hgetall \
         hkeys hvals hlen hexists hstrlen hscan hrandfield lrange lindex llen lpos smembers sismember smismember scard \
         srandmember sscan zrange zrevrange zrangebyscore zrevrangebyscore zrangebylex zrevrangebylex zcard zcount \
         zlexcount zscore zmscore zrank zrevrank zscan zrandmember geopos geodist geohash geosearch georadius_ro \
         georadiusbymember_ro xrange xrevrange xlen xpending xinfo sort_ro bitfield_ro json.get json.mget ",
    ),
    (Kind::Read, At::All, " mget exists touch sinter sunion sdiff pfcount "),
    (Kind::Read, At::Two, " lcs "),
    (Kind::Read, At::Second, " object memory "),
    (Kind::Read, At::Counted, " zinter zunion zdiff sintercard zintercard "),
    (Kind::Read, At::Streams, " xread xreadgroup "),
    (
        Kind::Write,
        At::First,
        " setrange setbit append incr decr incrby decrby incrbyfloat hset hmset hsetnx hincrby \
         hincrbyfloat hdel hgetdel hgetex lpush rpush lpushx rpushx lpop rpop lset lrem ltrim linsert sadd srem spop \
         zadd zrem zincrby zpopmin zpopmax zremrangebyscore zremrangebyrank zremrangebylex pfadd xadd xdel xtrim xack \
         xclaim xautoclaim xgroup geoadd restore bitfield sort georadius georadiusbymember \
         json.set json.numincrby hexpire hpexpire hpersist hsetex ",
    ),
    (Kind::Set, At::First, " set setnx "),
    (Kind::SetFor, At::First, " setex psetex "),
    (Kind::Exchange, At::First, " getset "),
    (Kind::Take, At::First, " getdel "),
    (Kind::ReadFor, At::First, " getex "),
    (Kind::Expire, At::First, " expire pexpire expireat pexpireat "),
    (Kind::Persist, At::First, " persist "),
    (Kind::Write, At::Two, " smove rpoplpush brpoplpush lmove blmove "),
    (Kind::Copy, At::Two, " copy "),
    (Kind::Move, At::Two, " rename renamenx "),
    (Kind::Store, At::Two, " zrangestore geosearchstore "),
    (Kind::Store, At::All, " sinterstore sunionstore sdiffstore pfmerge "),
    (Kind::Set, At::Pairs, " mset msetnx "),
    (Kind::Store, At::FromSecond, " bitop "),
    (Kind::Write, At::ButLast, " blpop brpop bzpopmin bzpopmax "),
    (Kind::Write, At::Counted, " lmpop zmpop "),
    (Kind::Store, At::CountedAfter, " zinterstore zunionstore zdiffstore "),
    (Kind::Delete, At::All, " del unlink "),
    (Kind::Delete, At::First, " move "),
    (Kind::FlushDb, At::All, " flushdb "),
    (Kind::FlushAll, At::All, " flushall "),
];

/// What a command is about; `None`: no key.
type Found = Option<(Kind, At)>;

fn command(name: &[u8]) -> Found {
    let name = std::str::from_utf8(name).ok().filter(|name| name.len() < 24)?;
    let word = format!(" {} ", name.to_ascii_lowercase());
    COMMANDS.iter().find(|(.., all)| all.contains(&word)).map(|(kind, at, _)| (*kind, *at))
}

/// What a command is known to do, asked for once each: a line's command is nearly always one of few.
#[derive(Debug, Default)]
pub struct Known {
    commands: Vec<(Vec<u8>, Found)>,
    /// Used again for every line: a word, and a key.
    out: Vec<u8>,
    key: Vec<u8>,
}

impl Known {
    fn of(&mut self, name: &[u8]) -> Found {
        if let Some((_, known)) = self.commands.iter().find(|(one, _)| one == name) {
            return *known;
        }
        let found = command(name);
        if self.commands.len() < 256 {
            self.commands.push((name.to_vec(), found));
        }
        found
    }
}

/// What a line says.
#[derive(Debug, PartialEq)]
pub struct Line {
    /// In seconds.
    pub at: f64,
    /// `false`: a command about no key, or one that is not known.
    pub known: bool,
}

/// Whether it begins as such lines do: a moment, and a database or a quoted command.
pub fn is_one(line: &[u8]) -> bool {
    head(line).is_some()
}

/// The moment, the database, and the rest, which begins with the command's quotation mark.
fn head(line: &[u8]) -> Option<(f64, u64, &[u8])> {
    let line = line.strip_prefix(b"+").unwrap_or(line);
    let space = line.iter().take(24).position(|byte| *byte == b' ')?;
    let (time, rest) = line.split_at(space);
    if !time.first()?.is_ascii_digit() || !time.contains(&b'.') {
        return None;
    }
    let at = decimal::parse(std::str::from_utf8(time).ok()?)?;
    let rest = rest.get(1..)?;
    let (inside, after) = match rest.first()? {
        b'"' => return Some((at, 0, rest)),
        b'[' => {
            // An address of IPv6 has brackets of its own.
            let end = rest.windows(3).position(|three| three == b"] \"")?;
            (rest.get(1..end)?, rest.get(end + 2..)?)
        }
        b'(' => {
            let end = rest.windows(3).position(|three| three == b") \"")?;
            (rest.get(1..end)?.strip_prefix(b"db ")?, rest.get(end + 2..)?)
        }
        _ => return None,
    };
    let number = inside.split(|byte| *byte == b' ').next().unwrap_or_default();
    let db = std::str::from_utf8(number).ok()?.parse().ok()?;
    Some((at, db, after))
}

/// The next quoted word of a line, its escapes undone; `None`: no more; `Err`: it does not end.
fn word(rest: &mut &[u8], out: &mut Vec<u8>) -> Option<Result<(), String>> {
    let text = rest.trim_ascii_start();
    let mut bytes = text.strip_prefix(b"\"")?;
    out.clear();
    loop {
        let plain = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\'));
        let Some(plain) = plain else { return Some(Err("a closing quotation mark was expected".into())) };
        let (before, after) = bytes.split_at(plain);
        out.extend_from_slice(before);
        match after {
            [b'"', after @ ..] => {
                *rest = after;
                return Some(Ok(()));
            }
            [b'\\', b'x', a, b, after @ ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
                let digit = |byte: &u8| (*byte as char).to_digit(16).unwrap_or(0) as u8;
                out.push(digit(a) << 4 | digit(b));
                bytes = after;
            }
            [b'\\', escaped, after @ ..] => {
                out.push(match escaped {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'a' => 7,
                    b'b' => 8,
                    other => *other,
                });
                bytes = after;
            }
            _ => return Some(Err("a closing quotation mark was expected".into())),
        }
    }
}

/// Passes over a quoted word, if one follows.
fn skip(rest: &mut &[u8]) -> Result<(), String> {
    let Some(bytes) = rest.trim_ascii_start().strip_prefix(b"\"") else { return Ok(()) };
    let mut at = 0;
    loop {
        match bytes.get(at) {
            Some(b'\\') => at += 2,
            Some(b'"') => {
                *rest = bytes.get(at + 1..).unwrap_or_default();
                return Ok(());
            }
            Some(_) => at += 1,
            None => return Err("a closing quotation mark was expected".into()),
        }
    }
}

/// The moment at which an entry expires, as words behind a value say (`EX 60`, `PXAT 1700000000000`); `None`: they do
/// not say; `Some(None)`: as before (KEEPTTL).
fn expiry(at: f64, rest: &mut &[u8], out: &mut Vec<u8>) -> Result<Option<Option<f64>>, String> {
    let mut unit: Option<(f64, bool)> = None;
    let mut found = None;
    while let Some(read) = word(rest, out) {
        read?;
        if let Some((scale, moment)) = unit.take() {
            found = Some(number(out).map(|n| if moment { n * scale } else { at + n * scale }));
            continue;
        }
        unit = match out.to_ascii_uppercase().as_slice() {
            b"EX" => Some((1.0, false)),
            b"PX" => Some((1e-3, false)),
            b"EXAT" => Some((1.0, true)),
            b"PXAT" => Some((1e-3, true)),
            b"KEEPTTL" => {
                found = Some(None);
                None
            }
            b"PERSIST" => {
                found = Some(Some(f64::INFINITY));
                None
            }
            _ => None,
        };
    }
    Ok(found)
}

fn number(word: &[u8]) -> Option<f64> {
    decimal::parse(std::str::from_utf8(word).ok()?)
}

fn until(moment: f64) -> Does {
    if moment == f64::INFINITY { Does::Forever } else { Does::Until(moment) }
}

/// Reads a line and hands over what it does: when, to which key, in which database.
pub fn read(
    line: &[u8],
    known: &mut Known,
    mut take: impl FnMut(f64, &[u8], Does, u64) -> Result<(), String>,
) -> Result<Line, String> {
    let (at, db, rest) = head(line).ok_or("a line of redis-cli monitor was expected")?;
    let (mut out, mut key) = (std::mem::take(&mut known.out), std::mem::take(&mut known.key));
    let found = told((at, db), rest, known, (&mut out, &mut key), &mut take);
    (known.out, known.key) = (out, key);
    Ok(Line { at, known: found? })
}

fn told(
    (at, db): (f64, u64),
    mut rest: &[u8],
    known: &mut Known,
    (out, key): (&mut Vec<u8>, &mut Vec<u8>),
    take: &mut impl FnMut(f64, &[u8], Does, u64) -> Result<(), String>,
) -> Result<bool, String> {
    word(&mut rest, out).unwrap_or(Err("a command in quotation marks was expected".into()))?;
    let Some((kind, keys)) = known.of(out) else { return Ok(false) };
    let nameless = |name: &[u8]| format!("{} was expected to name a key", String::from_utf8_lossy(name).to_uppercase());
    match keys {
        _ if kind == Kind::FlushDb => return take(at, &[], Does::FlushDb, db).map(|()| true),
        _ if kind == Kind::FlushAll => return take(at, &[], Does::FlushAll, db).map(|()| true),
        // By far the most common, and what follows may be a long value.
        At::First => {
            word(&mut rest, key).unwrap_or_else(|| Err(nameless(out)))?;
            return first((at, db), kind, key, rest, out, take);
        }
        _ => {}
    }
    let name = out.clone();
    let mut words: Vec<Vec<u8>> = Vec::new();
    while let Some(found) = word(&mut rest, out) {
        found?;
        words.push(out.clone());
    }
    let counted = |from: usize| {
        let count = words.get(from).and_then(|word| std::str::from_utf8(word).ok()?.parse::<usize>().ok());
        (from + 1)..(from + 1).saturating_add(count.unwrap_or(0)).min(words.len())
    };
    let n = words.len();
    let (range, step) = match keys {
        At::First | At::All => (0..n, 1),
        At::Two => (0..n.min(2), 1),
        At::Pairs => (0..n, 2),
        At::Second => (1..n.min(2), 1),
        At::FromSecond => (1..n, 1),
        At::ButLast => (0..n.saturating_sub(1), 1),
        At::Counted => (counted(0), 1),
        At::CountedAfter => (counted(1), 1),
        At::Streams => {
            let from = words.iter().position(|word| word.eq_ignore_ascii_case(b"streams")).map_or(n, |at| at + 1);
            (from..from + (n - from) / 2, 1)
        }
    };
    let some = words.get(range).unwrap_or_default();
    // OBJECT HELP and the like are about no key.
    if some.is_empty() {
        return if keys == At::Second { Ok(false) } else { Err(nameless(&name)) };
    }
    // What is stored is read before it is written.
    let (target, sources) = match (kind, keys) {
        (Kind::Store, At::CountedAfter) => (words.first(), some),
        (Kind::Store, _) => (some.first(), some.get(1..).unwrap_or_default()),
        (Kind::Copy | Kind::Move, _) => (some.get(1), some.get(..1).unwrap_or_default()),
        _ => (None, some),
    };
    for key in sources.iter().step_by(step) {
        let does = match kind {
            Kind::Delete | Kind::Move => Does::Delete,
            Kind::Read | Kind::Store | Kind::Copy => Does::Read,
            _ => Does::Write,
        };
        take(at, key, does, db)?;
        if kind == Kind::Set {
            take(at, key, Does::Forever, db)?;
        }
    }
    if let Some(key) = target {
        take(at, key, Does::Write, db)?;
        take(at, key, Does::Forever, db)?;
    }
    Ok(true)
}

/// A command whose key is its first argument; `rest` is what follows, and in `out` its name.
fn first(
    (at, db): (f64, u64),
    kind: Kind,
    key: &[u8],
    mut rest: &[u8],
    out: &mut Vec<u8>,
    take: &mut impl FnMut(f64, &[u8], Does, u64) -> Result<(), String>,
) -> Result<bool, String> {
    let mut does = |does: Does| take(at, key, does, db);
    match kind {
        Kind::Read => does(Does::Read)?,
        Kind::Delete => does(Does::Delete)?,
        Kind::Persist => does(Does::Forever)?,
        Kind::Exchange => {
            does(Does::Read)?;
            does(Does::Write)?;
            does(Does::Forever)?;
        }
        Kind::Take => {
            does(Does::Read)?;
            does(Does::Delete)?;
        }
        Kind::Set => {
            skip(&mut rest)?;
            let expires = expiry(at, &mut rest, out)?;
            does(Does::Write)?;
            match expires {
                None => does(Does::Forever)?,
                Some(Some(moment)) => does(until(moment))?,
                Some(None) => {}
            }
        }
        Kind::ReadFor => {
            does(Does::Read)?;
            if let Some(Some(moment)) = expiry(at, &mut rest, out)? {
                does(until(moment))?;
            }
        }
        Kind::SetFor | Kind::Expire => {
            // PSETEX, PEXPIRE, PEXPIREAT: in ms; EXPIREAT, PEXPIREAT: a moment.
            let unit = if matches!(out.first(), Some(b'p' | b'P')) { 1e-3 } else { 1.0 };
            let moment = matches!(out.last(), Some(b't' | b'T'));
            word(&mut rest, out).unwrap_or(Err("a time to live was expected".into()))?;
            let time = number(out).ok_or("a time to live was expected")? * unit;
            if kind == Kind::SetFor {
                does(Does::Write)?;
            }
            does(Does::Until(if moment { time } else { at + time }))?;
        }
        _ => does(Does::Write)?,
    }
    Ok(true)
}
