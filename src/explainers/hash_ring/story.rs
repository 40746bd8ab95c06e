//! What the ring says of itself: events in words, checks, readouts, what the reader can do.

use super::lookup::Found;
use super::world::{Cause, NONE, State, World, plural};
use crate::draw::chart::{Bar, Chart, Plot};
use crate::draw::scene::Subject;
use crate::explainers::{Check, Offer, Readout, Tone, Verdict, grouped, percent};
use crate::sim::{Micros, decimal, order};
use std::rc::Rc;

const CLAIMS: &[(&str, &str)] = &[
    ("one-owner", "Every key has exactly one owner"),
    ("join-only", "A join moves keys only to the newcomer"),
    ("leave-only", "A leave moves only the leaver’s keys"),
    ("distinct", "Copies of a key are on different servers"),
    ("kept", "No key is lost"),
    ("bounded", "No server is above the bound on load"),
    ("capacity", "No server is above its capacity"),
];

impl World {
    pub(super) fn narrate(&mut self, at: Micros, cause: Cause, before: &Rc<Vec<u16>>) {
        let Some(change) = self.change.clone() else { return };
        let (moved, total) = (i64::from(change.moved), self.setup.keys.len() as i64);
        let others = if total == moved {
            "None stays where it was.".to_string()
        } else {
            format!("The other {} stay where they are.", grouped(total - moved))
        };
        let copies = self.setup.params.copies;
        let lost = match change.lost {
            0 => String::new(),
            n => format!(" {} key{} had no copy left: gone.", grouped(i64::from(n)), plural(i64::from(n))),
        };
        let (id, head, text, tone) = match cause {
            Cause::Join(id) => {
                let mut gave = vec![false; self.servers.len()];
                for (old, new) in before.iter().zip(self.owner.iter()) {
                    if let Some(gave) = gave.get_mut(usize::from(*old)) {
                        *gave |= old != new;
                    }
                }
                let mine = self.owner.iter().zip(before.iter()).filter(|(new, old)| **new == id && old != new).count();
                let points = self.points_of(id);
                let how = if self.setup.params.ring_like() && points > 0 {
                    match points {
                        1 => "Its point takes over one arc: ".to_string(),
                        n => format!("Its {} points take over as many arcs: ", grouped(n)),
                    }
                } else {
                    String::new()
                };
                let from = match gave.iter().filter(|gave| **gave).count() {
                    0 => "nobody".to_string(),
                    n => format!("{} server{}", grouped(n as i64), plural(n as i64)),
                };
                let mine = mine as i64;
                let text = if mine == moved {
                    // One that comes back after the only copies went finds nothing to fetch.
                    let gone = if mine > 0 && change.travel.is_empty() { " Their values are gone." } else { "" };
                    format!("{how}{} of {} keys move to it, from {from}.{gone} {others}", grouped(mine), grouped(total))
                } else {
                    format!(
                        "{how}{} of {} keys change their owner, but only {} of them go to the newcomer. {others}",
                        grouped(moved),
                        grouped(total),
                        grouped(mine)
                    )
                };
                (Some(id), format!("{} joins.", self.name(id)), text, Tone::Plain)
            }
            Cause::Leave(id) => (
                Some(id),
                format!("{} leaves and hands its keys over.", self.name(id)),
                format!("{} of {} keys change their owner. {others}", grouped(moved), grouped(total)),
                Tone::Plain,
            ),
            Cause::Crash(id) | Cause::Overload(id) => {
                let head = match cause {
                    Cause::Crash(_) => format!("{} crashes.", self.name(id)),
                    _ => match change.before.saturating_sub(change.after) {
                        0 | 1 => format!("{} fails under its load.", self.name(id)),
                        n => format!("{} and {} more fail under their load.", self.name(id), grouped(i64::from(n) - 1)),
                    },
                };
                let orphans = self.owner.iter().filter(|owner| **owner == NONE).count() as i64;
                let rest = if orphans > 0 {
                    format!("{} keys have no owner now.", grouped(orphans))
                } else if copies > 1 && change.lost == 0 {
                    format!(
                        "{} keys are answered by the next copy; {} new copies are made.",
                        grouped(moved),
                        grouped(change.travel.len() as i64)
                    )
                } else if change.lost > 0 {
                    format!("{} keys have another owner now.", grouped(moved))
                } else {
                    format!("{} keys have another owner now. {others}", grouped(moved))
                };
                (
                    Some(id),
                    head,
                    format!("{rest}{lost}"),
                    if change.lost > 0 || orphans > 0 { Tone::Bad } else { Tone::Warn },
                )
            }
            Cause::Weight(id) => {
                let weight = self.servers.get(usize::from(id)).map_or(100, |server| server.weight);
                (
                    Some(id),
                    format!("{} now weighs {weight}%.", self.name(id)),
                    format!("{} of {} keys change their owner. {others}", grouped(moved), grouped(total)),
                    Tone::Plain,
                )
            }
            Cause::Heat => match self.hot {
                Some((key, share)) => {
                    let name = self.setup.keys.text(key);
                    let owner = self.rank_of(key).and_then(|rank| self.owner.get(rank)).copied().unwrap_or(NONE);
                    let load = self.servers.get(usize::from(owner)).map_or(0, |server| server.load) as i64;
                    let spread = if self.spilled.is_empty() {
                        format!(
                            "All of that goes to {}, which now gets {} requests/s.",
                            self.name(owner),
                            grouped(load)
                        )
                    } else {
                        format!("{} takes what the bound allows; the rest goes on clockwise.", self.name(owner))
                    };
                    (
                        None,
                        format!("{name} becomes a celebrity."),
                        format!("It gets {share}% of all {} requests/s. {spread}", grouped(self.demand() as i64)),
                        Tone::Warn,
                    )
                }
                None => {
                    (None, "The hot key cools down.".into(), "Every key gets one request/s again.".into(), Tone::Plain)
                }
            },
        };
        self.say(at, head, text, tone, id.map(super::server));
    }

    /// Points on the ring of a server.
    pub fn points_of(&self, id: u16) -> i64 {
        let Some(index) = self.live.iter().position(|live| *live == id) else { return 0 };
        self.placement.points().iter().filter(|point| point.server as usize == index).count() as i64
    }

    fn break_check(&mut self, key: &'static str, at: Micros, why: String) {
        if let Err(place) = self.broken.binary_search_by_key(&key, |(key, _)| *key) {
            self.broken.insert(place, (key, (at, why)));
        }
    }

    /// Looks at every invariant after a change; `by` is what caused it and who owned what before.
    pub(super) fn watch(&mut self, at: Micros, by: Option<(Cause, &Rc<Vec<u16>>)>) {
        let setup = self.setup.clone();
        let key_at = |rank: usize| setup.keys.text(setup.order.get(rank).copied().unwrap_or(0));
        let orphans = self.owner.iter().filter(|owner| **owner == NONE).count();
        if let Some(rank) = self.owner.iter().position(|owner| *owner == NONE) {
            self.break_check(
                "one-owner",
                at,
                format!("{} keys have none, {} for one", grouped(orphans as i64), key_at(rank)),
            );
        }
        if let Some((cause, before)) = by {
            // The first key that moved though the rule says it should not, as a counterexample, and how many there are.
            let stray = |id: u16, did: &str, whose: &str, fits: &dyn Fn(u16, u16) -> bool| {
                let moved = before.iter().zip(self.owner.iter()).enumerate();
                let mut all = moved.filter(|(_, (old, new))| old != new && !fits(**old, **new));
                let (rank, (old, new)) = all.next()?;
                let count = 1 + all.count() as i64;
                let (name, from, to) = (self.name(id), self.name(*old), self.name(*new));
                let keys = format!("{} key{}", grouped(count), plural(count));
                Some(format!("when {name} {did}, {keys} {whose}: {} from {from} to {to}", key_at(rank)))
            };
            let down = |id: u16| self.servers.get(usize::from(id)).is_some_and(|server| server.state == State::Down);
            let found = match cause {
                Cause::Join(id) => ("join-only", stray(id, "joined", "moved between others", &|_, new| new == id)),
                // Several may have gone at once.
                Cause::Leave(id) | Cause::Crash(id) | Cause::Overload(id) => {
                    ("leave-only", stray(id, "went", "of others moved", &|old, _| old == id || down(old)))
                }
                Cause::Weight(_) | Cause::Heat => ("", None),
            };
            if let (key, Some(why)) = found {
                self.break_check(key, at, why);
            }
        }
        let copies = setup.params.copies.clamp(1, 5) as usize;
        if copies > 1 {
            let doubled = self
                .holders
                .chunks(copies)
                .position(|holders| holders.iter().enumerate().any(|(i, id)| *id != NONE && holders[..i].contains(id)));
            if let Some(rank) = doubled {
                self.break_check("distinct", at, format!("{} is twice on one server", key_at(rank)));
            }
        }
        if !self.lost.is_empty() {
            let lost = grouped(self.lost.len() as i64);
            let why = match self.change.as_ref().map(|change| change.cause) {
                Some(Cause::Crash(id) | Cause::Overload(id)) if copies == 1 => {
                    format!("{} went with the only copy of {lost} keys", self.name(id))
                }
                _ => format!("every copy of {lost} keys is gone"),
            };
            self.break_check("kept", at, why);
        }
        let above = |limit: u64| {
            let mut over = self.up().filter(|(_, server)| server.load > limit);
            over.next()
                .map(|(id, server)| (self.name(id).to_string(), grouped(server.load as i64), grouped(limit as i64)))
        };
        let (unbound, full) = (self.bound.and_then(above), setup.capacity.and_then(above));
        if let Some((name, load, bound)) = unbound {
            self.break_check("bounded", at, format!("{name} gets {load} requests/s; the bound is {bound}"));
        }
        if let Some((name, load, capacity)) = full {
            self.break_check("capacity", at, format!("{name} gets {load} requests/s and can take {capacity}"));
        }
    }

    pub(super) fn checks(&self) -> Vec<Check> {
        let p = &self.setup.params;
        let shown = |key: &str| match key {
            "distinct" => p.copies > 1,
            "bounded" => self.bound.is_some(),
            "capacity" => self.setup.capacity.is_some(),
            _ => true,
        };
        let verdict = |key: &str| match self.broken.iter().find(|(broken, _)| *broken == key) {
            None => Verdict::Holds,
            Some((_, (at, why))) => Verdict::Broken(*at, why.clone()),
        };
        let all = CLAIMS.iter().filter(|(key, _)| shown(key));
        all.map(|(key, claim)| Check { key, claim, verdict: verdict(key) }).collect()
    }

    /// The mean, the highest and the standard deviation of what servers of weight 100% have.
    fn spread(&self, of: impl Fn(&super::world::Server) -> f64) -> Option<(f64, f64, f64)> {
        let loads: Vec<f64> = self.up().map(|(_, s)| of(s) * 100.0 / f64::from(s.weight.max(1))).collect();
        if loads.is_empty() {
            return None;
        }
        let mean = loads.iter().sum::<f64>() / loads.len() as f64;
        let variance = loads.iter().map(|load| (load - mean) * (load - mean)).sum::<f64>() / loads.len() as f64;
        (mean > 0.0).then(|| (mean, loads.iter().copied().fold(0.0, f64::max), variance.sqrt()))
    }

    pub(super) fn readouts(&self) -> Vec<Readout> {
        let readout = |key, value: Option<f64>, text: String, unit, label: String| Readout {
            key,
            value,
            text: if value.is_some() { text } else { "–".into() },
            unit,
            label,
        };
        let total = self.setup.keys.len().max(1) as f64;
        let change = self.change.as_ref().filter(|change| change.cause != Cause::Heat);
        let moved = change.map(|change| f64::from(change.moved) / total);
        let mod_n = change.filter(|change| change.before != change.after).map(|c| f64::from(c.mod_n) / total);
        let ideal = match change {
            Some(change) if change.ideal > 0 => {
                let of = if matches!(change.cause, Cause::Join(_)) { change.after } else { change.before };
                let share = percent(f64::from(change.ideal) / 1e6);
                // Weights make other shares than one in so many.
                let even = change.ideal == 1_000_000 / of.max(1);
                if even {
                    format!("of keys moved; ideal 1/{of} = {share}%")
                } else {
                    format!("of keys moved; ideal {share}%")
                }
            }
            _ => "of keys moved by the last change".to_string(),
        };
        let mut out = vec![
            readout("moved", moved.map(|m| m * 100.0), percent(moved.unwrap_or(0.0)), "%", ideal),
            readout(
                "mod-n",
                mod_n.map(|m| m * 100.0),
                percent(mod_n.unwrap_or(0.0)),
                "%",
                "would move under hash mod N".into(),
            ),
        ];
        let keys = self.spread(|server| f64::from(server.keys));
        let loaded = self.hot.is_some() || self.setup.capacity.is_some() || self.bound.is_some();
        let busiest = if loaded { self.spread(|server| server.load as f64) } else { keys };
        let peak = busiest.map(|(mean, most, _)| most / mean);
        let what =
            if loaded { "busiest server’s requests over the mean" } else { "busiest server’s keys over the mean" };
        out.push(readout("peak", peak, decimal::fixed(peak.unwrap_or(0.0), 2), "×", what.into()));
        let spread = keys.map(|(mean, _, deviation)| deviation / mean);
        let theory = match self.setup.params.theory() {
            Some((value, how)) => {
                format!("standard deviation of keys on this ring; theory {how} = {}%", percent(value))
            }
            None => "standard deviation of keys per server".to_string(),
        };
        out.push(readout("spread", spread.map(|s| s * 100.0), percent(spread.unwrap_or(0.0)), "%", theory));
        if self.servers.iter().any(|server| server.state == State::Down) || !self.lost.is_empty() {
            let lost = self.lost.len() as f64;
            let of =
                if self.setup.params.copies > 1 { "lost with their last copy" } else { "lost with their only copy" };
            out.push(readout("lost", Some(lost), grouped(lost as i64), "keys", of.into()));
        }
        if let Some(Found::Search(probes)) = self.lookup.as_ref().map(|lookup| &lookup.found) {
            let (n, all) = (probes.len() as f64, self.placement.points().len() as i64);
            out.push(readout(
                "probes",
                Some(n),
                grouped(n as i64),
                "",
                format!("looks of the search among {} points", grouped(all)),
            ));
        }
        if let Some(capacity) = self.setup.capacity {
            let up = self.live.len() as f64;
            out.push(readout(
                "up",
                Some(up),
                grouped(up as i64),
                "",
                format!("servers up; each can take {} requests/s", grouped(capacity as i64)),
            ));
        }
        out
    }

    /// Keys or requests per server, in the order of the list; above 40 servers, sorted.
    pub(super) fn charts(&self) -> Vec<Chart> {
        let loaded = self.hot.is_some() || self.setup.capacity.is_some() || self.bound.is_some();
        let value = |s: &super::world::Server| if loaded { s.load as f64 } else { f64::from(s.keys) };
        let mut bars: Vec<Bar> = self
            .up()
            .map(|(id, server)| Bar {
                label: format!("{}", id + 1),
                value: value(server),
                ink: super::hue(self, id),
                subject: Some(super::server(id)),
                name: format!("{}: {}", server.name, grouped(value(server) as i64)),
            })
            .collect();
        let many = bars.len() > 40;
        if many {
            let keys: Vec<u64> = bars.iter().map(|bar| !order::rank(bar.value)).collect();
            bars = order::order(&keys).into_iter().filter_map(|i| bars.get(i as usize).cloned()).collect();
        }
        let mean = bars.iter().map(|bar| bar.value).sum::<f64>() / bars.len().max(1) as f64;
        let limit = match (self.setup.capacity, self.bound) {
            (Some(capacity), _) => Some((capacity as f64, format!("capacity {}", grouped(capacity as i64)))),
            (None, Some(bound)) => Some((bound as f64, format!("bound {}", grouped(bound as i64)))),
            _ => None,
        };
        let unit = if loaded { "requests/s" } else { "keys" };
        let order = if many { "; from the busiest down" } else { "" };
        vec![Chart {
            key: "load",
            title: if loaded { "Requests/s per server".into() } else { "Keys per server".into() },
            note: format!("mean {}, the dotted line{order}", grouped((mean + 0.5) as i64)),
            plot: Plot::Bars { bars, mean: Some(mean), limit, unit },
        }]
    }

    pub(super) fn state(&self, subject: Subject) -> Option<String> {
        match subject.kind {
            "server" => {
                let id = u16::try_from(subject.id.checked_sub(1)?).ok()?;
                let server = self.servers.get(usize::from(id))?;
                Some(match server.state {
                    State::Up if self.limit().is_some() || self.hot.is_some() => {
                        format!("{} keys, {} requests/s", grouped(i64::from(server.keys)), grouped(server.load as i64))
                    }
                    State::Up => format!("{} keys", grouped(i64::from(server.keys))),
                    State::Leaving(_) => "leaving".into(),
                    State::Down => "down".into(),
                    State::Gone => "has left".into(),
                })
            }
            "key" => {
                let rank = self.rank_of(subject.id)?;
                if self.lost.binary_search(&(rank as u32)).is_ok() {
                    return Some("lost".into());
                }
                let copies = self.setup.params.copies.clamp(1, 5) as usize;
                let holders = self.holders.get(rank * copies..(rank + 1) * copies)?;
                let names: Vec<&str> = holders.iter().filter(|id| **id != NONE).map(|id| self.name(*id)).collect();
                Some(if names.is_empty() { "on no server".into() } else { format!("on {}", names.join(", ")) })
            }
            _ => None,
        }
    }

    /// The picture in words: who is in, with how much.
    pub(super) fn describe(&self, at: Micros) -> String {
        let n = self.live.len() as i64;
        let servers: Vec<&super::world::Server> = self.up().map(|(_, server)| server).collect();
        let line = |server: &super::world::Server| format!("{} {}", server.name, grouped(i64::from(server.keys)));
        let list = if servers.len() <= 12 {
            servers.iter().map(|server| line(server)).collect::<Vec<_>>().join(", ")
        } else {
            // Of equal ones, the first that has most and the last that has least.
            let back = || servers.iter().rev();
            let ends = back().max_by_key(|server| server.keys).zip(back().min_by_key(|server| server.keys));
            ends.map_or(String::new(), |(most, least)| format!("from {} down to {}", line(most), line(least)))
        };
        let mut out = format!(
            "{} keys on {} server{}, placed by {}. Keys per server: {list}.",
            grouped(self.setup.keys.len() as i64),
            grouped(n),
            plural(n),
            self.setup.params.placement_label()
        );
        for server in self.servers.iter().filter(|server| server.state != State::Gone).take(40) {
            match server.state {
                State::Down => out += &format!(" {} is down.", server.name),
                State::Leaving(_) => out += &format!(" {} hands its keys over.", server.name),
                State::Up | State::Gone => {}
            }
        }
        let travel = self.change.as_ref().filter(|_| at < self.busy_until).map_or(0, |change| change.travel.len());
        if travel > 0 {
            out += &format!(" {} copies are on their way.", grouped(travel as i64));
        }
        out
    }

    pub(super) fn offers(&self) -> Vec<Offer> {
        let offer = |label: String, act: String, id: Option<u16>, key| Offer {
            label,
            act,
            subject: id.map(super::server),
            key,
        };
        let mut out = vec![offer("Add a server".into(), "add".into(), None, Some('a'))];
        match self.hot {
            None => out.push(offer("Make a key hot".into(), "hot(25)".into(), None, Some('h'))),
            Some(_) => out.push(offer("Cool the hot key".into(), "cool".into(), None, Some('h'))),
        }
        for (id, server) in self.servers.iter().enumerate() {
            let (id, number) = (id as u16, id + 1);
            match server.state {
                State::Up => {
                    if self.live.len() > 1 {
                        out.push(offer(
                            format!("{} leaves", server.name),
                            format!("leave({number})"),
                            Some(id),
                            Some('l'),
                        ));
                    }
                    out.push(offer(
                        format!("{} crashes", server.name),
                        format!("crash({number})"),
                        Some(id),
                        Some('c'),
                    ));
                    if self.weighted() {
                        let weight = if server.weight < 200 { 200 } else { 100 };
                        let act = format!("weight({number},{weight})");
                        out.push(offer(format!("{} weighs {weight}%", server.name), act, Some(id), Some('w')));
                    }
                }
                State::Down | State::Gone => {
                    let label = format!("{} comes back, empty", server.name);
                    out.push(offer(label, format!("restart({number})"), Some(id), Some('r')));
                }
                State::Leaving(_) => {}
            }
        }
        out
    }
}
