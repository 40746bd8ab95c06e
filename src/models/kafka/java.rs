//! What of Java shows through in Kafka's answers: how strings compare and hash, and the order in which a hash map
//! walks its keys.

use crate::sim::order;
use std::cmp::Ordering;

/// `String.hashCode`: 31·h + each UTF-16 unit, in 32 bits.
pub fn string_hash(text: &str) -> u32 {
    text.encode_utf16().fold(0, |hash: u32, unit| hash.wrapping_mul(31).wrapping_add(u32::from(unit)))
}

/// `String.compareTo`: by UTF-16 units, which is not the order of code points above U+D7FF.
pub fn compare(a: &str, b: &str) -> Ordering {
    a.encode_utf16().cmp(b.encode_utf16())
}

/// The places of some strings in the order of `String.compareTo`; equal ones as they stand.
pub fn sorted(texts: &[&str]) -> Vec<u32> {
    // By the last four units first (a radix sort): what is shorter counts as filled up with zeros, and comes first.
    let longest = texts.iter().map(|text| text.len()).max().unwrap_or(0);
    let units: Vec<Vec<u16>> = texts.iter().map(|text| text.encode_utf16().collect()).collect();
    let mut places: Vec<(u64, u32)> = units.iter().zip(0..).map(|(units, at)| (units.len() as u64, at)).collect();
    order::sort(&mut places);
    for chunk in (0..longest.div_ceil(4)).rev() {
        for place in &mut places {
            let units = units.get(place.1 as usize).map_or(&[][..], |units| units);
            let unit = |i: usize| units.get(chunk * 4 + i).map_or(0, |&unit| u64::from(unit));
            place.0 = (0..4).fold(0, |key, i| key << 16 | unit(i));
        }
        order::sort(&mut places);
    }
    places.iter().map(|place| place.1).collect()
}

/// The order in which a `java.util.HashMap` made with `new HashMap<>()` walks keys that were put in the order given,
/// all different, by their hash codes: the places of the keys.
pub fn hash_map_order(hashes: &[u32]) -> Vec<u32> {
    let mut table = Table::new(16);
    hashes.iter().for_each(|&hash| table.push(hash));
    table.walk()
}

/// The capacity with which a `java.util.HashSet` is made from a collection of that size.
pub fn capacity_for_copy(size: usize) -> u32 {
    (size as u32 * 4 / 3 + 1).max(16)
}

/// The table of a `java.util.HashMap` or `HashSet` (JDK 8 to 25), as far as its order goes: buckets in turn, and in a
/// bucket the order of putting, which doubling keeps.
///
/// What this leaves out: a bucket that gets a ninth key in a table of 64 or more becomes a tree, which moves a few of
/// its keys. Ids whose hash codes meet like that have to be made for it: at Java's load factor, of 10 million buckets
/// of a map of random ids about one is that full.
#[derive(Clone, Debug)]
pub struct Table {
    buckets: u32,
    hashes: Vec<u32>,
}

impl Table {
    /// An empty one with the capacity that its constructor was asked for; 16 if for none.
    pub fn new(capacity: u32) -> Table {
        Table { buckets: capacity.max(1).next_power_of_two(), hashes: Vec::new() }
    }

    /// Puts a key that is not there yet.
    pub fn push(&mut self, hash: u32) {
        // In a small table a ninth key in one bucket doubles it at once.
        if self.buckets < 64 {
            let to = bucket(hash, self.buckets);
            if self.hashes.iter().filter(|&&other| bucket(other, self.buckets) == to).count() >= 8 {
                self.buckets *= 2;
            }
        }
        self.hashes.push(hash);
        if self.hashes.len() as u64 > room(self.buckets) {
            self.buckets *= 2;
        }
    }

    /// The hash codes in the order of putting.
    pub fn hashes(&self) -> &[u32] {
        &self.hashes
    }

    /// Takes out the key that is at this place in the order of putting.
    pub fn remove(&mut self, place: usize) {
        if place < self.hashes.len() {
            self.hashes.remove(place);
        }
    }

    /// The place, in the order of putting, of the key that is walked first.
    pub fn first(&self) -> Option<u32> {
        let buckets = self.hashes.iter().map(|&hash| bucket(hash, self.buckets));
        buckets.zip(0..).min_by_key(|pair| pair.0).map(|pair| pair.1)
    }

    /// The places, in the order of putting, of the keys in the order in which they are walked.
    pub fn walk(&self) -> Vec<u32> {
        walk(&self.hashes, self.buckets)
    }
}

/// The places of keys in the order of their buckets, of which there are a power of two; in a bucket as given.
pub fn walk(hashes: &[u32], buckets: u32) -> Vec<u32> {
    let buckets: Vec<u64> = hashes.iter().map(|&hash| u64::from(bucket(hash, buckets))).collect();
    order::order(&buckets)
}

/// How many buckets a `java.util.HashMap` has that was made with a capacity and then filled with `put`.
pub fn buckets(capacity: u32, size: usize) -> u32 {
    let mut buckets = capacity.max(1).next_power_of_two();
    while size as u64 > room(buckets) {
        buckets *= 2;
    }
    buckets
}

/// How many keys fit before it doubles.
pub fn room(buckets: u32) -> u64 {
    u64::from(buckets) * 3 / 4
}

fn bucket(hash: u32, buckets: u32) -> u32 {
    (hash ^ hash >> 16) & (buckets - 1)
}

/// A topic's id (`org.apache.kafka.common.Uuid`): two 64-bit numbers, written as base64 for URLs without padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Uuid {
    pub high: u64,
    pub low: u64,
}

impl Uuid {
    /// Reads 22 characters of base64 for URLs.
    pub fn parse(text: &str) -> Option<Uuid> {
        if text.len() != 22 {
            return None;
        }
        let digit = |byte: u8| match byte {
            b'A'..=b'Z' => Some(byte - b'A'),
            b'a'..=b'z' => Some(byte - b'a' + 26),
            b'0'..=b'9' => Some(byte - b'0' + 52),
            b'-' => Some(62),
            b'_' => Some(63),
            _ => None,
        };
        // 132 bits, of which the last four say nothing.
        let (last, head) = text.as_bytes().split_last()?;
        let mut all = 0u128;
        for &byte in head {
            all = all << 6 | u128::from(digit(byte)?);
        }
        all = all << 2 | u128::from(digit(*last)? >> 4);
        Some(Uuid { high: (all >> 64) as u64, low: all as u64 })
    }

    /// As Kafka writes it.
    pub fn text(self) -> String {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let all = u128::from(self.high) << 64 | u128::from(self.low);
        let digit = |bits: u128| DIGITS.get(bits as usize & 63).map_or('A', |&byte| char::from(byte));
        (0..21).map(|i| digit(all >> (122 - 6 * i))).chain([digit(all << 4)]).collect()
    }

    /// `Uuid.hashCode`.
    pub fn hash(self) -> u32 {
        let both = self.high ^ self.low;
        (both >> 32) as u32 ^ both as u32
    }
}

/// `Uuid.compareTo` takes both halves as signed.
impl Ord for Uuid {
    fn cmp(&self, other: &Uuid) -> Ordering {
        (self.high as i64, self.low as i64).cmp(&(other.high as i64, other.low as i64))
    }
}

impl PartialOrd for Uuid {
    fn partial_cmp(&self, other: &Uuid) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hashes_as_java_has_them() {
        assert_eq!(string_hash(""), 0);
        assert_eq!(string_hash("hello"), 99_162_322);
        assert_eq!(string_hash("polygenelubricants") as i32, i32::MIN);
        // Two UTF-16 units: 31 · 0xd83d + 0xde00.
        assert_eq!(string_hash("😀"), 1_772_899);
    }

    #[test]
    fn strings_by_their_units() {
        assert_eq!(compare("\u{e000}", "😀"), Ordering::Greater);
        assert_eq!(compare("c10", "c9"), Ordering::Less);
    }

    #[test]
    fn a_crowded_bucket_doubles_a_small_table() {
        // Nine keys that meet in bucket 0 of 16 and of 32, but not of 64 (java.util.HashMap, JDK 17).
        let hashes: Vec<u32> = (0..9).rev().map(|i| i * 32).collect();
        assert_eq!(hash_map_order(&hashes[..8]), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(hash_map_order(&hashes), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
        let ten: Vec<u32> = (0..10).rev().map(|i| i * 32).collect();
        assert_eq!(hash_map_order(&ten), [1, 3, 5, 7, 9, 0, 2, 4, 6, 8]);
    }

    #[test]
    fn ids_are_read_and_written() {
        let id = Uuid::parse("aB-YTUbNUJzLdwU081PXNA").expect("an id");
        assert_eq!(id, Uuid { high: 0x681f_984d_46cd_509c, low: 0xcb77_0534_f353_d734 });
        assert_eq!(id.text(), "aB-YTUbNUJzLdwU081PXNA");
        assert_eq!(Uuid::parse("aB-YTUbNUJzLdwU081PXN"), None);
        assert_eq!(Uuid::parse("aB+YTUbNUJzLdwU081PXNA"), None);
        assert!(Uuid { high: u64::MAX, low: 0 } < Uuid { high: 0, low: 0 });
    }

    proptest! {
        #[test]
        fn sorts_as_it_compares(texts in proptest::collection::vec("[ab\\x00\u{e000}😀]{0,9}", 0..30)) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let mut expected: Vec<u32> = (0..texts.len() as u32).collect();
            expected.sort_by(|&a, &b| compare(texts[a as usize], texts[b as usize]));
            prop_assert_eq!(sorted(&texts), expected);
        }

        #[test]
        fn ids_survive_their_text(high in any::<u64>(), low in any::<u64>()) {
            let id = Uuid { high, low };
            prop_assert_eq!(Uuid::parse(&id.text()), Some(id));
        }

        #[test]
        fn every_key_once(hashes in proptest::collection::vec(any::<u32>(), 0..200)) {
            let mut order = hash_map_order(&hashes);
            order.sort_unstable();
            prop_assert_eq!(order, (0..hashes.len() as u32).collect::<Vec<_>>());
        }
    }
}
