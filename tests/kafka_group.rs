//! What holds of a group coordinator whatever its clients send and whenever.

use moving_parts::explainers::kafka::group::*;
use moving_parts::models::kafka::{Assignor, Topic, Tp};
use moving_parts::sim::{MS, Micros, SECOND};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// One thing that happens: after how long, who does what, and with which of its choices.
type Step = (u32, u8, u8, u8);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let waits = prop_oneof![4 => 0u32..200, 3 => 0u32..4_000, 1 => 0u32..60_000];
    proptest::collection::vec((waits, 0u8..8, any::<u8>(), any::<u8>()), 1..120)
}

struct Anyone {
    group: Classic,
    now: Micros,
    asked: Token,
    owed: BTreeSet<Token>,
    given: Vec<Id>,
    generation: i32,
}

impl Anyone {
    fn take(&mut self, answers: Vec<Answer>) -> Result<(), TestCaseError> {
        for (to, response) in answers {
            prop_assert!(self.owed.remove(&to), "two answers to {to}, or one to nobody: {response:?}");
            if let Response::JoinGroup(answer) = response {
                let new = answer.error == Error::MemberIdRequired;
                prop_assert!(!new || !self.given.contains(&answer.member), "{} twice", answer.member);
                if !answer.member.is_empty() && &*answer.member != "nobody" && !self.given.contains(&answer.member) {
                    self.given.push(answer.member);
                }
            }
        }
        let members: Vec<ClassicView> = self.group.members().collect();
        let ids: BTreeSet<&Id> = members.iter().map(|view| view.member).collect();
        prop_assert_eq!(ids.len(), members.len());
        let instances: Vec<&Id> = members.iter().filter_map(|view| view.instance).collect();
        prop_assert_eq!(instances.iter().collect::<BTreeSet<_>>().len(), instances.len());
        prop_assert!(self.group.pending_members().iter().all(|id| !ids.contains(id)));
        prop_assert!(self.group.leader().map_or(members.is_empty(), |leader| ids.contains(leader)));
        prop_assert!(self.generation <= self.group.generation());
        self.generation = self.group.generation();
        let (joining, syncing) = (members.iter().any(|v| v.joining), members.iter().any(|v| v.syncing));
        match self.group.state() {
            ClassicState::Empty => prop_assert!(members.is_empty() && self.group.protocol().is_none()),
            ClassicState::PreparingRebalance => prop_assert!(!syncing && self.group.join_ends().is_some()),
            ClassicState::CompletingRebalance => prop_assert!(!joining && !members.is_empty()),
            ClassicState::Stable => prop_assert!(!joining && !syncing && !members.is_empty()),
            ClassicState::Dead => prop_assert!(false),
        }
        Ok(())
    }

    fn wait(&mut self, micros: Micros) -> Result<(), TestCaseError> {
        self.now += micros;
        while let Some(fired) = self.group.fire(self.now) {
            prop_assert!(fired.at <= self.now);
            self.take(fired.answers)?;
        }
        prop_assert!(self.group.due().is_none_or(|due| due > self.now));
        Ok(())
    }

    /// Who speaks: mostly someone that the group knows, as it knows it; else anyone, or nobody that it could know.
    fn speaker(&self, choice: u8, more: u8) -> (Id, Option<Id>) {
        let members = self.group.members().map(|view| (view.member.clone(), view.instance.cloned()));
        let pending = self.group.pending_members().iter().map(|id| (id.clone(), None));
        let known: Vec<(Id, Option<Id>)> = members.chain(pending).collect();
        let instance = || (choice % 3 < 1).then(|| Id::from(["i1", "i2"][usize::from(more % 2)]));
        match choice % 8 {
            0 => ("nobody".into(), instance()),
            1 => ("".into(), instance()),
            2 if !self.given.is_empty() => (self.given[usize::from(more) % self.given.len()].clone(), instance()),
            _ if known.is_empty() => ("".into(), instance()),
            _ => known[usize::from(more) % known.len()].clone(),
        }
    }

    fn request(&self, (_, what, choice, more): Step) -> Request {
        let (mut member, mut instance) = self.speaker(choice, more);
        let generation = self.generation - i32::from(choice % 9 == 0);
        match what {
            0..=2 => {
                let rest = usize::from(choice / 8);
                if what == 0 {
                    (member, instance) = ("".into(), (rest % 2 == 0).then(|| ["i1", "i2"][rest / 2 % 2].into()));
                }
                let since = Some(i32::from(rest % 5 == 0));
                let subscription = Subscription { topics: Rc::from([0]), owned: Rc::from([]), generation: since };
                let subscription = Rc::new(subscription);
                let lists: [&[&str]; 4] = [&["range", "sticky"], &["range"], &["sticky", "range"], &["sticky"]];
                let protocol = |name: &&str| Protocol { name: (*name).into(), subscription: subscription.clone() };
                Request::JoinGroup(JoinGroup {
                    member,
                    client: "c".into(),
                    instance,
                    protocols: lists[usize::from(more / 80)].iter().map(protocol).collect(),
                    session_timeout: [45, 10, 6, 5][usize::from(more % 13 / 4)] * SECOND,
                    rebalance_timeout: [10, 60, 1][usize::from(more % 3)] * SECOND,
                })
            }
            3 | 4 => {
                // Mostly the leader, for the others have nothing to say.
                if let Some(leader) = self.group.leader().filter(|_| choice % 4 > 0) {
                    let known = self.group.members().find(|view| view.member == leader);
                    (member, instance) = (leader.clone(), known.and_then(|view| view.instance.cloned()));
                }
                let assignments = self.given.iter().map(|id| (id.clone(), Rc::from([])));
                let assignments = assignments.collect();
                Request::SyncGroup(SyncGroup { member, instance, generation, protocol: None, assignments })
            }
            5 => Request::Heartbeat(Heartbeat { member, instance, generation }),
            6 if more % 2 == 0 => {
                let (other, _) = self.speaker(more, choice);
                Request::LeaveGroup(vec![Leaving { member, instance }, Leaving { member: other, instance: None }])
            }
            _ => Request::OffsetCommit(OffsetCommit { member, instance, generation, partitions: Rc::from([]) }),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn a_classic_group_survives_anyone(steps in steps(), max_size in 1u32..5, delay in 0u64..4) {
        let config = Config { max_size, initial_rebalance_delay: delay * SECOND, ..Config::default() };
        let group = Classic::new(Rc::new(config));
        let (given, owed) = (Vec::new(), BTreeSet::new());
        let mut anyone = Anyone { group, now: 0, asked: 0, owed, given, generation: 0 };
        for step in steps {
            anyone.wait(u64::from(step.0) * MS)?;
            if step.2 == 255 {
                // What was owed goes down with the old coordinator; generations may be lost, and ids stay used up.
                anyone.group.failover(anyone.now);
                anyone.owed.clear();
                anyone.generation = 0;
            }
            anyone.asked += 1;
            anyone.owed.insert(anyone.asked);
            let request = anyone.request(step);
            let answers = anyone.group.handle(anyone.now, anyone.asked, request);
            anyone.take(answers)?;
        }
        // Left alone, it ends.
        for _ in 0..40 {
            anyone.wait(60 * SECOND)?;
        }
        prop_assert_eq!(anyone.group.state(), ClassicState::Empty);
        prop_assert_eq!(anyone.group.due(), None);
        prop_assert!(anyone.group.pending_members().is_empty());
    }
}

fn topics(partitions: u32) -> Rc<[Topic]> {
    let topic = |name: &str, partitions| Topic { name: name.into(), partitions, id: None };
    Rc::from([topic("t", partitions), topic("u", 3)])
}

/// What must hold of a consumer group at any moment.
fn sound(group: &Modern, topics: &[Topic], before: (i32, i32)) -> Result<(i32, i32), TestCaseError> {
    let mut owner: BTreeMap<Tp, &Id> = BTreeMap::new();
    let mut aimed: BTreeMap<Tp, &Id> = BTreeMap::new();
    for view in group.members() {
        for tp in view.assigned.iter().chain(view.pending_revocation) {
            prop_assert!(tp.index < topics[usize::from(tp.topic)].partitions);
            let other = owner.insert(*tp, view.member);
            prop_assert!(other.is_none(), "{tp:?} has two owners: {} and {other:?}", view.member);
        }
        for tp in view.target {
            let other = aimed.insert(*tp, view.member);
            prop_assert!(other.is_none(), "{tp:?} is to go to two: {} and {other:?}", view.member);
        }
        prop_assert!(view.assigned.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert!(view.epoch <= group.assignment_epoch());
        prop_assert_eq!(
            view.pending_revocation.is_empty(),
            view.state != MemberState::UnrevokedPartitions || view.epoch == -2
        );
        prop_assert!(view.session_ends.is_some());
    }
    let now = (group.epoch(), group.assignment_epoch());
    prop_assert!(before.0 <= now.0 && before.1 <= now.1 && now.1 <= now.0);
    prop_assert_eq!(group.state() == ModernState::Empty, group.members().next().is_none());
    Ok(now)
}

/// A client as Kafka's: gives up what it is told to, then says so.
#[derive(Clone, Default)]
struct Client {
    id: String,
    instance: Option<Id>,
    epoch: i32,
    owned: Vec<Tp>,
    tells: bool,
}

impl Client {
    fn heartbeat(&mut self, subscribed: Option<&[u16]>, assignor: Option<&str>) -> Request {
        let joins = self.epoch == 0;
        if joins {
            self.owned.clear();
        }
        let owned = (joins || std::mem::take(&mut self.tells)).then(|| self.owned.clone().into());
        Request::ConsumerGroupHeartbeat(ConsumerGroupHeartbeat {
            member: self.id.as_str().into(),
            client: self.id.as_str().into(),
            instance: self.instance.clone(),
            epoch: self.epoch,
            rebalance_timeout: joins.then_some(20 * SECOND),
            subscribed: subscribed.or(joins.then_some(&[0])).map(Rc::from),
            owned,
            assignor: assignor.map(Id::from),
        })
    }

    fn hear(&mut self, answers: Vec<Answer>) -> Error {
        let Some((_, Response::ConsumerGroupHeartbeat(answer))) = answers.into_iter().next() else {
            panic!("no answer")
        };
        match answer.error {
            Error::None => {
                self.epoch = answer.epoch;
                if let Some(parts) = answer.assignment {
                    self.tells = true;
                    self.owned = parts.to_vec();
                }
            }
            _ => self.epoch = 0,
        }
        answer.error
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_consumer_group_survives_anyone(steps in steps(), interval in 0u64..3) {
        let mut partitions = 5;
        let mut known = topics(partitions);
        let config = Config { assignment_interval: interval * SECOND, ..Config::default() };
        let mut group = Modern::new(Rc::new(config), known.clone());
        let (mut now, mut epochs) = (0, (0, 0));
        for (wait, what, choice, more) in steps {
            now += u64::from(wait) * MS;
            while group.fire(now).is_some() {
                epochs = sound(&group, &known, epochs)?;
            }
            if choice == 255 {
                group.failover(now);
            }
            if what == 5 && partitions < 9 {
                partitions += 1;
                known = topics(partitions);
                group.set_topics(known.clone());
            }
            let member = format!("m{}", choice % 4);
            let view = group.members().find(|view| **view.member == *member);
            let (own, assigned) = view.map_or((0, Vec::new()), |view| (view.epoch, view.assigned.to_vec()));
            let epoch = match what {
                0 | 1 => 0,
                2 => -1 - i32::from(more % 2),
                _ => own - i32::from(more % 7 == 0) + i32::from(more % 11 == 0),
            };
            let say = |odds: u8| epoch == 0 || more % odds == 0;
            let owned: Vec<Tp> = if more % 5 == 0 { vec![Tp { topic: 0, index: 1 }] } else { assigned };
            let request = ConsumerGroupHeartbeat {
                member: member.as_str().into(),
                client: "c".into(),
                instance: (choice % 3 == 0).then(|| Id::from(["i1", "i2"][usize::from(choice / 8 % 2)])),
                epoch,
                rebalance_timeout: say(4).then_some(7 * SECOND),
                subscribed: say(3).then(|| [&[0][..], &[0, 1], &[1], &[], &[7, 0]][usize::from(more % 5)].into()),
                owned: say(2).then(|| if epoch == 0 { Rc::from([]) } else { owned.into() }),
                assignor: (more % 4 == 1).then(|| Id::from(["uniform", "range", "x"][usize::from(choice % 3)])),
            };
            let answers = group.handle(now, 1, Request::ConsumerGroupHeartbeat(request));
            prop_assert_eq!(answers.len(), 1);
            epochs = sound(&group, &known, epochs)?;
        }
        // Left alone, everyone's session ends.
        while let Some(due) = group.due() {
            group.fire(due);
            epochs = sound(&group, &known, epochs)?;
        }
        prop_assert_eq!(group.state(), ModernState::Empty);
    }

    #[test]
    fn clients_that_do_as_told_end_with_all_partitions(steps in steps(), range in any::<bool>()) {
        let mut partitions = 4;
        let first = if range { Assignor::ServerRange } else { Assignor::Uniform };
        let config = Config { consumer_assignors: vec![first], ..Config::default() };
        let mut group = Modern::new(Rc::new(config), topics(partitions));
        let mut clients: Vec<Client> = Vec::new();
        let (mut now, mut epochs) = (0, (0, 0));
        for (at, (wait, what, choice, more)) in steps.into_iter().enumerate() {
            now += u64::from(wait) * MS;
            while group.fire(now).is_some() {}
            match (what, clients.is_empty()) {
                (0, _) | (_, true) if clients.len() < 6 => {
                    let instance = (more % 2 == 0).then(|| Id::from(format!("i{at}")));
                    clients.push(Client { id: format!("m{at}"), instance, ..Client::default() });
                }
                (1, false) => drop(clients.swap_remove(usize::from(choice) % clients.len())),
                (2, false) => {
                    partitions += u32::from(partitions < 12);
                    group.set_topics(topics(partitions));
                }
                _ => {}
            }
            if let Some(client) = clients.get_mut(usize::from(choice % 6)) {
                let subscribed: Option<&[u16]> = (more % 6 == 0).then_some(if more % 12 == 0 { &[0, 1] } else { &[0] });
                let request = client.heartbeat(subscribed, None);
                client.hear(group.handle(now, 1, request));
            }
            epochs = sound(&group, &topics(partitions), epochs)?;
        }
        // From now on all heartbeat, every five seconds; those that are gone are found out in time.
        for _ in 0..60 {
            now += 5 * SECOND;
            while group.fire(now).is_some() {}
            for client in &mut clients {
                loop {
                    let request = client.heartbeat(None, None);
                    let error = client.hear(group.handle(now, 1, request));
                    // A static member whose answer we never took back waits for its own session to end.
                    if error == Error::None && !client.tells || error == Error::UnreleasedInstanceId {
                        break;
                    }
                }
                epochs = sound(&group, &topics(partitions), epochs)?;
            }
        }
        if clients.is_empty() {
            return Ok(());
        }
        prop_assert_eq!(group.state(), ModernState::Stable);
        prop_assert_eq!(group.members().count(), clients.len());
        let mut all: Vec<Tp> = clients.iter().flat_map(|client| client.owned.iter().copied()).collect();
        all.retain(|tp| tp.topic == 0);
        all.sort();
        prop_assert_eq!(all, (0..partitions).map(|index| Tp { topic: 0, index }).collect::<Vec<_>>());
    }
}

/// Not a benchmark, only a bound that a quadratic step would break: 100 members and 500 partitions.
#[test]
fn a_large_group_is_cheap() {
    let one = Topic { name: "t".into(), partitions: 500, id: None };
    let mut group = Modern::new(Rc::new(Config::default()), Rc::from([one]));
    let mut clients: Vec<Client> =
        (0..100).map(|i| Client { id: format!("consumer-{i}"), ..Client::default() }).collect();
    let mut now = 0;
    for _ in 0..20 {
        now += 5 * SECOND;
        for client in &mut clients {
            let request = client.heartbeat(None, None);
            client.hear(group.handle(now, 1, request));
        }
    }
    assert_eq!(group.state(), ModernState::Stable);
    assert!(clients.iter().all(|client| client.owned.len() == 5));
    let mut beats = 0;
    for _ in 0..1_000 {
        now += 40 * MS;
        for client in &mut clients {
            let request = client.heartbeat(None, None);
            client.hear(group.handle(now, 1, request));
            beats += u32::from(group.due().is_some());
        }
    }
    assert_eq!(beats, 100_000);
}
