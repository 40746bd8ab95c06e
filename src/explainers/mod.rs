//! Explainers: one contract, one registry, one folder each. No DOM.

pub mod card;
pub mod contract;
pub mod export;
pub mod handout;
pub mod knobs;
pub mod lesson;
pub mod lines;
pub mod page;
pub mod player;
pub mod proof;
pub mod prose;
pub mod session;

pub use contract::*;
pub use knobs::{Kind, Knob, Knobs};
pub use page::{Fault, Kernel, Measured, Note, Page, Piece, Probe, Table};
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

pub mod cache;
pub mod capacity;
pub mod hash_ring;
pub mod kafka;
pub mod latency;
pub mod quorum;

/// Every explainer there is, in the order of the gallery. A new one is one line here. A macro, because the page makes
/// of the same list what it loads one by one.
#[macro_export]
macro_rules! every_explainer {
    ($each:ident) => {
        $each! {
            hash_ring::HashRing, quorum::Quorum, kafka::Kafka, cache::CacheStrategies, latency::Latency, capacity::Capacity
        }
    };
}

macro_rules! registry {
    ($($room:ident::$name:ident),*) => {
        /// All at once, where nothing has to be loaded: tests, digests, benchmarks, posters.
        pub static REGISTRY: &[Entry] = &[$(session::entry::<$room::$name>()),*];

        /// The ways to bring one's own data to an explainer.
        pub fn imports(slug: &str) -> &'static [Import] {
            let all = [$((<$room::$name as Explainer>::META.slug, <$room::$name as Explainer>::imports as fn() -> _)),*];
            all.iter().find(|(known, _)| *known == slug).map_or(&[], |(_, imports)| imports())
        }
    };
}

every_explainer!(registry);

pub fn find(slug: &str) -> Option<&'static Entry> {
    REGISTRY.iter().find(|entry| entry.meta.slug == slug)
}
