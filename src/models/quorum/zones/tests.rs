use super::*;
use crate::models::quorum::history::{History, Kind, NIL, Op, Outcome};
use crate::models::quorum::linear::{STEPS, Verdict, check, tests::brute};
use proptest::prelude::*;
use std::rc::Rc;

/// Feeds a history of distinct writes: write number n has the value n + 1.
fn feed(ops: &[Op]) -> Watch {
    let mut events: Vec<(Micros, bool, &Op)> = Vec::new();
    for op in ops {
        events.push((op.invoked, false, op));
        if op.outcome == Outcome::Ok {
            events.push((op.ends(), true, op));
        }
    }
    events.sort_by_key(|(at, end, op)| (*at, *end, op.id));
    let mut watch = Watch::default();
    for (at, end, op) in events {
        match (op.kind, end) {
            (Kind::Write(_), false) => watch.begin(op.id, at),
            (Kind::Write(_), true) => watch.acknowledge(op.id, at),
            (Kind::Read(Some(value)), true) => watch.read(op.id, op.invoked, value.checked_sub(1), at),
            _ => {}
        }
    }
    watch
}

/// Operations by a true register, then some reads set to what the chance says.
fn some_ops(most: usize, wrong: u32) -> impl Strategy<Value = Vec<Op>> {
    let one = (any::<bool>(), 0u64..40, 0u64..12, 0u64..12, 0u32..16, 0u32..100);
    proptest::collection::vec(one, 1..most).prop_map(move |mut given| {
        given.sort_by_key(|one| one.1);
        let mut ops: Vec<Op> = Vec::new();
        let mut effects: Vec<(u64, usize)> = Vec::new();
        for (i, (write, invoked, before, after, lost, _)) in given.iter().copied().enumerate() {
            let id = i as u32;
            let (completed, outcome) = match lost {
                0 => (None, Outcome::Info),
                _ => (Some(invoked + before + after), Outcome::Ok),
            };
            let kind = if write { Kind::Write(id + 1) } else { Kind::Read(None) };
            ops.push(Op { id, client: id, key: 0, kind, invoked, completed, outcome });
            effects.push((invoked + before, i));
        }
        effects.sort();
        let mut state = NIL;
        for (_, i) in effects {
            match ops[i].kind {
                Kind::Write(value) => state = value,
                _ => ops[i].kind = Kind::Read(Some(state)),
            }
        }
        let count = ops.len() as u32;
        for (op, (.., chance)) in ops.iter_mut().zip(&given) {
            if matches!(op.kind, Kind::Read(_)) && *chance < wrong {
                op.kind = Kind::Read(Some(chance * 7 % (count + 2)));
            }
        }
        ops
    })
}

fn agree(ops: &[Op]) -> Result<bool, TestCaseError> {
    // A read of the value of a read is a value from nowhere, here as there.
    let watch = feed(ops);
    let verdict = check(&Rc::new(History { ops: ops.to_vec(), ..History::default() }), STEPS);
    match (watch.clash(), &verdict) {
        (None, Verdict::Linearizable) => Ok(true),
        (Some(clash), Verdict::Broken(found)) => {
            prop_assert_eq!(clash.at, found.at, "{:?} {:?}", clash, found);
            for id in clash.ops() {
                prop_assert!(ops.iter().any(|op| op.id == id));
            }
            prop_assert!(proves(ops, clash), "{:?}", clash);
            let words = clash.words(&|op| format!("op {op}"), &|write| format!("v{write}"));
            let named = format!("op {}", clash.read);
            prop_assert!(words.starts_with(&named));
            Ok(false)
        }
        (clash, verdict) => Err(TestCaseError::fail(format!("{clash:?} but {verdict:?}"))),
    }
}

/// The counterexample stands on its own: what it says of its operations is so.
fn proves(ops: &[Op], clash: &Clash) -> bool {
    let op = |id: u32| ops.iter().find(|op| op.id == id).copied();
    let value = |id: u32| op(id).and_then(|op| op.gives().or(op.needs()));
    let Some(read) = op(clash.read) else { return false };
    let got = clash.value.map_or(NIL, |write| write + 1);
    let Some(proof) = &clash.proof else {
        return !ops.iter().any(|op| op.kind == Kind::Write(got) && op.invoked <= clash.at);
    };
    let (Some(after), Some(before)) = (op(proof.after), op(proof.before)) else { return false };
    let other = Some(proof.other + 1);
    let follows =
        proof.old.map_or(got == NIL, |old| value(old) == Some(got) && op(old).is_some_and(|old| old.before(&after)));
    read.needs() == Some(got)
        && value(after.id) == other
        && value(before.id) == other
        && before.before(&read)
        && follows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn as_the_search_and_all_orders_say(ops in some_ops(8, 40)) {
        prop_assert_eq!(agree(&ops)?, brute(&ops));
    }

    #[test]
    fn as_the_search_says_larger(ops in some_ops(40, 3)) {
        agree(&ops)?;
    }

    #[test]
    fn what_is_linearizable_never_clashes(ops in some_ops(60, 0)) {
        let watch = feed(&ops);
        prop_assert_eq!(watch.clash(), None);
    }
}

#[test]
fn both_answers_come_up() {
    // The strategies above must not be all of one kind.
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut good = 0;
    for _ in 0..400 {
        let ops = some_ops(40, 3).new_tree(&mut runner).expect("a tree").current();
        good += u32::from(agree(&ops).expect("they agree"));
    }
    assert!((40..360).contains(&good), "{good}");
}

#[test]
fn a_stale_read_in_words() {
    let (op, value) = (|id: u32| format!("operation {id}"), |write: u32| format!("v{write}"));
    let mut watch = Watch::default();
    watch.begin(1, 0);
    watch.acknowledge(1, 10);
    watch.begin(2, 20);
    let early = watch.clone();
    watch.acknowledge(2, 30);
    watch.read(3, 40, Some(1), 50);
    let clash = watch.clash().expect("a clash").clone();
    assert_eq!((clash.at, clash.ops()), (50, vec![1, 2, 3]));
    assert_eq!(
        clash.words(&op, &value),
        "operation 3 returned v1, although operation 2 was acknowledged before it began, and v2 was written after v1 \
         was acknowledged."
    );
    // Later ones do not change what was first.
    watch.read(4, 60, None, 70);
    assert_eq!(watch.clash(), Some(&clash));
    // While the write is under way, both values are right; but not the new one and then the old one.
    let mut watch = early;
    watch.read(3, 21, Some(1), 25);
    watch.read(4, 22, Some(2), 26);
    assert_eq!(watch.clash(), None);
    watch.read(5, 27, Some(1), 28);
    let clash = watch.clash().expect("a clash");
    assert_eq!(
        clash.words(&op, &value),
        "operation 5 returned v1, although operation 4 had returned v2 before it began; and v1 is older than v2: \
         operation 4 began when operation 1 was over."
    );
    let mut watch = Watch::default();
    watch.read(1, 0, Some(7), 1);
    let words = watch.clash().expect("a clash").words(&op, &value);
    assert_eq!(words, "operation 1 returned v7, which nobody had begun to write.");
    let mut watch = Watch::default();
    watch.begin(1, 0);
    watch.acknowledge(1, 1);
    watch.read(2, 2, None, 3);
    let words = watch.clash().expect("a clash").words(&op, &value);
    assert_eq!(words, "operation 2 returned nothing, although operation 1 was acknowledged before it began.");
}
