//! Quorum reads and writes in a replicated key–value store, message by message.

pub mod params;
pub mod types;
pub mod world;

pub use params::Params;
pub use types::*;
pub use world::World;

use crate::draw::scene::Subject;

pub fn node(id: NodeId) -> Subject {
    Subject { kind: "node", id: u32::from(id) + 1 }
}

pub fn client(id: ClientId) -> Subject {
    Subject { kind: "client", id: u32::from(id) + 1 }
}

/// Operations are called by their number from 1.
pub fn op(id: OpId) -> Subject {
    Subject { kind: "op", id: id + 1 }
}

pub fn key(id: KeyId) -> Subject {
    Subject { kind: "key", id: u32::from(id) + 1 }
}
