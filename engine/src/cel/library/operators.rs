//! Operators, indexes and optional values.

use std::cmp::Ordering;
use std::sync::Arc;

use super::Answer;
use crate::cel::value::Cel;
use crate::sim::{Delay, Time};

const OVERFLOW: &str = "return error for overflow";

pub(super) fn call(name: &str, values: &[Cel]) -> Answer {
    Some(match (name, values) {
        ("!_", [Cel::Bool(value)]) => Ok(Cel::Bool(!value)),
        ("-_", [Cel::Int(number)]) => whole(number.checked_neg()),
        ("-_", [Cel::Double(number)]) => Ok(Cel::Double(-number)),
        ("_==_", [a, b]) => Ok(Cel::Bool(a.equals(b))),
        ("_!=_", [a, b]) => Ok(Cel::Bool(!a.equals(b))),
        ("_<_" | "_<=_" | "_>_" | "_>=_", [a, b]) => {
            let order = a.compare(b)?;
            Ok(Cel::Bool(match name {
                "_<_" => order == Ordering::Less,
                "_<=_" => order != Ordering::Greater,
                "_>_" => order == Ordering::Greater,
                _ => order != Ordering::Less,
            }))
        }
        ("@in", [item, Cel::List(items)]) => {
            Ok(Cel::Bool(items.iter().any(|own| own.equals(item))))
        }
        ("@in", [key, map @ Cel::Map(_)]) => Ok(Cel::Bool(map.entry(key).is_some())),
        ("_[_]", [of, index]) => return index_of(of, index),
        ("_[?_]", [of, index]) => return optional_index(of, index),
        ("_+_" | "_-_" | "_*_" | "_/_" | "_%_", [a, b]) => return arithmetic(name, a, b),
        _ => return optional(name, values),
    })
}

fn index_of(of: &Cel, index: &Cel) -> Answer {
    Some(match (of, index) {
        (Cel::List(items), Cel::Int(at)) => {
            let item = usize::try_from(*at).ok().and_then(|at| items.get(at));
            item.cloned().ok_or_else(|| format!("index out of bounds: {at}"))
        }
        (Cel::Map(_), key) => of
            .entry(key)
            .cloned()
            .ok_or_else(|| format!("no such key: {}", key.to_text().unwrap_or_default())),
        (Cel::Optional(_), _) => return optional_index(of, index),
        _ => return None,
    })
}

fn optional_index(of: &Cel, index: &Cel) -> Answer {
    let found = match of {
        Cel::Optional(None) => None,
        Cel::Optional(Some(inner)) => return optional_index(inner, index),
        _ => index_of(of, index)?.ok(),
    };
    Some(Ok(Cel::Optional(found.map(Arc::new))))
}

fn whole(number: Option<i64>) -> Result<Cel, String> {
    number.map(Cel::Int).ok_or_else(|| OVERFLOW.to_owned())
}

fn arithmetic(name: &str, a: &Cel, b: &Cel) -> Answer {
    Some(match (name, a, b) {
        (_, Cel::Int(a), Cel::Int(b)) => ints(name, *a, *b),
        (_, Cel::Uint(a), Cel::Uint(b)) => uints(name, *a, *b),
        (_, Cel::Double(a), Cel::Double(b)) => Ok(Cel::Double(match name {
            "_+_" => a + b,
            "_-_" => a - b,
            "_*_" => a * b,
            "_/_" => a / b,
            _ => return None,
        })),
        ("_+_", Cel::Str(a), Cel::Str(b)) => Ok(Cel::str(format!("{a}{b}"))),
        ("_+_", Cel::Bytes(a), Cel::Bytes(b)) => {
            Ok(Cel::Bytes([a.as_slice(), b.as_slice()].concat()))
        }
        ("_+_", Cel::List(a), Cel::List(b)) => {
            Ok(Cel::list(a.iter().chain(b.iter()).cloned().collect()))
        }
        ("_+_", Cel::Timestamp(time), Cel::Duration(length))
        | ("_+_", Cel::Duration(length), Cel::Timestamp(time)) => moved(*time, length.as_micros()),
        ("_-_", Cel::Timestamp(time), Cel::Duration(length)) => {
            moved(*time, length.as_micros().saturating_neg())
        }
        ("_-_", Cel::Timestamp(a), Cel::Timestamp(b)) => Ok(Cel::Duration(a.since(*b))),
        ("_+_", Cel::Duration(a), Cel::Duration(b)) => {
            lasting(a.as_micros().checked_add(b.as_micros()))
        }
        ("_-_", Cel::Duration(a), Cel::Duration(b)) => {
            lasting(a.as_micros().checked_sub(b.as_micros()))
        }
        _ => return None,
    })
}

fn moved(time: Time, micros: i64) -> Result<Cel, String> {
    let moved = time.as_micros().checked_add(micros).map(Time::from_micros);
    moved.map(Cel::Timestamp).ok_or_else(|| "timestamp overflow".to_owned())
}

fn lasting(micros: Option<i64>) -> Result<Cel, String> {
    let length = micros.map(|micros| Cel::Duration(Delay::micros(micros)));
    length.ok_or_else(|| "duration overflow".to_owned())
}

fn ints(name: &str, a: i64, b: i64) -> Result<Cel, String> {
    match name {
        "_+_" => whole(a.checked_add(b)),
        "_-_" => whole(a.checked_sub(b)),
        "_*_" => whole(a.checked_mul(b)),
        "_/_" if b == 0 => Err("division by zero".to_owned()),
        "_/_" => whole(a.checked_div(b)),
        _ if b == 0 => Err("modulus by zero".to_owned()),
        _ => whole(a.checked_rem(b)),
    }
}

fn uints(name: &str, a: u64, b: u64) -> Result<Cel, String> {
    let number = match name {
        "_+_" => a.checked_add(b),
        "_-_" => a.checked_sub(b),
        "_*_" => a.checked_mul(b),
        "_/_" if b == 0 => return Err("division by zero".to_owned()),
        "_/_" => a.checked_div(b),
        _ if b == 0 => return Err("modulus by zero".to_owned()),
        _ => a.checked_rem(b),
    };
    number.map(Cel::Uint).ok_or_else(|| OVERFLOW.to_owned())
}

fn optional(name: &str, values: &[Cel]) -> Answer {
    Some(match (name, values) {
        ("optional.none", []) => Ok(Cel::Optional(None)),
        ("optional.of", [value]) => Ok(Cel::Optional(Some(Arc::new(value.clone())))),
        ("optional.ofNonZeroValue", [value]) => {
            let zero = value.to_value().is_some_and(|value| value.is_zero());
            Ok(Cel::Optional((!zero).then(|| Arc::new(value.clone()))))
        }
        ("hasValue", [Cel::Optional(inner)]) => Ok(Cel::Bool(inner.is_some())),
        ("value", [Cel::Optional(inner)]) => {
            inner.as_deref().cloned().ok_or_else(|| "optional.none() dereference".to_owned())
        }
        ("orValue", [Cel::Optional(inner), other]) => Ok(inner.as_deref().unwrap_or(other).clone()),
        ("or", [own @ Cel::Optional(inner), other @ Cel::Optional(_)]) => {
            Ok(if inner.is_some() { own } else { other }.clone())
        }
        _ => return None,
    })
}
