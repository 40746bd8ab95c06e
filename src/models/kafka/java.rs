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

/// The order in which a `java.util.HashMap` walks keys that were put in the order given, all different, by their hash
/// codes: the places of the keys. A map made with `new HashMap<>()`.
pub fn hash_map_order(hashes: &[u32]) -> Vec<u32> {
    order_in_table(hashes, 16)
}

/// The same for a map or a set made from a collection or with a capacity: a table of at least 1.
pub fn order_in_table(hashes: &[u32], capacity: u32) -> Vec<u32> {
    let spread: Vec<u32> = hashes.iter().map(|hash| hash ^ hash >> 16).collect();
    let mut table = capacity.max(1).next_power_of_two();
    // A list of nine in one bucket makes a table below 64 double at once; above, it becomes a tree.
    let mut counts: Vec<u32> = vec![0; 64];
    for (i, &hash) in spread.iter().enumerate() {
        if table < 64 {
            let bucket = (hash & (table - 1)) as usize;
            let crowded = counts.get_mut(bucket).is_some_and(|count| {
                *count += 1;
                *count > 8
            });
            let before = table;
            if crowded {
                table *= 2;
            }
            if i as u32 + 1 > table / 4 * 3 {
                table *= 2;
            }
            if table != before && table < 64 {
                counts.fill(0);
                for hash in spread.iter().take(i + 1) {
                    counts.get_mut((hash & (table - 1)) as usize).into_iter().for_each(|count| *count += 1);
                }
            }
        } else if i as u32 + 1 > table / 4 * 3 {
            table *= 2;
        }
    }
    let buckets: Vec<u64> = spread.iter().map(|hash| u64::from(hash & (table - 1))).collect();
    order::order(&buckets)
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
