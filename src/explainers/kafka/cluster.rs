//! Brokers: logs, replication, in-sync replicas, failover, and where the group's coordinator is.

use super::types::*;

/// What is still to happen among brokers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum ClusterDue {
    /// Followers have fetched what the leader had.
    Fetched(PartId),
}
