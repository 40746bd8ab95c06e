//! What happens, in words.

use super::group::types::Timer;
use super::types::*;
use super::world::World;
use super::{consumer, partition};
use crate::explainers::Tone;
use crate::models::kafka::Tp;
use crate::sim::{Micros, SECOND, decimal};

/// Of more than this many, names are not listed.
const NAMED: usize = 6;
/// A consumer that repeats records is told of once per this time, with how many there were.
const AGAIN: Micros = SECOND;

/// So many of something, with a plural s.
pub(super) fn many(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// Seconds with a decimal, for µs.
pub(super) fn secs(at: Micros) -> String {
    format!("{} s", decimal::fixed(at as f64 / SECOND as f64, 1))
}

impl World {
    /// Partitions by name while they are few, else how many.
    pub(super) fn parts_named(&self, parts: &[PartId]) -> String {
        if parts.len() > NAMED {
            return many(parts.len(), "partition");
        }
        parts.iter().map(|part| self.part_name(*part)).collect::<Vec<_>>().join(", ")
    }

    /// At this size everything is told, beyond only what matters to all.
    fn few(&self) -> bool {
        self.consumers.len() <= 12
    }

    fn holding_of(&self, who: ConsumerId) -> Vec<PartId> {
        let held = |part: &PartId| {
            self.part(*part)
                .is_some_and(|it| matches!(it.holder(), Holder::Reads(it) | Holder::Silent(it) if it == who))
        };
        self.rows().filter(held).collect()
    }

    pub(super) fn tell_start(&mut self, at: Micros, who: ConsumerId) {
        if at == 0 && !self.few() {
            return;
        }
        let known = self.consumer(who).and_then(|it| it.instance.clone());
        let text = match known {
            Some(instance) => format!("Its group.instance.id is {instance}: the group knows it again by that."),
            None => "It asks any broker where the group’s coordinator is, and will ask that to join.".to_string(),
        };
        self.say(at, format!("C{} starts", who + 1), text, Tone::Plain, Some(consumer(who)));
    }

    pub(super) fn tell_crash(&mut self, at: Micros, who: ConsumerId) {
        let parts = self.holding_of(who);
        let session = self.params().session;
        let text = if parts.is_empty() {
            "It read nothing, so nothing stops.".to_string()
        } else {
            format!(
                "Nobody reads {} now. The coordinator does not know: it waits for a heartbeat until {session} s after the last one.",
                self.parts_named(&parts)
            )
        };
        self.say(at, format!("C{} crashes", who + 1), text, Tone::Bad, Some(consumer(who)));
    }

    pub(super) fn tell_hang(&mut self, at: Micros, who: ConsumerId, until: Micros) {
        let parts = self.holding_of(who);
        let text = format!(
            "No thread of it runs until {}: no heartbeats either. It holds {}.",
            secs(until),
            if parts.is_empty() { "nothing".into() } else { self.parts_named(&parts) }
        );
        self.say(at, format!("C{} hangs", who + 1), text, Tone::Warn, Some(consumer(who)));
    }

    pub(super) fn tell_wake(&mut self, at: Micros, who: ConsumerId) {
        let fine = self.is_still_member(who);
        let text = if fine {
            "The group still takes it for a member: it goes on where it was."
        } else {
            "It goes on as if nothing had happened: it does not know yet that its partitions belong to others."
        };
        let tone = if fine { Tone::Plain } else { Tone::Warn };
        self.say(at, format!("C{} goes on", who + 1), text.into(), tone, Some(consumer(who)));
    }

    fn is_still_member(&self, who: ConsumerId) -> bool {
        let Some(member) = self.consumer(who).and_then(|it| it.member.clone()) else { return false };
        self.group_view().members.iter().any(|it| it.who == Some(who)) && self.members.iter().any(|it| it.0 == member)
    }

    pub(super) fn tell_close(&mut self, at: Micros, who: ConsumerId) {
        let text = match self.consumer(who).is_some_and(|it| it.instance.is_some()) {
            true => "A static member says nothing when it goes: its partitions wait for it until its session ends.",
            false => {
                "It commits how far it is and leaves the group, so that nobody has to wait for its session to end."
            }
        };
        self.say(at, format!("C{} closes", who + 1), text.into(), Tone::Plain, Some(consumer(who)));
    }

    pub(super) fn tell_overslept(&mut self, at: Micros, who: ConsumerId) {
        let poll = self.params().poll;
        let text = format!(
            "It has not polled for {poll} s (max.poll.interval): its heartbeat thread leaves the group. It still works on the batch, and will find out at its next poll."
        );
        self.say(at, format!("C{} leaves by itself", who + 1), text, Tone::Bad, Some(consumer(who)));
    }

    pub(super) fn tell_told(&mut self, at: Micros, who: ConsumerId) {
        if !self.few() {
            return;
        }
        let busy = self.inline() && self.consumer(who).is_some_and(|it| it.busy.is_some());
        let eager = !self.params().cooperative();
        let text = match (busy, eager) {
            (true, _) => {
                "The answer to its heartbeat: a rebalance is under way. It finishes its batch first, then it joins."
            }
            (false, true) => {
                "The answer to its heartbeat: a rebalance is under way. It gives up all its partitions and joins."
            }
            (false, false) => {
                "The answer to its heartbeat: a rebalance is under way. It joins, and goes on reading meanwhile."
            }
        };
        self.say(at, format!("C{} learns of it", who + 1), text.into(), Tone::Plain, Some(consumer(who)));
    }

    pub(super) fn tell_revoked(&mut self, at: Micros, who: ConsumerId, parts: &[PartId]) {
        if !self.few() {
            return;
        }
        let text = format!("Nobody reads {} until they are given to somebody.", self.parts_named(parts));
        let head = format!("C{} gives up {}", who + 1, many(parts.len(), "partition"));
        self.say(at, head, text, Tone::Warn, Some(consumer(who)));
    }

    pub(super) fn tell_begun(&mut self, at: Micros, who: ConsumerId, begun: &[(PartId, u64)]) {
        if begun.is_empty() || !self.few() {
            return;
        }
        let list: Vec<String> =
            begun.iter().take(NAMED).map(|(part, from)| format!("{} from {from}", self.part_name(*part))).collect();
        let more = if begun.len() > NAMED { format!(" and {} more", begun.len() - NAMED) } else { String::new() };
        let text = format!("It begins where the group has committed: {}{more}.", list.join(", "));
        let head = format!("C{} reads {}", who + 1, many(begun.len(), "partition"));
        self.say(at, head, text, Tone::Plain, Some(consumer(who)));
    }

    pub(super) fn tell_plan(&mut self, at: Micros, who: ConsumerId, generation: i32, plan: &[Vec<Tp>]) {
        let (least, most) = plan.iter().fold((usize::MAX, 0), |(l, m), it| (l.min(it.len()), m.max(it.len())));
        let word = super::params::ASSIGNORS.get(self.params().assignor.max(0) as usize).map_or("", |it| it.0);
        let each = if least == most { format!("{most}") } else { format!("{least} to {most}") };
        let text = format!(
            "Everyone has joined. C{} was made the leader; it runs the {word} assignor for {}: {each} partitions each.",
            who + 1,
            many(plan.len(), "member")
        );
        self.say(at, format!("Generation {generation}"), text, Tone::Plain, Some(consumer(who)));
    }

    pub(super) fn tell_outdated(&mut self, at: Micros, who: ConsumerId, error: &'static str) {
        let text = match error {
            "UNKNOWN_MEMBER_ID" => {
                "The group has removed this member. What it was doing no longer counts; it joins anew."
            }
            "ILLEGAL_GENERATION" => "There has been a rebalance without it. It joins anew.",
            "FENCED_MEMBER_EPOCH" => {
                "The group takes it for another or an older member. It gives everything up and joins anew."
            }
            _ => "The group is in another epoch by now.",
        };
        self.say(at, format!("C{}: {error}", who + 1), text.into(), Tone::Warn, Some(consumer(who)));
    }

    pub(super) fn tell_fenced(&mut self, at: Micros, who: ConsumerId) {
        let text = "Another process has the same group.instance.id. The consumer stops with an error.";
        self.say(at, format!("C{} is fenced", who + 1), text.into(), Tone::Bad, Some(consumer(who)));
    }

    pub(super) fn tell_commit_refused(&mut self, at: Micros, who: ConsumerId, error: &'static str) {
        let text =
            "What it has processed since the last commit will be processed again by whoever reads the partition now.";
        let head = format!("C{}’s commit is refused: {error}", who + 1);
        self.say(at, head, text.into(), Tone::Warn, Some(consumer(who)));
    }

    pub(super) fn tell_removed(&mut self, at: Micros, gone: &[ConsumerId], timer: &Timer) {
        let Some(first) = gone.first() else { return };
        let head = if gone.len() == 1 {
            format!("C{} is removed", first + 1)
        } else {
            format!("{} are removed", many(gone.len(), "member"))
        };
        let text = match timer {
            Timer::Heartbeat(_) | Timer::Session(_) => {
                format!("Not heard of for {} s: its session has ended.", self.params().session)
            }
            Timer::Join => "It did not join again in time (max.poll.interval).".to_string(),
            Timer::Sync => "It did not ask for its assignment in time.".to_string(),
            Timer::Rebalance(_) => "It did not give up its partitions in time (max.poll.interval).".to_string(),
        };
        self.say(at, head, text, Tone::Bad, Some(consumer(*first)));
    }

    pub(super) fn tell_state(&mut self, at: Micros, before: (&'static str, i32), now: (&'static str, i32)) {
        let cause = self.cause.clone().unwrap_or_default();
        let (head, text) = match (before.0, now.0) {
            // What was given up in the first round is free now, and who gave it up joins again.
            ("Stable", "PreparingRebalance") if self.rebalances.last().is_some_and(|it| it.ended.is_none()) => (
                "A second round begins".to_string(),
                format!(
                    "Who has given something up joins again, and generation {} is over. The members learn of it at their next heartbeat, within {} s; what was given up goes to its new reader.",
                    now.1,
                    self.params().heartbeat
                ),
            ),
            ("Stable", "PreparingRebalance") => (
                "A rebalance begins".to_string(),
                format!(
                    "{cause}. Generation {} is over. The members learn of it at their next heartbeat, within {} s, and have to join again.",
                    now.1,
                    self.params().heartbeat
                ),
            ),
            ("Empty", "PreparingRebalance") => (
                "The group is new".to_string(),
                format!("{cause}. The coordinator waits {} s for more members before it begins.", self.params().delay),
            ),
            (_, "Empty") => {
                let text = "It has no members, and nobody reads anything; its offsets stay.";
                ("The group is empty".to_string(), text.to_string())
            }
            (_, "Assigning" | "Reconciling") if now.1 > before.1 && before.0 == "Stable" => (
                format!("Group epoch {}", now.1),
                format!(
                    "{cause}. The coordinator computes who shall have what; each member learns of its part at its own next heartbeat."
                ),
            ),
            _ => return,
        };
        self.say(at, head, text, Tone::Plain, None);
    }

    pub(super) fn tell_rebalanced(&mut self, at: Micros) {
        let Some(it) = self.rebalances.last() else { return };
        if it.unread == 0 && it.moved == 0 && it.from == it.to {
            return;
        }
        if self.group.state().0 == "Empty" {
            return;
        }
        let text = format!(
            "{} of {} partitions changed hands, {} had to. Nobody read {} for a while: {} partition-seconds, at most {} of one.",
            it.moved,
            self.read_rows().count(),
            it.least,
            many(it.stopped as usize, "partition"),
            decimal::fixed(it.unread as f64 / SECOND as f64, 1),
            secs(it.longest)
        );
        let head = format!("The rebalance is over after {}", secs(at.saturating_sub(it.began)));
        self.say(at, head, text, Tone::Plain, None);
    }

    /// Repeated records of one consumer are one event.
    pub(super) fn tell_again(&mut self, at: Micros, who: ConsumerId, next: InHand) {
        let known =
            self.repeats.iter().position(|it| it.0 == who && at < it.1 + AGAIN + self.params().process as u64 * 2_000);
        if let Some(place) = known {
            if let Some(it) = self.repeats.get_mut(place) {
                it.1 = at;
            }
            return;
        }
        self.repeats.retain(|it| it.0 != who);
        self.repeats.push((who, at));
        let why = if self.is_copy(next) {
            "copies that a producer’s retry left in the log. To a consumer they are records like any other."
        } else {
            "somebody had processed them but not committed that. At least once means this."
        };
        let text = format!("{} offset {} and perhaps more: {why}", self.part_name(next.part), next.offset);
        let head = format!("C{} processes records again", who + 1);
        self.say(at, head, text, Tone::Warn, Some(partition(next.part)));
    }

    /// Whether a record lies in its log before this offset, too.
    fn is_copy(&self, of: InHand) -> bool {
        let (Some(part), Some(record)) = (self.part(of.part), self.record(of.part, of.offset)) else { return false };
        let before = of.offset.saturating_sub(part.base) as usize;
        self.stats.copies > 0 && part.log.iter().take(before).any(|it| it.id == record.id)
    }

    pub(super) fn tell_skipped(&mut self, at: Micros, who: ConsumerId, part: PartId, first: u64, n: usize) {
        let text = format!(
            "{} from offset {first} on: committed before they were processed, and who had them is gone. C{} begins after them.",
            self.part_name(part),
            who + 1
        );
        self.say(at, format!("{} will never be processed", many(n, "record")), text, Tone::Bad, Some(partition(part)));
    }

    pub(super) fn tell_blocked(&mut self, at: Micros, who: ConsumerId, next: InHand) {
        if self.blocked == Some((who, next)) {
            return;
        }
        self.blocked = Some((who, next));
        let text = format!(
            "It tries again every second. Nothing behind it in {} is processed, nor anything else that C{} holds.",
            self.part_name(next.part),
            who + 1
        );
        let head = format!("C{} cannot process offset {} of {}", who + 1, next.offset, self.part_name(next.part));
        self.say(at, head, text, Tone::Bad, Some(partition(next.part)));
    }

    pub(super) fn tell_failed(&mut self, at: Micros, who: ConsumerId, next: InHand, failed: u8, to: Option<PartId>) {
        if !self.few() || self.params().bad > 10 {
            return;
        }
        let text = match to {
            Some(to) if failed < 3 => {
                format!("It goes to {} to be tried again, and the records behind it go on.", self.part_name(to))
            }
            Some(to) => format!(
                "It has failed {failed} times and goes to {}, where somebody may look at it.",
                self.part_name(to)
            ),
            None => "It is skipped.".to_string(),
        };
        let head = format!("Offset {} of {} fails at C{}", next.offset, self.part_name(next.part), who + 1);
        self.say(at, head, text, Tone::Warn, Some(partition(next.part)));
    }

    pub(super) fn tell_deploy(&mut self, at: Micros, who: ConsumerId) {
        let left = self.rollout.waiting.len();
        let text =
            format!("It closes, is away for {} s, and starts with new code. {left} more to go.", self.params().restart);
        self.say(at, format!("Deploy: C{} restarts", who + 1), text, Tone::Plain, Some(consumer(who)));
    }

    pub(super) fn tell_deployed(&mut self, at: Micros) {
        let (unread, _) = self.unread(at);
        let text = format!(
            "{} since the beginning of the run, and {} partition-seconds in which nobody read.",
            many(self.rebalances.len(), "rebalance"),
            decimal::fixed(unread as f64 / SECOND as f64, 1)
        );
        self.say(at, "The deploy is done".into(), text, Tone::Plain, None);
    }
}
