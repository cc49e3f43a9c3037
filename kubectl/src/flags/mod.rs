//! Flags as tables, and their values.
//!
//! The manner is that of Go's `pflag`, which kubectl's grammar rests on. A
//! parser of our own over tables is used because the words and exit codes of
//! every refusal must be `pflag`'s, and because it costs a few kilobytes of
//! Wasm. The same tables give `--help` and completion.

mod parse;
mod shared;
mod values;

pub use self::parse::{FlagError, Parsed, parse};
pub use self::shared::*;
pub use self::values::{Values, parse_duration, split_csv};

/// What a flag takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// `true` or `false`; the bare flag means `true`.
    Switch,
    /// A text.
    Text,
    /// A text; the bare flag means this one.
    TextOr(&'static str),
    /// A whole number.
    Int,
    /// A length of time, as `1m30s`.
    Duration,
    /// Texts, each occurrence split at commas.
    List,
    /// Texts, one for each occurrence.
    Array,
}

/// One flag of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flag {
    /// The long name, without dashes.
    pub name: &'static str,
    /// The one-letter name.
    pub short: Option<char>,
    /// What it takes.
    pub takes: Takes,
    /// The value when it is not given.
    pub default: &'static str,
    /// One sentence for `--help`.
    pub usage: &'static str,
    /// What to say when it is used, for a flag that is on its way out.
    pub deprecated: Option<&'static str>,
}

impl Flag {
    const fn new(
        name: &'static str,
        takes: Takes,
        default: &'static str,
        usage: &'static str,
    ) -> Self {
        Self { name, short: None, takes, default, usage, deprecated: None }
    }

    /// The same flag with a one-letter name.
    #[must_use]
    pub const fn short(mut self, letter: char) -> Self {
        self.short = Some(letter);
        self
    }

    /// The same flag, hidden and deprecated with these words.
    #[must_use]
    pub const fn deprecated(mut self, words: &'static str) -> Self {
        self.deprecated = Some(words);
        self
    }

    /// The same flag with another default.
    #[must_use]
    pub const fn default(mut self, value: &'static str) -> Self {
        self.default = value;
        self
    }

    /// What the bare flag means; `None` if it must be followed by a value.
    pub(crate) fn bare(&self) -> Option<&'static str> {
        match self.takes {
            Takes::Switch => Some("true"),
            Takes::TextOr(value) => Some(value),
            _ => None,
        }
    }
}

/// A flag that is there or not.
pub const fn switch(name: &'static str, usage: &'static str) -> Flag {
    Flag::new(name, Takes::Switch, "false", usage)
}

/// A flag with a text.
pub const fn text(name: &'static str, usage: &'static str) -> Flag {
    Flag::new(name, Takes::Text, "", usage)
}

/// A flag with a text that may be left out.
pub const fn text_or(name: &'static str, bare: &'static str, usage: &'static str) -> Flag {
    Flag::new(name, Takes::TextOr(bare), "", usage)
}

/// A flag with a whole number.
pub const fn int(name: &'static str, default: &'static str, usage: &'static str) -> Flag {
    Flag::new(name, Takes::Int, default, usage)
}

/// A flag with a length of time.
pub const fn duration(name: &'static str, default: &'static str, usage: &'static str) -> Flag {
    Flag::new(name, Takes::Duration, default, usage)
}

/// A flag with texts that commas part.
pub const fn list(name: &'static str, usage: &'static str) -> Flag {
    Flag::new(name, Takes::List, "", usage)
}

/// A flag that may be repeated.
pub const fn array(name: &'static str, usage: &'static str) -> Flag {
    Flag::new(name, Takes::Array, "", usage)
}
