//! Rules of the classic protocol that the recorded traces do not touch.

use super::*;
use crate::models::kafka::Tp;
use crate::sim::{MS, SECOND};

struct Bench {
    group: Classic,
    now: Micros,
    next: Token,
    /// What was answered, by token.
    answered: Vec<(Token, Response)>,
}

fn request(client: &str, instance: Option<&str>, protocols: &str) -> JoinGroup {
    let subscription = Rc::new(Subscription { topics: Rc::from([0]), owned: Rc::from([]), generation: None });
    let protocol = |name: &str| Protocol { name: name.into(), subscription: subscription.clone() };
    JoinGroup {
        member: Rc::from(""),
        client: client.into(),
        instance: instance.map(Id::from),
        protocols: protocols.split(' ').map(protocol).collect(),
        session_timeout: 45 * SECOND,
        rebalance_timeout: 60 * SECOND,
    }
}

fn part(index: u32) -> Partitions {
    Rc::from([Tp { topic: 0, index }])
}

impl Bench {
    fn new(config: Config) -> Bench {
        Bench { group: Classic::new(Rc::new(config)), now: 0, next: 0, answered: Vec::new() }
    }

    fn ask(&mut self, request: Request) -> Token {
        self.next += 1;
        let answers = self.group.handle(self.now, self.next, request);
        self.answered.extend(answers);
        self.next
    }

    fn answer(&mut self, token: Token) -> Option<Response> {
        let at = self.answered.iter().position(|(to, _)| *to == token)?;
        Some(self.answered.remove(at).1)
    }

    fn error(&mut self, request: Request) -> Error {
        let token = self.ask(request);
        match self.answer(token) {
            Some(Response::Heartbeat(error) | Response::OffsetCommit(error)) => error,
            Some(Response::JoinGroup(answer)) => answer.error,
            Some(Response::SyncGroup(answer)) => answer.error,
            other => panic!("{other:?}"),
        }
    }

    fn joined(&mut self, token: Token) -> JoinAnswer {
        match self.answer(token) {
            Some(Response::JoinGroup(answer)) => answer,
            other => panic!("{other:?}"),
        }
    }

    fn synced(&mut self, token: Token) -> SyncAnswer {
        match self.answer(token) {
            Some(Response::SyncGroup(answer)) => answer,
            other => panic!("{other:?}"),
        }
    }

    fn wait(&mut self, micros: Micros) -> Vec<Fired> {
        let until = self.now + micros;
        let mut fired = Vec::new();
        while let Some(one) = self.group.fire(until) {
            self.answered.extend(one.answers.iter().cloned());
            fired.push(one);
        }
        self.now = until;
        fired
    }

    /// Joins with an id asked for first, as clients do; the JoinGroup that counts may still be waiting.
    fn join(&mut self, mut join: JoinGroup) -> (Id, Token) {
        if join.instance.is_none() && join.member.is_empty() {
            let first = self.ask(Request::JoinGroup(join.clone()));
            let answer = self.joined(first);
            assert_eq!(answer.error, Error::MemberIdRequired);
            join.member = answer.member;
        }
        let id = join.member.clone();
        let token = self.ask(Request::JoinGroup(join));
        let id = if id.is_empty() { self.group.members().last().expect("a member").member.clone() } else { id };
        (id, token)
    }

    fn sync(&mut self, id: &Id, assignments: &[(Id, u32)]) -> Token {
        let assignments = assignments.iter().map(|(id, index)| (id.clone(), part(*index))).collect();
        let instance = self.group.members().find(|view| view.member == id).and_then(|view| view.instance.cloned());
        let generation = self.group.generation();
        let protocol = self.group.protocol().cloned();
        self.ask(Request::SyncGroup(SyncGroup { member: id.clone(), instance, generation, protocol, assignments }))
    }

    fn beat(&mut self, id: &Id) -> Error {
        let generation = self.group.generation();
        self.error(Request::Heartbeat(Heartbeat { member: id.clone(), instance: None, generation }))
    }

    /// A stable group of these clients, the first of which leads; the static ones have a name with an `i` in it.
    fn stable(config: Config, clients: &[(&str, &str)]) -> (Bench, Vec<Id>) {
        let mut bench = Bench::new(config);
        let mut join = |(name, protocols): &(&str, &str)| {
            let instance = name.contains('i').then_some(*name);
            bench.join(request(name, instance, protocols)).0
        };
        let ids: Vec<Id> = clients.iter().map(&mut join).collect();
        bench.begin();
        bench.settle(&ids);
        (bench, ids)
    }

    /// Until all have joined.
    fn begin(&mut self) {
        while self.group.state() == ClassicState::PreparingRebalance {
            self.wait(SECOND);
        }
    }

    /// All sync.
    fn settle(&mut self, ids: &[Id]) {
        assert_eq!(self.group.state(), ClassicState::CompletingRebalance);
        let leader = self.group.leader().expect("a leader").clone();
        let all: Vec<(Id, u32)> = ids.iter().cloned().zip(0..).collect();
        self.sync(&leader, &all);
        for (id, index) in &all {
            if *id != leader {
                let token = self.sync(id, &[]);
                assert_eq!(self.synced(token).assignment, part(*index));
            }
        }
        assert_eq!(self.group.state(), ClassicState::Stable);
        self.answered.clear();
    }
}

fn names(answer: &JoinAnswer) -> Vec<&str> {
    answer.members.iter().map(|joined| &*joined.member).collect()
}

#[test]
fn an_id_not_used_in_time_is_forgotten() {
    let (mut bench, ids) = Bench::stable(Config::default(), &[("a", "range")]);
    let asked = bench.ask(Request::JoinGroup(request("b", None, "range")));
    let mut late = request("b", None, "range");
    late.member = bench.joined(asked).member;
    assert_eq!(bench.group.pending_members(), [late.member.clone()]);
    bench.wait(40 * SECOND);
    bench.beat(&ids[0]);
    let fired = bench.wait(5 * SECOND);
    assert_eq!(fired[0].timer, Timer::Heartbeat(late.member.clone()));
    assert!(fired[0].removed.is_empty() && bench.group.pending_members().is_empty());
    assert_eq!(bench.error(Request::JoinGroup(late)), Error::UnknownMemberId);
}

#[test]
fn the_join_phase_waits_for_whom_an_id_was_given() {
    let (mut bench, ids) = Bench::stable(Config::default(), &[("a", "range")]);
    let asked = bench.ask(Request::JoinGroup(request("b", None, "range")));
    let late = bench.joined(asked).member;
    let mut again = request("a", None, "range");
    again.member = ids[0].clone();
    let (_, token) = bench.join(again);
    assert_eq!(bench.group.state(), ClassicState::PreparingRebalance);
    // Given up, it holds nobody up.
    let leaving = vec![Leaving { member: late, instance: None }];
    let left = bench.ask(Request::LeaveGroup(leaving.clone()));
    assert_eq!(bench.answer(left), Some(Response::LeaveGroup(Error::None, vec![(leaving[0].clone(), Error::None)])));
    assert_eq!(bench.joined(token).generation, 2);
}

#[test]
fn who_does_not_join_again_in_time_is_removed() {
    let (mut bench, ids) = Bench::stable(Config::default(), &[("a", "range"), ("b", "range")]);
    let mut slow = request("c", None, "range");
    slow.rebalance_timeout = 30 * SECOND;
    let (c, token) = bench.join(slow);
    let start = bench.now;
    // All that time `b` is heard of, and learns that it should join; `a` leads no more without having joined.
    for _ in 0..19 {
        bench.wait(3 * SECOND);
        assert_eq!(bench.beat(&ids[0]), Error::RebalanceInProgress);
        assert_eq!(bench.beat(&ids[1]), Error::RebalanceInProgress);
    }
    // The longest max.poll.interval.ms counts: 60 s.
    assert_eq!(bench.group.join_ends(), Some(start + 60 * SECOND));
    let fired = bench.wait(3 * SECOND);
    assert_eq!((&fired[0].timer, fired[0].at), (&Timer::Join, start + 60 * SECOND));
    assert_eq!(fired[0].removed, ids);
    let answer = bench.joined(token);
    assert_eq!((answer.generation, names(&answer), &answer.leader), (2, vec![&*c], &c));
    assert_eq!(bench.beat(&ids[0]), Error::UnknownMemberId);
}

#[test]
fn who_does_not_sync_in_time_is_removed() {
    let mut bench = Bench::new(Config::default());
    let (a, first) = bench.join(request("a", None, "range"));
    let (b, second) = bench.join(request("b", None, "range"));
    bench.begin();
    assert_eq!((bench.joined(first).generation, bench.joined(second).generation), (1, 1));
    let leader = bench.group.leader().expect("a leader").clone();
    assert_eq!(leader, a);
    let token = bench.sync(&b, &[]);
    assert_eq!(bench.answer(token), None);
    for _ in 0..19 {
        bench.wait(3 * SECOND);
        assert_eq!(bench.beat(&a), Error::None);
    }
    let fired = bench.wait(3 * SECOND);
    assert_eq!((&fired[0].timer, &fired[0].removed), (&Timer::Sync, &vec![a]));
    // The other one is told to join again, and leads from now on.
    assert_eq!(bench.synced(token).error, Error::RebalanceInProgress);
    assert_eq!((bench.group.state(), bench.group.leader()), (ClassicState::PreparingRebalance, Some(&b)));
}

#[test]
fn the_protocol_with_most_votes_of_those_all_support() {
    let mut bench = Bench::new(Config::default());
    let lists = ["range roundrobin sticky", "sticky roundrobin range", "sticky range"];
    let tokens: Vec<Token> = lists.iter().map(|list| bench.join(request("c", None, list)).1).collect();
    assert_eq!(bench.error(Request::JoinGroup(request("d", None, "roundrobin"))), Error::InconsistentGroupProtocol);
    bench.begin();
    assert_eq!(bench.joined(tokens[0]).protocol.as_deref(), Some("sticky"));

    // One vote each: "sticky" is in bucket 8 of 16 of a Java hash map, "range" in bucket 9 (JDK 17).
    let (bench, _) = Bench::stable(Config::default(), &[("a", "sticky range"), ("b", "range sticky")]);
    assert_eq!(bench.group.protocol().map(|name| &**name), Some("sticky"));
}

#[test]
fn followers_with_nothing_new_disturb_nobody_and_leaders_always_do() {
    let (mut bench, ids) = Bench::stable(Config::default(), &[("a", "range"), ("b", "range")]);
    let mut again = request("b", None, "range");
    again.member = ids[1].clone();
    let (_, token) = bench.join(again.clone());
    let answer = bench.joined(token);
    assert_eq!((answer.generation, answer.members.len(), bench.group.state()), (1, 0, ClassicState::Stable));
    // Something new to tell.
    again.protocols = request("b", None, "range sticky").protocols;
    let (_, token) = bench.join(again.clone());
    assert_eq!((bench.answer(token), bench.group.state()), (None, ClassicState::PreparingRebalance));

    let (mut bench, ids) = Bench::stable(Config::default(), &[("a", "range"), ("b", "range")]);
    let leader = bench.group.leader().expect("a leader").clone();
    let follower = ids.iter().find(|id| **id != leader).expect("another");
    again = request("a", None, "range");
    again.member = leader.clone();
    let (_, token) = bench.join(again.clone());
    assert_eq!((bench.answer(token), bench.group.state()), (None, ClassicState::PreparingRebalance));
    again.member = follower.clone();
    let (_, other) = bench.join(again.clone());
    assert_eq!((bench.joined(token).members.len(), bench.joined(other).members.len()), (2, 0));
    // Who did not get the answer asks again.
    again.member = leader.clone();
    let (_, token) = bench.join(again);
    assert_eq!((bench.joined(token).members.len(), bench.group.generation()), (2, 2));
}

#[test]
fn a_static_leader_that_is_back_need_not_assign() {
    let (mut bench, ids) = Bench::stable(Config::default(), &[("i1", "range"), ("i2", "range")]);
    assert!(ids[0].starts_with("i1-"), "{}", ids[0]);
    let leader = bench.group.leader().expect("a leader").clone();
    let instance = if leader == ids[0] { "i1" } else { "i2" };
    let (id, token) = bench.join(request("new", Some(instance), "range"));
    let answer = bench.joined(token);
    assert_eq!((answer.error, answer.generation, answer.skip_assignment), (Error::None, 1, true));
    assert_eq!((&answer.member, &answer.leader, answer.members.len()), (&id, &id, 2));
    let token = bench.sync(&id, &[]);
    assert_eq!(bench.synced(token).assignment, part(u32::from(leader == ids[1])));
    let old = Heartbeat { member: leader, instance: Some(instance.into()), generation: 1 };
    assert_eq!(bench.error(Request::Heartbeat(old.clone())), Error::FencedInstanceId);
    // Without the instance id, the old member id is simply unknown.
    let old = Heartbeat { instance: None, ..old };
    assert_eq!(bench.error(Request::Heartbeat(old)), Error::UnknownMemberId);
    // The old id's session ends without effect.
    bench.wait(44 * SECOND);
    let ids: Vec<Id> = bench.group.members().map(|view| view.member.clone()).collect();
    ids.iter().for_each(|id| assert_eq!(bench.beat(id), Error::None));
    let fired = bench.wait(20 * SECOND);
    assert!(fired.iter().all(|fired| fired.removed.is_empty()) && !fired.is_empty());
}

#[test]
fn a_static_member_that_is_back_with_other_protocols_may_change_the_choice() {
    let (mut bench, _) = Bench::stable(Config::default(), &[("i1", "range sticky"), ("i2", "range sticky")]);
    let (_, token) = bench.join(request("new", Some("i2"), "sticky"));
    assert_eq!((bench.answer(token), bench.group.state()), (None, ClassicState::PreparingRebalance));
}

#[test]
fn a_static_member_that_is_back_while_others_sync_begins_anew() {
    let mut bench = Bench::new(Config::default());
    let (_, first) = bench.join(request("i1", Some("i1"), "range"));
    let (_, second) = bench.join(request("i2", Some("i2"), "range"));
    // Twice the same instance while the first one's JoinGroup waits: that one is fenced.
    let (b, third) = bench.join(request("i2", Some("i2"), "range"));
    assert_eq!(bench.joined(second).error, Error::FencedInstanceId);
    bench.begin();
    assert_eq!((bench.joined(first).error, bench.joined(third).error), (Error::None, Error::None));
    let leader = bench.group.leader().expect("a leader").clone();
    let waits = bench.group.members().map(|view| view.member.clone()).find(|id| *id != leader).expect("a follower");
    let token = bench.sync(&waits, &[]);
    let back = if leader == b { "i2" } else { "i1" };
    bench.join(request("new", Some(back), "range"));
    assert_eq!(bench.synced(token).error, Error::RebalanceInProgress);
    assert_eq!(bench.group.state(), ClassicState::PreparingRebalance);
}

#[test]
fn static_members_are_waited_for_until_their_sessions_end() {
    let (mut bench, ids) = Bench::stable(Config::default(), &[("i1", "range"), ("i2", "range"), ("c", "range")]);
    let mut again = request("c", None, "range sticky");
    again.member = ids[2].clone();
    let (_, token) = bench.join(again);
    // The static ones are heard of, but do not join: after 60 s it goes on with them as members all the same.
    for _ in 0..19 {
        bench.wait(3 * SECOND);
        bench.beat(&ids[0]);
        bench.beat(&ids[1]);
    }
    let fired = bench.wait(3 * SECOND);
    assert!(fired.iter().all(|fired| fired.removed.is_empty()), "{fired:?}");
    let answer = bench.joined(token);
    assert_eq!((answer.members.len(), &answer.leader), (3, &ids[2]));

    // If nobody joins, there is nobody to lead.
    let (mut bench, ids) = Bench::stable(Config::default(), &[("i1", "range"), ("i2", "range"), ("c", "range")]);
    let leave = Leaving { member: ids[2].clone(), instance: None };
    bench.ask(Request::LeaveGroup(vec![leave]));
    for _ in 0..22 {
        bench.wait(3 * SECOND);
        bench.beat(&ids[0]);
        bench.beat(&ids[1]);
    }
    assert_eq!((bench.group.state(), bench.group.generation()), (ClassicState::PreparingRebalance, 1));
    let fired = bench.wait(60 * SECOND);
    assert_eq!(fired.iter().flat_map(|fired| fired.removed.clone()).collect::<Vec<_>>(), ids[..2]);
    assert_eq!((bench.group.state(), bench.group.generation()), (ClassicState::Empty, 2));
}

#[test]
fn commits() {
    let (mut bench, ids) = Bench::stable(Config::default(), &[("a", "range"), ("i1", "range")]);
    let commit = |member: &str, instance: Option<&str>, generation| {
        let instance = instance.map(Id::from);
        Request::OffsetCommit(OffsetCommit { member: member.into(), instance, generation, partitions: part(0) })
    };
    for (member, instance, generation, error) in [
        (&*ids[0], None, 1, Error::None),
        (&*ids[0], None, 0, Error::IllegalGeneration),
        (&*ids[0], None, 2, Error::IllegalGeneration),
        ("nobody", None, 1, Error::UnknownMemberId),
        ("", None, -1, Error::UnknownMemberId),
        ("old", Some("i1"), 1, Error::FencedInstanceId),
        (&*ids[1], Some("i2"), 1, Error::UnknownMemberId),
    ] {
        assert_eq!(bench.error(commit(member, instance, generation)), error, "{member} {instance:?} {generation}");
    }
    // A commit counts as a sign of life.
    bench.wait(40 * SECOND);
    assert_eq!(bench.error(commit(&ids[0], None, 1)), Error::None);
    let fired = bench.wait(40 * SECOND);
    assert_eq!(fired.iter().flat_map(|fired| fired.removed.clone()).collect::<Vec<_>>(), ids[1..]);
    // While it prepares to rebalance, commits are welcome; once it has begun the next generation, not.
    assert_eq!(bench.error(commit(&ids[0], None, 1)), Error::None);
    let mut again = request("a", None, "range");
    again.member = ids[0].clone();
    bench.join(again);
    assert_eq!(bench.error(commit(&ids[0], None, 2)), Error::RebalanceInProgress);

    let mut bench = Bench::new(Config::default());
    assert_eq!(bench.error(commit("a", None, 3)), Error::GroupIdNotFound);
    assert_eq!(bench.error(commit("", None, -1)), Error::None);
    assert_eq!(bench.error(commit("a", None, 3)), Error::UnknownMemberId);
}

#[test]
fn no_more_members_than_allowed() {
    let (mut bench, _) = Bench::stable(Config { max_size: 2, ..Config::default() }, &[("a", "range"), ("b", "range")]);
    assert_eq!(bench.error(Request::JoinGroup(request("c", None, "range"))), Error::GroupMaxSizeReached);
}

#[test]
fn what_is_refused_at_once() {
    let mut bench = Bench::new(Config::default());
    for (timeout, error) in [(5_999 * MS, Error::InvalidSessionTimeout), (6 * SECOND, Error::MemberIdRequired)] {
        let mut join = request("a", None, "range");
        join.session_timeout = timeout;
        assert_eq!(bench.error(Request::JoinGroup(join)), error);
    }
    let mut join = request("a", None, "range");
    join.member = "made-up".into();
    assert_eq!(bench.error(Request::JoinGroup(join)), Error::UnknownMemberId);

    let (mut bench, ids) = Bench::stable(Config::default(), &[("a", "range")]);
    let sync = |generation, protocol: &str| {
        let (member, protocol) = (ids[0].clone(), Some(protocol.into()));
        Request::SyncGroup(SyncGroup { member, instance: None, generation, protocol, assignments: Vec::new() })
    };
    assert_eq!(bench.error(sync(0, "range")), Error::IllegalGeneration);
    assert_eq!(bench.error(sync(1, "sticky")), Error::InconsistentGroupProtocol);
    assert_eq!(bench.error(sync(1, "range")), Error::None);
}

#[test]
fn several_leave_at_once() {
    let (mut bench, ids) = Bench::stable(Config::default(), &[("a", "range"), ("i1", "range"), ("c", "range")]);
    let who =
        |member: &str, instance: Option<&str>| Leaving { member: member.into(), instance: instance.map(Id::from) };
    let leaving =
        vec![who(&ids[0], None), who("", Some("i1")), who("nobody", None), who("", None), who("", Some("i9"))];
    let token = bench.ask(Request::LeaveGroup(leaving));
    let Some(Response::LeaveGroup(Error::None, each)) = bench.answer(token) else { panic!("an answer") };
    let errors: Vec<Error> = each.iter().map(|(_, error)| *error).collect();
    let unknown = Error::UnknownMemberId;
    assert_eq!(errors, [Error::None, Error::None, unknown, unknown, unknown]);
    assert_eq!(bench.group.members().map(|view| view.member.clone()).collect::<Vec<_>>(), ids[2..]);
    assert_eq!(bench.group.leader(), Some(&ids[2]));
}

#[test]
fn the_initial_delay_ends_with_the_rebalance_timeout() {
    let mut bench = Bench::new(Config::default());
    let mut first = request("a", None, "range");
    first.rebalance_timeout = 7 * SECOND;
    bench.join(first.clone());
    // Someone joins each second, so it is extended for as long as it can be: 3, 3 and 1 seconds.
    let mut fired = Vec::new();
    for _ in 0..9 {
        fired.extend(bench.wait(SECOND));
        bench.join(first.clone());
    }
    let at: Vec<Micros> = fired.iter().map(|fired| fired.at / SECOND).collect();
    assert_eq!(at[..3], [3, 6, 7]);
    assert_eq!(bench.group.generation(), 1);
}

#[test]
fn another_broker_takes_over() {
    let (mut bench, ids) = Bench::stable(Config::default(), &[("a", "range sticky"), ("i1", "range sticky")]);
    let leader = bench.group.leader().cloned();
    // In a rebalance: of the next generation nothing is written yet.
    let (_, waiting) = bench.join(request("c", None, "range"));
    bench.wait(30 * SECOND);
    bench.group.failover(bench.now);
    assert_eq!((bench.group.state(), bench.group.generation()), (ClassicState::Stable, 1));
    assert_eq!((bench.answer(waiting), bench.group.leader()), (None, leader.as_ref()));
    let known: Vec<(Id, u32)> =
        bench.group.members().map(|view| (view.member.clone(), view.assignment[0].index)).collect();
    for (id, index) in ids.iter().zip(0..) {
        assert!(known.contains(&(id.clone(), index)));
        assert_eq!(bench.beat(id), Error::None);
    }
    // They have 45 s from then on.
    let fired = bench.wait(50 * SECOND);
    assert_eq!(fired.iter().map(|fired| fired.removed.len()).sum::<usize>(), 2);
    assert_eq!(bench.group.state(), ClassicState::Empty);
    bench.group.failover(bench.now);
    assert_eq!((bench.group.state(), bench.group.generation()), (ClassicState::Empty, 2));
}
