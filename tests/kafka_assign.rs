//! What Kafka's own assignors and partitioner answered. Each file of `tests/truth/` names in its `source` what was run.

use moving_parts::models::kafka::assign::{Details, assign_with};
use moving_parts::models::kafka::java::{Uuid, hash_map_order, string_hash};
use moving_parts::models::kafka::murmur2::{murmur2, partition_for_key, to_positive};
use moving_parts::models::kafka::{Assignor, Member, Topic, Tp, assign};
use serde_json::{Map, Value};

macro_rules! truth {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("truth/kafka_", $name, ".json"))).expect($name)
    };
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn map(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("an object")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

fn number(value: &Value) -> u32 {
    value.as_u64().expect("a number") as u32
}

/// A step's group: its topics with their ids, and its members.
struct Step {
    topics: Vec<Topic>,
    members: Vec<Member>,
}

impl Step {
    fn new(value: &Value) -> Step {
        let id = |name: &str| {
            let id = value.get("topicIds").and_then(|ids| ids.get(name));
            id.map(|id| Uuid::parse(text(id)).expect("an id"))
        };
        let topics = map(&value["partitions"]).iter();
        let topics =
            topics.map(|(name, partitions)| Topic { name: name.clone(), partitions: number(partitions), id: id(name) });
        let mut step = Step { topics: topics.collect(), members: Vec::new() };
        for member in list(&value["members"]) {
            let topics = list(&member["topics"]).iter().map(|name| step.topic(text(name))).collect();
            let owned = match member.get("owned") {
                Some(owned) => step.partitions(owned),
                None => step.by_topic(&member["target"]),
            };
            step.members.push(Member {
                id: text(&member["id"]).to_string(),
                instance: member.get("instance").map(|instance| text(instance).to_string()),
                topics,
                owned,
                generation: member.get("generation").map_or(-1, |generation| generation.as_i64().expect("one") as i32),
            });
        }
        step
    }

    fn topic(&self, name: &str) -> u16 {
        self.topics.iter().position(|topic| topic.name == name).map_or(u16::MAX, |place| place as u16)
    }

    /// `[["topic", 0], …]`
    fn partitions(&self, value: &Value) -> Vec<Tp> {
        let tp = |pair: &Value| Tp { topic: self.topic(text(&pair[0])), index: number(&pair[1]) };
        list(value).iter().map(tp).collect()
    }

    /// `{"topic": [0, …], …}`
    fn by_topic(&self, value: &Value) -> Vec<Tp> {
        let all = map(value).iter().flat_map(|(name, indices)| {
            list(indices).iter().map(|index| Tp { topic: self.topic(name), index: number(index) })
        });
        all.collect()
    }

    /// What one of the answer's objects has for each member: nothing for those it does not name.
    fn each(&self, value: &Value) -> Vec<Vec<Tp>> {
        let of = |member: &Member| value.get(&member.id).map_or(Vec::new(), |value| self.partitions(value));
        self.members.iter().map(of).collect()
    }

    fn names(&self, places: &[u32]) -> Vec<&str> {
        places.iter().map(|&place| self.members[place as usize].id.as_str()).collect()
    }
}

fn sorted(mut partitions: Vec<Tp>) -> Vec<Tp> {
    partitions.sort();
    partitions
}

fn all_sorted(assigned: Vec<Vec<Tp>>) -> Vec<Vec<Tp>> {
    assigned.into_iter().map(sorted).collect()
}

/// Of `all` what is not in `others`, in its order.
fn without(all: &[Tp], others: &[Tp]) -> Vec<Tp> {
    all.iter().copied().filter(|tp| !others.contains(tp)).collect()
}

/// Every step of a file of a client's assignor, in every field of its answer; how many there were.
fn client(file: &Value) -> usize {
    let mut steps = 0;
    for vector in list(&file["vectors"]) {
        let assignor = Assignor::by_word(text(&vector["assignor"])).expect("an assignor");
        for value in list(&vector["steps"]) {
            let step = Step::new(value);
            let said = format!("{} {}", vector["seed"], value["event"]);
            let hashes: Vec<u32> = step.members.iter().map(|member| string_hash(&member.id)).collect();
            let order: Vec<&str> = list(&value["hashMapOrder"]).iter().map(text).collect();
            assert_eq!(step.names(&hash_map_order(&hashes)), order, "{said}");
            let assigned = assign(assignor, &step.topics, &step.members);
            assert_eq!(assigned, step.each(&value["expected"]), "{said}");
            // Members that were put out of their group still say what they owned then.
            let joined = list(&value["members"]).iter().map(|member| member.get("subscriptionGeneration")?.as_i64());
            if let Some(joined) = joined.map(|joined| joined.map(|joined| joined as i32)).collect::<Option<Vec<i32>>>()
            {
                let details = Details { joined: Some(&joined), ..Details::default() };
                assert_eq!(assign_with(assignor, &step.topics, &step.members, details), assigned, "{said}");
            }
            if let Some(revoked) = value.get("revoked") {
                let (revoked, added) = (step.each(revoked), step.each(&value["added"]));
                for (place, member) in step.members.iter().enumerate() {
                    assert_eq!(sorted(without(&member.owned, &assigned[place])), sorted(revoked[place].clone()));
                    assert_eq!(sorted(without(&assigned[place], &member.owned)), sorted(added[place].clone()));
                }
            }
            steps += 1;
        }
    }
    steps
}

#[test]
fn range() {
    assert_eq!(client(&truth!("client_range")), 34);
}

#[test]
fn roundrobin() {
    assert_eq!(client(&truth!("client_roundrobin")), 34);
}

fn of_server(name: &str) -> Assignor {
    if name == "server-uniform" { Assignor::Uniform } else { Assignor::ServerRange }
}

#[test]
fn sticky() {
    assert_eq!(client(&truth!("client_sticky")), 163);
}

#[test]
fn cooperative_sticky() {
    assert_eq!(client(&truth!("client_cooperative_sticky")), 197);
}

/// Every step of a file of a server's assignor; how many there were. The files list the partitions of a target sorted:
/// the order in which the coordinator's hash maps hold them comes from the step before.
fn server(file: &Value) -> usize {
    let mut steps = 0;
    for vector in list(&file["vectors"]) {
        let assignor = of_server(text(&vector["assignor"]));
        let mut before: Vec<Vec<Tp>> = Vec::new();
        for value in list(&vector["steps"]) {
            let mut step = Step::new(value);
            let said = format!("{} {}", vector["seed"], value["event"]);
            let order = value.get("topicHashSetOrder");
            let order: Option<Vec<u16>> =
                order.map(|order| list(order).iter().map(|name| step.topic(text(name))).collect());
            // Found by what it holds: a static member that came back has the target of the one it replaces.
            for member in &mut step.members {
                let same = |target: &&Vec<Tp>| sorted(target.to_vec()) == sorted(member.owned.clone());
                if let Some(same) = before.iter().find(same) {
                    member.owned = same.clone();
                }
            }
            let expected = step
                .members
                .iter()
                .map(|member| value["expected"].get(&member.id).map_or(Vec::new(), |target| step.by_topic(target)));
            let expected = expected.collect();
            let assigned = assign(assignor, &step.topics, &step.members);
            assert_eq!(all_sorted(assigned.clone()), all_sorted(expected), "{said}");
            let details = Details { topic_order: order.as_deref(), ..Details::default() };
            assert_eq!(assign_with(assignor, &step.topics, &step.members, details), assigned, "{said}");
            before = assigned;
            steps += 1;
        }
    }
    steps
}

#[test]
fn server_range() {
    assert_eq!(server(&truth!("server_range")), 229);
}

#[test]
fn uniform() {
    assert_eq!(server(&truth!("server_uniform")), 250);
}

#[test]
fn partitioner() {
    let file = truth!("partitioner_murmur2");
    for vector in list(&file["vectors"]) {
        let hex = text(&vector["hex"]).as_bytes();
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hex");
        let key: Vec<u8> = hex.chunks(2).map(byte).collect();
        if let Some(given) = vector.get("key") {
            assert_eq!(text(given).as_bytes(), key);
        }
        assert_eq!(i64::from(murmur2(&key) as i32), vector["murmur2"].as_i64().expect("a number"));
        assert_eq!(to_positive(murmur2(&key)), number(&vector["positive"]));
        for (partitions, partition) in map(&vector["partition"]) {
            assert_eq!(partition_for_key(&key, partitions.parse().expect("a number")), number(partition));
        }
    }
    for (key, hash) in map(&truth!("unit_test_facts")["murmur2 (UtilsTest#testMurmur2)"]) {
        assert_eq!(i64::from(murmur2(key.as_bytes()) as i32), hash.as_i64().expect("a number"));
    }
}

/// The named cases of Kafka's unit tests. They hand a previous target over in maps that keep the order of putting, not in
/// the coordinator's hash maps: without ids, topics stay in their order here too.
#[test]
fn unit_tests() {
    let file = truth!("unit_test_facts");
    let mut steps = 0;
    for vector in list(&file["vectors"]) {
        let name = text(&vector["assignor"]);
        let assignor = Assignor::by_word(name).unwrap_or_else(|| of_server(name));
        for value in list(&vector["steps"]) {
            let mut step = Step::new(value);
            step.topics.iter_mut().for_each(|topic| topic.id = None);
            let expected = step.each(&value["expected"]);
            let assigned = assign(assignor, &step.topics, &step.members);
            if text(&value["compare"]) == "list" {
                assert_eq!(assigned, expected, "{}", vector["test"]);
            } else {
                assert_eq!(all_sorted(assigned), all_sorted(expected), "{}", vector["test"]);
            }
            steps += 1;
        }
    }
    assert_eq!(steps, 29);
}
