//! Redis Cluster's hash slots, and how redis-cli deals them out.
//!
//! An owner table has one entry per slot: the index of the primary that serves it, `u16::MAX` where none does.

use std::sync::LazyLock;

use crc::{CRC_16_XMODEM, Crc};

use crate::sim::order;

/// Slots of a Redis Cluster.
pub const SLOTS: u32 = 16384;

/// Its table is made at first use: no part of the download.
static CRC16: LazyLock<Crc<u16>> = LazyLock::new(|| Crc::<u16>::new(&CRC_16_XMODEM));
const UNCOVERED: u16 = u16::MAX;

/// The slot of a key, below [`SLOTS`]: CRC-16/XMODEM modulo 16,384 (Redis Cluster specification).
///
/// If the key has a `{`, a `}` after it, and something between the first `{` and the first `}` that follows, only
/// that is hashed: keys with the same hash tag share a slot.
pub fn key_slot(key: &[u8]) -> u16 {
    CRC16.checksum(hash_tag(key).unwrap_or(key)) % SLOTS as u16
}

fn hash_tag(key: &[u8]) -> Option<&[u8]> {
    let open = key.iter().position(|&byte| byte == b'{')? + 1;
    let length = key[open..].iter().position(|&byte| byte == b'}')?;
    if length == 0 { None } else { Some(&key[open..open + length]) }
}

/// The owner table that `redis-cli --cluster create` makes for `n` primaries: contiguous runs whose ends are rounded
/// in single precision (redis-cli.c, `clusterManagerCommandCreate`). All uncovered if `n` is 0.
pub fn slots_create(n: u32) -> Vec<u16> {
    let mut owner = vec![UNCOVERED; SLOTS as usize];
    let run = SLOTS as f32 / n as f32;
    let (mut first, mut cursor) = (0, 0.0_f32);
    for primary in 0..n.min(u32::from(UNCOVERED)) {
        if first >= SLOTS {
            break;
        }
        // `lround` rounds halves away from zero, as `round` does; below zero it stands for "before the first".
        let rounded = (cursor + run - 1.0).round();
        let last = if primary == n - 1 { SLOTS - 1 } else { (rounded.max(0.0) as u32).clamp(first, SLOTS - 1) };
        owner[first as usize..=last as usize].fill(primary as u16);
        first = last + 1;
        cursor += run;
    }
    owner
}

/// The owner table after a new primary, index `servers` − 1, was given slots by `redis-cli --cluster reshard` from
/// all others: it asks for [`SLOTS`] / `servers`.
///
/// As `clusterManagerComputeReshardTable`: sources by slots held, most first (ties in index order); each gives slots
/// in proportion to what it holds, its lowest first, the first source rounded up and the others down. The newcomer
/// can end a few short of what was asked, as there. Uncovered slots stay so. Unchanged if the newcomer's index is no
/// valid `u16` or `servers` is 0.
pub fn slots_join(owner: &[u16], servers: u32) -> Vec<u16> {
    match servers.checked_sub(1).and_then(|last| u16::try_from(last).ok()) {
        Some(newcomer) => slots_join_at(owner, newcomer, servers),
        None => owner.to_vec(),
    }
}

/// [`slots_join`] for a newcomer of any index, `servers` being how many primaries there are with it.
pub fn slots_join_at(owner: &[u16], newcomer: u16, servers: u32) -> Vec<u16> {
    let mut owner = owner.to_vec();
    if newcomer == UNCOVERED || servers == 0 {
        return owner;
    }
    let asked = SLOTS / servers;
    let mut held = vec![0u32; usize::from(UNCOVERED)];
    for &server in owner.iter().filter(|&&server| server != newcomer) {
        if let Some(count) = held.get_mut(usize::from(server)) {
            *count += 1;
        }
    }
    let total: u32 = held.iter().sum();
    let mut sources: Vec<(u64, u32)> = Vec::new();
    for (count, server) in held.into_iter().zip(0..).filter(|&(count, _)| count > 0) {
        sources.push((!u64::from(count), server));
    }
    order::sort(&mut sources);
    let mut left = asked;
    let mut given = vec![0u32; usize::from(UNCOVERED)];
    for (turn, &(key, server)) in sources.iter().enumerate() {
        let count = !key as u32;
        let part = asked as f32 / total as f32 * count as f32;
        let gives = (if turn == 0 { part.ceil() } else { part.floor() } as u32).min(left);
        given[server as usize] = gives;
        left -= gives.min(count);
    }
    for slot in &mut owner {
        if let Some(gives) = given.get_mut(usize::from(*slot))
            && *gives > 0
        {
            *gives -= 1;
            *slot = newcomer;
        }
    }
    owner
}

/// The owner table after `leaver` gave its slots away before leaving: divided evenly among `alive` in that order, each
/// a contiguous part of the leaver's slots, the first ones one slot more. Uncovered if no one is alive.
pub fn slots_leave(owner: &[u16], leaver: u16, alive: &[u16]) -> Vec<u16> {
    let heirs: Vec<u16> = alive.iter().copied().filter(|&server| server != leaver && server != UNCOVERED).collect();
    let mut owner = owner.to_vec();
    if leaver == UNCOVERED {
        return owner;
    }
    let mut slots: Vec<&mut u16> = owner.iter_mut().filter(|slot| **slot == leaver).collect();
    let (count, parts) = (slots.len(), heirs.len().max(1));
    let mut start = 0;
    for part in 0..parts {
        let length = count / parts + usize::from(part < count % parts);
        let heir = heirs.get(part).copied().unwrap_or(UNCOVERED);
        slots[start..start + length].iter_mut().for_each(|slot| **slot = heir);
        start += length;
    }
    owner
}

/// The owner table after `dead` failed: the replica that is promoted takes all its slots; without one they are
/// uncovered.
pub fn slots_failover(owner: &[u16], dead: u16, heir: Option<u16>) -> Vec<u16> {
    owner.iter().map(|&server| if server == dead { heir.unwrap_or(UNCOVERED) } else { server }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(owner: &[u16]) -> Vec<(u16, usize)> {
        owner.chunk_by(|a, b| a == b).map(|run| (run[0], run.len())).collect()
    }

    fn count(owner: &[u16], server: u16) -> usize {
        owner.iter().filter(|&&slot| slot == server).count()
    }

    /// What `redis-cli --cluster create` prints for three primaries: 0-5460, 5461-10922, 10923-16383.
    #[test]
    fn create_as_redis_cli_prints() {
        assert_eq!(runs(&slots_create(3)), [(0, 5461), (1, 5462), (2, 5461)]);
        assert_eq!(runs(&slots_create(6)), [(0, 2731), (1, 2730), (2, 2731), (3, 2731), (4, 2730), (5, 2731)]);
        assert_eq!(runs(&slots_create(1)), [(0, 16384)]);
        assert_eq!(runs(&slots_create(0)), [(UNCOVERED, 16384)]);
        for n in [2, 7, 100, 999, 1000, 16383, 16384, 16385, 70_000, u32::MAX] {
            let owner = slots_create(n);
            assert!(
                owner.windows(2).all(|pair| pair[0] <= pair[1]) && owner.iter().all(|&server| u32::from(server) < n)
            );
        }
    }

    #[test]
    fn join_takes_from_everyone() {
        let three = slots_create(3);
        let four = slots_join(&three, 4);
        assert_eq!([0, 1, 2, 3].map(|server| count(&four, server)), [4096, 4096, 4096, 4096]);
        // The lowest slots of each go, from the fullest (server 1) first.
        assert_eq!(four[0], 3);
        assert_eq!(four[1364], 3);
        assert_eq!(four[1365], 0);
        assert_eq!(four[5461 + 1365], 3);
        assert_eq!(four[5461 + 1366], 1);
        assert_eq!(slots_join(&three, 0), three);
        assert_eq!(slots_join(&three, u32::MAX), three);
        assert_eq!(slots_join(&slots_create(0), 1), slots_create(0));
        assert_eq!(slots_join(&[], 3), Vec::<u16>::new());
    }

    #[test]
    fn leave_and_failover() {
        let four = slots_create(4);
        let left = slots_leave(&four, 2, &[0, 1, 2, 3]);
        assert_eq!([0, 1, 2, 3].map(|server| count(&left, server)), [5462, 5461, 0, 5461]);
        assert_eq!(count(&slots_leave(&four, 2, &[]), UNCOVERED), 4096);
        assert_eq!(count(&slots_failover(&four, 2, Some(3)), 3), 8192);
        assert_eq!(count(&slots_failover(&four, 2, None), UNCOVERED), 4096);
        assert_eq!(slots_leave(&slots_create(0), UNCOVERED, &[1]), slots_create(0));
    }
}
