//! Events in words. What the reader does is told in detail; of the random operations only what is worth a line.

use super::story::{key_name, names, versions_text};
use super::types::*;
use super::world::World;
use super::{node, op as op_subject};
use crate::draw::scene::Subject;
use crate::explainers::{Tone, Verdict, grouped, percent};
use crate::models::quorum::merkle::Diff;
use crate::sim::{MS, Micros, decimal};

/// So many events about the random workload and what goes on by itself are told; then the log is left to the reader.
const MOST: u32 = 300;

/// A time in ms with one decimal.
pub fn ms(at: Micros) -> String {
    decimal::fixed(at as f64 / MS as f64, 1)
}

fn outcome_text(op: &Op) -> &'static str {
    match (op.outcome, op.kind) {
        (Some(Outcome::Ok), _) => "answered",
        (Some(Outcome::Timeout), OpKind::Write) => "timed out; it may still happen",
        (Some(Outcome::Timeout), OpKind::Read) => "timed out",
        (Some(Outcome::Unavailable), _) => "is refused",
        (Some(Outcome::Failed), _) => "fails: no coordinator can be reached",
        (None, _) => "under way",
    }
}

/// “write v3 to x” or “read x”.
pub fn what(op: &Op) -> String {
    match op.kind {
        OpKind::Write => format!("write v{} to {}", op.value, key_name(op.key)),
        OpKind::Read => format!("read {}", key_name(op.key)),
    }
}

impl World {
    /// What the reader did not ask for; the first few only.
    fn remark(&mut self, at: Micros, head: String, text: String, tone: Tone, subject: Option<Subject>) {
        self.told = self.told.saturating_add(1);
        match self.told.cmp(&MOST) {
            std::cmp::Ordering::Less => self.say(at, head, text, tone, subject),
            std::cmp::Ordering::Equal => {
                let text = format!("{MOST} lines about what happens by itself are enough; the figures go on counting.");
                self.say(at, "No more of this is told.".into(), text, Tone::Plain, None);
            }
            std::cmp::Ordering::Greater => {}
        }
    }

    fn own(&self, id: OpId) -> Option<&Op> {
        self.op(id).map(|op| &**op).filter(|op| op.own)
    }

    pub(super) fn tell_invoked(&mut self, at: Micros, id: OpId) {
        let Some(op) = self.own(id) else { return };
        let head = match op.kind {
            OpKind::Write => format!("Client {} writes v{} to {}.", op.client + 1, op.value, key_name(op.key)),
            OpKind::Read => format!("Client {} reads {}.", op.client + 1, key_name(op.key)),
        };
        let text = format!(
            "The request goes to {}, which will coordinate it. {} is kept on {}.",
            letter(op.coordinator),
            key_name(op.key),
            self.replicas(op.key).iter().map(|node| letter(*node).to_string()).collect::<Vec<_>>().join(", ")
        );
        let subject = op_subject(id);
        self.say(at, head, text, Tone::Plain, Some(subject));
    }

    pub(super) fn tell_refused(&mut self, at: Micros, id: OpId, down: NodeId, next: Option<NodeId>) {
        let Some(op) = self.own(id) else { return };
        let text = match next {
            Some(next) => format!("Client {} turns to {}.", op.client + 1, letter(next)),
            None => "There is no other node that it could turn to.".into(),
        };
        self.say(at, format!("{} does not answer.", letter(down)), text, Tone::Warn, Some(op_subject(id)));
    }

    pub(super) fn tell_coordinated(&mut self, at: Micros, id: OpId) {
        let Some(op) = self.own(id) else { return };
        let (by, needed, missing) = (letter(op.coordinator), op.needed, op.missing);
        let n = self.replicas(op.key).len();
        let level = match op.kind {
            OpKind::Read => self.setup.read_level,
            OpKind::Write => self.setup.write_level,
        };
        let level = match level {
            crate::models::quorum::level::Level::Count(_) => String::new(),
            named => format!(" ({})", named.name()),
        };
        let head = match op.kind {
            OpKind::Write => format!("{by} sends v{} to the replicas.", op.value),
            OpKind::Read => format!("{by} asks the replicas."),
        };
        let gone = if missing == 0 { String::new() } else { format!(" {by} takes {} for dead.", names(missing)) };
        let stand_ins = op.asked & !self.replicas(op.key).iter().fold(0, |set, node| set | 1 << node);
        let gone = match stand_ins {
            0 => gone,
            _ => format!("{gone} {} stand{} in for what {by} takes for dead.", names(stand_ins), singular(stand_ins)),
        };
        let text = format!("It waits for {needed} of {n} to answer{level}.{gone}");
        self.say(at, head, text, Tone::Plain, Some(op_subject(id)));
    }

    pub(super) fn tell_reply(&mut self, at: Micros, id: OpId, from: NodeId) {
        let Some(op) = self.own(id) else { return };
        let Some(reply) = op.replies.iter().rfind(|reply| reply.from == from && reply.at == at) else { return };
        let (got, needed) = (op.got(), op.needed);
        let head = match (op.kind, reply.digest) {
            (OpKind::Write, _) => format!("{} acknowledges v{}.", letter(from), op.value),
            (OpKind::Read, true) => format!("{} answers with a digest.", letter(from)),
            (OpKind::Read, false) => format!("{} answers: {}.", letter(from), versions_text(&reply.versions)),
        };
        let text = match (reply.counted, op.decided.is_some()) {
            (true, _) => format!("{got} of {needed}."),
            (false, true) => "The client has its answer already: this one does not count.".into(),
            (false, false) => "It does not count towards this level.".into(),
        };
        self.say(at, head, text, Tone::Plain, Some(op_subject(id)));
    }

    pub(super) fn tell_speculation(&mut self, at: Micros, id: OpId, next: NodeId) {
        let Some(op) = self.own(id) else { return };
        let head = format!("{} asks {} as well.", letter(op.coordinator), letter(next));
        let text = format!("Speculative retry: {} ms have gone by.", self.setup.params.spec);
        self.say(at, head, text, Tone::Plain, Some(op_subject(id)));
    }

    pub(super) fn tell_mismatch(&mut self, at: Micros, id: OpId) {
        let Some(op) = self.own(id) else { return };
        let head = "The digests differ.".into();
        let text = format!("{} now asks for the versions themselves.", letter(op.coordinator));
        self.say(at, head, text, Tone::Warn, Some(op_subject(id)));
    }

    pub(super) fn tell_repairing(&mut self, at: Micros, id: OpId) {
        let Some(op) = self.own(id) else { return };
        let head = format!("{} repairs {} first.", letter(op.coordinator), names(op.repairing));
        let text = format!(
            "The read is answered only when {} confirm{}: whoever reads next will find {}, too.",
            names(op.repairing),
            singular(op.repairing),
            versions_text(&op.versions)
        );
        self.say(at, head, text, Tone::Plain, Some(op_subject(id)));
    }

    pub(super) fn tell_mended(&mut self, at: Micros, id: OpId, stale: &[NodeId]) {
        let Some(op) = self.own(id) else { return };
        let set = stale.iter().fold(0, |set, node| set | 1 << node);
        let head = format!("{} repairs {}.", letter(op.coordinator), names(set));
        let text = "Read repair in the background: the client has its answer already.".into();
        self.say(at, head, text, Tone::Plain, Some(op_subject(id)));
    }

    pub(super) fn tell_decided(&mut self, at: Micros, id: OpId) {
        let Some(op) = self.own(id) else { return };
        let by = letter(op.coordinator);
        let (head, tone) = match (op.outcome, op.kind) {
            (Some(Outcome::Ok), OpKind::Write) => return,
            (Some(Outcome::Ok), OpKind::Read) => {
                (format!("{by} returns {}.", versions_text(&op.versions)), Tone::Plain)
            }
            (Some(Outcome::Timeout), _) => (format!("{by} waits no longer."), Tone::Warn),
            _ => (format!("{by} refuses."), Tone::Bad),
        };
        let text = match op.outcome {
            Some(Outcome::Ok) if op.versions.len() > 1 => "Neither knew of the other: the client gets both.".into(),
            Some(Outcome::Ok) => {
                let counted = op.replies.iter().filter(|reply| reply.counted);
                let has: Vec<String> = counted
                    .map(|reply| format!("{} had {}", letter(reply.from), versions_text(&reply.versions)))
                    .collect();
                format!("{}.", has.join(", "))
            }
            Some(Outcome::Timeout) => {
                format!("{} of {} answered within {} ms.", op.got(), op.needed, self.setup.params.timeout)
            }
            _ if op.missing == 0 => format!("It would need {}, and there are not as many replicas.", op.needed),
            _ => format!("It takes {} for dead and would need {}.", names(op.missing), op.needed),
        };
        self.say(at, head, text, tone, Some(op_subject(id)));
    }

    pub(super) fn tell_completed(&mut self, at: Micros, id: OpId) {
        let Some(op) = self.op(id).cloned() else { return };
        let subject = Some(op_subject(id));
        let took = ms(at.saturating_sub(op.invoked));
        let who = op.client + 1;
        let result = match (op.outcome, op.kind) {
            (Some(Outcome::Ok), OpKind::Write) => format!("v{} is acknowledged to client {who}.", op.value),
            (Some(Outcome::Ok), OpKind::Read) => format!("Client {who} gets {}.", versions_text(&op.versions)),
            _ => format!("Client {who}’s {} of {} {}.", kind_word(op.kind), key_name(op.key), outcome_text(&op)),
        };
        if op.stale {
            let text =
                format!("Stale: v{} had been acknowledged before this read began. It took {took} ms.", op.missed);
            return match op.own {
                true => self.say(at, result, text, Tone::Warn, subject),
                false => self.remark(at, result, text, Tone::Warn, subject),
            };
        }
        let tone = match op.outcome {
            Some(Outcome::Ok) => Tone::Plain,
            Some(Outcome::Timeout) => Tone::Warn,
            _ => Tone::Bad,
        };
        let text = match op.outcome {
            Some(Outcome::Ok) if op.kind == OpKind::Write && op.counted == 0 => {
                format!("By a hint alone: no replica has it. It took {took} ms.")
            }
            Some(Outcome::Ok) if op.kind == OpKind::Write => {
                let have = if op.counted.count_ones() == 1 { "has" } else { "have" };
                format!("{} of {}: {} {have} it. It took {took} ms.", op.got(), op.needed, names(op.counted))
            }
            Some(Outcome::Ok) => format!("{} of {} answered. It took {took} ms.", op.got(), op.needed),
            Some(Outcome::Timeout) if op.received.is_none() || op.decided.is_none() => {
                format!("Nothing has come back from {} for {took} ms.", letter(op.coordinator))
            }
            Some(Outcome::Timeout) if op.kind == OpKind::Write => {
                let have = op.counted.count_ones();
                format!("{have} of {} had acknowledged it; what they have stays, and is there to be read.", op.needed)
            }
            _ => format!("It took {took} ms."),
        };
        match (op.own, op.outcome) {
            (true, _) => self.say(at, result, text, tone, subject),
            (false, Some(Outcome::Ok)) => {}
            (false, _) => self.remark(at, result, text, tone, subject),
        }
    }

    pub(super) fn tell_hint(&mut self, at: Micros, holder: NodeId, owner: NodeId, key: KeyId, stand_in: bool) {
        let (a, b, name) = (letter(holder), letter(owner), key_name(key));
        let text = if stand_in {
            format!("It stands in for {b}, counts in its place, and will hand {name} over when {b} is back.")
        } else {
            format!("When {b} is back, {a} will hand {name} over. The hint does not count as an acknowledgement.")
        };
        self.remark(at, format!("{a} keeps a hint for {b}."), text, Tone::Plain, Some(node(holder)));
    }

    pub(super) fn tell_replay(&mut self, at: Micros, holder: NodeId, owner: NodeId, key: KeyId, fresh: bool) {
        let head = format!("{} hands its hint over to {}.", letter(holder), letter(owner));
        let (b, name) = (letter(owner), key_name(key));
        let text = match fresh {
            true => format!("{b} now holds {} of {name}.", versions_text(&self.held(owner, key))),
            false => format!("{b} had that of {name}, or newer, already."),
        };
        self.remark(at, head, text, Tone::Plain, Some(node(owner)));
    }

    pub(super) fn tell_sum(&mut self, at: Micros) {
        let s = &self.stats;
        let share = |share: Option<f64>| share.map_or("–".to_string(), |share| format!("{}%", percent(share)));
        let head = format!("{} operations done so far.", grouped(s.finished() as i64));
        let text = format!(
            "{} of reads were stale; {} of operations succeeded.",
            share(s.stale_rate()),
            share(s.availability())
        );
        self.say(at, head, text, Tone::Plain, None);
    }

    pub(super) fn tell_suspicion(&mut self, at: Micros, who: NodeSet, dead: NodeSet) {
        let head = format!("{} take{} {} for dead.", names(who), singular(who), names(dead));
        let text = format!("Nothing has been heard of {} for {} ms.", names(dead), self.setup.params.suspect);
        let subject = members(dead).next().map(node);
        self.remark(at, head, text, Tone::Warn, subject);
    }

    pub(super) fn tell_heard(&mut self, at: Micros, b: NodeId) {
        let head = format!("{} is heard of again.", letter(b));
        let text = "Nobody takes it for dead any more; requests go to it again.".into();
        self.remark(at, head, text, Tone::Plain, Some(node(b)));
    }

    pub(super) fn tell_compared(&mut self, at: Micros, a: NodeId, b: NodeId, differ: &[KeyId], found: &Diff) {
        self.stats.hashes = Some(found.compared.len() as u64);
        let head = format!("{} and {} compare their Merkle trees.", letter(a), letter(b));
        // Round after round with nothing to do is no news, unless the reader asked for it.
        if differ.is_empty() && self.setup.params.entropy > 0 {
            return;
        }
        let keys: Vec<String> = differ.iter().map(|key| key_name(*key)).collect();
        let text = match differ.is_empty() {
            true => "The roots are equal: nothing more is sent.".to_string(),
            false => format!(
                "They differ in {} of 16 ranges: {}. Found by {} hashes; only these are sent.",
                found.leaves.len(),
                keys.join(", "),
                grouped(found.compared.len() as i64)
            ),
        };
        self.remark(at, head, text, Tone::Plain, Some(node(b)));
    }

    /// The first read that no single copy would have answered so.
    pub(super) fn tell_clash(&mut self, at: Micros, id: OpId) {
        let Some(why) = self.checks().into_iter().find(|check| check.key == "linearizable") else { return };
        let Verdict::Broken(_, why) = why.verdict else { return };
        let head = "This is no longer the history of a single copy.".into();
        self.say(at, head, format!("{why}."), Tone::Bad, Some(op_subject(id)));
    }

    pub(super) fn tell_lost(&mut self, at: Micros, value: Value, key: KeyId, winner: Option<Value>) {
        let head = format!("v{value} of {} is lost.", key_name(key));
        let text = match winner {
            Some(winner) => format!("It was acknowledged, and is later than v{winner}, whose clock was ahead."),
            None => "It was acknowledged, and no disk has it any more.".into(),
        };
        self.say(at, head, text, Tone::Bad, Some(super::key(key)));
    }
}

/// The s of a verb in the third person, if one does it.
fn singular(who: NodeSet) -> &'static str {
    if who.count_ones() == 1 { "s" } else { "" }
}

pub fn kind_word(kind: OpKind) -> &'static str {
    match kind {
        OpKind::Read => "read",
        OpKind::Write => "write",
    }
}
