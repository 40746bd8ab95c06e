//! The reader's own keys and servers: lists, and what `nodetool ring` and `redis-cli cluster nodes` print.

use super::{Data, KeySet, OwnServer};
use crate::explainers::lines::{Lines, Parse, Parsed, count};
use crate::explainers::{Import, grouped};
use crate::link::{decode, encode, shorten};
use crate::models::hashing::SLOTS;
use crate::sim::decimal;
use std::any::Any;
use std::collections::BTreeSet;
use std::rc::Rc;
use xxhash_rust::xxh64::xxh64;

pub const MOST_KEYS: usize = 1_000_000;
const LONGEST_KEY: usize = 1_024;
const MOST_SERVERS: usize = 1_000;
/// A list up to this long travels in the link.
const IN_LINK: usize = 1_500;

pub static IMPORTS: &[Import] = &[
    Import {
        key: "keys",
        title: "Keys",
        hint: "One key a line, up to 1,000,000 keys or 64 MB.",
        example: "user:8812\nuser:1047\ncart:77\nsession:ab12",
        reader: || Lines::of(Keys::default()),
    },
    Import {
        key: "servers",
        title: "Servers",
        hint: "One server a line: its name and, if you like, its weight (1 is normal; 0.1 to 10, or 10% to 1000%).",
        example: "cache-a 1\ncache-b 2\ncache-c 50%",
        reader: || Lines::of(Servers::default()),
    },
    Import {
        key: "nodetool",
        title: "nodetool ring",
        hint: "What “nodetool ring” printed on any node of a Cassandra cluster.",
        example: "Datacenter: dc1\n==========\nAddress    Rack   Status State   Load        Owns    Token\n10.0.0.1   rack1  Up     Normal  105.94 KiB  33.3%   -9223372036854775808\n10.0.0.2   rack1  Up     Normal  99.10 KiB   33.3%   -3074457345618258603\n10.0.0.3   rack1  Up     Normal  101.7 KiB   33.3%   3074457345618258602",
        reader: || Lines::of(Nodetool::default()),
    },
    Import {
        key: "redis",
        title: "redis-cli cluster nodes",
        hint: "What “redis-cli cluster nodes” printed on any node of a Redis Cluster.",
        example: "e7d1eecce10fd6bb5eb35b9f99a514335d9ba9ca 10.0.0.1:6379@16379 myself,master - 0 0 1 connected 0-5460\n67ed2db8d677e59ec4a4cefb06858cf2a1a89fa1 10.0.0.2:6379@16379 master - 0 1426238316232 2 connected 5461-10922\n292f8b365bb7edb5e285caf0b7e6ddc7265d2f4f 10.0.0.3:6379@16379 master - 0 1426238318243 3 connected 10923-16383",
        reader: || Lines::of(Redis::default()),
    },
];

enum Made {
    Keys(Rc<KeySet>),
    Servers(Rc<Vec<OwnServer>>),
    Slots(Rc<Vec<OwnServer>>, Rc<Vec<u16>>),
}

impl Made {
    fn boxed(self) -> Box<dyn Any> {
        Box::new(self)
    }
}

#[derive(Default)]
struct Keys {
    keys: KeySet,
    seen: BTreeSet<u64>,
    repeated: usize,
    over: usize,
}

impl Parse for Keys {
    fn line(&mut self, line: &[u8]) -> Result<(), String> {
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        if line.len() > LONGEST_KEY {
            return Err(format!("a key of up to {LONGEST_KEY} bytes was expected, not {}", grouped(line.len() as i64)));
        }
        if self.keys.len() >= MOST_KEYS {
            self.over += 1;
            return match self.over {
                1 => Err(format!("{} keys were read; the rest was left out", grouped(MOST_KEYS as i64))),
                _ => Ok(()),
            };
        }
        if self.seen.insert(xxh64(line, 0)) {
            self.keys.push(line);
        } else {
            self.repeated += 1;
        }
        Ok(())
    }

    fn done(self: Box<Self>) -> Parsed {
        let mut summary = count(self.keys.len(), "key");
        if self.repeated > 0 {
            summary += &format!(
                "; {} repeated one and {} left out",
                count(self.repeated, "line"),
                if self.repeated == 1 { "was" } else { "were" }
            );
        }
        if self.over > 0 {
            summary += &format!("; {} beyond the limit", count(self.over, "line"));
        }
        let made = (!self.keys.is_empty()).then(|| Made::Keys(Rc::new(self.keys)).boxed());
        (summary, made, Vec::new())
    }
}

#[derive(Default)]
struct Servers {
    servers: Vec<OwnServer>,
}

fn weight(text: &str) -> Option<u32> {
    let value = match text.strip_suffix('%') {
        Some(percent) => decimal::parse(percent.trim())?,
        None => decimal::parse(text)? * 100.0,
    };
    (10.0..=1_000.0).contains(&value).then_some((value + 0.5) as u32)
}

impl Servers {
    fn take(&mut self, name: &str, weight: u32, tokens: Vec<i64>) -> Result<(), String> {
        if name.len() > 100 {
            return Err("a name of up to 100 bytes was expected".into());
        }
        if self.servers.iter().any(|server| server.name == name) {
            return Err(format!("“{}” is there already", shorten(name)));
        }
        if self.servers.len() >= MOST_SERVERS {
            return Err(format!("up to {} servers were expected", grouped(MOST_SERVERS as i64)));
        }
        self.servers.push(OwnServer { name: name.to_string(), weight, tokens });
        Ok(())
    }
}

impl Parse for Servers {
    fn line(&mut self, line: &[u8]) -> Result<(), String> {
        let line = String::from_utf8_lossy(line);
        let mut words = line.split([' ', '\t', ',']).filter(|word| !word.is_empty());
        let Some(name) = words.next() else { return Ok(()) };
        let weight = match words.next() {
            None => 100,
            Some(text) => {
                let expected =
                    || format!("a weight from 0.1 to 10 (or 10% to 1000%) was expected, not “{}”", shorten(text));
                weight(text).ok_or_else(expected)?
            }
        };
        if let Some(extra) = words.next() {
            return Err(format!("a name and a weight were expected; “{}” is too much", shorten(extra)));
        }
        self.take(name, weight, Vec::new())
    }

    fn done(self: Box<Self>) -> Parsed {
        let summary = count(self.servers.len(), "server");
        let made = (!self.servers.is_empty()).then(|| Made::Servers(Rc::new(self.servers)).boxed());
        (summary, made, Vec::new())
    }
}

#[derive(Default)]
struct Nodetool {
    found: Servers,
    /// As unsigned numbers: one kind of set for all.
    tokens: BTreeSet<u64>,
    centre: Option<String>,
    /// Sections after the first are of other data centres: rings of their own.
    others: usize,
    /// By the hash of their name.
    down: BTreeSet<u64>,
    /// They have tokens and own nothing yet.
    joining: BTreeSet<u64>,
}

impl Parse for Nodetool {
    fn line(&mut self, line: &[u8]) -> Result<(), String> {
        let line = String::from_utf8_lossy(line);
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.first() {
            None => return Ok(()),
            // What nodetool says around the table. Whole words: with -r, addresses are names.
            Some(&("Note:" | "Warning:" | "Address")) => return Ok(()),
            Some(&("To" | "Non-system")) if words.len() > 8 || words.last() == Some(&"instead.") => return Ok(()),
            Some(&"Datacenter:") => {
                match self.centre {
                    None => self.centre = Some(words.get(1).unwrap_or(&"?").to_string()),
                    Some(_) => self.others += 1,
                }
                return Ok(());
            }
            Some(rule) if rule.starts_with("==") => return Ok(()),
            // The highest token stands once more above the list: the ring closes there.
            Some(only) if words.len() == 1 && only.parse::<i64>().is_ok() => return Ok(()),
            Some(_) => {}
        }
        if self.others > 0 {
            return Ok(());
        }
        // A node that gossip knows nothing of is neither up nor down: “?”.
        let moves = |word: &&str| matches!(*word, "Normal" | "Joining" | "Leaving" | "Moving");
        let state = words.windows(2).position(|pair| matches!(pair[0], "Up" | "Down" | "?") && moves(&pair[1]));
        let (Some(address), Some(state), Some(last)) = (words.first(), state.filter(|at| *at >= 1), words.last())
        else {
            return Err(format!(
                "“Address Rack Up|Down Normal Load Owns Token” was expected, not “{}”",
                shorten(&line)
            ));
        };
        let token: i64 = last.parse().map_err(|_| {
            format!("a Murmur3 token (−2^63 to 2^63 − 1) was expected at the end, not “{}”", shorten(last))
        })?;
        if words.get(state + 1) == Some(&"Joining") {
            self.joining.insert(xxh64(address.as_bytes(), 0));
            return Ok(());
        }
        if !self.tokens.insert(token as u64) {
            return Err(format!("token {token} is there already"));
        }
        if words.get(state) == Some(&"Down") {
            self.down.insert(xxh64(address.as_bytes(), 0));
        }
        match self.found.servers.iter_mut().find(|server| server.name == *address) {
            Some(server) => server.tokens.push(token),
            None => self.found.take(address, 100, vec![token])?,
        }
        Ok(())
    }

    fn done(self: Box<Self>) -> Parsed {
        let mut summary =
            format!("{} with {}", count(self.found.servers.len(), "node"), count(self.tokens.len(), "token"));
        if let Some(centre) = &self.centre {
            summary += &format!(" in data centre {}", shorten(centre));
        }
        if self.others > 0 {
            summary += &format!("; {} left out (a ring of its own each)", count(self.others, "other data centre"));
        }
        if !self.down.is_empty() {
            summary += &format!("; {} down in the paste and shown as up", count(self.down.len(), "node"));
        }
        if !self.joining.is_empty() {
            summary += &format!("; {} still joining left out", count(self.joining.len(), "node"));
        }
        let most = self.found.servers.iter().map(|server| server.tokens.len()).max().unwrap_or(1);
        let set = vec![("placement", "cassandra".to_string()), ("vnodes", most.clamp(1, 1_000).to_string())];
        let made = (!self.found.servers.is_empty()).then(|| Made::Servers(Rc::new(self.found.servers)).boxed());
        (summary, made, set)
    }
}

#[derive(Default)]
struct Redis {
    found: Servers,
    slots: Vec<u16>,
    replicas: Vec<String>,
    ids: Vec<String>,
    empty: usize,
    moving: usize,
    /// Failed or never met, and without slots: nothing to show.
    away: usize,
}

impl Redis {
    fn ranges(&mut self, words: &[&str], server: u16) -> Result<(), String> {
        if self.slots.is_empty() {
            self.slots = vec![u16::MAX; SLOTS as usize];
        }
        let mut ranges = Vec::new();
        for word in words {
            // A slot under way: [93->-id] at its source, [93-<-id] at its target.
            if word.starts_with('[') {
                continue;
            }
            let (from, to) = word.split_once('-').unwrap_or((word, word));
            let slot = |text: &str| text.parse::<u32>().ok().filter(|slot| *slot < SLOTS);
            match (slot(from), slot(to)) {
                (Some(from), Some(to)) if from <= to => ranges.push(from as usize..=to as usize),
                _ => {
                    return Err(format!(
                        "a slot or a range of slots from 0 to 16383 was expected, not “{}”",
                        shorten(word)
                    ));
                }
            }
        }
        for range in &ranges {
            if let Some(slot) = range.clone().find(|slot| self.slots.get(*slot).is_some_and(|owner| *owner != u16::MAX))
            {
                return Err(format!("slot {slot} belongs to another node already"));
            }
        }
        for slot in ranges.into_iter().flatten() {
            if let Some(owner) = self.slots.get_mut(slot) {
                *owner = server;
            }
        }
        Ok(())
    }
}

impl Parse for Redis {
    fn line(&mut self, line: &[u8]) -> Result<(), String> {
        let line = String::from_utf8_lossy(line);
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.is_empty() {
            return Ok(());
        }
        // What redis-cli says when it has no list has as many words by chance.
        let listed = words.get(6).is_some_and(|epoch| epoch.parse::<u64>().is_ok());
        let ([id, address, flags, master, _, _, _, _, rest @ ..], true) = (words.as_slice(), listed) else {
            return Err(format!(
                "“id ip:port@cport flags master ping pong epoch link slots…” was expected, not “{}”",
                shorten(&line)
            ));
        };
        let flags: Vec<&str> = flags.split(',').collect();
        if flags.contains(&"slave") || flags.contains(&"replica") {
            self.replicas.push(master.to_string());
            return Ok(());
        }
        let away = ["fail", "noaddr", "handshake", "noflags"].iter().any(|flag| flags.contains(flag));
        if away && rest.is_empty() {
            self.away += 1;
            return Ok(());
        }
        if !flags.contains(&"master") {
            return Err(format!(
                "“master” or “slave” was expected among the flags, not “{}”",
                shorten(&flags.join(","))
            ));
        }
        let name = address.split('@').next().unwrap_or(address);
        let name = if name.is_empty() || name == ":0" { id } else { name };
        let server = self.found.servers.len() as u16;
        self.found.take(name, 100, Vec::new())?;
        if let Err(why) = self.ranges(rest, server) {
            self.found.servers.pop();
            return Err(why);
        }
        let moving = rest.iter().filter(|word| word.starts_with('[')).count();
        self.moving += moving;
        self.empty += usize::from(rest.len() == moving);
        self.ids.push(id.to_string());
        Ok(())
    }

    fn done(mut self: Box<Self>) -> Parsed {
        let covered = self.slots.iter().filter(|owner| **owner != u16::MAX).count();
        let mut summary =
            format!("{} and {}", count(self.found.servers.len(), "master"), count(self.replicas.len(), "replica"));
        if !self.found.servers.is_empty() && covered < SLOTS as usize {
            summary += &format!("; {} of 16,384 slots belong to nobody", grouped((SLOTS as usize - covered) as i64));
        }
        if self.empty > 0 {
            summary += &format!("; {} without slots", count(self.empty, "master"));
        }
        if self.away > 0 {
            summary += &format!("; {} failed or not met, without slots, left out", count(self.away, "node"));
        }
        if self.moving > 0 {
            summary += &format!("; {} on the move, shown at their source", count(self.moving, "slot"));
        }
        let fewest = self.ids.iter().map(|id| self.replicas.iter().filter(|of| *of == id).count()).min().unwrap_or(0);
        let set = vec![("placement", "redis".to_string()), ("copies", (1 + fewest).clamp(1, 5).to_string())];
        if self.slots.is_empty() {
            self.slots = vec![u16::MAX; SLOTS as usize];
        }
        let made = (!self.found.servers.is_empty())
            .then(|| Made::Slots(Rc::new(self.found.servers), Rc::new(self.slots)).boxed());
        (summary, made, set)
    }
}

pub fn adopt(data: &mut Data, made: Box<dyn Any>) {
    match made.downcast::<Made>().map(|made| *made) {
        Ok(Made::Keys(keys)) => data.keys = Some(keys),
        Ok(Made::Servers(servers)) => (data.servers, data.slots) = (Some(servers), None),
        Ok(Made::Slots(servers, slots)) => (data.servers, data.slots) = (Some(servers), Some(slots)),
        Err(_) => {}
    }
}

/// What of the data a link carries, and in words what it cannot.
pub fn parts(data: &Data) -> (Vec<(&'static str, String)>, Option<String>) {
    let (mut parts, mut out) = (Vec::new(), Vec::new());
    if let Some(keys) = &data.keys {
        let text: Vec<String> = keys.iter().take(IN_LINK).map(|key| encode(&String::from_utf8_lossy(key))).collect();
        let text = text.join(",");
        // A link is text: keys that are not stay here.
        let whole = keys.iter().all(|key| std::str::from_utf8(key).is_ok());
        if whole && keys.len() <= IN_LINK && text.len() <= IN_LINK {
            parts.push(("own-keys", text));
        } else {
            out.push(format!("your {}", count(keys.len(), "key")));
        }
    }
    if let Some(servers) = &data.servers {
        let tokens = servers.iter().any(|server| !server.tokens.is_empty());
        let one = |server: &OwnServer| {
            // The star sets the weight apart.
            let name = encode(&server.name).replace('*', "%2A");
            if server.weight == 100 { name } else { format!("{name}*{}", server.weight) }
        };
        let text = servers.iter().map(one).collect::<Vec<_>>().join(",");
        let layout = match &data.slots {
            Some(slots) => Some(("own-slots", slot_runs(slots))),
            None => tokens.then(|| ("own-tokens", token_lists(servers))),
        };
        if text.len() <= IN_LINK && layout.as_ref().is_none_or(|(_, text)| text.len() <= IN_LINK) {
            parts.push(("own-servers", text));
            parts.extend(layout);
        } else {
            out.push(format!("the layout of your {}", count(servers.len(), "server")));
        }
    }
    (parts, (!out.is_empty()).then(|| out.join(" and ")))
}

/// Runs of slots as `COUNT*SERVER`, servers counted from 1, 0 for nobody.
fn slot_runs(slots: &[u16]) -> String {
    let runs = slots.chunk_by(|a, b| a == b);
    let one = |run: &[u16]| format!("{}*{}", run.len(), run.first().map_or(0, |id| id.wrapping_add(1)));
    runs.map(one).collect::<Vec<_>>().join(",")
}

fn read_slots(text: &str, servers: usize) -> Result<Vec<u16>, String> {
    let mut slots = Vec::new();
    for run in text.split(',') {
        let parts = run.split_once('*').and_then(|(n, id)| Some((n.parse::<usize>().ok()?, id.parse::<u16>().ok()?)));
        match parts {
            Some((n, id)) if usize::from(id) <= servers && slots.len() + n <= SLOTS as usize => {
                slots.extend(std::iter::repeat_n(id.wrapping_sub(1), n));
            }
            _ => return Err(format!("runs such as 5461*1, 16384 slots in all, were expected, not “{}”", shorten(run))),
        }
    }
    match slots.len() == SLOTS as usize {
        true => Ok(slots),
        false => Err(format!("16384 slots were expected, not {}", slots.len())),
    }
}

/// Each server's tokens, servers set apart by `/`, as they are in `own-servers`.
fn token_lists(servers: &[OwnServer]) -> String {
    let one = |server: &OwnServer| server.tokens.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
    servers.iter().map(one).collect::<Vec<_>>().join("/")
}

fn read_tokens(text: &str, servers: &[OwnServer]) -> Result<Vec<OwnServer>, String> {
    let lists: Vec<&str> = text.split('/').collect();
    if lists.len() != servers.len() {
        return Err(format!("tokens for {} were expected, not for {}", count(servers.len(), "server"), lists.len()));
    }
    let mut out = servers.to_vec();
    for (server, list) in out.iter_mut().zip(lists) {
        for token in list.split(',').filter(|token| !token.is_empty()) {
            let token = token.parse().map_err(|_| format!("a Murmur3 token was expected, not “{}”", shorten(token)))?;
            server.tokens.push(token);
        }
    }
    Ok(out)
}

pub fn from_link(data: &mut Data, key: &str, value: &str) -> Option<Result<(), String>> {
    match key {
        "own-keys" => {
            let mut keys = Keys::default();
            for key in value.split(',') {
                if let Err(why) = keys.line(decode(key).as_bytes()) {
                    return Some(Err(why));
                }
            }
            if let Some(made) = Box::new(keys).done().1 {
                adopt(data, made);
            }
            Some(Ok(()))
        }
        "own-servers" => {
            let mut servers = Servers::default();
            for text in value.split(',').filter(|text| !text.is_empty()) {
                let (name, percent) = text.rsplit_once('*').unwrap_or((text, "100"));
                let Some(weight) = weight(&format!("{percent}%")) else {
                    return Some(Err(format!("a weight from 10 to 1000 was expected, not “{}”", shorten(percent))));
                };
                if let Err(why) = servers.take(&decode(name), weight, Vec::new()) {
                    return Some(Err(why));
                }
            }
            if let Some(made) = Box::new(servers).done().1 {
                adopt(data, made);
            }
            Some(Ok(()))
        }
        "own-slots" => Some(
            read_slots(value, data.servers.as_ref().map_or(0, |servers| servers.len()))
                .map(|slots| data.slots = Some(Rc::new(slots))),
        ),
        "own-tokens" => {
            let servers = data.servers.clone().unwrap_or_default();
            Some(read_tokens(value, &servers).map(|servers| data.servers = Some(Rc::new(servers))))
        }
        _ => None,
    }
}

/// Settings that the reader's own data take the place of.
pub fn fixes(data: &Data, key: &str) -> bool {
    match key {
        "servers" => data.servers.is_some(),
        "keys" => data.keys.is_some(),
        "vnodes" => data.servers.as_ref().is_some_and(|all| all.iter().any(|server| !server.tokens.is_empty())),
        _ => false,
    }
}
