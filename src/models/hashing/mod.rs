//! Placement of keys on servers: the real algorithms, as the systems that use them have them.
//!
//! [`Placement`] is one face over all [`Method`]s. Everything is a pure function of bytes: no time, no chance, the same
//! answer on every machine. Nothing panics on any input: no servers, empty names and keys, weights of 0.

mod bounded;
mod cassandra;
mod functions;
mod jump;
mod ketama;
mod maglev;
mod placement;
mod rendezvous;
mod ring;
mod slots;
mod spread;

pub use bounded::{Bounded, bounded};
pub use cassandra::{cassandra_token, cassandra_tokens_for};
pub use functions::{HashFn, murmur3_x64_128, murmur3_x86_32};
pub use jump::{guava, guava_path, jump, jump_path};
pub use ketama::{KETAMA_POINTS, KETAMA_WEIGHTED_POINTS, ketama_points};
pub use maglev::{MAX_TABLE, maglev_sip_permutation, maglev_table, maglev_xx_permutation, next_prime};
pub use placement::{Method, Placement, Server};
pub use rendezvous::{rendezvous_score, weighted_rendezvous_score};
pub use ring::{MAX_POINTS, Point};
pub use slots::{SLOTS, key_slot, slots_create, slots_failover, slots_join, slots_join_at, slots_leave};
pub use spread::spread;
