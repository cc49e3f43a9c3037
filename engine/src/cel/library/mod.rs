//! The functions that expressions may call.
//!
//! Each file owns the functions of one kind of value; what takes which types
//! is in the table of overloads.

mod format;
mod net;
mod numbers;
mod operators;
mod sequences;
mod strings;
pub(super) mod time;
pub(super) mod url;

use super::access::{self, Judge};
use super::overloads;
use super::value::Cel;

/// A value, why there is none, or nothing if no function takes such values.
type Answer = Option<Result<Cel, String>>;

/// Calls a function, or a method of the first value.
pub(super) fn call(
    name: &str,
    is_method: bool,
    values: &[Cel],
    judge: Option<Judge<'_>>,
) -> Answer {
    if let (true, Some((Cel::Access(access), args))) = (is_method, values.split_first()) {
        return access::call(access, name, args, judge).map(Ok);
    }
    operators::call(name, values)
        .or_else(|| numbers::call(name, values))
        .or_else(|| strings::call(name, values))
        .or_else(|| sequences::call(name, values))
        .or_else(|| time::call(name, values))
        .or_else(|| url::call(name, values))
        .or_else(|| net::call(name, values))
}

/// The function `space.name`, if that is one and no method of a variable.
pub(super) fn qualified(space: &str, name: &str) -> Option<&'static str> {
    overloads::exists(&format!("{space}.{name}"))
}

/// The type that a name stands for.
pub(super) fn type_of_name(name: &str) -> Option<Cel> {
    const NAMES: [&str; 10] =
        ["null_type", "bool", "int", "uint", "double", "string", "bytes", "list", "map", "type"];
    NAMES.into_iter().find(|own| *own == name).map(Cel::Type)
}
