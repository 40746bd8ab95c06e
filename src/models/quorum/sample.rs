//! Made-up histories with a known verdict, for tests and benchmarks.

use super::history::{History, Kind, NIL, Op, Outcome};
use crate::sim::random::stream;

/// A linearizable history of one register: `clients` clients, one operation at a time each, half of them reads, a tenth
/// compare-and-sets. Every operation takes effect at a moment between its begin and its end, so it is linearizable by
/// how it was made. Values are 1 to `values`, each written anew if there are enough of them. `lost` in 1,000 writes
/// never come back, and whether they took effect nobody knows; their client goes on.
pub fn good(seed: u64, clients: u32, ops: u32, values: u32, lost: u32) -> History {
    let mut chance = stream(seed, "sample history");
    // (when it takes effect, operation): effects in the order of time.
    let mut effects: Vec<(u64, u32)> = Vec::new();
    let mut made: Vec<Op> = Vec::new();
    let mut free: Vec<u64> = (0..clients.max(1)).map(|_| u64::from(chance.below(10_000))).collect();
    for id in 0..ops {
        // The client that is free first is next.
        let client = (0..free.len()).min_by_key(|client| free.get(*client).copied()).unwrap_or(0);
        let invoked = free.get(client).copied().unwrap_or(0);
        let takes = u64::from(1_000 + chance.below(20_000));
        let at = invoked + u64::from(chance.below(takes as u32 + 1));
        let value = 1 + if values >= ops { id } else { chance.below(values.max(1)) };
        let kind = match chance.below(10) {
            0..5 => Kind::Read(None),
            5 => Kind::Cas(NIL, value),
            _ => Kind::Write(value),
        };
        let info = kind != Kind::Read(None) && chance.below(1_000) < lost;
        // It may happen any time, or never.
        if !info || chance.below(2) == 0 {
            effects.push((at + if info { u64::from(chance.below(200_000)) } else { 0 }, id));
        }
        let (completed, outcome) = if info { (None, Outcome::Info) } else { (Some(invoked + takes), Outcome::Ok) };
        made.push(Op { id, client: client as u32, key: 0, kind, invoked, completed, outcome });
        if let Some(next) = free.get_mut(client) {
            *next = invoked + takes + 1 + u64::from(chance.below(10_000));
        }
    }
    crate::sim::order::sort(&mut effects);
    let mut state = NIL;
    for (_, id) in effects {
        let Some(op) = made.get_mut(id as usize) else { continue };
        match op.kind {
            Kind::Write(value) => state = value,
            Kind::Read(_) => op.kind = Kind::Read(Some(state)),
            // It expects what is there, but for every fourth, which expects something else and fails.
            Kind::Cas(_, to) if id % 4 != 0 => {
                op.kind = Kind::Cas(state, to);
                state = to;
            }
            Kind::Cas(_, to) => {
                op.kind = Kind::Cas(state + 1, to);
                if op.outcome == Outcome::Ok {
                    op.outcome = Outcome::Fail;
                }
            }
        }
    }
    let mut history = History { ops: made, ..History::default() };
    for name in 1..=values.max(ops) + 1 {
        history.values.number(&name.to_string());
    }
    history.keys.number("x");
    for client in 0..clients {
        history.clients.number(&client.to_string());
    }
    history
}

/// The same with a stale read in its last tenth: it returns the first value that was ever read, if just one operation
/// gave that and it is long gone, else nil, which nobody writes. Not linearizable by how it was made. `None`: there is
/// no read to break.
pub fn broken(good: &History) -> Option<History> {
    let mut history = good.clone();
    let ops = &mut history.ops;
    let begin = ops.len() * 9 / 10;
    let read = begin + ops.get(begin..)?.iter().position(|op| op.needs().is_some() && op.gives().is_none())?;
    let first = ops.iter().find_map(|op| op.needs().filter(|value| *value != NIL))?;
    let gave: Vec<&Op> = ops.iter().filter(|op| op.gives() == Some(first)).collect();
    let begun = ops.get(read)?.invoked;
    let gone = |by: &Op| {
        ops.iter()
            .any(|op| matches!(op.kind, Kind::Write(value) if value != first) && by.before(op) && op.ends() < begun)
    };
    let old = if gave.len() == 1 && gave.first().is_some_and(|by| gone(by)) { first } else { NIL };
    ops.get_mut(read)?.kind = Kind::Read(Some(old));
    Some(history)
}

/// The same with three operations more at its very end: a value is written, and then two clients each replace just
/// that value. Not linearizable.
pub fn lost_update(good: &History) -> History {
    let (a, b, c) = fresh(good);
    ended(good, &[(Kind::Write(a), 1, 2), (Kind::Cas(a, b), 3, 9), (Kind::Cas(a, c), 4, 8)])
}

/// The same with a value that comes back at its very end: of two writes under way, one is read, then the other, then
/// the first again. Not linearizable, and no rule short of trying every order tells so.
pub fn flicker(good: &History) -> History {
    let (a, b, _) = fresh(good);
    let read = |value| Kind::Read(Some(value));
    ended(good, &[(Kind::Write(a), 1, 20), (Kind::Write(b), 2, 21), (read(a), 3, 4), (read(b), 5, 6), (read(a), 7, 8)])
}

/// Three values that are not in it.
fn fresh(good: &History) -> (u32, u32, u32) {
    let next = good.values.len() as u32;
    (next, next + 1, next + 2)
}

/// With some more operations, of a client each, once all others have ended.
fn ended(good: &History, more: &[(Kind, u64, u64)]) -> History {
    let mut history = good.clone();
    let last = history.ops.iter().map(Op::ends).filter(|ends| *ends != u64::MAX).max().unwrap_or(0);
    let id = history.ops.len() as u32;
    for _ in 0..3 {
        let name = history.values.len().to_string();
        history.values.number(&name);
    }
    for (at, (kind, begin, end)) in (0..).zip(more) {
        let (invoked, completed) = (last + begin, Some(last + end));
        let client = history.clients.number(&format!("late {at}"));
        history.ops.push(Op { id: id + at, client, key: 0, kind: *kind, invoked, completed, outcome: Outcome::Ok });
    }
    history
}
