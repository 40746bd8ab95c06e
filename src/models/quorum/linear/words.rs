//! A violation for people: which operations contradict each other, and a sentence.

use super::search::Stuck;
use super::{History, Kind, NIL, Op, Outcome, Violation, counts};

/// So many operations are named at most.
const FEW: usize = 4;

pub fn violation(history: &History, places: &[u32], stuck: Stuck) -> Violation {
    let at = |place: &u32| history.ops.get(*place as usize);
    let all: Vec<&Op> = places.iter().filter_map(at).filter(|op| counts(op)).collect();
    let order = stuck.order.iter().filter_map(at).map(|op| op.id).collect();
    let Some(op) = at(&stuck.op) else {
        return Violation {
            key: 0,
            stuck: 0,
            at: 0,
            order,
            could: stuck.could,
            concurrent: Vec::new(),
            against: Vec::new(),
            words: String::new(),
        };
    };
    let beside = |other: &&&Op| other.id != op.id && !other.before(op) && !op.before(other);
    let concurrent = all.iter().filter(beside).map(|op| op.id).collect();
    let (against, words) = because(history, &all, op, &stuck.could);
    Violation {
        key: op.key,
        stuck: op.id,
        at: op.ends(),
        order,
        could: stuck.could,
        concurrent,
        against: against.iter().map(|op| op.id).collect(),
        words,
    }
}

fn because<'a>(history: &History, all: &[&'a Op], op: &Op, could: &[u32]) -> (Vec<&'a Op>, String) {
    let value = op.needs().unwrap_or(NIL);
    let wanted = history.value(value);
    let told = history.tell(op);
    let writers: Vec<&Op> = all.iter().copied().filter(|other| other.gives() == Some(value)).collect();
    // `op` may be a compare-and-set to the value it came from: no source of its own.
    let sources: Vec<&Op> = writers.iter().copied().filter(|w| w.id != op.id && !op.before(w)).collect();
    if sources.is_empty() && value != NIL {
        let why = match writers.iter().find(|w| w.id != op.id) {
            Some(late) => format!("{wanted} came only later, by {}", history.tell(late)),
            None => format!("nothing ever set it to {wanted}"),
        };
        return (writers, format!("{told} found {wanted}, but {why}."));
    }
    // Over before it began, yet begun after everybody who could have set the value was done.
    let proves = |other: &&&Op| {
        let shows = match other.kind {
            Kind::Read(seen) => seen != Some(value),
            _ => other.gives() != Some(value),
        };
        shows && other.before(op) && sources.iter().all(|w| w.before(other))
    };
    if let Some(proof) = all.iter().copied().filter(|other| proves(&other)).max_by_key(|other| other.ends()) {
        let how = match proof.kind {
            Kind::Read(Some(seen)) => format!("had already found {}", history.value(seen)),
            _ => "had already replaced it".to_string(),
        };
        let last = sources.iter().copied().max_by_key(|w| w.ends());
        let set = match last {
            None => String::new(),
            Some(one) if sources.len() == 1 => format!(", set by {}", history.tell(one)),
            Some(last) => format!(", last set by {}", history.tell(last)),
        };
        // Those that were over before the last of them began explain nothing that it does not.
        let late = sources.iter().copied().filter(|w| last.is_none_or(|last| !w.before(last) || w.id == last.id));
        let named: Vec<&Op> = late.take(FEW).chain([proof]).collect();
        let words = format!("{told} found the old value {wanted}{set}, although {} {how}.", history.tell(proof));
        return (named, words);
    }
    // A lost update: each compare-and-set that changes a value needs one of its own.
    let changes = |other: &&&Op| matches!(other.kind, Kind::Cas(from, to) if from == value && to != from);
    let rivals = all.iter().filter(changes).filter(|other| other.outcome == Outcome::Ok && !op.before(other));
    let rivals: Vec<&Op> = rivals.copied().filter(|other| other.id != op.id).collect();
    let times = sources.len() + usize::from(value == NIL);
    if changes(&&op) && rivals.len() >= times {
        let all: Vec<String> = rivals.iter().take(FEW).map(|rival| history.tell(rival)).collect();
        let times = if times == 1 { "once".to_string() } else { format!("{times} times") };
        let words = format!("{told} replaced {wanted}, and so did {}; but it was set only {times}.", all.join(" and "));
        return (sources.into_iter().take(FEW).chain(rivals.into_iter().take(FEW)).collect(), words);
    }
    let left: Vec<String> = could.iter().take(FEW).map(|value| history.value(*value)).collect();
    let words = format!(
        "{told} found {wanted}, but no order of the operations until then leaves {wanted} there: the register could \
         have held {}.",
        left.join(" or ")
    );
    let beside = |other: &&&Op| other.id != op.id && !other.before(op) && !op.before(other);
    let mut named: Vec<&Op> = sources.into_iter().take(FEW).collect();
    named.extend(all.iter().filter(beside).filter(|other| !writers.iter().any(|w| w.id == other.id)).take(FEW));
    (named, words)
}
