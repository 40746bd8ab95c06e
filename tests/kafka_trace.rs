//! What Apache Kafka's own group coordinator answered, event by event (`tests/truth/kafka_trace_*.json`): ours must
//! answer the same, and be in the same state after each event.

use moving_parts::explainers::kafka::group::*;
use moving_parts::models::kafka::{Assignor, Topic, Tp};
use moving_parts::sim::{MS, Micros, SECOND};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::rc::Rc;

const CLASSIC: &str = include_str!("truth/kafka_trace_classic.json");
const MODERN: &str = include_str!("truth/kafka_trace_kip848.json");

fn scenarios(file: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(file).expect("a trace");
    assert!(file["source"].as_str().expect("a source").starts_with("Apache Kafka 4.3.1"));
    file["vectors"].as_array().expect("scenarios").clone()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

/// All partitions that a scenario names make up its topics.
struct Names {
    topics: Vec<(String, u32)>,
}

impl Names {
    fn of(scenario: &Value) -> Names {
        let mut names = Names { topics: Vec::new() };
        names.collect(&scenario["events"]);
        names.topics.sort();
        names
    }

    fn collect(&mut self, value: &Value) {
        match value {
            Value::Array(all) => all.iter().for_each(|value| self.collect(value)),
            Value::Object(all) => all.iter().filter(|(key, _)| *key != "what").for_each(|(_, value)| self.collect(value)),
            Value::String(words) => {
                for (name, index) in words.split(' ').filter_map(|word| word.rsplit_once('-')) {
                    let Ok(index) = index.parse::<u32>() else { continue };
                    match self.topics.iter_mut().find(|(topic, _)| topic == name) {
                        Some((_, partitions)) => *partitions = (index + 1).max(*partitions),
                        None => self.topics.push((name.to_string(), index + 1)),
                    }
                }
            }
            _ => {}
        }
    }

    fn topics(&self) -> Rc<[Topic]> {
        self.topics.iter().map(|(name, partitions)| Topic { name: name.clone(), partitions: *partitions, id: None }).collect()
    }

    fn topic(&self, name: &str) -> u16 {
        self.topics.iter().position(|(topic, _)| topic == name).expect("a known topic") as u16
    }

    fn parts(&self, words: &str) -> Partitions {
        let words = words.split(' ').filter(|word| !word.is_empty());
        let part = |word: &str| {
            let (name, index) = word.rsplit_once('-').expect("a partition");
            Tp { topic: self.topic(name), index: index.parse().expect("a number") }
        };
        words.map(part).collect()
    }

    fn words(&self, parts: &[Tp]) -> String {
        let mut parts = parts.to_vec();
        parts.sort();
        let words: Vec<String> = parts.iter().map(|tp| format!("{}-{}", self.topics[tp.topic as usize].0, tp.index)).collect();
        words.join(" ")
    }
}

#[derive(Default)]
struct Client {
    member: Option<Id>,
    instance: Option<Id>,
    owned: Vec<Tp>,
    generation: i32,
    cooperative: bool,
    next_heartbeat: Option<u64>,
    inbox: Vec<Response>,
}

struct Replay {
    group: Classic,
    names: Names,
    clients: BTreeMap<String, Client>,
    asked: Vec<String>,
    label: String,
}

impl Replay {
    /// Sends a request; returns what was answered to it at once. Whatever else was answered goes to whom it is for.
    fn ask(&mut self, t: u64, who: &str, request: Request) -> Option<Response> {
        self.asked.push(who.to_string());
        let token = self.asked.len() as Token - 1;
        let answers = self.group.handle(t * MS, token, request);
        let mut own = None;
        for (to, response) in answers {
            if to == token {
                self.learn(who, &response);
                own = Some(response);
            } else {
                self.deliver(to, response);
            }
        }
        own
    }

    fn deliver(&mut self, to: Token, response: Response) {
        let who = self.asked[to as usize].clone();
        self.learn(&who, &response);
        self.clients.get_mut(&who).expect("a client").inbox.push(response);
    }

    fn learn(&mut self, who: &str, response: &Response) {
        if let Response::JoinGroup(answer) = response
            && !answer.member.is_empty()
        {
            self.clients.entry(who.to_string()).or_default().member = Some(answer.member.clone());
        }
    }

    fn name(&self, id: &str) -> String {
        let known = self.clients.iter().find(|(_, client)| client.member.as_deref() == Some(id));
        let view = || self.group.members().find(|view| &**view.member == id).map(|view| view.client.to_string());
        known.map(|(name, _)| name.clone()).or_else(view).unwrap_or_else(|| id.to_string())
    }

    fn state(&self) -> Value {
        let state = match self.group.state() {
            ClassicState::Empty => "EMPTY",
            ClassicState::PreparingRebalance => "PREPARING_REBALANCE",
            ClassicState::CompletingRebalance => "COMPLETING_REBALANCE",
            ClassicState::Stable => "STABLE",
            ClassicState::Dead => "DEAD",
        };
        let word = |view: ClassicView| {
            let name = self.name(view.member);
            let word = if view.joining { " (joining)" } else { "" };
            format!("{name}{word}{}", if view.syncing { " (syncing)" } else { "" })
        };
        let mut members: Vec<String> = self.group.members().map(word).collect();
        members.sort();
        let leader = self.group.leader().map(|id| self.name(id));
        let mut state = json!({
            "state": state, "generation": self.group.generation(), "leader": leader, "members": members,
        });
        if let Some(protocol) = self.group.protocol() {
            state["protocol"] = json!(&**protocol);
        }
        if !self.group.pending_members().is_empty() {
            state["pendingMembers"] = json!(self.group.pending_members().len());
        }
        state
    }

    /// Heartbeats that succeeded are not in the record: every three seconds since the assignment.
    fn silent_heartbeats(&mut self, before: u64) {
        loop {
            let due = self.clients.iter().filter_map(|(who, client)| Some((client.next_heartbeat?, who.clone())));
            let Some((t, who)) = due.filter(|(t, _)| *t < before).min() else { return };
            self.timers(t);
            let request = self.heartbeat(&who, self.clients[&who].generation, None);
            let answer = self.ask(t, &who, request);
            assert_eq!(answer, Some(Response::Heartbeat(Error::None)), "{} at {t}: {who}'s heartbeat", self.label);
            self.clients.get_mut(&who).expect("a client").next_heartbeat = Some(t + 3_000);
        }
    }

    /// Timers that the record leaves out may have fired only if they did nothing.
    fn timers(&mut self, before: u64) {
        while self.group.due().is_some_and(|due| due < before * MS) {
            let state = self.state();
            let fired = self.group.fire(before * MS).expect("a timer that is due");
            assert!(fired.removed.is_empty() && fired.answers.is_empty(), "{}: not recorded: {fired:?}", self.label);
            assert_eq!(self.state(), state, "{}: not recorded: {fired:?}", self.label);
        }
    }

    fn heartbeat(&self, who: &str, generation: i32, as_member: Option<&str>) -> Request {
        let client = &self.clients[who];
        let member = as_member.map(Id::from).or_else(|| client.member.clone()).unwrap_or_else(|| Rc::from(""));
        Request::Heartbeat(Heartbeat { member, instance: client.instance.clone(), generation })
    }

    fn play(&mut self, event: &Value) {
        let t = event["t"].as_u64().expect("a time");
        let who = text(&event["who"]).to_string();
        let what = text(&event["what"]);
        self.silent_heartbeats(t);
        self.timers(t);
        self.label = format!("{} {who} {what}", t);
        let generation = event["generation"].as_i64().unwrap_or(-1) as i32;
        if let Some(key) = what.strip_prefix("timer ") {
            let fired = self.group.fire(t * MS).unwrap_or_else(|| panic!("{}: no timer is due", self.label));
            let name = match &fired.timer {
                Timer::Join => "join-g".to_string(),
                Timer::Sync => "sync-g".to_string(),
                Timer::Heartbeat(id) => format!("heartbeat-g-{}", self.name(id)),
                other => format!("{other:?}"),
            };
            assert_eq!((fired.at, name.as_str()), (t * MS, key), "{}", self.label);
            for (to, response) in fired.answers {
                self.deliver(to, response);
            }
        } else if what.starts_with('(') {
            self.clients.entry(who.clone()).or_default().next_heartbeat = None;
        } else if let Some(to) = what.strip_suffix(" response") {
            self.response(t, &who, to, event);
        } else {
            let request = self.request(&who, what, generation, event);
            let answer = self.ask(t, &who, request);
            if what == "Heartbeat" || what == "LeaveGroup" {
                let error = match answer {
                    Some(Response::Heartbeat(error)) => error,
                    Some(Response::LeaveGroup(_, each)) => each[0].1,
                    other => panic!("{}: {other:?}", self.label),
                };
                assert_eq!(error.name(), text(&event["error"]), "{}", self.label);
                let client = self.clients.get_mut(&who).expect("a client");
                let goes_on = what == "Heartbeat" && error == Error::None;
                client.next_heartbeat = goes_on.then_some(t + 3_000);
            } else {
                assert_eq!(answer.is_none(), event["response"] == "pending", "{}: {answer:?}", self.label);
                let client = self.clients.get_mut(&who).expect("a client");
                client.inbox.extend(answer);
                client.next_heartbeat = None;
            }
        }
        if !event["group"].is_null() {
            assert_eq!(self.state(), event["group"], "{}", self.label);
        }
    }

    fn request(&mut self, who: &str, what: &str, generation: i32, event: &Value) -> Request {
        let client = self.clients.entry(who.to_string()).or_default();
        if let Some(instance) = event["instance"].as_str() {
            client.instance = Some(instance.into());
        }
        let nobody: Id = Rc::from("");
        match what {
            "JoinGroup" => {
                let first = event["memberId"] == "";
                let member = if first { nobody } else { client.member.clone().expect("an id") };
                let protocols = text(&event["protocols"]).split([' ', ',']).filter(|word| !word.is_empty());
                let protocols: Vec<&str> = protocols.collect();
                client.cooperative = protocols.contains(&"cooperative-sticky");
                let owned: Partitions = if client.cooperative { client.owned.clone().into() } else { Rc::from([]) };
                let topics = (0..self.names.topics.len() as u16).collect();
                let since = (!owned.is_empty()).then_some(client.generation);
                let subscription = Rc::new(Subscription { topics, owned, generation: since });
                let protocol = |name: &&str| Protocol { name: (*name).into(), subscription: subscription.clone() };
                Request::JoinGroup(JoinGroup {
                    member,
                    client: who.into(),
                    instance: client.instance.clone(),
                    protocols: protocols.iter().map(protocol).collect(),
                    session_timeout: 45 * SECOND,
                    rebalance_timeout: 300 * SECOND,
                })
            }
            "SyncGroup" => {
                client.generation = generation;
                let (member, instance) = (client.member.clone().expect("an id"), client.instance.clone());
                let given = event["assignments"].as_object().into_iter().flatten();
                let assignments = given.map(|(name, parts)| {
                    let id = self.clients[name].member.clone().expect("an id");
                    (id, self.names.parts(text(parts)))
                });
                let assignments = assignments.collect();
                Request::SyncGroup(SyncGroup { member, instance, generation, protocol: None, assignments })
            }
            "Heartbeat" => {
                // The record does not say that the id is made up, but nothing else gives this error here.
                let stranger = event["error"] == "UNKNOWN_MEMBER_ID";
                self.heartbeat(who, generation, stranger.then_some("nobody"))
            }
            "LeaveGroup" => {
                let member = client.member.clone().expect("an id");
                Request::LeaveGroup(vec![Leaving { member, instance: client.instance.clone() }])
            }
            other => panic!("{}: {other}", self.label),
        }
    }

    fn response(&mut self, t: u64, who: &str, to: &str, event: &Value) {
        let client = self.clients.get_mut(who).expect("a client");
        assert!(!client.inbox.is_empty(), "{}: no answer yet", self.label);
        let mut ours = match (to, client.inbox.remove(0)) {
            ("JoinGroup", Response::JoinGroup(answer)) if answer.error != Error::None => {
                assert_eq!((answer.generation, answer.leader.len(), answer.members.len()), (-1, 0, 0));
                let member = if answer.member.is_empty() { String::new() } else { self.name(&answer.member) };
                json!({"error": answer.error.name(), "memberId": member})
            }
            ("JoinGroup", Response::JoinGroup(answer)) => {
                let mut members: Vec<String> = answer.members.iter().map(|joined| self.name(&joined.member)).collect();
                members.sort();
                json!({
                    "error": "NONE", "memberId": self.name(&answer.member), "generation": answer.generation,
                    "protocol": answer.protocol.as_deref(), "leader": self.name(&answer.leader),
                    "skipAssignment": answer.skip_assignment, "members": members,
                })
            }
            ("SyncGroup", Response::SyncGroup(answer)) => {
                let before = std::mem::take(&mut client.owned);
                let mut ours = json!({"error": answer.error.name()});
                if answer.error == Error::None {
                    client.owned = answer.assignment.to_vec();
                    client.next_heartbeat = Some(t + 3_000);
                    ours["assignment"] = json!(self.names.words(&answer.assignment));
                    if client.cooperative {
                        let less = |a: &[Tp], b: &[Tp]| a.iter().copied().filter(|tp| !b.contains(tp)).collect::<Vec<_>>();
                        ours["added"] = json!(self.names.words(&less(&answer.assignment, &before)));
                        ours["revoked"] = json!(self.names.words(&less(&before, &answer.assignment)));
                    }
                }
                ours
            }
            (_, other) => panic!("{}: {other:?}", self.label),
        };
        for key in ["t", "who", "what", "group"] {
            ours[key] = event[key].clone();
        }
        assert_eq!(ours, *event, "{}", self.label);
    }
}

#[test]
fn the_classic_protocol() {
    let scenarios = scenarios(CLASSIC);
    for scenario in &scenarios {
        let group = Classic::new(Rc::new(Config::default()));
        let (names, clients) = (Names::of(scenario), BTreeMap::new());
        let mut replay = Replay { group, names, clients, asked: Vec::new(), label: String::new() };
        println!("{}", text(&scenario["name"]));
        for event in list(&scenario["events"]) {
            replay.play(event);
        }
        let left = replay.clients.values().map(|client| client.inbox.len()).sum::<usize>();
        assert_eq!(left, 0, "{}: answers that the record does not have", scenario["name"]);
    }
    assert_eq!(scenarios.len(), 7);
}

fn modern_state(group: &Modern, names: &Names) -> Value {
    let state = match group.state() {
        ModernState::Empty => "EMPTY",
        ModernState::Assigning => "ASSIGNING",
        ModernState::Reconciling => "RECONCILING",
        ModernState::Stable => "STABLE",
        ModernState::Dead => "DEAD",
    };
    let mut members = serde_json::Map::new();
    for view in group.members() {
        let state = match view.state {
            MemberState::Stable => "STABLE",
            MemberState::UnrevokedPartitions => "UNREVOKED_PARTITIONS",
            MemberState::UnreleasedPartitions => "UNRELEASED_PARTITIONS",
        };
        let mut member = json!({
            "state": state, "epoch": view.epoch, "previousEpoch": view.previous_epoch,
            "assigned": names.words(view.assigned), "target": names.words(view.target),
        });
        if !view.pending_revocation.is_empty() {
            member["pendingRevocation"] = json!(names.words(view.pending_revocation));
        }
        members.insert(view.member.to_string(), member);
    }
    json!({"state": state, "groupEpoch": group.epoch(), "assignmentEpoch": group.assignment_epoch(), "members": members})
}

fn modern_heartbeat(event: &Value, names: &Names) -> Request {
    let id = |key: &str| event[key].as_str().map(Id::from);
    let subscribed = event["subscribed"].as_str().map(|topics| topics.split([' ', ',']).map(|t| names.topic(t)).collect());
    Request::ConsumerGroupHeartbeat(ConsumerGroupHeartbeat {
        member: id("who").expect("a name"),
        client: id("who").expect("a name"),
        instance: id("instance"),
        epoch: event["memberEpoch"].as_i64().expect("an epoch") as i32,
        rebalance_timeout: (event["memberEpoch"] == 0).then_some(300 * SECOND),
        subscribed,
        owned: event["owned"].as_str().map(|parts| names.parts(parts)),
        assignor: id("assignor"),
    })
}

#[test]
fn the_consumer_group_protocol() {
    let scenarios = scenarios(MODERN);
    for scenario in &scenarios {
        let name = text(&scenario["name"]);
        println!("{name}");
        let names = Names::of(scenario);
        let mut config = Config::default();
        if name.starts_with("range") {
            config.consumer_assignors = vec![Assignor::ServerRange];
        }
        let mut group = Modern::new(Rc::new(config), names.topics());
        for event in list(&scenario["events"]) {
            let t: Micros = event["t"].as_u64().expect("a time") * MS;
            let what = text(&event["what"]);
            let label = format!("{name} at {}: {} {what}", event["t"], event["who"]);
            while group.due().is_some_and(|due| due < t) {
                let state = modern_state(&group, &names);
                let fired = group.fire(t);
                assert_eq!(modern_state(&group, &names), state, "{label}: not recorded: {fired:?}");
            }
            if let Some(key) = what.strip_prefix("timer ") {
                let fired = group.fire(t).unwrap_or_else(|| panic!("{label}: no timer is due"));
                let ours = match &fired.timer {
                    Timer::Session(id) => format!("session-timeout-g-{id}"),
                    Timer::Rebalance(id) => format!("rebalance-timeout-g-{id}"),
                    other => format!("{other:?}"),
                };
                assert_eq!((fired.at, ours.as_str()), (t, key), "{label}");
            } else if what == "ConsumerGroupHeartbeat" {
                let mut answers = group.handle(t, 7, modern_heartbeat(event, &names));
                let Some((7, Response::ConsumerGroupHeartbeat(answer))) = answers.pop() else { panic!("{label}") };
                assert!(answers.is_empty(), "{label}");
                let mut ours = json!({"error": answer.error.name()});
                if answer.error == Error::None {
                    ours["memberEpoch"] = json!(answer.epoch);
                    ours["heartbeatIntervalMs"] = json!(answer.heartbeat_interval / MS);
                    ours["assignment"] = json!(answer.assignment.map(|parts| names.words(&parts)));
                }
                assert_eq!(ours, event["response"], "{label}");
            } else {
                assert!(what.starts_with('('), "{label}");
            }
            if !event["group"].is_null() {
                assert_eq!(modern_state(&group, &names), event["group"], "{label}");
            }
        }
    }
    assert_eq!(scenarios.len(), 7);
}
