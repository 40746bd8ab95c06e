//! Hash functions: bytes to a number, the same on every machine.
//!
//! FNV-1a and MurmurHash3 are written out here; CRC-32, xxHash64, SipHash and MD5 come from crates.
//! All arithmetic is on `u32`/`u64`: nothing depends on the width of `usize`.

use std::sync::LazyLock;

use crc::{CRC_32_ISO_HDLC, Crc};
use md5::{Digest, Md5};
use siphasher::sip::SipHasher24;

/// CRC-32 (IEEE 802.3, zlib; Go's `crc32.ChecksumIEEE`). Its table is made at first use: no part of the download.
static CRC32: LazyLock<Crc<u32>> = LazyLock::new(|| Crc::<u32>::new(&CRC_32_ISO_HDLC));

/// A hash function a plain ring, mod N, jump or Guava can be given.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum HashFn {
    /// FNV-1a, 64-bit (Fowler, Noll, Vo). Mixes its last bytes poorly: neighbouring names land close together.
    Fnv1a,
    /// CRC-32 as IEEE 802.3 has it. A checksum, 32 bits wide; groupcache's default.
    Crc32,
    /// MurmurHash3 x64 128 (Appleby 2011), seed 0, first 64 bits.
    Murmur3,
    /// xxHash64 (Collet), seed 0.
    XxHash64,
    /// SipHash-2-4 (Aumasson, Bernstein 2012), key 0, 0.
    SipHash,
    /// MD5 (RFC 1321), first 8 bytes of the digest, little-endian.
    Md5,
}

impl HashFn {
    /// Every function, in the order a menu shows them.
    pub const ALL: [HashFn; 6] =
        [HashFn::Fnv1a, HashFn::Crc32, HashFn::Murmur3, HashFn::XxHash64, HashFn::SipHash, HashFn::Md5];

    /// The name the field uses.
    pub fn name(self) -> &'static str {
        match self {
            HashFn::Fnv1a => "FNV-1a (64-bit)",
            HashFn::Crc32 => "CRC-32 (IEEE)",
            HashFn::Murmur3 => "MurmurHash3 x64 (first 64 bits)",
            HashFn::XxHash64 => "xxHash64",
            HashFn::SipHash => "SipHash-2-4",
            HashFn::Md5 => "MD5 (first 64 bits)",
        }
    }

    /// Width of the value in bits: 64, or 32 for CRC-32.
    pub fn bits(self) -> u32 {
        match self {
            HashFn::Crc32 => 32,
            _ => 64,
        }
    }

    /// The native value, below 2^[`bits`](HashFn::bits).
    pub fn hash(self, bytes: &[u8]) -> u64 {
        match self {
            HashFn::Fnv1a => fnv1a(bytes),
            HashFn::Crc32 => u64::from(crc32(bytes)),
            HashFn::Murmur3 => murmur3_x64_128(bytes, 0).0,
            HashFn::XxHash64 => xxhash_rust::xxh64::xxh64(bytes, 0),
            HashFn::SipHash => siphash24(0, 0, bytes),
            HashFn::Md5 => {
                let digest = md5(bytes);
                u64::from(digest[0]) | u64::from(digest[1]) << 32
            }
        }
    }

    /// The value scaled to the whole turn 0..2^64: a 32-bit value moves to the upper half.
    pub fn position(self, bytes: &[u8]) -> u64 {
        self.hash(bytes) << self.shift()
    }

    /// How far [`position`](HashFn::position) shifts the native value up.
    pub(super) fn shift(self) -> u32 {
        64 - self.bits()
    }
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// CRC-32 (IEEE), as zlib and Go compute it.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    CRC32.checksum(bytes)
}

/// SipHash-2-4 with the key `k0`, `k1` over the bytes alone (no length prefix, no terminator).
pub(super) fn siphash24(k0: u64, k1: u64, bytes: &[u8]) -> u64 {
    SipHasher24::new_with_keys(k0, k1).hash(bytes)
}

/// An MD5 digest as its four little-endian 32-bit words.
pub(super) fn md5(bytes: &[u8]) -> [u32; 4] {
    let digest: [u8; 16] = Md5::digest(bytes).into();
    let all = u128::from_le_bytes(digest);
    [0, 32, 64, 96].map(|shift| (all >> shift) as u32)
}

/// Little-endian read of up to four bytes.
fn le32(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte))
}

/// Little-endian read of up to eight bytes.
fn le64(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
}

/// MurmurHash3_x86_32 (Appleby 2011), what `mmh3.hash(…, signed=False)` and clandestined compute.
pub fn murmur3_x86_32(bytes: &[u8], seed: u32) -> u32 {
    fn mix(word: u32) -> u32 {
        word.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593)
    }
    let mut hash = seed;
    let (blocks, tail) = bytes.as_chunks::<4>();
    for &block in blocks {
        hash = (hash ^ mix(u32::from_le_bytes(block))).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    // The reference takes the length as a 32-bit int: the cast wraps as it does there.
    hash ^= mix(le32(tail)) ^ bytes.len() as u32;
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

/// MurmurHash3_x64_128 (Appleby 2011). Both halves start from `seed` (the reference's is 32 bits wide).
pub fn murmur3_x64_128(bytes: &[u8], seed: u64) -> (u64, u64) {
    let tail = &bytes[bytes.len() / 16 * 16..];
    let (low, high) = tail.split_at(tail.len().min(8));
    murmur3_x64_128_with_tail(bytes, seed, (le64(low), le64(high)))
}

/// Cassandra's variant: its Java code reads the last, incomplete block from signed bytes, so each byte of it is
/// sign-extended to 64 bits before it is shifted and XORed in (Cassandra `MurmurHash.hash3_x64_128`, CASSANDRA-2975).
pub(super) fn murmur3_x64_128_cassandra(bytes: &[u8]) -> (u64, u64) {
    let tail = &bytes[bytes.len() / 16 * 16..];
    let (low, high) = tail.split_at(tail.len().min(8));
    let signed = |bytes: &[u8]| {
        bytes
            .iter()
            .zip((0..64).step_by(8))
            .fold(0, |word, (&byte, shift)| word ^ (i64::from(byte as i8) as u64) << shift)
    };
    murmur3_x64_128_with_tail(bytes, 0, (signed(low), signed(high)))
}

/// The body over whole 16-byte blocks, then the words of the last, incomplete block as the caller read them.
fn murmur3_x64_128_with_tail(bytes: &[u8], seed: u64, tail: (u64, u64)) -> (u64, u64) {
    const C1: u64 = 0x87c3_7b91_1142_53d5;
    const C2: u64 = 0x4cf5_ad43_2745_937f;
    let mix1 = |word: u64| word.wrapping_mul(C1).rotate_left(31).wrapping_mul(C2);
    let mix2 = |word: u64| word.wrapping_mul(C2).rotate_left(33).wrapping_mul(C1);
    fn finish(mut word: u64) -> u64 {
        word = (word ^ word >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
        word = (word ^ word >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        word ^ word >> 33
    }
    let (mut h1, mut h2) = (seed, seed);
    for &block in bytes.as_chunks::<16>().0 {
        let both = u128::from_le_bytes(block);
        let (low, high) = (both as u64, (both >> 64) as u64);
        h1 = (h1 ^ mix1(low)).rotate_left(27).wrapping_add(h2).wrapping_mul(5).wrapping_add(0x52dc_e729);
        h2 = (h2 ^ mix2(high)).rotate_left(31).wrapping_add(h1).wrapping_mul(5).wrapping_add(0x3849_5ab5);
    }
    let length = bytes.len() as u64;
    h1 ^= mix1(tail.0) ^ length;
    h2 ^= mix2(tail.1) ^ length;
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    h1 = finish(h1);
    h2 = finish(h2);
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    (h1, h2)
}

/// Writes a number in decimal after what `buffer` holds, without the cost of `format!` per point.
pub(super) fn push_decimal(buffer: &mut Vec<u8>, number: u32) {
    let start = buffer.len();
    let mut rest = number;
    loop {
        buffer.push(b'0' + (rest % 10) as u8);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    buffer[start..].reverse();
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published test values: the FNV page, the CRC catalogue's check value, the SipHash paper's key is not 0 so its
    /// value is for the keyed helper, RFC 1321's suite, xxHash's specification.
    #[test]
    fn published_values() {
        assert_eq!(HashFn::Fnv1a.hash(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(HashFn::Fnv1a.hash(b"foobar"), 0x8594_4171_f739_67e8);
        assert_eq!(HashFn::Crc32.hash(b"123456789"), 0xcbf4_3926);
        assert_eq!(HashFn::Crc32.position(b"123456789"), 0xcbf4_3926_0000_0000);
        assert_eq!(HashFn::XxHash64.hash(b""), 0xef46_db37_51d8_e999);
        assert_eq!(HashFn::Md5.hash(b""), 0x04b2_008f_d98c_1dd4);
        let message: Vec<u8> = (0..15).collect();
        assert_eq!(siphash24(0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908, &message), 0xa129_ca61_49be_45e5);
        assert_eq!(murmur3_x86_32(b"", 1), 0x514e_28b7);
        assert_eq!(murmur3_x86_32(b"Hello, world!", 0x9747_b28c), 0x2488_4cba);
        assert_eq!(murmur3_x64_128(b"", 0), (0, 0));
        assert_eq!(murmur3_x64_128(b"hello", 0), (0xcbd8_a7b3_41bd_9b02, 0x5b1e_906a_48ae_1d19));
    }

    #[test]
    fn decimals() {
        let mut buffer = b"n#".to_vec();
        push_decimal(&mut buffer, 0);
        push_decimal(&mut buffer, u32::MAX);
        assert_eq!(buffer, b"n#04294967295");
    }
}
