//! The API's types: names, defaults, validation and printing of every kind.
//!
//! Pure functions over [`crate::value::Value`]: nothing here stores, serves
//! or schedules.

pub mod age;
mod field;
mod kind;

pub use self::field::{Errors, FieldError, Path, Reason, Shown, Verbatim};
pub use self::kind::{Column, Getter, Kind, NameRule};
