//! The reader's own consumer group: what Kafka's command line tools printed of it.

mod answer;
mod bars;
mod columns;
mod described;
mod link;
mod merge;
mod read;
mod summary;
mod topics;
pub mod whatif;

pub use described::{BROKERS, Data, Described, DescribedMember, DescribedPartition, DescribedTopic, GroupState};
pub use link::{from_link, parts};

use super::{Kafka, Params};
use crate::explainers::lines::Lines;
use crate::explainers::{Import, Imported, Inquiry, Knobs, Reader, Run, Study};
use answer::{Answer, Beside};
use std::any::Any;
use std::rc::Rc;

pub static IMPORTS: &[Import] = &[Import {
    key: "group",
    title: "Your group",
    hint: "What “kafka-consumer-groups.sh --describe --group G” printed, as it is or with --members, --verbose or --state, and what “kafka-topics.sh --describe” printed: any of them, one after the other. The group appears with its lag and its owners, and what becomes of it if a consumer dies, if one joins, if partitions are added, or under another protocol.",
    example: EXAMPLE,
    reader: || Box::new(Group(Lines::of(read::Reading::default()))),
}];

const EXAMPLE: &str = "\
$ kafka-consumer-groups.sh --bootstrap-server kafka-1:9092 --describe --group billing

GROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID                                    HOST            CLIENT-ID
billing         invoices        0          48210           48231           21              billing-a-6f1d2c0e-8f0b-4c55-9a35-0d5e7a1b2c3d /10.1.0.11      billing-a
billing         invoices        1          47902           47902           0               billing-a-6f1d2c0e-8f0b-4c55-9a35-0d5e7a1b2c3d /10.1.0.11      billing-a
billing         invoices        2          51377           51398           21              billing-b-0b7e9d14-35ac-47d2-8e61-f2a90c4d7b18 /10.1.0.12      billing-b
billing         invoices        3          46020           46033           13              billing-b-0b7e9d14-35ac-47d2-8e61-f2a90c4d7b18 /10.1.0.12      billing-b
billing         invoices        4          49115           49120           5               billing-c-c94a5f03-7d2e-4b86-a1f0-58e3d6b7029a /10.1.0.13      billing-c
billing         invoices        5          50008           50009           1               billing-c-c94a5f03-7d2e-4b86-a1f0-58e3d6b7029a /10.1.0.13      billing-c
billing         refunds         0          3310            3310            0               billing-a-6f1d2c0e-8f0b-4c55-9a35-0d5e7a1b2c3d /10.1.0.11      billing-a
billing         refunds         1          2975            2981            6               billing-b-0b7e9d14-35ac-47d2-8e61-f2a90c4d7b18 /10.1.0.12      billing-b
billing         refunds         2          3102            3102            0               billing-c-c94a5f03-7d2e-4b86-a1f0-58e3d6b7029a /10.1.0.13      billing-c

$ kafka-consumer-groups.sh --bootstrap-server kafka-1:9092 --describe --group billing --state

GROUP           COORDINATOR (ID)          ASSIGNMENT-STRATEGY  STATE                #MEMBERS
billing         kafka-2:9092  (2)         range                Stable               3

$ kafka-topics.sh --bootstrap-server kafka-1:9092 --describe --topic invoices
Topic: invoices\tTopicId: 5Yk0mB2nQ0u4s1aVb7c8dw\tPartitionCount: 6\tReplicationFactor: 2\tConfigs: min.insync.replicas=1
\tTopic: invoices\tPartition: 0\tLeader: 1\tReplicas: 1,2\tIsr: 1,2\tElr: N/A\tLastKnownElr: N/A
\tTopic: invoices\tPartition: 1\tLeader: 2\tReplicas: 2,3\tIsr: 2,3\tElr: N/A\tLastKnownElr: N/A
\tTopic: invoices\tPartition: 2\tLeader: 3\tReplicas: 3,1\tIsr: 3,1\tElr: N/A\tLastKnownElr: N/A
\tTopic: invoices\tPartition: 3\tLeader: 1\tReplicas: 1,2\tIsr: 1,2\tElr: N/A\tLastKnownElr: N/A
\tTopic: invoices\tPartition: 4\tLeader: 2\tReplicas: 2,3\tIsr: 2,3\tElr: N/A\tLastKnownElr: N/A
\tTopic: invoices\tPartition: 5\tLeader: 3\tReplicas: 3,1\tIsr: 3,1\tElr: N/A\tLastKnownElr: N/A";

/// Of the runs that answer what would become of the group.
const SEED: u64 = 7;

/// Reads a group, and asks what would become of it.
struct Group(Box<dyn Reader>);

impl Reader for Group {
    fn push(&mut self, bytes: &[u8]) {
        self.0.push(bytes);
    }

    fn finish(self: Box<Self>) -> Imported {
        let mut found = self.0.finish();
        let group = found.data.as_ref().and_then(|data| data.downcast_ref::<Rc<Described>>());
        let data = Data { group: group.cloned() };
        // The settings as they are at first, but for those which the paste tells.
        let mut params = Params::new();
        for (i, knob) in Params::SCHEMA.iter().enumerate() {
            let told = found.set.iter().find(|(key, _)| *key == knob.key);
            if let Some(value) = told.and_then(|(_, text)| knob.read(text).ok()) {
                params.set(i, value);
            }
        }
        found.inquiry = Answer::new(&params, SEED, &data).map(|answer| Box::new(answer) as Box<dyn Inquiry>);
        found
    }
}

/// What is computed beside a run with a group of the reader's.
pub fn studies(run: &Run<Kafka>) -> Vec<Box<dyn Study>> {
    let beside = Beside::new(run.params, run.seed, run.data);
    beside.into_iter().map(|study| Box::new(study) as Box<dyn Study>).collect()
}

pub fn adopt(data: &mut Data, made: Box<dyn Any>) {
    if let Ok(group) = made.downcast::<Rc<Described>>() {
        data.group = Some(*group);
    }
}

/// Settings that mean nothing once the group is known.
pub fn fixed_by(data: &Data, key: &str) -> bool {
    let Some(group) = &data.group else { return false };
    match key {
        "partitions" | "topics" | "begin" => true,
        // Where it was not told which consumers there are, there are as many as set.
        "consumers" => !group.members.is_empty() || group.state == Some(GroupState::Empty),
        "static" => group.members.iter().any(|member| member.instance.is_some()),
        "brokers" | "copies" => {
            group.topics.iter().flat_map(|topic| &topic.partitions).any(|part| !part.replicas.is_empty())
        }
        _ => false,
    }
}

/// The data in words, for the run's first line.
pub fn words(data: &Data) -> Option<String> {
    let group = data.group.as_ref()?;
    let behind = group.lag();
    Some(match behind {
        0 => format!("This is {}.", summary::what(group)),
        _ => format!(
            "This is {}, {} records behind.",
            summary::what(group),
            crate::explainers::grouped(behind.min(1 << 62) as i64)
        ),
    })
}
