//! The reader's own consumer group: what Kafka's command line tools printed of it.

mod described;

pub use described::{BROKERS, Data, Described, DescribedMember, DescribedPartition, DescribedTopic, GroupState};
