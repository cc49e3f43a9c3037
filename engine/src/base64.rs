//! Base64 as Go reads and writes it: the form of bytes in JSON.
//!
//! Source of the words: Go's `encoding/base64`.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Reads base64 with padding, skipping line ends, as Go does.
pub fn decode(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut group: Vec<u32> = Vec::with_capacity(4);
    let mut letters =
        text.bytes().enumerate().filter(|(_, byte)| !matches!(byte, b'\n' | b'\r')).peekable();
    let illegal = |index: usize| format!("illegal base64 data at input byte {index}");
    while let Some((index, byte)) = letters.next() {
        if byte == b'=' {
            let closing = match group.len() {
                3 => true,
                2 => match letters.next() {
                    Some((_, b'=')) => true,
                    Some((index, _)) => return Err(illegal(index - 1)),
                    None => return Err(illegal(text.len())),
                },
                _ => false,
            };
            if !closing {
                return Err(illegal(index));
            }
            if let Some((index, _)) = letters.peek() {
                return Err(illegal(*index));
            }
            push_group(&mut bytes, &group);
            return Ok(bytes);
        }
        let letter = ALPHABET.iter().position(|own| *own == byte).ok_or_else(|| illegal(index))?;
        group.push(u32::try_from(letter).unwrap_or_default());
        if group.len() == 4 {
            push_group(&mut bytes, &group);
            group.clear();
        }
    }
    if group.is_empty() { Ok(bytes) } else { Err(illegal(text.len() - group.len())) }
}

/// Two, three or four letters stand for one, two or three bytes.
fn push_group(bytes: &mut Vec<u8>, group: &[u32]) {
    let bits = group.iter().fold(0, |bits, letter| bits << 6 | letter) << (6 * (4 - group.len()));
    let three = bits.to_be_bytes();
    bytes.extend(three.iter().skip(1).take(group.len() - 1));
}

/// Writes base64 with padding.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - group.len()));
        for place in 0..4 {
            let letter = ALPHABET.get((bits >> (18 - 6 * place) & 63) as usize);
            let letter = if place <= group.len() { letter.copied() } else { None };
            text.push(char::from(letter.unwrap_or(b'=')));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_reads_what_it_writes() {
        for text in ["", "a", "ab", "abc", "abcd", "hunter2!"] {
            let written = encode(text.as_bytes());
            assert_eq!(decode(&written).as_deref(), Ok(text.as_bytes()));
        }
        assert_eq!(decode("aGVs\nbG8=").as_deref(), Ok(b"hello".as_slice()));
    }

    #[test]
    fn base64_names_the_byte_that_is_wrong() {
        for (text, byte) in
            [("hunter2!", 7), ("abc", 0), ("ab=c", 2), ("abcde", 4), ("YQ==YQ==", 4)]
        {
            let error = decode(text).expect_err("not base64");
            assert_eq!(error, format!("illegal base64 data at input byte {byte}"), "{text}");
        }
    }
}
