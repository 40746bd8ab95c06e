//! What the reader does to the cluster.

use super::story::{key_name, key_of, names};
use super::types::*;
use super::world::World;
use super::{Action, client, node};
use crate::explainers::{Offer, Tone};
use crate::sim::{MS, Micros};
use std::rc::Rc;

impl World {
    fn node_of(&self, number: u32) -> Result<NodeId, String> {
        match number.checked_sub(1).filter(|id| (*id as usize) < self.nodes.len()) {
            Some(id) => Ok(id as NodeId),
            None => Err(format!("there is no node {number}: they are numbered 1 to {}", self.nodes.len())),
        }
    }

    fn client_of(&self, number: u32) -> Result<ClientId, String> {
        match number.checked_sub(1).filter(|id| (*id as usize) < self.clients.len()) {
            Some(id) => Ok(id as ClientId),
            None => Err(format!("there is no client {number}: they are numbered 1 to {}", self.clients.len())),
        }
    }

    fn known_key(&self, text: &str) -> Result<KeyId, String> {
        let keys = self.setup.replicas.len();
        key_of(text).filter(|key| usize::from(*key) < keys).ok_or_else(|| match keys {
            1 => format!("there is no key “{}”: there is only x", crate::link::shorten(text)),
            _ => {
                format!(
                    "there is no key “{}”: they are x to {}",
                    crate::link::shorten(text),
                    key_name(keys as KeyId - 1)
                )
            }
        })
    }

    /// `12`, `AB` or `ab`: nodes 1 and 2.
    fn side_of(&self, text: &str) -> Result<NodeSet, String> {
        let mut side = 0;
        for c in text.chars() {
            let number = match c {
                '1'..='9' => c as u32 - '0' as u32,
                'a'..='i' => c as u32 - 'a' as u32 + 1,
                'A'..='I' => c as u32 - 'A' as u32 + 1,
                _ => return Err("the nodes of one side were expected, such as 12 or AB".into()),
            };
            side |= 1 << self.node_of(number)?;
        }
        let all = (1 << self.nodes.len()) - 1;
        if side == 0 || side == all {
            return Err("a partition has nodes on both sides".into());
        }
        Ok(side)
    }

    pub fn act(&mut self, at: Micros, action: &Action) -> Result<(), String> {
        match action {
            Action::Write(client, key) => {
                let (client, key) = (self.client_of(*client)?, self.known_key(key)?);
                self.invoke(at, client, OpKind::Write, key, true);
            }
            Action::Read(client, key) => {
                let (client, key) = (self.client_of(*client)?, self.known_key(key)?);
                self.invoke(at, client, OpKind::Read, key, true);
            }
            Action::Crash(number) => {
                let id = self.node_of(*number)?;
                if !self.is_up(id) {
                    return Err(format!("{} is down already", letter(id)));
                }
                self.fall(at, id);
                let text = "It keeps its disk. What it was coordinating it forgets.".into();
                self.say(at, format!("{} crashes.", letter(id)), text, Tone::Bad, Some(node(id)));
            }
            Action::Restart(number) => {
                let id = self.node_of(*number)?;
                if self.is_up(id) {
                    return Err(format!("{} is up", letter(id)));
                }
                self.rise(id);
                let text = "It has what it had on its disk, and nothing that was written since.".into();
                self.say(at, format!("{} comes back.", letter(id)), text, Tone::Plain, Some(node(id)));
                self.restarted(at, id);
            }
            Action::Wipe(number) => {
                let id = self.node_of(*number)?;
                if self.is_up(id) {
                    self.fall(at, id);
                }
                let hints = self.node(id).map_or(0, |node| node.hints.len());
                if let Some(node) = self.nodes.get_mut(usize::from(id)) {
                    node.store.iter_mut().for_each(|held| *held = Rc::default());
                    node.issued.iter_mut().for_each(|clock| *clock = Default::default());
                    node.hints.clear();
                    node.wiped = Some(at);
                    node.lamport = 0;
                }
                self.rise(id);
                let hints = if hints > 0 { " Its hints are gone, too." } else { "" };
                let head = format!("{} comes back with an empty disk.", letter(id));
                self.say(at, head, format!("It answers, and knows nothing.{hints}"), Tone::Bad, Some(node(id)));
                for key in 0..self.setup.replicas.len() {
                    self.watch_stored(at, key as KeyId);
                }
                self.restarted(at, id);
            }
            Action::Slow(number, factor) => {
                let id = self.node_of(*number)?;
                if !(1..=100).contains(factor) {
                    return Err(format!("a node is 1 to 100 times as slow, not {factor}"));
                }
                if let Some(node) = self.nodes.get_mut(usize::from(id)) {
                    node.slow = *factor;
                }
                let (head, text) = match factor {
                    1 => (format!("{} is as fast as the others again.", letter(id)), "From now on.".into()),
                    _ => (
                        format!("{} becomes slow.", letter(id)),
                        format!("Messages to and from it take {factor} times as long."),
                    ),
                };
                self.say(at, head, text, Tone::Warn, Some(node(id)));
            }
            Action::Skew(number, ahead) => {
                let id = self.node_of(*number)?;
                if *ahead > 10_000 {
                    return Err(format!("a clock is 0 to 10000 ms ahead, not {ahead}"));
                }
                if let Some(node) = self.nodes.get_mut(usize::from(id)) {
                    node.skew = Micros::from(*ahead) * MS;
                }
                let head = format!("The clock of {} is {ahead} ms ahead now.", letter(id));
                let text = "Writes that it coordinates get stamps from the future.".into();
                let text = if *ahead == 0 { "It is right.".into() } else { text };
                self.say(at, head, text, Tone::Warn, Some(node(id)));
            }
            Action::Cut(side) => {
                let side = self.side_of(side)?;
                if self.partition.side == Some(side) {
                    return Err("the network is cut like that already".into());
                }
                (self.partition.side, self.partition.since) = (Some(side), at);
                self.sever(at);
                let others = ((1 << self.nodes.len()) - 1) & !side;
                let head = "The network is cut in two.".into();
                let text = format!(
                    "{} on one side, {} on the other; clients stay with their node.",
                    names(side),
                    names(others)
                );
                self.say(at, head, text, Tone::Bad, None);
                self.listen(at);
            }
            Action::CutLink(a, b) => {
                let (a, b) = (self.node_of(*a)?, self.node_of(*b)?);
                let link = (a.min(b), a.max(b));
                if a == b {
                    return Err("a link has two ends".into());
                }
                if self.partition.links.contains(&link) {
                    return Err(format!("{} and {} are cut off from each other already", letter(a), letter(b)));
                }
                self.partition.links.push(link);
                self.partition.since = at;
                self.sever(at);
                let text = "Both still reach all others.".into();
                let head = format!("The link between {} and {} is cut.", letter(a), letter(b));
                self.say(at, head, text, Tone::Bad, None);
                self.listen(at);
            }
            Action::Heal => {
                if self.partition.whole() {
                    return Err("the network is whole".into());
                }
                self.partition = Partition::default();
                let text = "What was lost stays lost, unless somebody sends it again.".into();
                self.say(at, "The network is whole again.".into(), text, Tone::Plain, None);
                self.listen(at);
            }
            Action::Sync(a, b) => {
                let (a, b) = (self.node_of(*a)?, self.node_of(*b)?);
                self.can_sync(a, b)?;
                let head = format!("{} sends its Merkle tree to {}.", letter(a), letter(b));
                let text = "One hash for each of 16 ranges of keys, and the hashes above them.".into();
                self.say(at, head, text, Tone::Plain, Some(node(a)));
                self.sync(at, a, b);
            }
            Action::Via(who, to) => {
                let (who, to) = (self.client_of(*who)?, self.node_of(*to)?);
                let Some(client) = self.clients.get_mut(usize::from(who)) else { return Ok(()) };
                if client.home == to {
                    return Err(format!("client {} is beside {} already", who + 1, letter(to)));
                }
                (client.home, client.coordinator) = (to, to);
                let head = format!("Client {} goes to {}.", who + 1, letter(to));
                let text = format!("{} coordinates what it asks from now on.", letter(to));
                self.say(at, head, text, Tone::Plain, Some(super::client(who)));
            }
        }
        Ok(())
    }

    fn fall(&mut self, at: Micros, id: NodeId) {
        if let Some(node) = self.nodes.get_mut(usize::from(id)) {
            node.up = false;
            node.dead = 0;
            node.silent.iter_mut().for_each(|silent| *silent = None);
        }
        self.orphan(id);
        self.listen(at);
    }

    fn rise(&mut self, id: NodeId) {
        if let Some(node) = self.nodes.get_mut(usize::from(id)) {
            node.up = true;
        }
    }

    fn can_sync(&self, a: NodeId, b: NodeId) -> Result<(), String> {
        match () {
            _ if a == b => Err("anti-entropy is between two nodes".into()),
            _ if !self.is_up(a) => Err(format!("{} is down", letter(a))),
            _ if !self.is_up(b) => Err(format!("{} is down", letter(b))),
            _ if !self.reaches(a, b) => Err(format!("{} and {} are cut off from each other", letter(a), letter(b))),
            _ if self.shares(a, b).is_empty() => Err(format!("{} and {} share no key", letter(a), letter(b))),
            _ => Ok(()),
        }
    }

    pub(super) fn offers(&self) -> Vec<Offer> {
        let offer = |label: String, act: String, subject, key| Offer { label, act, subject, key };
        let mut out = vec![
            offer("Write x".into(), "write(1,x)".into(), None, Some('w')),
            offer("Read x".into(), "read(1,x)".into(), None, Some('r')),
        ];
        let half: Vec<String> = match self.setup.params.dcs {
            2.. => self
                .nodes
                .iter()
                .zip(1..)
                .filter(|(node, _)| node.dc == 1)
                .map(|(_, i): (_, u32)| i.to_string())
                .collect(),
            _ => (1..=self.nodes.len() / 2).map(|i| i.to_string()).collect(),
        };
        match self.partition.whole() {
            true => {
                out.push(offer("Cut the network in two".into(), format!("cut({})", half.concat()), None, Some('d')))
            }
            false => out.push(offer("Heal the network".into(), "heal".into(), None, Some('h'))),
        }
        for id in 0..self.clients.len() as ClientId {
            let (subject, number) = (Some(client(id)), id + 1);
            out.push(offer(format!("Client {number} writes x"), format!("write({number},x)"), subject, Some('w')));
            out.push(offer(format!("Client {number} reads x"), format!("read({number},x)"), subject, Some('r')));
            let home = self.clients.get(usize::from(id)).map_or(0, |client| client.home);
            let next = (usize::from(home) + 1) % self.nodes.len().max(1);
            let label = format!("Client {number} goes to {}", letter(next as NodeId));
            out.push(offer(label, format!("via({number},{})", next + 1), subject, Some('g')));
        }
        let keys = if self.setup.replicas.len() > 1 { self.setup.replicas.len() } else { 0 };
        for id in 0..keys as KeyId {
            let (subject, name) = (Some(super::key(id)), key_name(id));
            out.push(offer(format!("Write {name}"), format!("write(1,{name})"), subject, Some('w')));
            out.push(offer(format!("Read {name}"), format!("read(1,{name})"), subject, Some('r')));
        }
        for (state, id) in self.nodes.iter().zip(0..) {
            let (subject, number, name) = (Some(node(id)), id + 1, letter(id));
            if state.up {
                out.push(offer(format!("{name} crashes"), format!("crash({number})"), subject, Some('c')));
                let (label, factor) = match state.slow {
                    1 => (format!("{name} becomes slow"), 10),
                    _ => (format!("{name} is fast again"), 1),
                };
                out.push(offer(label, format!("slow({number},{factor})"), subject, Some('l')));
                let (label, ahead) = match state.skew {
                    0 => (format!("{name}’s clock runs 50 ms ahead"), 50),
                    _ => (format!("{name}’s clock is set right"), 0),
                };
                out.push(offer(label, format!("skew({number},{ahead})"), subject, Some('k')));
                let other = (0..self.nodes.len() as NodeId).find(|other| self.can_sync(id, *other).is_ok());
                if let Some(other) = other {
                    let label = format!("{name} compares trees with {}", letter(other));
                    out.push(offer(label, format!("sync({number},{})", other + 1), subject, Some('y')));
                }
            } else {
                out.push(offer(format!("{name} comes back"), format!("restart({number})"), subject, Some('b')));
            }
            out.push(offer(
                format!("{name} comes back with an empty disk"),
                format!("wipe({number})"),
                subject,
                Some('e'),
            ));
            if self.nodes.len() > 1 && self.partition.side.is_none() {
                out.push(offer(format!("Cut {name} off"), format!("cut({number})"), subject, Some('x')));
            }
        }
        out
    }
}
