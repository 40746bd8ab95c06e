use super::*;
use crate::models::quorum::sample;
use proptest::prelude::*;

fn op(id: u32, client: u32, kind: Kind, invoked: u64, completed: Option<u64>) -> Op {
    let outcome = if completed.is_some() { Outcome::Ok } else { Outcome::Info };
    Op { id, client, key: 0, kind, invoked, completed, outcome }
}

fn of(ops: Vec<Op>) -> Rc<History> {
    Rc::new(History { ops, ..History::default() })
}

/// Whether some order of these operations does: every order of every choice of those that may not have happened.
pub fn brute(ops: &[Op]) -> bool {
    fn go(ops: &[Op], used: u32, state: u32) -> bool {
        let free = |i: &usize| used >> i & 1 == 0;
        if (0..ops.len()).filter(free).all(|i| ops[i].ends() == u64::MAX) {
            return true;
        }
        (0..ops.len()).filter(free).any(|i| {
            let first = (0..ops.len()).filter(free).all(|j| !ops[j].before(&ops[i]));
            let fits = ops[i].needs().is_none_or(|value| value == state);
            first && fits && go(ops, used | 1 << i, ops[i].gives().unwrap_or(state))
        })
    }
    let ops: Vec<Op> = ops.iter().copied().filter(counts).collect();
    go(&ops, 0, NIL)
}

/// What had happened until a moment: what was under way then may still happen, but for what is known to fail.
fn until(ops: &[Op], at: u64) -> Vec<Op> {
    let cut = |op: &Op| match op.completed {
        Some(done) if done > at && op.outcome != Outcome::Fail => match op.kind {
            Kind::Read(_) => Op { kind: Kind::Read(None), completed: None, outcome: Outcome::Info, ..*op },
            _ => Op { completed: None, outcome: Outcome::Info, ..*op },
        },
        _ => *op,
    };
    ops.iter().filter(|op| op.invoked <= at).map(cut).collect()
}

prop_compose! {
    fn some_op()(kind in 0u8..7, a in 0u32..4, b in 0u32..4, invoked in 0u64..14, takes in 0u64..9, end in 0u8..12) -> Op {
        let kind = match kind {
            0..3 => Kind::Write(a.max(1)),
            3..6 => Kind::Read(Some(a)),
            _ => Kind::Cas(a, b),
        };
        let (completed, outcome) = match end {
            0 => (None, Outcome::Info),
            1 => (Some(invoked + takes), Outcome::Fail),
            // What nobody knows may well have been said at some moment.
            2 => (Some(invoked + takes), Outcome::Info),
            _ => (Some(invoked + takes), Outcome::Ok),
        };
        Op { id: 0, client: 0, key: 0, kind, invoked, completed, outcome }
    }
}

fn numbered(mut ops: Vec<Op>) -> Vec<Op> {
    for (i, op) in ops.iter_mut().enumerate() {
        op.id = i as u32;
        op.client = i as u32;
    }
    ops
}

/// Plays an order on a register, and says whether it respects time.
fn plays(ops: &[Op], order: &[u32]) -> bool {
    let mut state = NIL;
    let by_id = |id: &u32| ops.iter().find(|op| op.id == *id).copied();
    let done: Vec<Op> = order.iter().filter_map(by_id).collect();
    let in_time = done.iter().enumerate().all(|(i, op)| done[i..].iter().all(|later| !later.before(op)));
    let fits = done.iter().all(|op| {
        let fits = op.needs().is_none_or(|value| value == state);
        state = op.gives().unwrap_or(state);
        fits
    });
    in_time && fits && done.len() == order.len()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6_000))]

    #[test]
    fn says_what_all_orders_say(ops in proptest::collection::vec(some_op(), 0..8)) {
        let ops = numbered(ops);
        let verdict = check(&of(ops.clone()), STEPS);
        prop_assert_eq!(verdict == Verdict::Linearizable, brute(&ops), "{:?}", verdict);
        if let Verdict::Broken(found) = verdict {
            // The first moment at which it could have been told, and no later one.
            prop_assert!(!brute(&until(&ops, found.at)));
            prop_assert!(found.at == 0 || brute(&until(&ops, found.at - 1)));
            prop_assert!(plays(&ops, &found.order));
            let earlier = ops.iter().filter(|op| op.outcome == Outcome::Ok && op.ends() < found.at && counts(op));
            for op in earlier {
                prop_assert!(found.order.contains(&op.id));
            }
            prop_assert!(!found.order.contains(&found.stuck));
            prop_assert!(!found.words.is_empty());
        }
    }
}

#[test]
fn the_examples_of_porcupine_s_tests() {
    // Concurrent reads may fall on either side of a write under way.
    let good = vec![
        op(0, 0, Kind::Write(100), 0, Some(100)),
        op(1, 1, Kind::Read(Some(100)), 25, Some(75)),
        op(2, 2, Kind::Read(Some(NIL)), 30, Some(60)),
    ];
    assert_eq!(check(&of(good), STEPS), Verdict::Linearizable);
    // But not one after the other: once seen, it stays.
    let bad = vec![
        op(0, 0, Kind::Write(200), 0, Some(100)),
        op(1, 1, Kind::Read(Some(200)), 10, Some(30)),
        op(2, 2, Kind::Read(Some(NIL)), 40, Some(90)),
    ];
    let Verdict::Broken(found) = check(&of(bad), STEPS) else { panic!("it is broken") };
    assert_eq!((found.stuck, found.at, found.against), (2, 90, vec![1]));
    assert_eq!(
        found.words,
        "read → nil (operation 2, client 2) found the old value nil, although read → 200 (operation 1, client 1) had \
         already found 200."
    );
    assert_eq!(found.could, [200]);
}

#[test]
fn a_value_from_nowhere_and_one_from_the_future() {
    let nowhere = vec![op(0, 0, Kind::Write(1), 0, Some(1)), op(1, 1, Kind::Read(Some(7)), 2, Some(3))];
    let Verdict::Broken(found) = check(&of(nowhere), STEPS) else { panic!("it is broken") };
    assert!(found.words.contains("nothing ever set it to 7"), "{}", found.words);
    let future = vec![op(0, 0, Kind::Read(Some(7)), 0, Some(1)), op(1, 1, Kind::Write(7), 2, Some(3))];
    let Verdict::Broken(found) = check(&of(future), STEPS) else { panic!("it is broken") };
    assert_eq!((found.stuck, found.at, found.against.as_slice()), (0, 1, [1].as_slice()));
    assert!(found.words.contains("came only later"), "{}", found.words);
}

#[test]
fn what_nobody_knows_may_happen_late() {
    // The write that timed out shows up long after, and may do so once only.
    let mut ops = vec![
        op(0, 0, Kind::Write(1), 0, None),
        op(1, 1, Kind::Write(2), 5, Some(6)),
        op(2, 1, Kind::Read(Some(2)), 7, Some(8)),
        op(3, 1, Kind::Read(Some(1)), 9, Some(10)),
    ];
    assert_eq!(check(&of(ops.clone()), STEPS), Verdict::Linearizable);
    ops.push(op(4, 1, Kind::Read(Some(2)), 11, Some(12)));
    let Verdict::Broken(found) = check(&of(ops), STEPS) else { panic!("it is broken") };
    assert_eq!((found.stuck, found.order), (4, vec![1, 2, 0, 3]));
}

#[test]
fn each_key_is_a_register_of_its_own() {
    let mut ops = vec![
        op(0, 0, Kind::Write(1), 0, Some(1)),
        op(1, 0, Kind::Read(Some(NIL)), 2, Some(3)),
        op(2, 0, Kind::Read(Some(9)), 8, Some(9)),
    ];
    ops[1].key = 1;
    assert!(matches!(check(&of(ops.clone()), STEPS), Verdict::Broken(found) if found.stuck == 2 && found.key == 0));
    // Of two broken keys, the one that was broken first.
    ops[1].kind = Kind::Read(Some(5));
    assert!(matches!(check(&of(ops), STEPS), Verdict::Broken(found) if found.stuck == 1 && found.key == 1));
}

#[test]
fn a_thousand_operations_of_ten_clients() {
    for seed in 0..20 {
        for (values, lost) in [(1_000, 0), (5, 0), (1_000, 20), (5, 20)] {
            let good = Rc::new(sample::good(seed, 10, 1_000, values, lost));
            assert_eq!(check(&good, STEPS), Verdict::Linearizable, "seed {seed}, {values} values, {lost} lost");
            let Some(bad) = sample::broken(&good) else { panic!("it can be broken") };
            let lost_update = check(&Rc::new(sample::lost_update(&good)), STEPS);
            assert!(matches!(&lost_update, Verdict::Broken(found) if found.against.len() == 2), "{lost_update:?}");
            // With few values and many writes of which nobody knows, trying every order may be too much.
            if values == 1_000 || lost == 0 {
                let flicker = check(&Rc::new(sample::flicker(&good)), STEPS);
                assert!(matches!(&flicker, Verdict::Broken(found) if found.stuck == 1_004), "{flicker:?}");
            }
            assert!(
                matches!(check(&Rc::new(bad), STEPS), Verdict::Broken(_)),
                "seed {seed}, {values} values, {lost} lost"
            );
        }
    }
}

#[test]
fn slices_say_the_same_and_a_limit_is_kept() {
    let good = Rc::new(sample::good(3, 10, 1_000, 5, 20));
    for history in [good.clone(), Rc::new(sample::broken(&good).unwrap_or_default())] {
        let mut checker = Checker::new(history.clone(), STEPS);
        let mut slices = 0;
        let mut before = 0.0;
        while checker.step(50) {
            assert_eq!(checker.verdict(), None);
            assert!((0.0..=1.0).contains(&checker.progress()));
            before = checker.progress();
            slices += 1;
        }
        assert!(slices > 10 && before > 0.0);
        assert_eq!(checker.verdict(), Some(check(&history, STEPS)));
        assert_eq!(checker.progress(), 1.0);
    }
    assert!(matches!(check(&good, 100), Verdict::Undecided(steps) if (100..200).contains(&steps)));
    assert_eq!(check(&Rc::default(), STEPS), Verdict::Linearizable);
}

#[test]
fn large_histories_take_their_time_and_no_more() {
    // 20,000 writes of which nobody knows, and a client that reads their values, one by one.
    let mut ops: Vec<Op> = (0..20_000).map(|i| op(i, i, Kind::Write(1 + i % 5_000), u64::from(i), None)).collect();
    ops.extend((0..300u32).map(|i| {
        let at = 30_000 + 10 * u64::from(i);
        op(20_000 + i, 0, Kind::Read(Some(1 + i * 7 % 5_000)), at, Some(at + 5))
    }));
    assert_eq!(check(&of(ops), STEPS), Verdict::Linearizable);
    // 200,000 operations, one after the other, on one key and on as many keys.
    for keys in [1, 200_000] {
        let one = |i: u32| {
            let kind = if i.is_multiple_of(2) || keys > 1 { Kind::Write(i + 1) } else { Kind::Read(Some(i)) };
            Op { key: i % keys, ..op(i, 0, kind, u64::from(i) * 2, Some(u64::from(i) * 2 + 1)) }
        };
        assert_eq!(check(&of((0..200_000).map(one).collect()), STEPS), Verdict::Linearizable);
    }
}
