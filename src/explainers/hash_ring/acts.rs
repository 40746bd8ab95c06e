//! What happens to the ring's world: what the reader does to it, and what comes of that by itself.

use super::lookup::Lookup;
use super::world::{Cause, Due, GRACE, HANDOVER, MOST_SERVERS, Server, State, World};
use super::{Action, params};
use crate::explainers::{Tone, grouped};
use crate::models::hashing;
use crate::sim::{Micros, SECOND};
use std::rc::Rc;

impl World {
    pub(super) fn overloads(&mut self, at: Micros) {
        let Some(capacity) = self.setup.capacity else { return };
        let mut fresh = Vec::new();
        let mut relieved = false;
        for (id, server) in self.servers.iter_mut().enumerate() {
            let over = server.state == State::Up && server.load > capacity;
            match (over, server.fails_at) {
                (true, None) => {
                    server.fails_at = Some(at + GRACE);
                    fresh.push(id as u16);
                }
                (false, Some(_)) => {
                    server.fails_at = None;
                    relieved = true;
                }
                _ => {}
            }
        }
        if relieved {
            let servers = &self.servers;
            let still = |id: u16| servers.get(usize::from(id)).is_some_and(|server| server.fails_at.is_some());
            self.queue.retain(|_, due| !matches!(due, Due::Fail(id) if !still(*id)));
        }
        for id in &fresh {
            self.queue.schedule(at + GRACE, Due::Fail(*id));
        }
        let grace = GRACE / SECOND;
        // A thousand overloaded servers are one piece of news.
        if fresh.len() > 3 {
            let (n, most) = (grouped(fresh.len() as i64), grouped(capacity as i64));
            let text = format!("Each gets more than the {most} requests/s it can take. In {grace} s they will fail.");
            return self.say(at, format!("{n} servers are overloaded."), text, Tone::Warn, None);
        }
        for id in fresh {
            let load = self.servers.get(usize::from(id)).map_or(0, |server| server.load);
            let (load, most) = (grouped(load as i64), grouped(capacity as i64));
            let text = format!("It gets {load} requests/s and can take {most}. In {grace} s it will fail.");
            self.say(at, format!("{} is overloaded.", self.name(id)), text, Tone::Warn, Some(super::server(id)));
        }
    }

    pub fn advance(&mut self, to: Micros) {
        while let Some((at, due)) = self.queue.pop(to) {
            match due {
                Due::Settled => self.settle(at),
                Due::Tell(event) => Rc::make_mut(&mut self.events).push(event),
                Due::Fail(id) => {
                    // Who fails at the same moment fails together: one change of topology, not a thousand.
                    let mut all = vec![id];
                    self.queue.retain(|when, due| match due {
                        Due::Fail(other) if when == at => {
                            all.push(*other);
                            false
                        }
                        _ => true,
                    });
                    self.fall(at, &all, Cause::Overload(id));
                }
            }
        }
    }

    fn settle(&mut self, at: Micros) {
        self.safe = self.holders.clone();
        for id in 0..self.servers.len() {
            if matches!(self.servers[id].state, State::Leaving(_)) {
                self.servers[id].state = State::Gone;
            }
        }
        self.touch(&at);
        let Some(change) = self.change.clone() else { return };
        let copies = change.travel.len() as i64;
        if copies > 0 {
            let text = format!(
                "{} cop{} arrived; everything else stayed where it was.",
                super::super::grouped(copies),
                if copies == 1 { "y has" } else { "ies have" }
            );
            self.say(at, "Handed over.".into(), text, Tone::Plain, None);
        }
    }

    fn fall(&mut self, at: Micros, ids: &[u16], cause: Cause) {
        for id in ids {
            if let Some(server) = self.servers.get_mut(usize::from(*id)) {
                (server.state, server.fails_at) = (State::Down, None);
            }
        }
        self.queue.retain(|_, due| !matches!(due, Due::Fail(other) if ids.contains(other)));
        let copies = self.setup.params.copies.clamp(1, 5) as usize;
        let slots = (self.setup.params.placement == params::REDIS).then(|| {
            // A Redis master's replica takes over its slots; here shard i's replicas live on the next servers.
            let n = self.servers.len() as u16;
            let up = |id: &u16| self.servers.get(usize::from(*id)).is_some_and(|server| server.state == State::Up);
            ids.iter().fold(self.slots.to_vec(), |slots, id| {
                let heir = (1..n).map(|step| (id + step) % n).take(copies - 1).find(up);
                hashing::slots_failover(&slots, *id, heir)
            })
        });
        self.topology(at, cause, slots);
    }

    fn in_range(&self, number: u32) -> Result<u16, String> {
        match number.checked_sub(1).filter(|id| (*id as usize) < self.servers.len()) {
            Some(id) => Ok(id as u16),
            None => Err(format!("there is no server {number}: they are numbered 1 to {}", self.servers.len())),
        }
    }

    pub fn act(&mut self, at: Micros, action: &Action) -> Result<(), String> {
        let up = self.live.len();
        match action {
            Action::Add => {
                if self.servers.len() >= MOST_SERVERS {
                    return Err(format!("no more than {MOST_SERVERS} servers fit in one run"));
                }
                let name = self.fresh_name();
                let mut server = Server::new(name, 100, Vec::new());
                server.ensure_tokens(&self.setup.params, self.setup.seed);
                self.servers.push(server);
                self.join(at, (self.servers.len() - 1) as u16);
            }
            Action::Restart(number) => {
                let id = self.in_range(*number)?;
                if !matches!(self.servers[usize::from(id)].state, State::Down | State::Gone) {
                    return Err(format!("{} is not down", self.name(id)));
                }
                self.servers[usize::from(id)].state = State::Up;
                self.join(at, id);
            }
            Action::Leave(number) => {
                let id = self.in_range(*number)?;
                self.must_be_up(id)?;
                if up <= 1 {
                    return Err("the last server cannot hand its keys over to anyone".into());
                }
                self.servers[usize::from(id)].state = State::Leaving(at + HANDOVER);
                self.servers[usize::from(id)].fails_at = None;
                self.queue.retain(|_, due| !matches!(due, Due::Fail(other) if *other == id));
                let slots = (self.setup.params.placement == params::REDIS).then(|| {
                    let alive: Vec<u16> = self.up().map(|(id, _)| id).collect();
                    hashing::slots_leave(&self.slots, id, &alive)
                });
                self.topology(at, Cause::Leave(id), slots);
            }
            Action::Crash(number) => {
                let id = self.in_range(*number)?;
                self.must_be_up(id)?;
                self.fall(at, &[id], Cause::Crash(id));
            }
            Action::Weight(number, percent) => {
                let id = self.in_range(*number)?;
                self.must_be_up(id)?;
                if !(10..=1_000).contains(percent) {
                    return Err(format!("a weight is from 10 to 1000 per cent, not {percent}"));
                }
                if !self.weighted() {
                    return Err(format!("{} has no weights", self.setup.params.placement_label()));
                }
                self.servers[usize::from(id)].weight = *percent;
                self.topology(at, Cause::Weight(id), None);
            }
            Action::Hot(share) => {
                if !(1..=90).contains(share) {
                    return Err(format!("a hot key's share is from 1 to 90 per cent, not {share}"));
                }
                self.hot = Some((self.celebrity(), *share));
                self.topology(at, Cause::Heat, None);
            }
            Action::Cool => {
                if self.hot.take().is_none() {
                    return Err("no key is hot".into());
                }
                self.topology(at, Cause::Heat, None);
            }
            Action::Lookup(key) => {
                if key.is_empty() || key.len() > 250 {
                    return Err("a key of 1 to 250 bytes was expected".into());
                }
                let lookup = Lookup::new(self, at, key);
                // Told as it is shown: an older look-up's last words go unsaid.
                self.queue.retain(|_, due| !matches!(due, Due::Tell(_)));
                for event in lookup.events(self) {
                    match event.at <= at {
                        true => Rc::make_mut(&mut self.events).push(event),
                        false => self.queue.schedule(event.at, Due::Tell(event)),
                    }
                }
                self.touch(&(at, key));
                self.lookup = Some(Rc::new(lookup));
            }
        }
        Ok(())
    }

    fn join(&mut self, at: Micros, id: u16) {
        let slots = (self.setup.params.placement == params::REDIS).then(|| {
            // The reshard counts servers by index: those that are down own nothing and give nothing.
            hashing::slots_join_at(&self.slots, id, self.live.len() as u32 + 1)
        });
        self.topology(at, Cause::Join(id), slots);
    }

    fn must_be_up(&self, id: u16) -> Result<(), String> {
        match self.servers[usize::from(id)].state {
            State::Up => Ok(()),
            State::Leaving(_) => Err(format!("{} is already leaving", self.name(id))),
            State::Down => Err(format!("{} is down", self.name(id))),
            State::Gone => Err(format!("{} has left", self.name(id))),
        }
    }

    pub fn weighted(&self) -> bool {
        matches!(self.setup.params.placement, params::RING | params::KETAMA_WEIGHTED | params::BOUNDED)
    }

    fn fresh_name(&self) -> Rc<str> {
        let mut number = self.servers.len() + 1;
        loop {
            let name = format!("cache-{number}");
            if self.servers.iter().all(|server| *server.name != *name) {
                return name.into();
            }
            number += 1;
        }
    }

    /// The key that gets hot: the seed's choice, the same on every placement.
    fn celebrity(&self) -> u32 {
        (self.setup.seed % (self.setup.keys.len() as u64).max(1)) as u32
    }
}
