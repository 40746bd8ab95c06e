//! Percent-encoding, only of what would change a link's meaning or what browsers rewrite in a fragment.

pub fn encode(text: &str) -> String {
    encode_but(text, b"")
}

/// The value of a part: commas may stay, lists are easier to read so.
pub fn encode_value(text: &str) -> String {
    encode_but(text, b",")
}

fn encode_but(text: &str, also: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.:~/*@!".contains(&byte) || also.contains(&byte) {
            out.push(char::from(byte));
        } else {
            let hex = |n: u8| char::from(b"0123456789ABCDEF"[usize::from(n & 15)]);
            out.extend(['%', hex(byte >> 4), hex(byte)]);
        }
    }
    out
}

/// The other way; a stray `%` stands for itself, and bytes that are not UTF-8 become U+FFFD.
pub fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while let Some(&byte) = bytes.get(i) {
        let digit = |at: usize| bytes.get(at).and_then(|b| char::from(*b).to_digit(16));
        match (byte, digit(i + 1), digit(i + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                i += 3;
            }
            _ => {
                out.push(byte);
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
