//! A line that `redis-cli monitor` printed: `1700000000.123456 [0 10.0.0.1:50000] "GET" "user:1"`, also of Redis 2.4
//! (`(db 0)` in place of the brackets). Which commands read and write which keys is Redis 7.2's `COMMAND INFO`.

use crate::sim::decimal;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Read,
    Write,
    Delete,
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
         georadiusbymember_ro xrange xrevrange xlen xpending xinfo sort_ro bitfield_ro getex getset getdel hgetdel \
         hgetex json.get json.mget ",
    ),
    (Kind::Read, At::All, " mget exists touch sinter sunion sdiff pfcount "),
    (Kind::Read, At::Two, " lcs "),
    (Kind::Read, At::Second, " object memory "),
    (Kind::Read, At::Counted, " zinter zunion zdiff sintercard zintercard "),
    (Kind::Read, At::Streams, " xread xreadgroup "),
    (
        Kind::Write,
        At::First,
        " set setex psetex setnx setrange setbit append incr decr incrby decrby incrbyfloat hset hmset hsetnx hincrby \
         hincrbyfloat hdel lpush rpush lpushx rpushx lpop rpop lset lrem ltrim linsert sadd srem spop zadd zrem zincrby \
         zpopmin zpopmax zremrangebyscore zremrangebyrank zremrangebylex pfadd xadd xdel xtrim xack xclaim xautoclaim \
         xgroup geoadd expire pexpire expireat pexpireat persist restore bitfield sort georadius georadiusbymember \
         json.set json.numincrby hexpire hpexpire hpersist hsetex ",
    ),
    (Kind::Write, At::Two, " rename renamenx copy smove rpoplpush brpoplpush lmove blmove zrangestore geosearchstore "),
    (Kind::Write, At::All, " sinterstore sunionstore sdiffstore pfmerge "),
    (Kind::Write, At::Pairs, " mset msetnx "),
    (Kind::Write, At::FromSecond, " bitop "),
    (Kind::Write, At::ButLast, " blpop brpop bzpopmin bzpopmax "),
    (Kind::Write, At::Counted, " lmpop zmpop "),
    (Kind::Write, At::CountedAfter, " zinterstore zunionstore zdiffstore "),
    (Kind::Delete, At::All, " del unlink "),
];

fn command(name: &[u8]) -> Does {
    let name = std::str::from_utf8(name).ok().filter(|name| name.len() < 24)?;
    let word = format!(" {} ", name.to_ascii_lowercase());
    COMMANDS.iter().find(|(.., all)| all.contains(&word)).map(|(kind, at, _)| (*kind, *at))
}

/// What a command does to which of its arguments; `None`: it is about no key.
type Does = Option<(Kind, At)>;

/// What a command is known to do, asked for once each: a line's command is nearly always one of few.
#[derive(Debug, Default)]
pub struct Known(Vec<(Vec<u8>, Does)>);

impl Known {
    fn of(&mut self, name: &[u8]) -> Does {
        if let Some((_, known)) = self.0.iter().find(|(one, _)| one == name) {
            return *known;
        }
        let found = command(name);
        if self.0.len() < 256 {
            self.0.push((name.to_vec(), found));
        }
        found
    }
}

/// What a line says.
#[derive(Debug, PartialEq)]
pub struct Line {
    /// In seconds.
    pub at: f64,
    pub db: u64,
    /// `None`: a command about no key, or one that is not known.
    pub kind: Option<Kind>,
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

/// Reads a line and hands over each key.
pub fn read(line: &[u8], known: &mut Known, mut take: impl FnMut(&[u8], Kind, u64)) -> Result<Line, String> {
    let (at, db, mut rest) = head(line).ok_or("a line of redis-cli monitor was expected")?;
    let mut out = Vec::new();
    word(&mut rest, &mut out).unwrap_or(Err("a command in quotation marks was expected".into()))?;
    let Some((kind, keys)) = known.of(&out) else { return Ok(Line { at, db, kind: None }) };
    let name = String::from_utf8_lossy(&out).to_ascii_uppercase();
    if keys == At::First {
        // By far the most common, and what follows may be a long value.
        word(&mut rest, &mut out).unwrap_or(Err(format!("{name} was expected to name a key")))?;
        take(&out, kind, db);
        return Ok(Line { at, db, kind: Some(kind) });
    }
    let mut words: Vec<Vec<u8>> = Vec::new();
    while let Some(found) = word(&mut rest, &mut out) {
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
        return match keys {
            At::Second => Ok(Line { at, db, kind: None }),
            _ => Err(format!("{name} was expected to name a key")),
        };
    }
    some.iter().step_by(step).for_each(|key| take(key, kind, db));
    if keys == At::CountedAfter
        && let Some(key) = words.first()
    {
        take(key, kind, db);
    }
    Ok(Line { at, db, kind: Some(kind) })
}
