//! Consumers: the poll loop, heartbeats, rebalances as a member sees them, processing and commits.

use super::types::*;

/// What is still to happen at a consumer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum ConsumerDue {
    /// Its process starts.
    Start(ConsumerId),
}
