//! Tests of whole runs: what is counted as a cost, and what is not.

use super::scene::tests::world;
use super::*;
use crate::explainers::Verdict;

/// `poll` returns to the automatic commit though nothing arrives.
#[test]
fn a_group_that_has_read_everything_has_no_lag() {
    for assignor in ["range", "cooperative-sticky", "uniform"] {
        let run = world(&[("assignor", assignor), ("span", "10"), ("process", "20")], &[], 16.0);
        assert_eq!((run.stats.processed, run.lag()), (run.stats.produced, 0), "{assignor}");
        assert!(run.settled() <= 17 * SECOND, "{assignor}: {}", run.settled());
    }
}

/// Slow batches and a short `max.poll.interval`: each is thrown out in its turn, and each time that is a rebalance.
#[test]
fn who_is_out_is_not_waited_for() {
    let slow = [("consumers", "2"), ("rate", "4"), ("process", "1000"), ("spread", "0"), ("poll", "8")];
    let run = world(&slow, &[], 40.0);
    let over = run.rebalances.iter().filter(|it| it.ended.is_some()).count();
    assert_eq!(over as i32, run.group_view().epoch - 1, "one for each generation");
    let (first, second) = (&run.consumers[0], &run.consumers[1]);
    assert!(first.is_out() && !first.leads && !second.is_out() && second.leads);
    assert!(run.rebalances.iter().all(|it| it.moved <= it.least), "who left has nothing that could stay");
}

#[test]
fn dead_letters_are_nobody_s() {
    let run = world(&[("bad", "8"), ("fail", "topics"), ("span", "20")], &[], 40.0);
    let dead = run.topics.iter().find(|topic| topic.role == Role::DeadLetter).expect("a topic").parts[0];
    assert!(run.part(dead).is_some_and(|part| part.end() > 0 && !run.is_read(part)));
    assert_eq!((run.unread(run.now), run.lag()), ((0, 0), 0));
    // What is tried again comes after later records of its key.
    let order = run.checks().into_iter().find(|check| check.key == "order").expect("a check");
    assert!(matches!(order.verdict, Verdict::Broken(_, why) if why.contains("tries again")));
    let skipped = world(&[("bad", "8"), ("fail", "skip"), ("span", "20")], &[], 40.0);
    assert!(skipped.checks().iter().all(|check| check.verdict == Verdict::Holds));
}

/// Two partitions of six are led by each of three brokers; the controller notices after nine seconds.
#[test]
fn a_partition_without_a_leader_is_counted_apart() {
    let at = |until: f64| world(&[], &[(3.0, Action::Fail(2))], until);
    assert_eq!(at(2.0).headless(2 * SECOND), 0);
    assert_eq!(at(6.0).headless(6 * SECOND), 2 * 3 * SECOND);
    let run = at(30.0);
    assert_eq!((run.headless(run.now), run.unread(run.now).0), (2 * 9 * SECOND, 0));
}

#[test]
fn without_members_nothing_changes_hands() {
    let crashes = [(2.0, Action::Crash(1)), (3.0, Action::Crash(2)), (4.0, Action::Crash(3))];
    let run = world(&[], &crashes, 80.0);
    assert_eq!(run.group_view().state, "Empty");
    assert!(run.rebalances.iter().all(|it| it.moved == 0 && it.least == 0));
    // A first join is told as one, though its JoinGroup is sent twice.
    let run = world(&[], &[(2.0, Action::Join)], 12.0);
    assert_eq!(run.rebalances.iter().map(|it| &*it.cause).collect::<Vec<_>>(), ["C4 joins"]);
}

/// What lessons say of other lessons' runs: an eager join costs six partitions 2 s, and sixty about 54 s.
#[test]
fn what_an_eager_join_costs() {
    let (six, longest) = world(&[], &[(2.0, Action::Join)], 9.0).unread(9 * SECOND);
    assert!((1_800 * MS..2_200 * MS).contains(&six) && (400 * MS..600 * MS).contains(&longest), "{six} {longest}");
    let many = [("partitions", "60"), ("consumers", "6"), ("rate", "60")];
    let sixty = world(&many, &[(2.0, Action::Join)], 12.0).unread(12 * SECOND).0;
    assert!((52 * SECOND..56 * SECOND).contains(&sixty), "{sixty}");
}
