//! What the reader can do, and what is offered.

use super::clients::OPEN;
use super::params;
use super::types::*;
use super::world::World;
use super::{Action, DB, client, key, node};
use crate::explainers::{Offer, Tone, grouped};
use crate::sim::{MS, Micros};

/// A burst has so many reads at most; a pause lasts so many ms, and all of a client's that are still to come so much.
const BURST: u32 = 500;
const PAUSE: u32 = 2_000;
const PAUSES: Micros = 5_000 * MS;
/// The database can be made so many times as slow.
const SLOW: u32 = 10;
/// Keys that are offered things to be done to.
const OFFERED: KeyId = 8;

fn nobody(what: &str, number: u32, of: usize) -> String {
    match of {
        1 => format!("there is no {what} {number}, only {what} 1"),
        of => format!("there is no {what} {number}: they are numbered 1 to {of}"),
    }
}

impl World {
    fn client_of(&self, number: u32) -> Result<ClientId, String> {
        match number.checked_sub(1).filter(|id| (*id as usize) < self.clients.len()) {
            Some(id) => Ok(id as ClientId),
            None => Err(nobody("client", number, self.clients.len())),
        }
    }

    fn node_of(&self, number: u32) -> Result<NodeId, String> {
        match number.checked_sub(1).filter(|id| (*id as usize) < self.nodes.len()) {
            Some(id) => Ok(id as NodeId),
            None if self.nodes.is_empty() => Err("there is no cache".into()),
            None => Err(nobody("cache node", number, self.nodes.len())),
        }
    }

    /// A key that can be read; to be written, it has to exist.
    fn key_numbered(&self, number: u32, written: bool) -> Result<KeyId, String> {
        let keys = if written { self.setup.keys } else { self.all_keys() };
        match number.checked_sub(1).filter(|id| *id < keys) {
            Some(id) => Ok(id),
            None if written => Err(format!("there is no key {number}: they are numbered 1 to {keys}")),
            None => Err(format!("keys are numbered 1 to {}, and up to {keys} are absent ones", self.setup.keys)),
        }
    }

    fn free(&self, client: ClientId, n: u32) -> Result<(), String> {
        let open = self.clients.get(usize::from(client)).map_or(0, |client| client.open);
        match open.saturating_add(n) > OPEN {
            true => Err(format!("C{} has {} requests open, and 1,000 is the limit", client + 1, grouped(open.into()))),
            false => Ok(()),
        }
    }

    /// What is due by then happens first, and what the action causes at once happens at once.
    pub fn act(&mut self, at: Micros, action: &Action) -> Result<(), String> {
        self.advance(at);
        self.act_now(at, action)?;
        self.advance(at);
        Ok(())
    }

    fn act_now(&mut self, at: Micros, action: &Action) -> Result<(), String> {
        match *action {
            Action::Read(who, which) => {
                let (who, which) = (self.client_of(who)?, self.key_numbered(which, false)?);
                self.free(who, 1)?;
                self.invoke(at, who, OpKind::Read, which, true);
            }
            Action::Write(who, which) => {
                let (who, which) = (self.client_of(who)?, self.key_numbered(which, true)?);
                self.free(who, 1)?;
                self.invoke(at, who, OpKind::Write, which, true);
            }
            Action::Burst(n, which) => {
                let which = self.key_numbered(which, false)?;
                if !(1..=BURST).contains(&n) {
                    return Err(format!("from 1 to {BURST} reads were expected"));
                }
                let each = n.div_ceil(self.clients.len().max(1) as u32);
                (0..self.clients.len()).try_for_each(|id| self.free(id as ClientId, each))?;
                self.tell_burst(at, n, which, true);
                self.burst(at, n, which, false);
            }
            Action::Crash(number) => {
                let id = self.node_of(number)?;
                if !self.node(id).is_some_and(|node| node.up) {
                    return Err(format!("{} is down", self.node_name(id)));
                }
                self.crash(at, id);
            }
            Action::Restart(number) => {
                let id = self.node_of(number)?;
                if self.node(id).is_some_and(|node| node.up) {
                    return Err(format!("{} is running", self.node_name(id)));
                }
                self.restart(at, id);
            }
            Action::Flush => {
                if self.nodes.is_empty() {
                    return Err("there is no cache".into());
                }
                let gone: u32 = (0..self.nodes.len()).map(|id| self.empty(at, id as NodeId, Held::Emptied)).sum();
                let dirty = if self.dirty() > 0 { " What is dirty waits in the flush buffer." } else { "" };
                let gone = if gone == 1 { "1 entry is".to_string() } else { format!("{gone} entries are") };
                let text = format!("{gone} gone: every key’s next read is a miss.{dirty}");
                self.say(at, "The cache is emptied".into(), text, Tone::Warn, None);
            }
            Action::Expire(which) => {
                let which = self.key_numbered(which, false)?;
                let home = self.home(which).ok_or("there is no cache")?;
                if self.entry(which).is_none() {
                    return Err(format!("{} has no entry of k{}", self.node_name(home), which + 1));
                }
                self.drop_entry(at, home, which, Held::Expired);
                self.stats.expired += 1;
                let text = "You let it expire: the next read of it is a miss.".into();
                self.say(at, format!("k{} expires", which + 1), text, Tone::Plain, Some(key(which)));
            }
            Action::Pause(number, lasts) => {
                let who = self.client_of(number)?;
                if !(1..=PAUSE).contains(&lasts) {
                    return Err(format!("from 1 to {PAUSE} ms were expected"));
                }
                let lasts = Micros::from(lasts) * MS;
                let left = self.clients.get(usize::from(who)).and_then(|client| client.paused).map_or(0, |it| it.1);
                if left.saturating_sub(at) + lasts > PAUSES {
                    return Err(format!("C{number} is paused for long enough"));
                }
                self.pause(at, who, lasts);
                let text = format!(
                    "A pause of {} ms (its garbage collector, say). What arrives waits; it will not know that time has passed.",
                    lasts / MS
                );
                self.say(at, format!("C{number} stops"), text, Tone::Warn, Some(client(who)));
            }
            Action::Slowdb(factor) => self.slow_down(at, factor)?,
            Action::Dbdown => {
                if !self.db.up {
                    return Err("the database is down".into());
                }
                self.db_down(at);
            }
            Action::Dbup => {
                if self.db.up {
                    return Err("the database is running".into());
                }
                self.db_up(at);
            }
            Action::Resize(capacity) => {
                if self.nodes.is_empty() {
                    return Err("there is no cache".into());
                }
                if !(1..=4_000).contains(&capacity) {
                    return Err("a capacity from 1 to 4,000 was expected".into());
                }
                let bytes = self.params().unit == params::BYTES;
                let room = u64::from(capacity) * if bytes { 1_000 } else { 1 };
                let what = if bytes { "kB" } else { "entries" };
                let text = format!("{} {what} fit into each cache node from now on.", grouped(i64::from(capacity)));
                self.say(at, "The cache is resized".into(), text, Tone::Plain, None);
                self.resize(at, room);
            }
            Action::Shift => {
                if self.params().work != params::HOTSPOT {
                    return Err("the workload has no hot spot (work=hotspot)".into());
                }
                self.shift(at);
            }
        }
        Ok(())
    }

    fn slow_down(&mut self, at: Micros, factor: u32) -> Result<(), String> {
        if !(1..=SLOW).contains(&factor) {
            return Err(format!("from 1 to {SLOW} times was expected"));
        }
        if self.db.slow == factor {
            return Err("it is that slow already".into());
        }
        self.db_mut().slow = factor;
        let (head, tone) = match factor {
            1 => ("The database is as fast as before".to_string(), Tone::Plain),
            _ => (format!("The database is {factor} times as slow"), Tone::Warn),
        };
        let text = "For every operation that it begins from now on.".into();
        self.say(at, head, text, tone, Some(DB));
        Ok(())
    }

    pub fn offers(&self) -> Vec<Offer> {
        let offer = |label: String, act: String, subject, key| Offer { label, act, subject, key };
        let mut out = Vec::new();
        // The key that the reader was at last, else the most popular one.
        let at = self.own.and_then(|id| self.request(id)).map_or(0, |request| request.key) + 1;
        let written = if at <= self.setup.keys { at } else { 1 };
        for number in 1..=self.clients.len() as u32 {
            let subject = Some(client(number as ClientId - 1));
            out.push(offer(format!("C{number} reads k{at}"), format!("read({number},{at})"), subject, Some('r')));
            out.push(offer(
                format!("C{number} writes k{written}"),
                format!("write({number},{written})"),
                subject,
                Some('w'),
            ));
            let paused = self.clients.get(number as usize - 1).and_then(|client| client.paused).is_some();
            if !paused {
                let label = format!("C{number} stops for 60 ms");
                out.push(offer(label, format!("pause({number},60)"), subject, Some('h')));
            }
        }
        for id in 0..self.nodes.len() as NodeId {
            let (number, subject) = (u32::from(id) + 1, Some(node(id)));
            let name = if self.nodes.len() < 2 { "The cache".to_string() } else { format!("Cache {number}") };
            match self.node(id).is_some_and(|node| node.up) {
                true => out.push(offer(format!("{name} crashes"), format!("crash({number})"), subject, Some('c'))),
                false => {
                    out.push(offer(format!("{name} comes back"), format!("restart({number})"), subject, Some('s')));
                }
            }
        }
        for id in self.followed_keys() {
            let (number, subject) = (id + 1, Some(key(id)));
            out.push(offer(format!("C1 reads k{number}"), format!("read(1,{number})"), subject, Some('r')));
            let second = self.clients.len().min(2);
            if !self.absent(id) {
                let label = format!("C{second} writes k{number}");
                out.push(offer(label, format!("write({second},{number})"), subject, Some('w')));
            }
            out.push(offer(format!("20 reads of k{number}"), format!("burst(20,{number})"), subject, Some('b')));
            if self.entry(id).is_some() {
                out.push(offer(format!("k{number} expires"), format!("expire({number})"), subject, Some('x')));
            }
        }
        match self.db.up {
            true => {
                let (label, factor) = if self.db.slow > 1 {
                    ("The database is as fast as before".to_string(), 1)
                } else {
                    ("The database is 5 times as slow".to_string(), 5)
                };
                out.push(offer(label, format!("slowdb({factor})"), Some(DB), Some('l')));
                out.push(offer("The database goes down".into(), "dbdown".into(), Some(DB), Some('d')));
            }
            false => out.push(offer("The database comes back".into(), "dbup".into(), Some(DB), Some('d'))),
        }
        self.general(&mut out, at, written);
        out
    }

    /// What is offered whatever is followed.
    fn general(&self, out: &mut Vec<Offer>, at: u32, written: u32) {
        let mut add = |label: String, act: String, key| out.push(Offer { label, act, subject: None, key: Some(key) });
        let second = self.clients.len().min(2);
        add(format!("C1 reads k{at}"), format!("read(1,{at})"), 'r');
        add(format!("C{second} writes k{written}"), format!("write({second},{written})"), 'w');
        add(format!("20 reads of k{at} at once"), format!("burst(20,{at})"), 'b');
        for id in 0..self.nodes.len() as NodeId {
            if self.nodes.len() < 2 {
                match self.node(id).is_some_and(|node| node.up) {
                    true => add("The cache crashes".into(), "crash(1)".into(), 'c'),
                    false => add("The cache comes back".into(), "restart(1)".into(), 's'),
                }
            }
        }
        if self.nodes.iter().any(|node| node.held > 0) {
            add("Empty the cache".into(), "flush".into(), 'f');
        }
        if self.params().work == params::HOTSPOT {
            add("The hot spot shifts".into(), "shift".into(), 'i');
        }
    }

    /// Keys that things are offered for: the most popular ones, and the one that the reader was at last.
    pub(super) fn followed_keys(&self) -> Vec<KeyId> {
        let mut keys: Vec<KeyId> = (0..self.setup.keys.min(OFFERED)).collect();
        if let Some(last) = self.own.and_then(|id| self.request(id)).map(|request| request.key)
            && !keys.contains(&last)
        {
            keys.push(last);
        }
        keys
    }
}
