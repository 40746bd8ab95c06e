//! Maglev hashing: a table that servers fill in turn, each by its own permutation of the entries.
//!
//! Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI 2016, section 3.4. Two open
//! implementations, which differ only in how a name becomes a permutation and a key an entry.

use super::functions::siphash24;

/// The largest table: the greatest prime below 2^22. The paper's own largest has 655,373 entries.
pub const MAX_TABLE: u32 = 4_194_301;

/// The key of go-maglev's SipHash.
const GO_MAGLEV: (u64, u64) = (0xdead_beef_cafe_babe, 0);

/// The hash by which the go-maglev placement finds a key's entry.
///
/// go-maglev's `Lookup` takes a `u64` that the caller has hashed: here the SipHash-2-4 of the key's bytes under the
/// same key as the names.
pub(super) fn sip(bytes: &[u8]) -> u64 {
    siphash24(GO_MAGLEV.0, GO_MAGLEV.1, bytes)
}

/// The table size that is used when `size` is asked for: at most [`MAX_TABLE`].
pub(super) fn table_size(size: u32) -> u32 {
    size.min(MAX_TABLE)
}

/// Offset and skip of a name in a table of `size` entries as go-maglev computes them (commit 8961b9b): the two halves
/// of one SipHash.
pub fn maglev_sip_permutation(name: &str, size: u32) -> (u32, u32) {
    let hash = sip(name.as_bytes());
    permutation(hash >> 32, hash & 0xffff_ffff, size)
}

/// Offset and skip of a name as kkdai/maglev computes them (commit 750c761): xxHash64 of the name after a byte of
/// salt.
pub fn maglev_xx_permutation(name: &str, size: u32) -> (u32, u32) {
    let salted = |salt: u8| {
        let mut text = vec![salt];
        text.extend_from_slice(name.as_bytes());
        xxhash_rust::xxh64::xxh64(&text, 0)
    };
    permutation(salted(0xba), salted(0xbe), size)
}

fn permutation(offset: u64, skip: u64, size: u32) -> (u32, u32) {
    let size = u64::from(size).max(1);
    // Below `size`, hence below 2^32.
    ((offset % size) as u32, (skip % (size - 1).max(1) + 1) as u32)
}

/// The lookup table: entry → index into `permutations`, which are pairs of offset and skip.
///
/// In turn, each server takes the next entry of its permutation (offset, offset + skip, offset + 2 skip …, modulo
/// `size`) that is still free. `size` should be prime, so that every permutation reaches every entry; where it is not
/// and a server has tried all it can reach, it takes the lowest free entry, so any size comes to an end. Empty if
/// there is no server or no entry; sizes above [`MAX_TABLE`] are treated as that.
pub fn maglev_table(permutations: &[(u32, u32)], size: u32) -> Vec<u32> {
    let size = table_size(size);
    if permutations.is_empty() || size == 0 {
        return Vec::new();
    }
    let mut table = vec![u32::MAX; size as usize];
    // Per server: the next entry of its permutation, the step, and how many entries it has tried.
    let mut cursors: Vec<(u32, u32, u32)> =
        permutations.iter().map(|&(offset, skip)| (offset % size, skip % size, 0)).collect();
    let mut lowest_free = 0;
    let mut filled = 0;
    loop {
        for (server, (next, skip, tried)) in cursors.iter_mut().enumerate() {
            let entry = loop {
                if *tried == size {
                    while table[lowest_free] != u32::MAX {
                        lowest_free += 1;
                    }
                    break lowest_free;
                }
                let entry = *next as usize;
                // The table's limit keeps the sum below 2^32.
                *next = (*next + *skip) % size;
                *tried += 1;
                if table[entry] == u32::MAX {
                    break entry;
                }
            };
            table[entry] = server as u32;
            filled += 1;
            if filled == size {
                return table;
            }
        }
    }
}

/// The least prime that is at least `n`; the greatest prime below 2^32 if there is none.
pub fn next_prime(n: u32) -> u32 {
    const GREATEST: u32 = 4_294_967_291;
    let is_prime = |n: u32| {
        n >= 2
            && (2..).take_while(|d: &u32| u64::from(*d) * u64::from(*d) <= u64::from(n)).all(|d| !n.is_multiple_of(d))
    };
    (n..=GREATEST).find(|&n| is_prime(n)).unwrap_or(GREATEST)
}

/// The place of an entry on the turn 0..2^64: where its even part of the turn begins.
pub(super) fn entry_position(entry: u64, size: u64) -> u64 {
    if size == 0 { 0 } else { (u128::from(entry) << 64).div_ceil(u128::from(size)) as u64 }
}

/// The entry in whose part of the turn `position` lies.
pub(super) fn entry_at(position: u64, size: u64) -> u64 {
    ((u128::from(position) * u128::from(size)) >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn primes() {
        assert_eq!([0, 2, 3, 4, 65_536, 65_537, 655_360].map(next_prime), [2, 2, 3, 5, 65_537, 65_537, 655_373]);
        assert_eq!(next_prime(MAX_TABLE), MAX_TABLE);
        assert_eq!(next_prime(u32::MAX), 4_294_967_291);
        assert_eq!(next_prime(4_294_967_291), 4_294_967_291);
    }

    #[test]
    fn positions_invert() {
        for size in [1, 2, 3, 7, 13, 251, 65_537, 655_373, u64::from(MAX_TABLE)] {
            for entry in [0, 1, size / 3, size / 2, size - 1].into_iter().filter(|&entry| entry < size) {
                assert_eq!(entry_at(entry_position(entry, size), size), entry);
            }
            assert_eq!(entry_at(u64::MAX, size), size - 1);
        }
    }

    #[test]
    fn any_size_ends() {
        for size in 0..40 {
            for servers in 0..6u32 {
                let permutations: Vec<_> = (0..servers).map(|server| (server * 7, server * 2)).collect();
                let table = maglev_table(&permutations, size);
                assert_eq!(table.len(), if servers == 0 { 0 } else { size as usize });
                assert!(table.iter().all(|&server| server < servers));
            }
        }
        assert_eq!(maglev_sip_permutation("a", 0), (0, 1));
        assert_eq!(maglev_xx_permutation("a", 1), (0, 1));
    }
}
