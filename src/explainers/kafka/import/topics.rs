//! What `kafka-topics.sh --describe` prints: pairs of a key and a value, some of them blank.

/// One line of it.
#[derive(Clone, Debug, PartialEq)]
pub enum TopicLine {
    /// A topic, and how many partitions it has.
    Topic(String, u32),
    Part(Told),
}

/// A partition as it was told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    pub topic: String,
    pub index: u32,
    pub leader: Option<i32>,
    pub replicas: Vec<i32>,
    pub isr: Vec<i32>,
}

const KEYS: &[&str] = &[
    "Topic",
    "TopicId",
    "PartitionCount",
    "ReplicationFactor",
    "Configs",
    "MarkedForDeletion",
    "Partition",
    "Leader",
    "Replicas",
    "Isr",
    "Elr",
    "LastKnownElr",
    "Offline",
    "LeaderEpoch",
];

/// A key that a word begins with, and what follows its colon.
fn key(word: &str) -> Option<(&'static str, &str)> {
    let (name, value) = word.split_once(':')?;
    Some((*KEYS.iter().find(|key| **key == name)?, value))
}

/// Keys with their values, the first of each name. Configurations are the end of it: they may have anything in them.
fn pairs(line: &str) -> Vec<(&'static str, &str)> {
    let mut all: Vec<(&str, &str)> = Vec::new();
    let mut open = None;
    // “Adding Replicas” and “Removing Replicas” are not the replicas.
    let mut other = false;
    for word in line.split_whitespace() {
        match key(word) {
            Some(("Configs" | "MarkedForDeletion", _)) => break,
            Some((name, value)) => {
                open = (!other).then_some(name);
                if let Some(name) = open.filter(|name| all.iter().all(|(known, _)| known != name)) {
                    all.push((name, value));
                }
            }
            None => {
                // A value apart from its key; what comes after it belongs to nothing known.
                if let Some((last, value)) = all.last_mut()
                    && open.take() == Some(*last)
                    && value.is_empty()
                    && !matches!(word, "Adding" | "Removing")
                {
                    *value = word;
                }
            }
        }
        other = matches!(word, "Adding" | "Removing");
    }
    all
}

/// Ids of brokers, each once.
fn brokers(text: &str) -> Option<Vec<i32>> {
    let mut all = Vec::new();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let id = part.parse::<i32>().ok().filter(|id| *id >= 0 && !all.contains(id))?;
        all.push(id);
    }
    Some(all)
}

/// What a partition’s leader, replicas and in-sync replicas have to do with each other.
pub fn sound(leader: Option<i32>, replicas: &[i32], isr: &[i32]) -> bool {
    isr.iter().all(|id| replicas.contains(id)) && leader.is_none_or(|leader| isr.contains(&leader))
}

/// `None`: it is nothing of the kind. `Err`: what was expected.
pub fn read(line: &str) -> Option<Result<TopicLine, String>> {
    let all = pairs(line);
    let get = |name: &str| all.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let (first, topic) = *all.first()?;
    if first != "Topic" {
        return None;
    }
    if topic.is_empty() || topic.len() > super::described::LONGEST {
        return Some(Err(format!("a topic’s name of up to {} bytes was expected", super::described::LONGEST)));
    }
    if let Some(count) = get("PartitionCount") {
        let expected = || "a number of partitions was expected after “PartitionCount:”".to_string();
        return Some(count.parse().map(|count| TopicLine::Topic(topic.into(), count)).map_err(|_| expected()));
    }
    Some(part(topic, &get).map(TopicLine::Part))
}

fn part<'a>(topic: &str, get: &impl Fn(&str) -> Option<&'a str>) -> Result<Told, String> {
    let index = get("Partition").and_then(|text| text.parse().ok());
    let index =
        index.ok_or("“PartitionCount: 6” or “Partition: 0 Leader: 1 Replicas: 1,2,3 Isr: 1,2,3” was expected")?;
    let expected = "“Leader: 1 Replicas: 1,2,3 Isr: 1,2,3” with ids of brokers was expected after the partition";
    let leader = match get("Leader").ok_or(expected)? {
        "none" | "-1" | "N/A" | "" => None,
        id => Some(id.parse::<i32>().ok().filter(|id| *id >= 0).ok_or(expected)?),
    };
    let replicas = get("Replicas").and_then(brokers).filter(|all| !all.is_empty()).ok_or(expected)?;
    let isr = get("Isr").and_then(brokers).ok_or(expected)?;
    if !sound(leader, &replicas, &isr) {
        return Err("in-sync replicas (Isr) that are replicas, and a leader among them, were expected".into());
    }
    Ok(Told { topic: topic.into(), index, leader, replicas, isr })
}
