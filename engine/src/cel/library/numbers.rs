//! Conversions between types, and amounts of resources.

use std::cmp::Ordering;

use super::{Answer, time};
use crate::cel::value::Cel;
use crate::quantity::{Notation, Quantity};
use crate::sim::{Delay, Time};

pub(super) fn call(name: &str, values: &[Cel]) -> Answer {
    let [value] = values else { return amounts(name, values) };
    let text = value.as_str();
    Some(match name {
        "dyn" => Ok(value.clone()),
        "type" => Ok(Cel::Type(match value {
            Cel::Type(_) => "type",
            other => other.type_name(),
        })),
        "string" => value.to_text().map(Cel::str).ok_or_else(|| invalid("string", value)),
        "bool" => match (value, text) {
            (Cel::Bool(_), _) => Ok(value.clone()),
            (_, Some("true" | "True" | "TRUE" | "t" | "1")) => Ok(Cel::Bool(true)),
            (_, Some("false" | "False" | "FALSE" | "f" | "0")) => Ok(Cel::Bool(false)),
            _ => Err(invalid("bool", value)),
        },
        "bytes" => match value {
            Cel::Bytes(_) => Ok(value.clone()),
            Cel::Str(text) => Ok(Cel::Bytes(text.as_bytes().to_vec())),
            _ => return None,
        },
        "int" => return int(value),
        "uint" => return uint(value),
        "double" => {
            let number = text.map_or_else(|| value.as_double(), |text| text.parse().ok());
            number.map(Cel::Double).ok_or_else(|| invalid("double", value))
        }
        "timestamp" => match value {
            Cel::Timestamp(_) => Ok(value.clone()),
            Cel::Int(secs) => Ok(Cel::Timestamp(Time::from_secs(*secs))),
            _ => text
                .and_then(Time::parse)
                .map(Cel::Timestamp)
                .ok_or_else(|| invalid("timestamp", value)),
        },
        "duration" => match value {
            Cel::Duration(_) => Ok(value.clone()),
            Cel::Int(secs) => Ok(Cel::Duration(Delay::secs(*secs))),
            _ => time::duration(text?).map(Cel::Duration),
        },
        "isQuantity" => Ok(Cel::Bool(Quantity::parse(text?).is_ok())),
        "quantity" => Quantity::parse(text?).map(Cel::Quantity).map_err(|error| error.to_string()),
        _ => return amounts(name, values),
    })
}

fn invalid(wanted: &str, value: &Cel) -> String {
    let shown = value.to_text().unwrap_or_default();
    format!("type conversion error from '{shown}' to '{wanted}'")
}

/// The largest and the smallest number that fits, as ones with a fraction.
const INT_MAX: f64 = 9_223_372_036_854_775_807.0;
const UINT_MAX: f64 = 18_446_744_073_709_551_615.0;

#[expect(clippy::cast_possible_truncation, reason = "the bounds are checked before")]
fn int(value: &Cel) -> Answer {
    let number = match value {
        Cel::Int(number) => Some(*number),
        Cel::Uint(number) => i64::try_from(*number).ok(),
        Cel::Double(number) if number.abs() < INT_MAX => Some(*number as i64),
        Cel::Double(_) => None,
        Cel::Str(text) => text.parse().ok(),
        Cel::Timestamp(time) => Some(time.as_secs()),
        Cel::Duration(length) => Some(length.as_secs()),
        _ => return None,
    };
    Some(number.map(Cel::Int).ok_or_else(|| invalid("int", value)))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked before")]
fn uint(value: &Cel) -> Answer {
    let number = match value {
        Cel::Uint(number) => Some(*number),
        Cel::Int(number) => u64::try_from(*number).ok(),
        Cel::Double(number) if (0.0..UINT_MAX).contains(number) => Some(*number as u64),
        Cel::Double(_) => None,
        Cel::Str(text) => text.parse().ok(),
        _ => return None,
    };
    Some(number.map(Cel::Uint).ok_or_else(|| invalid("uint", value)))
}

fn amounts(name: &str, values: &[Cel]) -> Answer {
    let (Cel::Quantity(own), rest) = values.split_first()? else { return None };
    let other = match rest.first() {
        Some(Cel::Quantity(other)) => *other,
        Some(Cel::Int(count)) => Quantity::units(*count, Notation::Decimal),
        Some(_) => return None,
        None => Quantity::ZERO,
    };
    let order = own.cmp(&other);
    let is_whole = Quantity::units(own.value(), Notation::Decimal) == *own;
    Some(Ok(match name {
        "sign" => sign(own.cmp(&Quantity::ZERO)),
        "compareTo" => sign(order),
        "isLessThan" => Cel::Bool(order == Ordering::Less),
        "isGreaterThan" => Cel::Bool(order == Ordering::Greater),
        "isInteger" => Cel::Bool(is_whole),
        "asInteger" if is_whole => Cel::Int(own.value()),
        "asInteger" => return Some(Err("cannot convert value to integer".to_owned())),
        "asApproximateFloat" => Cel::Double(Cel::Int(own.milli_value()).as_double()? / 1000.0),
        "add" => Cel::Quantity(*own + other),
        "sub" => Cel::Quantity(*own - other),
        _ => return None,
    }))
}

fn sign(order: Ordering) -> Cel {
    Cel::Int(match order {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    })
}
