//! Explainers: one contract, one registry, one folder each. No DOM.

pub mod contract;
pub mod knobs;
pub mod player;
pub mod proof;
pub mod session;

pub use contract::*;
pub use knobs::{Kind, Knob, Knobs};
pub use player::Player;
pub use session::Session;

use crate::link::{Complaint, Link};

/// A run, and what of its link could not be used.
pub type Opened = (Box<dyn Player>, Vec<Complaint>);

/// How one explainer enters the house.
pub struct Entry {
    pub meta: &'static Meta,
    pub open: fn(&Link) -> Opened,
    pub lessons: fn() -> &'static [Lesson],
}

/// Every explainer there is, in the order of the gallery. A new one is one line here.
pub static REGISTRY: &[Entry] = &[session::entry::<hash_ring::HashRing>(), session::entry::<quorum::Quorum>()];

pub mod hash_ring;
pub mod quorum;

pub fn find(slug: &str) -> Option<&'static Entry> {
    REGISTRY.iter().find(|entry| entry.meta.slug == slug)
}
