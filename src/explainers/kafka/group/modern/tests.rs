//! Rules of the consumer group protocol that the recorded traces do not touch.

use super::*;
use crate::sim::SECOND;

struct Bench {
    group: Modern,
    now: Micros,
}

fn topics(partitions: &[u32]) -> Rc<[Topic]> {
    let names = ["t", "u", "v"].iter().zip(partitions);
    names.map(|(name, partitions)| Topic { name: name.to_string(), partitions: *partitions, id: None }).collect()
}

fn parts(indices: &[u32]) -> Partitions {
    indices.iter().map(|&index| Tp { topic: 0, index }).collect()
}

/// A heartbeat that says nothing new.
fn beat(id: &str, epoch: i32) -> ConsumerGroupHeartbeat {
    ConsumerGroupHeartbeat {
        member: id.into(),
        client: id.into(),
        instance: None,
        epoch,
        rebalance_timeout: None,
        subscribed: None,
        owned: None,
        assignor: None,
    }
}

fn join(id: &str) -> ConsumerGroupHeartbeat {
    ConsumerGroupHeartbeat {
        rebalance_timeout: Some(60 * SECOND),
        subscribed: Some(Rc::from([0])),
        owned: Some(Rc::from([])),
        ..beat(id, JOIN)
    }
}

fn with(instance: &str, request: ConsumerGroupHeartbeat) -> ConsumerGroupHeartbeat {
    ConsumerGroupHeartbeat { instance: Some(instance.into()), ..request }
}

fn owning(indices: &[u32], request: ConsumerGroupHeartbeat) -> ConsumerGroupHeartbeat {
    ConsumerGroupHeartbeat { owned: Some(parts(indices)), ..request }
}

impl Bench {
    fn new(config: Config, partitions: &[u32]) -> Bench {
        Bench { group: Modern::new(Rc::new(config), topics(partitions)), now: 0 }
    }

    fn ask(&mut self, request: ConsumerGroupHeartbeat) -> ConsumerAnswer {
        match &self.group.handle(self.now, 1, Request::ConsumerGroupHeartbeat(request))[..] {
            [(1, Response::ConsumerGroupHeartbeat(answer))] => answer.clone(),
            other => panic!("{other:?}"),
        }
    }

    fn error(&mut self, request: ConsumerGroupHeartbeat) -> Error {
        self.ask(request).error
    }

    fn commit(&mut self, member: &str, epoch: i32, indices: &[u32]) -> Error {
        let commit =
            OffsetCommit { member: member.into(), instance: None, generation: epoch, partitions: parts(indices) };
        match self.group.handle(self.now, 1, Request::OffsetCommit(commit))[..] {
            [(1, Response::OffsetCommit(error))] => error,
            ref other => panic!("{other:?}"),
        }
    }

    fn wait(&mut self, micros: Micros) -> Vec<Fired> {
        self.now += micros;
        std::iter::from_fn(|| self.group.fire(self.now)).collect()
    }

    fn view(&self, id: &str) -> ModernView<'_> {
        self.group.members().find(|view| **view.member == *id).expect("a member")
    }

    /// Two members with two partitions each, at epoch 3.
    fn two() -> Bench {
        let mut bench = Bench::new(Config::default(), &[4]);
        bench.ask(with("i1", join("a")));
        bench.wait(SECOND);
        bench.ask(with("i2", join("b")));
        assert_eq!(*bench.ask(with("i1", beat("a", 2))).assignment.expect("less"), *parts(&[0, 1]));
        bench.ask(with("i1", owning(&[0, 1], beat("a", 2))));
        assert_eq!(*bench.ask(with("i2", beat("b", 3))).assignment.expect("the rest"), *parts(&[2, 3]));
        assert_eq!((bench.group.state(), bench.group.epoch()), (ModernState::Stable, 3));
        bench
    }
}

#[test]
fn a_static_member_is_away_for_a_while() {
    let mut bench = Bench::two();
    bench.wait(10 * SECOND);
    let left = bench.ask(with("i2", beat("b", LEAVE_FOR_A_WHILE)));
    assert_eq!((left.error, left.epoch), (Error::None, -2));
    assert_eq!((bench.view("b").epoch, bench.view("b").assigned), (-2, &*parts(&[2, 3])));
    // It is not where the target is, but nobody else gets its partitions.
    assert_eq!((bench.group.state(), bench.group.epoch()), (ModernState::Reconciling, 3));
    assert_eq!(bench.ask(with("i1", beat("a", 3))).assignment, None);
    assert_eq!(bench.commit("b", 3, &[2]), Error::StaleMemberEpoch);

    let back = bench.ask(with("i2", join("b2")));
    assert_eq!((back.error, back.epoch, back.assignment), (Error::None, 3, Some(parts(&[2, 3]))));
    assert_eq!((bench.group.state(), bench.group.epoch()), (ModernState::Stable, 3));
    assert_eq!(bench.error(with("i2", beat("b", 3))), Error::FencedInstanceId);
    assert_eq!(bench.error(beat("b", 3)), Error::UnknownMemberId);
    assert_eq!(bench.error(with("i3", beat("b2", 3))), Error::UnknownMemberId);
    assert_eq!(bench.error(with("i2", join("b3"))), Error::UnreleasedInstanceId);
    assert_eq!((bench.view("b2").target, bench.view("b2").previous_epoch), (&*parts(&[2, 3]), 0));
    // Its partitions count as assigned since ever.
    assert_eq!(bench.commit("b2", 2, &[2, 3]), Error::None);
    // The session of the old id ends without effect.
    bench.wait(20 * SECOND);
    bench.ask(with("i1", beat("a", 3)));
    bench.ask(with("i2", beat("b2", 3)));
    let fired = bench.wait(30 * SECOND);
    assert_eq!(fired.len(), 1);
    assert!(fired[0].removed.is_empty());
}

#[test]
fn a_static_member_that_stays_away_is_fenced_when_its_session_ends() {
    let mut bench = Bench::two();
    bench.wait(10 * SECOND);
    bench.ask(with("i1", beat("a", 3)));
    bench.ask(with("i2", beat("b", LEAVE_FOR_A_WHILE)));
    // Since its last heartbeat, at 1 s; that it left does not count.
    let fired = bench.wait(35 * SECOND);
    assert_eq!(fired.len(), 1);
    assert_eq!((fired[0].at, &fired[0].removed[..]), (46 * SECOND, &[Id::from("b")][..]));
    assert_eq!((bench.group.state(), bench.group.epoch()), (ModernState::Assigning, 4));
    let answer = bench.ask(with("i1", beat("a", 3)));
    assert_eq!((answer.epoch, answer.assignment), (4, Some(parts(&[0, 1, 2, 3]))));
}

#[test]
fn the_last_one_leaves() {
    let mut bench = Bench::new(Config::default(), &[4]);
    assert_eq!(bench.error(beat("a", 2)), Error::GroupIdNotFound);
    assert_eq!(bench.error(beat("a", LEAVE)), Error::GroupIdNotFound);
    bench.ask(join("a"));
    let left = bench.ask(beat("a", LEAVE));
    assert_eq!((left.error, left.epoch, bench.group.due()), (Error::None, -1, None));
    assert_eq!(bench.error(beat("a", LEAVE)), Error::UnknownMemberId);
    // 4.3.1 leaves the target behind (KAFKA-20442), so who comes at once waits for the assignment interval.
    let epochs = |bench: &Bench| (bench.group.state(), bench.group.epoch(), bench.group.assignment_epoch());
    assert_eq!(epochs(&bench), (ModernState::Empty, 3, 2));
    let answer = bench.ask(join("b"));
    assert_eq!((answer.epoch, answer.assignment), (2, Some(parts(&[]))));
    assert_eq!(epochs(&bench), (ModernState::Assigning, 4, 2));
    bench.wait(SECOND);
    assert_eq!(bench.ask(beat("b", 2)).assignment, Some(parts(&[0, 1, 2, 3])));
    assert_eq!(epochs(&bench), (ModernState::Stable, 4, 4));
}

#[test]
fn who_does_not_give_up_in_time_is_fenced() {
    let mut bench = Bench::new(Config::default(), &[4]);
    bench.ask(join("a"));
    bench.wait(SECOND);
    bench.ask(join("b"));
    // It learns at its next heartbeat, has 60 s from then on, and cannot put that off by more heartbeats.
    bench.wait(4 * SECOND);
    assert_eq!(bench.ask(beat("a", 2)).assignment, Some(parts(&[0, 1])));
    for _ in 0..11 {
        bench.wait(5 * SECOND);
        assert_eq!(bench.ask(owning(&[0, 1, 2, 3], beat("a", 2))).epoch, 2);
        assert_eq!(bench.ask(beat("b", 3)).assignment, None);
        // It may still commit what it has to give up.
        assert_eq!(bench.commit("a", 2, &[3]), Error::None);
    }
    assert_eq!(bench.view("a").rebalance_ends, Some(65 * SECOND));
    let fired = bench.wait(5 * SECOND);
    assert_eq!((&fired[0].timer, &fired[0].removed[..]), (&Timer::Rebalance("a".into()), &[Id::from("a")][..]));
    assert_eq!(bench.commit("a", 2, &[3]), Error::UnknownMemberId);
    assert_eq!(bench.ask(beat("b", 3)).assignment, Some(parts(&[0, 1, 2, 3])));
}

#[test]
fn which_epochs_are_let_through() {
    let mut bench = Bench::two();
    let a = |epoch| with("i1", beat("a", epoch));
    for (request, error) in [
        (a(4), Error::FencedMemberEpoch),
        // Its last answer may have been lost, but then it owns nothing else.
        (a(2), Error::FencedMemberEpoch),
        (owning(&[0, 1, 2], a(2)), Error::FencedMemberEpoch),
        (owning(&[0], a(2)), Error::None),
        (owning(&[0], a(1)), Error::FencedMemberEpoch),
        (a(3), Error::None),
        (a(LEAVE_FOR_A_WHILE - 1), Error::InvalidRequest),
    ] {
        assert_eq!(bench.error(request.clone()), error, "{request:?}");
    }
    assert_eq!(bench.view("a").epoch, 3);
}

#[test]
fn commits() {
    let mut bench = Bench::two();
    for (member, epoch, indices, error) in [
        ("a", 3, &[0, 3][..], Error::None),
        ("a", 2, &[0, 1], Error::None),
        ("a", 2, &[0, 2], Error::StaleMemberEpoch),
        ("a", 4, &[0], Error::StaleMemberEpoch),
        // It has had them only since epoch 3.
        ("b", 2, &[2], Error::StaleMemberEpoch),
        ("nobody", 3, &[0], Error::UnknownMemberId),
        ("", -1, &[0], Error::UnknownMemberId),
    ] {
        assert_eq!(bench.commit(member, epoch, indices), error, "{member} {epoch} {indices:?}");
    }
    let mut bench = Bench::new(Config::default(), &[4]);
    assert_eq!((bench.commit("", -1, &[0]), bench.commit("a", 1, &[0])), (Error::None, Error::GroupIdNotFound));
}

#[test]
fn what_is_not_subscribed_to_any_more_goes_at_once() {
    let mut bench = Bench::new(Config::default(), &[2, 2]);
    bench.ask(ConsumerGroupHeartbeat { subscribed: Some(Rc::from([1, 0])), ..join("a") });
    assert_eq!(bench.view("a").assigned.len(), 4);
    // Within the assignment interval: there is no new target yet.
    let less = ConsumerGroupHeartbeat { subscribed: Some(Rc::from([0])), ..beat("a", 2) };
    assert_eq!(bench.ask(less).assignment, Some(parts(&[0, 1])));
    assert_eq!((bench.view("a").state, bench.view("a").target.len()), (MemberState::UnrevokedPartitions, 4));
    assert_eq!(bench.group.state(), ModernState::Assigning);
    bench.ask(owning(&[0, 1], beat("a", 2)));
    assert_eq!((bench.view("a").state, bench.view("a").assigned), (MemberState::Stable, &*parts(&[0, 1])));
    bench.wait(SECOND);
    assert_eq!(bench.ask(beat("a", 2)).epoch, 3);
    assert_eq!((bench.group.state(), bench.view("a").target), (ModernState::Stable, &*parts(&[0, 1])));
    // The same in another order is no change.
    let same = ConsumerGroupHeartbeat { subscribed: Some(Rc::from([0, 0])), ..beat("a", 3) };
    assert_eq!((bench.ask(same).epoch, bench.group.epoch()), (3, 3));
}

#[test]
fn more_partitions() {
    let mut bench = Bench::two();
    bench.wait(5 * SECOND);
    bench.group.set_topics(topics(&[4, 9]));
    bench.ask(with("i1", beat("a", 3)));
    assert_eq!(bench.group.epoch(), 3);
    bench.group.set_topics(topics(&[6, 9]));
    assert_eq!(bench.group.epoch(), 3);
    let answer = bench.ask(with("i2", beat("b", 3)));
    assert_eq!((bench.group.epoch(), answer.epoch), (4, 4));
    assert_eq!(bench.ask(with("i1", beat("a", 3))).epoch, 4);
    assert_eq!(bench.view("a").assigned.len() + bench.view("b").assigned.len(), 6);
    assert_eq!(bench.group.state(), ModernState::Stable);
}

#[test]
fn the_assignor_for_which_most_ask() {
    let mut bench = Bench::new(Config { assignment_interval: 0, ..Config::default() }, &[2, 2]);
    let wants = |id: &str, assignor: Option<&str>| ConsumerGroupHeartbeat {
        subscribed: Some(Rc::from([0, 1])),
        assignor: assignor.map(Id::from),
        ..join(id)
    };
    assert_eq!(bench.error(wants("a", Some("sticky"))), Error::UnsupportedAssignor);
    bench.ask(wants("a", Some("range")));
    bench.ask(wants("b", None));
    // Range gives each the same number of each topic.
    let numbers = |bench: &Bench, id: &str| bench.view(id).target.iter().map(|tp| tp.index).collect::<Vec<_>>();
    assert_eq!((numbers(&bench, "a"), numbers(&bench, "b")), (vec![0, 0], vec![1, 1]));
    // Three members and two partitions a topic: range leaves one of them with nothing, uniform would not.
    bench.ask(wants("c", Some("uniform")));
    let least = |bench: &Bench| bench.group.members().map(|view| view.target.len()).min();
    assert_eq!(least(&bench), Some(0));
    bench.ask(wants("d", Some("uniform")));
    assert_eq!(least(&bench), Some(1));
}

#[test]
fn what_is_refused_at_once() {
    let mut bench = Bench::new(Config { consumer_max_size: 1, ..Config::default() }, &[4]);
    for request in [
        join(""),
        with(" ", join("a")),
        ConsumerGroupHeartbeat { rebalance_timeout: None, ..join("a") },
        ConsumerGroupHeartbeat { subscribed: None, ..join("a") },
        ConsumerGroupHeartbeat { owned: None, ..join("a") },
        owning(&[0], join("a")),
        beat("a", LEAVE_FOR_A_WHILE),
    ] {
        assert_eq!(bench.error(request.clone()), Error::InvalidRequest, "{request:?}");
    }
    bench.ask(with("i1", join("a")));
    assert_eq!(bench.error(join("b")), Error::GroupMaxSizeReached);
    bench.ask(with("i1", beat("a", LEAVE_FOR_A_WHILE)));
    assert_eq!(bench.error(with("i1", join("b"))), Error::None);
    assert_eq!(bench.error(with("i1", beat("a", LEAVE))), Error::FencedInstanceId);
    assert_eq!(bench.error(with("i2", beat("b", LEAVE))), Error::UnknownMemberId);
}

#[test]
fn a_full_request_is_told_everything() {
    let mut bench = Bench::two();
    let full = ConsumerGroupHeartbeat { epoch: 3, ..owning(&[0, 1], with("i1", join("a"))) };
    assert_eq!(bench.ask(full).assignment, Some(parts(&[0, 1])));
    assert_eq!(bench.ask(owning(&[0, 1], with("i1", beat("a", 3)))).assignment, None);
}

#[test]
fn members_of_the_classic_protocol_stay_out() {
    let mut bench = Bench::two();
    let beat = Heartbeat { member: "a".into(), instance: Some("i1".into()), generation: 3 };
    let answers = bench.group.handle(0, 5, Request::Heartbeat(beat));
    assert_eq!(answers, [(5, Response::Heartbeat(Error::UnknownMemberId))]);
}

#[test]
fn an_administrator_removes_several_at_once() {
    let mut bench = Bench::two();
    let who =
        |member: &str, instance: Option<&str>| Leaving { member: member.into(), instance: instance.map(Id::from) };
    let leaving = vec![who("", Some("i1")), who("a", Some("i2")), who("b", None), who("c", None), who("", Some("i9"))];
    let answers = bench.group.handle(bench.now, 5, Request::LeaveGroup(leaving));
    let [(5, Response::LeaveGroup(Error::None, each))] = &answers[..] else { panic!("{answers:?}") };
    let errors: Vec<Error> = each.iter().map(|(_, error)| *error).collect();
    let unknown = Error::UnknownMemberId;
    assert_eq!(errors, [Error::None, Error::FencedInstanceId, Error::None, unknown, unknown]);
    assert_eq!((bench.group.state(), bench.group.epoch(), bench.group.due()), (ModernState::Empty, 4, None));
}

#[test]
fn another_broker_takes_over() {
    let mut bench = Bench::new(Config::default(), &[4]);
    bench.ask(join("a"));
    bench.wait(SECOND);
    bench.ask(join("b"));
    bench.wait(4 * SECOND);
    bench.ask(beat("a", 2));
    bench.wait(30 * SECOND);
    bench.group.failover(bench.now);
    assert_eq!((bench.view("a").session_ends, bench.view("a").rebalance_ends), (Some(80 * SECOND), Some(95 * SECOND)));
    assert_eq!(bench.ask(owning(&[0, 1], beat("a", 2))).epoch, 3);
    assert_eq!(bench.ask(beat("b", 3)).assignment, Some(parts(&[2, 3])));
    assert_eq!((bench.group.state(), bench.group.epoch()), (ModernState::Stable, 3));
}
