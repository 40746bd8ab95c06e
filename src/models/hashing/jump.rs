//! Jump consistent hash, as published and as Guava has it.

/// One step of the 64-bit linear congruential generator that both use.
fn step(state: u64) -> u64 {
    state.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1)
}

/// Jump consistent hash (Lamping and Veach 2014, arXiv:1406.2294): the bucket of `key`, in 0..`buckets`.
///
/// Adding a bucket moves keys only to the new one, but only the last bucket can be taken away. 0 when there is no
/// bucket.
pub fn jump(key: u64, buckets: u32) -> u32 {
    jump_by(key, buckets, |_| {})
}

/// The buckets that [`jump`] jumps through, the last one its answer.
pub fn jump_path(key: u64, buckets: u32) -> Vec<u32> {
    let mut path = Vec::new();
    jump_by(key, buckets, |bucket| path.push(bucket));
    path
}

fn jump_by(key: u64, buckets: u32, mut seen: impl FnMut(u32)) -> u32 {
    let mut state = key;
    let mut bucket = 0;
    let mut next: u64 = 0;
    while next < u64::from(buckets) {
        bucket = next as u32;
        seen(bucket);
        state = step(state);
        // Two roundings, the quotient's and the product's, as in the paper's code. At most 2^63: fits.
        next = ((bucket as f64 + 1.0) * (2_147_483_648.0 / ((state >> 33) as f64 + 1.0))) as u64;
    }
    bucket
}

/// `Hashing.consistentHash` of Google Guava: the same idea, other rounding, and Java's `int` overflow.
///
/// Guava divides once, (b + 1) / ((r + 1) / 2^31), where the paper multiplies by a quotient: the two differ only where
/// the exact result is a whole number or next to one, for very few keys. When r = 2^31 - 1 the `int` sum overflows, the quotient is negative, and Guava stops there.
/// Buckets are a Java `int`: above 2^31 - 1 the last buckets get nothing. 0 when there is no bucket.
pub fn guava(key: u64, buckets: u32) -> u32 {
    guava_by(key, buckets, |_| {})
}

/// The buckets that [`guava`] goes through, the last one its answer.
pub fn guava_path(key: u64, buckets: u32) -> Vec<u32> {
    let mut path = Vec::new();
    guava_by(key, buckets, |bucket| path.push(bucket));
    path
}

fn guava_by(key: u64, buckets: u32, mut seen: impl FnMut(u32)) -> u32 {
    let mut state = key;
    let mut candidate: i32 = 0;
    loop {
        seen(candidate as u32);
        state = step(state);
        let draw = f64::from(((state >> 33) as i32).wrapping_add(1)) / 2_147_483_648.0;
        // Rust's cast saturates, as Java's does.
        let next = (f64::from(candidate.wrapping_add(1)) / draw) as i32;
        // A jump always goes up; the comparison with `candidate` bounds the loop even where `candidate + 1` overflows.
        if next <= candidate || next as u32 >= buckets {
            return candidate as u32;
        }
        candidate = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_bucket_and_extremes() {
        for key in [0, 1, u64::MAX, 1 << 63] {
            for place in [jump, guava] {
                assert_eq!(place(key, 0), 0);
                assert_eq!(place(key, 1), 0);
                assert!(place(key, u32::MAX) < u32::MAX);
            }
        }
    }

    /// The state whose 31 high bits are all ones: Java's sum overflows there and Guava stays, the paper moves on.
    #[test]
    fn guava_overflows_as_java_does() {
        // step(key) = 2^64 - 1, solved with the inverse of the multiplier modulo 2^64.
        let multiplier: u64 = 2_862_933_555_777_941_757;
        let mut inverse: u64 = 1;
        for _ in 0..6 {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(multiplier.wrapping_mul(inverse)));
        }
        let key = (u64::MAX - 1).wrapping_mul(inverse);
        assert_eq!(step(key), u64::MAX);
        assert_eq!(guava(key, 1000), 0);
        assert!(jump(key, 1000) > 0);
    }
}
