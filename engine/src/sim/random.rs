//! One seeded generator, split so that one part's draws never disturb another's.

/// A splittable generator (SplitMix64). The same seed gives the same draws on
/// every machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Random(u64);

/// The letters of Kubernetes' generated names: no vowels, no look-alikes.
/// Source: apimachinery `pkg/util/rand`.
const SAFE_LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

impl Random {
    /// A generator that `seed` decides.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A generator of its own for the part called `name`.
    #[must_use]
    pub fn split(&self, name: &str) -> Self {
        // FNV-1a; any mix will do, so long as it never changes.
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(Self(self.0 ^ hash).next_u64())
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below `bound`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        // The high half of a product: even enough for any bound met here.
        let product = u128::from(self.next_u64()) * u128::from(bound);
        u64::try_from(product >> 64).unwrap_or_default()
    }

    /// An item of `items`, each as likely.
    pub fn choose<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(usize::try_from(self.below(items.len() as u64)).ok()?)
    }

    /// `length` letters as Kubernetes ends generated names with.
    pub fn suffix(&mut self, length: usize) -> String {
        (0..length)
            .filter_map(|_| self.choose(SAFE_LETTERS).map(|letter| char::from(*letter)))
            .collect()
    }

    /// `words` times sixteen hexadecimal digits.
    pub fn hex(&mut self, words: usize) -> String {
        let mut text = String::with_capacity(16 * words);
        for _ in 0..words {
            push_hex(&mut text, self.next_u64(), 16);
        }
        text
    }

    /// A random (version 4) UUID.
    pub fn uuid(&mut self) -> String {
        let (a, b) = (self.next_u64(), self.next_u64());
        let parts = [(a >> 32, 8), (a >> 16, 4), (0x4000 | (a & 0xfff), 4)];
        let rest = [(0x8000 | ((b >> 48) & 0x3fff), 4), (b, 12)];
        let mut text = String::with_capacity(36);
        for (number, digits) in parts.into_iter().chain(rest) {
            if !text.is_empty() {
                text.push('-');
            }
            push_hex(&mut text, number, digits);
        }
        text
    }
}

/// Adds the last `digits` hexadecimal digits of `number`: objects are full of
/// them, so this does without the machinery of `format!`.
fn push_hex(text: &mut String, number: u64, digits: u32) {
    for place in (0..digits).rev() {
        let digit = u32::try_from((number >> (4 * place)) & 0xf).unwrap_or(0);
        text.extend(char::from_digit(digit, 16));
    }
}
