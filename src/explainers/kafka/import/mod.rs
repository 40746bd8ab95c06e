//! The reader's own consumer group: what Kafka's command line tools printed of it.

mod columns;
mod described;
mod merge;
mod read;
mod summary;
mod topics;

pub use described::{BROKERS, Data, Described, DescribedMember, DescribedPartition, DescribedTopic, GroupState};

use crate::explainers::Import;
use crate::explainers::lines::Lines;
use std::any::Any;
use std::rc::Rc;

pub static IMPORTS: &[Import] = &[Import {
    key: "group",
    title: "Your group",
    hint: "What “kafka-consumer-groups.sh --describe --group G” printed, as it is or with --members, --verbose or --state, and what “kafka-topics.sh --describe” printed: any of them, one after the other. The group appears with its lag and its owners, and what becomes of it if a consumer dies, if one joins, if partitions are added, or under another protocol.",
    example: EXAMPLE,
    reader: || Lines::of(read::Reading::default()),
}];

const EXAMPLE: &str = "\
GROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID                                            HOST            CLIENT-ID
billing         invoices        0          48210           48231           21              billing-a-6f1d2c0e-8f0b-4c55-9a35-0d5e7a1b2c3d         /10.1.0.11      billing-a";

pub fn adopt(data: &mut Data, made: Box<dyn Any>) {
    if let Ok(group) = made.downcast::<Rc<Described>>() {
        data.group = Some(*group);
    }
}
