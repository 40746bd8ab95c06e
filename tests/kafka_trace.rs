//! What Apache Kafka's own group coordinator answered, event by event (`tests/truth/kafka_trace_*.json`): ours must
//! answer the same, and be in the same state after each event.

use moving_parts::explainers::kafka::group::*;
use moving_parts::models::kafka::{Assignor, Topic, Tp};
use moving_parts::sim::{MS, Micros, SECOND, random};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Mutex;

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

/// All strings in a value, with the key under which each is.
fn strings(value: &Value, key: &str, found: &mut impl FnMut(&str, &str)) {
    match value {
        Value::Array(all) => all.iter().for_each(|value| strings(value, key, found)),
        Value::Object(all) => all.iter().for_each(|(key, value)| strings(value, key, found)),
        Value::String(words) => found(key, words),
        _ => {}
    }
}

fn adds_partitions(event: &Value) -> bool {
    let what = text(&event["what"]);
    what.starts_with('(') && what.contains("partition")
}

fn millis(event: &Value, key: &str, default: Micros) -> Micros {
    event[key].as_u64().map_or(default, |millis| millis * MS)
}

/// Whether a replay ends without a panic, of which nothing is printed.
fn passes(scenario: &Value, seed: u64, replay: fn(&Value, u64)) -> bool {
    static ONE_HOOK: Mutex<()> = Mutex::new(());
    let alone = ONE_HOOK.lock();
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let passed = std::panic::catch_unwind(|| replay(scenario, seed)).is_ok();
    std::panic::set_hook(hook);
    drop(alone);
    passed
}

/// The record has names in place of member ids, which are random UUIDs; the order of Java's hash maps depends on them
/// (who leads next, who gets which partition). So it must come out with some ids, and `seed` 0 is tried first.
fn with_some_ids(scenario: &Value, replay: fn(&Value, u64)) {
    match (0..300).find(|seed| passes(scenario, *seed, replay)) {
        Some(seed) => println!("{}: as recorded, with ids of seed {seed}", scenario["name"]),
        None => replay(scenario, 0),
    }
}

/// The partitions that a scenario names make up its topics; where it says that there are more partitions now, those
/// that it names up to there.
struct Names {
    topics: Vec<(String, u32)>,
}

impl Names {
    fn of(events: &[Value]) -> Names {
        let mut names = Names { topics: Vec::new() };
        names.collect(events, |_| 0);
        names.topics.sort();
        names.grow(events);
        names
    }

    /// By the partitions that are named from the first event on, up to where more are added.
    fn grow(&mut self, events: &[Value]) {
        let more = events.iter().skip(1).position(adds_partitions).map_or(events.len(), |at| at + 1);
        self.collect(&events[..more], |index| index + 1);
    }

    fn collect(&mut self, events: &[Value], partitions: impl Fn(u32) -> u32) {
        strings(&json!(events), "", &mut |key, words| {
            for word in words.split([' ', ',']).filter(|word| !word.is_empty()) {
                match word.rsplit_once('-').map(|(name, index)| (name, index.parse())) {
                    _ if key == "subscribed" => self.add(word, 0),
                    Some((name, Ok(index))) if key != "what" => self.add(name, partitions(index)),
                    _ => {}
                }
            }
        });
    }

    fn add(&mut self, name: &str, partitions: u32) {
        match self.topics.iter_mut().find(|(topic, _)| topic == name) {
            Some((_, known)) => *known = partitions.max(*known),
            None => self.topics.push((name.to_string(), partitions)),
        }
    }

    fn topics(&self) -> Rc<[Topic]> {
        let topic =
            |(name, partitions): &(String, u32)| Topic { name: name.clone(), partitions: *partitions, id: None };
        self.topics.iter().map(topic).collect()
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
        let words: Vec<String> =
            parts.iter().map(|tp| format!("{}-{}", self.topics[tp.topic as usize].0, tp.index)).collect();
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
            let as_itself = match &request {
                Request::Heartbeat(beat) => Some(&beat.member) == self.clients[&who].member.as_ref(),
                _ => what != "OffsetCommit",
            };
            let answer = self.ask(t, &who, request);
            if let "Heartbeat" | "LeaveGroup" | "OffsetCommit" = what {
                let error = match answer {
                    Some(Response::Heartbeat(error) | Response::OffsetCommit(error)) => error,
                    Some(Response::LeaveGroup(_, each)) => each[0].1,
                    other => panic!("{}: {other:?}", self.label),
                };
                assert_eq!(error.name(), text(&event["error"]), "{}", self.label);
                let client = self.clients.get_mut(&who).expect("a client");
                if as_itself && (what == "LeaveGroup" || generation == client.generation) {
                    let goes_on = what == "Heartbeat" && error == Error::None;
                    client.next_heartbeat = goes_on.then_some(t + 3_000);
                }
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
                let protocols = event["protocols"].as_str().map_or_else(
                    || list(&event["protocols"]).iter().map(text).collect(),
                    |words| words.split([' ', ',']).filter(|word| !word.is_empty()).collect::<Vec<&str>>(),
                );
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
                    session_timeout: millis(event, "sessionTimeoutMs", 45 * SECOND),
                    rebalance_timeout: millis(event, "rebalanceTimeoutMs", 300 * SECOND),
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
                // The record does not say that the id is made up, but nothing else gives a member this error.
                let known = self.group.members().any(|view| Some(view.member) == self.clients[who].member.as_ref());
                let stranger = known && event["error"] == "UNKNOWN_MEMBER_ID";
                self.heartbeat(who, generation, stranger.then_some("nobody"))
            }
            "LeaveGroup" => {
                let member = client.member.clone().expect("an id");
                Request::LeaveGroup(vec![Leaving { member, instance: client.instance.clone() }])
            }
            "OffsetCommit" => {
                let (member, instance) = (client.member.clone().unwrap_or(nobody), client.instance.clone());
                let partitions = self.names.parts(event["partitions"].as_str().unwrap_or_default());
                Request::OffsetCommit(OffsetCommit { member, instance, generation, partitions })
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
                        let less =
                            |a: &[Tp], b: &[Tp]| a.iter().copied().filter(|tp| !b.contains(tp)).collect::<Vec<_>>();
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

fn replay_classic(scenario: &Value, seed: u64) {
    let events = list(&scenario["events"]);
    let group = Classic::new(Rc::new(Config { seed, ..Config::default() }));
    let (names, clients) = (Names::of(events), BTreeMap::new());
    let mut replay = Replay { group, names, clients, asked: Vec::new(), label: String::new() };
    for event in events {
        replay.play(event);
    }
    let left = replay.clients.values().map(|client| client.inbox.len()).sum::<usize>();
    assert_eq!(left, 0, "{}: answers that the record does not have", scenario["name"]);
}

#[test]
fn the_classic_protocol() {
    let scenarios = scenarios(CLASSIC);
    assert!(scenarios.len() >= 7);
    scenarios.iter().for_each(|scenario| with_some_ids(scenario, replay_classic));
}

/// Member ids of a consumer group: the names as they are, or made up.
struct Ids {
    seed: u64,
}

impl Ids {
    fn id(&self, name: &str) -> Id {
        let mut chance = random::stream(self.seed, name);
        let (high, low) = (chance.next_u64(), chance.next_u64());
        if self.seed == 0 { name.into() } else { format!("{high:016x}{low:016x}-{name}").into() }
    }

    fn name<'a>(&self, id: &'a str) -> &'a str {
        if self.seed == 0 { id } else { &id[33..] }
    }
}

fn modern_state(group: &Modern, names: &Names, ids: &Ids) -> Value {
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
        members.insert(ids.name(view.member).to_string(), member);
    }
    json!({"state": state, "groupEpoch": group.epoch(), "assignmentEpoch": group.assignment_epoch(), "members": members})
}

fn modern_request(event: &Value, names: &Names, ids: &Ids) -> Request {
    let id = |key: &str| event[key].as_str().map(Id::from);
    let member = ids.id(text(&event["who"]));
    let epoch = event["memberEpoch"].as_i64().expect("an epoch") as i32;
    if event["what"] == "OffsetCommit" {
        let partitions = names.parts(event["partitions"].as_str().unwrap_or_default());
        return Request::OffsetCommit(OffsetCommit { member, instance: id("instance"), generation: epoch, partitions });
    }
    let timeout = (epoch == 0).then(|| millis(event, "rebalanceTimeoutMs", 300 * SECOND));
    let topics = event["subscribed"].as_str().map(|words| words.split([' ', ',']).filter(|word| !word.is_empty()));
    Request::ConsumerGroupHeartbeat(ConsumerGroupHeartbeat {
        member,
        client: id("who").expect("a name"),
        instance: id("instance"),
        epoch,
        rebalance_timeout: timeout,
        subscribed: topics.map(|topics| topics.map(|name| names.topic(name)).collect()),
        owned: event["owned"].as_str().map(|parts| names.parts(parts)),
        assignor: id("assignor").or_else(|| id("serverAssignor")),
    })
}

fn replay_modern(scenario: &Value, seed: u64) {
    let (name, events, ids) = (text(&scenario["name"]), list(&scenario["events"]), Ids { seed });
    let mut names = Names::of(events);
    let mut config = Config::default();
    if name.starts_with("range") {
        config.consumer_assignors = vec![Assignor::ServerRange];
    }
    let mut group = Modern::new(Rc::new(config), names.topics());
    for (at, event) in events.iter().enumerate() {
        let t: Micros = event["t"].as_u64().expect("a time") * MS;
        let what = text(&event["what"]);
        let label = format!("{name} at {}: {} {what}", event["t"], event["who"]);
        while group.due().is_some_and(|due| due < t) {
            let state = modern_state(&group, &names, &ids);
            let fired = group.fire(t);
            assert_eq!(modern_state(&group, &names, &ids), state, "{label}: not recorded: {fired:?}");
        }
        if let Some(key) = what.strip_prefix("timer ") {
            let fired = group.fire(t).unwrap_or_else(|| panic!("{label}: no timer is due"));
            let ours = match &fired.timer {
                Timer::Session(id) => format!("session-timeout-g-{}", ids.name(id)),
                Timer::Rebalance(id) => format!("rebalance-timeout-g-{}", ids.name(id)),
                other => format!("{other:?}"),
            };
            assert_eq!((fired.at, ours.as_str()), (t, key), "{label}");
        } else if what.starts_with('(') {
            if adds_partitions(event) {
                names.grow(&events[at..]);
                group.set_topics(names.topics());
            }
        } else {
            let ours = match &group.handle(t, 7, modern_request(event, &names, &ids))[..] {
                [(7, Response::ConsumerGroupHeartbeat(answer))] if answer.error == Error::None => json!({
                    "error": "NONE", "memberEpoch": answer.epoch,
                    "heartbeatIntervalMs": answer.heartbeat_interval / MS,
                    "assignment": answer.assignment.as_ref().map(|parts| names.words(parts)),
                }),
                [(7, Response::ConsumerGroupHeartbeat(answer))] => json!({"error": answer.error.name()}),
                [(7, Response::OffsetCommit(error))] => json!({"error": error.name()}),
                other => panic!("{label}: {other:?}"),
            };
            for (key, value) in event["response"].as_object().expect("a response") {
                assert_eq!(ours[key], *value, "{label}: {key}");
            }
            assert_eq!(ours["error"], event["response"]["error"], "{label}");
        }
        if !event["group"].is_null() {
            assert_eq!(modern_state(&group, &names, &ids), event["group"], "{label}");
        }
    }
}

#[test]
fn the_consumer_group_protocol() {
    let scenarios = scenarios(MODERN);
    assert!(scenarios.len() >= 7);
    scenarios.iter().for_each(|scenario| with_some_ids(scenario, replay_modern));
}

/// A record that is not Kafka's is told from one that is.
#[test]
fn a_change_of_the_record_is_found() {
    let changed = |file: &str, from: &str, to: &str| {
        assert!(file.contains(from), "{from}");
        scenarios(&file.replacen(from, to, 1))
    };
    let fails = |all: Vec<Value>, replay| all.iter().any(|scenario| !passes(scenario, 0, replay));
    for (from, to) in [
        ("\"t\":51000,\"who\":\"coordinator\"", "\"t\":51100,\"who\":\"coordinator\""),
        ("FENCED_INSTANCE_ID", "UNKNOWN_MEMBER_ID"),
        ("\"members\":[\"A\",\"B (syncing)\",\"C\"]", "\"members\":[\"A\",\"B\",\"C\"]"),
        ("\"skipAssignment\":false", "\"skipAssignment\":true"),
    ] {
        assert!(fails(changed(CLASSIC, from, to), replay_classic), "{from}");
    }
    for (from, to) in [
        ("\"t\":62000", "\"t\":62100"),
        ("\"previousEpoch\":3", "\"previousEpoch\":2"),
        ("\"state\":\"UNRELEASED_PARTITIONS\"", "\"state\":\"STABLE\""),
        ("\"assignment\":null", "\"assignment\":\"t-0\""),
    ] {
        assert!(fails(changed(MODERN, from, to), replay_modern), "{from}");
    }
}
