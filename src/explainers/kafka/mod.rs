//! Kafka consumer groups: who reads which partition, and what it costs each time that changes.

pub mod group;
