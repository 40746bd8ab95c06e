//! Ids that the coordinator makes up, and the order in which its hash maps walk ids.

use super::types::Id;
use crate::models::kafka::java;
use crate::sim::random;

/// The `made`-th id of a run: what it is named after, then a random UUID (version 4).
pub fn fresh(seed: u64, made: u64, named: &str) -> Id {
    let mut chance = random::stream(seed ^ made.wrapping_mul(0x9e37_79b9_7f4a_7c15), "member id");
    let (high, low) = (chance.next_u64() & !0xf000 | 0x4000, chance.next_u64() & !(3 << 62) | 1 << 63);
    let (first, second, third) = (high >> 32, high >> 16 & 0xffff, high & 0xffff);
    format!("{named}-{first:08x}-{second:04x}-{third:04x}-{:04x}-{:012x}", low >> 48, low & 0xffff_ffff_ffff).into()
}

/// The places of ids in the order in which a `java.util.HashMap` with a table of this size walks them, given in the
/// order in which they were put in.
pub fn hash_map_order<'a>(ids: impl Iterator<Item = &'a Id>, table: u32) -> Vec<u32> {
    let mut table = java::Table::new(table);
    ids.for_each(|id| table.push(java::string_hash(id)));
    table.walk()
}

/// The same for Kafka's `TimelineHashMap`: the topmost bits of the hash times a constant choose a bucket, and a bucket
/// is walked from its end.
pub fn timeline_order<'a>(ids: impl Iterator<Item = &'a Id>, table: u32) -> Vec<u32> {
    let bits = table.max(2).ilog2();
    let slot = |id: &Id| {
        let hash = i64::from(java::string_hash(id) as i32) as u64;
        hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - bits)
    };
    let mut slots: Vec<(u64, u32)> = ids.map(slot).zip(0..).collect();
    slots.reverse();
    crate::sim::order::sort(&mut slots);
    slots.into_iter().map(|(_, place)| place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_look_as_kafka_makes_them() {
        let id = fresh(1, 2, "consumer-1");
        let uuid: Vec<&str> = id.strip_prefix("consumer-1-").expect("the name first").split('-').collect();
        assert_eq!(uuid.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert!(uuid[2].starts_with('4') && "89ab".contains(&uuid[3][..1]), "{id}");
        assert_ne!(id, fresh(1, 3, "consumer-1"));
        assert_ne!(id, fresh(2, 2, "consumer-1"));
    }

    #[test]
    fn a_timeline_map_takes_the_top_bits() {
        // Slots 0, 3 and 1 of 4 (computed as Kafka does, JDK 17).
        let ids: Vec<Id> = ["A", "B", "C"].map(Id::from).to_vec();
        assert_eq!(timeline_order(ids.iter(), 4), [0, 2, 1]);
        // In a table of two, A and C share a slot: last in, first out.
        assert_eq!(timeline_order(ids.iter(), 2), [2, 0, 1]);
    }
}
