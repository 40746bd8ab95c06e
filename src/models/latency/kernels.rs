//! Small pieces of work to be timed on the reader's machine. Each answers with a number that depends on all of it, so
//! that no compiler leaves any away. They know no clock.

use crate::sim::random::{Stream, stream};
use std::hint::black_box;

/// A cache line, in bytes, on nearly all machines (128 on some).
const LINE: usize = 64;

/// A walk through memory in which each step says where the next one goes: nothing can be fetched ahead.
pub struct Chase {
    /// The first word of each line is the place of the next line.
    lines: Vec<[u32; LINE / 4]>,
    at: u32,
}

impl Chase {
    /// One single cycle through all lines of so many bytes, in random order (Sattolo 1986).
    pub fn new(bytes: usize) -> Chase {
        let n = (bytes / LINE).max(2) as u32;
        let mut order: Vec<u32> = (0..n).collect();
        let mut chance = stream(1, "pointer chase");
        for i in (1..n).rev() {
            order.swap(i as usize, chance.below(i) as usize);
        }
        let mut lines = vec![[0; LINE / 4]; n as usize];
        for (line, next) in lines.iter_mut().zip(&order) {
            line[0] = *next;
        }
        Chase { lines, at: 0 }
    }

    /// So many steps; where they lead.
    pub fn run(&mut self, times: u32) -> u32 {
        let mut at = self.at;
        for _ in 0..times {
            at = self.lines.get(at as usize).map_or(0, |line| line[0]);
        }
        self.at = at;
        at
    }
}

/// Reads a mebibyte after another of a buffer that is larger than most caches.
pub struct Sweep {
    words: Vec<u64>,
    part: usize,
}

impl Sweep {
    const PART: usize = (1 << 20) / 8;

    pub fn new() -> Sweep {
        Sweep { words: (0..64 * Sweep::PART as u64).collect(), part: 0 }
    }

    pub fn run(&mut self, times: u32) -> u32 {
        let mut sum = 0u64;
        for _ in 0..times {
            let words = self.words.chunks_exact(Sweep::PART).nth(self.part).unwrap_or_default();
            sum = words.iter().fold(sum, |sum, word| sum.wrapping_add(*word));
            self.part = (self.part + 1) % 64;
        }
        (sum ^ sum >> 32) as u32
    }
}

impl Default for Sweep {
    fn default() -> Self {
        Sweep::new()
    }
}

/// A branch for every byte: half of them go each way, in random order or the ones before the others.
pub struct Branches {
    bytes: Vec<u8>,
    at: usize,
}

impl Branches {
    /// Longer than what predictors remember.
    const BYTES: usize = 1 << 16;

    pub fn new(shuffled: bool) -> Branches {
        let mut chance = stream(2, "branches");
        let mut bytes: Vec<u8> = (0..Branches::BYTES).map(|_| chance.below(256) as u8).collect();
        if !shuffled {
            bytes = (0..=255u8).flat_map(|b| vec![b; bytes.iter().filter(|other| **other == b).count()]).collect();
        }
        Branches { bytes, at: 0 }
    }

    pub fn run(&mut self, times: u32) -> u32 {
        let (mut low, mut high) = (1u32, 1u32);
        for _ in 0..times {
            let byte = self.bytes.get(self.at).copied().unwrap_or(0);
            self.at = (self.at + 1) & (Branches::BYTES - 1);
            // What is in a black box is not done ahead of the branch, so the branch stays one.
            if byte < 128 {
                low = black_box(low.wrapping_add(u32::from(byte)));
            } else {
                high = black_box(high.wrapping_add(u32::from(byte)));
            }
        }
        low ^ high.rotate_left(16)
    }
}

/// xxHash64 over so many bytes, which change each time.
pub struct Hashing {
    bytes: Vec<u8>,
    sum: u64,
}

impl Hashing {
    pub fn new(bytes: usize) -> Hashing {
        Hashing { bytes: text(bytes), sum: 0 }
    }

    pub fn run(&mut self, times: u32) -> u32 {
        for _ in 0..times {
            self.sum = xxhash_rust::xxh64::xxh64(&self.bytes, self.sum);
        }
        self.sum as u32
    }
}

/// So many bytes of something like a log: words from a short list, and numbers.
fn text(bytes: usize) -> Vec<u8> {
    const WORDS: [&str; 12] =
        ["GET", "/api/items/", "200", "user=", "cache", "hit", "miss", "in", "ms", "eu-west", "retry", "ok"];
    let mut chance: Stream = stream(3, "text");
    let mut out = Vec::with_capacity(bytes + 16);
    while out.len() < bytes {
        let word = WORDS.get(chance.below(12) as usize).copied().unwrap_or("ok");
        out.extend(word.bytes());
        if word.ends_with(['/', '=']) {
            out.extend(chance.below(10_000).to_string().bytes());
        }
        out.push(b' ');
    }
    out.truncate(bytes);
    out
}

/// A small compressor of the kind of Snappy and LZ4 (Lempel and Ziv 1977): what was there before is referred to.
pub struct Compress {
    bytes: Vec<u8>,
    /// By a hash of four bytes: one more than where they were last seen.
    seen: [u16; 1 << 10],
    pub out: Vec<u8>,
}

impl Compress {
    pub fn new(bytes: usize) -> Compress {
        Compress { bytes: text(bytes), seen: [0; 1 << 10], out: Vec::new() }
    }

    pub fn run(&mut self, times: u32) -> u32 {
        let mut sum = 0u32;
        for time in 0..times {
            if let Some(first) = self.bytes.first_mut() {
                *first = b'A' + (time % 26) as u8;
            }
            self.once();
            sum =
                sum.wrapping_mul(31).wrapping_add(self.out.len() as u32 + self.out.last().map_or(0, |b| u32::from(*b)));
        }
        sum
    }

    /// Pieces: a byte below 128 is so many plain bytes that follow; else a copy of (it − 124) bytes from so far back as
    /// the next two bytes say.
    fn once(&mut self) {
        let (bytes, out) = (&self.bytes, &mut self.out);
        self.seen.fill(0);
        out.clear();
        let four = |at: usize| bytes.get(at..at + 4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        let (mut at, mut plain) = (0, 0);
        while let Some(word) = four(at) {
            let slot = (word.wrapping_mul(0x9e37_79b1) >> 22) as usize;
            let before = self.seen.get_mut(slot).map_or(0, |seen| std::mem::replace(seen, at as u16 + 1));
            let from = usize::from(before).wrapping_sub(1);
            if before == 0 || four(from) != Some(word) {
                at += 1;
                continue;
            }
            let same = bytes.iter().skip(from).zip(bytes.iter().skip(at)).take(131).take_while(|(a, b)| a == b).count();
            literal(out, bytes.get(plain..at).unwrap_or_default());
            out.push((same + 124) as u8);
            out.extend(((at - from) as u16).to_le_bytes());
            at += same;
            plain = at;
        }
        literal(out, bytes.get(plain..).unwrap_or_default());
    }
}

fn literal(out: &mut Vec<u8>, bytes: &[u8]) {
    for piece in bytes.chunks(127) {
        out.push(piece.len() as u8);
        out.extend_from_slice(piece);
    }
}

/// Sorts a thousand numbers, others each time (quicksort by the middle one, insertion where few are left).
pub struct Sort {
    numbers: Vec<u32>,
    next: u32,
}

impl Sort {
    pub fn new() -> Sort {
        Sort { numbers: vec![0; 1_000], next: 1 }
    }

    pub fn run(&mut self, times: u32) -> u32 {
        let mut sum = 0u32;
        for _ in 0..times {
            for number in &mut self.numbers {
                // A linear congruence (Numerical Recipes): quick, and random enough to sort.
                self.next = self.next.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *number = self.next;
            }
            sort(&mut self.numbers);
            sum = sum.wrapping_add(self.numbers.get(500).copied().unwrap_or(0));
        }
        sum
    }
}

impl Default for Sort {
    fn default() -> Self {
        Sort::new()
    }
}

fn sort(mut of: &mut [u32]) {
    while of.len() > 16 {
        let (mut i, mut j) = (0, of.len() - 1);
        let pivot = of[j / 2];
        loop {
            while of[i] < pivot {
                i += 1;
            }
            while of[j] > pivot {
                j -= 1;
            }
            if i >= j {
                break;
            }
            of.swap(i, j);
            i += 1;
            j -= 1;
        }
        let (low, high) = of.split_at_mut(j + 1);
        // The smaller part first: what is left to do stays shallow.
        let (few, many) = if low.len() < high.len() { (low, high) } else { (high, low) };
        sort(few);
        of = many;
    }
    for i in 1..of.len() {
        let mut j = i;
        while j > 0 && of[j - 1] > of[j] {
            of.swap(j - 1, j);
            j -= 1;
        }
    }
}

/// Reads a kilobyte of JSON into values and writes them again.
pub struct Json {
    text: String,
    values: Vec<(u32, String, bool)>,
}

impl Json {
    pub fn new() -> Json {
        let mut json = Json { text: String::new(), values: Vec::new() };
        json.values = (0..24u32).map(|i| (i * 7_919, format!("item-{}", i * 31), i % 3 == 0)).collect();
        json.write();
        json
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn run(&mut self, times: u32) -> u32 {
        let mut sum = 0u32;
        for _ in 0..times {
            self.read();
            if let Some(first) = self.values.first_mut() {
                first.0 = (first.0 + 1) % 10;
            }
            self.write();
            sum = sum.wrapping_add(self.text.len() as u32 + self.values.len() as u32);
        }
        sum
    }

    fn write(&mut self) {
        use std::fmt::Write;
        self.text.clear();
        self.text.push('[');
        for (i, (id, name, on)) in self.values.iter().enumerate() {
            let comma = if i > 0 { "," } else { "" };
            let _ = write!(self.text, "{comma}{{\"id\":{id},\"name\":\"{name}\",\"on\":{on}}}");
        }
        self.text.push(']');
    }

    /// Of JSON what is needed here: an array of objects with numbers, texts without escapes, true and false.
    fn read(&mut self) {
        self.values.clear();
        let bytes = self.text.as_bytes();
        let (mut at, mut key) = (0, "");
        let (mut id, mut name, mut on) = (0, "", false);
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => {
                    let end = bytes.iter().skip(at + 1).position(|b| *b == b'"').map_or(bytes.len(), |n| at + 1 + n);
                    let word = self.text.get(at + 1..end).unwrap_or_default();
                    match bytes.get(end + 1) {
                        Some(b':') => key = word,
                        _ if key == "name" => name = word,
                        _ => {}
                    }
                    at = end;
                }
                b'0'..=b'9' => {
                    let end = bytes.iter().skip(at).position(|b| !b.is_ascii_digit()).map_or(bytes.len(), |n| at + n);
                    id = bytes[at..end].iter().fold(0u32, |n, b| n.wrapping_mul(10).wrapping_add(u32::from(b - b'0')));
                    at = end - 1;
                }
                b't' | b'f' => {
                    on = *byte == b't';
                    at += if on { 3 } else { 4 };
                }
                b'}' => self.values.push((id, name.to_string(), on)),
                _ => {}
            }
            at += 1;
        }
    }
}

impl Default for Json {
    fn default() -> Self {
        Json::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chase_goes_through_every_line_before_it_comes_back() {
        for bytes in [4 << 10, 100 << 10] {
            let mut chase = Chase::new(bytes);
            let n = (bytes / LINE) as u32;
            let steps = (1..=n).find(|_| chase.run(1) == 0);
            assert_eq!(steps, Some(n), "a single cycle");
        }
        assert!(Chase::new(0).run(3) < 2);
    }

    #[test]
    fn what_is_compressed_can_be_had_back() {
        let mut it = Compress::new(1_000);
        it.run(3);
        let mut back: Vec<u8> = Vec::new();
        let mut at = 0;
        while at < it.out.len() {
            let tag = usize::from(it.out[at]);
            if tag < 128 {
                back.extend(&it.out[at + 1..at + 1 + tag]);
                at += 1 + tag;
            } else {
                let far = usize::from(u16::from_le_bytes([it.out[at + 1], it.out[at + 2]]));
                for _ in 0..tag - 124 {
                    back.push(back[back.len() - far]);
                }
                at += 3;
            }
        }
        assert_eq!(back, it.bytes);
        assert!(it.out.len() < 800, "{} of 1,000", it.out.len());
    }

    #[test]
    fn sorted_and_read_back() {
        let mut it = Sort::new();
        it.run(5);
        assert!(it.numbers.is_sorted());
        for n in 0..40u32 {
            let mut few: Vec<u32> = (0..n).map(|i| i * 7 % 5).collect();
            sort(&mut few);
            assert!(few.is_sorted() && few.len() == n as usize);
        }
        let mut json = Json::new();
        let (before, bytes) = (json.values.clone(), json.text().len());
        assert!((950..1_050).contains(&bytes), "{bytes}");
        json.read();
        assert_eq!(json.values, before);
        let value: serde_json::Value = serde_json::from_str(json.text()).expect("it is JSON");
        assert_eq!(value.as_array().map(Vec::len), Some(24));
    }

    #[test]
    fn branches_are_the_same_in_another_order() {
        let (mut sorted, mut shuffled) = (Branches::new(false), Branches::new(true));
        assert!(sorted.bytes.is_sorted() && !shuffled.bytes.is_sorted());
        let n = Branches::BYTES as u32;
        assert_eq!(sorted.run(n), shuffled.run(n), "the same sums");
        assert_ne!(Hashing::new(64).run(1), Hashing::new(64).run(2));
        assert_ne!(Sweep::new().run(1), Sweep::new().run(2));
    }
}
