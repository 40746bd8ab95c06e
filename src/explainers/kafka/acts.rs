//! What the reader does to the group and to the cluster.

use super::types::*;
use super::world::{CONSUMERS, World};
use super::{Action, broker, consumer, partition};
use crate::explainers::{Offer, Tone};
use crate::link::shorten;
use crate::sim::{Micros, SECOND};

/// Longest hang or slow record, in seconds.
const LONGEST: u32 = 3_600;

impl World {
    fn consumer_of(&self, number: u32) -> Result<ConsumerId, String> {
        match number.checked_sub(1).filter(|id| (*id as usize) < self.consumers.len()) {
            Some(id) => Ok(id as ConsumerId),
            None => Err(format!("there is no consumer {number}: they are numbered 1 to {}", self.consumers.len())),
        }
    }

    /// A consumer whose process runs.
    fn running(&self, number: u32) -> Result<ConsumerId, String> {
        let id = self.consumer_of(number)?;
        match self.consumer(id).is_some_and(Consumer::up) {
            true => Ok(id),
            false => Err(format!("C{number} is down")),
        }
    }

    fn broker_of(&self, number: u32) -> Result<BrokerId, String> {
        match number.checked_sub(1).filter(|id| (*id as usize) < self.brokers.len()) {
            Some(id) => Ok(id as BrokerId),
            None => Err(format!("there is no broker {number}: they are numbered 1 to {}", self.brokers.len())),
        }
    }

    fn topic_of(&self, name: &str) -> Result<u16, String> {
        let place = self.topics.iter().position(|topic| &*topic.name == name);
        place.map(|place| place as u16).ok_or_else(|| {
            let names: Vec<&str> = self.topics.iter().take(8).map(|topic| &*topic.name).collect();
            format!("there is no topic “{}”: there is {}", shorten(name), names.join(", "))
        })
    }

    fn lasting(seconds: u32) -> Result<Micros, String> {
        match (1..=LONGEST).contains(&seconds) {
            true => Ok(Micros::from(seconds) * SECOND),
            false => Err(format!("from 1 to {LONGEST} seconds were expected")),
        }
    }

    /// What is due by then happens first, and what the action causes at once happens at once.
    pub fn act(&mut self, at: Micros, action: &Action) -> Result<(), String> {
        self.advance(at);
        self.act_now(at, action)?;
        self.acted = at;
        self.note_leaders(at);
        self.check_rebalance(at);
        self.advance(at);
        Ok(())
    }

    fn act_now(&mut self, at: Micros, action: &Action) -> Result<(), String> {
        match action {
            Action::Join => {
                if self.consumers.len() >= CONSUMERS {
                    return Err(format!("there are {CONSUMERS} consumers, and that is the limit here"));
                }
                let sources =
                    || (0..).zip(self.topics.iter()).filter(|(_, it)| it.role == Role::Source).map(|(i, _)| i);
                let topics = self.consumers.first().map_or_else(|| sources().collect(), |it| it.topics.clone());
                let who = self.enlist(None, None, topics);
                self.after(at, who, super::consumer::What::Start);
            }
            Action::Leave(number) => {
                let who = self.running(*number)?;
                self.close(at, who, None);
            }
            Action::Crash(number) => {
                let who = self.running(*number)?;
                self.tell_crash(at, who);
                self.crash(at, who);
                self.check_rebalance(at);
            }
            Action::Start(number) => {
                let who = self.consumer_of(*number)?;
                if self.consumer(who).is_some_and(Consumer::up) {
                    return Err(format!("C{number} runs"));
                }
                self.after(at, who, super::consumer::What::Start);
            }
            Action::Restart(number) => {
                let who = self.running(*number)?;
                let down = self.params().restart.max(0) as Micros * SECOND;
                self.close(at, who, Some(down));
            }
            Action::Hang(number, seconds) => {
                let who = self.running(*number)?;
                let until = at + World::lasting(*seconds)?;
                if self.consumer(who).is_some_and(|it| it.hangs.is_some()) {
                    return Err(format!("C{number} hangs already"));
                }
                self.tell_hang(at, who, until);
                self.hang(at, who, until);
            }
            Action::Slow(number, seconds) => {
                let who = self.running(*number)?;
                let more = World::lasting(*seconds)?;
                let Some(it) = self.consumer_mut(who) else { return Ok(()) };
                match it.busy {
                    Some((from, until)) => {
                        it.busy = Some((from, until + more));
                        it.inner.work += 1;
                        let no = it.inner.work;
                        self.after(until + more, who, super::consumer::What::Done(no));
                    }
                    None => it.inner.slow += more,
                }
                let text = format!(
                    "One record takes {seconds} s longer. Its heartbeats go on; it polls again when the batch is done."
                );
                self.say(at, format!("C{number} is slow"), text, Tone::Warn, Some(consumer(who)));
            }
            Action::Deploy => {
                if !self.rollout.waiting.is_empty() || self.rollout.now.is_some() {
                    return Err("a deploy is under way".into());
                }
                self.deploy(at);
            }
            Action::Grow(name, more) => {
                let topic = self.topic_of(name)?;
                self.grow(at, topic, *more)?;
                self.topics_changed(at);
                self.check_rebalance(at);
            }
            Action::Subscribe(number, name) | Action::Unsubscribe(number, name) => {
                let (who, topic) = (self.running(*number)?, self.topic_of(name)?);
                let wants = matches!(action, Action::Subscribe(..));
                if self.consumer(who).is_some_and(|it| it.topics.contains(&topic)) == wants {
                    let now = if wants { "already" } else { "not" };
                    return Err(format!("C{number} is {now} subscribed to {name}"));
                }
                let verb = if wants { "subscribes to" } else { "no longer subscribes to" };
                let text = "The group has to share out its partitions again.".to_string();
                self.say(at, format!("C{number} {verb} {name}"), text, Tone::Plain, Some(consumer(who)));
                self.subscribe(at, who, topic, wants);
            }
            Action::Fail(number) => {
                let id = self.broker_of(*number)?;
                self.fail_broker(at, id)?;
            }
            Action::Repair(number) => {
                let id = self.broker_of(*number)?;
                self.repair_broker(at, id)?;
            }
            Action::Hot(share) => self.hot(at, *share)?,
            Action::Rate(rate) => self.rate(at, *rate)?,
        }
        Ok(())
    }

    pub fn offers(&self) -> Vec<Offer> {
        let offer = |label: String, act: String, subject, key| Offer { label, act, subject, key };
        let mut out = Vec::new();
        if self.consumers.len() < CONSUMERS {
            out.push(offer("A consumer joins".into(), "join".into(), None, Some('j')));
        }
        let last = self.consumers.iter().rev().find(|it| it.up()).map(|it| it.id + 1);
        if let Some(number) = last {
            out.push(offer(format!("C{number} leaves"), format!("leave({number})"), None, Some('l')));
            out.push(offer(format!("C{number} crashes"), format!("crash({number})"), None, Some('c')));
        }
        if self.rollout.waiting.is_empty() && self.rollout.now.is_none() && last.is_some() {
            out.push(offer("Rolling deploy".into(), "deploy".into(), None, Some('d')));
        }
        for (it, number) in self.consumers.iter().zip(1u32..) {
            let subject = Some(consumer(it.id));
            if !it.up() {
                out.push(offer(format!("C{number} starts"), format!("start({number})"), subject, Some('s')));
                continue;
            }
            out.push(offer(format!("C{number} leaves"), format!("leave({number})"), subject, Some('l')));
            out.push(offer(format!("C{number} crashes"), format!("crash({number})"), subject, Some('c')));
            out.push(offer(format!("C{number} restarts"), format!("restart({number})"), subject, Some('s')));
            let hang = self.params().session.max(1) + 5;
            if it.hangs.is_none() {
                let (label, act) = (format!("C{number} hangs for {hang} s"), format!("hang({number},{hang})"));
                out.push(offer(label, act, subject, Some('g')));
            }
            let slow = self.params().poll.max(1) + 5;
            out.push(offer(
                format!("C{number} works on one record for {slow} s"),
                format!("slow({number},{slow})"),
                subject,
                Some('w'),
            ));
            for (topic, i) in self.topics.iter().zip(0u16..).filter(|(topic, _)| topic.role == Role::Source).take(3) {
                let (word, verb) = match it.topics.contains(&i) {
                    true if it.topics.len() > 1 => ("unsubscribe", "no longer subscribes to"),
                    false => ("subscribe", "subscribes to"),
                    _ => continue,
                };
                let name = &topic.name;
                out.push(offer(format!("C{number} {verb} {name}"), format!("{word}({number},{name})"), subject, None));
            }
        }
        for (it, id) in self.brokers.iter().zip(0..) {
            let (number, subject) = (id + 1, Some(broker(id)));
            match it.up {
                true => out.push(offer(format!("B{number} fails"), format!("fail({number})"), subject, Some('f'))),
                false => {
                    out.push(offer(format!("B{number} comes back"), format!("repair({number})"), subject, Some('b')))
                }
            }
        }
        for topic in self.topics.iter().filter(|topic| topic.role == Role::Source).take(3) {
            let n = topic.parts.len();
            let first = topic.parts.first().map(|part| partition(*part));
            out.push(offer(
                format!("{} gets {n} more partitions", topic.name),
                format!("grow({},{n})", topic.name),
                first,
                Some('p'),
            ));
        }
        out
    }
}
