//! `sha256sum`, `md5sum`, `base64`.

use super::Starter;
use super::adapter::Call;
use super::filter::{Filter, Flow, Streaming};
use crate::base64;

pub(super) fn find(name: &str) -> Option<Starter> {
    Some(match name {
        "sha256sum" => {
            |_, family| Streaming::boxed(family, |call| sum(call, |data| hex(&sha256(data))))
        }
        "md5sum" => |_, family| Streaming::boxed(family, |call| sum(call, |data| hex(&md5(data)))),
        "base64" => |_, family| Streaming::boxed(family, encode),
        _ => return None,
    })
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// Keeps each source's bytes, and shows their digest.
#[derive(Debug, Clone)]
struct Sum {
    digest: fn(&[u8]) -> String,
    data: Vec<u8>,
}

fn sum(call: &mut Call<'_, '_>, digest: fn(&[u8]) -> String) -> Result<(Sum, Vec<String>), u8> {
    let arguments = call.parse("bt", &[])?;
    Ok((Sum { digest, data: Vec::new() }, arguments.operands))
}

impl Filter for Sum {
    fn data(&mut self, _source: &str, data: &[u8], _out: &mut Vec<u8>) -> Flow {
        self.data.extend_from_slice(data);
        Flow::More
    }

    fn end(&mut self, source: &str, out: &mut Vec<u8>) {
        let digest = (self.digest)(&std::mem::take(&mut self.data));
        out.extend_from_slice(format!("{digest}  {source}\n").as_bytes());
    }
}

#[derive(Debug, Clone)]
struct Base64 {
    decode: bool,
    width: usize,
    data: Vec<u8>,
}

fn encode(call: &mut Call<'_, '_>) -> Result<(Base64, Vec<String>), u8> {
    let arguments = call.parse("dDiw:", &[("decode", 'd'), ("wrap", 'w')])?;
    let width = arguments.value('w').and_then(|text| text.parse().ok()).unwrap_or(76);
    let decode = arguments.has('d') || arguments.has('D');
    Ok((Base64 { decode, width, data: Vec::new() }, arguments.operands))
}

impl Filter for Base64 {
    fn data(&mut self, _source: &str, data: &[u8], _out: &mut Vec<u8>) -> Flow {
        self.data.extend_from_slice(data);
        Flow::More
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> u8 {
        if self.decode {
            let text: String = self
                .data
                .iter()
                .map(|byte| char::from(*byte))
                .filter(|letter| !letter.is_whitespace())
                .collect();
            return match base64::decode(&text) {
                Ok(data) => {
                    out.extend(data);
                    0
                }
                Err(_) => 1,
            };
        }
        let text = base64::encode(&self.data);
        if self.width == 0 {
            out.extend_from_slice(text.as_bytes());
            return 0;
        }
        for line in text.as_bytes().chunks(self.width) {
            out.extend_from_slice(line);
            out.push(b'\n');
        }
        0
    }
}

/// The message padded to whole blocks, as MD5 and SHA-2 do.
fn padded(data: &[u8], length: [u8; 8]) -> Vec<u8> {
    let mut message = data.to_vec();
    message.push(0x80);
    while message.len() % 64 != 56 {
        message.push(0);
    }
    message.extend(length);
    message
}

/// The first 32 bits of the fractions of a root of the first primes: SHA-2's
/// and MD5's constants are made of such, by whole-number arithmetic.
fn primes() -> impl Iterator<Item = u64> {
    (2_u64..).filter(|number| {
        (2..*number)
            .take_while(|divisor| divisor * divisor <= *number)
            .all(|divisor| number % divisor != 0)
    })
}

/// The whole part of the `power`th root of `value`.
fn root(value: u128, power: u32) -> u128 {
    let (mut low, mut high) = (0_u128, 1_u128 << (128 / power));
    while high - low > 1 {
        let middle = u128::midpoint(low, high);
        if middle.checked_pow(power).is_some_and(|result| result <= value) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

fn low_32(value: u128) -> u32 {
    u32::try_from(value & 0xffff_ffff).unwrap_or_default()
}

/// SHA-256 (FIPS 180-4).
#[expect(clippy::many_single_char_names, reason = "the standard's own names")]
pub fn sha256(data: &[u8]) -> [u8; 32] {
    let constants: Vec<u32> =
        primes().take(64).map(|prime| low_32(root(u128::from(prime) << 96, 3))).collect();
    let mut state = [0_u32; 8];
    for (place, prime) in state.iter_mut().zip(primes()) {
        *place = low_32(root(u128::from(prime) << 64, 2));
    }
    let bits = (data.len() as u64).wrapping_mul(8);
    for block in padded(data, bits.to_be_bytes()).chunks_exact(64) {
        let mut words: Vec<u32> = block
            .chunks_exact(4)
            .map(|word| word.iter().fold(0, |all, byte| all << 8 | u32::from(*byte)))
            .collect();
        for at in 16..64 {
            let word = |back: usize| words.get(at - back).copied().unwrap_or_default();
            let (a, b) = (word(15), word(2));
            let first = a.rotate_right(7) ^ a.rotate_right(18) ^ (a >> 3);
            let second = b.rotate_right(17) ^ b.rotate_right(19) ^ (b >> 10);
            words.push(word(16).wrapping_add(first).wrapping_add(word(7)).wrapping_add(second));
        }
        let mut working = state;
        for (constant, word) in constants.iter().zip(&words) {
            let [a, b, c, d, e, f, g, h] = working;
            let mixed = (e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25))
                .wrapping_add((e & f) ^ (!e & g))
                .wrapping_add(h)
                .wrapping_add(*constant)
                .wrapping_add(*word);
            let other = (a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22))
                .wrapping_add((a & b) ^ (a & c) ^ (b & c));
            working = [mixed.wrapping_add(other), a, b, c, d.wrapping_add(mixed), e, f, g];
        }
        for (own, new) in state.iter_mut().zip(working) {
            *own = own.wrapping_add(new);
        }
    }
    let mut digest = [0; 32];
    for (place, byte) in digest.iter_mut().zip(state.iter().flat_map(|word| word.to_be_bytes())) {
        *place = byte;
    }
    digest
}

/// MD5's additive constants: 2^32 times the sines of 1 to 64.
const SINES: [u32; 64] = [
    0xd76a_a478,
    0xe8c7_b756,
    0x2420_70db,
    0xc1bd_ceee,
    0xf57c_0faf,
    0x4787_c62a,
    0xa830_4613,
    0xfd46_9501,
    0x6980_98d8,
    0x8b44_f7af,
    0xffff_5bb1,
    0x895c_d7be,
    0x6b90_1122,
    0xfd98_7193,
    0xa679_438e,
    0x49b4_0821,
    0xf61e_2562,
    0xc040_b340,
    0x265e_5a51,
    0xe9b6_c7aa,
    0xd62f_105d,
    0x0244_1453,
    0xd8a1_e681,
    0xe7d3_fbc8,
    0x21e1_cde6,
    0xc337_07d6,
    0xf4d5_0d87,
    0x455a_14ed,
    0xa9e3_e905,
    0xfcef_a3f8,
    0x676f_02d9,
    0x8d2a_4c8a,
    0xfffa_3942,
    0x8771_f681,
    0x6d9d_6122,
    0xfde5_380c,
    0xa4be_ea44,
    0x4bde_cfa9,
    0xf6bb_4b60,
    0xbebf_bc70,
    0x289b_7ec6,
    0xeaa1_27fa,
    0xd4ef_3085,
    0x0488_1d05,
    0xd9d4_d039,
    0xe6db_99e5,
    0x1fa2_7cf8,
    0xc4ac_5665,
    0xf429_2244,
    0x432a_ff97,
    0xab94_23a7,
    0xfc93_a039,
    0x655b_59c3,
    0x8f0c_cc92,
    0xffef_f47d,
    0x8584_5dd1,
    0x6fa8_7e4f,
    0xfe2c_e6e0,
    0xa301_4314,
    0x4e08_11a1,
    0xf753_7e82,
    0xbd3a_f235,
    0x2ad7_d2bb,
    0xeb86_d391,
];

/// MD5 (RFC 1321).
fn md5(data: &[u8]) -> [u8; 16] {
    const TURNS: [[u32; 4]; 4] =
        [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let (mut a, mut b, mut c, mut d) =
        (0x6745_2301_u32, 0xefcd_ab89_u32, 0x98ba_dcfe_u32, 0x1032_5476_u32);
    let bits = (data.len() as u64).wrapping_mul(8);
    for block in padded(data, bits.to_le_bytes()).chunks_exact(64) {
        let words: Vec<u32> = block
            .chunks_exact(4)
            .map(|word| word.iter().rev().fold(0, |all, byte| all << 8 | u32::from(*byte)))
            .collect();
        let before = (a, b, c, d);
        for (at, sine) in SINES.iter().enumerate() {
            let (mixed, word) = match at / 16 {
                0 => ((b & c) | (!b & d), at),
                1 => ((d & b) | (!d & c), (5 * at + 1) % 16),
                2 => (b ^ c ^ d, (3 * at + 5) % 16),
                _ => (c ^ (b | !d), 7 * at % 16),
            };
            let turn =
                TURNS.get(at / 16).and_then(|turns| turns.get(at % 4)).copied().unwrap_or_default();
            let word = words.get(word).copied().unwrap_or_default();
            let sum = a.wrapping_add(mixed).wrapping_add(*sine).wrapping_add(word);
            (a, d, c, b) = (d, c, b, b.wrapping_add(sum.rotate_left(turn)));
        }
        (a, b, c, d) = (
            a.wrapping_add(before.0),
            b.wrapping_add(before.1),
            c.wrapping_add(before.2),
            d.wrapping_add(before.3),
        );
    }
    let mut digest = [0; 16];
    for (place, byte) in
        digest.iter_mut().zip([a, b, c, d].iter().flat_map(|word| word.to_le_bytes()))
    {
        *place = byte;
    }
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_the_standards_ones() {
        assert_eq!(
            hex(&sha256(b"abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(hex(&md5(b"abc")), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(hex(&md5(b"")), "d41d8cd98f00b204e9800998ecf8427e");
    }
}
