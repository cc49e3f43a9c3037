//! An immutable, shared text: a key or a string value.

use std::borrow::{Borrow, Cow};
use std::cmp::Ordering;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::sharing::address;
use super::words;

/// An immutable, shared text: a key or a string value. A clone copies at most
/// a pointer.
#[derive(Clone)]
pub struct Str(Repr);

/// **Invariant:** a text that is one of the words is always kept as a word.
#[derive(Clone)]
enum Repr {
    /// The number of a word.
    Word(u16),
    /// Any other text.
    Own(Arc<str>),
}

/// A text to look for, prepared for many comparisons.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    text: &'a str,
    word: Option<u16>,
}

impl<'a> Wanted<'a> {
    #[cfg_attr(
        not(target_family = "wasm"),
        inline(always),
        expect(clippy::inline_always, reason = "a text known while compiling needs no search")
    )]
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, word: words::find(text) }
    }

    pub(super) fn text(self) -> &'a str {
        self.text
    }

    /// Its number, if it is one of the words.
    pub(super) fn word(self) -> Option<u16> {
        self.word
    }
}

impl Str {
    /// The text.
    #[inline]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Word(number) => words::word(*number),
            Repr::Own(text) => text,
        }
    }

    /// Its number, if it is one of the words, which take no memory.
    pub(super) fn word(&self) -> Option<u16> {
        if let Repr::Word(number) = self.0 { Some(number) } else { None }
    }

    /// A number that is the same for texts that are shared.
    pub(super) fn identity(&self) -> u64 {
        match &self.0 {
            Repr::Word(number) => u64::from(*number),
            Repr::Own(text) => address(text),
        }
    }

    /// Whether both are the same piece of memory, hence equal without a look.
    pub fn is_shared_with(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Repr::Word(a), Repr::Word(b)) => a == b,
            (Repr::Own(a), Repr::Own(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

impl Default for Str {
    fn default() -> Self {
        Self(Repr::Word(0))
    }
}

impl Deref for Str {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Str {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for Str {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for Str {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Repr::Word(a), Repr::Word(b)) => a == b,
            (Repr::Own(a), Repr::Own(b)) => Arc::ptr_eq(a, b) || a == b,
            _ => false,
        }
    }
}

impl Eq for Str {}

impl PartialEq<str> for Str {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Str {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl Ord for Str {
    /// The order of their bytes, which is that of the words' numbers.
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Word(a), Repr::Word(b)) => a.cmp(b),
            (Repr::Own(a), Repr::Own(b)) if Arc::ptr_eq(a, b) => Ordering::Equal,
            _ => self.as_str().cmp(other.as_str()),
        }
    }
}

impl PartialOrd for Str {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

impl From<&str> for Str {
    fn from(text: &str) -> Self {
        Self(match words::find(text) {
            Some(number) => Repr::Word(number),
            None => Repr::Own(text.into()),
        })
    }
}

impl From<String> for Str {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<&String> for Str {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<Cow<'_, str>> for Str {
    fn from(text: Cow<'_, str>) -> Self {
        text.as_ref().into()
    }
}

impl From<&Self> for Str {
    fn from(text: &Self) -> Self {
        text.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_no_larger_than_a_pointer_and_a_length() {
        assert_eq!(size_of::<Str>(), size_of::<&str>());
    }

    #[test]
    fn texts_are_in_byte_order_whether_words_or_not() {
        let mut texts: Vec<Str> =
            ["status", "app", "", "zeta", "spec", "stat", "Ready"].map(Str::from).to_vec();
        texts.sort();
        assert_eq!(texts, ["", "Ready", "app", "spec", "stat", "status", "zeta"]);
    }

    #[test]
    fn equal_texts_are_equal_however_they_were_made() {
        for text in ["status", "no word", ""] {
            let own = Str::from(text);
            assert_eq!(own, Str::from(text.to_owned()));
            assert_eq!(own.word(), Wanted::new(text).word());
        }
    }
}
