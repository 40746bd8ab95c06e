//! Producers: keys, the partitioner, acknowledgements and retries.

use super::types::*;

/// What is still to happen at a producer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum ProducerDue {
    /// It makes a record.
    Make(ProducerId),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Producer {
    pub made: u32,
}
