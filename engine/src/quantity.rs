//! Amounts of resources: `500m` of a CPU, `64Mi` of memory.
//!
//! Source: apimachinery `pkg/api/resource`. Amounts are exact whole numbers of
//! billionths, so adding and comparing never rounds.

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Sub};

const NANO: i128 = 1_000_000_000;
const MILLI: i128 = 1_000_000;

/// An amount, and the notation in which it was written.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quantity {
    nanos: i128,
    notation: Notation,
}

/// How a [`Quantity`] is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Notation {
    /// Powers of 1000: `m`, `k`, `M`.
    #[default]
    Decimal,
    /// Powers of 1024: `Ki`, `Mi`.
    Binary,
    /// Powers of ten: `1e3`.
    Exponent,
}

/// Why a text is not a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// It does not look like one.
    #[error(
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
    )]
    Format,
    /// Its suffix is unknown.
    #[error("unable to parse quantity's suffix")]
    Suffix,
    /// Its number does not fit.
    #[error("unable to parse numeric part of quantity")]
    Number,
}

impl Quantity {
    /// Nothing.
    pub const ZERO: Self = Self { nanos: 0, notation: Notation::Decimal };

    /// `count` whole units.
    pub const fn units(count: i64, notation: Notation) -> Self {
        Self { nanos: count as i128 * NANO, notation }
    }

    /// `count` thousandths.
    pub const fn millis(count: i64) -> Self {
        Self { nanos: count as i128 * MILLI, notation: Notation::Decimal }
    }

    /// Reads an amount such as `1.5Gi`.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let parts = Parts::split(text)?;
        let (exponent, notation) = parts.suffix()?;
        let digits = format!("{}{}", parts.whole, parts.fraction);
        let digits: i128 = if digits.is_empty() {
            0
        } else {
            digits.parse().map_err(|_| QuantityError::Number)?
        };
        let fraction = i32::try_from(parts.fraction.len()).map_err(|_| QuantityError::Number)?;
        let nanos = match notation {
            Notation::Binary => {
                let scaled = digits.saturating_mul(1 << exponent);
                let nanos = scale_up(scaled, 9 - fraction);
                nanos.min(i128::from(i64::MAX) * NANO)
            }
            Notation::Decimal | Notation::Exponent => scale_up(digits, exponent + 9 - fraction),
        };
        // A binary amount below one is written in thousandths.
        let below_one = notation == Notation::Binary && nanos > 0 && nanos < NANO;
        let notation = if below_one { Notation::Decimal } else { notation };
        Ok(Self { nanos: if parts.negative { -nanos } else { nanos }, notation })
    }

    /// Reads an amount, and takes anything else for zero: for objects that
    /// passed validation.
    pub fn parse_or_zero(text: &str) -> Self {
        Self::parse(text).unwrap_or_default()
    }

    /// The amount in whole units, rounded away from zero.
    pub fn value(self) -> i64 {
        divide_up(self.nanos, NANO)
    }

    /// The amount in thousandths, rounded away from zero.
    pub fn milli_value(self) -> i64 {
        divide_up(self.nanos, MILLI)
    }

    /// Whether this is nothing.
    pub fn is_zero(self) -> bool {
        self.nanos == 0
    }

    /// Whether this is less than nothing.
    pub fn is_negative(self) -> bool {
        self.nanos < 0
    }

    /// The notation in which it was written.
    pub fn notation(self) -> Notation {
        self.notation
    }

    /// The amount `times` over.
    #[must_use]
    pub fn times(self, times: i64) -> Self {
        Self { nanos: self.nanos.saturating_mul(times.into()), ..self }
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

impl Add for Quantity {
    type Output = Self;

    /// The sum, in the notation of the first amount that is not zero.
    fn add(self, other: Self) -> Self {
        let notation = if self.is_zero() { other.notation } else { self.notation };
        Self { nanos: self.nanos.saturating_add(other.nanos), notation }
    }
}

impl Sub for Quantity {
    type Output = Self;

    /// The difference, in the notation of the first amount that is not zero.
    fn sub(self, other: Self) -> Self {
        let notation = if self.is_zero() { other.notation } else { self.notation };
        Self { nanos: self.nanos.saturating_sub(other.nanos), notation }
    }
}

impl std::iter::Sum for Quantity {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, |sum, amount| sum + amount)
    }
}

impl fmt::Display for Quantity {
    /// The canonical form: no fraction, and the largest suffix that allows it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str("0");
        }
        let whole = self.nanos % NANO == 0;
        if self.notation == Notation::Binary && whole && self.nanos.abs() >= 1_024 * NANO {
            return self.fmt_binary(f);
        }
        let mut number = self.nanos;
        let mut exponent = -9;
        while number % 1_000 == 0 {
            number /= 1_000;
            exponent += 3;
        }
        if self.notation == Notation::Exponent {
            return match exponent {
                0 => write!(f, "{number}"),
                _ => write!(f, "{number}e{exponent}"),
            };
        }
        // There is no suffix beyond `E`: the zeros stay.
        while exponent > 18 {
            number *= 1_000;
            exponent -= 3;
        }
        let suffix = DECIMAL.iter().find(|(_, own)| *own == exponent);
        write!(f, "{number}{}", suffix.map_or("", |(suffix, _)| suffix))
    }
}

impl Quantity {
    fn fmt_binary(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut number = self.nanos / NANO;
        let mut suffix = "";
        for (next, _) in BINARY {
            if number % 1_024 != 0 {
                break;
            }
            number /= 1_024;
            suffix = next;
        }
        write!(f, "{number}{suffix}")
    }
}

const DECIMAL: [(&str, i32); 10] = [
    ("n", -9),
    ("u", -6),
    ("m", -3),
    ("", 0),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
    ("P", 15),
    ("E", 18),
];

const BINARY: [(&str, i32); 6] =
    [("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];

/// A quantity's text taken apart.
struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    suffix: &'a str,
}

impl<'a> Parts<'a> {
    fn split(text: &'a str) -> Result<Self, QuantityError> {
        if text.is_empty() {
            return Err(QuantityError::Format);
        }
        let negative = text.starts_with('-');
        let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (whole, rest) = take_while(rest, |c| c.is_ascii_digit());
        let (fraction, suffix) = match rest.strip_prefix('.') {
            Some(rest) => take_while(rest, |c| c.is_ascii_digit()),
            None => ("", rest),
        };
        let (_, rest) = take_while(suffix, |c| "eEinumkKMGTP".contains(c));
        let rest = rest.strip_prefix(['+', '-']).unwrap_or(rest);
        if rest.chars().all(|c| c.is_ascii_digit()) {
            Ok(Self { negative, whole, fraction, suffix })
        } else {
            Err(QuantityError::Format)
        }
    }

    /// The exponent, of 2 for the binary notation and of 10 for the others.
    fn suffix(&self) -> Result<(i32, Notation), QuantityError> {
        let in_table = |table: &[(&str, i32)]| {
            table.iter().find(|(own, _)| *own == self.suffix).map(|(_, exponent)| *exponent)
        };
        if let Some(exponent) = in_table(&DECIMAL) {
            return Ok((exponent, Notation::Decimal));
        }
        if let Some(exponent) = in_table(&BINARY) {
            return Ok((exponent, Notation::Binary));
        }
        let exponent = self.suffix.strip_prefix(['e', 'E']).ok_or(QuantityError::Suffix)?;
        let exponent = exponent.parse().map_err(|_| QuantityError::Suffix)?;
        Ok((exponent, Notation::Exponent))
    }
}

fn take_while(text: &str, keep: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !keep(c)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// `number` times ten to the `exponent`, rounded up.
fn scale_up(number: i128, exponent: i32) -> i128 {
    let power = 10_i128.checked_pow(exponent.unsigned_abs()).unwrap_or(i128::MAX);
    if exponent >= 0 {
        number.saturating_mul(power)
    } else {
        number / power + i128::from(number % power != 0)
    }
}

fn divide_up(number: i128, divisor: i128) -> i64 {
    let up = number / divisor + (number % divisor).signum();
    i64::try_from(up).unwrap_or(if up < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, canonical: &str) {
        let read = Quantity::parse(text).map(|amount| amount.to_string());
        assert_eq!(read.as_deref(), Ok(canonical), "{text}");
    }

    #[test]
    fn amounts_print_in_canonical_form() {
        for (text, canonical) in [
            ("0", "0"),
            ("1000m", "1"),
            ("1.5", "1500m"),
            (".5", "500m"),
            ("0.1", "100m"),
            ("1.5Gi", "1536Mi"),
            ("1024", "1024"),
            ("1024Ki", "1Mi"),
            ("1000Ki", "1000Ki"),
            ("0.5Ki", "512"),
            ("0.0001Mi", "104857600u"),
            ("12e6", "12e6"),
            ("1e3", "1e3"),
            ("1E", "1E"),
            ("1000k", "1M"),
            ("-250m", "-250m"),
            ("0.0000000001", "1n"),
            ("007", "7"),
            ("100000000Ei", "9223372036854775807"),
        ] {
            check(text, canonical);
        }
    }

    #[test]
    fn what_is_no_amount_is_refused_as_upstream_does() {
        for (text, error) in [
            ("", QuantityError::Format),
            ("64MB", QuantityError::Format),
            ("1.1.1", QuantityError::Format),
            ("a", QuantityError::Format),
            ("5kk", QuantityError::Suffix),
            ("1mi", QuantityError::Suffix),
            ("1ee3", QuantityError::Suffix),
        ] {
            assert_eq!(Quantity::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn sums_compare_and_round_up() {
        let sum: Quantity = ["100Mi", "1Gi"].map(Quantity::parse_or_zero).into_iter().sum();
        assert_eq!(sum.to_string(), "1124Mi");
        let less = sum - Quantity::parse_or_zero("124Mi");
        assert_eq!(less.to_string(), "1000Mi");
        assert!(Quantity::parse_or_zero("0.5") == Quantity::millis(500));
        assert!(Quantity::parse_or_zero("1G") < Quantity::parse_or_zero("1Gi"));
        assert_eq!(Quantity::parse_or_zero("1001u").milli_value(), 2);
        assert_eq!(Quantity::parse_or_zero("1500m").value(), 2);
    }
}
